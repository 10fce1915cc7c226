/* exists: true when there is a value, empty and null ones too; with false, when there is none. */
#include "shared/policy/ops/rows.h"

#include <stdlib.h>

/* The pattern is a bool: what the answer has to be. */

static enum ais_err compile(const struct ais_json *value, unsigned flags, struct ais_arena *work, void **ret,
                            struct ais_why *why)
{
    (void)flags, (void)work;
    if (value->kind != AIS_JSON_BOOL)
        return ais_fail(why, AIS_E_RULE, "exists takes true or false, not %s", ais_json_kind_text(value->kind));
    bool *wanted = malloc(sizeof *wanted);
    if (wanted == NULL)
        return ais_fail(why, AIS_E_NOMEM, "exists");
    *wanted = value->boolean;
    *ret = wanted;
    return AIS_OK;
}

static const struct ais_literals *literals(const void *pattern)
{
    (void)pattern;
    return &ais_op_no_literals;
}

static enum ais_truth match(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch)
{
    (void)scratch;
    const bool *wanted = pattern;
    return ais_truth_of((value->kind != AIS_VALUE_ABSENT) == *wanted);
}

static void destroy(void **pattern)
{
    free(*pattern);
    *pattern = NULL;
}

const struct ais_op ais_op_exists = {
    .name = "exists",
    .opposite = "'exists: false'",
    .compile = compile,
    .literals = literals,
    .match = match,
    .destroy = destroy,
};
