/* A batch: the messages that become durable together, in the order in which they came. One thread.
 *
 * Verdicts that could not be written are given up (their clients are told 503); events and anchors are kept and go with
 * the next commit. When nothing but those fills a batch, no more is received, and their senders wait. */
#ifndef AIS_SERVICES_AUDITOR_BATCH_H
#define AIS_SERVICES_AUDITOR_BATCH_H

#include "services/auditor/row.h"
#include "shared/mem/buf.h"
#include "shared/seal/log.h"
#include "shared/wire/wire.h"

enum {
    BATCH_COUNT = 1024,      /* messages of a commit at most */
    BATCH_BYTES = 512 << 10, /* bytes of records after which no more is received for this commit */
};

struct batch_entry {
    bool is_verdict;
    struct ais_received received; /* of a verdict: owned, and what it points into */
    struct ais_msg_verdict verdict;
    char *event;     /* of anything else: owned, its record */
    uint64_t ticket; /* its sender wants to hear of it under this number; 0: it does not */
    struct ais_address sender;
};

struct batch;

struct batch *batch_new(void);
void batch_destroy(struct batch **batch);

bool batch_is_full(const struct batch *batch);
size_t batch_count(const struct batch *batch);
struct batch_entry *batch_at(struct batch *batch, size_t index);

/* What the index knows of the entries, in their order. */
struct row *batch_rows(struct batch *batch);

/* Whether a verdict for this decision is in it. */
bool batch_has(const struct batch *batch, const struct ais_id *decision_id);

/* Appends a verdict that was received, with the record to be written; both are the batch's from here on. The caller
 * must have seen that the batch is not full. */
void batch_add_verdict(struct batch *batch, struct ais_received *received, const struct ais_msg_verdict *verdict,
                       const struct row *row);

/* Appends the record of an event (copied); its entry, or NULL: full, or no memory. */
struct batch_entry *batch_add_event(struct batch *batch, struct ais_span record, const struct row *row);

/* Appends an anchor that goes with the next commit; a later one of the same document replaces it. */
void batch_add_anchor(struct batch *batch, const struct ais_anchor *anchor);

/* Commits everything. AIS_OK: record i has the number *ret_first + i. */
MUST_CHECK enum ais_err batch_commit(struct batch *batch, struct ais_seal_log *log, bool sync, uint64_t *ret_first,
                                     struct ais_why *why);

/* Empties the batch: after a commit, everything; after a failure, only verdicts. */
void batch_clear(struct batch *batch, bool committed);

#endif
