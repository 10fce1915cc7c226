#include "shared/mem/buf.h"
#include "shared/policy/request.h"
#include "tests/unit/test.h"

#include <string.h>

#define TOOL "\"tool_name\":\"t\""

static const struct row {
    const char *name, *body;
    enum ais_err want;
    const char *faults; /* "pointer message;…", every one of them */
} rows[] = {
    {"a tool's name is enough",                      "{" TOOL "}",                                                                                      AIS_OK,        ""                                                                                                 },
    { "everything may be there",
     "{" TOOL ",\"tool_args\":{\"a\":1},\"context\":\"c\",\"metadata\":{},\"execution_approval_token\":\"x\"}",                                         AIS_OK,
     ""                                                                                                                                                                                                                                                                   },
    { "null is absent",
     "{" TOOL ",\"tool_args\":null,\"context\":null,\"metadata\":null,\"execution_approval_token\":null}",                                              AIS_OK,
     ""                                                                                                                                                                                                                                                                   },
    { "the context may be an object",                "{" TOOL ",\"context\":{\"a\":[]}}",                                                               AIS_OK,        ""                                                                                                 },
    { "the other form",                              "{\"candidate\":{\"tool\":\"t\",\"args\":{}},\"context_state\":{\"k\":1}}",                        AIS_OK,        ""                                                                                                 },
    { "the other form with a context",               "{\"candidate\":{\"tool\":\"t\"},\"context\":\"c\"}",                                              AIS_OK,        ""                                                                                                 },
    { "a client's own members are left alone",       "{" TOOL ",\"trace_id\":\"1\",\"model\":{}}",                                                      AIS_OK,        ""                                                                                                 },
    { "no body",                                     "",                                                                                                AIS_E_SYNTAX,  ""                                                                                                 },
    { "no JSON",                                     "{'tool_name':'t'}",                                                                               AIS_E_SYNTAX,  ""                                                                                                 },
    { "two names",                                   "{" TOOL "," TOOL "}",                                                                             AIS_E_SYNTAX,  ""                                                                                                 },
    { "bytes after the body",                        "{" TOOL "}x",                                                                                     AIS_E_SYNTAX,  ""                                                                                                 },
    { "no object",                                   "[]",                                                                                              AIS_E_INVALID, " must be an object, not an array;"                                                                },
    { "an empty object",                             "{}",                                                                                              AIS_E_INVALID, "/tool_name is missing: a string, the tool that is to be called;"                                  },
    { "a null name",                                 "{\"tool_name\":null}",                                                                            AIS_E_INVALID,
     "/tool_name is missing: a string, the tool that is to be called;"                                                                                                                                                                                                    },
    { "an empty name",                               "{\"tool_name\":\"\"}",                                                                            AIS_E_INVALID, "/tool_name must be a string that is not empty;"                                                   },
    { "a name that is a number",                     "{\"tool_name\":1}",                                                                               AIS_E_INVALID,
     "/tool_name must be a string that is not empty, not a number;"                                                                                                                                                                                                       },
    { "every fault is told",
     "{\"tool_name\":[],\"tool_args\":\"x\",\"context\":3,\"metadata\":[],\"execution_approval_token\":true}",                                          AIS_E_INVALID,
     "/tool_name must be a string that is not empty, not an array;/tool_args must be an object, not a string;"
      "/context must be a string or an object, not a number;/metadata must be an object, not an array;"
      "/execution_approval_token must be a string, not true or false;"                                                                                                                                                                                                    },
    { "no tool in a candidate",                      "{\"candidate\":{\"args\":{}}}",                                                                   AIS_E_INVALID,
     "/candidate/tool is missing: a string, the tool that is to be called;"                                                                                                                                                                                               },
    { "a candidate that is no object",               "{\"candidate\":\"t\"}",                                                                           AIS_E_INVALID,
     "/candidate must be an object, not a string;"                                                                                                                                                                                                                        },
    { "faults within a candidate",                   "{\"candidate\":{\"tool\":\"\",\"args\":1}}",                                                      AIS_E_INVALID,
     "/candidate/tool must be a string that is not empty;/candidate/args must be an object, not a number;"                                                                                                                                                                },
    { "two forms at once",                           "{" TOOL ",\"candidate\":{\"tool\":\"u\"}}",                                                       AIS_E_INVALID,
     "/candidate send either 'candidate' or 'tool_name' and 'tool_args';"                                                                                                                                                                                                 },
    { "two metadata",                                "{" TOOL ",\"metadata\":{},\"context_state\":{}}",                                                 AIS_E_INVALID,
     "/context_state says the same as 'metadata': send one of them;"                                                                                                                                                                                                      },
    { "a misspelt member",                           "{" TOOL ",\"tool_arg\":{\"command\":\"rm\"}}",                                                    AIS_E_INVALID,
     "/tool_arg unknown member: did you mean 'tool_args'?;"                                                                                                                                                                                                               },
    { "another style of names",                      "{\"toolName\":\"t\",\"tool-args\":{}}",                                                           AIS_E_INVALID,
     "/toolName unknown member: did you mean 'tool_name'?;/tool-args unknown member: did you mean 'tool_args'?;"
      "/tool_name is missing: a string, the tool that is to be called;"                                                                                                                                                                                                   },
    { "arguments in the wrong place",                "{" TOOL ",\"arguments\":{}}",                                                                     AIS_E_INVALID,
     "/arguments nothing is judged here; send it as 'tool_args';"                                                                                                                                                                                                         },
    { "members of a candidate without it",           "{\"tool\":\"t\",\"args\":{}}",                                                                    AIS_E_INVALID,
     "/tool nothing is judged here; send it as 'tool_name' or 'candidate.tool';"
      "/args nothing is judged here; send it as 'tool_args' or 'candidate.args';"
      "/tool_name is missing: a string, the tool that is to be called;"                                                                                                                                                                                                   },
    { "a misspelt member of a candidate",            "{\"candidate\":{\"tool\":\"t\",\"arg\":{}}}",                                                     AIS_E_INVALID,
     "/candidate/arg unknown member: did you mean 'args'?;"                                                                                                                                                                                                               },
    { "arguments in the wrong place of a candidate", "{\"candidate\":{\"tool\":\"t\",\"Tool_Args\":{}}}",                                               AIS_E_INVALID,
     "/candidate/Tool_Args nothing is judged here; send it as 'candidate.args';"                                                                                                                                                                                          },
    { "metadata in a candidate",                     "{\"candidate\":{\"tool\":\"t\",\"metadata\":{}}}",                                                AIS_E_INVALID,
     "/candidate/metadata nothing is judged here; send it as 'metadata' beside 'candidate';"                                                                                                                                                                              },
    { "a pointer is escaped",                        "{" TOOL ",\"tool_args~\":{},\"contex/t\":\"\"}",                                                  AIS_E_INVALID,
     "/tool_args~0 unknown member: did you mean 'tool_args'?;/contex~1t unknown member: did you mean 'context'?;"                                                                                                                                                         },
    { "a token in metadata that is no string",       "{" TOOL ",\"metadata\":{\"execution_approval_token\":7}}",
     AIS_E_INVALID,                                                                                                                                                    "/metadata/execution_approval_token must be a string, not a number;"                               },
    { "two tokens",                                  "{" TOOL ",\"execution_approval_token\":\"a\",\"metadata\":{\"execution_approval_token\":\"b\"}}",
     AIS_E_INVALID,                                                                                                                                                    "/metadata/execution_approval_token says the same as 'execution_approval_token': send one of them;"},
    { "one token, said twice",
     "{" TOOL ",\"execution_approval_token\":\"a\",\"metadata\":{\"execution_approval_token\":\"a\"}}",                                                 AIS_OK,        ""                                                                                                 },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf told = { 0 };
    struct ais_request request = { 0 };
    struct ais_faults faults = { 0 };
    struct ais_why why = { 0 };
    assert_int_equal(ais_request_read(arena, row->body, strlen(row->body), &request, &faults, &why), row->want);
    for (size_t i = 0; i < faults.count; i++)
        ais_buf_format(&told, "%s %s;", faults.items[i].pointer, faults.items[i].message);
    assert_string_equal(told.data != NULL ? told.data : "", row->faults);
    assert_int_equal(request.tool_name != NULL, row->want == AIS_OK);
    assert_int_equal(why.code, row->want);
}

static const char *text_of(const struct ais_json *node)
{
    return node != NULL ? node->text : "-";
}

static void faults_are_bounded(void **state)
{
    (void)state;
    static const char underscores[] = "________________________________________________________________";
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct ais_request request;
    struct ais_faults faults;
    ais_buf_text(&body, "{");
    for (int i = 1; i < 3 * AIS_FAULTS_MAX; i++)
        ais_buf_format(&body, "\"context%.*s\":1,", i, underscores);
    ais_buf_text(&body, TOOL "}");
    assert_int_equal(ais_request_read(arena, body.data, body.length, &request, &faults, NULL), AIS_E_INVALID);
    assert_int_equal(faults.count, AIS_FAULTS_MAX);
}

static const struct identity_row {
    const char *name, *body, *user, *session;
} identity_rows[] = {
    {"from metadata",                "{" TOOL ",\"metadata\":{\"user_id\":\"u\",\"session_id\":\"s\"}}",               "u",  "s"},
    { "else from an object context", "{" TOOL ",\"context\":{\"user_id\":\"u\"},\"metadata\":{\"session_id\":\"s\"}}",
     "u",                                                                                                                    "s"},
    { "metadata wins",               "{" TOOL ",\"context\":{\"user_id\":\"c\"},\"metadata\":{\"user_id\":\"m\"}}",    "m",  "-"},
    { "numbers are names too",       "{" TOOL ",\"metadata\":{\"user_id\":17}}",                                       "17", "-"},
    { "empty is absent",             "{" TOOL ",\"context\":{\"user_id\":\"c\"},\"metadata\":{\"user_id\":\"\"}}",     "c",  "-"},
    { "an object is nobody's name",  "{" TOOL ",\"metadata\":{\"user_id\":{},\"session_id\":null}}",                   "-",  "-"},
    { "from context_state",          "{\"candidate\":{\"tool\":\"t\"},\"context_state\":{\"user_id\":\"u\"}}",         "u",  "-"},
};

static void check_identity(void **state)
{
    const struct identity_row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_request request;
    assert_int_equal(ais_request_read(arena, row->body, strlen(row->body), &request, NULL, NULL), AIS_OK);
    assert_string_equal(text_of(request.user_id), row->user);
    assert_string_equal(text_of(request.session_id), row->session);
}

static const struct digest_row {
    const char *name, *left, *right;
    bool equal;
} digest_rows[] = {
    {"spaces and escapes do not count",           "{" TOOL ",\"tool_args\":{\"a\":\"b\"}}",
     "{ \"tool_name\" : \"\\u0074\" , \"tool_args\" : { \"a\" : \"\\u0062\" } }",                                                                               true },
    { "the order of keys does not count",         "{" TOOL ",\"tool_args\":{\"a\":1,\"b\":2}}",
     "{\"tool_args\":{\"b\":2,\"a\":1}," TOOL "}",                                                                                                              true },
    { "both forms are one",                       "{" TOOL ",\"tool_args\":{\"a\":1},\"metadata\":{\"k\":1}}",
     "{\"candidate\":{\"args\":{\"a\":1},\"tool\":\"t\"},\"context_state\":{\"k\":1}}",                                                                         true },
    { "absent and empty are one",                 "{" TOOL "}",                                                "{" TOOL ",\"tool_args\":{},\"metadata\":null}", true },
    { "the token does not count",                 "{" TOOL ",\"metadata\":{\"k\":1}}",
     "{" TOOL ",\"metadata\":{\"execution_approval_token\":\"x\",\"k\":1}}",                                                                                    true },
    { "a token alone in metadata does not count", "{" TOOL "}",
     "{" TOOL ",\"metadata\":{\"execution_approval_token\":\"x\"}}",                                                                                            true },
    { "the context does not count",               "{" TOOL ",\"context\":\"a\"}",                              "{" TOOL ",\"context\":\"b\"}",                  true },
    { "numbers count as written",                 "{" TOOL ",\"tool_args\":{\"a\":1}}",                        "{" TOOL ",\"tool_args\":{\"a\":1.0}}",          false},
    { "the tool counts",                          "{" TOOL "}",                                                "{\"tool_name\":\"u\"}",                         false},
    { "arguments count",                          "{" TOOL ",\"tool_args\":{\"a\":\"1\"}}",                    "{" TOOL ",\"tool_args\":{\"a\":1}}",            false},
    { "metadata counts",                          "{" TOOL ",\"metadata\":{\"a\":1}}",                         "{" TOOL ",\"metadata\":{\"a\":2}}",             false},
};

static void check_digest(void **state)
{
    const struct digest_row *row = *state;
    const char *const bodies[] = { row->left, row->right };
    unsigned char digests[2][AIS_REQUEST_DIGEST_SIZE];
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    for (size_t i = 0; i < 2; i++) {
        struct ais_request request;
        assert_int_equal(ais_request_read(arena, bodies[i], strlen(bodies[i]), &request, NULL, NULL), AIS_OK);
        assert_int_equal(ais_request_digest(&request, digests[i]), AIS_OK);
    }
    assert_int_equal(memcmp(digests[0], digests[1], sizeof digests[0]) == 0, row->equal);
}

static void a_token_is_taken_out_of_metadata(void **state)
{
    (void)state;
    static const char body[] = "{" TOOL ",\"metadata\":{\"a\":1,\"execution_approval_token\":\"x\",\"b\":{\"c\":2}}}";
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_request request;
    assert_int_equal(ais_request_read(arena, body, strlen(body), &request, NULL, NULL), AIS_OK);
    assert_string_equal(text_of(request.approval_token), "x");
    assert_null(ais_json_get(request.metadata, "execution_approval_token"));
    assert_int_equal(request.metadata->count, 2);
    assert_string_equal(text_of(ais_json_get(ais_json_get(request.metadata, "b"), "c")), "2");
}

static void memory_may_end_anywhere(void **state)
{
    (void)state;
    static const char body[] = "{\"tool_nam\":1,\"metadata\":{\"a\":1,\"execution_approval_token\":\"x\"}}";
    for (size_t limit = 64; limit < 4096; limit += 32) {
        AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(limit);
        struct ais_request request;
        struct ais_faults faults;
        enum ais_err err = ais_request_read(arena, body, strlen(body), &request, &faults, NULL);
        assert_true(err == AIS_E_NOMEM || err == AIS_E_LIMIT || err == AIS_E_INVALID);
    }
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)], identities[N_ELEMS(identity_rows)], digests[N_ELEMS(digest_rows)];
    const struct CMUnitTest others[] = {
        cmocka_unit_test(faults_are_bounded),
        cmocka_unit_test(a_token_is_taken_out_of_metadata),
        cmocka_unit_test(memory_may_end_anywhere),
    };
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(identities, identity_rows, check_identity);
    AIS_ROWS(digests, digest_rows, check_digest);
    int failed = cmocka_run_group_tests_name("policy/request", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy/request identity", identities, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy/request digest", digests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("policy/request more", others, NULL, NULL);
}
