#include "shared/json/write.h"
#include "shared/yaml/yaml.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

static const struct ais_yaml_limits limits = { .bytes = 400, .depth = 4, .nodes = 40, .alias_nodes = 12 };

/* `then` is the tree as JSON, or a part of the reason. */
static const struct row {
    const char *name, *yaml;
    enum ais_err want;
    const char *then;
} rows[] = {
    {"a mapping",                              "a: 1\nb: {c: x}\n",                                                                      AIS_OK,       "{\"a\":1,\"b\":{\"c\":\"x\"}}"                           },
    { "a sequence",                            "- a\n- [b, c]\n",                                                                        AIS_OK,       "[\"a\",[\"b\",\"c\"]]"                                   },
    { "nulls",                                 "[~, null, Null, NULL, ]",                                                                AIS_OK,       "[null,null,null,null]"                                   },
    { "no value is null",                      "a:\nb:\n",                                                                               AIS_OK,       "{\"a\":null,\"b\":null}"                                 },
    { "booleans",                              "[true, True, FALSE, yes, on, n]",                                                        AIS_OK,       "[true,true,false,\"yes\",\"on\",\"n\"]"                  },
    { "numbers stay as written",               "[0, -1, 1.50, 1E+2, 12345678901234567890123]",                                           AIS_OK,
     "[0,-1,1.50,1E+2,12345678901234567890123]"                                                                                                                                                                  },
    { "other numbers get JSON's form",         "[+7, 007, -00, 0x1F, 0o17, .5, -.5, 5., 1.e3, 0xffffffffffffffff]",                      AIS_OK,
     "[7,7,-0,31,15,0.5,-0.5,5.0,1.0e3,18446744073709551615]"                                                                                                                                                    },
    { "what only looks like a number is text", "[1.2.3, 0x, 0o8, '-', +, ., 1e, 0b1, 1_000, -0x1]",                                      AIS_OK,
     "[\"1.2.3\",\"0x\",\"0o8\",\"-\",\"+\",\".\",\"1e\",\"0b1\",\"1_000\",\"-0x1\"]"                                                                                                                            },
    { "quotes make text",                      "['1', \"true\", '~', \"\\u0041\\0\"]",                                                   AIS_OK,       "[\"1\",\"true\",\"~\",\"A\\u0000\"]"                     },
    { "a block scalar is text",                "a: |\n  1\n  2\nb: >-\n  x\n  y\n",                                                      AIS_OK,       "{\"a\":\"1\\n2\\n\",\"b\":\"x y\"}"                      },
    { "core tags",                             "[!!str 1, !!int '7', !!float 1, !!bool \"true\", !!null '', !!seq [], !!map {}, ! '1']", AIS_OK,
     "[\"1\",7,1,true,null,[],{},\"1\"]"                                                                                                                                                                         },
    { "an alias is what it stands for",        "a: &x {k: [1, 2]}\nb: *x\n",                                                             AIS_OK,
     "{\"a\":{\"k\":[1,2]},\"b\":{\"k\":[1,2]}}"                                                                                                                                                                 },
    { "the last anchor of a name counts",      "[&x 1, *x, &x 2, *x]",                                                                   AIS_OK,       "[1,1,2,2]"                                               },
    { "a merge key is a plain key",            "a: &x {k: 1}\nb: {<<: *x}\n",                                                            AIS_OK,
     "{\"a\":{\"k\":1},\"b\":{\"<<\":{\"k\":1}}}"                                                                                                                                                                },
    { "JSON is read as JSON",                  " {\"a\\ud83d\\ude00\": [1, \"x\\/\"],\t\"b\": null}",                                    AIS_OK,
     "{\"a\xF0\x9F\x98\x80\":[1,\"x/\"],\"b\":null}"                                                                                                                                                             },
    { "a byte order mark",
     "\xEF\xBB\xBF"
      "a: 1\n",                                                                                                                          AIS_OK,       "{\"a\":1}"                                               },
    { "a byte order mark before a comment",    "\xEF\xBB\xBF# first\na: 1\n",                                                            AIS_OK,       "{\"a\":1}"                                               },
    { "a marker and a comment",                "# first\n---\na: 1 # one\n...\n",                                                        AIS_OK,       "{\"a\":1}"                                               },
    { "four levels",                           "[[[[]]]]",                                                                               AIS_OK,       "[[[[]]]]"                                                },

    { "nothing",                               "",                                                                                       AIS_E_SYNTAX, "pack:1:1: expected a document"                           },
    { "only a comment",                        "# nothing\n",                                                                            AIS_E_SYNTAX, "expected a document, found nothing"                      },
    { "a second document",                     "a: 1\n---\nb: 1\n",                                                                      AIS_E_SYNTAX, "pack:2:1: expected one document"                         },
    { "a key that is there twice",             "a: 1\nb: 2\n'a': 3\n",                                                                   AIS_E_SYNTAX,
     "pack:3:1: the key 'a' is there already, at 1:1"                                                                                                                                                            },
    { "a sequence as a key",                   "? [a]\n: 1\n",                                                                           AIS_E_SYNTAX, "pack:1:3: expected a scalar as a key"                    },
    { "an alias as a key",                     "a: &x y\n*x : 1\n",                                                                      AIS_E_SYNTAX, "pack:2:1: expected a scalar as a key"                    },
    { "an anchor on a key",                    "&x a: 1\n",                                                                              AIS_E_SYNTAX, "expected a key without a tag or an anchor"               },
    { "a foreign tag",                         "a: !!binary aGk=\n",                                                                     AIS_E_SYNTAX, "pack:1:4: the tag 'tag:yaml.org,2002:binary' is unknown" },
    { "a tag of one's own",                    "a: !mine 1\n",                                                                           AIS_E_SYNTAX, "the tag '!mine' is unknown"                              },
    { "a foreign tag on a mapping",            "!!set {a}\n",                                                                            AIS_E_SYNTAX, "is unknown"                                              },
    { "a tag that does not fit",               "[!!int x]",                                                                              AIS_E_SYNTAX, "pack:1:2: expected a value of the type that !!int says"  },
    { "a fraction under !!int",                "[!!int 1.5]",                                                                            AIS_E_SYNTAX, "the type that !!int says"                                },
    { "infinity",                              "a: -.inf\n",                                                                             AIS_E_SYNTAX, "pack:1:4: expected a finite number, or quotes around it" },
    { "NaN",                                   "a: .NaN\n",                                                                              AIS_E_SYNTAX, "expected a finite number"                                },
    { "a hexadecimal number past 64 bits",     "a: 0x10000000000000000\n",                                                               AIS_E_SYNTAX, "at most 64 bits"                                         },
    { "an unknown alias",                      "a: *x\n",                                                                                AIS_E_SYNTAX, "pack:1:4: expected an anchor '&x' before this alias"     },
    { "an alias inside itself",                "a: &x [*x]\n",                                                                           AIS_E_SYNTAX, "pack:1:8: the alias '*x' stands inside"                  },
    { "bad indentation",                       "a: 1\n b: 2\n",                                                                          AIS_E_SYNTAX, "pack:2:3: mapping values are not allowed in this context"},
    { "an open bracket",                       "a: [1\n",                                                                                AIS_E_SYNTAX, "pack:2:1: did not find expected ',' or ']'"              },
    { "a tab as indentation",                  "a:\n\tb: 1\n",                                                                           AIS_E_SYNTAX, "pack:2:1:"                                               },
    { "bytes that are not UTF-8",              "a: 1\nb: \xFF\n",                                                                        AIS_E_SYNTAX, "pack:2:4: "                                              },
    { "a control character",                   "a: \x01\n",                                                                              AIS_E_SYNTAX, "pack:1:4: control characters are not allowed"            },
    { "columns count bytes",                   "{\"\xC3\xA9\xE2\x82\xAC\": *x}",                                                         AIS_E_SYNTAX, "pack:1:11: expected an anchor"                           },
    { "five levels",                           "[[[[[]]]]]",                                                                             AIS_E_LIMIT,  "pack:1:5: expected at most 4 levels"                     },
    { "five levels through an alias",          "[&x [[a]], [[*x]]]",                                                                     AIS_E_LIMIT,
     "expected at most 4 levels, aliases expanded"                                                                                                                                                               },
    { "an alias bomb",                         "a: &a [1, 1]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n",                            AIS_E_LIMIT,
     "pack:3:8: expected aliases to stand for at most 12 values in all"                                                                                                                                          },
    { "too many values",                       "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]",
     AIS_E_LIMIT,                                                                                                                                      "expected at most 40 values in all"                       },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf json = { 0 };
    const struct ais_json *root = NULL;
    struct ais_why why = { 0 };

    assert_int_equal(ais_yaml_read(arena, "pack", row->yaml, strlen(row->yaml), &limits, &root, &why), row->want);
    assert_int_equal(root != NULL, row->want == AIS_OK);
    if (root != NULL) {
        ais_jw_node(&json, NULL, root);
        assert_string_equal(json.data, row->then);
    } else if (strstr(why.text, row->then) == NULL) {
        assert_string_equal(why.text, row->then);
    }
}

static void positions_are_kept(void **state)
{
    (void)state;
    static const char yaml[] = "# \xC3\xA9\nrules:\n  - id: \xC3\xA9x\n    when: [1,\n      'a b']\nlast: |\n  text\n";
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = NULL;
    assert_int_equal(ais_yaml_read(arena, NULL, yaml, strlen(yaml), &limits, &root, NULL), AIS_OK);
    const struct ais_json *id = root->first->first->first, *when = id->next, *quoted = when->first->next;
    assert_int_equal(id->key_line, 3);
    assert_int_equal(id->key_column, 5);
    assert_int_equal(id->line, 3);
    assert_int_equal(id->column, 9);
    assert_memory_equal(yaml + id->begin, "\xC3\xA9x", id->end - id->begin);
    assert_memory_equal(yaml + when->begin, "[1,\n      'a b']", when->end - when->begin);
    assert_int_equal(quoted->line, 5);
    assert_int_equal(quoted->column, 7);
    assert_true(quoted->quoted);
    assert_false(id->quoted);
    assert_true(root->first->next->quoted);
    assert_int_equal(root->first->first->end, when->end);
}

static void an_alias_has_its_own_place(void **state)
{
    (void)state;
    static const char yaml[] = "a: &x [1]\nb: *x\n";
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = NULL;
    assert_int_equal(ais_yaml_read(arena, NULL, yaml, strlen(yaml), &limits, &root, NULL), AIS_OK);
    const struct ais_json *alias = root->first->next;
    assert_int_equal(alias->line, 2);
    assert_int_equal(alias->column, 4);
    assert_string_equal(alias->key, "b");
    assert_null(alias->next);
    assert_int_equal(alias->first->line, 1);
}

static void a_large_document_is_refused(void **state)
{
    (void)state;
    char yaml[401];
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = NULL;
    struct ais_why why = { 0 };
    memset(yaml, 'a', sizeof yaml);
    assert_int_equal(ais_yaml_read(arena, NULL, yaml, 400, &limits, &root, &why), AIS_OK);
    assert_int_equal(ais_yaml_read(arena, NULL, yaml, 401, &limits, &root, &why), AIS_E_LIMIT);
    assert_string_equal(why.text, "1:1: expected at most 400 bytes, found 401");
}

/* Sixty lines that each name the one before twice would be 2^60 nodes. */
static void a_real_bomb_takes_no_time(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(1 << 20);
    AUTO(ais_buf_done) struct ais_buf yaml = { 0 };
    const struct ais_json *root = NULL;
    ais_buf_text(&yaml, "k0: &a0 x\n");
    for (int i = 1; i < 60; i++)
        ais_buf_format(&yaml, "k%d: &a%d {l: *a%d, r: *a%d}\n", i, i, i - 1, i - 1);
    assert_int_equal(ais_yaml_read(arena, NULL, yaml.data, yaml.length, &ais_yaml_rulepack_limits, &root, NULL),
                     AIS_E_LIMIT);
}

static void many_directives_are_refused(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf yaml = { 0 };
    const struct ais_json *root = NULL;
    for (int i = 0; i < 16; i++)
        ais_buf_format(&yaml, "%%TAG !t%d! tag:x\n", i);
    ais_buf_text(&yaml, "---\na\n");
    assert_int_equal(ais_yaml_read(arena, NULL, yaml.data, yaml.length, &ais_yaml_rulepack_limits, &root, NULL),
                     AIS_OK);
    ais_buf_text(&yaml, "...\n%TAG !x! tag:x\n---\nb\n");
    assert_int_equal(ais_yaml_read(arena, NULL, yaml.data, yaml.length, &ais_yaml_rulepack_limits, &root, NULL),
                     AIS_E_LIMIT);
}

static void aliases_can_be_refused(void **state)
{
    (void)state;
    static const struct ais_yaml_limits none = { .bytes = 100, .depth = 4 };
    static const char yaml[] = "[&x 1, *x]";
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = NULL;
    assert_int_equal(ais_yaml_read(arena, NULL, yaml, strlen(yaml), &none, &root, NULL), AIS_E_SYNTAX);
}

static void an_exhausted_arena_is_told(void **state)
{
    (void)state;
    static const char yaml[] = "a: &x [1, 0x2, 'three']\nb: {c: *x, d: .5}\n";
    size_t limit = 0;
    enum ais_err err;
    do {
        limit += 64;
        AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(limit);
        const struct ais_json *root = NULL;
        err = ais_yaml_read(arena, NULL, yaml, strlen(yaml), &limits, &root, NULL);
        assert_int_equal(root != NULL, err == AIS_OK);
        assert_true(err == AIS_OK || err == AIS_E_NOMEM);
    } while (err != AIS_OK);
    assert_true(limit > 500);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        cmocka_unit_test(positions_are_kept),          cmocka_unit_test(an_alias_has_its_own_place),
        cmocka_unit_test(a_large_document_is_refused), cmocka_unit_test(a_real_bomb_takes_no_time),
        cmocka_unit_test(aliases_can_be_refused),      cmocka_unit_test(many_directives_are_refused),
        cmocka_unit_test(an_exhausted_arena_is_told),
    };
    struct CMUnitTest tests[N_ELEMS(rows) + N_ELEMS(more)];
    AIS_ROWS(tests, rows, check_row);
    memcpy(tests + N_ELEMS(rows), more, sizeof more);
    return cmocka_run_group_tests_name("yaml/yaml", tests, NULL, NULL);
}
