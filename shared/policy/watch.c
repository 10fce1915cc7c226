/* What correlations watch: of which rules, which fields. */
#include "shared/policy/snapshot.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static enum ais_err no_memory(struct ais_why *why)
{
    return ais_fail(why, AIS_E_NOMEM, "out of memory for correlations");
}

uint64_t ais_session_watch(const char *pack, const char *rule, const char *field, enum ais_measure measure)
{
    const char *const texts[] = { pack, rule, field != NULL ? field : "" };
    const unsigned char kind = (unsigned char)measure;
    unsigned char digest[crypto_generichash_BYTES_MIN];
    uint64_t id;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    for (size_t i = 0; i < N_ELEMS(texts); i++)
        crypto_generichash_update(&state, (const unsigned char *)texts[i], strlen(texts[i]) + 1);
    crypto_generichash_update(&state, &kind, sizeof kind);
    crypto_generichash_final(&state, digest, sizeof digest);
    memcpy(&id, digest, sizeof id);
    return id;
}

enum ais_err ais_watch_correlation(struct ais_policy *policy, const struct ais_correlation *read, size_t first,
                                   const struct ais_correlation **ret, struct ais_why *why)
{
    struct ais_correlation *made = ais_arena_alloc(policy->arena, sizeof *made);
    if (made == NULL)
        return no_memory(why);
    *made = *read;
    made->rule_names = NULL;
    made->rules = ais_arena_alloc(policy->arena, read->rule_count * sizeof *made->rules);
    made->watches = ais_arena_alloc(policy->arena, read->rule_count * sizeof *made->watches);
    made->field = NULL;
    if (read->field != NULL)
        made->field = ais_arena_copy(policy->arena, read->field, strlen(read->field));
    if (made->rules == NULL || made->watches == NULL || (read->field != NULL && made->field == NULL))
        return no_memory(why);
    for (size_t i = 0; i < read->rule_count; i++)
        made->rules[i] = (uint32_t)first + read->rules[i];
    *ret = made;
    return AIS_OK;
}

/* From places as rules were added to places in their order. */
static enum ais_err renumber(struct ais_policy *policy, struct ais_why *why)
{
    uint32_t *place = calloc(policy->rule_count + 1, sizeof *place);
    if (place == NULL)
        return no_memory(why);
    for (uint32_t i = 0; i < policy->rule_count; i++)
        place[policy->rules[i].place] = i;
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct ais_correlation *correlation = policy->rules[i].correlation;
        for (size_t k = 0; correlation != NULL && k < correlation->rule_count; k++)
            correlation->rules[k] = place[correlation->rules[k]];
    }
    free(place);
    return AIS_OK;
}

static int compare_watches(const void *a, const void *b)
{
    const struct ais_watch *left = a, *right = b;
    if (left->rule != right->rule)
        return left->rule < right->rule ? -1 : 1;
    return (left->id > right->id) - (left->id < right->id);
}

static void watch(struct ais_policy *policy, const struct ais_correlation *correlation)
{
    enum ais_measure measure = ais_correlation_measure(correlation->type);
    for (size_t i = 0; i < correlation->rule_count; i++) {
        const struct ais_match *rule = &policy->rules[correlation->rules[i]].match;
        correlation->watches[i] = ais_session_watch(rule->pack, rule->rule, correlation->field, measure);
        policy->watches[policy->watch_count++] = (struct ais_watch){
            .rule = correlation->rules[i],
            .field = correlation->field != NULL ? correlation->field_number : AIS_NO_FIELD,
            .measure = measure,
            .id = correlation->watches[i],
        };
    }
}

/* Sorts what is watched, each once, and tells the rules of it. */
static void tie(struct ais_policy *policy)
{
    size_t count = 0;
    if (policy->watch_count > 0)
        qsort(policy->watches, policy->watch_count, sizeof *policy->watches, compare_watches);
    for (size_t i = 0; i < policy->watch_count; i++) {
        const struct ais_watch one = policy->watches[i];
        if (count > 0 && compare_watches(&policy->watches[count - 1], &one) == 0)
            continue;
        struct ais_policy_rule *rule = &policy->rules[one.rule];
        if (rule->watch_count++ == 0)
            rule->first_watch = (uint32_t)count;
        policy->watches[count++] = one;
    }
    policy->watch_count = count;
}

static void note_needs(struct ais_policy *policy)
{
    const struct ais_predicates *predicates = policy->predicates;
    for (size_t i = 0; i < predicates->field_count; i++)
        if (ais_fact_is_of_session(predicates->fields[i].fact))
            policy->needs.facts = true;
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct ais_correlation *correlation = policy->rules[i].correlation;
        if (correlation == NULL)
            continue;
        policy->needs.events = true;
        if (correlation->timespan_ns > policy->needs.timespan_ns)
            policy->needs.timespan_ns = correlation->timespan_ns;
    }
}

enum ais_err ais_watch_all(struct ais_policy *policy, struct ais_why *why)
{
    size_t most = 0;
    note_needs(policy);
    for (size_t i = 0; i < policy->rule_count; i++)
        most += policy->rules[i].correlation != NULL ? policy->rules[i].correlation->rule_count : 0;
    if (most == 0)
        return AIS_OK;
    policy->watches = calloc(most, sizeof *policy->watches);
    if (policy->watches == NULL)
        return no_memory(why);
    TRY(renumber(policy, why));
    for (size_t i = 0; i < policy->rule_count; i++)
        if (policy->rules[i].correlation != NULL)
            watch(policy, policy->rules[i].correlation);
    tie(policy);
    return AIS_OK;
}
