#include "services/registry/registry.h"

#include "services/registry/answers.h"
#include "services/registry/describe.h"
#include "services/registry/key_rotation.h"
#include "services/registry/key_uses.h"
#include "services/registry/outbox.h"
#include "services/registry/subscribers.h"
#include "services/registry/waiting.h"
#include "shared/access/access.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/metrics/sample.h"
#include "shared/sys/clock.h"

#include <stdlib.h>

enum {
    QUEUE = 1000,
    TICK_MS = 50,
    RESERVE_MS = 10 * 1000, /* between two looks whether the reserve is there */
    ASKS_AT_ONCE = 100,
    EVENTS_A_CHANGE = 2, /* what was changed, and what is in force now */
};

struct registry {
    struct ais_store *store; /* borrowed */
    struct ais_policy_options options;
    zsock_t *clients;        /* owned: SUBSCRIBE and ASK come in, SNAPSHOT and TELL go out */
    struct outbox outbox;    /* owned */
    struct catalog *catalog; /* owned: what is in force */
    struct subscribers subscribers;
    struct waiting waiting; /* owned */
    struct key_rotation rotation;
    struct key_uses uses; /* owned: when keys in force were used last */
    zsock_t *log;         /* owned: the auditor says there what is recorded, and whether it can record */
    uint64_t recorded;    /* ticket of the last event that is */
    uint64_t activation;  /* ticket of the event that tells what is in force */
    bool log_fails;
    bool reload; /* is asked for, and waits for the outbox */
    struct ais_reloaded reloaded;
    bool draining, drained;
    zsock_t *metrics_socket;        /* owned */
    struct ais_metrics metrics;     /* what this actor counts */
    struct ais_buf sample;          /* owned: memory for sending them */
    int64_t next_sample_ns;         /* monotonic */
    int64_t next_reserve_ns;        /* monotonic */
    uint64_t refused, told_refused; /* messages */
};

static void registry_destroy(struct registry **registry)
{
    struct registry *self = *registry;
    *registry = NULL;
    if (self == NULL)
        return;
    catalog_destroy(&self->catalog);
    waiting_done(&self->waiting);
    key_uses_done(&self->uses);
    zsock_destroy(&self->clients);
    zsock_destroy(&self->log);
    zsock_destroy(&self->metrics_socket);
    ais_buf_done(&self->sample);
    outbox_done(&self->outbox);
    free(self);
}

/* ---- what is in force ---- */

static void log_faults(const struct ais_diagnostics *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        ais_log(AIS_LOG_ERROR, "%s:%u:%u: %s", faults->items[i].file, faults->items[i].line, faults->items[i].column,
                faults->items[i].message);
    if (faults->dropped > 0)
        ais_log(AIS_LOG_ERROR, "and %zu more", faults->dropped);
}

static enum ais_err load(struct registry *self, struct catalog **ret, struct ais_why *why)
{
    AUTO(ais_diagnostics_done) struct ais_diagnostics faults = { 0 };
    enum ais_err err = catalog_load(self->store, &self->options, ret, &faults, why);
    log_faults(&faults);
    ais_metrics_count(&self->metrics, AIS_M_SNAPSHOT_LOADS, err == AIS_OK ? AIS_RESULT_OK : AIS_RESULT_FAILED, 0, 1);
    return err;
}

/* Puts a catalog in force; asked: by whom, NULL: nobody. No snapshot of it goes out before the event is recorded: the
 * auditor takes messages of one sender in their order, but not those of two, and no decision must stand in the log
 * before what it was made with. */
static void activate(struct registry *self, struct catalog *catalog, const struct ais_msg_ask *asked)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    catalog->version = self->catalog != NULL ? self->catalog->version + 1 : 1;
    catalog_destroy(&self->catalog);
    self->catalog = catalog;
    key_uses_follow(&self->uses, catalog->access);
    describe_activation(&details, catalog);
    if (asked != NULL)
        outbox_add_origin(&self->outbox, asked->request_id, asked->traceparent, &details);
    outbox_put(&self->outbox, AIS_AUDIT_SNAPSHOT_ACTIVATED, AIS_AUDIT_SUCCESS, NULL, ais_policy_digest(catalog->policy),
               &details);
    self->activation = self->outbox.last;
    subscribers_owe_all(&self->subscribers);
}

static void refuse_reload(struct registry *self, const struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "reason", why->text);
    ais_jw_end_object(&details);
    bool tampered = why->code == AIS_E_STALE || why->code == AIS_E_DAMAGED;
    outbox_put(&self->outbox, tampered ? AIS_AUDIT_INTEGRITY_FAULT : AIS_AUDIT_SNAPSHOT_REFUSED, AIS_AUDIT_FAILURE,
               NULL, ais_policy_digest(self->catalog->policy), &details);
    self->reloaded.err = why->code;
    snprintf(self->reloaded.reason, sizeof self->reloaded.reason, "%s", why->text);
}

static void reload(struct registry *self)
{
    struct catalog *fresh = NULL;
    struct ais_why why = { 0 };
    self->reload = false;
    self->reloaded = (struct ais_reloaded){ .over = true };
    if (load(self, &fresh, &why) != AIS_OK) {
        refuse_reload(self, &why);
        return;
    }
    bool packs = fresh->packs_generation != self->catalog->packs_generation;
    bool keys = fresh->keys_generation != self->catalog->keys_generation;
    snprintf(self->reloaded.changed, sizeof self->reloaded.changed, "%s%s%s", packs ? "rulepacks" : "",
             packs && keys ? " " : "", keys ? "api_keys" : "");
    if (packs || keys)
        activate(self, fresh, NULL);
    else
        catalog_destroy(&fresh);
}

/* ---- questions ---- */

/* A change is made only when it can be recorded. */
static const char *unable_to_change(const struct registry *self, struct ais_span what)
{
    if (self->log_fails && !answer_narrows(what))
        return "nothing is changed while the audit log cannot be written";
    if (self->reload || !outbox_has_room(&self->outbox, EVENTS_A_CHANGE) || !waiting_has_room(&self->waiting))
        return "other changes are being made; try again";
    return NULL;
}

/* A change waits here behind those that came before it, and one of them may have revoked its caller's key: what the
 * gateway has admitted then is no longer so. */
static const char *no_longer_admitted(const struct registry *self, const struct ais_caller *caller)
{
    if (ais_access_recheck(self->catalog->access, caller->key_id, ais_clock_wall()) == AIS_ACCESS_OK)
        return NULL;
    return "the API key was revoked, or expired, before it was this change's turn: nothing was changed";
}

static void tell(struct registry *self, const struct ais_address *to, uint64_t ticket, const struct answer *answer)
{
    const struct ais_msg_tell msg = {
        .ticket = ticket, .status = answer->status, .media_type = ais_span_of(answer->media_type), .body = answer->body
    };
    /* Who asks and does not take the answer has a deadline of its own. */
    if (ais_send_tell(self->clients, to, AIS_REGISTRY, &msg) != AIS_OK)
        ais_log(AIS_LOG_WARNING, "An answer was not taken");
}

/* What a question brought about: recorded, put in force; the answer waits for both. That a thing is so already is said
 * as late as that it has become so. */
static void tell_of_change(struct registry *self, const struct ais_address *to, struct question *question,
                           const struct answer *answer)
{
    const char *digest = ais_policy_digest((question->next != NULL ? question->next : self->catalog)->policy);
    bool in_force = question->next != NULL;
    if (in_force && question->next->keys_generation != self->catalog->keys_generation)
        key_uses_kept(&self->uses); /* they went along with the change */
    if (question->event) {
        outbox_add_origin(&self->outbox, question->ask->request_id, question->ask->traceparent, &question->details);
        outbox_put(&self->outbox, question->kind, question->outcome, question->caller, digest, &question->details);
    }
    if (in_force)
        activate(self, TAKE(question->next), question->ask);
    bool done = answer_changes(question->ask->what) && answer->status / 100 == 2;
    bool wait = question->event || done;
    if (wait && waiting_add(&self->waiting, to, question->ask->ticket, answer, self->outbox.last,
                            done ? self->catalog->version : 0))
        return;
    const struct answer unknown = answer_say(503, "out of memory; look again whether the change was made");
    tell(self, to, question->ask->ticket, wait ? &unknown : answer);
}

static struct answer answer_or_refuse(struct registry *self, struct question *question)
{
    bool changes = answer_changes(question->ask->what);
    const char *stranger = changes ? no_longer_admitted(self, question->caller) : NULL;
    const char *unable = changes ? unable_to_change(self, question->ask->what) : NULL;
    if (stranger != NULL)
        return answer_say(401, stranger);
    if (unable != NULL)
        return answer_say(503, unable);
    AUTO(ais_buf_done) struct ais_buf by = { 0 };
    outbox_write_by(&self->outbox, question->ask, question->caller, &by);
    ais_buf_byte(&by, '\0');
    ais_store_on_behalf(self->store, by.failed ? NULL : by.data);
    const struct answer answer = answer_question(question);
    ais_store_on_behalf(self->store, NULL);
    if (self->log_fails && question->next != NULL && ais_store_give_up_reserve(self->store))
        ais_log(AIS_LOG_WARNING, "The reserve on the disk is given up for a key that was revoked");
    return answer;
}

static void on_ask(void *context, const struct ais_received *received)
{
    struct registry *self = context;
    struct ais_msg_ask ask;
    if (ais_msg_ask_get(received->frame, received->size, &ask) != AIS_OK) {
        self->refused++;
        return;
    }
    struct question_texts texts;
    const struct ais_caller caller = question_caller(&ask, &texts);
    AUTO(question_done)
    struct question question = { .ask = &ask,
                                 .caller = &caller,
                                 .catalog = self->catalog,
                                 .uses = &self->uses,
                                 .rotation = &self->rotation,
                                 .store = self->store,
                                 .options = &self->options };
    const struct answer answer = answer_or_refuse(self, &question);
    tell_of_change(self, &received->from, &question, &answer);
}

static void on_adopted(void *context, const struct ais_received *received)
{
    struct registry *self = context;
    struct ais_msg_adopted adopted;
    if (ais_msg_adopted_get(received->frame, received->size, &adopted) == AIS_OK)
        subscribers_adopted(&self->subscribers, &received->from, adopted.version);
    else
        self->refused++;
}

static void on_subscribe(void *context, const struct ais_received *received)
{
    struct registry *self = context;
    struct ais_msg_subscribe subscribe;
    if (ais_msg_subscribe_get(received->frame, received->size, &subscribe) != AIS_OK) {
        self->refused++;
        return;
    }
    char name[64];
    ais_span_copy(subscribe.name, name, sizeof name);
    if (subscribe.version_low > AIS_WIRE_VERSION || subscribe.version_high < AIS_WIRE_VERSION)
        ais_log(AIS_LOG_ERROR, "%s speaks versions %u to %u, not %d: it gets no snapshot", name, subscribe.version_low,
                subscribe.version_high, AIS_WIRE_VERSION);
    else if (!subscribers_add(&self->subscribers, &received->from))
        ais_log(AIS_LOG_ERROR, "%s gets no snapshot: there are %d subscribers already", name, SUBSCRIBERS_MAX);
}

static void on_used(void *context, const struct ais_received *received)
{
    struct registry *self = context;
    struct ais_msg_used used;
    if (ais_msg_used_get(received->frame, received->size, &used) == AIS_OK)
        key_uses_take(&self->uses, self->catalog->access, used.keys);
    else
        self->refused++;
}

static const struct ais_actor_route routes[] = {
    {AIS_MSG_SUBSCRIBE, on_subscribe},
    { AIS_MSG_ASK,      on_ask      },
    { AIS_MSG_ADOPTED,  on_adopted  },
    { AIS_MSG_USED,     on_used     },
};

/* ---- the auditor ---- */

static void on_recorded(void *context, const struct ais_received *received)
{
    struct registry *self = context;
    struct ais_msg_recorded recorded;
    if (ais_msg_recorded_get(received->frame, received->size, &recorded) != AIS_OK)
        self->refused++;
    else if (recorded.ticket > self->recorded)
        self->recorded = recorded.ticket;
}

static void on_state(void *context, const struct ais_received *received)
{
    struct registry *self = context;
    struct ais_msg_state state;
    if (ais_msg_state_get(received->frame, received->size, &state) == AIS_OK)
        self->log_fails = state.storage_ok != 1;
    else
        self->refused++;
}

static void on_log_resealed(void *context, const struct ais_received *received)
{
    struct registry *self = context;
    self->refused += key_rotation_heard(&self->rotation, AIS_AUDITOR, received) != AIS_OK;
}

static void on_figures_resealed(void *context, const struct ais_received *received)
{
    struct registry *self = context;
    self->refused += key_rotation_heard(&self->rotation, AIS_METRICS, received) != AIS_OK;
}

static void on_metrics(void *context)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_RESEALED, on_figures_resealed}
    };
    struct registry *self = context;
    ais_actor_receive(self->metrics_socket, AIS_REGISTRY, table, N_ELEMS(table), 0, self, &self->refused);
}

static void on_log(void *context)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_RECORDED,  on_recorded    },
        { AIS_MSG_STATE,    on_state       },
        { AIS_MSG_RESEALED, on_log_resealed},
    };
    struct registry *self = context;
    ais_actor_receive(self->log, AIS_REGISTRY, table, N_ELEMS(table), 0, self, &self->refused);
}

/* An auditor that comes later hears of it then: without one, nothing is recorded and no change is answered. */
static void subscribe_to_log(struct registry *self)
{
    const struct ais_msg_subscribe msg = { AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of(OUTBOX_SENDER) };
    if (ais_send_subscribe(self->log, NULL, AIS_REGISTRY, &msg) != AIS_OK)
        ais_log(AIS_LOG_WARNING, "The auditor does not hear the registry");
}

/* ---- when keys were used ---- */

/* Nothing in force changes by it, so nothing is published; what cannot be kept now is tried again later. */
static void keep_uses(struct registry *self)
{
    struct ais_keys_along along = { .uses = self->uses.list, .use_count = self->uses.count };
    struct ais_why why = { 0 };
    if (ais_keys_note_uses(self->store, &along, &why) != AIS_OK)
        ais_log_why(AIS_LOG_WARNING, &why, "When API keys were used last is not kept");
    else if (along.access != NULL)
        self->catalog->keys_generation = along.generation;
    ais_access_unref(&along.access);
    key_uses_kept(&self->uses);
}

/* ---- the actor ---- */

static void on_clients(void *context)
{
    struct registry *self = context;
    uint64_t refused = self->refused;
    ais_actor_receive(self->clients, AIS_REGISTRY, routes, N_ELEMS(routes), ASKS_AT_ONCE, self, &self->refused);
    if (self->refused > refused)
        ais_log(AIS_LOG_WARNING, "%llu messages refused", (unsigned long long)(self->refused - refused));
}

/* After each round and at each tick: what is owed, and what waits for that. */
static void catch_up(void *context)
{
    struct registry *self = context;
    bool clear = outbox_flush(&self->outbox);
    if (clear && self->reload) {
        reload(self);
        clear = outbox_flush(&self->outbox);
    }
    /* A log that fails keeps the event for its next commit and takes no verdict before: who has come meanwhile must
     * know the keys all the same. */
    if (clear && (self->recorded >= self->activation || self->log_fails))
        subscribers_serve(&self->subscribers, self->clients, self->catalog);
    if (clear && !self->log_fails && !self->draining)
        key_rotation_go_on(&self->rotation, &self->outbox, ais_clock_mono());
    waiting_serve(&self->waiting, self->clients, self->recorded, subscribers_oldest(&self->subscribers));
    self->drained = self->draining && clear && self->waiting.count == 0 && (!self->uses.changed || self->log_fails);
}

/* Not while the log fails: the space may be what it waits for. */
static void look_after_reserve(struct registry *self, int64_t now)
{
    struct ais_why why = { 0 };
    if (self->log_fails || self->draining || now < self->next_reserve_ns)
        return;
    self->next_reserve_ns = now + RESERVE_MS * AIS_NS_PER_MS;
    if (ais_store_reserve(self->store, &why) != AIS_OK)
        ais_log_why(AIS_LOG_DEBUG, &why, "On a full disk no key could be revoked");
}

static void tick(void *context)
{
    struct registry *self = context;
    int64_t now = ais_clock_mono();
    if (self->uses.changed && !self->log_fails && (self->draining || now >= self->uses.due_ns))
        keep_uses(self);
    look_after_reserve(self, now);
    catch_up(self);
    if (now < self->next_sample_ns)
        return;
    self->next_sample_ns = now + AIS_SAMPLE_MS * AIS_NS_PER_MS;
    ais_metrics_count(&self->metrics, AIS_M_WIRE_REFUSED, 0, 0, self->refused - self->told_refused);
    self->told_refused = self->refused;
    ais_metrics_send(&self->metrics, self->metrics_socket, AIS_REGISTRY, "registry", &self->sample);
}

static void on_command(void *context, enum ais_command command)
{
    struct registry *self = context;
    if (command == AIS_COMMAND_RELOAD)
        self->reload = true;
    else if (command == AIS_COMMAND_DRAIN)
        self->draining = true;
}

static void destroy(void *context)
{
    struct registry *self = context;
    registry_destroy(&self);
}

/* ---- start ---- */

static enum ais_err mirror(const struct registry_conf *conf, struct ais_why *why)
{
    static const struct {
        enum ais_log_level level;
        const char *words;
    } told[] = {
        [AIS_MIRROR_SAME] = {AIS_LOG_DEBUG,    "is in the store"                                       },
        [AIS_MIRROR_ADDED] = { AIS_LOG_INFO,    "added to the store"                                    },
        [AIS_MIRROR_REPLACED] = { AIS_LOG_INFO,    "brought up to date in the store"                       },
        [AIS_MIRROR_TAKEN] = { AIS_LOG_WARNING, "not used: the store has a custom rulepack of this name"},
    };
    enum ais_mirrored *what = calloc(conf->bundled_count + 1, sizeof *what);
    if (what == NULL)
        return ais_fail(why, AIS_E_NOMEM, "registry");
    enum ais_err err = ais_packs_mirror(conf->store, conf->bundled, conf->bundled_count, what, why);
    for (size_t i = 0; err == AIS_OK && i < conf->bundled_count; i++)
        ais_log(told[what[i]].level, "Bundled rulepack %s %s", conf->bundled[i].name, told[what[i]].words);
    free(what);
    return err;
}

enum ais_err registry_start(const struct registry_conf *conf, zactor_t **ret, struct ais_why *why)
{
    AUTO(registry_destroy) struct registry *self = calloc(1, sizeof *self);
    struct catalog *catalog = NULL;
    if (self == NULL)
        return ais_fail(why, AIS_E_NOMEM, "registry");
    self->store = self->outbox.store = conf->store;
    self->options = conf->options;
    if (conf->mask != NULL && (self->outbox.masker = ais_masker_new(conf->mask)) == NULL)
        return ais_fail(why, AIS_E_NOMEM, "registry");
    TRY(mirror(conf, why));
    TRY(load(self, &catalog, why));
    activate(self, catalog, NULL);
    ais_log(AIS_LOG_INFO, "Rulepacks loaded from encrypted storage");
    TRY(ais_wire_connect(ZMQ_PUSH, conf->endpoints.verdicts, QUEUE, NULL, &self->outbox.auditor, why));
    TRY(ais_wire_connect(ZMQ_DEALER, conf->endpoints.metrics, QUEUE, "registry", &self->metrics_socket, why));
    TRY(ais_wire_connect(ZMQ_DEALER, conf->endpoints.releases, QUEUE, OUTBOX_SENDER, &self->log, why));
    TRY(ais_wire_bind(ZMQ_ROUTER, conf->endpoints.registry, QUEUE, &self->clients, why));
    subscribe_to_log(self);
    self->rotation = (struct key_rotation){ .store = conf->store, .metrics = self->metrics_socket };
    key_rotation_resume(&self->rotation);

    const struct ais_actor actor = {
        .name = "registry",
        .self = self,
        .destroy = destroy,
        .inputs = {{ .socket = self->clients, .fd = -1, .readable = on_clients },
                   { .socket = self->log, .fd = -1, .readable = on_log },
                   { .socket = self->metrics_socket, .fd = -1, .readable = on_metrics }},
        .input_count = 3,
        .after = catch_up,
        .tick_ms = TICK_MS,
        .tick = tick,
        .command = on_command,
        .drained = &self->drained,
        .reloaded = &self->reloaded,
    };
    self = NULL; /* the thread's from here on */
    return ais_actor_start(&actor, ret, why);
}
