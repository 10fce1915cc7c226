#include "services/cli/handlers.h"
#include "services/cli/packs.h"
#include "shared/json/write.h"
#include "shared/sys/clock.h"

#include <inttypes.h>
#include <stdlib.h>

/* The best of a few short rounds: whatever else the machine does makes a round slower, never faster. */
enum { ROUNDS = 9 };
#define ROUND_NS (100 * AIS_NS_PER_MS)

/* What is measured, and with what: the requests of the packs' own tests, as bodies. */
struct bench {
    struct cli_packs packs;    /* owned */
    struct ais_policy *policy; /* owned */
    struct ais_engine *engine; /* owned */
    struct ais_arena *arena;   /* owned: of one request */
    struct ais_buf bodies;     /* owned: one after another */
    size_t *ends;              /* owned: where each ends in bodies */
    size_t count, room;        /* of ends */
    int64_t compile_ns;
    double read_ns, decide_ns; /* for each request */
};

static void bench_done(struct bench *self)
{
    cli_packs_done(&self->packs);
    ais_policy_unref(&self->policy);
    ais_engine_destroy(&self->engine);
    ais_arena_destroy(&self->arena);
    ais_buf_done(&self->bodies);
    free(self->ends);
}

static enum ais_err end_body(struct bench *self, struct ais_why *why)
{
    if (self->count == self->room) {
        size_t room = self->room > 0 ? 2 * self->room : 64;
        size_t *grown = reallocarray(self->ends, room, sizeof *grown);
        if (grown == NULL)
            return ais_fail(why, AIS_E_NOMEM, "no memory for requests");
        self->ends = grown;
        self->room = room;
    }
    ais_buf_byte(&self->bodies, '\n'); /* the writer puts no comma after a line break */
    self->ends[self->count++] = self->bodies.length;
    return self->bodies.failed ? ais_fail(why, AIS_E_NOMEM, "no memory for requests") : AIS_OK;
}

static enum ais_err add_bodies(struct bench *self, const struct ais_pack_source *source, struct ais_why *why)
{
    const struct ais_rulepack *pack = NULL;
    AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
    ais_arena_reset(self->arena);
    TRY(ais_rulepack_read(self->arena, source->file, source->bytes, source->size, &pack, &diagnostics, why));
    for (size_t i = 0; i < pack->count; i++) {
        for (size_t j = 0; j < pack->rules[i].test_count; j++) {
            ais_jw_node(&self->bodies, NULL, pack->rules[i].tests[j].request);
            TRY(end_body(self, why));
        }
    }
    return AIS_OK;
}

static enum ais_err prepare(struct bench *self, struct ais_why *why)
{
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .partial = true };
    AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
    self->arena = ais_arena_new(0);
    self->engine = ais_engine_new();
    if (self->arena == NULL || self->engine == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for an engine");
    int64_t began = ais_clock_mono();
    TRY(ais_policy_compile(self->packs.sources, self->packs.count, &options, &self->policy, &diagnostics, why));
    self->compile_ns = ais_clock_mono() - began;
    for (size_t i = 0; i < self->packs.count; i++)
        TRY(add_bodies(self, &self->packs.sources[i], why));
    if (self->count > 0)
        return AIS_OK;
    ais_buf_text(&self->bodies, "{\"tool_name\":\"none\"}");
    return end_body(self, why);
}

/* Reads each request once, and decides it when decide is set. */
static enum ais_err one_pass(struct bench *self, bool decide, struct ais_why *why)
{
    for (size_t i = 0; i < self->count; i++) {
        size_t begin = i > 0 ? self->ends[i - 1] : 0;
        struct ais_request request;
        struct ais_decision decision;
        ais_arena_reset(self->arena);
        TRY(ais_request_read(self->arena, self->bodies.data + begin, self->ends[i] - begin, &request, NULL, why));
        const struct ais_question question = { .request = &request, .received_ns = ais_clock_wall() };
        if (decide)
            TRY(ais_decide(self->engine, self->policy, &question, &decision, why));
    }
    return AIS_OK;
}

static enum ais_err measure(struct bench *self, bool decide, double *ret_ns, struct ais_why *why)
{
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t began = ais_clock_mono(), passed = 0;
        size_t done = 0;
        for (; passed < ROUND_NS; passed = ais_clock_mono() - began, done += self->count)
            TRY(one_pass(self, decide, why));
        double each = (double)passed / (double)done;
        best = round == 0 || each < best ? each : best;
    }
    *ret_ns = best;
    return AIS_OK;
}

static void add_answer(const struct bench *self, struct ais_buf *out, bool json)
{
    struct ais_policy_stats stats;
    ais_policy_stats(self->policy, &stats);
    if (!json) {
        ais_buf_format(out,
                       "%zu rules and %zu invariants of %zu packs, %zu literals, %zu rules without one\n"
                       "compiled in %.3f ms, %zu KiB\n"
                       "%.0f ns a decision and %.0f ns to read its request (%zu different ones)",
                       stats.rules, stats.invariants, stats.packs, stats.literals, stats.always_rules,
                       (double)self->compile_ns / 1e6, stats.bytes / 1024, self->decide_ns, self->read_ns, self->count);
        return;
    }
    ais_jw_begin_object(out, NULL);
    ais_jw_u64(out, "rulepacks", stats.packs);
    ais_jw_u64(out, "rules", stats.rules);
    ais_jw_u64(out, "invariants", stats.invariants);
    ais_jw_u64(out, "literals", stats.literals);
    ais_jw_u64(out, "always_rules", stats.always_rules);
    ais_jw_u64(out, "bytes", stats.bytes);
    ais_jw_u64(out, "requests", self->count);
    ais_jw_i64(out, "compile_ns", self->compile_ns);
    ais_jw_double(out, "decision_ns", self->decide_ns);
    ais_jw_double(out, "request_read_ns", self->read_ns);
    ais_jw_end_object(out);
}

enum ais_err cli_rulepack_bench(struct cli_call *call, struct ais_why *why)
{
    AUTO(bench_done) struct bench self = { .policy = NULL };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    double both_ns = 0;
    bool json = false;
    TRY(cli_format(call, "json", &json, why));
    TRY(cli_packs_read(call, &self.packs, why));
    TRY(prepare(&self, why));
    TRY(measure(&self, false, &self.read_ns, why));
    TRY(measure(&self, true, &both_ns, why));
    self.decide_ns = both_ns > self.read_ns ? both_ns - self.read_ns : 0;
    add_answer(&self, &text, json);
    return cli_print(&text, why);
}
