/* cidr: the text is an address inside the network, however it is spelled. */
#include "shared/policy/ops/rows.h"
#include "shared/text/address.h"

#include <stdlib.h>

static enum ais_err compile(const struct ais_json *value, unsigned flags, struct ais_arena *work, void **ret,
                            struct ais_why *why)
{
    struct ais_prefix prefix;
    (void)flags, (void)work;
    TRY(ais_op_text(value, "cidr", why));
    if (!ais_prefix_read(value->text, value->length, &prefix))
        return ais_fail(why, AIS_E_RULE, "'%.64s' is no network, as in 10.0.0.0/8 or fc00::/7, with nothing set beyond",
                        value->text);
    struct ais_prefix *kept = malloc(sizeof *kept);
    if (kept == NULL)
        return ais_fail(why, AIS_E_NOMEM, "cidr");
    *kept = prefix;
    *ret = kept;
    return AIS_OK;
}

static const struct ais_literals *literals(const void *pattern)
{
    (void)pattern;
    return &ais_op_no_literals;
}

static enum ais_truth match(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch)
{
    struct ais_address addresses[AIS_ADDRESS_READINGS];
    (void)scratch;
    if (!ais_value_has_text(value))
        return AIS_FALSE;
    size_t n = ais_address_read(value->text, value->length, addresses);
    for (size_t i = 0; i < n; i++)
        if (ais_prefix_has(pattern, &addresses[i]))
            return AIS_TRUE;
    return AIS_FALSE;
}

static void destroy(void **pattern)
{
    free(*pattern);
    *pattern = NULL;
}

const struct ais_op ais_op_cidr = {
    .name = "cidr",
    .takes = AIS_FLAG_ALL | AIS_FLAG_NEQ | AIS_FLAG_EXPAND,
    .compile = compile,
    .literals = literals,
    .match = match,
    .destroy = destroy,
};
