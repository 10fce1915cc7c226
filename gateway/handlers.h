/* The functions that the table of routes names: each answers its request, now or later, exactly once. */
#ifndef AIS_GATEWAY_HANDLERS_H
#define AIS_GATEWAY_HANDLERS_H

#include "gateway/routes.h"

#define X(id, method, path, scope, flags, endpoint, handler) route_handler handler;
ROUTES(X)
#undef X

#endif
