#include "services/registry/describe.h"

static void describe_identity(struct ais_buf *out, const struct ais_stored_pack *stored)
{
    ais_jw_text(out, "name", stored->name);
    ais_jw_text(out, "version", stored->version);
    ais_jw_text(out, "kind", ais_pack_kind_text(stored->kind));
    ais_jw_bool(out, "enabled", stored->enabled);
    ais_jw_text(out, "checksum", stored->checksum);
}

static void describe_nothing(struct ais_buf *out)
{
    ais_jw_null(out, "rules");
    ais_jw_null(out, "invariants");
    ais_jw_null(out, "description");
}

void describe_pack(struct ais_buf *out, const struct ais_stored_pack *stored, const struct ais_rulepack *read)
{
    ais_jw_begin_object(out, NULL);
    describe_identity(out, stored);
    if (read != NULL) {
        ais_jw_u64(out, "rules", read->rule_count);
        ais_jw_u64(out, "invariants", read->invariant_count);
        ais_jw_text(out, "description", read->description);
    } else
        describe_nothing(out);
    ais_jw_end_object(out);
}

static void describe_texts(struct ais_buf *out, const char *key, const char *const *texts, size_t count)
{
    ais_jw_begin_array(out, key);
    for (size_t i = 0; i < count; i++)
        ais_jw_text(out, NULL, texts[i]);
    ais_jw_end_array(out);
}

static void describe_rule(struct ais_buf *out, const struct ais_rule *rule)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "id", rule->id);
    ais_jw_text(out, "title", rule->title);
    ais_jw_text(out, "action", ais_action_text(rule->action));
    ais_jw_text(out, "severity", ais_severity_text(rule->severity));
    ais_jw_text(out, "mode", ais_mode_text(rule->mode));
    if (rule->unless_token)
        ais_jw_text(out, "unless", "valid_approval_token");
    if (rule->remediation != NULL)
        ais_jw_text(out, "remediation", rule->remediation);
    ais_jw_begin_array(out, "alternatives");
    for (size_t i = 0; i < rule->alternative_count; i++)
        ais_jw_raw(out, NULL, rule->alternatives[i], strlen(rule->alternatives[i]));
    ais_jw_end_array(out);
    if (rule->correlation != NULL)
        ais_jw_text(out, "type", ais_correlation_type_text(rule->correlation->type));
    describe_texts(out, "tags", rule->tags, rule->tag_count);
    describe_texts(out, "references", rule->references, rule->reference_count);
    ais_jw_u64(out, "tests", rule->test_count);
    ais_jw_end_object(out);
}

static void describe_rules(struct ais_buf *out, const char *key, const struct ais_rulepack *read,
                           enum ais_rule_kind kind)
{
    ais_jw_begin_array(out, key);
    for (size_t i = 0; i < read->count; i++)
        if (read->rules[i].kind == kind)
            describe_rule(out, &read->rules[i]);
    ais_jw_end_array(out);
}

void describe_pack_in_full(struct ais_buf *out, const struct ais_stored_pack *stored, const struct ais_rulepack *read)
{
    ais_jw_begin_object(out, NULL);
    describe_identity(out, stored);
    if (stored->previous_version != NULL)
        ais_jw_text(out, "previous_version", stored->previous_version);
    if (read != NULL) {
        describe_rules(out, "rules", read, AIS_RULE);
        describe_rules(out, "invariants", read, AIS_INVARIANT);
        describe_rules(out, "correlations", read, AIS_CORRELATION);
        ais_jw_text(out, "description", read->description);
    } else
        describe_nothing(out);
    ais_jw_end_object(out);
}

void describe_activation(struct ais_buf *out, const struct catalog *catalog)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_u64(out, "rulepacks_generation", catalog->packs_generation);
    ais_jw_u64(out, "api_keys_generation", catalog->keys_generation);
    ais_jw_begin_array(out, "rulepacks");
    for (size_t i = 0; i < catalog->list.count; i++) {
        ais_jw_begin_object(out, NULL);
        ais_jw_text(out, "name", catalog->packs[i].name);
        ais_jw_text(out, "version", catalog->packs[i].version);
        ais_jw_bool(out, "enabled", catalog->list.packs[i].enabled);
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}
