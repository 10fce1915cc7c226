#include "shared/policy/regex/fold.h"

#include "shared/policy/regex/units.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <utf8proc.h>

/* Unicode 14 has 1,433 letters with a simple lower case; the planes that hold them end below LAST_CASED. */
enum { PAIRS_MOST = 2048, LAST_CASED = 0x1ffff };

static struct ais_fold_pair pairs[PAIRS_MOST];
static size_t pairs_count;

uint32_t ais_fold_wide(uint32_t unit)
{
    if (unit > LAST_CASED)
        return unit;
    utf8proc_int32_t lower = utf8proc_tolower((utf8proc_int32_t)unit);
    return lower < 0x80 ? unit : (uint32_t)lower;
}

static int by_fold(const void *left, const void *right)
{
    const struct ais_fold_pair *a = left;
    const struct ais_fold_pair *b = right;
    if (a->fold != b->fold)
        return a->fold < b->fold ? -1 : 1;
    return a->unit < b->unit ? -1 : a->unit > b->unit;
}

static void make_pairs(void)
{
    for (uint32_t unit = 0; unit <= LAST_CASED; unit++) {
        uint32_t fold = ais_fold(unit);
        if (fold == unit)
            continue;
        assert(pairs_count < PAIRS_MOST);
        pairs[pairs_count++] = (struct ais_fold_pair){ .fold = fold, .unit = unit };
    }
    qsort(pairs, pairs_count, sizeof pairs[0], by_fold);
}

const struct ais_fold_pair *ais_fold_pairs(size_t *ret_count)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_pairs);
    *ret_count = pairs_count;
    return pairs;
}

const struct ais_fold_pair *ais_fold_group(uint32_t fold, size_t *ret_count)
{
    size_t count;
    ais_fold_pairs(&count);
    size_t low = 0;
    for (size_t high = count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (pairs[middle].fold < fold)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < count && pairs[end].fold == fold)
        end++;
    *ret_count = end - low;
    return &pairs[low];
}

bool ais_fold_is_alone(uint32_t unit)
{
    size_t count;
    ais_fold_group(unit, &count);
    return ais_fold(unit) == unit && count == 0;
}
