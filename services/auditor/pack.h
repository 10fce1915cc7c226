/* A helper thread that packs rotated segments of the log, when nobody else wants the processor. It shares the directory
 * with the writer, and the number of the active segment; nothing waits for it but its end. */
#ifndef AIS_SERVICES_AUDITOR_PACK_H
#define AIS_SERVICES_AUDITOR_PACK_H

#include "services/auditor/findings.h"
#include "shared/seal/log.h"

struct pack_conf {
    struct ais_dir *dir;            /* borrowed until pack_stop */
    const struct ais_keyring *ring; /* borrowed until pack_stop */
    struct findings *findings;      /* borrowed until pack_stop; told what is wrong with files */
    uint64_t segment;               /* the active one */
    uint32_t retention;
};

struct pack;

/* Starts the thread, which begins with what an earlier process left. *ret ends with pack_stop. */
MUST_CHECK enum ais_err pack_start(const struct pack_conf *conf, struct pack **ret, struct ais_why *why);

/* Tells it that segment is the active one now: call after a rotation. Does not wait. */
void pack_rotated(struct pack *pack, uint64_t segment);

/* Bytes that packing has given back since the start. */
uint64_t pack_saved(const struct pack *pack);

/* Waits for the thread, which ends after the line that it is at. NULL is fine. */
void pack_stop(struct pack **pack);

/* Has it seal all rotated segments anew under the ring's sealing key, before it packs any further segment. Call it when
 * the segments that are to be sealed anew are rotated, and known by pack_rotated. */
void pack_reseal(struct pack *pack);

/* How far that is. */
struct pack_resealed {
    bool finished;
    uint64_t segments, lines, unopened; /* since pack_reseal was called last */
    struct ais_why obstacle;            /* why it does not come on just now; code AIS_OK: it does */
};
struct pack_resealed pack_resealing(struct pack *pack);

#endif
