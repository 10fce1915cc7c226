/* The bundled packs, all together: their own tests, and the one answer that is promised to the byte (its first four
 * members; remediations are free). */
#include "rulepacks/bundled.h"
#include "shared/policy/policy.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

static const char golden_request[] =
    "{\"tool_name\":\"python_exec\",\"tool_args\":{\"code\":\"import os; os.system('rm -rf /')\"},"
    "\"context\":\"User attempting to execute potentially dangerous code\","
    "\"metadata\":{\"user_id\":\"user123\",\"session_id\":\"sess456\"}}";

static const char golden_answer[] =
    "{\"allowed\":false,\"requires_approval\":true,"
    "\"reasons\":[\"Blocked by code_exec_sandbox rule: System commands not allowed\"],"
    "\"alternatives\":[{\"tool_name\":\"safe_exec\",\"tool_args\":{\"command\":\"echo hello\"},"
    "\"context\":\"Safer alternative for execution\"}],\"decision_id\":\"d\"";

enum { PACKS_MOST = 64 };

static struct ais_policy *compile(bool backwards)
{
    static const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW };
    struct ais_pack_source packs[PACKS_MOST];
    struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    size_t n = ais_bundled_pack_count;
    assert_in_range(n, 1, PACKS_MOST);
    for (size_t i = 0; i < n; i++) {
        const struct ais_bundled_pack *pack = &ais_bundled_packs[backwards ? n - 1 - i : i];
        packs[i] = (struct ais_pack_source){ pack->name, pack->bytes, pack->size, true, AIS_PACK_SYSTEM };
    }
    if (ais_policy_compile(packs, n, &options, &policy, &diagnostics, &why) != AIS_OK)
        fail_msg("%s", why.text);
    ais_diagnostics_done(&diagnostics);
    return policy;
}

static void answer(const struct ais_policy *policy, struct ais_engine *engine, const char *body, struct ais_buf *out)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_request request;
    struct ais_decision decision;
    struct ais_why why;
    assert_int_equal(ais_request_read(arena, body, strlen(body), &request, NULL, &why), AIS_OK);
    struct ais_question question = { .request = &request };
    assert_int_equal(ais_decide(engine, policy, &question, &decision, &why), AIS_OK);
    ais_buf_clear(out);
    ais_decision_write(out, &decision, "d");
    assert_false(out->failed);
}

static void the_golden_request_gets_the_golden_answer(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    for (int backwards = 0; backwards < 2; backwards++) {
        AUTO(ais_policy_unref) struct ais_policy *policy = compile(backwards);
        AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
        for (int i = 0; i < 1000; i++) {
            answer(policy, engine, golden_request, &out);
            assert_int_equal(strncmp(out.data, golden_answer, strlen(golden_answer)), 0);
        }
    }
}

static void a_harmless_action_is_allowed(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    AUTO(ais_policy_unref) struct ais_policy *policy = compile(false);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    answer(policy, engine, "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"ls -la\"}}", &out);
    assert_string_equal(out.data, "{\"allowed\":true,\"requires_approval\":false,"
                                  "\"reasons\":[\"Action passes all safety checks\"],\"alternatives\":[],"
                                  "\"decision_id\":\"d\"}");
}

static void the_order_of_packs_does_not_show(void **state)
{
    (void)state;
    AUTO(ais_policy_unref) struct ais_policy *forwards = compile(false);
    AUTO(ais_policy_unref) struct ais_policy *backwards = compile(true);
    assert_string_equal(ais_policy_digest(forwards), ais_policy_digest(backwards));
}

static void no_rule_is_looked_at_in_every_decision(void **state)
{
    (void)state;
    struct ais_policy_stats stats;
    AUTO(ais_policy_unref) struct ais_policy *policy = compile(false);
    ais_policy_stats(policy, &stats);
    assert_int_equal(stats.always_rules, 0);
}

static void every_pack_passes_its_own_tests(void **state)
{
    (void)state;
    for (size_t i = 0; i < ais_bundled_pack_count; i++) {
        const struct ais_bundled_pack *bundled = &ais_bundled_packs[i];
        struct ais_pack_source pack = { bundled->name, bundled->bytes, bundled->size, true, AIS_PACK_SYSTEM };
        AUTO(ais_rule_results_destroy) struct ais_rule_results *results = NULL;
        struct ais_diagnostics diagnostics = { 0 };
        struct ais_why why = { 0 };
        size_t count;
        if (ais_rulepack_test(&pack, &results, &diagnostics, &why) != AIS_OK)
            fail_msg("%s", why.text);
        const struct ais_rule_result *rows = ais_rule_results_rows(results, &count);
        for (size_t k = 0; k < count; k++)
            if (!rows[k].passed)
                print_error("%s:%u: %s: '%s': expected %s, got %s\n", rows[k].pack, (unsigned)rows[k].line,
                            rows[k].rule, rows[k].test, ais_action_text(rows[k].expect), ais_action_text(rows[k].got));
        assert_int_equal(ais_rule_results_failed(results), 0);
        assert_int_equal(ais_rule_results_untested(results), 0);
        ais_diagnostics_done(&diagnostics);
    }
}

static void packs_have_the_name_and_version_that_the_build_knows(void **state)
{
    (void)state;
    for (size_t i = 0; i < ais_bundled_pack_count; i++) {
        const struct ais_bundled_pack *bundled = &ais_bundled_packs[i];
        AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
        const struct ais_rulepack *pack;
        struct ais_diagnostics diagnostics = { 0 };
        struct ais_why why;
        assert_int_equal(strlen(bundled->bytes), bundled->size);
        assert_int_equal(
            ais_rulepack_read(arena, bundled->name, bundled->bytes, bundled->size, &pack, &diagnostics, &why), AIS_OK);
        assert_string_equal(pack->name, bundled->name);
        assert_string_equal(pack->version, bundled->version);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_request_gets_the_golden_answer),
        cmocka_unit_test(a_harmless_action_is_allowed),
        cmocka_unit_test(the_order_of_packs_does_not_show),
        cmocka_unit_test(no_rule_is_looked_at_in_every_decision),
        cmocka_unit_test(every_pack_passes_its_own_tests),
        cmocka_unit_test(packs_have_the_name_and_version_that_the_build_knows),
    };
    return cmocka_run_group_tests_name("rulepacks/bundled", tests, NULL, NULL);
}
