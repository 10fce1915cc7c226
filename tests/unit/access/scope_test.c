#include "shared/access/scope.h"
#include "tests/unit/test.h"

#include <string.h>

static const struct row {
    const char *name, *text;
    uint32_t bit;
} rows[] = {
    {"preflight",                  "preflight", AIS_SCOPE_PREFLIGHT},
    { "read",                      "read",      AIS_SCOPE_READ     },
    { "approve",                   "approve",   AIS_SCOPE_APPROVE  },
    { "admin",                     "admin",     AIS_SCOPE_ADMIN    },
    { "nothing is no scope",       "",          0                  },
    { "names are exact",           "Admin",     0                  },
    { "a longer name is another",  "admins",    0                  },
    { "a beginning is not enough", "adm",       0                  },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    assert_int_equal(ais_scope_parse(row->text, strlen(row->text)), row->bit);
}

static void all_names_come_once(void **state)
{
    (void)state;
    uint32_t left = AIS_SCOPE_ALL, again = 0;
    for (const char *name; (name = ais_scope_next(&left)) != NULL;) {
        uint32_t bit = ais_scope_parse(name, strlen(name));
        assert_int_equal(again & bit, 0);
        again |= bit;
    }
    assert_int_equal(again, AIS_SCOPE_ALL);
}

static void unknown_bits_have_no_name(void **state)
{
    (void)state;
    uint32_t left = UINT32_C(1) << 31;
    assert_null(ais_scope_next(&left));
    assert_int_equal(left, 0);
}

static void one_missing_bit_is_not_covered(void **state)
{
    (void)state;
    assert_true(ais_scope_covers(AIS_SCOPE_ALL, AIS_SCOPE_READ | AIS_SCOPE_ADMIN));
    assert_true(ais_scope_covers(0, 0));
    assert_false(ais_scope_covers(AIS_SCOPE_PREFLIGHT, AIS_SCOPE_PREFLIGHT | AIS_SCOPE_READ));
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 3];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(all_names_come_once);
    tests[N_ELEMS(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(unknown_bits_have_no_name);
    tests[N_ELEMS(rows) + 2] = (struct CMUnitTest)cmocka_unit_test(one_missing_bit_is_not_covered);
    return cmocka_run_group_tests_name("access/scope", tests, NULL, NULL);
}
