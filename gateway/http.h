/* HTTP/1.1 (RFC 9110, RFC 9112) for the gateway: one daemon of libmicrohttpd without a thread of its own, driven by the
 * caller's loop. Nothing outside this room knows which library it is, and this room knows no route and no JSON.
 *
 * Everything here happens on one thread, the one that called http_server_start, inside http_server_run:
 *
 *     zmq_pollitem_t items[] = { { .fd = http_server_fd(server), .events = ZMQ_POLLIN }, ... };
 *     zmq_poll(items, n, http_server_timeout_ms(server, -1));
 *     ... drain the other sockets, calling http_answer for what they bring ...
 *     http_server_run(server);             always, and last: it also sends what was answered above
 *
 * A request is handed over once, when head and body are complete and within the limits:
 *  - on_request answers it with http_answer, at once or later; until then the connection is suspended and the pointer
 *    stays good, even when the client has gone (the answer then goes nowhere, harmlessly). Each request must be
 *    answered exactly once: a suspended one has no other end but http_server_destroy.
 *  - on_head, where there is one, sees it before its body: the one place to allow a larger body, to have it taken apart
 *    while it comes, or to turn the request away before anything of its body is kept.
 *  - on_refusal is called instead of on_request when the request breaks a rule of the protocol or a limit; it must
 *    answer at once, unless the request is complete, with that status and a body of its own words.
 * After http_answer the pointer, and all that was got from it, is dead. */
#ifndef AIS_GATEWAY_HTTP_H
#define AIS_GATEWAY_HTTP_H

#include "gateway/target.h"
#include "shared/access/source.h"
#include "shared/err/err.h"
#include "shared/tls/identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_BODY_MAX = 1 << 20,   /* bytes of a body, unless on_head allows another limit; more is 413 */
    HTTP_HEAD_MAX = 16 << 10,  /* bytes of the header fields; more is 431 */
    HTTP_REQUEST_ID_MAX = 128, /* bytes of an X-Request-ID; a longer one is ignored */
    HTTP_PEER_SIZE = 64,       /* "[v6 address]:port" and a NUL */
    HTTP_HEADERS_MAX = 8,      /* extra headers of an answer */
};

struct http_server;
struct http_request;

struct http_conf {
    const char *host;           /* an address, not a name: "127.0.0.1", "::", ... */
    uint16_t port;              /* 0: the system chooses, see http_server_port */
    unsigned connection_limit;  /* further ones wait in the backlog; 0: 1024 */
    unsigned per_address_limit; /* connections of one address; 0: three quarters of connection_limit */
    unsigned idle_timeout_s;    /* from an answer to the end of the next request line; 0: 75 */
    unsigned request_timeout_s; /* from the request line to the end of the body, and for taking the answer; 0: 30 */
    unsigned linger_timeout_s;  /* how long bytes of a refused upload are still taken off the wire; 0: 5 */
    size_t bodies_limit;        /* bytes of all bodies together that wait for their answers; 0: 256 MiB */
    struct ais_tls_identity *identity; /* HTTP over TLS; borrowed during the call. NULL: plain HTTP */
};

/* An answer, for who counts. */
struct http_answered {
    unsigned status;
    size_t received, sent; /* bytes of the body of the request, as far as it was taken, and of the answer */
    int64_t took_ns;       /* since the request was complete; 0 when it was refused before that */
};

struct http_hooks {
    void (*on_request)(void *context, struct http_request *request);
    void (*on_refusal)(void *context, struct http_request *request, unsigned status, const char *detail);
    void (*on_answer)(void *context, const struct http_request *request,
                      const struct http_answered *answered);      /* each answer; may be NULL */
    void (*on_head)(void *context, struct http_request *request); /* each head that is not refused; may be NULL */
};

/* Binds, listens and starts. hooks and context are borrowed until http_server_destroy. On success *ret is the caller's.
 * AIS_E_SETTING: host is no address; AIS_E_IO: it cannot be bound (why names address and port); AIS_E_NOMEM.
 * connection_limit descriptors must be open to the process (RLIMIT_NOFILE). */
MUST_CHECK enum ais_err http_server_start(const struct http_conf *conf, const struct http_hooks *hooks, void *context,
                                          struct http_server **ret, struct ais_why *why);

/* Readable whenever http_server_run has something to do; one value from start to destroy. */
int http_server_fd(const struct http_server *server);

/* The port that is listened on, also after http_server_pause. */
uint16_t http_server_port(const struct http_server *server);

/* Milliseconds until http_server_run must be called even if the descriptor stays silent: 0 for now, and at most
 * limit_ms when that is not negative (-1: no limit of the caller's). Never -1: connections time out. */
long http_server_timeout_ms(struct http_server *server, long limit_ms);

/* Does all that can be done without waiting: accepts, reads, calls the hooks, sends. */
void http_server_run(struct http_server *server);

/* Handshakes from here on show this identity, of which a reference is taken; connections that are there go on. Only of
 * a server that was started with one. */
void http_server_renew(struct http_server *server, struct ais_tls_identity *identity);

/* Stops accepting connections, for good; what is open is served on, each answer saying "Connection: close". Idempotent.
 */
void http_server_pause(struct http_server *server);

/* Requests of which the first line has been read and whose answer is not sent yet. When this is 0 after
 * http_server_pause, nothing that a client waits for is lost by ending. */
unsigned http_server_open_count(const struct http_server *server);

/* Connections, idle ones included. */
unsigned http_server_connection_count(const struct http_server *server);

/* Closes everything, answered or not, and nulls the caller's pointer; NULL is fine. All requests are dead after it. Not
 * to be called from a hook. */
void http_server_destroy(struct http_server **server);

/* What a request says. All of it stays as it is until the request is answered. */
const char *http_request_method(const struct http_request *request);
const struct http_target *http_request_target(const struct http_request *request); /* path "" and no parameters when it
                                                                                      was refused for its target */
const char *http_request_body(const struct http_request *request, size_t *ret_n);  /* NUL follows the n bytes */
const char *http_request_id(const struct http_request *request);                   /* X-Request-ID, or NULL */
const char *http_request_trace(const struct http_request *request); /* traceparent as traceparent.h keeps it, or NULL */

/* The value of a header field, NULL when absent. A field that the protocol or we allow once only (Authorization,
 * Content-Type, ...) was not given twice: such requests are refused. */
const char *http_request_header(const struct http_request *request, const char *name);

/* The client's address. */
struct ais_peer http_request_source(const struct http_request *request);

/* Whether nothing says that there is a body: then there is none (RFC 9112 section 6.3). */
bool http_request_lacks_length(const struct http_request *request);

/* Whether head and body have come to their end, so that the answer may wait. */
bool http_request_is_complete(const struct http_request *request);

/* Frees the body of a request that will be answered without looking at it again. */
void http_request_drop_body(struct http_request *request);

/* The answer holds a secret: its memory is wiped when it was sent, and no cache is to keep it. */
void http_request_set_secret(struct http_request *request);

/* Writes the client's address and port into text and returns it. */
const char *http_request_peer(const struct http_request *request, char text[HTTP_PEER_SIZE]);

struct ais_buf;

/* Takes a body apart while it comes, so that what is not wanted of it is never kept. */
struct http_filter {
    /* Appends to body what is to be kept of the next n bytes. False: the request is refused with status and detail,
     * which are set then and live as long as the filter; what was kept is given back. */
    bool (*take)(struct http_filter *filter, const char *bytes, size_t n, struct ais_buf *body);
    void (*destroy)(struct http_filter *filter);
    unsigned status;
    const char *detail;
};

/* For on_head. Allows a body of so many bytes, whatever is kept of it, and has filter (NULL: none) take it apart; the
 * filter is the request's from here on. */
void http_request_allow(struct http_request *request, size_t body_max, struct http_filter *filter);

/* For on_head. Refuses the request: nothing of its body is kept, and on_refusal is called with status (and the usual
 * words of it) as for any other refusal. */
void http_request_turn_away(struct http_request *request, unsigned status);

/* What http_request_allow was given; NULL: none. */
struct http_filter *http_request_filter(const struct http_request *request);

/* A number of the caller's that goes with the request until its answer; 0 at first. For what on_answer is told. */
void http_request_set_tag(struct http_request *request, unsigned tag);
unsigned http_request_tag(const struct http_request *request);

/* Whether the Content-Type is this media type ("application/json"), whatever its parameters (RFC 9110 section 8.3.1).
 */
bool http_request_has_type(const struct http_request *request, const char *media_type);

struct http_header {
    const char *name;
    const char *value;
};

/* Answers request, which is dead afterwards; n bytes of body are copied. content_type may be NULL when n is 0. headers:
 * n_headers <= HTTP_HEADERS_MAX more fields, both halves ours or checked (no control characters). Content-Length,
 * Date, X-Request-ID and, where needed, Connection are added. A HEAD gets the head alone. When memory is out the
 * connection is closed without an answer: nobody reads that as a yes. */
void http_answer(struct http_request *request, unsigned status, const char *content_type, const void *body, size_t n,
                 const struct http_header *headers, size_t n_headers);

#endif
