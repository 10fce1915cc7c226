/* The list of operators and flags, and what their files share. To add one: its file, and its name here. */
#ifndef AIS_SHARED_POLICY_OPS_ROWS_H
#define AIS_SHARED_POLICY_OPS_ROWS_H

#include "shared/mem/buf.h"
#include "shared/policy/ops/op.h"
#include "shared/policy/regex/regex.h"

#define AIS_OPS(X) \
    X(plain)       \
    X(contains)    \
    X(startswith)  \
    X(endswith)    \
    X(re) X(exists) X(lt) X(lte) X(gt) X(gte) X(glob) X(within) X(host) X(cidr) X(all) X(cased) X(i) X(m) X(s)

#define X(name) extern const struct ais_op ais_op_##name;
AIS_OPS(X)
#undef X

struct ais_op_scratch {
    struct ais_regex_scratch *regex; /* owned */
    struct ais_buf path;             /* within: where a path leads */
};

/* For patterns of which no literal is known. */
extern const struct ais_literals ais_op_no_literals;

/* Whether a value has a text that text operators compare. */
static inline bool ais_value_has_text(const struct ais_value *value)
{
    return value->kind == AIS_VALUE_STRING || value->kind == AIS_VALUE_NUMBER || value->kind == AIS_VALUE_BOOL;
}

/* The text of a rule's value for a text operator: of a string, a number or a boolean. AIS_E_RULE: it is none. */
MUST_CHECK enum ais_err ais_op_text(const struct ais_json *value, const char *op, struct ais_why *why);

#endif
