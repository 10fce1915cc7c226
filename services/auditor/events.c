#include "services/auditor/events.h"

#include "shared/audit/event.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"

enum { HEAD_TOLD_MS = 60 * 1000 }; /* between two lines that tell the head, at least */

bool events_is_record(struct events *events, struct ais_span record, struct row *ret_row)
{
    struct ais_why why = { 0 };
    const struct ais_json *tree = NULL;
    if (ais_seal_record_check(events->arena, record.data, record.size, &tree, &why) == AIS_OK) {
        index_read(events->index, tree, record.size, ret_row);
        return true;
    }
    ais_log_why(AIS_LOG_WARNING, &why, "the auditor was sent what is no record");
    return false;
}

static bool record_event(struct events *events, enum ais_audit_kind kind, enum ais_audit_outcome outcome,
                         const struct ais_buf *details)
{
    AUTO(ais_buf_done) struct ais_buf record = { 0 };
    const struct ais_audit_event event = {
        .kind = kind,
        .outcome = outcome,
        .time_ns = ais_clock_wall(),
        .actor = "auditor",
        .details = details->data,
        .details_size = details->length,
    };
    ais_audit_write_event(&record, &event);
    const struct ais_span bytes = { record.data, record.length };
    struct row row;
    if (!record.failed && !details->failed && events_is_record(events, bytes, &row) &&
        batch_add_event(events->batch, bytes, &row) != NULL)
        return true;
    ais_log(AIS_LOG_ERROR, "an audit event could not be kept: out of memory");
    return false;
}

/* ---- storage ---- */

bool events_storage_failed(struct events *events, const struct ais_why *reason)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "reason", reason->text);
    ais_jw_end_object(&details);
    return record_event(events, AIS_AUDIT_STORAGE_FAILED, AIS_AUDIT_FAILURE, &details);
}

bool events_storage_recovered(struct events *events, int64_t after_ms)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_jw_begin_object(&details, NULL);
    ais_jw_i64(&details, "after_ms", after_ms);
    ais_jw_end_object(&details);
    return record_event(events, AIS_AUDIT_STORAGE_RECOVERED, AIS_AUDIT_SUCCESS, &details);
}

/* ---- verdicts ---- */

void events_late(struct events *events, const struct ais_msg_verdict *verdict)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    char id[AIS_UUID_SIZE];
    ais_uuid_text(verdict->decision_id.bytes, id);
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "decision_id", id);
    ais_jw_u64(&details, "attempt", verdict->attempt);
    ais_jw_i64(&details, "late_ms", (ais_clock_wall() - verdict->deadline_ns) / AIS_NS_PER_MS);
    ais_jw_string(&details, "evaluator", verdict->evaluator.data, verdict->evaluator.size);
    ais_jw_end_object(&details);
    record_event(events, AIS_AUDIT_NOT_DELIVERED, AIS_AUDIT_FAILURE, &details);
}

/* ---- the log's files ---- */

bool events_rotated(struct events *events, uint64_t segment, const char *reason)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_jw_begin_object(&details, NULL);
    ais_jw_u64(&details, "segment", segment);
    ais_jw_text(&details, "reason", reason);
    ais_jw_end_object(&details);
    return record_event(events, AIS_AUDIT_LOG_ROTATED, AIS_AUDIT_SUCCESS, &details);
}

void events_deleted(struct events *events, const struct ais_seal_deletion *deletion)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_audit_write_deletion(&details, deletion->segments, deletion->first, deletion->last);
    record_event(events, AIS_AUDIT_RETENTION_DELETED, AIS_AUDIT_SUCCESS, &details);
}

void events_incidents(struct events *events, struct findings *findings)
{
    struct ais_seal_incident incident;
    while (ais_seal_log_incident(events->log, &incident)) {
        AUTO(ais_buf_done) struct ais_buf details = { 0 };
        if (incident.returned > 0) {
            ais_log(AIS_LOG_WARNING, "%s; it is looked at", incident.text);
            findings_ask(findings, incident.returned);
            continue;
        }
        ais_log(AIS_LOG_ERROR, "the audit log was tampered with: %s", incident.text);
        ais_jw_begin_object(&details, NULL);
        ais_jw_text(&details, "reason", incident.text);
        ais_jw_bool(&details, "lost", incident.lost);
        ais_jw_end_object(&details);
        record_event(events, AIS_AUDIT_INTEGRITY_FAULT, incident.lost ? AIS_AUDIT_FAILURE : AIS_AUDIT_SUCCESS,
                     &details);
    }
}

void events_found(struct events *events, struct findings *findings)
{
    for (struct finding *found = findings_take(findings); found != NULL; found = finding_free(found)) {
        bool fault = found->kind == AIS_AUDIT_INTEGRITY_FAULT;
        record_event(events, found->kind, fault ? AIS_AUDIT_FAILURE : AIS_AUDIT_SUCCESS, &found->details);
    }
}

/* ---- the head ---- */

/* As `audit verify --expect-head` takes it. */
static void tell_head(const struct events *events, const char *when)
{
    const struct ais_seal_head head = ais_seal_log_head(events->log);
    char hash[AIS_DIGEST_TEXT];
    ais_digest_text(head.hash, hash);
    ais_log(AIS_LOG_INFO, "Audit log head %llu:%s (%s)", (unsigned long long)head.seq, hash, when);
}

void events_look_for_checkpoint(struct events *events)
{
    uint64_t checkpoint = ais_seal_log_checkpointed(events->log);
    if (checkpoint == events->told_checkpoint)
        return;
    int64_t now = ais_clock_mono();
    if (events->head_told_ns != 0 && now - events->head_told_ns < HEAD_TOLD_MS * AIS_NS_PER_MS)
        return;
    events->told_checkpoint = checkpoint;
    events->head_told_ns = now;
    tell_head(events, "after a checkpoint");
}

void events_sign_end(struct events *events)
{
    AUTO(ais_buf_done) struct ais_buf record = { 0 };
    struct ais_why why = { 0 };
    uint64_t first;
    const struct ais_audit_event event = {
        .kind = AIS_AUDIT_CHECKPOINT, .outcome = AIS_AUDIT_SUCCESS, .time_ns = ais_clock_wall(), .actor = "auditor"
    };
    if (ais_seal_log_signer(events->log) == NULL)
        return;
    ais_audit_write_event(&record, &event);
    const struct ais_seal_record one = { record.data, record.length };
    const struct ais_seal_batch batch = { .records = &one, .count = 1, .sync = true, .checkpoint = true };
    if (record.failed || ais_seal_log_commit(events->log, &batch, &first, &why) != AIS_OK)
        ais_log_why(AIS_LOG_ERROR, &why, "the end of the audit log could not be signed");
    else
        tell_head(events, "at the end");
}
