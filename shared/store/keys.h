/* api_keys.enc: the API keys, hashed, and the key they are hashed under.
 *
 *     {"hash_key": 64 hex digits, "keys": [{"key_id", "name", "hash": 64 hex digits, "scopes": [...], "user"?,
 *      "agent"?, "environment"?, "source_ranges"?: [...], "created_at", "created_by"?, "expires_at"?, "last_used_at"?,
 *      "revoked", "revoked_at"?, "revoked_by"?}]}  times in RFC 3339
 *
 * The hash key is made with the first key and never changes: rotating the key that seals the document leaves every API
 * key valid.
 *
 * Rules, the same over REST and on the command line:
 *   - There are at most AIS_KEYS_MOST keys. Those revoked or expired are kept to be looked at for AIS_KEYS_KEPT_DAYS,
 *     and go earlier, the longest dead first, where their room is needed. The audit log keeps their ids and names.
 *   - The last admin key that works from anywhere is not revoked, nor the last that works at all (AIS_E_REFUSED):
 *     somebody must be left who can make others. Expiry may do what revoking may not; ais_keys_admin_ends warns.
 *   - When a key was last used is not worth a write: such times are kept with the next change that is. */
#ifndef AIS_SHARED_STORE_KEYS_H
#define AIS_SHARED_STORE_KEYS_H

#include "shared/access/access.h"
#include "shared/store/store.h"

enum { AIS_KEYS_MOST = 10000, AIS_KEYS_KEPT_DAYS = 30 };

/* Reads the document into a snapshot, which knows nobody when there is no document. *ret_generation: of the document.
 * AIS_E_DAMAGED: its content is not what we write; else as ais_store_read. */
MUST_CHECK enum ais_err ais_keys_read(struct ais_store *store, struct ais_access **ret, uint64_t *ret_generation,
                                      struct ais_why *why);

/* When a key was used last. */
struct ais_key_use {
    char id[AIS_API_KEY_ID_SIZE];
    int64_t time_ns; /* wall clock; 0: nothing is known */
};

/* What goes along with a change of the document. */
struct ais_keys_along {
    const struct ais_key_use *uses; /* to be kept; ids that nobody knows are passed over */
    size_t use_count;
    struct ais_access *access; /* out: what is in the document now, one reference, the caller's; NULL: as before */
    uint64_t generation;       /* out: of the document, when access is set */
};

/* A key to be made. Borrowed for the call. */
struct ais_key_wish {
    const char *name;
    uint32_t scopes;
    const char *user, *agent, *environment; /* to pin; NULL: not pinned */
    const struct ais_source_range *ranges;  /* from where it may be used; NULL: from anywhere */
    size_t range_count;
    const char *created_by; /* as struct ais_access_key has it */
    int64_t expires_at_ns;  /* wall clock; 0: never */
    const char *chosen;     /* the key itself, of the operator's choosing; NULL: one is made */
};

/* A key that was made. _done wipes the secret; a zeroed struct is fine for it. */
struct ais_key_made {
    char id[AIS_API_KEY_ID_SIZE];
    char *secret; /* owned, locked memory: the key itself, to be shown once; NULL when it was chosen */
};
void ais_key_made_done(struct ais_key_made *made);

/* Makes count keys in one write; ret has count entries, filled on success. along may be NULL.
 * AIS_E_SETTING: a chosen key is too short, too long, or no visible ASCII; AIS_E_INVALID: there already, or no name or
 * no scope; AIS_E_LIMIT: there are too many; else as ais_store_change. */
MUST_CHECK enum ais_err ais_keys_create(struct ais_store *store, const struct ais_key_wish *wishes, size_t count,
                                        struct ais_keys_along *along, struct ais_key_made *ret, struct ais_why *why);

/* Revokes the key with this id, at once and for good. by: as struct ais_access_key has it. *ret_revoked is false when
 * it was revoked before, which changes nothing. along may be NULL. AIS_E_NOT_FOUND: there is none; AIS_E_REFUSED: the
 * last admin key; else as ais_store_change. */
MUST_CHECK enum ais_err ais_keys_revoke(struct ais_store *store, const char *id, const char *by,
                                        struct ais_keys_along *along, bool *ret_revoked, struct ais_why *why);

/* Keeps along->uses, when there is one that the document does not have. */
MUST_CHECK enum ais_err ais_keys_note_uses(struct ais_store *store, struct ais_keys_along *along, struct ais_why *why);

/* When the last admin key that works from anywhere at now_ns will have expired; 0: never, or there is none. */
int64_t ais_keys_admin_ends(const struct ais_access *access, int64_t now_ns);

/* Appends one key as people are shown it, a JSON object without secret and hash (INTERFACE: GET /api/v1/api_keys).
 * last_used_ns: the latest that is known; 0: never. */
void ais_key_describe(struct ais_buf *out, const struct ais_access_key *key, int64_t last_used_ns);

/* The members of that object which a new key has, for those who add to them. */
void ais_key_describe_new(struct ais_buf *out, const struct ais_access_key *key);

#endif
