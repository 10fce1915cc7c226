#include "shared/mem/buf.h"
#include "shared/policy/ops/wildcard.h"
#include "shared/policy/regex/fold.h"
#include "shared/policy/regex/units.h"
#include "tests/unit/test.h"

#include <string.h>

enum { C = AIS_WILDCARD_CASED, B = AIS_WILDCARD_OPEN_BEGIN, E = AIS_WILDCARD_OPEN_END };

static const struct row {
    const char *name, *pattern;
    unsigned flags;
    const char *text;
    bool want;
    const char *literal;
} rows[] = {
    {"all of the text",                   "abc",               0,     "abc",               true,  "abc"              },
    { "no more than that",                "abc",               0,     "abcd",              false, "abc"              },
    { "no less than that",                "abc",               0,     "ab",                false, "abc"              },
    { "star takes any number",            "a*c",               0,     "abbbc",             true,  "a"                },
    { "star takes none",                  "a*c",               0,     "ac",                true,  "a"                },
    { "star alone takes all",             "*",                 0,     "",                  true,  ""                 },
    { "stars in a row",                   "a**c",              0,     "abc",               true,  "a"                },
    { "begin and end do not overlap",     "ab*ba",             0,     "aba",               false, "ab"               },
    { "the last piece stands last",       "*ab",               0,     "abab",              true,  "ab"               },
    { "pieces come in order",             "*b*a*",             0,     "ab",                false, "b"                },
    { "question mark takes one",          "a?c",               0,     "abc",               true,  "a"                },
    { "question mark takes no less",      "a?c",               0,     "ac",                false, "a"                },
    { "question mark takes a code point", "a?c",               0,     "a\xe2\x82\xac\x63", true,  "a"                },
    { "question mark takes a stray byte", "a?c",               0,     "a\xff\x63",         true,  "a"                },
    { "question marks at the end",        "*a??",              0,     "a\xc3\xa9\xff",     true,  "a"                },
    { "escaped star",                     "a\\*c",             0,     "abc",               false, "a*c"              },
    { "escaped star is a star",           "a\\*c",             0,     "a*c",               true,  "a*c"              },
    { "escaped question mark",            "a\\?c",             0,     "abc",               false, "a?c"              },
    { "escaped backslash",                "a\\\\c",            0,     "a\\c",              true,  "a\\c"             },
    { "backslash before anything else",   "\\Windows\\x",      0,     "\\windows\\X",      true,  "\\windows\\x"     },
    { "backslash at the end",             "a\\",               0,     "a\\",               true,  "a\\"              },
    { "escaped backslash, then a star",   "a\\\\*",            0,     "a\\bc",             true,  "a\\"              },
    { "case does not count",              "AbC",               0,     "aBc",               true,  "abc"              },
    { "case counts",                      "AbC",               C,     "aBc",               false, "abc"              },
    { "case beyond ASCII",                "\xc3\x89t\xc3\xa9", 0,     "\xc3\xa9T\xc3\x89", true,  "t"                },
    { "cased beyond ASCII",               "\xc3\x89t\xc3\xa9", C,     "\xc3\xa9T\xc3\x89", false, "\xc3\x89t\xc3\xa9"},
    { "no case, no variants",             "\xe2\x82\xac=",     0,     "\xe2\x82\xac=",     true,  "\xe2\x82\xac="    },
    { "kelvin is no k",                   "k",                 0,     "\xe2\x84\xaa",      false, "k"                },
    { "open begin",                       "bc",                B,     "abc",               true,  "bc"               },
    { "open begin, not the end",          "ab",                B,     "abc",               false, "ab"               },
    { "open end",                         "ab",                E,     "abc",               true,  "ab"               },
    { "open end, not the begin",          "bc",                E,     "abc",               false, "bc"               },
    { "open at both",                     "b",                 B | E, "abc",               true,  "b"                },
    { "open at both, not there",          "x",                 B | E, "abc",               false, "x"                },
    { "open, and a star within",          "b*d",               B | E, "abcde",             true,  "b"                },
    { "a false start",                    "aab",               B | E, "aaab",              true,  "aab"              },
    { "the longest run is the literal",   "ab*cdef?g",         0,     "abcdefxg",          true,  "cdef"             },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_wildcard_destroy) struct ais_wildcard *w = NULL;
    assert_int_equal(ais_wildcard_new(row->pattern, strlen(row->pattern), row->flags, &w, NULL), AIS_OK);
    assert_int_equal(ais_wildcard_match(w, row->text, strlen(row->text)), row->want);
    const struct ais_literals *literals = ais_wildcard_literals(w);
    assert_int_equal(literals->count, row->literal[0] != '\0');
    if (literals->count > 0) {
        assert_int_equal(literals->items[0].length, strlen(row->literal));
        assert_memory_equal(literals->items[0].bytes, row->literal, strlen(row->literal));
    }
}

/* The obvious matcher, which tries everything. */
static bool slow(const unsigned char *p, const unsigned char *p_end, const unsigned char *t, const unsigned char *t_end)
{
    if (p == p_end)
        return t == t_end;
    if (*p == '*') {
        if (slow(p + 1, p_end, t, t_end))
            return true;
        if (t == t_end)
            return false;
        ais_unit_next(&t, t_end);
        return slow(p, p_end, t, t_end);
    }
    if (t == t_end)
        return false;
    bool any = *p == '?';
    uint32_t want = ais_unit_next(&p, p_end);
    uint32_t got = ais_unit_next(&t, t_end);
    return (any || ais_fold(want) == ais_fold(got)) && slow(p, p_end, t, t_end);
}

static uint64_t seed = 11;

static size_t below(size_t limit)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(seed >> 33) % limit;
}

static void make(struct ais_buf *to, const char *const *parts, size_t count, size_t most)
{
    ais_buf_clear(to);
    for (size_t n = below(most + 1); n > 0; n--)
        ais_buf_text(to, parts[below(count)]);
    ais_buf_add(to, "", 0); /* never NULL */
}

static void random_patterns_say_what_the_obvious_matcher_says(void **state)
{
    (void)state;
    static const char *const pieces[] = { "a", "b", "A", "*", "*", "?", "\xc3\xa9", "ab" };
    static const char *const letters[] = { "a", "b", "a", "B", "\xc3\x89", "\xff", "\xc3", "ab" };
    AUTO(ais_buf_done) struct ais_buf pattern = { 0 };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    AUTO(ais_buf_done) struct ais_buf whole = { 0 };
    for (unsigned i = 0; i < 60000; i++) {
        make(&pattern, pieces, N_ELEMS(pieces), 7);
        make(&text, letters, N_ELEMS(letters), 10);
        unsigned flags = i % 4 * AIS_WILDCARD_OPEN_BEGIN;
        ais_buf_clear(&whole);
        ais_buf_text(&whole, flags & AIS_WILDCARD_OPEN_BEGIN ? "*" : "");
        ais_buf_text(&whole, pattern.data);
        ais_buf_text(&whole, flags & AIS_WILDCARD_OPEN_END ? "*" : "");
        AUTO(ais_wildcard_destroy) struct ais_wildcard *w = NULL;
        assert_int_equal(ais_wildcard_new(pattern.data, pattern.length, flags, &w, NULL), AIS_OK);
        const unsigned char *p = (const unsigned char *)whole.data;
        const unsigned char *t = (const unsigned char *)text.data;
        if (ais_wildcard_match(w, text.data, text.length) != slow(p, p + whole.length, t, t + text.length))
            fail_msg("pattern '%s', text '%s'", whole.data, text.data);
    }
}

static void too_long_is_refused(void **state)
{
    (void)state;
    static char text[5000];
    memset(text, 'a', sizeof text);
    AUTO(ais_wildcard_destroy) struct ais_wildcard *w = NULL;
    assert_int_equal(ais_wildcard_new(text, sizeof text, 0, &w, NULL), AIS_E_RULE);
    assert_null(w);
    assert_int_equal(ais_wildcard_new(text, 4096, 0, &w, NULL), AIS_OK);
    assert_int_equal(ais_wildcard_literals(w)->items[0].length, AIS_LITERAL_LONGEST);
    assert_true(ais_wildcard_match(w, text, 4096));
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    const struct CMUnitTest others[] = {
        cmocka_unit_test(random_patterns_say_what_the_obvious_matcher_says),
        cmocka_unit_test(too_long_is_refused),
    };
    return cmocka_run_group_tests_name("ops/wildcard", tests, NULL, NULL) +
           cmocka_run_group_tests_name("ops/wildcard properties", others, NULL, NULL);
}
