/* Three-valued logic (Kleene): what could not be understood within its bounds is unknown, and unknown is never taken
 * for an answer. Nothing that allows may rest on it; see shared/policy/README.md for what blocks on it. */
#ifndef AIS_SHARED_POLICY_TRUTH_H
#define AIS_SHARED_POLICY_TRUTH_H

enum ais_truth { AIS_FALSE, AIS_UNKNOWN, AIS_TRUE }; /* in order: or is the greatest of two */

static inline enum ais_truth ais_truth_or(enum ais_truth a, enum ais_truth b)
{
    return a > b ? a : b;
}

static inline enum ais_truth ais_truth_and(enum ais_truth a, enum ais_truth b)
{
    return a < b ? a : b;
}

static inline enum ais_truth ais_truth_not(enum ais_truth a)
{
    return (enum ais_truth)(AIS_TRUE - a);
}

/* From a plain condition (any scalar): never unknown. */
static inline enum ais_truth ais_truth_of(int condition)
{
    return condition ? AIS_TRUE : AIS_FALSE;
}

#endif
