#include "services/registry/key_uses.h"
#include "shared/mem/secret.h"
#include "shared/wire/args.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

static const uint8_t hash_key[AIS_API_KEY_HASH_KEY_SIZE];

/* A snapshot of the keys named by the letters of ids, each last used at `used` as far as the document knows. */
static struct ais_access *access_of(const char *ids, int64_t used)
{
    struct ais_access_key keys[8];
    struct ais_access *access = NULL;
    size_t count = strlen(ids);
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct ais_access_key){ .name = "", .last_used_at_ns = used };
        snprintf(keys[i].id, sizeof keys[i].id, "key_%c", ids[i]);
        keys[i].hash[0] = (uint8_t)ids[i];
    }
    assert_int_equal(ais_access_new(hash_key, keys, count, &access, NULL), AIS_OK);
    return access;
}

static void tell(struct key_uses *uses, const struct ais_access *access, const char *id, const char *time)
{
    AUTO(ais_buf_done) struct ais_buf args = { 0 };
    ais_args_add(&args, id, time);
    key_uses_take(uses, access, (struct ais_span){ args.data, args.length });
}

static int64_t known(const struct key_uses *uses, const struct ais_access *access, const char *id)
{
    return key_uses_of(uses, access, ais_access_find(access, id));
}

static void the_latest_use_is_known(void **state)
{
    AUTO(ais_access_unref) struct ais_access *access = access_of("ab", 0);
    AUTO(key_uses_done) struct key_uses uses = { 0 };
    (void)state;
    key_uses_follow(&uses, access);
    tell(&uses, access, "key_b", "70");
    tell(&uses, access, "key_b", "50");
    assert_int_equal(known(&uses, access, "key_b"), 70);
    assert_int_equal(known(&uses, access, "key_a"), 0);
    assert_true(uses.changed);
}

static void what_the_document_knows_counts(void **state)
{
    AUTO(ais_access_unref) struct ais_access *access = access_of("a", 60);
    AUTO(key_uses_done) struct key_uses uses = { 0 };
    (void)state;
    key_uses_follow(&uses, access);
    tell(&uses, access, "key_a", "60");
    assert_int_equal(known(&uses, access, "key_a"), 60);
    assert_false(uses.changed);
}

static void uses_survive_a_change_of_the_keys(void **state)
{
    AUTO(ais_access_unref) struct ais_access *before = access_of("abc", 0);
    AUTO(ais_access_unref) struct ais_access *after = access_of("cbd", 0);
    AUTO(key_uses_done) struct key_uses uses = { 0 };
    (void)state;
    key_uses_follow(&uses, before);
    tell(&uses, before, "key_c", "7");
    key_uses_follow(&uses, after);
    assert_int_equal(known(&uses, after, "key_c"), 7);
    assert_int_equal(known(&uses, after, "key_b"), 0);
    assert_int_equal(known(&uses, after, "key_d"), 0);
    assert_true(uses.changed);
}

static void keys_that_are_not_in_force_are_passed_over(void **state)
{
    AUTO(ais_access_unref) struct ais_access *access = access_of("a", 0);
    AUTO(key_uses_done) struct key_uses uses = { 0 };
    (void)state;
    key_uses_follow(&uses, access);
    tell(&uses, access, "key_x", "7");
    tell(&uses, access, "", "");
    assert_false(uses.changed);
}

static void when_to_keep_them_counts_from_the_first_change(void **state)
{
    AUTO(ais_access_unref) struct ais_access *access = access_of("a", 0);
    AUTO(key_uses_done) struct key_uses uses = { 0 };
    (void)state;
    key_uses_follow(&uses, access);
    tell(&uses, access, "key_a", "1");
    int64_t due = uses.due_ns;
    tell(&uses, access, "key_a", "2");
    assert_int_equal(uses.due_ns, due);
    key_uses_kept(&uses);
    assert_false(uses.changed);
    assert_int_equal(known(&uses, access, "key_a"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_use_is_known),
        cmocka_unit_test(what_the_document_knows_counts),
        cmocka_unit_test(uses_survive_a_change_of_the_keys),
        cmocka_unit_test(keys_that_are_not_in_force_are_passed_over),
        cmocka_unit_test(when_to_keep_them_counts_from_the_first_change),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("registry/key_uses", tests, NULL, NULL);
}
