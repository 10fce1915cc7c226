#include "services/cli/remote.h"

#include "aisentinel/protocol.h"
#include "shared/conf/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

/* The frames of an answer (INTERFACE: protocol, status, JSON). */
enum { FRAME_PROTOCOL, FRAME_STATUS, FRAME_BODY, FRAMES };

struct asking {
    void *context; /* owned */
    void *socket;  /* owned */
};

static void asking_done(struct asking *self)
{
    if (self->socket != NULL)
        zmq_close(self->socket);
    if (self->context != NULL)
        zmq_ctx_term(self->context);
}

static enum ais_err fail(struct ais_why *why, const char *endpoint)
{
    return ais_fail(why, AIS_E_NETWORK, "'%.120s': %s", endpoint,
                    errno == EAGAIN ? "no answer in time" : zmq_strerror(errno));
}

static bool set_number(void *socket, int option, int number)
{
    return zmq_setsockopt(socket, option, &number, sizeof number) == 0;
}

static enum ais_err open_socket(struct asking *self, const char *endpoint, struct ais_why *why)
{
    const int64_t most = CLI_ANSWER_MOST;
    self->context = zmq_ctx_new();
    self->socket = self->context != NULL ? zmq_socket(self->context, ZMQ_REQ) : NULL;
    if (self->socket == NULL || !set_number(self->socket, ZMQ_LINGER, 0) || !set_number(self->socket, ZMQ_IPV6, 1) ||
        !set_number(self->socket, ZMQ_SNDTIMEO, CLI_ANSWER_MS) ||
        !set_number(self->socket, ZMQ_RCVTIMEO, CLI_ANSWER_MS) ||
        zmq_setsockopt(self->socket, ZMQ_MAXMSGSIZE, &most, sizeof most) != 0 ||
        zmq_connect(self->socket, endpoint) != 0)
        return fail(why, endpoint);
    return AIS_OK;
}

static enum ais_err send_question(struct asking *self, const struct cli_question *question, const char *endpoint,
                                  struct ais_why *why)
{
    if (zmq_send(self->socket, AIS_PROTOCOL, strlen(AIS_PROTOCOL), ZMQ_SNDMORE) < 0 ||
        zmq_send(self->socket, question->key, strlen(question->key), ZMQ_SNDMORE) < 0 ||
        zmq_send(self->socket, AIS_VERB_PREFLIGHT, strlen(AIS_VERB_PREFLIGHT), ZMQ_SNDMORE) < 0 ||
        zmq_send(self->socket, question->body, question->size, 0) < 0)
        return fail(why, endpoint);
    return AIS_OK;
}

static bool is_status(const char *bytes, size_t n, int *ret)
{
    if (n != 3 || strspn(bytes, "0123456789") < 3 || bytes[0] < '1' || bytes[0] > '5')
        return false;
    *ret = (bytes[0] - '0') * 100 + (bytes[1] - '0') * 10 + (bytes[2] - '0');
    return true;
}

/* Takes one frame: false when it is not what stands at this place. */
static bool take_frame(int place, const char *bytes, size_t n, int *ret_status, struct ais_buf *answer)
{
    char text[8] = "";
    memcpy(text, bytes, n < sizeof text ? n : sizeof text - 1);
    switch (place) {
    case FRAME_PROTOCOL: return n == strlen(AIS_PROTOCOL) && memcmp(bytes, AIS_PROTOCOL, n) == 0;
    case FRAME_STATUS: return is_status(text, n, ret_status);
    case FRAME_BODY: ais_buf_add(answer, bytes, n); return !answer->failed;
    default: return false;
    }
}

static enum ais_err read_answer(struct asking *self, const char *endpoint, int *ret_status, struct ais_buf *answer,
                                struct ais_why *why)
{
    for (int place = 0; place < FRAMES; place++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, self->socket, 0) < 0) {
            zmq_msg_close(&frame);
            return fail(why, endpoint);
        }
        bool good = take_frame(place, zmq_msg_data(&frame), zmq_msg_size(&frame), ret_status, answer) &&
                    (zmq_msg_more(&frame) != 0) == (place + 1 < FRAMES);
        zmq_msg_close(&frame);
        if (!good)
            return ais_fail(why, AIS_E_NETWORK, "'%.120s' does not answer as AISentinel does (frame %d)", endpoint,
                            place + 1);
    }
    return AIS_OK;
}

enum ais_err cli_ask_zmq(const char *endpoint, const struct cli_question *question, int *ret_status,
                         struct ais_buf *answer, struct ais_why *why)
{
    AUTO(asking_done) struct asking self = { NULL, NULL };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const char *address = NULL;
    if (arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a request");
    if (ais_check_endpoint(endpoint, arena, &address, NULL) != AIS_OK)
        return ais_fail(why, AIS_E_USAGE,
                        "--zmq-endpoint: '%.120s' is not accepted; it takes tcp:// with a loopback address, or ipc:///",
                        endpoint);
    TRY(open_socket(&self, address, why));
    TRY(send_question(&self, question, address, why));
    return read_answer(&self, address, ret_status, answer, why);
}
