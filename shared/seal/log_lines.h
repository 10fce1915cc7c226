/* Inside shared/seal only: where the lines of a segment are, and what they seal. */
#ifndef AIS_SHARED_SEAL_LOG_LINES_H
#define AIS_SHARED_SEAL_LOG_LINES_H

#include "shared/seal/log_format.h"

/* A line that is not empty. */
struct ais_seal_line {
    uint64_t number; /* from 1, empty ones counted */
    uint64_t offset;
    uint64_t length; /* without its newline */
    bool ended;      /* the newline is there */
};

/* A segment's file, opened for reading. A zeroed struct with fd -1 is a closed one. */
struct ais_seal_segment {
    char name[AIS_SEAL_LOG_NAME_SIZE];
    int fd;                      /* owned */
    struct ais_file_info info;   /* when it was opened */
    struct ais_seal_line *lines; /* owned */
    size_t count, capacity;
};

/* Opens the file for reading and lists its lines up to byte upto (UINT64_MAX: to its end). AIS_E_NOT_FOUND. */
MUST_CHECK enum ais_err ais_seal_segment_open(struct ais_dir *dir, const char *name, uint64_t upto,
                                              struct ais_seal_segment *ret, struct ais_why *why);

/* The same for the active segment, which may be written to meanwhile: what is listed is there as it was written, except
 * that the last line may be one that the writer is in the middle of. (Who reads a growing file from front to back may
 * miss the begin of a line, and then see its end and the next ones.) */
MUST_CHECK enum ais_err ais_seal_segment_open_active(struct ais_dir *dir, struct ais_seal_segment *ret,
                                                     struct ais_why *why);

/* Looks again how far the last line reaches; there must be one. Where it was blanked meanwhile, it is listed no more.
 */
MUST_CHECK enum ais_err ais_seal_segment_look_again(struct ais_dir *dir, struct ais_seal_segment *segment,
                                                    struct ais_why *why);

/* The same as ais_seal_segment_open, but no further than the first line reaches: for those who only want to know how a
 * segment begins. (When that line does not open, the next ones may not be listed.) */
MUST_CHECK enum ais_err ais_seal_segment_open_head(struct ais_dir *dir, const char *name, struct ais_seal_segment *ret,
                                                   struct ais_why *why);

void ais_seal_segment_close(struct ais_dir *dir, struct ais_seal_segment *segment);

/* What it takes to open lines, and a place in one of them: for one thread. */
struct ais_seal_opener {
    struct ais_dir *dir;                    /* borrowed */
    struct ais_sealer *sealer;              /* owned */
    struct ais_arena *arena;                /* owned; holds the last payload's tree */
    struct ais_buf token, deflated, text;   /* owned; the last line, and its payloads */
    const struct ais_seal_segment *segment; /* borrowed; where the line is */
    size_t line;                            /* its index */
    enum ais_seal_opened {
        AIS_SEAL_OPENED_NOT_YET, /* the line is to be read */
        AIS_SEAL_OPENED_SOME,    /* payloads of text are left: those from..to */
        AIS_SEAL_OPENED_ALL,     /* none is */
    } opened;
    bool packed; /* the line is: payloads end at newlines */
    size_t from, to;
    bool bare; /* payloads are only glanced at (ais_seal_payload_glance) */
};

MUST_CHECK enum ais_err ais_seal_opener_init(struct ais_seal_opener *opener, struct ais_dir *dir,
                                             const struct ais_keyring *ring, struct ais_why *why);
void ais_seal_opener_done(struct ais_seal_opener *opener);

/* Goes to line i of the segment, whichever line came before: ais_seal_opener_next reads it. The segment is borrowed
 * until the next line. */
void ais_seal_opener_at(struct ais_seal_opener *opener, const struct ais_seal_segment *segment, size_t i);

/* The next commit of the line, from its begin on or from its end back; the line itself is read once. ret points into
 * the opener until its next use, and to the segment's name. AIS_E_NOT_FOUND: there is no more in the line;
 * AIS_E_KEY and AIS_E_SYNTAX: the line does not open; AIS_E_DAMAGED: it does, but this is no payload, and the next call
 * goes on behind it; AIS_E_IO, AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_seal_opener_next(struct ais_seal_opener *opener, enum ais_seal_order order,
                                             struct ais_seal_commit *ret, struct ais_why *why);

/* Whether err says something about a line, and not about the machine. */
bool ais_seal_line_fault(enum ais_err err);

/* The first commit of line i that is one. AIS_E_NOT_FOUND: none is. */
MUST_CHECK enum ais_err ais_seal_opener_any(struct ais_seal_opener *opener, const struct ais_seal_segment *segment,
                                            size_t i, struct ais_seal_commit *ret, struct ais_why *why);

/* The first commit of the segment's lines. AIS_E_NOT_FOUND: no line opens. */
MUST_CHECK enum ais_err ais_seal_opener_first(struct ais_seal_opener *opener, const struct ais_seal_segment *segment,
                                              struct ais_seal_commit *ret, struct ais_why *why);

/* What of the log is in the directory. A zeroed struct is empty. */
struct ais_seal_listing {
    uint64_t *numbers; /* owned; rotated segments, ascending */
    size_t count, capacity;
    uint64_t aside;                      /* the highest k of audit_logs.damaged-<k> and audit_logs.stale-<k> */
    char beyond[AIS_SEAL_LOG_NAME_SIZE]; /* one whose number is too large for any segment; "": there is none */
    bool active;                         /* audit_logs.enc is there */
    bool packing;                        /* audit_logs.packed is */
    bool failed;                         /* memory ran out while listing */
};

MUST_CHECK enum ais_err ais_seal_listing_read(struct ais_dir *dir, struct ais_seal_listing *ret, struct ais_why *why);
void ais_seal_listing_done(struct ais_seal_listing *listing);

#endif
