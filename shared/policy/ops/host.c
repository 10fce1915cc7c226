/* host: the text is the name, or a name below it; or the address. */
#include "shared/policy/ops/place.h"

#include <string.h>

static enum ais_err compile(const struct ais_json *value, unsigned flags, struct ais_arena *work, void **ret,
                            struct ais_why *why)
{
    (void)work;
    TRY(ais_op_text(value, "host", why));
    const char *text = value->text;
    size_t n = value->length;
    n -= n > 1 && text[n - 1] == '.';
    if (n == 0 || text[0] == '.' || strcspn(text, "*/:@ ") < value->length)
        return ais_fail(why, AIS_E_RULE,
                        "'%.64s' is no host: a name such as example.com, which takes those below it too, "
                        "or an address",
                        text);
    struct ais_place *place = ais_place_new(text, n, (flags & AIS_FLAG_CASED) != 0);
    if (place == NULL)
        return ais_fail(why, AIS_E_NOMEM, "host");
    ais_place_tell(place, 0, n);
    *ret = place;
    return AIS_OK;
}

static enum ais_truth match(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch)
{
    const struct ais_place *place = pattern;
    (void)scratch;
    if (!ais_value_has_text(value))
        return AIS_FALSE;
    size_t n = value->length;
    n -= n > 1 && value->text[n - 1] == '.';
    if (n < place->length || !ais_place_equal(place, value->text + n - place->length))
        return AIS_FALSE;
    return ais_truth_of(n == place->length || value->text[n - place->length - 1] == '.');
}

const struct ais_op ais_op_host = {
    .name = "host",
    .takes = AIS_FLAG_ALL | AIS_FLAG_CASED | AIS_FLAG_NEQ | AIS_FLAG_EXPAND,
    .compile = compile,
    .literals = ais_place_literals,
    .match = match,
    .destroy = ais_place_destroy,
};
