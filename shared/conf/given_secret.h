/* How secrets come in: from an environment variable, which is wiped and taken away, or from a file. */
#ifndef AIS_SHARED_CONF_GIVEN_SECRET_H
#define AIS_SHARED_CONF_GIVEN_SECRET_H

#include "shared/err/err.h"

/* Copies the value of the variable name into locked memory, overwrites it where it stood and takes the variable (each
 * one of that name) out of the NULL-terminated environment, also on failure. *ret is the caller's, to end with
 * ais_secret_free, or NULL when there is no such variable. No thread may read the environment meanwhile. */
MUST_CHECK enum ais_err ais_given_secret_take(char **environment, const char *name, char **ret, struct ais_why *why);

/* Reads the file at path (at most 16 KiB) into locked memory, without a line break at its end. AIS_E_IO; AIS_E_REFUSED:
 * a regular file that others than its owner may read or write. A group may read one that belongs to root: so keys are
 * handed to services. What is no regular file (a pipe, a terminal) has no mode worth looking at. */
MUST_CHECK enum ais_err ais_given_secret_read(const char *path, char **ret, struct ais_why *why);

#endif
