/* Conditions: how a rule's selections combine (Sigma specification 2.1, "condition").
 *
 *     condition := and-part { "or" and-part }
 *     and-part  := not-part { "and" not-part }
 *     not-part  := { "not" } ( "(" condition ")" | quantity "of" which | name )
 *     quantity  := number | "any" | "all"              "any" is 1
 *     which     := "them" | a pattern of names, with `*`
 *
 * `not` binds tighter than `and`, `and` tighter than `or`. Words are known in any case. `them`, and patterns that do
 * not begin with `_`, leave out names that begin with `_`. */
#ifndef AIS_SHARED_POLICY_CONDITION_H
#define AIS_SHARED_POLICY_CONDITION_H

#include "shared/err/err.h"
#include "shared/policy/expr.h"

struct ais_selection {
    const char *name;
    const struct ais_expr *expr;
    uint32_t line; /* where it stands in its document */
    bool *used;    /* borrowed; set when the condition asks for it; NULL: nobody wants to know */
};

/* Parses n bytes of text over count selections. *ret lives in the arena. AIS_E_RULE: why says what is wrong (with a
 * suggestion where a name is near), and *ret_offset at which byte; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_condition_parse(struct ais_arena *arena, const char *text, size_t n,
                                            const struct ais_selection *selections, size_t count,
                                            const struct ais_expr **ret, size_t *ret_offset, struct ais_why *why);

/* Whether a selection may have this name: letters, digits, `_` and `-`, and no word of the grammar. */
bool ais_condition_is_name(const char *text, size_t n);

#endif
