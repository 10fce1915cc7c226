/* Dispatch against evaluators that are sockets of this thread: what is sent, held, retried, dropped and refused. */
#include "gateway/dispatch.h"
#include "shared/actor/actor.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

enum { DEADLINE_MS = 200 };

struct answered {
    struct dispatch_asker asker; /* first: the asker is this */
    int count;
    unsigned status;
    char text[128];
};

/* Askers outlive their test, as the teardown answers what still waits. */
static struct answered askers[DISPATCH_PENDING_MAX + 1];
static size_t asker_count;

static struct fixture {
    zsock_t *work;
    struct ais_access *access;
    const struct ais_access_key *caller;
    struct dispatch *dispatch;
    int64_t now_ns;
} f;

static char endpoint[32];

static void on_answer(struct dispatch_asker *asker, unsigned status, const char *text, size_t n)
{
    struct answered *self = (struct answered *)asker;
    self->count++;
    self->status = status;
    snprintf(self->text, sizeof self->text, "%.*s", (int)n, text);
}

static void pass_ms(int ms)
{
    f.now_ns += ms * AIS_NS_PER_MS;
    ais_clock_freeze(1, f.now_ns, f.now_ns);
}

static int set_up(void **state)
{
    static int count;
    (void)state;
    struct ais_access_key key = { .id = "key_1", .name = "test", .scopes = AIS_SCOPE_PREFLIGHT };
    const uint8_t hash_key[AIS_API_KEY_HASH_KEY_SIZE] = { 1 };
    size_t keys;
    snprintf(endpoint, sizeof endpoint, "inproc://dispatch-%d", ++count);
    f.now_ns = 1700000000 * AIS_NS_PER_S;
    pass_ms(0);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, endpoint, 0, &f.work, NULL), AIS_OK);
    assert_int_equal(ais_access_new(hash_key, &key, 1, &f.access, NULL), AIS_OK);
    f.caller = ais_access_keys(f.access, &keys);
    const struct dispatch_conf conf = { .gateway = "gateway-1", .work = f.work, .deadline_ms = DEADLINE_MS };
    f.dispatch = dispatch_new(&conf);
    assert_non_null(f.dispatch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dispatch_destroy(&f.dispatch);
    asker_count = 0;
    ais_access_unref(&f.access);
    zsock_destroy(&f.work);
    ais_clock_freeze(0, 0, 0);
    return 0;
}

static struct answered *new_asker(void)
{
    struct answered *asker = &askers[asker_count++];
    *asker = (struct answered){ .asker = { on_answer } };
    return asker;
}

static enum ais_err submit_body(const char *body, size_t size, const char *session, struct answered *answered)
{
    const struct dispatch_job job = {
        .body = body, .size = size, .access = f.access, .caller = f.caller, .session_id = ais_span_of(session)
    };
    enum ais_err err = dispatch_submit(f.dispatch, &job, &answered->asker);
    dispatch_flush(f.dispatch);
    return err;
}

static enum ais_err submit_of(const char *session, struct answered *answered)
{
    return submit_body("{}", 2, session, answered);
}

static enum ais_err submit(struct answered *answered)
{
    return submit_of("", answered);
}

static zsock_t *join(const char *name, uint32_t credit)
{
    zsock_t *socket = NULL;
    const struct ais_address address = ais_address_of(name);
    const struct ais_msg_ready ready = { credit, AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of(name) };
    struct ais_received received;
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, endpoint, 0, name, &socket, NULL), AIS_OK);
    assert_int_equal(ais_send_ready(socket, NULL, AIS_EVALUATOR, &ready), AIS_OK);
    assert_int_equal(ais_wire_receive(f.work, &received), AIS_OK); /* so that the ROUTER knows the address */
    ais_wire_done(&received);
    dispatch_ready(f.dispatch, &address, &ready);
    return socket;
}

/* The next PREFLIGHT on an evaluator's socket, without its texts; false when there is none. Heartbeats are passed over.
 */
static bool next_work(zsock_t *socket, struct ais_msg_preflight *ret)
{
    struct ais_received received;
    while (ais_wire_receive(socket, &received) == AIS_OK) {
        bool found = ais_msg_preflight_get(received.frame, received.size, ret) == AIS_OK;
        ais_wire_done(&received);
        if (found)
            return true;
    }
    return false;
}

static struct ais_msg_release release_of(const struct ais_msg_preflight *work, const char *evaluator)
{
    struct ais_msg_release release = {
        .decision_id = work->decision_id,
        .nonce = work->nonce,
        .dispatch = work->dispatch,
        .status = 200,
        .evaluator = ais_span_of(evaluator),
        .answer = ais_span_of("{\"allowed\":true}"),
    };
    /* BLAKE2b-256 of "{}" */
    static const uint8_t digest[32] = { 0xc0, 0x9d, 0xa5, 0x22, 0xda, 0xc2, 0x61, 0xc3, 0xd2, 0x56, 0x62,
                                        0x30, 0xbe, 0xd1, 0x0d, 0x2f, 0x3e, 0xf1, 0x3f, 0x8e, 0x76, 0x54,
                                        0x57, 0x6c, 0x12, 0xe8, 0x57, 0xe0, 0x7f, 0x78, 0x60, 0x98 };
    memcpy(release.digest.bytes, digest, sizeof digest);
    return release;
}

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

static void the_end_answers_what_waits(void **state)
{
    (void)state;
    struct answered *asked = new_asker();
    assert_int_equal(submit(asked), AIS_OK);
    dispatch_destroy(&f.dispatch);
    assert_int_equal(asked->status, 503);
}

/* ---- sessions ---- */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_released_decision_reaches_its_asker),
        TEST(another_nonce_is_dropped),
        TEST(another_digest_is_dropped),
        TEST(never_more_is_sent_than_credit),
        TEST(the_silent_lose_their_work_to_another),
        TEST(a_standstill_of_our_own_is_nobodys_silence),
        TEST(what_silences_two_evaluators_gets_no_third),
        TEST(a_goodbye_gives_back_only_what_is_unfinished),
        TEST(past_the_deadline_it_is_not_able_to_decide),
        TEST(it_is_awake_for_a_millisecond_where_one_request_waits_alone),
        TEST(a_full_house_refuses_at_once),
        TEST(a_house_full_of_bytes_refuses_at_once),
        TEST(a_release_without_an_answer_is_no_decision),
        TEST(another_version_is_turned_away),
        TEST(a_session_stays_with_one_evaluator),
        TEST(only_the_sessions_of_the_lost_move),
        TEST(without_a_session_the_key_owns),
        TEST(a_full_owner_is_waited_for),
        TEST(large_bodies_do_not_hold_up_others),
        cmocka_unit_test_prestate_setup_teardown(large_bodies_do_not_hold_up_others, set_up, tear_down, endpoint),
        TEST(a_lost_evaluator_frees_the_large),
        TEST(a_later_release_finishes_no_earlier_request),
        TEST(the_end_answers_what_waits),
    };
    int failed = cmocka_run_group_tests_name("gateway/dispatch", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
