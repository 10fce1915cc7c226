/* What the readers of a rulepack's parts share: where faults go, and maps read by table. */
#ifndef AIS_SHARED_POLICY_READER_H
#define AIS_SHARED_POLICY_READER_H

#include "shared/policy/expr.h"
#include "shared/policy/predicate.h"
#include "shared/policy/rulepack.h"

/* A pattern that no literal rules out, and where it stands. */
struct ais_blind {
    uint32_t predicate;
    uint32_t line, column;
    const struct ais_blind *next;
};

struct ais_reader {
    struct ais_arena *arena; /* borrowed, as all of this */
    const char *file;
    const char *source; /* the document's bytes, to which begin and end of nodes refer */
    struct ais_diagnostics *diagnostics;
    struct ais_predicates *predicates;
    const struct ais_json *lists;  /* the pack's lists, a map of checked lists; NULL: it has none */
    const struct ais_blind *blind; /* of the rule at hand, in the arena; none where nobody wants warnings */
    bool no_memory;
};

/* Notes a fault where a value begins, or where its key does. */
void ais_reader_fault(struct ais_reader *reader, const struct ais_json *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void ais_reader_fault_key(struct ais_reader *reader, const struct ais_json *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Notes a warning where a value begins, or where its key does: allowed, and hardly meant. */
void ais_reader_warn(struct ais_reader *reader, const struct ais_json *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void ais_reader_warn_key(struct ais_reader *reader, const struct ais_json *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* n bytes, zeroed; NULL, and the reader knows, when the arena is exhausted. */
void *ais_reader_alloc(struct ais_reader *reader, size_t n);

#define AIS_KIND(kind) (1U << (kind))

/* One key of a map. */
struct ais_key {
    const char *name;
    unsigned kinds;     /* AIS_KIND bits that its value may have */
    const char *wanted; /* them in words: "a string" */
    void (*read)(struct ais_reader *reader, const struct ais_json *node, void *into); /* NULL: not in this version */
};

/* Reads a map by its table: an unknown key (with a suggestion where one is near) and a wrong kind are faults. */
void ais_reader_map(struct ais_reader *reader, const struct ais_json *map, const struct ais_key *keys, size_t n,
                    void *into);

/* A string that is not empty and holds no NUL; NULL, with a fault, when node is anything else. */
const char *ais_reader_text(struct ais_reader *reader, const struct ais_json *node);

/* A list of such strings, or a single one. */
const char *const *ais_reader_texts(struct ais_reader *reader, const struct ais_json *node, size_t *ret_count);

/* detection.c: what a map of selections and a condition asks; NULL, with a fault, when it is wrong. The outline
 * (may be NULL) is filled where there is a condition. */
const struct ais_expr *ais_detection_read(struct ais_reader *reader, const struct ais_json *node,
                                          struct ais_outline *ret_outline);

/* detection.c: what one selection asks. NULL as above. */
const struct ais_expr *ais_selection_read(struct ais_reader *reader, const struct ais_json *node);

/* detection.c: any of the globs in a list, or a single one, on the tool's name. NULL as above. */
const struct ais_expr *ais_tools_read(struct ais_reader *reader, const struct ais_json *node);

/* lists.c: checks the pack's lists, and lets the reader know them. */
void ais_lists_read(struct ais_reader *reader, const struct ais_json *node);

/* lists.c: what a text with |expand stands for: its one %name% is every value of that list, each of several within a
 * longer text every way to fill them in. In the arena; NULL, with a fault, when a list is unknown or it is too much. */
const struct ais_json *ais_lists_expand(struct ais_reader *reader, const struct ais_json *node, size_t *ret_count);

/* filter.c: what excepts from rules: a selection, or a detection (a map with a condition). NULL, with a fault, when it
 * is wrong or rests on nothing but what the agent says of itself. what: "a filter", for faults. */
const struct ais_expr *ais_exception_read(struct ais_reader *reader, const struct ais_json *node, const char *what);

/* filter.c: one filter into *ret, as ais_rule_read. */
void ais_filter_read(struct ais_reader *reader, const struct ais_json *node, struct ais_filter *ret);

/* rule.c: an id, in rules and filters alike; NULL, with a fault, when it is none. */
const char *ais_id_read(struct ais_reader *reader, const struct ais_json *node);

/* alternatives.c: the list of a rule's alternatives, each as JSON, into the rule. */
void ais_alternatives_read(struct ais_reader *reader, const struct ais_json *node, struct ais_rule *rule);

/* rule.c: one rule or invariant into *ret. False, with faults, when it is wrong. */
struct ais_rule_defaults {
    enum ais_action action; /* NONE: none given */
    enum ais_severity severity;
    enum ais_mode mode;
};
void ais_defaults_read(struct ais_reader *reader, const struct ais_json *node, struct ais_rule_defaults *ret);
void ais_rule_read(struct ais_reader *reader, const struct ais_json *node, enum ais_rule_kind kind,
                   const struct ais_rule_defaults *defaults, struct ais_rule *ret);

/* rulepack.c: as ais_rulepack_read, over predicates that several packs share. */
MUST_CHECK enum ais_err ais_rulepack_read_into(struct ais_arena *arena, struct ais_predicates *predicates,
                                               const char *file, const char *bytes, size_t n,
                                               const struct ais_rulepack **ret, struct ais_diagnostics *diagnostics,
                                               struct ais_why *why);

#endif
