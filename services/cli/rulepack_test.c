/* rulepack test: what became of the tests inside packs, and what they do not touch. */
#include "services/cli/packs.h"
#include "services/cli/table.h"
#include "shared/json/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum form { TEXT, JSON, JUNIT };

struct test_run {
    enum form form;
    struct ais_buf out;      /* owned; JSON and JUnit: the answer */
    struct ais_buf gaps;     /* owned; TEXT: lines about rules that are not covered */
    struct cli_table *table; /* owned; TEXT */
    size_t tests, failed, rules, untested, unmatched;
};

static void test_run_done(struct test_run *self)
{
    ais_buf_done(&self->out);
    ais_buf_done(&self->gaps);
    cli_table_destroy(&self->table);
}

/* ---- one test ---- */

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

static struct cli_cell cell(const char *text, enum ais_colour colour)
{
    return (struct cli_cell){ text, strlen(text), colour };
}

static enum ais_err add_table_row(struct test_run *self, const char *file, const struct ais_rule_result *row,
                                  struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf rule = { 0 };
    AUTO(ais_buf_done) struct ais_buf place = { 0 };
    ais_buf_format(&rule, "%s.%s", row->pack, row->rule);
    ais_buf_format(&place, "%s:%" PRIu32 ":%" PRIu32, file, row->line, row->column);
    if (rule.failed || place.failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a table");
    const struct cli_cell cells[] = {
        cell(row->passed ? "pass" : "FAIL", row->passed ? AIS_GREEN : AIS_RED),
        cell(rule.data, AIS_PLAIN),
        cell(row->test, AIS_PLAIN),
        cell(ais_action_text(row->expect), AIS_PLAIN),
        cell(ais_action_text(row->got), row->passed ? AIS_PLAIN : AIS_RED),
        cell(place.data, AIS_GREY),
    };
    return cli_table_add(self->table, cells, why);
}

/* ---- JUnit ---- */

/* XML 1.0 cannot hold most control characters at all, not even escaped. */
static void add_xml(struct ais_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': ais_buf_text(out, "&amp;"); break;
        case '<': ais_buf_text(out, "&lt;"); break;
        case '>': ais_buf_text(out, "&gt;"); break;
        case '"': ais_buf_text(out, "&quot;"); break;
        case '\n': ais_buf_text(out, "&#10;"); break;
        case '\t': ais_buf_text(out, "&#9;"); break;
        default: ais_buf_byte(out, (char)((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text));
        }
    }
}

static void add_attribute(struct ais_buf *out, const char *name, const char *text)
{
    ais_buf_format(out, " %s=\"", name);
    add_xml(out, text);
    ais_buf_byte(out, '"');
}

static void add_case(struct ais_buf *out, const char *file, const struct ais_rule_result *row)
{
    ais_buf_format(out, "<testcase classname=\"%s.%s\"", row->pack, row->rule);
    add_attribute(out, "name", row->test);
    add_attribute(out, "file", file);
    ais_buf_format(out, " line=\"%" PRIu32 "\"", row->line);
    if (row->passed)
        ais_buf_text(out, "/>\n");
    else
        ais_buf_format(out, "><failure message=\"expected %s, got %s\"/></testcase>\n", ais_action_text(row->expect),
                       ais_action_text(row->got));
}

static void add_suite(struct ais_buf *out, const char *file, const struct ais_rule_results *results)
{
    size_t count, rules;
    const struct ais_rule_result *rows = ais_rule_results_rows(results, &count);
    const struct ais_rule_coverage *coverage = ais_rule_results_coverage(results, &rules);
    ais_buf_text(out, "<testsuite");
    add_attribute(out, "name", rules > 0 ? coverage[0].pack : file);
    add_attribute(out, "file", file);
    ais_buf_format(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n<properties>\n", count,
                   ais_rule_results_failed(results));
    for (size_t i = 0; i < rules; i++)
        if (coverage[i].hits == 0)
            ais_buf_format(out, "<property name=\"%s\" value=\"%s\"/>\n",
                           coverage[i].tests == 0 ? "rule without a test" : "rule that no test matches",
                           coverage[i].rule);
    ais_buf_text(out, "</properties>\n");
    for (size_t i = 0; i < count; i++)
        add_case(out, file, &rows[i]);
    ais_buf_text(out, "</testsuite>\n");
}

/* ---- coverage ---- */

static void add_gap(struct test_run *self, const char *file, const struct ais_rule_coverage *row)
{
    const char *what = row->tests == 0  ? "has no test"
                       : row->hits == 0 ? "is matched by no test"
                                        : "is matched by no test of its own";
    if (row->own_hits > 0)
        return;
    ais_buf_format(&self->gaps, "%s:%" PRIu32 ":%" PRIu32 ": %s%s.%s %s%s\n", file, row->line, row->column,
                   cli_colour(AIS_YELLOW), row->pack, row->rule, what, cli_colour(AIS_PLAIN));
}

static void add_coverage(struct test_run *self, const char *file, const struct ais_rule_results *results)
{
    size_t count;
    const struct ais_rule_coverage *rows = ais_rule_results_coverage(results, &count);
    for (size_t i = 0; i < count; i++) {
        self->unmatched += rows[i].hits == 0;
        if (self->form == TEXT)
            add_gap(self, file, &rows[i]);
        if (self->form != JSON)
            continue;
        ais_jw_begin_object(&self->out, NULL);
        ais_jw_text(&self->out, "file", file);
        ais_jw_u64(&self->out, "line", rows[i].line);
        ais_jw_text(&self->out, "rulepack", rows[i].pack);
        ais_jw_text(&self->out, "rule", rows[i].rule);
        ais_jw_u64(&self->out, "tests", rows[i].tests);
        ais_jw_u64(&self->out, "matched_in_own_tests", rows[i].own_hits);
        ais_jw_u64(&self->out, "matched_in_tests", rows[i].hits);
        ais_jw_end_object(&self->out);
    }
    self->rules += count;
}

/* ---- all ---- */

static enum ais_err add_results(struct test_run *self, const char *file, const struct ais_rule_results *results,
                                struct ais_why *why)
{
    size_t count;
    const struct ais_rule_result *rows = ais_rule_results_rows(results, &count);
    for (size_t i = 0; i < count && self->form == TEXT; i++)
        TRY(add_table_row(self, file, &rows[i], why));
    for (size_t i = 0; i < count && self->form == JSON; i++)
        cli_add_test(&self->out, file, &rows[i], true);
    if (self->form == JUNIT)
        add_suite(&self->out, file, results);
    self->tests += count;
    self->failed += ais_rule_results_failed(results);
    self->untested += ais_rule_results_untested(results);
    return AIS_OK;
}

static enum ais_err test_packs(struct test_run *self, const struct cli_packs *packs, struct ais_rule_results **results,
                               struct ais_why *why)
{
    for (size_t i = 0; i < packs->count; i++) {
        AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
        TRY(ais_rulepack_test(&packs->sources[i], &results[i], &diagnostics, why));
    }
    if (self->form == JSON) {
        ais_jw_begin_object(&self->out, NULL);
        ais_jw_begin_array(&self->out, "results");
    }
    for (size_t i = 0; i < packs->count; i++)
        TRY(add_results(self, packs->sources[i].file, results[i], why));
    if (self->form == JSON) {
        ais_jw_end_array(&self->out);
        ais_jw_begin_array(&self->out, "coverage");
    }
    for (size_t i = 0; i < packs->count; i++)
        add_coverage(self, packs->sources[i].file, results[i]);
    return AIS_OK;
}

static void end_json(struct test_run *self)
{
    ais_jw_end_array(&self->out);
    ais_jw_u64(&self->out, "tests", self->tests);
    ais_jw_u64(&self->out, "failed", self->failed);
    ais_jw_u64(&self->out, "rules", self->rules);
    ais_jw_u64(&self->out, "untested_rules", self->untested);
    ais_jw_u64(&self->out, "unmatched_rules", self->unmatched);
    ais_jw_end_object(&self->out);
}

static enum ais_err print(struct test_run *self, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    if (self->form == JSON) {
        end_json(self);
        return cli_print(&self->out, why);
    }
    if (self->form == JUNIT) {
        ais_buf_format(&text,
                       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<testsuites name=\"rulepacks\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
                       self->tests, self->failed);
        ais_buf_add(&text, self->out.data, self->out.length);
        ais_buf_text(&text, "</testsuites>");
        text.failed |= self->out.failed;
        return cli_print(&text, why);
    }
    TRY(cli_table_print(self->table, why));
    ais_buf_add(&text, self->gaps.data, self->gaps.length);
    ais_buf_format(&text, "%s%zu tests, %zu failed, %zu rules without a test, %zu of %zu rules matched by a test%s",
                   cli_colour(self->failed > 0 ? AIS_RED : AIS_GREEN), self->tests, self->failed, self->untested,
                   self->rules - self->unmatched, self->rules, cli_colour(AIS_PLAIN));
    text.failed |= self->gaps.failed;
    return cli_print(&text, why);
}

enum ais_err cli_rulepack_test(struct cli_call *call, struct ais_why *why)
{
    static const char *const forms[] = { [TEXT] = "text", [JSON] = "json", [JUNIT] = "junit", NULL };
    static const struct cli_column columns[] = {
        {"RESULT",  0,  0, false},
        { "RULE",   12, 0, false},
        { "TEST",   12, 0, false},
        { "EXPECT", 5,  0, false},
        { "GOT",    5,  0, false},
        { "WHERE",  8,  0, false},
    };
    AUTO(cli_packs_done) struct cli_packs packs = { 0 };
    AUTO(test_run_done) struct test_run self = { .form = TEXT };
    size_t form = TEXT;
    TRY(cli_choice(call, "format", forms, &form, why));
    self.form = (enum form)form;
    self.table = cli_table_new(columns, N_ELEMS(columns), cli_terminal_width(), false);
    TRY(cli_packs_read(call, &packs, why));
    struct ais_rule_results **results = calloc(packs.count + 1, sizeof(struct ais_rule_results *));
    if (self.table == NULL || results == NULL) {
        free(results);
        return ais_fail(why, AIS_E_NOMEM, "no memory for tests");
    }
    enum ais_err err = test_packs(&self, &packs, results, why);
    for (size_t i = 0; i < packs.count; i++)
        ais_rule_results_destroy(&results[i]);
    free(results);
    TRY(err);
    call->exit_code = self.failed == 0 ? CLI_DONE : CLI_NO;
    return print(&self, why);
}
