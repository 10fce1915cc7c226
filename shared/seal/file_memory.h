/* A data directory in bounded memory, behind the same seam: what is written there ends with the process.
 *
 * For runs that must not write to disk (OFFLINE_STORAGE_ENABLED=false). Files behave as on a disk that never fails and
 * is full at its limit (ENOSPC); syncing does nothing; bytes are wiped when they are given back. Safe from any thread.
 */
#ifndef AIS_SHARED_SEAL_FILE_MEMORY_H
#define AIS_SHARED_SEAL_FILE_MEMORY_H

#include "shared/seal/file.h"

/* Memory is taken in pieces of this many bytes, as files grow. */
enum { AIS_MEMORY_BLOCK = 64 << 10 };

/* An empty directory of at most limit bytes. name stands for its path in messages. *ret ends with ais_dir_close. */
MUST_CHECK enum ais_err ais_dir_open_memory(const char *name, uint64_t limit, struct ais_dir **ret,
                                            struct ais_why *why);

#endif
