/* rulepack explain: how the rules of a pack were compiled, for those who write them. */
#include "services/cli/handlers.h"
#include "services/cli/packs.h"
#include "shared/json/write.h"
#include "shared/policy/anatomy.h"
#include "shared/text/nearest.h"

#include <inttypes.h>
#include <string.h>

enum {
    SHOWN_MOST = 12,   /* literals and patterns of a rule, in text; JSON has all */
    VALUE_LONGEST = 60 /* bytes of one, in text */
};

struct explaining {
    struct cli_packs packs;          /* owned */
    struct ais_policy *policy;       /* owned */
    struct ais_arena *arena;         /* owned; the pack that was read */
    struct ais_anatomy *anatomy;     /* owned */
    const struct ais_rulepack *pack; /* borrowed */
};

static void explaining_done(struct explaining *self)
{
    ais_anatomy_destroy(&self->anatomy);
    ais_policy_unref(&self->policy);
    ais_arena_destroy(&self->arena);
    cli_packs_done(&self->packs);
}

static size_t positive_tests(const struct ais_rule *rule)
{
    size_t count = 0;
    for (size_t i = 0; i < rule->test_count; i++)
        count += rule->tests[i].expect != AIS_ACTION_NONE;
    return count;
}

/* ---- for people ---- */

static void begin_line(struct ais_buf *out, const char *label)
{
    ais_buf_format(out, "  %s%-9s%s ", cli_colour(AIS_GREY), label, cli_colour(AIS_PLAIN));
}

static void add_cut(struct ais_buf *out, const char *bytes, size_t n)
{
    cli_add_harmless(out, bytes, n < VALUE_LONGEST ? n : VALUE_LONGEST);
    if (n > VALUE_LONGEST)
        ais_buf_text(out, "...");
}

static void add_more(struct ais_buf *out, size_t count)
{
    if (count > SHOWN_MOST)
        ais_buf_format(out, " and %zu more", count - SHOWN_MOST);
}

static void add_waking(struct ais_buf *out, const struct ais_rule_anatomy *anatomy)
{
    if (anatomy->always != NULL) {
        begin_line(out, "always");
        ais_buf_format(out, "%slooked at in every decision%s, because ", cli_colour(AIS_YELLOW), cli_colour(AIS_PLAIN));
        cli_add_harmless(out, anatomy->always, strlen(anatomy->always));
        ais_buf_byte(out, '\n');
        return;
    }
    begin_line(out, "wakes on");
    for (size_t i = 0; i < anatomy->literal_count && i < SHOWN_MOST; i++) {
        ais_buf_text(out, i > 0 ? ", \"" : "\"");
        add_cut(out, anatomy->literals[i].bytes, anatomy->literals[i].length);
        ais_buf_byte(out, '"');
    }
    add_more(out, anatomy->literal_count);
    ais_buf_byte(out, '\n');
}

static void add_patterns(struct ais_buf *out, const struct ais_rule_anatomy *anatomy)
{
    for (size_t i = 0; i < anatomy->pattern_count && i < SHOWN_MOST; i++) {
        const struct ais_pattern_anatomy *pattern = &anatomy->patterns[i];
        begin_line(out, i == 0 ? "patterns" : "");
        cli_add_harmless(out, pattern->field, strlen(pattern->field));
        ais_buf_format(out, "%s%s: ", pattern->modifiers[0] != '\0' ? "|" : "", pattern->modifiers);
        add_cut(out, pattern->value, pattern->value_length);
        if (pattern->kind != AIS_PATTERN_PLAIN)
            ais_buf_format(out, "  %s(%s%s%s)%s",
                           cli_colour(pattern->kind == AIS_PATTERN_PCRE2 ? AIS_YELLOW : AIS_GREEN),
                           ais_pattern_kind_text(pattern->kind), pattern->why != NULL ? ": it has " : "",
                           pattern->why != NULL ? pattern->why : "", cli_colour(AIS_PLAIN));
        ais_buf_byte(out, '\n');
    }
    if (anatomy->pattern_count > SHOWN_MOST)
        ais_buf_format(out, "            and %zu more\n", anatomy->pattern_count - SHOWN_MOST);
}

static void add_rule_text(struct ais_buf *out, const struct ais_rule *rule, const struct ais_rule_anatomy *anatomy)
{
    ais_buf_format(out, "\n%s%s %s%s (line %" PRIu32 "): %s, %s, %s%s\n", cli_colour(AIS_BOLD),
                   ais_rule_kind_text(rule->kind), rule->id, cli_colour(AIS_PLAIN), rule->line,
                   ais_action_text(rule->action), ais_severity_text(rule->severity), ais_mode_text(rule->mode),
                   rule->unless_token ? ", unless there is a valid approval token" : "");
    begin_line(out, "title");
    cli_add_harmless(out, rule->title, strlen(rule->title));
    ais_buf_byte(out, '\n');
    begin_line(out, "facts");
    for (size_t i = 0; i < anatomy->fact_count; i++) {
        ais_buf_text(out, i > 0 ? ", " : "");
        cli_add_harmless(out, anatomy->facts[i], strlen(anatomy->facts[i]));
    }
    ais_buf_text(out, anatomy->fact_count > 0 ? "\n" : "none\n");
    add_waking(out, anatomy);
    begin_line(out, "cost");
    ais_buf_format(out, "%s: %s\n", ais_rule_cost_text(anatomy->cost), ais_rule_cost_meaning(anatomy->cost));
    add_patterns(out, anatomy);
    begin_line(out, "tests");
    ais_buf_format(out, "%zu, of which %zu expect a match\n", rule->test_count, positive_tests(rule));
}

/* ---- for machines ---- */

static void add_pattern_json(struct ais_buf *out, const struct ais_pattern_anatomy *pattern)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "field", pattern->field);
    ais_jw_text(out, "modifiers", pattern->modifiers);
    ais_jw_string(out, "value", pattern->value, pattern->value_length);
    ais_jw_text(out, "kind", ais_pattern_kind_text(pattern->kind));
    if (pattern->why != NULL)
        ais_jw_text(out, "because", pattern->why);
    ais_jw_u64(out, "literals", pattern->literals);
    ais_jw_end_object(out);
}

static void add_rule_json(struct ais_buf *out, const struct ais_rule *rule, const struct ais_rule_anatomy *anatomy)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "id", rule->id);
    ais_jw_text(out, "kind", ais_rule_kind_text(rule->kind));
    ais_jw_text(out, "title", rule->title);
    ais_jw_u64(out, "line", rule->line);
    ais_jw_text(out, "action", ais_action_text(rule->action));
    ais_jw_text(out, "severity", ais_severity_text(rule->severity));
    ais_jw_text(out, "mode", ais_mode_text(rule->mode));
    ais_jw_bool(out, "unless_valid_approval_token", rule->unless_token);
    ais_jw_text(out, "cost", ais_rule_cost_text(anatomy->cost));
    ais_jw_bool(out, "always", anatomy->always != NULL);
    if (anatomy->always != NULL)
        ais_jw_text(out, "always_because", anatomy->always);
    ais_jw_begin_array(out, "facts");
    for (size_t i = 0; i < anatomy->fact_count; i++)
        ais_jw_text(out, NULL, anatomy->facts[i]);
    ais_jw_end_array(out);
    ais_jw_begin_array(out, "literals");
    for (size_t i = 0; i < anatomy->literal_count; i++)
        ais_jw_string(out, NULL, anatomy->literals[i].bytes, anatomy->literals[i].length);
    ais_jw_end_array(out);
    ais_jw_begin_array(out, "patterns");
    for (size_t i = 0; i < anatomy->pattern_count; i++)
        add_pattern_json(out, &anatomy->patterns[i]);
    ais_jw_end_array(out);
    ais_jw_u64(out, "tests", rule->test_count);
    ais_jw_u64(out, "tests_that_expect_a_match", positive_tests(rule));
    ais_jw_end_object(out);
}

/* ---- the whole ---- */

static enum ais_err prepare(struct explaining *self, struct cli_call *call, struct ais_why *why)
{
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .partial = true };
    AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
    TRY(cli_packs_read_one(call, &self->packs, why));
    const struct ais_pack_source *source = &self->packs.sources[0];
    self->arena = ais_arena_new(0);
    if (self->arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a rulepack");
    TRY(ais_policy_compile(source, 1, &options, &self->policy, &diagnostics, why));
    TRY(ais_rulepack_read(self->arena, source->file, source->bytes, source->size, &self->pack, &diagnostics, why));
    return ais_anatomy_new(self->policy, &self->anatomy, why);
}

static enum ais_err check_rule(const struct ais_rulepack *pack, const char *id, struct ais_why *why)
{
    struct ais_nearest near = { .word = id, .length = strlen(id) };
    for (size_t i = 0; i < pack->count; i++) {
        if (strcmp(pack->rules[i].id, id) == 0)
            return AIS_OK;
        ais_nearest_offer(&near, pack->rules[i].id);
    }
    if (near.best == NULL)
        return ais_fail(why, AIS_E_INVALID, "%s has no rule '%.80s'", pack->name, id);
    return ais_fail(why, AIS_E_INVALID, "%s has no rule '%.80s'; " AIS_DID_YOU_MEAN, pack->name, id, near.best);
}

static void begin(const struct explaining *self, struct ais_buf *out, bool json)
{
    const struct ais_rulepack *pack = self->pack;
    struct ais_policy_stats stats;
    ais_policy_stats(self->policy, &stats);
    if (!json) {
        ais_buf_format(
            out,
            "%s%s %s%s: %zu rules, %zu invariants; %zu comparisons, %zu literals, %zu rules looked at in every "
            "decision\n",
            cli_colour(AIS_BOLD), pack->name, pack->version, cli_colour(AIS_PLAIN), pack->rule_count,
            pack->invariant_count, stats.predicates, stats.literals, stats.always_rules);
        return;
    }
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "name", pack->name);
    ais_jw_text(out, "version", pack->version);
    ais_jw_u64(out, "comparisons", stats.predicates);
    ais_jw_u64(out, "literals", stats.literals);
    ais_jw_u64(out, "always_rules", stats.always_rules);
    ais_jw_u64(out, "bytes", stats.bytes);
    ais_jw_begin_array(out, "rules");
}

enum ais_err cli_rulepack_explain(struct cli_call *call, struct ais_why *why)
{
    AUTO(explaining_done) struct explaining self = { .policy = NULL };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    const char *only = call->operand_count > 1 ? call->operands[1] : NULL;
    bool json = false;
    TRY(cli_format(call, "json", &json, why));
    TRY(prepare(&self, call, why));
    if (only != NULL)
        TRY(check_rule(self.pack, only, why));
    begin(&self, &text, json);
    for (size_t i = 0; i < self.pack->count; i++) {
        const struct ais_rule *rule = &self.pack->rules[i];
        const struct ais_rule_anatomy *anatomy = ais_anatomy_find(self.anatomy, self.pack->name, rule->id);
        if ((only != NULL && strcmp(rule->id, only) != 0) || anatomy == NULL)
            continue;
        if (json)
            add_rule_json(&text, rule, anatomy);
        else
            add_rule_text(&text, rule, anatomy);
    }
    if (json) {
        ais_jw_end_array(&text);
        ais_jw_end_object(&text);
    } else if (text.length > 0) {
        text.length--; /* the last line break is cli_print's */
    }
    return cli_print(&text, why);
}
