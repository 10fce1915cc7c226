/* Packs whose rules would be looked at in every request are refused when they are too many, and the rule is named. */
#include "tests/unit/policy/lab.h"

/* n rules, each with this detection, up to its number. */
static enum ais_err compile(const char *detection, size_t n, struct ais_buf *ret_first)
{
    AUTO(ais_buf_done) struct ais_buf document = { 0 };
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW };
    struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    ais_buf_text(&document, "name: p\nversion: 1.0.0\nrules:\n");
    for (size_t i = 0; i < n; i++)
        ais_buf_format(&document, "- {id: r%zu, title: T, action: block, detection: {s: {%s%zu%s}, condition: s}}\n", i,
                       detection, i, strchr(detection, '\'') != NULL ? "'" : "");
    struct ais_pack_source pack = { "lab.yaml", document.data, document.length, true, AIS_PACK_CUSTOM };
    enum ais_err err = ais_policy_compile(&pack, 1, &options, &policy, &diagnostics, &why);
    if (diagnostics.count > 0)
        ais_buf_format(ret_first, "%s:%u:%u: %s", diagnostics.items[0].file, diagnostics.items[0].line,
                       diagnostics.items[0].column, diagnostics.items[0].message);
    ais_policy_unref(&policy);
    ais_diagnostics_done(&diagnostics);
    return err;
}

static const struct row {
    const char *value; /* of a rule's detection, up to a number */
    size_t n;
    const char *want; /* the first diagnostic; NULL: it is accepted */
} rows[] = {
    {"tool_args.a|re: '[a-z]+[0-9]{3,}|x*",  256,  NULL   },
    { "tool_args.a|re: '[a-z]+[0-9]{3,}|x*", 257,
     "lab.yaml:4:3: rule 'r0': the pattern of tool_args.a has no literal that every match contains, so it would be "
      "tried on "
      "every request (cost 16 of 4112; 4096 are the most)"},
    { "tool_args.a|re: '[a-z]+rare word ",   1000, NULL   },
    { "request.size|gt: 1",                  4096, NULL   },
    { "request.size|gt: 1",                  4097,
     "lab.yaml:4:3: rule 'r0': no text rules it out, so it would be looked at in every request (cost 1 of 4097; 4096 "
      "are the "
      "most)"                                             },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf found = { 0 };
    assert_int_equal(compile(row->value, row->n, &found), row->want == NULL ? AIS_OK : AIS_E_RULE);
    if (row->want != NULL)
        assert_string_equal(found.data, row->want);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    for (size_t i = 0; i < N_ELEMS(rows); i++)
        tests[i] = (struct CMUnitTest){ rows[i].value, check_row, NULL, NULL, ais_row_state(&rows[i]) };
    return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
