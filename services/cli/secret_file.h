/* Where a command writes a secret: to stdout, or into a new file that is its owner's. With write(2), since a buffered
 * stream would leave the secret in its buffer. */
#ifndef AIS_SERVICES_CLI_SECRET_FILE_H
#define AIS_SERVICES_CLI_SECRET_FILE_H

#include "shared/err/err.h"

#include <stdbool.h>
#include <stddef.h>

/* A zeroed struct is not open. */
struct cli_secret_file {
    const char *path; /* borrowed; NULL: stdout */
    int file;
    bool open, written;
};

/* Makes the file (mode 0600) before what goes into it; path NULL: stdout. AIS_E_REFUSED: it exists, and may hold
 * something that somebody needs; AIS_E_IO. */
MUST_CHECK enum ais_err cli_secret_file_open(const char *path, struct cli_secret_file *ret, struct ais_why *why);

/* Writes n bytes; a file is on disk then. */
MUST_CHECK enum ais_err cli_secret_file_write(struct cli_secret_file *self, const char *bytes, size_t n,
                                              struct ais_why *why);

/* Closes it; a file into which nothing was written is deleted. */
void cli_secret_file_done(struct cli_secret_file *self);

#endif
