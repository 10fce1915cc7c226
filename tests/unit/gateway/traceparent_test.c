#include "gateway/traceparent.h"
#include "tests/unit/test.h"

#define TRACE  "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"
#define GOOD   "00-" TRACE "-" PARENT "-01"

static const struct row {
    const char *name, *text;
    const char *kept; /* NULL: it is none */
} rows[] = {
    {"version 00",                   GOOD,                                                      GOOD                        },
    { "other flags",                 "00-" TRACE "-" PARENT "-ff",                              "00-" TRACE "-" PARENT "-ff"},
    { "a later version",             "01-" TRACE "-" PARENT "-00",                              "01-" TRACE "-" PARENT "-00"},
    { "a later version with more",   "cc-" TRACE "-" PARENT "-01-what the future will be like",
     "cc-" TRACE "-" PARENT "-01"                                                                                           },
    { "a later version with an end", "cc-" TRACE "-" PARENT "-01-",                             "cc-" TRACE "-" PARENT "-01"},
    { "a later version, glued on",   "cc-" TRACE "-" PARENT "-01.what",                         NULL                        },
    { "a later version, longer",     "cc-" TRACE "-" PARENT "-012",                             NULL                        },
    { "version 00 with more",        GOOD "-more",                                              NULL                        },
    { "version 00 with an end",      GOOD "-",                                                  NULL                        },
    { "version ff",                  "ff-" TRACE "-" PARENT "-01",                              NULL                        },
    { "no trace",                    "00-00000000000000000000000000000000-" PARENT "-01",       NULL                        },
    { "no parent",                   "00-" TRACE "-0000000000000000-01",                        NULL                        },
    { "capitals",                    "00-0AF7651916CD43DD8448EB211C80319C-" PARENT "-01",       NULL                        },
    { "a capital version",           "0A-" TRACE "-" PARENT "-01",                              NULL                        },
    { "no digits",                   "00-0af7651916cd43dd8448eb211c80319g-" PARENT "-01",       NULL                        },
    { "too short",                   "00-" TRACE "-" PARENT "-1",                               NULL                        },
    { "a short trace",               "00-0af7651916cd43dd8448eb211c80319-" PARENT "-01",        NULL                        },
    { "a long parent",               "00-" TRACE "-" PARENT "0-01",                             NULL                        },
    { "no flags",                    "00-" TRACE "-" PARENT,                                    NULL                        },
    { "other signs between",         "00_" TRACE "_" PARENT "_01",                              NULL                        },
    { "space around",                " " GOOD,                                                  NULL                        },
    { "space behind",                GOOD " ",                                                  NULL                        },
    { "two of them",                 GOOD "," GOOD,                                             NULL                        },
    { "a secret",                    "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",                NULL                        },
    { "nothing",                     "",                                                        NULL                        },
    { "one sign",                    "f",                                                       NULL                        },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    char kept[TRACEPARENT_SIZE];
    assert_int_equal(traceparent_read(row->text, kept), row->kept != NULL);
    assert_string_equal(kept, row->kept != NULL ? row->kept : "");
}

int main(void)
{
    struct CMUnitTest row_tests[N_ELEMS(rows)];
    AIS_ROWS(row_tests, rows, check_row);
    return cmocka_run_group_tests_name("gateway/traceparent", row_tests, NULL, NULL);
}
