#include "services/metrics/metrics.h"
#include "shared/metrics/sample.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ais_endpoints endpoints;
static zactor_t *actor;
static char answer[65536];
static unsigned status;

/* A socket lets go of its endpoint some time after it is destroyed, so each test has a ring of its own. */
static int start(void **state)
{
    static int count;
    (void)state;
    char ring[32];
    snprintf(ring, sizeof ring, "metrics-test-%d", ++count);
    ais_endpoints_inproc(&endpoints, ring);
    const struct metrics_conf conf = {
        .endpoints = endpoints, .version = "1.2.3", .revision = "abc", .retention_hours = 168
    };
    return metrics_start(&conf, &actor, NULL, NULL) != AIS_OK;
}

static int stop(void **state)
{
    (void)state;
    zactor_destroy(&actor);
    return 0;
}

static zsock_t *connect_as(const char *name)
{
    zsock_t *socket = NULL;
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, endpoints.metrics, 0, name, &socket, NULL), AIS_OK);
    return socket;
}

static void ask(zsock_t *socket, const char *what)
{
    const struct ais_msg_ask question = { .ticket = 42, .what = ais_span_of(what) };
    assert_int_equal(ais_send_ask(socket, NULL, AIS_GATEWAY, &question), AIS_OK);
    zmq_pollitem_t item = { zsock_resolve(socket), 0, ZMQ_POLLIN, 0 };
    assert_int_equal(zmq_poll(&item, 1, 10000), 1);
    struct ais_received received;
    struct ais_msg_tell tell;
    assert_int_equal(ais_wire_receive(socket, &received), AIS_OK);
    assert_int_equal(ais_msg_tell_get(received.frame, received.size, &tell), AIS_OK);
    assert_int_equal(tell.ticket, 42);
    status = tell.status;
    assert_true(tell.body.size < sizeof answer);
    memcpy(answer, tell.body.data, tell.body.size);
    answer[tell.body.size] = '\0';
    ais_wire_done(&received);
}

/* Asks until the answer has the line: samples of other sockets come when they come. */
static bool comes_to_show(zsock_t *socket, const char *line)
{
    for (int64_t until = ais_clock_mono() + 10 * AIS_NS_PER_S; ais_clock_mono() < until;) {
        ask(socket, "metrics");
        if (strstr(answer, line) != NULL)
            return true;
    }
    return false;
}

static struct ais_metrics counted;

static void send_as(zsock_t *socket, enum ais_role role, const char *name)
{
    AUTO(ais_buf_done) struct ais_buf scratch = { 0 };
    ais_metrics_send(&counted, socket, role, name, &scratch);
}

static void it_says_what_is_running(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *gateway = connect_as("gateway");
    ask(gateway, "metrics");
    assert_int_equal(status, 200);
    assert_non_null(strstr(answer, "\naisentinel_build_info{version=\"1.2.3\",revision=\"abc\"} 1\n"));
    assert_non_null(strstr(answer, "\nprocess_resident_memory_bytes "));
}

static void it_adds_up_what_all_say(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *gateway = connect_as("gateway");
    AUTO(zsock_destroy) zsock_t *auditor = connect_as("auditor");
    memset(&counted, 0, sizeof counted);
    ais_metrics_set(&counted, AIS_M_QUEUE_DEPTH, 2);
    ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, 10);
    send_as(auditor, AIS_AUDITOR, "auditor");
    send_as(auditor, AIS_AUDITOR, "auditor"); /* nothing new */
    ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, 1);
    send_as(gateway, AIS_GATEWAY, "gateway");
    assert_true(comes_to_show(gateway, "\naisentinel_audit_records_total 11\n"));
    assert_true(comes_to_show(gateway, "\naisentinel_queue_depth 4\n"));
}

static void another_question_is_not_found(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *gateway = connect_as("gateway");
    ask(gateway, "rulepacks");
    assert_int_equal(status, 404);
}

static void what_is_malformed_is_counted(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *gateway = connect_as("gateway");
    const struct ais_msg_sample junk = {
        ais_span_of("gateway"), {"junk", 4}
    };
    assert_int_equal(ais_send_sample(gateway, NULL, AIS_GATEWAY, &junk), AIS_OK);
    assert_true(comes_to_show(gateway, "\naisentinel_messages_refused_total 1\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_says_what_is_running, start, stop),
        cmocka_unit_test_setup_teardown(it_adds_up_what_all_say, start, stop),
        cmocka_unit_test_setup_teardown(another_question_is_not_found, start, stop),
        cmocka_unit_test_setup_teardown(what_is_malformed_is_counted, start, stop),
    };
    return cmocka_run_group_tests_name("metrics/actor", tests, NULL, NULL);
}
