#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <string.h>

static const int64_t now = 1700000000 * AIS_NS_PER_S;

static const struct row {
    const char *name, *text;
    int result;
    int64_t ns;
} rows[] = {
    {"UTC",                                "2023-11-14T22:13:20Z",            0,  1700000000 * AIS_NS_PER_S                        },
    { "a fraction",                        "2023-11-14T22:13:20.5Z",          0,  1700000000 * AIS_NS_PER_S + 500000000            },
    { "more than nine digits are cut",     "2023-11-14T22:13:20.1234567899Z", 0,  1700000000 * AIS_NS_PER_S + 123456789            },
    { "an offset",                         "2023-11-15T00:13:20+02:00",       0,  1700000000 * AIS_NS_PER_S                        },
    { "a space for T",                     "2023-11-14 22:13:20Z",            0,  1700000000 * AIS_NS_PER_S                        },
    { "a leap second",                     "2016-12-31T23:59:60Z",            0,  1483228800 * AIS_NS_PER_S                        },
    { "minutes ago",                       "-15m",                            0,  1700000000 * AIS_NS_PER_S - 900 * AIS_NS_PER_S   },
    { "days ago",                          "-2d",                             0,  1700000000 * AIS_NS_PER_S - 172800 * AIS_NS_PER_S},
    { "no zone is refused",                "2023-11-14T22:13:20",             -1, 0                                                },
    { "a day that is not is refused",      "2023-02-30T22:13:20Z",            -1, 0                                                },
    { "that day at midnight too",          "2023-02-30T00:00:00Z",            -1, 0                                                },
    { "bytes after it are refused",        "2023-11-14T22:13:20Zx",           -1, 0                                                },
    { "a point without digits is refused", "2023-11-14T22:13:20.Z",           -1, 0                                                },
    { "nothing is refused",                "",                                -1, 0                                                },
    { "an unknown unit is refused",        "-15y",                            -1, 0                                                },
    { "a huge span is refused",            "-99999999999d",                   -1, 0                                                },
    { "a signed span is refused",          "--5m",                            -1, 0                                                },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    int64_t ns = 0;
    assert_int_equal(ais_clock_parse(row->text, now, &ns), row->result);
    assert_int_equal(ns, row->ns);
}

static void it_writes_what_it_reads(void **state)
{
    (void)state;
    char text[AIS_RFC3339_SIZE];
    int64_t ns;
    ais_clock_rfc3339(1700000000123456000, text);
    assert_string_equal(text, "2023-11-14T22:13:20.123456Z");
    assert_int_equal(ais_clock_parse(text, 0, &ns), 0);
    assert_int_equal(ns, 1700000000123456000);
}

static void it_can_be_held_still(void **state)
{
    (void)state;
    ais_clock_freeze(1, 5, 7);
    assert_int_equal(ais_clock_wall(), 5);
    assert_int_equal(ais_clock_mono(), 7);
    ais_clock_freeze(0, 0, 0);
    assert_true(ais_clock_wall() > now);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 2];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(it_writes_what_it_reads);
    tests[N_ELEMS(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(it_can_be_held_still);
    return cmocka_run_group_tests_name("sys/clock", tests, NULL, NULL);
}
