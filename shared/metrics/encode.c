/* Metrics between actors. Little-endian:
 *
 *     u32    layout: a hash of the table, so that another version's numbers are never taken for ours
 *     then   u16 slot, u64 value        for each slot that is not 0, slots ascending
 *     and    u16 0xffff, infos          once behind them, when any info was set */
#include "shared/metrics/private.h"

#include <endian.h>
#include <string.h>

enum { ENTRY = 2 + 8, INFOS_FOLLOW = 0xffff, INFOS_SIZE = AIS_INFO_COUNT * 2 * AIS_INFO_TEXT };

_Static_assert((int)AIS_METRIC_SLOT_COUNT < (int)INFOS_FOLLOW, "slots are numbered in 16 bits");

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

static void add_u16(struct ais_buf *buf, uint16_t number)
{
    number = htole16(number);
    ais_buf_add(buf, &number, sizeof number);
}

/* Which slots keep their value after it was told. */
static bool slot_stays(const struct metric *metric)
{
    return kind_is_gauge(metric->kind) || metric->kind == KIND_INFO;
}

static size_t slots_of(const struct metric *metric)
{
    return metric_series(metric) * (metric->kind == KIND_HISTOGRAM ? AIS_HISTOGRAM_SLOTS : 1);
}

void ais_metrics_encode(const struct ais_metrics *metrics, struct ais_buf *ret)
{
    uint32_t version = htole32(layout());
    bool infos = false;
    ais_buf_add(ret, &version, sizeof version);
    for (size_t slot = 0; slot < AIS_METRIC_SLOT_COUNT; slot++) {
        if (metrics->slots[slot] == 0)
            continue;
        uint64_t value = htole64(metrics->slots[slot]);
        add_u16(ret, (uint16_t)slot);
        ais_buf_add(ret, &value, sizeof value);
    }
    for (size_t i = 0; i < AIS_INFO_COUNT; i++)
        infos = infos || metrics->slots[metric_table[info_table[i].metric].slot] != 0;
    if (infos) {
        add_u16(ret, INFOS_FOLLOW);
        ais_buf_add(ret, metrics->infos, sizeof metrics->infos);
    }
}

void ais_metrics_restart(struct ais_metrics *metrics)
{
    for (size_t i = 0; i < AIS_METRIC_COUNT; i++)
        if (!slot_stays(&metric_table[i]))
            memset(metrics->slots + metric_table[i].slot, 0, slots_of(&metric_table[i]) * sizeof metrics->slots[0]);
}

struct entry {
    uint16_t slot;
    uint64_t value;
};

static struct entry read_entry(const unsigned char *at)
{
    struct entry entry;
    memcpy(&entry.slot, at, sizeof entry.slot);
    memcpy(&entry.value, at + sizeof entry.slot, sizeof entry.value);
    return (struct entry){ le16toh(entry.slot), le64toh(entry.value) };
}

/* Checks everything before anything is added. *ret_infos: where they begin, NULL without. */
static enum ais_err check(const unsigned char *at, const unsigned char *end, const unsigned char **ret_infos,
                          struct ais_why *why)
{
    int last = -1;
    *ret_infos = NULL;
    for (; end - at >= ENTRY; at += ENTRY) {
        struct entry entry = read_entry(at);
        if (entry.slot == INFOS_FOLLOW)
            break;
        if (entry.slot >= AIS_METRIC_SLOT_COUNT || entry.slot <= last)
            return ais_fail(why, AIS_E_MALFORMED, "metrics: slot %u is out of place", (unsigned)entry.slot);
        last = entry.slot;
    }
    if (at == end)
        return AIS_OK;
    const unsigned char *infos = at + 2;
    if (end - at != 2 + INFOS_SIZE || at[0] != 0xff || at[1] != 0xff)
        return ais_fail(why, AIS_E_MALFORMED, "metrics: %zu bytes are left over", (size_t)(end - at));
    for (size_t i = 0; i < INFOS_SIZE; i += AIS_INFO_TEXT)
        if (infos[i + AIS_INFO_TEXT - 1] != '\0')
            return ais_fail(why, AIS_E_MALFORMED, "metrics: a text does not end");
    *ret_infos = infos;
    return AIS_OK;
}

/* The metric of each slot is found by going along with the entries, which ascend. */
static void add_entries(struct ais_metrics *total, struct ais_metrics *gauges, const unsigned char *at,
                        const unsigned char *end)
{
    size_t metric = 0;
    for (; end - at >= ENTRY; at += ENTRY) {
        struct entry entry = read_entry(at);
        if (entry.slot == INFOS_FOLLOW)
            return;
        while (metric + 1 < AIS_METRIC_COUNT && metric_table[metric + 1].slot <= entry.slot)
            metric++;
        if (slot_stays(&metric_table[metric]))
            gauges->slots[entry.slot] = entry.value;
        else
            total->slots[entry.slot] += entry.value;
    }
}

enum ais_err ais_metrics_merge(struct ais_metrics *total, struct ais_metrics *gauges, const void *deltas, size_t size,
                               struct ais_why *why)
{
    const unsigned char *at = deltas;
    uint32_t version;
    if (size < sizeof version)
        return ais_fail(why, AIS_E_MALFORMED, "metrics: %zu bytes are too few", size);
    memcpy(&version, at, sizeof version);
    if (le32toh(version) != layout())
        return ais_fail(why, AIS_E_MALFORMED, "metrics: written by another version");
    const unsigned char *end = at + size;
    const unsigned char *infos;
    at += sizeof version;
    TRY(check(at, end, &infos, why));
    add_entries(total, gauges, at, end);
    if (infos != NULL)
        memcpy(gauges->infos, infos, sizeof gauges->infos);
    return AIS_OK;
}

static uint64_t combined(enum metric_kind kind, uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0)
        return a + b;
    if (kind == KIND_MOST)
        return a > b ? a : b;
    return a + b - 1; /* each is the value plus one */
}

void ais_metrics_combine(struct ais_metrics *total, const struct ais_metrics *gauges)
{
    for (size_t i = 0; i < AIS_METRIC_COUNT; i++) {
        size_t slot = metric_table[i].slot;
        if (kind_is_gauge(metric_table[i].kind))
            total->slots[slot] = combined(metric_table[i].kind, total->slots[slot], gauges->slots[slot]);
    }
    for (size_t i = 0; i < AIS_INFO_COUNT; i++) {
        size_t slot = metric_table[info_table[i].metric].slot;
        if (total->slots[slot] != 0 || gauges->slots[slot] == 0)
            continue;
        total->slots[slot] = 1;
        memcpy(total->infos[i], gauges->infos[i], sizeof total->infos[i]);
    }
}

void ais_metrics_clear_gauges(struct ais_metrics *metrics)
{
    for (size_t i = 0; i < AIS_METRIC_COUNT; i++)
        if (slot_stays(&metric_table[i]))
            metrics->slots[metric_table[i].slot] = 0;
    memset(metrics->infos, 0, sizeof metrics->infos);
}
