/* The Open Cybersecurity Schema Framework 1.9.
 *
 * A decision is API Activity (6003) with the profile security_control: an agent asks to call an operation of somebody's
 * interface, and a control allows or denies it. It is no finding, as most are allowed and none is an alert by itself;
 * and no Authorize Session (3003), which is about logging on. What asks for approval was, so far, denied.
 *
 * Every event carries the profile record_integrity, twice. `attestation` is what the profile defines: the SHA-256 of
 * this event in its canonical form (RFC 8785: the members are written in that order and form, so it is the line itself
 * without the member "fingerprint" of "attestation"), and the fingerprint of the event before in the same output. It
 * shows what was altered or lost on the way. `unmapped.record_integrity` is where the sealed log has the record: its
 * number, hash and previous hash of its payload, file and line, and the key that signs the log's checkpoints. It shows
 * what was altered in the log, for whoever has that. `raw_data` is the record itself. */
#include "shared/audit/form/parts.h"

#include <inttypes.h>
#include <stdio.h>

#define OCSF_VERSION "1.9.0"

/* Members are written in the order of their names: the canonical form depends on it, and a test sees to it. */

static const struct class
{
    uint64_t uid;
    const char *name;
    uint64_t category;
    const char *category_name;
} base = { 0, "Base Event", 0, "Uncategorized" },
  lifecycle = { 6002, "Application Lifecycle", 6, "Application Activity" },
  api = { 6003, "API Activity", 6, "Application Activity" };

enum { ACTIVITY_OTHER = 99 };

/* What a kind of record is. One that is not here is a base event. */
static const struct activity {
    const struct class *class;
    uint64_t id;
    const char *name;
} activities[AIS_AUDIT_KIND_COUNT] = {
    [AIS_AUDIT_DECISION] = {&api,        ACTIVITY_OTHER, "Preflight"},
    [AIS_AUDIT_SERVICE_STARTED] = { &lifecycle, 3,              "Start"    },
    [AIS_AUDIT_SERVICE_STOPPED] = { &lifecycle, 4,              "Stop"     },
    [AIS_AUDIT_RULEPACK_CHANGED] = { &api,       3,              "Update"   },
    [AIS_AUDIT_KEY_CREATED] = { &api,       1,              "Create"   },
    [AIS_AUDIT_KEY_REVOKED] = { &api,       4,              "Delete"   },
};

/* What became of a decision. */
static const struct disposition {
    uint64_t action_id;
    const char *action;
    uint64_t id;
    const char *name;
} dispositions[AIS_ACTION_COUNT] = {
    [AIS_ACTION_NONE] = {2,  "Denied",  27, "Error"            },
    [AIS_ACTION_ALLOW] = { 1, "Allowed", 1,  "Allowed"          },
    [AIS_ACTION_REQUIRE_APPROVAL] = { 2, "Denied",  99, "Approval Required"},
    [AIS_ACTION_BLOCK] = { 2, "Denied",  2,  "Blocked"          },
};

static const char *const severities[AIS_SEVERITY_COUNT] = { "Informational", "Low", "Medium", "High", "Critical" };

/* An event on its way. */
struct event {
    const struct ais_audit_writer *writer;
    const struct ais_audit_sealed *sealed;
    const struct ais_json *record;
    struct ais_audit_words words;
    struct activity activity;
    char uid[sizeof((struct ais_audit_writer *)NULL)->previous];
    size_t attested; /* where the fingerprint has its place */
};

static bool is_decision(const struct event *event)
{
    return event->words.kind == AIS_AUDIT_DECISION;
}

static const struct disposition *disposition_of(const struct event *event)
{
    return is_decision(event) ? &dispositions[event->words.decision >= 0 ? event->words.decision : 0] : NULL;
}

static void put_actor(struct ais_buf *out, const struct event *event)
{
    const struct ais_json *caller = ais_json_get(event->record, "caller");
    ais_jw_begin_object(out, "actor");
    if (ais_form_node(event->record, "session_id") != NULL) {
        ais_jw_begin_object(out, "session");
        ais_form_put(out, "uid", event->record, "session_id");
        ais_jw_end_object(out);
    }
    ais_jw_begin_object(out, "user");
    ais_form_put(out, "credential_uid", caller, "key_id");
    if (ais_form_node(caller, "name") != NULL)
        ais_form_put(out, "name", caller, "name");
    else
        ais_form_put(out, "name", event->record, is_decision(event) ? "source" : "actor");
    ais_form_put(out, "uid", event->record, "user_id");
    ais_jw_end_object(out);
    ais_jw_end_object(out);
}

static void put_api(struct ais_buf *out, const struct event *event)
{
    const struct ais_json *tool = ais_form_node(event->record, "tool");
    ais_jw_begin_object(out, "api");
    if (tool != NULL || !is_decision(event))
        ais_form_put(out, "operation", event->record, is_decision(event) ? "tool" : "event");
    else
        ais_jw_text(out, "operation", "unknown"); /* the request could not be read */
    if (is_decision(event)) {
        ais_jw_begin_object(out, "request");
        ais_form_put(out, "uid", event->record, "decision_id");
        ais_jw_end_object(out);
    }
    ais_jw_end_object(out);
}

static void put_fingerprint(struct ais_buf *out, const char *value)
{
    ais_jw_begin_object(out, "fingerprint");
    ais_jw_text(out, "algorithm", "SHA-256");
    ais_jw_u64(out, "algorithm_id", 3);
    ais_jw_text(out, "value", value);
    ais_jw_end_object(out);
}

static void put_attestation(struct ais_buf *out, struct event *event)
{
    const struct ais_audit_writer *writer = event->writer;
    ais_jw_begin_object(out, "attestation");
    if (writer->authority != NULL)
        ais_jw_text(out, "authority_uid", writer->authority);
    ais_jw_text(out, "chain_uid", writer->chain);
    event->attested = out->length;
    if (writer->written > 0) {
        ais_jw_begin_object(out, "prev_event");
        put_fingerprint(out, writer->fingerprint);
        ais_jw_u64(out, "type_uid", writer->previous_type);
        ais_jw_text(out, "uid", writer->previous);
        ais_jw_end_object(out);
    }
    ais_jw_end_object(out);
}

static void put_product(struct ais_buf *out, const char *key)
{
    ais_jw_begin_object(out, key);
    ais_jw_text(out, "name", "AISentinel Offline");
    ais_jw_text(out, "vendor_name", "AISentinel");
    ais_jw_end_object(out);
}

static void put_metadata(struct ais_buf *out, const struct event *event)
{
    ais_jw_begin_object(out, "metadata");
    if (ais_form_node(event->record, "request_id") != NULL)
        ais_form_put(out, "correlation_uid", event->record, "request_id");
    ais_form_put(out, "event_code", event->record, "event");
    ais_jw_text(out, "log_name", "audit_logs");
    ais_form_put(out, "original_time", event->record, "time");
    put_product(out, "product");
    ais_jw_begin_array(out, "profiles");
    ais_jw_text(out, NULL, "record_integrity");
    if (is_decision(event))
        ais_jw_text(out, NULL, "security_control");
    ais_jw_end_array(out);
    ais_form_put_number(out, "sequence", event->record, "seq");
    ais_jw_text(out, "uid", event->uid);
    ais_jw_text(out, "version", OCSF_VERSION);
    ais_jw_end_object(out);
}

static void put_policy(struct ais_buf *out, const struct event *event)
{
    const struct ais_json *rule = ais_form_rule(event->record);
    if (rule == NULL)
        return;
    ais_jw_begin_object(out, "policy");
    ais_form_put(out, "group", rule, "rulepack"); /* its uid is unique within it */
    ais_form_put(out, "name", rule, "rule");
    ais_form_put(out, "uid", rule, "rule");
    ais_form_put(out, "version", rule, "version");
    ais_jw_end_object(out);
}

static void put_rules(struct ais_buf *out, const struct ais_json *record)
{
    static const char *const members[] = { "action", "mode", "rule", "rulepack", "severity", "version" };
    const struct ais_json *rules = ais_json_get(record, "rules");
    if (rules == NULL)
        return;
    ais_jw_begin_array(out, "rules");
    for (const struct ais_json *rule = rules->first; rule != NULL; rule = rule->next) {
        ais_jw_begin_object(out, NULL);
        for (size_t i = 0; i < N_ELEMS(members); i++)
            ais_form_put(out, members[i], rule, members[i]);
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
}

static void put_integrity(struct ais_buf *out, const struct event *event)
{
    ais_jw_begin_object(out, "record_integrity");
    ais_jw_text(out, "algorithm", "BLAKE2b-256");
    if (event->writer->authority != NULL)
        ais_jw_text(out, "checkpoint_key", event->writer->authority);
    ais_jw_text(out, "file", event->sealed->file);
    ais_jw_u64(out, "line", event->sealed->line);
    ais_jw_text(out, "payload_hash", event->sealed->hash);
    ais_jw_text(out, "previous_hash", event->sealed->prev);
    ais_form_put_number(out, "sequence", event->record, "seq");
    ais_jw_end_object(out);
}

static void put_unmapped(struct ais_buf *out, const struct event *event)
{
    static const char *const before[] = { "agent_id", "decision", "decision_id", "environment", "evaluator" };
    static const char *const after[] = { "snapshot", "source", "traceparent" };
    ais_jw_begin_object(out, "unmapped");
    for (size_t i = 0; i < N_ELEMS(before); i++)
        ais_form_put(out, before[i], event->record, before[i]);
    put_integrity(out, event);
    ais_form_put(out, "request_digest", event->record, "request_digest");
    put_rules(out, event->record);
    for (size_t i = 0; i < N_ELEMS(after); i++)
        ais_form_put(out, after[i], event->record, after[i]);
    ais_jw_end_object(out);
}

static void put_severity(struct ais_buf *out, const struct event *event)
{
    bool known = event->words.severity >= 0;
    uint64_t severity = known ? (uint64_t)event->words.severity : 0;
    ais_jw_text(out, "severity", known ? severities[severity] : "Unknown");
    ais_jw_u64(out, "severity_id", known ? severity + 1 : 0);
}

/* Whether it was done: a decision that was made, whichever. */
static void put_status(struct ais_buf *out, const struct event *event)
{
    bool decided = is_decision(event) && event->words.decision > AIS_ACTION_NONE;
    bool done = decided || ais_form_is(event->record, "outcome", "success");
    bool failed = is_decision(event) ? !decided : ais_form_is(event->record, "outcome", "failure");
    ais_jw_text(out, "status", done ? "Success" : failed ? "Failure" : "Unknown");
    if (is_decision(event))
        ais_form_put_text(out, "status_detail", event->record, ais_form_reasons);
    ais_jw_u64(out, "status_id", done ? 1 : failed ? 2 : 0);
}

static void put_time(struct ais_buf *out, const struct event *event)
{
    const char *time = ais_json_get_text(event->record, "time");
    int64_t ns = 0;
    if (time != NULL && ais_clock_parse(time, 0, &ns) == 0)
        ais_jw_i64(out, "time", ns / AIS_NS_PER_MS);
}

static uint64_t type_of(const struct event *event)
{
    return event->activity.class->uid * 100 + event->activity.id;
}

static void put_event(struct ais_buf *out, struct event *event)
{
    const struct disposition *disposition = disposition_of(event);
    const struct class *class = event->activity.class;
    uint64_t us = 0;
    ais_jw_begin_object(out, NULL);
    if (disposition != NULL) {
        ais_jw_text(out, "action", disposition->action);
        ais_jw_u64(out, "action_id", disposition->action_id);
    }
    ais_jw_u64(out, "activity_id", event->activity.id);
    ais_jw_text(out, "activity_name", event->activity.name);
    if (class == &api) {
        put_actor(out, event);
        put_api(out, event);
    }
    if (class == &lifecycle)
        put_product(out, "app");
    put_attestation(out, event);
    ais_jw_text(out, "category_name", class->category_name);
    ais_jw_u64(out, "category_uid", class->category);
    ais_jw_text(out, "class_name", class->name);
    ais_jw_u64(out, "class_uid", class->uid);
    if (disposition != NULL) {
        ais_jw_text(out, "disposition", disposition->name);
        ais_jw_u64(out, "disposition_id", disposition->id);
    }
    if (ais_json_get_u64(event->record, "evaluation_us", &us))
        ais_jw_u64(out, "duration", us / 1000);
    ais_form_put_text(out, "message", event->record, ais_form_message);
    put_metadata(out, event);
    put_policy(out, event);
    ais_jw_string(out, "raw_data", event->sealed->bytes, event->sealed->n);
    put_severity(out, event);
    if (class == &api) {
        ais_jw_begin_object(out, "src_endpoint");
        ais_form_put(out, "svc_name", event->record, is_decision(event) ? "source" : "actor");
        ais_jw_end_object(out);
    }
    put_status(out, event);
    put_time(out, event);
    ais_jw_u64(out, "type_uid", type_of(event));
    put_unmapped(out, event);
    ais_jw_end_object(out);
}

/* The fingerprint is of the line without it, so it comes into its place at last. */
static void attest(struct ais_audit_writer *writer, struct ais_buf *out, size_t begin, const struct event *event)
{
    AUTO(ais_buf_done) struct ais_buf member = { 0 };
    bool hashed = ais_form_sha256(out->data + begin, out->length - begin, writer->fingerprint);
    ais_buf_byte(&member, ',');
    put_fingerprint(&member, writer->fingerprint);
    if (!hashed || member.failed || !ais_buf_reserve(out, member.length)) {
        out->failed = true;
        return;
    }
    char *place = out->data + event->attested;
    memmove(place + member.length, place, out->length - event->attested + 1);
    memcpy(place, member.data, member.length);
    out->length += member.length;
}

void ais_audit_ocsf(struct ais_audit_writer *writer, const struct ais_audit_sealed *sealed, struct ais_buf *out)
{
    static const struct activity other = { &base, ACTIVITY_OTHER, "Other" };
    struct event event = { .writer = writer, .sealed = sealed, .record = sealed->record };
    uint64_t seq = 0;
    size_t begin = out->length;
    event.words = ais_audit_words_of(sealed->record);
    event.activity =
        event.words.kind >= 0 && activities[event.words.kind].class != NULL ? activities[event.words.kind] : other;
    (void)ais_json_get_u64(sealed->record, "seq", &seq); /* the log numbers every record */
    snprintf(event.uid, sizeof event.uid, "%" PRIu64 ":%s", seq, sealed->hash);
    if (writer->written == 0)
        memcpy(writer->chain, event.uid, sizeof writer->chain);
    put_event(out, &event);
    if (out->failed)
        return;
    attest(writer, out, begin, &event);
    memcpy(writer->previous, event.uid, sizeof writer->previous);
    writer->previous_type = type_of(&event);
    ais_buf_byte(out, '\n');
}
