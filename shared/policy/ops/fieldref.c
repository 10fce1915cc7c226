/* fieldref: what the rule's value names is another field, and the comparison is with that one's values. */
#include "shared/policy/ops/decimal.h"
#include "shared/policy/ops/rows.h"
#include "shared/policy/regex/fold.h"
#include "shared/policy/regex/units.h"

#include <stdlib.h>

const struct ais_op ais_op_fieldref = { .name = "fieldref", .flag = AIS_FLAG_FIELDREF };

struct reference {
    const struct ais_op *op; /* plain, contains, startswith or endswith */
    bool cased, negated;
};

static void destroy(void **pattern)
{
    free(*pattern);
    *pattern = NULL;
}

static const struct ais_literals *literals(const void *pattern)
{
    (void)pattern;
    return &ais_op_no_literals;
}

/* Without values of the other field. */
static enum ais_truth match(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch)
{
    return ais_reference_match(pattern, value, NULL, 0, false, scratch);
}

static const struct ais_op reference_op = { .name = "", .literals = literals, .match = match, .destroy = destroy };

enum ais_err ais_reference_new(const struct ais_op_use *use, const struct ais_op **ret_op, void **ret,
                               struct ais_why *why)
{
    struct reference *reference = calloc(1, sizeof *reference);
    if (reference == NULL)
        return ais_fail(why, AIS_E_NOMEM, "fieldref");
    reference->op = use->op;
    reference->cased = (use->flags & AIS_FLAG_CASED) != 0;
    reference->negated = (use->flags & AIS_FLAG_NEQ) != 0;
    *ret_op = &reference_op;
    *ret = reference;
    return AIS_OK;
}

/* A value's text as it compares. */
static void fold(const struct ais_value *value, bool cased, struct ais_buf *ret)
{
    const unsigned char *at = (const unsigned char *)value->text, *end = at + value->length;
    ais_buf_clear(ret);
    if (cased) {
        ais_buf_add(ret, value->text, value->length);
        return;
    }
    while (at < end) {
        char bytes[4];
        size_t n = ais_unit_put(ais_fold(ais_unit_next(&at, end)), bytes);
        ais_buf_add(ret, bytes, n);
    }
}

static bool stands(const struct ais_op *op, const struct ais_buf *text, const struct ais_buf *other)
{
    if (other->length > text->length || (op == &ais_op_plain && other->length != text->length))
        return false;
    if (other->length == 0)
        return true;
    if (op == &ais_op_contains)
        return memmem(text->data, text->length, other->data, other->length) != NULL;
    size_t from = op == &ais_op_endswith ? text->length - other->length : 0;
    return memcmp(text->data + from, other->data, other->length) == 0;
}

/* Two numbers are compared as such: 1 = 1.0. */
static bool both_numbers(const struct reference *reference, const struct ais_value *a, const struct ais_value *b)
{
    return reference->op == &ais_op_plain && a->kind == AIS_VALUE_NUMBER && b->kind == AIS_VALUE_NUMBER;
}

static enum ais_truth compare_numbers(const struct ais_value *a, const struct ais_value *b)
{
    struct ais_decimal left, right;
    enum ais_decimal_read left_read = ais_decimal_read(a->text, a->length, &left);
    enum ais_decimal_read right_read = ais_decimal_read(b->text, b->length, &right);
    if (left_read == AIS_DECIMAL_BEYOND || right_read == AIS_DECIMAL_BEYOND)
        return AIS_UNKNOWN;
    return ais_truth_of(left_read == AIS_DECIMAL_READ && right_read == AIS_DECIMAL_READ &&
                        ais_decimal_compare(&left, &right) == 0);
}

static enum ais_truth compare(const struct reference *reference, const struct ais_value *value,
                              const struct ais_value *other, struct ais_op_scratch *scratch)
{
    if (value->kind == AIS_VALUE_UNKNOWN || other->kind == AIS_VALUE_UNKNOWN)
        return AIS_UNKNOWN;
    if (!ais_value_has_text(value) || !ais_value_has_text(other))
        return AIS_FALSE;
    if (both_numbers(reference, value, other))
        return compare_numbers(value, other);
    fold(value, reference->cased, &scratch->text);
    fold(other, reference->cased, &scratch->other);
    if (scratch->text.failed || scratch->other.failed)
        return AIS_UNKNOWN;
    return ais_truth_of(stands(reference->op, &scratch->text, &scratch->other));
}

enum ais_truth ais_reference_match(const void *pattern, const struct ais_value *value, const struct ais_value *others,
                                   size_t n, bool more, struct ais_op_scratch *scratch)
{
    const struct reference *reference = pattern;
    bool hangs = more && (value->kind == AIS_VALUE_UNKNOWN || ais_value_has_text(value));
    enum ais_truth truth = hangs ? AIS_UNKNOWN : AIS_FALSE;
    for (size_t i = 0; i < n && truth != AIS_TRUE; i++)
        truth = ais_truth_or(truth, compare(reference, value, &others[i], scratch));
    return reference->negated ? ais_truth_not(truth) : truth;
}
