#include "services/registry/subscribers.h"
#include "shared/mem/secret.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <string.h>

static const uint8_t hash_key[AIS_API_KEY_HASH_KEY_SIZE];

/* A ROUTER that nobody is connected to, and something to send. */
struct lonely {
    zsock_t *socket;
    struct catalog catalog;
    struct subscribers subscribers;
};

static int setup(void **state)
{
    struct lonely *lonely = calloc(1, sizeof *lonely);
    AUTO(ais_diagnostics_done) struct ais_diagnostics faults = { 0 };
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW };
    static unsigned tests; /* a closed socket gives its endpoint back a little later */
    char endpoint[32];
    assert_non_null(lonely);
    snprintf(endpoint, sizeof endpoint, "inproc://lonely%u", tests++);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, endpoint, 10, &lonely->socket, NULL), AIS_OK);
    assert_int_equal(ais_policy_compile(NULL, 0, &options, &lonely->catalog.policy, &faults, NULL), AIS_OK);
    assert_int_equal(ais_access_new(hash_key, NULL, 0, &lonely->catalog.access, NULL), AIS_OK);
    ais_clock_freeze(1, 0, AIS_NS_PER_S);
    *state = lonely;
    return 0;
}

static int teardown(void **state)
{
    struct lonely *lonely = *state;
    ais_clock_freeze(0, 0, 0);
    zsock_destroy(&lonely->socket);
    ais_policy_unref(&lonely->catalog.policy);
    ais_access_unref(&lonely->catalog.access);
    free(lonely);
    return 0;
}

static void who_takes_nothing_is_forgotten_in_time(void **state)
{
    struct lonely *lonely = *state;
    const struct ais_address nobody = ais_address_of("nobody");
    assert_true(subscribers_add(&lonely->subscribers, &nobody));
    subscribers_serve(&lonely->subscribers, lonely->socket, &lonely->catalog);
    assert_int_equal(lonely->subscribers.count, 1);
    ais_clock_freeze(1, 0, 10 * AIS_NS_PER_S);
    subscribers_serve(&lonely->subscribers, lonely->socket, &lonely->catalog);
    assert_int_equal(lonely->subscribers.count, 1);
    ais_clock_freeze(1, 0, 11 * AIS_NS_PER_S);
    subscribers_serve(&lonely->subscribers, lonely->socket, &lonely->catalog);
    assert_int_equal(lonely->subscribers.count, 0);
}

static void subscribing_again_takes_no_second_place(void **state)
{
    struct lonely *lonely = *state;
    const struct ais_address one = ais_address_of("one"), other = ais_address_of("one more");
    assert_true(subscribers_add(&lonely->subscribers, &one));
    assert_true(subscribers_add(&lonely->subscribers, &other));
    assert_true(subscribers_add(&lonely->subscribers, &one));
    assert_int_equal(lonely->subscribers.count, 2);
}

static void there_is_room_for_so_many(void **state)
{
    struct lonely *lonely = *state;
    char name[16];
    for (unsigned i = 0; i < SUBSCRIBERS_MAX; i++) {
        snprintf(name, sizeof name, "number %u", i);
        const struct ais_address address = ais_address_of(name);
        assert_true(subscribers_add(&lonely->subscribers, &address));
    }
    const struct ais_address late = ais_address_of("late"), early = ais_address_of("number 0");
    assert_false(subscribers_add(&lonely->subscribers, &late));
    assert_true(subscribers_add(&lonely->subscribers, &early));
}

static void the_oldest_version_in_use_is_known(void **state)
{
    struct subscribers *subscribers = &((struct lonely *)*state)->subscribers;
    const struct ais_address one = ais_address_of("one"), other = ais_address_of("other"),
                             stranger = ais_address_of("stranger");
    assert_int_equal(subscribers_oldest(subscribers), UINT64_MAX);
    assert_true(subscribers_add(subscribers, &one));
    assert_true(subscribers_add(subscribers, &other));
    assert_int_equal(subscribers_oldest(subscribers), 0);
    subscribers_adopted(subscribers, &one, 2);
    subscribers_adopted(subscribers, &stranger, 9);
    assert_int_equal(subscribers_oldest(subscribers), 0);
    subscribers_adopted(subscribers, &other, 3);
    assert_int_equal(subscribers_oldest(subscribers), 2);
    subscribers_adopted(subscribers, &one, 1);
    assert_int_equal(subscribers_oldest(subscribers), 2);
    assert_true(subscribers_add(subscribers, &one)); /* begins anew: what it used before is not known */
    assert_int_equal(subscribers_oldest(subscribers), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_takes_nothing_is_forgotten_in_time, setup, teardown),
        cmocka_unit_test_setup_teardown(subscribing_again_takes_no_second_place, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_room_for_so_many, setup, teardown),
        cmocka_unit_test_setup_teardown(the_oldest_version_in_use_is_known, setup, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("registry/subscribers", tests, NULL, NULL);
}
