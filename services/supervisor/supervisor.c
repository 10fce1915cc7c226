#include "services/supervisor/supervisor.h"

#include "gateway/gateway.h"
#include "services/auditor/auditor.h"
#include "services/evaluator/evaluator.h"
#include "services/metrics/metrics.h"
#include "services/registry/registry.h"
#include "services/supervisor/reload.h"
#include "shared/actor/report.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/storage/storage.h"
#include "shared/sys/clock.h"
#include "shared/sys/threads.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    ACTORS_MAX = 256 + 5,  /* evaluators (the setting's highest), and one of each other */
    DRAIN_EXTRA_MS = 2000, /* that a drain may take beyond the deadline of preflights */
    EVENT_QUEUE = 100,
    DESCRIPTORS_FEWEST = 64, /* sockets, threads and files of the service itself, with some to spare */
    DESCRIPTORS_AN_EVALUATOR = 6,
    THREADS_OF_OTHERS = 9, /* two of libzmq, four of the auditor, and registry, metrics and gateway */
};

static const char ring[] = "ais";
static const char me[] = "supervisor";
static const char registry_name[] = "registry";

struct supervisor {
    const struct ais_settings *settings; /* borrowed */
    const struct ais_build *build;       /* borrowed */
    struct ais_storage storage;          /* log and store move to their actors */
    struct ais_endpoints endpoints;
    struct gateway_addresses addresses;
    struct ais_mask *mask;        /* owned: of what evaluators, gateway and registry record */
    struct ais_user_key user_key; /* with which evaluators count users; the metrics actor keeps it */
    int signals;                  /* owned: signalfd, or -1 */
    zsock_t *events;              /* owned: to the auditor */
    struct reload reload;

    /* Owned, in the order in which they were started; they are stopped in the opposite one,
     * but for the registry. */
    struct {
        const char *name;
        zactor_t *actor;
        bool ended; /* by itself */
    } actors[ACTORS_MAX];
    size_t actor_count;
};

/* ---- starting ---- */

/* A row of the table of actors: starts its actor, or all of its kind. */
typedef enum ais_err start_function(struct supervisor *supervisor, struct ais_why *why);

static void watch(struct supervisor *supervisor, const char *name, zactor_t *actor)
{
    supervisor->actors[supervisor->actor_count].name = name;
    supervisor->actors[supervisor->actor_count].actor = actor;
    supervisor->actor_count++;
}

static enum ais_err start_auditor(struct supervisor *supervisor, struct ais_why *why)
{
    zactor_t *actor;
    const struct auditor_conf conf = {
        .endpoints = supervisor->endpoints,
        .log = TAKE(supervisor->storage.log),
        .dir = ais_store_dir(supervisor->storage.store),
        .ring = ais_store_keyring(supervisor->storage.store),
        .retention = (uint32_t)supervisor->settings->log_retention,
        .deadline_ms = (unsigned)supervisor->settings->preflight_deadline_ms,
        .async = supervisor->settings->audit_durability == AIS_DURABILITY_ASYNC,
    };
    TRY(auditor_start(&conf, &actor, why));
    watch(supervisor, "auditor", actor);
    return AIS_OK;
}

static enum ais_err start_registry(struct supervisor *supervisor, struct ais_why *why)
{
    static const enum ais_action actions[] = {
        [AIS_DEFAULT_ALLOW] = AIS_ACTION_ALLOW,
        [AIS_DEFAULT_REQUIRE_APPROVAL] = AIS_ACTION_REQUIRE_APPROVAL,
        [AIS_DEFAULT_BLOCK] = AIS_ACTION_BLOCK,
    };
    zactor_t *actor;
    const struct registry_conf conf = {
        .endpoints = supervisor->endpoints,
        .mask = supervisor->mask,
        .store = supervisor->storage.store,
        .options = {.default_action = actions[supervisor->settings->default_action],
                    .risk_threshold = (unsigned)supervisor->settings->risk_threshold},
        .bundled = ais_bundled_packs,
        .bundled_count = ais_bundled_pack_count,
    };
    TRY(registry_start(&conf, &actor, why));
    watch(supervisor, registry_name, actor);
    supervisor->reload.registry = actor;
    return AIS_OK;
}

static enum ais_err start_metrics(struct supervisor *supervisor, struct ais_why *why)
{
    zactor_t *actor;
    const struct metrics_conf conf = {
        .endpoints = supervisor->endpoints,
        .version = supervisor->build->version,
        .revision = supervisor->build->revision,
        .dir = ais_store_dir(supervisor->storage.store),
        .ring = ais_store_keyring(supervisor->storage.store),
        .retention_hours = (unsigned)supervisor->settings->metrics_retention_hours,
    };
    TRY(metrics_start(&conf, &actor, &supervisor->user_key, why));
    watch(supervisor, "metrics", actor);
    return AIS_OK;
}

static enum ais_err start_evaluators(struct supervisor *supervisor, struct ais_why *why)
{
    for (uint64_t i = 1; i <= supervisor->settings->evaluators; i++) {
        char name[32];
        zactor_t *actor;
        snprintf(name, sizeof name, "evaluator-%llu", (unsigned long long)i);
        const struct evaluator_conf conf = {
            .endpoints = supervisor->endpoints,
            .name = name,
            .mask = supervisor->mask,
            .user_key = &supervisor->user_key,
        };
        TRY(evaluator_start(&conf, &actor, why));
        watch(supervisor, "evaluator", actor);
    }
    return AIS_OK;
}

static enum ais_err start_gateway(struct supervisor *supervisor, struct ais_why *why)
{
    zactor_t *actor;
    const struct gateway_conf conf = {
        .endpoints = supervisor->endpoints,
        .name = "gateway-1",
        .host = supervisor->settings->host,
        .port = (uint16_t)supervisor->settings->port,
        .zmq_endpoint = supervisor->settings->zmq_endpoint,
        .deadline_ms = (unsigned)supervisor->settings->preflight_deadline_ms,
        .identity = supervisor->reload.identity,
        .mask = supervisor->mask,
        .memory_only = !supervisor->settings->storage_enabled,
    };
    TRY(gateway_start(&conf, &actor, &supervisor->addresses, why));
    watch(supervisor, "gateway", actor);
    supervisor->reload.gateway = actor;
    return AIS_OK;
}

/* In this order: whoever is spoken to is there before whoever speaks. */
static start_function *const starts[] = { start_auditor, start_metrics, start_registry, start_evaluators,
                                          start_gateway };

static enum ais_err start_actors(struct supervisor *supervisor, struct ais_why *why)
{
    for (size_t i = 0; i < N_ELEMS(starts); i++)
        TRY(starts[i](supervisor, why));
    TRY(ais_wire_connect(ZMQ_PUSH, supervisor->endpoints.verdicts, EVENT_QUEUE, NULL, &supervisor->events, why));
    supervisor->reload.events = supervisor->events;
    return AIS_OK;
}

/* ---- telling people and the log ---- */

static void record(const struct supervisor *supervisor, enum ais_audit_kind kind)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_jw_begin_object(&details, NULL);
    ais_jw_i64(&details, "pid", getpid());
    ais_jw_end_object(&details);
    const struct ais_audit_event event = {
        .kind = kind,
        .outcome = AIS_AUDIT_SUCCESS,
        .time_ns = ais_clock_wall(),
        .actor = me,
        .details = details.data,
        .details_size = details.length,
    };
    if (details.failed || ais_actor_record(supervisor->events, AIS_SUPERVISOR, &event) != AIS_OK)
        ais_log(AIS_LOG_ERROR, "'%s' could not be recorded", ais_audit_kind_name(kind));
}

static enum ais_err greet(struct supervisor *supervisor, struct ais_why *why)
{
    const struct ais_settings *settings = supervisor->settings;
    const char *open = strchr(settings->host, ':') != NULL ? "[" : "", *close = open[0] != '\0' ? "]" : "";
    char base_url[128];
    bool filed = false;
    snprintf(base_url, sizeof base_url, "http%s://%s%s%s:%u", settings->tls_cert != NULL ? "s" : "", open,
             settings->host, close, supervisor->addresses.port);
    ais_log(AIS_LOG_INFO, "Audit logging enabled in offline mode");
    ais_log(AIS_LOG_INFO, "REST on %s, ZeroMQ on %s, %llu evaluators", base_url, supervisor->addresses.zmq_endpoint,
            (unsigned long long)settings->evaluators);
    if (!supervisor->storage.keys_made)
        return AIS_OK;
    TRY(ais_first_keys_show(supervisor->storage.store, &supervisor->storage.keys, base_url, STDERR_FILENO,
                            getenv("JOURNAL_STREAM"), &filed, why));
    if (filed && !settings->storage_enabled)
        ais_log(AIS_LOG_WARNING, "the agents' key of this run is shown nowhere: create one with the admin key");
    else if (filed)
        ais_log(AIS_LOG_INFO, "the first API keys are in %s/%s: read them, then delete the file", settings->data_dir,
                AIS_FIRST_KEYS_FILE);
    ais_first_keys_done(&supervisor->storage.keys);
    supervisor->storage.keys = (struct ais_first_keys){ 0 };
    return AIS_OK;
}

/* ---- watching ---- */

enum end {
    END_NOT,     /* go on */
    END_ASKED,   /* a signal */
    END_FAILURE, /* an actor ended by itself */
};

static enum end take_signals(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;
    while (read(supervisor->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGHUP) {
            ais_log(AIS_LOG_INFO, "stopping: what was accepted is still answered");
            return END_ASKED;
        }
        reload_begin(&supervisor->reload);
    }
    return END_NOT;
}

/* Waits for at most wait_ms; then takes what signals and actors say. *drained: the one that was told to has. */
static enum end hear(struct supervisor *supervisor, int wait_ms, bool *drained)
{
    zmq_pollitem_t items[ACTORS_MAX + 1] = {
        {NULL, supervisor->signals, ZMQ_POLLIN, 0}
    };
    for (size_t i = 0; i < supervisor->actor_count; i++)
        items[i + 1] = (zmq_pollitem_t){ zsock_resolve(supervisor->actors[i].actor), 0, ZMQ_POLLIN, 0 };
    if (zmq_poll(items, (int)supervisor->actor_count + 1, wait_ms) < 0 && zmq_errno() != EINTR)
        return END_FAILURE;
    for (size_t i = 0; i < supervisor->actor_count; i++) {
        if ((items[i + 1].revents & ZMQ_POLLIN) == 0)
            continue;
        struct ais_reloaded reloaded = { .over = false };
        enum ais_actor_report report = ais_actor_heard(supervisor->actors[i].actor, &reloaded);
        if (report == AIS_ACTOR_RELOADED)
            reload_heard(&supervisor->reload, &reloaded);
        if (report == AIS_ACTOR_DRAINED)
            *drained = true;
        if (report == AIS_ACTOR_ENDED) {
            ais_log(AIS_LOG_ERROR, "the %s has ended; a service without it would not be whole, so it stops",
                    supervisor->actors[i].name);
            supervisor->actors[i].ended = true;
            return END_FAILURE;
        }
    }
    return items[0].revents != 0 ? take_signals(supervisor) : END_NOT;
}

/* ---- stopping ---- */

/* The actor of this name; NULL when there is none. */
static zactor_t *actor_named(const struct supervisor *supervisor, const char *name)
{
    for (size_t i = 0; i < supervisor->actor_count; i++)
        if (strcmp(supervisor->actors[i].name, name) == 0)
            return supervisor->actors[i].actor;
    return NULL;
}

/* Has one actor finish what it began, for at most limit_ms; false when it did not, or another has ended meanwhile. */
static bool drain_actor(struct supervisor *supervisor, zactor_t *actor, int64_t limit_ms)
{
    int64_t until_ns = ais_clock_mono() + limit_ms * AIS_NS_PER_MS;
    bool drained = false;
    ais_actor_tell(actor, AIS_COMMAND_DRAIN);
    while (!drained && ais_clock_mono() < until_ns)
        if (hear(supervisor, 50, &drained) == END_FAILURE)
            return true; /* which has been logged */
    return drained;
}

/* The gateway first, which was started last and is spoken to by clients; then the registry, which hears from it until
 * then. */
static void drain(struct supervisor *supervisor)
{
    zactor_t *gateway = supervisor->actors[supervisor->actor_count - 1].actor;
    zactor_t *registry = actor_named(supervisor, registry_name);
    if (!drain_actor(supervisor, gateway, (int64_t)supervisor->settings->preflight_deadline_ms + DRAIN_EXTRA_MS))
        ais_log(AIS_LOG_WARNING, "some clients did not take their answers in time");
    if (registry != NULL && !drain_actor(supervisor, registry, DRAIN_EXTRA_MS))
        ais_log(AIS_LOG_WARNING, "when API keys were used last may not be kept");
}

/* The registry goes first: a snapshot that it sent carries references, which its receiver takes when it ends, and one
 * sent to who has ended already would be nobody's. */
static void stop_registry(struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->actor_count; i++) {
        if (strcmp(supervisor->actors[i].name, registry_name) != 0)
            continue;
        ais_actor_stop(&supervisor->actors[i].actor);
        supervisor->actor_count--;
        memmove(&supervisor->actors[i], &supervisor->actors[i + 1],
                (supervisor->actor_count - i) * sizeof supervisor->actors[0]);
        return;
    }
}

static void stop_actors(struct supervisor *supervisor)
{
    stop_registry(supervisor);
    while (supervisor->actor_count > 0) {
        size_t last = supervisor->actor_count - 1;
        /* The auditor is the last to go; everything that the others still had to say is recorded by then. */
        if (last == 0 && supervisor->events != NULL)
            record(supervisor, AIS_AUDIT_SERVICE_STOPPED);
        ais_actor_stop(&supervisor->actors[last].actor);
        supervisor->actor_count = last;
    }
}

/* ---- life ---- */

/* Signals come through a descriptor; every thread that is started later inherits the mask. */
static enum ais_err catch_signals(struct supervisor *supervisor, struct ais_why *why)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        return ais_fail_errno(why, errno, "signals");
    supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (supervisor->signals < 0)
        return ais_fail_errno(why, errno, "signals");
    zsys_handler_set(NULL); /* CZMQ would take SIGINT and SIGTERM for itself */
    return AIS_OK;
}

/* As many descriptors as the system lets us have: each client needs one. Too few for ourselves are refused here,
 * because libzmq ends the process when it finds none. */
static enum ais_err raise_descriptor_limit(uint64_t evaluators, struct ais_why *why)
{
    uint64_t fewest = DESCRIPTORS_FEWEST + evaluators * DESCRIPTORS_AN_EVALUATOR;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return ais_fail_errno(why, errno, "the limit of open files");
    if (limit.rlim_max < fewest)
        return ais_fail(why, AIS_E_IO,
                        "the limit of open files is %llu; with %llu evaluators the service needs %llu and one a client "
                        "(ulimit -n, LimitNOFILE= of systemd)",
                        (unsigned long long)limit.rlim_max, (unsigned long long)evaluators, (unsigned long long)fewest);
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        ais_log(AIS_LOG_WARNING, "the limit of open files could not be raised; there is room for fewer clients");
    return AIS_OK;
}

/* That there is room for every thread is asked here, before anything is made. */
static enum ais_err check_threads(uint64_t evaluators, struct ais_why *why)
{
    unsigned fewest = THREADS_OF_OTHERS + (unsigned)evaluators, startable = ais_threads_startable(fewest);
    if (startable == fewest)
        return AIS_OK;
    return ais_fail(why, AIS_E_IO,
                    "with %llu evaluators the service needs %u threads besides its first, and %u can be started "
                    "(ulimit -u and -v, LimitNPROC= and TasksMax= of systemd, the pids limit of a container)",
                    (unsigned long long)evaluators, fewest, startable);
}

/* First keys that cannot be shown, because a journal would keep them, go into a file. Without storage there is none. */
static enum ais_err check_showable(const struct ais_settings *settings, struct ais_why *why)
{
    if (settings->storage_enabled || settings->api_key != NULL ||
        !ais_is_journal(STDERR_FILENO, getenv("JOURNAL_STREAM")))
        return AIS_OK;
    return ais_fail(
        why, AIS_E_SETTING,
        "OFFLINE_STORAGE_ENABLED=false makes API keys for this run, and a journal is no place to show them: "
        "give an admin key as AISENTINEL_API_KEY or with --api-key-file");
}

static enum ais_err run(struct supervisor *supervisor, struct ais_settings *settings, struct ais_why *why)
{
    enum end end = END_NOT;
    bool drained;
    TRY(raise_descriptor_limit(settings->evaluators, why));
    TRY(catch_signals(supervisor, why));
    TRY(check_threads(settings->evaluators, why));
    TRY(reload_init(&supervisor->reload, settings, why));
    TRY(check_showable(settings, why));
    TRY(ais_mask_check(settings->audit_mask, why)); /* before anything is made for a service that cannot start */
    TRY(ais_storage_open(settings, &supervisor->storage, why));
    TRY(ais_mask_new(settings->audit_mask, supervisor->storage.mask_key, &supervisor->mask, why));
    if (settings->storage_enabled)
        ais_log(AIS_LOG_INFO, "Offline storage initialized at %s", settings->data_dir);
    TRY(start_actors(supervisor, why));
    record(supervisor, AIS_AUDIT_SERVICE_STARTED);
    TRY(greet(supervisor, why));
    while (end == END_NOT)
        end = hear(supervisor, -1, &drained);
    if (end == END_FAILURE)
        return ais_fail(why, AIS_E_INTERNAL, "an actor ended by itself");
    drain(supervisor);
    return AIS_OK;
}

enum ais_err ais_serve(struct ais_settings *settings, const struct ais_build *build, struct ais_why *why)
{
    struct supervisor *supervisor = calloc(1, sizeof *supervisor);
    if (supervisor == NULL)
        return ais_fail(why, AIS_E_NOMEM, "supervisor");
    ais_log_never_wait();
    supervisor->settings = settings;
    supervisor->build = build;
    supervisor->signals = -1;
    ais_endpoints_inproc(&supervisor->endpoints, ring);
    enum ais_err err = run(supervisor, settings, why);
    stop_actors(supervisor);
    ais_mask_destroy(&supervisor->mask);
    ais_storage_close(&supervisor->storage);
    zsock_destroy(&supervisor->events);
    reload_done(&supervisor->reload);
    if (supervisor->signals >= 0)
        close(supervisor->signals);
    free(supervisor);
    zsys_shutdown();
    return err;
}
