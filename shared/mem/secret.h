/* Memory for secrets: locked, guarded, left out of core dumps, wiped when freed (libsodium's guarded heap). */
#ifndef AIS_SHARED_SECRET_H
#define AIS_SHARED_SECRET_H

#include "shared/err/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Prepares libsodium and turns core dumps off for this process. Call once, before any thread starts. */
MUST_CHECK enum ais_err ais_secret_init(struct ais_why *why);

/* n bytes of locked memory, zeroed; NULL when none can be locked. Ends with ais_secret_free, which takes NULL. */
void *ais_secret_alloc(size_t n);
void ais_secret_free(void *secret);

/* Overwrites n bytes in a way the compiler keeps. */
void ais_secret_wipe(void *bytes, size_t n);

/* Whether n bytes are equal, in time that does not depend on where they differ. */
bool ais_secret_equal(const void *a, const void *b, size_t n);

#endif
