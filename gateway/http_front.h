/* HTTP clients, from a complete request to the handler that its route names: routing, authentication, the pace of
 * failed logins, what body and query a route takes. The counterpart of zmq_front.h. */
#ifndef AIS_GATEWAY_HTTP_FRONT_H
#define AIS_GATEWAY_HTTP_FRONT_H

#include "gateway/http.h"

/* For http_server_start, whose context is the struct gateway (gateway/state.h). */
extern const struct http_hooks http_front_hooks;

#endif
