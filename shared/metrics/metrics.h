/* What actors count. Each has a struct ais_metrics of its own, counts into it without locks, and from time to time
 * sends what has come since (ais_metrics_send, in sample.h) to the metrics actor, which adds it up and prints it.
 *
 *     ais_metrics_count(&self->metrics, AIS_M_DECISIONS, AIS_OUTCOME_BLOCK, 0, 1);
 *     ais_metrics_count(&self->metrics, AIS_M_REQUESTS, AIS_ENDPOINT_PREFLIGHT, ais_status_label(200), 1);
 *     ais_metrics_observe(&self->metrics, AIS_M_PREFLIGHT_SECONDS, ais_clock_mono() - received_ns);
 *     ais_metrics_observe_at(&self->metrics, AIS_M_REQUEST_SECONDS, AIS_ENDPOINT_PREFLIGHT, took_ns);
 *     ais_metrics_set(&self->metrics, AIS_M_QUEUE_DEPTH, waiting);
 *     ais_metrics_peak(&self->metrics, AIS_M_QUEUE_PEAK, waiting);
 *     ais_metrics_saw(&self->metrics, AIS_M_USERS, hash_of_the_user);
 */
#ifndef AIS_SHARED_METRICS_H
#define AIS_SHARED_METRICS_H

#include "shared/err/err.h"
#include "shared/json/json.h"
#include "shared/mem/buf.h"
#include "shared/metrics/sketch.h"
#include "shared/metrics/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A histogram has 32 buckets for every doubling of a value, so that each value is known to within 1.6 %: from 1 ns to
 * 68 s, what is longer counts as that. Its last slot is the sum. */
enum { AIS_BUCKETS_A_DOUBLING = 32, AIS_HISTOGRAM_BUCKETS = 1056, AIS_HISTOGRAM_SLOTS = AIS_HISTOGRAM_BUCKETS + 1 };

enum ais_metric {
#define M(id, ...) AIS_M_##id,
    AIS_METRICS_TABLE(M)
#undef M
        AIS_METRIC_COUNT
};

/* The values of each label set, from 0; then how many. */
#define V(id, text)   id,
#define S(set, label) enum ais_label_##set{ AIS_LABELS_##set(V) AIS_LABEL_COUNT_##set };
AIS_LABEL_SETS(S)
#undef S
#undef V

enum ais_info {
#define I(id, first, second) AIS_INFO_OF_##id,
    AIS_INFOS(I)
#undef I
        AIS_INFO_COUNT
};

enum ais_sketch_of {
#define K(id) AIS_SKETCH_OF_##id,
    AIS_SKETCHES(K)
#undef K
        AIS_SKETCH_COUNT
};

/* Slots: one a series; of a histogram AIS_HISTOGRAM_SLOTS a series; what is distinct has a sketch instead. */
enum ais_metric_slots {
    AIS_SLOTS_COUNTER = 1,
    AIS_SLOTS_PEAK = 1,
    AIS_SLOTS_DISTINCT = 0,
    AIS_SLOTS_SUM = 1,
    AIS_SLOTS_MOST = 1,
    AIS_SLOTS_INFO = 1,
    AIS_SLOTS_HISTOGRAM = AIS_HISTOGRAM_SLOTS
};
enum ais_metric_slot {
#define M(id, kind, scale, a, b, name, help) \
    AIS_SLOT_##id,                           \
        AIS_SLOT_LAST_##id =                 \
            AIS_SLOT_##id + (int)AIS_SLOTS_##kind * (int)AIS_LABEL_COUNT_##a * (int)AIS_LABEL_COUNT_##b - 1,
    AIS_METRICS_TABLE(M)
#undef M
        AIS_METRIC_SLOT_COUNT
};

enum { AIS_INFO_TEXT = 72 };

/* A zeroed struct counts from nothing. One thread at a time. */
struct ais_metrics {
    uint64_t slots[AIS_METRIC_SLOT_COUNT]; /* gauges and INFO: their value plus one, 0 where none was set */
    struct ais_sketch sketches[AIS_SKETCH_COUNT];
    char infos[AIS_INFO_COUNT][2][AIS_INFO_TEXT];
};

/* The gauges and infos of one actor, kept apart from the rest: a twentieth of the size. */
struct ais_gauges {
    uint64_t values[AIS_METRIC_COUNT]; /* plus one; 0 where none was set, or the metric is no gauge */
    char infos[AIS_INFO_COUNT][2][AIS_INFO_TEXT];
};

/* Adds n to the series of a COUNTER whose labels have the values a and b; 0 where the metric has no such label. */
void ais_metrics_count(struct ais_metrics *metrics, enum ais_metric metric, unsigned a, unsigned b, uint64_t n);

/* Sets a SUM or MOST to value, in the unit that the table's scale is for. */
void ais_metrics_set(struct ais_metrics *metrics, enum ais_metric metric, uint64_t value);

/* Raises a PEAK to value, if it is lower. */
void ais_metrics_peak(struct ais_metrics *metrics, enum ais_metric metric, uint64_t value);

/* Takes a duration of ns nanoseconds (less than 0 is 0) into a HISTOGRAM: one without a label, or the series a of one
 * with a label. */
void ais_metrics_observe(struct ais_metrics *metrics, enum ais_metric metric, int64_t ns);
void ais_metrics_observe_at(struct ais_metrics *metrics, enum ais_metric metric, unsigned a, int64_t ns);

/* Takes a thing, by its hash, into a DISTINCT. */
void ais_metrics_saw(struct ais_metrics *metrics, enum ais_metric metric, uint64_t hash);

/* Sets the texts of an INFO, cut at AIS_INFO_TEXT - 1 bytes; second may be NULL. */
void ais_metrics_info(struct ais_metrics *metrics, enum ais_metric metric, const char *first, const char *second);

/* The value of the label `status` for an HTTP status, and the first digit of the status of a value (0: of other). */
enum ais_label_STATUS ais_status_label(unsigned status);
unsigned ais_status_class(enum ais_label_STATUS status);

/* The text of a value of the label `endpoint`. */
const char *ais_endpoint_text(enum ais_label_ENDPOINT endpoint);

/* ---- Reading ---- */

/* A counter, or a PEAK (a and b 0). */
uint64_t ais_metrics_value(const struct ais_metrics *metrics, enum ais_metric metric, unsigned a, unsigned b);

/* A gauge; 0 where none was set. */
uint64_t ais_metrics_gauge(const struct ais_metrics *metrics, enum ais_metric metric);

/* How many different things a DISTINCT saw, about. */
uint64_t ais_metrics_distinct(const struct ais_metrics *metrics, enum ais_metric metric);

/* What a histogram's series a (0 where it has no label) says. count and sum are exact, the others within 1.6 %. */
struct ais_metrics_summary {
    uint64_t count, sum_ns;
    uint64_t p50_ns, p90_ns, p99_ns, p999_ns, max_ns; /* 0 of none */
};
void ais_metrics_summarize(const struct ais_metrics *metrics, enum ais_metric metric, unsigned a,
                           struct ais_metrics_summary *ret);

/* The value below which the part q (0 to 1) of the observations of a histogram's series lies, in ns, within 1.6 %; 0 of
 * none. */
uint64_t ais_metrics_quantile(const struct ais_metrics *metrics, enum ais_metric metric, unsigned a, double q);

/* ---- From actor to actor ---- */

/* Appends everything that is not as in a zeroed struct. */
void ais_metrics_encode(const struct ais_metrics *metrics, struct ais_buf *ret);

/* Once that has been told: all begins anew but gauges and infos, which keep their value, to be told again. */
void ais_metrics_restart(struct ais_metrics *metrics);

/* Adds what another encoded: gauges and infos into gauges, which hold those of that one actor (the rest of gauges is
 * not touched), everything else to total. Either may be NULL: left out. AIS_E_MALFORMED: nothing has been added;
 * written by another version, or damaged. */
MUST_CHECK enum ais_err ais_metrics_merge(struct ais_metrics *total, struct ais_gauges *gauges, const void *deltas,
                                          size_t size, struct ais_why *why);

/* The same where the total is encoded itself, which takes a hundredth of the room: into is empty or what this made
 * before. Gauges and infos are left out. AIS_E_MALFORMED, AIS_E_NOMEM: into is as it was. */
MUST_CHECK enum ais_err ais_metrics_accumulate(struct ais_buf *into, const void *deltas, size_t size,
                                               struct ais_why *why);

/* Adds one actor's gauges to total: sums, the highest, and infos where total has none. */
void ais_metrics_combine(struct ais_metrics *total, const struct ais_gauges *gauges);

/* ---- For people and other programs ---- */

/* Appends what has come, without gauges and infos, as one JSON value: an object whose members are named as in
 * table.h,
 *
 *     counter, peak   5, or by its labels' values {"preflight,200":5}
 *     histogram       {"count":2,"sum_ns":410,"buckets":[[205,2]]}, or by its label's value {"preflight":{…}};
 *                     a bucket is how many observations lay within 1.6 % of so many ns
 *     distinct        ["01ab45cd89ef0123",…]: the hashes of a KMV sketch, ascending (see sketch.h)
 *
 * and only what is not 0. */
void ais_metrics_write(const struct ais_metrics *metrics, struct ais_buf *out, const char *key);

/* Adds what such an object says to metrics. Names that this version does not know are passed over. AIS_E_INVALID: some
 * value is not what its metric has; metrics then hold a part of it. */
MUST_CHECK enum ais_err ais_metrics_read(const struct ais_json *node, struct ais_metrics *metrics, struct ais_why *why);

/* Sets the figures of this process (proc(5)); what cannot be read stays as it was. *cpu_ns: the processor time that was
 * counted already, 0 at first. */
void ais_metrics_process(struct ais_metrics *metrics, uint64_t *cpu_ns);

/* Appends everything as Prometheus text, version 0.0.4: HELP and TYPE once a family; gauges and infos once they were
 * set, counters and histograms also when they are 0, except those series of many that never happened. */
void ais_metrics_render(const struct ais_metrics *metrics, struct ais_buf *ret);

#endif
