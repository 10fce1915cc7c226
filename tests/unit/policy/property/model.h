/* What the property test is about: packs and requests as plain data, of which documents are printed (print.h) and which
 * the slow matcher walks (slow.h). Random, over a tiny alphabet, so that much matches. */
#ifndef AIS_TESTS_POLICY_PROPERTY_MODEL_H
#define AIS_TESTS_POLICY_PROPERTY_MODEL_H

#include "shared/policy/policy.h"

#include <stdio.h>
#include <string.h>

enum { PACKS = 3, RULES = 4, FILTERS = 2, LISTS = 2, SELECTIONS = 4, TESTS = 3, VALUES = 3, NODES = 24, ROOM = 64 };

/* ---- random ---- */

static uint64_t seed;

static inline unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return n > 0 ? (unsigned)(seed >> 33) % n : 0;
}

static inline void pick_word(char *word)
{
    size_t length = 1 + pick(3);
    for (size_t i = 0; i < length; i++)
        word[i] = "abAcB"[pick(5)];
    word[length] = '\0';
}

static inline void pick_one(const char *const *pool, size_t n, char *ret)
{
    snprintf(ret, ROOM, "%s", pool[pick((unsigned)n)]);
}
#define PICK(ret, pool) pick_one(pool, N_ELEMS(pool), ret)

/* ---- fields ---- */

/* Those from CONTEXT on are the agent's own word: no filter is made of them. */
enum field {
    TOOL,
    ARG_A,
    ARG_C,
    ARG_L,
    ARGS_BELOW,
    ENVIRONMENT,
    SHELL_NAME,
    SHELL_ARGS,
    HOUR,
    CONTEXT,
    ANYWHERE,
    FIELDS
};

static const char *const field_names[] = {
    [TOOL] = "tool_name",
    [ARG_A] = "tool_args.a",
    [ARG_C] = "tool_args.b.c",
    [ARG_L] = "tool_args.l[]",
    [ARGS_BELOW] = "tool_args.**",
    [ENVIRONMENT] = "caller.environment",
    [SHELL_NAME] = "shell.name",
    [SHELL_ARGS] = "shell.args",
    [HOUR] = "time.hour",
    [CONTEXT] = "context",
    [ANYWHERE] = "",
};

/* ---- rules ---- */

enum op { PLAIN, CONTAINS, STARTS, ENDS, RE, EXISTS, LT, LTE, GT, GTE, GLOB, WITHIN, HOST, CIDR };
static const char *const op_names[] = { "",    "contains", "startswith", "endswith", "re",     "exists", "lt",
                                        "lte", "gt",       "gte",        "glob",     "within", "host",   "cidr" };

enum encoding { UNENCODED, BASE64, BASE64OFFSET };
enum utf16 { NO_UTF16, UTF16LE, UTF16BE, UTF16, WIDE };
static const char *const utf16_names[] = { "", "utf16le", "utf16be", "utf16", "wide" };

enum measure { UNMEASURED, LEN, ENTROPY, MINUTE, HOUR_OF, DAY, WEEK, MONTH, YEAR, MEASURES };
static const char *const measure_names[] = { "", "len", "entropy", "minute", "hour", "day", "week", "month", "year" };

/* `field|modifiers: values`. */
struct comparison {
    enum field field;
    enum op op;
    bool cased, all, neq, windash, exists, numeric; /* numeric: values are printed as numbers */
    enum encoding encoding;
    enum utf16 utf16;
    enum measure measure;
    bool is_reference; /* to the one field `other` */
    enum field other;
    bool expands;
    unsigned lists[VALUES]; /* with expands: behind each value stands this list, %l1%; LISTS: none does */
    size_t count;
    char values[VALUES][ROOM];
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
    bool has_unless;               /* then it is an invariant */
    struct selection unless;
};

struct filter {
    unsigned rule; /* of whichever pack */
    struct selection selection;
};

struct list {
    size_t count;
    char words[VALUES][8];
};

struct pack {
    struct rule rules[RULES];
    size_t filter_count;
    struct filter filters[FILTERS];
    struct list lists[LISTS];
};

/* ---- requests ---- */

struct value {
    char text[ROOM]; /* "" is absent */
    bool number;
};

struct command {
    char name[8], args[2][8]; /* "" is absent */
};

struct request {
    struct value tool, a, c, l[2], context, environment;
    size_t command_count;
    struct command commands[2];
    unsigned hour;
};

/* ---- made ---- */

static const char *const numbers[] = { "1", "1.0", "2", "10", "-2", "1.5" };

static inline void make_text_test(struct comparison *c)
{
    c->op = (enum op)pick(RE + 1);
    c->cased = c->op != RE && pick(4) == 0;
    c->windash = c->op != RE && pick(6) == 0;
    c->neq = pick(5) == 0;
    c->expands = pick(5) == 0;
    for (size_t i = 0; i < c->count; i++) {
        size_t at = c->windash && pick(2) == 0 ? 1 : 0;
        c->values[i][0] = "-/"[pick(2)];
        pick_word(c->values[i] + at);
        c->lists[i] = pick(LISTS + 1);
        if (c->expands && c->lists[i] < LISTS && pick(2) == 0)
            c->values[i][0] = '\0'; /* the list alone */
    }
}

static inline void make_number_test(struct comparison *c)
{
    c->numeric = true;
    c->op = pick(2) == 0 ? PLAIN : (enum op)(LT + pick(4));
    c->neq = c->op == PLAIN && pick(3) == 0;
    for (size_t i = 0; i < c->count; i++)
        PICK(c->values[i], numbers);
}

static inline void make_place_test(struct comparison *c)
{
    static const char *const globs[] = { "*", "a*", "/a/**", "/*/b", "**/c", "/**/b", "*.b", "**b" };
    static const char *const directories[] = { "/a", "/a/b", "b", "/" };
    static const char *const hosts[] = { "a.b", "b", "c.a" };
    static const char *const networks[] = { "10.0.0.0/8", "10.1.0.0/16", "192.168.0.0/16" };
    c->op = (enum op)(GLOB + pick(4));
    c->neq = pick(4) == 0;
    for (size_t i = 0; i < c->count; i++) {
        switch (c->op) {
        case GLOB: PICK(c->values[i], globs); break;
        case WITHIN: PICK(c->values[i], directories); break;
        case HOST: PICK(c->values[i], hosts); break;
        default: PICK(c->values[i], networks);
        }
    }
}

static inline void make_encoded_test(struct comparison *c)
{
    c->encoding = (enum encoding)(BASE64 + pick(2));
    c->utf16 = pick(2) == 0 ? NO_UTF16 : (enum utf16)(1 + pick(WIDE));
    c->op = c->encoding == BASE64OFFSET ? CONTAINS : (enum op)pick(RE);
    c->neq = pick(6) == 0;
    for (size_t i = 0; i < c->count; i++) {
        pick_word(c->values[i]);
        size_t n = strlen(c->values[i]); /* nothing is certain of a single byte */
        c->values[i][n] = 'a';
        c->values[i][n + 1] = '\0';
    }
}

static inline void make_measured_test(struct comparison *c)
{
    static const char *const thresholds[] = { "0.3", "0.95", "1.3", "2.1" }; /* that no entropy is */
    static const int offsets[MEASURES] = {
        [MINUTE] = 4, [HOUR_OF] = 21, [DAY] = 1, [WEEK] = 7, [MONTH] = 1, [YEAR] = 2022
    };
    c->measure = (enum measure)(1 + pick(MEASURES - 1));
    c->numeric = true;
    c->op = c->measure != ENTROPY && pick(2) == 0 ? PLAIN : (enum op)(LT + pick(4));
    c->neq = c->op == PLAIN && pick(4) == 0;
    for (size_t i = 0; i < c->count; i++) {
        if (c->measure == ENTROPY)
            PICK(c->values[i], thresholds);
        else
            snprintf(c->values[i], ROOM, "%d", offsets[c->measure] + (int)pick(3));
    }
}

static inline void make_reference(struct comparison *c, unsigned fields)
{
    c->is_reference = true;
    c->op = (enum op)pick(RE);
    c->cased = pick(4) == 0;
    c->neq = pick(3) == 0;
    c->count = 1;
    c->other = (enum field)pick(fields < ANYWHERE ? fields : ANYWHERE); /* which has no name */
}

static inline struct comparison make_comparison(enum field field, unsigned fields)
{
    struct comparison made = { .field = field, .exists = pick(2) == 0, .count = 1 + pick(VALUES) };
    switch (pick(10)) {
    case 0:
    case 1:
    case 2: make_text_test(&made); break;
    case 3: make_number_test(&made); break;
    case 4: make_place_test(&made); break;
    case 5: make_encoded_test(&made); break;
    case 6: make_measured_test(&made); break;
    case 7: make_reference(&made, fields); break;
    case 8:
        made.op = field != ANYWHERE ? EXISTS : CONTAINS;
        made.count = 1;
        if (field == ANYWHERE)
            pick_word(made.values[0]);
        break;
    default: make_text_test(&made); break;
    }
    bool orders = made.op >= LT && made.op <= GTE;
    made.all = made.op != EXISTS && !orders && !made.neq && pick(4) == 0;
    return made;
}

/* Of the first `fields` fields. One map has each key once: no two comparisons of one map look alike. */
static inline void make_selection(struct selection *selection, unsigned fields)
{
    unsigned first = pick(fields), step = 1 + pick(fields - 2);
    selection->is_list = pick(3) == 0;
    selection->count = 1 + pick(TESTS);
    for (size_t k = 0; k < selection->count; k++) {
        unsigned field = (first + (unsigned)k * step) % fields;
        if (k == 1 && first == SHELL_NAME && pick(2) == 0)
            field = SHELL_ARGS;
        selection->tests[k] = make_comparison((enum field)field, fields);
        for (size_t j = 0; j < k; j++)
            if (selection->tests[j].field == selection->tests[k].field)
                selection->is_list = true;
    }
}

static inline void make_rule(struct rule *rule)
{
    static const enum ais_action actions[] = { AIS_ACTION_REQUIRE_APPROVAL, AIS_ACTION_BLOCK, AIS_ACTION_ALLOW };
    *rule = (struct rule){
        .has_unless = pick(4) == 0,
        .severity = (enum ais_severity)pick(AIS_SEVERITY_COUNT),
        .mode = pick(6) == 0 ? AIS_MODE_MONITOR : AIS_MODE_ENFORCE,
        .selection_count = 1 + pick(SELECTIONS),
    };
    rule->action = actions[pick(rule->has_unless ? 2 : 3)];
    if (pick(3) == 0)
        snprintf(rule->glob, sizeof rule->glob, "%c*", "abc"[pick(3)]);
    for (size_t i = 0; i < rule->selection_count; i++)
        make_selection(&rule->selections[i], FIELDS);
    make_selection(&rule->unless, CONTEXT);
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

static inline void make_pack(struct pack *pack)
{
    for (size_t i = 0; i < RULES; i++)
        make_rule(&pack->rules[i]);
    pack->filter_count = pick(FILTERS + 1);
    for (size_t i = 0; i < pack->filter_count; i++) {
        pack->filters[i].rule = pick(RULES);
        make_selection(&pack->filters[i].selection, CONTEXT);
    }
    for (size_t i = 0; i < LISTS; i++) {
        pack->lists[i].count = 1 + pick(VALUES);
        for (size_t k = 0; k < pack->lists[i].count; k++)
            pick_word(pack->lists[i].words[k]);
    }
}

/* Moments: 2024-02-29 23:05 as a text and a number, and a date alone. */
#define EPOCH_2024 "1709247900"

static inline void make_value(struct value *value)
{
    static const char *const unusual[] = {
        "/a",         "/a/b",     "/A/b/c",        "b/c",         "a.b",
        "c.a.b",      "x.B",      "10.1.2.3",      "192.168.1.1", "11.0.0.1",
        "-a",         "/b",       "\xe2\x80\223A", "-a /b",       "YWJh",
        "eGFiYQ==",   "YQBiAGEA", "AGEAYgBh",      "//5hAGEA",    "2024-02-29T23:05:00Z",
        "2021-01-03",
    };
    static const char *const counts[] = { "1", "1.0", "2", "10", "-2", "1.5", "1e9999999999999999", EPOCH_2024 };
    *value = (struct value){ .number = false };
    switch (pick(6)) {
    case 0: break;
    case 1: PICK(value->text, unusual); break;
    case 2:
        PICK(value->text, counts);
        value->number = pick(2) == 0;
        break;
    default: pick_word(value->text);
    }
}

static inline void make_request(struct request *request)
{
    struct value *const values[] = { &request->a,    &request->c,       &request->l[0],
                                     &request->l[1], &request->context, &request->environment };
    *request = (struct request){ .command_count = pick(3), .hour = 21 + pick(3) };
    pick_word(request->tool.text);
    for (size_t i = 0; i < N_ELEMS(values); i++)
        make_value(values[i]);
    request->context.number = request->environment.number = false;
    for (size_t i = 0; i < request->command_count; i++) {
        struct command *command = &request->commands[i];
        pick_word(command->name);
        for (size_t k = 0; k < N_ELEMS(command->args) && pick(3) != 0; k++)
            pick_word(command->args[k]);
    }
}

#endif
