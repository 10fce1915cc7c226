#include "shared/json/json.h"
#include "tests/unit/test.h"

#include <string.h>

static const char document[] = "{\"text\":\"plain\",\"nul\":\"a\\u0000b\",\"number\":42,\"most\":18446744073709551615,"
                               "\"over\":18446744073709551616,\"negative\":-1,\"fraction\":1.0,\"yes\":true,"
                               "\"none\":null,\"k\\u0000ey\":1,\"list\":[1]}";

static const struct ais_json *read_document(struct ais_arena *arena)
{
    const struct ais_json *root = NULL;
    assert_int_equal(ais_json_read(arena, document, strlen(document), &ais_json_request_limits, &root, NULL), AIS_OK);
    return root;
}

static void members_are_found_by_name(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = read_document(arena);
    assert_int_equal(ais_json_get(root, "number")->kind, AIS_JSON_NUMBER);
    assert_null(ais_json_get(root, "absent"));
    assert_null(ais_json_get(root, "k"));
    assert_null(ais_json_get(NULL, "number"));
    assert_null(ais_json_get(ais_json_get(root, "list"), "number"));
}

static void text_is_given_only_where_it_is_whole(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = read_document(arena);
    assert_string_equal(ais_json_get_text(root, "text"), "plain");
    assert_null(ais_json_get_text(root, "nul"));
    assert_null(ais_json_get_text(root, "number"));
    assert_null(ais_json_get_text(root, "absent"));
}

static const struct row {
    const char *name, *key;
    bool is_one;
    uint64_t number;
} rows[] = {
    {"a whole number is one",            "number",   true,  42        },
    { "the largest is one",              "most",     true,  UINT64_MAX},
    { "one more is not",                 "over",     false, 0         },
    { "a negative number is not",        "negative", false, 0         },
    { "a number with a fraction is not", "fraction", false, 0         },
    { "text is not",                     "text",     false, 0         },
    { "what is absent is not",           "absent",   false, 0         },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    uint64_t number = 0;
    assert_int_equal(ais_json_get_u64(read_document(arena), row->key, &number), row->is_one);
    assert_true(number == row->number);
}

static void values_are_compared_with_text(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = read_document(arena);
    assert_true(ais_json_is(ais_json_get(root, "text"), "plain"));
    assert_true(ais_json_is(ais_json_get(root, "number"), "42"));
    assert_true(ais_json_is(ais_json_get(root, "yes"), "true"));
    assert_false(ais_json_is(ais_json_get(root, "nul"), "a"));
    assert_false(ais_json_is(ais_json_get(root, "none"), "null"));
    assert_false(ais_json_is(ais_json_get(root, "list"), ""));
    assert_false(ais_json_is(NULL, "plain"));
}

static void every_kind_has_words(void **state)
{
    (void)state;
    assert_string_equal(ais_json_kind_text(AIS_JSON_NULL), "null");
    assert_string_equal(ais_json_kind_text(AIS_JSON_OBJECT), "an object");
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 4];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(members_are_found_by_name);
    tests[N_ELEMS(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(text_is_given_only_where_it_is_whole);
    tests[N_ELEMS(rows) + 2] = (struct CMUnitTest)cmocka_unit_test(values_are_compared_with_text);
    tests[N_ELEMS(rows) + 3] = (struct CMUnitTest)cmocka_unit_test(every_kind_has_words);
    return cmocka_run_group_tests_name("json/json", tests, NULL, NULL);
}
