#include "gateway/incidents.h"
#include "gateway/state.h"
#include "tests/unit/test.h"

#include <stdio.h>

#define EVENTS "inproc://incidents-events"
#define WORK   "inproc://incidents-work"

struct world {
    struct gateway gateway;
    zsock_t *auditor; /* hears the events */
};

/* Sockets end a little after they were destroyed, so each world has endpoints of its own. */
static void world_begin(struct world *world)
{
    static int number;
    char events[32], work[32];
    snprintf(events, sizeof events, "inproc://events-%d", ++number);
    snprintf(work, sizeof work, "inproc://work-%d", number);
    *world = (struct world){
        .gateway = {.name = "gateway-1", .log = { .known = true, .storage_ok = true }}
    };
    struct gateway *gateway = &world->gateway;
    assert_int_equal(ais_wire_bind(ZMQ_PULL, events, 100, &world->auditor, NULL), AIS_OK);
    assert_int_equal(ais_wire_connect(ZMQ_PUSH, events, 100, NULL, &gateway->events, NULL), AIS_OK);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, work, 100, &gateway->work, NULL), AIS_OK);
    const struct dispatch_conf conf = { .gateway = "gateway-1", .work = gateway->work, .deadline_ms = 1000 };
    gateway->dispatch = dispatch_new(&conf);
    assert_non_null(gateway->dispatch);
}

static void world_end(struct world *world)
{
    dispatch_destroy(&world->gateway.dispatch);
    zsock_destroy(&world->gateway.work);
    zsock_destroy(&world->gateway.events);
    zsock_destroy(&world->auditor);
}

/* There is no room for it. */
static void overload(struct world *world)
{
    const struct dispatch_job job = { .body = "", .size = DISPATCH_BYTES_MAX + 1 };
    assert_int_equal(dispatch_submit(world->gateway.dispatch, &job, NULL), AIS_E_LIMIT);
}

/* The next record, as far as it does not change from run to run; "" for none. */
static void hear(struct world *world, char text[256])
{
    struct ais_received received;
    struct ais_msg_event event;
    text[0] = '\0';
    if (ais_wire_receive(world->auditor, &received) != AIS_OK)
        return;
    assert_int_equal(ais_msg_event_get(received.frame, received.size, &event), AIS_OK);
    char record[512];
    ais_span_copy(event.record, record, sizeof record);
    size_t n = (size_t)(strstr(record, ",\"time\"") - record);
    snprintf(text, 256, "%.*s %s", (int)n, record, strstr(record, "\"details\""));
    ais_wire_done(&received);
}

static void each_is_told_with_its_number(void **state)
{
    struct world world;
    char text[256];
    (void)state;
    world_begin(&world);
    incidents_tick(&world.gateway);
    hear(&world, text);
    assert_string_equal(text, "");
    overload(&world);
    overload(&world);
    world.gateway.refused_messages = 1;
    incidents_tick(&world.gateway);
    hear(&world, text);
    assert_string_equal(text, "{\"event\":\"overloaded\" \"details\":{\"count\":2}}");
    hear(&world, text);
    assert_string_equal(text, "{\"event\":\"message_refused\" \"details\":{\"count\":1}}");
    hear(&world, text);
    assert_string_equal(text, "");
    world_end(&world);
}

static void those_of_a_second_are_added_up(void **state)
{
    struct world world;
    char text[256];
    (void)state;
    world_begin(&world);
    overload(&world);
    incidents_tick(&world.gateway);
    hear(&world, text);
    for (int i = 0; i < 3; i++) {
        overload(&world);
        incidents_tick(&world.gateway);
        hear(&world, text);
        assert_string_equal(text, "");
    }
    world.gateway.incidents.kinds[0].next_ns = 0;
    incidents_tick(&world.gateway);
    hear(&world, text);
    assert_string_equal(text, "{\"event\":\"overloaded\" \"details\":{\"count\":3}}");
    world_end(&world);
}

static void all_is_told_at_the_end(void **state)
{
    struct world world;
    char text[256];
    (void)state;
    world_begin(&world);
    overload(&world);
    incidents_tick(&world.gateway);
    hear(&world, text);
    overload(&world);
    world.gateway.log.storage_ok = false;
    assert_true(incidents_tell_all(&world.gateway));
    hear(&world, text);
    assert_string_equal(text, "{\"event\":\"overloaded\" \"details\":{\"count\":1}}");
    assert_true(incidents_tell_all(&world.gateway));
    hear(&world, text);
    assert_string_equal(text, "");
    world_end(&world);
}

static void none_is_lost_while_the_log_fails(void **state)
{
    struct world world;
    char text[256];
    (void)state;
    world_begin(&world);
    world.gateway.log.storage_ok = false;
    overload(&world);
    incidents_tick(&world.gateway);
    hear(&world, text);
    assert_string_equal(text, "");
    world.gateway.log.storage_ok = true;
    incidents_tick(&world.gateway);
    hear(&world, text);
    assert_string_equal(text, "{\"event\":\"overloaded\" \"details\":{\"count\":1}}");
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_told_with_its_number),
        cmocka_unit_test(those_of_a_second_are_added_up),
        cmocka_unit_test(all_is_told_at_the_end),
        cmocka_unit_test(none_is_lost_while_the_log_fails),
    };
    return cmocka_run_group_tests_name("gateway/incidents", tests, NULL, NULL);
}
