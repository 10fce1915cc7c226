/* What the values of a rule were compiled to: an operator with its pattern. Immutable once made, so equal ones are one,
 * in a snapshot and in those that were compiled like it; only its number of owners changes.
 *
 * Threads: whoever holds a pattern may match with it, whichever thread that is, each with an ais_op_scratch of its own:
 * what a match remembers (the states of automata, PCRE2's memory) is in there, never in the pattern. Owners come and go
 * on any thread; the last one that goes ends the pattern. A table of patterns is one thread's. */
#ifndef AIS_SHARED_POLICY_PATTERN_H
#define AIS_SHARED_POLICY_PATTERN_H

#include "shared/policy/ops/op.h"
#include "shared/seal/digest.h"

#include <stdatomic.h>

struct ais_pattern {
    atomic_size_t references;
    const struct ais_op *op;            /* has the functions for what was made; not always a row */
    void *made;                         /* owned; by op */
    size_t weight;                      /* how often a value is looked at */
    unsigned char key[AIS_DIGEST_SIZE]; /* of all that it was made of */
};

/* The pattern of n values, for as long as the caller holds it. key: the digest of the use and the values. work and
 * errors as ais_op_compile. */
MUST_CHECK enum ais_err ais_pattern_new(const struct ais_op_use *use, const struct ais_json *values, size_t n,
                                        const unsigned char key[AIS_DIGEST_SIZE], struct ais_arena *work,
                                        struct ais_pattern **ret, struct ais_why *why);

/* The same of fieldref, which compares with another field: it has no key, and is in no table. */
MUST_CHECK enum ais_err ais_pattern_new_reference(const struct ais_op_use *use, struct ais_pattern **ret,
                                                  struct ais_why *why);

/* One more owner of it; returns it. */
struct ais_pattern *ais_pattern_ref(struct ais_pattern *pattern);

/* One owner less; the last one's call ends it. NULL is fine. */
void ais_pattern_unref(struct ais_pattern **pattern);

/* ---- a table: which patterns there are already, while rules are compiled. It owns none of them: they outlive it. ----
 */

struct ais_patterns;

/* NULL when memory is out. Ends with ais_patterns_destroy, which takes NULL. */
struct ais_patterns *ais_patterns_new(void);
void ais_patterns_destroy(struct ais_patterns **table);

/* Makes a pattern known, unless an equal one is. False when memory is out. */
MUST_CHECK bool ais_patterns_add(struct ais_patterns *table, struct ais_pattern *pattern);

/* The one of this key, which gets no new owner by that; NULL when there is none. */
struct ais_pattern *ais_patterns_find(const struct ais_patterns *table, const unsigned char key[AIS_DIGEST_SIZE]);

#endif
