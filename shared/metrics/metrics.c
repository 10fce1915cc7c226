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

size_t metric_series(const struct metric *metric)
{
    return label_sets[metric->a].count * label_sets[metric->b].count;
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

/* ---- Histograms: 32 buckets from each power of two to the next; below 32 a bucket a nanosecond. ---- */

enum { DOUBLING_BITS = 5 };

static size_t bucket_of(uint64_t ns)
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

void ais_metrics_observe(struct ais_metrics *metrics, enum ais_metric metric, int64_t ns)
{
    assert(metric_table[metric].kind == KIND_HISTOGRAM);
    uint64_t *slots = metrics->slots + metric_table[metric].slot;
    uint64_t duration = ns > 0 ? (uint64_t)ns : 0;
    slots[bucket_of(duration)]++;
    slots[AIS_HISTOGRAM_BUCKETS] += duration;
}

uint64_t ais_metrics_observations(const struct ais_metrics *metrics, enum ais_metric metric)
{
    const uint64_t *slots = metrics->slots + metric_table[metric].slot;
    uint64_t count = 0;
    for (size_t i = 0; i < AIS_HISTOGRAM_BUCKETS; i++)
        count += slots[i];
    return count;
}

uint64_t ais_metrics_quantile(const struct ais_metrics *metrics, enum ais_metric metric, double q)
{
    const uint64_t *slots = metrics->slots + metric_table[metric].slot;
    uint64_t count = ais_metrics_observations(metrics, metric);
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
