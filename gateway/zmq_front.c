#include "gateway/zmq_front.h"

#include "gateway/admission.h"
#include "gateway/ipc_path.h"
#include "gateway/preflight.h"
#include "shared/audit/record.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/sys/clock.h"

#include <aisentinel/protocol.h>
#include <stdlib.h>

enum {
    FRAMES_MAX = 12,     /* addresses, delimiter and message; a REQ client sends 6 */
    ENVELOPE_MAX = 1024, /* bytes of the addresses of a message whose refusal waits */
    QUEUE = 10000,       /* messages waiting each way, per client */
};

/* The frames of a message after its delimiter. */
enum { PROTOCOL, KEY, VERB, BODY, REQUEST_FRAMES };

struct zmq_front {
    struct gateway *gateway; /* borrowed */
    zsock_t *socket;         /* owned ROUTER */
    char *endpoint;          /* owned */
    bool ipc;                /* clients have no addresses */
};

/* A client's message: addresses (the first is the ROUTER's own), an empty delimiter as REQ sends it, and the rest. */
struct client_message {
    zmq_msg_t frames[FRAMES_MAX]; /* owned: the first `kept` are open */
    size_t kept;
    bool too_many;    /* there were more frames than we keep */
    size_t addresses; /* frames before the delimiter */
    bool delimited;
    size_t first;        /* the frame after the delimiter */
    int64_t received_ns; /* monotonic */
};

/* A preflight on its way: holds the body that the job points to. */
struct zmq_asker {
    struct dispatch_asker asker; /* first: the asker is this */
    struct zmq_front *front;     /* borrowed */
    struct client_message message;
};

/* A failed login that is answered late: holds no more than where to. */
struct zmq_delayed {
    struct delayed_answer answer; /* first: the answer is this */
    struct zmq_front *front;      /* borrowed */
    struct client_message message;
};

/* ---- receiving ---- */

static bool receive_frame(void *handle, zmq_msg_t *raw)
{
    int rc;
    do {
        rc = zmq_msg_recv(raw, handle, ZMQ_DONTWAIT);
    } while (rc < 0 && zmq_errno() == EINTR);
    return rc >= 0;
}

static void close_message(struct client_message *message)
{
    for (size_t i = 0; i < message->kept; i++)
        zmq_msg_close(&message->frames[i]);
    message->kept = 0;
}

static void find_delimiter(struct client_message *message)
{
    for (size_t i = 1; i < message->kept && !message->delimited; i++) {
        if (zmq_msg_size(&message->frames[i]) == 0) {
            message->delimited = true;
            message->addresses = i;
            message->first = i + 1;
        }
    }
    if (!message->delimited)
        message->addresses = message->first = 1;
}

/* Receives one message, which is the caller's to close; false when there is none. */
static bool receive_message(void *handle, struct client_message *message)
{
    message->kept = 0;
    message->too_many = message->delimited = false;
    for (bool more = true; more;) {
        zmq_msg_t surplus;
        message->too_many = message->kept == FRAMES_MAX;
        zmq_msg_t *raw = message->too_many ? &surplus : &message->frames[message->kept++];
        zmq_msg_init(raw);
        bool received = receive_frame(handle, raw);
        more = received && zmq_msg_more(raw) != 0;
        if (message->too_many)
            zmq_msg_close(raw);
        if (!received) {
            close_message(message);
            return false;
        }
    }
    find_delimiter(message);
    message->received_ns = ais_clock_mono();
    return true;
}

/* Moves a message into to, which holds none; from is empty afterwards. */
static void move_message(struct client_message *to, struct client_message *from)
{
    to->kept = from->kept;
    to->too_many = from->too_many;
    to->addresses = from->addresses;
    to->delimited = from->delimited;
    to->first = from->first;
    to->received_ns = from->received_ns;
    for (size_t i = 0; i < from->kept; i++) {
        zmq_msg_init(&to->frames[i]);
        zmq_msg_move(&to->frames[i], &from->frames[i]);
    }
    close_message(from);
}

static struct ais_span frame_of(struct client_message *message, size_t index)
{
    if (message->first + index >= message->kept)
        return (struct ais_span){ "", 0 };
    zmq_msg_t *frame = &message->frames[message->first + index];
    return (struct ais_span){ zmq_msg_data(frame), zmq_msg_size(frame) };
}

/* ---- answering ---- */

static bool send_frame(void *handle, const void *bytes, size_t n, int flags)
{
    int rc;
    do {
        rc = zmq_send(handle, bytes, n, ZMQ_DONTWAIT | flags);
    } while (rc < 0 && zmq_errno() == EINTR);
    return rc >= 0;
}

static void count(struct zmq_front *front, struct client_message *message, unsigned status, size_t sent)
{
    const struct http_answered answered = {
        .status = status,
        .received = frame_of(message, BODY).size,
        .sent = sent,
        .took_ns = ais_clock_mono() - message->received_ns,
    };
    enum ais_label_ENDPOINT endpoint = ais_span_is(frame_of(message, VERB), AIS_VERB_PREFLIGHT)
                                           ? AIS_ENDPOINT_ZMQ_PREFLIGHT
                                       : ais_span_is(frame_of(message, VERB), AIS_VERB_PING) ? AIS_ENDPOINT_ZMQ_PING
                                                                                             : AIS_ENDPOINT_OTHER;
    gateway_count_answer(front->gateway, endpoint, &answered);
}

/* A client that has gone or does not read loses its answer; nobody waits for it. */
static void reply(struct zmq_front *front, struct client_message *message, unsigned status, const char *json, size_t n)
{
    count(front, message, status, n);
    void *handle = zsock_resolve(front->socket);
    char number[8];
    int digits = snprintf(number, sizeof number, "%u", status);
    for (size_t i = 0; i < message->addresses; i++) {
        zmq_msg_t *address = &message->frames[i];
        if (!send_frame(handle, zmq_msg_data(address), zmq_msg_size(address), ZMQ_SNDMORE))
            return;
    }
    if (message->delimited && !send_frame(handle, "", 0, ZMQ_SNDMORE))
        return;
    if (send_frame(handle, AIS_PROTOCOL, strlen(AIS_PROTOCOL), ZMQ_SNDMORE) &&
        send_frame(handle, number, (size_t)digits, ZMQ_SNDMORE))
        send_frame(handle, json, n, 0);
}

static void reply_problem(struct zmq_front *front, struct client_message *message, const struct problem *problem)
{
    static const char last_words[] = "{\"status\":503,\"title\":\"Service Unavailable\",\"allowed\":false}";
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    problem_write(&out, problem);
    if (out.failed)
        reply(front, message, 503, last_words, sizeof last_words - 1);
    else
        reply(front, message, problem->status, out.data, out.length);
}

static void reply_refusal(struct zmq_front *front, struct client_message *message, unsigned status, const char *detail)
{
    const struct problem problem = { .status = status, .detail = detail, .preflight = true };
    reply_problem(front, message, &problem);
}

static void answer_preflight(struct dispatch_asker *asker, unsigned status, const char *text, size_t n)
{
    struct zmq_asker *self = (struct zmq_asker *)asker;
    if (status == 200)
        reply(self->front, &self->message, 200, text, n);
    else
        reply_refusal(self->front, &self->message, status, text);
    close_message(&self->message);
    free(self);
}

/* ---- who asks ---- */

/* libzmq tells the address of a peer with every frame that came over TCP. */
static struct ais_peer peer_of(const struct zmq_front *front, struct client_message *message)
{
    struct ais_peer peer = { .kind = front->ipc ? AIS_PEER_IPC : AIS_PEER_UNKNOWN };
    const char *address = front->ipc ? NULL : zmq_msg_gets(&message->frames[message->kept - 1], "Peer-Address");
    if (address != NULL && !ais_peer_parse(address, &peer))
        peer = (struct ais_peer){ .kind = AIS_PEER_UNKNOWN };
    return peer;
}

static const char no_key[] = "a valid API key is needed in the second frame";

static void answer_login(struct delayed_answer *answer)
{
    struct zmq_delayed *self = (struct zmq_delayed *)answer;
    reply_refusal(self->front, &self->message, 401, no_key);
    close_message(&self->message);
    free(self);
}

/* Bytes of the frames that say where to. */
static size_t envelope_size(struct client_message *message)
{
    size_t size = 0;
    for (size_t i = 0; i < message->addresses; i++)
        size += zmq_msg_size(&message->frames[i]);
    return size;
}

/* Takes message over and leaves it empty; false: it is to be answered at once. Of what it says only the verb is kept,
 * or those who wait could be made to fill the memory. */
static bool delay_login(struct zmq_front *front, struct client_message *message)
{
    struct zmq_delayed *login = envelope_size(message) <= ENVELOPE_MAX ? malloc(sizeof *login) : NULL;
    if (login == NULL)
        return false;
    zmq_msg_close(&message->frames[message->first + KEY]);
    zmq_msg_init(&message->frames[message->first + KEY]);
    login->answer.answer = answer_login;
    login->front = front;
    while (message->kept > message->first + BODY)
        zmq_msg_close(&message->frames[--message->kept]);
    move_message(&login->message, message);
    admission_delay(front->gateway, &login->answer);
    return true;
}

/* Whether the message's key has the scopes; if not it is answered, now or later. */
static bool log_in(struct zmq_front *front, struct client_message *message, uint32_t scopes,
                   const struct ais_access_key **ret_caller)
{
    struct ais_span key = frame_of(message, KEY);
    const struct ais_peer peer = peer_of(front, message);
    enum admission_pace pace = ADMISSION_AT_ONCE;
    unsigned status = admission_authenticate(front->gateway, key.data, key.size, &peer, scopes, ret_caller, &pace);
    if (status == 200)
        return true;
    if (pace == ADMISSION_LATE && delay_login(front, message))
        return false;
    if (pace != ADMISSION_AT_ONCE)
        reply_refusal(front, message, admission_refuse(front->gateway), admission_too_many);
    else
        reply_refusal(front, message, status,
                      status == 401   ? no_key
                      : status == 503 ? admission_unable(front->gateway)
                                      : NULL);
    return false;
}

/* ---- verbs ---- */

static void on_ping(struct zmq_front *front, struct client_message *message)
{
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    const char *unable = admission_unable(front->gateway);
    ais_jw_begin_object(&out, NULL);
    ais_jw_text(&out, "status", unable == NULL ? "ready" : "not ready");
    if (unable != NULL)
        ais_jw_text(&out, "detail", unable);
    ais_jw_end_object(&out);
    reply(front, message, 200, out.failed ? "{}" : out.data, out.failed ? 2 : out.length);
}

/* Takes message over when the preflight is on its way, and leaves it empty. */
static void on_preflight_message(struct zmq_front *front, struct client_message *message)
{
    const struct ais_access_key *caller;
    struct preflight_refusal refusal;
    if (message->first + BODY >= message->kept) {
        reply_refusal(front, message, 400, "the request is missing: send [\"AIS1\", key, \"PREFLIGHT\", json]");
        return;
    }
    if (!log_in(front, message, AIS_SCOPE_PREFLIGHT, &caller))
        return;
    if (frame_of(message, BODY).size > AIS_BODY_MAX) {
        reply_refusal(front, message, 413, NULL);
        return;
    }
    struct zmq_asker *asker = malloc(sizeof *asker);
    if (asker == NULL) {
        reply_refusal(front, message, 503, "out of memory");
        return;
    }
    asker->asker.answer = answer_preflight;
    asker->front = front;
    move_message(&asker->message, message);
    struct ais_span body = frame_of(&asker->message, BODY);
    const struct preflight_origin origin = { .caller = caller, .source = AIS_AUDIT_ZMQ };
    if (preflight_begin_body(front->gateway, body.data, body.size, &origin, &asker->asker, &refusal))
        return;
    reply_problem(front, &asker->message, &refusal.problem);
    close_message(&asker->message);
    free(asker);
}

static const struct verb {
    const char *name;
    void (*take)(struct zmq_front *front, struct client_message *message);
} verbs[] = {
    {AIS_VERB_PREFLIGHT, on_preflight_message},
    { AIS_VERB_PING,     on_ping             },
};

static void handle(struct zmq_front *front, struct client_message *message)
{
    if (message->too_many || message->kept > message->first + REQUEST_FRAMES) {
        reply_refusal(front, message, 400, "too many frames: send [\"AIS1\", key, verb, json]");
        return;
    }
    if (!ais_span_is(frame_of(message, PROTOCOL), AIS_PROTOCOL)) {
        reply_refusal(front, message, 400, "the first frame must be \"AIS1\"");
        return;
    }
    for (size_t i = 0; i < N_ELEMS(verbs); i++) {
        if (ais_span_is(frame_of(message, VERB), verbs[i].name)) {
            verbs[i].take(front, message);
            return;
        }
    }
    reply_refusal(front, message, 400, "the third frame must be \"PREFLIGHT\" or \"PING\"");
}

void zmq_front_receive(struct zmq_front *front, size_t limit)
{
    struct client_message message;
    for (size_t i = 0; i < limit && receive_message(zsock_resolve(front->socket), &message); i++) {
        handle(front, &message);
        close_message(&message);
    }
}

/* ---- life ---- */

enum ais_err zmq_front_new(struct gateway *gateway, const char *endpoint, struct zmq_front **ret, struct ais_why *why)
{
    AUTO(zmq_front_destroy) struct zmq_front *front = calloc(1, sizeof *front);
    if (front != NULL)
        front->socket = zsock_new(ZMQ_ROUTER);
    if (front == NULL || front->socket == NULL)
        return ais_fail(why, AIS_E_NOMEM, "ZeroMQ front");
    front->gateway = gateway;
    front->ipc = strncmp(endpoint, "ipc:", 4) == 0;
    zsock_set_linger(front->socket, 0);
    zsock_set_sndhwm(front->socket, QUEUE);
    zsock_set_rcvhwm(front->socket, QUEUE);
    zsock_set_maxmsgsize(front->socket, AIS_MESSAGE_MAX);
    zsock_set_router_mandatory(front->socket, 1);
    zsock_set_ipv6(front->socket, strchr(endpoint, '[') != NULL);
    TRY(ipc_path_check(endpoint, why));
    if (zmq_bind(zsock_resolve(front->socket), endpoint) != 0)
        return ais_fail(why, AIS_E_NETWORK, "cannot listen for ZeroMQ clients on '%s': %s", endpoint,
                        zmq_strerror(zmq_errno()));
    TRY(ipc_path_close(endpoint, why));
    front->endpoint = zsock_last_endpoint(front->socket);
    if (front->endpoint == NULL)
        return ais_fail(why, AIS_E_NOMEM, "ZeroMQ front");
    *ret = TAKE(front);
    return AIS_OK;
}

void zmq_front_destroy(struct zmq_front **front)
{
    if (*front == NULL)
        return;
    zsock_destroy(&(*front)->socket);
    free((*front)->endpoint);
    free(*front);
    *front = NULL;
}

zsock_t *zmq_front_socket(const struct zmq_front *front)
{
    return front->socket;
}

const char *zmq_front_endpoint(const struct zmq_front *front)
{
    return front->endpoint;
}

void zmq_front_pause(struct zmq_front *front)
{
    zmq_unbind(zsock_resolve(front->socket), front->endpoint);
}
