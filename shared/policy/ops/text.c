#include "shared/policy/ops/text.h"

enum ais_err ais_text_compile(const struct ais_json *value, const char *op, unsigned flags, unsigned place, void **ret,
                              struct ais_why *why)
{
    TRY(ais_op_text(value, op, why));
    struct ais_wildcard *wildcard = NULL;
    TRY(ais_wildcard_new(value->text, value->length, place | ais_text_flags(flags), &wildcard, why));
    *ret = wildcard;
    return AIS_OK;
}

const struct ais_literals *ais_text_literals(const void *pattern)
{
    return ais_wildcard_literals(pattern);
}

enum ais_truth ais_text_match(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch)
{
    (void)scratch;
    return ais_truth_of(ais_value_has_text(value) && ais_wildcard_match(pattern, value->text, value->length));
}

void ais_text_destroy(void **pattern)
{
    struct ais_wildcard *wildcard = *pattern;
    ais_wildcard_destroy(&wildcard);
    *pattern = NULL;
}
