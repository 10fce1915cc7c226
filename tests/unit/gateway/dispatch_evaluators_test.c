/* Which evaluator a request is sent to, and when: credit, silence, farewells, and large bodies. */
#include "tests/unit/gateway/dispatch_fixture.h"

static void never_more_is_sent_than_credit(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *evaluator = join("e1", 2);
    struct ais_msg_preflight work;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(submit(new_asker()), AIS_OK);
    assert_true(next_work(evaluator, &work));
    assert_true(next_work(evaluator, &work));
    assert_false(next_work(evaluator, &work));
    const struct ais_address address = ais_address_of("e1");
    const struct ais_msg_heartbeat beat = { .finished = 1 };
    dispatch_heartbeat(f.dispatch, &address, &beat);
    dispatch_flush(f.dispatch);
    assert_true(next_work(evaluator, &work));
    assert_int_equal(work.dispatch, 3);
}

static void the_silent_lose_their_work_to_another(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *silent = join("e1", 10);
    struct answered *asked = new_asker();
    struct ais_msg_preflight first, second;
    assert_int_equal(submit(asked), AIS_OK);
    assert_true(next_work(silent, &first));
    AUTO(zsock_destroy) zsock_t *other = join("e2", 10);
    const struct ais_address alive = ais_address_of("e2");
    const struct ais_msg_heartbeat beat = { 0 };
    int most = AIS_HEARTBEATS_MISSED + AIS_DECISION_MOST_MS / AIS_HEARTBEAT_MS; /* with work in hand */
    for (int i = 0; i <= most; i++) {
        assert_false(next_work(other, &second));
        pass_ms(AIS_HEARTBEAT_MS);
        dispatch_heartbeat(f.dispatch, &alive, &beat);
        dispatch_tick(f.dispatch);
        dispatch_flush(f.dispatch);
    }
    assert_true(next_work(other, &second));
    assert_int_equal(second.attempt, 2);
    assert_memory_equal(&second.decision_id, &first.decision_id, sizeof first.decision_id);
    assert_memory_equal(&second.nonce, &first.nonce, sizeof first.nonce);
    const struct ais_msg_release release = release_of(&first, "e1"); /* whichever verdict came first */
    dispatch_release(f.dispatch, &release);
    assert_int_equal(asked->status, 200);
}

/* On a busy machine threads do not get their turn for a while: that is no reason to forget sessions, or to refuse. */
static void one_without_work_is_waited_for(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *silent = join("e1", 10);
    int most = AIS_HEARTBEATS_MISSED + AIS_DECISION_MOST_MS / AIS_HEARTBEAT_MS;
    struct answered *asked = new_asker();
    struct ais_msg_preflight work;
    struct dispatch_stats stats;
    for (int i = 0; i <= most; i++) {
        pass_ms(AIS_HEARTBEAT_MS);
        dispatch_tick(f.dispatch);
        assert_false(next_work(silent, &work)); /* heartbeats only */
    }
    assert_int_equal(submit(asked), AIS_OK);
    assert_true(next_work(silent, &work));
    dispatch_tick(f.dispatch);
    dispatch_stats(f.dispatch, &stats);
    assert_int_equal(stats.evaluators, 1); /* its time begins with the work */
    for (int i = 0; i <= most; i++) {
        pass_ms(AIS_HEARTBEAT_MS);
        dispatch_tick(f.dispatch);
    }
    dispatch_stats(f.dispatch, &stats);
    assert_int_equal(stats.evaluators, 0);
    assert_true(stats.able);
    assert_int_equal(stats.queued, 1);
}

static void what_silences_two_evaluators_gets_no_third(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *evaluator = join("e1", 10);
    assert_non_null(evaluator);
    const struct ais_address address = ais_address_of("e1");
    const struct ais_msg_ready ready = { 10, AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of("e1") };
    struct answered *poison = new_asker(), *other = new_asker();
    assert_int_equal(submit(poison), AIS_OK);
    assert_int_equal(submit(other), AIS_OK);
    dispatch_ready(f.dispatch, &address, &ready); /* it crashed, and is back */
    dispatch_flush(f.dispatch);
    assert_int_equal(poison->count, 0);
    dispatch_ready(f.dispatch, &address, &ready);
    dispatch_flush(f.dispatch);
    assert_int_equal(poison->status, 503);
    assert_int_equal(other->count, 0);
}

/* SIGSTOP, or a machine that slept: afterwards everybody is where they were. */
static void a_standstill_of_our_own_is_nobodys_silence(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *evaluator = join("e1", 10);
    assert_non_null(evaluator);
    struct dispatch_stats stats;
    dispatch_tick(f.dispatch);
    pass_ms(100 * AIS_HEARTBEAT_MS);
    dispatch_tick(f.dispatch);
    dispatch_stats(f.dispatch, &stats);
    assert_int_equal(stats.lost, 0);
    assert_int_equal(stats.evaluators, 1);
}

static void a_goodbye_gives_back_only_what_is_unfinished(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *leaver = join("e1", 10);
    struct ais_msg_preflight work;
    assert_int_equal(submit(new_asker()), AIS_OK);
    assert_int_equal(submit(new_asker()), AIS_OK);
    AUTO(zsock_destroy) zsock_t *other = join("e2", 10);
    const struct ais_address address = ais_address_of("e1");
    const struct ais_msg_goodbye goodbye = { .finished = 1 };
    dispatch_goodbye(f.dispatch, &address, &goodbye);
    dispatch_flush(f.dispatch);
    assert_true(next_work(other, &work));
    assert_false(next_work(other, &work));
    assert_true(next_work(leaver, &work));
}

static void another_version_is_turned_away(void **state)
{
    (void)state;
    const struct ais_address address = ais_address_of("future");
    const struct ais_msg_ready ready = { 10, AIS_WIRE_VERSION + 1, AIS_WIRE_VERSION + 2, ais_span_of("future") };
    struct dispatch_stats stats;
    dispatch_ready(f.dispatch, &address, &ready);
    dispatch_stats(f.dispatch, &stats);
    assert_int_equal(stats.evaluators, 0);
}

/* One that is large is in work; the next waits for it, and what is not large does not wait for either. */
static void large_bodies_do_not_hold_up_others(void **state)
{
    static char large[1 << 20];
    bool by_session = *state != NULL;
    AUTO(zsock_destroy) zsock_t *evaluator = join("e1", 10);
    struct ais_msg_preflight work;
    const struct ais_address address = ais_address_of("e1");
    dispatch_by_session(f.dispatch, by_session);
    for (uint64_t turn = 0; turn < 3; turn++) {
        for (size_t i = 0; turn == 0 && i < 3; i++)
            assert_int_equal(submit_body(large, sizeof large, "", new_asker()), AIS_OK);
        assert_true(next_work(evaluator, &work));
        assert_int_equal(work.dispatch, 2 * turn + 1);
        assert_false(next_work(evaluator, &work));
        assert_int_equal(submit(new_asker()), AIS_OK);
        assert_true(next_work(evaluator, &work));
        assert_int_equal(work.dispatch, 2 * turn + 2);
        const struct ais_msg_heartbeat beat = { .finished = 2 * turn + 1 };
        dispatch_heartbeat(f.dispatch, &address, &beat);
        dispatch_flush(f.dispatch);
    }
    assert_false(next_work(evaluator, &work));
}

static void a_lost_evaluator_frees_the_large(void **state)
{
    (void)state;
    static char large[1 << 20];
    AUTO(zsock_destroy) zsock_t *first = join("e1", 10);
    struct ais_msg_preflight work;
    assert_int_equal(submit_body(large, sizeof large, "", new_asker()), AIS_OK);
    assert_int_equal(submit_body(large, sizeof large, "", new_asker()), AIS_OK);
    assert_true(next_work(first, &work));
    AUTO(zsock_destroy) zsock_t *second = join("e2", 10);
    dispatch_flush(f.dispatch);
    assert_true(next_work(second, &work));
    const struct ais_address address = ais_address_of("e1");
    const struct ais_msg_goodbye goodbye = { .finished = 0 };
    dispatch_goodbye(f.dispatch, &address, &goodbye);
    dispatch_flush(f.dispatch);
    assert_false(next_work(second, &work));
    const struct ais_address other = ais_address_of("e2");
    const struct ais_msg_heartbeat beat = { .finished = 1 };
    dispatch_heartbeat(f.dispatch, &other, &beat);
    dispatch_flush(f.dispatch);
    assert_true(next_work(second, &work));
    assert_int_equal(work.attempt, 2);
}

/* Evaluators let a request wait for the past of its session while they decide later ones. */
static void a_later_release_finishes_no_earlier_request(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *leaver = join("e1", 10);
    struct ais_msg_preflight first, second, work;
    assert_int_equal(submit(new_asker()), AIS_OK);
    assert_int_equal(submit(new_asker()), AIS_OK);
    assert_true(next_work(leaver, &first));
    assert_true(next_work(leaver, &second));
    const struct ais_msg_release release = release_of(&second, "e1");
    dispatch_release(f.dispatch, &release);
    AUTO(zsock_destroy) zsock_t *other = join("e2", 10);
    const struct ais_address address = ais_address_of("e1");
    const struct ais_msg_goodbye goodbye = { .finished = 0 };
    dispatch_goodbye(f.dispatch, &address, &goodbye);
    dispatch_flush(f.dispatch);
    assert_true(next_work(other, &work));
    assert_memory_equal(&work.decision_id, &first.decision_id, sizeof first.decision_id);
    assert_false(next_work(other, &work));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(never_more_is_sent_than_credit),
        TEST(the_silent_lose_their_work_to_another),
        TEST(one_without_work_is_waited_for),
        TEST(what_silences_two_evaluators_gets_no_third),
        TEST(a_standstill_of_our_own_is_nobodys_silence),
        TEST(a_goodbye_gives_back_only_what_is_unfinished),
        TEST(another_version_is_turned_away),
        TEST(large_bodies_do_not_hold_up_others),
        cmocka_unit_test_prestate_setup_teardown(large_bodies_do_not_hold_up_others, set_up, tear_down, &f),
        TEST(a_lost_evaluator_frees_the_large),
        TEST(a_later_release_finishes_no_earlier_request),
    };
    int failed = cmocka_run_group_tests_name("gateway/dispatch_evaluators", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
