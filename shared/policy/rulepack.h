/* One rulepack as written: a YAML (or JSON) document read into a checked tree, with every fault in it.
 *
 * A pack with any fault is refused whole. Unknown keys, modifiers and facts are faults, never skipped: a rule that is
 * silently read in part protects nobody. Words that the language defines but this version does not build yet are
 * refused in the same way, and the message says so. */
#ifndef AIS_SHARED_POLICY_RULEPACK_H
#define AIS_SHARED_POLICY_RULEPACK_H

#include "shared/json/json.h"
#include "shared/policy/correlation.h"
#include "shared/policy/diag.h"

#include <stdbool.h>

/* Weakest first: the strongest action of all that match wins. */
#define AIS_ACTIONS(X)                                 \
    X(AIS_ACTION_NONE, "none")                         \
    X(AIS_ACTION_ALLOW, "allow")                       \
    X(AIS_ACTION_REQUIRE_APPROVAL, "require_approval") \
    X(AIS_ACTION_BLOCK, "block")

enum ais_action {
#define X(value, word) value,
    AIS_ACTIONS(X)
#undef X
        AIS_ACTION_COUNT
};

#define AIS_SEVERITIES(X)                          \
    X(AIS_SEVERITY_INFORMATIONAL, "informational") \
    X(AIS_SEVERITY_LOW, "low")                     \
    X(AIS_SEVERITY_MEDIUM, "medium")               \
    X(AIS_SEVERITY_HIGH, "high")                   \
    X(AIS_SEVERITY_CRITICAL, "critical")

enum ais_severity {
#define X(value, word) value,
    AIS_SEVERITIES(X)
#undef X
        AIS_SEVERITY_COUNT
};

#define AIS_MODES(X)               \
    X(AIS_MODE_ENFORCE, "enforce") \
    X(AIS_MODE_MONITOR, "monitor")

enum ais_mode {
#define X(value, word) value,
    AIS_MODES(X)
#undef X
        AIS_MODE_COUNT
};

#define AIS_RULE_KINDS(X)         \
    X(AIS_RULE, "rule")           \
    X(AIS_INVARIANT, "invariant") \
    X(AIS_CORRELATION, "correlation")

enum ais_rule_kind {
#define X(value, word) value,
    AIS_RULE_KINDS(X)
#undef X
        AIS_RULE_KIND_COUNT
};

/* The words above; never NULL. The _of functions return false when no value has that word. */
const char *ais_action_text(enum ais_action action);
const char *ais_severity_text(enum ais_severity severity);
const char *ais_mode_text(enum ais_mode mode);
const char *ais_rule_kind_text(enum ais_rule_kind kind);
bool ais_action_of(const char *word, enum ais_action *ret);
bool ais_severity_of(const char *word, enum ais_severity *ret);

enum { AIS_TEST_BEFORE_MOST = 64 };

/* One test inside a rule: whether this rule, by itself, matches the request, and with which action. */
struct ais_rule_test {
    const char *name;               /* never NULL */
    const struct ais_json *request; /* a body in either form, known to be one */
    const struct ais_json *before;  /* a list of such bodies: what its session did, a second apart; NULL: nothing */
    enum ais_action expect;         /* AIS_ACTION_NONE: the rule must not match */
    uint32_t line, column;
};

struct ais_expr;      /* what a rule asks, checked: expr.h */
struct ais_selection; /* a part of it that has a name: condition.h */

/* A rule's parts as they were written, for who has to name them later. */
struct ais_outline {
    const struct ais_selection *selections; /* tools, if there are any, as one of that name */
    size_t count;
    const char *condition; /* NULL without a detection */
};

struct ais_rule {
    enum ais_rule_kind kind;
    const char *id, *title;  /* never NULL */
    const char *description; /* NULL when there is none */
    enum ais_action action;  /* never NONE */
    enum ais_severity severity;
    enum ais_mode mode;
    bool unless_token;             /* an invariant that a valid approval token satisfies */
    const struct ais_expr *unless; /* an invariant: what satisfies it when it is certain; NULL: nothing does */
    const struct ais_expr *expr;   /* tools and detection together; of a correlation: any of its rules */
    struct ais_outline outline;
    struct ais_correlation *correlation; /* what a correlation counts; NULL: it is none */
    const char *remediation;             /* NULL when there is none */
    const char *const *alternatives;     /* each one JSON object: tool_name, tool_args, context, in this order */
    size_t alternative_count;
    const char *const *tags, *const *references;
    size_t tag_count, reference_count;
    const struct ais_rule_test *tests;
    size_t test_count;
    uint32_t line, column; /* where the rule begins in its document */
};

/* An exception to rules of whichever pack: a rule does not match where a filter of it certainly holds. */
struct ais_filter {
    const char *id;           /* never NULL */
    const char *const *rules; /* ids */
    size_t rule_count;
    const struct ais_json *rules_node; /* where they stand */
    const struct ais_expr *expr;
    uint32_t line, column;
};

struct ais_rulepack {
    const char *name, *version;   /* never NULL */
    const char *description;      /* "" when there is none */
    const struct ais_rule *rules; /* rules in document order, then invariants, then correlations */
    size_t count;                 /* of all together */
    size_t rule_count, invariant_count, correlation_count;
    const struct ais_filter *filters; /* in document order */
    size_t filter_count;
};

enum { AIS_RULEPACK_RULES_MAX = 20000, AIS_RULEPACK_BYTES_MAX = 4 << 20 };

/* Reads and checks one document. *ret is set on success only; it and all it points to live in the arena, until its
 * next reset. file, in diagnostics, names the document ("" is allowed).
 * AIS_E_RULE: refused; diagnostics (may be NULL) has every fault, why the first as "file:line:column: message".
 * AIS_E_NOMEM: the arena is exhausted. */
MUST_CHECK enum ais_err ais_rulepack_read(struct ais_arena *arena, const char *file, const char *bytes, size_t n,
                                          const struct ais_rulepack **ret, struct ais_diagnostics *diagnostics,
                                          struct ais_why *why);

/* Compares two semantic versions (semver.org 2.0.0, precedence): negative, 0, positive as a is older, same, newer.
 * Both must be valid, as those of every pack that was read are. */
int ais_version_compare(const char *a, const char *b);
bool ais_version_valid(const char *version);

#endif
