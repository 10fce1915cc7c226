#include "services/registry/outbox.h"

#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/sys/clock.h"

#include <string.h>

void outbox_done(struct outbox *outbox)
{
    for (size_t i = 0; i < OUTBOX_EVENTS; i++)
        ais_buf_done(&outbox->events[i]);
    zsock_destroy(&outbox->auditor);
}

static void write_event(struct ais_buf *out, enum ais_audit_kind kind, enum ais_audit_outcome outcome,
                        const char *snapshot, const struct ais_buf *details)
{
    const struct ais_audit_event event = { .kind = kind,
                                           .outcome = outcome,
                                           .time_ns = ais_clock_wall(),
                                           .actor = "registry",
                                           .snapshot = snapshot,
                                           .details = details != NULL ? details->data : NULL,
                                           .details_size = details != NULL ? details->length : 0 };
    ais_audit_write_event(out, &event);
}

void outbox_put(struct outbox *outbox, enum ais_audit_kind kind, enum ais_audit_outcome outcome, const char *snapshot,
                const struct ais_buf *details)
{
    if (outbox->count == OUTBOX_EVENTS || (details != NULL && details->failed)) {
        ais_log(AIS_LOG_ERROR, "The audit log misses an event: %s", ais_audit_kind_name(kind));
        return;
    }
    struct ais_buf *event = &outbox->events[outbox->count];
    ais_buf_clear(event);
    write_event(event, kind, outcome, snapshot, details);
    if (event->failed)
        ais_log(AIS_LOG_ERROR, "Out of memory: the audit log misses an event: %s", ais_audit_kind_name(kind));
    else
        outbox->count++;
}

static struct ais_span span_of(const struct ais_buf *buf)
{
    return (struct ais_span){ buf->data, buf->length };
}

static bool send_anchor(struct outbox *outbox, const struct ais_anchor *anchor)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    AUTO(ais_buf_done) struct ais_buf record = { 0 };
    struct ais_msg_anchor msg = { .document = ais_span_of(anchor->name), .generation = anchor->generation };
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "document", anchor->name);
    ais_jw_u64(&details, "generation", anchor->generation);
    ais_jw_text(&details, "digest", anchor->digest);
    ais_jw_end_object(&details);
    write_event(&record, AIS_AUDIT_DOCUMENT_SEALED, AIS_AUDIT_SUCCESS, NULL, &details);
    msg.record = span_of(&record);
    return !details.failed && !record.failed &&
           ais_digest_parse(anchor->digest, strlen(anchor->digest), msg.digest.bytes) &&
           ais_send_anchor(outbox->auditor, NULL, AIS_REGISTRY, &msg) == AIS_OK;
}

static bool send_event(struct outbox *outbox, const struct ais_buf *event)
{
    const struct ais_msg_event msg = { .record = span_of(event) };
    return ais_send_event(outbox->auditor, NULL, AIS_REGISTRY, &msg) == AIS_OK;
}

bool outbox_flush(struct outbox *outbox)
{
    for (const struct ais_anchor *anchor; (anchor = ais_store_unrecorded(outbox->store)) != NULL;) {
        if (!send_anchor(outbox, anchor))
            return false;
        ais_store_recorded(outbox->store, anchor);
    }
    size_t sent = 0;
    while (sent < outbox->count && send_event(outbox, &outbox->events[sent]))
        sent++;
    /* The buffers of those sent move behind the rest, to be used again. */
    for (size_t i = 0; sent > 0 && i + sent < outbox->count; i++) {
        struct ais_buf spare = outbox->events[i];
        outbox->events[i] = outbox->events[i + sent];
        outbox->events[i + sent] = spare;
    }
    outbox->count -= sent;
    return outbox->count == 0;
}
