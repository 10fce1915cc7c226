/* One rule, invariant or correlation: a map read by its table, then checked as a whole. */
#include "shared/policy/condition.h"
#include "shared/policy/doubt.h"
#include "shared/policy/reader.h"
#include "shared/text/nearest.h"

#include <string.h>

enum { LONGEST_ID = 128, LONGEST_TITLE = 512 };

#define STRING AIS_KIND(AIS_JSON_STRING)
#define LIST   AIS_KIND(AIS_JSON_ARRAY)
#define MAP    AIS_KIND(AIS_JSON_OBJECT)
#define ANY    (~0U)

struct draft {
    struct ais_rule rule;
    const struct ais_expr *tools, *detection;
    bool has_tools, has_detection;
    uint32_t tools_line;
    const struct ais_json *severity; /* the key that gave it: `severity` or `level` */
};

/* ---- words ---- */

struct word_set {
    const char *(*text)(size_t value);
    size_t from, count;
};

static const char *action_text(size_t value)
{
    return ais_action_text((enum ais_action)value);
}

static const char *severity_text(size_t value)
{
    return ais_severity_text((enum ais_severity)value);
}

static const char *mode_text(size_t value)
{
    return ais_mode_text((enum ais_mode)value);
}

static const char *unless_text(size_t value)
{
    (void)value;
    return "valid_approval_token";
}

static const struct word_set actions = { action_text, AIS_ACTION_ALLOW, AIS_ACTION_COUNT };
static const struct word_set outcomes = { action_text, AIS_ACTION_NONE, AIS_ACTION_COUNT };
static const struct word_set severities = { severity_text, 0, AIS_SEVERITY_COUNT };
static const struct word_set modes = { mode_text, 0, AIS_MODE_COUNT };
static const struct word_set exceptions = { unless_text, 0, 1 };

static const char *word_name(size_t i, const void *arg)
{
    const struct word_set *set = arg;
    return i >= set->from ? set->text(i) : NULL;
}

/* The value of a word; false, with a fault that lists what there is, when it is none of the set. */
static bool read_word(struct ais_reader *reader, const struct ais_json *node, const struct word_set *set, size_t *ret)
{
    char list[160] = "";
    for (size_t i = set->from; i < set->count; i++) {
        if (ais_json_is(node, set->text(i))) {
            *ret = i;
            return true;
        }
        strncat(list, i > set->from ? ", " : "", sizeof list - strlen(list) - 1);
        strncat(list, set->text(i), sizeof list - strlen(list) - 1);
    }
    const char *near = ais_nearest_of(node->text, node->length, word_name, set->count, set);
    ais_reader_fault(reader, node, "'%s' must be %s%s, not '%.64s'%s%s%s", node->key,
                     set->count - set->from > 1 ? "one of " : "", list, node->text,
                     near != NULL ? ": did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    return false;
}

/* ---- keys of rules ---- */

static bool is_id_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("_-.:", c) != NULL;
}

const char *ais_id_read(struct ais_reader *reader, const struct ais_json *node)
{
    const char *id = ais_reader_text(reader, node);
    for (size_t i = 0; id != NULL && i < node->length; i++) {
        if (!is_id_byte(id[i]) || i == LONGEST_ID) {
            ais_reader_fault(reader, node, "an id is up to %d letters, digits, '_', '-', '.' and ':'", LONGEST_ID);
            break;
        }
    }
    return id;
}

static void read_id(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    ((struct draft *)into)->rule.id = ais_id_read(reader, node);
}

static void read_title(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct draft *draft = into;
    draft->rule.title = ais_reader_text(reader, node);
    if (draft->rule.title != NULL && (node->length > LONGEST_TITLE || strpbrk(draft->rule.title, "\r\n") != NULL))
        ais_reader_fault(reader, node, "a title is one line of up to %d bytes", LONGEST_TITLE);
}

static void read_description(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    ((struct draft *)into)->rule.description = ais_reader_text(reader, node);
}

static void read_remediation(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    ((struct draft *)into)->rule.remediation = ais_reader_text(reader, node);
}

static void read_tools(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct draft *draft = into;
    draft->has_tools = true;
    draft->tools_line = node->key_line;
    draft->tools = ais_tools_read(reader, node);
}

static void read_detection(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct draft *draft = into;
    draft->has_detection = true;
    draft->detection = ais_detection_read(reader, node, &draft->rule.outline);
}

static void read_action(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    size_t value;
    if (read_word(reader, node, &actions, &value))
        ((struct draft *)into)->rule.action = (enum ais_action)value;
}

static void read_severity(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct draft *draft = into;
    size_t value;
    if (draft->severity != NULL)
        ais_reader_fault_key(reader, node, "'%s' says the same as '%s': keep one of them", node->key,
                             draft->severity->key);
    draft->severity = node;
    if (read_word(reader, node, &severities, &value))
        draft->rule.severity = (enum ais_severity)value;
}

static void read_mode(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    size_t value;
    if (read_word(reader, node, &modes, &value))
        ((struct draft *)into)->rule.mode = (enum ais_mode)value;
}

static void read_unless(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct draft *draft = into;
    size_t value;
    if (node->kind == AIS_JSON_OBJECT)
        draft->rule.unless = ais_exception_read(reader, node, "an 'unless'");
    else if (read_word(reader, node, &exceptions, &value))
        draft->rule.unless_token = true;
}

/* ---- keys of correlations (correlation.c) ---- */

static void read_type(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    ais_correlation_read_type(reader, node, ((struct draft *)into)->rule.correlation);
}

static void read_rules(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    ais_correlation_read_rules(reader, node, ((struct draft *)into)->rule.correlation);
}

static void read_group(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    (void)into;
    ais_correlation_read_group(reader, node);
}

static void read_timespan(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    ais_correlation_read_timespan(reader, node, ((struct draft *)into)->rule.correlation);
}

/* It depends on the type, which may stand behind it: read when all keys are (ais_correlation_read_whole). */
static void read_condition(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    (void)reader;
    (void)node;
    (void)into;
}

/* ---- lists ---- */

static void read_tags(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct ais_rule *rule = &((struct draft *)into)->rule;
    rule->tags = ais_reader_texts(reader, node, &rule->tag_count);
}

static void read_references(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct ais_rule *rule = &((struct draft *)into)->rule;
    rule->references = ais_reader_texts(reader, node, &rule->reference_count);
}

static void read_alternatives(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    ais_alternatives_read(reader, node, &((struct draft *)into)->rule);
}

/* ---- tests ---- */

struct test_draft {
    struct ais_rule_test test;
    bool has_expect;
};

static void read_test_name(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    ((struct test_draft *)into)->test.name = ais_reader_text(reader, node);
}

static void check_request(struct ais_reader *reader, const struct ais_json *node)
{
    struct ais_request request;
    struct ais_faults faults;
    struct ais_why why;
    enum ais_err err = ais_request_from(reader->arena, node, &request, &faults, &why);
    if (err == AIS_E_NOMEM)
        reader->no_memory = true;
    for (size_t i = 0; err == AIS_E_INVALID && i < faults.count; i++)
        ais_reader_fault(reader, node, "the request is none: %s%s%s", faults.items[i].pointer,
                         faults.items[i].pointer[0] != '\0' ? " " : "", faults.items[i].message);
}

static void read_test_request(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    ((struct test_draft *)into)->test.request = node;
    check_request(reader, node);
}

static void read_test_before(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    ((struct test_draft *)into)->test.before = node;
    if (node->count > AIS_TEST_BEFORE_MOST)
        ais_reader_fault(reader, node, "a test has at most %d requests before", AIS_TEST_BEFORE_MOST);
    for (const struct ais_json *item = node->first; item != NULL; item = item->next)
        check_request(reader, item);
}

static void read_test_expect(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct test_draft *draft = into;
    size_t value;
    draft->has_expect = true;
    if (read_word(reader, node, &outcomes, &value))
        draft->test.expect = (enum ais_action)value;
}

static const struct ais_key test_keys[] = {
    {"name",     ANY,    "a string",           read_test_name   },
    { "request", MAP,    "a map",              read_test_request},
    { "before",  LIST,   "a list of requests", read_test_before },
    { "expect",  STRING, "a string",           read_test_expect },
};

static void read_tests(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct ais_rule *rule = &((struct draft *)into)->rule;
    struct ais_rule_test *tests = ais_reader_alloc(reader, (node->count + 1) * sizeof *tests);
    if (tests == NULL)
        return;
    rule->tests = tests;
    for (const struct ais_json *item = node->first; item != NULL; item = item->next) {
        struct test_draft draft = {
            .test = {.line = item->line, .column = item->column}
        };
        if (item->kind != AIS_JSON_OBJECT) {
            ais_reader_fault(reader, item, "a test must be a map with name, request and expect, not %s",
                             ais_json_kind_text(item->kind));
            continue;
        }
        ais_reader_map(reader, item, test_keys, N_ELEMS(test_keys), &draft);
        if (ais_json_get(item, "name") == NULL || draft.test.request == NULL || !draft.has_expect)
            ais_reader_fault(reader, item, "a test needs name, request (a map) and expect");
        tests[rule->test_count++] = draft.test;
    }
}

/* ---- the whole ---- */

/* Rows of tables that begin alike, which clang-format would align into confusion as plain braces. */
#define KEY(...)    \
    {               \
        __VA_ARGS__ \
    }

/* Of all kinds. */
#define COMMON_KEYS                                                                                               \
    KEY("id", ANY, "a string", read_id), KEY("title", ANY, "a string", read_title),                               \
        KEY("description", ANY, "a string", read_description), KEY("action", STRING, "a string", read_action),    \
        KEY("severity", STRING, "a string", read_severity), KEY("level", STRING, "a string", read_severity),      \
        KEY("mode", STRING, "a string", read_mode), KEY("remediation", ANY, "a string", read_remediation),        \
        KEY("alternatives", LIST, "a list", read_alternatives), KEY("tags", ANY, "a list of strings", read_tags), \
        KEY("references", ANY, "a list of strings", read_references), KEY("tests", LIST, "a list", read_tests)

static const struct ais_key rule_keys[] = {
    COMMON_KEYS, KEY("tools", ANY, "a string or a list", read_tools),
    KEY("detection", MAP, "a map of selections and a condition", read_detection),
    KEY("unless", STRING | MAP, "valid_approval_token, or a map of a selection or a detection",
        read_unless), /* invariants only: the last row */
};

static const struct ais_key correlation_keys[] = {
    COMMON_KEYS,
    KEY("type", STRING, "a string", read_type),
    KEY("rules", ANY, "a list of ids", read_rules),
    KEY("group-by", STRING | LIST, "a list", read_group),
    KEY("timespan", ANY, "a text such as 10m", read_timespan),
    KEY("condition", MAP, "a map", read_condition),
    KEY("aliases", MAP, "a map", NULL),
    KEY("generate", ANY, "true or false", NULL),
};

static const struct ais_key default_keys[] = {
    {"action",    STRING, "a string", read_action  },
    { "severity", STRING, "a string", read_severity},
    { "level",    STRING, "a string", read_severity},
    { "mode",     STRING, "a string", read_mode    },
};

void ais_defaults_read(struct ais_reader *reader, const struct ais_json *node, struct ais_rule_defaults *ret)
{
    struct draft draft = {
        .rule = {.action = ret->action, .severity = ret->severity, .mode = ret->mode}
    };
    ais_reader_map(reader, node, default_keys, N_ELEMS(default_keys), &draft);
    *ret = (struct ais_rule_defaults){ draft.rule.action, draft.rule.severity, draft.rule.mode };
}

static void check_whole(struct ais_reader *reader, const struct ais_json *node, const struct draft *draft)
{
    const char *kind = ais_rule_kind_text(draft->rule.kind);
    const char *const needed[] = { "id", "title" };
    for (size_t i = 0; i < N_ELEMS(needed); i++)
        if (ais_json_get(node, needed[i]) == NULL)
            ais_reader_fault(reader, node, "the %s needs '%s'", kind, needed[i]);
    if (draft->rule.action == AIS_ACTION_NONE && ais_json_get(node, "action") == NULL)
        ais_reader_fault(reader, node, "the %s needs an 'action', here or in the pack's defaults", kind);
    if (draft->rule.kind == AIS_INVARIANT && draft->rule.action == AIS_ACTION_ALLOW)
        ais_reader_fault(reader, node, "an invariant must block or ask: its action cannot be 'allow'");
    if (draft->rule.kind != AIS_CORRELATION && ais_json_get(node, "tools") == NULL &&
        ais_json_get(node, "detection") == NULL)
        ais_reader_fault(reader, node, "the %s needs a 'detection', or 'tools' ('*' for every tool)", kind);
}

static const struct ais_expr *join(struct ais_reader *reader, const struct draft *draft)
{
    struct ais_expr_list list = { 0 };
    const struct ais_expr *parts[] = { draft->has_tools ? draft->tools : NULL, draft->detection };
    if ((draft->has_tools && draft->tools == NULL) || (draft->has_detection && draft->detection == NULL))
        return NULL;
    for (size_t i = 0; i < N_ELEMS(parts); i++)
        if (parts[i] != NULL && !ais_expr_list_add(reader->arena, &list, parts[i]))
            reader->no_memory = true;
    const struct ais_expr *expr = ais_expr_all(reader->arena, &list);
    if (expr == NULL)
        reader->no_memory = true;
    return expr;
}

/* Adds the tools to what can be named. */
static void outline_tools(struct ais_reader *reader, struct draft *draft)
{
    struct ais_outline *outline = &draft->rule.outline;
    struct ais_selection *all = ais_reader_alloc(reader, (outline->count + 1) * sizeof *all);
    if (all == NULL)
        return;
    all[0] = (struct ais_selection){ "tools", draft->tools, draft->tools_line, NULL };
    if (outline->count > 0)
        memcpy(all + 1, outline->selections, outline->count * sizeof *all);
    outline->selections = all;
    outline->count++;
}

void ais_rule_read(struct ais_reader *reader, const struct ais_json *node, enum ais_rule_kind kind,
                   const struct ais_rule_defaults *defaults, struct ais_rule *ret)
{
    struct draft draft = { .rule = {
                               .kind = kind,
                               .action = defaults->action,
                               .severity = defaults->severity,
                               .mode = defaults->mode,
                               .line = node->line,
                               .column = node->column,
                           } };
    *ret = draft.rule;
    reader->blind = NULL;
    if (node->kind != AIS_JSON_OBJECT) {
        ais_reader_fault(reader, node, "a%s %s must be a map, not %s", kind == AIS_INVARIANT ? "n" : "",
                         ais_rule_kind_text(kind), ais_json_kind_text(node->kind));
        return;
    }
    if (kind == AIS_CORRELATION) {
        draft.rule.correlation = ais_reader_alloc(reader, sizeof *draft.rule.correlation);
        if (draft.rule.correlation == NULL)
            return;
    }
    if (kind == AIS_CORRELATION)
        ais_reader_map(reader, node, correlation_keys, N_ELEMS(correlation_keys), &draft);
    else
        ais_reader_map(reader, node, rule_keys, N_ELEMS(rule_keys) - (kind == AIS_RULE ? 1 : 0), &draft);
    for (const struct ais_json *member = node->first; member != NULL; member = member->next)
        if (member->kind == AIS_JSON_ARRAY && member->count == 0)
            ais_reader_warn_key(reader, member, "'%.64s' is empty", member->key);
    check_whole(reader, node, &draft);
    if (kind == AIS_CORRELATION)
        ais_correlation_read_whole(reader, node, draft.rule.correlation); /* its expression: when all rules are there */
    else
        draft.rule.expr = join(reader, &draft);
    if (draft.rule.expr != NULL && draft.rule.id != NULL)
        ais_doubt_waking(reader, draft.rule.id, draft.rule.expr);
    if (draft.tools != NULL)
        outline_tools(reader, &draft);
    *ret = draft.rule;
}
