/* lt, lte, gt, gte: the value's number is less than, at most, greater than, at least the one of the rule. */
#include "shared/policy/ops/decimal.h"
#include "shared/policy/ops/rows.h"

#include <stdlib.h>
#include <string.h>

enum outcome { LESS = 1, EQUAL = 2, GREATER = 4 };

struct order {
    unsigned wanted; /* enum outcome, of comparing the value with the rule's number */
    struct ais_decimal number;
    char text[]; /* that number points into */
};

static enum ais_err order_compile(const struct ais_json *value, const char *op, unsigned wanted, void **ret,
                                  struct ais_why *why)
{
    if (value->kind != AIS_JSON_NUMBER)
        return ais_fail(why, AIS_E_RULE, "%s takes a number, not %s", op, ais_json_kind_text(value->kind));
    struct order *order = malloc(sizeof *order + value->length + 1);
    if (order == NULL)
        return ais_fail(why, AIS_E_NOMEM, "number");
    memcpy(order->text, value->text, value->length);
    order->text[value->length] = '\0';
    order->wanted = wanted;
    if (ais_decimal_read(order->text, value->length, &order->number) != AIS_DECIMAL_READ) {
        free(order);
        return ais_fail(why, AIS_E_RULE, "%s takes a decimal number, as in 10, -2.5 or 1e6", op);
    }
    *ret = order;
    return AIS_OK;
}

static const struct ais_literals *order_literals(const void *pattern)
{
    (void)pattern;
    return &ais_op_no_literals;
}

/* A string is a number with or without blanks around it: that is how most tools would read it. */
static struct ais_value trimmed(const struct ais_value *value)
{
    struct ais_value inner = *value;
    while (inner.length > 0 && strchr(" \t\r\n", inner.text[0]) != NULL && inner.text[0] != '\0') {
        inner.text++;
        inner.length--;
    }
    while (inner.length > 0 && strchr(" \t\r\n", inner.text[inner.length - 1]) != NULL &&
           inner.text[inner.length - 1] != '\0')
        inner.length--;
    return inner;
}

static enum ais_truth order_match(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch)
{
    (void)scratch;
    const struct order *order = pattern;
    if (value->kind != AIS_VALUE_NUMBER && value->kind != AIS_VALUE_STRING)
        return AIS_FALSE;
    struct ais_value inner = trimmed(value);
    struct ais_decimal number;
    switch (ais_decimal_read(inner.text, inner.length, &number)) {
    case AIS_DECIMAL_NONE: return AIS_FALSE;
    case AIS_DECIMAL_BEYOND: return AIS_UNKNOWN;
    case AIS_DECIMAL_READ: break;
    }
    int difference = ais_decimal_compare(&number, &order->number);
    enum outcome outcome = difference < 0 ? LESS : difference > 0 ? GREATER : EQUAL;
    return ais_truth_of((order->wanted & outcome) != 0);
}

static void order_destroy(void **pattern)
{
    free(*pattern);
    *pattern = NULL;
}

/* One row an operator. */
#define ORDER(op, outcomes, other)                                                                                     \
    static enum ais_err op##_compile(const struct ais_json *value, unsigned flags, struct ais_arena *work, void **ret, \
                                     struct ais_why *why)                                                              \
    {                                                                                                                  \
        (void)flags, (void)work;                                                                                       \
        return order_compile(value, #op, outcomes, ret, why);                                                          \
    }                                                                                                                  \
    const struct ais_op ais_op_##op = { .name = #op,                                                                   \
                                        .takes = AIS_FLAG_EXPAND | AIS_FLAG_MEASURED,                                  \
                                        .opposite = "'" #other "'",                                                    \
                                        .compile = op##_compile,                                                       \
                                        .literals = order_literals,                                                    \
                                        .match = order_match,                                                          \
                                        .destroy = order_destroy }

ORDER(lt, LESS, gte);
ORDER(lte, LESS | EQUAL, gt);
ORDER(gt, GREATER, lte);
ORDER(gte, GREATER | EQUAL, lt);
