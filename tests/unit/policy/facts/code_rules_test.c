/* Rules over calls: what stands in one map holds for one call, and every rule is found by its literals. */
#include "tests/unit/policy/lab.h"

static const char *const pack =
    "name: code\n"
    "version: 1.0.0\n"
    "defaults: {action: block}\n"
    "rules:\n"
    "- {id: removal, title: T, detection: {s: {code.shell|re: '^rm -rf /'}, condition: s}}\n"
    "- {id: shadow, title: T, detection: {s: {code.calls: [open, io.open], code.args: /etc/shadow}, condition: s}}\n"
    "- {id: runs, title: T, detection: {s: {code.calls: os.system, code.shell|contains: curl}, condition: s}}\n"
    "- {id: fetched, title: T, detection: {s: {code.calls: ['exec(requests.*)', 'eval(requests.*)']}, condition: s}}\n"
    "- {id: unnamed, title: T, detection: {s: {code.calls: 'os.\\?'}, condition: s}}\n";

static const struct row {
    const char *name; /* the code itself */
    const char *rule; /* that blocks it; NULL: none */
} rows[] = {
    {"os.system('rm -rf /')",                       "removal"},
    { "os.system('true; sudo r\\\\\\\\m -rf /x')",  "removal"},
    { "import os as o; o.popen('rm -rf /x')",       "removal"},
    { "exec('os.sys' + 'tem(\\\"rm -rf /x\\\")')",  "removal"},
    { "print('rm -rf /')",                          NULL     },
    { "os.system('rm x')",                          NULL     },
    { "open('/etc/shadow')",                        "shadow" },
    { "open('x'); f('/etc/shadow')",                NULL     },
    { "from io import open as o; o('/etc/shadow')", "shadow" },
    { "os.system('curl x')",                        "runs"   },
    { "os.system('ls'); os.popen('curl x')",        NULL     },
    { "exec(requests.get(u).text)",                 "fetched"},
    { "x = requests.get(u).text; eval(x)",          "fetched"},
    { "x = requests.get(u).text; exec('1')",        NULL     },
    { "getattr(os, x)('ls')",                       "unnamed"},
    { "getattr(os, 'name')",                        NULL     },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf answer = { 0 };
    AUTO(ais_buf_done) struct ais_buf want = { 0 };
    struct ais_engine *engine = ais_engine_new();
    struct ais_policy *policy = lab_compile(&pack, 1, AIS_ACTION_ALLOW);
    ais_buf_format(&body, "{\"tool_name\":\"python\",\"tool_args\":{\"code\":\"%s\"}}", row->name);
    lab_answer(engine, policy, body.data, (struct ais_question){ 0 }, &answer);
    ais_buf_format(&want, "Blocked by %s rule", row->rule != NULL ? row->rule : "");
    if (row->rule == NULL)
        assert_non_null(strstr(answer.data, "\"allowed\":true"));
    else if (strstr(answer.data, want.data) == NULL)
        fail_msg("%s", answer.data);
    ais_policy_unref(&policy);
    ais_engine_destroy(&engine);
}

/* Past a bound no rule can say no: the answer asks. */
static void what_is_not_understood_asks(void **state)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf answer = { 0 };
    struct ais_engine *engine = ais_engine_new();
    struct ais_policy *policy = lab_compile(&pack, 1, AIS_ACTION_ALLOW);
    (void)state;
    ais_buf_text(&body, "{\"tool_name\":\"python\",\"tool_args\":{\"code\":\"");
    for (int i = 0; i < 5000; i++)
        ais_buf_text(&body, "f();");
    ais_buf_text(&body, "\"}}");
    lab_answer(engine, policy, body.data, (struct ais_question){ 0 }, &answer);
    assert_non_null(strstr(answer.data, "\"allowed\":false"));
    assert_non_null(strstr(answer.data, "\"requires_approval\":true"));
    assert_non_null(strstr(answer.data, "more than 4096 calls in code"));
    ais_policy_unref(&policy);
    ais_engine_destroy(&engine);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 1];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(what_is_not_understood_asks);
    return cmocka_run_group_tests_name("policy/facts/code_rules", tests, NULL, NULL);
}
