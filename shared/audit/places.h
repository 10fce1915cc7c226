/* Places in the log's files whose damage is recorded, so that a start does not record it once more. A set of hashes:
 * the texts themselves are in the records. One thread.
 *
 * The active segment has a name that passes to another file with each rotation. So a place in it is one of its segment,
 * by number, and is the same place when that has its later name. */
#ifndef AIS_SHARED_AUDIT_PLACES_H
#define AIS_SHARED_AUDIT_PLACES_H

#include "shared/json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A zeroed struct is empty. */
struct ais_places {
    uint64_t *hashes; /* owned */
    size_t count, room;
};
void ais_places_done(struct ais_places *places);

/* Adds what an integrity_fault names, if it names places; segment: in which it stands, and of which it tells where it
 * says that of the active one. Where memory runs out they are left out: rather recorded twice than never. So they are
 * where it tells of the active file as a whole, which then was another one. */
void ais_places_read(struct ais_places *places, const struct ais_json *record, uint64_t segment);

/* Moves all of the other's places here. */
void ais_places_take(struct ais_places *places, struct ais_places *other);

/* To be called once nothing is added any more, before ais_places_has. */
void ais_places_sort(struct ais_places *places);

/* Whether a record tells of this. segment: the number of the active one, which counts where file is that. */
bool ais_places_has(const struct ais_places *places, const char *file, uint64_t segment, uint64_t line,
                    const char *fault);

/* Whether a record of the active segment tells of so many faults, which are more than it names places. */
bool ais_places_has_more(const struct ais_places *places, uint64_t segment, uint64_t faults);

#endif
