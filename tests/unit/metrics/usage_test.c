/* The answers of /api/v1/usage, from series of the test's making. */
#include "services/metrics/usage.h"

#include "services/metrics/window.h"
#include "shared/mem/arena.h"
#include "shared/sys/clock.h"
#include "shared/wire/args.h"
#include "tests/unit/metrics/series_fixture.h"

#include <stdlib.h>

static struct series *series;
static struct ais_metrics counted, now, sums[3];
static struct ais_arena *arena;
static struct ais_buf text;
static int64_t now_s;

static int begin(void **state)
{
    (void)state;
    memset(&counted, 0, sizeof counted);
    memset(&now, 0, sizeof now);
    now_s = NOON_S;
    series = series_new(168, now_s);
    arena = ais_arena_new(0);
    return series == NULL || arena == NULL;
}

static int end(void **state)
{
    (void)state;
    series_destroy(&series);
    ais_arena_destroy(&arena);
    ais_buf_done(&text);
    return 0;
}

static void turn_to(int64_t time_s)
{
    now_s = time_s;
    series_turn(series, now_s);
}

typedef enum ais_err answer_function(const struct usage *usage, struct ais_span args, struct ais_buf *out,
                                     struct ais_why *why);

/* Asks with window=…, or without when it is NULL. */
static enum ais_err ask(answer_function *answer, const char *window, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf args = { 0 };
    const struct usage usage = {
        .series = series,
        .now = &now,
        .sums = {&sums[0], &sums[1], &sums[2]},
        .now_ns = now_s * AIS_NS_PER_S,
    };
    if (window != NULL)
        ais_args_add(&args, "window", window);
    ais_buf_clear(&text);
    return answer(&usage, (struct ais_span){ args.data, args.length }, &text, why);
}

static const struct ais_json *answer_of(answer_function *answer, const char *window)
{
    const struct ais_json *root;
    static const struct ais_json_limits limits = { .depth = 8 };
    assert_int_equal(ask(answer, window, NULL), AIS_OK);
    assert_int_equal(ais_json_read(arena, text.data, text.length, &limits, &root, NULL), AIS_OK);
    return root;
}

/* The node at a path of members, "preflight.latency_ms.p50", and elements, "endpoints.0.count"; NULL when absent. */
static const struct ais_json *at(const struct ais_json *node, const char *path)
{
    char name[64];
    while (node != NULL && *path != '\0') {
        size_t n = strcspn(path, ".");
        assert_true(n < sizeof name);
        memcpy(name, path, n);
        name[n] = '\0';
        path += n + (path[n] == '.');
        if (node->kind == AIS_JSON_ARRAY) {
            const struct ais_json *element = node->first;
            for (unsigned long i = strtoul(name, NULL, 10); i > 0 && element != NULL; i--)
                element = element->next;
            node = element;
        } else {
            node = ais_json_get(node, name);
        }
    }
    return node;
}

static void assert_says(const struct ais_json *root, const char *path, const char *lexeme)
{
    const struct ais_json *node = at(root, path);
    assert_non_null(node);
    if (node->kind == AIS_JSON_NULL)
        assert_string_equal(lexeme, "null");
    else
        assert_string_equal(node->text, lexeme);
}

static const struct window_row {
    const char *name, *window;
    bool good;
} windows[] = {
    {"seconds",              "1s",                               true },
    { "minutes",             "15m",                              true },
    { "hours",               "168h",                             true },
    { "days",                "7d",                               true },
    { "past the retention",  "169h",                             false},
    { "nothing",             "",                                 false},
    { "a unit alone",        "h",                                false},
    { "a number alone",      "60",                               false},
    { "zero",                "0h",                               false},
    { "negative",            "-1h",                              false},
    { "signed",              "+1h",                              false},
    { "a fraction",          "1.5h",                             false},
    { "another unit",        "1w",                               false},
    { "upper case",          "1H",                               false},
    { "a space",             "1 h",                              false},
    { "two of them",         "1h1m",                             false},
    { "far too large",       "99999999999999999999d",            false},
    { "longer than is kept", "0000000000000000000000000000001s", false},
};

static void check_window(void **state)
{
    const struct window_row *row = *state;
    struct ais_why why = { 0 };
    begin(NULL);
    assert_int_equal(ask(usage_metrics, row->window, &why), row->good ? AIS_OK : AIS_E_INVALID);
    assert_int_equal(ask(usage_stats, row->window, &why), row->good ? AIS_OK : AIS_E_INVALID);
    if (!row->good)
        assert_non_null(strstr(why.text, "window: "));
    end(NULL);
}

static void other_parameters_are_refused_by_name(void **state)
{
    (void)state;
    struct ais_why why = { 0 };
    struct window window;
    static const char unknown[] = "windows\0"
                                  "1h",
                      twice[] = "window\0"
                                "1h\0"
                                "window\0"
                                "2h";
    assert_int_equal(window_read(series, (struct ais_span){ unknown, sizeof unknown }, "1h", false, 0, &window, &why),
                     AIS_E_INVALID);
    assert_non_null(strstr(why.text, "'windows'"));
    assert_int_equal(window_read(series, (struct ais_span){ twice, sizeof twice }, "1h", false, 0, &window, &why),
                     AIS_E_INVALID);
    assert_non_null(strstr(why.text, "'window'"));
}

static void nothing_is_not_divided_by(void **state)
{
    (void)state;
    const struct ais_json *root = answer_of(usage_metrics, NULL);
    assert_says(root, "window", "1h");
    assert_says(root, "preflight.count", "0");
    assert_says(root, "preflight.error_rate", "0");
    assert_says(root, "preflight.latency_ms.p99", "null");
    assert_int_equal(at(root, "endpoints")->count + at(root, "evaluators")->count, 0);
    assert_says(answer_of(usage_stats, NULL), "totals.api_calls", "0");
}

static void preflights_are_decisions_and_refusals(void **state)
{
    (void)state;
    ais_metrics_count(&counted, AIS_M_DECISIONS, AIS_OUTCOME_ALLOW, 0, 50);
    ais_metrics_count(&counted, AIS_M_DECISIONS, AIS_OUTCOME_BLOCK, 0, 25);
    ais_metrics_count(&counted, AIS_M_REFUSALS, AIS_REFUSAL_DEADLINE, 0, 25);
    for (int i = 0; i < 100; i++)
        ais_metrics_observe(&counted, AIS_M_PREFLIGHT_SECONDS, 2097152); /* a power of two: a bucket's first */
    tell(series, "gateway-1", &counted);
    now_s += 40;
    const struct ais_json *root = answer_of(usage_metrics, "20s");
    assert_says(root, "since", "2026-01-31T12:00:00.000000Z");
    assert_says(root, "until", "2026-01-31T12:00:40.000000Z");
    assert_says(root, "preflight.count", "100");
    assert_says(root, "preflight.errors", "25");
    assert_says(root, "preflight.error_rate", "0.25");
    assert_says(root, "preflight.throughput_per_s", "2.5");
    assert_says(root, "preflight.latency_ms.mean", "2.097152");
    const struct ais_json *p999 = ais_json_get(at(root, "preflight.latency_ms"), "p99.9"); /* its name has a dot */
    assert_non_null(p999);
    double ms = strtod(p999->text, NULL);
    assert_true(ms > 2.097152 * 0.984 && ms < 2.097152 * 1.016);
}

static void endpoints_tell_their_own_errors_from_their_clients(void **state)
{
    (void)state;
    ais_metrics_count(&counted, AIS_M_REQUESTS, AIS_ENDPOINT_BATCH, AIS_STATUS_200, 6);
    ais_metrics_count(&counted, AIS_M_REQUESTS, AIS_ENDPOINT_BATCH, AIS_STATUS_422, 3);
    ais_metrics_count(&counted, AIS_M_REQUESTS, AIS_ENDPOINT_BATCH, AIS_STATUS_503, 1);
    ais_metrics_count(&counted, AIS_M_RECEIVED_BYTES, AIS_ENDPOINT_BATCH, 0, 1000);
    ais_metrics_observe_at(&counted, AIS_M_REQUEST_SECONDS, AIS_ENDPOINT_BATCH, 1000000);
    tell(series, "gateway-1", &counted);
    const struct ais_json *root = answer_of(usage_metrics, "1h");
    assert_int_equal(at(root, "endpoints")->count, 1);
    assert_says(root, "endpoints.0.endpoint", "preflight_batch");
    assert_says(root, "endpoints.0.count", "10");
    assert_says(root, "endpoints.0.errors", "1");
    assert_says(root, "endpoints.0.error_rate", "0.1");
    assert_says(root, "endpoints.0.client_errors", "3");
    assert_says(root, "endpoints.0.received_bytes", "1000");
    assert_says(root, "endpoints.0.latency_ms.mean", "1");
}

static void evaluators_are_told_apart_over_minutes(void **state)
{
    (void)state;
    static const char *const names[] = { "evaluator-2", "evaluator-1", "evaluator-2" };
    for (size_t i = 0; i < N_ELEMS(names); i++) {
        ais_metrics_observe(&counted, AIS_M_EVALUATION_SECONDS, 4000);
        tell(series, names[i], &counted);
        tell_records(series, 1);
        turn_to(now_s + SERIES_MINUTE_S);
    }
    const struct ais_json *root = answer_of(usage_metrics, "1h");
    assert_int_equal(at(root, "evaluators")->count, 2);
    assert_says(root, "evaluators.0.name", "evaluator-1");
    assert_says(root, "evaluators.1.evaluations", "2");
    assert_says(root, "evaluators.1.latency_us.mean", "4");
    assert_says(root, "audit.records", "3");
}

static void levels_are_those_of_now_and_the_highest(void **state)
{
    (void)state;
    ais_metrics_peak(&counted, AIS_M_QUEUE_PEAK, 12);
    tell(series, "gateway-1", &counted);
    ais_metrics_set(&now, AIS_M_QUEUE_DEPTH, 3);
    ais_metrics_set(&now, AIS_M_IN_FLIGHT, 5); /* told with a sample that is not in the series yet */
    const struct ais_json *root = answer_of(usage_metrics, "1h");
    assert_says(root, "queue_depth.now", "3");
    assert_says(root, "queue_depth.max", "12");
    assert_says(root, "in_flight.now", "5");
    assert_says(root, "in_flight.max", "5");
}

static void the_processor_is_measured_while_the_service_runs(void **state)
{
    (void)state;
    ais_metrics_count(&counted, AIS_M_UPTIME, 0, 0, 10 * AIS_NS_PER_S);
    ais_metrics_count(&counted, AIS_M_PROCESS_CPU, 0, 0, 5 * AIS_NS_PER_S);
    tell(series, "metrics", &counted);
    const struct ais_json *root = answer_of(usage_metrics, "1h");
    assert_says(root, "process.cpu_seconds", "5");
    assert_says(root, "process.cpu_percent", "50");
    assert_says(root, "process.uptime_seconds", "10");
}

static void a_window_leaves_out_what_was_before(void **state)
{
    (void)state;
    tell_records(series, 1);
    turn_to(NOON_S + 10 * SERIES_MINUTE_S);
    tell_records(series, 2);
    turn_to(NOON_S + 3 * SERIES_HOUR_S);
    tell_records(series, 4);
    assert_says(answer_of(usage_metrics, "1m"), "audit.records", "4");
    turn_to(NOON_S + 3 * SERIES_HOUR_S + SERIES_MINUTE_S);
    assert_says(answer_of(usage_metrics, "1m"), "audit.records", "4");
    assert_says(answer_of(usage_metrics, "3h"), "audit.records", "7"); /* whole hours */
    assert_says(answer_of(usage_metrics, "150m"), "audit.records", "7");
    turn_to(NOON_S + 4 * SERIES_HOUR_S);
    assert_says(answer_of(usage_metrics, "3h"), "audit.records", "4");
    assert_says(answer_of(usage_metrics, "168h"), "audit.records", "7");
}

/* ---- stats ---- */

static void calls(enum ais_label_ENDPOINT endpoint, enum ais_label_STATUS status, uint64_t n)
{
    ais_metrics_count(&counted, AIS_M_REQUESTS, endpoint, status, n);
}

static void a_minute_of(uint64_t preflights, uint64_t user)
{
    calls(AIS_ENDPOINT_PREFLIGHT, AIS_STATUS_200, preflights);
    ais_metrics_count(&counted, AIS_M_SENT_BYTES, AIS_ENDPOINT_PREFLIGHT, 0, 10 * preflights);
    ais_metrics_saw(&counted, AIS_M_USERS, user);
    tell(series, "gateway-1", &counted);
}

static void use_is_told_by_hour_and_day(void **state)
{
    (void)state;
    a_minute_of(1, 7);
    turn_to(NOON_S + SERIES_MINUTE_S);
    a_minute_of(2, 8);
    turn_to(NOON_S + SERIES_HOUR_S);
    a_minute_of(4, 8);
    turn_to(NOON_S + 12 * SERIES_HOUR_S); /* another day */
    a_minute_of(8, 7);
    const struct ais_json *root = answer_of(usage_stats, NULL);
    assert_says(root, "window", "168h");
    assert_says(root, "totals.api_calls", "15");
    assert_says(root, "totals.bytes_out", "150");
    assert_says(root, "totals.users", "2");
    assert_int_equal(at(root, "by_hour")->count, 3);
    assert_says(root, "by_hour.0.hour", "2026-01-31T12:00:00.000000Z");
    assert_says(root, "by_hour.0.api_calls", "3");
    assert_says(root, "by_hour.0.users", "2");
    assert_says(root, "by_hour.1.users", "1");
    assert_says(root, "by_hour.2.api_calls", "8");
    assert_int_equal(at(root, "by_day")->count, 2);
    assert_says(root, "by_day.0.day", "2026-01-31");
    assert_says(root, "by_day.0.api_calls", "7");
    assert_says(root, "by_day.1.day", "2026-02-01");
    assert_says(root, "by_day.1.users", "1");
}

static void peaks_are_hours_of_the_day_over_all_days(void **state)
{
    (void)state;
    static const struct {
        unsigned hour;
        uint64_t calls;
    } rows[] = {
        {0,   5 },
        { 1,  30},
        { 2,  1 },
        { 3,  9 },
        { 24, 10},
        { 27, 2 }
    };
    for (size_t i = 0; i < N_ELEMS(rows); i++) {
        turn_to(NOON_S + (int64_t)rows[i].hour * SERIES_HOUR_S);
        a_minute_of(rows[i].calls, 1);
    }
    const struct ais_json *root = answer_of(usage_stats, "7d");
    assert_int_equal(at(root, "peak_hours")->count, 3);
    assert_says(root, "peak_hours.0.hour", "13");
    assert_says(root, "peak_hours.0.api_calls", "30");
    assert_says(root, "peak_hours.1.hour", "12");
    assert_says(root, "peak_hours.1.api_calls", "15");
    assert_says(root, "peak_hours.2.hour", "15");
    assert_says(root, "peak_hours.2.api_calls", "11");
}

static void probes_are_no_calls_and_failures_no_use(void **state)
{
    (void)state;
    calls(AIS_ENDPOINT_PROBE, AIS_STATUS_200, 100);
    calls(AIS_ENDPOINT_METRICS, AIS_STATUS_200, 100);
    calls(AIS_ENDPOINT_OTHER, AIS_STATUS_404, 100);
    calls(AIS_ENDPOINT_BATCH, AIS_STATUS_200, 2);
    calls(AIS_ENDPOINT_BATCH, AIS_STATUS_422, 3);
    tell(series, "gateway-1", &counted);
    turn_to(NOON_S + 5 * SERIES_HOUR_S);
    calls(AIS_ENDPOINT_BATCH, AIS_STATUS_200, 1);
    tell(series, "gateway-1", &counted);
    const struct ais_json *root = answer_of(usage_stats, NULL);
    assert_says(root, "totals.api_calls", "6");
    assert_says(root, "features.1.feature", "batch");
    assert_says(root, "features.1.count", "3");
    assert_says(root, "features.1.first_use", "2026-01-31T12:00:00.000000Z");
    assert_says(root, "features.1.last_use", "2026-01-31T17:00:00.000000Z");
    assert_says(root, "features.0.count", "0");
    assert_says(root, "features.0.first_use", "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(other_parameters_are_refused_by_name, begin, end),
        cmocka_unit_test_setup_teardown(nothing_is_not_divided_by, begin, end),
        cmocka_unit_test_setup_teardown(preflights_are_decisions_and_refusals, begin, end),
        cmocka_unit_test_setup_teardown(endpoints_tell_their_own_errors_from_their_clients, begin, end),
        cmocka_unit_test_setup_teardown(evaluators_are_told_apart_over_minutes, begin, end),
        cmocka_unit_test_setup_teardown(levels_are_those_of_now_and_the_highest, begin, end),
        cmocka_unit_test_setup_teardown(the_processor_is_measured_while_the_service_runs, begin, end),
        cmocka_unit_test_setup_teardown(a_window_leaves_out_what_was_before, begin, end),
        cmocka_unit_test_setup_teardown(use_is_told_by_hour_and_day, begin, end),
        cmocka_unit_test_setup_teardown(peaks_are_hours_of_the_day_over_all_days, begin, end),
        cmocka_unit_test_setup_teardown(probes_are_no_calls_and_failures_no_use, begin, end),
    };
    struct CMUnitTest rows[N_ELEMS(windows)];
    AIS_ROWS(rows, windows, check_window);
    return cmocka_run_group_tests_name("metrics/usage", tests, NULL, NULL) +
           cmocka_run_group_tests_name("metrics/usage windows", rows, NULL, NULL);
}
