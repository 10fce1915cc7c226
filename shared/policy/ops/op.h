/* Operators: what follows `|` after a fact's name in a rule. One operator is one file and one row of ais_ops; adding
 * one touches nothing else. Semantics: Sigma specification 2.1.
 *
 * Flags (all, cased, i, m, s) are rows of the same table: they compare nothing and change how others do.
 *
 * Values and patterns compare like this, and every operator keeps to it:
 * - Text compares without regard to case (see regex.h for what that means outside ASCII) unless `cased`; `re` is
 *   case-sensitive unless `i`.
 * - A text operator sees a number as it is written and a boolean as true or false.
 * - A number in a rule equals a number of the same decimal value, however written: 1 = 1.0 = 10e-1. It equals a string
 *   that is written as the rule writes it ("1", not "1.0"). A string in a rule compares as text, "1" with 1 and "1".
 * - lt, lte, gt, gte compare decimal values exactly, and read a string that is wholly a number as that number, because
 *   the tool that gets it will. Nothing goes through a double.
 * - An absent value makes every comparison false, but for `exists: false` and a plain null. */
#ifndef AIS_SHARED_POLICY_OP_H
#define AIS_SHARED_POLICY_OP_H

#include "shared/err/err.h"
#include "shared/json/json.h"
#include "shared/policy/literals.h"
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
    AIS_FLAG_ALL = 1,   /* a list is AND; the caller's business, operators ignore it */
    AIS_FLAG_CASED = 2, /* case counts */
    AIS_FLAG_I = 4,     /* re: case does not count */
    AIS_FLAG_M = 8,     /* re: ^ and $ match at every line */
    AIS_FLAG_S = 16     /* re: . matches a newline too */
};

struct ais_op_scratch; /* what one thread needs while it matches, whichever the operator */

struct ais_op {
    const char *name; /* as written in a rule; "" is the plain comparison */
    unsigned takes;   /* operators: the flags that may stand beside it */
    unsigned flag;    /* flags: which one this row is. 0: an operator, and all of the below are set */

    /* One value of a rule (a scalar; of a list, one element) to a pattern. On success *ret is the caller's and ends
     * with destroy. AIS_E_RULE: why says what is wrong and what would be right, without a position: the caller knows
     * value->line and value->column. Nothing of value is kept. */
    enum ais_err (*compile)(const struct ais_json *value, unsigned flags, void **ret, struct ais_why *why);

    /* The sets of literals of each of which every value contains one that this pattern matches; borrowed from pattern,
     * never NULL.
     * A pattern that matches an absent value has none. They are looked for in value.text. */
    const struct ais_literals *(*literals)(const void *pattern);

    /* Call through ais_op_match. */
    enum ais_truth (*match)(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch);

    void (*destroy)(void **pattern); /* nulls it; takes NULL within */
};

/* Every operator and flag, by name. */
extern const struct ais_op *const ais_ops[];
extern const size_t ais_op_count;

/* The row named by n bytes of name; NULL when there is none. */
const struct ais_op *ais_op_find(const char *name, size_t n);

/* One use of operators in a rule: what stands after a fact's name. */
struct ais_op_use {
    const struct ais_op *op;
    unsigned flags;
};

/* Reads "contains|all", "re|i|m", "cased", "" (plain): n bytes, modifiers between bars. AIS_E_RULE: an unknown modifier
 * (with a suggestion where one is near), one that is named twice, two operators, or a flag that the operator does not
 * take. */
MUST_CHECK enum ais_err ais_op_parse(const char *chain, size_t n, struct ais_op_use *ret, struct ais_why *why);

/* Whether pattern, which op compiled, matches value. A fact with several values matches when any does (or): call once a
 * value, and once with AIS_VALUE_ABSENT when there is none. Never allocates once warm. */
enum ais_truth ais_op_match(const struct ais_op *op, const void *pattern, const struct ais_value *value,
                            struct ais_op_scratch *scratch);

/* Begins a new decision: what searches may cost is bounded for each (see ais_regex_renew). */
void ais_op_renew(struct ais_op_scratch *scratch);

/* NULL when memory is out. One thread at a time. */
struct ais_op_scratch *ais_op_scratch_new(void);
void ais_op_scratch_destroy(struct ais_op_scratch **scratch);

#endif
