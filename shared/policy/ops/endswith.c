/* endswith: the value stands where the text ends; it may hold wildcards. */
#include "shared/policy/ops/text.h"

static enum ais_err compile(const struct ais_json *value, unsigned flags, struct ais_arena *work, void **ret,
                            struct ais_why *why)
{
    (void)work;
    return ais_text_compile(value, "endswith", flags, AIS_WILDCARD_OPEN_BEGIN, ret, why);
}

const struct ais_op ais_op_endswith = {
    .name = "endswith",
    .takes = AIS_TEXT_TAKES,
    .compile = compile,
    .literals = ais_text_literals,
    .match = ais_text_match,
    .destroy = ais_text_destroy,
};
