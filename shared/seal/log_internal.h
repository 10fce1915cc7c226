/* Inside shared/seal only: the writer's state, for the files that write, rotate and open a log. */
#ifndef AIS_SHARED_SEAL_LOG_INTERNAL_H
#define AIS_SHARED_SEAL_LOG_INTERNAL_H

#include "shared/seal/log_format.h"
#include "shared/seal/log_lines.h"

#include <pthread.h>

/* The prepared segment passes from the helper to the writer through these states, under the lock. */
enum ais_seal_next {
    AIS_SEAL_NEXT_NONE,
    AIS_SEAL_NEXT_MAKING, /* the helper's */
    AIS_SEAL_NEXT_READY,  /* nobody's */
    AIS_SEAL_NEXT_TAKEN,  /* the writer's */
};

/* What a failed rotation left of the names to be mended before anything else counts. */
enum ais_seal_names {
    AIS_SEAL_NAMES_FINE,
    AIS_SEAL_NAMES_SYNC,     /* they are right, but not known to be durable */
    AIS_SEAL_NAMES_PUT_BACK, /* the active name points to a segment that was given up */
};

/* A segment that exists, and where in the chain it begins. */
struct ais_seal_known {
    uint64_t number;
    struct ais_seal_link begin;
    bool readable; /* its first commit opened: begin is known */
    bool own;      /* and that is the first one of a segment of this number */

    uint64_t inode, size; /* of its file, as the guard saw it last; 0: it did not yet */
    int64_t born_ns;      /* the same */
    bool missing;         /* the guard did not find it */
};

struct ais_seal_log {
    struct ais_dir *dir;       /* borrowed */
    struct ais_sealer *sealer; /* owned */
    uint64_t segment_size;
    uint32_t retention;

    int fd;                    /* owned; the active segment */
    struct ais_file_info file; /* its file; the size is the one that we gave it */
    uint64_t segment;
    bool damaged;                   /* when it was opened; of the segment that was active then */
    int64_t before_ns;              /* when the segment before was last modified; 0: not known */
    uint64_t length, synced_length; /* bytes of commits that count; of those that are durable */
    uint64_t dirty;                 /* a failed write may have left bytes up to here */
    struct ais_seal_link written, synced;
    bool unclean; /* a write or sync of this segment failed: what lies behind its last commit is not known */
    bool turn;    /* the next commit goes into a new segment because somebody wants it to */
    bool renew;   /* what the disk holds is not known: the next commit goes into a new segment */
    enum ais_seal_names names;

    const struct ais_signer *signer; /* borrowed; of checkpoints; NULL: none are written */
    uint64_t checkpoint_every;
    uint64_t checkpointed; /* the last number that the last checkpoint signs; UINT64_MAX: none yet, so one is due */
    bool signed_line;      /* the commit in line has a checkpoint */

    struct ais_buf carried; /* owned; numbered records that were committed but not synced */
    size_t carried_count;
    struct ais_anchor anchors[AIS_SEAL_LOG_ANCHORS]; /* in force */
    size_t anchor_count;
    struct ais_buf counters; /* owned; the last known */

    struct ais_seal_known *known; /* owned; the segments, oldest first, the active one last */
    size_t known_count, known_capacity;

    struct ais_seal_deletion deletion; /* that nobody has asked for yet */

    struct ais_seal_incident incidents[8]; /* that nobody has asked for yet, oldest first */
    size_t incident_count;
    size_t looked_at; /* index of the known segment that the guard looked at last */

    pthread_mutex_t next_lock;
    enum ais_seal_next next;
    int next_fd; /* owned while READY */

    struct ais_buf payload, line; /* owned; scratch */
};

/* Bytes of a segment that are written ahead: enough for any rotation of usual size, and bounded for unusual ones. */
enum { AIS_SEAL_LOG_AHEAD = 64 << 20 };
uint64_t ais_seal_log_ahead(const struct ais_seal_log *log);

/* Whether the disk has room for a segment that is written ahead, and for as much again. AIS_E_SPACE: no. */
MUST_CHECK enum ais_err ais_seal_log_has_room(struct ais_seal_log *log, struct ais_why *why);

/* Appends to the known segments. AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_seal_known_add(struct ais_seal_log *log, const struct ais_seal_known *known,
                                           struct ais_why *why);

/* Seals payload into log->line, with its newline, and with a checkpoint where one is due or batch (may be NULL) wants
 * it. payload->signing is set on the way. */
MUST_CHECK enum ais_err ais_seal_log_seal(struct ais_seal_log *log, struct ais_seal_payload *payload,
                                          const struct ais_seal_batch *batch, struct ais_why *why);

/* Remembers the checkpoint of the line that was sealed for the chain's place at, now that it counts. */
void ais_seal_log_signed(struct ais_seal_log *log, const struct ais_seal_link *at);

/* Goes on in a new segment, whose first commit holds what was carried and the batch (NULL: nothing more). On success
 * all of it is durable; *ret_first is the number of the batch's first record. On failure the log stands where it was.
 */
MUST_CHECK enum ais_err ais_seal_log_rotate(struct ais_seal_log *log, const struct ais_seal_batch *batch,
                                            uint64_t *ret_first, struct ais_why *why);

/* Looks whether the active segment's file is still the one that readers find, with all that it had, and puts it back
 * where it is not; at one of the others, too. What it finds are incidents. log->renew may be set by it. */
MUST_CHECK enum ais_err ais_seal_log_guard(struct ais_seal_log *log, struct ais_why *why);

/* Tells the guard that the active segment's file is now as it should be. */
void ais_seal_log_watch(struct ais_seal_log *log);

/* Whether name leads to the open file. AIS_E_IO: the storage does not say. */
MUST_CHECK enum ais_err ais_seal_log_look(struct ais_seal_log *log, const char *name, int fd, bool *ret,
                                          struct ais_why *why);

/* The same where what cannot be told is treated as if it did not. */
bool ais_seal_log_is_named(struct ais_seal_log *log, const char *name, int fd);

/* Keeps a file that has a name of ours under another one. */
MUST_CHECK enum ais_err ais_seal_log_set_aside(struct ais_seal_log *log, const char *name, struct ais_why *why);

/* Mends the names, if a failed rotation left them wrong. */
MUST_CHECK enum ais_err ais_seal_log_settle(struct ais_seal_log *log, struct ais_why *why);

/* Remembers what a commit that now counts said besides its records. */
void ais_seal_log_remember(struct ais_seal_log *log, const struct ais_seal_batch *batch);

#endif
