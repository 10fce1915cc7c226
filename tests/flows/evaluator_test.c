/* An evaluator on its own thread, which this thread is a gateway, a registry and an auditor to: requests that wait for
 * the past of their session, and those that do not. */
#include "services/evaluator/evaluator.h"
#include "shared/audit/history.h"
#include "shared/sys/clock.h"
#include "tests/unit/policy/lab.h"

#include <sodium.h>
#include <stdlib.h>

enum { PATIENCE_MS = 20000 };

static const char pack[] =
    "name: lab\nversion: 1.0.0\nrules:\n"
    "- {id: read, title: R, action: block, mode: monitor, tools: read}\n"
    "- {id: send, title: S, action: block, mode: monitor, tools: send}\n"
    "correlations:\n"
    "- {id: leak, title: L, action: block, type: temporal_ordered, rules: [read, send], timespan: 10m}\n";

#define NOTHING "{\"calls\":[],\"known_since\":null,\"damaged\":false}"

static struct fixture {
    zsock_t *work, *verdicts, *registry, *pasts, *metrics;
    zactor_t *evaluator;
    struct ais_address address;
    uint64_t dispatch, epoch;
} f;

static void receive(zsock_t *socket, struct ais_received *ret)
{
    zmq_pollitem_t item = { zsock_resolve(socket), 0, ZMQ_POLLIN, 0 };
    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    assert_int_equal(ais_wire_receive(socket, ret), AIS_OK);
}

static void beat(void)
{
    const struct ais_msg_heartbeat heartbeat = { 0 };
    (void)!ais_send_heartbeat(f.work, &f.address, AIS_GATEWAY, &heartbeat);
}

/* What heartbeats say is finished: this number, or what the last of many says. One that was sent before it was asked
 * for may still be on its way. */
static uint64_t finished(uint64_t wanted)
{
    enum { HEARTBEATS = 100000 };
    for (unsigned i = 0;;) {
        struct ais_received received;
        struct ais_msg_heartbeat heartbeat;
        beat();
        receive(f.work, &received);
        enum ais_err err = ais_msg_heartbeat_get(received.frame, received.size, &heartbeat);
        ais_wire_done(&received);
        if (err == AIS_OK && (heartbeat.finished == wanted || ++i == HEARTBEATS))
            return heartbeat.finished;
    }
}

static int set_up(void **state)
{
    static int count;
    (void)state;
    struct evaluator_conf conf = { .name = "evaluator-1" };
    const char *const documents[] = { pack };
    struct ais_received received;
    char ring[24];
    f = (struct fixture){ .epoch = 1, .address = ais_address_of(conf.name) };
    snprintf(ring, sizeof ring, "evaluator%d", ++count);
    ais_endpoints_inproc(&conf.endpoints, ring);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, conf.endpoints.work, 0, &f.work, NULL), AIS_OK);
    assert_int_equal(ais_wire_bind(ZMQ_PULL, conf.endpoints.verdicts, 0, &f.verdicts, NULL), AIS_OK);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, conf.endpoints.registry, 0, &f.registry, NULL), AIS_OK);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, conf.endpoints.pasts, 0, &f.pasts, NULL), AIS_OK);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, conf.endpoints.metrics, 0, &f.metrics, NULL), AIS_OK);
    assert_int_equal(evaluator_start(&conf, &f.evaluator, NULL), AIS_OK);
    receive(f.registry, &received); /* SUBSCRIBE */
    ais_wire_done(&received);
    const struct ais_msg_snapshot snapshot = { .version = 1,
                                               .policy = (uintptr_t)lab_compile(documents, 1, AIS_ACTION_ALLOW) };
    assert_int_equal(ais_send_snapshot(f.registry, &f.address, AIS_REGISTRY, &snapshot), AIS_OK);
    receive(f.registry, &received); /* ADOPTED */
    ais_wire_done(&received);
    receive(f.work, &received); /* READY */
    ais_wire_done(&received);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ais_actor_stop(&f.evaluator);
    zsock_destroy(&f.work);
    zsock_destroy(&f.verdicts);
    zsock_destroy(&f.registry);
    zsock_destroy(&f.pasts);
    zsock_destroy(&f.metrics);
    return 0;
}

static void preflight(const char *session, const char *tool, int deadline_ms)
{
    char body[256];
    snprintf(body, sizeof body, "{\"tool_name\":\"%s\",\"metadata\":{\"session_id\":\"%s\"}}", tool, session);
    const struct ais_msg_preflight msg = {
        .decision_id = { .bytes = { [15] = (uint8_t)++f.dispatch } },
        .dispatch = f.dispatch,
        .epoch = f.epoch,
        .attempt = 1,
        .received_ns = ais_clock_wall(),
        .deadline_ns = ais_clock_wall() + deadline_ms * AIS_NS_PER_MS,
        .gateway = ais_span_of("gateway-1"),
        .session_id = ais_span_of(session),
        .key_id = ais_span_of("key_1"),
        .body = ais_span_of(body),
    };
    assert_int_equal(ais_send_preflight(f.work, &f.address, AIS_GATEWAY, &msg), AIS_OK);
}

/* The next verdict is of this request, and has this outcome. */
static void expect_verdict(uint64_t dispatch, enum ais_action outcome)
{
    struct ais_received received;
    struct ais_msg_verdict verdict;
    receive(f.verdicts, &received);
    assert_int_equal(ais_msg_verdict_get(received.frame, received.size, &verdict), AIS_OK);
    assert_int_equal(verdict.dispatch, dispatch);
    assert_int_equal(verdict.outcome, outcome);
    ais_wire_done(&received);
}

/* The next question about a session: its ticket. */
static uint64_t expect_question(const char *session)
{
    struct ais_received received;
    struct ais_msg_ask ask;
    char arguments[64];
    receive(f.pasts, &received);
    assert_int_equal(ais_msg_ask_get(received.frame, received.size, &ask), AIS_OK);
    assert_true(ais_span_is(ask.what, AIS_HISTORY));
    int n = snprintf(arguments, sizeof arguments, "session%c%s", '\0', session);
    assert_true(ask.args.size > (size_t)n && memcmp(ask.args.data, arguments, (size_t)n + 1) == 0);
    uint64_t ticket = ask.ticket;
    ais_wire_done(&received);
    return ticket;
}

static void tell(uint64_t ticket, unsigned status, const char *body)
{
    const struct ais_msg_tell msg = {
        .ticket = ticket, .status = (uint16_t)status, .media_type = ais_span_of(""), .body = ais_span_of(body)
    };
    assert_int_equal(ais_send_tell(f.pasts, &f.address, AIS_AUDITOR, &msg), AIS_OK);
}

/* A read of a secret by another evaluator, in the last minutes. */
static void a_read(char *text, size_t size)
{
    char time[AIS_RFC3339_SIZE];
    ais_clock_rfc3339(ais_clock_wall() - 60 * AIS_NS_PER_S, time);
    snprintf(text, size,
             "{\"calls\":[{\"decision_id\":\"00112233-4455-7677-8899-aabbccddeeff\",\"time\":\"%s\",\"allowed\":true,"
             "\"correlated\":[{\"rule\":\"read\",\"rulepack\":\"lab\"}]}],\"known_since\":null,\"damaged\":false}",
             time);
}

static void what_counts_waits_for_the_past_and_the_rest_does_not(void **state)
{
    (void)state;
    char past[512];
    preflight("s1", "send", PATIENCE_MS);
    preflight("s1", "look", PATIENCE_MS);
    preflight("s2", "look", PATIENCE_MS);
    uint64_t ticket = expect_question("s1");
    expect_verdict(2, AIS_ACTION_ALLOW);
    expect_verdict(3, AIS_ACTION_ALLOW);
    assert_int_equal(finished(0), 0); /* the first is not */
    a_read(past, sizeof past);
    tell(ticket, 200, past);
    expect_verdict(1, AIS_ACTION_BLOCK);
    preflight("s1", "send", PATIENCE_MS); /* now it is known */
    expect_verdict(4, AIS_ACTION_BLOCK);
    assert_int_equal(finished(4), 4);
}

static void requests_of_a_session_keep_their_order(void **state)
{
    (void)state;
    preflight("s1", "send", PATIENCE_MS);
    preflight("s1", "read", PATIENCE_MS);
    preflight("s1", "send", PATIENCE_MS);
    uint64_t ticket = expect_question("s1");
    tell(ticket, 200, NOTHING);
    expect_verdict(1, AIS_ACTION_ALLOW);
    expect_verdict(2, AIS_ACTION_ALLOW);
    expect_verdict(3, AIS_ACTION_BLOCK);
}

static void what_cannot_be_learnt_asks_for_approval_and_is_asked_again(void **state)
{
    (void)state;
    preflight("s1", "send", PATIENCE_MS);
    tell(expect_question("s1"), 503, "the log cannot be searched");
    expect_verdict(1, AIS_ACTION_REQUIRE_APPROVAL);
    preflight("s1", "send", PATIENCE_MS);
    tell(expect_question("s1"), 200, "{\"odd\":true}");
    expect_verdict(2, AIS_ACTION_REQUIRE_APPROVAL);
    preflight("s1", "send", PATIENCE_MS);
    tell(expect_question("s1"), 200, NOTHING);
    expect_verdict(3, AIS_ACTION_ALLOW);
}

/* Its client is told by the gateway; a verdict would come too late. */
static void what_waits_too_long_is_dropped(void **state)
{
    (void)state;
    preflight("s1", "send", 1);
    uint64_t ticket = expect_question("s1");
    assert_int_equal(finished(1), 1);
    tell(ticket, 200, NOTHING);
    preflight("s1", "send", PATIENCE_MS); /* asks anew */
    ticket = expect_question("s1");
    tell(ticket, 200, NOTHING);
    expect_verdict(2, AIS_ACTION_ALLOW);
}

static void another_epoch_asks_anew(void **state)
{
    (void)state;
    char past[512];
    preflight("s1", "send", PATIENCE_MS);
    tell(expect_question("s1"), 200, NOTHING);
    expect_verdict(1, AIS_ACTION_ALLOW);
    f.epoch++;
    preflight("s1", "send", PATIENCE_MS);
    a_read(past, sizeof past);
    tell(expect_question("s1"), 200, past);
    expect_verdict(2, AIS_ACTION_BLOCK);
}

/* As when the gateway takes a request back from an evaluator that it finds alive: two attempts, each with its epoch. */
static void requests_of_two_epochs_do_not_chase_each_other(void **state)
{
    (void)state;
    char past[512];
    preflight("s1", "send", PATIENCE_MS);
    f.epoch++;
    preflight("s1", "send", PATIENCE_MS);
    uint64_t before = expect_question("s1"), after = expect_question("s1");
    tell(before, 200, NOTHING); /* before the epoch began: not to be learnt */
    a_read(past, sizeof past);
    tell(after, 200, past);
    expect_verdict(2, AIS_ACTION_BLOCK);
    expect_verdict(1, AIS_ACTION_BLOCK);
}

static void another_attempt_counts_once(void **state)
{
    (void)state;
    preflight("s1", "read", PATIENCE_MS);
    tell(expect_question("s1"), 200, NOTHING);
    expect_verdict(1, AIS_ACTION_ALLOW);
    f.dispatch = 0; /* the same decision again */
    preflight("s1", "read", PATIENCE_MS);
    expect_verdict(1, AIS_ACTION_ALLOW);
    preflight("s2", "send", PATIENCE_MS);
    tell(expect_question("s2"), 200, NOTHING);
    expect_verdict(2, AIS_ACTION_ALLOW);
    preflight("s1", "send", PATIENCE_MS);
    expect_verdict(3, AIS_ACTION_BLOCK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_counts_waits_for_the_past_and_the_rest_does_not),
        TEST(requests_of_a_session_keep_their_order),
        TEST(what_cannot_be_learnt_asks_for_approval_and_is_asked_again),
        TEST(what_waits_too_long_is_dropped),
        TEST(another_epoch_asks_anew),
        TEST(requests_of_two_epochs_do_not_chase_each_other),
        TEST(another_attempt_counts_once),
    };
    int failed = cmocka_run_group_tests_name("flows/evaluator", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
