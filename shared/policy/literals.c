/* The literals of a snapshot, each once: which they are, and how much of each the scan looks for.
 *
 * The library finds a literal by its last eight bytes, and compares all that end alike one after the other: 1,000 rules
 * about hosts of one domain would make each mention of it as dear as 1,000 comparisons. Where many end alike, a literal
 * is cut so that its last bytes are rare. What is needed stays needed when it is cut. */
#include "shared/policy/snapshot.h"

#include <stdlib.h>
#include <string.h>

enum { TAIL = 8, CROWD = 16 };

static enum ais_err no_memory(struct ais_why *why)
{
    return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
}

const struct ais_literals *ais_policy_literals(const struct ais_policy *policy, uint32_t predicate)
{
    const struct ais_predicate *item = &policy->predicates->items[predicate];
    const struct ais_field *field = &policy->predicates->fields[item->field];
    const struct ais_literals *first = item->op->literals(item->pattern);
    return field->fact->sources == AIS_SOURCE_NONE || first->count == 0 ? NULL : first;
}

/* ---- numbers ---- */

/* An array of uint32_t, one more than n, zeroed. */
static uint32_t *numbers_new(size_t n)
{
    return calloc(n + 1, sizeof(uint32_t));
}

/* Notes a set's literals; of new ones their bytes, which are the pattern's. */
static enum ais_err number_set(struct ais_policy *policy, struct ais_intern *numbers, const struct ais_literals *set,
                               struct ais_why *why)
{
    struct ais_lists *lists = &policy->set_literals;
    for (size_t i = 0; i < set->count; i++) {
        bool is_new;
        uint32_t id = ais_intern_add(numbers, set->items[i].bytes, set->items[i].length, &is_new);
        if (id == AIS_INTERN_FAILED)
            return no_memory(why);
        if (is_new)
            policy->literals[policy->literal_count++] = set->items[i];
        lists->items[lists->count++] = id;
    }
    lists->from[++lists->keys] = (uint32_t)lists->count;
    return AIS_OK;
}

static enum ais_err number_all(struct ais_policy *policy, struct ais_intern *numbers, struct ais_why *why)
{
    size_t predicates = policy->predicates->count, sets = 0, literals = 0;
    for (uint32_t i = 0; i < predicates; i++)
        for (const struct ais_literals *set = ais_policy_literals(policy, i); set != NULL; set = set->next, sets++)
            literals += set->count;
    policy->predicate_sets = numbers_new(predicates + 1);
    policy->set_literals.from = numbers_new(sets + 1);
    policy->set_literals.items = numbers_new(literals);
    policy->literals = calloc(literals + 1, sizeof *policy->literals);
    if (policy->predicate_sets == NULL || policy->set_literals.from == NULL || policy->set_literals.items == NULL ||
        policy->literals == NULL)
        return no_memory(why);
    for (uint32_t i = 0; i < predicates; i++) {
        for (const struct ais_literals *set = ais_policy_literals(policy, i); set != NULL; set = set->next)
            TRY(number_set(policy, numbers, set, why));
        policy->predicate_sets[i + 1] = (uint32_t)policy->set_literals.keys;
    }
    return AIS_OK;
}

/* ---- crowds ---- */

/* How many literals have eight bytes in a row, about: what shares a place counts together. */
struct windows {
    uint32_t *counts; /* owned */
    size_t mask;
};

static uint32_t *count_of(const struct windows *windows, const char *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, TAIL);
    bytes *= 0x9e3779b97f4a7c15U;
    return &windows->counts[(bytes >> 32) & windows->mask];
}

static bool windows_new(const struct ais_literal *literals, size_t n, struct windows *ret)
{
    enum { MOST = 1 << 20 };
    size_t count = 0, size = 1;
    for (size_t i = 0; i < n; i++)
        count += literals[i].length >= TAIL ? literals[i].length - TAIL + 1 : 0;
    while (size < 4 * count && size < MOST)
        size *= 2;
    *ret = (struct windows){ calloc(size, sizeof *ret->counts), size - 1 };
    for (size_t i = 0; ret->counts != NULL && i < n; i++)
        for (size_t end = TAIL; end <= literals[i].length; end++)
            ++*count_of(ret, literals[i].bytes + end - TAIL);
    return ret->counts != NULL;
}

/* Where in a literal the rarest eight bytes end; of equals the last. */
static size_t rarest_end(const struct windows *windows, const struct ais_literal *literal)
{
    size_t best = literal->length;
    for (size_t end = literal->length; end >= TAIL; end--)
        if (*count_of(windows, literal->bytes + end - TAIL) < *count_of(windows, literal->bytes + best - TAIL))
            best = end;
    return best;
}

static bool cut_crowded(struct ais_literal *literals, size_t n)
{
    struct windows windows;
    if (!windows_new(literals, n, &windows))
        return false;
    for (size_t i = 0; i < n; i++)
        if (literals[i].length > TAIL && *count_of(&windows, literals[i].bytes + literals[i].length - TAIL) > CROWD)
            literals[i].length = rarest_end(&windows, &literals[i]);
    free(windows.counts);
    return true;
}

/* Literals that were cut may be the same now: numbers them once more. */
static enum ais_err renumber(struct ais_policy *policy, struct ais_intern *numbers, struct ais_why *why)
{
    struct ais_lists *sets = &policy->set_literals;
    size_t count = policy->literal_count;
    uint32_t *now = numbers_new(count);
    if (now == NULL)
        return no_memory(why);
    policy->literal_count = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_new;
        const struct ais_literal literal = policy->literals[i];
        now[i] = ais_intern_add(numbers, literal.bytes, literal.length, &is_new);
        if (now[i] == AIS_INTERN_FAILED) {
            free(now);
            return no_memory(why);
        }
        if (is_new)
            policy->literals[policy->literal_count++] = literal;
    }
    for (size_t i = 0; i < sets->count; i++)
        sets->items[i] = now[sets->items[i]];
    free(now);
    return AIS_OK;
}

enum ais_err ais_policy_number_literals(struct ais_policy *policy, struct ais_why *why)
{
    AUTO(ais_intern_destroy) struct ais_intern *first = ais_intern_new();
    AUTO(ais_intern_destroy) struct ais_intern *second = ais_intern_new();
    if (first == NULL || second == NULL)
        return no_memory(why);
    TRY(number_all(policy, first, why));
    if (!cut_crowded(policy->literals, policy->literal_count))
        return no_memory(why);
    return renumber(policy, second, why);
}
