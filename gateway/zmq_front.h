/* The ZeroMQ front: REQ clients send ["AIS1", api-key, "PREFLIGHT", json] and receive ["AIS1", status, json], with the
 * statuses and bodies of REST; "PING" answers 200. Whatever arrives complete is answered, because a REQ socket that
 * gets no answer hangs for ever. Frames are read one by one, counted and bounded. One thread. */
#ifndef AIS_GATEWAY_ZMQ_FRONT_H
#define AIS_GATEWAY_ZMQ_FRONT_H

#include "gateway/state.h"

struct zmq_front;

/* Binds endpoint (wildcards for the port are fine), which the settings keep to loopback and ipc. AIS_E_NETWORK: it
 * cannot be bound. */
MUST_CHECK enum ais_err zmq_front_new(struct gateway *gateway, const char *endpoint, struct zmq_front **ret,
                                      struct ais_why *why);
void zmq_front_destroy(struct zmq_front **front);

/* The socket, for the loop; and the endpoint as bound. Both live as long as the front. */
zsock_t *zmq_front_socket(const struct zmq_front *front);
const char *zmq_front_endpoint(const struct zmq_front *front);

/* Takes what waits, at most limit messages. */
void zmq_front_receive(struct zmq_front *front, size_t limit);

/* Takes no more clients; those that wait are still answered. */
void zmq_front_pause(struct zmq_front *front);

#endif
