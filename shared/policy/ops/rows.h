/* The list of modifiers, and what their files share. To add one: its file, and its name here. */
#ifndef AIS_SHARED_POLICY_OPS_ROWS_H
#define AIS_SHARED_POLICY_OPS_ROWS_H

#include "shared/mem/buf.h"
#include "shared/policy/ops/op.h"
#include "shared/policy/regex/regex.h"

#define AIS_OPERATORS(X) \
    X(plain) X(contains) X(startswith) X(endswith) X(re) X(exists) X(glob) X(within) X(host) X(cidr)
#define AIS_ORDERS(X)     X(lt) X(lte) X(gt) X(gte)
#define AIS_FLAGS(X)      X(all) X(cased) X(i) X(m) X(s) X(neq) X(expand) X(fieldref) X(windash)
#define AIS_TRANSFORMS(X) X(utf16) X(utf16le) X(utf16be) X(wide) X(base64) X(base64offset)
#define AIS_MEASURES(X)   X(len) X(entropy) X(minute) X(hour) X(day) X(week) X(month) X(year)
#define AIS_OPS(X)        AIS_OPERATORS(X) AIS_ORDERS(X) AIS_FLAGS(X) AIS_TRANSFORMS(X) AIS_MEASURES(X)

#define X(name) extern const struct ais_op ais_op_##name;
AIS_OPS(X)
#undef X

struct ais_op_scratch {
    struct ais_regex_scratch *regex; /* owned */
    struct ais_buf path;             /* within: where a path leads */
    struct ais_buf text, other;      /* fieldref: both texts, folded */
    uint32_t *counts;                /* owned; entropy: of each unit; all 0 between two values; NULL until one asks */
};

/* A new text, empty, to append to; NULL, and texts->failed, when memory is out. */
struct ais_buf *ais_op_texts_add(struct ais_op_texts *texts);
void ais_op_texts_done(struct ais_op_texts *texts);

/* windash before an encoding: every text in which each dash is one of them. Bounded. */
enum ais_err ais_windash_write_out(const char *text, size_t n, struct ais_op_texts *ret, struct ais_why *why);

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
