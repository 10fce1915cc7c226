#include "shared/json/write.h"
#include "tests/unit/test.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct row {
    const char *name, *bytes;
    size_t n;
    const char *json;
} rows[] = {
    {"nothing",                         "",                         0,  "\"\""                          },
    { "plain text",                     "rm -rf /",                 8,  "\"rm -rf /\""                  },
    { "long plain text",                "0123456789abcdef01234567", 24, "\"0123456789abcdef01234567\""  },
    { "quotes and backslashes",         "a\"b\\c",                  5,  "\"a\\\"b\\\\c\""               },
    { "short escapes",                  "\b\f\n\r\t",               5,  "\"\\b\\f\\n\\r\\t\""           },
    { "other control characters",       "\x01\x1f\0x",              4,  "\"\\u0001\\u001f\\u0000x\""    },
    { "slash and DEL stay",             "/\x7f",                    2,  "\"/\x7f\""                     },
    { "valid UTF-8 stays",              "\xC3\xA9\xE2\x82\xAC",     5,  "\"\xC3\xA9\xE2\x82\xAC\""      },
    { "each bad byte is replaced",      "a\xFF\xC3z",               4,  "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\""},
    { "a character cut short",          "\xE2\x82",                 2,  "\"\xEF\xBF\xBD\xEF\xBF\xBD\""  },
    { "an escape at the end of a word", "1234567\n",                8,  "\"1234567\\n\""                },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_jw_string(&out, NULL, row->bytes, row->n);
    assert_string_equal(out.data, row->json);
}

static void commas_come_by_themselves(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_jw_begin_object(&out, NULL);
    ais_jw_text(&out, "a{", "[,:");
    ais_jw_begin_array(&out, "b");
    ais_jw_u64(&out, NULL, UINT64_MAX);
    ais_jw_i64(&out, NULL, INT64_MIN);
    ais_jw_i64(&out, NULL, 7);
    ais_jw_begin_object(&out, NULL);
    ais_jw_end_object(&out);
    ais_jw_begin_array(&out, NULL);
    ais_jw_end_array(&out);
    ais_jw_end_array(&out);
    ais_jw_bool(&out, "c", true);
    ais_jw_bool(&out, "d", false);
    ais_jw_null(&out, "e");
    ais_jw_raw(&out, "f", "[1, 2]", 6);
    ais_jw_text(&out, "g", "");
    ais_jw_end_object(&out);
    assert_string_equal(out.data, "{\"a{\":\"[,:\",\"b\":[18446744073709551615,-9223372036854775808,7,{},[]],"
                                  "\"c\":true,\"d\":false,\"e\":null,\"f\":[1, 2],\"g\":\"\"}");
}

static void lines_stand_one_below_the_other(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    for (int i = 0; i < 2; i++) {
        ais_jw_begin_object(&out, NULL);
        ais_jw_end_object(&out);
        ais_buf_byte(&out, '\n');
    }
    assert_string_equal(out.data, "{}\n{}\n");
}

static void doubles_read_back_as_they_were(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *json;
    } all[] = {
        {0,                 "0"                      },
        { 0.1,              "0.1"                    },
        { 1.0 / 3,          "0.3333333333333333"     },
        { 1e300,            "1e+300"                 },
        { -2.5,             "-2.5"                   },
        { DBL_MAX,          "1.7976931348623157e+308"},
        { (double)NAN,      "null"                   },
        { (double)INFINITY, "null"                   },
    };
    for (size_t i = 0; i < N_ELEMS(all); i++) {
        AUTO(ais_buf_done) struct ais_buf out = { 0 };
        ais_jw_double(&out, NULL, all[i].number);
        assert_string_equal(out.data, all[i].json);
    }
}

static const struct ais_json *read_text(struct ais_arena *arena, const char *json)
{
    const struct ais_json *root = NULL;
    assert_int_equal(ais_json_read(arena, json, strlen(json), &ais_json_request_limits, &root, NULL), AIS_OK);
    return root;
}

static void a_tree_keeps_its_order(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_jw_begin_object(&out, NULL);
    ais_jw_null(&out, "first");
    ais_jw_node(&out, "tree", read_text(arena, " { \"b\\u0000\" : [ 1.0 , -2e5 , \"\\u0041\" ] , \"a\" : null } "));
    ais_jw_end_object(&out);
    assert_string_equal(out.data, "{\"first\":null,\"tree\":{\"b\\u0000\":[1.0,-2e5,\"A\"],\"a\":null}}");
}

static void the_canonical_form_sorts_by_bytes(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_jw_canonical(&out, read_text(arena, "{\"b\":{\"z\":1,\"y\":[{\"d\":1,\"c\":2}]},\"ab\":1,\"a\":2,\"\":3,"
                                            "\"\\u00e9\":4,\"Z\":5,\"a\\u0000\":6}"));
    assert_string_equal(out.data, "{\"\":3,\"Z\":5,\"a\":2,\"a\\u0000\":6,\"ab\":1,"
                                  "\"b\":{\"y\":[{\"c\":2,\"d\":1}],\"z\":1},\"\xC3\xA9\":4}");
}

static void many_members_are_sorted_too(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf up = { 0 };
    AUTO(ais_buf_done) struct ais_buf down = { 0 };
    AUTO(ais_buf_done) struct ais_buf canonical = { 0 };
    ais_jw_begin_object(&up, NULL);
    ais_jw_begin_object(&down, NULL);
    for (unsigned i = 0; i < 1000; i++) {
        char key[8];
        snprintf(key, sizeof key, "%03u", i);
        ais_jw_null(&up, key);
        snprintf(key, sizeof key, "%03u", 999 - i);
        ais_jw_null(&down, key);
    }
    ais_jw_end_object(&up);
    ais_jw_end_object(&down);
    ais_jw_canonical(&canonical, read_text(arena, down.data));
    assert_string_equal(canonical.data, up.data);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        cmocka_unit_test(commas_come_by_themselves),         cmocka_unit_test(lines_stand_one_below_the_other),
        cmocka_unit_test(doubles_read_back_as_they_were),    cmocka_unit_test(a_tree_keeps_its_order),
        cmocka_unit_test(the_canonical_form_sorts_by_bytes), cmocka_unit_test(many_members_are_sorted_too),
    };
    struct CMUnitTest tests[N_ELEMS(rows) + N_ELEMS(more)];
    AIS_ROWS(tests, rows, check_row);
    memcpy(tests + N_ELEMS(rows), more, sizeof more);
    return cmocka_run_group_tests_name("json/write", tests, NULL, NULL);
}
