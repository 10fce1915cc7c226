#include "shared/policy/expr.h"

#include <string.h>

static struct ais_expr *expr_new(struct ais_arena *arena, enum ais_expr_kind kind)
{
    struct ais_expr *expr = ais_arena_alloc(arena, sizeof *expr);
    if (expr != NULL)
        expr->kind = kind;
    return expr;
}

const struct ais_expr *ais_expr_predicate(struct ais_arena *arena, uint32_t predicate)
{
    struct ais_expr *expr = expr_new(arena, AIS_EXPR_PREDICATE);
    if (expr != NULL)
        expr->predicate = predicate;
    return expr;
}

bool ais_expr_list_add(struct ais_arena *arena, struct ais_expr_list *list, const struct ais_expr *item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? 2 * list->capacity : 4;
        const struct ais_expr **items = ais_arena_alloc(arena, capacity * sizeof(const struct ais_expr *));
        if (items == NULL)
            return false;
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof(const struct ais_expr *));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    return true;
}

static struct ais_expr *expr_around(struct ais_arena *arena, enum ais_expr_kind kind, const struct ais_expr *child)
{
    struct ais_expr_list list = { 0 };
    struct ais_expr *expr = child != NULL ? expr_new(arena, kind) : NULL;
    if (expr == NULL || !ais_expr_list_add(arena, &list, child))
        return NULL;
    expr->children = list.items;
    expr->count = 1;
    return expr;
}

const struct ais_expr *ais_expr_not(struct ais_arena *arena, const struct ais_expr *child)
{
    return expr_around(arena, AIS_EXPR_NOT, child);
}

/* Its need is one child, as that of `or`: what wakes the child wakes it. */
const struct ais_expr *ais_expr_each(struct ais_arena *arena, enum ais_part_id part, const struct ais_expr *child)
{
    struct ais_expr *expr = expr_around(arena, AIS_EXPR_EACH, child);
    if (expr == NULL)
        return NULL;
    expr->part = part;
    expr->need = 1;
    return expr;
}

const struct ais_expr *ais_expr_of(struct ais_arena *arena, const struct ais_expr_list *list, size_t need)
{
    if (list->count == 1 && need == 1)
        return list->items[0];
    struct ais_expr *expr = expr_new(arena, AIS_EXPR_OF);
    if (expr == NULL)
        return NULL;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i] == NULL)
            return NULL;
    expr->children = list->items;
    expr->count = list->count;
    expr->need = need;
    return expr;
}

const struct ais_expr *ais_expr_all(struct ais_arena *arena, const struct ais_expr_list *list)
{
    return ais_expr_of(arena, list, list->count);
}

const struct ais_expr *ais_expr_any(struct ais_arena *arena, const struct ais_expr_list *list)
{
    return ais_expr_of(arena, list, 1);
}
