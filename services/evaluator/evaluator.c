#include "services/evaluator/evaluator.h"

#include "services/evaluator/decide.h"
#include "services/evaluator/parked.h"
#include "shared/access/access.h"
#include "shared/audit/history.h"
#include "shared/log/log.h"
#include "shared/metrics/sample.h"
#include "shared/sys/clock.h"

#include <stdlib.h>

enum {
    CREDIT = 512,              /* requests in hand at most: enough to keep busy while the gateway does other things */
    ROUND = 64,                /* requests decided before heartbeats are looked at again */
    HISTORY_MEMORY = 64 << 20, /* bytes of the tree of a session's past, which a message of 4 MiB brought */
    QUEUE = 10000,             /* messages each way; credit bounds what is really in flight */
};

struct evaluator {
    char name[64];
    zsock_t *work, *verdicts, *registry, *pasts, *metrics_socket; /* owned */
    struct decider *decider;                                      /* owned */
    struct ais_policy *policy;                    /* owned reference; NULL until the registry has spoken */
    struct parked parked;                         /* owned: requests whose session is being learnt */
    struct ais_arena *arena;                      /* owned: what is told of a session, while it is read */
    uint64_t last_ticket;                         /* of questions about sessions */
    uint64_t decided;                             /* the highest dispatch number that was decided, or waits */
    uint64_t current;                             /* the one that is being decided; 0: none */
    int64_t gateway_heard_ns, ticked_ns, beat_ns; /* monotonic */
    bool ready;                                   /* READY was said to a gateway that is alive */
    bool counts_users;
    struct ais_user_key user_key; /* by which it counts them */
    struct ais_metrics metrics;   /* what this actor counts */
    struct ais_buf sample;        /* owned: memory for sending them */
    int64_t next_sample_ns;       /* monotonic */
    uint64_t refused, told_refused;
};

static void say_ready(struct evaluator *evaluator)
{
    const struct ais_msg_ready msg = { CREDIT, AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of(evaluator->name) };
    evaluator->decided = 0;
    (void)parked_expire(&evaluator->parked, INT64_MAX); /* the gateway gives them to somebody, under new numbers */
    evaluator->gateway_heard_ns = ais_clock_mono();
    evaluator->ready = ais_send_ready(evaluator->work, NULL, AIS_EVALUATOR, &msg) == AIS_OK;
}

/* ---- gateway ---- */

/* Of what is decided in its order; the gateway takes the rest back when this evaluator is lost. */
static uint64_t finished(const struct evaluator *evaluator)
{
    uint64_t least = evaluator->decided + 1;
    if (evaluator->current != 0 && evaluator->current < least)
        least = evaluator->current;
    for (const struct parked_request *request = evaluator->parked.first; request != NULL; request = request->next)
        if (request->dispatch < least)
            least = request->dispatch;
    return least - 1;
}

static void beat(struct evaluator *evaluator)
{
    const struct ais_msg_heartbeat msg = { .finished = finished(evaluator) };
    evaluator->beat_ns = ais_clock_mono();
    if (ais_send_heartbeat(evaluator->work, NULL, AIS_EVALUATOR, &msg) != AIS_OK)
        evaluator->ready = false;
}

/* A request may take as long as two heartbeats, and a round has many: silence would have the gateway give all that is
 * in hand to another, which would decide it again. */
static void pulse(void *self)
{
    struct evaluator *evaluator = self;
    if (evaluator->ready && ais_clock_mono() - evaluator->beat_ns >= AIS_HEARTBEAT_MS * AIS_NS_PER_MS / 2)
        beat(evaluator);
}

static void count(struct evaluator *evaluator, int64_t took_ns)
{
    struct ais_span user = decider_user(evaluator->decider);
    ais_metrics_observe(&evaluator->metrics, AIS_M_EVALUATION_SECONDS, took_ns);
    if (evaluator->counts_users && user.size > 0)
        ais_metrics_saw(&evaluator->metrics, AIS_M_USERS, ais_user_hash(&evaluator->user_key, user.data, user.size));
}

/* Asks the auditor's reader what a session did. 0: it cannot be asked. */
static uint64_t ask(struct evaluator *evaluator, const struct past_of *of)
{
    AUTO(ais_buf_done) struct ais_buf args = { 0 };
    if (!past_ask(&args, of, ais_sessions_needs(decider_sessions(evaluator->decider))))
        return 0;
    const struct ais_msg_ask msg = {
        .ticket = evaluator->last_ticket + 1,
        .what = ais_span_of(AIS_HISTORY),
        .args = {args.data, args.length},
    };
    return ais_send_ask(evaluator->pasts, NULL, AIS_EVALUATOR, &msg) == AIS_OK ? ++evaluator->last_ticket : 0;
}

/* A request that finds no place is dropped like a verdict that finds none: not decided. */
static void park(struct evaluator *evaluator, const uint8_t *frame, size_t size, const struct ais_msg_preflight *msg,
                 const struct past_of *of)
{
    const struct ais_session_group group = ais_session_group_of(of->session, of->key);
    struct parked_request *request = NULL;
    uint64_t generation = ais_sessions_generation(decider_sessions(evaluator->decider));
    uint64_t ticket = parked_ticket(&evaluator->parked, &group, generation);
    if (ticket == 0)
        ticket = ask(evaluator, of);
    if (ticket != 0 && evaluator->parked.count < CREDIT)
        request = parked_add(&evaluator->parked, frame, size);
    if (request == NULL) {
        ais_log(AIS_LOG_WARNING, "%s: the past of a session cannot be asked for; a request was dropped",
                evaluator->name);
        return;
    }
    request->group = group;
    request->ticket = ticket;
    request->generation = generation;
    request->dispatch = msg->dispatch;
    request->deadline_ns = msg->deadline_ns;
}

static void take_request(struct evaluator *evaluator, const uint8_t *frame, size_t size)
{
    struct ais_msg_preflight msg;
    struct ais_msg_verdict verdict;
    struct past_of of;
    if (ais_msg_preflight_get(frame, size, &msg) != AIS_OK) {
        evaluator->refused++;
        return;
    }
    if (msg.deadline_ns < ais_clock_wall()) { /* its client was told 503: others wait for this time */
        if (msg.dispatch > evaluator->decided)
            evaluator->decided = msg.dispatch;
        return;
    }
    int64_t begun_ns = ais_clock_mono();
    pulse(evaluator);
    evaluator->current = msg.dispatch;
    bool decided = decider_run(evaluator->decider, evaluator->policy, &msg, &verdict, &of);
    evaluator->current = 0;
    if (msg.dispatch > evaluator->decided)
        evaluator->decided = msg.dispatch;
    if (!decided) {
        park(evaluator, frame, size, &msg, &of);
        return;
    }
    count(evaluator, ais_clock_mono() - begun_ns);
    /* A verdict that finds no place is dropped: its client is told "not decided" at the deadline, and nobody waits. */
    if (ais_send_verdict(evaluator->verdicts, NULL, AIS_EVALUATOR, &verdict) != AIS_OK)
        ais_log(AIS_LOG_WARNING, "%s: the auditor takes no more verdicts; one was dropped", evaluator->name);
}

static void on_preflight(void *self, const struct ais_received *received)
{
    struct evaluator *evaluator = self;
    evaluator->gateway_heard_ns = ais_clock_mono();
    take_request(evaluator, received->frame, received->size);
}

static void on_heartbeat(void *self, const struct ais_received *received)
{
    struct evaluator *evaluator = self;
    (void)received;
    evaluator->gateway_heard_ns = ais_clock_mono();
}

static void work_readable(void *self)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_PREFLIGHT,  on_preflight},
        { AIS_MSG_HEARTBEAT, on_heartbeat},
    };
    struct evaluator *evaluator = self;
    ais_actor_receive(evaluator->work, AIS_EVALUATOR, table, N_ELEMS(table), ROUND, evaluator, &evaluator->refused);
}

/* ---- the auditor's reader ---- */

/* What is told of a session; false: that nothing is known of it. Its requests then hang on what they need of its past.
 */
static bool learn(struct evaluator *evaluator, const struct parked_request *request, const struct ais_msg_tell *msg)
{
    struct ais_sessions *sessions = decider_sessions(evaluator->decider);
    struct ais_kept_session *session = NULL;
    struct ais_why why = { 0 };
    if (msg->status == 200)
        session = past_read(evaluator->arena, &request->group, ais_sessions_needs(sessions), msg->body.data,
                            msg->body.size, &why);
    else
        ais_fail(&why, AIS_E_IO, "the auditor's reader answers %u", msg->status);
    bool known = session != NULL;
    if (!known) {
        ais_log_why(AIS_LOG_WARNING, &why, "%s: the past of a session cannot be read", evaluator->name);
        session = past_unknown(&request->group, "its past could not be read");
    }
    if (session != NULL)
        ais_sessions_learn(sessions, request->generation, &session);
    return known;
}

/* Those that wait for a session are decided in the order in which they came. */
static void on_tell(void *self, const struct ais_received *received)
{
    struct evaluator *evaluator = self;
    struct ais_msg_tell msg;
    if (ais_msg_tell_get(received->frame, received->size, &msg) != AIS_OK) {
        evaluator->refused++;
        return;
    }
    struct parked_request *request = parked_take(&evaluator->parked, msg.ticket);
    if (request == NULL)
        return; /* nobody waits any more */
    const struct ais_session_group group = request->group;
    bool known = learn(evaluator, request, &msg);
    for (; request != NULL; request = parked_take(&evaluator->parked, msg.ticket)) {
        take_request(evaluator, request->frame, request->size);
        parked_request_free(&request);
    }
    if (!known)
        ais_sessions_forget(decider_sessions(evaluator->decider), &group); /* the next request asks again */
}

static void pasts_readable(void *self)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_TELL, on_tell}
    };
    struct evaluator *evaluator = self;
    ais_actor_receive(evaluator->pasts, AIS_EVALUATOR, table, N_ELEMS(table), 0, evaluator, &evaluator->refused);
}

/* ---- registry ---- */

static void on_snapshot(void *self, const struct ais_received *received)
{
    struct evaluator *evaluator = self;
    struct ais_msg_snapshot msg;
    if (ais_msg_snapshot_get(received->frame, received->size, &msg) != AIS_OK) {
        evaluator->refused++;
        return;
    }
    struct ais_access *access = (struct ais_access *)(uintptr_t)msg.access;
    ais_access_unref(&access); /* who may ask is the gateway's business */
    if (msg.policy == 0)
        return;
    ais_policy_unref(&evaluator->policy);
    evaluator->policy = (struct ais_policy *)(uintptr_t)msg.policy;
    struct ais_policy_stats stats;
    const struct ais_session_needs needs = ais_policy_session_needs(evaluator->policy);
    ais_sessions_need(decider_sessions(evaluator->decider), &needs);
    ais_policy_stats(evaluator->policy, &stats);
    const struct ais_msg_adopted adopted = { .version = msg.version };
    if (ais_send_adopted(evaluator->registry, NULL, AIS_EVALUATOR, &adopted) != AIS_OK)
        ais_log(AIS_LOG_WARNING, "%s: the registry does not hear which snapshot is in force", evaluator->name);
    ais_metrics_set(&evaluator->metrics, AIS_M_RULES, stats.rules + stats.invariants);
    ais_metrics_info(&evaluator->metrics, AIS_M_SNAPSHOT_INFO, ais_policy_digest(evaluator->policy), NULL);
    if (!evaluator->ready)
        say_ready(evaluator);
}

static void registry_readable(void *self)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_SNAPSHOT, on_snapshot}
    };
    struct evaluator *evaluator = self;
    ais_actor_receive(evaluator->registry, AIS_EVALUATOR, table, N_ELEMS(table), 0, evaluator, &evaluator->refused);
}

/* ---- life ---- */

static void send_sample(struct evaluator *evaluator)
{
    evaluator->next_sample_ns = ais_clock_mono() + AIS_SAMPLE_MS * AIS_NS_PER_MS;
    ais_metrics_count(&evaluator->metrics, AIS_M_WIRE_REFUSED, 0, 0, evaluator->refused - evaluator->told_refused);
    evaluator->told_refused = evaluator->refused;
    ais_metrics_send(&evaluator->metrics, evaluator->metrics_socket, AIS_EVALUATOR, evaluator->name,
                     &evaluator->sample);
}

static void tick(void *self)
{
    struct evaluator *evaluator = self;
    int64_t now = ais_clock_mono();
    if (now >= evaluator->next_sample_ns)
        send_sample(evaluator);
    int64_t stood_ns = now - evaluator->ticked_ns - AIS_HEARTBEAT_MS * AIS_NS_PER_MS;
    if (evaluator->ticked_ns != 0 && stood_ns > 0)
        evaluator->gateway_heard_ns += stood_ns; /* while we stood still ourselves we heard nobody */
    evaluator->ticked_ns = now;
    int64_t silent_ns = now - evaluator->gateway_heard_ns;
    (void)parked_expire(&evaluator->parked, ais_clock_wall()); /* the gateway tells their clients */
    if (evaluator->policy == NULL)
        return;
    if (!evaluator->ready || silent_ns > (int64_t)AIS_HEARTBEATS_MISSED * AIS_HEARTBEAT_MS * AIS_NS_PER_MS)
        say_ready(evaluator); /* the gateway forgot us, or is a new one */
    else
        beat(evaluator);
}

static void evaluator_destroy(struct evaluator **owned)
{
    struct evaluator *evaluator = *owned;
    if (evaluator == NULL)
        return;
    const struct ais_msg_goodbye goodbye = { finished(evaluator) };
    if (evaluator->work != NULL && ais_send_goodbye(evaluator->work, NULL, AIS_EVALUATOR, &goodbye) != AIS_OK)
        ais_log(AIS_LOG_DEBUG, "%s: nobody heard the goodbye", evaluator->name);
    if (evaluator->registry != NULL)
        registry_readable(evaluator); /* a snapshot on its way carries references */
    zsock_destroy(&evaluator->work);
    zsock_destroy(&evaluator->verdicts);
    zsock_destroy(&evaluator->registry);
    zsock_destroy(&evaluator->pasts);
    zsock_destroy(&evaluator->metrics_socket);
    ais_buf_done(&evaluator->sample);
    (void)parked_expire(&evaluator->parked, INT64_MAX);
    ais_arena_destroy(&evaluator->arena);
    decider_destroy(&evaluator->decider);
    ais_policy_unref(&evaluator->policy);
    free(evaluator);
    *owned = NULL;
}

static void destroy(void *self)
{
    struct evaluator *evaluator = self;
    send_sample(evaluator);
    evaluator_destroy(&evaluator);
}

enum ais_err evaluator_start(const struct evaluator_conf *conf, zactor_t **ret_actor, struct ais_why *why)
{
    AUTO(evaluator_destroy) struct evaluator *evaluator = calloc(1, sizeof *evaluator);
    if (evaluator == NULL)
        return ais_fail(why, AIS_E_NOMEM, "evaluator");
    snprintf(evaluator->name, sizeof evaluator->name, "%s", conf->name);
    evaluator->counts_users = conf->user_key != NULL;
    if (evaluator->counts_users)
        evaluator->user_key = *conf->user_key;
    evaluator->decider = decider_new(evaluator->name);
    evaluator->arena = ais_arena_new(HISTORY_MEMORY);
    if (evaluator->decider == NULL || evaluator->arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "evaluator");
    if (conf->mask != NULL)
        TRY(decider_mask(evaluator->decider, conf->mask, why));
    decider_listen(evaluator->decider, pulse, evaluator);
    const struct ais_endpoints *at = &conf->endpoints;
    TRY(ais_wire_connect(ZMQ_DEALER, at->work, QUEUE, evaluator->name, &evaluator->work, why));
    TRY(ais_wire_connect(ZMQ_PUSH, at->verdicts, QUEUE, NULL, &evaluator->verdicts, why));
    TRY(ais_wire_connect(ZMQ_DEALER, at->registry, QUEUE, evaluator->name, &evaluator->registry, why));
    TRY(ais_wire_connect(ZMQ_DEALER, at->pasts, QUEUE, evaluator->name, &evaluator->pasts, why));
    TRY(ais_wire_connect(ZMQ_DEALER, at->metrics, QUEUE, evaluator->name, &evaluator->metrics_socket, why));
    const struct ais_msg_subscribe subscribe = { AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of(evaluator->name) };
    if (ais_send_subscribe(evaluator->registry, NULL, AIS_EVALUATOR, &subscribe) != AIS_OK)
        return ais_fail(why, AIS_E_NETWORK, "evaluator: cannot subscribe to the registry");
    const struct ais_actor actor = {
        .name = "evaluator",
        .self = evaluator,
        .destroy = destroy,
        .inputs = {{ evaluator->work, 0, work_readable },
                   { evaluator->registry, 0, registry_readable },
                   { evaluator->pasts, 0, pasts_readable }},
        .input_count = 3,
        .tick_ms = AIS_HEARTBEAT_MS,
        .tick = tick,
    };
    evaluator = NULL; /* the thread's from here on */
    return ais_actor_start(&actor, ret_actor, why);
}
