#include "shared/policy/suggest.h"
#include "tests/unit/test.h"

#include <string.h>

static const char *const names[] = { "", "contains", "startswith", "endswith", "re", "exists", NULL, "lt", "lte" };

static const char *name_of(size_t i, const void *arg)
{
    (void)arg;
    return names[i];
}

static const struct row {
    const char *name, *text, *want;
} rows[] = {
    {"a swap is one edit",      "contians",   "contains"  },
    { "a letter too many",      "exxists",    "exists"    },
    { "a letter too few",       "startswth",  "startswith"},
    { "another letter",         "endswitz",   "endswith"  },
    { "case is ignored",        "CONTAINS",   "contains"  },
    { "the first of equals",    "ltx",        "lt"        },
    { "a short name, one edit", "ree",        "re"        },
    { "nothing near",           "frobnicate", NULL        },
    { "nothing at all",         "",           NULL        },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    const char *got = ais_suggest(row->text, strlen(row->text), name_of, N_ELEMS(names), NULL);
    assert_int_equal(got != NULL, row->want != NULL);
    if (got != NULL)
        assert_string_equal(got, row->want);
}

static void a_long_text_is_near_nothing(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 'c', sizeof text);
    assert_null(ais_suggest(text, sizeof text, name_of, N_ELEMS(names), NULL));
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    const struct CMUnitTest others[] = { cmocka_unit_test(a_long_text_is_near_nothing) };
    return cmocka_run_group_tests_name("policy/suggest", tests, NULL, NULL) +
           cmocka_run_group_tests_name("policy/suggest bounds", others, NULL, NULL);
}
