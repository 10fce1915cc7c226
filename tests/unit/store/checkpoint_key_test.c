/* Key files beside the log: made, read, changed, and refused. */
#include "shared/mem/secret.h"
#include "shared/seal/file_memory.h"
#include "shared/store/checkpoint_key.h"
#include "shared/store/mask_key.h"
#include "tests/unit/test.h"

static struct ais_dir *dir;

static int set_up(void **state)
{
    (void)state;
    return ais_secret_init(NULL) != AIS_OK || ais_dir_open_memory("memory", 1 << 20, &dir, NULL) != AIS_OK;
}

static int tear_down(void **state)
{
    (void)state;
    ais_dir_close(&dir);
    return 0;
}

static bool is_there(const char *name)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    return ais_file_load(dir, name, 4096, &text, NULL) == AIS_OK;
}

static bool same(const struct ais_signer *a, const struct ais_signer *b)
{
    return memcmp(ais_signer_public(a), ais_signer_public(b), AIS_CHECKPOINT_KEY_SIZE) == 0;
}

static struct ais_signer *open_key(struct ais_signer **coming)
{
    struct ais_signer *signer = NULL;
    assert_int_equal(ais_checkpoint_key_open(dir, &signer, coming, NULL), AIS_OK);
    return signer;
}

static void expect_public(const struct ais_signer *signer)
{
    unsigned char key[AIS_CHECKPOINT_KEY_SIZE];
    assert_int_equal(ais_checkpoint_public_read(dir, key, NULL), AIS_OK);
    assert_memory_equal(key, ais_signer_public(signer), sizeof key);
}

static void test_a_key_is_made_once(void **state)
{
    (void)state;
    AUTO(ais_signer_destroy) struct ais_signer *coming = NULL;
    AUTO(ais_signer_destroy) struct ais_signer *first = open_key(&coming);
    AUTO(ais_signer_destroy) struct ais_signer *again = open_key(&coming);
    assert_true(same(first, again));
    assert_null(coming);
    expect_public(first);
}

static void test_a_change_that_the_chain_knows_is_finished(void **state)
{
    (void)state;
    AUTO(ais_signer_destroy) struct ais_signer *coming = NULL;
    AUTO(ais_signer_destroy) struct ais_signer *read = NULL;
    AUTO(ais_signer_destroy) struct ais_signer *old = open_key(&coming);
    AUTO(ais_signer_destroy) struct ais_signer *next = NULL;
    assert_int_equal(ais_checkpoint_key_prepare(dir, &next, NULL), AIS_OK);
    AUTO(ais_signer_destroy) struct ais_signer *still = open_key(&coming);
    assert_true(same(still, old) && coming != NULL && same(coming, next));
    assert_int_equal(ais_checkpoint_key_settle(dir, next, NULL), AIS_OK);
    ais_signer_destroy(&coming);
    read = open_key(&coming);
    assert_true(same(read, next));
    assert_null(coming);
    expect_public(next);
}

static void test_a_change_that_the_chain_does_not_know_is_forgotten(void **state)
{
    (void)state;
    AUTO(ais_signer_destroy) struct ais_signer *coming = NULL;
    AUTO(ais_signer_destroy) struct ais_signer *old = open_key(&coming);
    AUTO(ais_signer_destroy) struct ais_signer *next = NULL;
    assert_int_equal(ais_checkpoint_key_prepare(dir, &next, NULL), AIS_OK);
    assert_int_equal(ais_checkpoint_key_settle(dir, old, NULL), AIS_OK);
    assert_false(is_there("checkpoint.key.new"));
    expect_public(old);
}

static enum ais_checkpoint_public look(const struct ais_signer *signer)
{
    enum ais_checkpoint_public found = AIS_CHECKPOINT_PUBLIC_FITS;
    assert_int_equal(ais_checkpoint_public_look(dir, signer, &found, NULL), AIS_OK);
    return found;
}

static void test_a_public_key_that_is_missing_or_foreign_is_known_before_it_is_made_anew(void **state)
{
    (void)state;
    AUTO(ais_signer_destroy) struct ais_signer *coming = NULL;
    AUTO(ais_signer_destroy) struct ais_signer *signer = open_key(&coming);
    AUTO(ais_signer_destroy) struct ais_signer *next = NULL;
    assert_int_equal(look(signer), AIS_CHECKPOINT_PUBLIC_FITS);
    assert_int_equal(ais_file_unlink(dir, AIS_CHECKPOINT_PUBLIC_FILE, NULL), AIS_OK);
    assert_int_equal(look(signer), AIS_CHECKPOINT_PUBLIC_MISSING);
    assert_int_equal(ais_checkpoint_key_settle(dir, signer, NULL), AIS_OK);
    assert_int_equal(look(signer), AIS_CHECKPOINT_PUBLIC_FITS);
    assert_int_equal(ais_checkpoint_key_prepare(dir, &next, NULL), AIS_OK);
    assert_int_equal(look(next), AIS_CHECKPOINT_PUBLIC_FITS);
    assert_int_equal(ais_file_unlink(dir, "checkpoint.key.new", NULL), AIS_OK);
    assert_int_equal(look(next), AIS_CHECKPOINT_PUBLIC_FOREIGN);
}

static void test_a_public_key_that_was_exchanged_is_put_right(void **state)
{
    (void)state;
    AUTO(ais_signer_destroy) struct ais_signer *coming = NULL;
    AUTO(ais_signer_destroy) struct ais_signer *signer = open_key(&coming);
    assert_int_equal(ais_file_replace(dir, AIS_CHECKPOINT_PUBLIC_FILE, "no key\n", 7, NULL), AIS_OK);
    assert_int_equal(look(signer), AIS_CHECKPOINT_PUBLIC_FOREIGN);
    assert_int_equal(ais_checkpoint_key_settle(dir, signer, NULL), AIS_OK);
    expect_public(signer);
}

static void test_what_is_no_key_is_refused(void **state)
{
    (void)state;
    struct ais_signer *signer = NULL, *coming = NULL;
    struct ais_why why = { 0 };
    unsigned char *key = NULL;
    assert_int_equal(ais_file_replace(dir, AIS_CHECKPOINT_KEY_FILE, "0123\n", 5, NULL), AIS_OK);
    assert_int_equal(ais_checkpoint_key_open(dir, &signer, &coming, &why), AIS_E_KEY);
    assert_non_null(strstr(why.text, "memory/checkpoint.key: "));
    assert_int_equal(ais_file_replace(dir, AIS_MASK_KEY_FILE, "0123\n", 5, NULL), AIS_OK);
    assert_int_equal(ais_mask_key_open(dir, true, &key, &why), AIS_E_KEY);
    assert_non_null(strstr(why.text, "memory/mask.key: "));
}

static void test_the_key_of_masks_is_made_once_and_only_on_demand(void **state)
{
    (void)state;
    unsigned char *first = NULL, *again = NULL;
    assert_int_equal(ais_mask_key_open(dir, false, &first, NULL), AIS_E_NOT_FOUND);
    assert_int_equal(ais_mask_key_open(dir, true, &first, NULL), AIS_OK);
    assert_int_equal(ais_mask_key_open(dir, false, &again, NULL), AIS_OK);
    assert_memory_equal(first, again, AIS_MASK_KEY_SIZE);
    ais_secret_free(first);
    ais_secret_free(again);
}

/* Keys that starts find, one after the other, by a letter each; a capital one was made by the start. */
static void test_a_key_of_masks_is_known_by_what_the_chain_knows(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        enum ais_mask_key_fate fate; /* of the last one */
    } rows[] = {
        {"A",      AIS_MASK_KEY_FIRST   },
        { "a",     AIS_MASK_KEY_FIRST   },
        { "Aa",    AIS_MASK_KEY_KNOWN   },
        { "Ab",    AIS_MASK_KEY_OTHER   },
        { "Abb",   AIS_MASK_KEY_KNOWN   },
        { "Aba",   AIS_MASK_KEY_RESTORED},
        { "Abaa",  AIS_MASK_KEY_KNOWN   },
        { "Abab",  AIS_MASK_KEY_OTHER   },
        { "Ababa", AIS_MASK_KEY_RESTORED},
        { "Abca",  AIS_MASK_KEY_RESTORED},
        { "Abcb",  AIS_MASK_KEY_OTHER   },
        { "AB",    AIS_MASK_KEY_OTHER   },
        { "ABa",   AIS_MASK_KEY_RESTORED},
        { "ABcb",  AIS_MASK_KEY_RESTORED},
        { "ABca",  AIS_MASK_KEY_OTHER   },
        { "AbCa",  AIS_MASK_KEY_RESTORED},
        { "AbCb",  AIS_MASK_KEY_OTHER   },
        { "AbaCa", AIS_MASK_KEY_RESTORED},
    };
    for (size_t i = 0; i < N_ELEMS(rows); i++) {
        struct ais_anchor anchors[2] = { 0 };
        struct ais_mask_key_place place = { .fate = AIS_MASK_KEY_KNOWN };
        size_t count = 0;
        for (const char *at = rows[i].keys; *at != '\0'; at++) {
            bool made = *at < 'a';
            unsigned char key[AIS_MASK_KEY_SIZE] = { (unsigned char)(made ? *at - 'A' + 'a' : *at) };
            ais_mask_key_settle(key, made, anchors, count, &place);
            for (size_t k = 0; k < place.count; k++) {
                assert_true(place.anchors[k].generation > anchors[k].generation || k == 1);
                assert_true(place.anchors[k].generation >= anchors[k].generation);
                anchors[k] = place.anchors[k];
            }
            count = place.count > count ? place.count : count;
        }
        if (place.fate != rows[i].fate)
            fail_msg("%s: %d", rows[i].keys, place.fate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_key_is_made_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_change_that_the_chain_knows_is_finished, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_change_that_the_chain_does_not_know_is_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_public_key_that_is_missing_or_foreign_is_known_before_it_is_made_anew,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_public_key_that_was_exchanged_is_put_right, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_key_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_key_of_masks_is_made_once_and_only_on_demand, set_up, tear_down),
        cmocka_unit_test(test_a_key_of_masks_is_known_by_what_the_chain_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
