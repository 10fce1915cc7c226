#include "shared/policy/explain/explain.h"

#include "shared/json/write.h"
#include "shared/policy/explain/walk.h"

#include <string.h>

enum {
    REASONS_MOST = 1000, /* rows of each list */
    RULES_MOST = 200,
    NEAR_MOST = 8,
    SAMPLES_MOST = 3,           /* of one fact */
    VARIOUS_MOST = 64,          /* values of a fact that are looked at for samples that differ */
    ROOM_FOR_THE_END = 4 << 10, /* bytes kept free for what is always there, and for closing everything */
};

/* The parts' names in rules, by their ids. */
static const char *const part_names[AIS_PART_COUNT] = {
#define X(part, elements) [AIS_PART_##part] = #part,
    AIS_PARTS(X)
#undef X
};

static const char *const codes[AIS_BY_COUNT] = {
#define X(code, meaning) [AIS_BY_##code] = #code,
    AIS_REASON_CODES(X)
#undef X
};

struct explaining {
    struct ais_engine *engine;
    const struct ais_question *question;
    const struct ais_decision *decision;
    struct ais_mask mask;
    struct ais_walk walk;
    bool made[AIS_PART_COUNT]; /* by the decision; explaining may make more */
    struct ais_buf *out;
    size_t begin; /* where the explanation begins in out */
};

void ais_engine_time(struct ais_engine *engine, int64_t (*clock)(void))
{
    engine->clock = clock;
}

/* Whether what was written since `before` fits; else it is taken back. */
static bool keep_if_it_fits(struct explaining *e, size_t before)
{
    struct ais_buf *out = e->out;
    if (out->failed || out->length - e->begin + ROOM_FOR_THE_END <= AIS_EXPLANATION_MOST)
        return true;
    out->length = before;
    out->data[before] = '\0';
    e->walk.cut = true;
    return false;
}

/* ---- reasons ---- */

static void write_reasons(struct explaining *e)
{
    ais_jw_begin_array(e->out, "reasons");
    for (size_t i = 0; i < e->decision->reason_count; i++) {
        const struct ais_reason_note *note = &e->engine->notes[i];
        if (i == REASONS_MOST) {
            e->walk.cut = true;
            break;
        }
        ais_jw_begin_object(e->out, NULL);
        ais_jw_text(e->out, "code", codes[note->code]);
        if (note->rule != NULL) {
            ais_jw_text(e->out, "rule", note->rule->match.rule);
            ais_jw_text(e->out, "rulepack", note->rule->match.pack);
        }
        ais_jw_end_object(e->out);
    }
    ais_jw_end_array(e->out);
}

/* ---- rules ---- */

static void write_rule(struct ais_buf *out, const struct ais_policy_rule *rule)
{
    const struct ais_match *match = &rule->match;
    ais_jw_text(out, "rule", match->rule);
    ais_jw_text(out, "title", match->title);
    ais_jw_text(out, "rulepack", match->pack);
    ais_jw_text(out, "version", match->version);
    ais_jw_u64(out, "line", rule->line);
    ais_jw_text(out, "kind", ais_rule_kind_text(match->kind));
    ais_jw_text(out, "mode", ais_mode_text(match->mode));
    ais_jw_text(out, "action", ais_action_text(match->action));
    ais_jw_text(out, "severity", ais_severity_text(match->severity));
}

/* What a rule that matched did to the decision. */
static const char *effect_of(const struct explaining *e, const struct ais_match *match)
{
    if (match->mode != AIS_MODE_ENFORCE)
        return "recorded";
    if (match->action == AIS_ACTION_BLOCK)
        return "blocks";
    if (match->action == AIS_ACTION_ALLOW)
        return "allows";
    return e->question->token == AIS_TOKEN_VALID ? "satisfied by the approval token" : "asks for approval";
}

static bool stands_in_the_way(const struct explaining *e, const struct ais_match *match)
{
    return match->mode == AIS_MODE_ENFORCE && match->action >= AIS_ACTION_REQUIRE_APPROVAL && !match->unknown &&
           !(match->action == AIS_ACTION_REQUIRE_APPROVAL && e->question->token == AIS_TOKEN_VALID);
}

static void write_match(struct explaining *e, const struct ais_policy_rule *rule, const struct ais_match *match)
{
    ais_jw_begin_object(e->out, NULL);
    write_rule(e->out, rule);
    ais_jw_text(e->out, "effect", effect_of(e, match));
    if (rule->condition != NULL)
        ais_jw_text(e->out, "condition", rule->condition);
    ais_walk_because(&e->walk, "because", rule);
    if (stands_in_the_way(e, match))
        ais_walk_changes(&e->walk, "to_pass", rule, false);
    ais_jw_end_object(e->out);
}

static void write_matches(struct explaining *e)
{
    size_t written = 0;
    ais_jw_begin_array(e->out, "rules");
    for (size_t i = 0; i < e->decision->match_count; i++) {
        size_t before = e->out->length;
        if (e->decision->matches[i].unknown)
            continue;
        if (written++ == RULES_MOST) {
            e->walk.cut = true;
            break;
        }
        write_match(e, e->engine->matched[i], &e->decision->matches[i]);
        if (!keep_if_it_fits(e, before))
            break;
    }
    ais_jw_end_array(e->out);
}

static void write_not_understood(struct explaining *e)
{
    size_t written = 0;
    ais_jw_begin_array(e->out, "not_understood");
    for (size_t i = 0; i < e->decision->match_count; i++) {
        const struct ais_match *match = &e->decision->matches[i];
        const char *fact, *why;
        size_t before = e->out->length;
        if (!match->unknown)
            continue;
        if (written++ == RULES_MOST) {
            e->walk.cut = true;
            break;
        }
        ais_jw_begin_object(e->out, NULL);
        ais_jw_text(e->out, "rule", match->rule);
        ais_jw_text(e->out, "rulepack", match->pack);
        if (ais_walk_unknown(&e->walk, e->engine->matched[i], &fact, &why)) {
            ais_jw_text(e->out, "fact", fact);
            ais_jw_text(e->out, "why", why);
        }
        ais_jw_end_object(e->out);
        if (!keep_if_it_fits(e, before))
            break;
    }
    ais_jw_end_array(e->out);
}

/* Only what blocks or asks: a rule that would allow is no miss. Most severe first, as rules are. */
static bool is_near(struct explaining *e, const struct ais_policy_rule *rule)
{
    bool satisfied = rule->unless_token && e->question->token == AIS_TOKEN_VALID;
    return rule->match.action >= AIS_ACTION_REQUIRE_APPROVAL && !satisfied && ais_walk_is_near(&e->walk, rule);
}

static void write_near_misses(struct explaining *e)
{
    const struct ais_policy *policy = e->engine->policy;
    size_t written = 0;
    ais_jw_begin_array(e->out, "near_misses");
    for (size_t i = 0; i < policy->rule_count && written < NEAR_MOST && ais_walk_may(&e->walk); i++) {
        size_t before = e->out->length;
        if (!is_near(e, &policy->rules[i]))
            continue;
        written++;
        ais_jw_begin_object(e->out, NULL);
        write_rule(e->out, &policy->rules[i]);
        ais_walk_changes(&e->walk, "missing", &policy->rules[i], true);
        ais_jw_end_object(e->out);
        if (!keep_if_it_fits(e, before))
            break;
    }
    ais_jw_end_array(e->out);
    e->walk.cut = e->walk.cut || !ais_walk_may(&e->walk);
}

/* ---- what would have to change ---- */

/* One line for each kind of reason; RULE_... have the details beside their rules. */
static const char *const remedies[AIS_BY_COUNT] = {
    [AIS_BY_RULE_BLOCK] = "Change the request so that no rule that blocks matches: \"to_pass\" beside each rule",
    [AIS_BY_RULE_APPROVAL] = "Get an approval token, or change the request: \"to_pass\" beside each rule",
    [AIS_BY_INVARIANT] = "Hold the invariant: \"to_pass\" beside it, or an approval token where it asks for one",
    [AIS_BY_NOT_UNDERSTOOD] = "Send what can be understood, or get an approval token: \"not_understood\"",
    [AIS_BY_DEFAULT_ACTION] = "A rule has to allow this action, or the default action to be another",
    [AIS_BY_TOKEN_INVALID] = "Leave the approval token out, or send one that was issued for this request",
    [AIS_BY_TOKEN_EXPIRED] = "Get a new approval token",
    [AIS_BY_TOKEN_FORGED] = "Leave the approval token out, or send one that was issued for this request",
    [AIS_BY_TOKEN_SPENT] = "Get a new approval token: each works once",
    [AIS_BY_TOKEN_FOREIGN] = "Get an approval token for exactly this request",
    [AIS_BY_CORRELATION] = "Wait until the calls that it counts are past, or get an approval token where it asks",
    [AIS_BY_RISK] = "Lower the score (\"risk\"), or get an approval token",
    [AIS_BY_HALTED] = "An administrator has to resume decisions",
};

static void write_remedies(struct explaining *e)
{
    bool said[AIS_BY_COUNT] = { false };
    ais_jw_begin_array(e->out, "to_pass");
    for (size_t i = 0; i < e->decision->reason_count; i++) {
        enum ais_reason_code code = e->engine->notes[i].code;
        if (remedies[code] != NULL && !said[code])
            ais_jw_text(e->out, NULL, remedies[code]);
        said[code] = true;
    }
    ais_jw_end_array(e->out);
}

/* ---- facts ---- */

static bool is_said(const struct ais_part_list *list, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (list->items[k].length == list->items[i].length &&
            memcmp(list->items[k].text, list->items[i].text, list->items[i].length) == 0)
            return true;
    return false;
}

static void write_samples(struct explaining *e, const struct ais_fact *fact, const struct ais_part_list *list)
{
    size_t written = 0;
    ais_jw_begin_array(e->out, "samples");
    for (size_t i = 0; i < list->count && i < VARIOUS_MOST && written < SAMPLES_MOST; i++) {
        const struct ais_value *value = &list->items[i];
        if (value->kind == AIS_VALUE_UNKNOWN || is_said(list, i))
            continue;
        ais_walk_sample(&e->walk, NULL, fact, value);
        written++;
    }
    ais_jw_end_array(e->out);
}

static void write_facts(struct explaining *e)
{
    ais_jw_begin_array(e->out, "facts");
    for (size_t i = 0; i < ais_fact_count; i++) {
        const struct ais_fact *fact = &ais_facts[i];
        enum ais_part_id part = ais_fact_part(fact);
        size_t before = e->out->length;
        if (part == AIS_PART_COUNT || !e->made[part])
            continue;
        const struct ais_part_list *list = &e->engine->view.parts[part].lists[fact->list];
        if (list->count == 0)
            continue;
        ais_jw_begin_object(e->out, NULL);
        ais_jw_text(e->out, "fact", fact->name);
        ais_jw_u64(e->out, "count", list->count);
        write_samples(e, fact, list);
        ais_jw_end_object(e->out);
        if (!keep_if_it_fits(e, before))
            break;
    }
    ais_jw_end_array(e->out);
    ais_jw_begin_array(e->out, "unknown");
    for (size_t i = 0; i < AIS_PART_COUNT; i++) {
        const struct ais_part *part = &e->engine->view.parts[i];
        if (!e->made[i] || part->unknown == NULL)
            continue;
        ais_jw_begin_object(e->out, NULL);
        ais_jw_text(e->out, "part", part_names[i]);
        ais_jw_text(e->out, "why", part->unknown);
        ais_jw_end_object(e->out);
    }
    ais_jw_end_array(e->out);
}

/* ---- the whole ---- */

static void write_timing(struct explaining *e)
{
    static const char *const names[AIS_STAGE_COUNT] = {
#define X(stage, word) [AIS_STAGE_##stage] = word "_ns",
        AIS_STAGES(X)
#undef X
    };
    ais_jw_begin_object(e->out, "timing");
    for (size_t i = 0; i < AIS_STAGE_COUNT; i++)
        ais_jw_u64(e->out, names[i], (uint64_t)e->engine->stages[i]);
    ais_jw_end_object(e->out);
}

static void write_explanation(struct explaining *e)
{
    ais_jw_begin_object(e->out, "explanation");
    ais_jw_text(e->out, "snapshot", e->decision->snapshot);
    write_reasons(e);
    write_matches(e);
    write_not_understood(e);
    write_near_misses(e);
    write_remedies(e);
    ais_risk_write(e->out, &e->decision->risk);
    write_facts(e);
    write_timing(e);
    ais_jw_bool(e->out, "truncated", e->walk.cut);
    ais_jw_end_object(e->out);
}

/* Memory that runs out while something is explained is no fault of the decision, but what it said is not to be used. */
static bool is_whole(const struct explaining *e)
{
    const struct ais_engine *engine = e->engine;
    return !e->out->failed && !engine->failed && !engine->values.failed && !engine->view.failed;
}

void ais_explain(struct ais_engine *engine, const struct ais_question *question, const struct ais_decision *decision,
                 const struct ais_withheld *withheld, struct ais_buf *out)
{
    struct explaining e = { .engine = engine, .question = question, .decision = decision, .out = out };
    size_t whole = out->length;
    if (out->failed || whole == 0 || out->data[whole - 1] != '}')
        return;
    engine->question = engine->view.question = question;
    engine->work = AIS_WORK_MOST - AIS_EXPLANATION_WORK;
    ais_op_renew(engine->op_scratch, NULL); /* a large request leaves searches no room beside it */
    for (size_t i = 0; i < AIS_PART_COUNT; i++)
        e.made[i] = engine->view.parts[i].made;
    ais_mask_begin(&e.mask, &engine->view, withheld);
    e.walk = (struct ais_walk){ .engine = engine, .mask = &e.mask, .out = out };
    e.begin = --out->length;
    write_explanation(&e);
    if (is_whole(&e)) {
        ais_jw_end_object(out);
    } else if (out->data != NULL) {
        out->length = whole;
        memcpy(out->data + whole - 1, "}", 2);
        out->failed = false;
    }
    ais_walk_done(&e.walk);
}
