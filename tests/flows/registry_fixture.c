#include "tests/flows/registry_fixture.h"
#include "shared/access/access.h"
#include "shared/json/write.h"
#include "shared/store/packs.h"
#include "shared/sys/clock.h"
#include "tests/unit/store/crash_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALPHA  PACK("alpha", "1.0.0")
#define FAULTY PACK("alpha", "3.0.0") "nonsense: 1\n"

static const struct ais_bundled_pack bundled[] = {
    {"alpha", ALPHA, sizeof ALPHA - 1, NULL},
    { "beta", BETA,  sizeof BETA - 1,  NULL},
};

/* ---- a data directory with a past ---- */

void copy_file(struct ais_store *store, const char *from, const char *to)
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

enum ais_err try_registry(struct ring *ring, struct ais_why *why)
{
    const struct registry_conf conf = { .store = ring->store,
                                        .endpoints = ring->endpoints,
                                        .options = { .default_action = AIS_ACTION_ALLOW },
                                        .bundled = bundled,
                                        .bundled_count = N_ELEMS(bundled) };
    return registry_start(&conf, &ring->registry, why);
}

void start_registry(struct ring *ring)
{
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, ring->endpoints.releases, 1000, &ring->releases, NULL), AIS_OK);
    assert_int_equal(try_registry(ring, NULL), AIS_OK);
}

void bind_auditor(struct ring *ring)
{
    assert_int_equal(ais_wire_bind(ZMQ_PULL, ring->endpoints.verdicts, 1000, &ring->auditor, NULL), AIS_OK);
}

int setup(void **state)
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

int setup_running(void **state)
{
    setup(state);
    struct ring *ring = *state;
    bind_auditor(ring);
    start_registry(ring);
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, ring->endpoints.registry, 100, "gateway", &ring->gateway, NULL),
                     AIS_OK);
    return 0;
}

int teardown(void **state)
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

void receive(zsock_t *socket, enum ais_role me, enum ais_message want, struct ais_received *ret)
{
    zmq_pollitem_t item = { zsock_resolve(socket), 0, ZMQ_POLLIN, 0 };
    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    assert_int_equal(ais_wire_receive(socket, ret), AIS_OK);
    assert_int_equal(ais_message_of(ret->frame, ret->size, me), want);
}

void subscribe(struct ring *ring, unsigned version)
{
    const struct ais_msg_subscribe msg = { .version_low = (uint8_t)version,
                                           .version_high = (uint8_t)version,
                                           .name = ais_span_of("gateway") };
    assert_int_equal(ais_send_subscribe(ring->gateway, NULL, AIS_GATEWAY, &msg), AIS_OK);
}

void expect_snapshot(struct ring *ring, bool first, bool second)
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

void expect_anchor(struct ring *ring, const char *document, uint64_t generation)
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

void expect_event(struct ring *ring, const char *kind)
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

void expect_start(struct ring *ring)
{
    expect_anchor(ring, "rulepacks", 1);
    expect_anchor(ring, "api_keys", 1);
    expect_event(ring, "snapshot_activated");
}

void expect_answer(struct ring *ring, const struct question *question, const char *args, size_t args_size)
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

void expect_silence(struct ring *ring)
{
    struct ais_received received;
    int64_t deadline = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    ais_actor_tell(ring->registry, AIS_COMMAND_DRAIN);
    while (ais_actor_heard(ring->registry, NULL) != AIS_ACTOR_DRAINED)
        assert_true(ais_clock_mono() < deadline);
    assert_int_equal(ais_wire_receive(ring->gateway, &received), AIS_E_TIMEOUT);
    assert_int_equal(ais_wire_receive(ring->auditor, &received), AIS_E_TIMEOUT);
}
