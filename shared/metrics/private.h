/* The table of metrics as data, for the files of this room. */
#ifndef AIS_SHARED_METRICS_PRIVATE_H
#define AIS_SHARED_METRICS_PRIVATE_H

#include "shared/metrics/metrics.h"

enum metric_kind { KIND_COUNTER, KIND_HISTOGRAM, KIND_PEAK, KIND_DISTINCT, KIND_SUM, KIND_MOST, KIND_INFO };

enum label_set_name {
#define S(set, label) LABEL_SET_##set,
    AIS_LABEL_SETS(S)
#undef S
};

struct metric {
    enum metric_kind kind;
    uint64_t scale;           /* how many of what is counted make one of what is shown */
    enum label_set_name a, b; /* of the series, b running faster */
    size_t slot;              /* the first */
    const char *name, *help;
};

struct label_set {
    const char *label; /* "": no label */
    const char *const *values;
    size_t count; /* at least one */
};

struct info {
    enum ais_metric metric;
    const char *labels[2]; /* the second may be "" */
};

extern const struct metric metric_table[];   /* AIS_METRIC_COUNT */
extern const enum ais_metric sketch_table[]; /* AIS_SKETCH_COUNT: whose sketch it is */
extern const struct label_set label_sets[];  /* by enum label_set_name */
extern const struct info info_table[];       /* AIS_INFO_COUNT */

/* How many series a metric has. */
size_t metric_series(const struct metric *metric);

/* How many slots they take. */
size_t metric_slots(const struct metric *metric);

/* Whether its slot holds what one actor last set, plus one. */
static inline bool kind_is_gauge(enum metric_kind kind)
{
    return kind == KIND_SUM || kind == KIND_MOST;
}

/* Whether it keeps its value after it was told. */
static inline bool kind_stays(enum metric_kind kind)
{
    return kind_is_gauge(kind) || kind == KIND_INFO;
}

/* The value that two of the same series make together. */
static inline uint64_t kind_sum(enum metric_kind kind, uint64_t a, uint64_t b)
{
    if (kind == KIND_PEAK)
        return a > b ? a : b;
    return a + b;
}

/* The bucket of a duration, and the middle of a bucket, in ns. */
size_t bucket_of(uint64_t ns);
uint64_t bucket_middle(size_t bucket);

/* The metric of a slot, going along from *metric (0 at first) as slots ascend. */
static inline const struct metric *metric_of_slot(size_t *metric, size_t slot)
{
    while (*metric + 1 < AIS_METRIC_COUNT && metric_table[*metric + 1].slot <= slot)
        ++*metric;
    return &metric_table[*metric];
}

#endif
