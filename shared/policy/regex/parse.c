#include "shared/policy/regex/parse.h"

#include "shared/policy/regex/regex.h"
#include "shared/policy/regex/units.h"

#include <stdio.h>
#include <string.h>

enum {
    PATTERN_LONGEST = 16 * 1024, /* bytes */
    GROUPS_DEEPEST = 200,        /* PCRE2's default is 250 */
    REPEAT_MOST = 65535          /* PCRE2's limit of a number in braces */
};

enum ais_err ais_parse_fail(const struct ais_parser *p, const char *at, const char *format, ...)
{
    char what[256];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return ais_fail(p->why, AIS_E_SYNTAX, "offset %zu: %s", (size_t)(at - p->begin), what);
}

uint32_t ais_parse_unit(struct ais_parser *p)
{
    const unsigned char *at = (const unsigned char *)p->at;
    const unsigned char *before = at;
    uint32_t unit = ais_unit_next(&at, (const unsigned char *)p->end);
    p->at += at - before;
    return unit;
}

bool ais_parse_take(struct ais_parser *p, const char *text)
{
    size_t n = strlen(text);
    if ((size_t)(p->end - p->at) < n || memcmp(p->at, text, n) != 0)
        return false;
    p->at += n;
    return true;
}

void ais_parse_skip_quotes(struct ais_parser *p)
{
    for (;;) {
        if (ais_parse_take(p, "\\E"))
            p->quoted = false;
        else if (!p->quoted && ais_parse_take(p, "\\Q"))
            p->quoted = true;
        else
            return;
    }
}

static enum ais_err node_new(struct ais_parser *p, enum ais_node_kind kind, struct ais_node **ret)
{
    struct ais_node *node = ais_arena_alloc(p->arena, sizeof *node);
    if (node == NULL) {
        ais_fail(p->why, AIS_E_NOMEM, "regular expression");
        return AIS_E_NOMEM;
    }
    node->kind = kind;
    *ret = node;
    return AIS_OK;
}

static void node_append(struct ais_node *parent, struct ais_node *child)
{
    child->before = parent->last;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

/* A node of one set, which is tidy; where case does not count it is closed already. */
static enum ais_err set_node(struct ais_parser *p, const struct ais_set *set, struct ais_node **ret)
{
    if (set->failed)
        return ais_fail(p->why, AIS_E_NOMEM, "regular expression");
    TRY(node_new(p, AIS_NODE_SET, ret));
    (*ret)->set = *set;
    (*ret)->caseless = (p->flags & AIS_REGEX_CASELESS) != 0;
    return AIS_OK;
}

static enum ais_err unit_node(struct ais_parser *p, uint32_t unit, struct ais_node **ret)
{
    struct ais_set set = { 0 };
    if (p->flags & AIS_REGEX_CASELESS)
        ais_set_add_folded(p->arena, &set, unit);
    else
        ais_set_add(p->arena, &set, unit, unit);
    return set_node(p, &set, ret);
}

static enum ais_err dot_node(struct ais_parser *p, struct ais_node **ret)
{
    struct ais_set set = { 0 };
    if (!(p->flags & AIS_REGEX_DOTALL))
        ais_set_add(p->arena, &set, '\n', '\n');
    ais_set_negate(p->arena, &set);
    return set_node(p, &set, ret);
}

static enum ais_err assert_node(struct ais_parser *p, enum ais_assert assertion, struct ais_node **ret)
{
    TRY(node_new(p, AIS_NODE_ASSERT, ret));
    (*ret)->assertion = assertion;
    return AIS_OK;
}

static enum ais_err escape_node(struct ais_parser *p, struct ais_node **ret)
{
    struct ais_escape escape;
    TRY(ais_parse_escape(p, false, &escape));
    struct ais_set set = { 0 };
    switch (escape.kind) {
    case AIS_ESCAPE_UNIT: return unit_node(p, escape.unit, ret);
    case AIS_ESCAPE_ASSERT: return assert_node(p, escape.assertion, ret);
    case AIS_ESCAPE_EMPTY: return node_new(p, AIS_NODE_EMPTY, ret);
    case AIS_ESCAPE_OPAQUE: return node_new(p, AIS_NODE_OPAQUE, ret);
    case AIS_ESCAPE_SET: ais_parse_add_named(p, &set, escape.set, escape.negated); break;
    }
    return set_node(p, &set, ret);
}

static enum ais_err bracket_node(struct ais_parser *p, struct ais_node **ret)
{
    struct ais_set set = { 0 };
    bool opaque;
    p->at++;
    TRY(ais_parse_bracket(p, &set, &opaque));
    return opaque ? node_new(p, AIS_NODE_OPAQUE, ret) : set_node(p, &set, ret);
}

void ais_parse_needs_pcre(struct ais_parser *p, const char *what)
{
    if (p->pcre == NULL)
        p->pcre = what;
}

/* Leaves the rest of the pattern to PCRE2. */
static enum ais_err give_up(struct ais_parser *p, struct ais_node **ret)
{
    ais_parse_needs_pcre(p, "a verb, a condition or recursion");
    p->opaque = true;
    p->at = p->end;
    return node_new(p, AIS_NODE_OPAQUE, ret);
}

/* (?i) (?s-m) (?i: and their like, after the question mark; stops at the closing parenthesis or the colon. */
static enum ais_err read_flags(struct ais_parser *p)
{
    static const struct {
        char letter;
        unsigned flag;
    } known[] = {
        {'i',  AIS_REGEX_CASELESS },
        { 'm', AIS_REGEX_MULTILINE},
        { 's', AIS_REGEX_DOTALL   }
    };
    bool on = true;
    for (; p->at < p->end && *p->at != ')' && *p->at != ':'; p->at++) {
        if (*p->at == '-' && on) {
            on = false;
            continue;
        }
        unsigned flag = 0;
        for (size_t i = 0; i < N_ELEMS(known); i++)
            if (known[i].letter == *p->at)
                flag = known[i].flag;
        if (flag == 0 && *p->at == 'x')
            return ais_parse_fail(p, p->at, "extended layout (?x) is not supported: write the pattern without it");
        if (flag == 0)
            return ais_parse_fail(p, p->at,
                                  "unknown group or flag: known are (?: ), (?i) (?m) (?s), (?<name> ), "
                                  "look-around and atomic groups");
        p->flags = on ? p->flags | flag : p->flags & ~flag;
    }
    if (p->at == p->end)
        return ais_parse_fail(p, p->at, "this group has no closing )");
    return AIS_OK;
}

/* What stands right after an opening parenthesis. */
enum group { GROUP_PLAIN, GROUP_FLAGS, GROUP_LOOK, GROUP_ATOMIC, GROUP_NAMED, GROUP_COMMENT, GROUP_OPAQUE };

static const struct opening {
    const char *text;
    enum group group;
} openings[] = {
    {"*",    GROUP_OPAQUE }, /* verbs */
    { "?#",  GROUP_COMMENT},
    { "?:",  GROUP_PLAIN  },
    { "?|",  GROUP_PLAIN  }, /* only numbers its groups otherwise */
    { "?=",  GROUP_LOOK   },
    { "?!",  GROUP_LOOK   },
    { "?<=", GROUP_LOOK   },
    { "?<!", GROUP_LOOK   },
    { "?<*", GROUP_OPAQUE },
    { "?>",  GROUP_ATOMIC },
    { "?<",  GROUP_NAMED  },
    { "?P<", GROUP_NAMED  },
    { "?'",  GROUP_NAMED  },
    { "?(",  GROUP_OPAQUE }, /* conditions */
    { "?R",  GROUP_OPAQUE }, /* recursion, and what else looks into other groups, or out */
    { "?P",  GROUP_OPAQUE },
    { "?&",  GROUP_OPAQUE },
    { "?C",  GROUP_OPAQUE },
    { "?*",  GROUP_OPAQUE },
    { "?+",  GROUP_OPAQUE },
    { "?",   GROUP_FLAGS  },
    { "",    GROUP_PLAIN  },
};

static bool digit_at(const struct ais_parser *p, ptrdiff_t offset)
{
    return p->end - p->at > offset && p->at[offset] >= '0' && p->at[offset] <= '9';
}

static enum group read_opening(struct ais_parser *p)
{
    for (size_t i = 0; i < N_ELEMS(openings); i++) {
        if (!ais_parse_take(p, openings[i].text))
            continue;
        bool recursion =
            openings[i].group == GROUP_FLAGS && (digit_at(p, 0) || (p->at < p->end && *p->at == '-' && digit_at(p, 1)));
        return recursion ? GROUP_OPAQUE : openings[i].group;
    }
    return GROUP_PLAIN;
}

/* A name, up to and with > or '. */
static enum ais_err skip_group_name(struct ais_parser *p)
{
    const char *begin = p->at;
    while (p->at < p->end && ais_unit_is_word((unsigned char)*p->at))
        p->at++;
    if (p->at == begin || p->at == p->end || (*p->at != '>' && *p->at != '\'') || (*begin >= '0' && *begin <= '9'))
        return ais_parse_fail(p, begin, "a group's name is letters, digits and _, as in (?<name>...)");
    p->at++;
    return AIS_OK;
}

static enum ais_err skip_comment(struct ais_parser *p, const char *begin)
{
    const char *close = memchr(p->at, ')', (size_t)(p->end - p->at));
    if (close == NULL)
        return ais_parse_fail(p, begin, "this comment has no closing )");
    p->at = close + 1;
    return AIS_OK;
}

static enum ais_err alternation(struct ais_parser *p, struct ais_node **ret);

/* The inside of a group, and its closing parenthesis. Flags that are set within end with it. */
static enum ais_err group_rest(struct ais_parser *p, const char *begin, unsigned flags_after, struct ais_node **ret)
{
    if (++p->depth > GROUPS_DEEPEST)
        return ais_fail(p->why, AIS_E_LIMIT, "offset %zu: groups are nested deeper than %d", (size_t)(begin - p->begin),
                        GROUPS_DEEPEST);
    TRY(alternation(p, ret));
    p->depth--;
    if (!p->opaque && !ais_parse_take(p, ")"))
        return ais_parse_fail(p, begin, "this group has no closing )");
    p->flags = flags_after;
    return AIS_OK;
}

static enum ais_err group_node(struct ais_parser *p, struct ais_node **ret)
{
    const char *begin = p->at++;
    unsigned flags = p->flags;
    enum group group = read_opening(p);
    switch (group) {
    case GROUP_OPAQUE: return give_up(p, ret);
    case GROUP_COMMENT: TRY(skip_comment(p, begin)); return node_new(p, AIS_NODE_EMPTY, ret);
    case GROUP_NAMED: TRY(skip_group_name(p)); break;
    case GROUP_FLAGS:
        TRY(read_flags(p));
        if (*p->at++ == ')') /* they hold for the rest of the group around this one */
            return node_new(p, AIS_NODE_EMPTY, ret);
        break;
    case GROUP_LOOK: ais_parse_needs_pcre(p, "look-around"); break;
    case GROUP_ATOMIC: ais_parse_needs_pcre(p, "an atomic group"); break;
    case GROUP_PLAIN: break;
    }
    TRY(group_rest(p, begin, flags, ret));
    /* A look-around takes nothing of the text, whatever is in it. */
    return group == GROUP_LOOK ? node_new(p, AIS_NODE_EMPTY, ret) : AIS_OK;
}

static bool read_count(struct ais_parser *p, uint32_t *ret)
{
    if (!digit_at(p, 0))
        return false;
    uint32_t value = 0;
    for (; digit_at(p, 0); p->at++)
        if (value <= REPEAT_MOST)
            value = 10 * value + (uint32_t)(*p->at - '0');
    *ret = value;
    return true;
}

/* {n}, {n,} and {n,m}. Anything else in braces is text, as in PCRE, and nothing is read. */
static enum ais_err read_braces(struct ais_parser *p, uint32_t *min, uint32_t *max, bool *ret_is)
{
    const char *begin = p->at++;
    *ret_is = false;
    bool no_min = ais_parse_take(p, ",");
    bool valid = read_count(p, min);
    *max = *min;
    if (valid && !no_min && ais_parse_take(p, ",") && !read_count(p, max))
        *max = AIS_REPEAT_FOREVER;
    if (!valid || !ais_parse_take(p, "}")) {
        p->at = begin;
        return AIS_OK;
    }
    if (no_min)
        return ais_parse_fail(p, begin, "write {0,%u}, or \\{ for a brace: libraries differ on this one", *min);
    if (*min > REPEAT_MOST || (*max > REPEAT_MOST && *max != AIS_REPEAT_FOREVER))
        return ais_parse_fail(p, begin, "a number in braces is at most %d", REPEAT_MOST);
    if (*max < *min)
        return ais_parse_fail(p, begin, "the first number in braces is at most the second");
    *ret_is = true;
    return AIS_OK;
}

/* Reads a quantifier, if one is next. */
static enum ais_err read_quantifier(struct ais_parser *p, uint32_t *min, uint32_t *max, bool *ret_is)
{
    *ret_is = p->at < p->end && (*p->at == '*' || *p->at == '+' || *p->at == '?');
    if (*ret_is) {
        char byte = *p->at++;
        *min = byte == '+';
        *max = byte == '?' ? 1 : AIS_REPEAT_FOREVER;
        return AIS_OK;
    }
    if (p->at < p->end && *p->at == '{')
        return read_braces(p, min, max, ret_is);
    return AIS_OK;
}

/* Wraps the node in whatever quantifier follows it. */
static enum ais_err quantified(struct ais_parser *p, struct ais_node **node)
{
    ais_parse_skip_quotes(p);
    if (p->quoted)
        return AIS_OK;
    uint32_t min = 0;
    uint32_t max = 0;
    bool is;
    TRY(read_quantifier(p, &min, &max, &is));
    if (!is)
        return AIS_OK;
    if (!ais_parse_take(p, "?") && ais_parse_take(p, "+")) /* lazy takes the same texts, possessive may not */
        ais_parse_needs_pcre(p, "a possessive quantifier");
    struct ais_node *repeat = NULL;
    TRY(node_new(p, AIS_NODE_REPEAT, &repeat));
    repeat->min = min;
    repeat->max = max;
    node_append(repeat, *node);
    *node = repeat;
    const char *again = p->at;
    TRY(read_quantifier(p, &min, &max, &is));
    if (is)
        return ais_parse_fail(p, again, "a quantifier after a quantifier: put what it repeats in a group (?: )");
    return AIS_OK;
}

static enum ais_err atom(struct ais_parser *p, struct ais_node **ret)
{
    if (p->quoted)
        return unit_node(p, ais_parse_unit(p), ret);
    const char *begin = p->at;
    uint32_t min;
    uint32_t max;
    bool is;
    TRY(read_quantifier(p, &min, &max, &is));
    if (is)
        return ais_parse_fail(p, begin,
                              "there is nothing before this quantifier to repeat: write \\%c for the "
                              "character",
                              *begin);
    bool lines = (p->flags & AIS_REGEX_MULTILINE) != 0;
    switch (*p->at) {
    case '(': return group_node(p, ret);
    case '[': return bracket_node(p, ret);
    case '\\': return escape_node(p, ret);
    case '.': p->at++; return dot_node(p, ret);
    case '^': p->at++; return assert_node(p, lines ? AIS_ASSERT_LINE_BEGIN : AIS_ASSERT_BEGIN, ret);
    case '$': p->at++; return assert_node(p, lines ? AIS_ASSERT_LINE_END : AIS_ASSERT_LAST, ret);
    default: return unit_node(p, ais_parse_unit(p), ret);
    }
}

static enum ais_err sequence(struct ais_parser *p, struct ais_node **ret)
{
    struct ais_node *cat = NULL;
    TRY(node_new(p, AIS_NODE_CAT, &cat));
    for (;;) {
        ais_parse_skip_quotes(p);
        if (p->at == p->end || (!p->quoted && (*p->at == '|' || *p->at == ')')))
            break;
        struct ais_node *node = NULL;
        TRY(atom(p, &node));
        TRY(quantified(p, &node));
        node_append(cat, node);
    }
    *ret = cat;
    return AIS_OK;
}

/* Recursion is bounded by GROUPS_DEEPEST. */
static enum ais_err alternation(struct ais_parser *p, struct ais_node **ret)
{
    struct ais_node *first = NULL;
    TRY(sequence(p, &first));
    if (p->at == p->end || *p->at != '|') {
        *ret = first;
        return AIS_OK;
    }
    struct ais_node *alt = NULL;
    TRY(node_new(p, AIS_NODE_ALT, &alt));
    node_append(alt, first);
    while (ais_parse_take(p, "|")) {
        struct ais_node *branch = NULL;
        TRY(sequence(p, &branch));
        node_append(alt, branch);
    }
    *ret = alt;
    return AIS_OK;
}

enum ais_err ais_ast_parse(struct ais_arena *arena, const char *pattern, size_t n, unsigned flags, struct ais_ast *ret,
                           struct ais_why *why)
{
    if (n > PATTERN_LONGEST)
        return ais_fail(why, AIS_E_LIMIT, "a pattern has at most %d bytes", PATTERN_LONGEST);
    struct ais_parser p = { .arena = arena, .begin = pattern, .at = pattern, .flags = flags, .why = why };
    p.end = pattern + n;
    struct ais_ast ast = { 0 };
    TRY(alternation(&p, &ast.root));
    if (p.at < p.end)
        return ais_parse_fail(&p, p.at, "this ) closes no group: write \\) for the character");
    if (p.opaque)
        TRY(node_new(&p, AIS_NODE_OPAQUE, &ast.root));
    ast.pcre = p.pcre;
    *ret = ast;
    return AIS_OK;
}
