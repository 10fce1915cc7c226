/* What is wrong with files of the log, from those who meet it (the reader's thread, the packer's) to the auditor's
 * thread, which has it recorded: each file once. And the other way, files that were missing and are there again, which
 * the reader is to look at. Nobody waits for anybody. A zeroed struct is empty. */
#ifndef AIS_SERVICES_AUDITOR_FINDINGS_H
#define AIS_SERVICES_AUDITOR_FINDINGS_H

#include "shared/audit/event.h"
#include "shared/mem/buf.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct finding {
    struct finding *next;
    enum ais_audit_kind kind; /* an integrity_fault, or what else is to be recorded */
    struct ais_buf details;   /* owned; of the event, a JSON object */
};

struct finding_claim {
    struct finding_claim *next;
    uint64_t segment;
};

struct finding_returned {
    struct finding_returned *next;
    uint64_t segment;
    int64_t due_ns; /* monotonic: it is not looked at before */
};

struct findings {
    struct finding *_Atomic newest;            /* owned */
    struct finding_claim *_Atomic claims;      /* owned: segments that somebody tells of, or has told of */
    struct finding_returned *_Atomic returned; /* owned: that the reader has not taken yet */
    atomic_bool checked; /* the reader has looked at what was there before the start, and has told of it */
};

/* Frees what nobody has taken. No other thread may use it any more. */
void findings_done(struct findings *findings);

/* True once for each segment: whoever was answered so tells of it, and nobody else. (True as well when there is no
 * memory: rather twice than never.) */
bool findings_claim(struct findings *findings, uint64_t segment);

/* Says in the log what is wrong with a file. */
void findings_say(const char *file, uint64_t line, const char *fault);

/* Details begin with the count of faults, then come places, each of which is logged as well, then their end. */
void findings_begin(struct ais_buf *details, size_t faults);
void findings_place(struct ais_buf *details, const char *file, uint64_t line, const char *fault);
void findings_end(struct ais_buf *details);

/* Takes the details over, or logs that it cannot for want of memory; then they are freed. The first tells of faults. */
void findings_tell(struct findings *findings, struct ais_buf *details);
void findings_tell_of(struct findings *findings, enum ais_audit_kind kind, struct ais_buf *details);

/* All that was told, the first first; the caller frees each with finding_free. NULL: nothing. */
struct finding *findings_take(struct findings *findings);

/* Frees one; returns the one behind it. */
struct finding *finding_free(struct finding *fault);

/* Has the reader look at a segment's file, which is there again. Without memory for that, nobody does, which is logged.
 */
void findings_ask(struct findings *findings, uint64_t segment);

/* All that is to be looked at, in no order; the caller frees each, or puts it back for another time. NULL: nothing. */
struct finding_returned *findings_asked(struct findings *findings);
void findings_put_back(struct findings *findings, struct finding_returned *returned);

#endif
