#include "gateway/target.h"
#include "tests/unit/test.h"

#include <stdio.h>

/* What a target is read as: "path [name=value]...". */
static const struct row {
    const char *name;
    const char *target;
    enum ais_err want;
    const char *read; /* or what the reason holds */
} rows[] = {
    {"the root",                               "/",                    AIS_OK,        "/"                     },
    { "a path",                                "/api/v1/rulepacks",    AIS_OK,        "/api/v1/rulepacks"     },
    { "dots are left alone",                   "/a/../b/./c",          AIS_OK,        "/a/../b/./c"           },
    { "doubled slashes are left alone",        "//a//b",               AIS_OK,        "//a//b"                },
    { "an escaped letter",                     "/%61%7A",              AIS_OK,        "/az"                   },
    { "upper and lower case digits",           "/%c3%A9",              AIS_OK,        "/\xC3\xA9"             },
    { "raw UTF-8",                             "/\xC3\xA9",            AIS_OK,        "/\xC3\xA9"             },
    { "a plus in a path is a plus",            "/a+b",                 AIS_OK,        "/a+b"                  },
    { "a percent sign",                        "/%25zz",               AIS_OK,        "/%zz"                  },
    { "an empty query",                        "/a?",                  AIS_OK,        "/a"                    },
    { "a parameter",                           "/a?x=1",               AIS_OK,        "/a [x=1]"              },
    { "a parameter without a value",           "/a?x",                 AIS_OK,        "/a [x=]"               },
    { "an empty value",                        "/a?x=&y=2",            AIS_OK,        "/a [x=] [y=2]"         },
    { "an equals sign in a value",             "/a?x=1=2",             AIS_OK,        "/a [x=1=2]"            },
    { "an escaped ampersand",                  "/a?x=1%262",           AIS_OK,        "/a [x=1&2]"            },
    { "an escaped equals sign in a name",      "/a?x%3D1=2",           AIS_OK,        "/a [x=1=2]"            },
    { "a plus is a space",                     "/a?x=1+2%2B3",         AIS_OK,        "/a [x=1 2+3]"          },
    { "slashes and question marks in a query", "/a?x=/b?c",            AIS_OK,        "/a [x=/b?c]"           },
    { "an escaped line feed in a query",       "/a?x=%0A",             AIS_OK,        "/a [x=\n]"             },
    { "an ampersand at the end",               "/a?x=1&",              AIS_OK,        "/a [x=1]"              },
    { "the asterisk form",                     "*",                    AIS_OK,        "*"                     },
    { "the absolute form",                     "http://host:80/a?x=1", AIS_OK,        "/a [x=1]"              },
    { "the absolute form in capitals",         "HTTPS://host/a",       AIS_OK,        "/a"                    },
    { "the absolute form without a path",      "http://host",          AIS_OK,        "/"                     },
    { "the absolute form with only a query",   "http://host?x=1",      AIS_OK,        "/ [x=1]"               },

    { "nothing",                               "",                     AIS_E_SYNTAX,  "begin with '/'"        },
    { "no slash",                              "a",                    AIS_E_SYNTAX,  "begin with '/'"        },
    { "no authority",                          "http:///a",            AIS_E_SYNTAX,  "begin with '/'"        },
    { "another scheme",                        "ftp://host/a",         AIS_E_SYNTAX,  "begin with '/'"        },
    { "the authority form",                    "host:80",              AIS_E_SYNTAX,  "begin with '/'"        },
    { "more than an asterisk",                 "*a",                   AIS_E_SYNTAX,  "begin with '/'"        },
    { "a lone percent sign",                   "/a%",                  AIS_E_SYNTAX,  "the path has a '%'"    },
    { "a cut escape",                          "/a%4",                 AIS_E_SYNTAX,  "the path has a '%'"    },
    { "an escape of no digits",                "/%zz",                 AIS_E_SYNTAX,  "the path has a '%'"    },
    { "an escape with a sign",                 "/%-1",                 AIS_E_SYNTAX,  "the path has a '%'"    },
    { "a cut escape before an ampersand",      "/a?x=%4&y",            AIS_E_SYNTAX,  "the query has a '%'"   },
    { "an escaped NUL in a path",              "/a%00b",               AIS_E_SYNTAX,  "control character"     },
    { "an escaped NUL in a query",             "/a?x=%00",             AIS_E_SYNTAX,  "control character"     },
    { "an escaped line feed in a path",        "/a%0Ab",               AIS_E_SYNTAX,  "control character"     },
    { "an escaped delete in a path",           "/a%7F",                AIS_E_SYNTAX,  "control character"     },
    { "an escaped slash",                      "/a%2fb",               AIS_E_SYNTAX,  "escaped slash"         },
    { "an overlong slash",                     "/a%C0%AFb",            AIS_E_SYNTAX,  "not UTF-8"             },
    { "a surrogate",                           "/%ED%A0%80",           AIS_E_SYNTAX,  "not UTF-8"             },
    { "past the last character",               "/%F4%90%80%80",        AIS_E_SYNTAX,  "not UTF-8"             },
    { "half a character in a value",           "/a?x=%C3",             AIS_E_SYNTAX,  "the query is not UTF-8"},
    { "half a character in a name",            "/a?%C3=x",             AIS_E_SYNTAX,  "the query is not UTF-8"},
    { "a character over two parameters",       "/a?x=%C3&%A9",         AIS_E_SYNTAX,  "the query is not UTF-8"},
    { "a space",                               "/a b",                 AIS_E_SYNTAX,  "escape it"             },
    { "a tab",                                 "/a\tb",                AIS_E_SYNTAX,  "escape it"             },
    { "a fragment",                            "/a#b",                 AIS_E_SYNTAX,  "fragment"              },
    { "a fragment in a query",                 "/a?x#b",               AIS_E_SYNTAX,  "fragment"              },
    { "no name",                               "/a?=1",                AIS_E_SYNTAX,  "without a name"        },
    { "two ampersands",                        "/a?x&&y",              AIS_E_SYNTAX,  "without a name"        },
    { "twice",                                 "/a?x=1&x=1",           AIS_E_INVALID, "'x' is given twice"    },
    { "twice, spelt differently",              "/a?x=1&%78=2",         AIS_E_INVALID, "'x' is given twice"    },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    char text[HTTP_TARGET_MAX + 1], read[HTTP_TARGET_MAX];
    struct http_target target = { .path = "untouched" };
    struct ais_why why = { 0 };

    snprintf(text, sizeof text, "%s", row->target);
    assert_int_equal(http_target_parse(text, &target, &why), row->want);
    if (row->want != AIS_OK) {
        assert_string_equal(target.path, "untouched");
        if (strstr(why.text, row->read) == NULL)
            fail_msg("'%s' is not in: %s", row->read, why.text);
        return;
    }
    int used = snprintf(read, sizeof read, "%s", target.path);
    for (size_t i = 0; i < target.n_params; i++)
        used += snprintf(read + used, sizeof read - (size_t)used, " [%s=%s]", target.params[i].name,
                         target.params[i].value);
    assert_string_equal(read, row->read);
}

static void parameters_are_found_by_name(void **state)
{
    (void)state;
    static const char *const known[] = { "limit", "cursor" };
    char text[] = "/logs?limit=5&cursor=&limits=7";
    struct http_target target;
    assert_int_equal(http_target_parse(text, &target, NULL), AIS_OK);
    assert_string_equal(http_target_param(&target, "limit"), "5");
    assert_string_equal(http_target_param(&target, "cursor"), "");
    assert_null(http_target_param(&target, "order"));
    assert_string_equal(http_target_unknown(&target, known, N_ELEMS(known)), "limits");
}

static void parameters_are_counted(void **state)
{
    (void)state;
    for (int n = HTTP_PARAMS_MAX; n <= HTTP_PARAMS_MAX + 1; n++) {
        char text[512] = "/?";
        struct http_target target;
        for (int i = 0; i < n; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "p%d=%d&", i, i);
        assert_int_equal(http_target_parse(text, &target, NULL), n > HTTP_PARAMS_MAX ? AIS_E_LIMIT : AIS_OK);
    }
}

int main(void)
{
    struct CMUnitTest row_tests[N_ELEMS(rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_found_by_name),
        cmocka_unit_test(parameters_are_counted),
    };
    AIS_ROWS(row_tests, rows, check_row);
    int failed = cmocka_run_group_tests_name("gateway/target rows", row_tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("gateway/target", tests, NULL, NULL);
}
