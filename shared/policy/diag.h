/* What is wrong with a rulepack: every fault with its place, not only the first. */
#ifndef AIS_SHARED_POLICY_DIAG_H
#define AIS_SHARED_POLICY_DIAG_H

#include "shared/err/err.h"

#include <stdbool.h>
#include <stdint.h>

struct ais_diagnostic {
    char *file;            /* owned; the document's name as the caller gave it */
    uint32_t line, column; /* from 1; 0 where the fault has no place */
    char *message;         /* owned; ends with a suggestion where one is near */
};

/* A zeroed struct is an empty list. After AIS_DIAGNOSTICS_MAX only the count in `dropped` grows. */
enum { AIS_DIAGNOSTICS_MAX = 1000 };
struct ais_diagnostics {
    struct ais_diagnostic *items; /* owned; sorted by file, then place, once a reader has returned */
    size_t count, capacity;
    size_t dropped;
    bool failed; /* memory ran out while noting a fault: there is at least one more than listed */

    /* Where a reader notes what is allowed and hardly meant: warnings, which refuse nothing. Borrowed; NULL: nobody
     * wants to know. */
    struct ais_diagnostics *warnings;
};

/* Notes one fault. Never fails loudly: what cannot be kept sets `failed`. */
void ais_diag(struct ais_diagnostics *list, const char *file, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Notes a warning in list->warnings, where there is such a list. */
void ais_diag_warn(struct ais_diagnostics *list, const char *file, uint32_t line, uint32_t column, const char *format,
                   ...) __attribute__((format(printf, 5, 6)));

/* Whether anything was noted. */
bool ais_diag_any(const struct ais_diagnostics *list);

/* Sorts by file, line, column, message. */
void ais_diag_sort(struct ais_diagnostics *list);

/* Sorts, and answers AIS_OK when nothing was noted. Else AIS_E_RULE (AIS_E_NOMEM when not even one fault could be
 * kept), with the first fault as "file:line:column: message" in why. */
enum ais_err ais_diag_verdict(struct ais_diagnostics *list, struct ais_why *why);

/* Frees the list and zeroes the struct. */
void ais_diagnostics_done(struct ais_diagnostics *list);

#endif
