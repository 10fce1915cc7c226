/* Who is refused so often that it is added up: an authenticated caller must not be able to fill the audit log with what
 * it may not do. Each key's first REFUSALS_BURST refusals, and one every REFUSALS_REFILL_MS, have records of their own;
 * those beyond are counted by status, for one record about once a second. One thread; nothing is allocated. */
#ifndef AIS_GATEWAY_REFUSAL_SUMS_H
#define AIS_GATEWAY_REFUSAL_SUMS_H

#include "shared/access/api_key.h"
#include "shared/mem/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    REFUSALS_BURST = 60,
    REFUSALS_REFILL_MS = 1000,
    REFUSALS_KEYS = 32, /* that are refused often at one time; those beyond are not added up */
    REFUSALS_STATUSES = 100,
};

/* A zeroed struct is: none. */
struct refusal_sums {
    struct refusal_sum {
        char key_id[AIS_API_KEY_ID_SIZE];
        int64_t free_ns;  /* monotonic: when all that had records are forgotten */
        int64_t since_ns; /* monotonic: of the first that is counted */
        uint64_t count;
        uint64_t by_status[REFUSALS_STATUSES]; /* of 400, 401, ... */
    } rows[REFUSALS_KEYS];
};

/* Takes note of a refusal with a status of 400 to 499 at now_ns (monotonic). True: it is counted here; false: it gets a
 * record of its own. */
bool refusal_sums_add(struct refusal_sums *sums, const char *key_id, unsigned status, int64_t now_ns);

/* A row that is due for a record, a second after the first of what it counts; NULL: none. REFUSALS_AT_ANY_TIME: one
 * that counts anything. */
#define REFUSALS_AT_ANY_TIME INT64_MAX
struct refusal_sum *refusal_sums_due(struct refusal_sums *sums, int64_t now_ns);

/* Appends what a row counts as one JSON object: {"count", "within_ms", "statuses": {status: n, ...}}. */
void refusal_sum_describe(const struct refusal_sum *sum, struct ais_buf *out, int64_t now_ns);

/* It is recorded. */
void refusal_sum_clear(struct refusal_sum *sum);

#endif
