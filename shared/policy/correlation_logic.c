/* What can be told of correlations without any session: for warnings, as logic.h is of expressions. */
#include "shared/policy/correlation.h"

/* The numbers that a condition takes. */
struct numbers {
    int64_t least, most;
    bool above, below; /* least itself, or most, is not among them */
};

static void raise(struct numbers *numbers, int64_t least, bool above)
{
    if (least > numbers->least || (least == numbers->least && above)) {
        numbers->least = least;
        numbers->above = above;
    }
}

static void lower(struct numbers *numbers, int64_t most, bool below)
{
    if (most < numbers->most || (most == numbers->most && below)) {
        numbers->most = most;
        numbers->below = below;
    }
}

/* Counts, and sums of millionths, are whole numbers: greater than 4 is at least 5. Averages are not. Values are read
 * within nine million million millionths, so that one more or less is still a number. */
static struct numbers numbers_of(const struct ais_correlation *correlation)
{
    bool whole = correlation->type != AIS_VALUE_AVG;
    int64_t step = whole ? 1 : 0;
    struct numbers numbers = { INT64_MIN, INT64_MAX, false, false };
    if (ais_correlation_measure(correlation->type) != AIS_MEASURE_NUMBERS)
        numbers.least = correlation->type == AIS_EVENT_COUNT ? 1 : 0; /* the call at hand counts too */
    for (size_t i = 0; i < correlation->bound_count; i++) {
        const struct ais_bound *bound = &correlation->bounds[i];
        switch (bound->op) {
        case AIS_BOUND_GT: raise(&numbers, bound->value + step, !whole); break;
        case AIS_BOUND_GTE: raise(&numbers, bound->value, false); break;
        case AIS_BOUND_LT: lower(&numbers, bound->value - step, !whole); break;
        case AIS_BOUND_LTE: lower(&numbers, bound->value, false); break;
        default: raise(&numbers, bound->value, false); lower(&numbers, bound->value, false);
        }
    }
    return numbers;
}

bool ais_correlation_never(const struct ais_correlation *correlation)
{
    struct numbers numbers = numbers_of(correlation);
    return numbers.least > numbers.most || (numbers.least == numbers.most && (numbers.above || numbers.below));
}

/* Whether both count the same rules; in order, where that counts. */
static bool are_of_same_rules(const struct ais_correlation *a, const struct ais_correlation *b)
{
    if (a->rule_count != b->rule_count)
        return false;
    for (size_t i = 0; i < a->rule_count; i++) {
        bool found = a->rules[i] == b->rules[i];
        for (size_t k = 0; a->type != AIS_TEMPORAL_ORDERED && !found && k < b->rule_count; k++)
            found = a->rules[i] == b->rules[k];
        if (!found)
            return false;
    }
    return true;
}

/* Whether a longer timespan never makes less of it. Sums have numbers below 0, averages go either way. */
static bool grows(enum ais_correlation_type type)
{
    return type == AIS_EVENT_COUNT || type == AIS_VALUE_COUNT || type == AIS_TEMPORAL;
}

bool ais_correlation_implies(const struct ais_correlation *a, const struct ais_correlation *b)
{
    bool measured = ais_correlation_measure(a->type) != AIS_MEASURE_CALL;
    if (a->type != b->type || !are_of_same_rules(a, b) || (measured && a->field_number != b->field_number))
        return false;
    struct numbers mine = numbers_of(a), others = numbers_of(b);
    if (others.least > mine.least || (others.least == mine.least && others.above && !mine.above))
        return false;
    if (a->timespan_ns < b->timespan_ns && grows(a->type))
        return others.most == INT64_MAX;
    return a->timespan_ns == b->timespan_ns &&
           !(others.most < mine.most || (others.most == mine.most && others.below && !mine.below));
}
