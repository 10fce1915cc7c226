/* Inside shared/seal only: names of the log's files, and payloads built and taken apart. */
#ifndef AIS_SHARED_SEAL_LOG_FORMAT_H
#define AIS_SHARED_SEAL_LOG_FORMAT_H

#include "shared/mem/arena.h"
#include "shared/seal/log.h"

#define AIS_SEAL_LOG_NEXT    "audit_logs.next"   /* prepared by the helper */
#define AIS_SEAL_LOG_NEW     "audit_logs.new"    /* made by the writer, when none was prepared */
#define AIS_SEAL_LOG_PACKING "audit_logs.packed" /* made by the packer */

/* "audit_logs.<n>.enc" */
void ais_seal_log_name(uint64_t segment, char name[AIS_SEAL_LOG_NAME_SIZE]);

/* The n of such a name, and only of one in that exact form; 0: it is none. */
uint64_t ais_seal_log_number(const char *name);

/* Whether it is named like a rotated segment, but with a number that is too large for any. */
bool ais_seal_log_is_beyond(const char *name);

/* The k of "audit_logs.damaged-<k>" or "audit_logs.stale-<k>", files that were set aside; 0: it is none. */
uint64_t ais_seal_log_aside_number(const char *name);

/* A place in the chain: the number that the next record gets, and the hash that the next payload carries. */
struct ais_seal_link {
    uint64_t next;
    unsigned char hash[AIS_DIGEST_SIZE];
};

/* The begin of the log. */
extern const struct ais_seal_link ais_seal_log_begin;

/* A segment that retention deletes. */
struct ais_seal_deleted {
    uint64_t segment, first, last;
    unsigned char hash[AIS_DIGEST_SIZE];
};

/* What the first commit of a segment says besides. */
struct ais_seal_start {
    uint64_t segment;
    bool voids;
    uint64_t void_from;
    const struct ais_seal_deleted *deleted; /* borrowed */
    size_t deleted_count;
};

/* That a commit has a checkpoint, and whose. */
struct ais_seal_signing {
    const struct ais_signer *signer, *next; /* borrowed; next may be NULL */
    uint64_t segment, every;
};

struct ais_seal_payload {
    struct ais_seal_link at;
    const struct ais_seal_start *start; /* NULL: not the first of its segment */
    const struct ais_anchor *anchors;
    size_t anchor_count;
    const struct ais_seal_signing *signing; /* NULL: no checkpoint */
    const char *counters;                   /* NULL or empty: none */
    size_t counters_length;
    const struct ais_buf *carried; /* numbered records from before, joined by commas; may be empty */
    size_t carried_count;
    const struct ais_seal_record *records;
    size_t record_count;
};

/* Replaces the content of out with the payload. Memory: out->failed. */
void ais_seal_payload_write(const struct ais_seal_payload *payload, struct ais_buf *out);

/* Appends records, numbered from first on, joined by commas. */
void ais_seal_records_write(const struct ais_seal_record *records, size_t count, uint64_t first, struct ais_buf *out);

/* Takes a payload apart: everything in ret but file, line, offset. The nodes belong to the arena, the text to the
 * caller. AIS_E_DAMAGED: why says what a payload of the log would have there; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_seal_payload_read(struct ais_arena *arena, const char *text, size_t n,
                                              struct ais_seal_commit *ret, struct ais_why *why);

/* The same without looking further than its number: only seq, payload and length in ret are set. */
MUST_CHECK enum ais_err ais_seal_payload_glance(const char *text, size_t n, struct ais_seal_commit *ret,
                                                struct ais_why *why);

/* The anchor that a member of "anchors" is; false when it is none. */
bool ais_seal_anchor_read(const struct ais_json *member, struct ais_anchor *ret);

/* The entry that an element of "deleted" is; false when it is none. */
bool ais_seal_deleted_read(const struct ais_json *element, struct ais_seal_deleted *ret);

/* The checkpoint that the commit has; false when it has none. */
bool ais_seal_checkpoint_read(const struct ais_seal_commit *commit, struct ais_checkpoint *ret);

/* Puts anchor in place of the one with its name, or behind the others; false when there is no room. */
bool ais_seal_anchor_put(struct ais_anchor *anchors, size_t *count, const struct ais_anchor *anchor);

#endif
