/* What can be told of expressions without any request: whether one holds wherever another does, whether one never
 * holds, or always. Sound and not complete: true is certain, false is "not known". For warnings; no decision rests on
 * it.
 *
 * Three-valued: "a implies b" means that b is never less true than a, unknown being between false and true. */
#ifndef AIS_SHARED_POLICY_LOGIC_H
#define AIS_SHARED_POLICY_LOGIC_H

#include "shared/policy/expr.h"
#include "shared/policy/predicate.h"

struct ais_logic {
    const struct ais_predicates *predicates; /* borrowed; all expressions are over these */
    size_t work;                             /* steps that are left; at 0 nothing more is found */
    const struct ais_predicate *one,
        *other;       /* borrowed; when ais_logic_never found two that exclude each other: they */
    bool unless_list; /* and they do only where their field has one value, not a list of them */
};

bool ais_logic_implies(struct ais_logic *logic, const struct ais_expr *a, const struct ais_expr *b);
bool ais_logic_never(struct ais_logic *logic, const struct ais_expr *expr);
bool ais_logic_always(struct ais_logic *logic, const struct ais_expr *expr);

/* ---- of two predicates (logic_leaf.c) ---- */

/* Whether b matches every value that a matches. */
bool ais_predicate_implies(const struct ais_predicate *a, const struct ais_predicate *b);

/* Whether no one value matches both. */
bool ais_predicate_excludes(const struct ais_predicate *a, const struct ais_predicate *b);

/* Whether it holds where there is no value; whether it holds of every text. */
bool ais_predicate_takes_absent(const struct ais_predicate *predicate);
bool ais_predicate_takes_all(const struct ais_predicate *predicate);

#endif
