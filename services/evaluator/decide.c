#include "services/evaluator/decide.h"

#include "shared/audit/record.h"
#include "shared/policy/explain/explain.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_LIMIT = 192 << 20, /* bytes of a body's tree: 1 MiB of "[1,1,…" is half a million nodes */
    BUFFER_KEPT = 1 << 20,   /* bytes: buffers that grew beyond it are given back */
    JUMP_S = AIS_SESSION_SLACK_S / 2,
};

struct decider {
    char name[64];
    struct ais_arena *arena;       /* owned: the caller's texts and the request's tree */
    struct ais_engine *engine;     /* owned */
    struct ais_buf answer, record; /* owned */
    struct ais_masker *masker;     /* owned; NULL: nothing is masked */
    const struct ais_mask *mask;   /* borrowed; what it masks by */
    struct ais_span user;          /* of the request that was decided last */
    struct ais_sessions *sessions; /* owned */
    int64_t clocks_apart_ns;       /* the wall clock less the monotonic one, when it jumped last; 0: not known yet */
    uint64_t jumps;
};

/* One request on its way to a decision. */
struct deciding {
    const struct ais_policy *policy;
    const struct ais_msg_preflight *msg;
    struct ais_caller caller;
    struct ais_request request;
    struct past_of of;
    struct ais_session_group group;
    struct ais_session session; /* what it did before */
    bool looks_back;            /* session counts */
    bool remembers;             /* and so will this call */
    bool waits;                 /* the session has to be learnt first */
    struct ais_question question;
    struct ais_decision decision;
};

struct decider *decider_new(const char *name)
{
    struct decider *decider = calloc(1, sizeof *decider);
    if (decider == NULL)
        return NULL;
    ais_span_copy(ais_span_of(name), decider->name, sizeof decider->name);
    decider->arena = ais_arena_new(ARENA_LIMIT);
    decider->engine = ais_engine_new();
    decider->sessions = ais_sessions_new();
    if (decider->arena == NULL || decider->engine == NULL || decider->sessions == NULL)
        decider_destroy(&decider);
    else
        ais_arena_keep(decider->arena, AIS_DECISION_KEPT);
    return decider;
}

void decider_listen(struct decider *decider, void (*pulse)(void *arg), void *arg)
{
    ais_engine_listen(decider->engine, pulse, arg);
}

void decider_destroy(struct decider **decider)
{
    if (*decider == NULL)
        return;
    ais_arena_destroy(&(*decider)->arena);
    ais_engine_destroy(&(*decider)->engine);
    ais_masker_destroy(&(*decider)->masker);
    ais_sessions_destroy(&(*decider)->sessions);
    ais_buf_done(&(*decider)->answer);
    ais_buf_done(&(*decider)->record);
    free(*decider);
    *decider = NULL;
}

enum ais_err decider_mask(struct decider *decider, const struct ais_mask *mask, struct ais_why *why)
{
    decider->mask = mask;
    decider->masker = ais_masker_new(mask);
    if (decider->masker == NULL)
        return ais_fail(why, AIS_E_NOMEM, "%s", decider->name);
    ais_engine_key(decider->engine, ais_masker_key(decider->masker));
    return AIS_OK;
}

/* A span as a C string in the arena, whole: a rule about the end of a name must see its end. NULL when it is empty. */
static enum ais_err copy_text(struct decider *decider, struct ais_span span, const char **ret, struct ais_why *why)
{
    *ret = NULL;
    if (span.size == 0)
        return AIS_OK;
    if (memchr(span.data, '\0', span.size) != NULL)
        return ais_fail(why, AIS_E_MALFORMED, "what is known of the key holds a NUL");
    *ret = ais_arena_copy(decider->arena, span.data, span.size);
    return *ret != NULL ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "out of memory for a request");
}

static enum ais_err read_caller(struct decider *decider, const struct ais_msg_preflight *msg, struct ais_caller *ret,
                                struct ais_why *why)
{
    TRY(copy_text(decider, msg->key_id, &ret->key_id, why));
    TRY(copy_text(decider, msg->key_name, &ret->name, why));
    TRY(copy_text(decider, msg->user, &ret->user, why));
    TRY(copy_text(decider, msg->agent, &ret->agent, why));
    return copy_text(decider, msg->environment, &ret->environment, why);
}

static struct ais_audit_text audit_text(struct ais_span span)
{
    return (struct ais_audit_text){ span.size > 0 ? span.data : NULL, span.size };
}

/* What is pinned to the key holds, whatever the request says. */
static struct ais_audit_text pinned_or(const char *pinned, const struct ais_json *said)
{
    return pinned != NULL ? ais_audit_text(pinned) : ais_audit_text_of(said);
}

/* ---- what the session did before ---- */

struct ais_sessions *decider_sessions(struct decider *decider)
{
    return decider->sessions;
}

static struct ais_span span_of_node(const struct ais_json *node)
{
    return node != NULL && node->text != NULL ? (struct ais_span){ node->text, node->length }
                                              : (struct ais_span){ "", 0 };
}

/* The gateway's epoch, and another one when the wall clock was set: a session that is not remembered is new as long as
 * nothing can have happened before the epoch began, which the times of two clocks do not tell. */
static uint64_t epoch_of(struct decider *decider, uint64_t epoch)
{
    int64_t apart_ns = ais_clock_wall() - ais_clock_mono(), moved_ns = apart_ns - decider->clocks_apart_ns;
    if (moved_ns > JUMP_S * AIS_NS_PER_S || moved_ns < -JUMP_S * AIS_NS_PER_S) {
        decider->clocks_apart_ns = apart_ns;
        decider->jumps++;
    }
    return epoch + decider->jumps;
}

/* Events that are not there are deferred: most calls match nothing that counts, and need none. */
static void look_back(struct decider *decider, struct deciding *d)
{
    const struct ais_session_needs *needs = ais_sessions_needs(decider->sessions);
    if (!needs->facts && !needs->events)
        return;
    d->looks_back = true;
    d->of = (struct past_of){ .session = span_of_node(d->request.session_id),
                              .key = d->msg->key_id,
                              .received_ns = d->msg->received_ns };
    if (memchr(d->of.session.data, '\0', d->of.session.size) != NULL) {
        static const char odd[] = "its id holds a NUL";
        d->session = (struct ais_session){ .unknown = odd, .known_since_ns = INT64_MAX, .gap = odd };
        return; /* nobody can be asked about it */
    }
    d->remembers = true;
    d->group = ais_session_group_of(d->of.session, d->of.key);
    bool known = ais_sessions_find(decider->sessions, &d->group, epoch_of(decider, d->msg->epoch), d->msg->received_ns,
                                   ais_session_call_of(&d->msg->decision_id), &d->session);
    d->waits = !known && needs->facts;
    d->session.deferred = !known;
}

static void look_ahead(struct decider *decider, const struct deciding *d)
{
    const struct ais_session_call call = {
        .id = ais_session_call_of(&d->msg->decision_id),
        .received_ns = d->msg->received_ns,
        .tool = span_of_node(d->request.tool_name),
        .allowed = d->decision.allowed,
        .events = d->decision.events,
        .event_count = d->decision.event_count,
    };
    if (d->remembers && (ais_sessions_needs(decider->sessions)->facts || call.event_count > 0))
        (void)ais_sessions_add(decider->sessions, &d->group, &call); /* or it will be learnt */
}

/* ---- the decision ---- */

static enum ais_err decide(struct decider *decider, struct deciding *d, struct ais_why *why)
{
    const struct ais_msg_preflight *msg = d->msg;
    ais_arena_reset(decider->arena);
    TRY(read_caller(decider, msg, &d->caller, why));
    TRY(ais_request_read(decider->arena, msg->body.data, msg->body.size, &d->request, NULL, why));
    if (d->policy == NULL)
        return ais_fail(why, AIS_E_INTERNAL, "there is no snapshot yet");
    if (msg->token_verdict >= AIS_TOKEN_COUNT)
        return ais_fail(why, AIS_E_MALFORMED, "unknown token verdict %u", msg->token_verdict);
    look_back(decider, d);
    if (d->waits)
        return AIS_OK;
    d->question = (struct ais_question){
        .request = &d->request,
        .caller = d->caller,
        .received_ns = msg->received_ns,
        .token = (enum ais_token)msg->token_verdict,
        .session = d->looks_back ? &d->session : NULL,
    };
    ais_engine_time(decider->engine, msg->explain != 0 ? ais_clock_mono : NULL);
    TRY(ais_decide(decider->engine, d->policy, &d->question, &d->decision, why));
    d->waits = d->decision.wants_session;
    return AIS_OK;
}

static void empty(struct ais_buf *buf)
{
    if (buf->capacity > BUFFER_KEPT)
        ais_buf_done(buf);
    ais_buf_clear(buf);
}

/* What the audit record says; error not NULL: there is no decision, for this reason. */
static void write_record(struct decider *decider, const struct deciding *d, const struct ais_msg_verdict *verdict,
                         const char *error)
{
    const struct ais_msg_preflight *msg = d->msg;
    const struct ais_caller *caller = &d->caller;
    const struct ais_request *request = &d->request;
    char id[AIS_UUID_SIZE];
    ais_uuid_text(msg->decision_id.bytes, id);
    const struct ais_audit_text user = pinned_or(caller->user, request->user_id);
    decider->user = user.bytes != NULL ? (struct ais_span){ user.bytes, user.n } : (struct ais_span){ "", 0 };
    struct ais_audit_decision record = {
        .decision = error == NULL ? &d->decision : NULL,
        .error = error,
        .caller = *caller,
        .user_id = user,
        .session_id = ais_audit_text_of(request->session_id),
        .agent_id = pinned_or(caller->agent, request->agent_id),
        .environment = pinned_or(caller->environment, request->environment),
        .tool = ais_audit_text_of(request->tool_name),
        .request_id = audit_text(msg->request_id),
        .traceparent = audit_text(msg->traceparent),
        .evaluator = ais_audit_text(decider->name),
        .request = audit_text(msg->body),
        .request_is_json = request->tool_name != NULL,
        .decision_id = id,
        .snapshot = d->policy != NULL ? ais_policy_digest(d->policy) : NULL,
        .request_digest = verdict->digest.bytes,
        .received_ns = msg->received_ns,
        .deadline_ns = msg->deadline_ns,
        .attempt = msg->attempt,
        .evaluation_us = verdict->evaluation_us,
        .explained = msg->explain != 0,
        .source = msg->source < AIS_AUDIT_SOURCE_COUNT ? (enum ais_audit_source)msg->source : AIS_AUDIT_REST,
        .session = d->looks_back && ais_sessions_needs(decider->sessions)->facts ? &d->session : NULL,
    };
    if (decider->masker == NULL || ais_masker_apply(decider->masker, request->body, &record, NULL) == AIS_OK)
        ais_audit_write_decision(&decider->record, &record);
    else
        decider->record.failed = true;
}

static void explain(struct decider *decider, const struct deciding *d)
{
    struct ais_withheld withheld = { 0 };
    if (decider->masker != NULL)
        ais_masker_withhold(decider->masker, d->question.request, &withheld);
    ais_explain(decider->engine, &d->question, &d->decision, &withheld, &decider->answer);
}

/* The answer for the client into decider->answer; NULL, or why there is none. */
static const char *write_answer(struct decider *decider, struct deciding *d, struct ais_why *why)
{
    char id[AIS_UUID_SIZE];
    if (decide(decider, d, why) != AIS_OK)
        return why->text;
    if (d->waits)
        return NULL;
    ais_uuid_text(d->msg->decision_id.bytes, id);
    ais_decision_write(&decider->answer, &d->decision, id);
    if (d->msg->explain != 0)
        explain(decider, d);
    return decider->answer.failed ? "out of memory" : NULL;
}

struct ais_span decider_user(const struct decider *decider)
{
    return decider->user;
}

bool decider_run(struct decider *decider, const struct ais_policy *policy, const struct ais_msg_preflight *msg,
                 struct ais_msg_verdict *ret, struct past_of *ret_of)
{
    struct deciding d = { .policy = policy, .msg = msg };
    struct ais_why why = { 0 };
    int64_t begun_ns = ais_clock_mono();
    empty(&decider->answer);
    empty(&decider->record);
    const char *error = write_answer(decider, &d, &why);
    if (error == NULL && d.waits) {
        *ret_of = d.of;
        if (decider->mask != NULL && d.of.session.size > 0)
            ais_mask_session(decider->mask, d.of.session.data, d.of.session.size, ret_of->masked);
        return false;
    }
    *ret = (struct ais_msg_verdict){
        .decision_id = msg->decision_id,
        .nonce = msg->nonce,
        .dispatch = msg->dispatch,
        .attempt = msg->attempt,
        .received_ns = msg->received_ns,
        .deadline_ns = msg->deadline_ns,
        .gateway = msg->gateway,
        .evaluator = ais_span_of(decider->name),
    };
    crypto_generichash(ret->digest.bytes, sizeof ret->digest.bytes, (const unsigned char *)msg->body.data,
                       msg->body.size, NULL, 0);
    ret->evaluation_us = (uint32_t)((ais_clock_mono() - begun_ns) / 1000);
    write_record(decider, &d, ret, error);
    if (decider->record.failed)
        return true; /* nothing to record, so nothing to release: the auditor refuses a verdict without a record */
    ret->record = (struct ais_span){ decider->record.data, decider->record.length };
    if (error == NULL) {
        ret->outcome = (uint8_t)d.decision.action;
        ret->answer = (struct ais_span){ decider->answer.data, decider->answer.length };
        look_ahead(decider, &d);
    }
    return true;
}
