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
    ais_masker_destroy(&outbox->masker);
}

/* False: it cannot be masked, or there is no memory. */
static bool write_event(struct outbox *outbox, struct ais_buf *out, enum ais_audit_kind kind,
                        enum ais_audit_outcome outcome, const struct ais_caller *caller, const char *snapshot,
                        const struct ais_buf *details)
{
    struct ais_audit_event event = { .kind = kind,
                                     .outcome = outcome,
                                     .time_ns = ais_clock_wall(),
                                     .actor = "registry",
                                     .caller = caller,
                                     .snapshot = snapshot,
                                     .details = details != NULL ? details->data : NULL,
                                     .details_size = details != NULL ? details->length : 0 };
    if (outbox->masker != NULL && ais_masker_event(outbox->masker, &event, NULL) != AIS_OK)
        return false;
    ais_audit_write_event(out, &event);
    return !out->failed;
}

/* Under the names that the setting of masks knows. What cannot be masked fails the details, and so the event. */
static void add_text(struct outbox *outbox, const char *name, struct ais_span given, struct ais_buf *details)
{
    struct ais_audit_text text = { given.data, given.size };
    if (text.n == 0)
        return;
    if (outbox->masker != NULL && ais_masker_text(outbox->masker, name, &text, NULL) != AIS_OK)
        details->failed = true;
    else
        ais_jw_string(details, name, text.bytes, text.n);
}

void outbox_add_origin(struct outbox *outbox, struct ais_span request_id, struct ais_span traceparent,
                       struct ais_buf *details)
{
    if (details->failed || details->length == 0 || details->data[details->length - 1] != '}')
        return;
    details->length--; /* the object goes on */
    add_text(outbox, "request_id", request_id, details);
    add_text(outbox, "traceparent", traceparent, details);
    ais_jw_end_object(details);
}

void outbox_write_by(struct outbox *outbox, const struct ais_msg_ask *ask, const struct ais_caller *caller,
                     struct ais_buf *out)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_string(out, "change", ask->what.data, ask->what.size);
    ais_jw_text(out, "key_id", caller->key_id);
    add_text(outbox, "name", ais_span_of(caller->name), out);
    if (caller->user != NULL)
        add_text(outbox, "user", ais_span_of(caller->user), out);
    add_text(outbox, "request_id", ask->request_id, out);
    add_text(outbox, "traceparent", ask->traceparent, out);
    ais_jw_end_object(out);
}

bool outbox_has_room(const struct outbox *outbox, size_t n)
{
    return n <= OUTBOX_EVENTS - outbox->count;
}

bool outbox_put(struct outbox *outbox, enum ais_audit_kind kind, enum ais_audit_outcome outcome,
                const struct ais_caller *caller, const char *snapshot, const struct ais_buf *details)
{
    struct ais_buf *event = &outbox->events[outbox->count];
    if (outbox_has_room(outbox, 1) && (details == NULL || !details->failed)) {
        ais_buf_clear(event);
        if (write_event(outbox, event, kind, outcome, caller, snapshot, details)) {
            outbox->count++;
            outbox->last++;
            return true;
        }
    }
    ais_log(AIS_LOG_ERROR, "The audit log misses an event: %s", ais_audit_kind_name(kind));
    return false;
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
    ais_store_describe(outbox->store, anchor, &details);
    if (details.failed ||
        !write_event(outbox, &record, AIS_AUDIT_DOCUMENT_SEALED, AIS_AUDIT_SUCCESS, NULL, NULL, &details))
        return false;
    msg.record = span_of(&record);
    return ais_digest_parse(anchor->digest, strlen(anchor->digest), msg.digest.bytes) &&
           ais_send_anchor(outbox->auditor, NULL, AIS_REGISTRY, &msg) == AIS_OK;
}

static bool send_event(struct outbox *outbox, const struct ais_buf *event, uint64_t ticket)
{
    const struct ais_msg_event msg = { .ticket = ticket,
                                       .sender = ais_span_of(OUTBOX_SENDER),
                                       .record = span_of(event) };
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
    while (sent < outbox->count && send_event(outbox, &outbox->events[sent], outbox->last - outbox->count + sent + 1))
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
