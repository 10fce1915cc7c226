/* What actors count. Each has a struct ais_metrics of its own, counts into it without locks, and from time to time
 * sends what has come since (ais_metrics_send, in sample.h) to the metrics actor, which adds it up and prints it.
 *
 *     ais_metrics_count(&self->metrics, AIS_M_DECISIONS, AIS_OUTCOME_BLOCK, 0, 1);
 *     ais_metrics_count(&self->metrics, AIS_M_REQUESTS, AIS_ENDPOINT_PREFLIGHT, ais_status_label(200), 1);
 *     ais_metrics_observe(&self->metrics, AIS_M_PREFLIGHT_SECONDS, ais_clock_mono() - received_ns);
 *     ais_metrics_set(&self->metrics, AIS_M_QUEUE_DEPTH, waiting);
 */
#ifndef AIS_SHARED_METRICS_H
#define AIS_SHARED_METRICS_H

#include "shared/err/err.h"
#include "shared/mem/buf.h"
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

/* Slots: one a series; of a histogram AIS_HISTOGRAM_SLOTS a series. */
enum ais_metric_slots {
    AIS_SLOTS_COUNTER = 1,
    AIS_SLOTS_TOTAL = 1,
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
    char infos[AIS_INFO_COUNT][2][AIS_INFO_TEXT];
};

/* Adds n to the series of a COUNTER whose labels have the values a and b; 0 where the metric has no such label. */
void ais_metrics_count(struct ais_metrics *metrics, enum ais_metric metric, unsigned a, unsigned b, uint64_t n);

/* Sets a SUM, MOST or TOTAL to value, in the unit that the table's scale is for. */
void ais_metrics_set(struct ais_metrics *metrics, enum ais_metric metric, uint64_t value);

/* Takes a duration of ns nanoseconds (less than 0 is 0) into a HISTOGRAM. */
void ais_metrics_observe(struct ais_metrics *metrics, enum ais_metric metric, int64_t ns);

/* Sets the texts of an INFO, cut at AIS_INFO_TEXT - 1 bytes; second may be NULL. */
void ais_metrics_info(struct ais_metrics *metrics, enum ais_metric metric, const char *first, const char *second);

/* The value of the label `status` for an HTTP status. */
enum ais_label_STATUS ais_status_label(unsigned status);

/* The value below which the part q (0 to 1) of a histogram's observations lies, in ns, within 1.6 %; 0 of none. */
uint64_t ais_metrics_quantile(const struct ais_metrics *metrics, enum ais_metric metric, double q);

/* How many observations a histogram has. */
uint64_t ais_metrics_observations(const struct ais_metrics *metrics, enum ais_metric metric);

/* Appends everything that is not as in a zeroed struct. */
void ais_metrics_encode(const struct ais_metrics *metrics, struct ais_buf *ret);

/* Once that has been told: counters and histograms begin anew; gauges and infos keep their value, to be told again. */
void ais_metrics_restart(struct ais_metrics *metrics);

/* Adds what another encoded: counters and histograms to total, gauges and infos into gauges, which hold those of that
 * one actor (the rest of gauges is not touched). AIS_E_MALFORMED: nothing has been added; written by another version,
 * or damaged. */
MUST_CHECK enum ais_err ais_metrics_merge(struct ais_metrics *total, struct ais_metrics *gauges, const void *deltas,
                                          size_t size, struct ais_why *why);

/* Adds one actor's gauges to total: sums, the highest, and infos where total has none. */
void ais_metrics_combine(struct ais_metrics *total, const struct ais_metrics *gauges);

/* Forgets all gauges and infos. */
void ais_metrics_clear_gauges(struct ais_metrics *metrics);

/* Sets the figures of this process (proc(5)); what cannot be read stays as it was. */
void ais_metrics_process(struct ais_metrics *metrics);

/* Appends everything as Prometheus text, version 0.0.4: HELP and TYPE once a family; counters and histograms also when
 * they are 0, gauges and infos once they were set. */
void ais_metrics_render(const struct ais_metrics *metrics, struct ais_buf *ret);

#endif
