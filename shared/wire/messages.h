/* What actors say to each other: every message declared once.
 *
 * From the two tables below come the enum, the names in logs, the structs, the encoders and decoders, the check of who
 * may send what to whom, and the tests that feed each decoder malformed frames. A message is one binary frame
 * (little-endian):
 *
 *     byte 0     0xA1
 *     byte 1     protocol version (AIS_WIRE_VERSION); peers agree a range in READY and SUBSCRIBE
 *     byte 2     message, by its place in AIS_MESSAGES
 *     byte 3     role of the sender, one bit of enum ais_role
 *     then       the fields in the order declared, nothing between and nothing after them
 *
 * Fields: u8 u16 u32 u64 i64 are fixed; id is 16 bytes, digest 32; str is a u16 length and that many bytes, blob the
 * same with a u32. Spans in a decoded struct point into the frame and live as long as it does. */
#ifndef AIS_SHARED_MESSAGES_H
#define AIS_SHARED_MESSAGES_H

#include "shared/err/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AIS_WIRE_VERSION = 1, AIS_WIRE_MAGIC = 0xA1, AIS_WIRE_HEADER = 4 };

enum ais_role {
    AIS_GATEWAY = 1,
    AIS_EVALUATOR = 2,
    AIS_AUDITOR = 4,
    AIS_METRICS = 8,
    AIS_REGISTRY = 16,
    AIS_SUPERVISOR = 32,
    AIS_ANYONE = 63,
};

/*    message     from                        to                         struct */
#define AIS_MESSAGES(X)                                                                             \
    X(READY, AIS_EVALUATOR, AIS_GATEWAY, ready)                                                     \
    X(HEARTBEAT, AIS_EVALUATOR | AIS_GATEWAY, AIS_EVALUATOR | AIS_GATEWAY, heartbeat)               \
    X(GOODBYE, AIS_EVALUATOR, AIS_GATEWAY, goodbye)                                                 \
    X(PREFLIGHT, AIS_GATEWAY, AIS_EVALUATOR, preflight)                                             \
    X(VERDICT, AIS_EVALUATOR, AIS_AUDITOR, verdict)                                                 \
    X(RELEASE, AIS_AUDITOR, AIS_GATEWAY, release)                                                   \
    X(EVENT, AIS_ANYONE, AIS_AUDITOR, event)                                                        \
    X(ANCHOR, AIS_REGISTRY, AIS_AUDITOR, anchor)                                                    \
    X(SUBSCRIBE, AIS_GATEWAY | AIS_EVALUATOR | AIS_REGISTRY, AIS_REGISTRY | AIS_AUDITOR, subscribe) \
    X(SNAPSHOT, AIS_REGISTRY, AIS_GATEWAY | AIS_EVALUATOR, snapshot)                                \
    X(STATE, AIS_AUDITOR, AIS_GATEWAY | AIS_REGISTRY, state)                                        \
    X(ASK, AIS_GATEWAY | AIS_EVALUATOR, AIS_AUDITOR | AIS_METRICS | AIS_REGISTRY, ask)              \
    X(TELL, AIS_AUDITOR | AIS_METRICS | AIS_REGISTRY, AIS_GATEWAY | AIS_EVALUATOR, tell)            \
    X(SAMPLE, AIS_ANYONE, AIS_METRICS, sample)                                                      \
    X(RECORDED, AIS_AUDITOR, AIS_GATEWAY | AIS_REGISTRY, recorded)                                  \
    X(ADOPTED, AIS_GATEWAY | AIS_EVALUATOR, AIS_REGISTRY, adopted)                                  \
    X(USED, AIS_GATEWAY, AIS_REGISTRY, used)                                                        \
    X(RESEAL, AIS_REGISTRY, AIS_AUDITOR | AIS_METRICS, reseal)                                      \
    X(RESEALED, AIS_AUDITOR | AIS_METRICS, AIS_REGISTRY, resealed)

/* An evaluator will hold `credit` requests that it has not finished; it speaks versions lowest to highest. Sent when it
 * starts, when its snapshot changes nothing of that, and again when a gateway it lost is heard once more. */
#define AIS_FIELDS_ready(F) \
    F(u32, credit)          \
    F(u8, version_low)      \
    F(u8, version_high)     \
    F(str, name)

/* Every AIS_HEARTBEAT_MS, both ways. finished: the highest dispatch number the evaluator is done with; gateways send 0.
 */
#define AIS_FIELDS_heartbeat(F) F(u64, finished)

/* An evaluator that stops in order; what it had not finished goes to another at once. */
#define AIS_FIELDS_goodbye(F) F(u64, finished)

/* One request to decide; explain not 0: with an explanation in the answer. dispatch numbers count up per evaluator from
 * 1; nonce and digest (BLAKE2b-256 of body) must come back in the verdict. Times are wall clock nanoseconds. epoch
 * changes whenever the gateway knows other evaluators: what one knows of a session holds within an epoch. */
#define AIS_FIELDS_preflight(F) \
    F(id, decision_id)          \
    F(id, nonce)                \
    F(u64, dispatch)            \
    F(u64, epoch)               \
    F(u32, attempt)             \
    F(u8, source)               \
    F(u8, token_verdict)        \
    F(u8, explain)              \
    F(i64, received_ns)         \
    F(i64, deadline_ns)         \
    F(str, gateway)             \
    F(str, request_id)          \
    F(str, traceparent)         \
    F(str, session_id)          \
    F(str, key_id)              \
    F(str, key_name)            \
    F(str, user)                \
    F(str, agent)               \
    F(str, environment)         \
    F(blob, body)

/* What an evaluator decided: the answer for the client and the audit record (a JSON object without its "seq"). outcome
 * is enum ais_action. digest is of the body that was evaluated. An empty answer says that no decision could be made;
 * it is recorded like any other, and the release says 503. */
#define AIS_FIELDS_verdict(F) \
    F(id, decision_id)        \
    F(id, nonce)              \
    F(digest, digest)         \
    F(u64, dispatch)          \
    F(u32, attempt)           \
    F(u8, outcome)            \
    F(i64, received_ns)       \
    F(i64, deadline_ns)       \
    F(u32, evaluation_us)     \
    F(str, gateway)           \
    F(str, evaluator)         \
    F(blob, answer)           \
    F(blob, record)

/* The answer, now that its record is on disk (seq is the record's place in the log). status is an HTTP status: 200, or
 * 503 when there was no answer or its record was refused (too late); then answer is empty. */
#define AIS_FIELDS_release(F) \
    F(id, decision_id)        \
    F(id, nonce)              \
    F(digest, digest)         \
    F(u64, dispatch)          \
    F(u64, seq)               \
    F(u16, status)            \
    F(u8, outcome)            \
    F(str, evaluator)         \
    F(blob, answer)

/* Anything else that belongs in the audit log: a JSON object without its "seq". A ticket that is not 0 comes back in a
 * RECORDED to the peer of that name on the auditor's `releases`, in the order in which the events were sent. */
#define AIS_FIELDS_event(F) \
    F(u64, ticket)          \
    F(str, sender)          \
    F(blob, record)

/* The record of that event, and of all that its sender sent before, is as durable as those of released decisions. */
#define AIS_FIELDS_recorded(F) F(u64, ticket)

/* A sealed document was replaced: its generation and digest join the chain. */
#define AIS_FIELDS_anchor(F) \
    F(str, document)         \
    F(u64, generation)       \
    F(digest, digest)        \
    F(blob, record)

/* "Send me your snapshots (registry), your releases and states (auditor)." */
#define AIS_FIELDS_subscribe(F) \
    F(u8, version_low)          \
    F(u8, version_high)         \
    F(str, name)

/* Immutable, reference-counted pointers (struct ais_policy *, struct ais_access *) inside one process; the receiver
 * owns one reference of each that is not 0. Versions count up from 1 while the registry runs. */
#define AIS_FIELDS_snapshot(F) \
    F(u64, version)            \
    F(u64, policy)             \
    F(u64, access)

/* From now on this subscriber uses nothing older than the snapshot of this version. */
#define AIS_FIELDS_adopted(F) F(u64, version)

/* API keys that were used since the last such message: pairs of a key's id and the wall clock's nanoseconds as decimal
 * digits (shared/wire/args.h). Sent about once a second. */
#define AIS_FIELDS_used(F) F(blob, keys)

/* The ring's sealing key has changed: whatever files the receiver owns are to be sealed anew under it. It answers the
 * sender, by that name on the auditor's `releases`, with the same round: as it comes on, and when nothing of its is
 * under another key any more. Asked again, it goes on, or says so again. */
#define AIS_FIELDS_reseal(F) \
    F(u64, round)            \
    F(str, sender)

/* How far it is: segments that were sealed anew, lines in them, and lines that no key opens, which stay as they are.
 * obstacle: what is in its way just now; empty: nothing is. */
#define AIS_FIELDS_resealed(F) \
    F(u64, round)              \
    F(u8, finished)            \
    F(u64, segments)           \
    F(u64, lines)              \
    F(u64, unopened)           \
    F(str, obstacle)

/* How the log does: whether it can take records, and its head. Sent at SUBSCRIBE, at each change of storage_ok and at
 * most every 100 ms while the head moves. */
#define AIS_FIELDS_state(F) \
    F(u8, storage_ok)       \
    F(u64, head_seq)        \
    F(digest, head_hash)    \
    F(str, reason)

/* A question for another room's owner, or something that it is to do, and its answer as an HTTP status, media type and
 * body. what names it ("rulepacks", "logs", "activity", "metrics"); args are name NUL value NUL pairs
 * (shared/wire/args.h); caller is the API key on whose behalf, peer where it is, and request_id and traceparent what it
 * calls its request (empty: nothing), for the record of a change; body is what the client sent, unread. ticket comes
 * back as it was. Of a status that is no success (2xx) the gateway makes a problem document: its body is a detail for
 * people (text/plain), or members for that document (application/json: {"detail"?, "errors"?:
 * [...]}). */
#define AIS_FIELDS_ask(F) \
    F(u64, ticket)        \
    F(str, what)          \
    F(str, key_id)        \
    F(str, key_name)      \
    F(str, user)          \
    F(str, peer)          \
    F(str, request_id)    \
    F(str, traceparent)   \
    F(blob, args)         \
    F(blob, body)

#define AIS_FIELDS_tell(F) \
    F(u64, ticket)         \
    F(u16, status)         \
    F(str, media_type)     \
    F(blob, body)

/* Deltas of an actor's metrics since its last sample, as shared/metrics encodes them. */
#define AIS_FIELDS_sample(F) \
    F(str, actor)            \
    F(blob, deltas)

enum ais_message {
#define X(NAME, from, to, type) AIS_MSG_##NAME,
    AIS_MESSAGES(X)
#undef X
        AIS_MESSAGE_COUNT
};

struct ais_span {
    const char *data; /* borrowed; not NUL-terminated */
    size_t size;
};

struct ais_id {
    uint8_t bytes[16];
};

struct ais_digest {
    uint8_t bytes[32];
};

typedef uint8_t ais_wire_u8;
typedef uint16_t ais_wire_u16;
typedef uint32_t ais_wire_u32;
typedef uint64_t ais_wire_u64;
typedef int64_t ais_wire_i64;
typedef struct ais_id ais_wire_id;
typedef struct ais_digest ais_wire_digest;
typedef struct ais_span ais_wire_str;
typedef struct ais_span ais_wire_blob;

#define AIS_FIELD_MEMBER(kind, name) ais_wire_##kind name;
#define X(NAME, from, to, type)             \
    struct ais_msg_##type {                 \
        AIS_FIELDS_##type(AIS_FIELD_MEMBER) \
    };
AIS_MESSAGES(X)
#undef X

/* For each message: the size of its frame, its encoder into a frame of that size, and its decoder. A decoder returns
 * AIS_E_MALFORMED, with *ret untouched, unless the frame is exactly this message. Strings over 65,535 bytes must not be
 * given to an encoder: ais_span_of cuts them. */
#define X(NAME, from, to, type)                                                                        \
    size_t ais_msg_##type##_size(const struct ais_msg_##type *msg);                                    \
    void ais_msg_##type##_put(const struct ais_msg_##type *msg, enum ais_role sender, uint8_t *frame); \
    MUST_CHECK enum ais_err ais_msg_##type##_get(const uint8_t *frame, size_t size, struct ais_msg_##type *ret);
AIS_MESSAGES(X)
#undef X

/* The name of a message for logs; "unknown" for anything else. */
const char *ais_message_name(int message);

/* The message of a frame with a good header from a role that may send it to `to`; -1 otherwise. */
int ais_message_of(const uint8_t *frame, size_t size, enum ais_role to);

/* A span of a C string (NULL: empty), cut at 65,535 bytes. */
struct ais_span ais_span_of(const char *text);

/* Whether a span holds exactly these bytes. */
bool ais_span_is(struct ais_span span, const char *text);

/* Copies a span into a NUL-terminated array of size bytes, cut if need be. */
void ais_span_copy(struct ais_span span, char *text, size_t size);

#endif
