#include "shared/policy/regex/set.h"

#include "shared/policy/regex/fold.h"
#include "shared/policy/regex/units.h"

#include <stdlib.h>
#include <string.h>

static int by_first(const void *left, const void *right)
{
    const struct ais_range *a = left;
    const struct ais_range *b = right;
    return a->first < b->first ? -1 : a->first > b->first;
}

void ais_set_add(struct ais_arena *arena, struct ais_set *set, uint32_t first, uint32_t last)
{
    if (set->count == set->capacity) {
        size_t capacity = set->capacity == 0 ? 2 : 2 * set->capacity;
        struct ais_range *grown = ais_arena_alloc(arena, capacity * sizeof *grown);
        if (grown == NULL) {
            set->failed = true;
            return;
        }
        if (set->count > 0)
            memcpy(grown, set->ranges, set->count * sizeof *grown);
        set->ranges = grown;
        set->capacity = capacity;
    }
    set->ranges[set->count++] = (struct ais_range){ .first = first, .last = last };
}

void ais_set_tidy(struct ais_set *set)
{
    if (set->count < 2)
        return;
    qsort(set->ranges, set->count, sizeof set->ranges[0], by_first);
    size_t kept = 0;
    for (size_t i = 1; i < set->count; i++) {
        struct ais_range *last = &set->ranges[kept];
        const struct ais_range *next = &set->ranges[i];
        if (next->first > last->last + 1)
            set->ranges[++kept] = *next;
        else if (next->last > last->last)
            last->last = next->last;
    }
    set->count = kept + 1;
}

void ais_set_union(struct ais_arena *arena, struct ais_set *set, const struct ais_set *other)
{
    for (size_t i = 0; i < other->count; i++)
        ais_set_add(arena, set, other->ranges[i].first, other->ranges[i].last);
    set->failed |= other->failed;
}

void ais_set_negate(struct ais_arena *arena, struct ais_set *set)
{
    struct ais_set rest = { .failed = set->failed };
    uint32_t from = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (set->ranges[i].first > from)
            ais_set_add(arena, &rest, from, set->ranges[i].first - 1);
        from = set->ranges[i].last + 1;
    }
    if (from <= AIS_UNIT_LAST)
        ais_set_add(arena, &rest, from, AIS_UNIT_LAST);
    *set = rest;
}

void ais_set_add_folded(struct ais_arena *arena, struct ais_set *set, uint32_t unit)
{
    size_t count;
    uint32_t fold = ais_fold(unit);
    const struct ais_fold_pair *group = ais_fold_group(fold, &count);
    ais_set_add(arena, set, fold, fold);
    for (size_t i = 0; i < count; i++)
        ais_set_add(arena, set, group[i].unit, group[i].unit);
    ais_set_tidy(set);
}

void ais_set_close(struct ais_arena *arena, struct ais_set *set)
{
    size_t count;
    const struct ais_fold_pair *pairs = ais_fold_pairs(&count);
    struct ais_set closed = { .failed = set->failed };
    ais_set_union(arena, &closed, set);
    for (size_t begin = 0, end; begin < count; begin = end) { /* a group: one fold, and all that compare as it */
        bool has = ais_set_has(set, pairs[begin].fold);
        for (end = begin; end < count && pairs[end].fold == pairs[begin].fold; end++)
            has = has || ais_set_has(set, pairs[end].unit);
        if (!has)
            continue;
        ais_set_add(arena, &closed, pairs[begin].fold, pairs[begin].fold);
        for (size_t i = begin; i < end; i++)
            ais_set_add(arena, &closed, pairs[i].unit, pairs[i].unit);
    }
    ais_set_tidy(&closed);
    *set = closed;
}

bool ais_set_has(const struct ais_set *set, uint32_t unit)
{
    size_t low = 0;
    for (size_t high = set->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (set->ranges[middle].last < unit)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->count && set->ranges[low].first <= unit;
}

bool ais_set_equal(const struct ais_set *a, const struct ais_set *b)
{
    return a->count == b->count && (a->count == 0 || memcmp(a->ranges, b->ranges, a->count * sizeof *a->ranges) == 0);
}
