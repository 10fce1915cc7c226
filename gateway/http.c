/* The HTTP server over libmicrohttpd, which only this file, http_answer.c and http_peer.c know. What the library
 * (0.9.75) does by itself: bytes that are no request get its own 400, 413, 431 or 505 in HTML, or a closed connection,
 * before anybody is asked. From a complete head on the answers are ours. */
#include "gateway/http.h"

#include "gateway/http_linger.h"
#include "gateway/http_private.h"
#include "gateway/http_tls.h"
#include "shared/sys/clock.h"

#include <microhttpd.h>

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* The library's memory for one connection: a head over our limit of 16 KiB should still fit, to be refused in our
     * words; and the library zeroes all of it for each request, so it should not be large. */
    POOL_SIZE = 32 << 10,
    BODIES_LIMIT = 256 << 20,
    ROUNDS_AT_ONCE = 16,   /* of the library's loop, before the caller's other sockets get their turn */
    SWEEP_TICK_MS = 500,   /* how often deadlines are looked at */
    QUIET_TICK_MS = 60000, /* the longest wait when there is no connection */
};

struct http_server {
    struct MHD_Daemon *daemon; /* owned */
    int fd;                    /* the daemon's epoll descriptor, borrowed */
    uint16_t port;
    bool paused;
    const struct http_hooks *hooks;                        /* borrowed */
    void *context;                                         /* borrowed */
    int64_t idle_timeout, request_timeout, linger_timeout; /* ns */
    int64_t now, next_sweep;           /* monotonic ns; now is that of this round of the caller's loop */
    struct http_request *requests;     /* owned, one a connection */
    struct ais_tls_identity *identity; /* a reference: of handshakes to come; NULL: plain HTTP */
    unsigned n_open;
    size_t bodies, bodies_limit; /* bytes of all bodies that are held */
    struct http_lingering lingering;
};

/* Whose round of the loop this thread is in: the library hands its callback for certificates no context. */
static _Thread_local struct http_server *running;

struct ais_tls_identity *http_identity_of(const void *session)
{
    struct http_request *request = running != NULL ? running->requests : NULL;
    while (request != NULL && http_session_of(request) != session)
        request = request->next;
    if (request == NULL)
        return NULL;
    if (request->identity == NULL)
        request->identity = ais_tls_identity_ref(running->identity);
    return request->identity;
}

static void tell_of_answer(const struct http_request *request, unsigned status, size_t n)
{
    const struct http_answered answered = {
        .status = status,
        .received = request->received,
        .sent = strcmp(request->method, "HEAD") == 0 ? 0 : n,
        .took_ns = request->complete_ns != 0 ? ais_clock_mono() - request->complete_ns : 0,
    };
    if (request->server->hooks->on_answer != NULL)
        request->server->hooks->on_answer(request->server->context, request, &answered);
}

void http_answer(struct http_request *request, unsigned status, const char *content_type, const void *body, size_t n,
                 const struct http_header *headers, size_t n_headers)
{
    bool midway = request->stage == STAGE_BODY;
    assert(midway || request->stage == STAGE_HANDED);
    assert(n_headers <= HTTP_HEADERS_MAX);

    tell_of_answer(request, status, n);
    request->stage = STAGE_ANSWERED;
    request->deadline = request->server->now + request->server->request_timeout;
    request->closing |= request->server->paused;
    request->status = status;
    ais_buf_add(&request->answer, body, n);
    if (!request->answer.failed)
        request->response = http_response_new(request, content_type, headers, n_headers);
    request->failed = request->response == NULL;
    if (!request->failed && !midway)
        request->failed = MHD_queue_response(request->connection, status, request->response) != MHD_YES;
    if (!request->failed && midway) {
        /* The library takes no answer while a body is being read; but this body is too large, and its sender may be
         * waiting for us. */
        http_answer_by_hand(request, request->server->identity != NULL);
        request->failed = true;
    }
    if (request->suspended)
        MHD_resume_connection(request->connection);
    request->suspended = false;
}

static void tell_of_refusal(struct http_server *server, struct http_request *request)
{
    server->hooks->on_refusal(server->context, request, request->refusal.status, request->refusal.detail);
}

/* Hands a refused request over, for an answer at once. */
static enum MHD_Result hand_refusal(struct http_server *server, struct http_request *request)
{
    tell_of_refusal(server, request);
    assert(request->stage == STAGE_ANSWERED);
    return request->failed ? MHD_NO : MHD_YES;
}

/* The library (0.9.75) adds the second line of a folded field to the field's name: a folded Content-Length is not seen
 * at all. Folding moves the name; a name and a value that came in one line stand in one line still. */
static bool is_on_one_line(const char *name, size_t name_size, const char *value)
{
    uintptr_t colon = (uintptr_t)name + name_size, begin = (uintptr_t)value;
    if (begin <= colon || begin - colon > HTTP_HEAD_MAX)
        return false;
    return strspn(name + name_size + 1, " \t") == begin - colon - 1;
}

static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_size,
                                  const char *value, size_t value_size)
{
    (void)kind;
    if (!is_on_one_line(name, name_size, value))
        http_request_refuse(cls, 400, true, "a header field is folded over two lines");
    http_request_add_field(cls, name, name_size, value, value_size);
    return MHD_YES;
}

/* The head is complete. A refusal waits for the end of the body when that is near, so that the connection lives on;
 * when it is far or unknown, or its sender waits for a word of ours, it is answered now, and the library closes. */
static enum MHD_Result on_head(struct http_server *server, struct http_request *request, const char *method,
                               const char *version)
{
    if (version != request->line_rest)
        http_request_refuse(request, 400, true, "the target has a NUL");
    MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, take_field, request);
    http_request_check_head(request, method, version);
    if (request->refusal.status == 0 && server->hooks->on_head != NULL)
        server->hooks->on_head(server->context, request);
    http_request_check_size(request);
    if (server->identity != NULL)
        request->closing = http_request_asks_to_close(request, version);
    if (request->refusal.status != 0 && (request->refusal.unframed || request->chunked ||
                                         (request->known[FIELD_EXPECT] != NULL && http_request_has_body(request)))) {
        request->closing = true;
        request->stage = STAGE_HANDED;
        return hand_refusal(server, request);
    }
    request->stage = STAGE_BODY;
    return MHD_YES;
}

static enum MHD_Result on_body(struct http_server *server, struct http_request *request, const char *bytes, size_t n)
{
    if (request->refusal.status == 0 && n > server->bodies_limit - server->bodies)
        http_request_refuse(request, 503, true, "there is no room for the body now");
    server->bodies -= request->body.length;
    http_request_add_body(request, bytes, n);
    server->bodies += request->body.length;
    return request->refusal.unframed ? hand_refusal(server, request) : MHD_YES;
}

/* Head and body are complete. A hook that has not answered when it returns will answer later. */
static enum MHD_Result on_complete(struct http_server *server, struct http_request *request)
{
    request->stage = STAGE_HANDED;
    request->deadline = 0;
    request->complete_ns = ais_clock_mono();
    if (request->refusal.status != 0)
        tell_of_refusal(server, request);
    else
        server->hooks->on_request(server->context, request);
    if (request->stage != STAGE_ANSWERED) {
        request->suspended = true;
        MHD_suspend_connection(request->connection);
        return MHD_YES;
    }
    return request->failed ? MHD_NO : MHD_YES;
}

/* The library's one callback for a request: once with the head, then with pieces of the body, then at its end. */
static enum MHD_Result on_access(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *bytes, size_t *n, void **request_cls)
{
    struct http_request *request = *request_cls;
    (void)connection;
    (void)url;
    if (request == NULL)
        return MHD_NO;
    switch (request->stage) {
    case STAGE_HEAD: return on_head(cls, request, method, version);
    case STAGE_BODY:
        if (*n == 0)
            return on_complete(cls, request);
        enum MHD_Result result = on_body(cls, request, bytes, *n);
        *n = 0;
        return result;
    case STAGE_ANSWERED: *n = 0; return request->failed ? MHD_NO : MHD_YES;
    case STAGE_IDLE:
    case STAGE_HANDED: break;
    }
    return MHD_NO;
}

/* The request line has been read; the library has not looked into the target yet, and is kept from doing so: it would
 * take the query apart leniently, and close the connection without a word when there are more parameters than memory.
 */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct http_server *server = cls;
    struct http_request *request =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    if (request == NULL)
        return NULL;
    http_request_begin(request, target);
    request->line_rest = target + strlen(target) + 1;
    char *query = strchr(target, '?');
    if (query != NULL)
        query[1] = '\0';
    request->deadline = server->now + server->request_timeout;
    server->n_open++;
    return request;
}

/* Escapes are ours to read, from the text of the request line. */
static size_t leave_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **request_cls,
                         enum MHD_RequestTerminationCode how)
{
    struct http_server *server = cls;
    struct http_request *request = *request_cls;
    (void)connection;
    if (request == NULL)
        return;
    /* The library may read before it sends, and gives up when its peer has half-closed; one that did so while it waited
     * still wants its answer. Where a send has failed, this one fails too. */
    if (request->stage == STAGE_ANSWERED && !request->failed && how == MHD_REQUEST_TERMINATED_WITH_ERROR)
        http_answer_by_hand(request, request->server->identity != NULL);
    /* The library, told not to shut connections down, ends a TLS stream without a word, as one that was cut off. */
    if (server->identity != NULL && (request->closing || how != MHD_REQUEST_TERMINATED_COMPLETED_OK))
        http_tls_end(http_session_of(request));
    if (request->response != NULL)
        MHD_destroy_response(request->response);
    request->response = NULL;
    server->bodies -= request->body.length;
    http_request_end(request);
    request->deadline = server->now + server->idle_timeout;
    server->n_open--;
}

static void add_connection(struct http_server *server, struct MHD_Connection *connection, void **ret)
{
    struct http_request *request = calloc(1, sizeof *request);
    *ret = request;
    if (request == NULL)
        return;
    request->server = server;
    request->connection = connection;
    request->deadline = server->now + server->request_timeout;
    request->next = server->requests;
    if (request->next != NULL)
        request->next->prev = request;
    server->requests = request;
}

static void remove_connection(struct http_server *server, struct http_request *request)
{
    if (request->next != NULL)
        request->next->prev = request->prev;
    if (request->prev != NULL)
        request->prev->next = request->next;
    else
        server->requests = request->next;
    /* The library is about to close its descriptor; a second one keeps the socket. */
    http_linger_add(&server->lingering, fcntl(http_socket_of(request), F_DUPFD_CLOEXEC, 0),
                    server->now + server->linger_timeout);
    ais_tls_identity_unref(&request->identity);
    http_request_done(request);
    free(request);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        add_connection(cls, connection, socket_context);
    else if (*socket_context != NULL)
        remove_connection(cls, *socket_context);
}

/* Whether the peer has said that it sends no more, behind what has been read already. */
static bool is_half_closed(const struct http_request *request)
{
    char byte;
    return recv(http_socket_of(request), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* Ends what the library would keep. Its own time-out starts anew with every byte: a peer that sends one a second would
 * stay for ever. And it does not see the end of a stream that came together with a request (an edge-triggered event is
 * told once). A connection that is shut down wakes it up. */
static void sweep(struct http_server *server)
{
    if (server->now < server->next_sweep)
        return;
    server->next_sweep = server->now + SWEEP_TICK_MS * AIS_NS_PER_MS;
    for (struct http_request *request = server->requests; request != NULL; request = request->next) {
        bool awaits = request->stage != STAGE_HANDED && request->stage != STAGE_ANSWERED;
        if ((request->deadline != 0 && request->deadline < server->now) || (awaits && is_half_closed(request)))
            shutdown(http_socket_of(request), SHUT_RDWR);
    }
}

static unsigned or_default(unsigned value, unsigned otherwise)
{
    return value != 0 ? value : otherwise;
}

/* Takes the listener over, whatever comes of it. */
static enum ais_err start_daemon(struct http_server *server, const struct http_conf *conf, int listener,
                                 struct ais_why *why)
{
    /* TURBO: no shutdown before the close, which would end the stream before answer_by_hand. */
    unsigned limit = or_default(conf->connection_limit, 1024);
    unsigned idle = or_default(conf->idle_timeout_s, 75), request = or_default(conf->request_timeout_s, 30);
    unsigned flags = MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME;
    if (strchr(conf->host, ':') != NULL)
        flags |= MHD_USE_IPv6;
    /* What follows is not for plain HTTP: the list of options ends before it. */
    enum MHD_OPTION first_of_tls = MHD_OPTION_END;
    if (conf->identity != NULL) {
        server->identity = ais_tls_identity_ref(conf->identity);
        flags |= MHD_USE_TLS;
        first_of_tls = MHD_OPTION_HTTPS_CERT_CALLBACK;
    }

    server->idle_timeout = idle * AIS_NS_PER_S;
    server->request_timeout = request * AIS_NS_PER_S;
    server->linger_timeout = or_default(conf->linger_timeout_s, 5) * AIS_NS_PER_S;
    server->bodies_limit = conf->bodies_limit != 0 ? conf->bodies_limit : BODIES_LIMIT;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_access, server, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT, limit,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, or_default(conf->per_address_limit, limit - limit / 4),
        MHD_OPTION_CONNECTION_TIMEOUT, (idle > request ? idle : request) + 1, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)POOL_SIZE, MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, first_of_tls, http_tls_show, MHD_OPTION_HTTPS_PRIORITIES,
        HTTP_TLS_PRIORITIES, MHD_OPTION_END);
    if (server->daemon == NULL) {
        close(listener);
        return ais_fail(why, AIS_E_IO, "cannot start the HTTP server on %s port %u", conf->host, server->port);
    }
    server->fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return AIS_OK;
}

enum ais_err http_server_start(const struct http_conf *conf, const struct http_hooks *hooks, void *context,
                               struct http_server **ret, struct ais_why *why)
{
    int listener;
    AUTO(http_server_destroy) struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for the HTTP server");
    server->hooks = hooks;
    server->context = context;
    server->now = ais_clock_mono();
    TRY(http_listen(conf, &listener, &server->port, why));
    TRY(start_daemon(server, conf, listener, why));
    *ret = TAKE(server);
    return AIS_OK;
}

int http_server_fd(const struct http_server *server)
{
    return server->fd;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

long http_server_timeout_ms(struct http_server *server, long limit_ms)
{
    MHD_UNSIGNED_LONG_LONG library_ms;
    long wait = server->lingering.count > 0 ? HTTP_LINGER_TICK_MS
                : server->requests != NULL  ? SWEEP_TICK_MS
                                            : QUIET_TICK_MS;
    if (limit_ms >= 0 && limit_ms < wait)
        wait = limit_ms;
    if (MHD_get_timeout(server->daemon, &library_ms) == MHD_YES && library_ms < (MHD_UNSIGNED_LONG_LONG)wait)
        wait = (long)library_ms;
    return wait;
}

void http_server_run(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    server->now = ais_clock_mono();
    running = server;
    for (int round = 0; round < ROUNDS_AT_ONCE && wait_ms == 0; round++) {
        MHD_run(server->daemon);
        if (MHD_get_timeout(server->daemon, &wait_ms) != MHD_YES)
            break;
    }
    running = NULL;
    sweep(server);
    http_linger_tick(&server->lingering, server->now);
}

void http_server_renew(struct http_server *server, struct ais_tls_identity *identity)
{
    assert(server->identity != NULL);
    ais_tls_identity_unref(&server->identity);
    server->identity = ais_tls_identity_ref(identity);
}

void http_server_pause(struct http_server *server)
{
    if (server->paused)
        return;
    server->paused = true;
    int listener = MHD_quiesce_daemon(server->daemon);
    if (listener >= 0)
        close(listener);
}

unsigned http_server_open_count(const struct http_server *server)
{
    return server->n_open;
}

unsigned http_server_connection_count(const struct http_server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

void http_server_destroy(struct http_server **server)
{
    struct http_server *self = *server;
    *server = NULL;
    if (self == NULL)
        return;
    /* The library does not stop while connections are suspended. */
    for (struct http_request *request = self->requests; request != NULL; request = request->next) {
        if (request->suspended)
            MHD_resume_connection(request->connection);
    }
    if (self->daemon != NULL)
        MHD_stop_daemon(self->daemon);
    http_linger_done(&self->lingering);
    ais_tls_identity_unref(&self->identity);
    free(self);
}

void http_request_drop_body(struct http_request *request)
{
    request->server->bodies -= request->body.length;
    ais_buf_done(&request->body);
}
