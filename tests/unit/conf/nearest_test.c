#include "shared/conf/nearest.h"
#include "tests/unit/test.h"

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

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("conf/nearest", tests, NULL, NULL);
}
