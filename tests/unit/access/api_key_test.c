#include "shared/access/api_key.h"
#include "shared/mem/secret.h"
#include "tests/unit/test.h"

#include <ctype.h>
#include <string.h>

/* Checksum and hash computed with Python's zlib.crc32 and hashlib.blake2b. */
#define KNOWN_KEY "ais_0123456789ABCDEFGHIJKLMNOPQRSTUV2vXrc8"

static const struct row {
    const char *name, *text;
    enum ais_api_key_form form;
} rows[] = {
    {"a right checksum",            KNOWN_KEY,                                    AIS_API_KEY_OURS    },
    { "a wrong checksum",           "ais_0123456789ABCDEFGHIJKLMNOPQRSTUV2vXrc9", AIS_API_KEY_MISTYPED},
    { "one digit changed",          "ais_0123456789ABCDEFGHIJKLMNOPQRSTUW2vXrc8", AIS_API_KEY_MISTYPED},
    { "two digits swapped",         "ais_1023456789ABCDEFGHIJKLMNOPQRSTUV2vXrc8", AIS_API_KEY_MISTYPED},
    { "the last character lost",    "ais_0123456789ABCDEFGHIJKLMNOPQRSTUV2vXrc",  AIS_API_KEY_MISTYPED},
    { "one too many",               KNOWN_KEY "8",                                AIS_API_KEY_MISTYPED},
    { "the prefix alone",           "ais_",                                       AIS_API_KEY_MISTYPED},
    { "another case of the prefix", "AIS_0123456789ABCDEFGHIJKLMNOPQRSTUV2vXrc8", AIS_API_KEY_FOREIGN },
    { "another product's",          "sk-0123456789ABCDEFGHIJKLMNOPQRSTUV2vXrc8",  AIS_API_KEY_FOREIGN },
    { "nothing",                    "",                                           AIS_API_KEY_FOREIGN },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    assert_int_equal(ais_api_key_form(row->text, strlen(row->text)), row->form);
}

static void a_new_key_verifies(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        char *key = ais_api_key_new();
        assert_non_null(key);
        assert_int_equal(strlen(key), AIS_API_KEY_LENGTH);
        assert_int_equal(ais_api_key_form(key, AIS_API_KEY_LENGTH), AIS_API_KEY_OURS);
        for (const char *at = key + 4; *at != '\0'; at++)
            assert_true(isalnum((unsigned char)*at));
        ais_secret_free(key);
    }
}

static void two_new_keys_differ(void **state)
{
    (void)state;
    char *one = ais_api_key_new(), *other = ais_api_key_new();
    assert_string_not_equal(one, other);
    ais_secret_free(one);
    ais_secret_free(other);
}

static void an_id_has_its_form(void **state)
{
    (void)state;
    char id[AIS_API_KEY_ID_SIZE];
    ais_api_key_id_new(id);
    assert_int_equal(strlen(id), AIS_API_KEY_ID_SIZE - 1);
    assert_memory_equal(id, "key_", 4);
}

static void the_hash_is_keyed_blake2b(void **state)
{
    (void)state;
    static const uint8_t want[] = { 0x29, 0xce, 0x2b, 0x3f, 0xb0, 0xff, 0x3c, 0xe6, 0xff, 0x7e, 0x19,
                                    0x1d, 0x00, 0x9b, 0xe9, 0x12, 0x68, 0xb4, 0xba, 0x6f, 0xc8, 0x24,
                                    0x38, 0x2b, 0xa3, 0x36, 0xbd, 0xf3, 0x3d, 0x6b, 0xed, 0x8a };
    uint8_t key[AIS_API_KEY_HASH_KEY_SIZE], hash[AIS_API_KEY_HASH_SIZE];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    ais_api_key_hash(key, KNOWN_KEY, strlen(KNOWN_KEY), hash);
    assert_memory_equal(hash, want, sizeof want);
}

static const struct chosen_row {
    const char *name, *text, *why;
    enum ais_err want;
} chosen_rows[] = {
    {"32 characters may be chosen", "0123456789abcdef0123456789abcde!",       "",                AIS_OK       },
    { "31 may not",                 "0123456789abcdef0123456789abcde",        "this one has 31", AIS_E_SETTING},
    { "a space may not",            "0123456789abcdef 123456789abcdef",       "character 17",    AIS_E_SETTING},
    { "bytes beyond ASCII may not", "0123456789abcdef0123456789abc\xc3\xa9!", "character 30",    AIS_E_SETTING},
};

static void check_chosen_row(void **state)
{
    const struct chosen_row *row = *state;
    struct ais_why why = { 0 };
    assert_int_equal(ais_api_key_check_chosen(row->text, strlen(row->text), &why), row->want);
    assert_non_null(strstr(why.text, row->why));
    assert_null(strstr(why.text, "0123456789"));
}

static void a_chosen_key_has_a_longest(void **state)
{
    (void)state;
    char text[AIS_API_KEY_MOST + 1];
    memset(text, 'x', sizeof text);
    assert_int_equal(ais_api_key_check_chosen(text, AIS_API_KEY_MOST, NULL), AIS_OK);
    assert_int_equal(ais_api_key_check_chosen(text, sizeof text, NULL), AIS_E_SETTING);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + N_ELEMS(chosen_rows)];
    const struct CMUnitTest more[] = { cmocka_unit_test(a_new_key_verifies), cmocka_unit_test(two_new_keys_differ),
                                       cmocka_unit_test(an_id_has_its_form),
                                       cmocka_unit_test(the_hash_is_keyed_blake2b),
                                       cmocka_unit_test(a_chosen_key_has_a_longest) };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(tests + N_ELEMS(rows), chosen_rows, check_chosen_row);
    int failed = cmocka_run_group_tests_name("access/api_key: forms", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("access/api_key", more, NULL, NULL);
}
