#include "shared/wire/wire.h"
#include "tests/unit/test.h"

/* A socket lets go of its endpoint some time after it is destroyed, so each test has one of its own. */
static char endpoint[32];

static int new_endpoint(void **state)
{
    static int count;
    (void)state;
    snprintf(endpoint, sizeof endpoint, "inproc://wire-test-%d", ++count);
    return 0;
}

static void send_heartbeat(zsock_t *socket, const struct ais_address *to, uint64_t finished)
{
    const struct ais_msg_heartbeat beat = { .finished = finished };
    assert_int_equal(ais_send_heartbeat(socket, to, AIS_GATEWAY, &beat), AIS_OK);
}

static uint64_t receive_heartbeat(zsock_t *socket, struct ais_address *from)
{
    struct ais_received received;
    struct ais_msg_heartbeat beat;
    assert_int_equal(ais_wire_receive(socket, &received), AIS_OK);
    assert_int_equal(ais_msg_heartbeat_get(received.frame, received.size, &beat), AIS_OK);
    *from = received.from;
    ais_wire_done(&received);
    return beat.finished;
}

static void a_router_answers_by_address(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *router = NULL;
    AUTO(zsock_destroy) zsock_t *dealer = NULL;
    struct ais_address from, nobody;
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, endpoint, 10, &router, NULL), AIS_OK);
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, endpoint, 10, "evaluator-1", &dealer, NULL), AIS_OK);
    send_heartbeat(dealer, NULL, 7);
    assert_int_equal(receive_heartbeat(router, &from), 7);
    const struct ais_address named = ais_address_of("evaluator-1");
    assert_int_equal(from.size, named.size);
    assert_memory_equal(from.bytes, named.bytes, named.size);
    send_heartbeat(router, &from, 8);
    assert_int_equal(receive_heartbeat(dealer, &nobody), 8);
    assert_int_equal(nobody.size, 0);
}

static void an_unknown_address_is_an_error_not_a_silence(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *router = NULL;
    const struct ais_address nobody = ais_address_of("nobody");
    const struct ais_msg_heartbeat beat = { 0 };
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, endpoint, 10, &router, NULL), AIS_OK);
    assert_int_equal(ais_send_heartbeat(router, &nobody, AIS_GATEWAY, &beat), AIS_E_LIMIT);
}

static void a_full_queue_is_an_error_not_a_wait(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *pull = NULL;
    AUTO(zsock_destroy) zsock_t *push = NULL;
    const struct ais_msg_event event = {
        .record = {"{}", 2}
    };
    assert_int_equal(ais_wire_bind(ZMQ_PULL, endpoint, 5, &pull, NULL), AIS_OK);
    assert_int_equal(ais_wire_connect(ZMQ_PUSH, endpoint, 5, NULL, &push, NULL), AIS_OK);
    int sent = 0;
    while (sent < 100 && ais_send_event(push, NULL, AIS_GATEWAY, &event) == AIS_OK)
        sent++;
    assert_in_range(sent, 5, 20);
}

static void more_frames_than_one_are_dropped(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *pull = NULL;
    AUTO(zsock_destroy) zsock_t *push = NULL;
    struct ais_received received;
    assert_int_equal(ais_wire_bind(ZMQ_PULL, endpoint, 10, &pull, NULL), AIS_OK);
    assert_int_equal(ais_wire_connect(ZMQ_PUSH, endpoint, 10, NULL, &push, NULL), AIS_OK);
    assert_int_equal(zstr_sendx(push, "one", "two", "three", NULL), 0);
    assert_int_equal(ais_wire_receive(pull, &received), AIS_E_MALFORMED);
    assert_int_equal(ais_wire_receive(pull, &received), AIS_E_TIMEOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_router_answers_by_address, new_endpoint),
        cmocka_unit_test_setup(an_unknown_address_is_an_error_not_a_silence, new_endpoint),
        cmocka_unit_test_setup(a_full_queue_is_an_error_not_a_wait, new_endpoint),
        cmocka_unit_test_setup(more_frames_than_one_are_dropped, new_endpoint),
    };
    int failed = cmocka_run_group_tests_name("wire/wire", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
