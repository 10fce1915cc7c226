/* The gateway: the clients' side of the ring.
 *
 * Owns the clients' sockets (REST, ZeroMQ), their deadlines, and dispatch. It validates a body with the strict reader
 * and takes from it only session and token; what is allowed is never decided here.
 * Hears: clients; evaluators (READY, HEARTBEAT, GOODBYE); auditor (RELEASE, RECORDED, STATE, TELL); registry (SNAPSHOT,
 * TELL); metrics (TELL); its owner hands it renewed identities (struct ais_tls_identity).  Stops on: DRAIN, then STOP
 * from its owner. */
#ifndef AIS_GATEWAY_GATEWAY_H
#define AIS_GATEWAY_GATEWAY_H

#include "shared/actor/actor.h"
#include "shared/audit/mask.h"
#include "shared/tls/identity.h"

struct gateway_conf {
    struct ais_endpoints endpoints;
    const char *name;                  /* this gateway among others; a literal or outliving the actor */
    const char *host;                  /* numeric address of the REST front; borrowed during the call */
    uint16_t port;                     /* 0: the system chooses */
    const char *zmq_endpoint;          /* of the ZeroMQ REQ front; borrowed during the call */
    unsigned deadline_ms;              /* from receipt to answer */
    struct ais_tls_identity *identity; /* REST over TLS; borrowed during the call. NULL: plain HTTP */
    const struct ais_mask *mask;       /* of what it records; borrowed for the actor's life; NULL: none */
    bool memory_only;                  /* records are kept in memory: /readyz says so */
};

/* Where the gateway listens, once it has started. */
struct gateway_addresses {
    uint16_t port;
    char zmq_endpoint[128]; /* with the port that the system chose, if it did */
};

/* Binds everything, then starts the thread. *ret_actor is the caller's, on success only. */
MUST_CHECK enum ais_err gateway_start(const struct gateway_conf *conf, zactor_t **ret_actor,
                                      struct gateway_addresses *ret_addresses, struct ais_why *why);

#endif
