/* What the registry owes the audit log: events that the auditor's queue has not taken yet, and the store's anchors.
 * Nothing is dropped: the registry does nothing new while the outbox is not empty. One thread. */
#ifndef AIS_SERVICES_REGISTRY_OUTBOX_H
#define AIS_SERVICES_REGISTRY_OUTBOX_H

#include "shared/audit/event.h"
#include "shared/store/store.h"
#include "shared/wire/wire.h"

enum { OUTBOX_EVENTS = 16 };

struct outbox {
    zsock_t *auditor;        /* owned */
    struct ais_store *store; /* borrowed: its unrecorded anchors */
    struct ais_buf events[OUTBOX_EVENTS];
    size_t count;
};
void outbox_done(struct outbox *outbox);

/* Queues an event of the registry's. details: one JSON object, or NULL; snapshot: a policy's digest, or NULL. */
void outbox_put(struct outbox *outbox, enum ais_audit_kind kind, enum ais_audit_outcome outcome, const char *snapshot,
                const struct ais_buf *details);

/* Sends anchors, then events, as far as the auditor takes them. True when nothing is left. */
bool outbox_flush(struct outbox *outbox);

#endif
