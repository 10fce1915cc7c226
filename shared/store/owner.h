/* Who has the data directory: a note beside the lock, for the next one who asks. The lock itself is ais_dir_lock's. */
#ifndef AIS_SHARED_STORE_OWNER_H
#define AIS_SHARED_STORE_OWNER_H

#include "shared/seal/file.h"

/* Takes the lock of dir and notes this process. AIS_E_LOCKED: why names the process that has it, as far as it is known.
 */
MUST_CHECK enum ais_err ais_owner_lock(struct ais_dir *dir, struct ais_why *why);

#endif
