/* What is read as a moment, and its parts. */
#include "shared/policy/ops/moment.h"
#include "tests/unit/test.h"

static const struct row {
    const char *name, *text;
    int minute, hour, day, week, month, year; /* -1: none; year -2: it is no moment */
} rows[] = {
    {"a date and a time",             "2024-02-29T23:59:58Z",          59, 23, 29, 9,  2,  2024},
    { "in another zone, as it reads", "2024-02-29T23:59:58.123+05:30", 59, 23, 29, 9,  2,  2024},
    { "a blank between",              " 2024-02-29 01:02 ",            2,  1,  29, 9,  2,  2024},
    { "a date alone",                 "2024-12-31",                    -1, -1, 31, 1,  12, 2024},
    { "a week of the year before",    "2021-01-03",                    -1, -1, 3,  53, 1,  2021},
    { "the first Monday",             "2021-01-04",                    -1, -1, 4,  1,  1,  2021},
    { "a year of 53 weeks",           "2020-12-31",                    -1, -1, 31, 53, 12, 2020},
    { "the first day of all",         "0000-01-01",                    -1, -1, 1,  52, 1,  0   },
    { "the last",                     "9999-12-31",                    -1, -1, 31, 52, 12, 9999},
    { "seconds",                      "1709251198",                    59, 23, 29, 9,  2,  2024},
    { "seconds with a fraction",      "1709251198.9",                  59, 23, 29, 9,  2,  2024},
    { "seconds with an exponent",     "1.709251198e9",                 59, 23, 29, 9,  2,  2024},
    { "milliseconds",                 "1709251198000",                 59, 23, 29, 9,  2,  2024},
    { "microseconds",                 "1709251198000000",              59, 23, 29, 9,  2,  2024},
    { "nanoseconds",                  "1709251198000000000",           59, 23, 29, 9,  2,  2024},
    { "the begin",                    "0",                             0,  0,  1,  1,  1,  1970},
    { "a second before it",           "-1",                            59, 23, 31, 1,  12, 1969},
    { "half a second before it",      "-0.5",                          59, 23, 31, 1,  12, 1969},
    { "a day that is none",           "2023-02-29",                    0,  0,  0,  0,  0,  -2  },
    { "an hour that is none",         "2023-02-28T24:00:00Z",          0,  0,  0,  0,  0,  -2  },
    { "something behind it",          "2023-02-28T23:00:00Z.",         0,  0,  0,  0,  0,  -2  },
    { "a zone that is none",          "2023-02-28T23:00:00+1",         0,  0,  0,  0,  0,  -2  },
    { "words",                        "yesterday",                     0,  0,  0,  0,  0,  -2  },
    { "nothing",                      "",                              0,  0,  0,  0,  0,  -2  },
    { "a number beyond all",          "1e999",                         0,  0,  0,  0,  0,  -2  },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct ais_moment moment;
    bool is_one = ais_moment_read(row->text, strlen(row->text), &moment);
    assert_int_equal(is_one, row->year != -2);
    const int want[] = { row->minute, row->hour, row->day, row->week, row->month, row->year };
    for (size_t i = 0; is_one && i < AIS_MOMENT_PART_COUNT; i++)
        assert_int_equal(moment.parts[i], want[i]);
}

/* Every day of four centuries against the one before it. */
static void days_follow_each_other(void **state)
{
    struct ais_moment last = { .parts = { 0 } };
    int weekday = 3; /* 1970 began with a Thursday */
    (void)state;
    for (int64_t day = 0; day < 146097; day++, weekday = (weekday + 1) % 7) {
        struct ais_moment moment;
        assert_true(ais_moment_of(day * 86400 + 86399, &moment));
        const int *now = moment.parts, *before = last.parts;
        bool new_month = now[AIS_MOMENT_day] == 1, new_week = weekday == 0 || day == 0;
        if (day > 0) {
            assert_int_equal(now[AIS_MOMENT_day], new_month ? 1 : before[AIS_MOMENT_day] + 1);
            assert_int_equal(now[AIS_MOMENT_month],
                             new_month ? before[AIS_MOMENT_month] % 12 + 1 : before[AIS_MOMENT_month]);
            assert_true(now[AIS_MOMENT_week] == before[AIS_MOMENT_week] || new_week);
            assert_true(now[AIS_MOMENT_week] != before[AIS_MOMENT_week] || !new_week);
        }
        /* The 4th of January is always in week 1, the 28th of December always in the last. */
        if (now[AIS_MOMENT_month] == 1 && now[AIS_MOMENT_day] == 4)
            assert_int_equal(now[AIS_MOMENT_week], 1);
        if (now[AIS_MOMENT_month] == 12 && now[AIS_MOMENT_day] == 28)
            assert_in_range(now[AIS_MOMENT_week], 52, 53);
        last = moment;
    }
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    const struct CMUnitTest others[] = { cmocka_unit_test(days_follow_each_other) };
    int failed = cmocka_run_group_tests_name("ops/moment", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("ops/calendar", others, NULL, NULL);
}
