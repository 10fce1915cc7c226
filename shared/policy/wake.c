/* Which gates are open, and with that which rules are looked at.
 *
 * What a gate waits for stands in the snapshot: a predicate for the literals of its rarest set, a node for the rarest
 * of its children without one of which it cannot hold. So what a decision costs here depends on what its text holds,
 * not on how many rules there are. A gate that is woken looks at the rest of what it needs: predicates when all hits
 * are known, nodes level by level, when all below them are done. */
#include "shared/policy/engine.h"

#include <stdlib.h>

#define NOBODY UINT32_MAX

enum { WORD = 64 };

void ais_engine_hit(unsigned literal, void *arg)
{
    struct ais_engine *engine = arg;
    uint64_t *word = &engine->literal_hits[literal / WORD], bit = (uint64_t)1 << literal % WORD;
    if ((*word & bit) != 0)
        return;
    *word |= bit;
    engine->hits[engine->hit_count++] = literal;
}

void ais_engine_forget_hits(struct ais_engine *engine)
{
    for (size_t i = 0; i < engine->hit_count; i++)
        engine->literal_hits[engine->hits[i] / WORD] = 0;
    engine->hit_count = 0;
}

/* ---- gates ---- */

static void wake(struct ais_engine *engine, uint32_t number)
{
    uint32_t gate = ais_gate(engine->policy, number), level = engine->policy->nodes[number].level;
    if (engine->memos[gate] >> AIS_MEMO_BITS == engine->generation)
        return;
    engine->memos[gate] = engine->generation << AIS_MEMO_BITS;
    engine->woken_next[number] = engine->woken[level];
    engine->woken[level] = number;
}

static void open_gate(struct ais_engine *engine, uint32_t gate)
{
    const struct ais_lists *rules = &engine->policy->gate_rules, *nodes = &engine->policy->gate_nodes;
    engine->memos[gate] = engine->generation << AIS_MEMO_BITS | AIS_MEMO_OPEN;
    for (uint32_t i = rules->from[gate]; i < rules->from[gate + 1]; i++)
        engine->candidates[engine->candidate_count++] = rules->items[i];
    for (uint32_t i = nodes->from[gate]; i < nodes->from[gate + 1]; i++)
        wake(engine, nodes->items[i]);
}

static bool is_hit(const struct ais_engine *engine, uint32_t set)
{
    const struct ais_lists *literals = &engine->policy->set_literals;
    for (uint32_t i = literals->from[set]; i < literals->from[set + 1]; i++)
        if ((engine->literal_hits[literals->items[i] / WORD] & (uint64_t)1 << literals->items[i] % WORD) != 0)
            return true;
    return false;
}

/* One of its rarest set was hit. Where it has other sets, each of them must be. */
static void wake_predicate(struct ais_engine *engine, uint32_t number)
{
    const uint32_t *sets = &engine->policy->predicate_sets[number];
    if (engine->memos[number] >> AIS_MEMO_BITS == engine->generation)
        return;
    engine->memos[number] = engine->generation << AIS_MEMO_BITS;
    for (uint32_t set = sets[0]; set < sets[1] && sets[1] - sets[0] > 1; set++)
        if (!is_hit(engine, set))
            return;
    open_gate(engine, number);
}

/* A child woke it: where it needs but one, that is enough. */
static bool can_hold(const struct ais_engine *engine, const struct ais_node *node)
{
    const uint32_t *children = engine->policy->children + node->first;
    uint32_t open = 0, possible = node->count;
    for (uint32_t i = 0; node->need > 1 && open < node->need && possible >= node->need; i++) {
        bool is_open = ais_engine_is_open(engine, ais_gate(engine->policy, children[i]));
        open += is_open;
        possible -= !is_open;
    }
    return possible >= node->need;
}

/* ---- rules ---- */

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void sort_candidates(struct ais_engine *engine)
{
    enum { FEW = 16 };
    uint32_t *numbers = engine->candidates;
    if (engine->candidate_count > FEW) {
        qsort(numbers, engine->candidate_count, sizeof *numbers, compare_numbers);
        return;
    }
    for (size_t i = 1; i < engine->candidate_count; i++) {
        uint32_t number = numbers[i];
        size_t place = i;
        for (; place > 0 && numbers[place - 1] > number; place--)
            numbers[place] = numbers[place - 1];
        numbers[place] = number;
    }
}

/* No scan rules out what draws on a source that was not understood. */
static void wake_source(struct ais_engine *engine, uint32_t source)
{
    const struct ais_lists *lists = &engine->policy->source_predicates;
    for (uint32_t i = lists->from[source]; i < lists->from[source + 1]; i++)
        if (engine->memos[lists->items[i]] >> AIS_MEMO_BITS != engine->generation)
            open_gate(engine, lists->items[i]);
}

void ais_engine_wake(struct ais_engine *engine)
{
    const struct ais_policy *policy = engine->policy;
    const struct ais_lists *predicates = &policy->literal_predicates;
    for (uint32_t level = 0; level < policy->level_count; level++)
        engine->woken[level] = NOBODY;
    for (uint32_t source = 0; source < AIS_SOURCE_COUNT; source++)
        if ((engine->unknown_sources & 1U << source) != 0)
            wake_source(engine, source);
    for (size_t i = 0; i < engine->hit_count; i++)
        for (uint32_t k = predicates->from[engine->hits[i]]; k < predicates->from[engine->hits[i] + 1]; k++)
            wake_predicate(engine, predicates->items[k]);
    for (uint32_t level = 0; level < policy->level_count; level++)
        for (uint32_t node = engine->woken[level]; node != NOBODY; node = engine->woken_next[node])
            if (can_hold(engine, &policy->nodes[node]))
                open_gate(engine, ais_gate(policy, node));
    for (size_t i = 0; i < policy->always_count; i++)
        engine->candidates[engine->candidate_count++] = policy->always[i];
    sort_candidates(engine);
}
