/* The table of metrics as data, for the files of this room. */
#ifndef AIS_SHARED_METRICS_PRIVATE_H
#define AIS_SHARED_METRICS_PRIVATE_H

#include "shared/metrics/metrics.h"

enum metric_kind { KIND_COUNTER, KIND_TOTAL, KIND_SUM, KIND_MOST, KIND_INFO, KIND_HISTOGRAM };

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

extern const struct metric metric_table[];  /* AIS_METRIC_COUNT */
extern const struct label_set label_sets[]; /* by enum label_set_name */
extern const struct info info_table[];      /* AIS_INFO_COUNT */

/* How many series a metric has. */
size_t metric_series(const struct metric *metric);

/* Whether its slot holds what one actor last set, plus one. */
static inline bool kind_is_gauge(enum metric_kind kind)
{
    return kind == KIND_TOTAL || kind == KIND_SUM || kind == KIND_MOST;
}

/* The middle of a histogram's bucket, in ns. */
uint64_t bucket_middle(size_t bucket);

#endif
