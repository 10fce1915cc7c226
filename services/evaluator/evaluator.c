#include "services/evaluator/evaluator.h"

#include "services/evaluator/decide.h"
#include "shared/access/access.h"
#include "shared/log/log.h"
#include "shared/metrics/sample.h"
#include "shared/sys/clock.h"

#include <stdlib.h>

enum {
    CREDIT = 512,  /* requests in hand at most: enough to keep busy while the gateway does other things */
    ROUND = 64,    /* requests decided before heartbeats are looked at again */
    QUEUE = 10000, /* messages each way; credit bounds what is really in flight */
};

struct evaluator {
    char name[64];
    zsock_t *work, *verdicts, *registry, *metrics_socket; /* owned */
    struct decider *decider;                              /* owned */
    struct ais_policy *policy;                            /* owned reference; NULL until the registry has spoken */
    uint64_t finished;                                    /* the highest dispatch number decided */
    int64_t gateway_heard_ns, ticked_ns, beat_ns;         /* monotonic */
    bool ready;                                           /* READY was said to a gateway that is alive */
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
    evaluator->finished = 0;
    evaluator->gateway_heard_ns = ais_clock_mono();
    evaluator->ready = ais_send_ready(evaluator->work, NULL, AIS_EVALUATOR, &msg) == AIS_OK;
}

/* ---- gateway ---- */

static void beat(struct evaluator *evaluator)
{
    const struct ais_msg_heartbeat msg = { .finished = evaluator->finished };
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

static void on_preflight(void *self, const struct ais_received *received)
{
    struct evaluator *evaluator = self;
    struct ais_msg_preflight msg;
    struct ais_msg_verdict verdict;
    if (ais_msg_preflight_get(received->frame, received->size, &msg) != AIS_OK) {
        evaluator->refused++;
        return;
    }
    int64_t begun_ns = ais_clock_mono();
    evaluator->gateway_heard_ns = begun_ns;
    pulse(evaluator);
    decider_run(evaluator->decider, evaluator->policy, &msg, &verdict);
    count(evaluator, ais_clock_mono() - begun_ns);
    /* A verdict that finds no place is dropped: its client is told "not decided" at the deadline, and nobody waits. */
    if (ais_send_verdict(evaluator->verdicts, NULL, AIS_EVALUATOR, &verdict) != AIS_OK)
        ais_log(AIS_LOG_WARNING, "%s: the auditor takes no more verdicts; one was dropped", evaluator->name);
    evaluator->finished = msg.dispatch;
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
    const struct ais_msg_goodbye goodbye = { evaluator->finished };
    if (evaluator->work != NULL && ais_send_goodbye(evaluator->work, NULL, AIS_EVALUATOR, &goodbye) != AIS_OK)
        ais_log(AIS_LOG_DEBUG, "%s: nobody heard the goodbye", evaluator->name);
    if (evaluator->registry != NULL)
        registry_readable(evaluator); /* a snapshot on its way carries references */
    zsock_destroy(&evaluator->work);
    zsock_destroy(&evaluator->verdicts);
    zsock_destroy(&evaluator->registry);
    zsock_destroy(&evaluator->metrics_socket);
    ais_buf_done(&evaluator->sample);
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
    if (evaluator->decider == NULL)
        return ais_fail(why, AIS_E_NOMEM, "evaluator");
    if (conf->mask != NULL)
        TRY(decider_mask(evaluator->decider, conf->mask, why));
    decider_listen(evaluator->decider, pulse, evaluator);
    const struct ais_endpoints *at = &conf->endpoints;
    TRY(ais_wire_connect(ZMQ_DEALER, at->work, QUEUE, evaluator->name, &evaluator->work, why));
    TRY(ais_wire_connect(ZMQ_PUSH, at->verdicts, QUEUE, NULL, &evaluator->verdicts, why));
    TRY(ais_wire_connect(ZMQ_DEALER, at->registry, QUEUE, evaluator->name, &evaluator->registry, why));
    TRY(ais_wire_connect(ZMQ_DEALER, at->metrics, QUEUE, evaluator->name, &evaluator->metrics_socket, why));
    const struct ais_msg_subscribe subscribe = { AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of(evaluator->name) };
    if (ais_send_subscribe(evaluator->registry, NULL, AIS_EVALUATOR, &subscribe) != AIS_OK)
        return ais_fail(why, AIS_E_NETWORK, "evaluator: cannot subscribe to the registry");
    const struct ais_actor actor = {
        .name = "evaluator",
        .self = evaluator,
        .destroy = destroy,
        .inputs = {{ evaluator->work, 0, work_readable }, { evaluator->registry, 0, registry_readable }},
        .input_count = 2,
        .tick_ms = AIS_HEARTBEAT_MS,
        .tick = tick,
    };
    evaluator = NULL; /* the thread's from here on */
    return ais_actor_start(&actor, ret_actor, why);
}
