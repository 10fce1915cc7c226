/* Sets of units, as ranges in an arena. Only for compiling: a program keeps one bit a class of units. */
#ifndef AIS_SHARED_POLICY_REGEX_SET_H
#define AIS_SHARED_POLICY_REGEX_SET_H

#include "shared/mem/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ais_range {
    uint32_t first, last; /* both within */
};

/* A zeroed struct is the empty set. */
struct ais_set {
    struct ais_range *ranges; /* in the arena; sorted, apart and not touching once tidy */
    size_t count, capacity;
    bool failed; /* the arena is exhausted: the content is not to be used */
};

/* Adds the units from first to last. The set is tidy again after ais_set_tidy. */
void ais_set_add(struct ais_arena *arena, struct ais_set *set, uint32_t first, uint32_t last);

void ais_set_tidy(struct ais_set *set);

/* Adds all members of another, tidy set. */
void ais_set_union(struct ais_arena *arena, struct ais_set *set, const struct ais_set *other);

/* Turns a tidy set into the units that it lacks, among all there are; tidy again. */
void ais_set_negate(struct ais_arena *arena, struct ais_set *set);

/* Adds whatever compares equal to a member without regard to case (fold.h), to a tidy set; tidy again. */
void ais_set_close(struct ais_arena *arena, struct ais_set *set);

/* Adds a unit, and whatever compares equal to it, to a tidy set; tidy again. The same as adding and closing, at the
 * cost of one group. */
void ais_set_add_folded(struct ais_arena *arena, struct ais_set *set, uint32_t unit);

/* Of a tidy set. */
bool ais_set_has(const struct ais_set *set, uint32_t unit);
bool ais_set_equal(const struct ais_set *a, const struct ais_set *b);

#endif
