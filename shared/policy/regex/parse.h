/* What parse.c (groups, quantifiers), escape.c (what follows a backslash) and bracket.c (classes) share. */
#ifndef AIS_SHARED_POLICY_REGEX_PARSE_H
#define AIS_SHARED_POLICY_REGEX_PARSE_H

#include "shared/policy/regex/ast.h"

struct ais_parser {
    struct ais_arena *arena;
    const char *begin, *at, *end; /* the pattern; at is the next byte to read */
    unsigned flags;               /* enum ais_regex_flag, as the inline flags have set them so far */
    unsigned depth;               /* of open groups */
    bool quoted;                  /* between \Q and \E */
    const char *pcre;             /* what only PCRE2 can match (a literal), the first of it; NULL: nothing so far */
    bool opaque; /* met something whose reach we do not know: the whole tree means nothing, only PCRE2 can judge */
    struct ais_why *why;
};

/* A class with a name: \d, [:alpha:] and so on. */
struct ais_named_set {
    const char *name; /* as within [: :]; NULL: it has only an escape */
    const struct ais_range *ranges;
    size_t count;
};

/* What follows a backslash. */
enum ais_escape_kind {
    AIS_ESCAPE_UNIT,   /* one unit: \n, \x41, \. */
    AIS_ESCAPE_SET,    /* one unit of a set: \d, \W */
    AIS_ESCAPE_ASSERT, /* \b, \A */
    AIS_ESCAPE_EMPTY,  /* matches between two units, but PCRE2 has to know: \G, \K */
    AIS_ESCAPE_OPAQUE  /* only PCRE2 knows: \1, \p{L} */
};

struct ais_escape {
    enum ais_escape_kind kind;
    uint32_t unit;                   /* UNIT */
    const struct ais_named_set *set; /* SET */
    bool negated;                    /* SET */
    enum ais_assert assertion;       /* ASSERT */
};

/* Refuses the pattern: AIS_E_SYNTAX, "offset N: what", where N is that of at. */
enum ais_err ais_parse_fail(const struct ais_parser *p, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Notes that the pattern holds what only PCRE2 can match. */
void ais_parse_needs_pcre(struct ais_parser *p, const char *what);

/* The next unit, which is there; the parser moves past it. */
uint32_t ais_parse_unit(struct ais_parser *p);

/* Whether the next bytes are text; if so the parser moves past them. */
bool ais_parse_take(struct ais_parser *p, const char *text);

/* Steps over \Q and \E, which change how the rest is read and match nothing. */
void ais_parse_skip_quotes(struct ais_parser *p);

/* Reads an escape from its backslash on; within a class fewer are known, and some mean something else. */
MUST_CHECK enum ais_err ais_parse_escape(struct ais_parser *p, bool in_class, struct ais_escape *ret);

/* Reads a class after its opening bracket, up to and with the closing one. *ret_opaque: it holds \p or \P, and set is
 * not to be used. */
MUST_CHECK enum ais_err ais_parse_bracket(struct ais_parser *p, struct ais_set *set, bool *ret_opaque);

/* Adds a named set, or all units but its members; set is tidy before and after. */
void ais_parse_add_named(struct ais_parser *p, struct ais_set *set, const struct ais_named_set *named, bool negated);

/* The set that stands as [:name:]; NULL when there is none. */
const struct ais_named_set *ais_named_set_find(const char *name, size_t n);

#endif
