/* The path of an ipc:// endpoint. libzmq deletes whatever lies there before it listens, be it somebody's file or the
 * socket of a service that runs, and leaves the new socket open to whom the mask lets in. */
#ifndef AIS_GATEWAY_IPC_PATH_H
#define AIS_GATEWAY_IPC_PATH_H

#include "shared/err/err.h"

/* Before an endpoint is bound. Fine for one that is not ipc://. AIS_E_NETWORK: at the path is something that is no
 * socket, or one that somebody listens on. */
MUST_CHECK enum ais_err ipc_path_check(const char *endpoint, struct ais_why *why);

/* After it was bound: the socket is its owner's (0600). Fine for one that is not ipc://. AIS_E_IO. */
MUST_CHECK enum ais_err ipc_path_close(const char *endpoint, struct ais_why *why);

#endif
