#include "shared/text/nearest.h"
#include "tests/unit/test.h"

#include <string.h>

static const char *const names[] = { "port", "host", "default-action", "zmq-endpoint", "list" };

static const struct row {
    const char *name, *word, *best;
} rows[] = {
    {"a letter too many",                 "portt",                                     "port"          },
    { "a letter too few",                 "prt",                                       "port"          },
    { "two letters swapped",              "hsot",                                      "host"          },
    { "a wrong letter",                   "defauld-action",                            "default-action"},
    { "two faults in a long word",        "defalt-aktion",                             "default-action"},
    { "case does not matter",             "LIST",                                      "list"          },
    { "an exact name",                    "list",                                      "list"          },
    { "a stranger is not near",           "verbose",                                   NULL            },
    { "a short stranger is not near",     "x",                                         NULL            },
    { "nothing is near to nothing",       "",                                          NULL            },
    { "what is too long is not compared",
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL            },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct ais_nearest near = { .word = row->word, .length = strlen(row->word) };
    for (size_t i = 0; i < N_ELEMS(names); i++)
        ais_nearest_offer(&near, names[i]);
    if (row->best == NULL)
        assert_null(near.best);
    else
        assert_string_equal(near.best, row->best);
}

static const char *const modifiers[] = { "", "contains", "startswith", "endswith", "re", "exists", NULL, "lt", "lte" };

static const char *modifier(size_t i, const void *arg)
{
    (void)arg;
    return modifiers[i];
}

static const struct row of_rows[] = {
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

static void check_of(void **state)
{
    const struct row *row = *state;
    const char *got = ais_nearest_of(row->word, strlen(row->word), modifier, N_ELEMS(modifiers), NULL);
    assert_int_equal(got != NULL, row->best != NULL);
    if (got != NULL)
        assert_string_equal(got, row->best);
}

static const struct said_row {
    const char *name, *message, *said;
} said_rows[] = {
    {"at the end",                 "unknown key 'ruls': did you mean 'rules'?", "rules"},
    { "alone",                     "did you mean 'x'?",                         "x"    },
    { "nothing is suggested",      "unknown key 'ruls'",                        NULL   },
    { "not at the end",            "did you mean 'rules'? No.",                 NULL   },
    { "another question",          "what is 'rules'?",                          NULL   },
    { "a quote that ends nothing", "'?",                                        NULL   },
    { "nothing",                   "",                                          NULL   },
};

static void check_said(void **state)
{
    const struct said_row *row = *state;
    size_t n = 0;
    const char *said = ais_nearest_said(row->message, &n);
    assert_int_equal(said != NULL, row->said != NULL);
    if (said == NULL || row->said == NULL)
        return;
    assert_int_equal(n, strlen(row->said));
    assert_memory_equal(said, row->said, n);
}

static void a_long_text_is_near_nothing(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 'c', sizeof text);
    assert_null(ais_nearest_of(text, sizeof text, modifier, N_ELEMS(modifiers), NULL));
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)], of[N_ELEMS(of_rows)], said[N_ELEMS(said_rows)];
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(of, of_rows, check_of);
    AIS_ROWS(said, said_rows, check_said);
    const struct CMUnitTest others[] = { cmocka_unit_test(a_long_text_is_near_nothing) };
    return cmocka_run_group_tests_name("text/nearest", tests, NULL, NULL) +
           cmocka_run_group_tests_name("text/nearest of a table", of, NULL, NULL) +
           cmocka_run_group_tests_name("text/nearest said", said, NULL, NULL) +
           cmocka_run_group_tests_name("text/nearest bounds", others, NULL, NULL);
}
