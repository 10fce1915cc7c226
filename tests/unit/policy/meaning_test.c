/* What a pack means, line by line: strongest action, tokens, unknown, filters, `unless`, lists, time. Each row is
 * packs, a question and the answer. */
#include "tests/unit/policy/lab.h"

#define PACK(name)         "name: " name "\nversion: 1.0.0\n"
#define RULES              PACK("p") "rules:\n"
#define RULE(id, act, det) "- {id: " id ", title: T " id ", action: " act ", detection: " det "}\n"
#define ON_X               "{s: {tool_args.a: x}, condition: s}"
#define ON_UNKNOWN         "{s: {tool_args.u|re: '(x+x+)+\\1y'}, condition: s}"
#define IS_UNKNOWN         "tool_args.u|re: '(x+x+)+\\1y'"
#define FILTER(rules, sel) PACK("mine") "filters:\n- {id: f, rules: " rules ", selection: " sel "}\n"
#define INVARIANT(unless, act) \
    PACK("p") "invariants:\n- {id: i, title: T i, tools: '*', action: " act ", unless: " unless "}\n"

#define ANSWER(allowed, asks, reasons) \
    "{\"allowed\":" allowed ",\"requires_approval\":" asks ",\"reasons\":[" reasons "],\"alternatives\":[]}"
#define ALLOWED      ANSWER("true", "false", "\"Action passes all safety checks\"")
#define BLOCKED(why) ANSWER("false", "false", why)
#define ASKS(why)    ANSWER("false", "true", why)
#define BY(id)       "\"Blocked by " id " rule: T " id "\""
#define NOT_KNOWN    "\"Not understood: tool_args.u: more work than the bounds allow\""

/* Rows of different lengths, which clang-format would align into confusion as plain braces. */
#define ROW(...)    \
    {               \
        __VA_ARGS__ \
    }

/* %X in an argument is a text on which a pattern with a back-reference goes on for ever. */
#define A_IS_X  "'a':'x'"
#define UNKNOWN "'u':'%X'"

static const struct ais_caller ci = { .agent = "ci-bot", .environment = "test", .user = "ann" };

static const struct row {
    const char *name, *first, *second;
    const char *args, *rest; /* of the request; rest: what follows tool_args */
    const struct ais_caller *caller;
    enum ais_token token;
    enum ais_action default_action;
    int64_t received_s;
    const char *want;
} rows[] = {
    /* tokens */
    ROW(.name = "a token satisfies what asks", .first = RULES RULE("r", "require_approval", ON_X), .args = A_IS_X,
        .token = AIS_TOKEN_VALID, .want = ALLOWED),
    ROW(.name = "a token satisfies what hangs on an unknown", .first = RULES RULE("r", "block", ON_UNKNOWN),
        .args = UNKNOWN, .token = AIS_TOKEN_VALID, .want = ALLOWED),
    ROW(.name = "a token never satisfies a block", .first = RULES RULE("r", "block", ON_X), .args = A_IS_X,
        .token = AIS_TOKEN_VALID, .want = BLOCKED(BY("r"))),

    /* unknown */
    ROW(.name = "unknown never satisfies an allow", .first = RULES RULE("r", "allow", ON_UNKNOWN), .args = UNKNOWN,
        .default_action = AIS_ACTION_BLOCK, .want = BLOCKED("\"Default action: block\"")),
    ROW(.name = "unknown never satisfies a not",
        .first = RULES RULE("r", "allow", "{s: {" IS_UNKNOWN "}, condition: not s}"), .args = UNKNOWN,
        .default_action = AIS_ACTION_BLOCK, .want = BLOCKED("\"Default action: block\"")),
    ROW(.name = "a block that hangs on it asks", .first = RULES RULE("r", "block", ON_UNKNOWN), .args = UNKNOWN,
        .want = ASKS(NOT_KNOWN)),
    ROW(.name = "and so does the not of one",
        .first = RULES RULE("r", "block", "{s: {tool_args.a: x}, u: {" IS_UNKNOWN "}, condition: s and not u}"),
        .args = A_IS_X "," UNKNOWN, .want = ASKS(NOT_KNOWN)),
    ROW(.name = "one reason, however many hang",
        .first = RULES RULE("r", "block", ON_UNKNOWN) RULE("s", "require_approval", ON_UNKNOWN), .args = UNKNOWN,
        .want = ASKS(NOT_KNOWN)),
    ROW(.name = "none where something blocks anyway",
        .first = RULES RULE("r", "block", ON_UNKNOWN) RULE("s", "block", ON_X), .args = A_IS_X "," UNKNOWN,
        .want = BLOCKED(BY("s"))),
    ROW(.name = "one more where something asks anyway",
        .first = RULES RULE("r", "block", ON_UNKNOWN) RULE("s", "require_approval", ON_X), .args = A_IS_X "," UNKNOWN,
        .want = ASKS(BY("s") "," NOT_KNOWN)),
    ROW(.name = "neq of an unknown is unknown",
        .first = RULES RULE("r", "block", "{s: {tool_args.u|re|neq: '(x+x+)+\\1y'}, condition: s}"), .args = UNKNOWN,
        .want = ASKS(NOT_KNOWN)),
    ROW(.name = "monitored, it asks nobody",
        .first = RULES "- {id: r, title: T r, action: block, mode: monitor, detection: " ON_UNKNOWN "}\n",
        .args = UNKNOWN, .want = ALLOWED),

    /* the strongest wins */
    ROW(.name = "block over asking over allow",
        .first = RULES RULE("a", "allow", ON_X) RULE("b", "require_approval", ON_X) RULE("c", "block", ON_X),
        .args = A_IS_X, .want = BLOCKED(BY("b") "," BY("c"))),
    ROW(.name = "an allow over the default", .first = RULES RULE("a", "allow", ON_X), .args = A_IS_X,
        .default_action = AIS_ACTION_BLOCK, .want = ALLOWED),
    ROW(.name = "an allow never over a block", .first = RULES RULE("a", "allow", ON_X),
        .second = PACK("q") "rules:\n" RULE("b", "block", ON_X), .args = A_IS_X, .want = BLOCKED(BY("b"))),
    ROW(.name = "defaults of a pack",
        .first =
            PACK("p") "defaults: {action: require_approval, level: high}\n"
                      "rules:\n- {id: r, title: T r, tools: t}\n- {id: s, title: T s, action: block, severity: low, "
                      "tools: t}\n",
        .want = BLOCKED(BY("r") "," BY("s"))),
    ROW(.name = "defaults that monitor",
        .first = PACK("p") "defaults: {action: block, mode: monitor}\n"
                           "rules:\n- {id: r, title: T r, tools: t}\n- {id: s, title: T s, mode: enforce, action: "
                           "require_approval, tools: t}\n",
        .want = ASKS(BY("s"))),

    /* filters */
    ROW(.name = "a filter of another pack excepts", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "{caller.agent: ci-bot}"), .args = A_IS_X, .caller = &ci, .want = ALLOWED),
    ROW(.name = "but not whoever else", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "{caller.agent: ci-bot}"), .args = A_IS_X, .want = BLOCKED(BY("r"))),
    ROW(.name = "nor who says so", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "{caller.agent: ci-bot}"), .args = A_IS_X, .rest = ",'metadata':{'agent_id':'ci-bot'}",
        .want = BLOCKED(BY("r"))),
    ROW(.name = "from that rule only", .first = RULES RULE("r", "block", ON_X) RULE("s", "block", ON_X),
        .second = FILTER("[r]", "{caller.agent: ci-bot}"), .args = A_IS_X, .caller = &ci, .want = BLOCKED(BY("s"))),
    ROW(.name = "from several", .first = RULES RULE("r", "block", ON_X) RULE("s", "require_approval", ON_X),
        .second = FILTER("[s, r]", "{caller.agent: ci-bot}"), .args = A_IS_X, .caller = &ci, .want = ALLOWED),
    ROW(.name = "from an invariant", .first = PACK("p") "invariants: [{id: i, title: T i, tools: t, action: block}]",
        .second = FILTER("i", "{caller.agent: ci-bot}"), .caller = &ci, .want = ALLOWED),
    ROW(.name = "any of several filters", .first = RULES RULE("r", "block", ON_X),
        .second = PACK("mine") "filters:\n- {id: f, rules: [r], selection: {caller.agent: no}}\n"
                               "- {id: g, rules: [r], selection: {caller.environment: test}}\n",
        .args = A_IS_X, .caller = &ci, .want = ALLOWED),
    ROW(.name = "a filter in the rule's own pack",
        .first = RULES RULE("r", "block", ON_X) "filters:\n- {id: f, rules: [r], selection: {tool_args.b: y}}\n",
        .args = A_IS_X ",'b':'y'", .want = ALLOWED),
    ROW(.name = "a filter of selections and a condition", .first = RULES RULE("r", "block", ON_X),
        .second = PACK("mine") "filters:\n- {id: f, rules: [r], detection: {a: {caller.agent: ci-bot}, b: {metadata.t: "
                               "'1'}, condition: a and not b}}\n",
        .args = A_IS_X, .caller = &ci, .want = ALLOWED),
    ROW(.name = "a filter of a list of maps", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "[{caller.agent: no}, {caller.user: ann, tool_args.a: x}]"), .args = A_IS_X,
        .caller = &ci, .want = ALLOWED),
    ROW(.name = "unknown never satisfies a filter", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "{" IS_UNKNOWN "}"), .args = A_IS_X "," UNKNOWN, .want = BLOCKED(BY("r"))),
    ROW(.name = "nor the not of one", .first = RULES RULE("r", "block", ON_X),
        .second = PACK("mine") "filters:\n- {id: f, rules: [r], detection: {u: {" IS_UNKNOWN "}, condition: not u}}\n",
        .args = A_IS_X "," UNKNOWN, .want = BLOCKED(BY("r"))),
    ROW(.name = "a filter that holds beside an unknown", .first = RULES RULE("r", "block", ON_X),
        .second = PACK("mine") "filters:\n- {id: f, rules: [r], detection: {u: {" IS_UNKNOWN
                               "}, c: {caller.user: ann}, condition: u or c}}\n",
        .args = A_IS_X "," UNKNOWN, .caller = &ci, .want = ALLOWED),
    ROW(.name = "a filter takes out what hangs on an unknown", .first = RULES RULE("r", "block", ON_UNKNOWN),
        .second = FILTER("[r]", "{caller.user: ann}"), .args = UNKNOWN, .caller = &ci, .want = ALLOWED),
    ROW(.name = "an allow that a filter takes out", .first = RULES RULE("r", "allow", ON_X),
        .second = FILTER("[r]", "{caller.user: ann}"), .args = A_IS_X, .caller = &ci,
        .default_action = AIS_ACTION_BLOCK, .want = BLOCKED("\"Default action: block\"")),
    ROW(.name = "an allow whose filter is unknown allows nothing", .first = RULES RULE("r", "allow", ON_X),
        .second = FILTER("[r]", "{" IS_UNKNOWN "}"), .args = A_IS_X "," UNKNOWN, .default_action = AIS_ACTION_BLOCK,
        .want = BLOCKED("\"Default action: block\"")),

    /* unless */
    ROW(.name = "unless a selection holds", .first = INVARIANT("{caller.environment: test}", "block"), .caller = &ci,
        .want = ALLOWED),
    ROW(.name = "it does not", .first = INVARIANT("{caller.environment: prod}", "block"), .caller = &ci,
        .want = BLOCKED(BY("i"))),
    ROW(.name = "unless a condition holds",
        .first =
            INVARIANT("{a: {tool_args.dry_run: true}, b: {caller.user: ann}, condition: a or b}", "require_approval"),
        .args = "'dry_run':true", .want = ALLOWED),
    ROW(.name = "neither does it", .args = "'dry_run':false",
        .first =
            INVARIANT("{a: {tool_args.dry_run: true}, b: {caller.user: ann}, condition: a or b}", "require_approval"),
        .want = ASKS(BY("i"))),
    ROW(.name = "unknown never satisfies an unless", .first = INVARIANT("{" IS_UNKNOWN "}", "block"), .args = UNKNOWN,
        .want = BLOCKED(BY("i"))),
    ROW(.name = "unless a token is valid", .first = INVARIANT("valid_approval_token", "block"),
        .token = AIS_TOKEN_VALID, .want = ALLOWED),
    ROW(.name = "a monitored invariant asks nobody",
        .first = PACK("p") "invariants: [{id: i, title: T i, tools: t, action: block, mode: monitor}]",
        .want = ALLOWED),

    /* lists */
    ROW(.name = "a list for a value",
        .first = PACK("p") "rules:\n" RULE(
            "r", "block", "{s: {tool_args.a|expand: '%words%'}, condition: s}") "lists: {words: [y, x]}\n",
        .args = A_IS_X, .want = BLOCKED(BY("r"))),
    ROW(.name = "none of a list",
        .first = PACK("p") "rules:\n" RULE(
            "r", "block", "{s: {tool_args.a|expand: '%words%'}, condition: s}") "lists: {words: [y, z]}\n",
        .args = A_IS_X, .want = ALLOWED),
    ROW(.name = "numbers of a list stay numbers",
        .first = PACK("p") "lists: {ports: [22, 8080]}\nrules:\n" RULE(
            "r", "block", "{s: {tool_args.p|expand: '%ports%'}, condition: s}"),
        .args = "'p':8080.0", .want = BLOCKED(BY("r"))),
    ROW(.name = "all of a list",
        .first = PACK("p") "lists: {words: [one, two]}\nrules:\n" RULE(
            "r", "block", "{s: {tool_args.a|contains|expand|all: '%words%'}, condition: s}"),
        .args = "'a':'two one'", .want = BLOCKED(BY("r"))),
    ROW(.name = "not all of a list",
        .first = PACK("p") "lists: {words: [one, two]}\nrules:\n" RULE(
            "r", "block", "{s: {tool_args.a|contains|expand|all: '%words%'}, condition: s}"),
        .args = "'a':'one'", .want = ALLOWED),
    ROW(.name = "lists within a text, in every way",
        .first = PACK("p") "lists: {who: [ann, bob], what: [read, write]}\nrules:\n" RULE(
            "r", "block", "{s: {tool_args.a|expand: ['%who% may %what% it', never]}, condition: s}"),
        .args = "'a':'bob may read it'", .want = BLOCKED(BY("r"))),
    ROW(.name = "what differs from all of a list",
        .first = PACK("p") "lists: {hosts: [a, b]}\nrules:\n" RULE(
            "r", "block", "{s: {'tool_args.h[]|expand|neq': '%hosts%'}, condition: s}"),
        .args = "'h':['a','c','b']", .want = BLOCKED(BY("r"))),
    ROW(.name = "nothing differs from all of a list",
        .first = PACK("p") "lists: {hosts: [a, b]}\nrules:\n" RULE(
            "r", "block", "{s: {'tool_args.h[]|expand|neq': '%hosts%'}, condition: s}"),
        .args = "'h':['a','b']", .want = ALLOWED),
    ROW(.name = "without expand, a sign is a sign",
        .first =
            PACK("p") "lists: {words: [x]}\nrules:\n" RULE("r", "block", "{s: {tool_args.a: '%words%'}, condition: s}"),
        .args = "'a':'%words%'", .want = BLOCKED(BY("r"))),
    ROW(.name = "a list in a filter", .first = RULES RULE("r", "block", ON_X),
        .second = PACK("mine") "lists: {bots: [ci-bot]}\nfilters:\n- {id: f, rules: [r], selection: "
                               "{caller.agent|expand: '%bots%'}}\n",
        .args = A_IS_X, .caller = &ci, .want = ALLOWED),

    /* fieldref */
    ROW(.name = "another field's value",
        .first = RULES RULE("r", "block", "{s: {tool_args.from|fieldref: tool_args.to}, condition: s}"),
        .args = "'from':'Ann','to':'ann'", .want = BLOCKED(BY("r"))),
    ROW(.name = "another value",
        .first = RULES RULE("r", "block", "{s: {tool_args.from|fieldref: tool_args.to}, condition: s}"),
        .args = "'from':'ann','to':'bob'", .want = ALLOWED),
    ROW(.name = "a field that is absent",
        .first = RULES RULE("r", "block", "{s: {tool_args.from|fieldref: tool_args.to}, condition: s}"),
        .args = "'from':'ann'", .want = ALLOWED),
    ROW(.name = "differs from what is absent",
        .first = RULES RULE("r", "block", "{s: {tool_args.from|fieldref|neq: tool_args.to}, condition: s}"),
        .args = "'from':'ann'", .want = BLOCKED(BY("r"))),
    ROW(.name = "the user of the key is another",
        .first = RULES RULE("r", "block", "{s: {tool_args.user|fieldref|neq: caller.user}, condition: s}"),
        .args = "'user':'bob'", .caller = &ci, .want = BLOCKED(BY("r"))),
    ROW(.name = "the user of the key",
        .first = RULES RULE("r", "block", "{s: {tool_args.user|fieldref|neq: caller.user}, condition: s}"),
        .args = "'user':'ann'", .caller = &ci, .want = ALLOWED),
    ROW(.name = "ends with another field's value",
        .first = RULES RULE("r", "block", "{s: {tool_args.a|fieldref|endswith: tool_args.b}, condition: s}"),
        .args = "'a':'x.exe','b':'.EXE'", .want = BLOCKED(BY("r"))),
    ROW(.name = "contains it, in its case",
        .first = RULES RULE("r", "block", "{s: {tool_args.a|contains|fieldref|cased: tool_args.b}, condition: s}"),
        .args = "'a':'xBy','b':'b'", .want = ALLOWED),
    ROW(.name = "any of another field's values",
        .first = RULES RULE("r", "block", "{s: {tool_args.a|fieldref: 'tool_args.l[]'}, condition: s}"),
        .args = "'a':7,'l':['x',7.0]", .want = BLOCKED(BY("r"))),
    ROW(.name = "within one element",
        .first = RULES RULE("r", "block", "{s: {shell.name: cp, shell.args|fieldref: shell.name}, condition: s}"),
        .args = "'command':'cp a b; ls cp'", .want = ALLOWED),

    /* elements */
    ROW(.name = "one command differs",
        .first = RULES RULE("r", "block", "{s: {shell.name: rm, shell.args|neq: [a, b]}, condition: s}"),
        .args = "'command':'rm a b; ls c; rm b c'", .want = BLOCKED(BY("r"))),
    ROW(.name = "none of that name does",
        .first = RULES RULE("r", "block", "{s: {shell.name: rm, shell.args|neq: [a, b]}, condition: s}"),
        .args = "'command':'rm a b; ls c'", .want = ALLOWED),

    /* time: 1709247900 is Thursday, 2024-02-29 23:05 UTC, week 9 */
    ROW(.name = "all of the time",
        .first = RULES RULE("r", "block",
                            "{s: {time.year: 2024, time.month: 2, time.day: 29, time.week: 9, time.hour|gte: 23, "
                            "time.minute|lt: 6}, condition: s}"),
        .received_s = 1709247900, .want = BLOCKED(BY("r"))),
    ROW(.name = "another hour", .first = RULES RULE("r", "block", "{s: {time.hour|gte: 23}, condition: s}"),
        .received_s = 1709247900 + 3600, .want = ALLOWED),
};

static void put_args(struct ais_buf *out, const char *args)
{
    for (const char *at = args; *at != '\0'; at++) {
        if (at[0] == '%' && at[1] == 'X') {
            for (int i = 0; i < 4000; i++)
                ais_buf_byte(out, 'x');
            ais_buf_text(out, "zy");
            at++;
        } else {
            ais_buf_byte(out, (char)(*at == '\'' ? '"' : *at));
        }
    }
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    size_t n = row->second != NULL ? 2 : 1;
    const char *const packs[2][2] = {
        {row->first,                        row->second},
        { n > 1 ? row->second : row->first, row->first },
    };
    enum ais_action default_action = row->default_action != AIS_ACTION_NONE ? row->default_action : AIS_ACTION_ALLOW;
    struct ais_question question = { .token = row->token, .received_ns = row->received_s * 1000000000 };
    if (row->caller != NULL)
        question.caller = *row->caller;
    ais_buf_text(&body, "{\"tool_name\":\"t\",\"tool_args\":{");
    put_args(&body, row->args != NULL ? row->args : "");
    ais_buf_text(&body, "}");
    put_args(&body, row->rest != NULL ? row->rest : "");
    ais_buf_text(&body, "}");
    for (size_t i = 0; i < N_ELEMS(packs); i++) { /* the order of packs shows nowhere */
        AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(packs[i], n, default_action);
        AUTO(ais_buf_done) struct ais_buf out = { 0 };
        lab_answer(engine, policy, body.data, question, &out);
        assert_string_equal(out.data, row->want);
    }
}

/* ---- what is refused ---- */

static const struct refusal {
    const char *name, *first, *second, *why;
    bool partial, second_disabled;
} refusals[] = {
    ROW(.name = "a filter on metadata", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "{metadata.role: admin}"),
        .why = "mine:4:34: a filter must rest on more than what an agent says of itself"),
    ROW(.name = "a filter on the context", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "{context|contains: ok}"), .why = "a filter must rest on more"),
    ROW(.name = "a filter on the session", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "{session.id: s, agent.id: a}"), .why = "a filter must rest on more"),
    ROW(.name = "a filter on the request's size", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "{request.size|gt: 1}"), .why = "a filter must rest on more"),
    ROW(.name = "a filter on words anywhere", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "[approved]"), .why = "a filter must rest on more"),
    ROW(.name = "a filter on metadata or the key", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "[{caller.agent: a}, {metadata.role: admin}]"), .why = "a filter must rest on more"),
    ROW(.name = "a filter that no metadata prevents", .first = RULES RULE("r", "block", ON_X),
        .second = PACK("mine") "filters:\n- {id: f, rules: [r], detection: {s: {metadata.a: b}, condition: not s}}\n",
        .why = "a filter must rest on more"),
    ROW(.name = "a filter that compares with metadata", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "{caller.user|fieldref: metadata.user}"), .why = "a filter must rest on more"),
    ROW(.name = "a filter on metadata and the key", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "{caller.agent: a, metadata.role: admin}"), .why = ""),
    ROW(.name = "a filter on an argument", .first = RULES RULE("r", "block", ON_X),
        .second = FILTER("[r]", "{tool_args.a: x}"), .why = ""),
    ROW(.name = "an unless on metadata", .first = INVARIANT("{metadata.role: admin}", "block"),
        .why = "p:4:58: an 'unless' must rest on more than what an agent says of itself"),
    ROW(.name = "a filter of a rule that is not there", .first = RULES RULE("rule", "block", ON_X),
        .second = FILTER("[rul]", "{caller.agent: a}"),
        .why = "mine:4:18: no rule of any pack is named 'rul': did you mean 'rule'?"),
    ROW(.name = "and of one like none", .first = RULES RULE("rule", "block", ON_X),
        .second = FILTER("[zebra]", "{caller.agent: a}"), .why = "no rule of any pack is named 'zebra'"),
    ROW(.name = "where other packs may have it", .first = RULES RULE("rule", "block", ON_X),
        .second = FILTER("[zebra]", "{caller.agent: a}"), .partial = true, .why = ""),
    ROW(.name = "where a disabled pack has it", .first = FILTER("[r]", "{caller.agent: a}"),
        .second = RULES RULE("r", "block", ON_X), .second_disabled = true, .why = ""),
};

static void check_refusal(void **state)
{
    const struct refusal *row = *state;
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .partial = row->partial };
    struct ais_pack_source packs[] = {
        {"p",     row->first, strlen(row->first), true, AIS_PACK_CUSTOM},
        { "mine", "",         0,                  true, AIS_PACK_CUSTOM},
    };
    AUTO(ais_policy_unref) struct ais_policy *policy = NULL;
    AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    if (row->second != NULL) {
        packs[1].bytes = row->second;
        packs[1].size = strlen(row->second);
        packs[1].enabled = !row->second_disabled;
    }
    enum ais_err err = ais_policy_compile(packs, row->second != NULL ? 2 : 1, &options, &policy, &diagnostics, &why);
    assert_int_equal(err, row->why[0] == '\0' ? AIS_OK : AIS_E_RULE);
    if (strstr(why.text, row->why) == NULL)
        fail_msg("'%s' lacks '%s'", why.text, row->why);
}

static void the_digest_covers_filters_and_lists(void **state)
{
    (void)state;
    static const char *const seconds[] = {
        FILTER("[r]", "{caller.agent: a}"),
        FILTER("[r]", "{caller.agent: b}"),
        PACK("mine") "lists: {x: [1]}\nfilters:\n- {id: f, rules: [r], selection: {caller.agent: a}}\n",
        PACK("mine") "lists: {x: [2]}\nfilters:\n- {id: f, rules: [r], selection: {caller.agent: a}}\n",
    };
    char digests[N_ELEMS(seconds)][65];
    for (size_t i = 0; i < N_ELEMS(seconds); i++) {
        const char *const packs[] = { RULES RULE("r", "block", ON_X), seconds[i] };
        AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(packs, 2, AIS_ACTION_ALLOW);
        memcpy(digests[i], ais_policy_digest(policy), sizeof digests[i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(digests[i], digests[k]);
    }
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    struct CMUnitTest refused[N_ELEMS(refusals)];
    const struct CMUnitTest others[] = { cmocka_unit_test(the_digest_covers_filters_and_lists) };
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(refused, refusals, check_refusal);
    int failed = cmocka_run_group_tests_name("policy/meaning", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy/meaning refused", refused, NULL, NULL);
    return failed + cmocka_run_group_tests_name("policy/meaning more", others, NULL, NULL);
}
