/* What the auditor says of itself: its own events, which go into the batch and so into the log with its next commit;
 * and the head of the log, for those who keep it elsewhere. One thread. */
#ifndef AIS_SERVICES_AUDITOR_EVENTS_H
#define AIS_SERVICES_AUDITOR_EVENTS_H

#include "services/auditor/batch.h"
#include "services/auditor/findings.h"
#include "services/auditor/index.h"

struct events {
    struct ais_seal_log *log; /* borrowed, as all of this */
    struct batch *batch;      /* that events are added to */
    struct index *index;      /* that rows are made for */
    struct ais_arena *arena;  /* for looking at one record */
    uint64_t told_checkpoint; /* the one that was logged last, by the number it signs; UINT64_MAX: none */
    int64_t head_told_ns;     /* monotonic; 0: never */
};

/* Whether this is what a peer may call a record: anything else would make its whole commit unreadable. Its row for the
 * index is made while it is read anyway. */
bool events_is_record(struct events *events, struct ais_span record, struct row *ret_row);

/* The log cannot be written, and can be again. False: there is no memory, or no room in the batch; that is logged. */
bool events_storage_failed(struct events *events, const struct ais_why *reason);
bool events_storage_recovered(struct events *events, int64_t after_ms);

/* A verdict that came too late stands in the log as what it is: decided, and not delivered. */
void events_late(struct events *events, const struct ais_msg_verdict *verdict);

/* A segment was full, or is to be ended for another reason. False as above. */
bool events_rotated(struct events *events, uint64_t segment, const char *reason);

/* Segments that were older than the retention. */
void events_deleted(struct events *events, const struct ais_seal_deletion *deletion);

/* What somebody did to the log's files underneath, as far as it was not told yet. Of a file that is there again nothing
 * is said before the reader has looked at it. */
void events_incidents(struct events *events, struct findings *findings);

/* What is wrong with files that nothing is appended to any more, and what has come back of them. */
void events_found(struct events *events, struct findings *findings);

/* Tells the head with checkpoints, but not with each of a busy log. */
void events_look_for_checkpoint(struct events *events);

/* Signs all there is, so that nothing of it can be replaced while nobody watches. The record only carries the
 * signature. */
void events_sign_end(struct events *events);

#endif
