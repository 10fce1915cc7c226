/* Metrics between actors. Numbers are varints (LEB128: seven bits a byte, the lowest first) unless said otherwise.
 *
 *     u32, little-endian   layout: a hash of the table, so that another version's numbers are never taken for ours
 *     then                 gap, value      for each slot that is not 0; gap: from the slot before, from -1 at first
 *     0                    the slots are over
 *     then                 n, n times u64  for each sketch: its hashes, little-endian, ascending
 *     u8                   1 and the infos, when any was set; else 0 */
#include "shared/metrics/private.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum { INFOS_SIZE = AIS_INFO_COUNT * 2 * AIS_INFO_TEXT };

static uint32_t hash_text(uint32_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    return hash * 16777619U;
}

/* FNV-1a over all that decides what a slot means. */
static uint32_t layout(void)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < AIS_METRIC_COUNT; i++) {
        const struct metric *metric = &metric_table[i];
        const struct label_set *sets[] = { &label_sets[metric->a], &label_sets[metric->b] };
        hash = hash_text(hash, metric->name) + (uint32_t)metric->kind + (uint32_t)metric->slot;
        for (size_t k = 0; k < N_ELEMS(sets); k++)
            for (size_t v = 0; v < sets[k]->count; v++)
                hash = hash_text(hash, sets[k]->values[v]);
    }
    return hash;
}

/* ---- Writing ---- */

static void add_varint(struct ais_buf *buf, uint64_t number)
{
    char bytes[10];
    size_t n = 0;
    for (; number > 0x7f; number >>= 7)
        bytes[n++] = (char)(0x80 | (number & 0x7f));
    bytes[n++] = (char)number;
    ais_buf_add(buf, bytes, n);
}

static void add_layout(struct ais_buf *buf)
{
    uint32_t version = htole32(layout());
    ais_buf_add(buf, &version, sizeof version);
}

/* *last: the slot before, -1 at first. */
static void add_slot(struct ais_buf *buf, int64_t *last, size_t slot, uint64_t value)
{
    add_varint(buf, (uint64_t)((int64_t)slot - *last));
    add_varint(buf, value);
    *last = (int64_t)slot;
}

static void add_sketches(struct ais_buf *buf, const struct ais_sketch *sketches)
{
    for (size_t i = 0; i < AIS_SKETCH_COUNT; i++) {
        add_varint(buf, sketches[i].count);
        for (size_t k = 0; k < sketches[i].count; k++) {
            uint64_t hash = htole64(sketches[i].hashes[k]);
            ais_buf_add(buf, &hash, sizeof hash);
        }
    }
}

void ais_metrics_encode(const struct ais_metrics *metrics, struct ais_buf *ret)
{
    int64_t last = -1;
    bool infos = false;
    add_layout(ret);
    for (size_t slot = 0; slot < AIS_METRIC_SLOT_COUNT; slot++)
        if (metrics->slots[slot] != 0)
            add_slot(ret, &last, slot, metrics->slots[slot]);
    add_varint(ret, 0);
    add_sketches(ret, metrics->sketches);
    for (size_t i = 0; i < AIS_INFO_COUNT; i++)
        infos = infos || metrics->slots[metric_table[info_table[i].metric].slot] != 0;
    ais_buf_byte(ret, infos ? 1 : 0);
    if (infos)
        ais_buf_add(ret, metrics->infos, sizeof metrics->infos);
}

void ais_metrics_restart(struct ais_metrics *metrics)
{
    for (size_t i = 0; i < AIS_METRIC_COUNT; i++)
        if (!kind_stays(metric_table[i].kind))
            memset(metrics->slots + metric_table[i].slot, 0, metric_slots(&metric_table[i]) * sizeof metrics->slots[0]);
    for (size_t i = 0; i < AIS_SKETCH_COUNT; i++)
        metrics->sketches[i].count = 0;
}

/* ---- Reading ---- */

struct reader {
    const unsigned char *at, *end;
    int64_t slot; /* the last, -1 at first */
    uint64_t value;
    bool malformed;
};

static bool take_varint(struct reader *reader, uint64_t *ret)
{
    *ret = 0;
    for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
        uint64_t byte = *reader->at++;
        if ((byte & 0x7f) << shift >> shift != (byte & 0x7f))
            break;
        *ret |= (byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    reader->malformed = true;
    return false;
}

/* The next slot; false when they are over, or malformed. */
static bool take_slot(struct reader *reader)
{
    uint64_t gap;
    if (!take_varint(reader, &gap) || gap == 0)
        return false;
    if (gap >= (uint64_t)(AIS_METRIC_SLOT_COUNT - reader->slot) || !take_varint(reader, &reader->value)) {
        reader->malformed = true;
        return false;
    }
    reader->slot += (int64_t)gap;
    return true;
}

/* A sketch; ret may be NULL. */
static bool take_sketch(struct reader *reader, struct ais_sketch *ret)
{
    uint64_t count;
    uint64_t last = 0;
    if (!take_varint(reader, &count) || count > AIS_SKETCH_MOST ||
        (size_t)(reader->end - reader->at) < count * sizeof last)
        return !(reader->malformed = true);
    for (size_t i = 0; i < count; i++, reader->at += sizeof last) {
        uint64_t hash;
        memcpy(&hash, reader->at, sizeof hash);
        hash = le64toh(hash);
        if (i > 0 && hash <= last)
            return !(reader->malformed = true);
        last = hash;
        if (ret != NULL)
            ret->hashes[i] = hash;
    }
    if (ret != NULL)
        ret->count = count;
    return true;
}

static enum ais_err begin(struct reader *ret, const void *deltas, size_t size, struct ais_why *why)
{
    uint32_t version;
    if (size < sizeof version)
        return ais_fail(why, AIS_E_MALFORMED, "metrics: %zu bytes are too few", size);
    memcpy(&version, deltas, sizeof version);
    if (le32toh(version) != layout())
        return ais_fail(why, AIS_E_MALFORMED, "metrics: written by another version");
    *ret = (struct reader){ .slot = -1 };
    ret->at = (const unsigned char *)deltas + sizeof version;
    ret->end = (const unsigned char *)deltas + size;
    return AIS_OK;
}

/* Checks everything before anything is added. *ret_infos: where they begin, NULL without. */
static enum ais_err check(struct reader reader, const unsigned char **ret_infos, struct ais_why *why)
{
    *ret_infos = NULL;
    while (take_slot(&reader))
        continue;
    for (size_t i = 0; i < AIS_SKETCH_COUNT && !reader.malformed; i++)
        (void)take_sketch(&reader, NULL);
    if (reader.malformed || reader.at == reader.end || *reader.at > 1)
        return ais_fail(why, AIS_E_MALFORMED, "metrics: malformed at %zu bytes before the end",
                        (size_t)(reader.end - reader.at));
    size_t wanted = *reader.at++ == 1 ? INFOS_SIZE : 0;
    if ((size_t)(reader.end - reader.at) != wanted)
        return ais_fail(why, AIS_E_MALFORMED, "metrics: %zu bytes are left", (size_t)(reader.end - reader.at));
    for (size_t i = 0; i < wanted; i += AIS_INFO_TEXT)
        if (reader.at[i + AIS_INFO_TEXT - 1] != '\0')
            return ais_fail(why, AIS_E_MALFORMED, "metrics: a text does not end");
    if (wanted > 0)
        *ret_infos = reader.at;
    return AIS_OK;
}

enum ais_err ais_metrics_merge(struct ais_metrics *total, struct ais_gauges *gauges, const void *deltas, size_t size,
                               struct ais_why *why)
{
    struct reader reader;
    struct ais_sketch sketch;
    const unsigned char *infos;
    size_t metric = 0;
    TRY(begin(&reader, deltas, size, why));
    TRY(check(reader, &infos, why));
    while (take_slot(&reader)) {
        enum metric_kind kind = metric_of_slot(&metric, (size_t)reader.slot)->kind;
        if (!kind_stays(kind) && total != NULL)
            total->slots[reader.slot] = kind_sum(kind, total->slots[reader.slot], reader.value);
        if (kind_stays(kind) && gauges != NULL)
            gauges->values[metric] = reader.value;
    }
    for (size_t i = 0; i < AIS_SKETCH_COUNT && total != NULL; i++)
        if (take_sketch(&reader, &sketch) && sketch.count > 0)
            ais_sketch_merge(&total->sketches[i], &sketch);
    if (infos != NULL && gauges != NULL)
        memcpy(gauges->infos, infos, sizeof gauges->infos);
    return AIS_OK;
}

/* ---- Adding up what is encoded ---- */

/* The next slot that is no gauge; false at the end. */
static bool take_sum(struct reader *reader, size_t *metric)
{
    while (take_slot(reader))
        if (!kind_stays(metric_of_slot(metric, (size_t)reader->slot)->kind))
            return true;
    return false;
}

static void add_both_slots(struct ais_buf *out, struct reader *a, struct reader *b)
{
    size_t metric_a = 0, metric_b = 0;
    int64_t last = -1;
    bool more_a = take_sum(a, &metric_a), more_b = take_sum(b, &metric_b);
    while (more_a || more_b) {
        bool from_a = more_a && (!more_b || a->slot <= b->slot), from_b = more_b && (!more_a || b->slot <= a->slot);
        enum metric_kind kind = metric_table[from_a ? metric_a : metric_b].kind;
        uint64_t value = kind_sum(kind, from_a ? a->value : 0, from_b ? b->value : 0);
        add_slot(out, &last, (size_t)(from_a ? a->slot : b->slot), value);
        more_a = from_a ? take_sum(a, &metric_a) : more_a;
        more_b = from_b ? take_sum(b, &metric_b) : more_b;
    }
    add_varint(out, 0);
}

static void add_both_sketches(struct ais_buf *out, struct reader *a, struct reader *b)
{
    struct ais_sketch sketches[AIS_SKETCH_COUNT] = { 0 };
    struct ais_sketch other = { 0 };
    for (size_t i = 0; i < AIS_SKETCH_COUNT; i++)
        if (take_sketch(a, &sketches[i]) && take_sketch(b, &other) && other.count > 0)
            ais_sketch_merge(&sketches[i], &other);
    add_sketches(out, sketches);
}

enum ais_err ais_metrics_accumulate(struct ais_buf *into, const void *deltas, size_t size, struct ais_why *why)
{
    static const struct ais_metrics nothing;
    AUTO(ais_buf_done) struct ais_buf out = { 0 }, empty = { 0 };
    const unsigned char *infos;
    struct reader a, b;
    TRY(begin(&b, deltas, size, why));
    TRY(check(b, &infos, why));
    if (into->length == 0)
        ais_metrics_encode(&nothing, &empty);
    const struct ais_buf *before = into->length > 0 ? into : &empty;
    TRY(begin(&a, before->data, before->length, why));
    add_layout(&out);
    add_both_slots(&out, &a, &b);
    add_both_sketches(&out, &a, &b);
    ais_buf_byte(&out, 0);
    if (out.failed || empty.failed)
        return ais_fail(why, AIS_E_NOMEM, "metrics");
    ais_buf_done(into);
    *into = out;
    out = (struct ais_buf){ 0 };
    return AIS_OK;
}

/* ---- Gauges ---- */

static uint64_t combined(enum metric_kind kind, uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0)
        return a + b;
    if (kind == KIND_MOST)
        return a > b ? a : b;
    return a + b - 1; /* each is the value plus one */
}

void ais_metrics_combine(struct ais_metrics *total, const struct ais_gauges *gauges)
{
    for (size_t i = 0; i < AIS_METRIC_COUNT; i++) {
        size_t slot = metric_table[i].slot;
        if (kind_is_gauge(metric_table[i].kind))
            total->slots[slot] = combined(metric_table[i].kind, total->slots[slot], gauges->values[i]);
    }
    for (size_t i = 0; i < AIS_INFO_COUNT; i++) {
        size_t slot = metric_table[info_table[i].metric].slot;
        if (total->slots[slot] != 0 || gauges->values[info_table[i].metric] == 0)
            continue;
        total->slots[slot] = 1;
        memcpy(total->infos[i], gauges->infos[i], sizeof total->infos[i]);
    }
}
