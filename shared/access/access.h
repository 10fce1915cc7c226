/* Who may do what: an immutable snapshot of all API keys.
 *
 * The registry builds one from its sealed document and publishes it; gateways check against the one that they hold
 * until the next arrives. It is counted atomically and never changed, so any thread may check against it without a
 * lock. */
#ifndef AIS_SHARED_ACCESS_H
#define AIS_SHARED_ACCESS_H

#include "shared/access/api_key.h"
#include "shared/access/scope.h"
#include "shared/access/source.h"
#include "shared/err/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    AIS_ACCESS_TEXT_MOST = 255,  /* bytes of a name or of what is pinned */
    AIS_ACCESS_RANGES_MOST = 16, /* of one key */
};

/* One key, without the key. Texts belong to the snapshot (or, on the way in, to the caller). */
struct ais_access_key {
    uint8_t hash[AIS_API_KEY_HASH_SIZE];   /* ais_api_key_hash of the key */
    char id[AIS_API_KEY_ID_SIZE];          /* its name in lists, logs and audit records */
    const char *name;                      /* what its owner called it; never NULL. Texts: AIS_ACCESS_TEXT_MOST bytes */
    const char *user;                      /* pinned: hold whatever a request says; NULL: not pinned */
    const char *agent;                     /* pinned, or NULL */
    const char *environment;               /* pinned, or NULL */
    uint32_t scopes;                       /* bits of enum ais_scope */
    const struct ais_source_range *ranges; /* from where it may be used; NULL: from anywhere */
    size_t range_count;
    bool revoked;
    const char *created_by;  /* id of the key, or "cli"; NULL: the first start */
    const char *revoked_by;  /* id of the key, or "cli"; NULL: it is not revoked */
    int64_t created_at_ns;   /* wall clock, as all times here */
    int64_t expires_at_ns;   /* 0: never */
    int64_t revoked_at_ns;   /* 0: it is not revoked */
    int64_t last_used_at_ns; /* as far as was known when the snapshot was made; 0: never */
};

/*    verdict               name, words for the log (every answer but OK is the same 401) */
#define AIS_ACCESS_VERDICTS(X)                                                        \
    X(AIS_ACCESS_OK, "ok", "known")                                                   \
    X(AIS_ACCESS_NONE, "missing", "no key was sent")                                  \
    X(AIS_ACCESS_MISTYPED, "mistyped", "the key is mistyped (its checksum is wrong)") \
    X(AIS_ACCESS_UNKNOWN, "unknown", "the key is unknown")                            \
    X(AIS_ACCESS_EXPIRED, "expired", "the key has expired")                           \
    X(AIS_ACCESS_REVOKED, "revoked", "the key was revoked")                           \
    X(AIS_ACCESS_ELSEWHERE, "source", "the key may not be used from there")

enum ais_access_verdict {
#define X(verdict, name, words) verdict,
    AIS_ACCESS_VERDICTS(X)
#undef X
        AIS_ACCESS_VERDICT_COUNT
};

const char *ais_access_verdict_name(enum ais_access_verdict verdict);
const char *ais_access_verdict_text(enum ais_access_verdict verdict);

struct ais_access;

/* Whether a key's texts are short enough to reach evaluators and rules whole, and its ranges few. AIS_E_INVALID. */
MUST_CHECK enum ais_err ais_access_check_texts(const struct ais_access_key *key, struct ais_why *why);

/* Copies count keys into a new snapshot with one reference, which is the caller's. hash_key is copied to locked memory.
 * AIS_E_NOMEM; AIS_E_INVALID: two keys have the same hash or the same id, or one is not as ais_access_check_texts wants
 * it. */
MUST_CHECK enum ais_err ais_access_new(const uint8_t hash_key[AIS_API_KEY_HASH_KEY_SIZE],
                                       const struct ais_access_key *keys, size_t count, struct ais_access **ret,
                                       struct ais_why *why);

/* One reference more; returns access. */
struct ais_access *ais_access_ref(struct ais_access *access);

/* Gives a reference back and nulls the caller's pointer; NULL is fine. The last one ends the snapshot. */
void ais_access_unref(struct ais_access **access);

/* Looks up a presented key of n bytes (0: none was sent) that came from peer at the wall time now_ns. peer NULL:
 * unknown, so that a key which is bound to ranges is refused. On AIS_ACCESS_OK *ret_caller is the key's row, which
 * lives as long as the reference to access does; EXPIRED, REVOKED and ELSEWHERE fill it too, so that a log can name the
 * key (by id). Otherwise *ret_caller is untouched. Takes about a microsecond; what it takes depends on n only, since
 * whoever does not know the hash key cannot steer a digest, and all that is refused has taken the same way. */
enum ais_access_verdict ais_access_check(const struct ais_access *access, const char *bytes, size_t n,
                                         const struct ais_peer *peer, int64_t now_ns,
                                         const struct ais_access_key **ret_caller);

/* The verdict on the key with this id, without its bytes and wherever it is used from: whether it is there
 * (AIS_ACCESS_UNKNOWN when it is not), not revoked and not expired. For who checks again what was admitted earlier. */
enum ais_access_verdict ais_access_recheck(const struct ais_access *access, const char *id, int64_t now_ns);

/* The key with this id; NULL when there is none. */
const struct ais_access_key *ais_access_find(const struct ais_access *access, const char *id);

/* The keys of the snapshot in the order they were given; lives as long as the reference. */
const struct ais_access_key *ais_access_keys(const struct ais_access *access, size_t *ret_count);

#endif
