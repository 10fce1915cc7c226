/* API keys made, revoked and used, and the rules about that. */
#include "shared/mem/secret.h"
#include "shared/store/keys.h"
#include "shared/sys/clock.h"
#include "tests/unit/store/crash_dir.h"
#include "tests/unit/test.h"

#include <stdio.h>

static const int64_t now = 1700000000 * AIS_NS_PER_S;

static int setup(void **state)
{
    ais_clock_freeze(1, now, 0);
    *state = scratch_new();
    return 0;
}

static int teardown(void **state)
{
    ais_clock_freeze(0, 0, 0);
    scratch_remove(*state);
    return 0;
}

/* The store's key is made at the first opening and read at later ones. */
static struct ais_store *open_store(const char *dir)
{
    struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    assert_int_equal(ais_store_open(dir, NULL, &store, &opened, NULL), AIS_OK);
    assert_int_equal(ais_store_verify(store, NULL, 0, NULL), AIS_OK);
    return store;
}

static enum ais_access_verdict check(struct ais_store *store, const char *secret, struct ais_access **ret_access,
                                     const struct ais_access_key **ret)
{
    uint64_t generation;
    assert_int_equal(ais_keys_read(store, ret_access, &generation, NULL), AIS_OK);
    return ais_access_check(*ret_access, secret, strlen(secret), NULL, now, ret);
}

/* Keys with these scopes; ranges bind the ones that are not to count. */
static void make(struct ais_store *store, uint32_t scopes, bool bound, int64_t expires_at_ns,
                 char id[AIS_API_KEY_ID_SIZE])
{
    static const struct ais_source_range range = { .kind = AIS_PEER_IPC };
    const struct ais_key_wish wish = { .name = "x",
                                       .scopes = scopes,
                                       .ranges = bound ? &range : NULL,
                                       .range_count = bound,
                                       .expires_at_ns = expires_at_ns };
    AUTO(ais_key_made_done) struct ais_key_made made = { .secret = NULL };
    assert_int_equal(ais_keys_create(store, &wish, 1, NULL, &made, NULL), AIS_OK);
    memcpy(id, made.id, sizeof made.id);
}

/* The first key is to be revoked; whether it may be depends on the second (scopes 0: there is none). */
static const struct last_row {
    const char *name;
    uint32_t scopes;
    bool bound;
    uint32_t other_scopes;
    bool other_bound;
    int64_t other_expires; /* seconds from now; 0: never */
    bool other_revoked;
    enum ais_err want;
} last_rows[] = {
    {"the only key",                    AIS_SCOPE_ALL,   false, 0,               false, 0, false, AIS_E_REFUSED},
    { "another admin",                  AIS_SCOPE_ALL,   false, AIS_SCOPE_ADMIN, false, 0, false, AIS_OK       },
    { "another that is no admin",       AIS_SCOPE_ADMIN, false, AIS_SCOPE_READ,  false, 0, false, AIS_E_REFUSED},
    { "another that has expired",       AIS_SCOPE_ADMIN, false, AIS_SCOPE_ADMIN, false, 1, false, AIS_E_REFUSED},
    { "another that will expire",       AIS_SCOPE_ADMIN, false, AIS_SCOPE_ADMIN, false, 9, false, AIS_OK       },
    { "another that is bound",          AIS_SCOPE_ADMIN, false, AIS_SCOPE_ADMIN, true,  0, false, AIS_E_REFUSED},
    { "a bound one beside a free one",  AIS_SCOPE_ADMIN, true,  AIS_SCOPE_ADMIN, false, 0, false, AIS_OK       },
    { "a bound one beside a bound one", AIS_SCOPE_ADMIN, true,  AIS_SCOPE_ADMIN, true,  0, false, AIS_OK       },
    { "a bound one alone",              AIS_SCOPE_ADMIN, true,  0,               false, 0, false, AIS_E_REFUSED},
    { "no admin needs nobody",          AIS_SCOPE_READ,  false, 0,               false, 0, false, AIS_OK       },
    { "another that was revoked",       AIS_SCOPE_ADMIN, false, AIS_SCOPE_ADMIN, false, 0, true,  AIS_E_REFUSED},
};

static void check_last_row(void **state)
{
    const struct last_row *row = *state;
    char *dir = scratch_new();
    char first[AIS_API_KEY_ID_SIZE], other[AIS_API_KEY_ID_SIZE];
    struct ais_why why = { 0 };
    bool revoked = false;
    ais_clock_freeze(1, now, 0);
    struct ais_store *store = open_store(dir);
    make(store, row->scopes, row->bound, 0, first);
    if (row->other_scopes != 0)
        make(store, row->other_scopes, row->other_bound,
             row->other_expires != 0 ? now + row->other_expires * AIS_NS_PER_S : 0, other);
    if (row->other_revoked)
        assert_int_equal(ais_keys_revoke(store, other, "cli", NULL, &revoked, NULL), AIS_OK);
    ais_clock_freeze(1, now + 5 * AIS_NS_PER_S, 0);
    assert_int_equal(ais_keys_revoke(store, first, "cli", NULL, &revoked, &why), row->want);
    assert_int_equal(revoked, row->want == AIS_OK);
    if (row->want != AIS_OK)
        assert_non_null(strstr(why.text, "last admin key"));
    ais_store_close(&store);
    scratch_remove(dir);
    ais_clock_freeze(0, 0, 0);
}

static void a_revoked_key_says_when_and_by_whom(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    const struct ais_key_wish wish = { .name = "one", .scopes = AIS_SCOPE_READ, .created_by = "cli" };
    AUTO(ais_key_made_done) struct ais_key_made made = { .secret = NULL };
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    const struct ais_access_key *key = NULL;
    struct ais_keys_along along = { .uses = NULL };
    bool revoked = false;
    assert_int_equal(ais_keys_create(store, &wish, 1, NULL, &made, NULL), AIS_OK);
    assert_int_equal(ais_keys_revoke(store, made.id, "key_other", &along, &revoked, NULL), AIS_OK);
    assert_true(revoked);
    assert_int_equal(along.generation, 2);
    assert_int_equal(ais_access_check(along.access, made.secret, AIS_API_KEY_LENGTH, NULL, now, &key),
                     AIS_ACCESS_REVOKED);
    ais_access_unref(&along.access);
    assert_int_equal(check(store, made.secret, &access, &key), AIS_ACCESS_REVOKED);
    assert_string_equal(key->created_by, "cli");
    assert_string_equal(key->revoked_by, "key_other");
    assert_int_equal(key->revoked_at_ns, now);
}

static void revoking_again_changes_nothing(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    char id[AIS_API_KEY_ID_SIZE];
    struct ais_keys_along along = { .uses = NULL };
    bool revoked = false;
    make(store, AIS_SCOPE_READ, false, 0, id);
    assert_int_equal(ais_keys_revoke(store, id, "cli", NULL, &revoked, NULL), AIS_OK);
    assert_int_equal(ais_keys_revoke(store, id, "cli", &along, &revoked, NULL), AIS_OK);
    assert_false(revoked);
    assert_null(along.access);
    assert_int_equal(ais_store_generation(store, AIS_DOCUMENT_API_KEYS), 2);
}

static void nobody_is_revoked_by_a_strange_id(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    bool revoked = false;
    assert_int_equal(ais_keys_revoke(store, "key_x", "cli", NULL, &revoked, NULL), AIS_E_NOT_FOUND);
}

static void dead_keys_go_after_a_while(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    char revoked_id[AIS_API_KEY_ID_SIZE], expired_id[AIS_API_KEY_ID_SIZE], id[AIS_API_KEY_ID_SIZE];
    static const int64_t kept = AIS_KEYS_KEPT_DAYS * 86400 * AIS_NS_PER_S;
    uint64_t generation;
    size_t count = 0;
    bool revoked = false;
    make(store, AIS_SCOPE_READ, false, 0, revoked_id);
    make(store, AIS_SCOPE_READ, false, now + AIS_NS_PER_S, expired_id);
    assert_int_equal(ais_keys_revoke(store, revoked_id, "cli", NULL, &revoked, NULL), AIS_OK);
    ais_clock_freeze(1, now + kept, 0);
    make(store, AIS_SCOPE_READ, false, 0, id);
    assert_int_equal(ais_keys_read(store, &access, &generation, NULL), AIS_OK);
    assert_null(ais_access_find(access, revoked_id));
    assert_non_null(ais_access_find(access, expired_id));
    ais_access_keys(access, &count);
    assert_int_equal(count, 2);
}

/* A document as full as it may be. */
static enum ais_err fill(void *arg, const struct ais_json *before, struct ais_buf *next, struct ais_why *why)
{
    (void)arg;
    (void)before;
    (void)why;
    ais_buf_format(next, "{\"hash_key\":\"%064d\",\"keys\":[", 0);
    for (int i = 0; i < AIS_KEYS_MOST; i++)
        ais_buf_format(next,
                       "%s{\"key_id\":\"key_%d\",\"name\":\"x\",\"hash\":\"%064d\",\"scopes\":[\"read\"],"
                       "\"created_at\":\"2023-01-01T00:00:00Z\",\"revoked\":false}",
                       i > 0 ? "," : "", i, i);
    ais_buf_text(next, "]}");
    return AIS_OK;
}

static void there_is_an_end_to_keys(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    const struct ais_key_wish wish = { .name = "x", .scopes = AIS_SCOPE_READ };
    struct ais_key_made made = { .secret = NULL };
    struct ais_why why = { 0 };
    char id[AIS_API_KEY_ID_SIZE];
    uint64_t generation;
    size_t count = 0;
    bool revoked = false;
    assert_int_equal(ais_store_change(store, AIS_DOCUMENT_API_KEYS, fill, NULL, NULL, NULL), AIS_OK);
    assert_int_equal(ais_keys_create(store, &wish, 1, NULL, &made, &why), AIS_E_LIMIT);
    assert_non_null(strstr(why.text, "10000"));
    assert_int_equal(ais_keys_revoke(store, "key_7", "cli", NULL, &revoked, NULL), AIS_OK);
    ais_clock_freeze(1, now + 1000000, 0);
    assert_int_equal(ais_keys_revoke(store, "key_5", "cli", NULL, &revoked, NULL), AIS_OK);
    make(store, AIS_SCOPE_READ, false, 0, id);
    assert_int_equal(ais_keys_read(store, &access, &generation, NULL), AIS_OK);
    ais_access_keys(access, &count);
    assert_int_equal(count, AIS_KEYS_MOST);
    assert_null(ais_access_find(access, "key_7"));
    assert_non_null(ais_access_find(access, "key_5"));
}

static void uses_are_kept_once(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    struct ais_key_use uses[2] = {
        {.id = "key_gone", .time_ns = now },
        { .time_ns = now + 1000              }
    };
    struct ais_keys_along along = { .uses = uses, .use_count = N_ELEMS(uses) };
    uint64_t generation;
    char other[AIS_API_KEY_ID_SIZE];
    make(store, AIS_SCOPE_READ, false, 0, other);
    make(store, AIS_SCOPE_READ, false, 0, uses[1].id);
    assert_int_equal(ais_keys_note_uses(store, &along, NULL), AIS_OK);
    assert_non_null(along.access);
    assert_int_equal(along.generation, 3);
    ais_access_unref(&along.access);
    assert_int_equal(ais_keys_read(store, &access, &generation, NULL), AIS_OK);
    assert_int_equal(ais_access_find(access, uses[1].id)->last_used_at_ns, now + 1000);
    assert_int_equal(ais_access_find(access, other)->last_used_at_ns, 0);
    assert_int_equal(ais_keys_note_uses(store, &along, NULL), AIS_OK);
    assert_null(along.access);
    assert_int_equal(ais_store_generation(store, AIS_DOCUMENT_API_KEYS), 3);
}

static void the_end_of_the_last_admin_is_foreseen(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    AUTO(ais_access_unref) struct ais_access *later = NULL;
    uint64_t generation;
    char id[AIS_API_KEY_ID_SIZE];
    make(store, AIS_SCOPE_ADMIN, false, now + 50 * AIS_NS_PER_S, id);
    make(store, AIS_SCOPE_ADMIN, false, now + 70 * AIS_NS_PER_S, id);
    make(store, AIS_SCOPE_ADMIN, true, 0, id);
    make(store, AIS_SCOPE_READ, false, 0, id);
    assert_int_equal(ais_keys_read(store, &access, &generation, NULL), AIS_OK);
    assert_int_equal(ais_keys_admin_ends(access, now), now + 70 * AIS_NS_PER_S);
    make(store, AIS_SCOPE_ADMIN, false, 0, id);
    assert_int_equal(ais_keys_read(store, &later, &generation, NULL), AIS_OK);
    assert_int_equal(ais_keys_admin_ends(later, now), 0);
}

static void what_is_shown_has_no_secret(void **state)
{
    static const char want[] =
        "\"name\":\"ci\",\"scopes\":[\"read\"],\"user\":\"ada\",\"source_ranges\":[\"10.0.0.0/8\"],"
        "\"created_at\":\"2023-11-14T22:13:20.000000Z\",\"created_by\":\"cli\",\"expires_at\":null,"
        "\"last_used_at\":null,\"revoked\":false}";
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    struct ais_source_range range;
    const struct ais_key_wish wish = {
        .name = "ci", .scopes = AIS_SCOPE_READ, .user = "ada", .ranges = &range, .range_count = 1, .created_by = "cli"
    };
    AUTO(ais_key_made_done) struct ais_key_made made = { .secret = NULL };
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    uint64_t generation;
    assert_int_equal(ais_source_range_parse("10.0.0.0/8", &range, NULL), AIS_OK);
    assert_int_equal(ais_keys_create(store, &wish, 1, NULL, &made, NULL), AIS_OK);
    assert_int_equal(ais_keys_read(store, &access, &generation, NULL), AIS_OK);
    ais_key_describe(&text, ais_access_find(access, made.id), 0);
    assert_non_null(strstr(text.data, want));
    assert_null(strstr(text.data, made.secret));
    assert_null(strstr(text.data, "hash"));
}

int main(void)
{
    struct CMUnitTest last[N_ELEMS(last_rows)];
    const struct CMUnitTest more[] = {
        cmocka_unit_test_setup_teardown(a_revoked_key_says_when_and_by_whom, setup, teardown),
        cmocka_unit_test_setup_teardown(revoking_again_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_is_revoked_by_a_strange_id, setup, teardown),
        cmocka_unit_test_setup_teardown(dead_keys_go_after_a_while, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_an_end_to_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(uses_are_kept_once, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_of_the_last_admin_is_foreseen, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_shown_has_no_secret, setup, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    AIS_ROWS(last, last_rows, check_last_row);
    int failed = cmocka_run_group_tests_name("store/key_changes: the last admin", last, NULL, NULL);
    return failed + cmocka_run_group_tests_name("store/key_changes", more, NULL, NULL);
}
