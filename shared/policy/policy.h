/* The engine: rulepacks compiled into one immutable snapshot, and decisions made with it.
 *
 * A decision is a pure function of the question and the snapshot: no clock, no state, no order of packs, rules or keys
 * shows in it. Whatever goes wrong inside is an error, never an allow.
 *
 *     ais_policy_compile(packs, n, &options, &policy, &diagnostics, &why);     any thread, off the hot path
 *     engine = ais_engine_new();                                              one per thread
 *     ais_decide(engine, policy, &question, &decision, &why);                 no malloc once it is warm
 *     ais_decision_write(&out, &decision, decision_id);
 */
#ifndef AIS_SHARED_POLICY_POLICY_H
#define AIS_SHARED_POLICY_POLICY_H

#include "shared/mem/buf.h"
#include "shared/policy/question.h"
#include "shared/policy/risk.h"
#include "shared/policy/rulepack.h"

/* Part of every snapshot's digest: raise it whenever a decision may come out differently for the same packs. */
#define AIS_ENGINE_VERSION "3"

/* ---- snapshot ---- */

struct ais_policy; /* immutable once compiled; share it freely between threads */

enum ais_pack_kind { AIS_PACK_SYSTEM, AIS_PACK_CUSTOM };

struct ais_pack_source {
    const char *file; /* names the document in diagnostics; the pack's name is the one inside */
    const char *bytes;
    size_t size;
    bool enabled; /* a disabled pack is left out: neither read nor part of the digest */
    enum ais_pack_kind kind;
};

/* What costs most of a compile, kept from one to the next: the database of literals, as bytes for these literals, one
 * version of its library, and kind of processor. The library trusts them: only what came from a compile of
 * ours may be given back, so they are kept under seal (shared/store/policy_cache.h). */
struct ais_policy_cache {
    struct ais_buf
        packed; /* owned; before a compile what an earlier one left, or empty; after it what this one leaves */
    bool used;  /* what was given was for this compile, and good */
};

struct ais_rulepack; /* rulepack.h */

struct ais_policy_options {
    enum ais_action default_action; /* when no enforced rule matches; ALLOW, REQUIRE_APPROVAL or BLOCK */
    unsigned risk_threshold;        /* from which score (risk.h) on a decision asks for approval, 1 to 100; 0: never */
    bool partial;                   /* there are other packs: filters may be about rules of theirs */
    struct ais_policy_cache *cache; /* borrowed; NULL: nothing is kept */
    bool brief;                     /* decides little, if anything: where the cache has these literals and a few others,
                                       all of them are scanned for */
    const struct ais_policy *like;  /* borrowed; whose patterns are shared where values are the same, and whose
                                       database where the literals are; or NULL */

    /* Called with each enabled pack that can be read, whatever becomes of the rest; read lives until it returns. NULL:
     * nobody wants to see them. */
    void (*show)(void *arg, const struct ais_pack_source *pack, const struct ais_rulepack *read);
    void *show_arg;
};

/* What the rules that no literal can rule out may cost together: such a rule is looked at in every decision, and costs
 * 1 a comparison, or AIS_ALWAYS_COST_RE a regular expression without a literal. Past it the packs are refused. */
enum { AIS_ALWAYS_COST_MOST = 4096, AIS_ALWAYS_COST_RE = 16 };

/* Compiles n packs, all or nothing. Unless they are partial, a filter is about rules of theirs (of a disabled one too).
 * *ret, set on success only, holds one reference, which is the caller's. The packs' bytes are not needed afterwards. No
 * pack at all is fine: then the default action decides. AIS_E_RULE: a pack is faulty, two have one name, or the
 * rules would make every decision slow; diagnostics (not NULL) lists everything. AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_policy_compile(const struct ais_pack_source *packs, size_t n,
                                           const struct ais_policy_options *options, struct ais_policy **ret,
                                           struct ais_diagnostics *diagnostics, struct ais_why *why);

/* Another reference to the same snapshot; returns policy. Any thread. */
struct ais_policy *ais_policy_ref(struct ais_policy *policy);

/* Gives one reference back and nulls the caller's pointer; the last one frees. NULL is fine. Any thread. */
void ais_policy_unref(struct ais_policy **policy);

/* BLAKE2b-256 over packs (in order of their names), default action, risk threshold and engine version: 64 hexadecimal
 * digits. */
const char *ais_policy_digest(const struct ais_policy *policy);

struct ais_policy_stats {
    size_t packs, rules, invariants, correlations;
    size_t predicates;   /* distinct comparisons */
    size_t literals;     /* in the prefilter's database */
    size_t always_rules; /* rules that no literal can rule out: looked at in every decision */
    size_t bytes;        /* of tables and prefilter; patterns and texts come on top */
};
void ais_policy_stats(const struct ais_policy *policy, struct ais_policy_stats *ret);

/* What decisions with this snapshot need to know of a session's past. Nothing: a question needs no session, and none
 * has to be kept. */
struct ais_session_needs {
    bool facts;          /* calls and tools */
    bool events;         /* what correlations watch */
    int64_t timespan_ns; /* the longest of its correlations */
};
struct ais_session_needs ais_policy_session_needs(const struct ais_policy *policy);

/* ---- decision ---- */

/* A rule or invariant that matched. Strings belong to the snapshot. */
struct ais_match {
    const char *rule, *title, *pack, *version;
    enum ais_action action;
    enum ais_severity severity;
    enum ais_mode mode;
    enum ais_rule_kind kind;
    bool unknown; /* it did not match, but hangs on a fact that was not understood */
};

/* What this call is for the correlations of later calls of its session; strings belong to the snapshot. Its time, call
 * and allowed are for whoever keeps it to fill in. */
struct ais_call_event {
    const char *rule, *pack, *field; /* field NULL: none is looked at */
    enum ais_measure measure;
    struct ais_session_event event;
};

/* The watch of events that another process wrote: the same for the same names. */
uint64_t ais_session_watch(const char *pack, const char *rule, const char *field, enum ais_measure measure);

enum { AIS_CALL_EVENTS_MOST = 256 }; /* of one call */

/* Everything in it lives in the engine until its next ais_decide, and no longer than the snapshot. */
struct ais_decision {
    enum ais_action action;          /* what holds: ALLOW, REQUIRE_APPROVAL or BLOCK */
    bool allowed;                    /* action is ALLOW */
    bool requires_approval;          /* action is REQUIRE_APPROVAL */
    enum ais_severity severity;      /* the highest among what blocks or asks; else INFORMATIONAL */
    const char *snapshot;            /* the policy's digest */
    const struct ais_match *matches; /* most severe first, then by pack and rule; monitored ones too */
    size_t match_count;
    const char *const *reasons; /* at least one */
    size_t reason_count;
    const char *const *alternatives; /* each a JSON object, no repeats */
    size_t alternative_count;
    const char *const *remediations; /* no repeats */
    size_t remediation_count;
    const struct ais_call_event *events;
    size_t event_count; /* at most AIS_CALL_EVENTS_MOST */
    bool wants_session; /* the session's events were deferred, and are needed: nothing else of this is to be used */
    struct ais_risk risk;
};

/* Bytes of memory that an engine keeps from one large decision to the next (arena.h), and whoever reads its bodies: the
 * tree of a megabyte of brackets is 40 MB. */
enum { AIS_DECISION_KEPT = 48 << 20 };

struct ais_engine; /* scratch memory of one thread; serves any number of snapshots, one after another */

/* NULL when memory is out. Ends with ais_engine_destroy, which takes NULL and nulls the caller's pointer. */
struct ais_engine *ais_engine_new(void);
void ais_engine_destroy(struct ais_engine **engine);

/* Has pulse called now and then while a decision takes long (about once a million bytes looked at), on the deciding
 * thread: for an actor that must not fall silent meanwhile. NULL ends it. arg is the caller's. */
void ais_engine_listen(struct ais_engine *engine, void (*pulse)(void *arg), void *arg);

/* Has the values that correlations tell apart hashed under a key of AIS_VALUE_KEYED bytes, so that whoever reads these
 * hashes finds no value by trying; borrowed for the engine's life. Until then they are hashed without one. */
enum { AIS_VALUE_KEYED = 32 };
void ais_engine_key(struct ais_engine *engine, const unsigned char key[AIS_VALUE_KEYED]);

/* Decides. *ret is filled on success only; on any error the answer must be "not able to decide" (503), not allowed.
 * AIS_E_NOMEM, AIS_E_INTERNAL. */
MUST_CHECK enum ais_err ais_decide(struct ais_engine *engine, const struct ais_policy *policy,
                                   const struct ais_question *question, struct ais_decision *ret, struct ais_why *why);

/* Appends the answer to out: {"allowed","requires_approval","reasons","alternatives","decision_id"[,"remediations"]},
 * in this order. decision_id may be NULL and is then left out. Look at out->failed afterwards. */
void ais_decision_write(struct ais_buf *out, const struct ais_decision *decision, const char *decision_id);

/* ---- warnings ---- */

/* Looks for what is allowed in n packs and hardly meant: rules that never match, match everything, or add nothing to
 * another one, or are looked at in every decision because of a pattern without a literal; selections that no condition
 * asks for, repeated values, empty lists, rules without tests, ids that two packs have. Found by the rules' structure,
 * soundly, within a bound of work; *warnings (zeroed before) has them with their places. The packs are known to compile
 * together: else AIS_E_RULE, without saying why. AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_policy_lint(const struct ais_pack_source *packs, size_t n, struct ais_diagnostics *warnings,
                                        struct ais_why *why);

/* Looks for names in the filters of n packs that no rule of theirs has, and none of others (which are read only then):
 * the rule may be in a pack that is not at hand. Warnings, and what is known of the packs, as above. */
MUST_CHECK enum ais_err ais_policy_lint_filters(const struct ais_pack_source *packs, size_t n,
                                                const struct ais_pack_source *others, size_t other_count,
                                                struct ais_diagnostics *warnings, struct ais_why *why);

/* ---- embedded tests ---- */

/* One row of the table that `rulepack test` prints. Strings belong to the results. */
struct ais_rule_result {
    const char *pack, *rule, *test;
    uint32_t line, column;
    enum ais_action expect, got;
    bool passed;
};

struct ais_rule_results; /* owns its rows */
void ais_rule_results_destroy(struct ais_rule_results **results);
const struct ais_rule_result *ais_rule_results_rows(const struct ais_rule_results *results, size_t *ret_count);
size_t ais_rule_results_failed(const struct ais_rule_results *results);   /* rows that did not pass */
size_t ais_rule_results_untested(const struct ais_rule_results *results); /* rules that have no test */

/* What the tests of a pack touch of one rule, in the order of the pack. Strings belong to the results. */
struct ais_rule_coverage {
    const char *pack, *rule;
    uint32_t line, column;
    size_t tests;    /* its own */
    size_t own_hits; /* of these, in how many it matched */
    size_t hits;     /* of all tests of the pack, in how many it matched */
};
const struct ais_rule_coverage *ais_rule_results_coverage(const struct ais_rule_results *results, size_t *ret_count);

/* Compiles one pack by itself and runs the tests inside it: does this rule match this request, with which action?
 * (Not: what is decided. Other rules, mode and default action are left out.) A rule that hangs on an unknown counts as
 * require_approval. *ret is set on success, failed rows included; ends with ais_rule_results_destroy.
 * Errors as ais_policy_compile. */
MUST_CHECK enum ais_err ais_rulepack_test(const struct ais_pack_source *pack, struct ais_rule_results **ret,
                                          struct ais_diagnostics *diagnostics, struct ais_why *why);

#endif
