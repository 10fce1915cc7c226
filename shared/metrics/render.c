/* Prometheus text exposition format, version 0.0.4. */
#include "shared/metrics/private.h"

#include <inttypes.h>
#include <string.h>

/* Upper bounds shown of every histogram, in ns: from what one decision takes to the longest deadline. */
static const struct {
    uint64_t ns;
    const char *text;
} bounds[] = {
    {10000,        "1e-05"  },
    { 25000,       "2.5e-05"},
    { 50000,       "5e-05"  },
    { 100000,      "0.0001" },
    { 250000,      "0.00025"},
    { 500000,      "0.0005" },
    { 1000000,     "0.001"  },
    { 2500000,     "0.0025" },
    { 5000000,     "0.005"  },
    { 10000000,    "0.01"   },
    { 25000000,    "0.025"  },
    { 50000000,    "0.05"   },
    { 100000000,   "0.1"    },
    { 250000000,   "0.25"   },
    { 500000000,   "0.5"    },
    { 1000000000,  "1"      },
    { 2500000000,  "2.5"    },
    { 10000000000, "10"     },
};

/* value / scale, exactly; scale is a power of ten. */
static void add_scaled(struct ais_buf *out, uint64_t value, uint64_t scale)
{
    ais_buf_u64(out, value / scale);
    uint64_t rest = value % scale;
    if (rest == 0)
        return;
    ais_buf_byte(out, '.');
    for (uint64_t digit = scale / 10; rest > 0; digit /= 10) {
        ais_buf_byte(out, (char)('0' + rest / digit));
        rest %= digit;
    }
}

/* Appends ,label="value" or the first of them; *first tells which. */
static void add_label(struct ais_buf *out, bool *first, const char *label, const char *value)
{
    if (label[0] == '\0')
        return;
    ais_buf_byte(out, *first ? '{' : ',');
    *first = false;
    ais_buf_text(out, label);
    ais_buf_text(out, "=\"");
    for (; *value != '\0'; value++) {
        if (*value == '\\' || *value == '"')
            ais_buf_byte(out, '\\');
        if (*value == '\n')
            ais_buf_text(out, "\\n");
        else
            ais_buf_byte(out, *value);
    }
    ais_buf_byte(out, '"');
}

static void add_series(struct ais_buf *out, const struct metric *metric, size_t series, uint64_t value)
{
    const struct label_set *a = &label_sets[metric->a];
    const struct label_set *b = &label_sets[metric->b];
    bool first = true;
    ais_buf_text(out, metric->name);
    add_label(out, &first, a->label, a->values[series / b->count]);
    add_label(out, &first, b->label, b->values[series % b->count]);
    ais_buf_text(out, first ? " " : "} ");
    add_scaled(out, value, metric->scale);
    ais_buf_byte(out, '\n');
}

/* Of the many series of two labels, or of histograms by label, most never happen: those are left out until they do. */
static void add_counters(struct ais_buf *out, const struct metric *metric, const uint64_t *slots)
{
    bool sparse = label_sets[metric->b].count > 1;
    for (size_t series = 0; series < metric_series(metric); series++)
        if (slots[series] > 0 || !sparse)
            add_series(out, metric, series, slots[series]);
}

/* The name of a sample of a histogram, with its label and, if given, its bound. */
static void add_sample_name(struct ais_buf *out, const struct metric *metric, size_t series, const char *suffix,
                            const char *bound)
{
    const struct label_set *labels = &label_sets[metric->a];
    bool first = true;
    ais_buf_text(out, metric->name);
    ais_buf_text(out, suffix);
    add_label(out, &first, labels->label, labels->values[series]);
    add_label(out, &first, bound != NULL ? "le" : "", bound != NULL ? bound : "");
    ais_buf_text(out, first ? " " : "} ");
}

/* A bucket counts where its middle lies, which is right to 1.6 % of the bound. */
static void add_histogram(struct ais_buf *out, const struct metric *metric, size_t series, const uint64_t *slots)
{
    uint64_t count = 0;
    size_t bucket = 0;
    for (size_t i = 0; i < N_ELEMS(bounds); i++) {
        for (; bucket < AIS_HISTOGRAM_BUCKETS && bucket_middle(bucket) <= bounds[i].ns; bucket++)
            count += slots[bucket];
        add_sample_name(out, metric, series, "_bucket", bounds[i].text);
        ais_buf_format(out, "%" PRIu64 "\n", count);
    }
    for (; bucket < AIS_HISTOGRAM_BUCKETS; bucket++)
        count += slots[bucket];
    add_sample_name(out, metric, series, "_bucket", "+Inf");
    ais_buf_format(out, "%" PRIu64 "\n", count);
    add_sample_name(out, metric, series, "_sum", NULL);
    add_scaled(out, slots[AIS_HISTOGRAM_BUCKETS], metric->scale);
    ais_buf_byte(out, '\n');
    add_sample_name(out, metric, series, "_count", NULL);
    ais_buf_format(out, "%" PRIu64 "\n", count);
}

static bool has_happened(const uint64_t *slots)
{
    for (size_t i = 0; i < AIS_HISTOGRAM_BUCKETS; i++)
        if (slots[i] > 0)
            return true;
    return false;
}

static void add_histograms(struct ais_buf *out, const struct metric *metric, const uint64_t *slots)
{
    bool sparse = metric_series(metric) > 1;
    for (size_t series = 0; series < metric_series(metric); series++, slots += AIS_HISTOGRAM_SLOTS)
        if (!sparse || has_happened(slots))
            add_histogram(out, metric, series, slots);
}

static void add_info(struct ais_buf *out, const struct metric *metric, const struct ais_metrics *metrics)
{
    for (size_t i = 0; i < AIS_INFO_COUNT; i++) {
        if (&metric_table[info_table[i].metric] != metric)
            continue;
        bool first = true;
        ais_buf_text(out, metric->name);
        for (size_t k = 0; k < 2; k++)
            add_label(out, &first, info_table[i].labels[k], metrics->infos[i][k]);
        ais_buf_text(out, "} 1\n");
    }
}

static void add_metric(struct ais_buf *out, const struct metric *metric, const struct ais_metrics *metrics)
{
    static const char *const types[] = {
        [KIND_COUNTER] = "counter", [KIND_HISTOGRAM] = "histogram", [KIND_PEAK] = "gauge", [KIND_DISTINCT] = "gauge",
        [KIND_SUM] = "gauge",       [KIND_MOST] = "gauge",          [KIND_INFO] = "gauge",
    };
    const uint64_t *slots = metrics->slots + metric->slot;
    if (kind_stays(metric->kind) && slots[0] == 0)
        return;
    ais_buf_format(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name, types[metric->kind]);
    switch (metric->kind) {
    case KIND_COUNTER: add_counters(out, metric, slots); break;
    case KIND_HISTOGRAM: add_histograms(out, metric, slots); break;
    case KIND_PEAK: add_series(out, metric, 0, slots[0]); break;
    case KIND_DISTINCT:
        add_series(out, metric, 0, ais_metrics_distinct(metrics, (enum ais_metric)(metric - metric_table)));
        break;
    case KIND_INFO: add_info(out, metric, metrics); break;
    case KIND_SUM:
    case KIND_MOST: add_series(out, metric, 0, slots[0] - 1); break;
    }
}

void ais_metrics_render(const struct ais_metrics *metrics, struct ais_buf *ret)
{
    for (size_t i = 0; i < AIS_METRIC_COUNT; i++)
        add_metric(ret, &metric_table[i], metrics);
}
