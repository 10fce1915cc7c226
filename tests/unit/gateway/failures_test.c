#include "gateway/failures.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <stdio.h>

static void fail_from(struct failures *failures, const char *address, enum ais_access_verdict verdict, int times)
{
    struct ais_peer peer;
    ais_peer_parse(address, &peer);
    for (int i = 0; i < times; i++)
        failures_add(failures, verdict, &peer, NULL, 0);
}

static void they_are_added_up_by_reason_and_address(void **state)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    const struct ais_access_key key = { .id = "key_7" };
    struct failures failures = { .count = 0 };
    struct ais_peer peer;
    (void)state;
    fail_from(&failures, "192.0.2.1", AIS_ACCESS_UNKNOWN, 2);
    fail_from(&failures, "192.0.2.2", AIS_ACCESS_NONE, 1);
    ais_peer_parse("192.0.2.1", &peer);
    failures_add(&failures, AIS_ACCESS_REVOKED, &peer, &key, 5 * AIS_NS_PER_MS);
    failures.delayed = 1;
    failures_describe(&failures, &text, 9 * AIS_NS_PER_MS);
    assert_string_equal(text.data,
                        "{\"count\":4,\"within_ms\":9,\"reasons\":{\"missing\":1,\"unknown\":2,\"revoked\":1},"
                        "\"addresses\":[{\"address\":\"192.0.2.1\",\"count\":3},"
                        "{\"address\":\"192.0.2.2\",\"count\":1}],\"delayed\":1,\"last_key_id\":\"key_7\"}");
}

static void who_fails_most_is_found_among_many(void **state)
{
    struct failures failures = { .count = 0 };
    struct ais_peer most;
    char text[32];
    bool found = false;
    (void)state;
    for (int i = 0; i < 250; i++) {
        snprintf(text, sizeof text, "10.0.0.%d", i);
        fail_from(&failures, text, AIS_ACCESS_UNKNOWN, 1);
        fail_from(&failures, "192.0.2.1", AIS_ACCESS_UNKNOWN, 1);
    }
    ais_peer_parse("192.0.2.1", &most);
    for (size_t i = 0; i < FAILURES_ADDRESSES; i++)
        if (memcmp(failures.addresses[i].peer.bytes, most.bytes, sizeof most.bytes) == 0)
            found = failures.addresses[i].count >= 250;
    assert_true(found);
    assert_int_equal(failures.count, 500);
}

static void the_first_is_due_at_once_and_then_a_second_later(void **state)
{
    struct failures failures = { .count = 0 };
    (void)state;
    assert_false(failures_due(&failures, 0));
    fail_from(&failures, "192.0.2.1", AIS_ACCESS_UNKNOWN, 1);
    assert_true(failures_due(&failures, 0));
    failures_clear(&failures, 0);
    assert_int_equal(failures.count, 0);
    fail_from(&failures, "192.0.2.1", AIS_ACCESS_UNKNOWN, 1);
    assert_false(failures_due(&failures, FAILURES_EVENT_MS * AIS_NS_PER_MS - 1));
    assert_true(failures_due(&failures, FAILURES_EVENT_MS * AIS_NS_PER_MS));
    failures_clear(&failures, FAILURES_EVENT_MS * AIS_NS_PER_MS);
    assert_false(failures_due(&failures, INT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_added_up_by_reason_and_address),
        cmocka_unit_test(who_fails_most_is_found_among_many),
        cmocka_unit_test(the_first_is_due_at_once_and_then_a_second_later),
    };
    return cmocka_run_group_tests_name("gateway/failures", tests, NULL, NULL);
}
