/* Which filters are about which rules, over all packs: collected while a snapshot is compiled. */
#ifndef AIS_SHARED_POLICY_EXCEPT_H
#define AIS_SHARED_POLICY_EXCEPT_H

#include "shared/policy/expr.h"
#include "shared/policy/rulepack.h"

struct ais_exceptions;

/* NULL when memory is out. arena: borrowed, for the lists. Ends with the other, which takes NULL and nulls. */
struct ais_exceptions *ais_exceptions_new(struct ais_arena *arena);
void ais_exceptions_destroy(struct ais_exceptions **exceptions);

/* Notes the ids of a pack's rules and invariants. Those of all packs come before any filter. False: memory is out. */
MUST_CHECK bool ais_exceptions_know(struct ais_exceptions *exceptions, const struct ais_rulepack *pack);

/* Ties a pack's filters to their rules. One that is not known is a fault of file, with a suggestion where one is near;
 * diagnostics NULL: it may be elsewhere, and is left out. False: memory is out. */
MUST_CHECK bool ais_exceptions_tie(struct ais_exceptions *exceptions, const struct ais_rulepack *pack, const char *file,
                                   struct ais_diagnostics *diagnostics);

/* The filters of a rule that is known. */
const struct ais_expr_list *ais_exceptions_of(struct ais_exceptions *exceptions, const char *rule);

#endif
