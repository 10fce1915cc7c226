/* Modifiers: what follows `|` after a fact's name in a rule. One modifier is one row of ais_ops; adding one touches
 * nothing else. Semantics: Sigma specification 2.1. A row is one of four kinds:
 *
 * - an operator compares: contains, re, gt;
 * - a flag changes how operators compare, or what a rule's values stand for: all, cased, neq;
 * - a transformation makes the text that is looked for of the one in the rule: utf16le, base64;
 * - a measure makes a number of the request's value, which is compared in its place: len, hour.
 *
 * They apply in the order in which they stand: `utf16le|base64offset|contains` looks for what becomes of the text in
 * UTF-16 once that is encoded. An order that makes no sense is a fault that names the right one.
 *
 * Values and patterns compare like this, and every operator keeps to it:
 * - Text compares without regard to case (see regex.h for what that means outside ASCII) unless `cased`; `re` is
 *   case-sensitive unless `i`.
 * - A text operator sees a number as it is written and a boolean as true or false.
 * - A number in a rule equals a number of the same decimal value, however written: 1 = 1.0 = 10e-1. It equals a string
 *   that is written as the rule writes it ("1", not "1.0"). A string in a rule compares as text, "1" with 1 and "1".
 * - lt, lte, gt, gte compare decimal values exactly, and read a string that is wholly a number as that number, because
 *   the tool that gets it will. Nothing goes through a double.
 * - What base64 made is compared with regard to case: letters of another case are other bytes.
 * - An absent value makes every comparison false, but for `exists: false`, `neq` and a plain null.
 * - `neq` is about each value of the request by itself: it holds where one differs from all that the rule has. Nobody
 *   hides a bad host by naming a good one beside it. */
#ifndef AIS_SHARED_POLICY_OP_H
#define AIS_SHARED_POLICY_OP_H

#include "shared/err/err.h"
#include "shared/json/json.h"
#include "shared/mem/arena.h"
#include "shared/mem/buf.h"
#include "shared/policy/literals.h"
#include "shared/policy/regex/regex.h"
#include "shared/policy/truth.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ais_value_kind {
    AIS_VALUE_ABSENT,  /* the fact has no value at all */
    AIS_VALUE_UNKNOWN, /* it could not be understood within its bounds: every comparison is unknown */
    AIS_VALUE_NULL,
    AIS_VALUE_BOOL,
    AIS_VALUE_NUMBER,
    AIS_VALUE_STRING
};

struct ais_value {
    enum ais_value_kind kind;
    const char *text; /* borrowed; STRING: its bytes, any; NUMBER: the JSON lexeme; BOOL: true or false;
                         UNKNOWN: why, a literal, or nothing; else unused */
    size_t length;    /* of text */
    uint32_t element; /* of what has elements (facts/view.h): which one it belongs to; else 0 */
};

enum ais_op_flag {
    AIS_FLAG_ALL = 1,        /* a list is AND; the caller's business, operators ignore it */
    AIS_FLAG_CASED = 2,      /* case counts */
    AIS_FLAG_I = 4,          /* re: case does not count */
    AIS_FLAG_M = 8,          /* re: ^ and $ match at every line */
    AIS_FLAG_S = 16,         /* re: . matches a newline too */
    AIS_FLAG_NEQ = 32,       /* the value differs from all of the rule's */
    AIS_FLAG_EXPAND = 64,    /* %name% stands for a list of the pack; the caller's business */
    AIS_FLAG_FIELDREF = 128, /* the rule's value names a field; ais_reference_new is for those */
    AIS_FLAG_WINDASH = 256,  /* any dash or slash is any other */

    /* Only in `takes`: what may stand before an operator. */
    AIS_FLAG_TRANSFORMED = 512,
    AIS_FLAG_MEASURED = 1024
};

/* What a transformation has made: one text, or several of which any will do. */
struct ais_op_texts {
    struct ais_buf *items; /* owned */
    size_t count, capacity;
    bool failed; /* memory ran out */
};

enum { AIS_MEASURE_ROOM = 32 };         /* bytes of a measure's number */
#define AIS_MEASURE_FAILED ((size_t)-1) /* in place of its length: memory is out */

struct ais_op_scratch; /* what one thread needs while it matches, whichever the operator */

struct ais_op {
    const char *name;     /* as written in a rule; "" is the plain comparison */
    unsigned takes;       /* operators: the flags that may stand beside it */
    unsigned flag;        /* flags: which one this row is */
    const char *opposite; /* operators that do not take neq: the one that says it; NULL: there is none */

    /* One value of a rule (a scalar; of a list, one element) to a pattern. On success *ret is the caller's and ends
     * with destroy. AIS_E_RULE: why says what is wrong and what would be right, without a position: the caller knows
     * value->line and value->column. Nothing of value is kept. work: as ais_regex_compile has it. */
    enum ais_err (*compile)(const struct ais_json *value, unsigned flags, struct ais_arena *work, void **ret,
                            struct ais_why *why);

    /* The sets of literals of each of which every value contains one that this pattern matches; borrowed from pattern,
     * never NULL.
     * A pattern that matches an absent value has none. They are looked for in value.text. */
    const struct ais_literals *(*literals)(const void *pattern);

    /* Call through ais_op_match. */
    enum ais_truth (*match)(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch);

    void (*destroy)(void **pattern); /* nulls it; takes NULL within */

    /* Transformations: appends what n bytes become. AIS_E_RULE, AIS_E_NOMEM. */
    enum ais_err (*transform)(const char *text, size_t n, struct ais_op_texts *ret, struct ais_why *why);
    unsigned rank;     /* the smaller stands before the greater; of one rank there is one in a chain */
    bool cased;        /* what it makes is compared with regard to case */
    const char *needs; /* the operator that has to follow; NULL: any that takes texts */

    /* Measures: writes the number of a value that has a text, without a NUL, and returns its length; 0: it has none. */
    size_t (*measure)(const struct ais_value *value, struct ais_op_scratch *scratch, char ret[AIS_MEASURE_ROOM]);
    int least, most; /* what it can be, both included; 0 and 0: nothing is said */
};

enum { AIS_TRANSFORMS_MOST = 3 };

/* Every row. */
extern const struct ais_op *const ais_ops[];
extern const size_t ais_op_count;

/* The row named by n bytes of name; NULL when there is none. */
const struct ais_op *ais_op_find(const char *name, size_t n);

/* One use of operators in a rule: what stands after a fact's name. */
struct ais_op_use {
    const struct ais_op *op;
    unsigned flags;
    const struct ais_op *transforms[AIS_TRANSFORMS_MOST]; /* in their order */
    size_t transform_count;
    const struct ais_op *measure; /* NULL: the value itself is compared */
};

/* Reads "contains|all", "re|i|m", "cased", "" (plain): n bytes, modifiers between bars. AIS_E_RULE: an unknown modifier
 * (with a suggestion where one is near), one that is named twice, two operators, a flag that the operator does not
 * take, an order that makes no sense. */
MUST_CHECK enum ais_err ais_op_parse(const char *chain, size_t n, struct ais_op_use *ret, struct ais_why *why);

/* Compiles what a use compares with: n values (scalars; at least one) of which any will do, or with neq none.
 * *ret_op has the functions for *ret, which ends with its destroy; it is not always a row. Errors as its compile. */
MUST_CHECK enum ais_err ais_op_compile(const struct ais_op_use *use, const struct ais_json *values, size_t n,
                                       struct ais_arena *work, const struct ais_op **ret_op, void **ret,
                                       struct ais_why *why);

/* How often a pattern of op looks at a value: its work is counted by that. */
size_t ais_op_weight(const struct ais_op *op, const void *pattern);

/* As ais_op_compile, for fieldref: a pattern that compares with the n values of another field, by ais_reference_match;
 * more: there may be others, which are not known. */
MUST_CHECK enum ais_err ais_reference_new(const struct ais_op_use *use, const struct ais_op **ret_op, void **ret,
                                          struct ais_why *why);
enum ais_truth ais_reference_match(const void *pattern, const struct ais_value *value, const struct ais_value *others,
                                   size_t n, bool more, struct ais_op_scratch *scratch);

/* Whether pattern, which op compiled, matches value. A fact with several values matches when any does (or): call once a
 * value, and once with AIS_VALUE_ABSENT when there is none. Never allocates once warm. */
enum ais_truth ais_op_match(const struct ais_op *op, const void *pattern, const struct ais_value *value,
                            struct ais_op_scratch *scratch);

/* Begins a new decision: what searches may cost is bounded for each (see ais_regex_renew). */
void ais_op_renew(struct ais_op_scratch *scratch, const struct ais_regex_meter *meter);

/* NULL when memory is out. One thread at a time. */
struct ais_op_scratch *ais_op_scratch_new(void);
void ais_op_scratch_destroy(struct ais_op_scratch **scratch);

#endif
