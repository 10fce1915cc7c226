/* GET /api/v1/usage/stats: who uses what, and when; by hour and day of UTC. */
#include "services/metrics/usage.h"
#include "services/metrics/window.h"
#include "shared/json/write.h"
#include "shared/sys/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { SUM_ALL, SUM_DAY, SUM_HOUR };
enum { DAY_S = 24 * SERIES_HOUR_S, HOURS = 24, PEAKS = 3 };

#define BIT(endpoint) (1ULL << AIS_ENDPOINT_##endpoint)

static const struct feature {
    const char *name;
    uint64_t endpoints;
} features[] = {
#define X(name, endpoints) { name, endpoints },
    USAGE_FEATURES(X)
#undef X
};

/* What is no call of the API: probes, and what has no route. */
static const uint64_t no_calls = BIT(PROBE) | BIT(METRICS) | BIT(ZMQ_PING) | BIT(OTHER);

_Static_assert(AIS_LABEL_COUNT_ENDPOINT <= 64, "a set of endpoints has 64 bits");

/* What is gathered while the hours go by. */
struct gathering {
    const struct usage *usage;
    struct ais_buf hours, days; /* owned: elements of arrays */
    uint64_t by_hour_of_day[HOURS];
    struct {
        uint64_t count;
        int64_t first_s, last_s; /* hours; of use */
    } features[N_ELEMS(features)];
};

static void gathering_done(struct gathering *self)
{
    ais_buf_done(&self->hours);
    ais_buf_done(&self->days);
}

/* Answers of the endpoints; class 0: of any status, 2: that succeeded. */
static uint64_t answers(const struct ais_metrics *sum, uint64_t endpoints, unsigned class)
{
    uint64_t count = 0;
    for (unsigned endpoint = 0; endpoint < AIS_LABEL_COUNT_ENDPOINT; endpoint++)
        for (unsigned status = 0; (endpoints >> endpoint & 1) != 0 && status < AIS_LABEL_COUNT_STATUS; status++)
            if (class == 0 || ais_status_class((enum ais_label_STATUS)status) == class)
                count += ais_metrics_value(sum, AIS_M_REQUESTS, endpoint, status);
    return count;
}

static uint64_t all_endpoints(const struct ais_metrics *sum, enum ais_metric metric)
{
    uint64_t bytes = 0;
    for (unsigned endpoint = 0; endpoint < AIS_LABEL_COUNT_ENDPOINT; endpoint++)
        bytes += ais_metrics_value(sum, metric, endpoint, 0);
    return bytes;
}

static void write_use(struct ais_buf *out, const struct ais_metrics *sum)
{
    struct ais_metrics_summary evaluations;
    ais_metrics_summarize(sum, AIS_M_EVALUATION_SECONDS, 0, &evaluations);
    ais_jw_u64(out, "api_calls", answers(sum, ~no_calls, 0));
    ais_jw_u64(out, "evaluations", evaluations.count);
    ais_jw_u64(out, "bytes_in", all_endpoints(sum, AIS_M_RECEIVED_BYTES));
    ais_jw_u64(out, "bytes_out", all_endpoints(sum, AIS_M_SENT_BYTES));
    ais_jw_u64(out, "users", ais_metrics_distinct(sum, AIS_M_USERS));
}

/* The time as far as size says: a day has 10 characters. */
static void write_time(struct ais_buf *out, const char *key, int64_t time_s, size_t size)
{
    char time[AIS_RFC3339_SIZE];
    ais_clock_rfc3339(time_s * AIS_NS_PER_S, time);
    ais_jw_string(out, key, time, size < strlen(time) ? size : strlen(time));
}

static void end_hour(struct gathering *self, int64_t hour_s)
{
    struct ais_metrics *sum = self->usage->sums[SUM_HOUR];
    ais_jw_begin_object(&self->hours, NULL);
    write_time(&self->hours, "hour", hour_s, SIZE_MAX);
    write_use(&self->hours, sum);
    ais_jw_end_object(&self->hours);
    self->by_hour_of_day[hour_s % DAY_S / SERIES_HOUR_S] += answers(sum, ~no_calls, 0);
    for (size_t i = 0; i < N_ELEMS(features); i++) {
        uint64_t count = answers(sum, features[i].endpoints, 2);
        if (count == 0)
            continue;
        if (self->features[i].count == 0)
            self->features[i].first_s = hour_s;
        self->features[i].count += count;
        self->features[i].last_s = hour_s;
    }
    memset(sum, 0, sizeof *sum);
}

static void end_day(struct gathering *self, int64_t day_s)
{
    struct ais_metrics *sum = self->usage->sums[SUM_DAY];
    ais_jw_begin_object(&self->days, NULL);
    write_time(&self->days, "day", day_s, 10);
    write_use(&self->days, sum);
    ais_jw_end_object(&self->days);
    memset(sum, 0, sizeof *sum);
}

/* ---- Going through the hours ---- */

struct hour {
    int64_t begin_s;
    const struct series_point *point;
};

static int by_time(const void *a, const void *b)
{
    const struct hour *left = a, *right = b;
    return left->begin_s < right->begin_s ? -1 : left->begin_s > right->begin_s;
}

/* Points in the order of their hours, the running minute as one of its hour; since 1970, so no hour is negative. */
static size_t sort_hours(const struct series *series, const struct window *window, struct hour *hours)
{
    size_t count = 0;
    for (size_t i = 0; i < window->points->count; i++)
        if (window->points->items[i].begin_s >= window->since_s)
            hours[count++] = (struct hour){ window->points->items[i].begin_s, &window->points->items[i] };
    hours[count++] = (struct hour){ series_floor(series->running.begin_s, SERIES_HOUR_S), &series->running };
    qsort(hours, count, sizeof *hours, by_time);
    return count;
}

static void gather(struct gathering *self, const struct hour *hours, size_t count)
{
    for (size_t i = 0; i < N_ELEMS(self->usage->sums); i++)
        memset(self->usage->sums[i], 0, sizeof *self->usage->sums[i]);
    for (size_t i = 0; i < count; i++) {
        int64_t begin_s = hours[i].begin_s, day_s = series_floor(begin_s, DAY_S);
        for (size_t k = 0; k < N_ELEMS(self->usage->sums); k++)
            window_add_point(self->usage->sums[k], hours[i].point, NULL);
        if (i + 1 == count || hours[i + 1].begin_s != begin_s)
            end_hour(self, begin_s);
        if (i + 1 == count || series_floor(hours[i + 1].begin_s, DAY_S) != day_s)
            end_day(self, day_s);
    }
}

/* ---- Writing ---- */

static void write_array(struct ais_buf *out, const char *key, const struct ais_buf *elements)
{
    ais_jw_begin_array(out, key);
    if (elements->length > 0)
        ais_jw_raw(out, NULL, elements->data, elements->length);
    ais_jw_end_array(out);
    out->failed = out->failed || elements->failed;
}

/* The hours of the day with the most calls, the busiest first. */
static void write_peaks(struct ais_buf *out, const uint64_t calls[HOURS])
{
    bool told[HOURS] = { false };
    ais_jw_begin_array(out, "peak_hours");
    for (size_t n = 0; n < PEAKS; n++) {
        size_t most = HOURS;
        for (size_t hour = 0; hour < HOURS; hour++)
            if (!told[hour] && calls[hour] > 0 && (most == HOURS || calls[hour] > calls[most]))
                most = hour;
        if (most == HOURS)
            break;
        told[most] = true;
        ais_jw_begin_object(out, NULL);
        ais_jw_u64(out, "hour", most);
        ais_jw_u64(out, "api_calls", calls[most]);
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
}

static void write_features(struct ais_buf *out, const struct gathering *self)
{
    ais_jw_begin_array(out, "features");
    for (size_t i = 0; i < N_ELEMS(features); i++) {
        ais_jw_begin_object(out, NULL);
        ais_jw_text(out, "feature", features[i].name);
        ais_jw_u64(out, "count", self->features[i].count);
        if (self->features[i].count > 0) {
            write_time(out, "first_use", self->features[i].first_s, SIZE_MAX);
            write_time(out, "last_use", self->features[i].last_s, SIZE_MAX);
        } else {
            ais_jw_null(out, "first_use");
            ais_jw_null(out, "last_use");
        }
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
}

enum ais_err usage_stats(const struct usage *usage, struct ais_span args, struct ais_buf *out, struct ais_why *why)
{
    AUTO(gathering_done) struct gathering self = { .usage = usage };
    struct window window;
    char all[24];
    snprintf(all, sizeof all, "%lldh", (long long)(usage->series->retention_s / SERIES_HOUR_S));
    TRY(window_read(usage->series, args, all, true, usage->now_ns, &window, why));
    struct hour *hours = calloc(window.points->count + 1, sizeof *hours);
    if (hours == NULL)
        return ais_fail(why, AIS_E_NOMEM, "out of memory");
    gather(&self, hours, sort_hours(usage->series, &window, hours));
    free(hours);
    ais_jw_begin_object(out, NULL);
    window_write(out, &window);
    ais_jw_begin_object(out, "totals");
    write_use(out, usage->sums[SUM_ALL]);
    ais_jw_end_object(out);
    write_array(out, "by_hour", &self.hours);
    write_array(out, "by_day", &self.days);
    write_peaks(out, self.by_hour_of_day);
    write_features(out, &self);
    ais_jw_end_object(out);
    return out->failed ? ais_fail(why, AIS_E_NOMEM, "out of memory") : AIS_OK;
}
