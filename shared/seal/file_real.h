/* Inside shared/seal only: the real table of the seam and what it stands on. */
#ifndef AIS_SHARED_SEAL_FILE_REAL_H
#define AIS_SHARED_SEAL_FILE_REAL_H

#include "shared/seal/file.h"

extern const struct ais_file_ops ais_file_ops_real;

/* Opens (and makes) the directory; *ret_self goes to the table's calls and ends with its done. *ret_fd is borrowed. */
MUST_CHECK enum ais_err ais_file_real_new(const char *path, bool create, void **ret_self, int *ret_fd,
                                          bool *ret_tightened, struct ais_why *why);

#endif
