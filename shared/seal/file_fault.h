/* Faults on demand, for tests of the whole product. Compiled only where AIS_FAULTS is ON (the presets dev, asan and
 * tsan); what users get has nothing of it.
 *
 * The environment variable AIS_FAULTS names a file, which is read anew at each call that changes something; where it
 * is absent nothing happens. Each of its lines is one of
 *
 *   CALL ERRNO [PREFIX]   that call of the seam (file.h) fails: "pwrite EIO"; where a PREFIX is given, only on files
 *                         whose name begins so: "open EACCES audit_logs."
 *   pwrite SHORT          writes take half of what they are given
 *   kill N                the process ends, as by kill -9, before its Nth such call from now on
 *   room N                the file system says that it has room for N bytes */
#ifndef AIS_SHARED_SEAL_FILE_FAULT_H
#define AIS_SHARED_SEAL_FILE_FAULT_H

#include "shared/seal/file.h"

/* The table to be put in place of the kernel's; NULL: no faults are wanted. self stays what it is. */
const struct ais_file_ops *ais_file_faults(void);

#endif
