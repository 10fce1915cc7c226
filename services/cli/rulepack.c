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

static void add_all(struct ais_buf *out, const struct ais_diagnostics *list, const char *kind, bool json)
{
    bool warnings = strcmp(kind, "warnings") == 0;
    if (json)
        ais_jw_begin_array(out, kind);
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
        if (warnings)
            ais_buf_format(out, "%swarning:%s ", cli_colour(AIS_YELLOW), cli_colour(AIS_PLAIN));
        cli_add_harmless(out, fault->message, strlen(fault->message));
        ais_buf_byte(out, '\n');
    }
    if (json)
        ais_jw_end_array(out);
    else if (list->dropped > 0)
        ais_buf_format(out, "and %zu more%s\n", list->dropped, warnings ? " warnings" : "");
}

void cli_add_diagnostics(struct ais_buf *out, const struct ais_diagnostics *list, bool json)
{
    add_all(out, list, "diagnostics", json);
}

void cli_add_warnings(struct ais_buf *out, const struct ais_diagnostics *list, bool json)
{
    add_all(out, list, "warnings", json);
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

/* Filters may name rules of packs that are not at hand, of which the bundled ones are known. */
static enum ais_err warn(const struct cli_packs *packs, struct ais_diagnostics *warnings, struct ais_why *why)
{
    AUTO(cli_packs_done) struct cli_packs bundled = { 0 };
    TRY(cli_packs_bundled(&bundled, why));
    TRY(ais_policy_lint(packs->sources, packs->count, warnings, why));
    return ais_policy_lint_filters(packs->sources, packs->count, bundled.sources, bundled.count, warnings, why);
}

enum ais_err cli_rulepack_check(struct cli_call *call, struct ais_why *why)
{
    AUTO(cli_packs_done) struct cli_packs packs = { 0 };
    AUTO(ais_policy_unref) struct ais_policy *policy = NULL;
    AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
    AUTO(ais_diagnostics_done) struct ais_diagnostics warnings = { 0 };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    bool json = false;
    TRY(cli_format(call, "json", &json, why));
    TRY(cli_packs_read(call, &packs, why));
    enum ais_err err = compile(&packs, &policy, &diagnostics, why);
    if (err != AIS_OK && err != AIS_E_RULE)
        return err;
    bool valid = err == AIS_OK;
    if (valid)
        TRY(warn(&packs, &warnings, why));
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
    cli_add_warnings(&text, &warnings, json);
    if (json)
        ais_jw_end_object(&text);
    else if (text.length > 0)
        text.length--; /* the last line break is cli_print's */
    bool strict = cli_flag(call, "strict") != NULL;
    call->exit_code = valid && !(strict && warnings.count > 0) ? CLI_DONE : CLI_NO;
    return cli_print(&text, why);
}
