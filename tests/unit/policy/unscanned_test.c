/* What the scan for literals leaves out: nothing. Each random policy decides twice, as it is, and blind: with its
 * literals forgotten, so that every rule is looked at and no comparison is ruled out. Both must find the same matches.
 *
 * The values are those that a byte-wise scan could get wrong: letters with relatives outside ASCII, wildcards and what
 * escapes them, NULs, numbers, booleans, bytes that are no UTF-8 (in what is pinned to a key), keys with dots. */
#include "shared/json/write.h"
#include "shared/policy/snapshot.h"
#include "tests/unit/policy/lab.h"

#include <stdlib.h>

enum { ROUNDS = 200, RULES = 12, SELECTIONS = 3, REQUESTS = 12 };

static uint64_t seed;

static unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % n;
}

/* A text with its length: it may hold a NUL. */
struct piece {
    const char *bytes;
    size_t length;
};
#define P(text)                  \
    {                            \
        (text), sizeof(text) - 1 \
    }

static const struct piece letters[] = {
    P("a"),        P("b"),        P("A"),        P("B"),
    P("k"),        P("K"),        P("s"),        P("\xe2\x84\xaa"),
    P("\xc5\xbf"), P("\xc3\xa9"), P("\xc3\x89"), P("\xc3\x9f"),
    P("\xc4\xb0"), P("\xc4\xb1"), P("\xc3\xbf"), P("i"),
    P("1"),        P("0"),        P("."),        P("-"),
    P(" "),        P("\n"),       P("\0"),       P("_"),
};
static const struct piece wild[] = { P("*"), P("?"), P("\\*"), P("\\?"), P("\\\\"), P("\\") };
static const struct piece expressions[] = {
    P("a"),
    P("b"),
    P("K"),
    P("k"),
    P("s"),
    P("\xc3\xa9"),
    P("\xc3\x89"),
    P("\\x41"),
    P("[ab]"),
    P("[^a]"),
    P("."),
    P("\\d"),
    P("\\s"),
    P("(a|b)"),
    P("(?i:k)"),
    P("(?i)s"),
    P("a?"),
    P("b+"),
    P("(?=a)"),
    P("(?<!b)"),
    P("(?>a+)"),
    P("(a)\\1"),
    P("\\bab"),
    P("^a"),
    P("b$"),
    P("\\Qa.\\E"),
    P("a{2}"),
    P("a{1,2}"),
    P("(?:ab){2,}"),
    P("\\x{e9}"),
    P("\\p{Lu}"),
    P("(?s:.)"),
    P("\\z"),
    P("[[:upper:]]"),
    P("\\K"),
    P("(?i:\xc3\xa9|ab)"),
    P("(?:aa|ab|ba)"),
    P("(?i:[k-s]b)"),
    P("\\x00"),
    P("(?i)\\x{17f}"),
};
static const char *const numbers[] = { "1", "1.0", "10e-1", "0", "-0", "1e3", "100", "10.5", "1e9999999999999999" };
static const char *const fields[] = {
    "tool_name",          "tool_args.a",   "tool_args.b.c",
    "tool_args.l[]",      "tool_args.l",   "tool_args.x\\.y",
    "tool_args.**",       "context",       "context.a",
    "metadata.a",         "metadata.**",   "caller.key",
    "caller.name",        "caller.user",   "caller.agent",
    "caller.environment", "session.id",    "agent.id",
    "request.size",       "request.depth", "",
};
static const char *const texts[] = { "contains",       "startswith", "endswith", "contains|all",
                                     "contains|cased", "",           "",         "cased" };
static const char *const regexes[] = { "re", "re|i", "re|m|s", "re|i|all" };

static void put_letters(struct ais_buf *out, unsigned most, bool wildcards)
{
    for (unsigned n = pick(most + 1); n > 0; n--) {
        const struct piece *piece =
            wildcards && pick(6) == 0 ? &wild[pick(N_ELEMS(wild))] : &letters[pick(N_ELEMS(letters))];
        ais_buf_add(out, piece->bytes, piece->length);
    }
}

static void write_letters(struct ais_buf *out, const char *key, unsigned most, bool wildcards)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    put_letters(&text, most, wildcards);
    ais_jw_string(out, key, text.data != NULL ? text.data : "", text.length);
}

static void write_expression(struct ais_buf *out)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    for (unsigned n = 1 + pick(4); n > 0; n--) {
        const struct piece *piece = &expressions[pick(N_ELEMS(expressions))];
        ais_buf_add(&text, piece->bytes, piece->length);
    }
    ais_jw_string(out, NULL, text.data, text.length);
}

static void write_number(struct ais_buf *out, const char *key)
{
    const char *lexeme = numbers[pick(N_ELEMS(numbers))];
    ais_jw_raw(out, key, lexeme, strlen(lexeme));
}

/* ---- rules ---- */

static void write_comparison(struct ais_buf *out)
{
    char key[64];
    const char *field = fields[pick(N_ELEMS(fields))];
    unsigned kind = pick(10);
    bool anywhere = field[0] == '\0';
    const char *op = kind < 5    ? texts[pick(N_ELEMS(texts))]
                     : kind < 8  ? regexes[pick(N_ELEMS(regexes))]
                     : kind == 8 ? "gt"
                                 : "exists";
    snprintf(key, sizeof key, "%s%s%s", field, op[0] != '\0' || anywhere ? "|" : "",
             anywhere && op[0] == '\0' ? "contains" : op);
    if (kind == 8) {
        ais_jw_raw(out, key, "1", 1);
        return;
    }
    if (kind == 9) {
        ais_jw_bool(out, key, pick(2) == 0);
        return;
    }
    ais_jw_begin_array(out, key);
    for (unsigned n = 1 + pick(3); n > 0; n--) {
        if (kind >= 5)
            write_expression(out);
        else if (pick(8) == 0)
            ais_jw_raw(out, NULL, "1", 1);
        else if (pick(8) == 0)
            ais_jw_bool(out, NULL, true);
        else
            write_letters(out, NULL, 3, true);
    }
    ais_jw_end_array(out);
}

static void write_rule(struct ais_buf *out, unsigned number)
{
    static const char *const conditions[] = { "s0 and s1", "s0 or s1",    "not s0",    "s0 and not s1",
                                              "2 of s*",   "all of them", "1 of them", "not (s0 and s1) or s2" };
    char text[16];
    ais_jw_begin_object(out, NULL);
    snprintf(text, sizeof text, "r%u", number);
    ais_jw_text(out, "id", text);
    ais_jw_text(out, "title", "T");
    ais_jw_text(out, "action", "block");
    if (pick(3) == 0) {
        ais_jw_begin_array(out, "tools");
        ais_jw_text(out, NULL, pick(2) == 0 ? "a*" : "*K?");
        ais_jw_end_array(out);
    }
    ais_jw_begin_object(out, "detection");
    for (unsigned i = 0; i < SELECTIONS; i++) {
        snprintf(text, sizeof text, "s%u", i);
        ais_jw_begin_array(out, text);
        for (unsigned n = 1 + pick(2); n > 0; n--) {
            ais_jw_begin_object(out, NULL);
            write_comparison(out);
            ais_jw_end_object(out);
        }
        ais_jw_end_array(out);
    }
    ais_jw_text(out, "condition", conditions[pick(N_ELEMS(conditions))]);
    ais_jw_end_object(out);
    ais_jw_end_object(out);
}

static struct ais_policy *random_policy(struct ais_buf *out)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "name", "lab");
    ais_jw_text(out, "version", "1.0.0");
    ais_jw_begin_array(out, "rules");
    for (unsigned i = 0; i < RULES; i++)
        write_rule(out, i);
    ais_jw_end_array(out);
    ais_jw_end_object(out);
    const char *const documents[] = { out->data };
    return lab_compile(documents, 1, AIS_ACTION_ALLOW);
}

/* Has all gates stand open, and all rules looked at. */
static void make_blind(struct ais_policy *policy)
{
    memset(policy->standing, true, (policy->predicates->count + policy->node_count) * sizeof *policy->standing);
    memset(policy->gate_rules.from, 0, (policy->gate_rules.keys + 1) * sizeof *policy->gate_rules.from);
    policy->always = realloc(policy->always, (policy->rule_count + 1) * sizeof *policy->always);
    assert_non_null(policy->always);
    for (uint32_t i = 0; i < policy->rule_count; i++)
        policy->always[i] = i;
    policy->always_count = policy->rule_count;
}

/* ---- requests ---- */

static void write_value(struct ais_buf *out, const char *key)
{
    switch (pick(7)) {
    case 0: write_number(out, key); break;
    case 1: ais_jw_bool(out, key, pick(2) == 0); break;
    case 2: ais_jw_null(out, key); break;
    default: write_letters(out, key, 6, false);
    }
}

static void write_arguments(struct ais_buf *out)
{
    ais_jw_begin_object(out, "tool_args");
    if (pick(3) > 0)
        write_value(out, "a");
    if (pick(2) == 0) {
        ais_jw_begin_object(out, "b");
        write_value(out, "c");
        ais_jw_end_object(out);
    }
    ais_jw_begin_array(out, "l");
    for (unsigned n = pick(4); n > 0; n--)
        write_value(out, NULL);
    ais_jw_end_array(out);
    write_value(out, "x.y");
    ais_jw_end_object(out);
}

static void write_request(struct ais_buf *out)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "tool_name", pick(2) == 0 ? "ab" : "xky");
    write_arguments(out);
    if (pick(2) == 0) {
        write_letters(out, "context", 6, false);
    } else {
        ais_jw_begin_object(out, "context");
        write_value(out, "a");
        write_value(out, "session_id");
        ais_jw_end_object(out);
    }
    ais_jw_begin_object(out, "metadata");
    write_value(out, "a");
    write_value(out, "agent_id");
    if (pick(2) == 0)
        write_value(out, "session_id");
    ais_jw_end_object(out);
    ais_jw_end_object(out);
}

/* What a key says may be any bytes but NUL. */
static const char *random_pin(void)
{
    static const char *const pins[] = { NULL,
                                        "a",
                                        "aB",
                                        "k\xff"
                                        "a",
                                        "\xc3",
                                        "K.1",
                                        "\xe2\x84\xaa"
                                        "b",
                                        "s\xc3\xa9",
                                        "1" };
    return pins[pick(N_ELEMS(pins))];
}

/* ---- the comparison ---- */

static void list_matches(struct ais_engine *engine, const struct ais_policy *policy,
                         const struct ais_question *question, struct ais_buf *out)
{
    struct ais_decision decision;
    struct ais_why why = { 0 };
    if (ais_decide(engine, policy, question, &decision, &why) != AIS_OK)
        fail_msg("%s", why.text);
    ais_buf_text(out, decision.allowed ? "allowed" : "not allowed");
    for (size_t i = 0; i < decision.match_count; i++)
        ais_buf_format(out, " %s%s", decision.matches[i].rule, decision.matches[i].unknown ? "?" : "");
}

static void a_scan_leaves_nothing_out(void **state)
{
    (void)state;
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    size_t ruled_out = 0;
    seed = 0x2545f4914f6cdd1dU;
    for (int round = 0; round < ROUNDS; round++) {
        AUTO(ais_buf_done) struct ais_buf pack = { 0 };
        AUTO(ais_policy_unref) struct ais_policy *policy = random_policy(&pack);
        struct ais_buf bodies[REQUESTS] = { { 0 } }, found[REQUESTS] = { { 0 } };
        struct ais_caller callers[REQUESTS];
        ruled_out += policy->rule_count - policy->always_count;
        for (int pass = 0; pass < 2; pass++) {
            for (int i = 0; i < REQUESTS; i++) {
                AUTO(ais_buf_done) struct ais_buf again = { 0 };
                struct ais_request request;
                struct ais_why why = { 0 };
                if (pass == 0) {
                    write_request(&bodies[i]);
                    callers[i] =
                        (struct ais_caller){ random_pin(), random_pin(), random_pin(), random_pin(), random_pin() };
                }
                ais_arena_reset(arena);
                if (ais_request_read(arena, bodies[i].data, bodies[i].length, &request, NULL, &why) != AIS_OK)
                    fail_msg("%s: %s", bodies[i].data, why.text);
                const struct ais_question question = { .request = &request, .caller = callers[i] };
                list_matches(engine, policy, &question, pass == 0 ? &found[i] : &again);
                if (pass > 0 && strcmp(found[i].data, again.data) != 0) {
                    print_error("%s\n%s\n", pack.data, bodies[i].data);
                    fail_msg("with a scan: %s; without: %s", found[i].data, again.data);
                }
            }
            make_blind(policy);
        }
        for (int i = 0; i < REQUESTS; i++) {
            ais_buf_done(&bodies[i]);
            ais_buf_done(&found[i]);
        }
    }
    assert_true(ruled_out > ROUNDS); /* else this compares nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_scan_leaves_nothing_out) };
    return cmocka_run_group_tests_name("policy/unscanned", tests, NULL, NULL);
}
