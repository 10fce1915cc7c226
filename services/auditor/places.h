/* Places in the log's files whose damage is recorded, so that a start does not record it once more. A set of hashes:
 * the texts themselves are in the records. One thread. */
#ifndef AIS_SERVICES_AUDITOR_PLACES_H
#define AIS_SERVICES_AUDITOR_PLACES_H

#include "shared/json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A zeroed struct is empty. */
struct places {
    uint64_t *hashes; /* owned */
    size_t count, room;
};
void places_done(struct places *places);

/* Adds what an integrity_fault names, if it names places. Where memory runs out they are left out: rather recorded
 * twice than never. */
void places_read(struct places *places, const struct ais_json *record);

/* Moves all of the other's places here. */
void places_take(struct places *places, struct places *other);

/* To be called once nothing is added any more, before places_has. */
void places_sort(struct places *places);

/* Whether a record tells of this. */
bool places_has(const struct places *places, const char *file, uint64_t line, const char *fault);

#endif
