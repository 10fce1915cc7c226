/* Changes of rulepacks as a gateway and an auditor see them: asked for, recorded, adopted, and only then answered. */
#include "services/registry/registry.h"
#include "shared/access/access.h"
#include "shared/mem/secret.h"
#include "shared/store/keys.h"
#include "shared/store/packs.h"
#include "tests/unit/store/crash_dir.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES(expect)                                                                          \
    "rules:\n- {id: zap, title: No zapping, tools: [zap], action: block, tests: [{name: zap, " \
    "request: {tool_name: zap}, expect: " expect "}]}\n"
#define PACK(name, version)  "name: " name "\nversion: " version "\n" RULES("block")
#define FALSE(name, version) "name: " name "\nversion: " version "\n" RULES("allow")
#define FAULTY               "name: mine\nversion: 3.0.0\nnonsense: 1\nodd: 2\n" RULES("block")

enum { PATIENCE_MS = 20000, QUIET_MS = 100 };

struct ring {
    char *dir; /* owned */
    struct ais_endpoints endpoints;
    struct ais_store *store; /* owned */
    char admin_id[64];       /* of the key that asks */
    unsigned calls;          /* of the store's directory; from NO_CRASH on they fail */
    zactor_t *registry;      /* owned */
    zsock_t *auditor, *releases, *gateway;
    uint64_t asked;    /* the ticket of the last question */
    uint64_t snapshot; /* the version of the last snapshot that came */
    char digest[65];   /* its digest */
    uint64_t ticket;   /* of the last event that the auditor was sent */
};

/* ---- messages ---- */

static void receive(zsock_t *socket, enum ais_role me, enum ais_message want, struct ais_received *ret)
{
    zmq_pollitem_t item = { zsock_resolve(socket), 0, ZMQ_POLLIN, 0 };
    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    assert_int_equal(ais_wire_receive(socket, ret), AIS_OK);
    assert_int_equal(ais_message_of(ret->frame, ret->size, me), want);
}

static void expect_snapshot(struct ring *ring)
{
    struct ais_received received;
    struct ais_msg_snapshot msg;
    receive(ring->gateway, AIS_GATEWAY, AIS_MSG_SNAPSHOT, &received);
    assert_int_equal(ais_msg_snapshot_get(received.frame, received.size, &msg), AIS_OK);
    AUTO(ais_policy_unref) struct ais_policy *policy = (struct ais_policy *)(uintptr_t)msg.policy;
    AUTO(ais_access_unref) struct ais_access *access = (struct ais_access *)(uintptr_t)msg.access;
    assert_non_null(access);
    ring->snapshot = msg.version;
    snprintf(ring->digest, sizeof ring->digest, "%s", ais_policy_digest(policy));
    ais_wire_done(&received);
}

static void adopt(struct ring *ring)
{
    const struct ais_msg_adopted msg = { .version = ring->snapshot };
    assert_int_equal(ais_send_adopted(ring->gateway, NULL, AIS_GATEWAY, &msg), AIS_OK);
}

static void expect_anchor(struct ring *ring, const char *document, uint64_t generation)
{
    struct ais_received received;
    struct ais_msg_anchor msg;
    receive(ring->auditor, AIS_AUDITOR, AIS_MSG_ANCHOR, &received);
    assert_int_equal(ais_msg_anchor_get(received.frame, received.size, &msg), AIS_OK);
    assert_true(ais_span_is(msg.document, document));
    assert_int_equal(msg.generation, generation);
    ais_wire_done(&received);
}

/* The next event, in which this text stands. */
static void expect_event(struct ring *ring, const char *text)
{
    struct ais_msg_event msg;
    struct ais_received received;
    receive(ring->auditor, AIS_AUDITOR, AIS_MSG_EVENT, &received);
    assert_int_equal(ais_msg_event_get(received.frame, received.size, &msg), AIS_OK);
    if (memmem(msg.record.data, msg.record.size, text, strlen(text)) == NULL)
        fail_msg("'%s' is not in %.*s", text, (int)msg.record.size, msg.record.data);
    ring->ticket = msg.ticket;
    ais_wire_done(&received);
}

/* The auditor has recorded all that it was sent. */
static void record(struct ring *ring)
{
    const struct ais_address registry = ais_address_of("registry");
    const struct ais_msg_recorded msg = { .ticket = ring->ticket };
    assert_int_equal(ais_send_recorded(ring->releases, &registry, AIS_AUDITOR, &msg), AIS_OK);
}

static void ask(struct ring *ring, const char *what, const char *name, const char *body)
{
    char args[80] = "name";
    const struct ais_msg_ask msg = {
        .ticket = ++ring->asked,
        .what = ais_span_of(what),
        .key_id = ais_span_of(ring->admin_id),
        .key_name = ais_span_of("an admin"),
        .args = {args,  name != NULL ? sizeof "name" + strlen(name) + 1 : 0},
        .body = { body, strlen(body)                                       },
    };
    if (name != NULL)
        memcpy(args + sizeof "name", name, strlen(name) + 1);
    assert_int_equal(ais_send_ask(ring->gateway, NULL, AIS_GATEWAY, &msg), AIS_OK);
}

/* The answer to the last question: its status, and a text that stands in its body. */
static void expect_answer(struct ring *ring, unsigned status, const char *text)
{
    struct ais_received received;
    struct ais_msg_tell msg;
    receive(ring->gateway, AIS_GATEWAY, AIS_MSG_TELL, &received);
    assert_int_equal(ais_msg_tell_get(received.frame, received.size, &msg), AIS_OK);
    assert_int_equal(msg.ticket, ring->asked);
    if (msg.status != status || (*text != '\0' && memmem(msg.body.data, msg.body.size, text, strlen(text)) == NULL))
        fail_msg("%u, '%s': got %u, %.*s", status, text, msg.status, (int)msg.body.size, msg.body.data);
    ais_wire_done(&received);
}

static void expect_nothing_yet(struct ring *ring)
{
    zmq_pollitem_t item = { zsock_resolve(ring->gateway), 0, ZMQ_POLLIN, 0 };
    assert_int_equal(zmq_poll(&item, 1, QUIET_MS), 0);
}

/* ---- the ring ---- */

static void open_store(struct ring *ring)
{
    const struct ais_key_wish wish = { .name = "admin", .scopes = AIS_SCOPE_ADMIN };
    struct ais_store_opened opened = { 0 };
    struct ais_key_made key = { 0 };
    struct ais_dir *dir = crash_dir_open(ring->dir, NO_CRASH, &ring->calls);
    assert_int_equal(ais_store_open_in(dir, NULL, &ring->store, &opened, NULL), AIS_OK);
    assert_int_equal(ais_store_verify(ring->store, NULL, 0, NULL), AIS_OK);
    assert_int_equal(ais_keys_create(ring->store, &wish, 1, NULL, &key, NULL), AIS_OK);
    snprintf(ring->admin_id, sizeof ring->admin_id, "%s", key.id);
    ais_key_made_done(&key);
}

static int setup(void **state)
{
    static const struct ais_bundled_pack bundled = { "system", PACK("system", "1.0.0"),
                                                     sizeof PACK("system", "1.0.0") - 1, NULL };
    static unsigned rings;
    struct ring *ring = calloc(1, sizeof *ring);
    struct ais_received received;
    char name[32];
    assert_non_null(ring);
    ring->dir = scratch_new();
    snprintf(name, sizeof name, "packs%u", rings++);
    ais_endpoints_inproc(&ring->endpoints, name);
    open_store(ring);
    assert_int_equal(ais_wire_bind(ZMQ_PULL, ring->endpoints.verdicts, 1000, &ring->auditor, NULL), AIS_OK);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, ring->endpoints.releases, 1000, &ring->releases, NULL), AIS_OK);
    const struct registry_conf conf = { .store = ring->store,
                                        .endpoints = ring->endpoints,
                                        .options = { .default_action = AIS_ACTION_ALLOW },
                                        .bundled = &bundled,
                                        .bundled_count = 1 };
    assert_int_equal(registry_start(&conf, &ring->registry, NULL), AIS_OK);
    receive(ring->releases, AIS_AUDITOR, AIS_MSG_SUBSCRIBE, &received);
    ais_wire_done(&received);
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, ring->endpoints.registry, 100, "gateway", &ring->gateway, NULL),
                     AIS_OK);
    const struct ais_msg_subscribe subscribe = { AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of("gateway") };
    assert_int_equal(ais_send_subscribe(ring->gateway, NULL, AIS_GATEWAY, &subscribe), AIS_OK);
    expect_anchor(ring, "rulepacks", 1);
    expect_anchor(ring, "api_keys", 1);
    expect_event(ring, "snapshot_activated");
    record(ring);
    expect_snapshot(ring);
    adopt(ring);
    *state = ring;
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
    scratch_remove(ring->dir);
    free(ring);
    return 0;
}

/* A change that is made: recorded with its anchor, in force, answered. */
static void change(struct ring *ring, const char *what, const char *name, const char *body, uint64_t generation,
                   const char *event, unsigned status)
{
    ask(ring, what, name, body);
    expect_anchor(ring, "rulepacks", generation);
    expect_event(ring, event);
    expect_event(ring, "snapshot_activated");
    record(ring);
    expect_snapshot(ring);
    adopt(ring);
    expect_answer(ring, status, "");
}

/* ---- tests ---- */

static void an_upload_is_answered_when_it_is_recorded_and_adopted(void **state)
{
    struct ring *ring = *state;
    ask(ring, "rulepack_add", NULL, PACK("mine", "1.0.0"));
    expect_anchor(ring, "rulepacks", 2);
    expect_event(ring, "\"details\":{\"action\":\"add\",\"rulepack\":\"mine\",\"version\":\"1.0.0\",\"checksum\":");
    expect_event(ring, "snapshot_activated");
    expect_nothing_yet(ring);
    record(ring);
    expect_snapshot(ring);
    expect_nothing_yet(ring);
    adopt(ring);
    expect_answer(ring, 201, "{\"name\":\"mine\",\"version\":\"1.0.0\",\"kind\":\"custom\",\"enabled\":true,");
}

static void a_change_names_its_snapshot(void **state)
{
    struct ring *ring = *state;
    char before[sizeof ring->digest];
    snprintf(before, sizeof before, "%s", ring->digest);
    change(ring, "rulepack_switch", "system", "{\"enabled\":false}", 2, "rulepack_changed", 200);
    assert_string_not_equal(ring->digest, before);
    ask(ring, "rulepack_switch", "system", "{\"enabled\":true}");
    expect_anchor(ring, "rulepacks", 3);
    expect_event(ring, before); /* the same packs are the same snapshot again */
    expect_event(ring, before);
}

static const struct refusal {
    const char *name, *what, *pack, *body;
    unsigned status;
    const char *answer;
    const char *event; /* NULL: none */
} refusals[] = {
    {"a faulty pack",                                                      "rulepack_add",     NULL,        FAULTY,                                                                    422,
     "\"errors\":[{\"line\":3,\"column\":1,\"message\":\"unknown key 'nonsense'",                                                                                                                                                                                                                                             "\"outcome\":\"failure\""},
    { "every fault of it",                                                 "rulepack_add",     NULL,        FAULTY,                                                                    422,
     "{\"line\":4,\"column\":1,\"message\":\"unknown key 'odd'",                                                                                                                                                                                                                                                              "rulepack:3:1: unknown key"},
    { "a failed test",                                                     "rulepack_add",     NULL,        FALSE("mine",                                                              "3.0.0"),      422,
     "\"rule\":\"zap\",\"test\":\"zap\",\"expect\":\"allow\",\"got\":\"block\"","1 of its 1 tests failed" },
    { "a system pack",                                                                   "rulepack_add",                                                                      NULL, PACK("system", "9.0.0"), 409,                                                                                                               "give yours another name",
     "rulepack_changed" },
    { "an older version",                                                   "rulepack_add",                                                                    NULL,                                                             PACK("mine",                                                                      "1.0.0"),            409,
     "rulepack 'mine' is stored in version 2.0.0, and 1.0.0 is not newer","rulepack_changed" },
    { "not removable", "rulepack_remove", "system",           "",                                                                     409,                                                                 "it can be disabled, not removed",
     "\"action\":\"remove\""                                                                                                                                                                                     },
    { "no way back",                                   "rulepack_rollback",                                                                  "system",                                                                            "",                                                                                                                                        409,                                                                                                "no version before 1.0.0",                                                                                                                                             "\"action\":\"rollback\""},
    { "none to remove",                                           "rulepack_remove",                                    "other",                                              "",                                                                                                       404,"there is no rulepack 'other'",NULL},
    { "none to roll back",                                      "rulepack_rollback",                                                    "other",                                                              "",                                                                                                                    404,                                                                                                                "there is no rulepack 'other'",                                                                                                                                                                                                                                                                                   NULL},
    { "none to switch",                                      "rulepack_switch",                                                    "other",                                                              "{\"enabled\":true}",                                                                                                                       404,"there is no rulepack 'other'",NULL},
    { "a body of nothing",                                      "rulepack_switch",                                                    "mine",                                                              "",                                                                                                                    400,                                                                                                             "",                                                                                                                                                                                                                                                                                                                                                                                                                                  NULL                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             },
    { "a body of a list",                                                                  "rulepack_switch",                                                                                "mine",                                                                                          "[]",                                                                                                                                                 422,"\"errors\":[{\"pointer\":\"\",",NULL},
    { "an empty object",                                    "rulepack_switch",                                                  "mine",                                                            "{}",                                                                                                                    422,                                                                                                              "\"pointer\":\"/enabled\",\"detail\":\"is missing",
     NULL                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         },
    { "a word for a bool",                  "rulepack_switch",                                                                                     "mine",                                                                                               "{\"enabled\":\"true\"}",                                                                                                                                                     422,
     "\"pointer\":\"/enabled\",\"detail\":\"expected true or false",                                                                                                                                                            NULL},
    { "an unknown member",       "rulepack_switch",                     "mine",                               "{\"enabled\":true,\"a/b\":1}",                                                                                     422,                                                                           "\"pointer\":\"/a~1b\"",
     NULL                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   },
    { "twice the member",                                             "rulepack_switch",                                                                                     "mine",                                                                                               "{\"enabled\":true,\"enabled\":false}",                                                                                                                                                      400,                                                                                                      "",                                                                                                                                  NULL},
};

/* Each leaves document and snapshot as they were; those that were judged are recorded before they are answered. */
static void refusals_change_nothing_and_are_recorded(void **state)
{
    struct ring *ring = *state;
    change(ring, "rulepack_add", NULL, PACK("mine", "2.0.0"), 2, "add", 201);
    for (size_t i = 0; i < N_ELEMS(refusals); i++) {
        const struct refusal *row = &refusals[i];
        ask(ring, row->what, row->pack, row->body);
        if (row->event != NULL) {
            expect_event(ring, row->event);
            record(ring);
        }
        expect_answer(ring, row->status, row->answer);
    }
    change(ring, "rulepack_remove", "mine", "", 3, "\"action\":\"remove\"", 204);
}

static void what_is_so_already_is_not_made_again(void **state)
{
    struct ring *ring = *state;
    ask(ring, "rulepack_switch", "system", "{\"enabled\":true}");
    expect_answer(ring, 200, "\"enabled\":true");
    change(ring, "rulepack_switch", "system", "{\"enabled\":false}", 2, "\"action\":\"disable\"", 200);
    ask(ring, "rulepack_switch", "system", "{\"enabled\":false}");
    expect_answer(ring, 200, "\"enabled\":false");
}

/* "It is off already" is no better founded than "it is off now". */
static void what_is_so_but_not_everywhere_yet_waits_too(void **state)
{
    struct ring *ring = *state;
    ask(ring, "rulepack_switch", "system", "{\"enabled\":false}");
    expect_anchor(ring, "rulepacks", 2);
    expect_event(ring, "disable");
    expect_event(ring, "snapshot_activated");
    record(ring);
    expect_snapshot(ring);
    ask(ring, "rulepack_switch", "system", "{\"enabled\":false}");
    expect_nothing_yet(ring);
    adopt(ring);
    ring->asked--;
    expect_answer(ring, 200, "\"enabled\":false");
    ring->asked++;
    expect_answer(ring, 200, "\"enabled\":false");
}

static void current_and_previous_version_can_be_read(void **state)
{
    struct ring *ring = *state;
    static const struct {
        const char *args;
        size_t size;
        unsigned status;
        const char *text;
    } reads[] = {
#define ARGS(text) (text), sizeof(text)
        {ARGS("name\0mine\0version\0"
               "2.0.0"),
                                               200,                        "\"version\":\"2.0.0\",\"kind\":\"custom\",\"enabled\":true" },
        { ARGS("name\0mine\0version\0"
               "1.0.0"),
                                               200,                        "\"version\":\"1.0.0\",\"kind\":\"custom\",\"enabled\":false"},
        { ARGS("name\0mine\0version\0"
               "1.0.0\0format\0yaml"),
                                               200,                        PACK("mine",                                                   "1.0.0") },
        { ARGS("name\0mine\0version\0"
               "1.5.0"),
                                               404, "not stored in this version"                                                                                      },
    };
    change(ring, "rulepack_add", NULL, PACK("mine", "1.0.0"), 2, "add", 201);
    change(ring, "rulepack_add", NULL, PACK("mine", "2.0.0"), 3, "\"replaced\":\"1.0.0\"", 201);
    for (size_t i = 0; i < N_ELEMS(reads); i++) {
        const struct ais_msg_ask msg = {
            .ticket = ++ring->asked, .what = ais_span_of("rulepack"), .args = {reads[i].args, reads[i].size}
        };
        assert_int_equal(ais_send_ask(ring->gateway, NULL, AIS_GATEWAY, &msg), AIS_OK);
        expect_answer(ring, reads[i].status, reads[i].text);
    }
    change(ring, "rulepack_rollback", "mine", "", 4, "\"replaced\":\"2.0.0\"", 200);
}

/* The disk fails under the registry: the old stays, in the document and in force. */
static void a_document_that_cannot_be_written_changes_nothing(void **state)
{
    struct ring *ring = *state;
    ring->calls = NO_CRASH; /* each call from here on */
    ask(ring, "rulepack_add", NULL, PACK("mine", "1.0.0"));
    expect_event(ring, "\"outcome\":\"failure\"");
    record(ring);
    expect_answer(ring, 503, "");
    ask(ring, "rulepack", "mine", "");
    expect_answer(ring, 404, "");
    ring->calls = 0;
    change(ring, "rulepack_add", NULL, PACK("mine", "1.0.0"), 2, "\"outcome\":\"success\"", 201);
}

/* What was taken away behind the registry's back is more than a change that failed. */
static void a_document_that_is_missing_is_an_integrity_fault(void **state)
{
    struct ring *ring = *state;
    char path[256];
    snprintf(path, sizeof path, "%s/rulepacks.enc", ring->dir);
    assert_int_equal(remove(path), 0);
    ask(ring, "rulepack_add", NULL, PACK("mine", "1.0.0"));
    expect_event(ring, "integrity_fault");
    record(ring);
    expect_answer(ring, 503, "missing");
    ask(ring, "rulepack", "mine", "");
    expect_answer(ring, 404, "");
    ask(ring, "rulepack", "system", "");
    expect_answer(ring, 200, "");
}

/* Who starts beside a log that fails must know the keys: 503 is not 401. */
static void while_the_log_fails_snapshots_do_not_wait_for_it(void **state)
{
    struct ring *ring = *state;
    const struct ais_address registry = ais_address_of("registry");
    const struct ais_msg_state sick = { .storage_ok = 0 };
    ask(ring, "rulepack_switch", "system", "{\"enabled\":false}");
    expect_anchor(ring, "rulepacks", 2);
    expect_event(ring, "disable");
    expect_event(ring, "snapshot_activated");
    expect_nothing_yet(ring);
    assert_int_equal(ais_send_state(ring->releases, &registry, AIS_AUDITOR, &sick), AIS_OK);
    expect_snapshot(ring);
    adopt(ring);
    expect_nothing_yet(ring); /* the answer still waits for the log */
    record(ring);
    expect_answer(ring, 200, "\"enabled\":false");
}

static void nothing_is_changed_while_the_log_cannot_be_written(void **state)
{
    struct ring *ring = *state;
    const struct ais_address registry = ais_address_of("registry");
    const struct ais_msg_state sick = { .storage_ok = 0 };
    assert_int_equal(ais_send_state(ring->releases, &registry, AIS_AUDITOR, &sick), AIS_OK);
    unsigned status = 201;
    for (int version = 1; status != 503; version++) { /* until the registry has heard it */
        char source[512];
        struct ais_received received;
        struct ais_msg_tell msg;
        assert_true(version < 1000);
        snprintf(source, sizeof source, "name: mine\nversion: %d.0.0\n" RULES("allow"), version);
        ask(ring, "rulepack_add", NULL, source); /* its test fails: nothing is changed in any case */
        zmq_pollitem_t item = { zsock_resolve(ring->gateway), 0, ZMQ_POLLIN, 0 };
        if (zmq_poll(&item, 1, QUIET_MS) == 0)
            continue;
        receive(ring->gateway, AIS_GATEWAY, AIS_MSG_TELL, &received);
        assert_int_equal(ais_msg_tell_get(received.frame, received.size, &msg), AIS_OK);
        status = msg.status;
        ais_wire_done(&received);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_upload_is_answered_when_it_is_recorded_and_adopted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_names_its_snapshot, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals_change_nothing_and_are_recorded, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_so_already_is_not_made_again, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_so_but_not_everywhere_yet_waits_too, setup, teardown),
        cmocka_unit_test_setup_teardown(current_and_previous_version_can_be_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_document_that_cannot_be_written_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_document_that_is_missing_is_an_integrity_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(while_the_log_fails_snapshots_do_not_wait_for_it, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_changed_while_the_log_cannot_be_written, setup, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("registry/packs", tests, NULL, NULL);
}
