#include "shared/metrics/private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const struct metric metric_table[] = {
#define M(id, kind, scale, a, b, name, help) \
    { KIND_##kind, scale, LABEL_SET_##a, LABEL_SET_##b, AIS_SLOT_##id, name, help },
    AIS_METRICS_TABLE(M)
#undef M
};

#define V(id, text)   text,
#define S(set, label) static const char *const values_##set[] = { AIS_LABELS_##set(V) };
AIS_LABEL_SETS(S)
#undef S
#undef V

const struct label_set label_sets[] = {
#define S(set, label) { label, values_##set, N_ELEMS(values_##set) },
    AIS_LABEL_SETS(S)
#undef S
};

const struct info info_table[] = {
#define I(id, first, second)          \
    {                                 \
        AIS_M_##id, {first, second} \
},
    AIS_INFOS(I)
#undef I
};

const enum ais_metric sketch_table[] = {
#define K(id) AIS_M_##id,
    AIS_SKETCHES(K)
#undef K
};

size_t metric_series(const struct metric *metric)
{
    return label_sets[metric->a].count * label_sets[metric->b].count;
}

size_t metric_slots(const struct metric *metric)
{
    static const size_t of_a_series[] = { [KIND_HISTOGRAM] = AIS_HISTOGRAM_SLOTS,
                                          [KIND_COUNTER] = 1,
                                          [KIND_PEAK] = 1,
                                          [KIND_SUM] = 1,
                                          [KIND_MOST] = 1,
                                          [KIND_INFO] = 1,
                                          [KIND_DISTINCT] = 0 };
    return metric_series(metric) * of_a_series[metric->kind];
}

void ais_metrics_count(struct ais_metrics *metrics, enum ais_metric metric, unsigned a, unsigned b, uint64_t n)
{
    const struct metric *row = &metric_table[metric];
    assert(row->kind == KIND_COUNTER && a < label_sets[row->a].count && b < label_sets[row->b].count);
    metrics->slots[row->slot + a * label_sets[row->b].count + b] += n;
}

void ais_metrics_set(struct ais_metrics *metrics, enum ais_metric metric, uint64_t value)
{
    assert(kind_is_gauge(metric_table[metric].kind));
    metrics->slots[metric_table[metric].slot] = value + 1;
}

void ais_metrics_peak(struct ais_metrics *metrics, enum ais_metric metric, uint64_t value)
{
    uint64_t *slot = &metrics->slots[metric_table[metric].slot];
    assert(metric_table[metric].kind == KIND_PEAK);
    if (*slot < value)
        *slot = value;
}

static size_t sketch_of(enum ais_metric metric)
{
    size_t i = 0;
    while (i + 1 < AIS_SKETCH_COUNT && sketch_table[i] != metric)
        i++;
    assert(sketch_table[i] == metric);
    return i;
}

void ais_metrics_saw(struct ais_metrics *metrics, enum ais_metric metric, uint64_t hash)
{
    ais_sketch_add(&metrics->sketches[sketch_of(metric)], hash);
}

uint64_t ais_metrics_distinct(const struct ais_metrics *metrics, enum ais_metric metric)
{
    return ais_sketch_estimate(&metrics->sketches[sketch_of(metric)]);
}

uint64_t ais_metrics_value(const struct ais_metrics *metrics, enum ais_metric metric, unsigned a, unsigned b)
{
    const struct metric *row = &metric_table[metric];
    assert(row->kind == KIND_COUNTER || row->kind == KIND_PEAK);
    assert(a < label_sets[row->a].count && b < label_sets[row->b].count);
    return metrics->slots[row->slot + a * label_sets[row->b].count + b];
}

uint64_t ais_metrics_gauge(const struct ais_metrics *metrics, enum ais_metric metric)
{
    assert(kind_is_gauge(metric_table[metric].kind));
    uint64_t slot = metrics->slots[metric_table[metric].slot];
    return slot > 0 ? slot - 1 : 0;
}

void ais_metrics_info(struct ais_metrics *metrics, enum ais_metric metric, const char *first, const char *second)
{
    const char *const texts[] = { first, second != NULL ? second : "" };
    for (size_t i = 0; i < AIS_INFO_COUNT; i++) {
        if (info_table[i].metric != metric)
            continue;
        for (size_t k = 0; k < N_ELEMS(texts); k++) {
            size_t n = strnlen(texts[k], AIS_INFO_TEXT - 1);
            memset(metrics->infos[i][k], 0, AIS_INFO_TEXT);
            memcpy(metrics->infos[i][k], texts[k], n);
        }
        metrics->slots[metric_table[metric].slot] = 1;
    }
}

enum ais_label_STATUS ais_status_label(unsigned status)
{
    for (unsigned i = 0; i < AIS_STATUS_OTHER; i++) {
        const char *text = values_STATUS[i];
        if (status == (unsigned)((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0')))
            return (enum ais_label_STATUS)i;
    }
    return AIS_STATUS_OTHER;
}

unsigned ais_status_class(enum ais_label_STATUS status)
{
    return status < AIS_STATUS_OTHER ? (unsigned)(values_STATUS[status][0] - '0') : 0;
}

const char *ais_endpoint_text(enum ais_label_ENDPOINT endpoint)
{
    return values_ENDPOINT[endpoint];
}

/* ---- Histograms: 32 buckets from each power of two to the next; below 32 a bucket a nanosecond. ---- */

enum { DOUBLING_BITS = 5 };

size_t bucket_of(uint64_t ns)
{
    if (ns < AIS_BUCKETS_A_DOUBLING)
        return (size_t)ns;
    unsigned power = 63U - (unsigned)__builtin_clzll(ns);
    size_t bucket = (size_t)(power - DOUBLING_BITS + 1) * AIS_BUCKETS_A_DOUBLING +
                    (size_t)(ns >> (power - DOUBLING_BITS) & (AIS_BUCKETS_A_DOUBLING - 1));
    return bucket < AIS_HISTOGRAM_BUCKETS ? bucket : AIS_HISTOGRAM_BUCKETS - 1;
}

uint64_t bucket_middle(size_t bucket)
{
    if (bucket < AIS_BUCKETS_A_DOUBLING)
        return bucket;
    size_t power = bucket / AIS_BUCKETS_A_DOUBLING + DOUBLING_BITS - 1;
    uint64_t width = (uint64_t)1 << (power - DOUBLING_BITS);
    return ((uint64_t)1 << power) + bucket % AIS_BUCKETS_A_DOUBLING * width + width / 2;
}

void ais_metrics_observe_at(struct ais_metrics *metrics, enum ais_metric metric, unsigned a, int64_t ns)
{
    const struct metric *row = &metric_table[metric];
    assert(row->kind == KIND_HISTOGRAM && a < label_sets[row->a].count);
    uint64_t *slots = metrics->slots + row->slot + (size_t)a * AIS_HISTOGRAM_SLOTS;
    uint64_t duration = ns > 0 ? (uint64_t)ns : 0;
    slots[bucket_of(duration)]++;
    slots[AIS_HISTOGRAM_BUCKETS] += duration;
}

void ais_metrics_observe(struct ais_metrics *metrics, enum ais_metric metric, int64_t ns)
{
    ais_metrics_observe_at(metrics, metric, 0, ns);
}

static const uint64_t *series_of(const struct ais_metrics *metrics, enum ais_metric metric, unsigned a)
{
    assert(metric_table[metric].kind == KIND_HISTOGRAM && a < label_sets[metric_table[metric].a].count);
    return metrics->slots + metric_table[metric].slot + (size_t)a * AIS_HISTOGRAM_SLOTS;
}

static uint64_t observations(const uint64_t *slots)
{
    uint64_t count = 0;
    for (size_t i = 0; i < AIS_HISTOGRAM_BUCKETS; i++)
        count += slots[i];
    return count;
}

static uint64_t quantile(const uint64_t *slots, uint64_t count, double q)
{
    if (count == 0)
        return 0;
    uint64_t rank = q <= 0 ? 1 : (uint64_t)(q * (double)count + 0.5);
    rank = rank < 1 ? 1 : rank > count ? count : rank;
    uint64_t seen = 0;
    size_t bucket = 0;
    while ((seen += slots[bucket]) < rank)
        bucket++;
    return bucket_middle(bucket);
}

uint64_t ais_metrics_quantile(const struct ais_metrics *metrics, enum ais_metric metric, unsigned a, double q)
{
    const uint64_t *slots = series_of(metrics, metric, a);
    return quantile(slots, observations(slots), q);
}

void ais_metrics_summarize(const struct ais_metrics *metrics, enum ais_metric metric, unsigned a,
                           struct ais_metrics_summary *ret)
{
    const uint64_t *slots = series_of(metrics, metric, a);
    uint64_t count = observations(slots);
    *ret = (struct ais_metrics_summary){
        .count = count,
        .sum_ns = slots[AIS_HISTOGRAM_BUCKETS],
        .p50_ns = quantile(slots, count, 0.5),
        .p90_ns = quantile(slots, count, 0.9),
        .p99_ns = quantile(slots, count, 0.99),
        .p999_ns = quantile(slots, count, 0.999),
        .max_ns = quantile(slots, count, 1),
    };
}
