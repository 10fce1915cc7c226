#include "shared/policy/regex/regex.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct ais_regex_scratch *scratch;

enum { I = AIS_REGEX_CASELESS, M = AIS_REGEX_MULTILINE, S = AIS_REGEX_DOTALL };

static const struct row {
    const char *name, *pattern;
    unsigned flags;
    const char *text;
    enum ais_truth want;
} rows[] = {
    {"text is found anywhere",                    "os\\.system",              0, "import os; os.system('id')",         AIS_TRUE   },
    { "a dot escaped is a dot",                   "os\\.system",              0, "os_system",                          AIS_FALSE  },
    { "the empty pattern matches the empty text", "",                         0, "",                                   AIS_TRUE   },
    { "nothing but the empty text",               "^$",                       0, "a",                                  AIS_FALSE  },
    { "alternation",                              "cat|dog",                  0, "hotdog",                             AIS_TRUE   },
    { "an empty alternative",                     "^(?:a|)$",                 0, "",                                   AIS_TRUE   },
    { "star takes none",                          "ab*c",                     0, "ac",                                 AIS_TRUE   },
    { "plus takes one at least",                  "ab+c",                     0, "ac",                                 AIS_FALSE  },
    { "question mark takes one at most",          "^ab?c$",                   0, "abbc",                               AIS_FALSE  },
    { "lazy takes the same texts",                "^a.*?b$",                  0, "axxb",                               AIS_TRUE   },
    { "count: exactly",                           "^a{3}$",                   0, "aaaa",                               AIS_FALSE  },
    { "count: at least",                          "^a{2,}$",                  0, "aaaa",                               AIS_TRUE   },
    { "count: between",                           "^a{2,3}$",                 0, "a",                                  AIS_FALSE  },
    { "count: none",                              "^a{0}b$",                  0, "b",                                  AIS_TRUE   },
    { "braces that are no count are text",        "a{b}",                     0, "a{b}",                               AIS_TRUE   },
    { "braces with no number are text",           "a{}",                      0, "a{}",                                AIS_TRUE   },
    { "group repeated",                           "^(?:ab)+$",                0, "ababab",                             AIS_TRUE   },
    { "named group",                              "(?<x>a)(?P<y>b)",          0, "ab",                                 AIS_TRUE   },
    { "comment",                                  "a(?#not this)b",           0, "ab",                                 AIS_TRUE   },
    { "class",                                    "[a-c]x",                   0, "bx",                                 AIS_TRUE   },
    { "negated class",                            "[^a-c]x",                  0, "bx",                                 AIS_FALSE  },
    { "bracket first in a class is text",         "[]a]",                     0, "]",                                  AIS_TRUE   },
    { "hyphen last in a class is text",           "[a-]",                     0, "-",                                  AIS_TRUE   },
    { "posix class",                              "^[[:alpha:]_]+$",          0, "ab_",                                AIS_TRUE   },
    { "negated posix class",                      "[[:^alpha:]]",             0, "ab",                                 AIS_FALSE  },
    { "escapes within a class",                   "^[\\d\\-x]+$",             0, "1-x",                                AIS_TRUE   },
    { "backspace within a class",                 "[\\b]",                    0, "\b",                                 AIS_TRUE   },
    { "quoted text",                              "^\\Qa.b*\\E+$",            0, "a.b**",                              AIS_TRUE   },
    { "quoted text within a class",               "^[\\Q]^\\E]+$",            0, "^]",                                 AIS_TRUE   },
    { "quote without an end",                     "\\Qa.b",                   0, "a.b",                                AIS_TRUE   },
    { "digits",                                   "^\\d+$",                   0, "0123456789",                         AIS_TRUE   },
    { "digits are ASCII",                         "\\d",                      0, "\xd9\xa1",                           AIS_FALSE  },
    { "word characters",                          "^\\w+$",                   0, "aZ_9",                               AIS_TRUE   },
    { "spaces",                                   "^\\s+$",                   0, " \t\r\n\v\f",                        AIS_TRUE   },
    { "horizontal spaces",                        "^\\h+$",                   0, " \t\xc2\xa0",                        AIS_TRUE   },
    { "hexadecimal escape",                       "\\x41\\x{20ac}",           0, "A\xe2\x82\xac",                      AIS_TRUE   },
    { "octal escapes",                            "\\0101\\o{102}",           0, "\b1B",                               AIS_TRUE   },
    { "control escape",                           "^\\cA$",                   0, "\001",                               AIS_TRUE   },
    { "dot takes a code point",                   "^.$",                      0, "\xe2\x82\xac",                       AIS_TRUE   },
    { "dot takes no newline",                     "^a.b$",                    0, "a\nb",                               AIS_FALSE  },
    { "dot takes a newline under s",              "^a.b$",                    S, "a\nb",                               AIS_TRUE   },
    { "dot takes a stray byte",                   "^a.b$",                    0,
     "a\xff"
      "b",                                                                                                             AIS_TRUE   },
    { "negated class takes a stray byte",         "^a[^x]b$",                 0,
     "a\xff"
      "b",                                                                                                             AIS_TRUE   },
    { "no range takes a stray byte",              "^a[\\x{0}-\\x{10ffff}]b$", 0,
     "a\xff"
      "b",                                                                                                             AIS_FALSE  },
    { "a cut sequence is stray bytes",            "^..$",                     0, "\xe2\x82",                           AIS_TRUE   },
    { "dollar before the last newline",           "a$",                       0, "a\n",                                AIS_TRUE   },
    { "dollar not before another",                "a$",                       0, "a\n\n",                              AIS_FALSE  },
    { "small z only at the end",                  "a\\z",                     0, "a\n",                                AIS_FALSE  },
    { "large Z before the last newline",          "a\\Z",                     0, "a\n",                                AIS_TRUE   },
    { "caret only at the begin",                  "^b",                       0, "a\nb",                               AIS_FALSE  },
    { "caret at a line under m",                  "^b",                       M, "a\nb",                               AIS_TRUE   },
    { "caret not after the last newline",         "^\\z",                     M, "a\n",                                AIS_FALSE  },
    { "dollar at a line under m",                 "a$",                       M, "a\nb",                               AIS_TRUE   },
    { "large A only at the begin under m",        "\\Ab",                     M, "a\nb",                               AIS_FALSE  },
    { "word border",                              "\\bcat\\b",                0, "a cat!",                             AIS_TRUE   },
    { "no word border",                           "\\bcat\\b",                0, "concat",                             AIS_FALSE  },
    { "within a word",                            "\\Bcat",                   0, "concat",                             AIS_TRUE   },
    { "word border at the begin",                 "\\b",                      0, "a",                                  AIS_TRUE   },
    { "no word border in nothing",                "\\b",                      0, "",                                   AIS_FALSE  },
    { "caseless",                                 "HeLLo",                    I, "hEllO",                              AIS_TRUE   },
    { "cased",                                    "HeLLo",                    0, "hEllO",                              AIS_FALSE  },
    { "caseless beyond ASCII",                    "\xc3\x89t\xc3\xa9",        I, "\xc3\xa9T\xc3\x89",                  AIS_TRUE   },
    { "caseless: kelvin is no k",                 "k",                        I, "\xe2\x84\xaa",                       AIS_FALSE  },
    { "caseless: long s is no s",                 "\xc5\xbf",                 I, "s",                                  AIS_FALSE  },
    { "caseless: all three thetas",               "\xce\x98",                 I, "\xcf\xb4",                           AIS_TRUE   },
    { "caseless range",                           "^[a-c]+$",                 I, "aBC",                                AIS_TRUE   },
    { "caseless negated class",                   "[^k]",                     I, "K",                                  AIS_FALSE  },
    { "inline flag",                              "a(?i)b",                   0, "aB",                                 AIS_TRUE   },
    { "inline flag ends with its group",          "(?:(?i)a)b",               0, "AB",                                 AIS_FALSE  },
    { "inline flag holds for later alternatives", "a(?i)b|c",                 0, "C",                                  AIS_TRUE   },
    { "flag group",                               "(?i:a)b",                  0, "Ab",                                 AIS_TRUE   },
    { "flag taken away",                          "(?-i:a)b",                 I, "AB",                                 AIS_FALSE  },
    { "two flags",                                "(?is).x",                  0, "\nX",                                AIS_TRUE   },
    { "look-ahead goes to PCRE2",                 "foo(?=bar)",               0, "foobar",                             AIS_TRUE   },
    { "negative look-behind goes to PCRE2",       "(?<!x)foo",                0, "xfoo",                               AIS_FALSE  },
    { "back-reference goes to PCRE2",             "(a|b)\\1",                 0, "abb",                                AIS_TRUE   },
    { "atomic group goes to PCRE2",               "(?>a+)ab",                 0, "aaab",                               AIS_FALSE  },
    { "possessive goes to PCRE2",                 "a++ab",                    0, "aaab",                               AIS_FALSE  },
    { "property goes to PCRE2",                   "^\\p{Lu}$",                0, "\xc3\x89",                           AIS_TRUE   },
    { "property within a class goes to PCRE2",    "^[\\p{Lu}x]$",             0, "\xc3\x89",                           AIS_TRUE   },
    { "recursion goes to PCRE2",                  "^(\\((?1)*\\))$",          0, "(()())",                             AIS_TRUE   },
    { "verbs go to PCRE2",                        "a(*FAIL)|b",               0, "b",                                  AIS_TRUE   },
    { "PCRE2 sees a stray byte as one",           "^a.b(?!c)",                0,
     "a\xff"
      "b",                                                                                                             AIS_TRUE   },
    { "PCRE2 under its limit",                    "^(?=(a+)+$)",              0, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", AIS_UNKNOWN},
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_regex_destroy) struct ais_regex *regex = NULL;
    struct ais_why why = { 0 };
    if (ais_regex_compile(NULL, row->pattern, strlen(row->pattern), row->flags, &regex, &why) != AIS_OK)
        fail_msg("%s", why.text);
    assert_int_equal(ais_regex_search(regex, row->text, strlen(row->text), scratch), row->want);
    assert_int_equal(ais_regex_search(regex, row->text, strlen(row->text), scratch), row->want); /* when warm */
    assert_int_equal(ais_regex_is_linear(regex), strstr(row->name, "PCRE2") == NULL);
}

static const struct refusal {
    const char *name, *pattern;
    enum ais_err want;
    const char *why;
} refusals[] = {
    {"group without an end",        "a(b",                             AIS_E_SYNTAX, "offset 1: this group has no closing )"            },
    { "end without a group",        "ab)",                             AIS_E_SYNTAX, "offset 2: this ) closes no group"                 },
    { "a named code point",         "a\\N{U+41}",                      AIS_E_SYNTAX, "offset 1: \\N{U+...} is not known here"           },
    { "class without an end",       "x[ab",                            AIS_E_SYNTAX, "offset 1: this [ has no closing ]"                },
    { "range that runs down",       "[b-a]",                           AIS_E_SYNTAX, "offset 1: a range runs from the lower"            },
    { "range of a set",             "[\\d-x]",                         AIS_E_SYNTAX, "offset 1: a range has a character on both sides"  },
    { "unknown posix class",        "[[:alfa:]]",                      AIS_E_SYNTAX, "offset 1: unknown class [:alfa:]"                 },
    { "nothing to repeat",          "a|*b",                            AIS_E_SYNTAX, "offset 2: there is nothing before this quantifier"},
    { "quantifier twice",           "a**",                             AIS_E_SYNTAX, "offset 2: a quantifier after a quantifier"        },
    { "count that runs down",       "a{3,2}",                          AIS_E_SYNTAX, "offset 1: the first number"                       },
    { "count too large",            "a{70000}",                        AIS_E_SYNTAX, "offset 1: a number in braces is at most 65535"    },
    { "count without a minimum",    "a{,3}",                           AIS_E_SYNTAX, "offset 1: write {0,3}"                            },
    { "backslash at the end",       "ab\\",                            AIS_E_SYNTAX, "offset 2: a backslash at the end"                 },
    { "unknown escape",             "a\\y",                            AIS_E_SYNTAX, "offset 1: \\y is no escape"                       },
    { "hexadecimal without digits", "\\xzz",                           AIS_E_SYNTAX, "offset 0: \\x takes hexadecimal digits"           },
    { "beyond Unicode",             "\\x{110000}",                     AIS_E_SYNTAX, "offset 0: no such code point"                     },
    { "extended layout",            "(?x) a b",                        AIS_E_SYNTAX, "offset 2: extended layout (?x)"                   },
    { "unknown flag",               "(?q)",                            AIS_E_SYNTAX, "offset 2: unknown group or flag"                  },
    { "comment without an end",     "a(?#b",                           AIS_E_SYNTAX, "offset 1: this comment has no closing )"          },
    { "what PCRE2 refuses",         "(?<=a+)b",                        AIS_E_SYNTAX, "offset "                                          },
    { "a reference to no group",    "(a)\\2",                          AIS_E_SYNTAX, "offset "                                          },
    { "counts that multiply",       "(?:a{100}){100}",                 AIS_E_LIMIT,  "steps"                                            },
    { "counts of counts of counts", "(((a{9999}){9999}){9999}){9999}", AIS_E_LIMIT,  "steps"                                            },
};

static void check_refusal(void **state)
{
    const struct refusal *row = *state;
    struct ais_regex *regex = NULL;
    struct ais_why why = { 0 };
    assert_int_equal(ais_regex_compile(NULL, row->pattern, strlen(row->pattern), 0, &regex, &why), row->want);
    assert_null(regex);
    if (strstr(why.text, row->why) == NULL)
        fail_msg("'%s' lacks '%s'", why.text, row->why);
}

/* Patterns that take others exponential or quadratic time, on 100 KiB. */
static const struct worst {
    const char *name, *pattern, *unit;
    enum ais_truth want;
} worsts[] = {
    {"nested plus is linear",                     "(a+)+$",                "a",  AIS_FALSE},
    { "ambiguous star is linear",                 "(a|aa)*b",              "a",  AIS_FALSE},
    { "many dot stars are linear",                ".*.*.*x",               "a",  AIS_FALSE},
    { "optional times many is linear",            "(a?){40}a{40}z",        "a",  AIS_FALSE},
    { "a table that keeps overflowing is linear", "(?:a|b)*a(?:a|b){40}z", "ab", AIS_FALSE},
    { "empty loops end",                          "(?:(?:)*)*(?:a*)*z",    "a",  AIS_FALSE},
};

static void check_worst(void **state)
{
    const struct worst *row = *state;
    enum { SIZE = 100 * 1024 };
    char *text = malloc(SIZE);
    assert_non_null(text);
    unsigned seed = 1;
    for (size_t i = 0; i < SIZE; i++) {
        seed = seed * 1103515245U + 12345U;
        text[i] = row->unit[(seed >> 16) % strlen(row->unit)];
    }
    text[SIZE - 1] = '!';
    AUTO(ais_regex_destroy) struct ais_regex *regex = NULL;
    assert_int_equal(ais_regex_compile(NULL, row->pattern, strlen(row->pattern), 0, &regex, NULL), AIS_OK);
    clock_t begin = clock();
    assert_int_equal(ais_regex_search(regex, text, SIZE, scratch), row->want);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    free(text);
    assert_true(seconds < 5); /* exponential would not end; this is processor time, under sanitizers */
}

static void deep_groups_are_refused(void **state)
{
    (void)state;
    char pattern[2001];
    memset(pattern, '(', 1000);
    memset(pattern + 1000, ')', 1000);
    struct ais_regex *regex = NULL;
    assert_int_equal(ais_regex_compile(NULL, pattern, 2000, 0, &regex, NULL), AIS_E_LIMIT);
}

static void a_nul_is_a_character(void **state)
{
    (void)state;
    AUTO(ais_regex_destroy) struct ais_regex *regex = NULL;
    assert_int_equal(ais_regex_compile(NULL, "a\0b", 3, 0, &regex, NULL), AIS_OK);
    assert_int_equal(ais_regex_search(regex, "xa\0by", 5, scratch), AIS_TRUE);
    assert_int_equal(ais_regex_search(regex, "a", 1, scratch), AIS_FALSE);
    assert_int_equal(ais_regex_search(regex, NULL, 0, scratch), AIS_FALSE);
}

static void many_patterns_share_a_scratch(void **state)
{
    (void)state;
    enum { MANY = 100 };
    struct ais_regex *regexes[MANY] = { NULL };
    char text[32];
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "^x%dy\\b", i);
        assert_int_equal(ais_regex_compile(NULL, text, strlen(text), 0, &regexes[i], NULL), AIS_OK);
    }
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < MANY; i++) {
            snprintf(text, sizeof text, "x%dy z", i);
            assert_int_equal(ais_regex_search(regexes[i], text, strlen(text), scratch), AIS_TRUE);
            assert_int_equal(ais_regex_search(regexes[(i + 1) % MANY], text, strlen(text), scratch), AIS_FALSE);
        }
    for (int i = 0; i < MANY; i++)
        ais_regex_destroy(&regexes[i]);
}

/* What PCRE2 costs is counted where the question's other work is, and has no more room than that leaves. */
static const struct metered {
    const char *name, *pattern;
    size_t besides, most; /* steps */
    enum ais_truth want;
    bool counts; /* the search adds to what was spent */
} metereds[] = {
    {"there is room",                "a(?=b)", 1000, 100000, AIS_TRUE,    true },
    { "the room is too small",       "a(?=b)", 1000, 1100,   AIS_UNKNOWN, true },
    { "all was spent elsewhere",     "a(?=b)", 2000, 1000,   AIS_UNKNOWN, true },
    { "an automaton is not counted", "ab",     2000, 1000,   AIS_TRUE,    false},
};

static void check_metered(void **state)
{
    const struct metered *row = *state;
    AUTO(ais_regex_destroy) struct ais_regex *regex = NULL;
    size_t spent = 0;
    ais_regex_renew(scratch, &(struct ais_regex_meter){ &spent, &row->besides, row->most });
    assert_int_equal(ais_regex_compile(NULL, row->pattern, strlen(row->pattern), 0, &regex, NULL), AIS_OK);
    assert_int_equal(ais_regex_search(regex, "xab", 3, scratch), row->want);
    assert_int_equal(spent > 0, row->counts);
    ais_regex_renew(scratch, NULL);
    size_t before = spent;
    assert_int_equal(ais_regex_search(regex, "xab", 3, scratch), AIS_TRUE);
    assert_int_equal(spent, before);
}

static int open_scratch(void **state)
{
    (void)state;
    scratch = ais_regex_scratch_new();
    return scratch == NULL;
}

static int close_scratch(void **state)
{
    (void)state;
    ais_regex_scratch_destroy(&scratch);
    return 0;
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    struct CMUnitTest refused[N_ELEMS(refusals)];
    struct CMUnitTest slow[N_ELEMS(worsts)];
    struct CMUnitTest counted[N_ELEMS(metereds)];
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(refused, refusals, check_refusal);
    AIS_ROWS(slow, worsts, check_worst);
    AIS_ROWS(counted, metereds, check_metered);
    const struct CMUnitTest others[] = {
        cmocka_unit_test(deep_groups_are_refused),
        cmocka_unit_test(a_nul_is_a_character),
        cmocka_unit_test(many_patterns_share_a_scratch),
    };
    int failed = cmocka_run_group_tests_name("regex/search", tests, open_scratch, close_scratch);
    failed += cmocka_run_group_tests_name("regex/refusals", refused, NULL, NULL);
    failed += cmocka_run_group_tests_name("regex/worst", slow, open_scratch, close_scratch);
    failed += cmocka_run_group_tests_name("regex/metered", counted, open_scratch, close_scratch);
    failed += cmocka_run_group_tests_name("regex/others", others, open_scratch, close_scratch);
    return failed;
}
