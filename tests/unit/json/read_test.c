#include "shared/json/json.h"
#include "shared/json/write.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

/* `then` is the canonical form of what is accepted, or a part of the reason. */
static const struct row {
    const char *name, *json;
    enum ais_err want;
    const char *then;
} rows[] = {
    {"an empty object",                    "{}",                                                AIS_OK,       "{}"                                                           },
    { "an empty array",                    " [ ] ",                                             AIS_OK,       "[]"                                                           },
    { "words",                             "[true,false,null]",                                 AIS_OK,       "[true,false,null]"                                            },
    { "numbers stay as written",           "[0,-0,1.50,1E+2,-0.0e-1,12345678901234567890123]",  AIS_OK,
     "[0,-0,1.50,1E+2,-0.0e-1,12345678901234567890123]"                                                                                                                      },
    { "a bare number",                     "7",                                                 AIS_OK,       "7"                                                            },
    { "a bare string",                     "\"x\"",                                             AIS_OK,       "\"x\""                                                        },
    { "every escape",                      "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"",             AIS_OK,       "\"\\\"\\\\/\\b\\f\\n\\r\\tA\""                                },
    { "a surrogate pair is one character", "\"\\ud83d\\uDE00\"",                                AIS_OK,       "\"\xF0\x9F\x98\x80\""                                         },
    { "an escape of three bytes",          "\"\\u20ac\"",                                       AIS_OK,       "\"\xE2\x82\xAC\""                                             },
    { "an escape of two bytes",            "\"\\u00e9\"",                                       AIS_OK,       "\"\xC3\xA9\""                                                 },
    { "text beyond ASCII",                 "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 and on\"", AIS_OK,
     "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 and on\""                                                                                                                     },
    { "DEL needs no escape",               "\"\x7F\"",                                          AIS_OK,       "\"\x7F\""                                                     },
    { "members in any order",              "{\"b\":1,\"a\":{\"d\":2,\"c\":3}}",                 AIS_OK,       "{\"a\":{\"c\":3,\"d\":2},\"b\":1}"                            },
    { "the same key in two objects",       "[{\"a\":1},{\"a\":{\"a\":2}}]",                     AIS_OK,       "[{\"a\":1},{\"a\":{\"a\":2}}]"                                },
    { "four levels are allowed",           "[[[[]]]]",                                          AIS_OK,       "[[[[]]]]"                                                     },
    { "twelve values are allowed",         "[0,0,0,0,0,0,0,0,0,0,0]",                           AIS_OK,       "[0,0,0,0,0,0,0,0,0,0,0]"                                      },

    { "nothing",                           "",                                                  AIS_E_SYNTAX, "line 1, column 1: expected a value, found the end of the text"},
    { "only spaces",                       " \n ",                                              AIS_E_SYNTAX, "line 2, column 2: expected a value"                           },
    { "two values",                        "1 2",                                               AIS_E_SYNTAX, "line 1, column 3: expected nothing after the value, found '2'"},
    { "a byte order mark",                 "\xEF\xBB\xBF{}",                                    AIS_E_SYNTAX,
     "line 1, column 1: expected a value, found a byte order mark"                                                                                                           },
    { "a missing colon",                   "{\"tool\" 1}",                                      AIS_E_SYNTAX, "line 1, column 9: expected ':' after the key, found '1'"      },
    { "a missing comma",                   "{\"a\":1\n \"b\":2}",                               AIS_E_SYNTAX,
     "line 2, column 2: expected ',' or '}' after the member, found '\"'"                                                                                                    },
    { "a missing comma in an array",       "[1 2]",                                             AIS_E_SYNTAX, "line 1, column 4: expected ',' or ']' after the element"      },
    { "a comma too many in an object",     "{\"a\":1,}",                                        AIS_E_SYNTAX,
     "line 1, column 8: expected a key in double quotes, found '}'"                                                                                                          },
    { "a comma too many in an array",      "[1,]",                                              AIS_E_SYNTAX, "line 1, column 4: expected a value, found ']'"                },
    { "single quotes",                     "{'a':1}",                                           AIS_E_SYNTAX, "line 1, column 2: expected a key in double quotes"            },
    { "an open object",                    "{\"a\":1",                                          AIS_E_SYNTAX, "found the end of the text"                                    },
    { "an open string",                    "[\"abc",                                            AIS_E_SYNTAX, "line 1, column 2: this string does not end"                   },
    { "an open escape",                    "\"\\",                                              AIS_E_SYNTAX, "after the backslash, found the end"                           },
    { "an unknown escape",                 "\"\\x\"",                                           AIS_E_SYNTAX, "line 1, column 3: expected one of"                            },
    { "an escape of three digits",         "\"\\u12g4\"",                                       AIS_E_SYNTAX, "line 1, column 2: expected four hexadecimal"                  },
    { "a lone high surrogate",             "\"\\ud800x\"",                                      AIS_E_SYNTAX, "half a surrogate pair"                                        },
    { "a lone low surrogate",              "\"\\udc00\"",                                       AIS_E_SYNTAX, "half a surrogate pair"                                        },
    { "two high surrogates",               "\"\\ud800\\ud800\"",                                AIS_E_SYNTAX, "half a surrogate pair"                                        },
    { "a raw newline in a string",         "\"a\nb\"",                                          AIS_E_SYNTAX, "line 1, column 3: a control character"                        },
    { "an overlong form",                  "\"\xC0\x80\"",                                      AIS_E_SYNTAX, "bytes that are not UTF-8"                                     },
    { "an overlong form of three",         "\"\xE0\x80\x80\"",                                  AIS_E_SYNTAX, "bytes that are not UTF-8"                                     },
    { "a surrogate in UTF-8",              "\"\xED\xA0\x80\"",                                  AIS_E_SYNTAX, "bytes that are not UTF-8"                                     },
    { "past the last character",           "\"\xF4\x90\x80\x80\"",                              AIS_E_SYNTAX, "bytes that are not UTF-8"                                     },
    { "a character cut short",             "\"\xE2\x82\"",                                      AIS_E_SYNTAX, "bytes that are not UTF-8"                                     },
    { "NaN",                               "NaN",                                               AIS_E_SYNTAX, "expected a value, found 'N'"                                  },
    { "Infinity",                          "[-Infinity]",                                       AIS_E_SYNTAX, "a digit after '-', found 'I'"                                 },
    { "a leading zero",                    "[012]",                                             AIS_E_SYNTAX, "line 1, column 2: expected a number without leading zeros"    },
    { "a leading plus",                    "+1",                                                AIS_E_SYNTAX, "expected a value, found '+'"                                  },
    { "a point without digits",            "1.",                                                AIS_E_SYNTAX, "a digit after the decimal point"                              },
    { "an exponent without digits",        "1e+",                                               AIS_E_SYNTAX, "a digit in the exponent"                                      },
    { "half a word",                       "tru",                                               AIS_E_SYNTAX, "expected a value, found 't'"                                  },
    { "a comment",                         "// x\n1",                                           AIS_E_SYNTAX, "expected a value, found '/'"                                  },
    { "a space that is none",              "\f1",                                               AIS_E_SYNTAX, "found byte 0x0C"                                              },
    { "a key that is there twice",         "{\"a\":1,\n\"b\":2,\"\\u0061\":3}",                 AIS_E_SYNTAX,
     "line 2, column 7: the key 'a' is in this object already, at line 1, column 2"                                                                                          },
    { "five levels are too many",          "[[[[{}]]]]",                                        AIS_E_LIMIT,  "line 1, column 5: expected at most 4 levels"                  },
    { "thirteen values are too many",      "[0,0,0,0,0,0,0,0,0,0,0,0]",                         AIS_E_LIMIT,  "expected at most 12 values"                                   },
};

static void check_row(void **state)
{
    static const struct ais_json_limits limits = { .depth = 4, .nodes = 12 };
    const struct row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf canonical = { 0 };
    const struct ais_json *root = NULL;
    struct ais_why why = { 0 };

    assert_int_equal(ais_json_read(arena, row->json, strlen(row->json), &limits, &root, &why), row->want);
    assert_int_equal(root != NULL, row->want == AIS_OK);
    if (root != NULL) {
        ais_jw_canonical(&canonical, root);
        assert_string_equal(canonical.data, row->then);
    } else if (strstr(why.text, row->then) == NULL) {
        assert_string_equal(why.text, row->then);
    }
}

static const struct ais_json *read_all(struct ais_arena *arena, const char *json, size_t n)
{
    const struct ais_json *root = NULL;
    struct ais_why why = { 0 };
    if (ais_json_read(arena, json, n, &ais_json_request_limits, &root, &why) != AIS_OK)
        fail_msg("%s", why.text);
    return root;
}

static void positions_are_kept(void **state)
{
    (void)state;
    static const char json[] = "{\n  \"\xC3\xA9\": [1,\n \"\\u0041\"] }";
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = read_all(arena, json, strlen(json));
    const struct ais_json *list = root->first, *text = list->first->next;
    assert_int_equal(root->begin, 0);
    assert_int_equal(root->end, strlen(json));
    assert_int_equal(list->key_line, 2);
    assert_int_equal(list->key_column, 3);
    assert_int_equal(list->line, 2);
    assert_int_equal(list->column, 9);
    assert_int_equal(list->count, 2);
    assert_int_equal(text->line, 3);
    assert_int_equal(text->column, 2);
    assert_memory_equal(json + text->begin, "\"\\u0041\"", text->end - text->begin);
}

static void a_nul_is_kept_with_its_length(void **state)
{
    (void)state;
    static const char json[] = "{\"a\\u0000b\":\"c\\u0000d\"}";
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *member = read_all(arena, json, strlen(json))->first;
    assert_int_equal(member->key_length, 3);
    assert_memory_equal(member->key, "a\0b", 4);
    assert_int_equal(member->length, 3);
    assert_memory_equal(member->text, "c\0d", 4);
}

static void a_raw_nul_is_refused_anywhere(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        size_t n;
    } all[] = {
        {"1\0",          2},
        { "\0",          1},
        { "\"a\0\"",     4},
        { "[1\0]",       4},
        { "{\"a\"\0:1}", 8},
    };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = NULL;
    for (size_t i = 0; i < N_ELEMS(all); i++)
        assert_int_equal(ais_json_read(arena, all[i].json, all[i].n, &ais_json_request_limits, &root, NULL),
                         AIS_E_SYNTAX);
    assert_null(root);
}

/* {"k0":0,...} with `count` keys, and one of them again at the end unless again is negative. */
static void many_keys(struct ais_buf *json, int count, int again)
{
    ais_jw_begin_object(json, NULL);
    for (int i = 0; i < count; i++) {
        ais_buf_format(json, "%s\"k%d\":%d", i > 0 ? "," : "", i, i);
    }
    if (again >= 0)
        ais_buf_format(json, ",\"k%d\":0", again);
    ais_jw_end_object(json);
    assert_false(json->failed);
}

static void a_duplicate_is_found_among_any_number(void **state)
{
    (void)state;
    static const int counts[] = { 1, 2, 15, 16, 17, 31, 32, 33, 1000, 100000 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf json = { 0 };
    const struct ais_json *root = NULL;
    for (size_t i = 0; i < N_ELEMS(counts); i++) {
        ais_buf_clear(&json);
        many_keys(&json, counts[i], -1);
        assert_int_equal(read_all(arena, json.data, json.length)->count, counts[i]);
        ais_buf_clear(&json);
        many_keys(&json, counts[i], counts[i] / 2);
        assert_int_equal(ais_json_read(arena, json.data, json.length, &ais_json_request_limits, &root, NULL),
                         AIS_E_SYNTAX);
        ais_arena_reset(arena);
    }
}

static void an_exhausted_arena_is_told(void **state)
{
    (void)state;
    static const char json[] = "{\"a\":[1,2,3],\"b\":{\"c\":\"d\"}}";
    size_t limit = 0;
    enum ais_err err;
    do {
        limit += 64;
        AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(limit);
        const struct ais_json *root = NULL;
        err = ais_json_read(arena, json, strlen(json), &ais_json_request_limits, &root, NULL);
        assert_int_equal(root != NULL, err == AIS_OK);
        assert_true(err == AIS_OK || err == AIS_E_NOMEM);
    } while (err != AIS_OK);
    assert_true(limit > 500);
}

static void no_depth_limit_ends_the_stack(void **state)
{
    (void)state;
    enum { DEPTH = 200000 };
    static const struct ais_json_limits none = { .depth = SIZE_MAX, .nodes = 0 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = NULL;
    char *deep = malloc(DEPTH);
    assert_non_null(deep);
    memset(deep, '[', DEPTH);
    assert_int_equal(ais_json_read(arena, deep, DEPTH, &none, &root, NULL), AIS_E_LIMIT);
    free(deep);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        cmocka_unit_test(positions_are_kept),
        cmocka_unit_test(a_nul_is_kept_with_its_length),
        cmocka_unit_test(a_raw_nul_is_refused_anywhere),
        cmocka_unit_test(a_duplicate_is_found_among_any_number),
        cmocka_unit_test(an_exhausted_arena_is_told),
        cmocka_unit_test(no_depth_limit_ends_the_stack),
    };
    struct CMUnitTest tests[N_ELEMS(rows) + N_ELEMS(more)];
    AIS_ROWS(tests, rows, check_row);
    memcpy(tests + N_ELEMS(rows), more, sizeof more);
    return cmocka_run_group_tests_name("json/read", tests, NULL, NULL);
}
