/* Reloads of the registry: what is new is taken whole or not at all, recorded, and then published. */
#include "shared/mem/secret.h"
#include "shared/sys/clock.h"
#include "tests/flows/registry_fixture.h"

/* Has it reload, and hears from it how that ended: with err, and what is new. */
static void reload(struct ring *ring, enum ais_err err, const char *changed)
{
    struct ais_reloaded reloaded = { .err = AIS_E_INTERNAL };
    int64_t deadline = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    ais_actor_tell(ring->registry, AIS_COMMAND_RELOAD);
    while (ais_actor_heard(ring->registry, &reloaded) != AIS_ACTOR_RELOADED)
        assert_true(ais_clock_mono() < deadline);
    assert_int_equal(reloaded.err, err);
    assert_string_equal(reloaded.changed, changed);
    assert_int_equal(reloaded.reason[0] != '\0', err != AIS_OK);
}

static void a_reload_brings_new_keys(void **state)
{
    struct ring *ring = *state;
    subscribe(ring, AIS_WIRE_VERSION);
    expect_start(ring);
    expect_snapshot(ring, true, false);
    copy_file(ring->store, "keys-2", "api_keys.enc");
    reload(ring, AIS_OK, "api_keys");
    expect_anchor(ring, "api_keys", 2);
    expect_event(ring, "snapshot_activated");
    expect_snapshot(ring, true, true);
    expect_silence(ring);
}

static void a_reload_without_changes_publishes_nothing(void **state)
{
    struct ring *ring = *state;
    subscribe(ring, AIS_WIRE_VERSION);
    expect_start(ring);
    expect_snapshot(ring, true, false);
    reload(ring, AIS_OK, "");
    expect_silence(ring);
}

/* Good new keys beside a bad new pack: neither is taken. What was read is genuine all the same, and is recorded. */
static void a_bad_pack_stops_a_reload_whole(void **state)
{
    static const struct question in_force = QUESTION_IN_FORCE;
    struct ring *ring = *state;
    expect_start(ring);
    copy_file(ring->store, "keys-2", "api_keys.enc");
    copy_file(ring->store, "packs-2", "rulepacks.enc");
    reload(ring, AIS_E_RULE, "");
    expect_anchor(ring, "rulepacks", 2);
    expect_anchor(ring, "api_keys", 2);
    expect_event(ring, "snapshot_refused");
    subscribe(ring, AIS_WIRE_VERSION);
    expect_snapshot(ring, true, false);
    expect_answer(ring, &in_force, "", 0);
    expect_silence(ring);
}

static void an_older_copy_stops_a_reload(void **state)
{
    struct ring *ring = *state;
    expect_start(ring);
    copy_file(ring->store, "keys-2", "api_keys.enc");
    reload(ring, AIS_OK, "api_keys");
    expect_anchor(ring, "api_keys", 2);
    expect_event(ring, "snapshot_activated");
    copy_file(ring->store, "keys-1", "api_keys.enc");
    reload(ring, AIS_E_STALE, "");
    expect_event(ring, "integrity_fault");
    subscribe(ring, AIS_WIRE_VERSION);
    expect_snapshot(ring, true, true);
    expect_silence(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reload_brings_new_keys, setup_running, teardown),
        cmocka_unit_test_setup_teardown(a_reload_without_changes_publishes_nothing, setup_running, teardown),
        cmocka_unit_test_setup_teardown(a_bad_pack_stops_a_reload_whole, setup_running, teardown),
        cmocka_unit_test_setup_teardown(an_older_copy_stops_a_reload, setup_running, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("registry/reload", tests, NULL, NULL);
}
