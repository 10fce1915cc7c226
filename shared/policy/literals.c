/* The literals of a snapshot, each once: which they are, and how much of each the scan looks for.
 *
 * The library finds a literal by its last eight bytes, and compares all that end alike one after the other: 1,000 rules
 * about hosts of one domain would make each mention of it as dear as 1,000 comparisons. Where many end alike, a literal
 * is cut so that its last bytes are rare. What is needed stays needed when it is cut. */
#include "shared/policy/snapshot.h"

#include <stdlib.h>
#include <string.h>

enum { TAIL = 8, CROWD = 16, IDLE_PART = 2 };

static enum ais_err no_memory(struct ais_why *why)
{
    return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
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
    const struct ais_predicates *of = policy->predicates;
    size_t predicates = of->count, sets = 0, literals = 0;
    for (uint32_t i = 0; i < predicates; i++)
        for (const struct ais_literals *set = ais_predicate_literals(of, i); set != NULL; set = set->next, sets++)
            literals += set->count;
    policy->predicate_sets = numbers_new(predicates + 1);
    policy->set_literals.from = numbers_new(sets + 1);
    policy->set_literals.items = numbers_new(literals);
    policy->literals = calloc(literals + 1, sizeof *policy->literals);
    if (policy->predicate_sets == NULL || policy->set_literals.from == NULL || policy->set_literals.items == NULL ||
        policy->literals == NULL)
        return no_memory(why);
    for (uint32_t i = 0; i < predicates; i++) {
        for (const struct ais_literals *set = ais_predicate_literals(of, i); set != NULL; set = set->next)
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

/* ---- order ---- */

struct numbered {
    struct ais_literal literal;
    uint32_t number; /* so far */
};

static int compare(const struct ais_literal *left, const struct ais_literal *right)
{
    size_t common = left->length < right->length ? left->length : right->length;
    int order = memcmp(left->bytes, right->bytes, common);
    return order != 0 ? order : (left->length > right->length) - (left->length < right->length);
}

static int compare_numbered(const void *a, const void *b)
{
    return compare(&((const struct numbered *)a)->literal, &((const struct numbered *)b)->literal);
}

/* Numbers them in the order of their bytes: the same literals have the same database then, in whatever order of packs
 * they were met. */
static enum ais_err put_in_order(struct ais_policy *policy, struct ais_why *why)
{
    struct ais_lists *sets = &policy->set_literals;
    size_t count = policy->literal_count;
    uint32_t *now = numbers_new(count);
    struct numbered *order = calloc(count + 1, sizeof *order);
    bool room = now != NULL && order != NULL;
    for (size_t i = 0; room && i < count; i++)
        order[i] = (struct numbered){ policy->literals[i], (uint32_t)i };
    if (room)
        qsort(order, count, sizeof *order, compare_numbered);
    for (size_t i = 0; room && i < count; i++) {
        policy->literals[i] = order[i].literal;
        now[order[i].number] = (uint32_t)i;
    }
    for (size_t i = 0; room && i < sets->count; i++)
        sets->items[i] = now[sets->items[i]];
    free(now);
    free(order);
    return room ? AIS_OK : no_memory(why);
}

/* Literals in order, of another snapshot. */
struct others {
    const struct ais_literal *literals; /* borrowed */
    size_t count;
};

/* Whether all of n literals are among others; where each is there. They are in order too. */
static bool find_all(const struct ais_literal *literals, size_t n, struct others others, uint32_t *ret)
{
    size_t found = 0;
    for (size_t i = 0; i < others.count && found < n; i++)
        if (compare(&literals[found], &others.literals[i]) == 0)
            ret[found++] = (uint32_t)i;
    return found == n;
}

/* Takes over the numbers of others, which are these literals and some more, which wake nobody here. Their bytes are
 * copied, as what they are of may end. */
static enum ais_err take_over(struct ais_policy *policy, struct others others, const uint32_t *now, struct ais_why *why)
{
    struct ais_lists *sets = &policy->set_literals;
    struct ais_literal *all = calloc(others.count + 1, sizeof *all);
    if (all == NULL)
        return no_memory(why);
    for (size_t i = 0; i < policy->literal_count; i++)
        all[now[i]] = policy->literals[i];
    free(policy->literals);
    policy->literals = all;
    policy->literal_count = others.count;
    for (size_t i = 0; i < sets->count; i++)
        sets->items[i] = now[sets->items[i]];
    for (size_t i = 0; i < others.count; i++) {
        if (all[i].bytes != NULL)
            continue;
        all[i].bytes = ais_arena_copy(policy->arena, others.literals[i].bytes, others.literals[i].length);
        all[i].length = others.literals[i].length;
        if (all[i].bytes == NULL)
            return no_memory(why);
    }
    return AIS_OK;
}

/* Where rules only went away, the database stays, so that what is switched off and on again is compiled once. What is
 * looked for in vain must not become much: the scan is as slow as before. */
static enum ais_err stay_alike(struct ais_policy *policy, struct others others, struct ais_why *why)
{
    size_t count = policy->literal_count;
    if (others.count <= count || others.count - count > count / IDLE_PART)
        return AIS_OK;
    uint32_t *now = numbers_new(count);
    if (now == NULL)
        return no_memory(why);
    enum ais_err err = AIS_OK;
    if (find_all(policy->literals, count, others, now))
        err = take_over(policy, others, now, why);
    free(now);
    return err;
}

static enum ais_err stay_like_cached(struct ais_policy *policy, const struct ais_policy_cache *cache,
                                     struct ais_why *why)
{
    struct ais_literal *literals = NULL;
    size_t count = 0;
    TRY(ais_policy_cache_literals(cache, &literals, &count, why));
    enum ais_err err = stay_alike(policy, (struct others){ literals, count }, why);
    free(literals);
    return err;
}

enum ais_err ais_policy_number_literals(struct ais_policy *policy, const struct ais_policy_options *options,
                                        struct ais_why *why)
{
    const struct ais_policy *like = options->like;
    AUTO(ais_intern_destroy) struct ais_intern *first = ais_intern_new();
    AUTO(ais_intern_destroy) struct ais_intern *second = ais_intern_new();
    if (first == NULL || second == NULL)
        return no_memory(why);
    TRY(number_all(policy, first, why));
    if (!cut_crowded(policy->literals, policy->literal_count))
        return no_memory(why);
    TRY(renumber(policy, second, why));
    TRY(put_in_order(policy, why));
    if (like != NULL)
        return stay_alike(policy, (struct others){ like->literals, like->literal_count }, why);
    return options->brief && options->cache != NULL ? stay_like_cached(policy, options->cache, why) : AIS_OK;
}
