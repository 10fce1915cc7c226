#include "gateway/gateway.h"

#include "gateway/admission.h"
#include "gateway/http_front.h"
#include "gateway/openapi.h"
#include "gateway/state.h"
#include "gateway/zmq_front.h"
#include "shared/log/log.h"
#include "shared/metrics/sample.h"
#include "shared/sys/clock.h"
#include "shared/sys/processors.h"

#include <stdlib.h>
#include <sys/resource.h>

enum {
    RING_QUEUE = 2 * DISPATCH_PENDING_MAX, /* messages each way; what is in flight is bounded by dispatch */
    ZMQ_ROUND = 256,                       /* client messages a round of the loop */
    ARENA_LIMIT = 192 << 20,               /* bytes of a body's tree: 1 MiB of "[1,1,…" is half a million nodes */
    CONNECTIONS = 4096,
    OTHER_DESCRIPTORS = 256, /* that are kept free of connections */
};

static void http_readable(void *self)
{
    (void)self; /* after() runs the server in every round */
}

static void zmq_readable(void *self)
{
    struct gateway *gateway = self;
    ais_arena_reset(gateway->arena);
    zmq_front_receive(gateway->zmq, ZMQ_ROUND);
}

/* ---- what is counted ---- */

void gateway_count_answer(struct gateway *gateway, enum ais_label_ENDPOINT endpoint,
                          const struct http_answered *answered)
{
    struct ais_metrics *metrics = &gateway->metrics;
    ais_metrics_count(metrics, AIS_M_REQUESTS, endpoint, ais_status_label(answered->status), 1);
    ais_metrics_count(metrics, AIS_M_RECEIVED_BYTES, endpoint, 0, answered->received);
    ais_metrics_count(metrics, AIS_M_SENT_BYTES, endpoint, 0, answered->sent);
    ais_metrics_observe_at(metrics, AIS_M_REQUEST_SECONDS, endpoint, answered->took_ns);
}

static void on_dispatch_end(void *context, const struct dispatch_end *end)
{
    static const enum ais_label_OUTCOME outcomes[AIS_ACTION_COUNT] = {
        [AIS_ACTION_ALLOW] = AIS_OUTCOME_ALLOW,
        [AIS_ACTION_REQUIRE_APPROVAL] = AIS_OUTCOME_REQUIRE_APPROVAL,
        [AIS_ACTION_BLOCK] = AIS_OUTCOME_BLOCK,
    };
    struct gateway *gateway = context;
    ais_metrics_observe(&gateway->metrics, AIS_M_PREFLIGHT_SECONDS, end->took_ns);
    if (end->status != 200)
        ais_metrics_count(&gateway->metrics, AIS_M_REFUSALS, end->reason, 0, 1);
    else if (end->outcome >= AIS_ACTION_ALLOW && end->outcome < AIS_ACTION_COUNT)
        ais_metrics_count(&gateway->metrics, AIS_M_DECISIONS, outcomes[end->outcome], 0, 1);
}

/* What was most since the last sample must be looked for in every round. */
static void look_for_peaks(struct gateway *gateway)
{
    struct dispatch_stats now;
    dispatch_stats(gateway->dispatch, &now);
    ais_metrics_peak(&gateway->metrics, AIS_M_IN_FLIGHT_PEAK, now.pending);
    ais_metrics_peak(&gateway->metrics, AIS_M_QUEUE_PEAK, now.queued);
}

static void send_sample(struct gateway *gateway)
{
    struct dispatch_stats now;
    gateway->next_sample_ns = ais_clock_mono() + AIS_SAMPLE_MS * AIS_NS_PER_MS;
    dispatch_stats(gateway->dispatch, &now);
    ais_metrics_set(&gateway->metrics, AIS_M_IN_FLIGHT, now.pending);
    ais_metrics_set(&gateway->metrics, AIS_M_QUEUE_DEPTH, now.queued);
    ais_metrics_set(&gateway->metrics, AIS_M_EVALUATORS, now.evaluators);
    ais_metrics_set(&gateway->metrics, AIS_M_CONNECTIONS, http_server_connection_count(gateway->http));
    ais_metrics_count(&gateway->metrics, AIS_M_EVALUATORS_LOST, 0, 0, now.lost - gateway->told.lost);
    ais_metrics_count(&gateway->metrics, AIS_M_REDISPATCHES, 0, 0, now.retried - gateway->told.retried);
    ais_metrics_count(&gateway->metrics, AIS_M_WIRE_REFUSED, 0, 0,
                      gateway->refused_messages - gateway->told_refused_messages);
    gateway->told = now;
    gateway->told_refused_messages = gateway->refused_messages;
    ais_metrics_send(&gateway->metrics, gateway->metrics_socket, AIS_GATEWAY, gateway->name, &gateway->sample);
}

/* ---- evaluators ---- */

static void on_ready(void *self, const struct ais_received *received)
{
    struct gateway *gateway = self;
    struct ais_msg_ready msg;
    if (ais_msg_ready_get(received->frame, received->size, &msg) == AIS_OK)
        dispatch_ready(gateway->dispatch, &received->from, &msg);
    else
        gateway->refused_messages++;
}

static void on_heartbeat(void *self, const struct ais_received *received)
{
    struct gateway *gateway = self;
    struct ais_msg_heartbeat msg;
    if (ais_msg_heartbeat_get(received->frame, received->size, &msg) == AIS_OK)
        dispatch_heartbeat(gateway->dispatch, &received->from, &msg);
    else
        gateway->refused_messages++;
}

static void on_goodbye(void *self, const struct ais_received *received)
{
    struct gateway *gateway = self;
    struct ais_msg_goodbye msg;
    if (ais_msg_goodbye_get(received->frame, received->size, &msg) == AIS_OK)
        dispatch_goodbye(gateway->dispatch, &received->from, &msg);
    else
        gateway->refused_messages++;
}

static void work_readable(void *self)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_READY,      on_ready    },
        { AIS_MSG_HEARTBEAT, on_heartbeat},
        { AIS_MSG_GOODBYE,   on_goodbye  },
    };
    struct gateway *gateway = self;
    ais_actor_receive(gateway->work, AIS_GATEWAY, table, N_ELEMS(table), 0, gateway, &gateway->refused_messages);
}

/* ---- auditor ---- */

static void on_release(void *self, const struct ais_received *received)
{
    struct gateway *gateway = self;
    struct ais_msg_release msg;
    if (ais_msg_release_get(received->frame, received->size, &msg) == AIS_OK)
        dispatch_release(gateway->dispatch, &msg);
    else
        gateway->refused_messages++;
}

static void on_recorded(void *self, const struct ais_received *received)
{
    struct gateway *gateway = self;
    struct ais_msg_recorded msg;
    if (ais_msg_recorded_get(received->frame, received->size, &msg) == AIS_OK)
        refusals_recorded(&gateway->refusals, msg.ticket);
    else
        gateway->refused_messages++;
}

static void on_state(void *self, const struct ais_received *received)
{
    struct gateway *gateway = self;
    struct ais_msg_state msg;
    if (ais_msg_state_get(received->frame, received->size, &msg) != AIS_OK) {
        gateway->refused_messages++;
        return;
    }
    gateway->log.known = true;
    gateway->log.storage_ok = msg.storage_ok == 1;
    gateway->log.head_seq = msg.head_seq;
    gateway->log.head_hash = msg.head_hash;
    ais_span_copy(msg.reason, gateway->log.reason, sizeof gateway->log.reason);
}

static void on_tell(void *self, const struct ais_received *received)
{
    struct gateway *gateway = self;
    struct ais_msg_tell msg;
    if (ais_msg_tell_get(received->frame, received->size, &msg) == AIS_OK)
        questions_tell(gateway->questions, &msg);
    else
        gateway->refused_messages++;
}

static void releases_readable(void *self)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_RELEASE,   on_release },
        { AIS_MSG_RECORDED, on_recorded},
        { AIS_MSG_STATE,    on_state   },
    };
    struct gateway *gateway = self;
    ais_actor_receive(gateway->releases, AIS_GATEWAY, table, N_ELEMS(table), 0, gateway, &gateway->refused_messages);
}

static void logs_readable(void *self)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_TELL, on_tell}
    };
    struct gateway *gateway = self;
    ais_actor_receive(gateway->logs, AIS_GATEWAY, table, N_ELEMS(table), 0, gateway, &gateway->refused_messages);
}

static void metrics_readable(void *self)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_TELL, on_tell}
    };
    struct gateway *gateway = self;
    ais_actor_receive(gateway->metrics_socket, AIS_GATEWAY, table, N_ELEMS(table), 0, gateway,
                      &gateway->refused_messages);
}

/* ---- registry ---- */

static void on_snapshot(void *self, const struct ais_received *received)
{
    struct gateway *gateway = self;
    struct ais_msg_snapshot msg;
    if (ais_msg_snapshot_get(received->frame, received->size, &msg) != AIS_OK) {
        gateway->refused_messages++;
        return;
    }
    struct ais_policy *policy = (struct ais_policy *)(uintptr_t)msg.policy;
    if (policy != NULL) {
        const struct ais_session_needs needs = ais_policy_session_needs(policy);
        dispatch_by_session(gateway->dispatch, needs.facts || needs.events);
    }
    ais_policy_unref(&policy); /* what is allowed is the evaluators' business */
    if (msg.access != 0) {
        key_use_tell(&gateway->key_use, gateway->registry, true);
        ais_access_unref(&gateway->access);
        gateway->access = (struct ais_access *)(uintptr_t)msg.access;
        key_use_follow(&gateway->key_use, gateway->access);
    }
    const struct ais_msg_adopted adopted = { .version = msg.version };
    if (ais_send_adopted(gateway->registry, NULL, AIS_GATEWAY, &adopted) != AIS_OK)
        ais_log(AIS_LOG_WARNING, "the registry does not hear which snapshot is in force");
}

/* An answer may hold a new key. */
static void on_registry_tell(void *self, const struct ais_received *received)
{
    on_tell(self, received);
    ais_wire_wipe(received);
}

static void registry_readable(void *self)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_SNAPSHOT, on_snapshot     },
        { AIS_MSG_TELL,    on_registry_tell},
    };
    struct gateway *gateway = self;
    ais_actor_receive(gateway->registry, AIS_GATEWAY, table, N_ELEMS(table), 0, gateway, &gateway->refused_messages);
}

/* ---- the loop ---- */

static int wait_ms(void *self)
{
    const struct gateway *gateway = self;
    int wait = dispatch_wait_ms(gateway->dispatch), late = delayed_wait_ms(&gateway->delayed, ais_clock_mono());
    return (int)http_server_timeout_ms(gateway->http, late >= 0 && (wait < 0 || late < wait) ? late : wait);
}

static int64_t awake_until(void *self)
{
    const struct gateway *gateway = self;
    return dispatch_awake_until(gateway->dispatch);
}

/* What is only counted yet, before nobody counts any more. */
static bool tell_the_rest(struct gateway *gateway)
{
    bool failures = admission_record_failures(gateway, true), refusals = refusals_record_all(gateway);
    return incidents_tell_all(gateway) && failures && refusals;
}

static void after(void *self)
{
    struct gateway *gateway = self;
    dispatch_expire(gateway->dispatch);
    delayed_serve(&gateway->delayed, ais_clock_mono());
    http_server_run(gateway->http);
    dispatch_flush(gateway->dispatch);
    look_for_peaks(gateway);
    (void)admission_record_failures(gateway, false); /* what it could not is tried again in the next round */
    if (gateway->draining && !gateway->drained) {
        struct dispatch_stats stats;
        dispatch_stats(gateway->dispatch, &stats);
        gateway->drained = stats.pending == 0 && http_server_open_count(gateway->http) == 0;
        if (gateway->drained) {
            (void)tell_the_rest(gateway); /* what is not taken now is told at the end */
            key_use_tell(&gateway->key_use, gateway->registry, true);
        }
    }
}

static void tick(void *self)
{
    struct gateway *gateway = self;
    dispatch_tick(gateway->dispatch);
    questions_expire(gateway->questions);
    refusals_tick(gateway);
    incidents_tick(gateway);
    key_use_tell(&gateway->key_use, gateway->registry, false);
    if (ais_clock_mono() >= gateway->next_sample_ns)
        send_sample(gateway);
}

static void command(void *self, enum ais_command what)
{
    struct gateway *gateway = self;
    if (what != AIS_COMMAND_DRAIN || gateway->draining)
        return;
    gateway->draining = true;
    http_server_pause(gateway->http);
    zmq_front_pause(gateway->zmq);
}

/* A renewed certificate: handshakes from here on show it. */
static void take(void *self, void *gift)
{
    struct gateway *gateway = self;
    struct ais_tls_identity *identity = gift;
    http_server_renew(gateway->http, identity);
    ais_tls_identity_unref(&identity);
}

/* ---- life ---- */

static void gateway_destroy(struct gateway **owned)
{
    struct gateway *gateway = *owned;
    if (gateway == NULL)
        return;
    if (gateway->registry != NULL)
        registry_readable(gateway); /* a snapshot on its way carries references */
    delayed_end(&gateway->delayed);
    key_use_done(&gateway->key_use);
    dispatch_destroy(&gateway->dispatch);
    questions_destroy(&gateway->questions);
    refusals_end(&gateway->refusals);
    http_server_destroy(&gateway->http);
    zmq_front_destroy(&gateway->zmq);
    zsock_destroy(&gateway->work);
    zsock_destroy(&gateway->releases);
    zsock_destroy(&gateway->registry);
    zsock_destroy(&gateway->logs);
    zsock_destroy(&gateway->metrics_socket);
    zsock_destroy(&gateway->events);
    ais_access_unref(&gateway->access);
    ais_arena_destroy(&gateway->arena);
    ais_masker_destroy(&gateway->masker);
    ais_buf_done(&gateway->sample);
    ais_buf_done(&gateway->openapi);
    free(gateway);
    *owned = NULL;
}

static void destroy(void *self)
{
    struct gateway *gateway = self;
    send_sample(gateway);
    if (!tell_the_rest(gateway))
        ais_log(AIS_LOG_ERROR, "The audit log misses some of what was refused last");
    gateway_destroy(&gateway);
}

static enum ais_err open_ring(struct gateway *gateway, const struct ais_endpoints *at, struct ais_why *why)
{
    TRY(ais_wire_bind(ZMQ_ROUTER, at->work, RING_QUEUE, &gateway->work, why));
    TRY(ais_wire_connect(ZMQ_DEALER, at->releases, RING_QUEUE, gateway->name, &gateway->releases, why));
    TRY(ais_wire_connect(ZMQ_DEALER, at->registry, RING_QUEUE, gateway->name, &gateway->registry, why));
    TRY(ais_wire_connect(ZMQ_DEALER, at->logs, RING_QUEUE, gateway->name, &gateway->logs, why));
    TRY(ais_wire_connect(ZMQ_DEALER, at->metrics, RING_QUEUE, gateway->name, &gateway->metrics_socket, why));
    return ais_wire_connect(ZMQ_PUSH, at->verdicts, RING_QUEUE, NULL, &gateway->events, why);
}

/* Last of all that can fail: a snapshot that is sent to a gateway which does not come to be would be nobody's. */
static enum ais_err subscribe(struct gateway *gateway, struct ais_why *why)
{
    const struct ais_msg_subscribe msg = { AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of(gateway->name) };
    if (ais_send_subscribe(gateway->releases, NULL, AIS_GATEWAY, &msg) != AIS_OK ||
        ais_send_subscribe(gateway->registry, NULL, AIS_GATEWAY, &msg) != AIS_OK)
        return ais_fail(why, AIS_E_NETWORK, "gateway: cannot subscribe to the auditor and the registry");
    return AIS_OK;
}

/* As many connections as the process may have descriptors for; where those are few, most are kept for ourselves. */
static unsigned connection_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > CONNECTIONS + OTHER_DESCRIPTORS)
        return CONNECTIONS;
    return (unsigned)(limit.rlim_cur > 2 * OTHER_DESCRIPTORS ? limit.rlim_cur - OTHER_DESCRIPTORS : limit.rlim_cur / 4);
}

static enum ais_err open_fronts(struct gateway *gateway, const struct gateway_conf *conf, struct ais_why *why)
{
    const struct http_conf http = {
        .host = conf->host, .port = conf->port, .connection_limit = connection_limit(), .identity = conf->identity
    };
    TRY(http_server_start(&http, &http_front_hooks, gateway, &gateway->http, why));
    return zmq_front_new(gateway, conf->zmq_endpoint, &gateway->zmq, why);
}

enum ais_err gateway_start(const struct gateway_conf *conf, zactor_t **ret_actor,
                           struct gateway_addresses *ret_addresses, struct ais_why *why)
{
    AUTO(gateway_destroy) struct gateway *gateway = calloc(1, sizeof *gateway);
    if (gateway == NULL)
        return ais_fail(why, AIS_E_NOMEM, "gateway");
    snprintf(gateway->name, sizeof gateway->name, "%s", conf->name);
    gateway->memory_only = conf->memory_only;
    TRY(openapi_write(&gateway->openapi, why));
    TRY(open_ring(gateway, &conf->endpoints, why));
    const struct dispatch_conf dispatch = {
        .gateway = gateway->name,
        .work = gateway->work,
        .deadline_ms = conf->deadline_ms,
        .on_end = on_dispatch_end,
        .context = gateway,
    };
    throttle_init(&gateway->throttle);
    gateway->dispatch = dispatch_new(&dispatch);
    gateway->questions = questions_new(gateway);
    gateway->arena = ais_arena_new(ARENA_LIMIT);
    if (gateway->dispatch == NULL || gateway->questions == NULL || gateway->arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "gateway");
    if (conf->mask != NULL && (gateway->masker = ais_masker_new(conf->mask)) == NULL)
        return ais_fail(why, AIS_E_NOMEM, "gateway");
    TRY(open_fronts(gateway, conf, why));
    TRY(subscribe(gateway, why));
    const struct ais_actor actor = {
        .name = "gateway",
        .self = gateway,
        .destroy = destroy,
        .inputs = {
            { gateway->releases, 0, releases_readable },
            { gateway->work, 0, work_readable },
            { zmq_front_socket(gateway->zmq), 0, zmq_readable },
            { gateway->registry, 0, registry_readable },
            { gateway->logs, 0, logs_readable },
            { gateway->metrics_socket, 0, metrics_readable },
            { NULL, http_server_fd(gateway->http), http_readable },
        },
        .input_count = 7,
        .wait_ms = wait_ms,
        .awake_until = ais_processors() > 1 ? awake_until : NULL, /* the evaluator needs one meanwhile */
        .after = after,
        .tick_ms = AIS_HEARTBEAT_MS,
        .tick = tick,
        .command = command,
        .take = take,
        .drained = &gateway->drained,
    };
    ret_addresses->port = http_server_port(gateway->http);
    snprintf(ret_addresses->zmq_endpoint, sizeof ret_addresses->zmq_endpoint, "%s", zmq_front_endpoint(gateway->zmq));
    gateway = NULL; /* the thread's from here on */
    return ais_actor_start(&actor, ret_actor, why);
}
