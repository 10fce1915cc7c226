/* The registry as its peers see it: a gateway that subscribes and asks, an auditor that is told. */
#include "services/registry/registry.h"
#include "shared/access/access.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/mem/secret.h"
#include "shared/store/keys.h"
#include "shared/store/packs.h"
#include "shared/sys/clock.h"
#include "tests/unit/store/crash_dir.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PACK(name, version)             \
    "name: " name "\nversion: " version \
    "\nrules:\n  - {id: zap, title: No zapping, tools: [zap], action: block, severity: high}\n"
#define FAULTY PACK("alpha", "3.0.0") "nonsense: 1\n"

#define ALPHA PACK("alpha", "1.0.0")
#define BETA  PACK("beta", "2.0.0")

static const struct ais_bundled_pack bundled[] = {
    {"alpha", ALPHA, sizeof ALPHA - 1, NULL},
    { "beta", BETA,  sizeof BETA - 1,  NULL},
};

/* The ring around one registry. */
struct ring {
    char *dir; /* owned */
    struct ais_endpoints endpoints;
    struct ais_store *store; /* owned */
    zactor_t *registry;      /* owned */
    zsock_t *auditor, *releases, *gateway;
    struct ais_key_made keys[2]; /* the second only from generation 2 of the document on */
};

/* ---- a data directory with a past ---- */

static void copy_file(struct ais_store *store, const char *from, const char *to)
{
    AUTO(ais_buf_done) struct ais_buf bytes = { 0 };
    assert_int_equal(ais_file_load(ais_store_dir(store), from, 1 << 20, &bytes, NULL), AIS_OK);
    assert_int_equal(ais_file_replace(ais_store_dir(store), to, bytes.data, bytes.length, NULL), AIS_OK);
}

static enum ais_err put_faulty(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    char checksum[AIS_PACK_CHECKSUM_SIZE];
    (void)arg;
    (void)now;
    (void)why;
    ais_pack_checksum(FAULTY, strlen(FAULTY), checksum);
    ais_jw_begin_object(next, NULL);
    ais_jw_begin_array(next, "packs");
    ais_jw_begin_object(next, NULL);
    ais_jw_text(next, "name", "alpha");
    ais_jw_text(next, "version", "3.0.0");
    ais_jw_text(next, "kind", "system");
    ais_jw_bool(next, "enabled", true);
    ais_jw_text(next, "checksum", checksum);
    ais_jw_text(next, "source", FAULTY);
    ais_jw_end_object(next);
    ais_jw_end_array(next);
    ais_jw_end_object(next);
    return AIS_OK;
}

/* Makes both documents of generation 1, and keeps as files beside them what later generations look like: "keys-2" knows
 * a second key, "packs-2" holds a faulty pack. */
static void make_past(struct ring *ring)
{
    const struct ais_key_wish wish = { .name = "agents", .scopes = AIS_SCOPE_PREFLIGHT };
    enum ais_mirrored what[N_ELEMS(bundled)];
    struct ais_store_opened opened = { 0 };
    struct ais_store *store = NULL;
    assert_int_equal(ais_store_open(ring->dir, NULL, &store, &opened, NULL), AIS_OK);
    assert_int_equal(ais_store_verify(store, NULL, 0, NULL), AIS_OK);
    assert_int_equal(ais_keys_create(store, &wish, 1, NULL, &ring->keys[0], NULL), AIS_OK);
    copy_file(store, "api_keys.enc", "keys-1");
    assert_int_equal(ais_keys_create(store, &wish, 1, NULL, &ring->keys[1], NULL), AIS_OK);
    copy_file(store, "api_keys.enc", "keys-2");
    assert_int_equal(ais_packs_mirror(store, bundled, N_ELEMS(bundled), what, NULL), AIS_OK);
    copy_file(store, "rulepacks.enc", "packs-1");
    assert_int_equal(ais_store_change(store, AIS_DOCUMENT_RULEPACKS, put_faulty, NULL, NULL, NULL), AIS_OK);
    copy_file(store, "rulepacks.enc", "packs-2");
    copy_file(store, "keys-1", "api_keys.enc");
    copy_file(store, "packs-1", "rulepacks.enc");
    assert_int_equal(ais_file_replace(ais_store_dir(store), "audit_logs.enc", "\n", 1, NULL), AIS_OK);
    ais_store_close(&store);
}

/* ---- the ring ---- */

static enum ais_err try_registry(struct ring *ring, struct ais_why *why)
{
    const struct registry_conf conf = { .store = ring->store,
                                        .endpoints = ring->endpoints,
                                        .options = { .default_action = AIS_ACTION_ALLOW },
                                        .bundled = bundled,
                                        .bundled_count = N_ELEMS(bundled) };
    return registry_start(&conf, &ring->registry, why);
}

static void start_registry(struct ring *ring)
{
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, ring->endpoints.releases, 1000, &ring->releases, NULL), AIS_OK);
    assert_int_equal(try_registry(ring, NULL), AIS_OK);
}

static void bind_auditor(struct ring *ring)
{
    assert_int_equal(ais_wire_bind(ZMQ_PULL, ring->endpoints.verdicts, 1000, &ring->auditor, NULL), AIS_OK);
}

static int setup(void **state)
{
    static unsigned rings;
    struct ring *ring = calloc(1, sizeof *ring);
    struct ais_store_opened opened = { 0 };
    char name[32];
    assert_non_null(ring);
    ring->dir = scratch_new();
    snprintf(name, sizeof name, "ring%u", rings++);
    ais_endpoints_inproc(&ring->endpoints, name);
    make_past(ring);
    assert_int_equal(ais_store_open(ring->dir, NULL, &ring->store, &opened, NULL), AIS_OK);
    assert_int_equal(ais_store_verify(ring->store, NULL, 0, NULL), AIS_OK);
    *state = ring;
    return 0;
}

static int setup_running(void **state)
{
    setup(state);
    struct ring *ring = *state;
    bind_auditor(ring);
    start_registry(ring);
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, ring->endpoints.registry, 100, "gateway", &ring->gateway, NULL),
                     AIS_OK);
    return 0;
}

static int teardown(void **state)
{
    struct ring *ring = *state;
    ais_actor_stop(&ring->registry);
    zsock_destroy(&ring->gateway);
    zsock_destroy(&ring->releases);
    zsock_destroy(&ring->auditor);
    ais_store_close(&ring->store);
    ais_key_made_done(&ring->keys[0]);
    ais_key_made_done(&ring->keys[1]);
    scratch_remove(ring->dir);
    free(ring);
    return 0;
}

/* ---- messages, each waited for with a deadline ---- */

enum { PATIENCE_MS = 20000 };

static void receive(zsock_t *socket, enum ais_role me, enum ais_message want, struct ais_received *ret)
{
    zmq_pollitem_t item = { zsock_resolve(socket), 0, ZMQ_POLLIN, 0 };
    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    assert_int_equal(ais_wire_receive(socket, ret), AIS_OK);
    assert_int_equal(ais_message_of(ret->frame, ret->size, me), want);
}

static void subscribe(struct ring *ring, unsigned version)
{
    const struct ais_msg_subscribe msg = { .version_low = (uint8_t)version,
                                           .version_high = (uint8_t)version,
                                           .name = ais_span_of("gateway") };
    assert_int_equal(ais_send_subscribe(ring->gateway, NULL, AIS_GATEWAY, &msg), AIS_OK);
}

/* The next snapshot: whether it knows these keys. */
static void expect_snapshot(struct ring *ring, bool first, bool second)
{
    struct ais_received received;
    receive(ring->gateway, AIS_GATEWAY, AIS_MSG_SNAPSHOT, &received);
    struct ais_msg_snapshot msg;
    const struct ais_access_key *key = NULL;
    assert_int_equal(ais_msg_snapshot_get(received.frame, received.size, &msg), AIS_OK);
    ais_wire_done(&received);
    AUTO(ais_policy_unref) struct ais_policy *policy = (struct ais_policy *)(uintptr_t)msg.policy;
    AUTO(ais_access_unref) struct ais_access *access = (struct ais_access *)(uintptr_t)msg.access;
    assert_non_null(policy);
    assert_int_equal(strlen(ais_policy_digest(policy)), 64);
    assert_int_equal(ais_access_check(access, ring->keys[0].secret, AIS_API_KEY_LENGTH, NULL, 0, &key) == AIS_ACCESS_OK,
                     first);
    assert_int_equal(ais_access_check(access, ring->keys[1].secret, AIS_API_KEY_LENGTH, NULL, 0, &key) == AIS_ACCESS_OK,
                     second);
}

static void expect_anchor(struct ring *ring, const char *document, uint64_t generation)
{
    struct ais_received received;
    receive(ring->auditor, AIS_AUDITOR, AIS_MSG_ANCHOR, &received);
    struct ais_msg_anchor msg;
    assert_int_equal(ais_msg_anchor_get(received.frame, received.size, &msg), AIS_OK);
    assert_true(ais_span_is(msg.document, document));
    assert_int_equal(msg.generation, generation);
    assert_non_null(memmem(msg.record.data, msg.record.size, "document_sealed", 15));
    ais_wire_done(&received);
}

/* The next event, which is then recorded. */
static void expect_event(struct ring *ring, const char *kind)
{
    const struct ais_address registry = ais_address_of("registry");
    struct ais_received received;
    receive(ring->auditor, AIS_AUDITOR, AIS_MSG_EVENT, &received);
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *record = NULL;
    struct ais_msg_event msg;
    assert_int_equal(ais_msg_event_get(received.frame, received.size, &msg), AIS_OK);
    assert_int_equal(ais_json_read(arena, msg.record.data, msg.record.size, &ais_json_request_limits, &record, NULL),
                     AIS_OK);
    assert_string_equal(ais_json_get_text(record, "event"), kind);
    assert_string_equal(ais_json_get_text(record, "actor"), "registry");
    assert_non_null(ais_json_get(record, "details"));
    const struct ais_msg_recorded recorded = { .ticket = msg.ticket };
    assert_int_equal(ais_send_recorded(ring->releases, &registry, AIS_AUDITOR, &recorded), AIS_OK);
    ais_wire_done(&received);
}

/* What every start tells the auditor here. */
static void expect_start(struct ring *ring)
{
    expect_anchor(ring, "rulepacks", 1);
    expect_anchor(ring, "api_keys", 1);
    expect_event(ring, "snapshot_activated");
}

static const struct question {
    const char *what, *args; /* '|' stands for NUL */
    unsigned status;
    bool partly;
    const char *want;
} questions[] = {
    {"rulepacks",  "",                         200, true,  "{\"rulepacks\":[{\"name\":\"alpha\",\"version\":\"1.0.0\",\"kind\":\"system\","},
    { "rulepacks", "",                         200, true,  "\"rules\":1,\"invariants\":0,\"description\":\"\"}"                            },
    { "rulepack",  "name|beta|",               200, true,  "{\"name\":\"beta\",\"version\":\"2.0.0\","                                     },
    { "rulepack",  "name|beta|",               200, true,
     "\"rules\":[{\"id\":\"zap\",\"title\":\"No zapping\",\"action\":\"block\","                                                           },
    { "rulepack",  "name|beta|format|yaml|",   200, false, BETA                                                                            },
    { "rulepack",  "version|2.0.0|name|beta|", 200, true,  "\"name\":\"beta\""                                                             },
    { "rulepack",  "name|beta|version|1.0.0|", 404, false, "the rulepack is not stored in this version"                                    },
    { "rulepack",  "name|beta|format|xml|",    400, false, "format must be json or yaml"                                                   },
    { "rulepack",  "name|gamma|",              404, false, "there is no rulepack of this name"                                             },
    { "rulepack",  "name|beta",                404, false, "there is no rulepack of this name"                                             },
    { "rulepack",  "",                         404, false, "there is no rulepack of this name"                                             },
    { "rulepack",  "name|beta|formt|yaml|",    400, false,
     "unknown parameter 'formt': a rulepack takes the parameters format and version"                                                       },
    { "rulepacks", "limit|1|",                 400, false, "unknown parameter 'limit': the list of rulepacks takes no parameters"          },
    { "rulepack",  "name|beta|name|alpha|",    400, false,
     "unknown parameter 'name': a rulepack takes the parameters format and version"                                                        },
    { "secrets",   "",                         404, false, "the registry does not know this question"                                      },
};

/* Asks, and checks the answer: equal to want, or, with partly, holding it. */
static void expect_answer(struct ring *ring, const struct question *question, const char *args, size_t args_size)
{
    static uint64_t tickets = 77;
    const struct ais_msg_ask ask = {
        .ticket = ++tickets, .what = ais_span_of(question->what), .args = {args, args_size}
    };
    const char *media_type = question->status != 200             ? "text/plain"
                             : strcmp(question->want, BETA) == 0 ? "application/yaml"
                                                                 : "application/json";
    struct ais_msg_tell tell;
    struct ais_received received;
    assert_int_equal(ais_send_ask(ring->gateway, NULL, AIS_GATEWAY, &ask), AIS_OK);
    receive(ring->gateway, AIS_GATEWAY, AIS_MSG_TELL, &received);
    assert_int_equal(ais_msg_tell_get(received.frame, received.size, &tell), AIS_OK);
    assert_int_equal(tell.ticket, ask.ticket);
    assert_int_equal(tell.status, question->status);
    assert_true(ais_span_is(tell.media_type, media_type));
    if (question->partly)
        assert_non_null(memmem(tell.body.data, tell.body.size, question->want, strlen(question->want)));
    else
        assert_true(ais_span_is(tell.body, question->want));
    ais_wire_done(&received);
}

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

/* All that the registry was told before is done, and it has nothing more to say. */
static void expect_silence(struct ring *ring)
{
    struct ais_received received;
    int64_t deadline = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    ais_actor_tell(ring->registry, AIS_COMMAND_DRAIN);
    while (ais_actor_heard(ring->registry, NULL) != AIS_ACTOR_DRAINED)
        assert_true(ais_clock_mono() < deadline);
    assert_int_equal(ais_wire_receive(ring->gateway, &received), AIS_E_TIMEOUT);
    assert_int_equal(ais_wire_receive(ring->auditor, &received), AIS_E_TIMEOUT);
}

/* ---- tests ---- */

static void a_subscriber_gets_what_is_in_force(void **state)
{
    subscribe(*state, AIS_WIRE_VERSION);
    expect_start(*state);
    expect_snapshot(*state, true, false);
    expect_silence(*state);
}

/* Else a decision could stand in the log before what it was made with came into force. */
static void nobody_gets_what_is_not_recorded(void **state)
{
    struct ring *ring = *state;
    struct ais_received received;
    subscribe(ring, AIS_WIRE_VERSION);
    expect_anchor(ring, "rulepacks", 1);
    expect_anchor(ring, "api_keys", 1);
    receive(ring->auditor, AIS_AUDITOR, AIS_MSG_EVENT, &received); /* and does not say so */
    ais_wire_done(&received);
    expect_silence(ring);
}

static void subscribing_again_gets_it_again(void **state)
{
    expect_start(*state);
    for (int i = 0; i < 3; i++) {
        subscribe(*state, AIS_WIRE_VERSION);
        expect_snapshot(*state, true, false);
    }
}

static void another_version_gets_nothing(void **state)
{
    expect_start(*state);
    subscribe(*state, AIS_WIRE_VERSION + 1);
    expect_silence(*state);
}

static void what_is_not_for_it_is_refused(void **state)
{
    struct ring *ring = *state;
    const struct ais_msg_release release = { .status = 200 };
    assert_int_equal(ais_send_release(ring->gateway, NULL, AIS_AUDITOR, &release), AIS_OK);
    zstr_send(ring->gateway, "nonsense");
    subscribe(ring, AIS_WIRE_VERSION);
    expect_start(ring);
    expect_snapshot(ring, true, false);
}

static void what_it_counts_reaches_the_metrics(void **state)
{
    struct ring *ring = *state;
    AUTO(zsock_destroy) zsock_t *metrics = NULL;
    struct ais_received received;
    struct ais_msg_sample sample;
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, ring->endpoints.metrics, 1000, &metrics, NULL), AIS_OK);
    start_registry(ring);
    receive(metrics, AIS_METRICS, AIS_MSG_SAMPLE, &received);
    assert_int_equal(ais_msg_sample_get(received.frame, received.size, &sample), AIS_OK);
    assert_true(ais_span_is(sample.actor, "registry"));
    assert_true(sample.deltas.size > 0);
    ais_wire_done(&received);
}

static void an_auditor_that_comes_later_is_told_all(void **state)
{
    struct ring *ring = *state;
    start_registry(ring);
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, ring->endpoints.registry, 100, "gateway", &ring->gateway, NULL),
                     AIS_OK);
    bind_auditor(ring);
    expect_start(ring);
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
    expect_answer(ring, &questions[0], "", 0);
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

static void questions_are_answered(void **state)
{
    for (size_t i = 0; i < N_ELEMS(questions); i++) {
        char args[64];
        size_t size = strlen(questions[i].args);
        memcpy(args, questions[i].args, size);
        for (char *at = args; (at = memchr(at, '|', size - (size_t)(at - args))) != NULL;)
            *at = '\0';
        expect_answer(*state, &questions[i], args, size);
    }
}

static void a_faulty_pack_in_the_store_refuses_to_start(void **state)
{
    struct ring *ring = *state;
    struct ais_why why = { 0 };
    copy_file(ring->store, "packs-2", "rulepacks.enc");
    assert_int_equal(try_registry(ring, &why), AIS_E_RULE);
    assert_non_null(strstr(why.text, "nonsense"));
    assert_null(ring->registry);
}

static void a_taken_endpoint_refuses_to_start(void **state)
{
    struct ring *ring = *state;
    zsock_t *other = NULL;
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, ring->endpoints.registry, 10, &other, NULL), AIS_OK);
    assert_int_equal(try_registry(ring, NULL), AIS_E_NETWORK);
    assert_null(ring->registry);
    zsock_destroy(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_subscriber_gets_what_is_in_force, setup_running, teardown),
        cmocka_unit_test_setup_teardown(nobody_gets_what_is_not_recorded, setup_running, teardown),
        cmocka_unit_test_setup_teardown(subscribing_again_gets_it_again, setup_running, teardown),
        cmocka_unit_test_setup_teardown(another_version_gets_nothing, setup_running, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_for_it_is_refused, setup_running, teardown),
        cmocka_unit_test_setup_teardown(an_auditor_that_comes_later_is_told_all, setup, teardown),
        cmocka_unit_test_setup_teardown(what_it_counts_reaches_the_metrics, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reload_brings_new_keys, setup_running, teardown),
        cmocka_unit_test_setup_teardown(a_reload_without_changes_publishes_nothing, setup_running, teardown),
        cmocka_unit_test_setup_teardown(a_bad_pack_stops_a_reload_whole, setup_running, teardown),
        cmocka_unit_test_setup_teardown(an_older_copy_stops_a_reload, setup_running, teardown),
        cmocka_unit_test_setup_teardown(questions_are_answered, setup_running, teardown),
        cmocka_unit_test_setup_teardown(a_faulty_pack_in_the_store_refuses_to_start, setup, teardown),
        cmocka_unit_test_setup_teardown(a_taken_endpoint_refuses_to_start, setup, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("registry/flow", tests, NULL, NULL);
}
