#include "shared/access/access.h"
#include "shared/mem/secret.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#define OURS   "ais_0123456789ABCDEFGHIJKLMNOPQRSTUV2vXrc8"
#define CHOSEN "ais_but-chosen-by-an-operator-and-long-enough"

static const uint8_t hash_key[AIS_API_KEY_HASH_KEY_SIZE] = "not random, known to this test";
static const int64_t now = 1000;

static const struct known {
    const char *secret;
    struct ais_access_key key;
} known[] = {
    {OURS,                                             { .id = "key_ours", .name = "ours", .user = "ada", .scopes = AIS_SCOPE_PREFLIGHT }},
    { CHOSEN,                                          { .id = "key_chosen", .name = "chosen", .scopes = AIS_SCOPE_ALL }                 },
    { "expires later................................", { .id = "key_later", .name = "", .expires_at_ns = 1001 }                          },
    { "expires now..................................", { .id = "key_now", .name = "", .expires_at_ns = 1000 }                            },
    { "revoked......................................", { .id = "key_revoked", .name = "", .revoked = true }                              },
};

static struct ais_access *new_access(void)
{
    struct ais_access_key keys[N_ELEMS(known)];
    struct ais_access *access = NULL;
    for (size_t i = 0; i < N_ELEMS(known); i++) {
        keys[i] = known[i].key;
        ais_api_key_hash(hash_key, known[i].secret, strlen(known[i].secret), keys[i].hash);
    }
    assert_int_equal(ais_access_new(hash_key, keys, N_ELEMS(keys), &access, NULL), AIS_OK);
    return access;
}

static const struct row {
    const char *name, *presented;
    enum ais_access_verdict want;
    const char *id; /* NULL: no caller is named */
} rows[] = {
    {"a key of ours is known",                     OURS,                                            AIS_ACCESS_OK,       "key_ours"   },
    { "a chosen key may look like a mistyped one", CHOSEN,                                          AIS_ACCESS_OK,       "key_chosen" },
    { "no key",                                    "",                                              AIS_ACCESS_NONE,     NULL         },
    { "a mistyped key",                            "ais_0123456789ABCDEFGHIJKLMNOPQRSTUV2vXrc9",    AIS_ACCESS_MISTYPED, NULL         },
    { "a foreign key",                             "sk-0123456789ABCDEFGHIJKLMNOPQRSTUV2vXrc8",     AIS_ACCESS_UNKNOWN,  NULL         },
    { "the beginning of a key",                    "ais_but-chosen-by-an-operator",                 AIS_ACCESS_MISTYPED, NULL         },
    { "a key before its end",                      "expires later................................", AIS_ACCESS_OK,       "key_later"  },
    { "a key at its end",                          "expires now..................................", AIS_ACCESS_EXPIRED,  "key_now"    },
    { "a revoked key",                             "revoked......................................", AIS_ACCESS_REVOKED,  "key_revoked"},
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_access_unref) struct ais_access *access = new_access();
    const struct ais_access_key *caller = NULL;
    assert_int_equal(ais_access_check(access, row->presented, strlen(row->presented), NULL, now, &caller), row->want);
    assert_int_equal(caller != NULL, row->id != NULL);
    if (caller != NULL)
        assert_string_equal(caller->id, row->id);
}

static void a_very_long_key_is_unknown(void **state)
{
    (void)state;
    static char text[AIS_API_KEY_MOST + 1];
    AUTO(ais_access_unref) struct ais_access *access = new_access();
    const struct ais_access_key *caller = NULL;
    memset(text, 'x', sizeof text);
    assert_int_equal(ais_access_check(access, text, sizeof text, NULL, now, &caller), AIS_ACCESS_UNKNOWN);
}

static void without_keys_nobody_is_known(void **state)
{
    (void)state;
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    const struct ais_access_key *caller = NULL;
    assert_int_equal(ais_access_new(hash_key, NULL, 0, &access, NULL), AIS_OK);
    assert_int_equal(ais_access_check(access, OURS, strlen(OURS), NULL, now, &caller), AIS_ACCESS_UNKNOWN);
}

static void a_caller_brings_what_is_pinned(void **state)
{
    (void)state;
    AUTO(ais_access_unref) struct ais_access *access = new_access();
    const struct ais_access_key *caller = NULL;
    ais_access_check(access, OURS, strlen(OURS), NULL, now, &caller);
    assert_string_equal(caller->name, "ours");
    assert_string_equal(caller->user, "ada");
    assert_null(caller->agent);
    assert_int_equal(caller->scopes, AIS_SCOPE_PREFLIGHT);
}

static void a_snapshot_lives_until_its_last_reference(void **state)
{
    (void)state;
    struct ais_access *one = new_access();
    AUTO(ais_access_unref) struct ais_access *other = ais_access_ref(one);
    const struct ais_access_key *caller = NULL;
    ais_access_unref(&one);
    assert_null(one);
    assert_int_equal(ais_access_check(other, OURS, strlen(OURS), NULL, now, &caller), AIS_ACCESS_OK);
}

static void every_one_of_many_is_found(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    static struct ais_access_key keys[MANY];
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    char secret[64];
    for (int i = 0; i < MANY; i++) {
        int n = snprintf(secret, sizeof secret, "the secret of key number %d", i);
        keys[i].name = "one of many";
        snprintf(keys[i].id, sizeof keys[i].id, "key_%d", i);
        ais_api_key_hash(hash_key, secret, (size_t)n, keys[i].hash);
    }
    assert_int_equal(ais_access_new(hash_key, keys, MANY, &access, NULL), AIS_OK);
    for (int i = 0; i < MANY; i++) {
        const struct ais_access_key *caller = NULL;
        int n = snprintf(secret, sizeof secret, "the secret of key number %d", i);
        assert_int_equal(ais_access_check(access, secret, (size_t)n, NULL, now, &caller), AIS_ACCESS_OK);
        assert_string_equal(caller->id, keys[i].id);
    }
}

static void the_same_key_twice_is_refused(void **state)
{
    (void)state;
    const struct ais_access_key keys[] = {
        {.id = "key_1",  .name = ""},
        { .id = "key_2", .name = ""}
    };
    struct ais_access *access = NULL;
    struct ais_why why = { 0 };
    assert_int_equal(ais_access_new(hash_key, keys, N_ELEMS(keys), &access, &why), AIS_E_INVALID);
    assert_string_equal(why.text, "API keys key_1 and key_2 are the same key");
    assert_null(access);
}

static void the_same_id_twice_is_refused(void **state)
{
    (void)state;
    const struct ais_access_key keys[] = {
        {.id = "key_1",  .name = "", .hash = { 1 }},
        { .id = "key_1", .name = "", .hash = { 2 }}
    };
    struct ais_access *access = NULL;
    struct ais_why why = { 0 };
    assert_int_equal(ais_access_new(hash_key, keys, N_ELEMS(keys), &access, &why), AIS_E_INVALID);
    assert_string_equal(why.text, "two API keys have the id key_1");
}

static void a_text_that_would_be_cut_is_refused(void **state)
{
    (void)state;
    char text[AIS_ACCESS_TEXT_MOST + 2]; /* one too long, and its NUL */
    memset(text, 'x', sizeof text);
    for (size_t length = AIS_ACCESS_TEXT_MOST; length <= AIS_ACCESS_TEXT_MOST + 1; length++) {
        AUTO(ais_access_unref) struct ais_access *access = NULL;
        text[length] = '\0';
        const struct ais_access_key key = { .id = "key_1", .name = "n", .user = text };
        assert_int_equal(ais_access_new(hash_key, &key, 1, &access, NULL),
                         length > AIS_ACCESS_TEXT_MOST ? AIS_E_INVALID : AIS_OK);
        text[length] = 'x';
    }
}

static void each_verdict_has_its_words(void **state)
{
    (void)state;
    for (int i = 0; i < AIS_ACCESS_VERDICT_COUNT; i++)
        assert_true(strlen(ais_access_verdict_text((enum ais_access_verdict)i)) > 0);
}

/* A key that is bound to ranges, presented from somewhere. */
static const struct from_row {
    const char *name, *peer; /* NULL: nobody knows */
    bool revoked;
    enum ais_access_verdict want;
} from_rows[] = {
    {"from one of its ranges",           "10.1.2.3",    false, AIS_ACCESS_OK       },
    { "from the other",                  "2001:db8::7", false, AIS_ACCESS_OK       },
    { "from elsewhere",                  "192.0.2.1",   false, AIS_ACCESS_ELSEWHERE},
    { "from nobody knows where",         NULL,          false, AIS_ACCESS_ELSEWHERE},
    { "revoked, from one of its ranges", "10.1.2.3",    true,  AIS_ACCESS_REVOKED  },
    { "revoked, from elsewhere",         "192.0.2.1",   true,  AIS_ACCESS_REVOKED  },
};

static void check_from(void **state)
{
    const struct from_row *row = *state;
    struct ais_source_range ranges[2];
    struct ais_peer peer;
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    const struct ais_access_key *caller = NULL;
    assert_int_equal(ais_source_range_parse("10.0.0.0/8", &ranges[0], NULL), AIS_OK);
    assert_int_equal(ais_source_range_parse("2001:db8::/32", &ranges[1], NULL), AIS_OK);
    struct ais_access_key key = {
        .id = "key_bound", .name = "", .ranges = ranges, .range_count = 2, .revoked = row->revoked
    };
    ais_api_key_hash(hash_key, OURS, strlen(OURS), key.hash);
    assert_int_equal(ais_access_new(hash_key, &key, 1, &access, NULL), AIS_OK);
    memset(ranges, 0, sizeof ranges); /* the snapshot has its own */
    if (row->peer != NULL)
        assert_true(ais_peer_parse(row->peer, &peer));
    assert_int_equal(ais_access_check(access, OURS, strlen(OURS), row->peer != NULL ? &peer : NULL, now, &caller),
                     row->want);
    assert_string_equal(caller->id, "key_bound");
}

static void a_key_is_found_by_its_id(void **state)
{
    AUTO(ais_access_unref) struct ais_access *access = new_access();
    (void)state;
    assert_string_equal(ais_access_find(access, "key_chosen")->name, "chosen");
    assert_null(ais_access_find(access, "key_"));
    assert_null(ais_access_find(access, ""));
}

static void what_was_admitted_is_checked_again_by_id(void **state)
{
    AUTO(ais_access_unref) struct ais_access *access = new_access();
    (void)state;
    assert_int_equal(ais_access_recheck(access, "key_ours", now), AIS_ACCESS_OK);
    assert_int_equal(ais_access_recheck(access, "key_later", now), AIS_ACCESS_OK);
    assert_int_equal(ais_access_recheck(access, "key_now", now), AIS_ACCESS_EXPIRED);
    assert_int_equal(ais_access_recheck(access, "key_revoked", now), AIS_ACCESS_REVOKED);
    assert_int_equal(ais_access_recheck(access, "", now), AIS_ACCESS_UNKNOWN);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)], from[N_ELEMS(from_rows)];
    const struct CMUnitTest more[] = {
        cmocka_unit_test(a_very_long_key_is_unknown),
        cmocka_unit_test(without_keys_nobody_is_known),
        cmocka_unit_test(a_caller_brings_what_is_pinned),
        cmocka_unit_test(a_snapshot_lives_until_its_last_reference),
        cmocka_unit_test(every_one_of_many_is_found),
        cmocka_unit_test(the_same_key_twice_is_refused),
        cmocka_unit_test(the_same_id_twice_is_refused),
        cmocka_unit_test(a_text_that_would_be_cut_is_refused),
        cmocka_unit_test(each_verdict_has_its_words),
        cmocka_unit_test(a_key_is_found_by_its_id),
        cmocka_unit_test(what_was_admitted_is_checked_again_by_id),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    AIS_ROWS(tests, rows, check_row);
    int failed = cmocka_run_group_tests_name("access/access: verdicts", tests, NULL, NULL);
    AIS_ROWS(from, from_rows, check_from);
    failed += cmocka_run_group_tests_name("access/access: bound to ranges", from, NULL, NULL);
    return failed + cmocka_run_group_tests_name("access/access", more, NULL, NULL);
}
