/* Signatures: the published vectors, the development key, what is signed of a document. */
#include "shared/mem/secret.h"
#include "shared/sign/sign.h"
#include "tests/unit/test.h"

#include <string.h>

/* RFC 8032, section 7.1, tests 1 to 3: seed, public key, message, signature; as base64 (messages as bytes). */
static const struct row {
    const char *name, *seed, *public, *message;
    size_t size;
    const char *signature;
} rows[] = {
    {"an empty message",
     "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",                     "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "", 0,
     "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw=="                                                                                                                           },
    { "one byte",        "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=", "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=",
     "\x72",                                                                                                                 1, "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA=="},
    { "two bytes",       "xaqN9D+fg3vtt0QvMdy3sWbThTUHbwlLhc46LgtEWPc=", "/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=",
     "\xaf\x82",                                                                                                             2, "YpHWV97sJAJIJ+acOr4BowzlSKKEdDpEXjaA19taw6wY/5tTjRbykK5n92CYTcZZSnwV6XFu0o3AJ77O6h7ECg=="},
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct ais_sign_key *key = NULL;
    char text[AIS_SIGNATURE_TEXT];
    assert_int_equal(ais_sign_key_read(row->seed, &key, NULL), AIS_OK);
    ais_sign_key_public(key, text);
    assert_string_equal(text, row->public);
    ais_sign(key, row->message, row->size, text);
    assert_int_equal(strlen(text), AIS_SIGNATURE_TEXT - 1);
    assert_string_equal(text, row->signature);
    assert_int_equal(ais_sign_verify(text, strlen(text), row->message, row->size, NULL), AIS_E_DAMAGED);
    ais_sign_key_destroy(&key);
}

static void other_texts_are_no_keys(void **state)
{
    static const char *const texts[] = { "",
                                         "x",
                                         "AAAA",
                                         "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
                                         "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
                                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==" };
    (void)state;
    for (size_t i = 0; i < N_ELEMS(texts); i++) {
        struct ais_sign_key *key = NULL;
        struct ais_why why = { 0 };
        assert_int_equal(ais_sign_key_read(texts[i], &key, &why), AIS_E_KEY);
        assert_null(key);
        assert_true(texts[i][0] == '\0' || texts[i][1] == '\0' || strstr(why.text, texts[i]) == NULL);
    }
}

static void a_development_build_signs_what_it_trusts(void **state)
{
    struct ais_sign_key *key = NULL;
    char signature[AIS_SIGNATURE_TEXT], own[AIS_PUBLIC_KEY_TEXT], trusted[AIS_PUBLIC_KEY_TEXT];
    (void)state;
    if (!ais_sign_is_development()) {
        assert_int_equal(ais_sign_key_development(&key, NULL), AIS_E_REFUSED);
        return;
    }
    assert_int_equal(ais_sign_key_development(&key, NULL), AIS_OK);
    ais_sign_key_public(key, own);
    ais_sign_vendor_public(trusted);
    assert_string_equal(own, trusted);
    ais_sign(key, "bytes", 5, signature);
    assert_int_equal(ais_sign_verify(signature, strlen(signature), "bytes", 5, NULL), AIS_OK);
    assert_int_equal(ais_sign_verify(signature, strlen(signature), "Bytes", 5, NULL), AIS_E_DAMAGED);
    assert_int_equal(ais_sign_verify(signature, strlen(signature) - 1, "bytes", 5, NULL), AIS_E_DAMAGED);
    assert_int_equal(ais_sign_verify("", 0, "bytes", 5, NULL), AIS_E_DAMAGED);
    signature[3] ^= 1;
    assert_int_equal(ais_sign_verify(signature, strlen(signature), "bytes", 5, NULL), AIS_E_DAMAGED);
    ais_sign_key_destroy(&key);
}

static void all_but_the_signature_is_signed(void **state)
{
    static const char *const documents[] = {
        "{\"b\": 1, \"signature\": \"x\", \"a\": {\"signature\": [2]}}",
        "{\"signature\":null,\"a\":{\"signature\":[2]},\"b\":1}",
        "{\"a\":{\"signature\":[2]},\"b\":1}",
    };
    struct ais_arena *arena = ais_arena_new(0);
    (void)state;
    for (size_t i = 0; i < N_ELEMS(documents); i++) {
        const struct ais_json *object;
        struct ais_buf text = { 0 };
        assert_int_equal(
            ais_json_read(arena, documents[i], strlen(documents[i]), &ais_json_request_limits, &object, NULL), AIS_OK);
        ais_sign_canonical(&text, object);
        assert_false(text.failed);
        assert_string_equal(text.data, "{\"a\":{\"signature\":[2]},\"b\":1}");
        ais_buf_done(&text);
    }
    ais_arena_destroy(&arena);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    const struct CMUnitTest others[] = {
        cmocka_unit_test(other_texts_are_no_keys),
        cmocka_unit_test(a_development_build_signs_what_it_trusts),
        cmocka_unit_test(all_but_the_signature_is_signed),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    AIS_ROWS(tests, rows, check_row);
    int failed = cmocka_run_group_tests_name("sign/sign", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("sign/sign more", others, NULL, NULL);
}
