/* An actor: one thread with one loop, that shares nothing but messages.
 *
 * An actor's file builds its state with everything that can fail, then calls ais_actor_start; the thread owns the state
 * and gives it back by destroying it when its loop ends. The loop polls all inputs at once, hands each that is readable
 * to its function, then calls `after` (where a batch is committed, a web server run), and `tick` at its interval. */
#ifndef AIS_SHARED_ACTOR_H
#define AIS_SHARED_ACTOR_H

#include "shared/wire/wire.h"

enum { AIS_ACTOR_INPUTS = 8, AIS_HEARTBEAT_MS = 25, AIS_HEARTBEATS_MISSED = 3 };

/* What one decision may take by its bounds of work: an evaluator with work in hand may be silent for so long more. */
enum { AIS_DECISION_MOST_MS = 50 };

/* What the supervisor may say to an actor. */
#define AIS_COMMANDS(X)                                                 \
    X(RELOAD) /* re-read what you own, all or nothing */                \
    X(DRAIN)  /* take nothing new, finish what you have, then say so */ \
    X(STOP)   /* end now, in order */

enum ais_command {
#define X(name) AIS_COMMAND_##name,
    AIS_COMMANDS(X)
#undef X
        AIS_COMMAND_COUNT
};

/* How a RELOAD ended. */
struct ais_reloaded {
    bool over;        /* it has ended, and its owner has not been told yet */
    enum ais_err err; /* AIS_OK: what was read is in force, changed or not; else everything is as it was */
    char changed[96]; /* on success: what is new, names with a space between; "" when nothing is */
    char reason[320]; /* on failure: why */
};

struct ais_actor_input {
    zsock_t *socket; /* borrowed; or NULL, and then fd */
    int fd;
    void (*readable)(void *self);
};

struct ais_actor {
    const char *name; /* a literal; also the thread's name in the log */
    void *self;       /* owned: the actor's state */
    void (*destroy)(void *self);
    struct ais_actor_input inputs[AIS_ACTOR_INPUTS];
    size_t input_count;
    int (*wait_ms)(void *self); /* how long the poll may wait at most; NULL: until the next tick. 0: do not wait */
    /* Until when (monotonic, ns) it is awake: what it waits for is so near that falling asleep and being woken, which
     * takes a processor of a virtual machine up to 80 us, would cost more than looking again and again, and letting
     * others run in between. 0: it may sleep, and so it may where this is NULL. */
    int64_t (*awake_until)(void *self);
    void (*after)(void *self); /* after each round; may be NULL */
    int tick_ms;               /* 0: no ticks */
    void (*tick)(void *self);
    void (*command)(void *self, enum ais_command command); /* RELOAD and DRAIN; may be NULL */
    void (*take)(void *self, void *gift);                  /* what ais_actor_hand brings; NULL: nothing is brought */
    struct ais_reloaded *reloaded; /* borrowed, in self: filled by the actor when a RELOAD is over; may be NULL */
    int nice;                      /* how much less than others its thread matters, as nice(1) has it; 0: as much */
    bool *drained;                 /* borrowed, in self: set by the actor when a DRAIN is done; may be NULL */
    bool *failed;                  /* borrowed, in self: set by the actor when it cannot go on; may be NULL */
};

/* Starts the thread. The actor (a copy) and its self belong to the thread from here on, whatever this returns. */
MUST_CHECK enum ais_err ais_actor_start(const struct ais_actor *actor, zactor_t **ret, struct ais_why *why);

/* For the supervisor, which owns the zactor. Does not wait. */
void ais_actor_tell(zactor_t *actor, enum ais_command command);

/* Hands gift to the actor's take: an immutable, reference-counted thing, of which the actor owns one reference from
 * here on. In order with commands; does not wait. An actor that ends by itself before it takes it loses it. */
void ais_actor_hand(zactor_t *actor, void *gift);

/* Ends the actor in order, waits for its thread's end and nulls the caller's pointer; NULL is fine. All that the thread
 * did has happened before this returns: what it had borrowed may be used or ended now. */
void ais_actor_stop(zactor_t **actor);

/* What a thread of zactor_new that is no struct ais_actor calls last, so that ais_actor_stop can be used for it. */
void ais_actor_ends(void);

/* What an actor says on its pipe. */
enum ais_actor_report {
    AIS_ACTOR_NOTHING,
    AIS_ACTOR_DRAINED,
    AIS_ACTOR_RELOADED,
    AIS_ACTOR_ENDED, /* its thread has left the loop, on its own account or because it was told to */
};

/* The next report on an actor's pipe, without waiting. After AIS_ACTOR_ENDED the only call left is ais_actor_stop.
 * *ret_reloaded (may be NULL) is set with AIS_ACTOR_RELOADED. */
enum ais_actor_report ais_actor_heard(zactor_t *actor, struct ais_reloaded *ret_reloaded);

/* One row a message that an actor takes; the rest is refused and counted. */
struct ais_actor_route {
    enum ais_message message;
    void (*handler)(void *self, const struct ais_received *received);
};

/* Receives all that waits on socket (at most limit messages, 0: no limit) and hands each to its route. Messages with a
 * bad header, from a role that may not send them, or without a route are counted in *refused. Returns how many were
 * handled. */
size_t ais_actor_receive(zsock_t *socket, enum ais_role me, const struct ais_actor_route *routes, size_t route_count,
                         size_t limit, void *self, uint64_t *refused);

#endif
