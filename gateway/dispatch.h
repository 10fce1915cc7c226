/* Dispatch: from a request that waits to the answer that the ring brings back.
 *
 * Evaluators say READY with how many requests they will hold (credit); never more is sent. What finds no credit waits
 * in a bounded queue, and what finds that full is refused at once. Large bodies wait apart, and an evaluator has one of
 * them at a time: a flood of them costs the others the wait for one. A request whose evaluator is silent for
 * AIS_HEARTBEATS_MISSED heartbeats goes to another with attempt + 1, under the same decision id and nonce: the auditor
 * records whichever verdict comes first, once. One that was in work when two evaluators were lost is answered "not able
 * to decide" instead: it would silence them all, one after the other. Past its deadline a request is answered "not able
 * to decide"; a release that comes later, or with another nonce or digest than was sent, is counted and dropped.
 *
 * When decisions look back on what a session did, every request of it goes to the one evaluator that owns it: the
 * highest bidder of those known (rendezvous hashing), by the session's id or without one by the API key. Each message
 * carries an epoch, which changes with those known, so that nobody relies on what another may have added to. What waits
 * for an owner without credit waits; the others pass it by.
 *
 * One thread. Nothing in here turns into an allow: the only 200 is a release that the auditor sent. */
#ifndef AIS_GATEWAY_DISPATCH_H
#define AIS_GATEWAY_DISPATCH_H

#include "shared/access/access.h"
#include "shared/metrics/metrics.h"
#include "shared/policy/policy.h"
#include "shared/wire/wire.h"

enum {
    DISPATCH_PENDING_MAX = 4096,    /* requests that wait for a decision, in all */
    DISPATCH_BYTES_MAX = 256 << 20, /* of the bodies of those */
    DISPATCH_EVALUATORS_MAX = 256,  /* evaluators known at once */
    DISPATCH_SILENCED_MAX = 2,      /* evaluators lost over one request before it is given up */
    DISPATCH_SESSION_MAX = 256,     /* bytes of a session id that are carried */
};

/* Where an answer goes. Called exactly once for a job that was taken: with 200 and the decision, or with another status
 * and a reason for people (NUL-terminated; not yet a problem document). May free what holds the asker. */
struct dispatch_asker {
    void (*answer)(struct dispatch_asker *asker, unsigned status, const char *text, size_t n);
};

/* What is asked. Everything pointed to must stay until the asker is answered. */
struct dispatch_job {
    const char *body; /* one JSON value, already validated */
    size_t size;
    struct ais_access *access;            /* the snapshot that caller is from; referenced while the job waits */
    const struct ais_access_key *caller;  /* within access */
    const char *request_id, *traceparent; /* NULL: none */
    struct ais_span session_id;           /* copied */
    uint8_t source;                       /* enum ais_audit_source */
    enum ais_token token;
    bool explain; /* the answer is to say why */
};

/* How a job ended, for who counts. */
struct dispatch_end {
    unsigned status;               /* 200 or 503 */
    enum ais_action outcome;       /* of a 200 */
    enum ais_label_REFUSAL reason; /* of a 503 */
    int64_t took_ns;
};

struct dispatch_conf {
    const char *gateway;  /* this gateway's name: where the auditor sends releases */
    zsock_t *work;        /* borrowed ROUTER: evaluators */
    unsigned deadline_ms; /* from receipt to answer */
    void (*on_end)(void *context, const struct dispatch_end *end); /* NULL: nobody counts */
    void *context;
};

struct dispatch_stats {
    size_t pending, queued, evaluators;
    bool able;         /* there are evaluators, or were a moment ago: what is submitted may be decided */
    uint64_t retried;  /* dispatched again after an evaluator was lost */
    uint64_t expired;  /* answered 503 at their deadline */
    uint64_t rejected; /* refused because everything was full */
    uint64_t late;     /* releases of what nobody waits for any more */
    uint64_t foreign;  /* releases with another nonce or digest: dropped */
    uint64_t lost;     /* evaluators that fell silent */
};

struct dispatch;

/* NULL when memory is out. */
struct dispatch *dispatch_new(const struct dispatch_conf *conf);

/* Frees it and nulls the caller's pointer; what still waits is answered 503 first. NULL is fine. */
void dispatch_destroy(struct dispatch **dispatch);

/* Takes a job, which the next dispatch_flush may send. AIS_E_LIMIT: everything is full; the asker is not called. */
MUST_CHECK enum ais_err dispatch_submit(struct dispatch *dispatch, const struct dispatch_job *job,
                                        struct dispatch_asker *asker);

/* What the ring says. */
void dispatch_ready(struct dispatch *dispatch, const struct ais_address *from, const struct ais_msg_ready *msg);
void dispatch_heartbeat(struct dispatch *dispatch, const struct ais_address *from, const struct ais_msg_heartbeat *msg);
void dispatch_goodbye(struct dispatch *dispatch, const struct ais_address *from, const struct ais_msg_goodbye *msg);
void dispatch_release(struct dispatch *dispatch, const struct ais_msg_release *msg);

/* Whether each session belongs to one evaluator; not, at first: then whoever has credit decides whatever comes. */
void dispatch_by_session(struct dispatch *dispatch, bool on);

/* Gives what waits to whoever has credit, oldest first (of the large bodies, and of the others). Call at the end of
 * each round of the loop: what came in one round goes out in one burst, so that an evaluator is woken once for all of
 * it. */
void dispatch_flush(struct dispatch *dispatch);

/* Answers what is past its deadline. Call in each round of the loop. */
void dispatch_expire(struct dispatch *dispatch);

/* Sends heartbeats and finds the silent. Call every AIS_HEARTBEAT_MS. */
void dispatch_tick(struct dispatch *dispatch);

/* Milliseconds until something expires; -1: nothing waits. */
int dispatch_wait_ms(const struct dispatch *dispatch);

/* Until when (monotonic, ns) the loop should stay awake, as ais_actor has it; 0: it may sleep. Where one request waits
 * alone, nobody else of ours needs this processor, and its client waits for nothing but us: for a while that covers the
 * sync of a fast disk. */
int64_t dispatch_awake_until(const struct dispatch *dispatch);

void dispatch_stats(const struct dispatch *dispatch, struct dispatch_stats *ret);

#endif
