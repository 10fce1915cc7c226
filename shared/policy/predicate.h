/* Predicates: one operator with one pattern on one field (a fact and its path). Equal ones, in whichever rule of
 * whichever pack they stand, are one predicate, compiled once and answered once a decision. */
#ifndef AIS_SHARED_POLICY_PREDICATE_H
#define AIS_SHARED_POLICY_PREDICATE_H

#include "shared/policy/facts/fact.h"
#include "shared/policy/pattern.h"

struct ais_field {
    const char *text; /* as in a rule: "tool_args.command" */
    const struct ais_fact *fact;
    struct ais_path path; /* count 0: none */
};

#define AIS_FIELD_NONE UINT32_MAX

struct ais_predicate {
    uint32_t field;
    uint32_t other;             /* fieldref: the field whose values it is compared with; else AIS_FIELD_NONE */
    struct ais_pattern *shared; /* one reference to it; NULL: its value was refused. The next three are its */
    const struct ais_op *op;
    const void *pattern;
    size_t weight;
    struct ais_op_use use; /* what the rule wrote: op may be another, which stands for all of it */
    const char *shown;     /* the values that it was made of, for people, cut at AIS_PREDICATE_SHOWN bytes */

    /* The (first) value as the rule writes it, for those who explain or compare rules; the text lives as long as the
     * predicates. */
    size_t value_count;      /* 0: it is another field's */
    enum ais_json_kind kind; /* of the value */
    const char *text;        /* "" of null, and of no value */
    size_t length;           /* of text */
};

enum { AIS_PREDICATE_SHOWN = 240 };

/* The predicates of one snapshot (or of one pack, while it is checked): numbers are their places in the arrays. */
struct ais_predicates {
    struct ais_field *fields; /* owned */
    size_t field_count, field_capacity;
    struct ais_predicate *items; /* owned */
    size_t count, capacity;
    struct ais_arena *arena;                         /* owned; paths and texts of fields */
    struct ais_intern *field_names, *predicate_keys; /* owned; NULL once sealed */
    struct ais_buf *key;                             /* owned; scratch; NULL once sealed */
    struct ais_arena *work;                          /* owned; of ais_regex_compile; NULL once sealed */
    struct ais_patterns *patterns;                   /* owned; those that need not be compiled; NULL once sealed */
};

/* like: others, sealed, whose patterns are shared where values are the same, and which live until these are sealed; or
 * NULL. NULL when memory is out. */
struct ais_predicates *ais_predicates_new(const struct ais_predicates *like);
void ais_predicates_destroy(struct ais_predicates **predicates);

/* The field that n bytes of a rule name; n 0: the one of lists without a field. Errors as ais_fact_parse. */
MUST_CHECK enum ais_err ais_predicates_field(struct ais_predicates *predicates, const char *text, size_t n,
                                             uint32_t *ret, struct ais_why *why);

/* The predicate of n values (ais_op_compile), or of another field. AIS_E_RULE: the operator does not take them, why
 * says why, without a position. */
MUST_CHECK enum ais_err ais_predicates_add(struct ais_predicates *predicates, uint32_t field,
                                           const struct ais_op_use *use, const struct ais_json *values, size_t n,
                                           uint32_t *ret, struct ais_why *why);
MUST_CHECK enum ais_err ais_predicates_add_reference(struct ais_predicates *predicates, uint32_t field,
                                                     const struct ais_op_use *use, uint32_t other, uint32_t *ret,
                                                     struct ais_why *why);

/* The sources that a predicate draws on (enum ais_source). */
unsigned ais_predicate_sources(const struct ais_predicates *predicates, uint32_t number);

/* The first of a predicate's sets of literals; NULL when it has none. */
const struct ais_literals *ais_predicate_literals(const struct ais_predicates *predicates, uint32_t number);

/* Whether it is a regular expression of which no text is known that every match contains: it is tried wherever its rule
 * is looked at. */
bool ais_predicate_is_blind(const struct ais_predicate *predicate);

/* Nothing will be added any more: frees what only adding needs. */
void ais_predicates_seal(struct ais_predicates *predicates);

#endif
