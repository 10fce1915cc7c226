#include "services/registry/waiting.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <stdlib.h>

enum { EVENT = 5, VERSION = 3 };

/* A registry's socket, and a gateway that asked it something. */
struct pair {
    zsock_t *registry, *gateway;
    struct waiting waiting;
};

static int setup(void **state)
{
    static unsigned tests;
    struct pair *pair = calloc(1, sizeof *pair);
    char endpoint[32];
    assert_non_null(pair);
    snprintf(endpoint, sizeof endpoint, "inproc://waiting%u", tests++);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, endpoint, 100, &pair->registry, NULL), AIS_OK);
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, endpoint, 100, "gateway", &pair->gateway, NULL), AIS_OK);
    ais_clock_freeze(1, 0, AIS_NS_PER_S);
    *state = pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;
    ais_clock_freeze(0, 0, 0);
    waiting_done(&pair->waiting);
    zsock_destroy(&pair->registry);
    zsock_destroy(&pair->gateway);
    free(pair);
    return 0;
}

static void hold(struct pair *pair, uint64_t ticket, uint64_t event, uint64_t version)
{
    const struct ais_address gateway = ais_address_of("gateway");
    const struct answer answer = {
        201, "application/json", {"{}", 2}
    };
    assert_true(waiting_add(&pair->waiting, &gateway, ticket, &answer, event, version));
}

/* The status of the answer that has come for this ticket; 0: none has. */
static unsigned status_of(struct pair *pair, uint64_t ticket)
{
    struct ais_received received;
    struct ais_msg_tell tell;
    if (ais_wire_receive(pair->gateway, &received) != AIS_OK)
        return 0;
    assert_int_equal(ais_msg_tell_get(received.frame, received.size, &tell), AIS_OK);
    assert_int_equal(tell.ticket, ticket);
    assert_true(ais_span_is(tell.media_type, tell.status == 201 ? "application/json" : "text/plain"));
    unsigned status = tell.status;
    ais_wire_done(&received);
    return status;
}

static const struct row {
    const char *name;
    uint64_t recorded, oldest;
    int64_t after_ms;
    unsigned status; /* of the answer that has come; 0: none has */
} rows[] = {
    {"recorded and in force",                      EVENT,     VERSION,     0,                       201},
    { "later ones recorded too",                   EVENT + 1, VERSION + 1, 0,                       201},
    { "nobody is subscribed",                      EVENT,     UINT64_MAX,  0,                       201},
    { "not recorded",                              EVENT - 1, VERSION,     0,                       0  },
    { "not in force somewhere",                    EVENT,     VERSION - 1, 0,                       0  },
    { "not recorded just before patience ends",    EVENT - 1, VERSION,     WAITING_PATIENCE_MS - 1, 0  },
    { "not recorded when patience ends",           EVENT - 1, VERSION,     WAITING_PATIENCE_MS,     503},
    { "not in force somewhere when patience ends", EVENT,     VERSION - 1, WAITING_PATIENCE_MS,     503},
};

static void check_row(void **state)
{
    const struct row *row = *state;
    void *fixture;
    setup(&fixture);
    struct pair *pair = fixture;
    hold(pair, 7, EVENT, VERSION);
    ais_clock_freeze(1, 0, AIS_NS_PER_S + row->after_ms * AIS_NS_PER_MS);
    waiting_serve(&pair->waiting, pair->registry, row->recorded, row->oldest);
    assert_int_equal(status_of(pair, 7), row->status);
    assert_int_equal(pair->waiting.count, row->status == 0);
    teardown(&fixture);
}

static void each_waits_for_its_own(void **state)
{
    struct pair *pair = *state;
    hold(pair, 1, 4, 0);
    hold(pair, 2, 6, 0);
    hold(pair, 3, 5, 9);
    hold(pair, 4, 5, 0);
    waiting_serve(&pair->waiting, pair->registry, 5, 8);
    assert_int_equal(status_of(pair, 1), 201);
    assert_int_equal(status_of(pair, 4), 201);
    assert_int_equal(status_of(pair, 0), 0);
    waiting_serve(&pair->waiting, pair->registry, 6, 9);
    assert_int_equal(status_of(pair, 2), 201);
    assert_int_equal(status_of(pair, 3), 201);
    assert_int_equal(pair->waiting.count, 0);
}

static void there_is_room_for_so_many(void **state)
{
    struct pair *pair = *state;
    for (uint64_t i = 0; i < WAITING_MOST; i++) {
        assert_true(waiting_has_room(&pair->waiting));
        hold(pair, i, 1, 1);
    }
    assert_false(waiting_has_room(&pair->waiting));
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 2];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(each_waits_for_its_own, setup, teardown);
    tests[N_ELEMS(rows) + 1] =
        (struct CMUnitTest)cmocka_unit_test_setup_teardown(there_is_room_for_so_many, setup, teardown);
    return cmocka_run_group_tests_name("registry/waiting", tests, NULL, NULL);
}
