/* What two operands make: only what makes texts, and which of two is the value, is of interest. */
#include "shared/policy/facts/code/code.h"

#include <string.h>

static struct ais_code_value add(struct ais_code_reader *r, const struct ais_code_value *a,
                                 const struct ais_code_value *b)
{
    if (a->kind == AIS_CODE_LIST && b->kind == AIS_CODE_LIST) {
        struct ais_code_value list = { .kind = AIS_CODE_LIST };
        if (ais_code_make(r->code, (a->count + b->count) * sizeof *a->items) == NULL)
            return list;
        for (size_t i = 0; i < a->count; i++)
            ais_code_append(r->code, &list, &a->items[i]);
        for (size_t i = 0; i < b->count; i++)
            ais_code_append(r->code, &list, &b->items[i]);
        return list;
    }
    if (a->kind == AIS_CODE_INTEGER && b->kind == AIS_CODE_INTEGER) {
        struct ais_code_value sum = *a;
        sum.number = (long)((unsigned long)a->number + (unsigned long)b->number);
        return sum;
    }
    if (a->kind == AIS_CODE_TEXT || b->kind == AIS_CODE_TEXT)
        return ais_code_join(r->code, a, b);
    struct ais_code_value either = ais_code_unknown(a->text, a->length);
    ais_code_made_by(r->code, &either, a->makers);
    ais_code_made_by(r->code, &either, b->makers);
    return either;
}

static struct ais_code_value repeat(struct ais_code_reader *r, const struct ais_code_value *text, long times)
{
    size_t n = text->length;
    if (times < 0 || n == 0)
        return ais_code_text("", 0);
    if ((unsigned long)times > AIS_CODE_MADE_MOST / n)
        return ais_code_unknown(text->text, text->length);
    char *out = ais_code_make(r->code, n * (size_t)times);
    for (size_t i = 0; out != NULL && i < (size_t)times; i++)
        memcpy(out + i * n, text->text, n);
    return ais_code_text(out != NULL ? out : "", out != NULL ? n * (size_t)times : 0);
}

/* Whether it is known to be what `or` passes over. */
static bool is_false(const struct ais_code_value *value)
{
    return (value->kind == AIS_CODE_INTEGER && value->number == 0) ||
           (value->kind == AIS_CODE_TEXT && value->length == 0);
}

static bool is_known(const struct ais_code_value *value)
{
    return value->kind != AIS_CODE_UNKNOWN && value->kind != AIS_CODE_RESULT;
}

struct ais_code_value ais_code_operate(struct ais_code_reader *r, size_t sign, const struct ais_code_value *a,
                                       const struct ais_code_value *b)
{
    bool joins = ais_code_at_sign(r, sign, ".") || ais_code_at_sign(r, sign, "+") || ais_code_at_sign(r, sign, "<<");
    if (joins)
        return add(r, a, b);
    if (ais_code_at_sign(r, sign, "%") && a->kind == AIS_CODE_TEXT)
        return ais_code_format(r->code, a, b);
    if (ais_code_at_sign(r, sign, "*") && a->kind == AIS_CODE_TEXT && b->kind == AIS_CODE_INTEGER)
        return repeat(r, a, b->number);
    if (ais_code_at_sign(r, sign, "^") && a->kind == AIS_CODE_INTEGER && b->kind == AIS_CODE_INTEGER) {
        struct ais_code_value value = *a;
        value.number ^= b->number;
        return value;
    }
    if (ais_code_at_sign(r, sign, "-") && a->kind == AIS_CODE_INTEGER && b->kind == AIS_CODE_INTEGER) {
        struct ais_code_value value = *a;
        value.number = (long)((unsigned long)a->number - (unsigned long)b->number);
        return value;
    }
    bool either =
        ais_code_at_sign(r, sign, "||") || ais_code_at_sign(r, sign, "?\?") || ais_code_at_word(r, sign, "or");
    if (either || ais_code_at_sign(r, sign, "?") || ais_code_at_sign(r, sign, "&&") || ais_code_at_word(r, sign, "and"))
        return either && is_known(a) && a->kind != AIS_CODE_REF && !is_false(a) ? *a : *b;
    struct ais_code_value value = ais_code_unknown(a->text, a->length);
    ais_code_made_by(r->code, &value, a->makers);
    ais_code_made_by(r->code, &value, b->makers);
    return value;
}
