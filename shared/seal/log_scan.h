/* Inside shared/seal only: one segment read from front to back, as recovery needs it. */
#ifndef AIS_SHARED_SEAL_LOG_SCAN_H
#define AIS_SHARED_SEAL_LOG_SCAN_H

#include "shared/seal/log_lines.h"

/* What a segment holds. A zeroed struct is empty. */
struct ais_seal_scan {
    uint64_t good;             /* commits in their place */
    uint64_t end;              /* the byte after the line of the last of them */
    uint64_t segment;          /* its number by its first commit; 0: that one does not open */
    bool voids;                /* the first commit declares the end of the segment before void */
    uint64_t void_from;        /* from this byte on */
    struct ais_seal_link from; /* where in the chain the first of them stands */
    struct ais_seal_link link; /* and where the next one would */
    struct ais_anchor anchors[AIS_SEAL_LOG_ANCHORS];
    size_t anchor_count;
    bool signs; /* there was a checkpoint; the key that signs behind the last one: */
    unsigned char key[AIS_CHECKPOINT_KEY_SIZE];
    struct ais_buf counters;          /* owned */
    struct ais_seal_deleted *deleted; /* owned; what the first commit declares deleted */
    size_t deleted_count;
    bool damaged;                                    /* something of it is in the report */
    struct ais_seal_fault tail[AIS_SEAL_LOG_FAULTS]; /* lines after the last good one, the first of them */
    size_t tail_count;                               /* in tail */
    uint64_t tail_total;                             /* in all */
};

/* Reads the segment. Damage before the last good line goes into report; what comes after is in ret->tail.
 * ret ends with ais_seal_scan_done whatever this returns. AIS_E_IO, AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_seal_scan_read(struct ais_seal_opener *opener, const struct ais_seal_segment *segment,
                                           struct ais_seal_scan *ret, struct ais_seal_log_report *report,
                                           struct ais_why *why);

void ais_seal_scan_done(struct ais_seal_scan *scan);

/* Adds a fault to the report, if it has room; counts it in any case. */
void ais_seal_report_add(struct ais_seal_log_report *report, const struct ais_seal_fault *fault);

/* A fault of a line (NULL: of the file as a whole). */
struct ais_seal_fault ais_seal_fault_of(const char *file, const struct ais_seal_line *line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
