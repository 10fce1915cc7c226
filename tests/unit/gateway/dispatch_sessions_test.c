/* Dispatch by session: each has one evaluator, which is waited for. */
#include "tests/unit/gateway/dispatch_fixture.h"

#include <stdio.h>

enum { OWNERS = 4, SESSIONS = 64 };

static const char *const owner_names[OWNERS] = { "e1", "e2", "e3", "e4" };

/* Submits one request of each session and notes which evaluator gets it, and with which epoch. */
static void find_owners(zsock_t *const sockets[OWNERS], int owners[SESSIONS], uint64_t *ret_epoch)
{
    for (int i = 0; i < SESSIONS; i++) {
        struct ais_msg_preflight work;
        char session[16];
        snprintf(session, sizeof session, "s%d", i);
        assert_int_equal(submit_of(session, new_asker()), AIS_OK);
        owners[i] = -1;
        for (int k = 0; k < OWNERS; k++) {
            if (sockets[k] == NULL || !next_work(sockets[k], &work))
                continue;
            assert_int_equal(owners[i], -1);
            owners[i] = k;
            *ret_epoch = work.epoch;
        }
        assert_int_not_equal(owners[i], -1);
    }
}

static void join_owners(zsock_t *sockets[OWNERS])
{
    for (int k = 0; k < OWNERS; k++)
        sockets[k] = join(owner_names[k], 1000);
}

static void leave_owners(zsock_t *sockets[OWNERS])
{
    for (int k = 0; k < OWNERS; k++)
        zsock_destroy(&sockets[k]);
}

static void a_session_stays_with_one_evaluator(void **state)
{
    (void)state;
    zsock_t *sockets[OWNERS];
    int first[SESSIONS], second[SESSIONS], of[OWNERS] = { 0 };
    uint64_t epoch = 0, later = 0;
    join_owners(sockets);
    dispatch_by_session(f.dispatch, true);
    find_owners(sockets, first, &epoch);
    find_owners(sockets, second, &later);
    assert_memory_equal(first, second, sizeof first);
    assert_int_equal(epoch, later);
    for (int i = 0; i < SESSIONS; i++)
        of[first[i]]++;
    for (int k = 0; k < OWNERS; k++)
        assert_in_range(of[k], SESSIONS / OWNERS / 4, SESSIONS / OWNERS * 3);
    leave_owners(sockets);
}

static void only_the_sessions_of_the_lost_move(void **state)
{
    (void)state;
    zsock_t *sockets[OWNERS];
    int before[SESSIONS], after[SESSIONS], again[SESSIONS];
    uint64_t epoch = 0, later = 0, last = 0;
    join_owners(sockets);
    dispatch_by_session(f.dispatch, true);
    find_owners(sockets, before, &epoch);
    const struct ais_address address = ais_address_of("e2");
    const struct ais_msg_goodbye goodbye = { .finished = 1000 };
    zsock_t *lost = sockets[1];
    dispatch_goodbye(f.dispatch, &address, &goodbye);
    sockets[1] = NULL;
    find_owners(sockets, after, &later);
    for (int i = 0; i < SESSIONS; i++) {
        if (before[i] == 1)
            assert_int_not_equal(after[i], 1);
        else
            assert_int_equal(after[i], before[i]);
    }
    assert_int_not_equal(epoch, later);
    const struct ais_msg_ready ready = { 1000, AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of("e2") };
    dispatch_ready(f.dispatch, &address, &ready);
    sockets[1] = lost;
    find_owners(sockets, again, &last);
    assert_memory_equal(before, again, sizeof before);
    assert_int_not_equal(last, later);
    assert_int_not_equal(last, epoch);
    leave_owners(sockets);
}

static void without_a_session_the_key_owns(void **state)
{
    (void)state;
    zsock_t *sockets[OWNERS];
    struct ais_msg_preflight work;
    int with_work = 0;
    join_owners(sockets);
    dispatch_by_session(f.dispatch, true);
    for (int i = 0; i < 8; i++)
        assert_int_equal(submit(new_asker()), AIS_OK);
    for (int k = 0; k < OWNERS; k++)
        with_work += next_work(sockets[k], &work);
    assert_int_equal(with_work, 1);
    leave_owners(sockets);
}

/* A session whose owner has no credit waits for it, in order, and holds up nobody else. */
static void a_full_owner_is_waited_for(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *small = join("e1", 1);
    AUTO(zsock_destroy) zsock_t *large = join("e2", 1000);
    struct ais_msg_preflight work;
    char session[16], mine[16] = "", theirs[16] = "";
    dispatch_by_session(f.dispatch, true);
    for (int i = 0; mine[0] == '\0' || theirs[0] == '\0'; i++) {
        snprintf(session, sizeof session, "s%d", i);
        assert_int_equal(submit_of(session, new_asker()), AIS_OK);
        if (next_work(small, &work))
            snprintf(mine, sizeof mine, "%s", session);
        else if (next_work(large, &work))
            snprintf(theirs, sizeof theirs, "%s", session);
    }
    assert_int_equal(submit_of(mine, new_asker()), AIS_OK);
    assert_int_equal(submit_of(theirs, new_asker()), AIS_OK);
    assert_false(next_work(small, &work));
    assert_true(next_work(large, &work));
    const struct ais_address address = ais_address_of("e1");
    const struct ais_msg_heartbeat beat = { .finished = 1 };
    dispatch_heartbeat(f.dispatch, &address, &beat);
    dispatch_flush(f.dispatch);
    assert_true(next_work(small, &work));
    assert_int_equal(work.dispatch, 2);
    assert_false(next_work(small, &work));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_session_stays_with_one_evaluator),
        TEST(only_the_sessions_of_the_lost_move),
        TEST(without_a_session_the_key_owns),
        TEST(a_full_owner_is_waited_for),
    };
    int failed = cmocka_run_group_tests_name("gateway/dispatch_sessions", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
