/* The engine against a slow, obvious matcher, and against itself in another order.
 *
 * Random packs and requests over a tiny alphabet, so that much matches. The slow matcher never sees a compiled thing:
 * it walks the same model that the documents are printed from, one rule after the other, without literals, memory or
 * laziness. */
#include "tests/unit/policy/lab.h"

#include <stdlib.h>
#include <strings.h>

enum { PACKS = 3, RULES = 4, SELECTIONS = 4, TESTS = 3, VALUES = 3, NODES = 24, REQUESTS = 8, ROUNDS = 300 };

/* ---- random ---- */

static uint64_t seed;

static unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return n > 0 ? (unsigned)(seed >> 33) % n : 0;
}

static void pick_word(char word[8])
{
    size_t length = 1 + pick(3);
    for (size_t i = 0; i < length; i++)
        word[i] = "abAcB"[pick(5)];
    word[length] = '\0';
}

/* ---- the model ---- */

static const char *const fields[] = { "tool_name",    "tool_args.a", "tool_args.b.c",      "'tool_args.l[]'",
                                      "tool_args.**", "context",     "caller.environment", "" };
enum { FIELD_ANYWHERE = 7 };

static const char *const ops[] = { "", "contains", "startswith", "endswith", "re", "exists" };
enum op { PLAIN, CONTAINS, STARTS, ENDS, RE, EXISTS };

struct comparison {
    unsigned field;
    enum op op;
    bool cased, all, exists;
    size_t count;
    char values[VALUES][8];
};

struct selection {
    bool is_list; /* a list of maps of one: or. Else one map: and */
    size_t count;
    struct comparison tests[TESTS];
};

enum node_kind { SELECTION, AND, OR, NOT, SOME, NODE_KINDS };

struct condition {
    enum node_kind kind;
    unsigned left, right; /* nodes; SELECTION: which one; SOME: left is how many of all */
};

struct rule {
    char glob[8]; /* "" for none */
    enum ais_action action;
    enum ais_severity severity;
    enum ais_mode mode;
    size_t selection_count, node_count;
    struct selection selections[SELECTIONS];
    struct condition nodes[NODES]; /* the last is the root; children before parents */
};

struct pack {
    struct rule rules[RULES];
};

struct request {
    char tool[8], a[8], c[8], l[2][8], context[8], environment[8]; /* "" is absent, but for tool */
};

static struct comparison make_comparison(void)
{
    struct comparison made = { .field = pick(N_ELEMS(fields)),
                               .op = (enum op)pick(N_ELEMS(ops)),
                               .cased = pick(4) == 0 };
    if (made.op == EXISTS && made.field == FIELD_ANYWHERE)
        made.op = CONTAINS;
    made.all = made.op != EXISTS && pick(4) == 0;
    made.cased = made.cased && made.op != EXISTS && made.op != RE;
    made.exists = pick(2) == 0;
    made.count = made.op == EXISTS ? 1 : 1 + pick(VALUES);
    for (size_t i = 0; i < made.count; i++)
        pick_word(made.values[i]);
    return made;
}

static void make_rule(struct rule *rule)
{
    static const enum ais_action actions[] = { AIS_ACTION_ALLOW, AIS_ACTION_REQUIRE_APPROVAL, AIS_ACTION_BLOCK };
    *rule = (struct rule){
        .action = actions[pick(3)],
        .severity = (enum ais_severity)pick(AIS_SEVERITY_COUNT),
        .mode = pick(6) == 0 ? AIS_MODE_MONITOR : AIS_MODE_ENFORCE,
        .selection_count = 1 + pick(SELECTIONS),
    };
    if (pick(3) == 0)
        snprintf(rule->glob, sizeof rule->glob, "%c*", "abc"[pick(3)]);
    for (size_t i = 0; i < rule->selection_count; i++) {
        struct selection *selection = &rule->selections[i];
        selection->is_list = pick(3) == 0;
        selection->count = 1 + pick(TESTS);
        for (size_t k = 0; k < selection->count; k++) {
            selection->tests[k] = make_comparison();
            /* One map has each key once: no two comparisons of one map look alike. */
            selection->tests[k].field = (selection->tests[k].field + (unsigned)k) % FIELD_ANYWHERE;
            for (size_t j = 0; j < k; j++)
                if (selection->tests[j].field == selection->tests[k].field)
                    selection->is_list = true;
        }
    }
    size_t wanted = 1 + pick(8);
    for (size_t i = 0; i < rule->selection_count; i++)
        rule->nodes[rule->node_count++] = (struct condition){ SELECTION, (unsigned)i, 0 };
    for (size_t i = 0; i < wanted; i++) {
        unsigned n = (unsigned)rule->node_count;
        struct condition node = { (enum node_kind)(1 + pick(NODE_KINDS - 1)), pick(n), pick(n) };
        if (node.kind == SOME)
            node.left = 1 + pick((unsigned)rule->selection_count);
        rule->nodes[rule->node_count++] = node;
    }
}

static void make_request(struct request *request)
{
    char *const texts[] = {
        request->a, request->c, request->l[0], request->l[1], request->context, request->environment
    };
    pick_word(request->tool);
    for (size_t i = 0; i < N_ELEMS(texts); i++) {
        texts[i][0] = '\0';
        if (pick(3) != 0)
            pick_word(texts[i]);
    }
}

/* ---- printed ---- */

static void put_comparison(struct ais_buf *out, const struct comparison *comparison)
{
    const char *field = fields[comparison->field], *bare = field[0] == '\'' ? field + 1 : field;
    ais_buf_format(out, "'%.*s", (int)(strlen(bare) - (field[0] == '\'')), bare);
    if (comparison->op != PLAIN)
        ais_buf_format(out, "|%s", ops[comparison->op]);
    ais_buf_format(out, "%s%s': ", comparison->cased ? "|cased" : "", comparison->all ? "|all" : "");
    if (comparison->op == EXISTS) {
        ais_buf_text(out, comparison->exists ? "true" : "false");
        return;
    }
    ais_buf_text(out, "[");
    for (size_t i = 0; i < comparison->count; i++)
        ais_buf_format(out, "%s'%s'", i > 0 ? ", " : "", comparison->values[i]);
    ais_buf_text(out, "]");
}

static void put_condition(struct ais_buf *out, const struct rule *rule, unsigned at)
{
    const struct condition *node = &rule->nodes[at];
    switch (node->kind) {
    case SELECTION: ais_buf_format(out, "s%u", node->left); break;
    case SOME: ais_buf_format(out, "%u of s*", node->left); break;
    case NOT:
        ais_buf_text(out, "not (");
        put_condition(out, rule, node->left);
        ais_buf_text(out, ")");
        break;
    default:
        ais_buf_text(out, "(");
        put_condition(out, rule, node->left);
        ais_buf_text(out, node->kind == AND ? " and " : " or ");
        put_condition(out, rule, node->right);
        ais_buf_text(out, ")");
    }
}

/* With backwards, everything whose order must not matter stands the other way round. */
static void put_rule(struct ais_buf *out, const struct rule *rule, size_t number, bool backwards)
{
    ais_buf_format(out, "- {id: r%zu, title: T%zu, action: %s, severity: %s, mode: %s, ", number, number,
                   ais_action_text(rule->action), ais_severity_text(rule->severity), ais_mode_text(rule->mode));
    if (rule->glob[0] != '\0')
        ais_buf_format(out, "tools: '%s', ", rule->glob);
    ais_buf_text(out, "detection: {");
    for (size_t i = 0; i < rule->selection_count; i++) {
        size_t k = backwards ? rule->selection_count - 1 - i : i;
        const struct selection *selection = &rule->selections[k];
        ais_buf_format(out, "s%zu: %s", k, selection->is_list ? "[" : "{");
        for (size_t j = 0; j < selection->count; j++) {
            ais_buf_format(out, "%s%s", j > 0 ? ", " : "", selection->is_list ? "{" : "");
            put_comparison(out, &selection->tests[backwards ? selection->count - 1 - j : j]);
            ais_buf_text(out, selection->is_list ? "}" : "");
        }
        ais_buf_format(out, "%s, ", selection->is_list ? "]" : "}");
    }
    ais_buf_text(out, "condition: '");
    put_condition(out, rule, (unsigned)rule->node_count - 1);
    ais_buf_text(out, "'}}\n");
}

static void put_pack(struct ais_buf *out, const struct pack *pack, size_t number, bool backwards)
{
    ais_buf_format(out, "name: p%zu\nversion: 1.0.0\nrules:\n", number);
    for (size_t i = 0; i < RULES; i++) {
        size_t k = backwards ? RULES - 1 - i : i;
        put_rule(out, &pack->rules[k], k, backwards);
    }
}

static void put_request(struct ais_buf *out, const struct request *request)
{
    ais_buf_format(out, "{\"tool_name\":\"%s\",\"tool_args\":{", request->tool);
    ais_buf_text(out, "\"l\":[");
    for (size_t i = 0, n = 0; i < 2; i++)
        if (request->l[i][0] != '\0')
            ais_buf_format(out, "%s\"%s\"", n++ > 0 ? "," : "", request->l[i]);
    ais_buf_text(out, "]");
    if (request->a[0] != '\0')
        ais_buf_format(out, ",\"a\":\"%s\"", request->a);
    if (request->c[0] != '\0')
        ais_buf_format(out, ",\"b\":{\"c\":\"%s\"}", request->c);
    ais_buf_text(out, "}");
    if (request->context[0] != '\0')
        ais_buf_format(out, ",\"context\":\"%s\"", request->context);
    ais_buf_text(out, "}");
}

/* ---- the slow matcher ---- */

static size_t values_of(const struct request *request, unsigned field, const char *ret[8])
{
    const char *all[8] = { NULL };
    size_t n = 0, count = 0;
    switch (field) {
    case 0: all[n++] = request->tool; break;
    case 1: all[n++] = request->a; break;
    case 2: all[n++] = request->c; break;
    case 3:
        all[n++] = request->l[0];
        all[n++] = request->l[1];
        break;
    case 5: all[n++] = request->context; break;
    case 6: all[n++] = request->environment; break;
    default:
        all[n++] = request->a;
        all[n++] = request->c;
        all[n++] = request->l[0];
        all[n++] = request->l[1];
        if (field == FIELD_ANYWHERE) {
            all[n++] = request->tool;
            all[n++] = request->context;
        }
    }
    for (size_t i = 0; i < n; i++)
        if (all[i][0] != '\0')
            ret[count++] = all[i];
    return count;
}

static bool equal_bytes(const char *a, const char *b, size_t n, bool cased)
{
    return cased ? strncmp(a, b, n) == 0 : strncasecmp(a, b, n) == 0;
}

static bool matches_text(enum op op, bool cased, const char *text, const char *value)
{
    size_t length = strlen(text), n = strlen(value);
    for (size_t at = 0; at + n <= length; at++) {
        bool placed = op == PLAIN    ? at == 0 && n == length
                      : op == STARTS ? at == 0
                      : op == ENDS   ? at + n == length
                                     : true;
        if (placed && equal_bytes(text + at, value, n, cased || op == RE))
            return true;
    }
    return false;
}

static bool matches_comparison(const struct comparison *comparison, const struct request *request)
{
    const char *values[8];
    size_t n = values_of(request, comparison->field, values);
    if (comparison->op == EXISTS) /* the list itself is there, even empty: only [] asks for its elements */
        return (n > 0) == comparison->exists;
    size_t hits = 0;
    enum op op = comparison->op == PLAIN && comparison->field == FIELD_ANYWHERE ? CONTAINS : comparison->op;
    for (size_t i = 0; i < comparison->count; i++) {
        bool hit = false;
        for (size_t k = 0; k < n; k++)
            hit = hit || matches_text(op, comparison->cased, values[k], comparison->values[i]);
        hits += hit;
    }
    return comparison->all ? hits == comparison->count : hits > 0;
}

static bool matches_selection(const struct selection *selection, const struct request *request)
{
    size_t hits = 0;
    for (size_t i = 0; i < selection->count; i++)
        hits += matches_comparison(&selection->tests[i], request);
    return selection->is_list ? hits > 0 : hits == selection->count;
}

static bool matches_node(const struct rule *rule, unsigned at, const struct request *request)
{
    const struct condition *node = &rule->nodes[at];
    size_t hits = 0;
    switch (node->kind) {
    case SELECTION: return matches_selection(&rule->selections[node->left], request);
    case AND: return matches_node(rule, node->left, request) && matches_node(rule, node->right, request);
    case OR: return matches_node(rule, node->left, request) || matches_node(rule, node->right, request);
    case NOT: return !matches_node(rule, node->left, request);
    default:
        for (size_t i = 0; i < rule->selection_count; i++)
            hits += matches_selection(&rule->selections[i], request);
        return hits >= node->left;
    }
}

static bool matches_rule(const struct rule *rule, const struct request *request)
{
    if (rule->glob[0] != '\0' && strncasecmp(rule->glob, request->tool, 1) != 0)
        return false;
    return matches_node(rule, (unsigned)rule->node_count - 1, request);
}

/* The whole answer, by looking at every rule for every place in it. */
static void slow_answer(const struct pack *packs, const struct request *request, struct ais_buf *out)
{
    AUTO(ais_buf_done) struct ais_buf reasons = { 0 };
    enum ais_action strongest = AIS_ACTION_NONE;
    for (int severity = AIS_SEVERITY_COUNT - 1; severity >= 0; severity--)
        for (size_t p = 0; p < PACKS; p++)
            for (size_t r = 0; r < RULES; r++) {
                const struct rule *rule = &packs[p].rules[r];
                if ((int)rule->severity != severity || rule->mode != AIS_MODE_ENFORCE || !matches_rule(rule, request))
                    continue;
                if (rule->action > strongest)
                    strongest = rule->action;
                if (rule->action != AIS_ACTION_ALLOW)
                    ais_buf_format(&reasons, "%s\"Blocked by r%zu rule: T%zu\"", reasons.length > 0 ? "," : "", r, r);
            }
    bool allowed = strongest <= AIS_ACTION_ALLOW;
    ais_buf_format(out, "{\"allowed\":%s,\"requires_approval\":%s,\"reasons\":[%s],\"alternatives\":[]}",
                   allowed ? "true" : "false", strongest == AIS_ACTION_REQUIRE_APPROVAL ? "true" : "false",
                   allowed ? "\"Action passes all safety checks\"" : reasons.data);
}

/* ---- the comparison ---- */

static struct ais_policy *compile(const struct pack *packs, bool backwards)
{
    struct ais_buf documents[PACKS] = { { 0 } };
    const char *texts[PACKS];
    for (size_t i = 0; i < PACKS; i++) {
        size_t k = backwards ? PACKS - 1 - i : i;
        put_pack(&documents[i], &packs[k], k, backwards);
        texts[i] = documents[i].data;
    }
    struct ais_policy *policy = lab_compile(texts, PACKS, AIS_ACTION_ALLOW);
    for (size_t i = 0; i < PACKS; i++)
        ais_buf_done(&documents[i]);
    return policy;
}

/* Whether text, up to its end, names the rule as explanations do. */
static bool names(const char *text, const char *end, size_t pack, size_t rule)
{
    char name[64];
    snprintf(name, sizeof name, "{\"rule\":\"r%zu\",\"title\":\"T%zu\",\"rulepack\":\"p%zu\"", rule, rule, pack);
    return memmem(text, (size_t)(end - text), name, strlen(name)) != NULL;
}

/* The answer stands in it byte for byte; a rule is among those that match if and only if it does; and none that does is
 * called a near miss. */
static void check_explanation(struct ais_engine *engine, const struct ais_policy *policy, const struct pack *packs,
                              const struct request *request, const struct ais_question *question, const char *body,
                              const struct ais_buf *answer)
{
    AUTO(ais_buf_done) struct ais_buf got = { 0 };
    lab_answer_explained(engine, policy, body, *question, true, &got);
    assert_memory_equal(got.data, answer->data, answer->length - 1);
    const char *rules = strstr(got.data, "\"rules\":["), *end = strstr(got.data, "\"not_understood\":[]");
    const char *near = strstr(got.data, "\"near_misses\":["), *whole = got.data + got.length;
    assert_true(rules != NULL && end != NULL && near != NULL && near > end);
    for (size_t p = 0; p < PACKS; p++)
        for (size_t r = 0; r < RULES; r++) {
            bool matches = matches_rule(&packs[p].rules[r], request);
            if (names(rules, end, p, r) != matches || (matches && names(near, whole, p, r)))
                fail_msg("p%zu r%zu %s: %s", p, r, matches ? "matches" : "does not match", got.data);
        }
}

static void check_request(struct ais_engine *engine, const struct ais_policy *forwards,
                          const struct ais_policy *backwards, const struct pack *packs, const struct request *request)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf want = { 0 };
    const struct ais_policy *const policies[] = { forwards, backwards };
    struct ais_question question = {
        .caller = { .environment = request->environment[0] != '\0' ? request->environment : NULL },
    };
    put_request(&body, request);
    slow_answer(packs, request, &want);
    for (size_t i = 0; i < N_ELEMS(policies); i++) {
        AUTO(ais_buf_done) struct ais_buf got = { 0 };
        lab_answer(engine, policies[i], body.data, question, &got);
        if (strcmp(got.data, want.data) == 0) {
            check_explanation(engine, policies[i], packs, request, &question, body.data, &got);
            continue;
        }
        for (size_t k = 0; k < PACKS; k++) {
            AUTO(ais_buf_done) struct ais_buf document = { 0 };
            put_pack(&document, &packs[k], k, i > 0);
            print_error("%s\n", document.data);
        }
        print_error("%s\nenvironment %s\nslow   %s\nengine %s\n", body.data, request->environment, want.data, got.data);
        fail();
    }
}

static void the_engine_agrees_with_the_slow_matcher(void **state)
{
    (void)state;
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    seed = 0x9e3779b97f4a7c15U;
    for (int round = 0; round < ROUNDS; round++) {
        static struct pack packs[PACKS];
        for (size_t p = 0; p < PACKS; p++)
            for (size_t r = 0; r < RULES; r++)
                make_rule(&packs[p].rules[r]);
        AUTO(ais_policy_unref) struct ais_policy *forwards = compile(packs, false);
        AUTO(ais_policy_unref) struct ais_policy *backwards = compile(packs, true);
        for (int i = 0; i < REQUESTS; i++) {
            struct request request;
            make_request(&request);
            check_request(engine, forwards, backwards, packs, &request);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_engine_agrees_with_the_slow_matcher) };
    return cmocka_run_group_tests_name("policy/property", tests, NULL, NULL);
}
