#include "tests/unit/gateway/dispatch_fixture.h"

#include <stdio.h>

struct answered askers[DISPATCH_PENDING_MAX + 1];
static size_t asker_count;

struct fixture f;

static char endpoint[32];

static void on_answer(struct dispatch_asker *asker, unsigned status, const char *text, size_t n)
{
    struct answered *self = (struct answered *)asker;
    self->count++;
    self->status = status;
    snprintf(self->text, sizeof self->text, "%.*s", (int)n, text);
}

void pass_ms(int ms)
{
    f.now_ns += ms * AIS_NS_PER_MS;
    ais_clock_freeze(1, f.now_ns, f.now_ns);
}

int set_up(void **state)
{
    static int count;
    (void)state;
    struct ais_access_key key = { .id = "key_1", .name = "test", .scopes = AIS_SCOPE_PREFLIGHT };
    const uint8_t hash_key[AIS_API_KEY_HASH_KEY_SIZE] = { 1 };
    size_t keys;
    snprintf(endpoint, sizeof endpoint, "inproc://dispatch-%d", ++count);
    f.now_ns = 1700000000 * AIS_NS_PER_S;
    pass_ms(0);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, endpoint, 0, &f.work, NULL), AIS_OK);
    assert_int_equal(ais_access_new(hash_key, &key, 1, &f.access, NULL), AIS_OK);
    f.caller = ais_access_keys(f.access, &keys);
    const struct dispatch_conf conf = { .gateway = "gateway-1", .work = f.work, .deadline_ms = DEADLINE_MS };
    f.dispatch = dispatch_new(&conf);
    assert_non_null(f.dispatch);
    return 0;
}

int tear_down(void **state)
{
    (void)state;
    dispatch_destroy(&f.dispatch);
    asker_count = 0;
    ais_access_unref(&f.access);
    zsock_destroy(&f.work);
    ais_clock_freeze(0, 0, 0);
    return 0;
}

struct answered *new_asker(void)
{
    struct answered *asker = &askers[asker_count++];
    *asker = (struct answered){ .asker = { on_answer } };
    return asker;
}

enum ais_err submit_body(const char *body, size_t size, const char *session, struct answered *answered)
{
    const struct dispatch_job job = {
        .body = body, .size = size, .access = f.access, .caller = f.caller, .session_id = ais_span_of(session)
    };
    enum ais_err err = dispatch_submit(f.dispatch, &job, &answered->asker);
    dispatch_flush(f.dispatch);
    return err;
}

enum ais_err submit_of(const char *session, struct answered *answered)
{
    return submit_body("{}", 2, session, answered);
}

enum ais_err submit(struct answered *answered)
{
    return submit_of("", answered);
}

zsock_t *join(const char *name, uint32_t credit)
{
    zsock_t *socket = NULL;
    const struct ais_address address = ais_address_of(name);
    const struct ais_msg_ready ready = { credit, AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of(name) };
    struct ais_received received;
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, endpoint, 0, name, &socket, NULL), AIS_OK);
    assert_int_equal(ais_send_ready(socket, NULL, AIS_EVALUATOR, &ready), AIS_OK);
    assert_int_equal(ais_wire_receive(f.work, &received), AIS_OK); /* so that the ROUTER knows the address */
    ais_wire_done(&received);
    dispatch_ready(f.dispatch, &address, &ready);
    return socket;
}

bool next_work(zsock_t *socket, struct ais_msg_preflight *ret)
{
    struct ais_received received;
    while (ais_wire_receive(socket, &received) == AIS_OK) {
        bool found = ais_msg_preflight_get(received.frame, received.size, ret) == AIS_OK;
        ais_wire_done(&received);
        if (found)
            return true;
    }
    return false;
}

struct ais_msg_release release_of(const struct ais_msg_preflight *work, const char *evaluator)
{
    struct ais_msg_release release = {
        .decision_id = work->decision_id,
        .nonce = work->nonce,
        .dispatch = work->dispatch,
        .status = 200,
        .evaluator = ais_span_of(evaluator),
        .answer = ais_span_of("{\"allowed\":true}"),
    };
    /* BLAKE2b-256 of "{}" */
    static const uint8_t digest[32] = { 0xc0, 0x9d, 0xa5, 0x22, 0xda, 0xc2, 0x61, 0xc3, 0xd2, 0x56, 0x62,
                                        0x30, 0xbe, 0xd1, 0x0d, 0x2f, 0x3e, 0xf1, 0x3f, 0x8e, 0x76, 0x54,
                                        0x57, 0x6c, 0x12, 0xe8, 0x57, 0xe0, 0x7f, 0x78, 0x60, 0x98 };
    memcpy(release.digest.bytes, digest, sizeof digest);
    return release;
}
