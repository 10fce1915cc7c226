/* A directory that stops working at one call of the seam: what is on the disk then is what a crash at that moment
 * leaves. The call itself is not done (a write: half of it is), nor is any after it. */
#ifndef AIS_TESTS_CRASH_DIR_H
#define AIS_TESTS_CRASH_DIR_H

#include "shared/seal/file.h"

/* A new empty directory under /tmp, to be removed with scratch_remove, which frees path. */
char *scratch_new(void);
void scratch_remove(char *path);

/* Opens path over the crashing table: calls before the one numbered `at` (from 0) work, that one and all after it fail
 * with EIO. *calls counts them; it must live until the directory is closed. */
struct ais_dir *crash_dir_open(const char *path, unsigned at, unsigned *calls);

/* Never. */
enum { NO_CRASH = 1u << 30 };

#endif
