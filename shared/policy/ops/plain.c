/* The plain comparison: the value is all of the text, which may hold wildcards; or the same number; or null. */
#include "shared/policy/ops/decimal.h"
#include "shared/policy/ops/text.h"

#include <stdlib.h>
#include <string.h>

struct plain {
    enum ais_json_kind kind;       /* NULL, NUMBER, or STRING (BOOL too: as its text) */
    struct ais_wildcard *wildcard; /* owned; STRING */
    char *text;                    /* owned; NUMBER: as the rule writes it */
    size_t length;
    struct ais_decimal number; /* NUMBER; points into text */
};

static void destroy(void **pattern)
{
    struct plain *plain = *pattern;
    if (plain != NULL) {
        ais_wildcard_destroy(&plain->wildcard);
        free(plain->text);
    }
    free(plain);
    *pattern = NULL;
}

static enum ais_err compile_number(const struct ais_json *value, struct plain *plain, struct ais_why *why)
{
    plain->text = strndup(value->text, value->length);
    if (plain->text == NULL)
        return ais_fail(why, AIS_E_NOMEM, "number");
    plain->length = value->length;
    if (ais_decimal_read(plain->text, plain->length, &plain->number) != AIS_DECIMAL_READ)
        return ais_fail(why, AIS_E_RULE, "'%.40s' is no decimal number: quote it to compare it as text", plain->text);
    return AIS_OK;
}

static enum ais_err compile(const struct ais_json *value, unsigned flags, struct ais_arena *work, void **ret,
                            struct ais_why *why)
{
    AUTO(destroy) void *pattern = calloc(1, sizeof(struct plain));
    struct plain *plain = pattern;
    (void)work;
    if (plain == NULL)
        return ais_fail(why, AIS_E_NOMEM, "comparison");
    plain->kind = value->kind == AIS_JSON_BOOL ? AIS_JSON_STRING : value->kind;
    if (value->kind == AIS_JSON_NUMBER)
        TRY(compile_number(value, plain, why));
    else if (value->kind != AIS_JSON_NULL) {
        TRY(ais_op_text(value, "a plain comparison", why));
        TRY(ais_wildcard_new(value->text, value->length, ais_text_flags(flags), &plain->wildcard, why));
    }
    *ret = TAKE(pattern);
    return AIS_OK;
}

static const struct ais_literals *literals(const void *pattern)
{
    const struct plain *plain = pattern;
    return plain->wildcard != NULL ? ais_wildcard_literals(plain->wildcard) : &ais_op_no_literals;
}

static enum ais_truth match_number(const struct plain *plain, const struct ais_value *value)
{
    bool same_text = value->length == plain->length && memcmp(value->text, plain->text, plain->length) == 0;
    if (same_text || value->kind != AIS_VALUE_NUMBER)
        return ais_truth_of(same_text);
    struct ais_decimal number;
    enum ais_decimal_read read = ais_decimal_read(value->text, value->length, &number);
    if (read == AIS_DECIMAL_BEYOND)
        return AIS_UNKNOWN;
    return ais_truth_of(read == AIS_DECIMAL_READ && ais_decimal_compare(&number, &plain->number) == 0);
}

static enum ais_truth match(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch)
{
    (void)scratch;
    const struct plain *plain = pattern;
    if (plain->kind == AIS_JSON_NULL)
        return ais_truth_of(value->kind == AIS_VALUE_ABSENT || value->kind == AIS_VALUE_NULL);
    if (!ais_value_has_text(value))
        return AIS_FALSE;
    if (plain->kind == AIS_JSON_NUMBER)
        return match_number(plain, value);
    return ais_truth_of(ais_wildcard_match(plain->wildcard, value->text, value->length));
}

const struct ais_op ais_op_plain = {
    .name = "",
    .takes = AIS_TEXT_TAKES | AIS_FLAG_MEASURED,
    .compile = compile,
    .literals = literals,
    .match = match,
    .destroy = destroy,
};
