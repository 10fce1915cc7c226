/* Sending and receiving the messages of messages.h over ZeroMQ sockets.
 *
 * This is also the seam of the thread sanitizer: libzmq is not instrumented, so send marks a release and receive an
 * acquire on the frame; then a clean run means that actors share nothing but messages. A socket belongs to one thread.
 */
#ifndef AIS_SHARED_WIRE_H
#define AIS_SHARED_WIRE_H

#include "shared/wire/messages.h"

#include <czmq.h>

/* Where the actors of one ring meet. Only these differ between threads, processes and nodes. */
#define AIS_ENDPOINTS(X)                                                                \
    X(work)     /* gateway's ROUTER: evaluators' READY, HEARTBEAT; PREFLIGHT to them */ \
    X(verdicts) /* auditor's PULL: VERDICT, EVENT, ANCHOR */                            \
    X(releases) /* auditor's ROUTER: gateways' SUBSCRIBE; RELEASE and STATE to them */  \
    X(logs)     /* auditor's reader thread, ROUTER: gateways' ASK; TELL to them */      \
    X(pasts)    /* the same for evaluators, whose decisions wait: answered first */     \
    X(registry) /* registry's ROUTER: SUBSCRIBE, ASK; SNAPSHOT and TELL to them */      \
    X(metrics)  /* metrics' ROUTER: SAMPLE, ASK; TELL to them */

struct ais_endpoints {
#define X(name) char name[64];
    AIS_ENDPOINTS(X)
#undef X
};

/* The endpoints of a ring of threads: inproc://<ring>-<name>. ring: at most 32 bytes. */
void ais_endpoints_inproc(struct ais_endpoints *ret, const char *ring);

enum { AIS_WIRE_ADDRESS_SIZE = 64 };

/* Who a message came from or goes to on a ROUTER socket. */
struct ais_address {
    uint8_t size;
    uint8_t bytes[AIS_WIRE_ADDRESS_SIZE];
};

/* A received message. frame points into raw and lives until ais_wire_done. */
struct ais_received {
    struct ais_address from; /* on ROUTER sockets; otherwise empty */
    const uint8_t *frame;
    size_t size;
    zmq_msg_t raw;
};

/* A bound or connected socket: no linger, at most queue messages waiting each way (0: no limit), messages of at most
 * 16 MiB (a rulepack of 4 MiB, and what is told of it). identity: the address a ROUTER sees; NULL for none. The caller
 * owns the result, to end with zsock_destroy. */
MUST_CHECK enum ais_err ais_wire_bind(int type, const char *endpoint, int queue, zsock_t **ret, struct ais_why *why);
MUST_CHECK enum ais_err ais_wire_connect(int type, const char *endpoint, int queue, const char *identity, zsock_t **ret,
                                         struct ais_why *why);

/* Receives one message without waiting. AIS_OK: ret is filled and must be given to ais_wire_done. AIS_E_TIMEOUT: there
 * is none. AIS_E_MALFORMED: a message of another shape (frames, address) was dropped. AIS_E_NETWORK: the context ends.
 */
MUST_CHECK enum ais_err ais_wire_receive(zsock_t *socket, struct ais_received *ret);
void ais_wire_done(struct ais_received *received);

/* Overwrites a received frame that holds a secret; only ais_wire_done may follow. */
void ais_wire_wipe(const struct ais_received *received);

/* Moves a received message into to, which holds none and must be given to ais_wire_done; so must from, which is empty
 * afterwards. What was decoded from a frame of up to 33 bytes points into from: decode again. */
void ais_wire_move(struct ais_received *to, struct ais_received *from);

/* Send without waiting: msg to the peer of socket, or to an address of a ROUTER (NULL: not a ROUTER). AIS_E_LIMIT: the
 * queue is full or the address unknown; the message is not sent. One function a message: ais_send_verdict(…) and so on.
 */
#define X(NAME, from, to, type)                                                                                       \
    MUST_CHECK enum ais_err ais_send_##type(zsock_t *socket, const struct ais_address *address, enum ais_role sender, \
                                            const struct ais_msg_##type *msg);
AIS_MESSAGES(X)
#undef X

/* The address of a name, as ais_wire_connect takes it for identity. */
struct ais_address ais_address_of(const char *name);

#endif
