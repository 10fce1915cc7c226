/* From rules that hold to a decision, as RULEPACKS "Meaning" has it: the strongest action of all enforced rules wins,
 * unknown never allows, a valid token satisfies whatever asks and nothing that blocks. */
#include "shared/json/write.h"
#include "shared/policy/engine.h"
#include "shared/policy/reasons.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct deciding {
    struct ais_engine *engine;
    enum ais_token token;
    enum ais_action strongest;       /* of the enforced rules that match; NONE: no such rule */
    const struct ais_match *hanging; /* the first enforced rule that hangs on an unknown; NULL: none */
    uint32_t hanging_root;
    const char *hanging_why; /* of a correlation: what it hangs on besides facts of this call; NULL: nothing */
    struct ais_decision decision;
};

/* ---- matches ---- */

static void add_match(struct deciding *d, const struct ais_policy_rule *rule, bool unknown, const char *why)
{
    size_t i = d->decision.match_count++;
    struct ais_match *match = &d->engine->matches[i];
    *match = rule->match;
    match->unknown = unknown;
    d->engine->matched[i] = rule;
    if (match->mode != AIS_MODE_ENFORCE)
        return;
    if (!unknown && match->action > d->strongest)
        d->strongest = match->action;
    if (unknown && d->hanging == NULL) {
        d->hanging = match;
        d->hanging_root = rule->root;
        d->hanging_why = why;
    }
}

/* Whether a filter or an `unless` takes a rule out. One that is unknown never satisfies: a rule that blocks or asks
 * stands, and one that allows does not. */
static bool is_excepted(struct ais_engine *engine, const struct ais_policy_rule *rule)
{
    enum ais_truth truth = rule->has_exception ? ais_engine_ask(engine, rule->exception) : AIS_FALSE;
    return truth == AIS_TRUE || (truth == AIS_UNKNOWN && rule->match.action == AIS_ACTION_ALLOW);
}

/* Whether a rule matches this call, whatever the calls before it were. */
static enum ais_truth ask_rule(const struct deciding *d, const struct ais_policy_rule *rule)
{
    if (rule->unless_token && d->token == AIS_TOKEN_VALID)
        return AIS_FALSE;
    enum ais_truth truth = ais_engine_ask(d->engine, rule->root);
    return truth != AIS_FALSE && is_excepted(d->engine, rule) ? AIS_FALSE : truth;
}

/* What this call is for correlations, all of it before the first of them is asked. */
static void watch_rules(const struct deciding *d)
{
    struct ais_engine *engine = d->engine;
    for (size_t i = 0; i < engine->candidate_count; i++) {
        const struct ais_policy_rule *rule = &engine->policy->rules[engine->candidates[i]];
        enum ais_truth truth = rule->watch_count > 0 ? ask_rule(d, rule) : AIS_FALSE;
        if (truth != AIS_FALSE)
            ais_engine_watch(engine, engine->candidates[i], truth);
    }
}

/* A correlation fires with a call that matches one of its rules, of which each may be excepted, as it may be itself. */
static enum ais_truth ask_correlation(const struct deciding *d, const struct ais_policy_rule *rule,
                                      const char **ret_why)
{
    const struct ais_correlation *correlation = rule->correlation;
    enum ais_truth truth = AIS_FALSE;
    for (size_t i = 0; i < correlation->rule_count && truth != AIS_TRUE; i++)
        truth = ais_truth_or(truth, ask_rule(d, &d->engine->policy->rules[correlation->rules[i]]));
    if (truth == AIS_FALSE || is_excepted(d->engine, rule))
        return AIS_FALSE;
    return ais_truth_and(truth, ais_correlate(d->engine, correlation, ret_why));
}

/* Candidates are in the order of rules, which is that of reasons. */
static void find_matches(struct deciding *d)
{
    struct ais_engine *engine = d->engine;
    if (engine->policy->watch_count > 0)
        watch_rules(d);
    for (size_t i = 0; i < engine->candidate_count; i++) {
        const struct ais_policy_rule *rule = &engine->policy->rules[engine->candidates[i]];
        const char *why = NULL;
        enum ais_truth truth = rule->correlation != NULL ? ask_correlation(d, rule, &why) : ask_rule(d, rule);
        if (truth == AIS_TRUE || (truth == AIS_UNKNOWN && rule->match.action != AIS_ACTION_ALLOW))
            add_match(d, rule, truth == AIS_UNKNOWN, why);
    }
}

/* ---- outcome ---- */

static bool risk_asks(const struct deciding *d)
{
    return d->decision.risk.threshold > 0 && d->decision.risk.score >= d->decision.risk.threshold;
}

static bool token_is_bad(const struct deciding *d)
{
    return d->token != AIS_TOKEN_NONE && d->token != AIS_TOKEN_VALID;
}

static enum ais_action outcome(const struct deciding *d)
{
    enum ais_action action = d->strongest != AIS_ACTION_NONE ? d->strongest : d->engine->policy->default_action;
    bool asks = d->hanging != NULL || token_is_bad(d) || risk_asks(d);
    if (asks && action < AIS_ACTION_REQUIRE_APPROVAL)
        action = AIS_ACTION_REQUIRE_APPROVAL;
    return action == AIS_ACTION_REQUIRE_APPROVAL && d->token == AIS_TOKEN_VALID ? AIS_ACTION_ALLOW : action;
}

/* ---- reasons ---- */

static void add_reason(struct deciding *d, enum ais_reason_code code, const struct ais_policy_rule *rule,
                       const char *text)
{
    if (text == NULL) {
        d->engine->failed = true;
        return;
    }
    d->engine->notes[d->decision.reason_count] = (struct ais_reason_note){ code, rule };
    d->engine->reasons[d->decision.reason_count++] = text;
}

/* A reason that is made for this decision; NULL when memory is out. */
static const char *format(struct deciding *d, const char *pattern, ...) __attribute__((format(printf, 2, 3)));

static const char *format(struct deciding *d, const char *pattern, ...)
{
    char text[512];
    va_list args;
    va_start(args, pattern);
    vsnprintf(text, sizeof text, pattern, args);
    va_end(args);
    return ais_arena_copy(d->engine->arena, text, strlen(text));
}

/* Adds an interned text unless it is there already. */
static void add_once(const char **list, size_t *count, const char *text)
{
    for (size_t i = 0; i < *count; i++)
        if (list[i] == text)
            return;
    list[(*count)++] = text;
}

static void note_severity(struct deciding *d, const struct ais_match *match)
{
    if (match->severity > d->decision.severity)
        d->decision.severity = match->severity;
}

static enum ais_reason_code code_of(const struct ais_match *match)
{
    if (match->kind == AIS_INVARIANT)
        return AIS_BY_INVARIANT;
    if (match->kind == AIS_CORRELATION)
        return AIS_BY_CORRELATION;
    return match->action == AIS_ACTION_BLOCK ? AIS_BY_RULE_BLOCK : AIS_BY_RULE_APPROVAL;
}

static void explain_matches(struct deciding *d)
{
    struct ais_engine *engine = d->engine;
    for (size_t i = 0; i < d->decision.match_count; i++) {
        const struct ais_policy_rule *rule = engine->matched[i];
        const struct ais_match *match = &engine->matches[i];
        if (match->unknown || match->mode != AIS_MODE_ENFORCE || match->action < AIS_ACTION_REQUIRE_APPROVAL ||
            (match->action == AIS_ACTION_REQUIRE_APPROVAL && d->token == AIS_TOKEN_VALID))
            continue;
        note_severity(d, match);
        add_reason(d, code_of(match), rule, rule->reason);
        for (size_t k = 0; k < rule->alternative_count; k++)
            add_once(engine->alternatives, &d->decision.alternative_count, rule->alternatives[k]);
        if (rule->remediation != NULL)
            add_once(engine->remediations, &d->decision.remediation_count, rule->remediation);
    }
}

static void explain_hanging(struct deciding *d)
{
    const char *fact = NULL, *why = NULL;
    ais_engine_blame(d->engine, d->hanging_root, &fact, &why);
    note_severity(d, d->hanging);
    if (fact == NULL && d->hanging_why != NULL) {
        fact = "session";
        why = d->hanging_why;
    }
    add_reason(d, AIS_BY_NOT_UNDERSTOOD, d->engine->matched[d->hanging - d->engine->matches],
               fact != NULL ? format(d, AIS_REASON_NOT_UNDERSTOOD, fact, why) : NULL);
}

static void explain_risk(struct deciding *d)
{
    const struct ais_risk *risk = &d->decision.risk;
    char factors[448];
    ais_risk_describe(risk, factors, sizeof factors);
    if (d->decision.severity < AIS_SEVERITY_MEDIUM)
        d->decision.severity = AIS_SEVERITY_MEDIUM;
    add_reason(d, AIS_BY_RISK, NULL, format(d, AIS_REASON_RISK, risk->score, risk->threshold, factors));
}

static void explain(struct deciding *d)
{
    static const enum ais_reason_code token_codes[AIS_TOKEN_COUNT] = {
        [AIS_TOKEN_INVALID] = AIS_BY_TOKEN_INVALID, [AIS_TOKEN_EXPIRED] = AIS_BY_TOKEN_EXPIRED,
        [AIS_TOKEN_FORGED] = AIS_BY_TOKEN_FORGED,   [AIS_TOKEN_SPENT] = AIS_BY_TOKEN_SPENT,
        [AIS_TOKEN_FOREIGN] = AIS_BY_TOKEN_FOREIGN,
    };
    enum ais_action action = d->decision.action, fallback = d->engine->policy->default_action;
    if (action == AIS_ACTION_ALLOW) {
        add_reason(d, AIS_BY_ALL_CLEAR, NULL, AIS_REASON_ALLOWED);
        return;
    }
    explain_matches(d);
    if (d->hanging != NULL && action != AIS_ACTION_BLOCK)
        explain_hanging(d);
    if (risk_asks(d) && action != AIS_ACTION_BLOCK)
        explain_risk(d);
    if (token_is_bad(d))
        add_reason(d, token_codes[d->token], NULL, format(d, AIS_REASON_TOKEN, ais_token_text(d->token)));
    if (d->strongest == AIS_ACTION_NONE && fallback != AIS_ACTION_ALLOW)
        add_reason(d, AIS_BY_DEFAULT_ACTION, NULL, format(d, AIS_REASON_DEFAULT, ais_action_text(fallback)));
}

enum ais_err ais_decide(struct ais_engine *engine, const struct ais_policy *policy, const struct ais_question *question,
                        struct ais_decision *ret, struct ais_why *why)
{
    TRY(ais_engine_begin(engine, policy, question, why));
    struct deciding d = {
        .engine = engine,
        .token = question->token,
        .decision = {.severity = AIS_SEVERITY_INFORMATIONAL, .snapshot = policy->digest},
    };
    find_matches(&d);
    d.decision.matches = engine->matches;
    if (policy->risk_threshold > 0)
        ais_risk_measure(engine, &d.decision, policy->risk_threshold, &d.decision.risk);
    ais_engine_stage(engine, AIS_STAGE_CONDITIONS);
    d.decision.action = outcome(&d);
    explain(&d);
    if (engine->failed || engine->values.failed || engine->view.failed)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for a decision");
    d.decision.allowed = d.decision.action == AIS_ACTION_ALLOW;
    d.decision.requires_approval = d.decision.action == AIS_ACTION_REQUIRE_APPROVAL;
    d.decision.matches = engine->matches;
    d.decision.events = engine->events;
    d.decision.event_count = engine->event_count;
    d.decision.wants_session = engine->wants_session;
    d.decision.reasons = engine->reasons;
    d.decision.alternatives = engine->alternatives;
    d.decision.remediations = engine->remediations;
    *ret = d.decision;
    ais_engine_stage(engine, AIS_STAGE_ANSWER);
    return AIS_OK;
}

static void write_texts(struct ais_buf *out, const char *key, const char *const *texts, size_t n)
{
    ais_jw_begin_array(out, key);
    for (size_t i = 0; i < n; i++)
        ais_jw_text(out, NULL, texts[i]);
    ais_jw_end_array(out);
}

void ais_decision_write(struct ais_buf *out, const struct ais_decision *decision, const char *decision_id)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_bool(out, "allowed", decision->allowed);
    ais_jw_bool(out, "requires_approval", decision->requires_approval);
    write_texts(out, "reasons", decision->reasons, decision->reason_count);
    ais_jw_begin_array(out, "alternatives");
    for (size_t i = 0; i < decision->alternative_count; i++)
        ais_jw_raw(out, NULL, decision->alternatives[i], strlen(decision->alternatives[i]));
    ais_jw_end_array(out);
    if (decision_id != NULL)
        ais_jw_text(out, "decision_id", decision_id);
    if (decision->remediation_count > 0)
        write_texts(out, "remediations", decision->remediations, decision->remediation_count);
    ais_jw_end_object(out);
}
