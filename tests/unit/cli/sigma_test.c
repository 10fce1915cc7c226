/* Members of Sigma selections, as we ask for them. */
#include "services/cli/sigma/sigma.h"
#include "tests/unit/test.h"

/* clang-format off */
static const struct row {
    const char *name;
    unsigned source;
    const char *member, *key, *values, *fault; /* values: as they are written, with commas between */
} rows[] = {
    { "a command line", SIGMA_PROCESS, "{\"CommandLine|contains\": \"a\"}", "shell.command|contains", "\"a\"", NULL },
    { "all is told apart", SIGMA_PROCESS, "{\"CommandLine|contains|all\": [\"a\", \"b\"]}", "shell.command|contains", "\"a\",\"b\"", NULL },
    { "a name behind a slash", SIGMA_PROCESS, "{\"Image|endswith\": [\"/a\", \"\\\\b.exe\"]}", "shell.name", "\"a\",\"b.exe\"", NULL },
    { "an end of a name", SIGMA_PROCESS, "{\"Image|endswith\": \"a\"}", "shell.name", "\"*a\"", NULL },
    { "a whole path", SIGMA_PROCESS, "{\"Image\": \"/usr/bin/a\"}", "shell.name", "\"a\"", NULL },
    { "a name with case", SIGMA_PROCESS, "{\"Image|endswith|cased\": \"/A\"}", "shell.name|cased", "\"A\"", NULL },
    { "a quoted wildcard is no separator", SIGMA_PROCESS, "{\"Image|endswith\": \"/a\\\\*b\"}", "shell.name", "\"a\\\\*b\"", NULL },
    { "the begin of a path", SIGMA_PROCESS, "{\"Image|startswith\": \"/tmp/\"}", "shell.command|startswith", "\"/tmp/\"", NULL },
    { "a part of a path", SIGMA_PROCESS, "{\"Image|contains\": \"a.b\"}", "shell.command|re|i", "\"^\\\\S*a\\\\x2eb\"", NULL },
    { "a folder", SIGMA_PROCESS, "{\"Image|contains\": \"/a/\"}", "shell.command|re|i", "\"^(?:\\\\S*[/\\\\\\\\])?a\\\\x2f\"", NULL },
    { "a folder's every program", SIGMA_PROCESS, "{\"Image\": \"/tmp/*\"}", NULL, NULL, "where a program is" },
    { "a pattern over a name", SIGMA_PROCESS, "{\"Image|re\": \"pyth.n$\"}", "shell.name|re", "\"pyth.n$\"", NULL },
    { "a pattern over a path", SIGMA_PROCESS, "{\"Image|re\": \"^/tmp\"}", NULL, NULL, "pattern over a program's path" },
    { "whether there is one", SIGMA_PROCESS, "{\"Image|exists\": true}", "shell.name|exists", "true", NULL },
    { "none", SIGMA_PROCESS, "{\"CommandLine\": null}", "shell.command", "null", NULL },
    { "a number", SIGMA_NETWORK, "{\"DestinationPort\": 4444}", "url.port", "4444", NULL },
    { "an address range", SIGMA_NETWORK, "{\"DestinationIp|cidr\": \"10.0.0.0/8\"}", "url.ip|cidr", "\"10.0.0.0/8\"", NULL },
    { "keywords", SIGMA_PROCESS, "{\"|all\": [\"a\", \"b\"]}", "|contains", "\"a\",\"b\"", NULL },
    { "modifiers pass as they are", SIGMA_PROCESS, "{\"CommandLine|windash|contains\": \"-a\"}", "shell.command|windash|contains", "\"-a\"", NULL },
    { "a kind of record", SIGMA_AUDITD, "{\"type\": \"EXECVE\"}", "", "", NULL },
    { "another kind of record", SIGMA_AUDITD, "{\"type\": \"USER_AUTH\"}", NULL, NULL, "never 'USER_AUTH'" },
    { "an argument", SIGMA_AUDITD, "{\"a3|startswith\": \"-x\"}", "shell.args|startswith", "\"-x\"", NULL },
    { "no argument, though it begins so", SIGMA_AUDITD, "{\"auid\": 0}", NULL, NULL, "field 'auid'" },
    { "a NUL", SIGMA_PROCESS, "{\"CommandLine\": \"a\\u0000b\"}", NULL, NULL, "NUL" },
    { "a parent", SIGMA_PROCESS, "{\"ParentCommandLine|contains\": \"a\"}", NULL, NULL, "which program runs the agent" },
    { "another source's field", SIGMA_DNS, "{\"CommandLine\": \"a\"}", NULL, NULL, "field 'CommandLine'" },
    { "no value", SIGMA_PROCESS, "{\"CommandLine\": [[\"a\"]]}", NULL, NULL, "a value is an array" },
};
/* clang-format on */

static void check_row(void **state)
{
    const struct row *row = *state;
    struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *map;
    struct sigma_member member = { .key = NULL };
    struct ais_buf values = { 0 };
    struct ais_why why = { 0 };
    assert_int_equal(ais_json_read(arena, row->member, strlen(row->member), &ais_json_request_limits, &map, NULL),
                     AIS_OK);
    enum ais_err err = sigma_member(arena, row->source, map->first, &member, &why);
    if (row->fault != NULL) {
        assert_int_equal(err, AIS_E_RULE);
        if (strstr(why.text, row->fault) == NULL)
            fail_msg("%s", why.text);
    } else {
        assert_int_equal(err, AIS_OK);
        assert_int_equal(member.dropped, row->key[0] == '\0');
        if (!member.dropped)
            assert_string_equal(member.key, row->key);
        ais_buf_text(&values, "");
        for (size_t i = 0; i < member.count; i++)
            ais_buf_format(&values, "%s%s", i > 0 ? "," : "", member.values[i]);
        assert_string_equal(values.data != NULL ? values.data : "", row->values);
    }
    ais_buf_done(&values);
    ais_arena_destroy(&arena);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("cli/sigma", tests, NULL, NULL);
}
