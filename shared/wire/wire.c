#include "shared/wire/wire.h"

#include "shared/mem/secret.h"
#include "shared/wire/tsan.h"

#include <errno.h>

/* libzmq copies messages up to this size into its queue; larger ones travel by pointer. The copies are marked on a
 * place of their message type, the others on the very buffer that travels. */
enum { LARGEST_COPY = 33 };

static void *place_of(zmq_msg_t *raw)
{
    static char places[256];
    uint8_t *frame = zmq_msg_data(raw);
    size_t size = zmq_msg_size(raw);
    return size > LARGEST_COPY ? (void *)frame : (void *)&places[size > 2 ? frame[2] : 0];
}

enum { LARGEST_MESSAGE = 16 << 20 };

void ais_endpoints_inproc(struct ais_endpoints *ret, const char *ring)
{
#define X(name) snprintf(ret->name, sizeof ret->name, "inproc://%.32s-" #name, ring);
    AIS_ENDPOINTS(X)
#undef X
}

static zsock_t *new_socket(int type, int queue)
{
    zsock_t *socket = zsock_new(type);
    if (socket != NULL) {
        zsock_set_linger(socket, 0);
        zsock_set_sndhwm(socket, queue);
        zsock_set_rcvhwm(socket, queue);
        zsock_set_maxmsgsize(socket, LARGEST_MESSAGE);
        if (type == ZMQ_ROUTER)
            zsock_set_router_mandatory(socket, 1);
    }
    return socket;
}

enum ais_err ais_wire_bind(int type, const char *endpoint, int queue, zsock_t **ret, struct ais_why *why)
{
    AUTO(zsock_destroy) zsock_t *socket = new_socket(type, queue);
    if (socket == NULL)
        return ais_fail_errno(why, errno, "no socket for '%s'", endpoint);
    if (zmq_bind(zsock_resolve(socket), endpoint) != 0)
        return ais_fail(why, AIS_E_NETWORK, "cannot bind '%s': %s", endpoint, zmq_strerror(zmq_errno()));
    *ret = TAKE(socket);
    return AIS_OK;
}

enum ais_err ais_wire_connect(int type, const char *endpoint, int queue, const char *identity, zsock_t **ret,
                              struct ais_why *why)
{
    AUTO(zsock_destroy) zsock_t *socket = new_socket(type, queue);
    if (socket == NULL)
        return ais_fail_errno(why, errno, "no socket for '%s'", endpoint);
    if (identity != NULL)
        zsock_set_identity(socket, identity);
    if (zmq_connect(zsock_resolve(socket), endpoint) != 0)
        return ais_fail(why, AIS_E_NETWORK, "cannot connect to '%s': %s", endpoint, zmq_strerror(zmq_errno()));
    *ret = TAKE(socket);
    return AIS_OK;
}

/* Throws the rest of a multipart message away; true if there was any. */
static bool drop_rest(void *handle, zmq_msg_t *raw)
{
    bool dropped = false;
    while (zmq_msg_more(raw)) {
        dropped = true;
        if (zmq_msg_recv(raw, handle, 0) < 0)
            break;
    }
    return dropped;
}

static enum ais_err receive_frame(void *handle, zmq_msg_t *raw)
{
    while (zmq_msg_recv(raw, handle, ZMQ_DONTWAIT) < 0) {
        if (zmq_errno() == EAGAIN)
            return AIS_E_TIMEOUT;
        if (zmq_errno() != EINTR)
            return AIS_E_NETWORK;
    }
    return AIS_OK;
}

static enum ais_err receive_address(void *handle, struct ais_received *ret)
{
    TRY(receive_frame(handle, &ret->raw));
    size_t size = zmq_msg_size(&ret->raw);
    if (size > sizeof ret->from.bytes || !zmq_msg_more(&ret->raw)) {
        drop_rest(handle, &ret->raw);
        return AIS_E_MALFORMED;
    }
    ret->from.size = (uint8_t)size;
    memcpy(ret->from.bytes, zmq_msg_data(&ret->raw), size);
    return AIS_OK;
}

enum ais_err ais_wire_receive(zsock_t *socket, struct ais_received *ret)
{
    void *handle = zsock_resolve(socket);
    enum ais_err err = AIS_OK;
    ret->from.size = 0;
    zmq_msg_init(&ret->raw);
    if (zsock_type(socket) == ZMQ_ROUTER)
        err = receive_address(handle, ret);
    if (err == AIS_OK)
        err = receive_frame(handle, &ret->raw);
    if (err == AIS_OK && drop_rest(handle, &ret->raw))
        err = AIS_E_MALFORMED;
    if (err != AIS_OK) {
        zmq_msg_close(&ret->raw);
        return err;
    }
    ais_tsan_acquire(place_of(&ret->raw));
    ret->frame = zmq_msg_data(&ret->raw);
    ret->size = zmq_msg_size(&ret->raw);
    return AIS_OK;
}

void ais_wire_done(struct ais_received *received)
{
    zmq_msg_close(&received->raw);
    received->frame = NULL;
    received->size = 0;
}

void ais_wire_wipe(const struct ais_received *received)
{
    zmq_msg_t *raw = (zmq_msg_t *)(uintptr_t)&received->raw; /* const to handlers, which do not own it */
    ais_secret_wipe(zmq_msg_data(raw), zmq_msg_size(raw));
}

void ais_wire_move(struct ais_received *to, struct ais_received *from)
{
    to->from = from->from;
    zmq_msg_init(&to->raw);
    zmq_msg_move(&to->raw, &from->raw);
    to->frame = zmq_msg_data(&to->raw);
    to->size = zmq_msg_size(&to->raw);
    from->frame = NULL;
    from->size = 0;
}

static enum ais_err send_address(void *handle, const struct ais_address *address)
{
    while (zmq_send(handle, address->bytes, address->size, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0) {
        if (zmq_errno() != EINTR)
            return AIS_E_LIMIT;
    }
    return AIS_OK;
}

/* Takes raw over, sent or not. */
static enum ais_err send_frame(zsock_t *socket, const struct ais_address *address, zmq_msg_t *raw)
{
    void *handle = zsock_resolve(socket);
    enum ais_err err = address != NULL ? send_address(handle, address) : AIS_OK;
    if (err == AIS_OK) {
        ais_tsan_release(place_of(raw));
        while (zmq_msg_send(raw, handle, ZMQ_DONTWAIT) < 0) {
            if (zmq_errno() == EINTR)
                continue;
            err = AIS_E_LIMIT;
            break;
        }
    }
    if (err != AIS_OK)
        zmq_msg_close(raw);
    return err;
}

#define X(NAME, from, to, type)                                                                            \
    enum ais_err ais_send_##type(zsock_t *socket, const struct ais_address *address, enum ais_role sender, \
                                 const struct ais_msg_##type *msg)                                         \
    {                                                                                                      \
        zmq_msg_t raw;                                                                                     \
        if (zmq_msg_init_size(&raw, ais_msg_##type##_size(msg)) != 0)                                      \
            return AIS_E_NOMEM;                                                                            \
        ais_msg_##type##_put(msg, sender, zmq_msg_data(&raw));                                             \
        return send_frame(socket, address, &raw);                                                          \
    }
AIS_MESSAGES(X)
#undef X

struct ais_address ais_address_of(const char *name)
{
    struct ais_address address = { 0 };
    size_t size = strlen(name);
    address.size = (uint8_t)(size < sizeof address.bytes ? size : sizeof address.bytes);
    memcpy(address.bytes, name, address.size);
    return address;
}
