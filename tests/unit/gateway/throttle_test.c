#include "gateway/throttle.h"
#include "shared/mem/secret.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>

static const int64_t refill = THROTTLE_REFILL_MS * AIS_NS_PER_MS;

static struct ais_peer peer_of(const char *text)
{
    struct ais_peer peer;
    if (!ais_peer_parse(text, &peer) && text[0] == 'i')
        peer.kind = AIS_PEER_IPC;
    return peer;
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct throttle));
    throttle_init(*state);
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

/* How many of n failures at one moment are answered at once. */
static int at_once(struct throttle *throttle, const char *peer, int n, int64_t now)
{
    const struct ais_peer who = peer_of(peer);
    int count = 0;
    for (int i = 0; i < n; i++)
        count += !throttle_fail(throttle, &who, now);
    return count;
}

static void a_burst_is_free(void **state)
{
    assert_int_equal(at_once(*state, "192.0.2.1", 100, 5), THROTTLE_BURST);
}

static void then_one_at_a_time(void **state)
{
    at_once(*state, "192.0.2.1", 100, 0);
    assert_int_equal(at_once(*state, "192.0.2.1", 100, refill - 1), 0);
    assert_int_equal(at_once(*state, "192.0.2.1", 100, refill), 1);
    assert_int_equal(at_once(*state, "192.0.2.1", 100, 4 * refill), 3);
}

static void all_is_forgotten_in_the_end(void **state)
{
    at_once(*state, "192.0.2.1", 100, 0);
    assert_int_equal(at_once(*state, "192.0.2.1", 100, 1000 * refill), THROTTLE_BURST);
}

static void others_are_not_concerned(void **state)
{
    static const char *const others[] = { "192.0.2.2", "2001:db8::1", "ipc", "unknown" };
    at_once(*state, "192.0.2.1", 100, 0);
    for (size_t i = 0; i < N_ELEMS(others); i++)
        assert_int_equal(at_once(*state, others[i], 1, 0), 1);
}

static void a_network_of_ipv6_is_one(void **state)
{
    at_once(*state, "2001:db8:1:2::1", 100, 0);
    assert_int_equal(at_once(*state, "2001:db8:1:2:ffff::9", 1, 0), 0);
    assert_int_equal(at_once(*state, "2001:db8:1:3::1", 1, 0), 1);
}

static void ipv4_is_told_apart_on_a_socket_for_both(void **state)
{
    at_once(*state, "::ffff:192.0.2.1", 100, 0);
    assert_int_equal(at_once(*state, "192.0.2.1", 1, 0), 0);
    assert_int_equal(at_once(*state, "::ffff:192.0.2.2", 1, 0), 1);
}

static void many_addresses_push_out_the_quiet(void **state)
{
    char text[32];
    at_once(*state, "192.0.2.1", 100, 0);
    for (unsigned i = 0; i < 100000; i++) {
        snprintf(text, sizeof text, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        at_once(*state, text, 1, 20 * refill);
    }
    assert_int_equal(at_once(*state, "192.0.2.1", 100, 20 * refill), THROTTLE_BURST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_burst_is_free, setup, teardown),
        cmocka_unit_test_setup_teardown(then_one_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(all_is_forgotten_in_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(others_are_not_concerned, setup, teardown),
        cmocka_unit_test_setup_teardown(a_network_of_ipv6_is_one, setup, teardown),
        cmocka_unit_test_setup_teardown(ipv4_is_told_apart_on_a_socket_for_both, setup, teardown),
        cmocka_unit_test_setup_teardown(many_addresses_push_out_the_quiet, setup, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("gateway/throttle", tests, NULL, NULL);
}
