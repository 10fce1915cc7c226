/* Which literals open which gates, and so wake which rules.
 *
 * A predicate can be true only where one literal of each of its sets occurs, so the cheapest set is enough. "At least n
 * of m" can be true only where one of any m - n + 1 of its children can, so the cheapest m - n + 1 are enough; `and` is
 * n = m (one child), `or` is n = 1 (all). Anything else (not, exists: false, numbers) cannot be ruled out. Cheap is
 * what occurs rarely: long literals that few rules share, on facts that differ from request to request. */
#include "shared/policy/snapshot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct tier {
    struct ais_policy *policy;
    uint32_t *uses;             /* owned; of a literal: how many places ask for it */
    double *predicate_costs;    /* owned; of its cheapest set */
    uint32_t *cheapest;         /* owned; of a predicate: that set */
    double *node_costs;         /* owned; below 0 while unknown */
    uint32_t *trigger_literals; /* owned; of a rule at hand */
    size_t trigger_count;
    uint32_t *seen; /* owned; of a literal: the rule (+ 1) that it was last noted for */
};

static void tier_done(struct tier *tier)
{
    free(tier->uses);
    free(tier->predicate_costs);
    free(tier->cheapest);
    free(tier->node_costs);
    free(tier->trigger_literals);
    free(tier->seen);
}

static enum ais_err no_memory(struct ais_why *why)
{
    ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
    return AIS_E_NOMEM;
}

static void *numbers_new(size_t n)
{
    return calloc(n + 1, sizeof(uint32_t));
}

void ais_lists_done(struct ais_lists *lists)
{
    free(lists->from);
    free(lists->items);
    *lists = (struct ais_lists){ 0 };
}

/* ---- costs ---- */

static void count_use(struct tier *tier, uint32_t ref)
{
    const struct ais_policy *policy = tier->policy;
    const struct ais_lists *lists = &policy->set_literals;
    if (!(ref & AIS_REF_PREDICATE))
        return;
    const uint32_t *sets = &policy->predicate_sets[ref & ~AIS_REF_PREDICATE];
    for (uint32_t i = lists->from[sets[0]]; i < lists->from[sets[1]]; i++)
        tier->uses[lists->items[i]]++;
}

static double cost_of_set(const struct tier *tier, uint32_t set)
{
    const struct ais_lists *lists = &tier->policy->set_literals;
    double cost = 0;
    for (uint32_t i = lists->from[set]; i < lists->from[set + 1]; i++) {
        size_t length = tier->policy->literals[lists->items[i]].length;
        cost += (1 + log2(1 + tier->uses[lists->items[i]])) / ((double)length * (double)length);
    }
    return cost;
}

static void weigh_predicate(struct tier *tier, uint32_t predicate)
{
    struct ais_policy *policy = tier->policy;
    const struct ais_field *field = &policy->predicates->fields[policy->predicates->items[predicate].field];
    double least = INFINITY;
    for (uint32_t set = policy->predicate_sets[predicate]; set < policy->predicate_sets[predicate + 1]; set++) {
        double cost = field->fact->common * cost_of_set(tier, set);
        if (cost < least) {
            least = cost;
            tier->cheapest[predicate] = set;
        }
    }
    tier->predicate_costs[predicate] = least;
    policy->standing[predicate] = isinf(least);
}

static double cost_of(const struct tier *tier, uint32_t ref)
{
    return ref & AIS_REF_PREDICATE ? tier->predicate_costs[ref & ~AIS_REF_PREDICATE] : tier->node_costs[ref];
}

static int compare_children(const void *a, const void *b, void *arg)
{
    const struct tier *tier = arg;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    double left_cost = cost_of(tier, left), right_cost = cost_of(tier, right);
    if (left_cost != right_cost)
        return left_cost < right_cost ? -1 : 1;
    return (left > right) - (left < right);
}

/* Children have smaller numbers than their parents, so one pass upwards is enough. */
static void weigh(struct tier *tier)
{
    struct ais_policy *policy = tier->policy;
    for (size_t i = 0; i < policy->child_count; i++)
        count_use(tier, policy->children[i]);
    for (size_t i = 0; i < policy->rule_count; i++)
        count_use(tier, policy->rules[i].root);
    for (uint32_t i = 0; i < policy->predicates->count; i++)
        weigh_predicate(tier, i);
    for (size_t i = 0; i < policy->node_count; i++) {
        const struct ais_node *node = &policy->nodes[i];
        double cost = 0;
        qsort_r(&policy->children[node->first], node->count, sizeof *policy->children, compare_children, tier);
        if (node->kind == AIS_EXPR_NOT || node->need == 0)
            cost = INFINITY;
        else
            for (uint32_t k = 0; k < node->count - node->need + 1; k++)
                cost += cost_of(tier, policy->children[node->first + k]);
        tier->node_costs[i] = cost;
        policy->standing[ais_gate(policy, (uint32_t)i)] = isinf(cost);
    }
}

/* ---- lists ---- */

/* Lists are made in two passes over what they are of: counting, then filling. */
typedef void visit(struct tier *tier, bool filling);

static void put(struct ais_lists *lists, uint32_t key, uint32_t item, bool filling)
{
    if (filling)
        lists->items[lists->from[key]] = item;
    lists->from[key]++;
}

/* Counts to beginnings. */
static size_t add_up(uint32_t *from, size_t keys)
{
    uint32_t total = 0;
    for (size_t i = 0; i <= keys; i++) {
        uint32_t count = from[i];
        from[i] = total;
        total += i < keys ? count : 0;
    }
    return total;
}

static enum ais_err make_lists(struct tier *tier, struct ais_lists *lists, size_t keys, visit *visit_all,
                               struct ais_why *why)
{
    lists->keys = keys;
    lists->from = numbers_new(keys + 1);
    if (lists->from == NULL)
        return no_memory(why);
    visit_all(tier, false);
    lists->count = add_up(lists->from, keys);
    lists->items = numbers_new(lists->count);
    if (lists->items == NULL)
        return no_memory(why);
    visit_all(tier, true);
    /* After filling, each beginning stands at its end, which is where the next begins. */
    memmove(lists->from + 1, lists->from, keys * sizeof *lists->from);
    lists->from[0] = 0;
    return AIS_OK;
}

/* ---- triggers ---- */

/* Notes the literals of which one occurs whenever ref can be true; its cost is finite. */
static void collect(struct tier *tier, uint32_t ref, uint32_t rule)
{
    const struct ais_policy *policy = tier->policy;
    if (ref & AIS_REF_PREDICATE) {
        const struct ais_lists *lists = &policy->set_literals;
        uint32_t set = tier->cheapest[ref & ~AIS_REF_PREDICATE];
        for (uint32_t i = lists->from[set]; i < lists->from[set + 1]; i++) {
            uint32_t literal = lists->items[i];
            if (tier->seen[literal] != rule + 1)
                tier->trigger_literals[tier->trigger_count++] = literal;
            tier->seen[literal] = rule + 1;
        }
        return;
    }
    const struct ais_node *node = &policy->nodes[ref];
    for (uint32_t k = 0; k < node->count - node->need + 1; k++)
        collect(tier, policy->children[node->first + k], rule);
}

static void visit_triggers(struct tier *tier, bool filling)
{
    struct ais_policy *policy = tier->policy;
    memset(tier->seen, 0, (policy->literal_count + 1) * sizeof *tier->seen);
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if (isinf(cost_of(tier, policy->rules[i].root))) {
            if (filling)
                policy->always[policy->always_count++] = i;
            continue;
        }
        tier->trigger_count = 0;
        collect(tier, policy->rules[i].root, i);
        for (size_t k = 0; k < tier->trigger_count; k++)
            put(&policy->triggers, tier->trigger_literals[k], i, filling);
    }
}

/* ---- gates ---- */

static void visit_literals(struct tier *tier, bool filling)
{
    struct ais_policy *policy = tier->policy;
    const struct ais_lists *sets = &policy->set_literals;
    for (uint32_t i = 0; i < policy->predicates->count; i++) {
        uint32_t set = tier->cheapest[i];
        for (uint32_t k = sets->from[set]; !policy->standing[i] && k < sets->from[set + 1]; k++)
            put(&policy->literal_predicates, sets->items[k], i, filling);
    }
}

/* A node waits for the cheapest of its children, as many as not all can be false where it holds. */
static void visit_nodes(struct tier *tier, bool filling)
{
    struct ais_policy *policy = tier->policy;
    for (uint32_t i = 0; i < policy->node_count; i++) {
        const struct ais_node *node = &policy->nodes[i];
        if (policy->standing[ais_gate(policy, i)])
            continue;
        for (uint32_t k = 0; k < node->count - node->need + 1; k++)
            put(&policy->gate_nodes, ais_gate(policy, policy->children[node->first + k]), i, filling);
    }
}

static void visit_roots(struct tier *tier, bool filling)
{
    struct ais_policy *policy = tier->policy;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        uint32_t gate = ais_gate(policy, policy->rules[i].root);
        if (!policy->standing[gate])
            put(&policy->gate_rules, gate, i, filling);
    }
}

static void visit_sources(struct tier *tier, bool filling)
{
    struct ais_policy *policy = tier->policy;
    for (uint32_t i = 0; i < policy->predicates->count; i++)
        for (uint32_t k = 0; !policy->standing[i] && k < AIS_SOURCE_COUNT; k++)
            if ((ais_predicate_sources(policy->predicates, i) & 1U << k) != 0)
                put(&policy->source_predicates, k, i, filling);
}

/* Children have smaller numbers than their parents. */
static void find_levels(struct ais_policy *policy)
{
    for (size_t i = 0; i < policy->node_count; i++) {
        struct ais_node *node = &policy->nodes[i];
        for (uint32_t k = 0; k < node->count; k++) {
            uint32_t child = policy->children[node->first + k];
            uint32_t above = child & AIS_REF_PREDICATE ? 0 : policy->nodes[child].level + 1;
            node->level = above > node->level ? above : node->level;
        }
        policy->level_count = node->level >= policy->level_count ? node->level + 1 : policy->level_count;
    }
}

static enum ais_err tie_gates(struct tier *tier, struct ais_why *why)
{
    struct ais_policy *policy = tier->policy;
    size_t literals = policy->literal_count, gates = policy->predicates->count + policy->node_count;
    find_levels(policy);
    TRY(make_lists(tier, &policy->triggers, literals, visit_triggers, why));
    TRY(make_lists(tier, &policy->literal_predicates, literals, visit_literals, why));
    TRY(make_lists(tier, &policy->gate_nodes, gates, visit_nodes, why));
    TRY(make_lists(tier, &policy->gate_rules, gates, visit_roots, why));
    return make_lists(tier, &policy->source_predicates, AIS_SOURCE_COUNT, visit_sources, why);
}

/* ---- sources ---- */

static unsigned sources_of(const unsigned *of_nodes, const struct ais_policy *policy, uint32_t ref)
{
    return ref & AIS_REF_PREDICATE ? ais_predicate_sources(policy->predicates, ref & ~AIS_REF_PREDICATE)
                                   : of_nodes[ref];
}

/* What has to be gathered: what some rule or exception draws on. */
static enum ais_err find_sources(struct ais_policy *policy, struct ais_why *why)
{
    unsigned *of_nodes = calloc(policy->node_count + 1, sizeof *of_nodes);
    if (of_nodes == NULL)
        return no_memory(why);
    for (size_t i = 0; i < policy->node_count; i++)
        for (uint32_t k = 0; k < policy->nodes[i].count; k++)
            of_nodes[i] |= sources_of(of_nodes, policy, policy->children[policy->nodes[i].first + k]);
    for (size_t i = 0; i < policy->rule_count; i++) {
        policy->sources |= sources_of(of_nodes, policy, policy->rules[i].root);
        if (policy->rules[i].has_exception)
            policy->sources |= sources_of(of_nodes, policy, policy->rules[i].exception);
    }
    free(of_nodes);
    return AIS_OK;
}

enum ais_err ais_policy_tie(struct ais_policy *policy, const struct ais_policy_options *options, struct ais_why *why)
{
    AUTO(tier_done) struct tier tier = { .policy = policy };
    TRY(ais_policy_number_literals(policy, options, why));
    size_t n = policy->literal_count;
    tier.uses = numbers_new(n);
    tier.trigger_literals = numbers_new(n);
    tier.seen = numbers_new(n);
    tier.predicate_costs = calloc(policy->predicates->count + 1, sizeof *tier.predicate_costs);
    tier.cheapest = numbers_new(policy->predicates->count);
    tier.node_costs = calloc(policy->node_count + 1, sizeof *tier.node_costs);
    policy->standing = calloc(policy->predicates->count + policy->node_count + 1, sizeof *policy->standing);
    policy->always = numbers_new(policy->rule_count);
    if (tier.uses == NULL || tier.cheapest == NULL || tier.trigger_literals == NULL || tier.seen == NULL ||
        tier.predicate_costs == NULL || tier.node_costs == NULL || policy->standing == NULL || policy->always == NULL)
        return no_memory(why);
    weigh(&tier);
    TRY(ais_policy_prefilter(policy, options, why));
    TRY(tie_gates(&tier, why));
    TRY(find_sources(policy, why));
    policy->stats.literals = n;
    policy->stats.always_rules = policy->always_count;
    return AIS_OK;
}
