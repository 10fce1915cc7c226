/* The tests inside a rulepack, run through the engine as any request would be. */
#include "shared/policy/intern.h"
#include "shared/policy/policy.h"

#include <stdlib.h>
#include <string.h>

struct ais_rule_results {
    struct ais_arena *arena;      /* owned; the pack that was read: the rows' strings are its */
    struct ais_rule_result *rows; /* owned */
    size_t count, failed, untested;
    struct ais_rule_coverage *coverage; /* owned; a row a rule */
    size_t rule_count;
};

enum { EVENTS_MOST = 4096, SECOND_NS = 1000000000 };

struct run {
    struct ais_policy *policy;        /* owned */
    struct ais_engine *engine;        /* owned */
    struct ais_arena *arena;          /* owned; the requests of one test */
    struct ais_session_event *events; /* owned; EVENTS_MOST: of the requests before */
    struct ais_session_tool *tools;   /* owned; AIS_TEST_BEFORE_MOST */
    struct ais_session session;       /* of the test at hand: made of the above */
    size_t event_count, tool_count;
    struct ais_intern *ids; /* owned; of the rules, numbered as they stand in the pack */
};

static void run_done(struct run *run)
{
    ais_policy_unref(&run->policy);
    ais_engine_destroy(&run->engine);
    ais_arena_destroy(&run->arena);
    free(run->events);
    free(run->tools);
    ais_intern_destroy(&run->ids);
}

void ais_rule_results_destroy(struct ais_rule_results **results)
{
    if (*results == NULL)
        return;
    ais_arena_destroy(&(*results)->arena);
    free((*results)->rows);
    free((*results)->coverage);
    free(*results);
    *results = NULL;
}

/* What the one rule does with the request, whatever the others do. */
static enum ais_action action_of(const struct ais_decision *decision, const char *rule)
{
    for (size_t i = 0; i < decision->match_count; i++) {
        const struct ais_match *match = &decision->matches[i];
        if (strcmp(match->rule, rule) == 0)
            return match->unknown ? AIS_ACTION_REQUIRE_APPROVAL : match->action;
    }
    return AIS_ACTION_NONE;
}

/* ---- what the session did before ---- */

static void note_tool(struct run *run, const struct ais_json *tool)
{
    for (size_t i = 0; i < run->tool_count; i++)
        if (run->tools[i].size == tool->length && memcmp(run->tools[i].data, tool->text, tool->length) == 0)
            return;
    run->tools[run->tool_count++] = (struct ais_session_tool){ tool->text, tool->length };
}

static void note_events(struct run *run, const struct ais_decision *decision)
{
    for (size_t i = 0; i < decision->event_count; i++) {
        if (run->event_count == EVENTS_MOST) {
            run->session.known_since_ns = INT64_MAX;
            run->session.gap = "the test has too much before";
            return;
        }
        struct ais_session_event *event = &run->events[run->event_count++];
        *event = decision->events[i].event;
        event->call = run->session.calls + 1;
        event->allowed = decision->allowed;
    }
}

/* One request, a second after the one before it. */
static enum ais_err decide(struct run *run, const struct ais_json *body, struct ais_decision *ret, struct ais_why *why)
{
    struct ais_request request;
    TRY(ais_request_from(run->arena, body, &request, NULL, why));
    run->session.events = run->events;
    run->session.event_count = run->event_count;
    run->session.tools = run->tools;
    run->session.tool_count = run->tool_count;
    const struct ais_question question = {
        .request = &request,
        .received_ns = (int64_t)run->session.calls * SECOND_NS,
        .session = &run->session,
    };
    return ais_decide(run->engine, run->policy, &question, ret, why);
}

static enum ais_err look_back(struct run *run, const struct ais_rule_test *test, struct ais_why *why)
{
    const struct ais_json *body = test->before != NULL ? test->before->first : NULL;
    run->session = (struct ais_session){ .known_since_ns = INT64_MIN };
    run->event_count = run->tool_count = 0;
    for (; body != NULL; body = body->next) {
        struct ais_request request;
        struct ais_decision decision;
        TRY(decide(run, body, &decision, why));
        TRY(ais_request_from(run->arena, body, &request, NULL, why));
        note_tool(run, request.tool_name);
        note_events(run, &decision);
        run->session.calls++;
    }
    return AIS_OK;
}

/* Which rules matched in one test of the rule numbered own. */
static enum ais_err cover(struct run *run, const struct ais_decision *decision, size_t own,
                          struct ais_rule_results *results, struct ais_why *why)
{
    for (size_t i = 0; i < decision->match_count; i++) {
        const struct ais_match *match = &decision->matches[i];
        if (match->unknown)
            continue;
        uint32_t number = ais_intern_add(run->ids, match->rule, strlen(match->rule), NULL);
        if (number >= results->rule_count)
            return ais_fail(why, AIS_E_NOMEM, "out of memory for tests");
        results->coverage[number].hits++;
        results->coverage[number].own_hits += number == own;
    }
    return AIS_OK;
}

static enum ais_err run_test(struct run *run, const struct ais_rulepack *pack, size_t number,
                             const struct ais_rule_test *test, struct ais_rule_results *results, struct ais_why *why)
{
    const struct ais_rule *rule = &pack->rules[number];
    struct ais_rule_result *row = &results->rows[results->count];
    struct ais_decision decision;
    ais_arena_reset(run->arena);
    TRY(look_back(run, test, why));
    TRY(decide(run, test->request, &decision, why));
    *row = (struct ais_rule_result){
        .pack = pack->name,
        .rule = rule->id,
        .test = test->name,
        .line = test->line,
        .column = test->column,
        .expect = test->expect,
        .got = action_of(&decision, rule->id),
    };
    row->passed = row->got == row->expect;
    results->count++;
    results->failed += !row->passed;
    return cover(run, &decision, number, results, why);
}

/* A row for each rule; ids are unique in a pack, so their numbers are places. */
static enum ais_err prepare_coverage(struct run *run, const struct ais_rulepack *pack, struct ais_rule_results *results,
                                     struct ais_why *why)
{
    results->coverage = calloc(pack->count + 1, sizeof *results->coverage);
    results->rule_count = pack->count;
    for (size_t i = 0; results->coverage != NULL && i < pack->count; i++) {
        const struct ais_rule *rule = &pack->rules[i];
        results->coverage[i] = (struct ais_rule_coverage){
            .pack = pack->name, .rule = rule->id, .line = rule->line, .column = rule->column, .tests = rule->test_count
        };
        results->untested += rule->test_count == 0;
        if (ais_intern_add(run->ids, rule->id, strlen(rule->id), NULL) != i)
            return ais_fail(why, AIS_E_NOMEM, "out of memory for tests");
    }
    return results->coverage != NULL ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "out of memory for tests");
}

static enum ais_err run_all(struct run *run, const struct ais_rulepack *pack, struct ais_rule_results *results,
                            struct ais_why *why)
{
    size_t total = 0;
    for (size_t i = 0; i < pack->count; i++)
        total += pack->rules[i].test_count;
    results->rows = calloc(total + 1, sizeof *results->rows);
    if (results->rows == NULL)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for tests");
    TRY(prepare_coverage(run, pack, results, why));
    for (size_t i = 0; i < pack->count; i++)
        for (size_t k = 0; k < pack->rules[i].test_count; k++)
            TRY(run_test(run, pack, i, &pack->rules[i].tests[k], results, why));
    return AIS_OK;
}

enum ais_err ais_rulepack_test(const struct ais_pack_source *pack, struct ais_rule_results **ret,
                               struct ais_diagnostics *diagnostics, struct ais_why *why)
{
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .partial = true };
    const struct ais_rulepack *parsed;
    struct ais_pack_source source = *pack;
    AUTO(run_done)
    struct run run = { .engine = ais_engine_new(),
                       .arena = ais_arena_new(0),
                       .ids = ais_intern_new(),
                       .events = calloc(EVENTS_MOST, sizeof *run.events),
                       .tools = calloc(AIS_TEST_BEFORE_MOST, sizeof *run.tools) };
    AUTO(ais_rule_results_destroy) struct ais_rule_results *results = calloc(1, sizeof *results);
    source.enabled = true;
    if (results != NULL)
        results->arena = ais_arena_new(0);
    if (run.engine == NULL || run.arena == NULL || run.ids == NULL || run.events == NULL || run.tools == NULL ||
        results == NULL || results->arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for tests");
    TRY(ais_policy_compile(&source, 1, &options, &run.policy, diagnostics, why));
    TRY(ais_rulepack_read(results->arena, pack->file, pack->bytes, pack->size, &parsed, diagnostics, why));
    TRY(run_all(&run, parsed, results, why));
    *ret = TAKE(results);
    return AIS_OK;
}

const struct ais_rule_result *ais_rule_results_rows(const struct ais_rule_results *results, size_t *ret_count)
{
    *ret_count = results->count;
    return results->rows;
}

size_t ais_rule_results_failed(const struct ais_rule_results *results)
{
    return results->failed;
}

size_t ais_rule_results_untested(const struct ais_rule_results *results)
{
    return results->untested;
}

const struct ais_rule_coverage *ais_rule_results_coverage(const struct ais_rule_results *results, size_t *ret_count)
{
    *ret_count = results->rule_count;
    return results->coverage;
}
