#include "services/cli/handlers.h"
#include "services/cli/packs.h"
#include "shared/json/write.h"

#include <string.h>

/* A stored pack, read for what is inside. */
struct reading {
    struct ais_arena *arena; /* owned */
    const struct ais_rulepack *pack;
};

static const struct ais_rulepack nothing;

static void reading_done(struct reading *self)
{
    ais_arena_destroy(&self->arena);
}

static enum ais_err read_inside(struct reading *self, const struct ais_stored_pack *stored, struct ais_why *why)
{
    AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
    self->arena = ais_arena_new(0);
    if (self->arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a rulepack");
    return ais_rulepack_read(self->arena, stored->name, stored->source, stored->source_size, &self->pack, &diagnostics,
                             why);
}

/* The members that REST gives of a pack, too. */
static void add_members(struct ais_buf *out, const struct ais_stored_pack *stored, const struct ais_rulepack *pack)
{
    ais_jw_text(out, "name", stored->name);
    ais_jw_text(out, "version", stored->version);
    ais_jw_text(out, "kind", ais_pack_kind_text(stored->kind));
    ais_jw_bool(out, "enabled", stored->enabled);
    ais_jw_text(out, "checksum", stored->checksum);
    ais_jw_u64(out, "rules", pack->rule_count);
    ais_jw_u64(out, "invariants", pack->invariant_count);
    ais_jw_text(out, "description", pack->description);
}

/* ---- rulepack list ---- */

static enum ais_err add_listed(struct ais_buf *out, const struct ais_stored_pack *stored, bool json,
                               struct ais_why *why)
{
    AUTO(reading_done) struct reading inside = { NULL, &nothing };
    TRY(read_inside(&inside, stored, why));
    if (json) {
        ais_jw_begin_object(out, NULL);
        add_members(out, stored, inside.pack);
        ais_jw_end_object(out);
        return AIS_OK;
    }
    ais_buf_format(out, "%s %s %s%s: ", stored->name, stored->version, ais_pack_kind_text(stored->kind),
                   stored->enabled ? "" : ", disabled");
    cli_add_counts(out, inside.pack);
    ais_buf_text(out, ". ");
    cli_add_harmless(out, inside.pack->description, strlen(inside.pack->description));
    ais_buf_byte(out, '\n');
    return AIS_OK;
}

enum ais_err cli_rulepack_list(struct cli_call *call, struct ais_why *why)
{
    AUTO(cli_pack_view_done) struct cli_pack_view view = { .store = NULL };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    bool json = false;
    TRY(cli_format(call, "json", &json, why));
    TRY(cli_pack_view_open(call->settings, &view, why));
    if (json) {
        ais_jw_begin_object(&text, NULL);
        ais_jw_begin_array(&text, "rulepacks");
    }
    for (size_t i = 0; i < view.list.count; i++)
        TRY(add_listed(&text, &view.list.packs[i], json, why));
    if (json) {
        ais_jw_end_array(&text);
        ais_jw_end_object(&text);
    } else if (text.length > 0) {
        text.length--; /* the last line break is cli_print's */
    }
    return cli_print(&text, why);
}

/* ---- rulepack show ---- */

static void add_rule(struct ais_buf *out, const struct ais_rule *rule, bool json)
{
    if (!json) {
        ais_buf_format(out, "\n%s %s: %s, %s%s. ", ais_rule_kind_text(rule->kind), rule->id,
                       ais_action_text(rule->action), ais_severity_text(rule->severity),
                       rule->mode == AIS_MODE_MONITOR ? ", monitored only" : "");
        cli_add_harmless(out, rule->title, strlen(rule->title));
        return;
    }
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "id", rule->id);
    ais_jw_text(out, "kind", ais_rule_kind_text(rule->kind));
    ais_jw_text(out, "title", rule->title);
    ais_jw_text(out, "action", ais_action_text(rule->action));
    ais_jw_text(out, "severity", ais_severity_text(rule->severity));
    ais_jw_text(out, "mode", ais_mode_text(rule->mode));
    ais_jw_u64(out, "line", rule->line);
    ais_jw_u64(out, "tests", rule->test_count);
    ais_jw_end_object(out);
}

static enum ais_err add_details(struct ais_buf *out, const struct ais_stored_pack *stored, bool json,
                                struct ais_why *why)
{
    AUTO(reading_done) struct reading inside = { NULL, &nothing };
    TRY(read_inside(&inside, stored, why));
    if (json) {
        ais_jw_begin_object(out, NULL);
        add_members(out, stored, inside.pack);
        ais_jw_begin_array(out, "details");
    } else {
        ais_buf_format(out, "%s %s, %s, %s\nsha256 %s\n", stored->name, stored->version,
                       ais_pack_kind_text(stored->kind), stored->enabled ? "enabled" : "disabled", stored->checksum);
        cli_add_harmless(out, inside.pack->description, strlen(inside.pack->description));
    }
    for (size_t i = 0; i < inside.pack->count; i++)
        add_rule(out, &inside.pack->rules[i], json);
    if (json) {
        ais_jw_end_array(out);
        ais_jw_end_object(out);
    }
    return AIS_OK;
}

enum ais_err cli_rulepack_show(struct cli_call *call, struct ais_why *why)
{
    enum { TEXT, YAML, JSON };
    static const char *const formats[] = { [TEXT] = "text", [YAML] = "yaml", [JSON] = "json", NULL };
    AUTO(cli_pack_view_done) struct cli_pack_view view = { .store = NULL };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    const struct ais_stored_pack *stored = NULL;
    size_t format = TEXT;
    TRY(cli_choice(call, "format", formats, &format, why));
    TRY(cli_pack_view_open(call->settings, &view, why));
    TRY(cli_packs_find(&view.list, call->operands[0], &stored, why));
    if (format == YAML)
        ais_buf_add(&text, stored->source, stored->source_size);
    else
        TRY(add_details(&text, stored, format == JSON, why));
    if (format == YAML && text.length > 0 && text.data[text.length - 1] == '\n')
        text.length--; /* the last line break is cli_print's */
    return cli_print(&text, why);
}
