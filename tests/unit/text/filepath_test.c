#include "shared/text/filepath.h"
#include "tests/unit/test.h"

#include <string.h>

static const struct row {
    const char *name, *text, *want;
    unsigned ups;
    const char *landing;
} rows[] = {
    {"nothing is here",         "",                  ".",              0, ""      },
    { "the root",               "/",                 "/",              0, ""      },
    { "slashes alone",          "///",               "/",              0, ""      },
    { "here",                   ".",                 ".",              0, ""      },
    { "up",                     "..",                "..",             1, ""      },
    { "up and on",              "../a",              "../a",           1, "/a"    },
    { "down and up",            "a/..",              ".",              0, ""      },
    { "down, up and up",        "a/../..",           "..",             1, ""      },
    { "up twice and on",        "../../etc/a",       "../../etc/a",    2, "/etc/a"},
    { "above the root",         "/../a",             "/a",             1, ""      },
    { "above a home",           "~/../a",            "/a",             1, ""      },
    { "a home",                 "~",                 "~",              0, ""      },
    { "no home within a name",  "~a",                "~a",             0, ""      },
    { "a drive",                "c:\\a\\..\\..\\b",  "c:/b",           1, ""      },
    { "a drive alone",          "c:",                "c:/",            0, ""      },
    { "a filtered climb",       "....//a",           "../a",           1, "/a"    },
    { "another filtered climb", "..././a",           "../a",           1, "/a"    },
    { "a pattern of tools",     "./...",             "...",            0, ""      },
    { "a climb of lax servers", ".../.../a",         "../../a",        2, "/a"    },
    { "parameters of servers",  "..;x/a",            "../a",           1, "/a"    },
    { "a root of a process",    "/proc/self/root/a", "/a",             0, ""      },
    { "the root of a process",  "/proc/1/root",      "/",              0, ""      },
    { "no root of a process",   "/proc/x/root/a",    "/proc/x/root/a", 0, ""      },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    char out[128];
    struct ais_filepath path;
    ais_filepath_resolve(row->text, strlen(row->text), out, &path);
    out[path.length] = '\0';
    assert_string_equal(out, row->want);
    assert_int_equal(path.ups, row->ups);
    assert_string_equal(path.landing > 0 ? out + path.landing : "", row->landing);
}

static const struct decoded {
    const char *name, *text, *want;
    bool more;
} decodings[] = {
    {"nothing",                  "",               "",                 false},
    { "no escapes",              "a/b",            "a/b",              false},
    { "an escape",               "%2f",            "/",                false},
    { "an escape of an escape",  "%252f",          "/",                false},
    { "the last round",          "%252525252f",    "/",                false},
    { "a round too many",        "%25252525252f",  "%2f",              true },
    { "a percent sign",          "100%",           "100%",             false},
    { "an escaped percent sign", "100%25",         "100%",             false},
    { "half an escape",          "%2",             "%2",               false},
    { "a wide escape",           "%u002e",         ".",                false},
    { "overlong in two",         "%c0%ae",         ".",                false},
    { "overlong in three",       "%e0%80%ae",      ".",                false},
    { "overlong in four",        "%f0%80%80%ae",   ".",                false},
    { "the end at NUL",          "a%00b",          "a",                false},
    { "letters stay",            "\xc3\xa4%C3%A4", "\xc3\xa4\xc3\xa4", false},
};

static void check_decoded(void **state)
{
    const struct decoded *row = *state;
    char text[64];
    bool more;
    size_t n = strlen(row->text);
    memcpy(text, row->text, n);
    text[ais_filepath_decode(text, n, &more)] = '\0';
    assert_string_equal(text, row->want);
    assert_int_equal(more, row->more);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)], decoded[N_ELEMS(decodings)];
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(decoded, decodings, check_decoded);
    int failed = cmocka_run_group_tests_name("text/filepath", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("text/filepath/decode", decoded, NULL, NULL);
}
