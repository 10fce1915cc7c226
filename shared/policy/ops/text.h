/* What operators share whose pattern is one text with wildcards: all but where it has to stand. */
#ifndef AIS_SHARED_POLICY_OPS_TEXT_H
#define AIS_SHARED_POLICY_OPS_TEXT_H

#include "shared/policy/ops/rows.h"
#include "shared/policy/ops/wildcard.h"

/* What may stand beside them. */
#define AIS_TEXT_TAKES                                                                                       \
    (AIS_FLAG_ALL | AIS_FLAG_CASED | AIS_FLAG_NEQ | AIS_FLAG_EXPAND | AIS_FLAG_FIELDREF | AIS_FLAG_WINDASH | \
     AIS_FLAG_TRANSFORMED)

/* The flags of a pattern that stands nowhere in particular. */
static inline unsigned ais_text_flags(unsigned flags)
{
    return (flags & AIS_FLAG_CASED ? AIS_WILDCARD_CASED : 0U) | (flags & AIS_FLAG_WINDASH ? AIS_WILDCARD_DASHES : 0U);
}

/* place: enum ais_wildcard_flag. The pattern is a struct ais_wildcard. */
MUST_CHECK enum ais_err ais_text_compile(const struct ais_json *value, const char *op, unsigned flags, unsigned place,
                                         void **ret, struct ais_why *why);
const struct ais_literals *ais_text_literals(const void *pattern);
enum ais_truth ais_text_match(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch);
void ais_text_destroy(void **pattern);

#endif
