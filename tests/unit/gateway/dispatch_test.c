/* What becomes of a request that is dispatched: released, dropped, refused, or past its deadline. */
#include "tests/unit/gateway/dispatch_fixture.h"

#include <stdlib.h>

static void a_released_decision_reaches_its_asker(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *evaluator = join("e1", 10);
    struct answered *asked = new_asker();
    struct ais_msg_preflight work;
    assert_int_equal(submit(asked), AIS_OK);
    assert_true(next_work(evaluator, &work));
    assert_int_equal(work.attempt, 1);
    assert_int_equal(work.dispatch, 1);
    const struct ais_msg_release release = release_of(&work, "e1");
    dispatch_release(f.dispatch, &release);
    assert_int_equal(asked->count, 1);
    assert_int_equal(asked->status, 200);
    assert_string_equal(asked->text, "{\"allowed\":true}");
    dispatch_release(f.dispatch, &release); /* again: nobody waits for it */
    assert_int_equal(asked->count, 1);
}

static void check_foreign(void (*spoil)(struct ais_msg_release *))
{
    AUTO(zsock_destroy) zsock_t *evaluator = join("e1", 10);
    struct answered *asked = new_asker();
    struct ais_msg_preflight work;
    struct dispatch_stats stats;
    assert_int_equal(submit(asked), AIS_OK);
    assert_true(next_work(evaluator, &work));
    struct ais_msg_release release = release_of(&work, "e1");
    spoil(&release);
    dispatch_release(f.dispatch, &release);
    assert_int_equal(asked->count, 0);
    dispatch_stats(f.dispatch, &stats);
    assert_int_equal(stats.foreign, 1);
    pass_ms(DEADLINE_MS + 1);
    dispatch_expire(f.dispatch);
    assert_int_equal(asked->status, 503);
}

static void spoil_nonce(struct ais_msg_release *release)
{
    release->nonce.bytes[3] ^= 1;
}

static void spoil_digest(struct ais_msg_release *release)
{
    release->digest.bytes[3] ^= 1;
}

static void another_nonce_is_dropped(void **state)
{
    (void)state;
    check_foreign(spoil_nonce);
}

static void another_digest_is_dropped(void **state)
{
    (void)state;
    check_foreign(spoil_digest);
}

static void past_the_deadline_it_is_not_able_to_decide(void **state)
{
    (void)state;
    struct answered *asked = new_asker();
    assert_int_equal(submit(asked), AIS_OK);
    assert_int_equal(dispatch_wait_ms(f.dispatch), DEADLINE_MS + 1);
    pass_ms(DEADLINE_MS - 1);
    dispatch_expire(f.dispatch);
    assert_int_equal(asked->count, 0);
    pass_ms(1);
    dispatch_expire(f.dispatch);
    assert_int_equal(asked->status, 503);
    assert_int_equal(dispatch_wait_ms(f.dispatch), -1);
}

static void it_is_awake_for_a_millisecond_where_one_request_waits_alone(void **state)
{
    (void)state;
    assert_int_equal(dispatch_awake_until(f.dispatch), 0);
    assert_int_equal(submit(new_asker()), AIS_OK);
    assert_int_equal(dispatch_awake_until(f.dispatch), ais_clock_mono() + AIS_NS_PER_MS);
    pass_ms(2);
    assert_int_equal(dispatch_awake_until(f.dispatch), ais_clock_mono() - AIS_NS_PER_MS); /* no longer */
    assert_int_equal(submit(new_asker()), AIS_OK);
    assert_int_equal(dispatch_awake_until(f.dispatch), 0);
}

static void a_full_house_refuses_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < DISPATCH_PENDING_MAX; i++)
        assert_int_equal(submit(new_asker()), AIS_OK);
    struct answered *one_more = new_asker();
    assert_int_equal(submit(one_more), AIS_E_LIMIT);
    assert_int_equal(one_more->count, 0);
    pass_ms(DEADLINE_MS);
    dispatch_expire(f.dispatch);
    for (size_t i = 0; i < DISPATCH_PENDING_MAX; i++)
        assert_int_equal(askers[i].status, 503);
    assert_int_equal(submit(one_more), AIS_OK);
}

/* Few large bodies fill the house as many small ones do: what waits must not take all memory. */
static void a_house_full_of_bytes_refuses_at_once(void **state)
{
    enum { SIZE = 64 << 20 };
    (void)state;
    char *body = calloc(1, SIZE);
    assert_non_null(body);
    const struct dispatch_job job = { .body = body, .size = SIZE, .access = f.access, .caller = f.caller };
    for (size_t i = 0; i < DISPATCH_BYTES_MAX / SIZE; i++)
        assert_int_equal(dispatch_submit(f.dispatch, &job, &new_asker()->asker), AIS_OK);
    assert_int_equal(submit(new_asker()), AIS_E_LIMIT);
    pass_ms(DEADLINE_MS);
    dispatch_expire(f.dispatch);
    free(body);
    assert_int_equal(askers[0].status, 503);
    assert_int_equal(submit(new_asker()), AIS_OK);
}

static void a_release_without_an_answer_is_no_decision(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *evaluator = join("e1", 10);
    struct answered *asked = new_asker();
    struct ais_msg_preflight work;
    assert_int_equal(submit(asked), AIS_OK);
    assert_true(next_work(evaluator, &work));
    struct ais_msg_release release = release_of(&work, "e1");
    release.answer = ais_span_of("");
    dispatch_release(f.dispatch, &release);
    assert_int_equal(asked->status, 503);
}

static void the_end_answers_what_waits(void **state)
{
    (void)state;
    struct answered *asked = new_asker();
    assert_int_equal(submit(asked), AIS_OK);
    dispatch_destroy(&f.dispatch);
    assert_int_equal(asked->status, 503);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_released_decision_reaches_its_asker),
        TEST(another_nonce_is_dropped),
        TEST(another_digest_is_dropped),
        TEST(past_the_deadline_it_is_not_able_to_decide),
        TEST(it_is_awake_for_a_millisecond_where_one_request_waits_alone),
        TEST(a_full_house_refuses_at_once),
        TEST(a_house_full_of_bytes_refuses_at_once),
        TEST(a_release_without_an_answer_is_no_decision),
        TEST(the_end_answers_what_waits),
    };
    int failed = cmocka_run_group_tests_name("gateway/dispatch", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
