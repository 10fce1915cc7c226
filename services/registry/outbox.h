/* What the registry owes the audit log: events that the auditor's queue has not taken yet, and the store's anchors.
 * Nothing is dropped: the registry does nothing new while the outbox is not empty. One thread. */
#ifndef AIS_SERVICES_REGISTRY_OUTBOX_H
#define AIS_SERVICES_REGISTRY_OUTBOX_H

#include "shared/audit/mask.h"
#include "shared/store/store.h"
#include "shared/wire/wire.h"

enum { OUTBOX_EVENTS = 16 };

/* What the auditor knows this registry by: events are acknowledged to it. */
#define OUTBOX_SENDER "registry"

struct outbox {
    zsock_t *auditor;          /* owned */
    struct ais_store *store;   /* borrowed: its unrecorded anchors */
    struct ais_masker *masker; /* owned: of what is recorded; NULL: nothing is masked */
    struct ais_buf events[OUTBOX_EVENTS];
    size_t count;
    uint64_t last; /* ticket of the event that was queued last; they count up from 1 */
};
void outbox_done(struct outbox *outbox);

/* Adds to an event's details, one JSON object, what the client calls the request that brought it about, masked; of what
 * is empty, nothing. */
void outbox_add_origin(struct outbox *outbox, struct ais_span request_id, struct ais_span traceparent,
                       struct ais_buf *details);

/* For the document that is replaced: who asked for what, and what they called that, one JSON object. Masked here, for
 * it goes into the log as it is when a start finds the document unrecorded. */
void outbox_write_by(struct outbox *outbox, const struct ais_msg_ask *ask, const struct ais_caller *caller,
                     struct ais_buf *out);

/* Whether n more events find room. */
bool outbox_has_room(const struct outbox *outbox, size_t n);

/* Queues an event of the registry's, under the next ticket. caller: on whose behalf, or NULL; details: one JSON object,
 * or NULL; snapshot: a policy's digest, or NULL. False: there is no room or no memory, and the log line says so. */
bool outbox_put(struct outbox *outbox, enum ais_audit_kind kind, enum ais_audit_outcome outcome,
                const struct ais_caller *caller, const char *snapshot, const struct ais_buf *details);

/* Sends anchors, then events, as far as the auditor takes them. True when nothing is left. */
bool outbox_flush(struct outbox *outbox);

#endif
