#include "gateway/key_use.h"
#include "shared/mem/secret.h"
#include "shared/sys/clock.h"
#include "shared/wire/args.h"
#include "tests/unit/test.h"

static const uint8_t hash_key[AIS_API_KEY_HASH_KEY_SIZE];

struct lab {
    struct ais_access *access;
    const struct ais_access_key *keys;
    zsock_t *gateway, *registry;
    struct key_use use;
};

static int setup(void **state)
{
    static struct lab lab;
    static unsigned tests; /* a closed socket gives its endpoint back a little later */
    char endpoint[32];
    const struct ais_access_key keys[] = {
        {.id = "key_a",  .name = "", .hash = { 1 }},
        { .id = "key_b", .name = "", .hash = { 2 }},
    };
    size_t count;
    lab = (struct lab){ .access = NULL };
    snprintf(endpoint, sizeof endpoint, "inproc://key-use-%u", tests++);
    ais_clock_freeze(1, 1000, AIS_NS_PER_S);
    assert_int_equal(ais_access_new(hash_key, keys, N_ELEMS(keys), &lab.access, NULL), AIS_OK);
    lab.keys = ais_access_keys(lab.access, &count);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, endpoint, 10, &lab.registry, NULL), AIS_OK);
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, endpoint, 10, "gateway", &lab.gateway, NULL), AIS_OK);
    key_use_follow(&lab.use, lab.access);
    *state = &lab;
    return 0;
}

static int teardown(void **state)
{
    struct lab *lab = *state;
    key_use_done(&lab->use);
    zsock_destroy(&lab->gateway);
    zsock_destroy(&lab->registry);
    ais_access_unref(&lab->access);
    ais_clock_freeze(0, 0, 0);
    return 0;
}

/* What the registry hears: the time of each key, "" when it is not among them; false when it hears nothing. */
static bool hear(struct lab *lab, char a[32], char b[32])
{
    struct ais_received received;
    struct ais_msg_used msg;
    if (ais_wire_receive(lab->registry, &received) != AIS_OK)
        return false;
    assert_int_equal(ais_msg_used_get(received.frame, received.size, &msg), AIS_OK);
    ais_span_copy(ais_args_get(msg.keys, "key_a"), a, 32);
    ais_span_copy(ais_args_get(msg.keys, "key_b"), b, 32);
    ais_wire_done(&received);
    return true;
}

static void a_use_is_told_once(void **state)
{
    struct lab *lab = *state;
    char a[32], b[32];
    key_use_note(&lab->use, &lab->keys[1], 70);
    key_use_note(&lab->use, &lab->keys[1], 80);
    key_use_tell(&lab->use, lab->gateway, false);
    assert_true(hear(lab, a, b));
    assert_string_equal(a, "");
    assert_string_equal(b, "80");
    key_use_tell(&lab->use, lab->gateway, true);
    assert_false(hear(lab, a, b));
}

static void it_is_told_now_and_then(void **state)
{
    struct lab *lab = *state;
    char a[32], b[32];
    key_use_note(&lab->use, &lab->keys[0], 1);
    key_use_tell(&lab->use, lab->gateway, false);
    assert_true(hear(lab, a, b));
    key_use_note(&lab->use, &lab->keys[0], 2);
    key_use_tell(&lab->use, lab->gateway, false);
    assert_false(hear(lab, a, b));
    ais_clock_freeze(1, 1000, AIS_NS_PER_S + KEY_USE_MS * AIS_NS_PER_MS);
    key_use_tell(&lab->use, lab->gateway, false);
    assert_true(hear(lab, a, b));
    assert_string_equal(a, "2");
}

static void what_is_not_taken_is_told_later(void **state)
{
    struct lab *lab = *state;
    AUTO(zsock_destroy) zsock_t *nobody = zsock_new(ZMQ_DEALER);
    char a[32], b[32];
    key_use_note(&lab->use, &lab->keys[0], 1);
    key_use_tell(&lab->use, nobody, true);
    key_use_tell(&lab->use, lab->gateway, true);
    assert_true(hear(lab, a, b));
    assert_string_equal(a, "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_use_is_told_once, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_told_now_and_then, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_taken_is_told_later, setup, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("gateway/key_use", tests, NULL, NULL);
}
