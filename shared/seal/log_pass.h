/* Inside shared/seal only: the segments of a log, held still for one pass over them beside a writer. */
#ifndef AIS_SHARED_SEAL_LOG_PASS_H
#define AIS_SHARED_SEAL_LOG_PASS_H

#include "shared/seal/log_lines.h"

/* How a segment begins, read when it is asked for. */
struct ais_seal_pass_head {
    bool known, readable;
    bool gone; /* it was not there any more */
    uint64_t seq;
    bool voids;
    uint64_t void_from;
};

/* A zeroed struct with active.fd -1 is none. */
struct ais_seal_pass {
    struct ais_seal_opener *opener; /* borrowed */
    struct ais_seal_listing listing;
    struct ais_seal_segment active; /* stays open: a rotation renames it, but does not take it away */
    uint64_t active_number;
    uint64_t *numbers;                /* owned; the segments of the pass, oldest first */
    struct ais_seal_pass_head *heads; /* owned; one each */
    size_t count;
    bool bounded; /* only as far as upto */
    struct ais_seal_position upto;
};

/* AIS_E_NOT_FOUND: there is no log; AIS_E_KEY: no line opens. On failure *ret is untouched. */
MUST_CHECK enum ais_err ais_seal_pass_start(struct ais_seal_opener *opener, const struct ais_seal_position *upto,
                                            struct ais_seal_pass *ret, struct ais_why *why);

void ais_seal_pass_done(struct ais_seal_pass *pass);

/* Opens segment i, unless it is the active one, which *ret then only borrows (see ais_seal_pass_close).
 * AIS_E_NOT_FOUND: retention has deleted it meanwhile. */
MUST_CHECK enum ais_err ais_seal_pass_open(struct ais_seal_pass *pass, size_t i, struct ais_seal_segment *ret,
                                           struct ais_why *why);
void ais_seal_pass_close(struct ais_seal_pass *pass, struct ais_seal_segment *segment);

/* Whether the pass's active segment still has its name: nothing was rotated since the pass began. */
MUST_CHECK enum ais_err ais_seal_pass_still(const struct ais_seal_pass *pass, bool *ret, struct ais_why *why);

bool ais_seal_pass_is_active(const struct ais_seal_pass *pass, size_t i);

/* How segment i begins; one that is gone or does not open is not readable. */
MUST_CHECK enum ais_err ais_seal_pass_head(struct ais_seal_pass *pass, size_t i, const struct ais_seal_pass_head **ret,
                                           struct ais_why *why);

/* The byte of segment i from which on nothing counts: void, or beyond the bound of the pass; UINT64_MAX: none. */
MUST_CHECK enum ais_err ais_seal_pass_end(struct ais_seal_pass *pass, size_t i, uint64_t *ret_void, uint64_t *ret_bound,
                                          struct ais_why *why);

#endif
