#include "shared/json/unescape.h"
#include "tests/unit/test.h"

static const struct row {
    const char *name, *bytes, *wanted;
} rows[] = {
    {"nothing to replace",            "{\"a\":[1,\"b\"]}",          "{\"a\":[1,\"b\"]}"   },
    { "every short escape",           "\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"     },
    { "a letter",                     "r\\u006D -rf",               "rm -rf"              },
    { "two and three bytes",          "\\u00e9\\u20AC",             "\xc3\xa9\xe2\x82\xac"},
    { "a pair",                       "\\ud83d\\ude00!",            "\xf0\x9f\x98\x80!"   },
    { "an escaped backslash is over", "\\\\u0041",                  "\\u0041"             },
    { "no escape",                    "\\x \\u12",                  "\\x \\u12"           },
    { "a backslash at the end",       "a\\",                        "a\\"                 },
    { "nothing",                      "",                           ""                    },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_json_unescape(row->bytes, strlen(row->bytes), &out);
    assert_false(out.failed);
    assert_int_equal(out.length, strlen(row->wanted));
    assert_memory_equal(out.data, row->wanted, out.length);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("json/unescape", tests, NULL, NULL);
}
