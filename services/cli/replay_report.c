#include "services/cli/handlers.h"
#include "services/cli/replay.h"
#include "shared/json/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word, *words;
} changes[] = {
#define X(change, word, words, action) { (word), (words) },
    REPLAY_CHANGES(X)
#undef X
}, refusals[] = {
#define X(refusal, word, words) { (word), (words) },
    REPLAY_REFUSALS(X)
#undef X
};

/* ---- Counting ---- */

bool replay_example(struct replay_examples *examples, size_t wanted, const char *id)
{
    if (examples->count == wanted)
        return true;
    if (examples->ids == NULL)
        examples->ids = calloc(wanted, sizeof *examples->ids);
    if (examples->ids == NULL)
        return false;
    snprintf(examples->ids[examples->count++], sizeof *examples->ids, "%s", id);
    return true;
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

struct replay_rule *replay_rule(struct replay_tally *tally, const char *pack, const char *rule)
{
    for (size_t i = 0; i < tally->rule_count; i++)
        if (is_same(tally->rules[i].rule, rule) && is_same(tally->rules[i].pack, pack))
            return &tally->rules[i];
    if (tally->rule_count == tally->room) {
        size_t room = 2 * tally->room + 8;
        struct replay_rule *grown = reallocarray(tally->rules, room, sizeof *grown);
        if (grown == NULL)
            return NULL;
        tally->rules = grown;
        tally->room = room;
    }
    struct replay_rule *made = &tally->rules[tally->rule_count];
    *made =
        (struct replay_rule){ .pack = pack != NULL ? strdup(pack) : NULL, .rule = rule != NULL ? strdup(rule) : NULL };
    if ((pack != NULL && made->pack == NULL) || (rule != NULL && made->rule == NULL)) {
        free(made->pack);
        free(made->rule);
        return NULL;
    }
    tally->rule_count++;
    return made;
}

void replay_result_done(struct replay_result *result)
{
    for (size_t i = 0; i < REPLAY_CHANGE_COUNT; i++) {
        struct replay_tally *tally = &result->changes[i];
        for (size_t j = 0; j < tally->rule_count; j++) {
            free(tally->rules[j].pack);
            free(tally->rules[j].rule);
            free(tally->rules[j].examples.ids);
        }
        free(tally->rules);
    }
    free(result->mismatches.ids);
    *result = (struct replay_result){ 0 };
}

bool replay_would_change(const struct replay_result *result)
{
    uint64_t count = result->mismatched;
    for (size_t i = 0; i < REPLAY_CHANGE_COUNT; i++)
        count += result->changes[i].count;
    return count > 0;
}

/* ---- Telling ---- */

/* The most frequent first, then by name. */
static int compare_rules(const void *a, const void *b)
{
    const struct replay_rule *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->rule == NULL || y->rule == NULL)
        return (x->rule == NULL) - (y->rule == NULL);
    int order = strcmp(x->pack, y->pack);
    return order != 0 ? order : strcmp(x->rule, y->rule);
}

static void order_rules(struct replay_result *result)
{
    for (size_t i = 0; i < REPLAY_CHANGE_COUNT; i++)
        if (result->changes[i].rule_count > 0)
            qsort(result->changes[i].rules, result->changes[i].rule_count, sizeof(struct replay_rule), compare_rules);
}

static void add_examples(struct ais_buf *out, const struct replay_examples *examples)
{
    for (size_t i = 0; i < examples->count; i++)
        ais_buf_format(out, "%s%s", i > 0 ? ", " : ": ", examples->ids[i]);
}

static void add_tally(struct ais_buf *out, const struct replay_tally *tally, const char *words, enum ais_colour colour)
{
    ais_buf_format(out, "\n%s%s%s: %" PRIu64, tally->count > 0 ? cli_colour(colour) : "", words,
                   tally->count > 0 ? cli_colour(AIS_PLAIN) : "", tally->count);
    for (size_t i = 0; i < tally->rule_count; i++) {
        const struct replay_rule *rule = &tally->rules[i];
        ais_buf_text(out, "\n  ");
        if (rule->rule == NULL)
            ais_buf_text(out, "(default action or risk)");
        else
            ais_buf_format(out, "%s/%s", rule->pack, rule->rule);
        ais_buf_format(out, " %" PRIu64, rule->count);
        add_examples(out, &rule->examples);
    }
}

void replay_write_text(struct replay_result *result, struct ais_buf *out)
{
    static const enum ais_colour colours[REPLAY_CHANGE_COUNT] = { AIS_RED, AIS_YELLOW, AIS_GREEN };
    order_rules(result);
    ais_buf_format(out, "%" PRIu64 " decisions, %" PRIu64 " of them decided again", result->decisions, result->judged);
    for (size_t i = 0; i < REPLAY_REFUSAL_COUNT; i++)
        if (result->refused[i] > 0)
            ais_buf_format(out, "\n  not judged: %" PRIu64 " %s", result->refused[i], refusals[i].words);
    ais_buf_format(out, "\n%" PRIu64 " recorded under the packs in force%s", result->checked,
                   result->checked > 0 ? ": " : "");
    if (result->checked > 0 && result->mismatched == 0)
        ais_buf_text(out, "these decide all of them as recorded");
    else if (result->mismatched > 0)
        ais_buf_format(out, "%" PRIu64 " are decided otherwise than recorded", result->mismatched);
    add_examples(out, &result->mismatches);
    ais_buf_format(out, "\ndefault action: %s (from %s)", result->default_action, result->source);
    if (result->checked == 0 && result->judged > 0)
        ais_buf_text(out, "; if the service has another one, or another risk threshold, give that here as well");
    for (size_t i = 0; i < REPLAY_CHANGE_COUNT; i++)
        add_tally(out, &result->changes[i], changes[i].words, colours[i]);
}

static void put_examples(struct ais_buf *out, const struct replay_examples *examples)
{
    ais_jw_begin_array(out, "examples");
    for (size_t i = 0; i < examples->count; i++)
        ais_jw_text(out, NULL, examples->ids[i]);
    ais_jw_end_array(out);
}

static void put_tally(struct ais_buf *out, const struct replay_tally *tally, const char *word)
{
    ais_jw_begin_object(out, word);
    ais_jw_u64(out, "count", tally->count);
    ais_jw_begin_array(out, "rules");
    for (size_t i = 0; i < tally->rule_count; i++) {
        const struct replay_rule *rule = &tally->rules[i];
        ais_jw_begin_object(out, NULL);
        if (rule->rule != NULL) {
            ais_jw_text(out, "rulepack", rule->pack);
            ais_jw_text(out, "rule", rule->rule);
        } else {
            ais_jw_null(out, "rulepack");
            ais_jw_null(out, "rule");
        }
        ais_jw_u64(out, "count", rule->count);
        put_examples(out, &rule->examples);
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}

void replay_write_json(struct replay_result *result, struct ais_buf *out)
{
    order_rules(result);
    ais_jw_begin_object(out, NULL);
    ais_jw_u64(out, "decisions", result->decisions);
    ais_jw_u64(out, "judged", result->judged);
    ais_jw_begin_object(out, "not_judged");
    for (size_t i = 0; i < REPLAY_REFUSAL_COUNT; i++)
        ais_jw_u64(out, refusals[i].word, result->refused[i]);
    ais_jw_end_object(out);
    ais_jw_begin_object(out, "in_force");
    ais_jw_text(out, "snapshot", result->base);
    ais_jw_u64(out, "checked", result->checked);
    ais_jw_u64(out, "mismatched", result->mismatched);
    put_examples(out, &result->mismatches);
    ais_jw_end_object(out);
    ais_jw_text(out, "snapshot", result->next);
    ais_jw_text(out, "default_action", result->default_action);
    ais_jw_bool(out, "would_change", replay_would_change(result));
    ais_jw_begin_object(out, "changes");
    for (size_t i = 0; i < REPLAY_CHANGE_COUNT; i++)
        put_tally(out, &result->changes[i], changes[i].word);
    ais_jw_end_object(out);
    ais_jw_end_object(out);
}
