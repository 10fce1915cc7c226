/* When each API key was used last, as gateways tell. In memory, for lists; kept in the document now and then, since a
 * write and an anchor for each use would cost more than they tell. After a kill -9 such times may be as old as
 * KEY_USES_KEPT_MS. One thread. */
#ifndef AIS_SERVICES_REGISTRY_KEY_USES_H
#define AIS_SERVICES_REGISTRY_KEY_USES_H

#include "shared/store/keys.h"
#include "shared/wire/messages.h"

enum { KEY_USES_KEPT_MS = 10 * 60 * 1000 };

/* A zeroed struct knows of no key. */
struct key_uses {
    struct ais_key_use *list; /* owned; in the order of the keys in force */
    size_t count;
    bool changed;   /* something is not in the document */
    int64_t due_ns; /* monotonic: when it is to be kept, if it changed */
};
void key_uses_done(struct key_uses *uses);

/* Follows a snapshot that comes into force; what is known of keys that are still there stays. Without memory for it
 * nothing is known, and the log line says so. */
void key_uses_follow(struct key_uses *uses, const struct ais_access *access);

/* Takes what a gateway tells (AIS_FIELDS_used); keys that are not in force are passed over. */
void key_uses_take(struct key_uses *uses, const struct ais_access *access, struct ais_span told);

/* When a key of access was used last; 0: never, or unknown. */
int64_t key_uses_of(const struct key_uses *uses, const struct ais_access *access, const struct ais_access_key *key);

/* All of it is in the document now. */
void key_uses_kept(struct key_uses *uses);

#endif
