/* Warnings of one value of a rule: what it is compared with has no such value, or always one that matches. */
#ifndef AIS_SHARED_POLICY_DOUBT_H
#define AIS_SHARED_POLICY_DOUBT_H

#include "shared/policy/predicate.h"
#include "shared/policy/reader.h"

/* Warns where the value stands, when the reader takes warnings. */
void ais_doubt_value(struct ais_reader *reader, const struct ais_field *field, const struct ais_op_use *use,
                     const struct ais_json *value);

#endif
