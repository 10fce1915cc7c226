/* The auditor with a log on a memory disk: this thread is its evaluator and its gateway. */
#include "services/auditor/auditor.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"
#include "tests/unit/seal/memdisk.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>

enum { DEADLINE_MS = 5000, PATIENCE_MS = 20000 };

static const char key_text[] = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

static struct fixture {
    struct memdisk *disk;
    struct ais_dir *dir;
    struct ais_keyring *ring;
    struct ais_endpoints endpoints;
    zactor_t *auditor;
    zsock_t *evaluator, *gateway;
} f;

static void start(bool async)
{
    static int count;
    char ring[16];
    struct ais_seal_log *log = NULL;
    struct ais_seal_log_report *report = calloc(1, sizeof *report);
    assert_non_null(report);
    const struct ais_seal_log_conf conf = {
        .dir = f.dir, .ring = f.ring, .segment_size = 64 << 10, .retention = 1000, .genesis = "{\"event\":\"test\"}"
    };
    assert_int_equal(ais_seal_log_open(&conf, &log, report, NULL), AIS_OK);
    ais_seal_log_report_done(report);
    free(report);
    snprintf(ring, sizeof ring, "flow%d", ++count);
    ais_endpoints_inproc(&f.endpoints, ring);
    const struct auditor_conf auditor = {
        .endpoints = f.endpoints, .log = log, .dir = f.dir, .ring = f.ring, .deadline_ms = DEADLINE_MS, .async = async
    };
    assert_int_equal(auditor_start(&auditor, &f.auditor, NULL), AIS_OK);
    assert_int_equal(ais_wire_connect(ZMQ_PUSH, f.endpoints.verdicts, 0, NULL, &f.evaluator, NULL), AIS_OK);
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, f.endpoints.releases, 0, "gateway-1", &f.gateway, NULL), AIS_OK);
    const struct ais_msg_subscribe subscribe = { AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of("gateway-1") };
    assert_int_equal(ais_send_subscribe(f.gateway, NULL, AIS_GATEWAY, &subscribe), AIS_OK);
}

static void stop(void)
{
    ais_actor_stop(&f.auditor);
    zsock_destroy(&f.evaluator);
    zsock_destroy(&f.gateway);
}

static int set_up(void **state)
{
    (void)state;
    f.disk = memdisk_new(1);
    f.dir = memdisk_dir(f.disk);
    assert_int_equal(ais_keyring_parse(key_text, &f.ring, NULL), AIS_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stop();
    ais_keyring_destroy(&f.ring);
    ais_dir_close(&f.dir);
    memdisk_destroy(&f.disk);
    return 0;
}

/* ---- evaluator ---- */

struct said {
    struct ais_id id;
    char uuid[AIS_UUID_SIZE];
    char record[128];
    struct ais_msg_verdict verdict;
};

static void say(struct said *said, const char *answer)
{
    *said = (struct said){ 0 };
    ais_random_uuid7(ais_clock_wall(), said->id.bytes);
    ais_uuid_text(said->id.bytes, said->uuid);
    snprintf(said->record, sizeof said->record, "{\"event\":\"decision\",\"decision_id\":\"%s\"}", said->uuid);
    said->verdict = (struct ais_msg_verdict){
        .decision_id = said->id,
        .dispatch = 1,
        .attempt = 1,
        .received_ns = ais_clock_wall(),
        .deadline_ns = ais_clock_wall() + DEADLINE_MS * AIS_NS_PER_MS,
        .gateway = ais_span_of("gateway-1"),
        .evaluator = ais_span_of("evaluator-1"),
        .answer = ais_span_of(answer),
        .record = ais_span_of(said->record),
    };
}

static void send_verdict(const struct said *said)
{
    assert_int_equal(ais_send_verdict(f.evaluator, NULL, AIS_EVALUATOR, &said->verdict), AIS_OK);
}

/* ---- gateway ---- */

struct heard {
    struct ais_id id;
    unsigned status;
    char answer[64];
};

/* The next message of the gateway; false when none comes. */
static bool hear(int ms, struct heard *release, struct ais_msg_state *state)
{
    struct ais_received received;
    struct ais_msg_release msg;
    zmq_pollitem_t item = { zsock_resolve(f.gateway), 0, ZMQ_POLLIN, 0 };
    if (zmq_poll(&item, 1, ms) != 1)
        return false;
    assert_int_equal(ais_wire_receive(f.gateway, &received), AIS_OK);
    if (ais_msg_release_get(received.frame, received.size, &msg) == AIS_OK) {
        release->id = msg.decision_id;
        release->status = msg.status;
        ais_span_copy(msg.answer, release->answer, sizeof release->answer);
    } else {
        assert_int_equal(ais_msg_state_get(received.frame, received.size, state), AIS_OK);
    }
    ais_wire_done(&received);
    return true;
}

static struct heard next_release(void)
{
    struct heard heard = { .status = 0 };
    struct ais_msg_state state;
    while (heard.status == 0)
        assert_true(hear(PATIENCE_MS, &heard, &state));
    return heard;
}

static void wait_for_storage(bool ok)
{
    struct ais_msg_state state = { .storage_ok = ok ? 0 : 1 };
    struct heard heard;
    while ((state.storage_ok == 1) != ok)
        assert_true(hear(PATIENCE_MS, &heard, &state));
}

/* ---- the log ---- */

/* How many records of the log hold this text. */
static size_t count_records(const char *text)
{
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    struct ais_seal_commit commit;
    size_t count = 0;
    assert_int_equal(ais_seal_reader_new(f.dir, f.ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, 0, NULL), AIS_OK);
    while (ais_seal_reader_next(reader, &commit, NULL) == AIS_OK) {
        for (const struct ais_json *record = commit.records->first; record != NULL; record = record->next)
            count += memmem(commit.payload + record->begin, record->end - record->begin, text, strlen(text)) != NULL;
    }
    return count;
}

/* Bytes of a file; 0: there is none. */
static uint64_t size_of(const char *name)
{
    struct ais_file_info info = { 0 };
    int fd = -1;
    if (ais_file_open(f.dir, name, O_RDONLY, &fd, NULL) != AIS_OK)
        return 0;
    assert_int_equal(ais_file_info(f.dir, fd, &info, NULL), AIS_OK);
    ais_file_close(f.dir, &fd);
    return info.size;
}

/* ---- tests ---- */

static void a_released_decision_is_in_the_log(void **state)
{
    (void)state;
    struct said said;
    start(false);
    say(&said, "{\"allowed\":true}");
    send_verdict(&said);
    const struct heard heard = next_release();
    assert_int_equal(heard.status, 200);
    assert_memory_equal(&heard.id, &said.id, sizeof said.id);
    assert_string_equal(heard.answer, "{\"allowed\":true}");
    memdisk_die(f.disk, 1); /* the power fails at once */
    stop();
    memdisk_restart(f.disk, true);
    assert_int_equal(count_records(said.uuid), 1);
}

static void a_second_verdict_is_answered_as_the_first_and_recorded_once(void **state)
{
    (void)state;
    struct said said;
    start(false);
    say(&said, "{\"allowed\":false}");
    send_verdict(&said);
    assert_string_equal(next_release().answer, "{\"allowed\":false}");
    said.verdict.attempt = 2;
    said.verdict.answer = ais_span_of("{\"allowed\":true}");
    send_verdict(&said);
    assert_string_equal(next_release().answer, "{\"allowed\":false}");
    assert_int_equal(count_records(said.uuid), 1);
}

static void two_verdicts_in_one_batch_are_recorded_once(void **state)
{
    (void)state;
    struct said said, last;
    start(false);
    say(&said, "{\"allowed\":false}");
    say(&last, "{\"allowed\":false}");
    for (int i = 0; i < 50; i++)
        send_verdict(&said);
    send_verdict(&last);
    struct heard heard;
    do {
        heard = next_release();
    } while (memcmp(&heard.id, &last.id, sizeof last.id) != 0);
    assert_int_equal(count_records(said.uuid), 1);
}

static void a_late_verdict_is_recorded_as_not_delivered(void **state)
{
    (void)state;
    struct said said;
    start(false);
    say(&said, "{\"allowed\":true}");
    said.verdict.deadline_ns = ais_clock_wall() - 1;
    send_verdict(&said);
    assert_int_equal(next_release().status, 503);
    send_verdict(&said);
    assert_int_equal(next_release().status, 503);
    stop();
    assert_int_equal(count_records("not_delivered"), 1);
    assert_int_equal(count_records("\"event\":\"decision\""), 0);
}

static void a_verdict_without_an_answer_is_recorded_and_no_decision(void **state)
{
    (void)state;
    struct said said;
    start(false);
    say(&said, "");
    send_verdict(&said);
    assert_int_equal(next_release().status, 503);
    assert_int_equal(count_records(said.uuid), 1);
}

static void a_verdict_without_a_record_is_refused(void **state)
{
    (void)state;
    struct said said;
    start(false);
    say(&said, "{\"allowed\":true}");
    said.verdict.record = ais_span_of("");
    send_verdict(&said);
    assert_int_equal(next_release().status, 503);
}

/* A record that is none would make every record of its commit unreadable. */
static void what_is_no_record_cannot_poison_a_commit(void **state)
{
    (void)state;
    static const char *const bad[] = { "{",  "x", "[]", "{}{}", "{\"seq\":1}", "{\"a\":1,\"a\":2}", "{\"a\":\"\xff\"}",
                                       " {}" };
    struct said said;
    start(false);
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        const struct ais_msg_event event = { .record = ais_span_of(bad[i]) };
        assert_int_equal(ais_send_event(f.evaluator, NULL, AIS_EVALUATOR, &event), AIS_OK);
        say(&said, "{\"allowed\":true}");
        said.verdict.record = ais_span_of(bad[i]);
        send_verdict(&said);
        assert_int_equal(next_release().status, 503);
    }
    say(&said, "{\"allowed\":true}");
    send_verdict(&said);
    assert_int_equal(next_release().status, 200);
    assert_int_equal(count_records(said.uuid), 1);
}

static void check_failing_storage(int errnum, bool async)
{
    struct said before, during, after;
    start(async);
    say(&before, "{\"allowed\":true}");
    send_verdict(&before);
    assert_int_equal(next_release().status, 200);
    memdisk_fail(f.disk, 1, 1000000, errnum);
    do { /* async: what is written first may still be released, and is kept */
        say(&during, "{\"allowed\":true}");
        send_verdict(&during);
    } while (next_release().status == 200);
    wait_for_storage(false);
    memdisk_heal(f.disk);
    wait_for_storage(true);
    during.verdict.attempt = 2; /* its twin: the client has been told 503 */
    send_verdict(&during);
    assert_int_equal(next_release().status, 503);
    say(&after, "{\"allowed\":true}");
    send_verdict(&after);
    assert_int_equal(next_release().status, 200);
    stop();
    assert_int_equal(count_records(before.uuid), 1);
    assert_int_equal(count_records(during.uuid), 0);
    assert_int_equal(count_records(after.uuid), 1);
    assert_int_equal(count_records("storage_failed"), 1);
    assert_int_equal(count_records("storage_recovered"), 1);
}

static void a_full_disk_refuses_and_recovers(void **state)
{
    (void)state;
    check_failing_storage(ENOSPC, false);
}

static void a_broken_disk_refuses_and_recovers(void **state)
{
    (void)state;
    check_failing_storage(EIO, false);
}

static void a_full_disk_refuses_and_recovers_when_async(void **state)
{
    (void)state;
    check_failing_storage(ENOSPC, true);
}

static void events_wait_for_the_storage(void **state)
{
    (void)state;
    const struct ais_msg_event event = { .record = ais_span_of("{\"event\":\"patience\"}") };
    start(false);
    memdisk_fail(f.disk, 1, 1000000, ENOSPC);
    assert_int_equal(ais_send_event(f.evaluator, NULL, AIS_SUPERVISOR, &event), AIS_OK);
    wait_for_storage(false);
    memdisk_heal(f.disk);
    wait_for_storage(true);
    stop();
    assert_int_equal(count_records("patience"), 1);
}

/* Who sent an event with a ticket hears of it when its record counts: not before, and in order. */
static void recorded_events_are_acknowledged(void **state)
{
    (void)state;
    AUTO(zsock_destroy) zsock_t *registry = NULL;
    struct ais_msg_event event = { .ticket = 1,
                                   .sender = ais_span_of("registry"),
                                   .record = ais_span_of("{\"event\":\"ticketed\"}") };
    start(false);
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, f.endpoints.releases, 0, "registry", &registry, NULL), AIS_OK);
    memdisk_fail(f.disk, 1, 1000000, ENOSPC);
    for (; event.ticket <= 3; event.ticket++)
        assert_int_equal(ais_send_event(f.evaluator, NULL, AIS_REGISTRY, &event), AIS_OK);
    wait_for_storage(false);
    zmq_pollitem_t item = { zsock_resolve(registry), 0, ZMQ_POLLIN, 0 };
    assert_int_equal(zmq_poll(&item, 1, 0), 0);
    memdisk_heal(f.disk);
    for (uint64_t ticket = 1; ticket <= 3; ticket++) {
        struct ais_received received;
        struct ais_msg_recorded recorded;
        assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
        assert_int_equal(ais_wire_receive(registry, &received), AIS_OK);
        assert_int_equal(ais_msg_recorded_get(received.frame, received.size, &recorded), AIS_OK);
        assert_int_equal(recorded.ticket, ticket);
        ais_wire_done(&received);
    }
    stop();
    assert_int_equal(count_records("ticketed"), 3);
}

static void what_had_arrived_is_written_before_the_end(void **state)
{
    (void)state;
    struct said said[200];
    start(false);
    for (size_t i = 0; i < N_ELEMS(said); i++) {
        say(&said[i], "{\"allowed\":true}");
        send_verdict(&said[i]);
    }
    stop();
    for (size_t i = 0; i < N_ELEMS(said); i++)
        assert_int_equal(count_records(said[i].uuid), 1);
}

static void rotated_files_are_packed_beside_decisions(void **state)
{
    (void)state;
    enum { PACKED = 32 << 10 }; /* of 64 KiB */
    struct said said;
    size_t given = 0;
    start(false);
    for (; size_of("audit_logs.3.enc") == 0; given++) {
        say(&said, "{\"allowed\":true}");
        send_verdict(&said);
        assert_int_equal(next_release().status, 200);
    }
    int64_t end = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    while (size_of("audit_logs.1.enc") > PACKED || size_of("audit_logs.2.enc") > PACKED) {
        struct heard heard;
        struct ais_msg_state news;
        assert_true(ais_clock_mono() < end);
        (void)hear(5, &heard, &news); /* nothing comes: this is how it waits */
    }
    stop();
    assert_int_equal(count_records("\"decision_id\""), given);
    struct ais_seal_verdict verdict;
    assert_int_equal(ais_seal_log_verify(f.dir, f.ring, NULL, NULL, NULL, NULL, &verdict, NULL), AIS_OK);
    assert_int_equal(verdict.faults, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        TEST(a_released_decision_is_in_the_log),
        TEST(a_second_verdict_is_answered_as_the_first_and_recorded_once),
        TEST(two_verdicts_in_one_batch_are_recorded_once),
        TEST(a_late_verdict_is_recorded_as_not_delivered),
        TEST(a_verdict_without_an_answer_is_recorded_and_no_decision),
        TEST(a_verdict_without_a_record_is_refused),
        TEST(what_is_no_record_cannot_poison_a_commit),
        TEST(a_full_disk_refuses_and_recovers),
        TEST(a_broken_disk_refuses_and_recovers),
        TEST(a_full_disk_refuses_and_recovers_when_async),
        TEST(events_wait_for_the_storage),
        TEST(recorded_events_are_acknowledged),
        TEST(rotated_files_are_packed_beside_decisions),
        TEST(what_had_arrived_is_written_before_the_end),
    };
    int failed = cmocka_run_group_tests_name("flows/auditor", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
