/* A preflight asked of a running server, over REST or ZeroMQ. */
#ifndef AIS_SERVICES_CLI_REMOTE_H
#define AIS_SERVICES_CLI_REMOTE_H

#include "shared/err/err.h"
#include "shared/mem/buf.h"

#include <stdbool.h>

enum {
    CLI_ANSWER_MOST = 4 << 20, /* bytes of an answer that are read */
    CLI_ANSWER_MS = 30000,     /* how long an answer may take */
};

struct cli_question {
    const char *body; /* borrowed: JSON, sent as it is */
    size_t size;
    const char *key; /* borrowed: of the API, in locked memory */
    bool explain;
    const char *ca_file; /* borrowed: path of the authorities that a server is verified by; NULL: the system's */
};

/* POSTs to url + "/api/v1/preflight", with "?explain=true" where that is asked for (libcurl). A key is sent over
 * http:// to this machine only. Replaces the content of answer with the body of whatever status came. AIS_E_USAGE: the
 * URL; AIS_E_NETWORK: no whole answer. */
MUST_CHECK enum ais_err cli_ask_rest(const char *url, const struct cli_question *question, int *ret_status,
                                     struct ais_buf *answer, struct ais_why *why);

/* The same over a REQ socket (libzmq), to an endpoint of this machine. */
MUST_CHECK enum ais_err cli_ask_zmq(const char *endpoint, const struct cli_question *question, int *ret_status,
                                    struct ais_buf *answer, struct ais_why *why);

#endif
