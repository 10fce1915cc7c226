#include "services/cli/handlers.h"
#include "services/cli/packs.h"
#include "shared/json/write.h"
#include "shared/sys/clock.h"
#include "shared/text/nearest.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- rulepack check ---- */

static void add_suggestion(struct ais_buf *out, const char *message)
{
    size_t n = 0;
    const char *suggestion = ais_nearest_said(message, &n);
    if (suggestion != NULL)
        ais_jw_string(out, "suggestion", suggestion, n);
}

void cli_add_diagnostics(struct ais_buf *out, const struct ais_diagnostics *list, bool json)
{
    if (json)
        ais_jw_begin_array(out, "diagnostics");
    for (size_t i = 0; i < list->count; i++) {
        const struct ais_diagnostic *fault = &list->items[i];
        if (json) {
            ais_jw_begin_object(out, NULL);
            ais_jw_text(out, "file", fault->file);
            ais_jw_u64(out, "line", fault->line);
            ais_jw_u64(out, "column", fault->column);
            ais_jw_text(out, "message", fault->message);
            add_suggestion(out, fault->message);
            ais_jw_end_object(out);
            continue;
        }
        cli_add_harmless(out, fault->file, strlen(fault->file));
        ais_buf_format(out, ":%" PRIu32 ":%" PRIu32 ": ", fault->line, fault->column);
        cli_add_harmless(out, fault->message, strlen(fault->message));
        ais_buf_byte(out, '\n');
    }
    if (json)
        ais_jw_end_array(out);
    else if (list->dropped > 0)
        ais_buf_format(out, "and %zu more\n", list->dropped);
}

/* Name, version and size of each pack; only of packs that compile. */
static enum ais_err add_packs(struct ais_buf *out, const struct cli_packs *packs, bool json, struct ais_why *why)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    if (arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for rulepacks");
    for (size_t i = 0; i < packs->count; i++) {
        const struct ais_pack_source *source = &packs->sources[i];
        const struct ais_rulepack *pack = NULL;
        AUTO(ais_diagnostics_done) struct ais_diagnostics unused = { 0 };
        ais_arena_reset(arena);
        TRY(ais_rulepack_read(arena, source->file, source->bytes, source->size, &pack, &unused, why));
        if (!json) {
            ais_buf_format(out, "%s: %s %s: ", source->file, pack->name, pack->version);
            cli_add_counts(out, pack);
            ais_buf_byte(out, '\n');
            continue;
        }
        ais_jw_begin_object(out, NULL);
        ais_jw_text(out, "file", source->file);
        ais_jw_text(out, "name", pack->name);
        ais_jw_text(out, "version", pack->version);
        ais_jw_u64(out, "rules", pack->rule_count);
        ais_jw_u64(out, "invariants", pack->invariant_count);
        ais_jw_u64(out, "correlations", pack->correlation_count);
        ais_jw_end_object(out);
    }
    return AIS_OK;
}

static enum ais_err compile(const struct cli_packs *packs, struct ais_policy **ret, struct ais_diagnostics *diagnostics,
                            struct ais_why *why)
{
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .partial = true };
    return ais_policy_compile(packs->sources, packs->count, &options, ret, diagnostics, why);
}

enum ais_err cli_rulepack_check(struct cli_call *call, struct ais_why *why)
{
    AUTO(cli_packs_done) struct cli_packs packs = { 0 };
    AUTO(ais_policy_unref) struct ais_policy *policy = NULL;
    AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    bool json = false;
    TRY(cli_format(call, "json", &json, why));
    TRY(cli_packs_read(call, &packs, why));
    enum ais_err err = compile(&packs, &policy, &diagnostics, why);
    if (err != AIS_OK && err != AIS_E_RULE)
        return err;
    bool valid = err == AIS_OK;
    if (json) {
        ais_jw_begin_object(&text, NULL);
        ais_jw_bool(&text, "valid", valid);
        ais_jw_begin_array(&text, "rulepacks");
    }
    if (valid)
        TRY(add_packs(&text, &packs, json, why));
    if (json)
        ais_jw_end_array(&text);
    cli_add_diagnostics(&text, &diagnostics, json);
    if (json)
        ais_jw_end_object(&text);
    else if (text.length > 0)
        text.length--; /* the last line break is cli_print's */
    call->exit_code = valid ? CLI_DONE : CLI_NO;
    return cli_print(&text, why);
}

/* ---- rulepack test ---- */

struct test_run {
    struct ais_buf text; /* owned */
    bool json;
    size_t tests, failed, untested;
};

static void test_run_done(struct test_run *self)
{
    ais_buf_done(&self->text);
}

void cli_add_test(struct ais_buf *out, const char *file, const struct ais_rule_result *row, bool json)
{
    if (json) {
        ais_jw_begin_object(out, NULL);
        ais_jw_text(out, "file", file);
        ais_jw_u64(out, "line", row->line);
        ais_jw_u64(out, "column", row->column);
        ais_jw_text(out, "rulepack", row->pack);
        ais_jw_text(out, "rule", row->rule);
        ais_jw_text(out, "test", row->test);
        ais_jw_text(out, "expect", ais_action_text(row->expect));
        ais_jw_text(out, "got", ais_action_text(row->got));
        ais_jw_bool(out, "passed", row->passed);
        ais_jw_end_object(out);
        return;
    }
    ais_buf_format(out, "%s%s%s %s.%s: ", cli_colour(row->passed ? AIS_GREEN : AIS_RED), row->passed ? "pass" : "FAIL",
                   cli_colour(AIS_PLAIN), row->pack, row->rule);
    cli_add_harmless(out, row->test, strlen(row->test));
    if (!row->passed)
        ais_buf_format(out, " (%s:%" PRIu32 ":%" PRIu32 ": expected %s, got %s)", file, row->line, row->column,
                       ais_action_text(row->expect), ais_action_text(row->got));
    ais_buf_byte(out, '\n');
}

static enum ais_err test_pack(struct test_run *self, const struct ais_pack_source *source, struct ais_why *why)
{
    AUTO(ais_rule_results_destroy) struct ais_rule_results *results = NULL;
    AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
    size_t count = 0;
    TRY(ais_rulepack_test(source, &results, &diagnostics, why));
    const struct ais_rule_result *rows = ais_rule_results_rows(results, &count);
    for (size_t i = 0; i < count; i++)
        cli_add_test(&self->text, source->file, &rows[i], self->json);
    self->tests += count;
    self->failed += ais_rule_results_failed(results);
    self->untested += ais_rule_results_untested(results);
    return AIS_OK;
}

enum ais_err cli_rulepack_test(struct cli_call *call, struct ais_why *why)
{
    AUTO(cli_packs_done) struct cli_packs packs = { 0 };
    AUTO(test_run_done) struct test_run self = { .json = false };
    TRY(cli_format(call, "json", &self.json, why));
    TRY(cli_packs_read(call, &packs, why));
    if (self.json) {
        ais_jw_begin_object(&self.text, NULL);
        ais_jw_begin_array(&self.text, "results");
    }
    for (size_t i = 0; i < packs.count; i++)
        TRY(test_pack(&self, &packs.sources[i], why));
    if (self.json) {
        ais_jw_end_array(&self.text);
        ais_jw_u64(&self.text, "tests", self.tests);
        ais_jw_u64(&self.text, "failed", self.failed);
        ais_jw_u64(&self.text, "untested_rules", self.untested);
        ais_jw_end_object(&self.text);
    } else {
        ais_buf_format(&self.text, "%zu tests, %zu failed, %zu rules without a test", self.tests, self.failed,
                       self.untested);
    }
    call->exit_code = self.failed == 0 ? CLI_DONE : CLI_NO;
    return cli_print(&self.text, why);
}
