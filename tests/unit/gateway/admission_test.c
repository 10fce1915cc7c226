#include "gateway/admission.h"
#include "shared/mem/secret.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <stdlib.h>

static const uint8_t hash_key[AIS_API_KEY_HASH_KEY_SIZE];
static const char presented[] = "ais_ofNobodyThatIsKnown";

static unsigned log_in(struct gateway *gateway)
{
    const struct ais_access_key *caller = NULL;
    enum admission_pace pace = ADMISSION_AT_ONCE;
    struct ais_peer peer;
    assert_true(ais_peer_parse("192.0.2.1", &peer));
    unsigned status =
        admission_authenticate(gateway, presented, sizeof presented - 1, &peer, AIS_SCOPE_READ, &caller, &pace);
    assert_int_equal(pace, ADMISSION_AT_ONCE);
    assert_null(caller);
    return status;
}

/* "No such key" would be final for who has a good one. */
static void before_the_keys_are_known_nobody_is_told_that_theirs_is_wrong(void **state)
{
    struct gateway *gateway = *state;
    assert_int_equal(log_in(gateway), 503);
    assert_string_equal(admission_unable(gateway), "the service is starting");
    assert_int_equal(gateway->failures.count, 0);
}

static void a_key_that_is_not_among_those_known_is_refused_and_counted(void **state)
{
    struct gateway *gateway = *state;
    const struct ais_access_key other = { .id = "key_a", .name = "", .hash = { 1 } };
    assert_int_equal(ais_access_new(hash_key, &other, 1, &gateway->access, NULL), AIS_OK);
    assert_int_equal(log_in(gateway), 401);
    assert_int_equal(gateway->failures.count, 1);
}

static int setup(void **state)
{
    struct gateway *gateway = calloc(1, sizeof *gateway);
    assert_non_null(gateway);
    throttle_init(&gateway->throttle);
    *state = gateway;
    return 0;
}

static int teardown(void **state)
{
    struct gateway *gateway = *state;
    ais_access_unref(&gateway->access);
    free(gateway);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(before_the_keys_are_known_nobody_is_told_that_theirs_is_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_is_not_among_those_known_is_refused_and_counted, setup, teardown),
    };
    struct ais_why why = { 0 };
    if (ais_secret_init(&why) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("gateway/admission", tests, NULL, NULL);
}
