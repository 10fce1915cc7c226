#include "tests/unit/metrics/series_fixture.h"

#include <stdio.h>

static struct series *series;

static int begin(void **state)
{
    (void)state;
    series = series_new(24, NOON_S);
    return series == NULL;
}

static int end(void **state)
{
    (void)state;
    series_destroy(&series);
    return 0;
}

/* A minute after the other from a time on, one record in each. */
static void minutes(int64_t from_s, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        tell_records(series, 1);
        series_turn(series, from_s + (int64_t)(i + 1) * SERIES_MINUTE_S);
    }
}

static void times_are_floored(void **state)
{
    (void)state;
    static const struct {
        int64_t time_s, resolution_s, want;
    } rows[] = {
        {0,     60,   0   },
        { 59,   60,   0   },
        { 60,   60,   60  },
        { -1,   60,   -60 },
        { -60,  60,   -60 },
        { 7199, 3600, 3600},
    };
    for (size_t i = 0; i < N_ELEMS(rows); i++)
        assert_int_equal(series_floor(rows[i].time_s, rows[i].resolution_s), rows[i].want);
}

static void a_minute_ends_with_its_minute(void **state)
{
    (void)state;
    assert_false(series_is_over(series, NOON_S + 59));
    assert_true(series_is_over(series, NOON_S + 60));
    assert_true(series_is_over(series, NOON_S - 1)); /* the clock was set back */
}

static void a_minute_joins_the_minutes_and_its_hour(void **state)
{
    (void)state;
    minutes(NOON_S, 61);
    assert_int_equal(series->minutes.count, 61);
    assert_int_equal(series->hours.count, 2);
    assert_int_equal(records_of(&series->hours.items[0]), 60);
    assert_int_equal(records_of(&series->hours.items[1]), 1);
    assert_int_equal(series->running.begin_s, NOON_S + 61 * SERIES_MINUTE_S);
    assert_int_equal(series->running.count, 0);
}

static void an_empty_minute_takes_no_room(void **state)
{
    (void)state;
    series_turn(series, NOON_S + 60);
    assert_int_equal(series->minutes.count, 0);
    assert_int_equal(series->bytes, 0);
}

static void minutes_reach_back_two_hours_and_hours_as_far_as_retention(void **state)
{
    (void)state;
    minutes(NOON_S, 30 * 60);
    assert_int_equal(records_in(&series->minutes), SERIES_MINUTES_S / SERIES_MINUTE_S);
    assert_int_equal(records_in(&series->hours), 24 * 60);
    assert_int_equal(series->forgotten, 0);
}

static void actors_are_kept_apart(void **state)
{
    (void)state;
    static struct ais_metrics counted;
    for (unsigned i = 0; i < SERIES_ACTORS_MOST + 10; i++) {
        char name[32];
        snprintf(name, sizeof name, "evaluator-%u", i);
        ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, 1);
        tell(series, name, &counted);
    }
    assert_int_equal(series->running.count, SERIES_ACTORS_MOST);
    assert_int_equal(records_of(&series->running), SERIES_ACTORS_MOST + 10);
    assert_string_equal(series->running.parts[7].actor, "evaluator-7");
}

static void names_are_cut_and_plain(void **state)
{
    (void)state;
    static const char x[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"; /* 63 */
    static struct ais_metrics counted;
    char name[80];
    for (unsigned i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s%u", x, i);
        tell(series, name, &counted);
        tell(series, i == 0 ? "\xc3\xa4\n" : "\xff\xfe\t", &counted);
    }
    assert_int_equal(series->running.count, 2);
    assert_string_equal(series->running.parts[0].actor, x);
    assert_string_equal(series->running.parts[1].actor, "???");
}

static void what_is_malformed_adds_nothing(void **state)
{
    (void)state;
    assert_int_equal(series_add(series, "auditor", "junk", 4, NULL), AIS_E_MALFORMED);
    assert_int_equal(series->running.count, 0);
}

static void a_clock_set_back_adds_to_the_minute_that_was(void **state)
{
    (void)state;
    minutes(NOON_S, 2);
    series_turn(series, NOON_S);
    minutes(NOON_S, 2);
    assert_int_equal(series->minutes.count, 2);
    assert_int_equal(records_in(&series->minutes), 4);
    assert_int_equal(records_in(&series->hours), 4);
}

static void what_lies_ahead_is_forgotten_when_the_clock_is_set_right(void **state)
{
    (void)state;
    series_turn(series, NOON_S + 400 * 86400);
    minutes(NOON_S + 400 * 86400, 3);
    series_turn(series, NOON_S);
    minutes(NOON_S, 1);
    assert_int_equal(records_in(&series->hours), 1);
    assert_int_equal(records_in(&series->minutes), 1);
}

/* As much as one actor can say: every slot, with the largest numbers. */
static void fill(struct ais_metrics *counted, uint64_t seed)
{
    for (size_t i = 0; i < AIS_METRIC_SLOT_COUNT; i++)
        counted->slots[i] = UINT64_MAX - i;
    for (uint64_t i = 0; i < AIS_SKETCH_MOST; i++)
        ais_metrics_saw(counted, AIS_M_USERS, i * 1000003 + seed);
}

/* A minute in which many actors say all that they can. */
static void fill_minute(unsigned minute)
{
    static struct ais_metrics counted;
    for (unsigned i = 0; i < 10; i++) {
        char name[32];
        snprintf(name, sizeof name, "actor-%u", i);
        fill(&counted, minute);
        tell(series, name, &counted);
    }
    series_turn(series, NOON_S + (minute + 1) * SERIES_MINUTE_S);
}

static void memory_is_bounded_whatever_is_told(void **state)
{
    (void)state;
    unsigned minute = 0;
    for (; minute < 12 || series->minutes.items[3].count != 1; minute++) {
        fill_minute(minute);
        assert_true(series->bytes <= SERIES_BYTES_MOST);
    }
    assert_true(series->bytes > SERIES_BYTES_MOST / 2);
    assert_int_equal(series->minutes.count, minute); /* nothing was forgotten but who counted, long ago */
    assert_int_equal(series->forgotten, 0);
    assert_string_equal(series->minutes.items[0].parts[0].actor, SERIES_OTHERS);
    assert_int_equal(series->minutes.items[minute - 1].count, 10);
    assert_int_equal(records_of(&series->minutes.items[0]), records_of(&series->minutes.items[minute - 1]));
}

/* Each hour in a series of its own is too large to be condensed with another. */
static void what_cannot_be_condensed_is_forgotten(void **state)
{
    static struct ais_metrics counted;
    end(state);
    series = series_new(8784, NOON_S);
    unsigned hour = 0;
    for (; series->forgotten == 0 && hour < 1000; hour++) {
        fill(&counted, hour);
        tell(series, "auditor", &counted);
        series_turn(series, NOON_S + (int64_t)(hour + 1) * SERIES_HOUR_S);
        assert_true(series->bytes <= SERIES_BYTES_MOST);
    }
    assert_true(hour > 50 && hour < 1000);
    assert_true(series->hours.items[0].begin_s > NOON_S); /* the oldest went */
    assert_int_equal(series->hours.items[series->hours.count - 1].begin_s,
                     NOON_S + (int64_t)(hour - 1) * SERIES_HOUR_S);
}

static void a_loaded_hour_replaces_its_minutes(void **state)
{
    (void)state;
    struct series_point minute = { .begin_s = NOON_S }, hour = { .begin_s = NOON_S };
    static struct ais_metrics counted;
    for (unsigned i = 0; i < 2; i++) {
        AUTO(ais_buf_done) struct ais_buf deltas = { 0 };
        memset(&counted, 0, sizeof counted);
        ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, 10 + i);
        ais_metrics_encode(&counted, &deltas);
        assert_int_equal(series_point_add(i == 0 ? &minute : &hour, "auditor", deltas.data, deltas.length, NULL),
                         AIS_OK);
    }
    series_load_minute(series, &minute, NOON_S);
    series_load_hour(series, &hour);
    assert_int_equal(minute.count + hour.count, 0);
    assert_int_equal(records_in(&series->minutes), 10);
    assert_int_equal(records_in(&series->hours), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_floored),
        cmocka_unit_test_setup_teardown(a_minute_ends_with_its_minute, begin, end),
        cmocka_unit_test_setup_teardown(a_minute_joins_the_minutes_and_its_hour, begin, end),
        cmocka_unit_test_setup_teardown(an_empty_minute_takes_no_room, begin, end),
        cmocka_unit_test_setup_teardown(minutes_reach_back_two_hours_and_hours_as_far_as_retention, begin, end),
        cmocka_unit_test_setup_teardown(actors_are_kept_apart, begin, end),
        cmocka_unit_test_setup_teardown(names_are_cut_and_plain, begin, end),
        cmocka_unit_test_setup_teardown(what_is_malformed_adds_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_clock_set_back_adds_to_the_minute_that_was, begin, end),
        cmocka_unit_test_setup_teardown(what_lies_ahead_is_forgotten_when_the_clock_is_set_right, begin, end),
        cmocka_unit_test_setup_teardown(memory_is_bounded_whatever_is_told, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_condensed_is_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(a_loaded_hour_replaces_its_minutes, begin, end),
    };
    return cmocka_run_group_tests_name("metrics/series", tests, NULL, NULL);
}
