/* What rules cost that must be looked at in every decision, because no literal can rule them out. */
#include "shared/policy/snapshot.h"

#include <stdlib.h>

struct costs {
    const struct ais_policy *policy;
    size_t *nodes;   /* owned; of each node: what its predicates cost together */
    uint32_t *rules; /* owned; of policy->always, the costliest first */
};

static void costs_done(struct costs *costs)
{
    free(costs->nodes);
    free(costs->rules);
}

static bool is_blind(const struct ais_policy *policy, uint32_t ref)
{
    return ais_predicate_is_blind(&policy->predicates->items[ref & ~AIS_REF_PREDICATE]);
}

static size_t cost_of(const struct costs *costs, uint32_t ref)
{
    if (ref & AIS_REF_PREDICATE)
        return is_blind(costs->policy, ref) ? AIS_ALWAYS_COST_RE : 1;
    return costs->nodes[ref];
}

/* A pattern of the rule that makes it cost; UINT32_MAX: it has none. The depth is bounded by the readers'. */
static uint32_t blind_of(const struct ais_policy *policy, uint32_t ref)
{
    if (ref & AIS_REF_PREDICATE)
        return is_blind(policy, ref) ? ref : UINT32_MAX;
    const struct ais_node *node = &policy->nodes[ref];
    uint32_t found = UINT32_MAX;
    for (uint32_t i = 0; i < node->count && found == UINT32_MAX; i++)
        found = blind_of(policy, policy->children[node->first + i]);
    return found;
}

static int by_cost(const void *a, const void *b, void *arg)
{
    const struct costs *costs = arg;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    size_t left_cost = cost_of(costs, costs->policy->rules[left].root);
    size_t right_cost = cost_of(costs, costs->policy->rules[right].root);
    if (left_cost != right_cost)
        return left_cost > right_cost ? -1 : 1;
    return (left > right) - (left < right);
}

static void tell(const struct costs *costs, const struct ais_policy_rule *rule, size_t sum,
                 struct ais_diagnostics *diagnostics)
{
    const struct ais_policy *policy = costs->policy;
    uint32_t blind = blind_of(policy, rule->root);
    size_t cost = cost_of(costs, rule->root);
    if (blind == UINT32_MAX) {
        ais_diag(diagnostics, rule->file, rule->line, rule->column,
                 "rule '%s': no text rules it out, so it would be looked at in every request (cost %zu of %zu; %d are "
                 "the most)",
                 rule->match.rule, cost, sum, AIS_ALWAYS_COST_MOST);
        return;
    }
    const struct ais_predicate *predicate = &policy->predicates->items[blind & ~AIS_REF_PREDICATE];
    ais_diag(diagnostics, rule->file, rule->line, rule->column,
             "rule '%s': the pattern of %s has no literal that every match contains, so it would be tried on every "
             "request (cost %zu of %zu; %d are the most)",
             rule->match.rule, policy->predicates->fields[predicate->field].text, cost, sum, AIS_ALWAYS_COST_MOST);
}

enum ais_err ais_policy_check_cost(const struct ais_policy *policy, struct ais_diagnostics *diagnostics,
                                   struct ais_why *why)
{
    enum { TOLD = 10 };
    AUTO(costs_done)
    struct costs costs = { .policy = policy,
                           .nodes = calloc(policy->node_count + 1, sizeof *costs.nodes),
                           .rules = calloc(policy->always_count + 1, sizeof *costs.rules) };
    size_t sum = 0;
    if (costs.nodes == NULL || costs.rules == NULL)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
    for (size_t i = 0; i < policy->node_count; i++) /* children have the smaller numbers */
        for (uint32_t k = 0; k < policy->nodes[i].count && costs.nodes[i] <= AIS_ALWAYS_COST_MOST; k++)
            costs.nodes[i] += cost_of(&costs, policy->children[policy->nodes[i].first + k]);
    for (size_t i = 0; i < policy->always_count; i++) {
        costs.rules[i] = policy->always[i];
        sum += cost_of(&costs, policy->rules[policy->always[i]].root);
    }
    if (sum <= AIS_ALWAYS_COST_MOST)
        return AIS_OK;
    qsort_r(costs.rules, policy->always_count, sizeof *costs.rules, by_cost, &costs);
    for (size_t i = 0; i < policy->always_count && i < TOLD; i++)
        tell(&costs, &policy->rules[costs.rules[i]], sum, diagnostics);
    return ais_diag_verdict(diagnostics, why);
}
