#include "gateway/refusal_sums.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <stdio.h>

static void the_first_have_records_of_their_own(void **state)
{
    struct refusal_sums sums = { 0 };
    (void)state;
    for (int i = 0; i < REFUSALS_BURST; i++)
        assert_false(refusal_sums_add(&sums, "key_a", 403, 0));
    assert_true(refusal_sums_add(&sums, "key_a", 403, 0));
    assert_false(refusal_sums_add(&sums, "key_b", 403, 0));
    assert_false(refusal_sums_add(&sums, "key_a", 403, REFUSALS_REFILL_MS * AIS_NS_PER_MS));
    assert_true(refusal_sums_add(&sums, "key_a", 403, REFUSALS_REFILL_MS * AIS_NS_PER_MS));
}

static void what_is_beyond_is_counted_by_status(void **state)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    struct refusal_sums sums = { 0 };
    (void)state;
    for (int i = 0; i < REFUSALS_BURST + 3; i++)
        refusal_sums_add(&sums, "key_a", i % 2 == 0 ? 403 : 404, 0);
    assert_null(refusal_sums_due(&sums, 999 * AIS_NS_PER_MS));
    assert_non_null(refusal_sums_due(&sums, REFUSALS_AT_ANY_TIME));
    struct refusal_sum *due = refusal_sums_due(&sums, 1000 * AIS_NS_PER_MS);
    assert_non_null(due);
    assert_string_equal(due->key_id, "key_a");
    refusal_sum_describe(due, &text, 1000 * AIS_NS_PER_MS);
    assert_string_equal(text.data, "{\"count\":3,\"within_ms\":1000,\"statuses\":{\"403\":2,\"404\":1}}");
    refusal_sum_clear(due);
    assert_null(refusal_sums_due(&sums, REFUSALS_AT_ANY_TIME));
}

static void no_count_is_forgotten_for_another_key(void **state)
{
    struct refusal_sums sums = { 0 };
    char id[AIS_API_KEY_ID_SIZE];
    (void)state;
    for (int key = 0; key < REFUSALS_KEYS; key++) {
        snprintf(id, sizeof id, "key_%d", key);
        for (int i = 0; i <= REFUSALS_BURST; i++)
            refusal_sums_add(&sums, id, 403, 0);
    }
    for (int i = 0; i <= REFUSALS_BURST; i++)
        assert_false(refusal_sums_add(&sums, "another", 403, 0));
    for (int key = 0; key < REFUSALS_KEYS; key++)
        assert_int_equal(sums.rows[key].count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_have_records_of_their_own),
        cmocka_unit_test(what_is_beyond_is_counted_by_status),
        cmocka_unit_test(no_count_is_forgotten_for_another_key),
    };
    return cmocka_run_group_tests_name("gateway/refusal_sums", tests, NULL, NULL);
}
