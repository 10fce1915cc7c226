/* Conditions over selections a, b, c and so on, written back with all parentheses. */
#include "shared/mem/buf.h"
#include "shared/policy/condition.h"
#include "tests/unit/test.h"

#include <string.h>

static const char *const names[] = { "a", "b", "c", "_hidden", "filter_one", "filter_two", "sel-1" };

static const struct row {
    const char *name, *text, *want; /* the tree, or the fault as "offset: text" */
} rows[] = {
    {"one selection",                        "a",                               "a"                                                                  },
    { "and",                                 "a and b",                         "2(a b)"                                                             },
    { "or",                                  "a or b",                          "1(a b)"                                                             },
    { "not",                                 "not a",                           "!a"                                                                 },
    { "and binds tighter than or",           "a or b and c",                    "1(a 2(b c))"                                                        },
    { "not binds tightest",                  "not a and b",                     "2(!a b)"                                                            },
    { "parentheses",                         "(a or b) and c",                  "2(1(a b) c)"                                                        },
    { "many",                                "a and b and c or a or not not b", "1(3(a b c) a !!b)"                                                  },
    { "words in any case",                   "a AND NOT b Or c",                "1(2(a !b) c)"                                                       },
    { "spaces are free",                     "\t( a )and\n(b)",                 "2(a b)"                                                             },
    { "one of them leaves out hidden names", "1 of them",                       "1(a b c filter_one filter_two sel-1)"                               },
    { "all of them",                         "all of them",                     "6(a b c filter_one filter_two sel-1)"                               },
    { "any is one",                          "any of filter_*",                 "1(filter_one filter_two)"                                           },
    { "all of a pattern",                    "all of filter_*",                 "2(filter_one filter_two)"                                           },
    { "a number of a pattern",               "2 of *",                          "2(a b c filter_one filter_two sel-1)"                               },
    { "a pattern in the middle",             "1 of f*_o*e",                     "filter_one"                                                         },
    { "hidden names by their own pattern",   "1 of _*",                         "_hidden"                                                            },
    { "hidden names by name",                "_hidden",                         "_hidden"                                                            },
    { "Sigma's usual form",                  "a and not 1 of filter_*",         "2(a !1(filter_one filter_two))"                                     },
    { "names with dashes",                   "sel-1 or a",                      "1(sel-1 a)"                                                         },

    { "nothing",                             "  ",                              "2: the condition is empty"                                          },
    { "an unknown name",                     "a and bb",                        "6: no selection is named 'bb'"                                      },
    { "a name that is near",                 "filter_on",                       "0: no selection is named 'filter_on': did you mean 'filter_one'?"   },
    { "a missing operand",                   "a and",                           "5: a selection is missing at the end"                               },
    { "a missing operand before or",         "a and or b",                      "6: a selection is missing before 'or'"                              },
    { "a missing operator",                  "a b",                             "2: 'and' or 'or' is missing before 'b'"                             },
    { "a parenthesis too few",               "(a or b",                         "7: a ')' is missing"                                                },
    { "a parenthesis too many",              "a)",                              "1: 'and' or 'or' is missing before ')'"                             },
    { "nothing in parentheses",              "()",                              "1: a selection is missing before ')'"                               },
    { "a quantity without of",               "1 a",                             "0: no selection is named '1'"                                       },
    { "all without of",                      "all a",                           "4: 'of' is missing after 'all'"                                     },
    { "of without a quantity",               "a of them",                       "0: 'of' is preceded by a number, 'any' or 'all', not by 'a'"        },
    { "of nothing",                          "1 of",                            "4: 'of' is followed by 'them' or a pattern with '*'"                },
    { "of one name",                         "1 of a",
     "5: 'of' is followed by 'them' or a pattern with '*', not by 'a'; one selection stands by its name, all values "
      "of a list are asked for with |all"                                                                                                            },
    { "a pattern that matches none",         "1 of zz*",                        "5: no selection matches 'zz*'"                                      },
    { "more than there are",                 "3 of filter_*",                   "0: 'filter_*' stands for 2 selections, which is less than 3"        },
    { "none of them",                        "0 of them",                       "0: the least quantity is 1"                                         },
    { "a pattern alone",                     "filter_*",                        "0: a pattern needs a quantity: '1 of filter_*' or 'all of filter_*'"},
    { "aggregations",                        "a | count() > 3",                 "2: aggregations after '|' are not known: use a correlation"         },
    { "a number beyond all",                 "99999999999999999999 of them",
     "0: 'of' is preceded by a number, 'any' or 'all', not by '99999999999999999999'"                                                                },
};

static void put(struct ais_buf *out, const struct ais_expr *expr)
{
    switch (expr->kind) {
    case AIS_EXPR_EACH: fail_msg("no condition makes one"); break;
    case AIS_EXPR_PREDICATE: ais_buf_text(out, names[expr->predicate]); break;
    case AIS_EXPR_NOT:
        ais_buf_text(out, "!");
        put(out, expr->children[0]);
        break;
    case AIS_EXPR_OF:
        ais_buf_format(out, "%zu(", expr->need);
        for (size_t i = 0; i < expr->count; i++) {
            ais_buf_text(out, i > 0 ? " " : "");
            put(out, expr->children[i]);
        }
        ais_buf_text(out, ")");
        break;
    }
}

static enum ais_err parse(struct ais_arena *arena, const char *text, const struct ais_expr **ret, size_t *ret_offset,
                          struct ais_why *why)
{
    struct ais_selection selections[N_ELEMS(names)];
    for (uint32_t i = 0; i < N_ELEMS(names); i++)
        selections[i] = (struct ais_selection){ names[i], ais_expr_predicate(arena, i), 0, NULL };
    return ais_condition_parse(arena, text, strlen(text), selections, N_ELEMS(names), ret, ret_offset, why);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf got = { 0 };
    const struct ais_expr *expr;
    size_t offset;
    struct ais_why why = { 0 };
    enum ais_err err = parse(arena, row->text, &expr, &offset, &why);
    if (err == AIS_OK)
        put(&got, expr);
    else
        ais_buf_format(&got, "%zu: %s", offset, why.text);
    assert_string_equal(got.data, row->want);
    assert_int_equal(err, strchr(row->want, ':') == NULL ? AIS_OK : AIS_E_RULE);
}

static void check_deep(const char *unit, size_t n, enum ais_err want)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    const struct ais_expr *expr;
    size_t offset;
    for (size_t i = 0; i < n; i++)
        ais_buf_text(&text, unit);
    ais_buf_text(&text, "a");
    for (size_t i = 0; unit[0] == '(' && i < n; i++)
        ais_buf_text(&text, ")");
    assert_int_equal(parse(arena, text.data, &expr, &offset, NULL), want);
}

static void depth_and_length_are_bounded(void **state)
{
    (void)state;
    check_deep("(", 63, AIS_OK);
    check_deep("(", 64, AIS_E_RULE);
    check_deep("not ", 63, AIS_OK);
    check_deep("not ", 64, AIS_E_RULE);
    check_deep("a or ", 3000, AIS_OK);
    check_deep("a or ", 4000, AIS_E_RULE);
}

static void words_of_the_grammar_name_nothing(void **state)
{
    (void)state;
    assert_true(ais_condition_is_name("selection_1-x", 13));
    assert_false(ais_condition_is_name("them", 4));
    assert_false(ais_condition_is_name("Not", 3));
    assert_false(ais_condition_is_name("", 0));
    assert_false(ais_condition_is_name("a b", 3));
    assert_false(ais_condition_is_name("a*", 2));
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    const struct CMUnitTest others[] = {
        cmocka_unit_test(depth_and_length_are_bounded),
        cmocka_unit_test(words_of_the_grammar_name_nothing),
    };
    AIS_ROWS(tests, rows, check_row);
    int failed = cmocka_run_group_tests_name("policy/condition", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("policy/condition more", others, NULL, NULL);
}
