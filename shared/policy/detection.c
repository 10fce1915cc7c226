/* Detections: selections (Sigma specification 2.1, "search identifiers") and the tools that a rule is about. Maps are
 * AND, lists are OR; a list without a field name searches every value of the request. */
#include "shared/policy/condition.h"
#include "shared/policy/doubt.h"
#include "shared/policy/reader.h"
#include "shared/text/nearest.h"

#include <stdlib.h>
#include <string.h>

/* Faults are noted where they are seen, and NULL returned; the rest is still read, so that all faults are told. */
static const struct ais_expr *refused(struct ais_reader *reader, const struct ais_json *node, enum ais_err err,
                                      const struct ais_why *why)
{
    if (err == AIS_E_NOMEM)
        reader->no_memory = true;
    else
        ais_reader_fault(reader, node, "%s", why->text);
    return NULL;
}

static const struct ais_expr *checked(struct ais_reader *reader, const struct ais_expr *expr)
{
    if (expr == NULL)
        reader->no_memory = true;
    return expr;
}

/* Adds what was read of one part; false when that was refused, or the arena is exhausted. */
static bool append(struct ais_reader *reader, struct ais_expr_list *list, const struct ais_expr *expr)
{
    if (expr == NULL)
        return false;
    if (ais_expr_list_add(reader->arena, list, expr))
        return true;
    reader->no_memory = true;
    return false;
}

/* A number as the pack writes it: the tree has another spelling of the same value ("0x1f" is 31 there),
 * and whoever writes `contains: 0x1f` means those four letters. An alias stands for the value in the tree's spelling.
 */
static struct ais_json as_written(const struct ais_reader *reader, const struct ais_json *node)
{
    struct ais_json written = *node;
    if (node->quoted || node->kind != AIS_JSON_NUMBER)
        return written;
    const char *end = reader->source + node->end, *begin = end; /* behind a tag or an anchor, if there are any */
    while (begin > reader->source + node->begin && (unsigned char)begin[-1] > ' ')
        begin--;
    if (begin < end && *begin != '*') {
        written.text = begin;
        written.length = (uint32_t)(end - begin);
    }
    return written;
}

/* What a member compares with: the values that the pack has, lists written out. */
struct member {
    uint32_t field;
    struct ais_op_use use;
    struct ais_json *values; /* in the arena */
    size_t count, capacity;
};

enum { MOST_VALUES = 64 * 1024 }; /* of one member, with its lists written out */

static bool add_value(struct ais_reader *reader, struct member *member, const struct ais_json *value,
                      const struct ais_json *at)
{
    if (member->count == MOST_VALUES) {
        ais_reader_fault(reader, at, "with its lists written out this has more than %d values", MOST_VALUES);
        return false;
    }
    if (member->count == member->capacity) {
        size_t capacity = member->capacity > 0 ? 2 * member->capacity : 4;
        struct ais_json *grown = ais_reader_alloc(reader, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        if (member->count > 0)
            memcpy(grown, member->values, member->count * sizeof *grown);
        member->values = grown;
        member->capacity = capacity;
    }
    struct ais_json *kept = &member->values[member->count++];
    *kept = as_written(reader, value);
    if (kept->text != value->text) /* a piece of the source does not end where the value does */
        kept->text = ais_arena_copy(reader->arena, kept->text, kept->length);
    reader->no_memory = reader->no_memory || (kept->text == NULL && value->text != NULL);
    if (reader->no_memory)
        return false;
    kept->line = at->line; /* a fault of a list's value is told where the list is used: that says of what use */
    kept->column = at->column;
    return true;
}

/* One value as the pack writes it. */
static bool read_value(struct ais_reader *reader, struct member *member, const struct ais_json *node)
{
    if (node->kind == AIS_JSON_ARRAY || node->kind == AIS_JSON_OBJECT) {
        ais_reader_fault(reader, node, "a value must be a text, a number, true, false or null, not %s",
                         ais_json_kind_text(node->kind));
        return false;
    }
    if ((member->use.flags & AIS_FLAG_EXPAND) == 0 || node->kind != AIS_JSON_STRING)
        return add_value(reader, member, node, node);
    size_t n;
    const struct ais_json *values = ais_lists_expand(reader, node, &n);
    for (size_t i = 0; i < n; i++)
        if (!add_value(reader, member, &values[i], node))
            return false;
    return values != NULL;
}

static const struct ais_expr *predicate_of(struct ais_reader *reader, const struct member *member, size_t first,
                                           size_t n)
{
    struct ais_why why;
    uint32_t predicate, other;
    const struct ais_json *values = &member->values[first];
    enum ais_err err;
    if ((member->use.flags & AIS_FLAG_FIELDREF) == 0) {
        err = ais_predicates_add(reader->predicates, member->field, &member->use, values, n, &predicate, &why);
    } else if (values->kind != AIS_JSON_STRING || n > 1) {
        ais_reader_fault(reader, values, "fieldref takes the name of one fact, such as tool_args.path");
        return NULL;
    } else {
        err = ais_predicates_field(reader->predicates, values->text, values->length, &other, &why);
        if (err == AIS_OK)
            err =
                ais_predicates_add_reference(reader->predicates, member->field, &member->use, other, &predicate, &why);
    }
    if (err != AIS_OK)
        return refused(reader, values, err, &why);
    return checked(reader, ais_expr_predicate(reader->arena, predicate));
}

/* An item of a list of values, and what became of it. */
struct item {
    const struct ais_json *node;
    uint32_t predicate;
};

static int compare_items(const void *a, const void *b)
{
    const struct item *left = a, *right = b;
    if (left->predicate != right->predicate)
        return left->predicate < right->predicate ? -1 : 1;
    return (left->node->begin > right->node->begin) - (left->node->begin < right->node->begin);
}

/* list: the predicates of the member's values, in their order. */
static void warn_of_repeats(struct ais_reader *reader, const struct member *member, const struct ais_expr_list *list)
{
    if (reader->diagnostics->warnings == NULL)
        return;
    struct item *items = ais_reader_alloc(reader, list->count * sizeof *items);
    if (items == NULL)
        return;
    for (size_t i = 0; i < list->count; i++)
        items[i] = (struct item){ &member->values[i], list->items[i]->predicate };
    qsort(items, list->count, sizeof *items, compare_items);
    for (size_t i = 1; i < list->count; i++)
        if (items[i].predicate == items[i - 1].predicate)
            ais_reader_warn(reader, items[i].node, "'%.64s' stands in this list already",
                            items[i].node->text != NULL ? items[i].node->text : "null");
}

/* One value, or a list of them: any, all with |all, none with |neq. */
static const struct ais_expr *read_values(struct ais_reader *reader, uint32_t field, struct ais_op_use use,
                                          const struct ais_json *node)
{
    struct member member = { .field = field, .use = use };
    struct ais_expr_list list = { 0 };
    bool good = true, is_list = node->kind == AIS_JSON_ARRAY;
    if (is_list && node->count == 0) {
        ais_reader_fault(reader, node, "a list of values must not be empty");
        return NULL;
    }
    for (const struct ais_json *item = is_list ? node->first : node; item != NULL; item = is_list ? item->next : NULL)
        good = read_value(reader, &member, item) && good;
    for (size_t i = 0; i < member.count; i++)
        ais_doubt_value(reader, &reader->predicates->fields[field], &use, &member.values[i]);
    if (member.count > 0 && (use.flags & AIS_FLAG_NEQ) != 0) {
        const struct ais_expr *expr = predicate_of(reader, &member, 0, member.count);
        return good ? expr : NULL;
    }
    for (size_t i = 0; i < member.count; i++)
        good = append(reader, &list, predicate_of(reader, &member, i, 1)) && good;
    if (!good)
        return NULL;
    warn_of_repeats(reader, &member, &list);
    for (size_t i = 0; i < member.count; i++)
        ais_doubt_pattern(reader, &member.values[i], list.items[i]->predicate);
    bool all = (use.flags & AIS_FLAG_ALL) != 0;
    return checked(reader, all ? ais_expr_all(reader->arena, &list) : ais_expr_any(reader->arena, &list));
}

/* The length of the field's name in a key: up to the first bar that no backslash quotes. */
static size_t field_length(const struct ais_json *node)
{
    size_t i = 0;
    while (i < node->key_length && node->key[i] != '|')
        i += node->key[i] == '\\' && i + 1 < node->key_length ? 2 : 1;
    return i;
}

/* Without a field, a plain value is looked for anywhere within the values; what was measured of one is a number. */
static struct ais_op_use searching(struct ais_op_use use)
{
    if (use.op->name[0] == '\0' && use.measure == NULL)
        use.op = ais_op_find("contains", strlen("contains"));
    return use;
}

/* One member of a map: `field|modifiers: values`, or `'|modifiers': values` without a field. */
static const struct ais_expr *read_member(struct ais_reader *reader, const struct ais_json *node)
{
    struct ais_why why;
    struct ais_op_use use;
    uint32_t field;
    size_t length = field_length(node);
    size_t chain = length < node->key_length ? length + 1 : length;
    enum ais_err field_err = ais_predicates_field(reader->predicates, node->key, length, &field, &why);
    if (field_err == AIS_E_NOMEM)
        reader->no_memory = true;
    else if (field_err != AIS_OK)
        ais_reader_fault_key(reader, node, "%s", why.text);
    enum ais_err chain_err = ais_op_parse(node->key + chain, node->key_length - chain, &use, &why);
    if (chain_err == AIS_OK && length < node->key_length && chain == node->key_length)
        chain_err = ais_fail(&why, AIS_E_RULE, "a modifier's name is missing beside '|'");
    if (chain_err != AIS_OK)
        ais_reader_fault_key(reader, node, "%s", why.text);
    if (field_err != AIS_OK || chain_err != AIS_OK)
        return NULL;
    return read_values(reader, field, length > 0 ? use : searching(use), node);
}

/* The part whose elements an expression over one field is about; AIS_PART_COUNT: none. */
static enum ais_part_id part_of(const struct ais_reader *reader, const struct ais_expr *expr)
{
    while (expr->kind != AIS_EXPR_PREDICATE)
        expr = expr->children[0];
    const struct ais_predicates *predicates = reader->predicates;
    const struct ais_fact *fact = predicates->fields[predicates->items[expr->predicate].field].fact;
    enum ais_part_id part = ais_fact_part(fact);
    return part < AIS_PART_COUNT && ais_part_has_elements(part) ? part : AIS_PART_COUNT;
}

/* Members that are about elements of one part are about the same element; the rest is one by one. */
static const struct ais_expr *join_members(struct ais_reader *reader, const struct ais_expr_list parts[AIS_PART_COUNT],
                                           struct ais_expr_list *rest)
{
    for (size_t i = 0; i < AIS_PART_COUNT; i++) {
        if (parts[i].count == 0)
            continue;
        const struct ais_expr *all = ais_expr_all(reader->arena, &parts[i]);
        bool alone = all != NULL && (all->kind == AIS_EXPR_PREDICATE || (parts[i].count == 1 && all->need == 1));
        if (!append(reader, rest,
                    alone ? all : checked(reader, ais_expr_each(reader->arena, (enum ais_part_id)i, all))))
            return NULL;
    }
    return checked(reader, ais_expr_all(reader->arena, rest));
}

static const struct ais_expr *read_map(struct ais_reader *reader, const struct ais_json *node)
{
    struct ais_expr_list parts[AIS_PART_COUNT] = { { 0 } }, rest = { 0 };
    bool good = true;
    if (node->count == 0) {
        ais_reader_fault(reader, node, "a map of fields must not be empty");
        return NULL;
    }
    for (const struct ais_json *member = node->first; member != NULL; member = member->next) {
        const struct ais_expr *expr = read_member(reader, member);
        enum ais_part_id part = expr != NULL ? part_of(reader, expr) : AIS_PART_COUNT;
        if (!append(reader, part < AIS_PART_COUNT ? &parts[part] : &rest, expr))
            good = false;
    }
    return good ? join_members(reader, parts, &rest) : NULL;
}

static const struct ais_expr *read_keyword(struct ais_reader *reader, const struct ais_json *node)
{
    struct ais_why why;
    uint32_t field;
    struct ais_op_use plain = { .op = ais_op_find("", 0) };
    enum ais_err err = ais_predicates_field(reader->predicates, "", 0, &field, &why);
    if (err != AIS_OK)
        return refused(reader, node, err, &why);
    return read_values(reader, field, searching(plain), node);
}

static const struct ais_expr *read_list(struct ais_reader *reader, const struct ais_json *node)
{
    struct ais_expr_list list = { 0 };
    bool good = true;
    if (node->count == 0) {
        ais_reader_fault(reader, node, "a selection must not be empty");
        return NULL;
    }
    for (const struct ais_json *item = node->first; item != NULL; item = item->next) {
        const struct ais_expr *expr =
            item->kind == AIS_JSON_OBJECT ? read_map(reader, item) : read_keyword(reader, item);
        if (!append(reader, &list, expr))
            good = false;
    }
    return good ? checked(reader, ais_expr_any(reader->arena, &list)) : NULL;
}

static const struct ais_expr *read_selection(struct ais_reader *reader, const struct ais_json *node)
{
    switch (node->kind) {
    case AIS_JSON_OBJECT: return read_map(reader, node);
    case AIS_JSON_ARRAY: return read_list(reader, node);
    case AIS_JSON_NULL: ais_reader_fault(reader, node, "a selection must not be empty"); return NULL;
    default: return read_keyword(reader, node);
    }
}

static const struct ais_expr *read_condition(struct ais_reader *reader, const struct ais_json *node,
                                             const struct ais_selection *selections, size_t count)
{
    struct ais_why why;
    const struct ais_expr *expr = NULL;
    size_t offset;
    if (node->kind != AIS_JSON_STRING) {
        ais_reader_fault(reader, node, "a condition must be a text, not %s", ais_json_kind_text(node->kind));
        return NULL;
    }
    enum ais_err err =
        ais_condition_parse(reader->arena, node->text, node->length, selections, count, &expr, &offset, &why);
    if (err == AIS_OK)
        return expr;
    if (err == AIS_E_NOMEM)
        return refused(reader, node, err, &why);
    /* A plain scalar on one line stands in the source as it reads; of a quoted one only the begin is certain. */
    bool exact = !node->quoted && memchr(node->text, '\n', node->length) == NULL;
    ais_diag(reader->diagnostics, reader->file, node->line, node->column + (exact ? (uint32_t)offset : 0), "%s",
             why.text);
    return NULL;
}

/* Reads every selection. False when one was wrong. */
static bool read_selections(struct ais_reader *reader, const struct ais_json *detection,
                            const struct ais_json *condition, bool *used, struct ais_selection *ret, size_t *ret_count)
{
    /* Stands in for a selection that was refused, so that the condition's own faults are told as well. */
    static const struct ais_expr anything = { .kind = AIS_EXPR_OF };
    bool good = true;
    *ret_count = 0;
    for (const struct ais_json *node = detection->first; node != NULL; node = node->next) {
        if (node == condition)
            continue;
        if (!ais_condition_is_name(node->key, node->key_length)) {
            ais_reader_fault_key(reader, node,
                                 "'%.64s' cannot name a selection: letters, digits, '_' and '-', and no word of "
                                 "conditions",
                                 node->key);
            good = false;
        }
        const struct ais_expr *expr = read_selection(reader, node);
        good = good && expr != NULL;
        ret[(*ret_count)++] =
            (struct ais_selection){ node->key, expr != NULL ? expr : &anything, node->key_line, used++ };
    }
    return good;
}

const struct ais_expr *ais_selection_read(struct ais_reader *reader, const struct ais_json *node)
{
    return read_selection(reader, node);
}

static void warn_of_unused(struct ais_reader *reader, const struct ais_json *detection,
                           const struct ais_json *condition, const bool *used)
{
    for (const struct ais_json *node = detection->first; node != NULL; node = node->next)
        if (node != condition && !*used++)
            ais_reader_warn_key(reader, node, "the condition does not ask for '%.64s'", node->key);
}

/* The condition; where there is none, what is written like one, with a fault. NULL: nothing is. */
static const struct ais_json *find_condition(struct ais_reader *reader, const struct ais_json *detection)
{
    const struct ais_json *condition = ais_json_get(detection, "condition");
    for (const struct ais_json *node = detection->first; node != NULL && condition == NULL; node = node->next) {
        struct ais_nearest near = { .word = node->key, .length = node->key_length };
        ais_nearest_offer(&near, "condition");
        if (node->kind != AIS_JSON_STRING || near.best == NULL)
            continue;
        ais_reader_fault_key(reader, node, "a detection needs a condition, not '%.64s': " AIS_DID_YOU_MEAN, node->key,
                             near.best);
        condition = node;
    }
    return condition;
}

const struct ais_expr *ais_detection_read(struct ais_reader *reader, const struct ais_json *node,
                                          struct ais_outline *ret_outline)
{
    const struct ais_json *condition = find_condition(reader, node);
    size_t count;
    struct ais_selection *selections = ais_reader_alloc(reader, (node->count + 1) * sizeof *selections);
    bool *used = ais_reader_alloc(reader, (node->count + 1) * sizeof *used);
    if (selections == NULL || used == NULL)
        return NULL;
    bool good = read_selections(reader, node, condition, used, selections, &count);
    if (count == 0) {
        ais_reader_fault(reader, node, "a detection needs a selection and a condition");
        return NULL;
    }
    if (condition == NULL) {
        ais_reader_fault(reader, node, "a detection needs a condition, such as '1 of them'");
        return NULL;
    }
    const struct ais_expr *expr = read_condition(reader, condition, selections, count);
    if (ret_outline != NULL)
        *ret_outline = (struct ais_outline){ selections, count, condition->text };
    if (expr != NULL)
        warn_of_unused(reader, node, condition, used);
    if (expr != NULL && ret_outline != NULL)
        ais_doubt_condition(reader, condition, expr);
    return good ? expr : NULL;
}

const struct ais_expr *ais_tools_read(struct ais_reader *reader, const struct ais_json *node)
{
    static const struct ais_expr every_tool = { .kind = AIS_EXPR_OF };
    struct ais_why why;
    uint32_t field;
    struct ais_op_use plain = { .op = ais_op_find("", 0) };
    size_t count;
    const char *const *globs = ais_reader_texts(reader, node, &count);
    if (globs == NULL || count < (node->kind == AIS_JSON_ARRAY ? node->count : 1))
        return NULL;
    if (count == 0) {
        ais_reader_fault(reader, node, "a list of tools must not be empty: leave it out for every tool");
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (strcmp(globs[i], "*") == 0)
            return &every_tool;
    enum ais_err err = ais_predicates_field(reader->predicates, "tool_name", strlen("tool_name"), &field, &why);
    return err == AIS_OK ? read_values(reader, field, plain, node) : refused(reader, node, err, &why);
}
