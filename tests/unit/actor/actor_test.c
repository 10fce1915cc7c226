#include "shared/actor/actor.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <stdatomic.h>
#include <unistd.h>

/* What the actor did, and a gate before which a heartbeat of AT_THE_GATE makes it wait. */
static atomic_int commands, rounds_with_commands;
static int gate[2];

enum { AT_THE_GATE = 99 };

/* An actor that adds up the heartbeats it hears and answers each with the sum. */
struct adder {
    zsock_t *in; /* owned */
    uint64_t sum, refused;
    bool drained, failed, commanded;
    struct ais_reloaded reloaded;
};

static void on_heartbeat(void *self, const struct ais_received *received)
{
    struct adder *adder = self;
    struct ais_msg_heartbeat beat;
    if (ais_msg_heartbeat_get(received->frame, received->size, &beat) != AIS_OK)
        return;
    char byte;
    if (beat.finished == AT_THE_GATE && read(gate[0], &byte, 1) != 1)
        adder->failed = true;
    adder->sum += beat.finished;
    adder->failed = beat.finished == 13;
    const struct ais_msg_heartbeat answer = { .finished = adder->sum };
    if (ais_send_heartbeat(adder->in, &received->from, AIS_EVALUATOR, &answer) != AIS_OK)
        adder->failed = true;
}

static void on_readable(void *self)
{
    static const struct ais_actor_route routes[] = {
        {AIS_MSG_HEARTBEAT, on_heartbeat}
    };
    struct adder *adder = self;
    ais_actor_receive(adder->in, AIS_EVALUATOR, routes, N_ELEMS(routes), 0, adder, &adder->refused);
}

static void on_command(void *self, enum ais_command command)
{
    struct adder *adder = self;
    adder->drained = command == AIS_COMMAND_DRAIN;
    adder->commanded = true;
    commands++;
    if (command == AIS_COMMAND_RELOAD)
        adder->reloaded =
            (struct ais_reloaded){ .over = true, .err = AIS_E_RULE, .changed = "this that", .reason = "why not" };
}

/* A gift is a number, which the sum begins anew with. */
static void take(void *self, void *gift)
{
    struct adder *adder = self;
    adder->sum = *(const uint64_t *)gift;
}

static void after_round(void *self)
{
    struct adder *adder = self;
    rounds_with_commands += adder->commanded ? 1 : 0;
    adder->commanded = false;
}

static void adder_destroy(void *self)
{
    struct adder *adder = self;
    zsock_destroy(&adder->in);
    free(adder);
}

/* A socket lets go of its endpoint some time after it is destroyed, so each test has one of its own. */
static char endpoint[32];

static int new_endpoint(void **state)
{
    static int count;
    (void)state;
    snprintf(endpoint, sizeof endpoint, "inproc://adder-%d", ++count);
    return 0;
}

static int64_t for_an_hour(void *self)
{
    (void)self;
    return ais_clock_mono() + 3600 * AIS_NS_PER_S;
}

/* With what keeps it awake; NULL: nothing. */
static zactor_t *start_adder_awake(int64_t (*awake_until)(void *self))
{
    struct adder *adder = calloc(1, sizeof *adder);
    zactor_t *thread = NULL;
    assert_non_null(adder);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, endpoint, 0, &adder->in, NULL), AIS_OK);
    const struct ais_actor actor = {
        .name = "adder",
        .self = adder,
        .destroy = adder_destroy,
        .inputs = { { adder->in, 0, on_readable } },
        .input_count = 1,
        .command = on_command,
        .awake_until = awake_until,
        .after = after_round,
        .drained = &adder->drained,
        .take = take,
        .reloaded = &adder->reloaded,
        .failed = &adder->failed,
    };
    assert_int_equal(ais_actor_start(&actor, &thread, NULL), AIS_OK);
    return thread;
}

static zactor_t *start_adder(void)
{
    return start_adder_awake(NULL);
}

static zsock_t *connect_adder(void)
{
    zsock_t *socket = NULL;
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, endpoint, 0, "test", &socket, NULL), AIS_OK);
    return socket;
}

static void say(zsock_t *socket, uint64_t number)
{
    const struct ais_msg_heartbeat beat = { .finished = number };
    assert_int_equal(ais_send_heartbeat(socket, NULL, AIS_GATEWAY, &beat), AIS_OK);
}

static bool readable_within(void *socket, int ms)
{
    zmq_pollitem_t item = { zsock_resolve(socket), 0, ZMQ_POLLIN, 0 };
    return zmq_poll(&item, 1, ms) == 1;
}

static uint64_t hear(zsock_t *socket)
{
    struct ais_received received;
    struct ais_msg_heartbeat beat;
    assert_true(readable_within(socket, 10000));
    assert_int_equal(ais_wire_receive(socket, &received), AIS_OK);
    assert_int_equal(ais_msg_heartbeat_get(received.frame, received.size, &beat), AIS_OK);
    ais_wire_done(&received);
    return beat.finished;
}

static enum ais_actor_report wait_report(zactor_t *actor)
{
    assert_true(readable_within(actor, 10000));
    return ais_actor_heard(actor, NULL);
}

static void messages_reach_their_route_and_others_are_refused(void **state)
{
    (void)state;
    AUTO(ais_actor_stop) zactor_t *actor = start_adder();
    AUTO(zsock_destroy) zsock_t *socket = connect_adder();
    const struct ais_msg_goodbye stranger = { 0 };
    say(socket, 2);
    assert_int_equal(ais_send_goodbye(socket, NULL, AIS_EVALUATOR, &stranger), AIS_OK);
    say(socket, 3);
    assert_int_equal(hear(socket), 2);
    assert_int_equal(hear(socket), 5);
    assert_int_equal(ais_actor_heard(actor, NULL), AIS_ACTOR_NOTHING);
}

static void a_drain_is_reported_once(void **state)
{
    (void)state;
    AUTO(ais_actor_stop) zactor_t *actor = start_adder();
    ais_actor_tell(actor, AIS_COMMAND_DRAIN);
    assert_int_equal(wait_report(actor), AIS_ACTOR_DRAINED);
    assert_int_equal(ais_actor_heard(actor, NULL), AIS_ACTOR_NOTHING);
}

static void the_end_of_a_reload_is_reported_in_full(void **state)
{
    struct ais_reloaded reloaded = { .err = AIS_OK };
    (void)state;
    AUTO(ais_actor_stop) zactor_t *actor = start_adder();
    ais_actor_tell(actor, AIS_COMMAND_RELOAD);
    assert_true(readable_within(actor, 10000));
    assert_int_equal(ais_actor_heard(actor, &reloaded), AIS_ACTOR_RELOADED);
    assert_int_equal(reloaded.err, AIS_E_RULE);
    assert_string_equal(reloaded.changed, "this that");
    assert_string_equal(reloaded.reason, "why not");
    ais_actor_tell(actor, AIS_COMMAND_RELOAD);
    assert_int_equal(wait_report(actor), AIS_ACTOR_RELOADED); /* also for who does not want the details */
    assert_int_equal(ais_actor_heard(actor, NULL), AIS_ACTOR_NOTHING);
}

static void what_is_handed_over_arrives(void **state)
{
    static const uint64_t gift = 1000;
    (void)state;
    AUTO(ais_actor_stop) zactor_t *actor = start_adder();
    AUTO(zsock_destroy) zsock_t *socket = connect_adder();
    ais_actor_hand(actor, (void *)(uintptr_t)&gift);
    ais_actor_tell(actor, AIS_COMMAND_DRAIN); /* in order behind it */
    assert_int_equal(wait_report(actor), AIS_ACTOR_DRAINED);
    say(socket, 1);
    assert_int_equal(hear(socket), 1001);
}

static void who_is_awake_hears_messages_and_commands(void **state)
{
    (void)state;
    AUTO(ais_actor_stop) zactor_t *actor = start_adder_awake(for_an_hour);
    AUTO(zsock_destroy) zsock_t *socket = connect_adder();
    say(socket, 7);
    assert_int_equal(hear(socket), 7);
    ais_actor_tell(actor, AIS_COMMAND_DRAIN);
    assert_int_equal(wait_report(actor), AIS_ACTOR_DRAINED);
    ais_actor_tell(actor, AIS_COMMAND_STOP);
    assert_int_equal(wait_report(actor), AIS_ACTOR_ENDED);
}

static void an_actor_that_fails_is_heard_to_end(void **state)
{
    (void)state;
    AUTO(ais_actor_stop) zactor_t *actor = start_adder();
    AUTO(zsock_destroy) zsock_t *socket = connect_adder();
    say(socket, 13);
    assert_int_equal(wait_report(actor), AIS_ACTOR_ENDED);
}

static void stop_ends_it(void **state)
{
    (void)state;
    AUTO(ais_actor_stop) zactor_t *actor = start_adder();
    ais_actor_tell(actor, AIS_COMMAND_STOP);
    assert_int_equal(wait_report(actor), AIS_ACTOR_ENDED);
}

/* What came while it was busy: many reloads are one, and none is made before an end that waits already. */
static void commands_that_wait_are_taken_together(void **state)
{
    enum { MANY = 50 };
    (void)state;
    zactor_t *actor = start_adder();
    AUTO(zsock_destroy) zsock_t *socket = connect_adder();
    commands = rounds_with_commands = 0;
    assert_int_equal(pipe(gate), 0);
    say(socket, AT_THE_GATE);
    for (int i = 0; i < MANY; i++)
        ais_actor_tell(actor, AIS_COMMAND_RELOAD);
    assert_int_equal(write(gate[1], "x", 1), 1);
    assert_int_equal(hear(socket), AT_THE_GATE);
    ais_actor_stop(&actor);
    assert_int_equal(commands, MANY);
    assert_true(rounds_with_commands <= 2); /* those that came before it stood at the gate, and the rest */
    close(gate[0]);
    close(gate[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(messages_reach_their_route_and_others_are_refused, new_endpoint),
        cmocka_unit_test_setup(a_drain_is_reported_once, new_endpoint),
        cmocka_unit_test_setup(the_end_of_a_reload_is_reported_in_full, new_endpoint),
        cmocka_unit_test_setup(what_is_handed_over_arrives, new_endpoint),
        cmocka_unit_test_setup(who_is_awake_hears_messages_and_commands, new_endpoint),
        cmocka_unit_test_setup(an_actor_that_fails_is_heard_to_end, new_endpoint),
        cmocka_unit_test_setup(stop_ends_it, new_endpoint),
        cmocka_unit_test_setup(commands_that_wait_are_taken_together, new_endpoint),
    };
    int failed = cmocka_run_group_tests_name("actor/actor", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
