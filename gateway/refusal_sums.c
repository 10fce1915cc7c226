#include "gateway/refusal_sums.h"

#include "shared/json/write.h"
#include "shared/sys/clock.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_STATUS = 400, EVENT_MS = 1000 };

static const int64_t refill_ns = REFUSALS_REFILL_MS * AIS_NS_PER_MS;

/* The key's row, or the one that would be free first; NULL: all of them still count for others. */
static struct refusal_sum *find(struct refusal_sums *sums, const char *key_id)
{
    struct refusal_sum *oldest = NULL;
    for (size_t i = 0; i < REFUSALS_KEYS; i++) {
        struct refusal_sum *row = &sums->rows[i];
        if (strcmp(row->key_id, key_id) == 0)
            return row;
        if (row->count == 0 && (oldest == NULL || row->free_ns < oldest->free_ns))
            oldest = row;
    }
    if (oldest == NULL)
        return NULL;
    *oldest = (struct refusal_sum){ .free_ns = 0 };
    snprintf(oldest->key_id, sizeof oldest->key_id, "%s", key_id);
    return oldest;
}

bool refusal_sums_add(struct refusal_sums *sums, const char *key_id, unsigned status, int64_t now_ns)
{
    struct refusal_sum *row = find(sums, key_id);
    if (row == NULL || status < FIRST_STATUS || status >= FIRST_STATUS + REFUSALS_STATUSES)
        return false;
    int64_t from = row->free_ns > now_ns ? row->free_ns : now_ns;
    if (from + refill_ns - now_ns <= REFUSALS_BURST * refill_ns) {
        row->free_ns = from + refill_ns;
        return false;
    }
    if (row->count++ == 0)
        row->since_ns = now_ns;
    row->by_status[status - FIRST_STATUS]++;
    return true;
}

struct refusal_sum *refusal_sums_due(struct refusal_sums *sums, int64_t now_ns)
{
    for (size_t i = 0; i < REFUSALS_KEYS; i++)
        if (sums->rows[i].count > 0 && now_ns - sums->rows[i].since_ns >= EVENT_MS * AIS_NS_PER_MS)
            return &sums->rows[i];
    return NULL;
}

void refusal_sum_describe(const struct refusal_sum *sum, struct ais_buf *out, int64_t now_ns)
{
    char status[16];
    ais_jw_begin_object(out, NULL);
    ais_jw_u64(out, "count", sum->count);
    ais_jw_i64(out, "within_ms", (now_ns - sum->since_ns) / AIS_NS_PER_MS);
    ais_jw_begin_object(out, "statuses");
    for (size_t i = 0; i < REFUSALS_STATUSES; i++) {
        snprintf(status, sizeof status, "%zu", FIRST_STATUS + i);
        if (sum->by_status[i] > 0)
            ais_jw_u64(out, status, sum->by_status[i]);
    }
    ais_jw_end_object(out);
    ais_jw_end_object(out);
}

void refusal_sum_clear(struct refusal_sum *sum)
{
    sum->count = 0;
    memset(sum->by_status, 0, sizeof sum->by_status);
}
