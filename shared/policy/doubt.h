/* Warnings of one value of a rule (what it is compared with has no such value, or always one that matches), of
 * exemptions for which one of several values is enough, and of patterns for which a rule is looked at in every
 * decision.
 */
#ifndef AIS_SHARED_POLICY_DOUBT_H
#define AIS_SHARED_POLICY_DOUBT_H

#include "shared/policy/predicate.h"
#include "shared/policy/reader.h"

/* Warns where the value stands, when the reader takes warnings. */
void ais_doubt_value(struct ais_reader *reader, const struct ais_field *field, const struct ais_op_use *use,
                     const struct ais_json *value);

/* Warns where an exemption (what: "a filter") hangs on one value of a part of the request that may have several, such
 * as one command of many, and does not ask about the others. */
void ais_doubt_exception(struct ais_reader *reader, const struct ais_json *node, const struct ais_expr *expr,
                         const char *what);

/* The same of a `not` of a rule's condition, where nothing beside it asks about that part. */
void ais_doubt_condition(struct ais_reader *reader, const struct ais_json *node, const struct ais_expr *expr);

/* Notes the pattern of a value, if no literal rules it out. */
void ais_doubt_pattern(struct ais_reader *reader, const struct ais_json *value, uint32_t predicate);

/* Warns of a rule that is looked at in every decision for nothing but the patterns that were noted: where the first of
 * these stands, and what would give it a literal. */
void ais_doubt_waking(struct ais_reader *reader, const char *id, const struct ais_expr *expr);

#endif
