/* The life of a snapshot. */
#include "shared/policy/policy.h"
#include "shared/policy/snapshot.h"

#include <stdlib.h>

void ais_policy_destroy(struct ais_policy **policy)
{
    struct ais_policy *self = *policy;
    if (self == NULL)
        return;
    ais_predicates_destroy(&self->predicates);
    ais_prefilter_destroy(&self->prefilter);
    ais_lists_done(&self->set_literals);
    ais_lists_done(&self->literal_predicates);
    ais_lists_done(&self->source_predicates);
    ais_lists_done(&self->gate_nodes);
    ais_lists_done(&self->gate_rules);
    free(self->standing);
    free(self->literals);
    ais_lists_done(&self->triggers);
    ais_arena_destroy(&self->arena);
    free(self->predicate_sets);
    free(self->nodes);
    free(self->children);
    free(self->rules);
    free(self->always);
    free(self->watches);
    free(self);
    *policy = NULL;
}

struct ais_policy *ais_policy_ref(struct ais_policy *policy)
{
    atomic_fetch_add_explicit(&policy->references, 1, memory_order_relaxed);
    return policy;
}

void ais_policy_unref(struct ais_policy **policy)
{
    struct ais_policy *self = *policy;
    *policy = NULL;
    if (self != NULL && atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) == 1)
        ais_policy_destroy(&self);
}

const char *ais_policy_digest(const struct ais_policy *policy)
{
    return policy->digest;
}

void ais_policy_stats(const struct ais_policy *policy, struct ais_policy_stats *ret)
{
    *ret = policy->stats;
}

struct ais_session_needs ais_policy_session_needs(const struct ais_policy *policy)
{
    return policy->needs;
}
