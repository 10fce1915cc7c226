#include "shared/policy/regex/parse.h"

#include "shared/policy/regex/units.h"

#include <string.h>

static const struct ais_range alnum[] = {
    {'0',  '9'},
    { 'A', 'Z'},
    { 'a', 'z'}
};
static const struct ais_range alpha[] = {
    {'A',  'Z'},
    { 'a', 'z'}
};
static const struct ais_range ascii[] = {
    {0, 0x7f}
};
static const struct ais_range blank[] = {
    {'\t', '\t'},
    { ' ', ' ' }
};
static const struct ais_range cntrl[] = {
    {0,     0x1f},
    { 0x7f, 0x7f}
};
static const struct ais_range digit[] = {
    {'0', '9'}
};
static const struct ais_range graph[] = {
    {0x21, 0x7e}
};
static const struct ais_range lower[] = {
    {'a', 'z'}
};
static const struct ais_range print[] = {
    {0x20, 0x7e}
};
static const struct ais_range punct[] = {
    {'!',  '/'},
    { ':', '@'},
    { '[', '`'},
    { '{', '~'}
};
static const struct ais_range space[] = {
    {'\t', '\r'},
    { ' ', ' ' }
};
static const struct ais_range upper[] = {
    {'A', 'Z'}
};
static const struct ais_range word[] = {
    {'0',  '9'},
    { 'A', 'Z'},
    { '_', '_'},
    { 'a', 'z'}
};
static const struct ais_range xdigit[] = {
    {'0',  '9'},
    { 'A', 'F'},
    { 'a', 'f'}
};
/* \h, \v and \N as pcre2pattern(3) lists them. */
static const struct ais_range horizontal[] = {
    {'\t',    '\t'  },
    { ' ',    ' '   },
    { 0xa0,   0xa0  },
    { 0x1680, 0x1680},
    { 0x180e, 0x180e},
    { 0x2000, 0x200a},
    { 0x202f, 0x202f},
    { 0x205f, 0x205f},
    { 0x3000, 0x3000}
};
static const struct ais_range vertical[] = {
    {'\n',    '\r'  },
    { 0x85,   0x85  },
    { 0x2028, 0x2029}
};
static const struct ais_range newline[] = {
    {'\n', '\n'}
};

enum set_name {
    ALNUM,
    ALPHA,
    ASCII,
    BLANK,
    CNTRL,
    DIGIT,
    GRAPH,
    LOWER,
    PRINT,
    PUNCT,
    SPACE,
    UPPER,
    WORD,
    XDIGIT,
    HORIZONTAL,
    VERTICAL,
    NEWLINE
};

static const struct ais_named_set named_sets[] = {
    [ALNUM] = {"alnum",   alnum,      N_ELEMS(alnum)     },
    [ALPHA] = { "alpha",  alpha,      N_ELEMS(alpha)     },
    [ASCII] = { "ascii",  ascii,      N_ELEMS(ascii)     },
    [BLANK] = { "blank",  blank,      N_ELEMS(blank)     },
    [CNTRL] = { "cntrl",  cntrl,      N_ELEMS(cntrl)     },
    [DIGIT] = { "digit",  digit,      N_ELEMS(digit)     },
    [GRAPH] = { "graph",  graph,      N_ELEMS(graph)     },
    [LOWER] = { "lower",  lower,      N_ELEMS(lower)     },
    [PRINT] = { "print",  print,      N_ELEMS(print)     },
    [PUNCT] = { "punct",  punct,      N_ELEMS(punct)     },
    [SPACE] = { "space",  space,      N_ELEMS(space)     },
    [UPPER] = { "upper",  upper,      N_ELEMS(upper)     },
    [WORD] = { "word",   word,       N_ELEMS(word)      },
    [XDIGIT] = { "xdigit", xdigit,     N_ELEMS(xdigit)    },
    [HORIZONTAL] = { NULL,     horizontal, N_ELEMS(horizontal)},
    [VERTICAL] = { NULL,     vertical,   N_ELEMS(vertical)  },
    [NEWLINE] = { NULL,     newline,    N_ELEMS(newline)   },
};

/* Where an escape is known. */
enum place { ANYWHERE, OUTSIDE, WITHIN };

/* How the rest of an escape is read. */
enum rest { NO_REST, HEX, OCTAL, CONTROL, PROPERTY, REFERENCE };

/* One row a letter. value: the unit, set or assertion that it stands for. */
static const struct letter {
    char letter;
    bool negated;
    enum place place;
    enum ais_escape_kind kind;
    int value;
    enum rest rest;
} letters[] = {
    {'a',  false, ANYWHERE, AIS_ESCAPE_UNIT,   7,                   NO_REST  },
    { 'e', false, ANYWHERE, AIS_ESCAPE_UNIT,   0x1b,                NO_REST  },
    { 'f', false, ANYWHERE, AIS_ESCAPE_UNIT,   '\f',                NO_REST  },
    { 'n', false, ANYWHERE, AIS_ESCAPE_UNIT,   '\n',                NO_REST  },
    { 'r', false, ANYWHERE, AIS_ESCAPE_UNIT,   '\r',                NO_REST  },
    { 't', false, ANYWHERE, AIS_ESCAPE_UNIT,   '\t',                NO_REST  },
    { 'b', false, WITHIN,   AIS_ESCAPE_UNIT,   '\b',                NO_REST  },
    { 'x', false, ANYWHERE, AIS_ESCAPE_UNIT,   0,                   HEX      },
    { '0', false, ANYWHERE, AIS_ESCAPE_UNIT,   0,                   OCTAL    },
    { 'o', false, ANYWHERE, AIS_ESCAPE_UNIT,   0,                   OCTAL    },
    { 'c', false, ANYWHERE, AIS_ESCAPE_UNIT,   0,                   CONTROL  },
    { 'd', false, ANYWHERE, AIS_ESCAPE_SET,    DIGIT,               NO_REST  },
    { 'D', true,  ANYWHERE, AIS_ESCAPE_SET,    DIGIT,               NO_REST  },
    { 'w', false, ANYWHERE, AIS_ESCAPE_SET,    WORD,                NO_REST  },
    { 'W', true,  ANYWHERE, AIS_ESCAPE_SET,    WORD,                NO_REST  },
    { 's', false, ANYWHERE, AIS_ESCAPE_SET,    SPACE,               NO_REST  },
    { 'S', true,  ANYWHERE, AIS_ESCAPE_SET,    SPACE,               NO_REST  },
    { 'h', false, ANYWHERE, AIS_ESCAPE_SET,    HORIZONTAL,          NO_REST  },
    { 'H', true,  ANYWHERE, AIS_ESCAPE_SET,    HORIZONTAL,          NO_REST  },
    { 'v', false, ANYWHERE, AIS_ESCAPE_SET,    VERTICAL,            NO_REST  },
    { 'V', true,  ANYWHERE, AIS_ESCAPE_SET,    VERTICAL,            NO_REST  },
    { 'N', true,  OUTSIDE,  AIS_ESCAPE_SET,    NEWLINE,             NO_REST  },
    { 'A', false, OUTSIDE,  AIS_ESCAPE_ASSERT, AIS_ASSERT_BEGIN,    NO_REST  },
    { 'z', false, OUTSIDE,  AIS_ESCAPE_ASSERT, AIS_ASSERT_END,      NO_REST  },
    { 'Z', false, OUTSIDE,  AIS_ESCAPE_ASSERT, AIS_ASSERT_LAST,     NO_REST  },
    { 'b', false, OUTSIDE,  AIS_ESCAPE_ASSERT, AIS_ASSERT_WORD,     NO_REST  },
    { 'B', false, OUTSIDE,  AIS_ESCAPE_ASSERT, AIS_ASSERT_NOT_WORD, NO_REST  },
    { 'G', false, OUTSIDE,  AIS_ESCAPE_EMPTY,  0,                   NO_REST  },
    { 'K', false, OUTSIDE,  AIS_ESCAPE_EMPTY,  0,                   NO_REST  },
    { 'p', false, ANYWHERE, AIS_ESCAPE_OPAQUE, 0,                   PROPERTY },
    { 'P', false, ANYWHERE, AIS_ESCAPE_OPAQUE, 0,                   PROPERTY },
    { 'R', false, OUTSIDE,  AIS_ESCAPE_OPAQUE, 0,                   NO_REST  },
    { 'X', false, OUTSIDE,  AIS_ESCAPE_OPAQUE, 0,                   NO_REST  },
    { 'g', false, OUTSIDE,  AIS_ESCAPE_OPAQUE, 0,                   REFERENCE},
    { 'k', false, OUTSIDE,  AIS_ESCAPE_OPAQUE, 0,                   REFERENCE},
};

static int digit_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    char folded = (char)(byte | 0x20);
    return folded >= 'a' && folded <= 'f' ? folded - 'a' + 10 : 16;
}

/* Digits in a base, at most so many; the value stops growing beyond the last code point. */
static size_t read_digits(struct ais_parser *p, int base, size_t most, uint32_t *ret)
{
    size_t count = 0;
    uint32_t value = 0;
    for (; count < most && p->at < p->end && digit_value(*p->at) < base; count++, p->at++)
        if (value < AIS_UNIT_BYTE)
            value = value * (uint32_t)base + (uint32_t)digit_value(*p->at);
    *ret = value;
    return count;
}

/* What follows \x, \o or \0: digits, or digits in braces. */
static enum ais_err read_number(struct ais_parser *p, const char *begin, char letter, int base, uint32_t *ret)
{
    bool braces = letter != '0' && ais_parse_take(p, "{");
    size_t count = read_digits(p, base, braces ? SIZE_MAX : 2, ret);
    if ((count == 0 && letter != '0') || (braces && !ais_parse_take(p, "}")) || (letter == 'o' && !braces))
        return ais_parse_fail(p, begin, "\\%c takes %s, as in %s", letter,
                              letter == 'o' ? "octal digits in braces" : "hexadecimal digits",
                              letter == 'o' ? "\\o{101}" : "\\x41 or \\x{20ac}");
    if (*ret >= AIS_UNIT_BYTE || (*ret >= 0xd800 && *ret < 0xe000))
        return ais_parse_fail(p, begin, "no such code point: up to 10ffff, without d800 to dfff");
    return AIS_OK;
}

static enum ais_err read_control(struct ais_parser *p, const char *begin, uint32_t *ret)
{
    if (p->at == p->end || *p->at < 0x20 || *p->at > 0x7e)
        return ais_parse_fail(p, begin, "\\c takes a printable character, as in \\cC for control-C");
    char upper_case = (char)(*p->at >= 'a' && *p->at <= 'z' ? *p->at - 0x20 : *p->at);
    p->at++;
    *ret = (uint32_t)(upper_case ^ 0x40);
    return AIS_OK;
}

/* Skips "{...}", "<...>", "'...'", or what stands for them without: a letter after \p, a number after \g. */
static enum ais_err skip_name(struct ais_parser *p, const char *begin, bool property)
{
    static const char opening[] = "{<'";
    static const char closing[] = "}>'";
    const char *open = p->at < p->end && *p->at != '\0' ? strchr(property ? "{" : opening, *p->at) : NULL;
    if (open == NULL && property && p->at < p->end) {
        ais_parse_unit(p);
        return AIS_OK;
    }
    if (open == NULL) {
        p->at += p->at < p->end && (*p->at == '-' || *p->at == '+');
        uint32_t number;
        if (!property && read_digits(p, 10, SIZE_MAX, &number) > 0)
            return AIS_OK;
        return ais_parse_fail(p, begin, "a name in braces is missing, as in \\%s", property ? "p{Lu}" : "g{1}");
    }
    char close = (char)(property ? '}' : closing[strchr(opening, *p->at) - opening]);
    const char *found = memchr(p->at + 1, close, (size_t)(p->end - p->at - 1));
    if (found == NULL)
        return ais_parse_fail(p, begin, "the closing %c is missing", close);
    p->at = found + 1;
    return AIS_OK;
}

static enum ais_err read_rest(struct ais_parser *p, const char *begin, const struct letter *row, struct ais_escape *ret)
{
    switch (row->rest) {
    case HEX: return read_number(p, begin, row->letter, 16, &ret->unit);
    case OCTAL: return read_number(p, begin, row->letter, 8, &ret->unit);
    case CONTROL: return read_control(p, begin, &ret->unit);
    case PROPERTY: return skip_name(p, begin, true);
    case REFERENCE: return skip_name(p, begin, false);
    case NO_REST: break;
    }
    return AIS_OK;
}

static enum ais_err read_letter(struct ais_parser *p, const char *begin, const struct letter *row,
                                struct ais_escape *ret)
{
    struct ais_escape escape = { .kind = row->kind, .unit = (uint32_t)row->value, .negated = row->negated };
    if (row->kind == AIS_ESCAPE_SET)
        escape.set = &named_sets[row->value];
    if (row->kind == AIS_ESCAPE_ASSERT)
        escape.assertion = (enum ais_assert)row->value;
    if (row->kind == AIS_ESCAPE_EMPTY || row->kind == AIS_ESCAPE_OPAQUE)
        ais_parse_needs_pcre(p, row->rest == PROPERTY    ? "a Unicode property"
                                : row->rest == REFERENCE ? "a back-reference"
                                                         : "\\G, \\K, \\R or \\X");
    if (row->letter == 'N' && p->end - p->at >= 3 && memcmp(p->at, "{U+", 3) == 0)
        return ais_parse_fail(p, begin, "\\N{U+...} is not known here: write \\x{...} for a code point");
    TRY(read_rest(p, begin, row, &escape));
    *ret = escape;
    return AIS_OK;
}

enum ais_err ais_parse_escape(struct ais_parser *p, bool in_class, struct ais_escape *ret)
{
    const char *begin = p->at++;
    if (p->at == p->end)
        return ais_parse_fail(p, begin, "a backslash at the end: write \\\\ for a backslash");
    char letter = *p->at;
    for (size_t i = 0; i < N_ELEMS(letters); i++) {
        if (letters[i].letter != letter || letters[i].place == (in_class ? OUTSIDE : WITHIN))
            continue;
        p->at++;
        return read_letter(p, begin, &letters[i], ret);
    }
    if (letter >= '1' && letter <= '9' && !in_class) {
        uint32_t number;
        read_digits(p, 10, SIZE_MAX, &number);
        ais_parse_needs_pcre(p, "a back-reference");
        *ret = (struct ais_escape){ .kind = AIS_ESCAPE_OPAQUE };
        return AIS_OK;
    }
    if ((letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z'))
        return ais_parse_fail(p, begin, "\\%c is no escape%s: write \\x%02x or %c for the character itself", letter,
                              in_class ? " within [ ]" : "", (unsigned)letter, letter);
    *ret = (struct ais_escape){ .kind = AIS_ESCAPE_UNIT, .unit = ais_parse_unit(p) };
    return AIS_OK;
}

void ais_parse_add_named(struct ais_parser *p, struct ais_set *set, const struct ais_named_set *named, bool negated)
{
    struct ais_set members = { 0 };
    for (size_t i = 0; i < named->count; i++)
        ais_set_add(p->arena, &members, named->ranges[i].first, named->ranges[i].last);
    if (negated)
        ais_set_negate(p->arena, &members);
    ais_set_union(p->arena, set, &members);
    ais_set_tidy(set);
}

const struct ais_named_set *ais_named_set_find(const char *name, size_t n)
{
    for (size_t i = 0; i < N_ELEMS(named_sets); i++)
        if (named_sets[i].name != NULL && strlen(named_sets[i].name) == n && memcmp(named_sets[i].name, name, n) == 0)
            return &named_sets[i];
    return NULL;
}
