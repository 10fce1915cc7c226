/* Where a command writes much: stdout, or a new file of mode 0600 that has its name only when it is whole. */
#ifndef AIS_SERVICES_CLI_OUTPUT_H
#define AIS_SERVICES_CLI_OUTPUT_H

#include "shared/err/err.h"
#include "shared/mem/buf.h"

#include <stdbool.h>

/* A zeroed struct ends with cli_output_done. */
struct cli_output {
    const char *path; /* borrowed; NULL: stdout */
    int file;
    bool open;
    char *partial;       /* owned; the name that the file has until it is whole; NULL: none */
    struct ais_buf text; /* owned; what is to be written next: append to it, then cli_output_flush */
};

/* path NULL: stdout. AIS_E_REFUSED: it exists already; AIS_E_IO. */
MUST_CHECK enum ais_err cli_output_open(const char *path, struct cli_output *ret, struct ais_why *why);

/* Writes text out, when there is much of it. AIS_E_NOMEM: it has failed; AIS_E_IO, AIS_E_SPACE. */
MUST_CHECK enum ais_err cli_output_flush(struct cli_output *output, struct ais_why *why);

/* Writes the rest, and gives the file, which is on the disk then, its name. AIS_E_REFUSED: one of that name was made
 * meanwhile; it stands. */
MUST_CHECK enum ais_err cli_output_finish(struct cli_output *output, struct ais_why *why);

/* What was not finished leaves no file. */
void cli_output_done(struct cli_output *output);

#endif
