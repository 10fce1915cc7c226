#include "shared/policy/ops/wildcard.h"

#include "shared/policy/regex/fold.h"
#include "shared/policy/regex/units.h"

#include <stdlib.h>
#include <string.h>

/* In place of a unit: ?, and a dash that stands for any. */
#define ANY_UNIT UINT32_MAX
#define ANY_DASH (UINT32_MAX - 1)

enum { LONGEST = 4096 /* bytes of a pattern */ };

/* What stands between two stars. */
struct segment {
    size_t first, count; /* units */
};

struct ais_wildcard {
    bool cased, open_begin, open_end, dashes;
    uint32_t *units;          /* owned; of all segments; folded unless cased */
    struct segment *segments; /* owned; one at least */
    size_t segment_count;
    struct ais_literal literal;
    struct ais_literals literals; /* literal, or none */
    char *bytes;                  /* owned; of literal */
};

/* A place in a text. */
struct text {
    const unsigned char *at, *end;
};

static uint32_t compared_as(const struct ais_wildcard *w, uint32_t unit)
{
    return w->cased ? unit : ais_fold(unit);
}

/* Whether the segment stands at text.at; then *ret is the place behind it. */
static bool stands_at(const struct ais_wildcard *w, const struct segment *segment, struct text text,
                      const unsigned char **ret)
{
    const uint32_t *units = w->units + segment->first;
    for (size_t i = 0; i < segment->count; i++) {
        if (text.at == text.end)
            return false;
        uint32_t unit = ais_unit_next(&text.at, text.end);
        bool stands =
            units[i] == ANY_UNIT || (units[i] == ANY_DASH ? ais_is_dash(unit) : compared_as(w, unit) == units[i]);
        if (!stands)
            return false;
    }
    *ret = text.at;
    return true;
}

/* The next place where a segment that begins with an ASCII character may begin: that character, in either case. */
static const unsigned char *next_candidate(const struct ais_wildcard *w, uint32_t first, struct text text)
{
    bool letter = !w->cased && first >= 'a' && first <= 'z';
    if (!letter) {
        const unsigned char *found = memchr(text.at, (int)first, (size_t)(text.end - text.at));
        return found != NULL ? found : text.end;
    }
    while (text.at < text.end && (*text.at | 0x20U) != first)
        text.at++;
    return text.at;
}

/* Finds the first place at text.at or later where the segment stands; *ret is behind it. */
static bool find(const struct ais_wildcard *w, const struct segment *segment, struct text text,
                 const unsigned char **ret)
{
    if (segment->count == 0) {
        *ret = text.at;
        return true;
    }
    uint32_t first = w->units[segment->first];
    while (text.at < text.end) {
        if (first < 0x80)
            text.at = next_candidate(w, first, text);
        if (stands_at(w, segment, text, ret))
            return true;
        if (text.at < text.end)
            ais_unit_next(&text.at, text.end);
    }
    return false;
}

/* The begin of the unit that ends at at, which is behind begin. */
static const unsigned char *unit_before(const unsigned char *begin, const unsigned char *at)
{
    for (ptrdiff_t length = 2; length <= 4 && at - begin >= length; length++)
        if (at[-length] >= 0xc0 && ais_unit_sequence(at - length, at) == (size_t)length)
            return at - length;
    return at - 1;
}

/* Whether the segment stands at the end of the text and begins at text.at or later. */
static bool stands_last(const struct ais_wildcard *w, const struct segment *segment, struct text text)
{
    const unsigned char *begin = text.end;
    for (size_t i = 0; i < segment->count; i++) {
        if (begin == text.at)
            return false;
        begin = unit_before(text.at, begin);
    }
    text.at = begin;
    return stands_at(w, segment, text, &begin) && begin == text.end;
}

bool ais_wildcard_match(const struct ais_wildcard *w, const char *bytes, size_t n)
{
    const unsigned char *begin = (const unsigned char *)(n > 0 ? bytes : "");
    struct text text = { begin, begin + n };
    const struct segment *segment = w->segments;
    const struct segment *last = segment + w->segment_count - 1;
    if (!w->open_begin) {
        if (!stands_at(w, segment, text, &text.at))
            return false;
        if (segment++ == last)
            return w->open_end || text.at == text.end;
    }
    for (; segment < last; segment++)
        if (!find(w, segment, text, &text.at))
            return false;
    return w->open_end ? find(w, segment, text, &text.at) : stands_last(w, segment, text);
}

const struct ais_literals *ais_wildcard_literals(const struct ais_wildcard *wildcard)
{
    return &wildcard->literals;
}

/* Reads units and segments. There is room for n units and n + 1 segments. */
static void read_pattern(struct ais_wildcard *w, const unsigned char *at, const unsigned char *end)
{
    size_t count = 0;
    w->segment_count = 1;
    while (at < end) {
        if (*at == '*') {
            w->segments[w->segment_count++].first = count;
            at++;
            continue;
        }
        bool escape = *at == '\\' && end - at > 1 && (at[1] == '*' || at[1] == '?' || at[1] == '\\');
        at += escape;
        bool any = !escape && *at == '?';
        uint32_t unit = ais_unit_next(&at, end);
        w->units[count++] = any ? ANY_UNIT : w->dashes && ais_is_dash(unit) ? ANY_DASH : compared_as(w, unit);
        w->segments[w->segment_count - 1].count++;
    }
}

/* Whether a unit is written in one way only, once ASCII letters are folded, and may stand in a literal. */
static bool is_plain(const struct ais_wildcard *w, uint32_t unit)
{
    return unit != ANY_UNIT && unit != ANY_DASH && unit != 0 && (unit < 0x80 || w->cased || ais_fold_is_alone(unit));
}

/* The longest run of plain units in a segment, in bytes. */
static size_t longest_run(const struct ais_wildcard *w, const struct segment *segment, char *ret, size_t room)
{
    size_t best = 0;
    const uint32_t *units = w->units + segment->first;
    for (size_t i = 0; i < segment->count; i++) {
        char run[AIS_LITERAL_LONGEST + 4];
        size_t length = 0;
        for (; i < segment->count && is_plain(w, units[i]); i++) {
            char bytes[4];
            size_t more = ais_unit_put(units[i] < 0x80 ? ais_fold(units[i]) : units[i], bytes);
            if (length + more > room)
                break;
            memcpy(run + length, bytes, more);
            length += more;
        }
        if (length > best)
            memcpy(ret, run, length);
        best = length > best ? length : best;
    }
    return best;
}

static bool keep_literal(struct ais_wildcard *w)
{
    char best[AIS_LITERAL_LONGEST];
    size_t length = 0;
    for (size_t i = 0; i < w->segment_count; i++) {
        char run[AIS_LITERAL_LONGEST];
        size_t found = longest_run(w, &w->segments[i], run, sizeof run);
        if (found > length)
            memcpy(best, run, found);
        length = found > length ? found : length;
    }
    if (length == 0)
        return true;
    w->bytes = malloc(length);
    if (w->bytes == NULL)
        return false;
    memcpy(w->bytes, best, length);
    w->literal = (struct ais_literal){ w->bytes, length };
    w->literals = (struct ais_literals){ .items = &w->literal, .count = 1 };
    return true;
}

enum ais_err ais_wildcard_new(const char *text, size_t n, unsigned flags, struct ais_wildcard **ret,
                              struct ais_why *why)
{
    if (n > LONGEST)
        return ais_fail(why, AIS_E_RULE, "a value to compare with has at most %d bytes", LONGEST);
    AUTO(ais_wildcard_destroy) struct ais_wildcard *w = calloc(1, sizeof *w);
    if (w == NULL)
        return ais_fail(why, AIS_E_NOMEM, "wildcards");
    w->cased = (flags & AIS_WILDCARD_CASED) != 0;
    w->open_begin = (flags & AIS_WILDCARD_OPEN_BEGIN) != 0;
    w->open_end = (flags & AIS_WILDCARD_OPEN_END) != 0;
    w->dashes = (flags & AIS_WILDCARD_DASHES) != 0;
    size_t stars = 0;
    for (size_t i = 0; i < n; i++)
        stars += text[i] == '*';
    w->units = calloc(n + 1, sizeof *w->units);
    w->segments = calloc(stars + 1, sizeof *w->segments);
    if (w->units == NULL || w->segments == NULL)
        return ais_fail(why, AIS_E_NOMEM, "wildcards");
    const unsigned char *bytes = (const unsigned char *)text;
    read_pattern(w, bytes, bytes + n);
    if (!keep_literal(w))
        return ais_fail(why, AIS_E_NOMEM, "wildcards");
    *ret = TAKE(w);
    return AIS_OK;
}

void ais_wildcard_destroy(struct ais_wildcard **wildcard)
{
    if (*wildcard == NULL)
        return;
    free((*wildcard)->units);
    free((*wildcard)->segments);
    free((*wildcard)->bytes);
    free(*wildcard);
    *wildcard = NULL;
}
