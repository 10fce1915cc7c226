#include "shared/audit/record.h"
#include "shared/audit/parts.h"
#include "shared/json/utf8.h"

#include <assert.h>

static const char *const source_words[AIS_AUDIT_SOURCE_COUNT] = {
#define X(value, word) [value] = (word),
    AIS_AUDIT_SOURCES(X)
#undef X
};

static const char *mode_word(enum ais_mode mode)
{
    static const char *const words[AIS_MODE_COUNT] = {
#define X(value, word) [value] = (word),
        AIS_MODES(X)
#undef X
    };
    return words[(unsigned)mode < AIS_MODE_COUNT ? mode : AIS_MODE_ENFORCE];
}

static void put_text(struct ais_buf *out, const char *key, struct ais_audit_text text)
{
    if (text.bytes != NULL)
        ais_jw_string(out, key, text.bytes, text.n);
}

/* Of at most AIS_REQUEST_DIGEST_SIZE bytes. */
static void put_hex(struct ais_buf *out, const char *key, const unsigned char *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * AIS_REQUEST_DIGEST_SIZE];
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    ais_jw_string(out, key, text, 2 * n);
}

/* What was answered; where no decision could be made that is "none", and not allowed. */
static void put_answer(struct ais_buf *out, const struct ais_decision *decision)
{
    bool made = decision != NULL;
    ais_jw_text(out, "severity", ais_audit_severity_word(made ? decision->severity : AIS_SEVERITY_INFORMATIONAL));
    ais_jw_text(out, "decision", ais_audit_action_word(made ? decision->action : AIS_ACTION_NONE));
    ais_jw_bool(out, "allowed", made && decision->allowed);
    ais_jw_bool(out, "requires_approval", made && decision->requires_approval);
}

static void put_rule(struct ais_buf *out, const struct ais_match *match)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "rule", match->rule);
    ais_jw_text(out, "rulepack", match->pack);
    ais_jw_text(out, "version", match->version);
    ais_jw_text(out, "action", ais_audit_action_word(match->action));
    ais_jw_text(out, "severity", ais_audit_severity_word(match->severity));
    ais_jw_text(out, "mode", mode_word(match->mode));
    if (match->unknown)
        ais_jw_bool(out, "unknown", true);
    ais_jw_end_object(out);
}

static void put_risk(struct ais_buf *out, const struct ais_risk *risk)
{
    ais_jw_begin_object(out, "risk");
    ais_jw_u64(out, "score", risk->score);
    ais_jw_u64(out, "threshold", risk->threshold);
    ais_jw_end_object(out);
}

static void put_grounds(struct ais_buf *out, const struct ais_decision *decision)
{
    ais_jw_begin_array(out, "rules");
    for (size_t i = 0; decision != NULL && i < decision->match_count; i++)
        put_rule(out, &decision->matches[i]);
    ais_jw_end_array(out);
    ais_jw_begin_array(out, "reasons");
    for (size_t i = 0; decision != NULL && i < decision->reason_count; i++)
        ais_jw_text(out, NULL, decision->reasons[i]);
    ais_jw_end_array(out);
    if (decision != NULL && decision->risk.threshold > 0)
        put_risk(out, &decision->risk);
}

/* A record is one line. In JSON a line end stands only between tokens, where a space means the same. */
static void put_json_on_one_line(struct ais_buf *out, const char *key, struct ais_audit_text json)
{
    ais_jw_raw(out, key, json.bytes, json.n);
    if (out->failed || (memchr(json.bytes, '\n', json.n) == NULL && memchr(json.bytes, '\r', json.n) == NULL))
        return;
    char *at = out->data + out->length - json.n;
    for (size_t i = 0; i < json.n; i++) {
        if (at[i] == '\n' || at[i] == '\r')
            at[i] = ' ';
    }
}

/* Whoever reads "masked:" in a request is told whether that is ours. */
static void put_masked(struct ais_buf *out, const struct ais_audit_decision *record)
{
    static const char prefix[] = AIS_MASKED_PREFIX;
    bool masked = record->request_size > 0;
    size_t n = record->request.n < AIS_AUDIT_REQUEST_MOST ? record->request.n : AIS_AUDIT_REQUEST_MOST;
    if (masked || memmem(record->request.bytes, n, prefix, sizeof prefix - 1) != NULL)
        ais_jw_bool(out, "masked", masked);
}

static void put_request(struct ais_buf *out, const struct ais_audit_decision *record)
{
    struct ais_audit_text request = record->request;
    if (request.bytes == NULL)
        return;
    put_masked(out, record);
    if (record->request_is_json && request.n <= AIS_AUDIT_REQUEST_MOST) {
        put_json_on_one_line(out, "request", request);
        return;
    }
    size_t cut = ais_utf8_cut(request.bytes, request.n, AIS_AUDIT_REQUEST_MOST);
    ais_jw_string(out, "request_excerpt", request.bytes, cut);
    ais_jw_u64(out, "request_size", record->request_size > 0 ? record->request_size : request.n);
}

static void put_session(struct ais_buf *out, const struct ais_session *session)
{
    if (session == NULL || session->unknown != NULL)
        return;
    ais_jw_begin_object(out, "session");
    ais_jw_u64(out, "calls", session->calls);
    ais_jw_begin_array(out, "tools");
    for (size_t i = 0; i < session->tool_count; i++)
        ais_jw_string(out, NULL, session->tools[i].data, session->tools[i].size);
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}

static void put_event(struct ais_buf *out, const struct ais_call_event *event)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "rule", event->rule);
    ais_jw_text(out, "rulepack", event->pack);
    ais_audit_put_optional(out, "field", event->field);
    if (event->measure == AIS_MEASURE_VALUES && !event->event.beyond)
        put_hex(out, "value", event->event.value.digest, sizeof event->event.value.digest);
    if (event->measure == AIS_MEASURE_NUMBERS)
        ais_jw_i64(out, "micros", event->event.value.micros);
    if (event->event.uncertain)
        ais_jw_bool(out, "unknown", true);
    if (event->event.beyond)
        ais_jw_bool(out, "beyond", true);
    ais_jw_end_object(out);
}

static void put_events(struct ais_buf *out, const struct ais_decision *decision)
{
    if (decision == NULL || decision->event_count == 0)
        return;
    ais_jw_begin_array(out, "correlated");
    for (size_t i = 0; i < decision->event_count; i++)
        put_event(out, &decision->events[i]);
    ais_jw_end_array(out);
}

static uint64_t deadline_ms(const struct ais_audit_decision *record)
{
    int64_t left = record->deadline_ns - record->received_ns;
    return record->deadline_ns > 0 && left > 0 ? (uint64_t)(left / AIS_NS_PER_MS) : 0;
}

void ais_audit_write_decision(struct ais_buf *out, const struct ais_audit_decision *record)
{
    const struct ais_decision *decision = record->decision;
    assert((unsigned)record->source < AIS_AUDIT_SOURCE_COUNT);
    /* Room for everything but long lists at once: a record never grows the buffer step by step. */
    ais_buf_reserve(out, 2048 + (record->request.n < AIS_AUDIT_REQUEST_MOST ? record->request.n : 0));
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "event", "decision");
    ais_audit_put_time(out, record->received_ns);
    put_answer(out, decision);
    ais_jw_text(out, "decision_id", record->decision_id);
    put_text(out, "request_id", record->request_id);
    ais_jw_u64(out, "attempt", record->attempt);
    ais_jw_u64(out, "deadline_ms", deadline_ms(record));
    ais_jw_text(out, "source", source_words[record->source]);
    ais_audit_put_caller(out, &record->caller);
    put_text(out, "user_id", record->user_id);
    put_text(out, "session_id", record->session_id);
    put_text(out, "agent_id", record->agent_id);
    put_text(out, "environment", record->environment);
    put_text(out, "tool", record->tool);
    put_grounds(out, decision);
    if (record->explained)
        ais_jw_bool(out, "explained", true);
    ais_audit_put_optional(out, "snapshot",
                           record->snapshot == NULL && decision != NULL ? decision->snapshot : record->snapshot);
    if (record->request_hash.bytes != NULL)
        put_text(out, "request_digest", record->request_hash);
    else if (record->request_digest != NULL)
        put_hex(out, "request_digest", record->request_digest, AIS_REQUEST_DIGEST_SIZE);
    put_text(out, "evaluator", record->evaluator);
    ais_jw_u64(out, "evaluation_us", record->evaluation_us);
    put_text(out, "traceparent", record->traceparent);
    ais_audit_put_optional(out, "error", record->error);
    put_session(out, record->session);
    put_events(out, decision);
    put_request(out, record);
    ais_jw_end_object(out);
}
