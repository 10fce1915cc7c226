/* within: the text is a path to the directory, or to something inside it, wherever dots and slashes lead. Escapes are
 * not undone: path.normalized has done that. */
#include "shared/mem/buf.h"
#include "shared/policy/ops/place.h"
#include "shared/text/filepath.h"

#include <string.h>

enum { ROOM = 8 }; /* that resolving needs beside the length of the path */

/* The longest component: each is in every path inside. */
static void tell_component(struct ais_place *place)
{
    size_t best = 0, best_length = 0;
    for (size_t i = 0, begin = 0; i <= place->length; i++) {
        if (i < place->length && place->folded[i] != '/')
            continue;
        bool rewritten = i - begin < 3 || place->folded[begin] == '~'; /* "~", "..", "C:" */
        if (!rewritten && i - begin > best_length) {
            best = begin;
            best_length = i - begin;
        }
        begin = i + 1;
    }
    ais_place_tell(place, best, best_length);
}

static enum ais_err compile(const struct ais_json *value, unsigned flags, struct ais_arena *work, void **ret,
                            struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf path = { 0 };
    struct ais_filepath resolved;
    (void)work;
    TRY(ais_op_text(value, "within", why));
    if (value->length == 0)
        return ais_fail(why, AIS_E_RULE, "within takes a directory, such as /etc or ~/.ssh");
    if (!ais_buf_reserve(&path, value->length + ROOM))
        return ais_fail(why, AIS_E_NOMEM, "within");
    ais_filepath_resolve(value->text, value->length, path.data, &resolved);
    struct ais_place *place = ais_place_new(path.data, resolved.length, (flags & AIS_FLAG_CASED) != 0);
    if (place == NULL)
        return ais_fail(why, AIS_E_NOMEM, "within");
    tell_component(place);
    *ret = place;
    return AIS_OK;
}

static bool is_inside(const struct ais_place *place, const char *path, size_t n)
{
    if (n < place->length || !ais_place_equal(place, path))
        return false;
    return n == place->length || path[place->length] == '/' || place->text[place->length - 1] == '/';
}

static enum ais_truth match(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch)
{
    const struct ais_place *place = pattern;
    struct ais_filepath resolved;
    if (!ais_value_has_text(value) || value->length == 0)
        return AIS_FALSE;
    ais_buf_clear(&scratch->path);
    if (!ais_buf_reserve(&scratch->path, value->length + ROOM))
        return AIS_UNKNOWN;
    ais_filepath_resolve(value->text, value->length, scratch->path.data, &resolved);
    return ais_truth_of(is_inside(place, scratch->path.data, resolved.length));
}

const struct ais_op ais_op_within = {
    .name = "within",
    .takes = AIS_FLAG_ALL | AIS_FLAG_CASED | AIS_FLAG_NEQ | AIS_FLAG_EXPAND,
    .compile = compile,
    .literals = ais_place_literals,
    .match = match,
    .destroy = ais_place_destroy,
};
