/* startswith: the value stands where the text begins; it may hold wildcards. */
#include "shared/policy/ops/text.h"

static enum ais_err compile(const struct ais_json *value, unsigned flags, struct ais_arena *work, void **ret,
                            struct ais_why *why)
{
    (void)work;
    return ais_text_compile(value, "startswith", flags, AIS_WILDCARD_OPEN_END, ret, why);
}

const struct ais_op ais_op_startswith = {
    .name = "startswith",
    .takes = AIS_TEXT_TAKES,
    .compile = compile,
    .literals = ais_text_literals,
    .match = ais_text_match,
    .destroy = ais_text_destroy,
};
