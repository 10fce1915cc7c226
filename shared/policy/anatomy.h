/* How the rules of a snapshot were compiled, for those who write them: what wakes each, what it asks, what it costs. */
#ifndef AIS_SHARED_POLICY_ANATOMY_H
#define AIS_SHARED_POLICY_ANATOMY_H

#include "shared/policy/literals.h"
#include "shared/policy/policy.h"

/* How a comparison is made: its word, what that means. */
#define AIS_PATTERN_KINDS(X)                                                          \
    X(AIS_PATTERN_PLAIN, "plain", "one comparison of the value")                      \
    X(AIS_PATTERN_LINEAR, "linear", "an automaton: at most size of pattern x length") \
    X(AIS_PATTERN_PCRE2, "PCRE2", "PCRE2, under its match limit; beyond it: unknown")

enum ais_pattern_kind {
#define X(value, word, meaning) value,
    AIS_PATTERN_KINDS(X)
#undef X
        AIS_PATTERN_KIND_COUNT
};

/* What a rule costs a decision, the least first: its word, what that means. */
#define AIS_RULE_COSTS(X)                                                                                    \
    X(AIS_COST_WOKEN, "woken", "nothing, until one of its literals occurs")                                  \
    X(AIS_COST_WOKEN_PCRE2, "woken_pcre2", "nothing, until one of its literals occurs; then bounded search") \
    X(AIS_COST_ALWAYS, "always", "its comparisons, in every decision")                                       \
    X(AIS_COST_ALWAYS_PCRE2, "always_pcre2", "bounded search, in every decision")

enum ais_rule_cost {
#define X(value, word, meaning) value,
    AIS_RULE_COSTS(X)
#undef X
        AIS_RULE_COST_COUNT
};

const char *ais_pattern_kind_text(enum ais_pattern_kind kind);
const char *ais_pattern_kind_meaning(enum ais_pattern_kind kind);
const char *ais_rule_cost_text(enum ais_rule_cost cost);
const char *ais_rule_cost_meaning(enum ais_rule_cost cost);

/* One comparison, as the rule writes it. */
struct ais_pattern_anatomy {
    const char *field, *modifiers; /* "tool_args.path", "contains|cased"; "" without modifiers */
    const char *value;
    size_t value_length;
    enum ais_pattern_kind kind;
    const char *why; /* PCRE2: what of it only PCRE2 can match; else NULL */
    size_t literals; /* of its sets: how many bytes strings of which a match contains one */
};

/* Texts live as long as the anatomy and its policy. */
struct ais_rule_anatomy {
    const char *pack, *rule;
    const char *const *facts; /* fields, as rules write them; each once */
    size_t fact_count;
    const struct ais_literal *literals; /* one of which occurs whenever the rule could hold; bytes folded to small */
    size_t literal_count;               /* 0: it is looked at in every decision */
    const char *always;                 /* why it is; NULL: it is not */
    const struct ais_pattern_anatomy *patterns; /* each once, in the order in which they are asked */
    size_t pattern_count;
    enum ais_rule_cost cost;
};

struct ais_anatomy;

/* Of all rules of a policy, which must outlive it. *ret ends with ais_anatomy_destroy. AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_anatomy_new(const struct ais_policy *policy, struct ais_anatomy **ret, struct ais_why *why);
void ais_anatomy_destroy(struct ais_anatomy **anatomy);

/* That of one rule; NULL: there is none of this id. Borrowed. */
const struct ais_rule_anatomy *ais_anatomy_find(const struct ais_anatomy *anatomy, const char *pack, const char *rule);

#endif
