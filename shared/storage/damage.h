/* Damage that an open of the log found, as the record of it: what is new of it, and what is recorded already. */
#ifndef AIS_SHARED_STORAGE_DAMAGE_H
#define AIS_SHARED_STORAGE_DAMAGE_H

#include "shared/seal/log.h"

/* Appends the details of an integrity_fault, a JSON object, that tells of the report's faults; nothing when there is
 * none that is to be recorded. Each is logged. Of what stays as it is (a damaged line of the active segment, a file
 * with a name that no rotation reaches) only that is told which no record in the log tells of, as far as it is looked
 * through for that: the active segment, and of what is behind it the newest 32 MiB. Where it cannot be read, all is
 * told. */
void ais_damage_write(struct ais_dir *dir, const struct ais_keyring *ring, uint64_t segment,
                      const struct ais_seal_log_report *report, struct ais_buf *out);

#endif
