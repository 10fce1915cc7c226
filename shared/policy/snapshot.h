/* The inside of a snapshot: what compile.c makes, trigger.c ties to literals, and engine.c runs. Immutable once made.
 *
 * A rule is a tree of nodes over predicates; equal subtrees of whatever rules are one node. Each predicate and each
 * node is a gate. In a decision it is open when it could hold, by the literals that its text holds and by what of it
 * was not understood; what is not open is false. Only rules whose root is open are looked at. What no literal can rule
 * out stands open in every decision; every other gate waits for literals of which one occurs whenever it could hold. */
#ifndef AIS_SHARED_POLICY_SNAPSHOT_H
#define AIS_SHARED_POLICY_SNAPSHOT_H

#include "shared/policy/expr.h"
#include "shared/policy/intern.h"
#include "shared/policy/policy.h"
#include "shared/policy/predicate.h"
#include "shared/policy/prefilter.h"
#include "shared/seal/digest.h"

#include <stdatomic.h>

/* A child of a node, or a rule's root: a node's number, or a predicate's with this bit. */
#define AIS_REF_PREDICATE 0x80000000U

struct ais_node {
    enum ais_expr_kind kind;     /* OF, NOT or EACH */
    enum ais_part_id part;       /* of EACH: whose elements */
    uint32_t need, first, count; /* its children are policy->children[first], ...; cheapest and rarest first */
    uint32_t level;              /* above those of all its children; 0: all of these are predicates */
};

/* A part of a rule that has a name: its tools or one of its selections. Only explanations look at it. */
struct ais_named {
    const char *name;
    uint32_t ref;  /* what it asks */
    uint32_t line; /* in its document */
};

struct ais_policy_rule {
    struct ais_match match;           /* what it says of itself when it matches */
    const char *reason, *remediation; /* remediation NULL when there is none; equal texts are one pointer */
    const char *const *alternatives;  /* equal texts are one pointer */
    size_t alternative_count;
    uint32_t root;
    uint32_t exception; /* what excepts from it: its filters and `unless`, any of them */
    bool has_exception;
    bool unless_token;
    uint32_t place;                            /* among the rules as they were added: for compiling only */
    const struct ais_correlation *correlation; /* what it counts; NULL: it is no correlation */
    uint32_t first_watch, watch_count;         /* what correlations watch of it: policy->watches */
    const struct ais_named *named;             /* in the order of the document */
    uint32_t named_count, line, column;        /* where the rule begins in its document */
    const char *condition;                     /* as written; NULL without a detection */
    const char *file;                          /* of the document */
};

/* What some correlation looks at in calls that a rule matched. */
struct ais_watch {
    uint32_t rule, field; /* field AIS_NO_FIELD: none is looked at */
    enum ais_measure measure;
    uint64_t id; /* ais_session_watch */
};
#define AIS_NO_FIELD UINT32_MAX

/* Lists of numbers, one a key: those of key k are items[from[k]] to items[from[k + 1] - 1]. */
struct ais_lists {
    uint32_t *from, *items; /* owned */
    size_t keys, count;     /* of items */
};

struct ais_policy {
    atomic_size_t references;
    uint64_t serial; /* never the same for two snapshots of one process */
    char digest[65];
    enum ais_action default_action;
    unsigned risk_threshold;
    struct ais_arena *arena;           /* owned; texts */
    struct ais_predicates *predicates; /* owned */
    struct ais_node *nodes;            /* owned */
    uint32_t *children;                /* owned */
    size_t node_count, child_count;
    struct ais_policy_rule *rules; /* owned; most severe first, then by pack and id: the order of reasons */
    size_t rule_count;
    struct ais_prefilter *prefilter;              /* one reference to it */
    unsigned char prefilter_key[AIS_DIGEST_SIZE]; /* of all that it depends on */
    struct ais_literal *literals; /* owned; as the scan looks for them, which may be a part; their bytes are the
                                     patterns' */
    size_t literal_count;
    uint32_t *predicate_sets;            /* owned; predicate p needs one of each of the sets of literals from
                                            predicate_sets[p] to predicate_sets[p + 1] - 1; none: it stands open */
    struct ais_lists set_literals;       /* a set's literals */
    struct ais_lists literal_predicates; /* a literal's predicates: those whose rarest set it is in */
    struct ais_lists source_predicates;  /* a source's predicates: open when the source was not understood */
    struct ais_lists gate_nodes;         /* a gate's nodes: those that wait for it */
    struct ais_lists gate_rules;         /* a gate's rules: those whose root it is */
    bool *standing;                      /* owned; of gates: it stands open */
    uint32_t level_count;                /* of nodes */
    struct ais_lists triggers;           /* a literal's rules: for people; it wakes them by way of gates */
    uint32_t *always;                    /* owned; rules whose root stands open, in order */
    size_t always_count;
    struct ais_watch *watches; /* owned; in the order of their rules */
    size_t watch_count;
    struct ais_session_needs needs;
    unsigned sources; /* bits of enum ais_source that some predicate draws on */
    struct ais_policy_stats stats;
};

/* The gate of a reference: predicates come first, then nodes. */
static inline uint32_t ais_gate(const struct ais_policy *policy, uint32_t ref)
{
    return ref & AIS_REF_PREDICATE ? ref & ~AIS_REF_PREDICATE : (uint32_t)policy->predicates->count + ref;
}

void ais_policy_destroy(struct ais_policy **policy);
void ais_lists_done(struct ais_lists *lists);

/* watch.c: a correlation of the snapshot from one that was read, whose rules begin at the place first. */
MUST_CHECK enum ais_err ais_watch_correlation(struct ais_policy *policy, const struct ais_correlation *read,
                                              size_t first, const struct ais_correlation **ret, struct ais_why *why);

/* watch.c: the rules are in their order; ties correlations to them, and notes what is watched and needed. */
MUST_CHECK enum ais_err ais_watch_all(struct ais_policy *policy, struct ais_why *why);

/* trigger.c: predicates, nodes, rules and digest are there; makes the prefilter, as the options have it, the lists and
 * the order of children. */
MUST_CHECK enum ais_err ais_policy_tie(struct ais_policy *policy, const struct ais_policy_options *options,
                                       struct ais_why *why);

/* cost.c: AIS_E_RULE, with a diagnostic for each of the costliest rules, when what must be looked at in every decision
 * costs more than AIS_ALWAYS_COST_MOST; AIS_E_NOMEM. The policy is tied. */
MUST_CHECK enum ais_err ais_policy_check_cost(const struct ais_policy *policy, struct ais_diagnostics *diagnostics,
                                              struct ais_why *why);

/* cache.c: the literals that what is in the cache was compiled of, in the order of their bytes, which are the cache's;
 * none when it is not as we write it. *ret is the caller's to free. AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_policy_cache_literals(const struct ais_policy_cache *cache, struct ais_literal **ret,
                                                  size_t *ret_count, struct ais_why *why);

/* cache.c: the prefilter of the policy's literals: that of the policy that it may be like, from the cache, or compiled
 * and put there. */
MUST_CHECK enum ais_err ais_policy_prefilter(struct ais_policy *policy, const struct ais_policy_options *options,
                                             struct ais_why *why);

/* literals.c: the predicates are there; numbers their sets of literals, in the order of predicates and sets, and the
 * literals of these, in the order of their bytes. Where the policy that it may be like (or the cache, if it is brief)
 * has all of these and few others, the numbers are those there, and the others are literals of this policy too, that
 * wake nobody. AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_policy_number_literals(struct ais_policy *policy, const struct ais_policy_options *options,
                                                   struct ais_why *why);

#endif
