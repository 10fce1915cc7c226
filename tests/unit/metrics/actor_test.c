#include "services/metrics/metrics.h"
#include "shared/mem/secret.h"
#include "shared/metrics/sample.h"
#include "shared/sys/clock.h"
#include "tests/unit/seal/memdisk.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ais_endpoints endpoints;
static zactor_t *actor;
static char answer[65536];
static unsigned status;

static struct memdisk *disk;
static struct ais_dir *dir;
static struct ais_keyring *ring;
static struct ais_user_key user_key;

/* A socket lets go of its endpoint some time after it is destroyed, so each test has a ring of its own. */
static int start(void **state)
{
    static int count;
    (void)state;
    char name[32];
    snprintf(name, sizeof name, "metrics-test-%d", ++count);
    ais_endpoints_inproc(&endpoints, name);
    const struct metrics_conf conf = {
        .endpoints = endpoints,
        .version = "1.2.3",
        .revision = "abc",
        .dir = dir,
        .ring = ring,
        .retention_hours = 168,
    };
    return metrics_start(&conf, &actor, &user_key, NULL) != AIS_OK;
}

static int stop(void **state)
{
    (void)state;
    ais_actor_stop(&actor);
    return 0;
}

/* The same with a disk to keep metrics on. */
static int start_with_disk(void **state)
{
    disk = memdisk_new(1);
    dir = memdisk_dir(disk);
    if (ais_keyring_parse("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=", &ring, NULL) != AIS_OK)
        return -1;
    return start(state);
}

static int stop_with_disk(void **state)
{
    stop(state);
    ais_dir_close(&dir);
    memdisk_destroy(&disk);
    ais_keyring_destroy(&ring);
    return 0;
}

static zsock_t *connect_as(const char *name)
{
    zsock_t *socket = NULL;
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, endpoints.metrics, 0, name, &socket, NULL), AIS_OK);
    return socket;
}

static void ask_with(zsock_t *socket, const char *what, struct ais_span args)
{
    const struct ais_msg_ask question = { .ticket = 42, .what = ais_span_of(what), .args = args };
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

static void ask(zsock_t *socket, const char *what)
{
    ask_with(socket, what, (struct ais_span){ "", 0 });
}

/* Asks until the answer has the line: samples of other sockets come when they come. */
static bool comes_to_say(zsock_t *socket, const char *what, const char *line)
{
    for (int64_t until = ais_clock_mono() + 10 * AIS_NS_PER_S; ais_clock_mono() < until;) {
        ask(socket, what);
        if (strstr(answer, line) != NULL)
            return true;
    }
    return false;
}

static bool comes_to_show(zsock_t *socket, const char *line)
{
    return comes_to_say(socket, "metrics", line);
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

static void it_answers_for_usage(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *gateway = connect_as("gateway");
    memset(&counted, 0, sizeof counted);
    ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, 11);
    send_as(gateway, AIS_GATEWAY, "gateway");
    assert_true(comes_to_say(gateway, "usage_metrics", "\"records\":11,"));
    ask(gateway, "usage_stats");
    assert_int_equal(status, 200);
    assert_non_null(strstr(answer, "\"by_hour\":[{"));
}

static void a_wrong_window_is_refused(void **state)
{
    (void)state;
    static const char args[] = "window\0"
                               "1y";
    AUTO(zsock_destroy) zsock_t *gateway = connect_as("gateway");
    ask_with(gateway, "usage_metrics", (struct ais_span){ args, sizeof args });
    assert_int_equal(status, 400);
    assert_non_null(strstr(answer, "window"));
}

static void what_was_told_before_the_end_is_there_after_it(void **state)
{
    AUTO(zsock_destroy) zsock_t *before = connect_as("gateway");
    const struct ais_user_key key = user_key;
    memset(&counted, 0, sizeof counted);
    ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, 7);
    send_as(before, AIS_GATEWAY, "gateway");
    stop(state);
    assert_int_equal(start(state), 0);
    AUTO(zsock_destroy) zsock_t *after = connect_as("gateway");
    assert_true(comes_to_say(after, "usage_metrics", "\"records\":7,"));
    ask(after, "metrics");
    assert_non_null(strstr(answer, "\naisentinel_audit_records_total 0\n")); /* of this process */
    assert_memory_equal(&user_key, &key, sizeof key);
}

static void a_disk_that_fails_stops_nothing(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *gateway = connect_as("gateway");
    assert_true(comes_to_show(gateway, "\naisentinel_series_ok 1\n"));
    stop(state);
    memdisk_fail(disk, 1, 1000000, ENOSPC);
    assert_int_equal(start(state), 0);
    AUTO(zsock_destroy) zsock_t *other = connect_as("gateway");
    assert_true(comes_to_show(other, "\naisentinel_series_ok 0\n"));
}

static int prepare(void **state)
{
    (void)state;
    return ais_secret_init(NULL) != AIS_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_says_what_is_running, start, stop),
        cmocka_unit_test_setup_teardown(it_adds_up_what_all_say, start, stop),
        cmocka_unit_test_setup_teardown(another_question_is_not_found, start, stop),
        cmocka_unit_test_setup_teardown(what_is_malformed_is_counted, start, stop),
        cmocka_unit_test_setup_teardown(it_answers_for_usage, start, stop),
        cmocka_unit_test_setup_teardown(a_wrong_window_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(what_was_told_before_the_end_is_there_after_it, start_with_disk,
                                        stop_with_disk),
        cmocka_unit_test_setup_teardown(a_disk_that_fails_stops_nothing, start_with_disk, stop_with_disk),
    };
    return cmocka_run_group_tests_name("metrics/actor", tests, prepare, NULL);
}
