#include "shared/access/bearer.h"
#include "tests/unit/test.h"

#include <string.h>

static const struct row {
    const char *name, *field;
    const char *key; /* NULL: refused */
} rows[] = {
    {"a key",                        "Bearer abc",         "abc"        },
    { "the scheme in any case",      "bEARER abc",         "abc"        },
    { "several spaces",              "Bearer    abc",      "abc"        },
    { "spaces around",               " \tBearer abc \t",   "abc"        },
    { "punctuation of a chosen key", "Bearer a,b;c=\"d\"", "a,b;c=\"d\""},
    { "nothing",                     "",                   NULL         },
    { "spaces only",                 "   ",                NULL         },
    { "the scheme alone",            "Bearer",             NULL         },
    { "the scheme and a space",      "Bearer ",            NULL         },
    { "no space",                    "Bearerabc",          NULL         },
    { "a tab between",               "Bearer\tabc",        NULL         },
    { "another scheme",              "Basic YTpi",         NULL         },
    { "a second word",               "Bearer abc def",     NULL         },
    { "a control character",
     "Bearer a\x01"
      "c",                                                 NULL         },
    { "a byte beyond ASCII",
     "Bearer a\xff"
      "c",                                                 NULL         },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    const char *key = NULL;
    size_t n = 0;
    bool found = ais_bearer_parse(row->field, strlen(row->field), &key, &n);
    assert_int_equal(found, row->key != NULL);
    assert_int_equal(key != NULL, found);
    if (row->key != NULL) {
        assert_int_equal(n, strlen(row->key));
        assert_memory_equal(key, row->key, n);
    }
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("access/bearer", tests, NULL, NULL);
}
