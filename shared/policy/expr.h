/* What a rule asks, as a tree in an arena: predicates under "at least n of", which is `and` (all), `or` (one) and
 * everything between, and `not`. Truth is three-valued (truth.h). */
#ifndef AIS_SHARED_POLICY_EXPR_H
#define AIS_SHARED_POLICY_EXPR_H

#include "shared/mem/arena.h"
#include "shared/policy/facts/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ais_expr_kind {
    AIS_EXPR_OF,   /* at least `need` of its children; 0 of 0 is true */
    AIS_EXPR_NOT,  /* not its one child */
    AIS_EXPR_EACH, /* its one child holds for one element of a part; below it there are only OF and predicates of facts
                      of that part */
    AIS_EXPR_PREDICATE
};

struct ais_expr {
    enum ais_expr_kind kind;
    uint32_t predicate;
    enum ais_part_id part; /* of EACH */
    size_t need, count;
    const struct ais_expr *const *children; /* may be shared between trees */
};

/* A list that grows in an arena. */
struct ais_expr_list {
    const struct ais_expr **items;
    size_t count, capacity;
};

/* Each returns NULL when the arena is exhausted, or when it is given a NULL child. */
const struct ais_expr *ais_expr_predicate(struct ais_arena *arena, uint32_t predicate);
const struct ais_expr *ais_expr_not(struct ais_arena *arena, const struct ais_expr *child);
const struct ais_expr *ais_expr_each(struct ais_arena *arena, enum ais_part_id part, const struct ais_expr *child);

/* At least need of the list's members, which the expression keeps. A list of one is that one. */
const struct ais_expr *ais_expr_of(struct ais_arena *arena, const struct ais_expr_list *list, size_t need);
const struct ais_expr *ais_expr_all(struct ais_arena *arena, const struct ais_expr_list *list);
const struct ais_expr *ais_expr_any(struct ais_arena *arena, const struct ais_expr_list *list);

/* False when the arena is exhausted. */
bool ais_expr_list_add(struct ais_arena *arena, struct ais_expr_list *list, const struct ais_expr *item);

#endif
