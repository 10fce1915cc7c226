/* GET /api/v1/usage/metrics: how fast, how much, how well, over a window. */
#include "services/metrics/usage.h"
#include "services/metrics/window.h"
#include "shared/json/write.h"

#include <stdlib.h>

/* The whole window's sum, and one actor's. */
enum { SUM_ALL, SUM_ACTOR };

/* scale: nanoseconds of the unit shown. Of no observations there is nothing to say but null. */
static void write_latency(struct ais_buf *out, const char *key, const struct ais_metrics_summary *summary, double scale)
{
    const struct {
        const char *name;
        double ns;
    } figures[] = {
        {"p50",    (double)summary->p50_ns                                                            },
        { "p90",   (double)summary->p90_ns                                                            },
        { "p99",   (double)summary->p99_ns                                                            },
        { "p99.9", (double)summary->p999_ns                                                           },
        { "max",   (double)summary->max_ns                                                            },
        { "mean",  summary->count > 0 ? (double)summary->sum_ns / (double)summary->count : (double)0.0},
    };
    ais_jw_begin_object(out, key);
    for (size_t i = 0; i < N_ELEMS(figures); i++) {
        if (summary->count > 0)
            window_write_number(out, figures[i].name, figures[i].ns / scale);
        else
            ais_jw_null(out, figures[i].name);
    }
    ais_jw_end_object(out);
}

static double rate(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static void write_traffic(struct ais_buf *out, uint64_t count, uint64_t errors, double seconds)
{
    ais_jw_u64(out, "count", count);
    ais_jw_u64(out, "errors", errors);
    window_write_number(out, "error_rate", rate(errors, count));
    window_write_number(out, "throughput_per_s", (double)count / seconds);
}

static void write_preflight(struct ais_buf *out, const struct ais_metrics *sum, double seconds)
{
    struct ais_metrics_summary summary;
    uint64_t decided = 0, refused = 0;
    for (unsigned i = 0; i < AIS_LABEL_COUNT_OUTCOME; i++)
        decided += ais_metrics_value(sum, AIS_M_DECISIONS, i, 0);
    for (unsigned i = 0; i < AIS_LABEL_COUNT_REFUSAL; i++)
        refused += ais_metrics_value(sum, AIS_M_REFUSALS, i, 0);
    ais_metrics_summarize(sum, AIS_M_PREFLIGHT_SECONDS, 0, &summary);
    ais_jw_begin_object(out, "preflight");
    write_traffic(out, decided + refused, refused, seconds);
    write_latency(out, "latency_ms", &summary, 1e6);
    ais_jw_end_object(out);
}

/* Errors are the service's: 5xx. What a client did wrong is counted beside them. */
static void write_endpoint(struct ais_buf *out, const struct ais_metrics *sum, enum ais_label_ENDPOINT endpoint,
                           double seconds)
{
    struct ais_metrics_summary summary;
    uint64_t count = 0, of_class[10] = { 0 };
    for (unsigned status = 0; status < AIS_LABEL_COUNT_STATUS; status++) {
        uint64_t n = ais_metrics_value(sum, AIS_M_REQUESTS, endpoint, status);
        count += n;
        of_class[ais_status_class((enum ais_label_STATUS)status)] += n;
    }
    if (count == 0)
        return;
    ais_metrics_summarize(sum, AIS_M_REQUEST_SECONDS, endpoint, &summary);
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "endpoint", ais_endpoint_text(endpoint));
    write_traffic(out, count, of_class[5], seconds);
    ais_jw_u64(out, "client_errors", of_class[4]);
    ais_jw_u64(out, "received_bytes", ais_metrics_value(sum, AIS_M_RECEIVED_BYTES, endpoint, 0));
    ais_jw_u64(out, "sent_bytes", ais_metrics_value(sum, AIS_M_SENT_BYTES, endpoint, 0));
    write_latency(out, "latency_ms", &summary, 1e6);
    ais_jw_end_object(out);
}

/* ---- Evaluators ---- */

/* Each actor's name once, by whom something was counted in the window. */
struct names {
    const char *items[SERIES_ACTORS_MOST];
    size_t count;
};

static void add_names(struct names *names, const struct series_point *point)
{
    for (size_t i = 0; i < point->count; i++) {
        size_t at = 0;
        while (at < names->count && strcmp(names->items[at], point->parts[i].actor) != 0)
            at++;
        if (at == names->count && at < SERIES_ACTORS_MOST)
            names->items[names->count++] = point->parts[i].actor;
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_evaluator(const struct usage *usage, struct ais_buf *out, const struct window *window,
                            const char *name)
{
    struct ais_metrics *sum = usage->sums[SUM_ACTOR];
    struct ais_metrics_summary summary;
    memset(sum, 0, sizeof *sum);
    window_add(sum, usage->series, window, name);
    ais_metrics_summarize(sum, AIS_M_EVALUATION_SECONDS, 0, &summary);
    if (summary.count == 0)
        return; /* it evaluates nothing: another actor */
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "name", name);
    ais_jw_u64(out, "evaluations", summary.count);
    write_latency(out, "latency_us", &summary, 1e3);
    ais_jw_end_object(out);
}

static void write_evaluators(const struct usage *usage, struct ais_buf *out, const struct window *window)
{
    struct names names = { .count = 0 };
    for (size_t i = 0; i < window->points->count; i++)
        if (window->points->items[i].begin_s >= window->since_s)
            add_names(&names, &window->points->items[i]);
    add_names(&names, &usage->series->running);
    qsort(names.items, names.count, sizeof names.items[0], by_name);
    ais_jw_begin_array(out, "evaluators");
    for (size_t i = 0; i < names.count; i++)
        write_evaluator(usage, out, window, names.items[i]);
    ais_jw_end_array(out);
}

/* ---- The rest ---- */

static void write_audit(struct ais_buf *out, const struct ais_metrics *sum)
{
    struct ais_metrics_summary summary;
    ais_metrics_summarize(sum, AIS_M_COMMIT_SECONDS, 0, &summary);
    ais_jw_begin_object(out, "audit");
    ais_jw_u64(out, "commits", ais_metrics_value(sum, AIS_M_COMMITS, AIS_RESULT_OK, 0));
    ais_jw_u64(out, "failed_commits", ais_metrics_value(sum, AIS_M_COMMITS, AIS_RESULT_FAILED, 0));
    ais_jw_u64(out, "records", ais_metrics_value(sum, AIS_M_RECORDS, 0, 0));
    write_latency(out, "commit_ms", &summary, 1e6);
    ais_jw_end_object(out);
}

static void write_level(const struct usage *usage, struct ais_buf *out, const char *key, enum ais_metric now,
                        enum ais_metric peak)
{
    uint64_t level = ais_metrics_gauge(usage->now, now);
    uint64_t most = ais_metrics_value(usage->sums[SUM_ALL], peak, 0, 0);
    ais_jw_begin_object(out, key);
    ais_jw_u64(out, "now", level);
    ais_jw_u64(out, "max", most > level ? most : level);
    ais_jw_end_object(out);
}

/* Of one processor, while the service ran. */
static void write_process(const struct usage *usage, struct ais_buf *out)
{
    double cpu_s = (double)ais_metrics_value(usage->sums[SUM_ALL], AIS_M_PROCESS_CPU, 0, 0) / 1e9;
    double ran_s = (double)ais_metrics_value(usage->sums[SUM_ALL], AIS_M_UPTIME, 0, 0) / 1e9;
    ais_jw_begin_object(out, "process");
    window_write_number(out, "uptime_seconds", ran_s);
    window_write_number(out, "cpu_seconds", cpu_s);
    window_write_number(out, "cpu_percent", ran_s > 0 ? 100 * cpu_s / ran_s : 0);
    ais_jw_u64(out, "memory_bytes", ais_metrics_gauge(usage->now, AIS_M_PROCESS_MEMORY));
    ais_jw_end_object(out);
}

enum ais_err usage_metrics(const struct usage *usage, struct ais_span args, struct ais_buf *out, struct ais_why *why)
{
    struct window window;
    struct ais_metrics *sum = usage->sums[SUM_ALL];
    TRY(window_read(usage->series, args, "1h", false, usage->now_ns, &window, why));
    double seconds = window_seconds(&window);
    memset(sum, 0, sizeof *sum);
    window_add(sum, usage->series, &window, NULL);
    ais_jw_begin_object(out, NULL);
    window_write(out, &window);
    write_preflight(out, sum, seconds);
    ais_jw_begin_array(out, "endpoints");
    for (unsigned i = 0; i < AIS_LABEL_COUNT_ENDPOINT; i++)
        write_endpoint(out, sum, (enum ais_label_ENDPOINT)i, seconds);
    ais_jw_end_array(out);
    write_evaluators(usage, out, &window);
    write_audit(out, sum);
    write_level(usage, out, "queue_depth", AIS_M_QUEUE_DEPTH, AIS_M_QUEUE_PEAK);
    write_level(usage, out, "in_flight", AIS_M_IN_FLIGHT, AIS_M_IN_FLIGHT_PEAK);
    write_process(usage, out);
    ais_jw_end_object(out);
    return out->failed ? ais_fail(why, AIS_E_NOMEM, "out of memory") : AIS_OK;
}
