/* re: the regular expression occurs in the text. */
#include "shared/policy/ops/rows.h"

static enum ais_err compile(const struct ais_json *value, unsigned flags, struct ais_arena *work, void **ret,
                            struct ais_why *why)
{
    TRY(ais_op_text(value, "re", why));
    unsigned ours = (flags & AIS_FLAG_I ? AIS_REGEX_CASELESS : 0U) | (flags & AIS_FLAG_M ? AIS_REGEX_MULTILINE : 0U) |
                    (flags & AIS_FLAG_S ? AIS_REGEX_DOTALL : 0U);
    struct ais_regex *regex = NULL;
    struct ais_why fault = { .code = AIS_OK };
    enum ais_err err = ais_regex_compile(work, value->text, value->length, ours, &regex, &fault);
    if (err != AIS_OK)
        return ais_fail(why, err == AIS_E_NOMEM ? err : AIS_E_RULE, "regular expression: %s", fault.text);
    *ret = regex;
    return AIS_OK;
}

static const struct ais_literals *literals(const void *pattern)
{
    return ais_regex_literals(pattern);
}

static enum ais_truth match(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch)
{
    if (!ais_value_has_text(value))
        return AIS_FALSE;
    return ais_regex_search(pattern, value->text, value->length, scratch->regex);
}

static void destroy(void **pattern)
{
    struct ais_regex *regex = *pattern;
    ais_regex_destroy(&regex);
    *pattern = NULL;
}

const struct ais_op ais_op_re = {
    .name = "re",
    .takes = AIS_FLAG_ALL | AIS_FLAG_NEQ | AIS_FLAG_EXPAND | AIS_FLAG_I | AIS_FLAG_M | AIS_FLAG_S,
    .compile = compile,
    .literals = literals,
    .match = match,
    .destroy = destroy,
};
