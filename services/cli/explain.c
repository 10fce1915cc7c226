#include "services/cli/explain.h"

#include "services/cli/handlers.h"

#include <stdlib.h>

/* A member's text, foreign as it is. */
static void add(struct ais_buf *out, const struct ais_json *node, const char *member)
{
    const struct ais_json *text = ais_json_get(node, member);
    if (text != NULL && text->text != NULL)
        cli_add_harmless(out, text->text, text->length);
}

static bool is(const struct ais_json *node, const char *member, const char *word)
{
    const struct ais_json *text = ais_json_get(node, member);
    return text != NULL && ais_json_is(text, word);
}

static const struct ais_json *first_of(const struct ais_json *node, const char *member)
{
    const struct ais_json *list = ais_json_get(node, member);
    return list != NULL ? list->first : NULL;
}

static void add_heading(struct ais_buf *out, const char *text)
{
    ais_buf_format(out, "\n\n%s%s%s", cli_colour(AIS_BOLD), text, cli_colour(AIS_PLAIN));
}

/* ---- the answer ---- */

static void add_verdict(struct ais_buf *out, const struct ais_json *answer)
{
    bool allowed = is(answer, "allowed", "true"), asks = is(answer, "requires_approval", "true");
    const char *colour = cli_colour(allowed ? AIS_GREEN : asks ? AIS_YELLOW : AIS_RED);
    const struct ais_json *code = first_of(ais_json_get(answer, "explanation"), "reasons");
    ais_buf_format(out, "%s%s%s", colour,
                   allowed ? "allowed"
                   : asks  ? "a person must approve"
                           : "blocked",
                   cli_colour(AIS_PLAIN));
    for (const struct ais_json *reason = first_of(answer, "reasons"); reason != NULL; reason = reason->next) {
        ais_buf_text(out, "\n  ");
        cli_add_harmless(out, reason->text, reason->length);
        ais_buf_format(out, "  %s", cli_colour(AIS_GREY));
        add(out, code, "code");
        ais_buf_text(out, cli_colour(AIS_PLAIN));
        code = code != NULL ? code->next : NULL;
    }
}

/* ---- comparisons ---- */

/* tool_args.command|contains: rm */
static void add_comparison(struct ais_buf *out, const struct ais_json *item)
{
    ais_buf_text(out, "\n    ");
    if (ais_json_get(item, "selection") != NULL) {
        ais_buf_text(out, cli_colour(AIS_GREY));
        add(out, item, "selection");
        ais_buf_format(out, " (line ");
        add(out, item, "line");
        ais_buf_format(out, ")%s ", cli_colour(AIS_PLAIN));
    }
    add(out, item, "field");
    for (const struct ais_json *modifier = first_of(item, "modifiers"); modifier != NULL; modifier = modifier->next) {
        ais_buf_byte(out, '|');
        cli_add_harmless(out, modifier->text, modifier->length);
    }
    if (ais_json_get(item, "field") != NULL) {
        ais_buf_text(out, ": ");
        add(out, item, "pattern");
    }
    if (is(item, "holds", "false"))
        ais_buf_text(out, " does not hold");
    if (ais_json_get(item, "must") != NULL) {
        ais_buf_text(out, "  must ");
        add(out, item, "must");
    }
}

static void add_sample(struct ais_buf *out, const struct ais_json *item)
{
    static const char *const members[] = { "matched", "seen" };
    for (size_t i = 0; i < N_ELEMS(members); i++) {
        const struct ais_json *sample = ais_json_get(item, members[i]);
        if (sample == NULL)
            continue;
        ais_buf_format(out, "\n      %s: %s", members[i], cli_colour(AIS_BOLD));
        if (sample->kind == AIS_JSON_NULL)
            ais_buf_text(out, "(nothing is there)");
        else
            cli_add_harmless(out, sample->text, sample->length);
        ais_buf_text(out, cli_colour(AIS_PLAIN));
    }
}

static void add_comparisons(struct ais_buf *out, const struct ais_json *rule, const char *list, const char *title)
{
    const struct ais_json *item = first_of(rule, list);
    if (item != NULL && title != NULL)
        ais_buf_format(out, "\n   %s", title);
    for (; item != NULL; item = item->next) {
        add_comparison(out, item);
        add_sample(out, item);
    }
}

/* ---- rules ---- */

static void add_rule(struct ais_buf *out, const struct ais_json *rule)
{
    ais_buf_format(out, "\n  %s", cli_colour(AIS_BOLD));
    add(out, rule, "rule");
    ais_buf_format(out, "%s ", cli_colour(AIS_PLAIN));
    add(out, rule, "title");
    ais_buf_format(out, "  %s", cli_colour(AIS_GREY));
    add(out, rule, "rulepack");
    ais_buf_byte(out, ' ');
    add(out, rule, "version");
    ais_buf_text(out, ", line ");
    add(out, rule, "line");
    ais_buf_text(out, ", ");
    add(out, rule, "action");
    ais_buf_text(out, ", ");
    add(out, rule, "severity");
    if (ais_json_get(rule, "effect") != NULL) {
        ais_buf_text(out, ": ");
        add(out, rule, "effect");
    }
    ais_buf_text(out, cli_colour(AIS_PLAIN));
}

static void add_matches(struct ais_buf *out, const struct ais_json *why)
{
    const struct ais_json *rule = first_of(why, "rules");
    if (rule != NULL)
        add_heading(out, "Rules that match");
    for (; rule != NULL; rule = rule->next) {
        add_rule(out, rule);
        add_comparisons(out, rule, "because", NULL);
        add_comparisons(out, rule, "to_pass", "to pass:");
    }
}

static void add_near_misses(struct ais_buf *out, const struct ais_json *why)
{
    const struct ais_json *rule = first_of(why, "near_misses");
    if (rule != NULL)
        add_heading(out, "Rules that nearly match");
    for (; rule != NULL; rule = rule->next) {
        add_rule(out, rule);
        add_comparisons(out, rule, "missing", "would match if:");
    }
}

static void add_unknown(struct ais_buf *out, const struct ais_json *why)
{
    const struct ais_json *rule = first_of(why, "not_understood");
    if (rule != NULL)
        add_heading(out, "Rules that hang on what was not understood");
    for (; rule != NULL; rule = rule->next) {
        ais_buf_text(out, "\n  ");
        add(out, rule, "rule");
        ais_buf_text(out, "  ");
        add(out, rule, "fact");
        ais_buf_text(out, ": ");
        add(out, rule, "why");
    }
}

/* ---- the rest ---- */

static void add_texts(struct ais_buf *out, const struct ais_json *why, const char *list, const char *title)
{
    const struct ais_json *text = first_of(why, list);
    if (text != NULL)
        add_heading(out, title);
    for (; text != NULL; text = text->next) {
        ais_buf_text(out, "\n  ");
        cli_add_harmless(out, text->text, text->length);
    }
}

static void add_risk(struct ais_buf *out, const struct ais_json *why)
{
    const struct ais_json *risk = ais_json_get(why, "risk");
    if (risk == NULL)
        return;
    add_heading(out, "Risk ");
    add(out, risk, "score");
    ais_buf_text(out, " of 100, threshold ");
    add(out, risk, "threshold");
    for (const struct ais_json *factor = first_of(risk, "factors"); factor != NULL; factor = factor->next) {
        ais_buf_text(out, "\n  ");
        add(out, factor, "points");
        ais_buf_text(out, "  ");
        add(out, factor, "factor");
        ais_buf_text(out, " (");
        add(out, factor, "count");
        ais_buf_byte(out, ')');
    }
}

static void add_facts(struct ais_buf *out, const struct ais_json *why)
{
    const struct ais_json *fact = first_of(why, "facts");
    if (fact != NULL)
        add_heading(out, "What was understood");
    for (; fact != NULL; fact = fact->next) {
        ais_buf_text(out, "\n  ");
        add(out, fact, "fact");
        ais_buf_text(out, " (");
        add(out, fact, "count");
        ais_buf_text(out, "):");
        for (const struct ais_json *sample = first_of(fact, "samples"); sample != NULL; sample = sample->next) {
            ais_buf_text(out, sample == first_of(fact, "samples") ? " " : " | ");
            cli_add_harmless(out, sample->text, sample->length);
        }
    }
    for (const struct ais_json *part = first_of(why, "unknown"); part != NULL; part = part->next) {
        ais_buf_format(out, "\n  %s", cli_colour(AIS_YELLOW));
        add(out, part, "part");
        ais_buf_text(out, " not all understood: ");
        add(out, part, "why");
        ais_buf_text(out, cli_colour(AIS_PLAIN));
    }
}

static void add_timing(struct ais_buf *out, const struct ais_json *why)
{
    enum { NS_PER_US = 1000 };
    bool first = true;
    add_heading(out, "Time");
    for (const struct ais_json *stage = first_of(why, "timing"); stage != NULL; stage = stage->next) {
        size_t name = stage->key_length > 3 ? stage->key_length - 3 : 0; /* without "_ns" */
        ais_buf_text(out, first ? "\n  " : ", ");
        cli_add_harmless(out, stage->key, name);
        ais_buf_format(out, " %.1f \xc2\xb5s", stage->text != NULL ? strtod(stage->text, NULL) / NS_PER_US : 0);
        first = false;
    }
    if (is(why, "truncated", "true"))
        ais_buf_text(out, "\nNot all of it is shown: the explanation reached its bounds.");
}

bool cli_explain(const struct ais_json *answer, struct ais_buf *out)
{
    const struct ais_json *why = ais_json_get(answer, "explanation");
    if (why == NULL || why->kind != AIS_JSON_OBJECT)
        return false;
    add_verdict(out, answer);
    add_matches(out, why);
    add_unknown(out, why);
    add_near_misses(out, why);
    add_risk(out, why);
    add_texts(out, why, "to_pass", "What would have to change");
    add_facts(out, why);
    add_timing(out, why);
    return true;
}
