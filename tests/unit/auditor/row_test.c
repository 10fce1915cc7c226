/* What the index keeps of a record, and the small tables that it is made of. */
#include "services/auditor/activity.h"
#include "services/auditor/row.h"
#include "services/auditor/tally.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <stdio.h>

/* ---- Times ---- */

static const struct time_row {
    const char *name, *text;
    int64_t wanted;
} time_rows[] = {
    {"the begin of time",         "1970-01-01T00:00:00.000000Z", 0                        },
    { "a leap day",               "2024-02-29T12:34:56.789012Z", INT64_C(1709210096789012)},
    { "the end of a year",        "2026-12-31T23:59:59.999999Z", INT64_C(1798761599999999)},
    { "no leap day",              "2026-02-29T00:00:00.000000Z", ROW_TIME_UNKNOWN         },
    { "no such month",            "2026-13-01T00:00:00.000000Z", ROW_TIME_UNKNOWN         },
    { "before the begin of time", "1969-12-31T23:59:59.000000Z", ROW_TIME_UNKNOWN         },
    { "without a fraction",       "2026-01-01T00:00:00Z",        ROW_TIME_UNKNOWN         },
    { "letters",                  "2026-01-01T00:0x:00.000000Z", ROW_TIME_UNKNOWN         },
    { "another zone",             "2026-01-01T00:00:00.000000+", ROW_TIME_UNKNOWN         },
    { "nothing",                  "",                            ROW_TIME_UNKNOWN         },
};

static void check_time(void **state)
{
    const struct time_row *row = *state;
    assert_int_equal(row_time(row->text, strlen(row->text)), row->wanted);
}

static void times_are_read_as_they_are_written(void **state)
{
    (void)state;
    for (int64_t us = 0; us < INT64_C(4102444800000000); us += INT64_C(12345678901234)) {
        char text[AIS_RFC3339_SIZE];
        ais_clock_rfc3339(us * 1000, text);
        assert_int_equal(row_time(text, strlen(text)), us);
    }
}

/* ---- Windows ---- */

static const struct window_row {
    const char *name, *text;
    int64_t seconds; /* 0: refused */
} window_rows[] = {
    {"hours",            "24h",         86400 },
    { "seconds",         "90s",         90    },
    { "minutes",         "15m",         900   },
    { "days",            "7d",          604800},
    { "nothing",         "",            0     },
    { "no unit",         "24",          0     },
    { "no number",       "h",           0     },
    { "zero",            "0h",          0     },
    { "a sign",          "-1h",         0     },
    { "another unit",    "1w",          0     },
    { "more behind",     "1h ",         0     },
    { "too long a time", "99999d",      0     },
    { "too many digits", "1000000000s", 0     },
};

static void check_window(void **state)
{
    const struct window_row *row = *state;
    struct ais_why why = { 0 };
    int64_t ns = 0;
    enum ais_err err = activity_window(row->text, &ns, &why);
    assert_int_equal(err, row->seconds > 0 ? AIS_OK : AIS_E_INVALID);
    assert_int_equal(ns, row->seconds * AIS_NS_PER_S);
    if (row->seconds == 0)
        assert_non_null(strstr(why.text, "window: "));
}

/* ---- Dictionaries ---- */

static uint16_t add(struct dictionary *dictionary, const char *text)
{
    return dictionary_add(dictionary, text, strlen(text), (uint32_t)text[0]);
}

static void equal_texts_have_one_number(void **state)
{
    (void)state;
    AUTO(dictionary_done) struct dictionary dictionary;
    dictionary_init(&dictionary);
    uint16_t one = add(&dictionary, "one"), other = add(&dictionary, "other"); /* of one hash */
    assert_int_not_equal(one, other);
    assert_int_equal(add(&dictionary, "one"), one);
    assert_int_equal(dictionary_count(&dictionary), 2);
    assert_int_equal(dictionary_find(&dictionary, "other", 5, 'o'), other);
    assert_int_equal(dictionary_find(&dictionary, "another", 7, 'a'), DICTIONARY_ABSENT);
    assert_int_equal(dictionary_at(&dictionary, one)->length, 3);
    assert_false(dictionary_is_overflown(&dictionary));
}

static void many_texts_keep_their_numbers(void **state)
{
    (void)state;
    AUTO(dictionary_done) struct dictionary dictionary;
    char text[16];
    dictionary_init(&dictionary);
    for (uint32_t i = 0; i < 3000; i++) {
        int n = snprintf(text, sizeof text, "text %u", i);
        assert_int_equal(dictionary_add(&dictionary, text, (size_t)n, i * 2654435761U), i + 1);
    }
    for (uint32_t i = 0; i < 3000; i++) {
        int n = snprintf(text, sizeof text, "text %u", i);
        assert_int_equal(dictionary_add(&dictionary, text, (size_t)n, i * 2654435761U), i + 1);
    }
}

static void what_does_not_fit_overflows_and_the_rest_stays(void **state)
{
    (void)state;
    AUTO(dictionary_done) struct dictionary dictionary;
    static char text[DICTIONARY_TEXT_MOST + 1];
    memset(text, 'x', sizeof text);
    dictionary_init(&dictionary);
    assert_int_equal(dictionary_add(&dictionary, text, sizeof text, 7), DICTIONARY_OVERFLOW);
    assert_true(dictionary_is_overflown(&dictionary));
    uint16_t number = 0, count = 0;
    while (number != DICTIONARY_OVERFLOW) {
        text[0] = (char)('0' + count % 10);
        text[1] = (char)('0' + count / 10);
        number = dictionary_add(&dictionary, text, DICTIONARY_TEXT_MOST, ++count);
    }
    assert_true(count > DICTIONARY_BYTES_MOST / DICTIONARY_TEXT_MOST / 2);
    text[0] = text[1] = '0';
    assert_int_equal(dictionary_add(&dictionary, text, DICTIONARY_TEXT_MOST, 1), 1);
    assert_true(dictionary_bytes(&dictionary) < 2 * DICTIONARY_BYTES_MOST);
}

/* ---- Tallies ---- */

static void a_tally_is_sorted_by_count_then_by_text(void **state)
{
    (void)state;
    AUTO(tally_done) struct tally tally = { 0 };
    tally_add(&tally, "rare", 4, 1, 2);
    tally_add(&tally, "b", 1, 2, 5);
    tally_add(&tally, "never", 5, 3, 0);
    tally_add(&tally, "a", 1, 2, 5); /* of the same hash */
    tally_add(&tally, "often", 5, 4, 40);
    tally_add(&tally, "often", 5, 4, 2);
    tally_sort(&tally, 3);
    assert_int_equal(tally.count, 3);
    assert_memory_equal(tally.rows[0].bytes, "often", 5);
    assert_int_equal(tally.rows[0].count, 42);
    assert_memory_equal(tally.rows[1].bytes, "a", 1);
    assert_memory_equal(tally.rows[2].bytes, "b", 1);
    assert_int_equal(tally.others, 2);
}

static void the_length_of_a_numbered_record(void **state)
{
    (void)state;
    assert_int_equal(row_numbered_length(2, 7), strlen("{\"seq\":7}"));
    assert_int_equal(row_numbered_length(strlen("{\"a\":1}"), 10), strlen("{\"seq\":10,\"a\":1}"));
}

int main(void)
{
    assert_true(sodium_init() >= 0);
    struct CMUnitTest times[N_ELEMS(time_rows)], windows[N_ELEMS(window_rows)];
    AIS_ROWS(times, time_rows, check_time);
    AIS_ROWS(windows, window_rows, check_window);
    const struct CMUnitTest others[] = {
        cmocka_unit_test(times_are_read_as_they_are_written),
        cmocka_unit_test(equal_texts_have_one_number),
        cmocka_unit_test(many_texts_keep_their_numbers),
        cmocka_unit_test(what_does_not_fit_overflows_and_the_rest_stays),
        cmocka_unit_test(a_tally_is_sorted_by_count_then_by_text),
        cmocka_unit_test(the_length_of_a_numbered_record),
    };
    return cmocka_run_group_tests_name("auditor/row times", times, NULL, NULL) +
           cmocka_run_group_tests_name("auditor/row windows", windows, NULL, NULL) +
           cmocka_run_group_tests_name("auditor/row", others, NULL, NULL);
}
