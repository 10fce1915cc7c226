/* Fernet: the published vectors first, then what strictness means. */
#include "shared/mem/secret.h"
#include "shared/seal/fernet.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTORS "/usr/lib/python3/dist-packages/cryptography_vectors/fernet/"
#define SECRET  "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
#define OTHER   "Aw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="

static struct ais_sealer *sealer_of(const char *keys, struct ais_keyring **ring)
{
    struct ais_sealer *sealer = NULL;
    assert_int_equal(ais_keyring_parse(keys, ring, NULL), AIS_OK);
    assert_int_equal(ais_sealer_new(*ring, &sealer, NULL), AIS_OK);
    return sealer;
}

/* The value of the next "name": "value" after *at, copied; false when there is none before end. */
static bool next_member(const char **at, const char *end, const char *name, char *value, size_t size)
{
    char key[32];
    snprintf(key, sizeof key, "\"%s\": \"", name);
    const char *found = strstr(*at, key);
    if (found == NULL || found >= end)
        return false;
    found += strlen(key);
    size_t n = strcspn(found, "\"");
    assert_true(n < size);
    memcpy(value, found, n);
    value[n] = '\0';
    *at = found + n;
    return true;
}

static char *vectors_or_skip(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, VECTORS "%s", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        print_message("skipped: %s is absent (Debian: python3-cryptography-vectors)\n", path);
        skip();
    }
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

/* Each object's token under its secret; vectors that are invalid only by their age are valid to us. */
static void check_vectors(const char *name, bool valid)
{
    char *text = vectors_or_skip(name), token[512], secret[64], source[64], why_invalid[64];
    int count = 0;
    for (const char *object = strchr(text, '{'); object != NULL; object = strchr(object + 1, '{')) {
        const char *end = strchr(object, '}'), *at = object;
        assert_non_null(end);
        bool by_age = next_member(&at, end, "desc", why_invalid, sizeof why_invalid) &&
                      (strstr(why_invalid, "TTL") != NULL || strstr(why_invalid, "future") != NULL);
        at = object;
        assert_true(next_member(&at, end, "token", token, sizeof token));
        at = object;
        assert_true(next_member(&at, end, "secret", secret, sizeof secret));

        AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
        AUTO(ais_sealer_destroy) struct ais_sealer *sealer = sealer_of(secret, &ring);
        AUTO(ais_buf_done) struct ais_buf plain = { 0 };
        enum ais_err err = ais_unseal(sealer, token, strlen(token), &plain, NULL, NULL);
        assert_int_equal(err == AIS_OK, valid || by_age);
        at = object;
        if (valid && next_member(&at, end, "src", source, sizeof source))
            assert_string_equal(plain.data, source);
        count++;
    }
    free(text);
    assert_true(count > 0);
}

static void published_tokens_open(void **state)
{
    (void)state;
    check_vectors("verify.json", true);
    check_vectors("generate.json", true);
}

static void published_invalid_tokens_do_not(void **state)
{
    (void)state;
    check_vectors("invalid.json", false);
}

static void any_length_comes_back(void **state)
{
    (void)state;
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = sealer_of(SECRET, &ring);
    AUTO(ais_buf_done) struct ais_buf token = { 0 }, plain = { 0 };
    static char text[5000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    for (size_t n = 0; n <= sizeof text; n += n < 100 ? 1 : 611) {
        ais_buf_clear(&token);
        assert_int_equal(ais_seal(sealer, text, n, &token, NULL), AIS_OK);
        assert_int_equal(token.length, ais_seal_length(n));
        assert_int_equal(ais_unseal(sealer, token.data, token.length, &plain, NULL, NULL), AIS_OK);
        assert_int_equal(plain.length, n);
        assert_memory_equal(plain.data, text, n);
    }
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = sealer_of(SECRET, &ring);
    AUTO(ais_buf_done) struct ais_buf token = { 0 }, plain = { 0 };
    assert_int_equal(ais_seal(sealer, "hello, world", 12, &token, NULL), AIS_OK);
    for (size_t bit = 0; bit < token.length * 8; bit++) {
        token.data[bit / 8] = (char)(token.data[bit / 8] ^ 1 << bit % 8);
        assert_int_not_equal(ais_unseal(sealer, token.data, token.length, &plain, NULL, NULL), AIS_OK);
        assert_int_equal(plain.length, 0);
        token.data[bit / 8] = (char)(token.data[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t n = 0; n < token.length; n++)
        assert_int_not_equal(ais_unseal(sealer, token.data, n, &plain, NULL, NULL), AIS_OK);
}

static void the_first_key_seals_and_all_open(void **state)
{
    (void)state;
    AUTO(ais_keyring_destroy) struct ais_keyring *one = NULL, *two = NULL, *both = NULL;
    AUTO(ais_sealer_destroy) struct ais_sealer *first = sealer_of(SECRET, &one);
    AUTO(ais_sealer_destroy) struct ais_sealer *second = sealer_of(OTHER, &two);
    AUTO(ais_sealer_destroy) struct ais_sealer *ring = sealer_of(" " OTHER " , " SECRET "\n", &both);
    AUTO(ais_buf_done) struct ais_buf token = { 0 }, plain = { 0 };
    size_t key = 9;

    assert_int_equal(ais_keyring_count(both), 2);
    assert_int_equal(ais_seal(first, "a", 1, &token, NULL), AIS_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ais_unseal(ring, token.data, token.length, &plain, &key, NULL), AIS_OK);
        assert_int_equal(key, 1);
    }
    assert_int_equal(ais_unseal(second, token.data, token.length, &plain, NULL, NULL), AIS_E_KEY);
    ais_buf_clear(&token);
    assert_int_equal(ais_seal(ring, "a", 1, &token, NULL), AIS_OK);
    assert_int_equal(ais_unseal(second, token.data, token.length, &plain, NULL, NULL), AIS_OK);
}

static const struct row {
    const char *name, *keys, *why;
} rows[] = {
    {"no key at all is refused",                 "",                                             "key 1 is not"},
    { "a short key is refused",                  "cw_0x689RpI=",                                 "key 1 is not"},
    { "the second key is named",                 SECRET ",x",                                    "key 2 is not"},
    { "a trailing comma is a missing key",       SECRET ",",                                     "key 2 is not"},
    { "standard base64 is refused",              "cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=", "key 1 is not"},
    { "bits that stand for nothing are refused", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e5=", "key 1 is not"},
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    struct ais_why why = { 0 };
    assert_int_equal(ais_keyring_parse(row->keys, &ring, &why), AIS_E_KEY);
    assert_non_null(strstr(why.text, row->why));
    assert_null(strstr(why.text, "cw"));
    assert_null(ring);
}

static void a_generated_key_is_a_key(void **state)
{
    (void)state;
    char a[AIS_KEY_TEXT_SIZE], b[AIS_KEY_TEXT_SIZE];
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    ais_keyring_generate(a);
    ais_keyring_generate(b);
    assert_string_not_equal(a, b);
    assert_int_equal(ais_keyring_parse(a, &ring, NULL), AIS_OK);
    unsigned char one[32], other[32];
    ais_keyring_mac(ring, "tenant", "x", 1, one);
    ais_keyring_mac(ring, "cursor", "x", 1, other);
    assert_memory_not_equal(one, other, 32);
}

/* A ring that changes under a sealer's hands. */
static void a_key_that_is_added_opens_before_it_seals(void **state)
{
    (void)state;
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    AUTO(ais_keyring_destroy) struct ais_keyring *other_ring = NULL;
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = sealer_of(SECRET, &ring);
    AUTO(ais_sealer_destroy) struct ais_sealer *other = sealer_of(OTHER, &other_ring);
    AUTO(ais_buf_done) struct ais_buf old = { 0 }, foreign = { 0 }, young = { 0 }, plain = { 0 };
    size_t index = 0, key = 9;
    assert_int_equal(ais_seal(sealer, "a", 1, &old, NULL), AIS_OK);
    assert_int_equal(ais_seal(other, "b", 1, &foreign, NULL), AIS_OK);
    assert_int_equal(ais_unseal(sealer, foreign.data, foreign.length, &plain, NULL, NULL), AIS_E_KEY);

    assert_int_equal(ais_keyring_add(ring, OTHER, &index, NULL), AIS_OK);
    assert_int_equal(ais_unseal(sealer, foreign.data, foreign.length, &plain, &key, NULL), AIS_OK);
    assert_int_equal(key, index);
    assert_int_equal(ais_keyring_sealing(ring), 0);

    ais_keyring_seal_with(ring, index);
    assert_int_equal(ais_seal(sealer, "c", 1, &young, NULL), AIS_OK);
    assert_int_equal(ais_unseal(other, young.data, young.length, &plain, NULL, NULL), AIS_OK);
    assert_int_equal(ais_unseal(sealer, old.data, old.length, &plain, NULL, NULL), AIS_OK);

    ais_keyring_retire(ring, 0);
    assert_int_equal(ais_unseal(sealer, old.data, old.length, &plain, NULL, NULL), AIS_E_KEY);
    assert_int_equal(ais_unseal(sealer, young.data, young.length, &plain, NULL, NULL), AIS_OK);
    assert_int_equal(ais_keyring_open_count(ring), 1);
}

static void a_ring_is_told_as_it_is_read(void **state)
{
    (void)state;
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    char text[AIS_KEYS_TEXT_SIZE], before[AIS_KEY_ID_SIZE], after[AIS_KEY_ID_SIZE];
    size_t index = 0;
    assert_int_equal(ais_keyring_parse(SECRET, &ring, NULL), AIS_OK);
    ais_keyring_id(ring, 0, before);
    assert_int_equal(ais_keyring_add(ring, OTHER, &index, NULL), AIS_OK);
    ais_keyring_seal_with(ring, index);
    ais_keyring_text(ring, index, true, text);
    assert_string_equal(text, OTHER "," SECRET);
    ais_keyring_text(ring, index, false, text);
    assert_string_equal(text, OTHER);
    ais_keyring_id(ring, index, after);
    assert_string_not_equal(before, after);
    assert_int_equal(strlen(after), AIS_KEY_ID_SIZE - 1);
    ais_keyring_retire(ring, 0);
    ais_keyring_text(ring, index, true, text);
    assert_string_equal(text, OTHER);
}

static void a_ring_takes_only_new_keys_and_so_many(void **state)
{
    (void)state;
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    char text[AIS_KEY_TEXT_SIZE];
    size_t index = 0;
    assert_int_equal(ais_keyring_parse(SECRET, &ring, NULL), AIS_OK);
    assert_int_equal(ais_keyring_add(ring, SECRET, &index, NULL), AIS_E_REFUSED);
    assert_int_equal(ais_keyring_add(ring, "x", &index, NULL), AIS_E_KEY);
    assert_int_equal(ais_keyring_count(ring), 1);
    for (size_t i = 1; i < AIS_KEYS_MAX; i++) {
        ais_keyring_generate(text);
        assert_int_equal(ais_keyring_add(ring, text, &index, NULL), AIS_OK);
    }
    ais_keyring_generate(text);
    assert_int_equal(ais_keyring_add(ring, text, &index, NULL), AIS_E_LIMIT);
}

/* Rotations without end: each key opens until it is retired, and its place may then be another's. */
static void a_retired_key_leaves_its_place(void **state)
{
    (void)state;
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = sealer_of(SECRET, &ring);
    AUTO(ais_buf_done) struct ais_buf old = { 0 }, young = { 0 }, plain = { 0 };
    char text[AIS_KEY_TEXT_SIZE], told[AIS_KEYS_TEXT_SIZE];
    for (int i = 0; i < 5 * AIS_KEYS_MAX; i++) {
        size_t index = 0, key = 0, before = ais_keyring_sealing(ring);
        ais_buf_clear(&old);
        ais_buf_clear(&young);
        assert_int_equal(ais_seal(sealer, "old", 3, &old, NULL), AIS_OK);
        ais_keyring_generate(text);
        assert_int_equal(ais_keyring_add(ring, text, &index, NULL), AIS_OK);
        assert_int_not_equal(index, before);
        ais_keyring_seal_with(ring, index);
        assert_int_equal(ais_seal(sealer, "young", 5, &young, NULL), AIS_OK);
        assert_int_equal(ais_unseal(sealer, old.data, old.length, &plain, &key, NULL), AIS_OK);
        assert_int_equal(key, before);
        ais_keyring_retire(ring, before);
        assert_int_equal(ais_unseal(sealer, old.data, old.length, &plain, NULL, NULL), AIS_E_KEY);
        assert_int_equal(ais_unseal(sealer, young.data, young.length, &plain, &key, NULL), AIS_OK);
        assert_int_equal(key, index);
        ais_keyring_text(ring, index, true, told);
        assert_string_equal(told, text);
    }
    assert_int_equal(ais_keyring_count(ring), AIS_KEYS_MAX);
}

struct renewal {
    struct ais_keyring *ring;
    const char *text;
    int calls;
};

static bool renew(void *context)
{
    struct renewal *self = context;
    AUTO(ais_keyring_destroy) struct ais_keyring *now = NULL;
    self->calls++;
    assert_int_equal(ais_keyring_parse(self->text, &now, NULL), AIS_OK);
    return ais_keyring_add_all(self->ring, now) > 0;
}

static void a_reader_takes_up_keys_that_came_later(void **state)
{
    (void)state;
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    AUTO(ais_keyring_destroy) struct ais_keyring *other_ring = NULL;
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = sealer_of(SECRET, &ring);
    AUTO(ais_sealer_destroy) struct ais_sealer *other = sealer_of(OTHER, &other_ring);
    AUTO(ais_buf_done) struct ais_buf token = { 0 }, plain = { 0 };
    struct renewal renewal = { ring, SECRET, 0 };
    assert_int_equal(ais_keyring_renew_by(ring, renew, &renewal, NULL), AIS_OK);
    assert_int_equal(ais_seal(other, "a", 1, &token, NULL), AIS_OK);
    assert_int_equal(ais_unseal(sealer, token.data, token.length, &plain, NULL, NULL), AIS_E_KEY);
    renewal.text = OTHER "," SECRET;
    assert_int_equal(ais_unseal(sealer, token.data, token.length, &plain, NULL, NULL), AIS_OK);
    assert_int_equal(renewal.calls, 2);
    assert_int_equal(ais_keyring_count(ring), 2);
}

/* A reader that lives longer than many keys keeps those that there are. */
static void a_reader_gives_up_keys_that_are_gone(void **state)
{
    (void)state;
    enum { ROTATIONS = 5 * AIS_KEYS_MAX };
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = sealer_of(SECRET, &ring);
    AUTO(ais_buf_done) struct ais_buf token = { 0 }, last = { 0 }, plain = { 0 };
    char keys[2 * AIS_KEY_TEXT_SIZE], before[AIS_KEY_TEXT_SIZE] = SECRET, now[AIS_KEY_TEXT_SIZE];
    struct renewal renewal = { ring, keys, 0 };
    assert_int_equal(ais_keyring_renew_by(ring, renew, &renewal, NULL), AIS_OK);
    for (int i = 0; i < ROTATIONS; i++) {
        AUTO(ais_keyring_destroy) struct ais_keyring *other_ring = NULL;
        AUTO(ais_sealer_destroy) struct ais_sealer *other = NULL;
        ais_keyring_generate(now);
        snprintf(keys, sizeof keys, "%s,%s", now, before);
        other = sealer_of(keys, &other_ring);
        ais_buf_clear(&token);
        assert_int_equal(ais_seal(other, "a", 1, &token, NULL), AIS_OK);
        assert_int_equal(ais_unseal(sealer, token.data, token.length, &plain, NULL, NULL), AIS_OK);
        if (i > 0)
            assert_int_equal(ais_unseal(sealer, last.data, last.length, &plain, NULL, NULL), AIS_OK);
        ais_buf_clear(&last);
        ais_buf_add(&last, token.data, token.length);
        memcpy(before, now, sizeof before);
    }
    assert_int_equal(renewal.calls, ROTATIONS);
    assert_int_equal(ais_keyring_open_count(ring), AIS_KEYS_MAX);
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(published_tokens_open),
        cmocka_unit_test(published_invalid_tokens_do_not),
        cmocka_unit_test(any_length_comes_back),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(the_first_key_seals_and_all_open),
        cmocka_unit_test(a_generated_key_is_a_key),
        cmocka_unit_test(a_key_that_is_added_opens_before_it_seals),
        cmocka_unit_test(a_ring_is_told_as_it_is_read),
        cmocka_unit_test(a_ring_takes_only_new_keys_and_so_many),
        cmocka_unit_test(a_reader_takes_up_keys_that_came_later),
        cmocka_unit_test(a_retired_key_leaves_its_place),
        cmocka_unit_test(a_reader_gives_up_keys_that_are_gone),
    };
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    int failed = cmocka_run_group_tests_name("seal/fernet", others, NULL, NULL);
    return failed + cmocka_run_group_tests_name("seal/fernet keys", tests, NULL, NULL);
}
