/* Comparison without regard to case, one code point against one: ASCII letters, and the simple lower case of others.
 *
 * A code point outside ASCII never folds to one inside (KELVIN SIGN is not k), nor the other way round: a byte-wise
 * search that folds only ASCII letters then never misses what this comparison would find. */
#ifndef AIS_SHARED_POLICY_REGEX_FOLD_H
#define AIS_SHARED_POLICY_REGEX_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ais_fold_pair {
    uint32_t fold, unit; /* unit folds to fold, and differs from it */
};

/* Beyond ASCII; see ais_fold. */
uint32_t ais_fold_wide(uint32_t unit);

/* What unit compares as; units that are no code point as themselves. */
static inline uint32_t ais_fold(uint32_t unit)
{
    if (unit < 0x80)
        return unit >= 'A' && unit <= 'Z' ? unit + ('a' - 'A') : unit;
    return ais_fold_wide(unit);
}

/* Every pair there is, sorted by fold, then unit. Made at the first call; any thread. */
const struct ais_fold_pair *ais_fold_pairs(size_t *ret_count);

/* The pairs of this fold: *ret_count of them from the one returned on. */
const struct ais_fold_pair *ais_fold_group(uint32_t fold, size_t *ret_count);

/* Whether nothing else compares as unit. */
bool ais_fold_is_alone(uint32_t unit);

#endif
