#include "shared/policy/regex/regex.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

enum { I = AIS_REGEX_CASELESS };

/* want: the sets, best first, with a comma between them; their members, sorted, each with a bar behind it. */
static const struct row {
    const char *name, *pattern;
    unsigned flags;
    const char *want;
} rows[] = {
    {"plain text is its own literal",             "os\\.system",            0, "os.system|"           },
    { "letters are folded",                       "OS\\.System",            0, "os.system|"           },
    { "the longest comes first",                  "a+import\\s+subprocess", 0, "subprocess|,aimport|" },
    { "alternatives are all needed",              "cat|doggy",              0, "cat|doggy|"           },
    { "alternatives join what is around them",    "pre(?:fix|tend)ed",      0, "prefixed|pretended|"  },
    { "optional letters give both",               "https?://",              0, "http://|https://|"    },
    { "an alternative without one needs none",    "cat|.*",                 0, ""                     },
    { "what may be absent is not needed",         "(?:abc)*x",              0, "x|"                   },
    { "what is there once is needed",             "(?:abc)+x",              0, "abcx|"                },
    { "the last repetition meets what follows",   "a{2,}bc",                0, "aabc|"                },
    { "counts are written out",                   "(?:ab){3}",              0, "ababab|"              },
    { "small classes are taken apart",            "x[12]",                  0, "x1|x2|"               },
    { "large classes divide",                     "abc\\wdefg",             0, "defg|,abc|"           },
    { "NUL divides",                              "ab\\x00c",               0, "ab|,c|"               },
    { "assertions divide nothing",                "\\bab\\b$",              0, "ab|"                  },
    { "look-around is looked past",               "foo(?!x)bar",            0, "foobar|"              },
    { "back-references divide",                   "(abcd)\\1ef",            0, "abcd|,ef|"            },
    { "recursion gives up",                       "abc(?R)?",               0, ""                     },
    { "verbs give up",                            "abc(*ACCEPT)def",        0, ""                     },
    { "sets that say nothing new are left out",   "(?:abcd|bcda)\\w+bcd",   0, "abcd|bcda|"           },
    { "no more than four",                        "aaaaa.bbbb.ccc.dd.e",    0, "aaaaa|,bbbb|,ccc|,dd|"},
    { "caseless ASCII is one",                    "AbC",                    I, "abc|"                 },
    { "caseless letters beyond are written out",  "\xc3\xa9",               I, "\xc3\x89|\xc3\xa9|"   },
    { "PCRE2's kelvin sign divides",              "(?i)akab(?=x)",          0, "ab|"                  },
    { "members that hold another are not needed", "xab|ab|cabd",            0, "ab|"                  },
    { "nothing is known of dots",                 ".*",                     0, ""                     },
    { "nothing is known of the empty pattern",    "",                       0, ""                     },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_regex_destroy) struct ais_regex *regex = NULL;
    struct ais_why why = { 0 };
    if (ais_regex_compile(NULL, row->pattern, strlen(row->pattern), row->flags, &regex, &why) != AIS_OK)
        fail_msg("%s", why.text);
    char got[1024] = "";
    size_t at = 0;
    for (const struct ais_literals *set = ais_regex_literals(regex); set != NULL; set = set->next) {
        for (size_t i = 0; i < set->count; i++)
            at += (size_t)snprintf(got + at, sizeof got - at, "%.*s|", (int)set->items[i].length, set->items[i].bytes);
        at += (size_t)snprintf(got + at, sizeof got - at, "%s", set->next != NULL ? "," : "");
    }
    assert_string_equal(got, row->want);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("regex/literals", tests, NULL, NULL);
}
