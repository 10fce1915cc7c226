/* A pattern as a program: a Thompson automaton over classes of units.
 *
 * Units that no set of the pattern tells apart are one class, so that a step looks at a small number. Searching runs
 * all threads at once; search.c remembers sets of threads as states, so that warm text costs one look-up a unit. */
#ifndef AIS_SHARED_POLICY_REGEX_PROGRAM_H
#define AIS_SHARED_POLICY_REGEX_PROGRAM_H

#include "shared/policy/regex/ast.h"
#include "shared/policy/regex/regex.h"

#include <stdint.h>

enum {
    AIS_PROGRAM_LONGEST = 4096, /* instructions, which bounds the work a unit of text can cost */
    AIS_CLASSES_MOST = 1024     /* classes of units */
};

enum ais_inst_kind { AIS_INST_SET, AIS_INST_SPLIT, AIS_INST_ASSERT, AIS_INST_MATCH };

struct ais_inst {
    uint8_t kind;      /* enum ais_inst_kind */
    uint8_t assertion; /* ASSERT: enum ais_assert */
    uint16_t set;      /* SET: row of members */
    uint16_t out;      /* SET, ASSERT, SPLIT: where to go on */
    uint16_t alt;      /* SPLIT: or there */
};

/* Where a class of units beyond ASCII begins; it ends before the next. */
struct ais_class_from {
    uint32_t unit;
    uint16_t class;
};

/* Of what a position's neighbours are, as far as this program's assertions ask. */
enum ais_context {
    AIS_CONTEXT_BEGIN = 1, /* \A or ^ */
    AIS_CONTEXT_LINE = 2,  /* ^ with m */
    AIS_CONTEXT_WORD = 4   /* \b or \B */
};

struct ais_program {
    uint64_t id;            /* never the same for two programs of a process */
    struct ais_inst *insts; /* owned */
    uint16_t count, start;
    uint64_t *waits;             /* owned; a bit an instruction: SET and ASSERT, where a thread looks at the text */
    bool anchored;               /* a match can only begin where the text begins */
    unsigned contexts;           /* enum ais_context: what its assertions ask about the unit before */
    uint16_t classes;            /* proper ones; `classes` is the newline that ends the text, `classes` + 1 the end */
    uint16_t newline;            /* the class of '\n', which has no other member */
    uint16_t ascii[128];         /* class of each ASCII unit */
    struct ais_class_from *wide; /* owned; sorted, the first begins at 0x80 or below */
    size_t wide_count;
    uint64_t *members;     /* owned; a row a set, a bit a class */
    size_t member_words;   /* of a row */
    uint8_t *word_classes; /* owned; a class: whether its units are word characters */
};

/* Compiles a tree that PCRE2 is not needed for. AIS_E_LIMIT: too large, why says so; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_program_new(struct ais_arena *arena, const struct ais_ast *ast, struct ais_program **ret,
                                        struct ais_why *why);

void ais_program_destroy(struct ais_program **program);

/* search.c: what a thread remembers of the programs it ran last. */
struct ais_search_scratch;
struct ais_search_scratch *ais_search_scratch_new(void);
void ais_search_scratch_destroy(struct ais_search_scratch **scratch);

/* Whether the program matches anywhere in the text; unknown when memory is out. */
enum ais_truth ais_program_search(const struct ais_program *program, const unsigned char *text, size_t n,
                                  struct ais_search_scratch *scratch);

#endif
