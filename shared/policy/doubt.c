#include "shared/policy/doubt.h"
#include "shared/policy/ops/decimal.h"

#include <stdio.h>
#include <string.h>

static bool is_op(const struct ais_op_use *use, const char *name)
{
    return strcmp(use->op->name, name) == 0;
}

/* An empty text to look for: a slip, or a list's item that was left out. */
static void doubt_empty(struct ais_reader *reader, const struct ais_op_use *use, const struct ais_json *value)
{
    bool looks = is_op(use, "contains") || is_op(use, "startswith") || is_op(use, "endswith") || is_op(use, "re");
    if (looks && value->kind == AIS_JSON_STRING && value->length == 0)
        ais_reader_warn(reader, value, "'' stands in every text: exists: true says that there is a value");
}

/* A glob knows no sets, as the ones of shells do. */
static void doubt_glob(struct ais_reader *reader, const struct ais_op_use *use, const struct ais_json *value)
{
    const char *at = value->kind == AIS_JSON_STRING && is_op(use, "glob") ? value->text : "";
    for (; *at != '\0' && *at != '[' && *at != '{'; at++)
        at += at[0] == '\\' && at[1] != '\0';
    if (*at != '\0')
        ais_reader_warn(reader, value, "'%c' is a plain character in a glob, and begins no set: write \\%c for it", *at,
                        *at);
}

/* Numbers are compared exactly, and those of requests come from programs that reckon in doubles. */
static void doubt_huge(struct ais_reader *reader, const struct ais_json *value)
{
    enum { EXPONENT_MOST = 308 };
    struct ais_decimal decimal;
    if (value->kind == AIS_JSON_NUMBER && ais_decimal_read(value->text, value->length, &decimal) == AIS_DECIMAL_READ &&
        decimal.sign != 0 && decimal.exponent > EXPONENT_MOST)
        ais_reader_warn(reader, value, "'%.40s' is larger than any number that programs reckon with", value->text);
}

/* ---- facts that are numbers of a range ---- */

struct range {
    const struct ais_field *field;
    int least, most;
};

/* A whole number as it is written, and as a decimal. */
static void decimal_of(int64_t number, char text[24], struct ais_decimal *ret)
{
    int n = snprintf(text, 24, "%lld", (long long)number);
    (void)ais_decimal_read(text, (size_t)n, ret);
}

static void warn_of_range(struct ais_reader *reader, const struct range *range, const struct ais_json *value,
                          const char *says, const char *op, const char *hint)
{
    ais_reader_warn(reader, value, "'%s' is a number from %d to %d: it %s%s '%.40s'%s", range->field->text,
                    range->least, range->most, says, op, value->text, hint);
}

/* Equality: with a number by its value, with a text as it is written. */
static void doubt_equal(struct ais_reader *reader, const struct range *range, const struct ais_json *value)
{
    char text[24], hint[48] = "";
    struct ais_decimal decimal, same;
    int64_t whole;
    bool is_text = value->kind == AIS_JSON_STRING;
    if (is_text && (value->length == 0 || strpbrk(value->text, "*?\\") != NULL))
        return;
    if (ais_decimal_read(value->text, value->length, &decimal) == AIS_DECIMAL_READ &&
        ais_decimal_floor(&decimal, &whole) && whole >= range->least && whole <= range->most) {
        decimal_of(whole, text, &same);
        bool equal = ais_decimal_compare(&decimal, &same) == 0;
        if (equal && (!is_text || strcmp(value->text, text) == 0))
            return;
        if (equal)
            (void)snprintf(hint, sizeof hint, "; write it as %s", text);
    }
    warn_of_range(reader, range, value, "never equals", "", hint);
}

/* lt, lte, gt, gte: where no number of the range is so, or each. */
static void doubt_order(struct ais_reader *reader, const struct range *range, const struct ais_op_use *use,
                        const struct ais_json *value)
{
    char text[24];
    struct ais_decimal limit, least, most;
    if (ais_decimal_read(value->text, value->length, &limit) != AIS_DECIMAL_READ)
        return;
    decimal_of(range->least, text, &least);
    decimal_of(range->most, text, &most);
    int low = ais_decimal_compare(&least, &limit), high = ais_decimal_compare(&most, &limit);
    bool with = is_op(use, "lte") || is_op(use, "gte"), below = is_op(use, "lt") || is_op(use, "lte");
    bool always = below ? high < 0 || (with && high == 0) : low > 0 || (with && low == 0);
    bool never = below ? low > 0 || (!with && low == 0) : high < 0 || (!with && high == 0);
    if (always || never)
        warn_of_range(reader, range, value, always ? "is always " : "is never ", use->op->name, "");
}

void ais_doubt_value(struct ais_reader *reader, const struct ais_field *field, const struct ais_op_use *use,
                     const struct ais_json *value)
{
    struct range range = { .field = field };
    if (reader->diagnostics->warnings == NULL || (use->flags & AIS_FLAG_FIELDREF) != 0)
        return;
    doubt_empty(reader, use, value);
    doubt_glob(reader, use, value);
    doubt_huge(reader, value);
    bool scalar = value->kind == AIS_JSON_NUMBER || value->kind == AIS_JSON_STRING;
    if (!scalar || use->transform_count > 0 || use->measure != NULL ||
        !ais_fact_range(field->fact, &range.least, &range.most))
        return;
    if (use->op->name[0] == '\0')
        doubt_equal(reader, &range, value);
    else if (is_op(use, "lt") || is_op(use, "lte") || is_op(use, "gt") || is_op(use, "gte"))
        doubt_order(reader, &range, use, value);
}
