/* Changes of API keys as two gateways and the auditor see them: answered when the log has them and both gateways use
 * the new keys, and not before. */
#include "services/registry/registry.h"
#include "shared/json/json.h"
#include "shared/mem/secret.h"
#include "shared/store/keys.h"
#include "shared/sys/clock.h"
#include "shared/wire/args.h"
#include "tests/unit/store/crash_dir.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>

#define PACK \
    "name: alpha\nversion: 1.0.0\nrules:\n  - {id: zap, title: Zap, tools: [zap], action: block, severity: high}\n"

enum { PATIENCE_MS = 20000, GATEWAYS = 2 };

static const struct ais_bundled_pack bundled[] = {
    {"alpha", PACK, sizeof PACK - 1, NULL}
};

struct ring {
    char *dir; /* owned */
    struct ais_endpoints endpoints;
    struct ais_store *store; /* owned */
    zactor_t *registry;      /* owned */
    zsock_t *verdicts, *releases, *gateways[GATEWAYS];
    struct ais_key_made admin, agent; /* owned */
    uint64_t tickets;
};

/* ---- messages, each waited for with a deadline ---- */

static void receive(zsock_t *socket, enum ais_role me, enum ais_message want, struct ais_received *ret)
{
    zmq_pollitem_t item = { zsock_resolve(socket), 0, ZMQ_POLLIN, 0 };
    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    assert_int_equal(ais_wire_receive(socket, ret), AIS_OK);
    assert_string_equal(ais_message_name(ais_message_of(ret->frame, ret->size, me)), ais_message_name((int)want));
}

/* The next snapshot of a gateway: its version, and what it says of a key. The gateway does not adopt it yet. */
static uint64_t expect_snapshot(struct ring *ring, size_t gateway, const char *secret, enum ais_access_verdict want)
{
    struct ais_received received;
    struct ais_msg_snapshot msg;
    const struct ais_access_key *key = NULL;
    receive(ring->gateways[gateway], AIS_GATEWAY, AIS_MSG_SNAPSHOT, &received);
    assert_int_equal(ais_msg_snapshot_get(received.frame, received.size, &msg), AIS_OK);
    ais_wire_done(&received);
    AUTO(ais_policy_unref) struct ais_policy *policy = (struct ais_policy *)(uintptr_t)msg.policy;
    (void)policy; /* only given back */
    AUTO(ais_access_unref) struct ais_access *access = (struct ais_access *)(uintptr_t)msg.access;
    assert_int_equal(ais_access_check(access, secret, strlen(secret), NULL, ais_clock_wall(), &key), want);
    return msg.version;
}

static void adopt(struct ring *ring, size_t gateway, uint64_t version)
{
    const struct ais_msg_adopted msg = { .version = version };
    assert_int_equal(ais_send_adopted(ring->gateways[gateway], NULL, AIS_GATEWAY, &msg), AIS_OK);
}

/* Records events until one of this kind has come; anchors are passed over. */
static void record_until(struct ring *ring, const char *kind)
{
    const struct ais_address registry = ais_address_of("registry");
    for (bool found = false; !found;) {
        zmq_pollitem_t item = { zsock_resolve(ring->verdicts), 0, ZMQ_POLLIN, 0 };
        struct ais_received received;
        struct ais_msg_event event;
        assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
        assert_int_equal(ais_wire_receive(ring->verdicts, &received), AIS_OK);
        if (ais_msg_event_get(received.frame, received.size, &event) == AIS_OK) {
            const struct ais_msg_recorded recorded = { .ticket = event.ticket };
            found = memmem(event.record.data, event.record.size, kind, strlen(kind)) != NULL;
            assert_int_equal(ais_send_recorded(ring->releases, &registry, AIS_AUDITOR, &recorded), AIS_OK);
        }
        ais_wire_done(&received);
    }
}

static uint64_t ask_as(struct ring *ring, size_t gateway, const char *key_id, const char *what, const char *name,
                       const char *value, const char *body)
{
    AUTO(ais_buf_done) struct ais_buf args = { 0 };
    if (name != NULL)
        ais_args_add(&args, name, value);
    const struct ais_msg_ask msg = {
        .ticket = ++ring->tickets,
        .what = ais_span_of(what),
        .key_id = ais_span_of(key_id),
        .key_name = ais_span_of("admin"),
        .args = {args.data, args.length},
        .body = ais_span_of(body),
    };
    assert_int_equal(ais_send_ask(ring->gateways[gateway], NULL, AIS_GATEWAY, &msg), AIS_OK);
    return msg.ticket;
}

static uint64_t ask(struct ring *ring, size_t gateway, const char *what, const char *name, const char *value,
                    const char *body)
{
    return ask_as(ring, gateway, ring->admin.id, what, name, value, body);
}

/* The next answer that a gateway hears; its body is copied as text, cut where it is long. */
static void expect_answer(struct ring *ring, size_t gateway, uint64_t ticket, unsigned status, char text[4096])
{
    struct ais_received received;
    struct ais_msg_tell tell;
    receive(ring->gateways[gateway], AIS_GATEWAY, AIS_MSG_TELL, &received);
    assert_int_equal(ais_msg_tell_get(received.frame, received.size, &tell), AIS_OK);
    assert_int_equal(tell.ticket, ticket);
    assert_int_equal(tell.status, status);
    ais_span_copy(tell.body, text, 4096);
    ais_wire_done(&received);
}

/* ---- the ring ---- */

static void make_key(struct ring *ring, uint32_t scopes, struct ais_key_made *ret)
{
    const struct ais_key_wish wish = { .name = "x", .scopes = scopes };
    assert_int_equal(ais_keys_create(ring->store, &wish, 1, NULL, ret, NULL), AIS_OK);
}

static void join(struct ring *ring, size_t gateway)
{
    static const char *const names[GATEWAYS] = { "gateway-1", "gateway-2" };
    const struct ais_msg_subscribe msg = { AIS_WIRE_VERSION, AIS_WIRE_VERSION, ais_span_of(names[gateway]) };
    assert_int_equal(
        ais_wire_connect(ZMQ_DEALER, ring->endpoints.registry, 100, names[gateway], &ring->gateways[gateway], NULL),
        AIS_OK);
    assert_int_equal(ais_send_subscribe(ring->gateways[gateway], NULL, AIS_GATEWAY, &msg), AIS_OK);
}

static int setup(void **state)
{
    static unsigned rings;
    struct ring *ring = calloc(1, sizeof *ring);
    struct ais_store_opened opened = { 0 };
    struct ais_received received;
    char name[32];
    assert_non_null(ring);
    ring->dir = scratch_new();
    snprintf(name, sizeof name, "keys%u", rings++);
    ais_endpoints_inproc(&ring->endpoints, name);
    assert_int_equal(ais_store_open(ring->dir, NULL, &ring->store, &opened, NULL), AIS_OK);
    assert_int_equal(ais_store_verify(ring->store, NULL, 0, NULL), AIS_OK);
    make_key(ring, AIS_SCOPE_ALL, &ring->admin);
    make_key(ring, AIS_SCOPE_PREFLIGHT, &ring->agent);
    assert_int_equal(ais_wire_bind(ZMQ_PULL, ring->endpoints.verdicts, 1000, &ring->verdicts, NULL), AIS_OK);
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, ring->endpoints.releases, 1000, &ring->releases, NULL), AIS_OK);
    const struct registry_conf conf = { .store = ring->store,
                                        .endpoints = ring->endpoints,
                                        .options = { .default_action = AIS_ACTION_ALLOW },
                                        .bundled = bundled,
                                        .bundled_count = N_ELEMS(bundled) };
    assert_int_equal(registry_start(&conf, &ring->registry, NULL), AIS_OK);
    receive(ring->releases, AIS_AUDITOR, AIS_MSG_SUBSCRIBE, &received);
    ais_wire_done(&received);
    record_until(ring, "snapshot_activated");
    for (size_t i = 0; i < GATEWAYS; i++) {
        join(ring, i);
        adopt(ring, i, expect_snapshot(ring, i, ring->agent.secret, AIS_ACCESS_OK));
    }
    *state = ring;
    return 0;
}

static int teardown(void **state)
{
    struct ring *ring = *state;
    ais_actor_stop(&ring->registry);
    for (size_t i = 0; i < GATEWAYS; i++)
        zsock_destroy(&ring->gateways[i]);
    zsock_destroy(&ring->verdicts);
    zsock_destroy(&ring->releases);
    ais_store_close(&ring->store);
    ais_key_made_done(&ring->admin);
    ais_key_made_done(&ring->agent);
    scratch_remove(ring->dir);
    free(ring);
    return 0;
}

/* ---- tests ---- */

/* A question that is answered at once is answered before the change: it was not answered until then. */
static void expect_no_answer_yet(struct ring *ring)
{
    char text[4096];
    uint64_t ticket = ask(ring, 0, "rulepacks", NULL, NULL, NULL);
    expect_answer(ring, 0, ticket, 200, text);
}

static void a_key_is_revoked_when_both_gateways_refuse_it(void **state)
{
    struct ring *ring = *state;
    char text[4096];
    uint64_t versions[GATEWAYS];
    uint64_t ticket = ask(ring, 0, "api_key_revoke", "key_id", ring->agent.id, NULL);
    record_until(ring, "key_revoked");
    record_until(ring, "snapshot_activated");
    for (size_t i = 0; i < GATEWAYS; i++)
        versions[i] = expect_snapshot(ring, i, ring->agent.secret, AIS_ACCESS_REVOKED);
    expect_no_answer_yet(ring);
    adopt(ring, 0, versions[0]);
    expect_no_answer_yet(ring);
    adopt(ring, 1, versions[1]);
    expect_answer(ring, 0, ticket, 204, text);
}

/* Both were admitted by a gateway when the key was still good. */
static void what_waited_behind_the_revocation_of_its_key_changes_nothing(void **state)
{
    struct ring *ring = *state;
    char text[4096];
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    uint64_t generation = 0;
    size_t count = 0;
    ask(ring, 0, "api_key_revoke", "key_id", ring->agent.id, NULL);
    uint64_t ticket =
        ask_as(ring, 0, ring->agent.id, "api_key_create", NULL, NULL, "{\"name\":\"heir\",\"scopes\":[\"admin\"]}");
    expect_answer(ring, 0, ticket, 401, text);
    ais_actor_stop(&ring->registry);
    assert_int_equal(ais_keys_read(ring->store, &access, &generation, NULL), AIS_OK);
    ais_access_keys(access, &count);
    assert_int_equal(count, 2);
}

static void a_new_key_is_shown_when_both_gateways_know_it(void **state)
{
    struct ring *ring = *state;
    char text[4096], secret[AIS_API_KEY_SIZE];
    struct ais_received received[GATEWAYS];
    struct ais_msg_snapshot snapshots[GATEWAYS];
    uint64_t ticket =
        ask(ring, 1, "api_key_create", NULL, NULL, "{\"name\":\"new\",\"scopes\":[\"read\"],\"expires_in\":60}");
    record_until(ring, "key_created");
    record_until(ring, "snapshot_activated");
    for (size_t i = 0; i < GATEWAYS; i++) {
        receive(ring->gateways[i], AIS_GATEWAY, AIS_MSG_SNAPSHOT, &received[i]);
        assert_int_equal(ais_msg_snapshot_get(received[i].frame, received[i].size, &snapshots[i]), AIS_OK);
        ais_wire_done(&received[i]);
        adopt(ring, i, snapshots[i].version);
    }
    expect_answer(ring, 1, ticket, 201, text);
    const char *shown = strstr(text, "\"api_key\":\"ais_");
    assert_non_null(shown);
    memcpy(secret, shown + strlen("\"api_key\":\""), AIS_API_KEY_LENGTH);
    secret[AIS_API_KEY_LENGTH] = '\0';
    for (size_t i = 0; i < GATEWAYS; i++) {
        AUTO(ais_policy_unref) struct ais_policy *policy = (struct ais_policy *)(uintptr_t)snapshots[i].policy;
        AUTO(ais_access_unref) struct ais_access *access = (struct ais_access *)(uintptr_t)snapshots[i].access;
        const struct ais_access_key *key = NULL;
        assert_non_null(policy);
        assert_int_equal(ais_access_check(access, secret, AIS_API_KEY_LENGTH, NULL, ais_clock_wall(), &key),
                         AIS_ACCESS_OK);
        assert_string_equal(key->created_by, ring->admin.id);
    }
}

static void what_is_refused_is_answered_and_changes_nothing(void **state)
{
    static const struct {
        const char *what, *value, *body;
        unsigned status;
    } rows[] = {
        {"api_key_revoke",  "key_x", NULL,                                     404},
        { "api_key_create", NULL,    "{\"name\":\"x\"}",                       422},
        { "api_key_create", NULL,    "{",                                      400},
        { "api_key_create", "1",     "{\"name\":\"x\",\"scopes\":[\"read\"]}", 400},
    };
    struct ring *ring = *state;
    char text[4096];
    uint64_t generation = ais_store_generation(ring->store, AIS_DOCUMENT_API_KEYS);
    for (size_t i = 0; i < N_ELEMS(rows); i++) {
        uint64_t ticket =
            ask(ring, 0, rows[i].what, rows[i].value != NULL ? "key_id" : NULL, rows[i].value, rows[i].body);
        expect_answer(ring, 0, ticket, rows[i].status, text);
    }
    ais_actor_stop(&ring->registry);
    assert_int_equal(ais_store_generation(ring->store, AIS_DOCUMENT_API_KEYS), generation);
}

static void the_last_admin_is_kept_and_the_attempt_recorded(void **state)
{
    struct ring *ring = *state;
    char text[4096];
    uint64_t ticket = ask(ring, 0, "api_key_revoke", "key_id", ring->admin.id, NULL);
    record_until(ring, "\"event\":\"key_revoked\"");
    expect_answer(ring, 0, ticket, 409, text);
    assert_non_null(strstr(text, "last admin key"));
}

static void uses_are_listed_and_kept_when_the_service_stops(void **state)
{
    struct ring *ring = *state;
    AUTO(ais_buf_done) struct ais_buf args = { 0 };
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    char text[4096];
    uint64_t generation;
    int64_t deadline = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    ais_args_add(&args, ring->agent.id, "1700000000000001000");
    const struct ais_msg_used used = {
        .keys = {args.data, args.length}
    };
    assert_int_equal(ais_send_used(ring->gateways[0], NULL, AIS_GATEWAY, &used), AIS_OK);
    expect_answer(ring, 0, ask(ring, 0, "api_keys", NULL, NULL, NULL), 200, text);
    assert_non_null(strstr(text, "\"last_used_at\":\"2023-11-14T22:13:20.000001Z\""));
    assert_null(strstr(text, ring->agent.secret));
    ais_actor_tell(ring->registry, AIS_COMMAND_DRAIN);
    while (ais_actor_heard(ring->registry, NULL) != AIS_ACTOR_DRAINED)
        assert_true(ais_clock_mono() < deadline);
    ais_actor_stop(&ring->registry);
    assert_int_equal(ais_keys_read(ring->store, &access, &generation, NULL), AIS_OK);
    assert_int_equal(ais_access_find(access, ring->agent.id)->last_used_at_ns, 1700000000000001000);
    assert_int_equal(ais_access_find(access, ring->admin.id)->last_used_at_ns, 0);
    assert_null(ais_store_unrecorded(ring->store));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_revoked_when_both_gateways_refuse_it, setup, teardown),
        cmocka_unit_test_setup_teardown(what_waited_behind_the_revocation_of_its_key_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_key_is_shown_when_both_gateways_know_it, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_refused_is_answered_and_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(the_last_admin_is_kept_and_the_attempt_recorded, setup, teardown),
        cmocka_unit_test_setup_teardown(uses_are_listed_and_kept_when_the_service_stops, setup, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("registry/key_changes", tests, NULL, NULL);
}
