#include "shared/metrics/sketch.h"
#include "shared/metrics/users.h"
#include "tests/unit/test.h"

#include <stdio.h>

static const struct ais_user_key key = { "a key of 16 byte" };

/* Sees the users numbered from first on. */
static void see(struct ais_sketch *sketch, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++) {
        char name[32];
        int n = snprintf(name, sizeof name, "user-%u", i);
        ais_sketch_add(sketch, ais_user_hash(&key, name, (size_t)n));
    }
}

static void below_k_it_counts_exactly(void **state)
{
    (void)state;
    struct ais_sketch sketch = { 0 };
    assert_int_equal(ais_sketch_estimate(&sketch), 0);
    for (unsigned n = 0; n < AIS_SKETCH_MOST - 1; n++) {
        see(&sketch, n, 1);
        see(&sketch, n / 2, 1); /* again */
        assert_int_equal(ais_sketch_estimate(&sketch), n + 1);
    }
}

/* Four standard errors of 3.1 %: the hashes are what they are, so this holds or it does not. */
static void beyond_k_it_is_near(void **state)
{
    (void)state;
    static const unsigned many[] = { 1024, 1500, 5000, 50000, 500000 };
    for (size_t i = 0; i < N_ELEMS(many); i++) {
        struct ais_sketch sketch = { 0 };
        see(&sketch, 0, many[i]);
        double estimate = (double)ais_sketch_estimate(&sketch);
        assert_true(estimate > 0.876 * many[i] && estimate < 1.124 * many[i]);
    }
}

static void merged_it_is_as_if_one_had_seen_all(void **state)
{
    (void)state;
    static const struct {
        unsigned first, count;
    } rows[][2] = {
        {{ 0, 10 },    { 5, 10 }     },
        { { 0, 0 },    { 0, 3000 }   },
        { { 0, 700 },  { 600, 700 }  },
        { { 0, 3000 }, { 2000, 9000 }},
        { { 0, 3000 }, { 0, 3000 }   },
    };
    for (size_t i = 0; i < N_ELEMS(rows); i++) {
        struct ais_sketch a = { 0 }, b = { 0 }, both = { 0 };
        see(&a, rows[i][0].first, rows[i][0].count);
        see(&b, rows[i][1].first, rows[i][1].count);
        see(&both, rows[i][0].first, rows[i][0].count);
        see(&both, rows[i][1].first, rows[i][1].count);
        ais_sketch_merge(&a, &b);
        assert_int_equal(a.count, both.count);
        assert_memory_equal(a.hashes, both.hashes, both.count * sizeof both.hashes[0]);
    }
}

static void another_key_makes_other_hashes(void **state)
{
    (void)state;
    static const struct ais_user_key other = { "b key of 16 byte" };
    char id[AIS_USER_KEY_ID_SIZE], other_id[AIS_USER_KEY_ID_SIZE];
    assert_true(ais_user_hash(&key, "ann", 3) != ais_user_hash(&other, "ann", 3));
    assert_true(ais_user_hash(&key, "ann", 3) == ais_user_hash(&key, "ann", 3));
    ais_user_key_id(&key, id);
    ais_user_key_id(&other, other_id);
    assert_int_equal(strlen(id), AIS_USER_KEY_ID_SIZE - 1);
    assert_string_not_equal(id, other_id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(below_k_it_counts_exactly),
        cmocka_unit_test(beyond_k_it_is_near),
        cmocka_unit_test(merged_it_is_as_if_one_had_seen_all),
        cmocka_unit_test(another_key_makes_other_hashes),
    };
    return cmocka_run_group_tests_name("metrics/sketch", tests, NULL, NULL);
}
