/* preflight and rulepack, over a data directory that the first of these calls makes. */
#include "shared/mem/secret.h"
#include "shared/store/store.h"
#include "tests/unit/cli/caught.h"

#include <dirent.h>
#include <stdlib.h>

static char folder[] = "/tmp/ais-cli-preflight-XXXXXX";
static char data_dir[64];

/* Files that the command lines name. */
static const struct {
    const char *name, *text;
} files[] = {
    {"blocked.json",   "{\"tool_name\":\"python_exec\",\"tool_args\":{\"code\":\"import os; os.system('rm -rf /')\"}}"},
    { "harmless.json", "{\"tool_name\":\"calendar\",\"tool_args\":{\"day\":1}}"                                       },
    { "token.json",    "{\"tool_name\":\"calendar\",\"execution_approval_token\":\"made up\"}"                        },
    { "twice.json",    "{\"tool_name\":\"calendar\",\"tool_name\":\"rm\"}"                                            },
    { "nameless.json", "{\"tool_args\":{}}"                                                                           },
    { "good.yaml",     "name: good\nversion: 1.0.0\nrules:\n  - id: r1\n    title: No hammers\n    detection:\n"
                   "      a: {tool_name: hammer}\n      condition: a\n    action: block\n    tests:\n"
                   "      - {name: hit, request: {tool_name: hammer}, expect: block}\n"
                   "      - {name: miss, request: {tool_name: file}, expect: none}\n"               },
    { "failing.yaml",  "name: failing\nversion: 1.0.0\nrules:\n  - id: r1\n    title: No hammers\n    detection:\n"
                      "      a: {tool_name: hammer}\n      condition: a\n    action: block\n    tests:\n"
                      "      - {name: hit, request: {tool_name: file}, expect: block}\n"         },
    { "faulty.yaml",   "name: faulty\nversion: 1.0.0\nrules:\n  - id: r1\n    title: No hammers\n    detecton: {}\n"  },
};

/* "@name" in a command line is a file of the folder; the data directory is added to what takes one. */
static const struct row {
    const char *name;
    const char *words[6];
    int code;
    const char *has, *has_not;
} rows[] = {
    {"a dangerous request is not allowed",
     { "preflight", "@blocked.json" },
     CLI_NO,                                                                                                                "{\"allowed\":false,\"requires_approval\":true,\"reasons\":[\"Blocked by code_exec_sandbox rule: ",
     "Action"                                                                                                                                                                                                                             },
    { "a harmless one is",
     { "preflight", "@harmless.json" },
     CLI_DONE,                                                                                                              "{\"allowed\":true,\"requires_approval\":false,\"reasons\":[\"Action passes all safety checks\"]",
     "\"allowed\":false"                                                                                                                                                                                                                  },
    { "unless the default action blocks",
     { "preflight", "@harmless.json", "--default-action=block" },
     CLI_NO,                                                                                                                "{\"allowed\":false,",
     "true"                                                                                                                                                                                                                               },
    { "an approval token is invalid in this version",
     { "preflight", "@token.json" },
     CLI_NO,                                                                                                                "{\"allowed\":false,",
     "\"allowed\":true"                                                                                                                                                                                                                   },
    { "a key twice is not allowed",                   { "preflight", "@twice.json" },                      CLI_NO,          "",                                                                                                 "allowed" },
    { "no tool name is not allowed",                  { "preflight", "@nameless.json" },                   CLI_NO,          "",                                                                                                 "allowed" },
    { "a request that is not there",                  { "preflight", "@missing.json" },                    CLI_ENVIRONMENT, "",                                                                                                 "allowed" },
    { "two servers at once",
     { "preflight", "@harmless.json", "--url=http://127.0.0.1:1", "--zmq-endpoint=ipc:///x" },
     CLI_USAGE,                                                                                                             "",
     "allowed"                                                                                                                                                                                                                            },
    { "a server without a key",
     { "preflight", "@harmless.json", "--url=http://127.0.0.1:1" },
     CLI_USAGE,                                                                                                             "",
     "allowed"                                                                                                                                                                                                                            },
    { "each decision is in the log",
     { "audit", "query", "--event=decision" },
     CLI_DONE,                                                                                                              "  decision  require_approval  high           python_exec  -     code_exec_sandbox  ",
     "missing"                                                                                                                                                                                                                            },
    { "what was no request is not",                   { "audit", "export", "--q=nameless" },               CLI_DONE,        "",                                                                                                 "{"       },
    { "packs are listed",                             { "rulepack", "list" },                              CLI_DONE,        "code_execution 1.",                                                                                "disabled"},
    { "packs are listed as JSON",
     { "rulepack", "list", "--format=json" },
     CLI_DONE,                                                                                                              "{\"rulepacks\":[{\"name\":\"code_execution\",\"version\":",
     "}{"                                                                                                                                                                                                                                 },
    { "a pack is shown",
     { "rulepack", "show", "code_execution" },
     CLI_DONE,                                                                                                              "rule code_exec_sandbox: require_approval, high. System commands not allowed",
     "detection"                                                                                                                                                                                                                          },
    { "its source is shown",
     { "rulepack", "show", "code_execution", "--format=yaml" },
     CLI_DONE,                                                                                                              "name: code_execution\n",
     "sha256"                                                                                                                                                                                                                             },
    { "an unknown pack is not",                       { "rulepack", "show", "code_exection" },             CLI_NO,          "",                                                                                                 "rule"    },
    { "the packs in force pass their tests",          { "rulepack", "test" },                              CLI_DONE,        " tests, 0 failed, ",                                                                               "FAIL"    },
    { "a good pack checks",
     { "rulepack", "check", "@good.yaml" },
     CLI_DONE,                                                                                                              "good.yaml: good 1.0.0: 1 rules, 0 inv",
     "fault"                                                                                                                                                                                                                              },
    { "a faulty one does not",
     { "rulepack", "check", "@good.yaml", "@faulty.yaml" },
     CLI_NO,                                                                                                                "faulty.yaml:6:5: unknown key 'detecton'",
     "good.yaml"                                                                                                                                                                                                                          },
    { "faults as JSON",
     { "rulepack", "check", "@faulty.yaml", "--format=json" },
     CLI_NO,                                                                                                                "{\"valid\":false,\"rulepacks\":[],\"diagnostics\":[{\"file\":\"",
     "}{"                                                                                                                                                                                                                                 },
    { "tests that pass",
     { "rulepack", "test", "@good.yaml" },
     CLI_DONE,                                                                                                              "2 tests, 0 failed, 0 rules without a test, 1 of 1 rules matched by a test",
     "FAIL"                                                                                                                                                                                                                               },
    { "a test that fails",                            { "rulepack", "test", "@failing.yaml" },             CLI_NO,          "FAIL",                                                                                             "pass"    },
    { "the same twice is one too many",               { "rulepack", "check", "@good.yaml", "@good.yaml" }, CLI_NO,          "good",                                                                                             NULL      },
};

static void run_row(const struct row *row, struct caught *caught)
{
    static char paths[8][128];
    const char *words[CAUGHT_WORDS + 1] = { NULL };
    size_t count = 0;
    for (; row->words[count] != NULL; count++) {
        bool is_file = row->words[count][0] == '@';
        snprintf(paths[count], sizeof paths[count], "%s%s%s", is_file ? folder : "", is_file ? "/" : "",
                 row->words[count] + is_file);
        words[count] = paths[count];
    }
    words[count++] = "--data-dir";
    words[count++] = data_dir;
    caught_run(words, caught);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    static struct caught caught;
    run_row(row, &caught);
    assert_int_equal(caught.code, row->code);
    if (strstr(caught.text, row->has) == NULL || (row->has_not != NULL && strstr(caught.text, row->has_not) != NULL))
        fail_msg("%s", caught.text);
}

static void a_store_with_an_owner_is_left_alone(void **state)
{
    static const struct row decide = {
        "", {"preflight", "@harmless.json"},
         0, NULL, NULL
    };
    static const struct row list = {
        "", {"rulepack", "list"},
         0, NULL, NULL
    };
    static struct caught caught;
    struct ais_store *store = NULL;
    struct ais_store_opened opened;
    struct ais_why why = { 0 };
    (void)state;
    assert_int_equal(ais_store_open(data_dir, NULL, &store, &opened, &why), AIS_OK);
    run_row(&decide, &caught);
    assert_int_equal(caught.code, CLI_ENVIRONMENT);
    assert_string_equal(caught.text, "");
    run_row(&list, &caught);
    assert_int_equal(caught.code, CLI_DONE);
    ais_store_close(&store);
}

static int set_up(void **state)
{
    struct ais_why why = { 0 };
    (void)state;
    if (ais_secret_init(&why) != AIS_OK || mkdtemp(folder) == NULL)
        return -1;
    snprintf(data_dir, sizeof data_dir, "%s/data", folder);
    for (size_t i = 0; i < N_ELEMS(files); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        FILE *file = fopen(path, "w");
        if (file == NULL || fputs(files[i].text, file) < 0 || fclose(file) != 0)
            return -1;
    }
    return 0;
}

static int empty(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return -1;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        (void)unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    return rmdir(path);
}

static int tear_down(void **state)
{
    (void)state;
    return empty(data_dir) == 0 ? empty(folder) : -1;
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 1];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(a_store_with_an_owner_is_left_alone);
    return cmocka_run_group_tests_name("cli/preflight", tests, set_up, tear_down);
}
