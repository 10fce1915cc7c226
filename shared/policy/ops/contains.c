/* contains: the value stands anywhere in the text; it may hold wildcards. */
#include "shared/policy/ops/text.h"

static enum ais_err compile(const struct ais_json *value, unsigned flags, struct ais_arena *work, void **ret,
                            struct ais_why *why)
{
    (void)work;
    return ais_text_compile(value, "contains", flags, AIS_WILDCARD_OPEN_BEGIN | AIS_WILDCARD_OPEN_END, ret, why);
}

const struct ais_op ais_op_contains = {
    .name = "contains",
    .takes = AIS_TEXT_TAKES,
    .compile = compile,
    .literals = ais_text_literals,
    .match = ais_text_match,
    .destroy = ais_text_destroy,
};
