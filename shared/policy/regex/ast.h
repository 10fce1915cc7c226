/* A pattern as a tree: what parse.c makes, and program.c and literals.c walk. Lives in an arena. */
#ifndef AIS_SHARED_POLICY_REGEX_AST_H
#define AIS_SHARED_POLICY_REGEX_AST_H

#include "shared/err/err.h"
#include "shared/mem/arena.h"
#include "shared/policy/literals.h"
#include "shared/policy/regex/set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ais_node_kind {
    AIS_NODE_EMPTY,  /* matches between two units, always */
    AIS_NODE_SET,    /* one unit of a set */
    AIS_NODE_ASSERT, /* matches between two units, sometimes */
    AIS_NODE_CAT,    /* its children, one after the other */
    AIS_NODE_ALT,    /* one of its children */
    AIS_NODE_REPEAT, /* its one child, min to max times */
    AIS_NODE_OPAQUE  /* something only PCRE2 knows how to match */
};

enum ais_assert {
    AIS_ASSERT_BEGIN,      /* \A, and ^ */
    AIS_ASSERT_END,        /* \z */
    AIS_ASSERT_LAST,       /* \Z, and $: at the end, or before a newline that is the last unit */
    AIS_ASSERT_LINE_BEGIN, /* ^ with m: at the begin, or after a newline that is not the last unit */
    AIS_ASSERT_LINE_END,   /* $ with m: at the end, or before a newline */
    AIS_ASSERT_WORD,       /* \b */
    AIS_ASSERT_NOT_WORD    /* \B */
};

#define AIS_REPEAT_FOREVER UINT32_MAX

struct ais_node {
    enum ais_node_kind kind;
    enum ais_assert assertion;      /* ASSERT */
    bool caseless;                  /* SET: stands where case does not count; the set is closed already */
    struct ais_set set;             /* SET; tidy */
    uint32_t min, max;              /* REPEAT */
    struct ais_node *first, *last;  /* CAT, ALT, REPEAT: children */
    struct ais_node *next, *before; /* siblings */
};

struct ais_ast {
    struct ais_node *root;
    const char *pcre; /* what only PCRE2 can match (a literal): the tree is good for literals, not for a program; NULL:
                         there is no such thing */
};

/* Parses n bytes of pattern. AIS_E_SYNTAX: why names the offset and what would be right; AIS_E_LIMIT: too long or too
 * deep; AIS_E_NOMEM: the arena is exhausted. With pcre the pattern may yet be wrong: PCRE2 has the last word. */
MUST_CHECK enum ais_err ais_ast_parse(struct ais_arena *arena, const char *pattern, size_t n, unsigned flags,
                                      struct ais_ast *ret, struct ais_why *why);

/* The best sets of literals of each of which every match contains one, in the arena; the best first, not yet linked.
 * Returns how many; memory out: none. *ret_lack says why there is none. */
size_t ais_ast_literals(struct ais_arena *arena, const struct ais_ast *ast,
                        struct ais_literals ret[AIS_LITERAL_SETS_MOST], enum ais_literals_lack *ret_lack);

#endif
