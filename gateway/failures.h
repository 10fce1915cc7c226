/* Failed logins, added up for the audit log: whoever guesses keys must not be able to fill it. The first is due for an
 * event at once, those that follow within FAILURES_EVENT_MS together when that is over. By reason, and by the addresses
 * that fail most often (as "space saving" finds them: a count may be too high by what the address that it took the
 * place of had, never too low). One thread; nothing is allocated. */
#ifndef AIS_GATEWAY_FAILURES_H
#define AIS_GATEWAY_FAILURES_H

#include "shared/access/access.h"
#include "shared/mem/buf.h"

enum { FAILURES_ADDRESSES = 8, FAILURES_EVENT_MS = 1000 };

/* A zeroed struct is: none. */
struct failures {
    uint64_t count;
    int64_t since_ns;          /* monotonic: of the first */
    int64_t next_ns;           /* monotonic: no event before */
    uint64_t delayed, refused; /* of them: answered late, answered 429 */
    uint64_t by_verdict[AIS_ACCESS_VERDICT_COUNT];
    struct failures_address {
        struct ais_peer peer;
        uint64_t count; /* 0: free */
    } addresses[FAILURES_ADDRESSES];
    char key_id[AIS_API_KEY_ID_SIZE]; /* the last that was known, but expired, revoked or elsewhere; "": none */
};

/* One more. key: the known key that was refused, or NULL. */
void failures_add(struct failures *failures, enum ais_access_verdict verdict, const struct ais_peer *peer,
                  const struct ais_access_key *key, int64_t now_ns);

/* Whether it is time for an event. */
bool failures_due(const struct failures *failures, int64_t now_ns);

/* They are recorded. */
void failures_clear(struct failures *failures, int64_t now_ns);

/* Appends them as one JSON object:
 *     {"count", "within_ms", "reasons": {reason: n, ...}, "addresses": [{"address", "count"}, ...], "delayed"?,
 *      "refused"?, "last_key_id"?} */
void failures_describe(const struct failures *failures, struct ais_buf *out, int64_t now_ns);

#endif
