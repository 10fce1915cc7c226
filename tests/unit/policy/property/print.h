/* The model as documents and bodies. */
#ifndef AIS_TESTS_POLICY_PROPERTY_PRINT_H
#define AIS_TESTS_POLICY_PROPERTY_PRINT_H

#include "tests/unit/policy/property/model.h"

static inline void put_modifiers(struct ais_buf *out, const struct comparison *c)
{
    static const char *const encodings[] = { "", "|base64", "|base64offset" };
    if (c->measure != UNMEASURED)
        ais_buf_format(out, "|%s", measure_names[c->measure]);
    if (c->utf16 != NO_UTF16)
        ais_buf_format(out, "|%s", utf16_names[c->utf16]);
    ais_buf_text(out, encodings[c->encoding]);
    if (c->op != PLAIN)
        ais_buf_format(out, "|%s", op_names[c->op]);
    ais_buf_format(out, "%s%s%s%s%s%s", c->cased ? "|cased" : "", c->windash ? "|windash" : "", c->neq ? "|neq" : "",
                   c->expands ? "|expand" : "", c->is_reference ? "|fieldref" : "", c->all ? "|all" : "");
}

static inline void put_comparison(struct ais_buf *out, const struct comparison *c)
{
    const char *quote = c->numeric ? "" : "'";
    ais_buf_format(out, "'%s", field_names[c->field]);
    put_modifiers(out, c);
    ais_buf_text(out, "': ");
    if (c->op == EXISTS) {
        ais_buf_text(out, c->exists ? "true" : "false");
        return;
    }
    if (c->is_reference) {
        ais_buf_format(out, "'%s'", field_names[c->other]);
        return;
    }
    ais_buf_text(out, "[");
    for (size_t i = 0; i < c->count; i++) {
        ais_buf_format(out, "%s%s%s", i > 0 ? ", " : "", quote, c->values[i]);
        if (c->expands && c->lists[i] < LISTS)
            ais_buf_format(out, "%%l%u%%", c->lists[i]);
        ais_buf_text(out, quote);
    }
    ais_buf_text(out, "]");
}

static inline void put_condition(struct ais_buf *out, const struct rule *rule, unsigned at)
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
static inline void put_selection(struct ais_buf *out, const struct selection *selection, bool backwards)
{
    ais_buf_text(out, selection->is_list ? "[" : "{");
    for (size_t j = 0; j < selection->count; j++) {
        ais_buf_format(out, "%s%s", j > 0 ? ", " : "", selection->is_list ? "{" : "");
        put_comparison(out, &selection->tests[backwards ? selection->count - 1 - j : j]);
        ais_buf_text(out, selection->is_list ? "}" : "");
    }
    ais_buf_text(out, selection->is_list ? "]" : "}");
}

static inline void put_rule(struct ais_buf *out, const struct rule *rule, size_t number, bool backwards)
{
    ais_buf_format(out, "- {id: r%zu, title: T%zu, action: %s, severity: %s, mode: %s, ", number, number,
                   ais_action_text(rule->action), ais_severity_text(rule->severity), ais_mode_text(rule->mode));
    if (rule->glob[0] != '\0')
        ais_buf_format(out, "tools: '%s', ", rule->glob);
    if (rule->has_unless) { /* a list has no place there but as a selection */
        ais_buf_text(out, "unless: {u: ");
        put_selection(out, &rule->unless, backwards);
        ais_buf_text(out, ", condition: u}, ");
    }
    ais_buf_text(out, "detection: {");
    for (size_t i = 0; i < rule->selection_count; i++) {
        size_t k = backwards ? rule->selection_count - 1 - i : i;
        ais_buf_format(out, "s%zu: ", k);
        put_selection(out, &rule->selections[k], backwards);
        ais_buf_text(out, ", ");
    }
    ais_buf_text(out, "condition: '");
    put_condition(out, rule, (unsigned)rule->node_count - 1);
    ais_buf_text(out, "'}}\n");
}

static inline void put_lists(struct ais_buf *out, const struct pack *pack)
{
    ais_buf_text(out, "lists:\n");
    for (size_t i = 0; i < LISTS; i++) {
        ais_buf_format(out, "  l%zu: [", i);
        for (size_t k = 0; k < pack->lists[i].count; k++)
            ais_buf_format(out, "%s%s", k > 0 ? ", " : "", pack->lists[i].words[k]);
        ais_buf_text(out, "]\n");
    }
}

static inline void put_filters(struct ais_buf *out, const struct pack *pack, bool backwards)
{
    if (pack->filter_count > 0)
        ais_buf_text(out, "filters:\n");
    for (size_t i = 0; i < pack->filter_count; i++) {
        const struct filter *filter = &pack->filters[backwards ? pack->filter_count - 1 - i : i];
        ais_buf_format(out, "- {id: f%zu, rules: [r%u], selection: ", i, filter->rule);
        put_selection(out, &filter->selection, backwards);
        ais_buf_text(out, "}\n");
    }
}

static inline void put_kind(struct ais_buf *out, const struct pack *pack, bool invariants, bool backwards)
{
    ais_buf_text(out, invariants ? "invariants:\n" : "rules:\n");
    bool any = false;
    for (size_t i = 0; i < RULES; i++) {
        size_t k = backwards ? RULES - 1 - i : i;
        if (pack->rules[k].has_unless != invariants)
            continue;
        put_rule(out, &pack->rules[k], k, backwards);
        any = true;
    }
    if (!any)
        ais_buf_text(out, "  []\n");
}

static inline void put_pack(struct ais_buf *out, const struct pack *pack, size_t number, bool backwards)
{
    ais_buf_format(out, "name: p%zu\nversion: 1.0.0\n", number);
    if (backwards)
        put_lists(out, pack);
    put_kind(out, pack, backwards, backwards);
    put_kind(out, pack, !backwards, backwards);
    put_filters(out, pack, backwards);
    if (!backwards)
        put_lists(out, pack);
}

/* ---- requests ---- */

static inline void put_value(struct ais_buf *out, const struct value *value)
{
    const char *quote = value->number ? "" : "\"";
    ais_buf_format(out, "%s%s%s", quote, value->text, quote);
}

/* What a shell would run: a b c; d. */
static inline void put_command(struct ais_buf *out, const struct request *request)
{
    for (size_t i = 0; i < request->command_count; i++) {
        const struct command *command = &request->commands[i];
        ais_buf_format(out, "%s%s", i > 0 ? "; " : "", command->name);
        for (size_t k = 0; k < N_ELEMS(command->args) && command->args[k][0] != '\0'; k++)
            ais_buf_format(out, " %s", command->args[k]);
    }
}

static inline void put_request(struct ais_buf *out, const struct request *request)
{
    ais_buf_format(out, "{\"tool_name\":\"%s\",\"tool_args\":{", request->tool.text);
    ais_buf_text(out, "\"l\":[");
    for (size_t i = 0, n = 0; i < 2; i++) {
        if (request->l[i].text[0] == '\0')
            continue;
        ais_buf_text(out, n++ > 0 ? "," : "");
        put_value(out, &request->l[i]);
    }
    ais_buf_text(out, "]");
    if (request->a.text[0] != '\0') {
        ais_buf_text(out, ",\"a\":");
        put_value(out, &request->a);
    }
    if (request->c.text[0] != '\0') {
        ais_buf_text(out, ",\"b\":{\"c\":");
        put_value(out, &request->c);
        ais_buf_text(out, "}");
    }
    if (request->command_count > 0) {
        ais_buf_text(out, ",\"command\":\"");
        put_command(out, request);
        ais_buf_text(out, "\"");
    }
    ais_buf_text(out, "}");
    if (request->context.text[0] != '\0')
        ais_buf_format(out, ",\"context\":\"%s\"", request->context.text);
    ais_buf_text(out, "}");
}

#endif
