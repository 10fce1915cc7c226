#include "shared/metrics/metrics.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* They are large: one set for all tests, emptied before each. */
static struct ais_metrics counted, total;
static struct ais_gauges gauges;
static struct ais_buf text;

static int start_anew(void **state)
{
    (void)state;
    memset(&counted, 0, sizeof counted);
    memset(&total, 0, sizeof total);
    memset(&gauges, 0, sizeof gauges);
    ais_buf_clear(&text);
    return 0;
}

static bool shows(const struct ais_metrics *metrics, const char *line)
{
    ais_buf_clear(&text);
    ais_buf_byte(&text, '\n');
    ais_metrics_render(metrics, &text);
    AUTO(ais_buf_done) struct ais_buf wanted = { 0 };
    ais_buf_format(&wanted, "\n%s\n", line);
    assert_false(text.failed || wanted.failed);
    return strstr(text.data, wanted.data) != NULL;
}

static void counters_add_up_by_label(void **state)
{
    (void)state;
    ais_metrics_count(&counted, AIS_M_DECISIONS, AIS_OUTCOME_BLOCK, 0, 1);
    ais_metrics_count(&counted, AIS_M_DECISIONS, AIS_OUTCOME_BLOCK, 0, 2);
    assert_true(shows(&counted, "aisentinel_decisions_total{outcome=\"block\"} 3"));
    assert_true(shows(&counted, "aisentinel_decisions_total{outcome=\"allow\"} 0"));
}

static void two_labels_show_only_what_happened(void **state)
{
    (void)state;
    ais_metrics_count(&counted, AIS_M_REQUESTS, AIS_ENDPOINT_BATCH, ais_status_label(503), 7);
    assert_true(shows(&counted, "aisentinel_requests_total{endpoint=\"preflight_batch\",status=\"503\"} 7"));
    assert_null(strstr(text.data, "aisentinel_requests_total{endpoint=\"probe\""));
}

static void statuses_have_labels(void **state)
{
    (void)state;
    assert_int_equal(ais_status_label(200), AIS_STATUS_200);
    assert_int_equal(ais_status_label(431), AIS_STATUS_431);
    assert_int_equal(ais_status_label(302), AIS_STATUS_OTHER);
    assert_int_equal(ais_status_label(0), AIS_STATUS_OTHER);
}

static void gauges_show_once_set_and_may_be_0(void **state)
{
    (void)state;
    assert_false(shows(&counted, "aisentinel_queue_depth 0"));
    ais_metrics_set(&counted, AIS_M_QUEUE_DEPTH, 0);
    assert_true(shows(&counted, "aisentinel_queue_depth 0"));
}

static void a_zeroed_struct_shows_no_gauge(void **state)
{
    (void)state;
    assert_false(shows(&counted, "aisentinel_storage_ok 0"));
    assert_true(shows(&counted, "aisentinel_audit_records_total 0"));
}

static void infos_are_escaped_and_cut(void **state)
{
    (void)state;
    char revision[200];
    memset(revision, 'r', sizeof revision - 1);
    revision[sizeof revision - 1] = '\0';
    ais_metrics_info(&counted, AIS_M_BUILD_INFO, "1\"2\\3\n4", revision);
    revision[AIS_INFO_TEXT - 1] = '\0';
    char line[300];
    snprintf(line, sizeof line, "aisentinel_build_info{version=\"1\\\"2\\\\3\\n4\",revision=\"%s\"} 1", revision);
    assert_true(shows(&counted, line));
    ais_metrics_info(&counted, AIS_M_SNAPSHOT_INFO, "abc", NULL);
    assert_true(shows(&counted, "aisentinel_snapshot_info{digest=\"abc\"} 1"));
}

static void histograms_are_cumulative(void **state)
{
    (void)state;
    ais_metrics_observe(&counted, AIS_M_PREFLIGHT_SECONDS, 200000);
    ais_metrics_observe(&counted, AIS_M_PREFLIGHT_SECONDS, 3000000);
    ais_metrics_observe(&counted, AIS_M_PREFLIGHT_SECONDS, 90 * AIS_NS_PER_S);
    ais_metrics_observe(&counted, AIS_M_PREFLIGHT_SECONDS, -5);
    assert_true(shows(&counted, "aisentinel_preflight_seconds_bucket{le=\"1e-05\"} 1"));
    assert_true(shows(&counted, "aisentinel_preflight_seconds_bucket{le=\"0.00025\"} 2"));
    assert_true(shows(&counted, "aisentinel_preflight_seconds_bucket{le=\"0.005\"} 3"));
    assert_true(shows(&counted, "aisentinel_preflight_seconds_bucket{le=\"2.5\"} 3"));
    assert_true(shows(&counted, "aisentinel_preflight_seconds_bucket{le=\"+Inf\"} 4"));
    assert_true(shows(&counted, "aisentinel_preflight_seconds_sum 90.0032"));
    assert_true(shows(&counted, "aisentinel_preflight_seconds_count 4"));
}

static int by_number(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

static void quantiles_are_within_2_percent(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    static int64_t values[MANY];
    uint64_t seed = 5;
    for (size_t i = 0; i < MANY; i++) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        values[i] = (int64_t)((seed >> 33) % 1000 + 1) << ((seed >> 20) % 24); /* 1 ns to 8 s */
        ais_metrics_observe(&counted, AIS_M_COMMIT_SECONDS, values[i]);
    }
    qsort(values, MANY, sizeof values[0], by_number);
    struct ais_metrics_summary summary;
    ais_metrics_summarize(&counted, AIS_M_COMMIT_SECONDS, 0, &summary);
    assert_int_equal(summary.count, MANY);
    assert_int_equal(summary.p90_ns, ais_metrics_quantile(&counted, AIS_M_COMMIT_SECONDS, 0, 0.9));
    assert_int_equal(summary.max_ns, ais_metrics_quantile(&counted, AIS_M_COMMIT_SECONDS, 0, 1));
    static const double parts[] = { 0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1 };
    for (size_t i = 0; i < N_ELEMS(parts); i++) {
        size_t rank = (size_t)(parts[i] * MANY + 0.5);
        double want = (double)values[rank > 0 ? rank - 1 : 0];
        double got = (double)ais_metrics_quantile(&counted, AIS_M_COMMIT_SECONDS, 0, parts[i]);
        assert_true(got >= want * 0.98 - 1 && got <= want * 1.02 + 1);
    }
    assert_int_equal(ais_metrics_quantile(&counted, AIS_M_EVALUATION_SECONDS, 0, 0.5), 0);
}

/* The bound over the whole range: at the edges of each of its buckets, and at random within it. */
static void each_value_is_known_within_2_percent(void **state)
{
    (void)state;
    uint64_t seed = 7;
    double worst = 0;
    for (unsigned power = 0; power < 36; power++) {
        for (unsigned i = 0; i < 512; i++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            int64_t base = (int64_t)1 << power, value;
            if (i < 64)
                value =
                    base + base * (int64_t)(i / 2) / 32 - (int64_t)(i % 2); /* a bucket's first, and the one before */
            else
                value = base + (int64_t)((seed >> 20) % (uint64_t)base);
            memset(&counted, 0, sizeof counted);
            ais_metrics_observe(&counted, AIS_M_COMMIT_SECONDS, value);
            double got = (double)ais_metrics_quantile(&counted, AIS_M_COMMIT_SECONDS, 0, 0.5);
            double off =
                value > 0 ? (got > (double)value ? got - (double)value : (double)value - got) / (double)value : got;
            worst = off > worst ? off : worst;
        }
    }
    assert_true(worst < 0.016); /* half a bucket is 1/64 of its begin */
    assert_true(worst > 0.015); /* and the bound is not better than we say */
}

static void histograms_are_kept_apart_by_label(void **state)
{
    (void)state;
    struct ais_metrics_summary summary;
    ais_metrics_observe_at(&counted, AIS_M_REQUEST_SECONDS, AIS_ENDPOINT_BATCH, 100);
    ais_metrics_observe_at(&counted, AIS_M_REQUEST_SECONDS, AIS_ENDPOINT_OTHER, 300);
    ais_metrics_summarize(&counted, AIS_M_REQUEST_SECONDS, AIS_ENDPOINT_BATCH, &summary);
    assert_int_equal(summary.count, 1);
    assert_int_equal(summary.sum_ns, 100);
    ais_metrics_summarize(&counted, AIS_M_REQUEST_SECONDS, AIS_ENDPOINT_PREFLIGHT, &summary);
    assert_int_equal(summary.count, 0);
    assert_true(shows(&counted, "aisentinel_request_seconds_count{endpoint=\"other\"} 1"));
    assert_true(shows(&counted, "aisentinel_request_seconds_bucket{endpoint=\"other\",le=\"+Inf\"} 1"));
    assert_null(strstr(text.data, "aisentinel_request_seconds_count{endpoint=\"preflight\"}"));
}

static void told(void)
{
    AUTO(ais_buf_done) struct ais_buf deltas = { 0 };
    ais_metrics_encode(&counted, &deltas);
    assert_int_equal(ais_metrics_merge(&total, &gauges, deltas.data, deltas.length, NULL), AIS_OK);
    ais_metrics_restart(&counted);
}

static void counts_are_told_once_and_gauges_again(void **state)
{
    (void)state;
    ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, 5);
    ais_metrics_set(&counted, AIS_M_QUEUE_DEPTH, 3);
    ais_metrics_observe(&counted, AIS_M_COMMIT_SECONDS, 1000);
    told();
    told();
    ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, 1);
    told();
    assert_true(shows(&total, "aisentinel_audit_records_total 6"));
    assert_true(shows(&total, "aisentinel_audit_commit_seconds_count 1"));
    assert_false(shows(&total, "aisentinel_queue_depth 3"));
    ais_metrics_combine(&total, &gauges);
    assert_true(shows(&total, "aisentinel_queue_depth 3"));
}

static void infos_travel(void **state)
{
    (void)state;
    ais_metrics_info(&counted, AIS_M_SNAPSHOT_INFO, "d1", NULL);
    told();
    ais_metrics_combine(&total, &gauges);
    assert_true(shows(&total, "aisentinel_snapshot_info{digest=\"d1\"} 1"));
}

/* The gauges of another actor, which has set these. */
static void other_says(uint64_t waiting, uint64_t evaluators)
{
    memset(&counted, 0, sizeof counted);
    memset(&gauges, 0, sizeof gauges);
    ais_metrics_set(&counted, AIS_M_QUEUE_DEPTH, waiting);
    ais_metrics_set(&counted, AIS_M_EVALUATORS, evaluators);
    told();
    ais_metrics_combine(&total, &gauges);
}

static void gauges_are_added_up_or_the_highest_counts(void **state)
{
    (void)state;
    other_says(3, 2);
    other_says(4, 1);
    assert_true(shows(&total, "aisentinel_queue_depth 7"));
    assert_true(shows(&total, "aisentinel_evaluators 2"));
}

static void the_highest_peak_stays(void **state)
{
    (void)state;
    ais_metrics_peak(&counted, AIS_M_QUEUE_PEAK, 3);
    ais_metrics_peak(&counted, AIS_M_QUEUE_PEAK, 2);
    told();
    ais_metrics_peak(&counted, AIS_M_QUEUE_PEAK, 1);
    told();
    assert_true(shows(&total, "aisentinel_queue_depth_peak 3"));
    assert_int_equal(ais_metrics_value(&counted, AIS_M_QUEUE_PEAK, 0, 0), 0);
}

static void users_are_counted_once_whoever_saw_them(void **state)
{
    (void)state;
    for (uint64_t hash = 0; hash < 10; hash++)
        ais_metrics_saw(&counted, AIS_M_USERS, hash);
    told();
    for (uint64_t hash = 5; hash < 15; hash++)
        ais_metrics_saw(&counted, AIS_M_USERS, hash);
    told();
    assert_int_equal(ais_metrics_distinct(&total, AIS_M_USERS), 15);
    assert_true(shows(&total, "aisentinel_users 15"));
}

static void what_is_encoded_adds_up_the_same(void **state)
{
    (void)state;
    static struct ais_metrics sum;
    AUTO(ais_buf_done) struct ais_buf into = { 0 };
    for (unsigned round = 1; round < 5; round++) {
        AUTO(ais_buf_done) struct ais_buf deltas = { 0 };
        ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, round * 1000);
        ais_metrics_count(&counted, AIS_M_REQUESTS, round, round, 1);
        ais_metrics_peak(&counted, AIS_M_QUEUE_PEAK, 9 - round);
        ais_metrics_saw(&counted, AIS_M_USERS, round / 2);
        ais_metrics_observe_at(&counted, AIS_M_REQUEST_SECONDS, round, 1000 << round);
        ais_metrics_set(&counted, AIS_M_QUEUE_DEPTH, 3);
        ais_metrics_info(&counted, AIS_M_SNAPSHOT_INFO, "d1", NULL);
        ais_metrics_encode(&counted, &deltas);
        assert_int_equal(ais_metrics_accumulate(&into, deltas.data, deltas.length, NULL), AIS_OK);
        told();
    }
    memset(&sum, 0, sizeof sum);
    memset(&gauges, 0, sizeof gauges);
    assert_int_equal(ais_metrics_merge(&sum, &gauges, into.data, into.length, NULL), AIS_OK);
    assert_memory_equal(&sum, &total, sizeof sum);
    assert_int_equal(gauges.values[AIS_M_QUEUE_DEPTH], 0);
    size_t length = into.length;
    assert_int_equal(ais_metrics_accumulate(&into, "junk, and more", 14, NULL), AIS_E_MALFORMED);
    assert_int_equal(into.length, length);
}

/* Each byte cut, and each byte changed: refused whole, or taken whole. */
static void damaged_samples_change_nothing(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf deltas = { 0 };
    ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, 5);
    ais_metrics_count(&counted, AIS_M_DECISIONS, 0, 0, 5);
    ais_metrics_info(&counted, AIS_M_SNAPSHOT_INFO, "d1", NULL);
    ais_metrics_encode(&counted, &deltas);
    static const struct ais_metrics nothing;
    for (size_t n = 0; n < deltas.length; n++) {
        enum ais_err err = ais_metrics_merge(&total, &gauges, deltas.data, n, NULL);
        if (err != AIS_OK)
            assert_memory_equal(&total, &nothing, sizeof total);
        memset(&total, 0, sizeof total);
    }
    assert_int_equal(ais_metrics_merge(&total, &gauges, "junk, and more", 14, NULL), AIS_E_MALFORMED);
    deltas.data[0] ^= 1;
    assert_int_equal(ais_metrics_merge(&total, &gauges, deltas.data, deltas.length, NULL), AIS_E_MALFORMED);
    assert_memory_equal(&total, &nothing, sizeof total);
}

static void the_process_has_figures(void **state)
{
    (void)state;
    uint64_t cpu_ns = 0;
    ais_metrics_process(&counted, &cpu_ns);
    assert_int_equal(ais_metrics_value(&counted, AIS_M_PROCESS_CPU, 0, 0), cpu_ns);
    assert_true(shows(&counted, "# TYPE process_resident_memory_bytes gauge"));
    assert_true(shows(&counted, "# TYPE process_cpu_seconds_total counter"));
    assert_true(shows(&counted, "# TYPE process_open_fds gauge"));
    const char *start = strstr(text.data, "\nprocess_start_time_seconds ");
    assert_non_null(start);
    double seconds = strtod(strchr(start, ' '), NULL);
    double now = (double)ais_clock_wall() / 1e9;
    assert_true(seconds > now - 3600 && seconds < now + 5);
}

/* What promtool checks: HELP, then TYPE, once a family, before its samples; and no sample without a family. */
static void the_text_is_what_prometheus_reads(void **state)
{
    (void)state;
    uint64_t cpu_ns = 0;
    ais_metrics_process(&counted, &cpu_ns);
    ais_metrics_info(&counted, AIS_M_BUILD_INFO, "1", "2");
    ais_metrics_render(&counted, &text);
    AUTO(ais_buf_done) struct ais_buf families = { 0 };
    ais_buf_byte(&families, ' ');
    char family[128] = "";
    for (char *rest = text.data, *line; (line = strsep(&rest, "\n")) != NULL && rest != NULL;) {
        char name[128];
        char type[32];
        if (sscanf(line, "# HELP %127s", name) == 1) {
            char key[140];
            snprintf(key, sizeof key, " %s ", name);
            assert_null(strstr(families.data, key));
            ais_buf_text(&families, key + 1);
            memcpy(family, name, sizeof family);
        } else if (sscanf(line, "# TYPE %127s %31s", name, type) == 2) {
            assert_string_equal(name, family);
        } else {
            assert_int_equal(strncmp(line, family, strlen(family)), 0);
            assert_non_null(strchr("{ _", line[strlen(family)]));
            assert_non_null(strrchr(line, ' '));
            char *end;
            (void)strtod(strrchr(line, ' '), &end);
            assert_int_equal(*end, '\0');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(counters_add_up_by_label, start_anew),
        cmocka_unit_test_setup(two_labels_show_only_what_happened, start_anew),
        cmocka_unit_test_setup(statuses_have_labels, start_anew),
        cmocka_unit_test_setup(gauges_show_once_set_and_may_be_0, start_anew),
        cmocka_unit_test_setup(a_zeroed_struct_shows_no_gauge, start_anew),
        cmocka_unit_test_setup(infos_are_escaped_and_cut, start_anew),
        cmocka_unit_test_setup(histograms_are_cumulative, start_anew),
        cmocka_unit_test_setup(quantiles_are_within_2_percent, start_anew),
        cmocka_unit_test_setup(each_value_is_known_within_2_percent, start_anew),
        cmocka_unit_test_setup(histograms_are_kept_apart_by_label, start_anew),
        cmocka_unit_test_setup(counts_are_told_once_and_gauges_again, start_anew),
        cmocka_unit_test_setup(infos_travel, start_anew),
        cmocka_unit_test_setup(gauges_are_added_up_or_the_highest_counts, start_anew),
        cmocka_unit_test_setup(the_highest_peak_stays, start_anew),
        cmocka_unit_test_setup(users_are_counted_once_whoever_saw_them, start_anew),
        cmocka_unit_test_setup(what_is_encoded_adds_up_the_same, start_anew),
        cmocka_unit_test_setup(damaged_samples_change_nothing, start_anew),
        cmocka_unit_test_setup(the_process_has_figures, start_anew),
        cmocka_unit_test_setup(the_text_is_what_prometheus_reads, start_anew),
    };
    int failed = cmocka_run_group_tests_name("metrics/metrics", tests, NULL, NULL);
    ais_buf_done(&text);
    return failed;
}
