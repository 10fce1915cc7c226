/* api_keys.enc: the API keys, hashed, and the key they are hashed under.
 *
 *     {"hash_key": 64 hex digits, "keys": [{"key_id", "name", "hash": 64 hex digits, "scopes": [...], "user"?,
 * "agent"?, "environment"?, "created_at", "expires_at"?, "revoked"}]}  times in RFC 3339
 *
 * The hash key is made with the first key and never changes: rotating the key that seals the document leaves every API
 * key valid. */
#ifndef AIS_SHARED_STORE_KEYS_H
#define AIS_SHARED_STORE_KEYS_H

#include "shared/access/access.h"
#include "shared/store/store.h"

/* Reads the document into a snapshot, which knows nobody when there is no document. *ret_generation: of the document.
 * AIS_E_DAMAGED: its content is not what we write; else as ais_store_read. */
MUST_CHECK enum ais_err ais_keys_read(struct ais_store *store, struct ais_access **ret, uint64_t *ret_generation,
                                      struct ais_why *why);

/* A key to be made. Borrowed for the call. */
struct ais_key_wish {
    const char *name;
    uint32_t scopes;
    const char *user, *agent, *environment; /* to pin; NULL: not pinned */
    int64_t expires_at_ns;                  /* wall clock; 0: never */
    const char *chosen;                     /* the key itself, of the operator's choosing; NULL: one is made */
};

/* A key that was made. _done wipes the secret; a zeroed struct is fine for it. */
struct ais_key_made {
    char id[AIS_API_KEY_ID_SIZE];
    char *secret; /* owned, locked memory: the key itself, to be shown once; NULL when it was chosen */
};
void ais_key_made_done(struct ais_key_made *made);

/* Makes count keys in one write; ret has count entries, filled on success.
 * AIS_E_SETTING: a chosen key is too short, too long, or no visible ASCII; AIS_E_INVALID: there already, or no name or
 * no scope; else as ais_store_change. */
MUST_CHECK enum ais_err ais_keys_create(struct ais_store *store, const struct ais_key_wish *wishes, size_t count,
                                        struct ais_key_made *ret, struct ais_why *why);

#endif
