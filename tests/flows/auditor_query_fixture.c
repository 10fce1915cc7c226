#include "tests/flows/auditor_query_fixture.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"

#include <stdio.h>
#include <stdlib.h>

static const char key_text[] = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

struct fixture f;

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

void start_with(uint32_t retention, bool async)
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

void start(uint32_t retention)
{
    start_with(retention, false);
}

void stop(void)
{
    ais_actor_stop(&f.auditor);
    zsock_destroy(&f.evaluator);
    zsock_destroy(&f.gateway);
    zsock_destroy(&f.asker);
}

int set_up(void **state)
{
    (void)state;
    f.disk = memdisk_new(1);
    f.dir = memdisk_dir(f.disk);
    f.arena = ais_arena_new(0);
    assert_int_equal(ais_keyring_parse(key_text, &f.ring, NULL), AIS_OK);
    return 0;
}

int tear_down(void **state)
{
    (void)state;
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

void send_record(const char *record)
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

void send_decision(unsigned number, const char *decision)
{
    char record[256];
    snprintf(
        record, sizeof record,
        "{\"event\":\"decision\",\"time\":\"2026-01-31T12:00:00.000000Z\",\"severity\":\"high\",\"decision\":\"%s\","
        "\"tool\":\"tool%u\",\"number\":%u}",
        decision, number % 3, number);
    send_record(record);
}

unsigned await_status(void)
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

void await_release(void)
{
    assert_int_equal(await_status(), 200);
}

void decide(unsigned number, const char *decision)
{
    send_decision(number, decision);
    await_release();
}

void send_ask(const char *what, const char *args, size_t args_size)
{
    const struct ais_msg_ask msg = {
        .ticket = ++f.ticket, .what = ais_span_of(what), .args = {args, args_size}
    };
    assert_int_equal(ais_send_ask(f.asker, NULL, AIS_GATEWAY, &msg), AIS_OK);
}

unsigned await_answer(const struct ais_json **ret)
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

unsigned ask(const char *what, const char *args, size_t args_size, const struct ais_json **ret)
{
    send_ask(what, args, args_size);
    return await_answer(ret);
}

uint64_t number_at(const struct ais_json *answer, size_t index)
{
    const struct ais_json *record = ais_json_get(answer, "logs")->first;
    uint64_t number = UINT64_MAX;
    while (index-- > 0)
        record = record->next;
    assert_true(ais_json_get_u64(record, "number", &number));
    return number;
}

size_t count_of(const struct ais_json *answer)
{
    return ais_json_get(answer, "logs")->count;
}

void begin_key_change(struct ais_keyring **ret)
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

char obstacle[256];

bool hear_resealed(int within_ms, struct ais_msg_resealed *ret)
{
    int64_t until = ais_clock_mono() + within_ms * AIS_NS_PER_MS;
    for (int64_t left = until - ais_clock_mono(); left > 0; left = until - ais_clock_mono()) {
        struct ais_received received;
        zmq_pollitem_t item = { zsock_resolve(f.gateway), 0, ZMQ_POLLIN, 0 };
        if (zmq_poll(&item, 1, (long)(left / AIS_NS_PER_MS)) != 1)
            continue;
        assert_int_equal(ais_wire_receive(f.gateway, &received), AIS_OK);
        bool heard = ais_msg_resealed_get(received.frame, received.size, ret) == AIS_OK;
        if (heard)
            ais_span_copy(ret->obstacle, obstacle, sizeof obstacle);
        ais_wire_done(&received);
        if (heard)
            return true;
    }
    return false;
}
