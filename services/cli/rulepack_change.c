#include "rulepacks/bundled.h"
#include "services/cli/handlers.h"
#include "services/cli/packs.h"
#include "services/cli/writer.h"
#include "shared/json/write.h"
#include "shared/store/pack_change.h"
#include "shared/store/policy_cache.h"

#include <stdlib.h>

/* What to ask a server for that owns the store. */
static const char *const instead[AIS_PACK_ACT_COUNT] = {
    [AIS_PACK_ADD] = "POST /api/v1/rulepacks",
    [AIS_PACK_ENABLE] = "PATCH /api/v1/rulepacks/NAME with {\"enabled\": true}",
    [AIS_PACK_DISABLE] = "PATCH /api/v1/rulepacks/NAME with {\"enabled\": false}",
    [AIS_PACK_REMOVE] = "DELETE /api/v1/rulepacks/NAME",
    [AIS_PACK_ROLLBACK] = "POST /api/v1/rulepacks/NAME/rollback",
};

/* The system packs' names are taken, also where no server has run yet. */
static enum ais_err mirror(struct ais_store *store, struct ais_why *why)
{
    enum ais_mirrored *fates = calloc(ais_bundled_pack_count, sizeof *fates);
    if (fates == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for rulepacks");
    enum ais_err err = ais_packs_mirror(store, ais_bundled_packs, ais_bundled_pack_count, fates, why);
    free(fates);
    return err;
}

/* arg: what an earlier compile left, and then what this one does. */
static enum ais_err check(void *arg, struct ais_pack_list *list, struct ais_diagnostics *faults, struct ais_why *why)
{
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .cache = arg, .brief = true };
    AUTO(ais_policy_unref) struct ais_policy *policy = NULL;
    struct ais_pack_source *sources = NULL;
    TRY(cli_packs_of(list, &sources, why));
    enum ais_err err = ais_policy_compile(sources, list->count, &options, &policy, faults, why);
    free(sources);
    return err;
}

/* ---- answers ---- */

static void add_failed_tests(struct ais_buf *out, const char *file, const struct ais_rule_results *results, bool json)
{
    size_t count = 0;
    const struct ais_rule_result *rows = results != NULL ? ais_rule_results_rows(results, &count) : NULL;
    if (json)
        ais_jw_begin_array(out, "failed_tests");
    for (size_t i = 0; i < count; i++)
        if (!rows[i].passed)
            cli_add_test(out, file, &rows[i], json);
    if (json)
        ais_jw_end_array(out);
}

static enum ais_err print_json(const struct ais_pack_change *change, const struct ais_pack_outcome *outcome,
                               const struct ais_why *reason, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    ais_jw_begin_object(&text, NULL);
    ais_jw_bool(&text, "changed", outcome->fate == AIS_PACK_CHANGED);
    ais_pack_outcome_write(&text, change, outcome, reason);
    cli_add_diagnostics(&text, &outcome->faults, true);
    add_failed_tests(&text, change->name, outcome->results, true);
    ais_jw_end_object(&text);
    return cli_print(&text, why);
}

static enum ais_err print_text(const struct ais_pack_change *change, const struct ais_pack_outcome *outcome,
                               const struct ais_why *reason, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    switch (outcome->fate) {
    case AIS_PACK_CHANGED:
        ais_buf_format(&text, "%s %s: %s\n", outcome->name, outcome->version, ais_pack_act_done(change->act));
        break;
    case AIS_PACK_SAME:
        ais_buf_format(&text, "%s %s is %s already\n", outcome->name, outcome->version, ais_pack_act_done(change->act));
        break;
    case AIS_PACK_FAULTY: cli_add_diagnostics(&text, &outcome->faults, false); break;
    case AIS_PACK_UNTRUE: add_failed_tests(&text, change->name, outcome->results, false); break;
    default: return ais_fail(why, AIS_E_RULE, "%s", reason->text);
    }
    if (text.length > 0)
        text.length--; /* the last line break is cli_print's */
    return cli_print(&text, why);
}

/* ---- one change ---- */

static enum ais_err record(struct cli_writer *writer, const struct ais_pack_change *change,
                           const struct ais_pack_outcome *outcome, const struct ais_why *reason, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    if (outcome->fate == AIS_PACK_SAME)
        return AIS_OK;
    ais_jw_begin_object(&details, NULL);
    ais_pack_outcome_write(&details, change, outcome, reason);
    ais_jw_end_object(&details);
    return cli_writer_event(writer, AIS_AUDIT_RULEPACK_CHANGED,
                            outcome->fate == AIS_PACK_CHANGED ? AIS_AUDIT_SUCCESS : AIS_AUDIT_FAILURE, &details, why);
}

static enum ais_err make(struct cli_call *call, const struct ais_pack_change *change, struct ais_why *why)
{
    AUTO(cli_writer_done) struct cli_writer writer = { 0 };
    AUTO(ais_pack_outcome_done) struct ais_pack_outcome outcome = { 0 };
    AUTO(ais_policy_cache_done) struct ais_policy_cache cache = { 0 };
    struct ais_why reason = { 0 };
    bool json = false;
    TRY(cli_format(call, "json", &json, why));
    TRY(cli_writer_open(call->settings, instead[change->act], &writer, why));
    TRY(mirror(writer.storage.store, why));
    ais_policy_cache_find(writer.storage.store, &cache);
    enum ais_err err = ais_packs_change(writer.storage.store, change, check, &cache, &outcome, &reason);
    TRY(record(&writer, change, &outcome, &reason, why));
    if (outcome.fate == AIS_PACK_CHANGED)
        ais_policy_cache_keep(writer.storage.store, &cache);
    if (outcome.fate == AIS_PACK_UNJUDGED)
        return ais_fail(why, err, "%s", reason.text);
    call->exit_code = err == AIS_OK ? CLI_DONE : CLI_NO;
    return json ? print_json(change, &outcome, &reason, why) : print_text(change, &outcome, &reason, why);
}

static enum ais_err make_by_name(struct cli_call *call, enum ais_pack_act act, struct ais_why *why)
{
    const struct ais_pack_change change = { .act = act, .name = call->operands[0] };
    return make(call, &change, why);
}

enum ais_err cli_rulepack_add(struct cli_call *call, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf source = { 0 };
    TRY(cli_read_file(call->operands[0], AIS_RULEPACK_BYTES_MAX, &source, why));
    const struct ais_pack_change change = {
        .act = AIS_PACK_ADD, .name = call->operands[0], .source = source.data, .source_size = source.length
    };
    return make(call, &change, why);
}

enum ais_err cli_rulepack_remove(struct cli_call *call, struct ais_why *why)
{
    return make_by_name(call, AIS_PACK_REMOVE, why);
}

enum ais_err cli_rulepack_enable(struct cli_call *call, struct ais_why *why)
{
    return make_by_name(call, AIS_PACK_ENABLE, why);
}

enum ais_err cli_rulepack_disable(struct cli_call *call, struct ais_why *why)
{
    return make_by_name(call, AIS_PACK_DISABLE, why);
}

enum ais_err cli_rulepack_rollback(struct cli_call *call, struct ais_why *why)
{
    return make_by_name(call, AIS_PACK_ROLLBACK, why);
}
