/* A new Fernet key: a crash anywhere, and every document is readable; at the end the old key opens nothing. */
#include "shared/json/write.h"
#include "shared/mem/secret.h"
#include "shared/store/key_file.h"
#include "shared/store/key_rotation.h"
#include "tests/unit/store/crash_dir.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY       "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
#define OTHER_KEY "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="
#define THIRD_KEY "ZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODk="

static int setup(void **state)
{
    *state = scratch_new();
    return 0;
}

static int teardown(void **state)
{
    scratch_remove(*state);
    return 0;
}

static void put_file(const char *path, const char *name, const char *text)
{
    AUTO(ais_dir_close) struct ais_dir *dir = NULL;
    assert_int_equal(ais_dir_open(path, false, &dir, NULL, NULL), AIS_OK);
    assert_int_equal(ais_file_replace(dir, name, text, strlen(text), NULL), AIS_OK);
}

static void get_keys(const char *path, char *text, size_t size)
{
    AUTO(ais_dir_close) struct ais_dir *dir = NULL;
    AUTO(ais_buf_wipe) struct ais_buf bytes = { 0 };
    assert_int_equal(ais_dir_open(path, false, &dir, NULL, NULL), AIS_OK);
    assert_int_equal(ais_file_load(dir, AIS_KEY_FILE, 4096, &bytes, NULL), AIS_OK);
    assert_true(bytes.length < size);
    memcpy(text, bytes.data, bytes.length);
    text[bytes.length] = '\0';
}

static enum ais_err write_number(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    const unsigned *number = arg;
    (void)now;
    (void)why;
    ais_jw_begin_object(next, NULL);
    ais_jw_u64(next, "number", *number);
    ais_jw_end_object(next);
    return AIS_OK;
}

static struct ais_store *open_store(const char *path, const char *keys, const struct ais_anchor *anchor)
{
    struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    struct ais_why why = { 0 };
    if (ais_store_open(path, keys, &store, &opened, &why) != AIS_OK)
        fail_msg("%s", why.text);
    assert_int_equal(ais_store_verify(store, anchor, anchor != NULL, &why), AIS_OK);
    return store;
}

/* A store under KEY with one document, in which stands 7; its anchor. */
static struct ais_anchor make_store(const char *path)
{
    unsigned number = 7;
    put_file(path, AIS_KEY_FILE, KEY "\n");
    put_file(path, "audit_logs.enc", "");
    AUTO(ais_store_close) struct ais_store *store = open_store(path, NULL, NULL);
    assert_int_equal(ais_store_change(store, AIS_DOCUMENT_RULEPACKS, write_number, &number, NULL, NULL), AIS_OK);
    const struct ais_anchor anchor = *ais_store_unrecorded(store);
    return anchor;
}

/* 7 still stands there, under the anchor that it had. */
static void expect_seven(struct ais_store *store, const struct ais_anchor *anchor)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *content = NULL;
    uint64_t generation = 0, number = 0;
    struct ais_why why = { 0 };
    if (ais_store_read(store, AIS_DOCUMENT_RULEPACKS, arena, &content, &generation, &why) != AIS_OK)
        fail_msg("%s", why.text);
    assert_true(ais_json_get_u64(content, "number", &number));
    assert_int_equal(number, 7);
    assert_int_equal(generation, anchor->generation);
    assert_null(ais_store_unrecorded(store));
}

static enum ais_err rotate(struct ais_store *store, bool *ret_begun)
{
    TRY(ais_rotation_begin(store, NULL, ret_begun, NULL));
    TRY(ais_rotation_documents(store, NULL));
    return ais_rotation_end(store, NULL);
}

static void a_rotation_leaves_one_new_key(void **state)
{
    char before[64], after[128];
    const struct ais_anchor anchor = make_store(*state);
    bool begun = false;
    get_keys(*state, before, sizeof before);
    {
        AUTO(ais_store_close) struct ais_store *store = open_store(*state, NULL, &anchor);
        assert_false(ais_rotation_is_due(store));
        assert_int_equal(rotate(store, &begun), AIS_OK);
        assert_true(begun);
        assert_false(ais_rotation_is_due(store));
        expect_seven(store, &anchor);
    }
    get_keys(*state, after, sizeof after);
    assert_int_equal(strlen(after), strlen(before));
    assert_string_not_equal(after, before);
    AUTO(ais_store_close) struct ais_store *store = open_store(*state, NULL, &anchor);
    expect_seven(store, &anchor);
}

static void the_old_key_opens_nothing_then(void **state)
{
    const struct ais_anchor anchor = make_store(*state);
    struct ais_store *store = open_store(*state, NULL, &anchor);
    assert_int_equal(rotate(store, NULL), AIS_OK);
    ais_store_close(&store);
    struct ais_store_opened opened;
    assert_int_equal(ais_store_open(*state, KEY, &store, &opened, NULL), AIS_E_KEY);
}

static void a_given_key_is_taken(void **state)
{
    char keys[128];
    const struct ais_anchor anchor = make_store(*state);
    AUTO(ais_store_close) struct ais_store *store = open_store(*state, NULL, &anchor);
    assert_int_equal(ais_rotation_begin(store, OTHER_KEY, NULL, NULL), AIS_OK);
    assert_true(ais_rotation_is_due(store));
    get_keys(*state, keys, sizeof keys);
    assert_string_equal(keys, OTHER_KEY "," KEY "\n");
    assert_int_equal(ais_rotation_documents(store, NULL), AIS_OK);
    assert_int_equal(ais_rotation_end(store, NULL), AIS_OK);
    get_keys(*state, keys, sizeof keys);
    assert_string_equal(keys, OTHER_KEY "\n");
}

static void one_that_is_due_is_gone_on_with(void **state)
{
    char keys[128];
    const struct ais_anchor anchor = make_store(*state);
    bool begun = true;
    put_file(*state, AIS_KEY_FILE, OTHER_KEY "," KEY "\n");
    AUTO(ais_store_close) struct ais_store *store = open_store(*state, NULL, &anchor);
    assert_true(ais_rotation_is_due(store));
    assert_int_equal(rotate(store, &begun), AIS_OK);
    assert_false(begun);
    get_keys(*state, keys, sizeof keys);
    assert_string_equal(keys, OTHER_KEY "\n");
    expect_seven(store, &anchor);
}

/* Nobody is to believe that a key is in force when it is another one's rotation that was brought to its end. */
static void no_key_is_taken_while_one_is_due(void **state)
{
    char keys[128];
    struct ais_why why = { 0 };
    const struct ais_anchor anchor = make_store(*state);
    bool begun = true;
    put_file(*state, AIS_KEY_FILE, OTHER_KEY "," KEY "\n");
    AUTO(ais_store_close) struct ais_store *store = open_store(*state, NULL, &anchor);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ais_rotation_begin(store, i == 0 ? THIRD_KEY : OTHER_KEY, &begun, &why), AIS_E_REFUSED);
        assert_non_null(strstr(why.text, "without --new-key-file"));
        assert_false(begun);
    }
    get_keys(*state, keys, sizeof keys);
    assert_string_equal(keys, OTHER_KEY "," KEY "\n");
    assert_int_equal(rotate(store, NULL), AIS_OK);
    assert_int_equal(ais_rotation_begin(store, THIRD_KEY, &begun, &why), AIS_OK);
    assert_true(begun);
}

static void keys_of_the_operator_stay_the_operators(void **state)
{
    char keys[128];
    struct ais_why why = { 0 };
    const struct ais_anchor anchor = make_store(*state);
    struct ais_store *store = open_store(*state, KEY, &anchor);
    assert_true(ais_rotation_keys_given(store));
    assert_int_equal(ais_rotation_begin(store, NULL, NULL, &why), AIS_E_REFUSED);
    assert_non_null(strstr(why.text, "OFFLINE_ENCRYPTION_KEY"));
    ais_store_close(&store);
    store = open_store(*state, OTHER_KEY "," KEY, &anchor);
    assert_int_equal(ais_rotation_begin(store, THIRD_KEY, NULL, &why), AIS_E_REFUSED);
    assert_non_null(strstr(why.text, "OFFLINE_ENCRYPTION_KEY"));
    assert_int_equal(rotate(store, NULL), AIS_OK);
    ais_store_close(&store);
    get_keys(*state, keys, sizeof keys);
    assert_string_equal(keys, KEY "\n");
    store = open_store(*state, OTHER_KEY, &anchor);
    expect_seven(store, &anchor);
    ais_store_close(&store);
}

/* Ends at one call of the seam; the next start goes on. */
static void crash_at(unsigned at, unsigned *ret_calls)
{
    char *path = scratch_new();
    unsigned calls = 0;
    const struct ais_anchor anchor = make_store(path);
    struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    if (ais_store_open_in(crash_dir_open(path, at, &calls), NULL, &store, &opened, NULL) == AIS_OK &&
        ais_store_verify(store, &anchor, 1, NULL) == AIS_OK) {
        enum ais_err err = rotate(store, NULL);
        assert_true(err != AIS_OK || at >= calls);
    }
    ais_store_close(&store);
    *ret_calls = calls;
    store = open_store(path, NULL, &anchor);
    expect_seven(store, &anchor);
    assert_int_equal(rotate(store, NULL), AIS_OK);
    expect_seven(store, &anchor);
    ais_store_close(&store);
    assert_int_equal(ais_store_open(path, KEY, &store, &opened, NULL), AIS_E_KEY);
    scratch_remove(path);
}

static void a_crash_anywhere_loses_nothing(void **state)
{
    (void)state;
    unsigned calls = 0, ignored = 0;
    crash_at(NO_CRASH, &calls);
    assert_true(calls > 15);
    for (unsigned at = 0; at < calls; at++)
        crash_at(at, &ignored);
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    static const struct CMUnitTest tests[] = {
        TEST(a_rotation_leaves_one_new_key),
        TEST(the_old_key_opens_nothing_then),
        TEST(a_given_key_is_taken),
        TEST(one_that_is_due_is_gone_on_with),
        TEST(no_key_is_taken_while_one_is_due),
        TEST(keys_of_the_operator_stay_the_operators),
        TEST(a_crash_anywhere_loses_nothing),
    };
    return cmocka_run_group_tests_name("store/key_rotation", tests, NULL, NULL);
}
