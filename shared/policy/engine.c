#include "shared/policy/engine.h"

#include <stdlib.h>
#include <string.h>

#define LAST_GENERATION (UINT32_MAX >> AIS_MEMO_BITS)

static void arrays_done(struct ais_engine *engine)
{
    free(engine->literal_hits);
    free(engine->hits);
    free(engine->memos);
    free(engine->woken);
    free(engine->woken_next);
    free(engine->node_seen);
    free(engine->asked);
    free(engine->fields);
    free(engine->candidates);
    free(engine->matches);
    free(engine->matched);
    free(engine->reasons);
    free(engine->alternatives);
    free(engine->remediations);
    free(engine->events);
    engine->events = NULL;
    free(engine->notes);
    engine->notes = NULL;
    engine->literal_hits = NULL;
    engine->hits = engine->memos = engine->woken = engine->woken_next = engine->node_seen = engine->candidates = NULL;
    engine->hit_count = 0;
    engine->asked = NULL;
    engine->fields = NULL;
    engine->matches = NULL;
    engine->matched = NULL;
    engine->reasons = engine->alternatives = engine->remediations = NULL;
    engine->serial = 0;
}

struct ais_engine *ais_engine_new(void)
{
    struct ais_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        return NULL;
    engine->arena = ais_arena_new(0);
    engine->op_scratch = ais_op_scratch_new();
    if (engine->arena == NULL || engine->op_scratch == NULL)
        ais_engine_destroy(&engine);
    else
        ais_arena_keep(engine->arena, AIS_DECISION_KEPT);
    return engine;
}

void ais_engine_destroy(struct ais_engine **engine)
{
    struct ais_engine *self = *engine;
    if (self == NULL)
        return;
    arrays_done(self);
    ais_prefilter_scratch_destroy(&self->prefilter_scratch);
    ais_op_scratch_destroy(&self->op_scratch);
    ais_values_done(&self->values);
    ais_buf_done(&self->text);
    ais_arena_destroy(&self->arena);
    free(self);
    *engine = NULL;
}

void ais_engine_listen(struct ais_engine *engine, void (*pulse)(void *arg), void *arg)
{
    engine->pulse = pulse;
    engine->pulse_arg = arg;
}

void ais_engine_key(struct ais_engine *engine, const unsigned char key[AIS_VALUE_KEYED])
{
    engine->value_key = key;
}

/* ---- arrays that fit a snapshot ---- */

static size_t count_alternatives(const struct ais_policy *policy)
{
    size_t count = 0;
    for (size_t i = 0; i < policy->rule_count; i++)
        count += policy->rules[i].alternative_count;
    return count;
}

static enum ais_err fit(struct ais_engine *engine, const struct ais_policy *policy, struct ais_why *why)
{
    size_t rules = policy->rule_count + 1, nodes = policy->node_count + 1, extra = 8; /* reasons that no rule gives */
    arrays_done(engine);
    engine->literal_hits = calloc(policy->literal_count / 64 + 1, sizeof *engine->literal_hits);
    engine->hits = calloc(policy->literal_count + 1, sizeof *engine->hits);
    engine->memos = calloc(policy->predicates->count + nodes, sizeof *engine->memos);
    engine->woken = calloc(policy->level_count + 1, sizeof *engine->woken);
    engine->woken_next = calloc(nodes, sizeof *engine->woken_next);
    engine->asked = calloc(policy->predicates->count + 1, sizeof *engine->asked);
    engine->node_seen = calloc(nodes, sizeof *engine->node_seen);
    engine->fields = calloc(policy->predicates->field_count + 1, sizeof *engine->fields);
    engine->candidates = calloc(rules, sizeof *engine->candidates);
    engine->matches = calloc(rules, sizeof *engine->matches);
    engine->matched = calloc(rules, sizeof(const struct ais_policy_rule *));
    engine->reasons = calloc(rules + extra, sizeof(*engine->reasons));
    engine->alternatives = calloc(count_alternatives(policy) + 1, sizeof(*engine->alternatives));
    engine->remediations = calloc(rules, sizeof(*engine->remediations));
    engine->notes = calloc(rules + extra, sizeof *engine->notes);
    if (engine->literal_hits == NULL || engine->hits == NULL || engine->memos == NULL || engine->woken == NULL ||
        engine->woken_next == NULL || engine->asked == NULL || engine->node_seen == NULL || engine->fields == NULL ||
        engine->candidates == NULL || engine->matches == NULL || engine->matched == NULL || engine->reasons == NULL ||
        engine->alternatives == NULL || engine->remediations == NULL || engine->notes == NULL)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for an engine");
    if (policy->watch_count > 0) {
        engine->events = calloc(AIS_CALL_EVENTS_MOST + policy->watch_count, sizeof *engine->events);
        if (engine->events == NULL)
            return ais_fail(why, AIS_E_NOMEM, "out of memory for an engine");
    }
    TRY(ais_prefilter_prepare(policy->prefilter, &engine->prefilter_scratch, why));
    engine->generation = 0;
    engine->serial = policy->serial;
    return AIS_OK;
}

/* ---- a decision begins ---- */

enum ais_err ais_engine_begin(struct ais_engine *engine, const struct ais_policy *policy,
                              const struct ais_question *question, struct ais_why *why)
{
    if (engine->serial != policy->serial || engine->generation == LAST_GENERATION)
        TRY(fit(engine, policy, why));
    engine->generation++;
    engine->policy = policy;
    engine->question = question;
    engine->candidate_count = 0;
    ais_engine_forget_hits(engine);
    engine->work = 0;
    engine->unknown_sources = 0;
    engine->failed = false;
    engine->event_count = 0;
    engine->wants_session = false;
    ais_arena_reset(engine->arena);
    engine->values.arena = engine->arena;
    engine->values.failed = false;
    ais_view_begin(&engine->view, question, engine->arena);
    engine->view.pulse = engine->pulse;
    engine->view.pulse_arg = engine->pulse_arg;
    ais_op_renew(engine->op_scratch, &(struct ais_regex_meter){ &engine->work, &engine->view.work, AIS_WORK_MOST });
    memset(engine->stages, 0, sizeof engine->stages);
    engine->stage_began = engine->clock != NULL ? engine->clock() : 0;

    ais_engine_gather(engine);
    ais_engine_stage(engine, AIS_STAGE_FACTS);
    if (engine->text.failed || engine->values.failed || engine->view.failed)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for a decision");
    if (ais_prefilter_scan(policy->prefilter, engine->prefilter_scratch, engine->text.data, engine->text.length,
                           ais_engine_hit, engine) != AIS_OK)
        return ais_fail(why, AIS_E_INTERNAL, "the scan for literals did not finish");
    ais_engine_wake(engine);
    ais_engine_stage(engine, AIS_STAGE_SCAN);
    return AIS_OK;
}
