/* Searches beside the auditor: this thread is its evaluator, its gateway, and who asks. */
#include "services/auditor/auditor.h"
#include "shared/json/json.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"
#include "tests/unit/seal/memdisk.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { DEADLINE_MS = 5000, PATIENCE_MS = 20000 };

static const char key_text[] = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

static struct fixture {
    struct memdisk *disk;
    struct ais_dir *dir;
    struct ais_keyring *ring;
    zactor_t *auditor;
    zsock_t *evaluator, *gateway, *asker;
    uint64_t ticket;
    struct ais_arena *arena;
} f;

static struct ais_seal_log *open_log(uint32_t retention)
{
    struct ais_seal_log *log = NULL;
    struct ais_seal_log_report *report = calloc(1, sizeof *report);
    assert_non_null(report);
    const struct ais_seal_log_conf conf = { .dir = f.dir,
                                            .ring = f.ring,
                                            .segment_size = 16 << 10,
                                            .retention = retention,
                                            .genesis = "{\"event\":\"log_created\"}" };
    assert_int_equal(ais_seal_log_open(&conf, &log, report, NULL), AIS_OK);
    ais_seal_log_report_done(report);
    free(report);
    return log;
}

static void start_with(uint32_t retention, bool async)
{
    static int count;
    char ring[24];
    struct auditor_conf auditor = {
        .log = open_log(retention), .dir = f.dir, .ring = f.ring, .deadline_ms = DEADLINE_MS, .async = async
    };
    snprintf(ring, sizeof ring, "query%d", ++count);
    ais_endpoints_inproc(&auditor.endpoints, ring);
    assert_int_equal(auditor_start(&auditor, &f.auditor, NULL), AIS_OK);
    assert_int_equal(ais_wire_connect(ZMQ_PUSH, auditor.endpoints.verdicts, 0, NULL, &f.evaluator, NULL), AIS_OK);
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, auditor.endpoints.releases, 0, "gateway-1", &f.gateway, NULL),
                     AIS_OK);
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, auditor.endpoints.logs, 0, "gateway-1", &f.asker, NULL), AIS_OK);
    const struct ais_msg_subscribe subscribe = { AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of("gateway-1") };
    assert_int_equal(ais_send_subscribe(f.gateway, NULL, AIS_GATEWAY, &subscribe), AIS_OK);
}

static void start(uint32_t retention)
{
    start_with(retention, false);
}

static void stop(void)
{
    ais_actor_stop(&f.auditor);
    zsock_destroy(&f.evaluator);
    zsock_destroy(&f.gateway);
    zsock_destroy(&f.asker);
}

/* Has the auditor's reader wait in the middle of the first file that it reads the lines of. */
static struct pause {
    atomic_bool wanted;
    sem_t reached, over;
} pause_of_reader;

static int set_up(void **state)
{
    (void)state;
    f.disk = memdisk_new(1);
    f.dir = memdisk_dir(f.disk);
    f.arena = ais_arena_new(0);
    assert_int_equal(sem_init(&pause_of_reader.reached, 0, 0), 0);
    assert_int_equal(sem_init(&pause_of_reader.over, 0, 0), 0);
    assert_int_equal(ais_keyring_parse(key_text, &f.ring, NULL), AIS_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sem_post(&pause_of_reader.over); /* a test that failed has left it waiting */
    if (f.auditor != NULL)
        stop();
    ais_arena_destroy(&f.arena);
    ais_keyring_destroy(&f.ring);
    ais_dir_close(&f.dir);
    memdisk_destroy(&f.disk);
    return 0;
}

static void receive(zsock_t *socket, struct ais_received *received)
{
    zmq_pollitem_t item = { zsock_resolve(socket), 0, ZMQ_POLLIN, 0 };
    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    assert_int_equal(ais_wire_receive(socket, received), AIS_OK);
}

static void send_record(const char *record)
{
    struct ais_msg_verdict verdict = {
        .dispatch = 1,
        .attempt = 1,
        .deadline_ns = ais_clock_wall() + DEADLINE_MS * AIS_NS_PER_MS,
        .gateway = ais_span_of("gateway-1"),
        .evaluator = ais_span_of("evaluator-1"),
        .answer = ais_span_of("{}"),
    };
    ais_random_uuid7(ais_clock_wall(), verdict.decision_id.bytes);
    verdict.record = ais_span_of(record);
    assert_int_equal(ais_send_verdict(f.evaluator, NULL, AIS_EVALUATOR, &verdict), AIS_OK);
}

static void send_decision(unsigned number, const char *decision)
{
    char record[256];
    snprintf(
        record, sizeof record,
        "{\"event\":\"decision\",\"time\":\"2026-01-31T12:00:00.000000Z\",\"severity\":\"high\",\"decision\":\"%s\","
        "\"tool\":\"tool%u\",\"number\":%u}",
        decision, number % 3, number);
    send_record(record);
}

/* Waits for the next release; its status. */
static unsigned await_status(void)
{
    for (;;) {
        struct ais_received received;
        struct ais_msg_release release;
        receive(f.gateway, &received);
        bool released = ais_msg_release_get(received.frame, received.size, &release) == AIS_OK;
        unsigned status = released ? release.status : 0;
        ais_wire_done(&received);
        if (released)
            return status;
    }
}

static void await_release(void)
{
    assert_int_equal(await_status(), 200);
}

/* Has a decision of this outcome recorded, and waits until it is released. */
static void decide(unsigned number, const char *decision)
{
    send_decision(number, decision);
    await_release();
}

static void send_ask(const char *what, const char *args, size_t args_size)
{
    const struct ais_msg_ask msg = {
        .ticket = ++f.ticket, .what = ais_span_of(what), .args = {args, args_size}
    };
    assert_int_equal(ais_send_ask(f.asker, NULL, AIS_GATEWAY, &msg), AIS_OK);
}

/* The status of the answer to the last question. Its tree is *ret, until the next. */
static unsigned await_answer(const struct ais_json **ret)
{
    static const struct ais_json_limits limits = { .depth = 96 };
    struct ais_received received;
    struct ais_msg_tell tell;
    receive(f.asker, &received);
    assert_int_equal(ais_msg_tell_get(received.frame, received.size, &tell), AIS_OK);
    assert_int_equal(tell.ticket, f.ticket);
    ais_arena_reset(f.arena);
    *ret = NULL;
    if (tell.status == 200)
        assert_int_equal(ais_json_read(f.arena, tell.body.data, tell.body.size, &limits, ret, NULL), AIS_OK);
    unsigned status = tell.status;
    ais_wire_done(&received);
    return status;
}

/* Asks; the status, likewise. */
static unsigned ask(const char *what, const char *args, size_t args_size, const struct ais_json **ret)
{
    send_ask(what, args, args_size);
    return await_answer(ret);
}

#define ASK(args, ret) ask("logs", args, sizeof(args) - 1, ret)

static uint64_t number_at(const struct ais_json *answer, size_t index)
{
    const struct ais_json *record = ais_json_get(answer, "logs")->first;
    uint64_t number = UINT64_MAX;
    while (index-- > 0)
        record = record->next;
    assert_true(ais_json_get_u64(record, "number", &number));
    return number;
}

static size_t count_of(const struct ais_json *answer)
{
    return ais_json_get(answer, "logs")->count;
}

static void who_was_answered_finds_their_record(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1000);
    for (unsigned i = 0; i < 50; i++) {
        decide(i, "allow");
        assert_int_equal(ASK("event\0decision\0limit\0001\0", &answer), 200);
        assert_int_equal(count_of(answer), 1);
        assert_int_equal(number_at(answer, 0), i);
    }
}

static void filters_and_orders_hold(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1000);
    for (unsigned i = 0; i < 20; i++)
        decide(i, i % 4 == 0 ? "block" : "allow");
    assert_int_equal(ASK("decision\0block\0", &answer), 200);
    assert_int_equal(count_of(answer), 5);
    assert_int_equal(number_at(answer, 0), 16);
    assert_int_equal(number_at(answer, 4), 0);
    assert_int_equal(ASK("decision\0block\0order\0asc\0", &answer), 200);
    assert_int_equal(number_at(answer, 0), 0);
    assert_int_equal(ais_json_get(answer, "next_cursor")->kind, AIS_JSON_NULL);
    assert_null(ais_json_get(answer, "damaged"));
    assert_int_equal(ASK("event\0log_created\0", &answer), 200);
    assert_int_equal(count_of(answer), 1);
}

static void check_pages(const char *order)
{
    const struct ais_json *answer;
    char cursor[64] = "";
    uint64_t pages = 0, seen = 0, last = 0;
    for (bool more = true; more; pages++) {
        char args[256];
        int n = cursor[0] == '\0'
                    ? snprintf(args, sizeof args, "event%cdecision%climit%c7%corder%c%s%c", 0, 0, 0, 0, 0, order, 0)
                    : snprintf(args, sizeof args, "event%cdecision%climit%c7%corder%c%s%ccursor%c%s%c", 0, 0, 0, 0, 0,
                               order, 0, 0, cursor, 0);
        assert_int_equal(ask("logs", args, (size_t)n, &answer), 200);
        for (size_t i = 0; i < count_of(answer); i++, seen++) {
            uint64_t number = number_at(answer, i);
            if (seen > 0)
                assert_int_equal(number, order[0] == 'a' ? last + 1 : last - 1);
            last = number;
        }
        more = ais_json_get(answer, "next_cursor")->kind == AIS_JSON_STRING;
        if (more)
            snprintf(cursor, sizeof cursor, "%s", ais_json_get_text(answer, "next_cursor"));
        decide((unsigned)(100 + pages), "allow"); /* what is appended meanwhile does not move pages that were begun */
        if (order[0] == 'a' && seen >= 100)
            break;
    }
    assert_true(seen >= 100);
}

static void pages_are_stable_while_the_log_grows(void **state)
{
    (void)state;
    start(1000);
    for (unsigned i = 0; i < 100; i++)
        decide(i, "allow"); /* several segments */
    check_pages("desc");
}

static void pages_go_up_too(void **state)
{
    (void)state;
    start(1000);
    for (unsigned i = 0; i < 100; i++)
        decide(i, "allow");
    check_pages("asc");
}

static void retention_is_recorded(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1);
    for (unsigned i = 0; i < 150; i++)
        decide(i, "allow");
    assert_int_equal(ASK("event\0retention_deleted,log_rotated\0", &answer), 200);
    assert_true(count_of(answer) >= 2);
}

/* What an answer says of a log that is being written holds together: no number twice, none left out. */
static void check_newest(const char *args, size_t args_size, unsigned step)
{
    const struct ais_json *answer;
    uint64_t last = 0;
    assert_int_equal(ask("logs", args, args_size, &answer), 200);
    assert_null(ais_json_get(answer, "damaged"));
    for (size_t i = 0; i < count_of(answer); i++) {
        uint64_t number = number_at(answer, i);
        if (i > 0)
            assert_int_equal(number, last - step);
        last = number;
    }
}

static void check_searches_beside_writing(uint32_t retention)
{
    enum { DECISIONS = 1200 };
    static const char all[] = "event\0decision\0limit\00050", third[] = "tool\0tool1\0limit\00020",
                      text[] = "q\0TOOL2\0limit\00020";
    const struct ais_json *answer;
    uint64_t total = 0;
    start(retention);
    for (unsigned i = 0; i < DECISIONS; i++) {
        send_decision(i, "allow");
        if (i % 40 != 0)
            continue;
        check_newest(all, sizeof all, 1);
        check_newest(third, sizeof third, 3);
        check_newest(text, sizeof text, 3);
        assert_int_equal(ask("activity", "", 0, &answer), 200);
        assert_true(ais_json_get_u64(answer, "total", &total));
    }
    for (unsigned i = 0; i < DECISIONS; i++)
        await_release();
    check_newest(all, sizeof all, 1);
    assert_int_equal(ask("logs", all, sizeof all, &answer), 200);
    assert_int_equal(number_at(answer, 0), DECISIONS - 1);
}

/* ---- what one session did ---- */

/* A call at this minute of an hour; more: further members. */
static void call(const char *session, int minute, const char *more)
{
    char record[512];
    snprintf(record, sizeof record,
             "{\"event\":\"decision\",\"time\":\"2026-01-31T12:%02d:00.000000Z\",\"severity\":\"low\",\"decision\":"
             "\"allow\",\"allowed\":true,\"decision_id\":\"d%d\",\"caller\":{\"key_id\":\"key_1\"}%s%s,\"tool\":"
             "\"t\",\"reasons\":[]%s}",
             minute, minute, session[0] != '\0' ? "," : "", session, more);
    send_record(record);
    await_release();
}

/* The ids of the calls that are told, as "d1 d2 ", and what is said of those before. */
static void check_session(const char *args, size_t args_size, const char *calls, const char *known_since)
{
    AUTO(ais_buf_done) struct ais_buf got = { 0 };
    const struct ais_json *answer;
    assert_int_equal(ask("session", args, args_size, &answer), 200);
    ais_buf_text(&got, "");
    for (const struct ais_json *one = ais_json_get(answer, "calls")->first; one != NULL; one = one->next)
        ais_buf_format(&got, "%s ", ais_json_get_text(one, "decision_id"));
    ais_buf_add(&got, "", 0);
    assert_string_equal(got.data, calls);
    const char *since = ais_json_get_text(answer, "known_since");
    assert_string_equal(since != NULL ? since : "always", known_since);
    assert_true(ais_json_is(ais_json_get(answer, "damaged"), "false"));
}

#define CHECK_SESSION(args, calls, known_since) check_session(args, sizeof(args) - 1, calls, known_since)
#define SINCE \
    "since\0" \
    "2026-01-31T12:05:00.000000Z\0"
#define COUNTS ",\"correlated\":[{\"rule\":\"r\",\"rulepack\":\"p\"}]"
#define FACTS  ",\"session\":{\"calls\":3,\"tools\":[]}"

static void a_session_is_told_by_itself(void **state)
{
    (void)state;
    start(1000);
    call("\"session_id\":\"s1\"", 1, COUNTS FACTS);
    call("\"session_id\":\"s1\"", 5, COUNTS);
    call("\"session_id\":\"s2\"", 6, COUNTS);
    call("", 7, COUNTS);
    call("\"session_id\":\"key_1\"", 8, COUNTS);
    call("\"session_id\":\"s1\"", 9, "");
    call("\"session_id\":\"s1\"", 10, COUNTS);
    CHECK_SESSION("session\0s1\0" SINCE, "d10 d5 ", "always");
    CHECK_SESSION("session\0s2\0" SINCE, "d6 ", "always");
    CHECK_SESSION("session\0nobody\0" SINCE, "", "always");
    CHECK_SESSION("key\0key_1\0" SINCE, "d7 ", "always");
    CHECK_SESSION("session\0s1\0" SINCE "facts\0"
                  "1\0",
                  "d10 d9 d5 d1 ", "always"); /* back to the first that tells */
    CHECK_SESSION("session\0s2\0" SINCE "facts\0"
                  "1\0",
                  "d6 ", "always");
}

/* A record in which something of the session was masked is of the session as well, in its place among the others. */
static void a_session_is_told_under_both_its_names(void **state)
{
    (void)state;
    start(1000);
    call("\"session_id\":\"s1\"", 5, COUNTS FACTS);
    call("\"session_id\":\"masked:session_id:01\"", 6, COUNTS);
    call("\"session_id\":\"masked:session_id:02\"", 7, COUNTS);
    call("\"session_id\":\"s1\"", 8, COUNTS);
    call("\"session_id\":\"masked:session_id:01\"", 9, COUNTS);
    CHECK_SESSION("session\0s1\0masked\0masked:session_id:01\0" SINCE, "d9 d8 d6 d5 ", "always");
    CHECK_SESSION("session\0s1\0masked\0masked:session_id:01\0" SINCE "facts\0"
                  "1\0",
                  "d9 d8 d6 d5 ", "always");
    CHECK_SESSION("session\0s1\0" SINCE, "d8 d5 ", "always");
    CHECK_SESSION("session\0s2\0masked\0masked:session_id:02\0" SINCE, "d7 ", "always");
}

static void another_mask_key(int minute)
{
    char record[320];
    snprintf(record, sizeof record,
             "{\"event\":\"integrity_fault\",\"time\":\"2026-01-31T12:%02d:00.000000Z\",\"severity\":\"critical\","
             "\"details\":"
             "{\"faults\":1,\"places\":[{\"file\":\"mask.key\",\"line\":0,\"fault\":\"other\",\"reason\":\"r\"}]}}",
             minute);
    send_record(record);
    await_release();
}

/* What was masked under another key is not found: a session is known from there on, and no call before tells all. */
static void a_session_is_known_from_the_last_mask_key_on(void **state)
{
    (void)state;
    start(1000);
    call("\"session_id\":\"s1\"", 6, COUNTS FACTS);
    CHECK_SESSION("session\0s1\0masked\0m\0" SINCE, "d6 ", "always");
    another_mask_key(7);
    CHECK_SESSION("session\0s1\0masked\0m\0" SINCE, "d6 ", "2026-01-31T12:07:00.000000Z");
    CHECK_SESSION("session\0s1\0" SINCE, "d6 ", "always"); /* nothing is masked */
    CHECK_SESSION("key\0key_1\0" SINCE, "", "always");
    const struct ais_json *answer;
    static const char facts[] = "session\0s1\0masked\0m\0" SINCE "facts\0"
                                "1\0";
    assert_int_equal(ask("session", facts, sizeof facts - 1, &answer), 200);
    assert_null(ais_json_get(ais_json_get(answer, "calls")->first, "session"));
    call("\"session_id\":\"s1\"", 8, COUNTS FACTS);
    assert_int_equal(ask("session", facts, sizeof facts - 1, &answer), 200);
    assert_non_null(ais_json_get(ais_json_get(answer, "calls")->first, "session"));
}

/* Of a clock that was set back for a while, and is right again: numbers tell the order, times what counts. */
static void a_session_is_told_whatever_the_clock_did(void **state)
{
    (void)state;
    start(1000);
    call("\"session_id\":\"s1\"", 4, COUNTS FACTS);
    call("\"session_id\":\"s1\"", 7, COUNTS FACTS);
    call("\"session_id\":\"s1\"", 8, FACTS);
    call("\"session_id\":\"s1\"", 1, COUNTS FACTS);
    call("\"session_id\":\"s1\"", 2, COUNTS FACTS);
    CHECK_SESSION("session\0s1\0" SINCE, "d7 ", "always");
    CHECK_SESSION("session\0s1\0" SINCE "facts\0"
                  "1\0",
                  "d2 d7 ", "always");
    call("\"session_id\":\"s1\"", 9, COUNTS FACTS);
    CHECK_SESSION("session\0s1\0" SINCE "facts\0"
                  "1\0",
                  "d9 d7 ", "always");
}

static void what_retention_took_is_said(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1);
    for (unsigned i = 0; i < 150; i++)
        decide(i, "allow");
    assert_int_equal(ask("session", "session\0s1\0" SINCE, sizeof("session\0s1\0" SINCE) - 1, &answer), 200);
    assert_string_equal(ais_json_get_text(answer, "known_since"), "2026-01-31T12:00:00.000000Z");
}

static void a_session_is_asked_for_rightly(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1000);
    assert_int_equal(ask("session", SINCE, sizeof(SINCE) - 1, &answer), 400);
    assert_int_equal(ask("session", "session\0s\0", 10, &answer), 400);
    assert_int_equal(ask("session", "session\0s\0key\0k\0" SINCE, sizeof("session\0s\0key\0k\0" SINCE) - 1, &answer),
                     400);
    assert_int_equal(ask("session", "key\0s\0masked\0k\0" SINCE, sizeof("key\0s\0masked\0k\0" SINCE) - 1, &answer),
                     400);
    assert_int_equal(ask("session", "sesion\0s\0" SINCE, sizeof("sesion\0s\0" SINCE) - 1, &answer), 400);
}

static void searches_hold_together_while_the_log_is_written(void **state)
{
    (void)state;
    check_searches_beside_writing(100);
}

static void searches_hold_together_while_retention_deletes(void **state)
{
    (void)state;
    check_searches_beside_writing(2);
}

/* After a sync that failed, records move to another file, under the numbers that they had. */
static void what_was_released_is_found_after_failed_syncs(void **state)
{
    (void)state;
    enum { DECISIONS = 60 };
    const struct ais_json *answer;
    bool released[DECISIONS];
    start_with(1000, true);
    for (unsigned i = 0; i < DECISIONS; i++) {
        if (i % 10 == 9)
            memdisk_fail(f.disk, 2, 1, EIO);
        send_decision(i, "allow");
        released[i] = await_status() == 200;
    }
    int64_t patience = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    do { /* until all is well, or was */
        assert_true(ais_clock_mono() < patience);
        assert_int_equal(ASK("event\0storage_failed,storage_recovered\0", &answer), 200);
    } while (count_of(answer) == 0 || count_of(answer) % 2 != 0);
    assert_int_equal(ASK("event\0decision\0order\0asc\0limit\0001000\0", &answer), 200);
    const struct ais_json *record = ais_json_get(answer, "logs")->first;
    for (uint64_t i = 0; i < DECISIONS; i++) {
        uint64_t number = UINT64_MAX;
        if (record != NULL)
            assert_true(ais_json_get_u64(record, "number", &number));
        if (released[i])
            assert_int_equal(number, i);
        if (number == i)
            record = record->next;
    }
    assert_null(record);
}

/* ---- Beside a change of the key ---- */

static void hold_reader(void *context, const char *name)
{
    char thread[16] = "";
    (void)context;
    pthread_getname_np(pthread_self(), thread, sizeof thread);
    if (strcmp(thread, "auditor-reader") != 0 || strcmp(name, AIS_SEAL_LOG_ACTIVE) == 0 ||
        !atomic_exchange(&pause_of_reader.wanted, false))
        return;
    sem_post(&pause_of_reader.reached);
    while (sem_wait(&pause_of_reader.over) != 0)
        continue;
}

static void await(sem_t *semaphore)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    assert_int_equal(sem_timedwait(semaphore, &until), 0);
}

/* What the auditor tells of sealing anew within so many milliseconds; false: nothing. */
static bool hear_resealed(int within_ms, struct ais_msg_resealed *ret)
{
    int64_t until = ais_clock_mono() + within_ms * AIS_NS_PER_MS;
    for (int64_t left = until - ais_clock_mono(); left > 0; left = until - ais_clock_mono()) {
        struct ais_received received;
        zmq_pollitem_t item = { zsock_resolve(f.gateway), 0, ZMQ_POLLIN, 0 };
        if (zmq_poll(&item, 1, (long)(left / AIS_NS_PER_MS)) != 1)
            continue;
        assert_int_equal(ais_wire_receive(f.gateway, &received), AIS_OK);
        bool heard = ais_msg_resealed_get(received.frame, received.size, ret) == AIS_OK;
        ais_wire_done(&received);
        if (heard)
            return true;
    }
    return false;
}

/* A new key seals, and the auditor is asked to seal the log anew. *ret opens with that key alone. */
static void begin_key_change(struct ais_keyring **ret)
{
    const struct ais_msg_reseal msg = { .round = 1, .sender = ais_span_of("gateway-1") };
    char made[AIS_KEY_TEXT_SIZE];
    size_t index = 0;
    ais_keyring_generate(made);
    assert_int_equal(ais_keyring_parse(made, ret, NULL), AIS_OK);
    assert_int_equal(ais_keyring_add(f.ring, made, &index, NULL), AIS_OK);
    ais_keyring_seal_with(f.ring, index);
    assert_int_equal(ais_send_reseal(f.evaluator, NULL, AIS_REGISTRY, &msg), AIS_OK);
}

/* Until no file is under the old key any more. Whether the auditor says that it is through, by then or soon after. */
static bool await_resealed(const struct ais_keyring *young)
{
    enum { SOON_MS = 1000 };
    int64_t patience = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    struct ais_msg_resealed msg = { .finished = 0 };
    struct ais_seal_verdict verdict = { .faults = 1 };
    do {
        enum ais_err err = ais_seal_log_verify(f.dir, young, NULL, NULL, NULL, NULL, &verdict, NULL);
        assert_true(err == AIS_OK || err == AIS_E_KEY);
        assert_true(ais_clock_mono() < patience);
    } while (verdict.faults > 0);
    while (msg.finished == 0 && hear_resealed(SOON_MS, &msg))
        continue;
    return msg.finished != 0;
}

/* A search that was begun under the old key, and has one of its files open, needs that key to its end. */
static void the_old_key_is_needed_until_searches_have_ended(void **state)
{
    (void)state;
    enum { DECISIONS = 200 };
    static const char all[] = "event\0decision\0limit\0001000\0order\0asc";
    const struct ais_json *answer;
    struct ais_msg_resealed msg = { .finished = 0 };
    AUTO(ais_keyring_destroy) struct ais_keyring *young = NULL;
    memdisk_watch(f.disk, hold_reader, NULL);
    start(1000);
    for (unsigned i = 0; i < DECISIONS; i++)
        decide(i, "allow");
    atomic_store(&pause_of_reader.wanted, true);
    send_ask("logs", all, sizeof all);
    await(&pause_of_reader.reached);
    begin_key_change(&young);
    bool finished = await_resealed(young);
    if (finished)
        ais_keyring_retire(f.ring, 0);
    sem_post(&pause_of_reader.over);
    assert_int_equal(await_answer(&answer), 200);
    assert_null(ais_json_get(answer, "damaged"));
    assert_int_equal(count_of(answer), DECISIONS);
    while (!finished && msg.finished == 0)
        assert_true(hear_resealed(PATIENCE_MS, &msg));
    if (!finished)
        ais_keyring_retire(f.ring, 0);
    assert_int_equal(ask("logs", all, sizeof all, &answer), 200);
    assert_null(ais_json_get(answer, "damaged"));
    assert_int_equal(count_of(answer), DECISIONS);
}

static void windows_are_checked(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1000);
    decide(1, "block");
    assert_int_equal(ask("activity", "window\0001h\0", 10, &answer), 200);
    assert_string_equal(ais_json_get_text(answer, "window"), "1h");
    assert_int_equal(ask("activity", "window\0ever\0", 12, &answer), 400);
    assert_int_equal(ask("activity", "wind\0001h\0", 8, &answer), 400);
    assert_int_equal(ask("activity", "window\0001h\0window\0001h\0", 20, &answer), 400);
}

static void damage_is_named_and_hides_nothing_else(void **state)
{
    (void)state;
    const struct ais_json *answer;
    size_t n = 0;
    start(1000);
    for (unsigned i = 0; i < 100; i++)
        decide(i, "allow");
    unsigned char *bytes = memdisk_bytes(f.disk, AIS_SEAL_LOG_ACTIVE, &n); /* rotated ones are being packed */
    const unsigned char *second = memchr(bytes, '\n', n);
    bytes[second - bytes + 41] ^= 1;
    assert_int_equal(ASK("limit\0001000\0event\0decision\0", &answer), 200);
    assert_int_equal(count_of(answer), 99);
    assert_non_null(strstr(ais_json_get(answer, "damaged")->first->text, "audit_logs.enc:2: "));
}

/* Asks until so many faults are recorded. */
static const struct ais_json *await_faults(size_t count)
{
    const struct ais_json *answer;
    int64_t end_ns = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    do {
        assert_int_equal(ASK("event\0integrity_fault\0order\0asc\0", &answer), 200);
        assert_true(ais_clock_mono() < end_ns);
    } while (count_of(answer) < count);
    assert_int_equal(count_of(answer), count);
    return ais_json_get(answer, "logs")->first;
}

static void expect_place(const struct ais_json *record, const char *file, const char *fault)
{
    const struct ais_json *place = ais_json_get(ais_json_get(record, "details"), "places")->first;
    assert_string_equal(ais_json_get_text(place, "file"), file);
    assert_non_null(strstr(ais_json_get_text(place, "fault"), fault));
}

static void expect_damaged(const struct ais_json *answer, const char *text)
{
    const struct ais_json *damaged = ais_json_get(answer, "damaged");
    assert_non_null(damaged);
    for (const struct ais_json *line = damaged->first; line != NULL; line = line->next)
        if (strstr(line->text, text) != NULL)
            return;
    fail_msg("no answer names '%s'", text);
}

/* What happened to files while nobody watched is recorded at a start, a file at a time, and answers name it. */
static void faults_of_rotated_files_are_recorded_at_a_start(void **state)
{
    (void)state;
    const struct ais_json *answer, *record;
    size_t n = 0;
    start(1000);
    for (unsigned i = 0; i < 400; i++)
        decide(i, "allow");
    stop();
    assert_non_null(memdisk_bytes(f.disk, "audit_logs.7.enc", &n));
    memdisk_remove(f.disk, "audit_logs.2.enc");
    memdisk_bytes(f.disk, "audit_logs.4.enc", &n)[40] ^= 1;
    memdisk_put(f.disk, "audit_logs.6.enc", "", 0);
    start(1000);
    record = await_faults(3);
    expect_place(record, "audit_logs.3.enc", "audit_logs.2.enc before it is missing");
    expect_place(record->next, "audit_logs.4.enc", "");
    expect_place(record->next->next, "audit_logs.6.enc", "holds no commit");
    assert_int_equal(ASK("limit\0001000\0", &answer), 200);
    expect_damaged(answer, "audit_logs.3.enc:1: audit_logs.2.enc before it is missing");
    expect_damaged(answer, "audit_logs.4.enc:1: ");
    expect_damaged(answer, "audit_logs.6.enc:1: holds no commit");
}

/* A later start records what is new, and answers name all of it. */
static void faults_of_rotated_files_are_recorded_once(void **state)
{
    (void)state;
    const struct ais_json *answer, *record;
    size_t n = 0;
    start(1000);
    for (unsigned i = 0; i < 400; i++)
        decide(i, "allow");
    for (unsigned again = 0; again < 3; again++) {
        static const char *const later[] = { "audit_logs.5.enc", "audit_logs.6.enc", "audit_logs.7.enc" };
        stop();
        memdisk_put(f.disk, later[again], "", 0);
        if (again == 0) {
            memdisk_remove(f.disk, "audit_logs.2.enc");
            memdisk_bytes(f.disk, "audit_logs.4.enc", &n)[40] ^= 1;
        }
        start(1000);
        record = await_faults(3 + again); /* files are told of from the oldest on, and in one go */
        expect_place(record, "audit_logs.3.enc", "audit_logs.2.enc before it is missing");
        expect_place(record->next, "audit_logs.4.enc", "");
        record = record->next->next;
        for (unsigned i = 0; i <= again; i++, record = record->next)
            expect_place(record, later[i], "holds no commit");
        assert_int_equal(ASK("limit\0001000\0", &answer), 200);
        expect_damaged(answer, "audit_logs.3.enc:1: audit_logs.2.enc before it is missing");
        expect_damaged(answer, "audit_logs.4.enc:1: ");
        expect_damaged(answer, "holds no commit");
    }
}

/* The active file's name passes on, and the record of what is wrong with it stands in it. */
static void a_gap_before_the_active_file_is_recorded_once(void **state)
{
    (void)state;
    const struct ais_json *record;
    unsigned newest = 1;
    char name[32], next[32] = "audit_logs.1.enc";
    size_t n = 0;
    start(1000);
    for (unsigned i = 0; i < 300; i++)
        decide(i, "allow");
    stop();
    do {
        memcpy(name, next, sizeof name);
        snprintf(next, sizeof next, "audit_logs.%u.enc", ++newest);
    } while (memdisk_bytes(f.disk, next, &n) != NULL);
    memdisk_remove(f.disk, name);
    start(1000);
    expect_place(await_faults(1), AIS_SEAL_LOG_ACTIVE, "before it is missing");
    stop();
    memdisk_put(f.disk, "audit_logs.2.enc", "", 0);
    start(1000);
    record = await_faults(2);
    expect_place(record, AIS_SEAL_LOG_ACTIVE, "before it is missing");
    expect_place(record->next, "audit_logs.2.enc", "holds no commit");
}

/* Who stops before a start has looked at all files loses nothing by it: the next start says it. */
static void a_stop_before_the_look_leaves_it_to_the_next_start(void **state)
{
    (void)state;
    const struct ais_json *answer;
    size_t n = 0;
    start(1000);
    for (unsigned i = 0; i < 200; i++)
        decide(i, "allow");
    stop();
    memdisk_bytes(f.disk, "audit_logs.2.enc", &n)[40] ^= 1;
    start(1000);
    stop();
    start(1000);
    int64_t patience = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    do { /* once, or twice where the first start was quick */
        assert_true(ais_clock_mono() < patience);
        assert_int_equal(ASK("event\0integrity_fault\0", &answer), 200);
    } while (count_of(answer) == 0);
    expect_place(ais_json_get(answer, "logs")->first, "audit_logs.2.enc", "");
}

static void a_break_of_the_chain_is_recorded_at_a_start(void **state)
{
    (void)state;
    const struct ais_json *record;
    size_t n = 0;
    start(1000);
    for (unsigned i = 0; i < 300; i++)
        decide(i, "allow");
    stop();
    memdisk_remove(f.disk, "audit_logs.1.enc");
    unsigned char *bytes = memdisk_bytes(f.disk, "audit_logs.3.enc", &n), *last = bytes + n - 1;
    while (last > bytes && last[-1] != '\n')
        last--;
    bool packed = last == bytes; /* into one line, which is all there is */
    memdisk_cut(f.disk, "audit_logs.3.enc", (size_t)(last - bytes));
    start(1000);
    record = await_faults(2);
    expect_place(record, "audit_logs.2.enc", "audit_logs.1.enc before it is missing, and no deletion");
    expect_place(record->next, packed ? "audit_logs.3.enc" : "audit_logs.4.enc",
                 packed ? "holds no commit" : "are missing before it");
}

/* One bit of the active file's second line. */
static void damage_the_active_file(void)
{
    size_t n = 0;
    for (unsigned i = 0; i < 5; i++)
        decide(i, "allow");
    unsigned char *bytes = memdisk_bytes(f.disk, AIS_SEAL_LOG_ACTIVE, &n);
    const unsigned char *second = memchr(bytes, '\n', n);
    bytes[second - bytes + 41] ^= 1;
}

static void damage_that_rotates_is_recorded_by_who_packs(void **state)
{
    (void)state;
    const struct ais_json *record;
    start(1000);
    damage_the_active_file();
    for (unsigned i = 0; i < 100; i++)
        decide(i, "allow");
    record = await_faults(1);
    expect_place(record, "audit_logs.1.enc", "");
    stop();
    memdisk_put(f.disk, "audit_logs.2.enc", "", 0);
    start(1000); /* its look and its packer meet the first file again, of which a record tells */
    record = await_faults(2);
    expect_place(record->next, "audit_logs.2.enc", "holds no commit");
}

static void damage_that_a_key_change_meets_is_recorded_once(void **state)
{
    (void)state;
    struct ais_msg_resealed msg = { .finished = 0 };
    AUTO(ais_keyring_destroy) struct ais_keyring *young = NULL;
    start(1000);
    damage_the_active_file();
    begin_key_change(&young);
    while (msg.finished == 0)
        assert_true(hear_resealed(PATIENCE_MS, &msg));
    assert_int_equal(msg.unopened, 1);
    expect_place(await_faults(1), "audit_logs.1.enc", "");
    for (unsigned i = 0; i < 100; i++) /* the packer meets it too */
        decide(i, "allow");
    await_faults(1);
}

/* Nobody packs it again: the reader sees that the file has changed. */
static void damage_of_a_packed_file_is_recorded_while_it_runs(void **state)
{
    (void)state;
    enum { SMALLER = 12 << 10 };
    int64_t patience = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    size_t n = SMALLER;
    char copy[SMALLER];
    start(1000);
    for (unsigned i = 0; i < 100; i++)
        decide(i, "allow");
    const unsigned char *bytes = memdisk_bytes(f.disk, "audit_logs.1.enc", &n);
    while (bytes == NULL || n >= SMALLER) {
        assert_true(ais_clock_mono() < patience);
        bytes = memdisk_bytes(f.disk, "audit_logs.1.enc", &n);
    }
    memcpy(copy, bytes, n);
    copy[40] ^= 1;
    memdisk_put(f.disk, "audit_logs.1.enc", copy, n);
    expect_place(await_faults(1), "audit_logs.1.enc", "");
}

static void wrong_questions_are_refused(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1000);
    assert_int_equal(ASK("limit\0many\0", &answer), 400);
    assert_int_equal(ASK("colour\0red\0", &answer), 400);
    assert_int_equal(ASK("limit\0", &answer), 400);
    assert_int_equal(ASK("limit", &answer), 400);
    assert_int_equal(ASK("limit\0005\0limit\0006\0", &answer), 400);
    assert_int_equal(ask("metrics", "", 0, &answer), 404);
    assert_int_equal(ASK("", &answer), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        TEST(who_was_answered_finds_their_record),
        TEST(filters_and_orders_hold),
        TEST(pages_are_stable_while_the_log_grows),
        TEST(pages_go_up_too),
        TEST(retention_is_recorded),
        TEST(damage_is_named_and_hides_nothing_else),
        TEST(faults_of_rotated_files_are_recorded_at_a_start),
        TEST(faults_of_rotated_files_are_recorded_once),
        TEST(a_gap_before_the_active_file_is_recorded_once),
        TEST(a_stop_before_the_look_leaves_it_to_the_next_start),
        TEST(a_break_of_the_chain_is_recorded_at_a_start),
        TEST(damage_that_rotates_is_recorded_by_who_packs),
        TEST(damage_that_a_key_change_meets_is_recorded_once),
        TEST(damage_of_a_packed_file_is_recorded_while_it_runs),
        TEST(wrong_questions_are_refused),
        TEST(the_old_key_is_needed_until_searches_have_ended),
        TEST(windows_are_checked),
        TEST(what_was_released_is_found_after_failed_syncs),
        TEST(a_session_is_told_by_itself),
        TEST(a_session_is_told_under_both_its_names),
        TEST(a_session_is_known_from_the_last_mask_key_on),
        TEST(a_session_is_told_whatever_the_clock_did),
        TEST(what_retention_took_is_said),
        TEST(a_session_is_asked_for_rightly),
        TEST(searches_hold_together_while_the_log_is_written),
        TEST(searches_hold_together_while_retention_deletes),
    };
    int failed = cmocka_run_group_tests_name("flows/auditor_query", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
