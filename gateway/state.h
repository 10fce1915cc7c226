/* What the rooms of the gateway share: one struct, one thread. Not for outside. */
#ifndef AIS_GATEWAY_STATE_H
#define AIS_GATEWAY_STATE_H

#include "gateway/delayed.h"
#include "gateway/dispatch.h"
#include "gateway/failures.h"
#include "gateway/gateway.h"
#include "gateway/http.h"
#include "gateway/incidents.h"
#include "gateway/key_use.h"
#include "gateway/questions.h"
#include "gateway/refusals.h"
#include "gateway/throttle.h"
#include "shared/access/access.h"
#include "shared/audit/mask.h"
#include "shared/mem/arena.h"
#include "shared/metrics/metrics.h"

struct zmq_front;

/* The auditor's last word about the log. */
struct gateway_log_state {
    bool known;      /* the auditor has spoken */
    bool storage_ok; /* records can be written */
    uint64_t head_seq;
    struct ais_digest head_hash;
    char reason[160]; /* why not, for people */
};

struct gateway {
    char name[32];
    unsigned deadline_ms;
    zsock_t *work, *releases, *registry, *logs, *metrics_socket, *events; /* owned */
    struct http_server *http;                                             /* owned */
    struct zmq_front *zmq;                                                /* owned */
    struct dispatch *dispatch;                                            /* owned */
    struct questions *questions;                                          /* owned */
    struct ais_arena *arena;                                              /* owned: trees of bodies, reset after each */
    struct ais_access *access;           /* owned reference; NULL until the registry has spoken */
    const struct ais_access_key *caller; /* who sent the HTTP request that is being handled; within access */
    struct gateway_log_state log;
    struct ais_buf openapi;     /* owned: the OpenAPI document, JSON */
    struct ais_metrics metrics; /* what this actor counts */
    struct ais_buf sample;      /* owned: memory for sending them */
    int64_t next_sample_ns;     /* monotonic */
    struct dispatch_stats told; /* of dispatch, as of the last sample */
    uint64_t refused_messages;
    uint64_t told_refused_messages;
    struct incidents incidents; /* that the audit log was told of */
    struct failures failures;   /* logins, since the last event about them */
    struct refusals refusals;   /* owned: what waits for its record */
    struct ais_masker *masker;  /* owned: of texts in events; NULL: nothing is masked */
    struct throttle throttle;
    struct delayed delayed; /* owned: refusals that wait for their time */
    struct key_use key_use; /* owned: follows access */
    bool draining, drained;
    bool memory_only; /* records end with the process */
};

/* Counts an answer, over whichever protocol it went. */
void gateway_count_answer(struct gateway *gateway, enum ais_label_ENDPOINT endpoint,
                          const struct http_answered *answered);

#endif
