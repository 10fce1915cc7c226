#include "shared/actor/actor.h"

#include "shared/log/log.h"
#include "shared/sys/clock.h"
#include "shared/sys/threads.h"
#include "shared/wire/tsan.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *const command_names[AIS_COMMAND_COUNT] = {
#define X(name) [AIS_COMMAND_##name] = #name,
    AIS_COMMANDS(X)
#undef X
};

static const char hand_word[] = "HAND"; /* a pointer follows */
static const char drained_report[] = "DRAINED";
static const char reloaded_report[] = "RELOADED"; /* a struct ais_reloaded follows */
static const char ended_report[] = "ENDED";

enum { IDLE_MS = 1000 };

/* Threads that have ended. Orders their work before that of who waited for them, in a way that the thread sanitizer can
 * see: the signals of zactor are libzmq's. */
static atomic_uint ended;

/* Sends a word and n bytes on a pipe. */
static void say_with(void *pipe, const char *word, const void *bytes, size_t n)
{
    if (zstr_sendm(pipe, word) == 0) {
        zframe_t *frame = zframe_new(bytes, n);
        zframe_send(&frame, pipe, 0);
    }
}

/* Receives the n bytes that follow a word; false when there are none. */
static bool hear_rest(void *pipe, void *bytes, size_t n)
{
    AUTO(zframe_destroy) zframe_t *frame = zframe_recv(pipe);
    if (frame == NULL || zframe_size(frame) != n)
        return false;
    memcpy(bytes, zframe_data(frame), n);
    return true;
}

/* One command from the supervisor; false when the actor is to end. */
static bool take_command(zsock_t *pipe, const struct ais_actor *actor)
{
    AUTO(zstr_free) char *word = zstr_recv(pipe);
    if (word == NULL || strcmp(word, "$TERM") == 0)
        return false;
    if (strcmp(word, hand_word) == 0) {
        void *gift = NULL;
        if (hear_rest(pipe, &gift, sizeof gift) && actor->take != NULL) {
            ais_tsan_acquire(gift);
            actor->take(actor->self, gift);
        }
        return true;
    }
    for (int command = 0; command < AIS_COMMAND_COUNT; command++) {
        if (strcmp(word, command_names[command]) != 0)
            continue;
        if (command == AIS_COMMAND_STOP)
            return false;
        if (actor->command != NULL)
            actor->command(actor->self, (enum ais_command)command);
        return true;
    }
    ais_log(AIS_LOG_WARNING, "%s: unknown command '%.20s' refused", actor->name, word);
    return true;
}

/* Every command that has arrived, before anything is done for one: a hundred requests to reload are one reload, and who
 * is to end does not reload first. */
static bool take_commands(zsock_t *pipe, const struct ais_actor *actor)
{
    do {
        if (!take_command(pipe, actor))
            return false;
    } while ((zsock_events(pipe) & ZMQ_POLLIN) != 0);
    return true;
}

static int wait_of(const struct ais_actor *actor, int64_t next_tick)
{
    int wait = actor->wait_ms != NULL ? actor->wait_ms(actor->self) : IDLE_MS;
    if (wait < 0 || wait > IDLE_MS)
        wait = IDLE_MS;
    if (actor->tick_ms > 0) {
        int64_t until = (next_tick - ais_clock_mono() + AIS_NS_PER_MS - 1) / AIS_NS_PER_MS;
        if (until < wait)
            wait = until > 0 ? (int)until : 0;
    }
    return wait;
}

/* As zmq_poll, and with its result. */
static int wait_for_input(const struct ais_actor *actor, zmq_pollitem_t *items, int wait)
{
    int count = (int)actor->input_count + 1;
    int64_t until = wait > 0 && actor->awake_until != NULL ? actor->awake_until(actor->self) : 0;
    while (until > ais_clock_mono()) {
        int ready = zmq_poll(items, count, 0);
        if (ready != 0)
            return ready;
        sched_yield();
    }
    return zmq_poll(items, count, wait);
}

static void loop(zsock_t *pipe, const struct ais_actor *actor)
{
    zmq_pollitem_t items[AIS_ACTOR_INPUTS + 1] = {
        {zsock_resolve(pipe), 0, ZMQ_POLLIN, 0}
    };
    for (size_t i = 0; i < actor->input_count; i++) {
        const struct ais_actor_input *input = &actor->inputs[i];
        items[i + 1] =
            (zmq_pollitem_t){ input->socket != NULL ? zsock_resolve(input->socket) : NULL, input->fd, ZMQ_POLLIN, 0 };
    }
    bool told_drained = false;
    int64_t next_tick = ais_clock_mono();
    for (;;) {
        if (wait_for_input(actor, items, wait_of(actor, next_tick)) < 0 && zmq_errno() != EINTR)
            return;
        if ((items[0].revents & ZMQ_POLLIN) != 0 && !take_commands(pipe, actor))
            return;
        for (size_t i = 0; i < actor->input_count; i++) {
            if (items[i + 1].revents != 0)
                actor->inputs[i].readable(actor->self);
        }
        if (actor->after != NULL)
            actor->after(actor->self);
        if (actor->tick_ms > 0 && ais_clock_mono() >= next_tick) {
            actor->tick(actor->self);
            next_tick = ais_clock_mono() + actor->tick_ms * AIS_NS_PER_MS;
        }
        if (actor->failed != NULL && *actor->failed)
            return;
        if (actor->reloaded != NULL && actor->reloaded->over) {
            say_with(pipe, reloaded_report, actor->reloaded, sizeof *actor->reloaded);
            actor->reloaded->over = false;
        }
        if (!told_drained && actor->drained != NULL && *actor->drained)
            told_drained = zstr_send(pipe, drained_report) == 0;
    }
}

void ais_actor_ends(void)
{
    atomic_fetch_add_explicit(&ended, 1, memory_order_acq_rel);
}

static void run(zsock_t *pipe, void *arg)
{
    struct ais_actor *actor = arg;
    ais_log_actor(actor->name);
    pthread_setname_np(pthread_self(), actor->name);
    if (actor->nice > 0 && setpriority(PRIO_PROCESS, (id_t)gettid(), actor->nice) != 0) /* Linux: of the thread alone */
        ais_log(AIS_LOG_WARNING, "%s: its thread keeps the priority of the others", actor->name);
    zsock_signal(pipe, 0);
    loop(pipe, actor);
    actor->destroy(actor->self);
    free(actor);
    ais_actor_ends();
    /* Not left to the signal that the shim sends next: zactor_destroy waits for that one, and must find it unread. */
    zstr_send(pipe, ended_report);
}

enum ais_err ais_actor_start(const struct ais_actor *actor, zactor_t **ret, struct ais_why *why)
{
    struct ais_actor *own = malloc(sizeof *own);
    zactor_t *thread = NULL;
    if (own != NULL && ais_threads_startable(1) == 1) {
        *own = *actor;
        thread = zactor_new(run, own);
    }
    if (thread == NULL) {
        free(own);
        actor->destroy(actor->self);
        return ais_fail(why, AIS_E_NOMEM, "%s: no thread could be started", actor->name);
    }
    *ret = thread;
    return AIS_OK;
}

void ais_actor_tell(zactor_t *actor, enum ais_command command)
{
    zstr_send(actor, command_names[command]);
}

void ais_actor_hand(zactor_t *actor, void *gift)
{
    ais_tsan_release(gift);
    say_with(actor, hand_word, &gift, sizeof gift);
}

void ais_actor_stop(zactor_t **actor)
{
    zactor_destroy(actor);
    (void)atomic_load_explicit(&ended, memory_order_acquire);
}

enum ais_actor_report ais_actor_heard(zactor_t *actor, struct ais_reloaded *ret_reloaded)
{
    if ((zsock_events(actor) & ZMQ_POLLIN) == 0)
        return AIS_ACTOR_NOTHING;
    AUTO(zstr_free) char *report = zstr_recv(actor);
    if (report == NULL || strcmp(report, ended_report) == 0)
        return AIS_ACTOR_ENDED;
    if (strcmp(report, reloaded_report) == 0) {
        struct ais_reloaded reloaded;
        if (!hear_rest(actor, &reloaded, sizeof reloaded))
            return AIS_ACTOR_NOTHING;
        if (ret_reloaded != NULL)
            *ret_reloaded = reloaded;
        return AIS_ACTOR_RELOADED;
    }
    return strcmp(report, drained_report) == 0 ? AIS_ACTOR_DRAINED : AIS_ACTOR_NOTHING;
}

static bool handle(const struct ais_received *received, enum ais_role me, const struct ais_actor_route *routes,
                   size_t route_count, void *self)
{
    int message = ais_message_of(received->frame, received->size, me);
    for (size_t i = 0; i < route_count; i++) {
        if ((int)routes[i].message == message) {
            routes[i].handler(self, received);
            return true;
        }
    }
    return false;
}

size_t ais_actor_receive(zsock_t *socket, enum ais_role me, const struct ais_actor_route *routes, size_t route_count,
                         size_t limit, void *self, uint64_t *refused)
{
    size_t count = 0;
    while (limit == 0 || count < limit) {
        struct ais_received received;
        enum ais_err err = ais_wire_receive(socket, &received);
        if (err == AIS_E_MALFORMED) {
            (*refused)++;
            continue;
        }
        if (err != AIS_OK)
            break;
        if (handle(&received, me, routes, route_count, self))
            count++;
        else
            (*refused)++;
        ais_wire_done(&received);
    }
    return count;
}
