/* Audit records of everything that is not a decision: what the service and its actors did and what befell them.
 *
 *   "event", "time", "severity", "actor", "outcome", "caller":{}?, "session_id"?, "decision_id"?, "attempt"?,
 *   "snapshot"?, "details":{}?
 *
 * The auditor puts "seq":N in front. What is new about a kind goes into its details, never into a new member. What a
 * call brought about, or was refused, has "request_id"? and "traceparent"? there, as the client called it;
 * document_sealed has them in "by". */
#ifndef AIS_SHARED_AUDIT_EVENT_H
#define AIS_SHARED_AUDIT_EVENT_H

#include "shared/mem/buf.h"
#include "shared/policy/policy.h"

/* Every kind of record, once: name, severity, meaning (for help texts). Names are part of what is stored: they may be
 * added, never changed. */
#define AIS_AUDIT_KINDS(X)                                                                                            \
    X(AIS_AUDIT_DECISION, "decision", INFORMATIONAL, "a request was decided (severity: of what blocks or asks)")      \
    X(AIS_AUDIT_LOG_CREATED, "log_created", INFORMATIONAL, "the audit log begins")                                    \
    X(AIS_AUDIT_LOG_ROTATED, "log_rotated", INFORMATIONAL, "a segment of the log was closed")                         \
    X(AIS_AUDIT_LOG_RECOVERED, "log_recovered", HIGH, "an unfinished or altered end of the log was set aside")        \
    X(AIS_AUDIT_CHECKPOINT, "checkpoint", INFORMATIONAL, "the service stopped in order; all before is signed")        \
    X(AIS_AUDIT_CHECKPOINT_KEY_CHANGED, "checkpoint_key_changed", MEDIUM, "another key signs the log from here on")   \
    X(AIS_AUDIT_MASK_KEY_RESTORED, "mask_key_restored", MEDIUM, "the key of masked values is the one before again")   \
    X(AIS_AUDIT_LOG_FILE_RETURNED, "log_file_returned", MEDIUM, "a file of the log that was missing is there again")  \
    X(AIS_AUDIT_RETENTION_DELETED, "retention_deleted", LOW, "the oldest segments were deleted")                      \
    X(AIS_AUDIT_INTEGRITY_FAULT, "integrity_fault", CRITICAL, "sealed data does not verify")                          \
    X(AIS_AUDIT_STORAGE_FAILED, "storage_failed", CRITICAL, "the log cannot be written; nothing is decided")          \
    X(AIS_AUDIT_STORAGE_RECOVERED, "storage_recovered", INFORMATIONAL, "the log can be written again")                \
    X(AIS_AUDIT_NOT_DELIVERED, "not_delivered", MEDIUM, "a decision came past its deadline and was not released")     \
    X(AIS_AUDIT_SERVICE_STARTED, "service_started", INFORMATIONAL, "the service started")                             \
    X(AIS_AUDIT_SERVICE_STOPPED, "service_stopped", INFORMATIONAL, "the service stopped in order")                    \
    X(AIS_AUDIT_SNAPSHOT_ACTIVATED, "snapshot_activated", INFORMATIONAL, "a compiled snapshot came into force")       \
    X(AIS_AUDIT_SNAPSHOT_REFUSED, "snapshot_refused", HIGH, "new rules were refused; those before stay in force")     \
    X(AIS_AUDIT_DOCUMENT_SEALED, "document_sealed", INFORMATIONAL, "a sealed document was replaced")                  \
    X(AIS_AUDIT_DOCUMENT_UNRECORDED, "document_unrecorded", MEDIUM, "a document was changed and nothing recorded it") \
    X(AIS_AUDIT_RULEPACK_CHANGED, "rulepack_changed", MEDIUM, "a rulepack was added, removed, enabled or disabled")   \
    X(AIS_AUDIT_SETTINGS_RELOADED, "settings_reloaded", INFORMATIONAL, "packs, keys and certificates were read anew") \
    X(AIS_AUDIT_KEY_CREATED, "key_created", LOW, "an API key was created")                                            \
    X(AIS_AUDIT_KEY_REVOKED, "key_revoked", LOW, "an API key was revoked")                                            \
    X(AIS_AUDIT_KEYS_GENERATED, "keys_generated", LOW, "the installation's own keys were generated")                  \
    X(AIS_AUDIT_KEY_ROTATION_STARTED, "key_rotation_started", MEDIUM, "everything begins to be sealed anew")          \
    X(AIS_AUDIT_KEY_ROTATED, "key_rotated", MEDIUM, "nothing is under an old Fernet key any more")                    \
    X(AIS_AUDIT_AUTH_FAILED, "auth_failed", MEDIUM, "requests without a valid key, added up")                         \
    X(AIS_AUDIT_REQUEST_REFUSED, "request_refused", LOW, "a call of the control plane was refused to a known caller") \
    X(AIS_AUDIT_MESSAGE_REFUSED, "message_refused", HIGH, "an actor was sent what its peer may not send, added up")   \
    X(AIS_AUDIT_EVALUATOR_LOST, "evaluator_lost", HIGH, "evaluators fell silent; their work went to others")          \
    X(AIS_AUDIT_OVERLOADED, "overloaded", MEDIUM, "requests were refused because the queue was full, added up")

enum ais_audit_kind {
#define X(kind, name, severity, meaning) kind,
    AIS_AUDIT_KINDS(X)
#undef X
        AIS_AUDIT_KIND_COUNT
};

/* The name, default severity and meaning of a kind. */
const char *ais_audit_kind_name(enum ais_audit_kind kind);
enum ais_severity ais_audit_kind_severity(enum ais_audit_kind kind);
const char *ais_audit_kind_meaning(enum ais_audit_kind kind);

/* As the Elastic Common Schema has event.outcome. */
#define AIS_AUDIT_OUTCOMES(X)       \
    X(AIS_AUDIT_SUCCESS, "success") \
    X(AIS_AUDIT_FAILURE, "failure") \
    X(AIS_AUDIT_UNKNOWN, "unknown")

enum ais_audit_outcome {
#define X(value, word) value,
    AIS_AUDIT_OUTCOMES(X)
#undef X
        AIS_AUDIT_OUTCOME_COUNT
};

/* All pointers are borrowed for the time of the call; NULL where nothing is to be said. */
struct ais_audit_event {
    enum ais_audit_kind kind; /* not AIS_AUDIT_DECISION */
    enum ais_audit_outcome outcome;
    int64_t time_ns;                 /* wall clock */
    const char *actor;               /* never NULL: "auditor", "gateway", "evaluator 2", "cli" */
    const struct ais_caller *caller; /* on whose behalf */
    const char *decision_id, *session_id, *snapshot;
    uint32_t attempt;    /* 0: does not apply */
    const char *details; /* one JSON object, written with shared/json/write.h; no newlines */
    size_t details_size;
};

/* Writes the details of an AIS_AUDIT_RETENTION_DELETED: how many segments, the numbers of their records. */
void ais_audit_write_deletion(struct ais_buf *out, uint64_t segments, uint64_t first, uint64_t last);

/* Appends the record to out, one line without a newline. Look at out->failed afterwards. */
void ais_audit_write_event(struct ais_buf *out, const struct ais_audit_event *event);

#endif
