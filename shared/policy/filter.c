/* Filters, and what else excepts from rules: selections that must rest on more than what the agent says of itself. */
#include "shared/policy/doubt.h"
#include "shared/policy/reader.h"

#define LIST AIS_KIND(AIS_JSON_ARRAY)
#define MAP  AIS_KIND(AIS_JSON_OBJECT)
#define ANY  (~0U)

/* ---- whose word it is ---- */

static bool is_claimed(const struct ais_reader *reader, uint32_t number)
{
    const struct ais_predicates *predicates = reader->predicates;
    const struct ais_predicate *predicate = &predicates->items[number];
    if (ais_fact_is_claimed(predicates->fields[predicate->field].fact))
        return true;
    return predicate->other != AIS_FIELD_NONE && ais_fact_is_claimed(predicates->fields[predicate->other].fact);
}

/* Whether an expression can come to be true (or false) by nothing but what the agent says of itself. */
static bool hangs_on_claims(const struct ais_reader *reader, const struct ais_expr *expr, bool truth)
{
    size_t claimed = 0;
    if (expr->kind == AIS_EXPR_PREDICATE)
        return is_claimed(reader, expr->predicate);
    if (expr->kind == AIS_EXPR_NOT)
        return hangs_on_claims(reader, expr->children[0], !truth);
    for (size_t i = 0; i < expr->count; i++)
        claimed += hangs_on_claims(reader, expr->children[i], truth);
    return claimed >= (truth ? expr->need : expr->count - expr->need + 1);
}

const struct ais_expr *ais_exception_read(struct ais_reader *reader, const struct ais_json *node, const char *what)
{
    bool is_detection = node->kind == AIS_JSON_OBJECT && ais_json_get(node, "condition") != NULL;
    const struct ais_expr *expr =
        is_detection ? ais_detection_read(reader, node, NULL) : ais_selection_read(reader, node);
    if (expr == NULL || !hangs_on_claims(reader, expr, true)) {
        if (expr != NULL)
            ais_doubt_exception(reader, node, expr, what);
        return expr;
    }
    ais_reader_fault(reader, node,
                     "%s must rest on more than what an agent says of itself (metadata, context, session.*, agent.id, "
                     "or any text of the request): add what the API key says (caller.*), the tool or an argument",
                     what);
    return NULL;
}

/* ---- filters ---- */

struct draft {
    struct ais_filter filter;
    const struct ais_json *exception; /* the key that gave it: `selection` or `detection` */
};

static void read_id(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    ((struct draft *)into)->filter.id = ais_id_read(reader, node);
}

/* For people; nothing is made of it. */
static void read_prose(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    (void)into;
    (void)ais_reader_text(reader, node);
}

static void read_rules(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct ais_filter *filter = &((struct draft *)into)->filter;
    filter->rules_node = node;
    filter->rules = ais_reader_texts(reader, node, &filter->rule_count);
    if (node->kind == AIS_JSON_ARRAY && node->count == 0)
        ais_reader_fault(reader, node, "'rules' must name at least one rule");
}

static void read_exception(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct draft *draft = into;
    if (draft->exception != NULL)
        ais_reader_fault_key(reader, node, "'%s' says the same as '%s': keep one of them", node->key,
                             draft->exception->key);
    draft->exception = node;
    draft->filter.expr = ais_exception_read(reader, node, "a filter");
}

static const struct ais_key filter_keys[] = {
    {"id",           ANY,        "a string",                            read_id       },
    { "title",       ANY,        "a string",                            read_prose    },
    { "description", ANY,        "a string",                            read_prose    },
    { "rules",       ANY,        "a list of ids",                       read_rules    },
    { "selection",   MAP | LIST, "a map of fields, or a list of those", read_exception},
    { "detection",   MAP,        "a map of selections and a condition", read_exception},
};

void ais_filter_read(struct ais_reader *reader, const struct ais_json *node, struct ais_filter *ret)
{
    struct draft draft = {
        .filter = {.line = node->line, .column = node->column}
    };
    *ret = draft.filter;
    if (node->kind != AIS_JSON_OBJECT) {
        ais_reader_fault(reader, node, "a filter must be a map, not %s", ais_json_kind_text(node->kind));
        return;
    }
    ais_reader_map(reader, node, filter_keys, N_ELEMS(filter_keys), &draft);
    const char *const needed[] = { "id", "rules" };
    for (size_t i = 0; i < N_ELEMS(needed); i++)
        if (ais_json_get(node, needed[i]) == NULL)
            ais_reader_fault(reader, node, "the filter needs '%s'", needed[i]);
    if (ais_json_get(node, "selection") == NULL && ais_json_get(node, "detection") == NULL)
        ais_reader_fault(reader, node, "the filter needs a 'selection', or a 'detection'");
    *ret = draft.filter;
}
