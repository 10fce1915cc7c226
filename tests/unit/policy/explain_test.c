/* Explanations: each row is a pack, a request, and what its explanation has and has not. */
#include "shared/policy/explain/explain.h"

#include "shared/json/json.h"
#include "tests/unit/policy/lab.h"

#include <stdlib.h>

#define PACK           "name: p\nversion: 1.2.3\nrules:\n"
#define RULE(id, what) "- {id: " id ", title: T " id ", action: block, detection: {" what "}}\n"
#define ASKING(id, what) \
    "- {id: " id ", title: T " id ", action: require_approval, severity: high, detection: {" what "}}\n"
#define ARGS(members) "{\"tool_name\":\"bash\",\"tool_args\":{" members "}}"
#define COMMAND(text) ARGS("\"command\":\"" text "\"")
#define AT(selection, line, field, modifiers, pattern)                                                     \
    "{\"selection\":\"" selection "\",\"line\":" line ",\"field\":\"" field "\",\"modifiers\":[" modifiers \
    "],\"pattern\":\"" pattern "\""
#define MATCHED(sample) ",\"matched\":\"" sample "\"}"
#define X10             "xxxxxxxxxx"
#define X100            X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define HUSH            "Tr0ub4dor&3xKq9"

/* Rows of different lengths, which clang-format would align into confusion as plain braces. */
#define ROW(...)    \
    {               \
        __VA_ARGS__ \
    }

static const struct row {
    const char *name, *pack, *body;
    enum ais_token token;
    enum ais_action default_action; /* NONE: allow */
    const char *has[5], *has_not[3];
} rows[] = {
    /* ---- predicates ---- */
    ROW(.name = "a plain comparison", .pack = PACK RULE("r", "s: {tool_args.a: x}, condition: s"),
        .body = ARGS("\"a\":\"X\""),
        .has = { AT("s", "4", "tool_args.a", "", "x") MATCHED("X"), "\"condition\":\"s\"", "\"effect\":\"blocks\"",
                 "\"line\":4,\"kind\":\"rule\",\"mode\":\"enforce\",\"action\":\"block\",\"severity\":\"medium\"",
                 "\"rule\":\"r\",\"title\":\"T r\",\"rulepack\":\"p\",\"version\":\"1.2.3\"" }),
    ROW(.name = "operators and flags are named",
        .pack = PACK RULE("r", "s: {'tool_args.a|re|i|m': 'x+'}, condition: s"), .body = ARGS("\"a\":\"aXX\""),
        .has = { AT("s", "4", "tool_args.a", "\"re\",\"i\",\"m\"", "x+") MATCHED("aXX") }),
    ROW(.name = "of a list the value that matched",
        .pack = PACK RULE("r", "s: {tool_args.a|contains: [y, x]}, condition: s"), .body = ARGS("\"a\":\"axa\""),
        .has = { "\"pattern\":\"x\",\"matched\":\"axa\"" }, .has_not = { "\"pattern\":\"y\"" }),
    ROW(.name = "of all of them, all", .pack = PACK RULE("r", "s: {tool_args.a|contains|all: [y, x]}, condition: s"),
        .body = ARGS("\"a\":\"xy\""),
        .has = { "\"pattern\":\"x\",\"matched\":\"xy\"", "\"pattern\":\"y\",\"matched\":\"xy\"" }),
    ROW(.name = "of several values the one that matched",
        .pack = PACK RULE("r", "s: {tool_args.**|startswith: x}, condition: s"),
        .body = ARGS("\"a\":\"no\",\"b\":\"xyz\""), .has = { "\"matched\":\"xyz\"" },
        .has_not = { "\"matched\":\"no\"" }),
    ROW(.name = "none of a list", .pack = PACK RULE("r", "s: {tool_args.a|neq: [x, y]}, condition: s"),
        .body = ARGS("\"a\":\"z\""), .has = { AT("s", "4", "tool_args.a", "\"neq\"", "x, y") MATCHED("z") }),
    ROW(.name = "another field", .pack = PACK RULE("r", "s: {tool_args.a|fieldref: tool_args.b}, condition: s"),
        .body = ARGS("\"a\":\"z\",\"b\":\"Z\""),
        .has = { AT("s", "4", "tool_args.a", "\"fieldref\"", "tool_args.b") MATCHED("z") }),
    ROW(.name = "a measure", .pack = PACK RULE("r", "s: {tool_args.a|len|gt: 3}, condition: s"),
        .body = ARGS("\"a\":\"long\""), .has = { AT("s", "4", "tool_args.a", "\"len\",\"gt\"", "3") MATCHED("long") }),
    ROW(.name = "a transformation",
        .pack = PACK RULE("r", "s: {tool_args.a|base64offset|contains: secret}, condition: s"),
        .body = ARGS("\"a\":\"xx c2VjcmV0\""),
        .has = { AT("s", "4", "tool_args.a", "\"base64offset\",\"contains\"", "secret") MATCHED("xx c2VjcmV0") }),
    ROW(.name = "numbers", .pack = PACK RULE("r", "s: {tool_args.n|gte: 10}, condition: s"), .body = ARGS("\"n\":1e2"),
        .has = { AT("s", "4", "tool_args.n", "\"gte\"", "10") MATCHED("1e2") }),
    ROW(.name = "null is a pattern", .pack = PACK RULE("r", "s: {tool_args.n: null}, condition: s"),
        .body = ARGS("\"n\":null"), .has = { "\"pattern\":\"null\",\"matched\":\"\"" }),
    ROW(.name = "what is absent", .pack = PACK RULE("r", "s: {tool_args.n|exists: false}, condition: s"),
        .body = ARGS(""), .has = { AT("s", "4", "tool_args.n", "\"exists\"", "false") ",\"matched\":null}" }),
    ROW(.name = "keywords search the request", .pack = PACK RULE("r", "s: [needle], condition: s"),
        .body = ARGS("\"a\":\"a needle\""),
        .has = { AT("s", "4", "request", "\"contains\"", "needle") MATCHED("a needle") }),
    ROW(.name = "tools are named too", .pack = PACK "- {id: r, title: T, action: block, tools: [x, 'ba*']}\n",
        .body = ARGS(""), .has = { AT("tools", "4", "tool_name", "", "ba*") MATCHED("bash") },
        .has_not = { "\"condition\"" }),
    ROW(.name = "a negation holds because something does not",
        .pack = PACK RULE("r", "s: {tool_args.a: x}, f: {tool_args.b: y, tool_args.c: z}, condition: s and not f"),
        .body = ARGS("\"a\":\"x\",\"b\":\"y\""),
        .has = { MATCHED("x"), "{\"selection\":\"f\",\"line\":4,\"holds\":false}" }),
    ROW(.name = "and each selection of a pattern",
        .pack = PACK RULE(
            "r", "s: {tool_args.a: x}, f_a: {tool_args.b: y}, f_b: {tool_args.c: z}, condition: s and not 1 of f_*"),
        .body = ARGS("\"a\":\"x\""),
        .has = { "{\"selection\":\"f_a\",\"line\":4,\"field\":\"tool_args.b\",\"modifiers\":[],\"pattern\":\"y\","
                 "\"holds\":false}",
                 "\"selection\":\"f_b\"" }),
    ROW(.name = "members of one element", .pack = PACK RULE("r", "s: {shell.name: rm, shell.flags: f}, condition: s"),
        .body = COMMAND("ls -f; rm -r a; rm -f b"),
        .has = { "\"pattern\":\"rm\",\"element\":2,\"matched\":\"rm\"",
                 "\"pattern\":\"f\",\"element\":2,\"matched\":\"f\"" },
        .has_not = { "\"element\":0", "\"element\":1" }),

    /* ---- samples ---- */
    ROW(.name = "a sample is cut around the hit",
        .pack = PACK RULE("r", "s: {tool_args.a|contains: needle}, condition: s"),
        .body = ARGS("\"a\":\"" X100 X100 "needle" X100 X100 "\""),
        .has = { "\"matched\":\"..." X10 X10 X10 X10 X10 "xxxxxxxneedle" X10 X10 X10 X10 X10 "xxxxxxx...\"" }),
    ROW(.name = "where a pattern really hits",
        .pack = PACK RULE("r", "s: {tool_args.a|re: 'os\\.system\\('}, condition: s"),
        .body = ARGS("\"a\":\"os.system " X100 X100 " os.system(1)\""), .has = { "os.system(1)\"" },
        .has_not = { ":\"os.system xx" }),
    ROW(.name = "controls are written out", .pack = PACK RULE("r", "s: {tool_args.a|contains: x}, condition: s"),
        .body = ARGS("\"a\":\"x\\u001b[2J\\n\\u202e\\u200b\\u0085\""),
        .has = { "\"matched\":\"x\\\\u001b[2J\\\\u000a\\\\u202e\\\\u200b\\\\u0085\"" }),
    ROW(.name = "a password is masked", .pack = PACK RULE("r", "s: {tool_args.command|contains: mysql}, condition: s"),
        .body = COMMAND("mysql --password=" HUSH " -h db"), .has = { "mysql --password=[password_assignment] -h db" },
        .has_not = { "Tr0ub", "3xKq9" }),
    ROW(.name = "a password behind an option of one letter is masked",
        .pack = PACK RULE("r", "s: {tool_args.command|contains: sshpass}, condition: s"),
        .body = COMMAND("sshpass -p '" HUSH "' ssh h"), .has = { "sshpass -p '[password_assignment]' ssh h" },
        .has_not = { "Tr0ub", "3xKq9" }),
    ROW(.name = "a password glued to an option of mysql is masked",
        .pack = PACK RULE("r", "s: {tool_args.command|contains: mysql}, condition: s"),
        .body = COMMAND("mysql -p" HUSH " -h db"), .has = { "mysql -p[password_assignment] -h db" },
        .has_not = { "Tr0ub", "3xKq9" }),
    ROW(.name = "one that only its key tells", .pack = PACK RULE("r", "s: {tool_args.**|contains: x}, condition: s"),
        .body = ARGS("\"password\":\"" HUSH "\""), .has = { "[password_assignment]" }, .has_not = { "Tr0ub", "3xKq9" }),
    ROW(.name = "and wherever it stands again",
        .pack = PACK RULE("r", "s: {tool_args.note|contains: note}, condition: s"),
        .body = ARGS("\"password\":\"" HUSH "\",\"note\":\"note " HUSH "\""),
        .has = { "\"matched\":\"note [password_assignment]\"" }, .has_not = { "Tr0ub", "3xKq9" }),
    ROW(.name = "in folded text too", .pack = PACK RULE("r", "s: {text|contains: tr0ub}, condition: s"),
        .body = COMMAND("mysql --password=" HUSH), .has_not = { "tr0ub4", "Tr0ub", "3xkq9" },
        .has = { "[password_assignment]" }),
    ROW(.name = "in pieces", .pack = PACK RULE("r", "s: {tool_args.b|contains: b}, condition: s"),
        .body = ARGS("\"password\":\"" HUSH "\",\"b\":\"b dor&3xKq9\""),
        .has = { "\"matched\":\"b [password_assignment]\"" }, .has_not = { "3xKq9" }),
    ROW(.name = "encoded", .pack = PACK RULE("r", "s: {text|contains: password}, condition: s"),
        .body = COMMAND("echo cGFzc3dvcmQ9VHIwdWI0ZG9yJjN4S3E5 | base64 -d"), .has = { "echo [encoded] | base64 -d" },
        .has_not = { "cGFzc3", "cgfzc3", "Tr0ub" }),
    ROW(.name = "cards are masked", .pack = PACK RULE("r", "s: {tool_args.**|contains: card}, condition: s"),
        .body = ARGS("\"a\":\"my card 4111 1111 1111 1111, ok\""), .has = { "my card [credit_card], ok" },
        .has_not = { "1111" }),
    ROW(.name = "long numbers too, whatever they are",
        .pack = PACK RULE("r", "s: {tool_args.n|gt: 1}, t: {tool_args.a|contains: x}, condition: s and t"),
        .body = ARGS("\"n\":4111111111111112,\"a\":\"x 4111 1111 1111 1111 4111 1111 1111 1111 x 12345678901\""),
        .has = { "\"matched\":\"[digits]\"", "\"x [digits] x 12345678901\"" }),
    ROW(.name = "cards that a shell took apart", .pack = PACK RULE("r", "s: {shell.args: '1111'}, condition: s"),
        .body = COMMAND("pay 4111 1111 1111 1111"), .has = { "\"matched\":\"[credit_card]\"" },
        .has_not = { "\"4111\"" }),
    ROW(.name = "who is in a URL is always masked",
        .pack = PACK RULE("r", "s: {url.userinfo|exists: true}, condition: s"),
        .body = COMMAND("curl http://joe:pw@example.com/"), .has = { "\"matched\":\"[userinfo]\"" },
        .has_not = { "\"matched\":\"joe" }),

    /* ---- what was seen ---- */
    ROW(.name = "parts that were made", .pack = PACK RULE("r", "s: {shell.name: nothing}, condition: s"),
        .body = COMMAND("ls a; ls b; id"),
        .has = { "{\"fact\":\"shell.name\",\"count\":3,\"samples\":[\"ls\",\"id\"]}", "\"rules\":[]",
                 "\"code\":\"ALL_CLEAR\"", "\"to_pass\":[]" },
        .has_not = { "\"url.", "\"fact\":\"text\"" }),

    /* ---- near misses ---- */
    ROW(.name = "one of two selections holds",
        .pack = PACK RULE("r", "a: {tool_args.a: x}, b: {tool_args.b|contains: [y, z]}, condition: a and b"),
        .body = ARGS("\"a\":\"x\",\"b\":\"no\""),
        .has = { "\"near_misses\":[{\"rule\":\"r\"", ",\"pattern\":\"y\",\"must\":\"match\",\"seen\":\"no\"}]}]" }),
    ROW(.name = "one of two members of an element",
        .pack = PACK RULE("r", "s: {shell.name: rm, shell.flags: f}, condition: s"), .body = COMMAND("id; rm -r a"),
        .has = { "\"missing\":[" AT("s", "4", "shell.flags", "",
                                    "f") ",\"element\":1,\"must\":\"match\",\"seen\":\"r\"}]" }),
    ROW(.name = "a filter stands in the way",
        .pack = PACK RULE("r", "s: {tool_args.a: x}, f: {tool_args.b: y}, condition: s and not f"),
        .body = ARGS("\"a\":\"x\",\"b\":\"y\""),
        .has = { "\"missing\":[" AT("f", "4", "tool_args.b", "", "y") ",\"must\":\"not match\",\"matched\":\"y\"}]" }),
    ROW(.name = "only the tool is another",
        .pack = PACK "- {id: r, title: T, action: block, tools: zsh, detection: {s: {tool_args.a: x}, condition: s}}\n",
        .body = ARGS("\"a\":\"x\""),
        .has = { "\"missing\":[" AT("tools", "4", "tool_name", "", "zsh") ",\"must\":\"match\",\"seen\":\"bash\"}]" }),
    ROW(.name = "the tool alone is no near miss",
        .pack =
            PACK "- {id: r, title: T, action: block, tools: bash, detection: {s: {tool_args.a: y}, condition: s}}\n",
        .body = ARGS("\"a\":\"x\""), .has = { "\"near_misses\":[]" }),
    ROW(.name = "two that are missing are none",
        .pack = PACK RULE("r", "a: {tool_args.a: x}, b: {tool_args.b: y}, c: {tool_args.c: z}, condition: all of them"),
        .body = ARGS("\"a\":\"x\""), .has = { "\"near_misses\":[]" }),
    ROW(.name = "2 of 3 with one",
        .pack = PACK RULE("r", "a: {tool_args.a: x}, b: {tool_args.b: y}, c: {tool_args.c: z}, condition: 2 of them"),
        .body = ARGS("\"a\":\"x\""),
        .has = { "\"missing\":[" AT("b", "4", "tool_args.b", "", "y") ",\"must\":\"match\",\"seen\":null}]" }),
    ROW(.name = "an exception of the operator stands in the way",
        .pack = PACK RULE(
            "r", "s: {tool_args.a: x}, condition: s") "filters: [{id: f, rules: [r], selection: {tool_args.b: y}}]",
        .body = ARGS("\"a\":\"x\",\"b\":\"y\""),
        .has = { "\"rules\":[]", "\"missing\":[{\"field\":\"tool_args.b\",\"modifiers\":[],\"pattern\":\"y\",\"must\":"
                                 "\"not match\",\"matched\":\"y\"}]" }),
    ROW(.name = "what allows is no miss",
        .pack = PACK "- {id: r, title: T, action: allow, detection: {a: {tool_args.a: x}, b: {tool_args.b: y}, "
                     "condition: a and b}}\n",
        .body = ARGS("\"a\":\"x\""), .has = { "\"near_misses\":[]" }),

    /* ---- what would have to change ---- */
    ROW(.name = "one of what must hold together",
        .pack = PACK RULE("r", "s: {tool_args.a: x, tool_args.b: y}, condition: s"),
        .body = ARGS("\"a\":\"x\",\"b\":\"y\""),
        .has = { ",\"to_pass\":[" AT("s", "4", "tool_args.a", "", "x") ",\"must\":\"not match\",\"matched\":\"x\"}]" }),
    ROW(.name = "all of what would do",
        .pack = PACK RULE("r", "a: {tool_args.a: x}, b: {tool_args.b: y}, condition: 1 of them"),
        .body = ARGS("\"a\":\"x\",\"b\":\"y\""),
        .has = { AT("a", "4", "tool_args.a", "", "x") ",\"must\"", AT("b", "4", "tool_args.b", "", "y") ",\"must\"" }),
    ROW(.name = "or what would be an exception",
        .pack =
            PACK RULE("r", "a: {tool_args.a: x, tool_args.b: y}, f: {tool_args.c: z}, condition: (a or a) and not f"),
        .body = ARGS("\"a\":\"x\",\"b\":\"y\""), .has = { "\"must\"" }),

    /* ---- reasons ---- */
    ROW(.name = "codes of rules",
        .pack = PACK RULE("b", "s: {tool_args.a: x}, condition: s") ASKING("a", "s: {tool_args.a: x}, condition: s"),
        .body = ARGS("\"a\":\"x\""),
        .has = { "\"reasons\":[{\"code\":\"RULE_APPROVAL\",\"rule\":\"a\",\"rulepack\":\"p\"},{\"code\":\"RULE_BLOCK\","
                 "\"rule\":\"b\",\"rulepack\":\"p\"}]",
                 "\"effect\":\"asks for approval\"" }),
    ROW(.name = "an invariant",
        .pack =
            PACK RULE("b", "s: {tool_args.b: x}, condition: s") "invariants: [{id: i, title: I, tools: bash, unless: "
                                                                "valid_approval_token, action: require_approval}]",
        .body = ARGS("\"a\":\"x\""),
        .has = { "{\"code\":\"INVARIANT\",\"rule\":\"i\",\"rulepack\":\"p\"}", "\"kind\":\"invariant\"" }),
    ROW(.name = "a default", .pack = PACK RULE("b", "s: {tool_args.b: x}, condition: s"), .body = ARGS(""),
        .default_action = AIS_ACTION_BLOCK, .has = { "\"reasons\":[{\"code\":\"DEFAULT_ACTION\"}]" }),
    ROW(.name = "a token that was spent", .pack = PACK RULE("b", "s: {tool_args.b: x}, condition: s"), .body = ARGS(""),
        .token = AIS_TOKEN_SPENT, .has = { "\"reasons\":[{\"code\":\"TOKEN_SPENT\"}]" }),
    ROW(.name = "a token that satisfies", .pack = PACK ASKING("a", "s: {tool_args.a: x}, condition: s"),
        .body = ARGS("\"a\":\"x\""), .token = AIS_TOKEN_VALID,
        .has = { "\"effect\":\"satisfied by the approval token\"", "\"ALL_CLEAR\"" }, .has_not = { "\"must\"" }),
    ROW(.name = "a monitored rule", .pack = PACK "- {id: r, title: T, action: block, mode: monitor, tools: bash}\n",
        .body = ARGS(""), .has = { "\"effect\":\"recorded\"", "\"ALL_CLEAR\"" }),
    ROW(.name = "what was not understood", .pack = PACK RULE("r", "s: {tool_args.n|gt: 1}, condition: s"),
        .body = ARGS("\"n\":1e99999999999999999999"),
        .has = { "\"code\":\"NOT_UNDERSTOOD\",\"rule\":\"r\"", "\"rules\":[]",
                 "\"not_understood\":[{\"rule\":\"r\",\"rulepack\":\"p\",\"fact\":\"tool_args.n\",\"why\":" }),
};

static char *explained(const struct row *row)
{
    enum ais_action fallback = row->default_action != AIS_ACTION_NONE ? row->default_action : AIS_ACTION_ALLOW;
    const struct ais_question question = { .token = row->token };
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(&row->pack, 1, fallback);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_buf_done) struct ais_buf plain = { 0 }, out = { 0 };
    lab_answer(engine, policy, row->body, question, &plain);
    lab_answer_explained(engine, policy, row->body, question, true, &out);
    /* The answer's own bytes stand before it as they were. */
    assert_memory_equal(out.data, plain.data, plain.length - 1);
    assert_memory_equal(out.data + plain.length - 1, ",\"explanation\":{", strlen(",\"explanation\":{"));
    return strdup(out.data);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    char *text = explained(row), *again = explained(row);
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *tree = NULL;
    struct ais_why why = { 0 };
    if (ais_json_read(arena, text, strlen(text), &ais_json_request_limits, &tree, &why) != AIS_OK)
        fail_msg("%s: %s", why.text, text);
    const char *explanation = strstr(text, ",\"explanation\":{");
    for (size_t i = 0; i < N_ELEMS(row->has) && row->has[i] != NULL; i++)
        if (strstr(explanation, row->has[i]) == NULL)
            fail_msg("'%s' is not in %s", row->has[i], text);
    for (size_t i = 0; i < N_ELEMS(row->has_not) && row->has_not[i] != NULL; i++)
        if (strstr(explanation, row->has_not[i]) != NULL)
            fail_msg("'%s' is in %s", row->has_not[i], text);
    assert_string_equal(text, again);
    free(text);
    free(again);
}

/* ---- whole answers ---- */

/* Each stands in a file of tests/unit/policy/explained, one member of the explanation a line; the digest, which any new
 * version of the engine changes, is masked, and times are zero without a clock. */
#define GOLDEN                                                                                                     \
    "name: golden\nversion: 1.0.0\nrules:\n"                                                                       \
    "- id: forced\n  title: Forced removal\n  action: block\n  severity: high\n  detection:\n"                     \
    "    rm: {shell.name: rm, shell.flags: [f, force]}\n    filter_tmp: {shell.args|startswith: /tmp/}\n"          \
    "    condition: rm and not 1 of filter_*\n"                                                                    \
    "- id: credential\n  title: A credential is sent\n  action: require_approval\n  mode: monitor\n  detection:\n" \
    "    s: {secret.kind|exists: true}\n    condition: s\n"                                                        \
    "- id: many\n  title: Many at once\n  action: require_approval\n  tools: [bash, '*_sh']\n  detection:\n"       \
    "    s: {tool_args.n|gt: 1000}\n    condition: s\n"

static const struct golden {
    const char *name, *body;
} goldens[] = {
    {"blocked",         ARGS("\"command\":\"ls; rm -f /srv/x --password=" HUSH "\",\"n\":5000")},
    { "near",           ARGS("\"command\":\"rm -f /tmp/x\"")                                   },
    { "allowed",        ARGS("\"command\":\"ls\"")                                             },
    { "not_understood", ARGS("\"n\":1e99999999999999999999")                                   },
};

/* One member a line: a line break before each that begins at the explanation's own depth. */
static void put_lines(struct ais_buf *out, const char *json)
{
    bool quoted = false;
    int depth = 0;
    for (const char *at = json; *at != '\0'; at++) {
        if (*at == '"' && at[-1] != '\\')
            quoted = !quoted;
        depth += quoted ? 0 : (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        ais_buf_byte(out, *at);
        if (!quoted && ((*at == ',' && depth <= 2) || (*at == '{' && depth == 2)))
            ais_buf_byte(out, '\n');
    }
    ais_buf_byte(out, '\n');
}

static void mask_digest(char *text)
{
    static const char name[] = "\"snapshot\":\"";
    char *digest = strstr(text, name);
    assert_non_null(digest);
    memset(digest + strlen(name), '*', 64);
}

static void read_golden(const char *name, struct ais_buf *out)
{
    char path[512], piece[4096];
    snprintf(path, sizeof path, "%s/tests/unit/policy/explained/%s.json", AIS_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    for (size_t n; file != NULL && (n = fread(piece, 1, sizeof piece, file)) > 0;)
        ais_buf_add(out, piece, n);
    if (file != NULL)
        assert_int_equal(fclose(file), 0);
    ais_buf_add(out, "", 0);
}

static void check_golden(void **state)
{
    const struct golden *golden = *state;
    const struct row row = { .pack = GOLDEN, .body = golden->body };
    AUTO(ais_buf_done) struct ais_buf want = { 0 }, got = { 0 };
    char *text = explained(&row);
    mask_digest(text);
    put_lines(&got, text);
    free(text);
    read_golden(golden->name, &want);
    if (want.data == NULL || strcmp(want.data, got.data) != 0)
        fail_msg("%s: got\n%s", golden->name, got.data);
}

/* ---- bounds ---- */

static int64_t ticking(void)
{
    static int64_t now;
    return now += 5;
}

/* What an engine that is told the time says it took, and one that is told no longer. */
static void times_are_told_when_asked_for(void **state)
{
    (void)state;
    static const char *const pack = PACK RULE("r", "s: {tool_args.a: x}, condition: s");
    static const char *const want[] = {
        "\"timing\":{\"facts_ns\":5,\"scan_ns\":5,\"conditions_ns\":5,\"answer_ns\":5}",
        "\"timing\":{\"facts_ns\":0,\"scan_ns\":0,\"conditions_ns\":0,\"answer_ns\":0}"
    };
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(&pack, 1, AIS_ACTION_ALLOW);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    for (size_t i = 0; i < N_ELEMS(want); i++) {
        AUTO(ais_buf_done) struct ais_buf out = { 0 };
        ais_engine_time(engine, i == 0 ? ticking : NULL);
        lab_answer_explained(engine, policy, ARGS("\"a\":\"x\""), (struct ais_question){ 0 }, true, &out);
        assert_non_null(strstr(out.data, want[i]));
    }
}

/* Many rules that match, each with much to say: the explanation ends in order, and says that it is cut. */
static void an_explanation_is_bounded(void **state)
{
    (void)state;
    enum { RULES = 2000, LISTED = 200 };
    AUTO(ais_buf_done) struct ais_buf pack = { 0 }, body = { 0 };
    ais_buf_text(&pack, PACK);
    for (int i = 0; i < RULES; i++)
        ais_buf_format(&pack,
                       "- {id: r%d, title: T, action: block, detection: {s: {tool_args.a|contains|all: [" X100
                       ", x, xx, "
                       "xxx, xxxx, xxxxx, xxxxxx]}, condition: s}}\n",
                       i);
    ais_buf_text(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"a\":\"");
    for (int i = 0; i < 5000; i++)
        ais_buf_text(&body, X100);
    ais_buf_text(&body, "\"}}");
    const struct row row = { .pack = pack.data, .body = body.data };
    char *text = explained(&row);
    const char *explanation = strstr(text, ",\"explanation\":{");
    assert_in_range(strlen(explanation), 100 << 10, AIS_EXPLANATION_MOST);
    assert_non_null(strstr(explanation, "\"truncated\":true}}"));
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *tree = NULL;
    assert_int_equal(ais_json_read(arena, text, strlen(text), &ais_json_request_limits, &tree, NULL), AIS_OK);
    assert_in_range(ais_json_get(ais_json_get(tree, "explanation"), "rules")->count, 10, LISTED);
    free(text);
}

/* More secrets than are remembered: then no sample shows anything. */
static void too_many_secrets_hide_everything(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    ais_buf_text(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"a\":\"plain\"");
    for (int i = 0; i < 300; i++)
        ais_buf_format(&body, ",\"k%d\":{\"password\":\"" HUSH "%d\"}", i, i);
    ais_buf_text(&body, "}}");
    const struct row row = { .pack = PACK RULE("r", "s: {tool_args.a: plain}, condition: s"), .body = body.data };
    char *text = explained(&row);
    assert_non_null(strstr(text, "\"matched\":\"[not shown]\""));
    free(text);
}

/* ---- what the operator withholds ---- */

/* What stands in a member "hush" of the arguments is withheld, and 4711 in all of them. */
static const struct withholding {
    const char *name, *body;
    const char *has[3], *has_not[4];
} withholdings[] = {
    ROW(.name = "the value itself", .body = ARGS("\"hush\":\"Battery-Staple\",\"a\":\"open\""),
        .has = { "\"[masked]\"", "\"matched\":\"open\"" }, .has_not = { "attery", "staple" }),
    ROW(.name = "where it stands again", .body = ARGS("\"hush\":\"battery-staple\",\"a\":\"say BATTERY-staple now\""),
        .has = { "\"matched\":\"say [masked] now\"" }, .has_not = { "BATTERY", "battery", "staple" }),
    ROW(.name = "numbers and short ones", .body = ARGS("\"hush\":[4711,\"ab\"],\"a\":\"ab\",\"b\":\"cab 4711\""),
        .has = { "\"matched\":\"[masked]\"", "\"matched\":\"cab [masked]\"" }, .has_not = { "4711", "\"ab\"" }),
    ROW(.name = "what a shell makes of it",
        .body = ARGS("\"hush\":\"rm -r'f' /vault/$'\\\\x71'7'x'z9\",\"a\":\"ls /open\""),
        .has = { "\"samples\":[\"[not shown]\"", "ls /open" }, .has_not = { "vault", "q7xz9", "x71" }),
    ROW(.name = "what a layer hides", .body = ARGS("\"hush\":\"YmF0dGVyeS1zdGFwbGUgaXMgd2hhdCBpdCBpcw==\",\"a\":\"x\""),
        .has = { "[not shown]" }, .has_not = { "battery", "staple", "YmF0dGVy" }),
    ROW(.name = "where a layer tells it",
        .body = ARGS("\"hush\":\"battery-staple\",\"a\":\"see YmF0dGVyeS1zdGFwbGUgaXMgd2hhdCBpdCBpcw==\""),
        .has = { "[encoded]" }, .has_not = { "battery", "staple", "YmF0dGVy", "ymf0dgvy" }),
    ROW(.name = "folded", .body = ARGS("\"hush\":\"\\uff22attery\\u200b-\\uff33taple\",\"a\":\"x\""),
        .has_not = { "attery", "taple" }),
};

static void check_withholding(void **state)
{
    static const char *const pack =
        PACK RULE("a", "s: {tool_args.a|re: '.'}, condition: s") RULE("b", "s: {tool_args.b|re: '.'}, condition: s")
            RULE("h", "s: {tool_args.hush|re: '.'}, condition: s") RULE("c", "s: {shell.command|re: '.'}, condition: s")
                RULE("t", "s: {text|re: '.'}, condition: s") RULE("d", "s: {decoded.base64|re: '.'}, condition: s")
                    RULE("p", "s: {path.normalized|re: '.'}, condition: s");
    const struct withholding *row = *state;
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(&pack, 1, AIS_ACTION_ALLOW);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct ais_request request;
    struct ais_decision decision;
    struct ais_withheld withheld = { 0 };
    assert_int_equal(ais_request_read(arena, row->body, strlen(row->body), &request, NULL, NULL), AIS_OK);
    const struct ais_question question = { .request = &request };
    const struct ais_json *hush = ais_json_get(request.tool_args, "hush");
    for (const struct ais_json *node = hush->first != NULL ? hush->first : hush; node != NULL; node = node->next) {
        withheld.nodes[withheld.count++] = node;
        if (hush->first == NULL)
            break;
    }
    assert_int_equal(ais_decide(engine, policy, &question, &decision, NULL), AIS_OK);
    ais_decision_write(&out, &decision, NULL);
    ais_explain(engine, &question, &decision, &withheld, &out);
    for (size_t i = 0; i < N_ELEMS(row->has) && row->has[i] != NULL; i++)
        if (strstr(out.data, row->has[i]) == NULL)
            fail_msg("no %s in\n%s", row->has[i], out.data);
    for (size_t i = 0; i < N_ELEMS(row->has_not) && row->has_not[i] != NULL; i++)
        if (strstr(out.data, row->has_not[i]) != NULL)
            fail_msg("%s in\n%s", row->has_not[i], out.data);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(times_are_told_when_asked_for),
        cmocka_unit_test(an_explanation_is_bounded),
        cmocka_unit_test(too_many_secrets_hide_everything),
    };
    struct CMUnitTest tests[N_ELEMS(rows) + N_ELEMS(others)], golden_tests[N_ELEMS(goldens)];
    struct CMUnitTest withheld[N_ELEMS(withholdings)];
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(withheld, withholdings, check_withholding);
    AIS_ROWS(golden_tests, goldens, check_golden);
    memcpy(&tests[N_ELEMS(rows)], others, sizeof others);
    int failed = cmocka_run_group_tests_name("policy/explain whole", golden_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy/explain withheld", withheld, NULL, NULL);
    return failed + cmocka_run_group_tests_name("policy/explain", tests, NULL, NULL);
}
