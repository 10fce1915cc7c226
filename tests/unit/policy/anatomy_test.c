/* How rules were compiled: one rule a row, by what wakes it, or why it is looked at always. */
#include "shared/policy/anatomy.h"
#include "tests/unit/policy/lab.h"

/* clang-format off */
static const struct row {
    const char *name, *rule;
    enum ais_rule_cost cost;
    const char *literals, *always; /* literals: with blanks between, in any order; always: a part of why */
    enum ais_pattern_kind kind;    /* of the last pattern */
    const char *why;
} rows[] = {
    { "a text wakes it", "detection: {s: {tool_args.x|contains: Hammer}, condition: s}", AIS_COST_WOKEN, "hammer", NULL, AIS_PATTERN_PLAIN, NULL },
    { "any of a list", "detection: {s: {tool_args.x: [one, two]}, condition: s}", AIS_COST_WOKEN, "one two", NULL, AIS_PATTERN_PLAIN, NULL },
    { "the rarer of two that are needed", "tools: [run], detection: {s: {tool_args.x|contains: 'a long word'}, condition: s}", AIS_COST_WOKEN, "a long word", NULL, AIS_PATTERN_PLAIN, NULL },
    { "a linear pattern", "detection: {s: {tool_args.x|re: 'ab+cdef'}, condition: s}", AIS_COST_WOKEN, "bcdef", NULL, AIS_PATTERN_LINEAR, NULL },
    { "look-around", "detection: {s: {tool_args.x|re: 'abcd(?=e)'}, condition: s}", AIS_COST_WOKEN_PCRE2, "abcd", NULL, AIS_PATTERN_PCRE2, "look-around" },
    { "a back-reference", "detection: {s: {tool_args.x|re: '(a|b)cdef\\1'}, condition: s}", AIS_COST_WOKEN_PCRE2, NULL, NULL, AIS_PATTERN_PCRE2, "a back-reference" },
    { "a possessive quantifier", "detection: {s: {tool_args.x|re: 'abcd*+e'}, condition: s}", AIS_COST_WOKEN_PCRE2, NULL, NULL, AIS_PATTERN_PCRE2, "a possessive quantifier" },
    { "recursion", "detection: {s: {tool_args.x|re: 'a(?R)?b'}, condition: s}", AIS_COST_ALWAYS_PCRE2, NULL, "holds no text", AIS_PATTERN_PCRE2, "a verb, a condition or recursion" },
    { "a pattern without a text", "detection: {s: {tool_args.x|re: '[0-9]{9}'}, condition: s}", AIS_COST_ALWAYS, NULL, "'tool_args.x|re: [0-9]{9}' holds no text that every match contains", AIS_PATTERN_LINEAR, NULL },
    { "alternatives that are too short for their number", "detection: {s: {tool_args.x|re: '^(?:v|w|x|y|z)$'}, condition: s}", AIS_COST_ALWAYS, NULL, "has alternatives that are too short for their number", AIS_PATTERN_LINEAR, NULL },
    { "a number", "detection: {s: {tool_args.x|gt: 5}, condition: s}", AIS_COST_ALWAYS, NULL, "compares numbers", AIS_PATTERN_PLAIN, NULL },
    { "a size", "detection: {s: {request.size|gt: 5}, condition: s}", AIS_COST_ALWAYS, NULL, "stands in no text", AIS_PATTERN_PLAIN, NULL },
    { "absence", "detection: {s: {tool_args.x|exists: false}, condition: s}", AIS_COST_ALWAYS, NULL, "asks whether there is a value", AIS_PATTERN_PLAIN, NULL },
    { "not", "detection: {s: {tool_args.x: ab}, condition: not s}", AIS_COST_ALWAYS, NULL, "beside a 'not'", AIS_PATTERN_PLAIN, NULL },
    { "one branch that nothing wakes", "detection: {s: {tool_args.x: ab}, t: {tool_args.y: null}, condition: s or t}", AIS_COST_ALWAYS, NULL, "'tool_args.y: null' asks whether", AIS_PATTERN_PLAIN, NULL },
    { "every tool", "tools: '*'", AIS_COST_ALWAYS, NULL, "it matches every request", AIS_PATTERN_PLAIN, NULL },
};
/* clang-format on */

static void check_literals(const struct ais_rule_anatomy *rule, const char *wanted)
{
    size_t length = 0;
    for (size_t i = 0; i < rule->literal_count; i++) {
        const struct ais_literal *literal = &rule->literals[i];
        length += literal->length + (i > 0);
        char text[64];
        assert_in_range(literal->length, 1, sizeof text - 1);
        memcpy(text, literal->bytes, literal->length);
        text[literal->length] = '\0';
        if (strstr(wanted, text) == NULL)
            fail_msg("%s", text);
    }
    assert_int_equal(length, strlen(wanted));
}

static void check_row(void **state)
{
    const struct row *row = *state;
    char document[1024];
    const char *documents[] = { document };
    struct ais_anatomy *anatomy = NULL;
    snprintf(document, sizeof document,
             "name: p\nversion: 1.0.0\nrules:\n- {id: a, title: t, action: block, %s}\n"
             "- {id: b, title: t, action: block, tools: [run]}\n",
             row->rule);
    struct ais_policy *policy = lab_compile(documents, 1, AIS_ACTION_ALLOW);
    assert_int_equal(ais_anatomy_new(policy, &anatomy, NULL), AIS_OK);
    const struct ais_rule_anatomy *rule = ais_anatomy_find(anatomy, "p", "a");
    assert_non_null(rule);
    assert_null(ais_anatomy_find(anatomy, "p", "c"));
    assert_string_equal(ais_rule_cost_text(rule->cost), ais_rule_cost_text(row->cost));
    if (row->literals != NULL)
        check_literals(rule, row->literals);
    assert_int_equal(rule->always != NULL, row->always != NULL);
    assert_int_equal(rule->literal_count == 0, row->always != NULL);
    if (row->always != NULL && rule->always != NULL && strstr(rule->always, row->always) == NULL)
        fail_msg("%s", rule->always);
    if (rule->pattern_count > 0) {
        const struct ais_pattern_anatomy *pattern = &rule->patterns[rule->pattern_count - 1];
        assert_int_equal(pattern->kind, row->kind);
        assert_string_equal(pattern->why != NULL ? pattern->why : "", row->why != NULL ? row->why : "");
    }
    ais_anatomy_destroy(&anatomy);
    ais_policy_unref(&policy);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("policy/anatomy", tests, NULL, NULL);
}
