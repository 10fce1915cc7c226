/* How far a long command has come: one line on stderr that changes, on a terminal and nowhere else. */
#ifndef AIS_SERVICES_CLI_PROGRESS_H
#define AIS_SERVICES_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct cli_progress {
    const char *what; /* borrowed; NULL: nothing is shown */
    int64_t next_ns;  /* when the line changes next */
    bool shown;
};

/* what: "exporting"; nothing is shown when it is NULL, or stderr no terminal. */
void cli_progress_init(struct cli_progress *progress, const char *what);

/* Some records were dealt with, and `done` of `all` are behind us; all 0: not known. Costs little, however often. */
void cli_progress_show(struct cli_progress *progress, uint64_t records, uint64_t done, uint64_t all);

/* Takes the line away. */
void cli_progress_done(struct cli_progress *progress);

#endif
