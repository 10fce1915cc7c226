/* Risk: each row is a request and its score, and what becomes of the decision. */
#include "tests/unit/policy/lab.h"

#define PACK         "name: p\nversion: 1.0.0\nrules:\n"
#define MONITOR(sev) "- {id: m_" sev ", title: T, action: block, mode: monitor, severity: " sev ", tools: '*'}\n"
#define QUIET        "- {id: q, title: T, action: block, tools: nobody}\n"
#define COMMAND(s)   "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"" s "\"}}"
#define PLAIN        COMMAND("ls -l")
#define X16          "xxxxxxxxxxxxxxxx"
#define X256         X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16

/* Rows of different lengths, which clang-format would align into confusion as plain braces. */
#define ROW(...)    \
    {               \
        __VA_ARGS__ \
    }

static const struct ais_session_tool shell[] = { { "ls", 2 }, { "bash", 4 } }, mail[] = { { "mail", 4 }, { "bash2", 5 } };
static const struct ais_session fresh = { .calls = 0 },
                                familiar = { .calls = 3, .tools = shell, .tool_count = N_ELEMS(shell) },
                                strange = { .calls = 3, .tools = mail, .tool_count = N_ELEMS(mail) },
                                partly = { .unknown = "too long ago" };

static const struct row {
    const char *name, *pack, *body; /* NULL: QUIET, PLAIN */
    const struct ais_session *session;
    size_t padding; /* bytes of another argument */
    unsigned score;
    const char *factors; /* as a reason names them */
} rows[] = {
    ROW(.name = "nothing", .score = 0, .factors = ""),
    ROW(.name = "a critical rule that is monitored", .pack = PACK MONITOR("critical"), .score = 40,
        .factors = "critical rules that are only monitored 40"),
    ROW(.name = "high", .pack = PACK MONITOR("high"), .score = 25,
        .factors = "rules of high severity that are only monitored 25"),
    ROW(.name = "the weightiest is said first", .pack = PACK MONITOR("low") MONITOR("medium") MONITOR("informational"),
        .score = 19,
        .factors = "rules of medium severity that are only monitored 12, rules of low severity that are only monitored "
                   "5, informational rules that are only monitored 2"),
    ROW(.name = "rules that are enforced count for nothing here",
        .pack = PACK "- {id: a, title: T, action: allow, severity: critical, tools: '*'}\n", .score = 0, .factors = ""),
    ROW(.name = "nor does one that would allow",
        .pack = PACK "- {id: a, title: T, action: allow, severity: critical, mode: monitor, tools: '*'}\n", .score = 0,
        .factors = ""),
    ROW(.name = "a layer of encoding", .body = COMMAND("echo bHMgLWxhIC9ob21lL2FkYS93b3Jr"), .score = 10,
        .factors = "layers of encoding 10"),
    ROW(.name = "one shell within another is everyday", .body = COMMAND("sh -c ls"), .score = 0, .factors = ""),
    ROW(.name = "two are not", .body = COMMAND("sh -c 'sh -c ls'"), .score = 8, .factors = "shells within shells 8"),
    ROW(.name = "a URL in the clear", .body = COMMAND("curl https://example.com/ http://127.0.0.1/"), .score = 0,
        .factors = ""),
    ROW(.name = "an address that is spelled oddly",
        .body = "{\"tool_name\":\"get\",\"tool_args\":{\"url\":\"http://0x7f000001/\"}}", .score = 15,
        .factors = "URLs that hide their host 15"),
    ROW(.name = "a user before the host",
        .body = "{\"tool_name\":\"get\",\"tool_args\":{\"url\":\"https://google.com@example.com/\"}}", .score = 15,
        .factors = "URLs that hide their host 15"),
    ROW(.name = "a session's first call", .session = &fresh, .score = 0, .factors = ""),
    ROW(.name = "a tool that the session knows", .session = &familiar, .score = 0, .factors = ""),
    ROW(.name = "a tool that is new to it", .session = &strange, .score = 10,
        .factors = "a tool that its session has not used before 10"),
    ROW(.name = "a tool that may be new", .session = &partly, .score = 10,
        .factors = "a tool that its session has not used before 10"),
    ROW(.name = "just not large", .padding = (64 << 10) - 16, .score = 0, .factors = ""),
    ROW(.name = "large", .padding = 64 << 10, .score = 5, .factors = "a large request 5"),
    ROW(.name = "very large", .padding = 256 << 10, .score = 10, .factors = "a large request 10"),
    ROW(.name = "text that looks random",
        .body = COMMAND("!Zq8#vT2$mK5^wB7&xN1*cR4(yF6)jH9_aL3+pD0=eG-uI;sO:tW,kQ.zV/bM<nX>rC?"), .score = 10,
        .factors = "texts that look random 10"),
    ROW(.name = "prose does not",
        .body =
            COMMAND("echo the quick brown fox jumps over the lazy dog while the cat sleeps in the warm sun all day"),
        .score = 0, .factors = ""),
    ROW(.name = "it ends at 100",
        .pack = PACK MONITOR("critical") "- {id: c, title: T, action: block, mode: monitor, severity: critical, tools: "
                                         "'*'}\n" MONITOR("high"),
        .score = 100,
        .factors = "critical rules that are only monitored 80, rules of high severity that are only monitored 25"),
};

static struct ais_policy *compile(const char *document, unsigned threshold)
{
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .risk_threshold = threshold };
    const struct ais_pack_source source = { "lab", document, strlen(document), true, AIS_PACK_CUSTOM };
    struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    if (ais_policy_compile(&source, 1, &options, &policy, &diagnostics, &why) != AIS_OK)
        fail_msg("%s", why.text);
    ais_diagnostics_done(&diagnostics);
    return policy;
}

static const char *pack_of(const struct row *row)
{
    return row->pack != NULL ? row->pack : PACK QUIET;
}

/* What a decision says of itself; strings live in the engine and the arena. */
static struct ais_decision decide(struct ais_engine *engine, const struct ais_policy *policy, const char *body,
                                  enum ais_token token, const struct ais_session *session, struct ais_arena *arena)
{
    struct ais_request *request = ais_arena_alloc(arena, sizeof *request);
    struct ais_decision decision;
    struct ais_why why = { 0 };
    if (ais_request_read(arena, body, strlen(body), request, NULL, &why) != AIS_OK)
        fail_msg("%s", why.text);
    const struct ais_question question = { .request = request, .token = token, .session = session };
    assert_int_equal(ais_decide(engine, policy, &question, &decision, &why), AIS_OK);
    return decision;
}

static void put_body(struct ais_buf *out, const struct row *row)
{
    if (row->padding == 0) {
        ais_buf_text(out, row->body != NULL ? row->body : PLAIN);
        return;
    }
    ais_buf_text(out, "{\"tool_name\":\"t\",\"tool_args\":{\"a\":\"");
    for (size_t i = 0; i < row->padding / strlen(X16); i++)
        ais_buf_text(out, X16);
    ais_buf_text(out, "\"}}");
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    put_body(&body, row);
    const unsigned thresholds[] = { 1, row->score, row->score + 1, 100 };
    for (size_t i = 0; i < N_ELEMS(thresholds); i++) {
        unsigned threshold = thresholds[i];
        if (threshold == 0 || threshold > 100)
            continue;
        AUTO(ais_policy_unref) struct ais_policy *policy = compile(pack_of(row), threshold);
        struct ais_decision decision = decide(engine, policy, body.data, AIS_TOKEN_NONE, row->session, arena);
        bool asks = row->score >= threshold;
        char want[512];
        snprintf(want, sizeof want, "Risk: %u of 100 (threshold %u): %s", row->score, threshold, row->factors);
        assert_int_equal(decision.risk.score, row->score);
        assert_int_equal(decision.requires_approval, asks);
        assert_string_equal(decision.reasons[0], asks ? want : "Action passes all safety checks");
        assert_int_equal(decision.severity, asks ? AIS_SEVERITY_MEDIUM : AIS_SEVERITY_INFORMATIONAL);
    }
}

static void without_a_threshold_there_is_no_score(void **state)
{
    (void)state;
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_policy_unref) struct ais_policy *policy = compile(PACK MONITOR("critical"), 0);
    struct ais_decision decision = decide(engine, policy, PLAIN, AIS_TOKEN_NONE, NULL, arena);
    assert_true(decision.allowed);
    assert_int_equal(decision.risk.threshold, 0);
    assert_int_equal(decision.risk.score, 0);
}

static void the_threshold_is_part_of_the_digest(void **state)
{
    (void)state;
    AUTO(ais_policy_unref)
    struct ais_policy *none = compile(PACK QUIET, 0), *one = compile(PACK QUIET, 1), *two = compile(PACK QUIET, 2),
                      *again = compile(PACK QUIET, 2);
    assert_string_not_equal(ais_policy_digest(none), ais_policy_digest(one));
    assert_string_not_equal(ais_policy_digest(one), ais_policy_digest(two));
    assert_string_equal(ais_policy_digest(two), ais_policy_digest(again));
}

/* A block stands, with its own reason alone, whatever the score and the token. */
static void a_block_stands(void **state)
{
    (void)state;
    static const char pack[] = PACK MONITOR("critical") "- {id: b, title: T b, action: block, tools: bash}\n";
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_policy_unref) struct ais_policy *policy = compile(pack, 10);
    static const enum ais_token tokens[] = { AIS_TOKEN_NONE, AIS_TOKEN_VALID };
    for (size_t i = 0; i < N_ELEMS(tokens); i++) {
        struct ais_decision decision = decide(engine, policy, PLAIN, tokens[i], NULL, arena);
        assert_int_equal(decision.action, AIS_ACTION_BLOCK);
        assert_int_equal(decision.reason_count, 1);
        assert_string_equal(decision.reasons[0], "Blocked by b rule: T b");
        assert_int_equal(decision.risk.score, 40);
    }
}

static void an_allowing_rule_does_not_lower_it(void **state)
{
    (void)state;
    static const char pack[] = PACK MONITOR("critical") "- {id: a, title: T a, action: allow, tools: bash}\n";
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_policy_unref) struct ais_policy *policy = compile(pack, 40);
    struct ais_decision decision = decide(engine, policy, PLAIN, AIS_TOKEN_NONE, NULL, arena);
    assert_true(decision.requires_approval);
    decision = decide(engine, policy, PLAIN, AIS_TOKEN_VALID, NULL, arena);
    assert_true(decision.allowed);
    assert_string_equal(decision.reasons[0], "Action passes all safety checks");
}

static void a_threshold_over_100_is_refused(void **state)
{
    (void)state;
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .risk_threshold = 101 };
    struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    assert_int_equal(ais_policy_compile(NULL, 0, &options, &policy, &diagnostics, &why), AIS_E_INVALID);
    assert_null(policy);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(without_a_threshold_there_is_no_score),
        cmocka_unit_test(the_threshold_is_part_of_the_digest),
        cmocka_unit_test(a_block_stands),
        cmocka_unit_test(an_allowing_rule_does_not_lower_it),
        cmocka_unit_test(a_threshold_over_100_is_refused),
    };
    struct CMUnitTest tests[N_ELEMS(rows) + N_ELEMS(others)];
    AIS_ROWS(tests, rows, check_row);
    memcpy(&tests[N_ELEMS(rows)], others, sizeof others);
    return cmocka_run_group_tests_name("policy/risk", tests, NULL, NULL);
}
