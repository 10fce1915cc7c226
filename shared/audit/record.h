/* The audit record of a decision: one JSON object that says who asked for what, what was answered and why, and from
 * which snapshot, so that the decision can be replayed.
 *
 *   "event":"decision", "time" (of receipt), "severity", "decision", "allowed", "requires_approval", "decision_id",
 *   "request_id"?, "attempt", "deadline_ms", "source", "caller":{"key_id"?,"name"?,"user_id"?,"agent_id"?,
 *   "environment"?}, "user_id"?, "session_id"?, "agent_id"?, "environment"?, "tool"?, "rules":[{"rule","rulepack",
 *   "version","action","severity","mode","unknown"?}], "reasons":[], "risk":{"score","threshold"}?, "explained"?,
 *   "snapshot"?, "request_digest"?, "evaluator"?, "evaluation_us", "traceparent"?, "error"?,
 *   "session"?:{"calls","tools":[]} (what it did before this call),
 *   "correlated"?:[{"rule","rulepack","field"?,"value"? (a keyed hash) or "micros"?,"unknown"?,"beyond"?}] (what this
 *   call is for correlations; shared/policy/question.h; "beyond": that the value, or number, is not told), and either
 * "request" (as received) or "request_excerpt" with "request_size".
 *
 * Members with a ? are left out where there is nothing to say. The auditor puts "seq":N in front. */
#ifndef AIS_SHARED_AUDIT_RECORD_H
#define AIS_SHARED_AUDIT_RECORD_H

#include "shared/mem/buf.h"
#include "shared/policy/policy.h"

/* The way a request came in. */
#define AIS_AUDIT_SOURCES(X)    \
    X(AIS_AUDIT_REST, "rest")   \
    X(AIS_AUDIT_ZMQ, "zmq")     \
    X(AIS_AUDIT_BATCH, "batch") \
    X(AIS_AUDIT_CLI, "cli")

enum ais_audit_source {
#define X(value, word) value,
    AIS_AUDIT_SOURCES(X)
#undef X
        AIS_AUDIT_SOURCE_COUNT
};

/* So much of a request is kept; of a longer one an excerpt of at most this many bytes, and its size. */
enum { AIS_AUDIT_REQUEST_MOST = 16 * 1024 };

/* With this begins what stands in a record in place of a value that was masked (mask.h). */
#define AIS_MASKED_PREFIX "masked:"

/* Text that need not end with a NUL and may hold some; bytes NULL: absent. */
struct ais_audit_text {
    const char *bytes;
    size_t n;
};

static inline struct ais_audit_text ais_audit_text(const char *text)
{
    return (struct ais_audit_text){ text, text != NULL ? strlen(text) : 0 };
}

/* The text of a string or the lexeme of a number; absent for NULL and any other kind. */
static inline struct ais_audit_text ais_audit_text_of(const struct ais_json *node)
{
    return node != NULL ? (struct ais_audit_text){ node->text, node->length } : (struct ais_audit_text){ NULL, 0 };
}

/* All pointers are borrowed for the time of the call; NULL where nothing is to be said, unless noted. */
struct ais_audit_decision {
    const struct ais_decision
        *decision; /* NULL: none could be made (error says why); recorded as "none", not allowed */
    const char *error;
    struct ais_caller caller;                                         /* key and what is pinned to it */
    struct ais_audit_text user_id, session_id, agent_id, environment; /* those that hold, pinned or from the request */
    struct ais_audit_text tool;
    struct ais_audit_text request_id, traceparent, evaluator;
    struct ais_audit_text request; /* the body as received: one JSON value; what is none goes into request_excerpt */
    size_t request_size;           /* bytes that it had before it was masked; 0: it was not */
    bool request_is_json;          /* false: it was never read as JSON */
    const char *decision_id;       /* never NULL */
    const char *snapshot;          /* hexadecimal; NULL: decision's, if there is one */
    const unsigned char *request_digest; /* AIS_REQUEST_DIGEST_SIZE bytes */
    struct ais_audit_text request_hash;  /* what stands there instead, of a record in which something was masked */
    int64_t received_ns, deadline_ns;    /* wall clock; deadline_ns 0: none */
    uint32_t attempt;                    /* from 1 */
    uint32_t evaluation_us;
    bool explained; /* the answer had an explanation */
    enum ais_audit_source source;
    const struct ais_session *session; /* whose calls and tools are recorded */
};

/* Appends the record to out, one line without a newline. Look at out->failed afterwards. */
void ais_audit_write_decision(struct ais_buf *out, const struct ais_audit_decision *record);

#endif
