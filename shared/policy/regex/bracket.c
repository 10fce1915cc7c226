#include "shared/policy/regex/parse.h"

#include "shared/policy/regex/regex.h"

#include <string.h>

/* One member of a class that may begin or end a range. */
struct item {
    bool is_unit; /* otherwise it was a set, and has been added already */
    uint32_t unit;
};

/* Reads [:name:] or [:^name:] from its bracket on. False: it is no such thing, and nothing was read. */
static enum ais_err read_posix(struct ais_parser *p, struct ais_set *set, bool *ret_is_posix)
{
    const char *begin = p->at;
    *ret_is_posix = false;
    if (p->end - begin < 2 || (begin[1] != ':' && begin[1] != '.' && begin[1] != '='))
        return AIS_OK;
    const char *close = begin + 2;
    while (close < p->end && ((*close >= 'a' && *close <= 'z') || *close == '^'))
        close++;
    if (p->end - close < 2 || close[0] != begin[1] || close[1] != ']')
        return AIS_OK;
    bool negated = begin[2] == '^';
    const char *name = begin + 2 + negated;
    const struct ais_named_set *named = ais_named_set_find(name, (size_t)(close - name));
    if (begin[1] != ':' || named == NULL)
        return ais_parse_fail(p, begin,
                              "unknown class %.*s: known are [:alpha:], [:digit:], [:alnum:], [:space:], "
                              "[:upper:], [:lower:], [:punct:], [:xdigit:], [:word:] and their like",
                              (int)(close + 2 - begin > 40 ? 40 : close + 2 - begin), begin);
    /* Where case does not count, an upper-case letter is any letter, also when it is negated. */
    bool letters = strcmp(named->name, "upper") == 0 || strcmp(named->name, "lower") == 0;
    if (letters && (p->flags & AIS_REGEX_CASELESS))
        named = ais_named_set_find("alpha", 5);
    ais_parse_add_named(p, set, named, negated);
    p->at = close + 2;
    *ret_is_posix = true;
    return AIS_OK;
}

static enum ais_err read_item(struct ais_parser *p, struct ais_set *set, struct item *ret, bool *opaque)
{
    *ret = (struct item){ .is_unit = false };
    if (!p->quoted && *p->at == '\\') {
        struct ais_escape escape;
        TRY(ais_parse_escape(p, true, &escape));
        if (escape.kind == AIS_ESCAPE_SET)
            ais_parse_add_named(p, set, escape.set, escape.negated);
        *opaque |= escape.kind == AIS_ESCAPE_OPAQUE;
        *ret = (struct item){ .is_unit = escape.kind == AIS_ESCAPE_UNIT, .unit = escape.unit };
        return AIS_OK;
    }
    if (!p->quoted && *p->at == '[') {
        bool is_posix;
        TRY(read_posix(p, set, &is_posix));
        if (is_posix)
            return AIS_OK;
    }
    *ret = (struct item){ .is_unit = true, .unit = ais_parse_unit(p) };
    return AIS_OK;
}

/* Whether a hyphen that makes a range comes next: one that the end of the class does not follow. */
static bool at_range(struct ais_parser *p)
{
    ais_parse_skip_quotes(p);
    return !p->quoted && p->end - p->at >= 2 && p->at[0] == '-' && p->at[1] != ']';
}

static enum ais_err read_member(struct ais_parser *p, struct ais_set *set, bool *opaque)
{
    const char *begin = p->at;
    struct item first;
    TRY(read_item(p, set, &first, opaque));
    if (!at_range(p)) {
        if (first.is_unit)
            ais_set_add(p->arena, set, first.unit, first.unit);
        return AIS_OK;
    }
    p->at++;
    ais_parse_skip_quotes(p);
    struct item last = { .is_unit = false };
    if (p->at < p->end && first.is_unit)
        TRY(read_item(p, set, &last, opaque));
    if (!first.is_unit || !last.is_unit)
        return ais_parse_fail(p, begin, "a range has a character on both sides: write \\- for a hyphen");
    if (first.unit > last.unit)
        return ais_parse_fail(p, begin, "a range runs from the lower character to the higher");
    ais_set_add(p->arena, set, first.unit, last.unit);
    return AIS_OK;
}

enum ais_err ais_parse_bracket(struct ais_parser *p, struct ais_set *set, bool *ret_opaque)
{
    const char *begin = p->at - 1;
    bool negated = ais_parse_take(p, "^");
    *ret_opaque = false;
    for (bool first = true;; first = false) {
        ais_parse_skip_quotes(p);
        if (p->at == p->end)
            return ais_parse_fail(p, begin, "this [ has no closing ]");
        if (*p->at == ']' && !first && !p->quoted)
            break;
        TRY(read_member(p, set, ret_opaque));
    }
    p->at++;
    ais_set_tidy(set);
    if (p->flags & AIS_REGEX_CASELESS)
        ais_set_close(p->arena, set);
    if (negated)
        ais_set_negate(p->arena, set);
    return AIS_OK;
}
