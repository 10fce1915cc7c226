/* Decisions: each row is packs, a question and the answer, byte for byte. */
#include "tests/unit/policy/lab.h"

#define PACK(name)    "name: " name "\nversion: 1.0.0\nrules:\n"
#define HIT           "detection: {s: {tool_args.a: x}, condition: s}"
#define RULE(id, act) "- {id: " id ", title: T " id ", action: " act ", " HIT "}\n"
#define BODY          "{\"tool_name\":\"t\",\"tool_args\":{\"a\":\"x\"}}"

#define ANSWER(allowed, asks, reasons, alternatives)                                \
    "{\"allowed\":" allowed ",\"requires_approval\":" asks ",\"reasons\":[" reasons \
    "],\"alternatives\":[" alternatives "]"
#define ALLOWED      ANSWER("true", "false", "\"Action passes all safety checks\"", "") "}"
#define BLOCKED(why) ANSWER("false", "false", why, "") "}"
#define ASKS(why)    ANSWER("false", "true", why, "") "}"
#define BY(id)       "\"Blocked by " id " rule: T " id "\""

/* Rows of different lengths, which clang-format would align into confusion as plain braces. */
#define ROW(...)    \
    {               \
        __VA_ARGS__ \
    }

static const struct ais_caller known = { "k", "n", "u", "a", "PROD" }, pinned_agent = { .agent = "pinned" };

static const struct row {
    const char *name;
    const char *first, *second, *third; /* packs, as many as there are */
    const char *body;                   /* NULL: BODY */
    const struct ais_caller *caller;    /* NULL: nothing is known */
    enum ais_token token;
    enum ais_action default_action; /* NONE: allow */
    const char *want;
} rows[] = {
    ROW(.name = "no pack allows", .want = ALLOWED),
    ROW(.name = "nothing matches", .first = PACK("p") RULE("r", "block"), .body = "{\"tool_name\":\"t\"}",
        .want = ALLOWED),
    ROW(.name = "block", .first = PACK("p") RULE("r", "block"), .want = BLOCKED(BY("r"))),
    ROW(.name = "require_approval", .first = PACK("p") RULE("r", "require_approval"), .want = ASKS(BY("r"))),
    ROW(.name = "allow", .first = PACK("p") RULE("r", "allow"), .default_action = AIS_ACTION_BLOCK, .want = ALLOWED),
    ROW(.name = "the strongest wins",
        .first = PACK("p") RULE("a", "allow") RULE("b", "block") RULE("c", "require_approval"),
        .want = BLOCKED(BY("b") "," BY("c"))),
    ROW(.name = "allow never overrides asking", .first = PACK("p") RULE("a", "allow") RULE("c", "require_approval"),
        .want = ASKS(BY("c"))),
    ROW(.name = "the default action may block", .first = PACK("p") RULE("r", "block"), .body = "{\"tool_name\":\"t\"}",
        .default_action = AIS_ACTION_BLOCK, .want = BLOCKED("\"Default action: block\"")),
    ROW(.name = "the default action may ask", .default_action = AIS_ACTION_REQUIRE_APPROVAL,
        .want = ASKS("\"Default action: require_approval\"")),
    ROW(.name = "a default is only for what no rule matches", .first = PACK("p") RULE("r", "require_approval"),
        .default_action = AIS_ACTION_BLOCK, .want = ASKS(BY("r"))),
    ROW(.name = "reasons by severity, then pack, then id", .first = PACK("zoo") RULE("a", "block"),
        .second = PACK("ant") RULE("z", "block") RULE("y", "block"),
        .third = PACK("mid") "- {id: m, title: T m, severity: critical, action: require_approval, " HIT "}\n"
                             "- {id: l, title: T l, level: informational, action: block, " HIT "}\n",
        .want = BLOCKED(BY("m") "," BY("y") "," BY("z") "," BY("a") "," BY("l"))),
    ROW(.name = "monitored rules are not enforced",
        .first = PACK("p") "- {id: r, title: T r, action: block, mode: monitor, " HIT "}\n", .want = ALLOWED),
    ROW(.name = "alternatives and remediations in the order of reasons, once each",
        .first = PACK(
            "p") "- {id: a, title: T a, action: block, remediation: R2, alternatives: [{tool_name: m}, {tool_name: "
                 "n}], " HIT "}\n"
                 "- {id: b, title: T b, action: block, remediation: R1, level: high, alternatives: [{tool_name: "
                 "n}], " HIT "}\n"
                 "- {id: c, title: T c, action: block, remediation: R1, " HIT "}\n",
        .want = ANSWER("false", "false", BY("b") "," BY("a") "," BY("c"),
                       "{\"tool_name\":\"n\"},{\"tool_name\":\"m\"}") ",\"remediations\":[\"R1\",\"R2\"]}"),
    ROW(.name = "allowing rules say nothing",
        .first =
            PACK("p") "- {id: a, title: T a, action: allow, remediation: R, alternatives: [{tool_name: m}], " HIT "}\n",
        .want = ALLOWED),
    ROW(.name = "a valid token satisfies a rule that asks", .first = PACK("p") RULE("r", "require_approval"),
        .token = AIS_TOKEN_VALID, .want = ALLOWED),
    ROW(.name = "a valid token satisfies a default that asks", .token = AIS_TOKEN_VALID,
        .default_action = AIS_ACTION_REQUIRE_APPROVAL, .want = ALLOWED),
    ROW(.name = "a valid token satisfies no block", .first = PACK("p") RULE("r", "block") RULE("s", "require_approval"),
        .token = AIS_TOKEN_VALID, .want = BLOCKED(BY("r"))),
    ROW(.name = "nor a default that blocks", .token = AIS_TOKEN_VALID, .default_action = AIS_ACTION_BLOCK,
        .want = BLOCKED("\"Default action: block\"")),
    ROW(.name = "an invalid token is never allowed", .token = AIS_TOKEN_INVALID,
        .want = ASKS("\"Approval token: invalid\"")),
    ROW(.name = "each bad token has its reason", .first = PACK("p") RULE("r", "require_approval"),
        .token = AIS_TOKEN_EXPIRED, .want = ASKS(BY("r") ",\"Approval token: expired\"")),
    ROW(.name = "a token for another request", .first = PACK("p") RULE("r", "block"), .token = AIS_TOKEN_FOREIGN,
        .want = BLOCKED(BY("r") ",\"Approval token: for another request\"")),
    ROW(.name = "an invariant asks",
        .first = PACK("p") "- {id: o, title: o, action: block, tools: other}\n"
                           "invariants: [{id: i, title: T i, tools: 't*', unless: valid_approval_token, action: "
                           "require_approval}]",
        .want = ASKS(BY("i"))),
    ROW(.name = "an invariant that blocks unless there is a token",
        .first =
            PACK("p") "- {id: o, title: o, action: block, tools: other}\n"
                      "invariants: [{id: i, title: T i, tools: 't*', unless: valid_approval_token, action: block}]",
        .token = AIS_TOKEN_VALID, .want = ALLOWED),
    ROW(.name = "a bad token does not satisfy an invariant",
        .first =
            PACK("p") "- {id: o, title: o, action: block, tools: other}\n"
                      "invariants: [{id: i, title: T i, tools: 't*', unless: valid_approval_token, action: block}]",
        .token = AIS_TOKEN_SPENT, .want = BLOCKED(BY("i") ",\"Approval token: spent\"")),
    ROW(.name = "the caller's facts come from the key",
        .first =
            PACK("p") "- {id: r, title: T r, action: block, detection: {s: {caller.environment: prod, caller.key: k, "
                      "caller.name: n, caller.user: u, caller.agent: a}, condition: s}}\n",
        .caller = &known, .want = BLOCKED(BY("r"))),
    ROW(.name = "and not from what the request says",
        .first = PACK("p") "- {id: r, title: T r, action: block, detection: {s: {caller.user: u}, condition: s}}\n",
        .body = "{\"tool_name\":\"t\",\"metadata\":{\"user_id\":\"u\"}}", .want = ALLOWED),
    ROW(.name = "a pinned agent holds",
        .first = PACK("p") "- {id: r, title: T r, action: block, detection: {s: {agent.id: pinned}, condition: s}}\n",
        .body = "{\"tool_name\":\"t\",\"metadata\":{\"agent_id\":\"said\"}}", .caller = &pinned_agent,
        .want = BLOCKED(BY("r"))),
    ROW(.name = "session and agent, as said",
        .first = PACK("p") "- {id: r, title: T r, action: block, detection: {s: {agent.id: a1, session.id: '7'}, "
                           "condition: s}}\n",
        .body = "{\"tool_name\":\"t\",\"metadata\":{\"agent_id\":\"a1\"},\"context\":{\"session_id\":7}}",
        .want = BLOCKED(BY("r"))),
    ROW(.name = "titles may hold anything",
        .first = PACK("p") "- {id: r, title: 'say \"no\" \\ \xc3\xa9', action: block, tools: T}\n",
        .want = BLOCKED("\"Blocked by r rule: say \\\"no\\\" \\\\ \xc3\xa9\"")),
};

static void check_row(void **state)
{
    const struct row *row = *state;
    const char *const packs[] = { row->first, row->second, row->third };
    struct ais_question question = { .token = row->token };
    size_t n = 0;
    while (n < N_ELEMS(packs) && packs[n] != NULL)
        n++;
    if (row->caller != NULL)
        question.caller = *row->caller;
    enum ais_action default_action = row->default_action != AIS_ACTION_NONE ? row->default_action : AIS_ACTION_ALLOW;
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(packs, n, default_action);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    for (int i = 0; i < 2; i++) {
        ais_buf_clear(&out);
        lab_answer(engine, policy, row->body != NULL ? row->body : BODY, question, &out);
        assert_string_equal(out.data, row->want);
    }
}

static void matches_tell_everything(void **state)
{
    (void)state;
    static const char document[] = "name: p\nversion: 2.0.1\nrules:\n"
                                   "- {id: m, title: M, action: block, mode: monitor, level: high, tools: t}\n"
                                   "- {id: a, title: A, action: allow, level: low, tools: t}\n"
                                   "invariants: [{id: i, title: I, action: require_approval, tools: t}]";
    const char *const documents[] = { document };
    static const char body[] = "{\"tool_name\":\"t\"}";
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(documents, 1, AIS_ACTION_ALLOW);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_request request;
    struct ais_decision decision;
    assert_int_equal(ais_request_read(arena, body, strlen(body), &request, NULL, NULL), AIS_OK);
    struct ais_question question = { .request = &request };
    assert_int_equal(ais_decide(engine, policy, &question, &decision, NULL), AIS_OK);
    assert_int_equal(decision.match_count, 3);
    assert_string_equal(decision.matches[0].rule, "m");
    assert_int_equal(decision.matches[0].mode, AIS_MODE_MONITOR);
    assert_string_equal(decision.matches[1].rule, "i");
    assert_int_equal(decision.matches[1].kind, AIS_INVARIANT);
    assert_string_equal(decision.matches[1].pack, "p");
    assert_string_equal(decision.matches[1].version, "2.0.1");
    assert_string_equal(decision.matches[1].title, "I");
    assert_string_equal(decision.matches[2].rule, "a");
    assert_int_equal(decision.severity, AIS_SEVERITY_MEDIUM);
    assert_int_equal(decision.action, AIS_ACTION_REQUIRE_APPROVAL);
    assert_string_equal(decision.snapshot, ais_policy_digest(policy));
}

static void one_engine_serves_many_snapshots(void **state)
{
    (void)state;
    const char *const first[] = { PACK("p") RULE("r", "block") }, *const second[] = { PACK("p") RULE("s", "block") };
    AUTO(ais_policy_unref) struct ais_policy *one = lab_compile(first, 1, AIS_ACTION_ALLOW);
    AUTO(ais_policy_unref) struct ais_policy *two = lab_compile(second, 1, AIS_ACTION_ALLOW);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct ais_question question = { 0 };
    for (int i = 0; i < 3; i++) {
        ais_buf_clear(&out);
        lab_answer(engine, one, BODY, question, &out);
        assert_string_equal(out.data, BLOCKED(BY("r")));
        ais_buf_clear(&out);
        lab_answer(engine, two, BODY, question, &out);
        assert_string_equal(out.data, BLOCKED(BY("s")));
    }
}

static void the_digest_covers_what_decides(void **state)
{
    (void)state;
    const char *const one[] = { PACK("p") RULE("r", "block"), PACK("q") RULE("r", "block") };
    const char *const two[] = { PACK("q") RULE("r", "block"), PACK("p") RULE("r", "block") };
    const char *const other[] = { PACK("q") RULE("r", "block"), PACK("p") RULE("s", "block") };
    AUTO(ais_policy_unref) struct ais_policy *a = lab_compile(one, 2, AIS_ACTION_ALLOW);
    AUTO(ais_policy_unref) struct ais_policy *b = lab_compile(two, 2, AIS_ACTION_ALLOW);
    AUTO(ais_policy_unref) struct ais_policy *c = lab_compile(other, 2, AIS_ACTION_ALLOW);
    AUTO(ais_policy_unref) struct ais_policy *d = lab_compile(one, 2, AIS_ACTION_BLOCK);
    assert_int_equal(strlen(ais_policy_digest(a)), 64);
    assert_string_equal(ais_policy_digest(a), ais_policy_digest(b));
    assert_string_not_equal(ais_policy_digest(a), ais_policy_digest(c));
    assert_string_not_equal(ais_policy_digest(a), ais_policy_digest(d));
}

static struct ais_pack_source source(const char *file, const char *text, bool enabled)
{
    return (struct ais_pack_source){ file, text, strlen(text), enabled, AIS_PACK_CUSTOM };
}

static void faulty_packs_are_refused_together(void **state)
{
    (void)state;
    static const char good[] = PACK("p") RULE("r", "block"), bad[] = "name: q\n", worse[] = "{";
    const struct ais_pack_source packs[] = {
        source("c.yaml", worse, true),
        source("a.yaml", good, true),
        source("b.yaml", bad, true),
        source("d.yaml", worse, false),
        source("e.yaml", RULE("x", "block"), true),
    };
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW };
    struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    assert_int_equal(ais_policy_compile(packs, N_ELEMS(packs), &options, &policy, &diagnostics, &why), AIS_E_RULE);
    assert_null(policy);
    assert_int_equal(strncmp(why.text, "b.yaml:1:1: ", 12), 0);
    assert_string_equal(diagnostics.items[0].file, "b.yaml");
    assert_string_equal(diagnostics.items[diagnostics.count - 1].file, "e.yaml");
    ais_diagnostics_done(&diagnostics);
}

static void two_packs_of_one_name_are_refused(void **state)
{
    (void)state;
    static const char one[] = PACK("p") RULE("r", "block"), two[] = PACK("p") RULE("s", "block");
    const struct ais_pack_source packs[] = { source("one", one, true), source("two", two, true) };
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW },
                                    none = { .default_action = AIS_ACTION_NONE };
    struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    assert_int_equal(ais_policy_compile(packs, 2, &options, &policy, &diagnostics, &why), AIS_E_RULE);
    assert_non_null(strstr(why.text, "has the name 'p' too"));
    assert_int_equal(ais_policy_compile(packs, 1, &none, &policy, &diagnostics, &why), AIS_E_INVALID);
    ais_diagnostics_done(&diagnostics);
}

static void tests_inside_a_pack_run(void **state)
{
    (void)state;
    static const char document[] = "name: p\nversion: 1.0.0\nrules:\n"
                                   "- id: r\n  title: T\n  action: block\n  mode: monitor\n  tools: x\n  tests:\n"
                                   "  - {name: hit, request: {tool_name: x}, expect: block}\n"
                                   "  - {name: miss, request: {tool_name: y}, expect: none}\n"
                                   "  - {name: wrong, request: {tool_name: y}, expect: block}\n"
                                   "- {id: s, title: S, action: require_approval, tools: x}\n";
    const struct ais_pack_source pack = { "f", document, strlen(document), false, AIS_PACK_CUSTOM };
    AUTO(ais_rule_results_destroy) struct ais_rule_results *results = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    size_t count;
    assert_int_equal(ais_rulepack_test(&pack, &results, &diagnostics, NULL), AIS_OK);
    const struct ais_rule_result *resulting = ais_rule_results_rows(results, &count);
    assert_int_equal(count, 3);
    assert_int_equal(ais_rule_results_failed(results), 1);
    assert_int_equal(ais_rule_results_untested(results), 1);
    assert_true(resulting[0].passed && resulting[1].passed && !resulting[2].passed);
    assert_string_equal(resulting[2].test, "wrong");
    assert_string_equal(resulting[2].rule, "r");
    assert_int_equal(resulting[2].line, 12);
    assert_int_equal(resulting[2].got, AIS_ACTION_NONE);
    ais_diagnostics_done(&diagnostics);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    const struct CMUnitTest others[] = {
        cmocka_unit_test(matches_tell_everything),           cmocka_unit_test(one_engine_serves_many_snapshots),
        cmocka_unit_test(the_digest_covers_what_decides),    cmocka_unit_test(faulty_packs_are_refused_together),
        cmocka_unit_test(two_packs_of_one_name_are_refused), cmocka_unit_test(tests_inside_a_pack_run),
    };
    AIS_ROWS(tests, rows, check_row);
    int failed = cmocka_run_group_tests_name("policy/decide", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("policy/decide more", others, NULL, NULL);
}
