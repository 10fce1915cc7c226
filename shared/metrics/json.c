/* Metrics as JSON that a person can read; metrics.h says how it looks. */
#include "shared/json/write.h"
#include "shared/metrics/private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Writing ---- */

enum { LABELS_SIZE = 96 };

/* The values of a series' labels, "preflight,200". */
static void labels_text(const struct metric *metric, size_t series, char text[LABELS_SIZE])
{
    const struct label_set *a = &label_sets[metric->a], *b = &label_sets[metric->b];
    snprintf(text, LABELS_SIZE, "%s%s%s", a->values[series / b->count], b->label[0] != '\0' ? "," : "",
             b->values[series % b->count]);
}

static bool is_zero(const uint64_t *slots, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (slots[i] != 0)
            return false;
    return true;
}

static void write_histogram(struct ais_buf *out, const char *key, const uint64_t *slots)
{
    uint64_t count = 0;
    for (size_t i = 0; i < AIS_HISTOGRAM_BUCKETS; i++)
        count += slots[i];
    ais_jw_begin_object(out, key);
    ais_jw_u64(out, "count", count);
    ais_jw_u64(out, "sum_ns", slots[AIS_HISTOGRAM_BUCKETS]);
    ais_jw_begin_array(out, "buckets");
    for (size_t i = 0; i < AIS_HISTOGRAM_BUCKETS; i++) {
        if (slots[i] == 0)
            continue;
        ais_jw_begin_array(out, NULL);
        ais_jw_u64(out, NULL, bucket_middle(i));
        ais_jw_u64(out, NULL, slots[i]);
        ais_jw_end_array(out);
    }
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}

static void write_series(struct ais_buf *out, const struct metric *metric, const char *key, const uint64_t *slots)
{
    if (metric->kind == KIND_HISTOGRAM)
        write_histogram(out, key, slots);
    else
        ais_jw_u64(out, key, slots[0]);
}

static void write_metric(struct ais_buf *out, const struct metric *metric, const uint64_t *slots)
{
    size_t a_series = metric->kind == KIND_HISTOGRAM ? AIS_HISTOGRAM_SLOTS : 1;
    if (is_zero(slots, metric_slots(metric)))
        return;
    if (label_sets[metric->a].label[0] == '\0') {
        write_series(out, metric, metric->name, slots);
        return;
    }
    ais_jw_begin_object(out, metric->name);
    for (size_t series = 0; series < metric_series(metric); series++, slots += a_series) {
        char labels[LABELS_SIZE];
        labels_text(metric, series, labels);
        if (!is_zero(slots, a_series))
            write_series(out, metric, labels, slots);
    }
    ais_jw_end_object(out);
}

static void write_sketch(struct ais_buf *out, const char *key, const struct ais_sketch *sketch)
{
    if (sketch->count == 0)
        return;
    ais_jw_begin_array(out, key);
    for (size_t i = 0; i < sketch->count; i++) {
        char hex[17];
        snprintf(hex, sizeof hex, "%016" PRIx64, sketch->hashes[i]);
        ais_jw_text(out, NULL, hex);
    }
    ais_jw_end_array(out);
}

void ais_metrics_write(const struct ais_metrics *metrics, struct ais_buf *out, const char *key)
{
    ais_jw_begin_object(out, key);
    for (size_t i = 0; i < AIS_METRIC_COUNT; i++)
        if (!kind_stays(metric_table[i].kind))
            write_metric(out, &metric_table[i], metrics->slots + metric_table[i].slot);
    for (size_t i = 0; i < AIS_SKETCH_COUNT; i++)
        write_sketch(out, metric_table[sketch_table[i]].name, &metrics->sketches[i]);
    ais_jw_end_object(out);
}

/* ---- Reading ---- */

static enum ais_err invalid(const struct metric *metric, const char *what, struct ais_why *why)
{
    return ais_fail(why, AIS_E_INVALID, "%s: must be %s", metric->name, what);
}

/* A whole number without fraction or exponent. */
static bool number_of(const struct ais_json *node, uint64_t *ret)
{
    if (node == NULL || node->kind != AIS_JSON_NUMBER || node->length > 20)
        return false;
    *ret = 0;
    for (size_t i = 0; i < node->length; i++) {
        unsigned digit = (unsigned)(node->text[i] - '0');
        if (digit > 9 || *ret > (UINT64_MAX - digit) / 10)
            return false;
        *ret = *ret * 10 + digit;
    }
    return true;
}

static enum ais_err read_buckets(const struct metric *metric, const struct ais_json *buckets, uint64_t *slots,
                                 uint64_t *ret_count, struct ais_why *why)
{
    *ret_count = 0;
    if (buckets == NULL || buckets->kind != AIS_JSON_ARRAY)
        return invalid(metric, "a histogram with buckets", why);
    for (const struct ais_json *pair = buckets->first; pair != NULL; pair = pair->next) {
        uint64_t ns, count;
        if (pair->kind != AIS_JSON_ARRAY || pair->count != 2 || !number_of(pair->first, &ns) ||
            !number_of(pair->first->next, &count))
            return invalid(metric, "a histogram whose buckets are pairs of numbers", why);
        slots[bucket_of(ns)] += count;
        *ret_count += count;
    }
    return AIS_OK;
}

static enum ais_err read_histogram(const struct metric *metric, const struct ais_json *node, uint64_t *slots,
                                   struct ais_why *why)
{
    uint64_t count, sum_ns, counted;
    TRY(read_buckets(metric, ais_json_get(node, "buckets"), slots, &counted, why));
    if (!ais_json_get_u64(node, "count", &count) || !ais_json_get_u64(node, "sum_ns", &sum_ns) || count != counted)
        return invalid(metric, "a histogram whose buckets add up to its count", why);
    slots[AIS_HISTOGRAM_BUCKETS] += sum_ns;
    return AIS_OK;
}

static enum ais_err read_series(const struct metric *metric, const struct ais_json *node, uint64_t *slots,
                                struct ais_why *why)
{
    uint64_t value;
    if (metric->kind == KIND_HISTOGRAM)
        return read_histogram(metric, node, slots, why);
    if (!number_of(node, &value))
        return invalid(metric, "a whole number", why);
    slots[0] = kind_sum(metric->kind, slots[0], value);
    return AIS_OK;
}

/* The value of a label that n bytes spell; false: another version's. */
static bool find_value(const struct label_set *set, const char *text, size_t n, size_t *ret)
{
    for (*ret = 0; *ret < set->count; ++*ret)
        if (strlen(set->values[*ret]) == n && memcmp(set->values[*ret], text, n) == 0)
            return true;
    return false;
}

static bool find_series(const struct metric *metric, const struct ais_json *member, size_t *ret)
{
    const struct label_set *a = &label_sets[metric->a], *b = &label_sets[metric->b];
    const char *comma = memchr(member->key, ',', member->key_length);
    size_t first = comma != NULL ? (size_t)(comma - member->key) : member->key_length;
    size_t rest = comma != NULL ? member->key_length - first - 1 : 0;
    size_t value_a, value_b;
    if ((comma != NULL) != (b->label[0] != '\0') || !find_value(a, member->key, first, &value_a) ||
        !find_value(b, comma != NULL ? comma + 1 : "", rest, &value_b))
        return false;
    *ret = value_a * b->count + value_b;
    return true;
}

static enum ais_err read_metric(const struct metric *metric, const struct ais_json *node, uint64_t *slots,
                                struct ais_why *why)
{
    size_t a_series = metric->kind == KIND_HISTOGRAM ? AIS_HISTOGRAM_SLOTS : 1, series;
    if (label_sets[metric->a].label[0] == '\0')
        return read_series(metric, node, slots, why);
    if (node->kind != AIS_JSON_OBJECT)
        return invalid(metric, "an object by the values of its labels", why);
    for (const struct ais_json *member = node->first; member != NULL; member = member->next)
        if (find_series(metric, member, &series))
            TRY(read_series(metric, member, slots + series * a_series, why));
    return AIS_OK;
}

static enum ais_err read_sketch(const struct metric *metric, const struct ais_json *node, struct ais_sketch *sketch,
                                struct ais_why *why)
{
    if (node->kind != AIS_JSON_ARRAY || node->count > AIS_SKETCH_MOST)
        return invalid(metric, "an array of at most 1024 hashes", why);
    for (const struct ais_json *hash = node->first; hash != NULL; hash = hash->next) {
        if (hash->kind != AIS_JSON_STRING || hash->length != 16 ||
            strspn(hash->text, "0123456789abcdef") != hash->length)
            return invalid(metric, "an array of hashes of 16 hexadecimal digits", why);
        ais_sketch_add(sketch, strtoull(hash->text, NULL, 16));
    }
    return AIS_OK;
}

static size_t find_metric(const struct ais_json *member)
{
    size_t i = 0;
    while (i < AIS_METRIC_COUNT && strcmp(metric_table[i].name, member->key) != 0)
        i++;
    return i;
}

enum ais_err ais_metrics_read(const struct ais_json *node, struct ais_metrics *metrics, struct ais_why *why)
{
    if (node == NULL || node->kind != AIS_JSON_OBJECT)
        return ais_fail(why, AIS_E_INVALID, "metrics must be an object");
    for (const struct ais_json *member = node->first; member != NULL; member = member->next) {
        size_t i = find_metric(member);
        if (i == AIS_METRIC_COUNT || kind_stays(metric_table[i].kind))
            continue;
        if (metric_table[i].kind != KIND_DISTINCT) {
            TRY(read_metric(&metric_table[i], member, metrics->slots + metric_table[i].slot, why));
            continue;
        }
        for (size_t k = 0; k < AIS_SKETCH_COUNT; k++)
            if (sketch_table[k] == i)
                TRY(read_sketch(&metric_table[i], member, &metrics->sketches[k], why));
    }
    return AIS_OK;
}
