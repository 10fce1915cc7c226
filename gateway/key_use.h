/* Which API keys are used, for the registry, which tells who looks after them (AIS_FIELDS_used). Noting a use is one
 * store into memory. One thread. */
#ifndef AIS_GATEWAY_KEY_USE_H
#define AIS_GATEWAY_KEY_USE_H

#include "shared/access/access.h"
#include "shared/wire/wire.h"

enum { KEY_USE_MS = 1000 }; /* how often the registry is told */

/* A zeroed struct knows no keys. */
struct key_use {
    const struct ais_access_key *keys; /* borrowed from the snapshot that it follows */
    int64_t *times;                    /* owned: wall clock ns, one a key; 0: not used since the registry was told */
    size_t count;
    bool any;
    int64_t next_ns; /* monotonic */
};
void key_use_done(struct key_use *use);

/* Follows another snapshot; what has not been told of the one before is forgotten: tell first. Without memory nothing
 * is noted. */
void key_use_follow(struct key_use *use, const struct ais_access *access);

/* A key of the snapshot that is followed was used now. */
static inline void key_use_note(struct key_use *use, const struct ais_access_key *key, int64_t wall_ns)
{
    size_t index = (size_t)(key - use->keys);
    if (index < use->count) {
        use->times[index] = wall_ns;
        use->any = true;
    }
}

/* Tells the registry what it does not know yet, if it is time to, or at once. What it does not take is told later. */
void key_use_tell(struct key_use *use, zsock_t *registry, bool at_once);

#endif
