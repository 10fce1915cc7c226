/* What the paths of the setting mean in a request, at its edges: names of members, names that need quotes, who asks. */
#include "shared/audit/mask.h"
#include "shared/mem/secret.h"
#include "tests/unit/test.h"

#include <stdio.h>

static const unsigned char key[AIS_MASK_KEYED] = { 7 };

static const struct row {
    const char *name, *setting, *request;
    const char *gone[3];  /* stand nowhere in the record */
    const char *there[3]; /* stand in it as before */
} rows[] = {
    {"names of members below a masked one",
     "tool_args.users",                    "{\"tool_name\":\"t\",\"tool_args\":{\"users\":{\"jane.name\":{\"roe\":null,\"n\":7}},\"x\":\"jane.name\"}}",
     { "{\"jane.name", "\"roe\"" },
     { "\"users\":{\"masked:tool_args.users:", "\"x\":\"jane.name\"" }},
    { "in an array below it",
     "tool_args.users",                    "{\"tool_name\":\"t\",\"tool_args\":{\"users\":[{\"jane.name\":1}]}}",
     { "jane.name" },
     { "\"users\":[{\"masked:" }                                      },
    { "a name beside it stays",
     "tool_args.users",                    "{\"tool_name\":\"t\",\"tool_args\":{\"users\":\"opensesame\",\"jane.name\":{\"roe\":1}}}",
     { "opensesame" },
     { "\"jane.name\":{\"roe\":1}" }                                  },
    { "a name with a dot",
     "tool_args.\"a.b\".pin",              "{\"tool_name\":\"t\",\"tool_args\":{\"a.b\":{\"pin\":\"opensesame\"},\"a\":{\"b\":\"stays\"}}}",
     { "opensesame" },
     { "stays" }                                                      },
    { "a name of digits, and one with a comma",
     "tool_args.\"0\", tool_args.\"a,b\"", "{\"tool_name\":\"t\",\"tool_args\":{\"0\":\"opensesame\",\"a,b\":\"squeamish\",\"1\":\"stays\"}}",
     { "opensesame", "squeamish" },
     { "stays" }                                                      },
    { "a star in quotes is a name",
     "tool_args.\"*\"",                    "{\"tool_name\":\"t\",\"tool_args\":{\"*\":\"opensesame\",\"x\":\"stays\"}}",
     { "opensesame" },
     { "stays" }                                                      },
    { "who asks, in metadata",
     "metadata.user_id",                   "{\"tool_name\":\"t\",\"metadata\":{\"user_id\":\"ann-1\"},\"context\":{\"n\":\"stays\"}}",
     { "ann-1" },
     { "stays" }                                                      },
    { "who asks, in the other form",
     "metadata.user_id",                   "{\"candidate\":{\"tool\":\"t\"},\"context_state\":{\"user_id\":\"ann-1\"}}",
     { "ann-1" },
     { NULL }                                                         },
    { "who asks, in an object context",
     "metadata.user_id",                   "{\"tool_name\":\"t\",\"context\":{\"user_id\":\"ann-1\",\"environment\":\"stays\"}}",
     { "ann-1" },
     { "\"environment\":\"stays\"" }                                  },
    { "the session, in an object context",
     "metadata.session_id",                "{\"tool_name\":\"t\",\"context\":{\"session_id\":\"sess-1\"}}",
     { "sess-1" },
     { "\"session_id\":\"masked:session_id:" }                        },
    { "anything of metadata",
     "metadata.*",                         "{\"tool_name\":\"t\",\"context\":{\"user_id\":\"ann-1\",\"x\":\"stays\"}}",
     { "ann-1" },
     { "stays" }                                                      },
};

/* A path that can match nothing is refused, with what would be right. */
static const struct refusal {
    const char *setting, *says;
} refusals[] = {
    {"tool_args.pass*",         "it stands for one whole name"},
    { "tool_args.***",          "it stands for one whole name"},
    { "tool_args.users[0].pin", "arrays are passed through"   },
    { "tool_args.users[].pin",  "arrays are passed through"   },
    { "tool_args.list.0.pin",   "arrays are passed through"   },
    { "tool_args.a\"b",         "quotes a whole one"          },
    { "tool_args.\"a.b",        "quotes a whole one"          },
    { "tool_args.\"a\"b",       "quotes a whole one"          },
    { "\"tool_args\".a",        "does not begin with"         },
};

static void test_paths_that_match_nothing_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ELEMS(refusals); i++) {
        struct ais_why why = { 0 };
        if (ais_mask_check(refusals[i].setting, &why) != AIS_E_SETTING)
            fail_msg("%s is accepted", refusals[i].setting);
        if (strstr(why.text, refusals[i].says) == NULL)
            fail_msg("'%s' for '%s'", why.text, refusals[i].setting);
    }
    assert_int_equal(ais_mask_check("tool_args.\"a, b\".*, tool_args.\"0\" , tool_args.\"*\",pii:email", NULL), AIS_OK);
}

/* A path that means who asks means it wherever it comes from: what is pinned, and what the request says beside it. */
static void test_who_asks_is_masked_where_it_is_pinned(void **state)
{
    static const char request[] = "{\"tool_name\":\"t\",\"context\":{\"user_id\":\"other-1\"}}";
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct ais_mask *mask = NULL;
    struct ais_request read;
    (void)state;
    assert_int_equal(ais_mask_new("metadata.user_id, metadata.environment", key, &mask, NULL), AIS_OK);
    struct ais_masker *masker = ais_masker_new(mask);
    assert_int_equal(ais_request_read(arena, request, strlen(request), &read, NULL, NULL), AIS_OK);
    const struct ais_caller caller = { .name = "n", .user = "erin-1", .agent = "bot-1", .environment = "prod-1" };
    struct ais_audit_decision record = {
        .decision_id = "id",
        .caller = caller,
        .user_id = ais_audit_text(caller.user),
        .agent_id = ais_audit_text(caller.agent),
        .environment = ais_audit_text(caller.environment),
        .request = {request, strlen(request)},
        .request_is_json = true,
    };
    assert_int_equal(ais_masker_apply(masker, read.body, &record, NULL), AIS_OK);
    ais_audit_write_decision(&out, &record);
    assert_null(strstr(out.data, "erin-1"));
    assert_null(strstr(out.data, "prod-1"));
    assert_null(strstr(out.data, "other-1"));
    assert_non_null(strstr(out.data, "bot-1"));
    assert_int_equal(strncmp(record.caller.user, "masked:metadata.user_id:", 24), 0);
    assert_ptr_equal(record.user_id.bytes, record.caller.user);
    struct ais_withheld withheld;
    ais_masker_withhold(masker, &read, &withheld);
    assert_int_equal(withheld.count, 1);
    assert_string_equal(withheld.nodes[0]->text, "other-1");
    ais_masker_destroy(&masker);
    ais_mask_destroy(&mask);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct ais_mask *mask = NULL;
    struct ais_request request;
    assert_int_equal(ais_mask_new(row->setting, key, &mask, NULL), AIS_OK);
    struct ais_masker *masker = ais_masker_new(mask);
    assert_int_equal(ais_request_read(arena, row->request, strlen(row->request), &request, NULL, NULL), AIS_OK);
    struct ais_audit_decision record = {
        .decision_id = "id",
        .user_id = ais_audit_text_of(request.user_id),
        .session_id = ais_audit_text_of(request.session_id),
        .environment = ais_audit_text_of(request.environment),
        .request = {row->request, strlen(row->request)},
        .request_is_json = true,
    };
    assert_int_equal(ais_masker_apply(masker, request.body, &record, NULL), AIS_OK);
    ais_audit_write_decision(&out, &record);
    for (size_t i = 0; i < N_ELEMS(row->gone) && row->gone[i] != NULL; i++)
        if (strstr(out.data, row->gone[i]) != NULL)
            fail_msg("'%s' is in %s", row->gone[i], out.data);
    for (size_t i = 0; i < N_ELEMS(row->there) && row->there[i] != NULL; i++)
        if (strstr(out.data, row->there[i]) == NULL)
            fail_msg("'%s' is not in %s", row->there[i], out.data);
    ais_masker_destroy(&masker);
    ais_mask_destroy(&mask);
}

static int set_up(void **state)
{
    (void)state;
    return ais_secret_init(NULL) != AIS_OK;
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 2];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(test_paths_that_match_nothing_are_refused);
    tests[N_ELEMS(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(test_who_asks_is_masked_where_it_is_pinned);
    return cmocka_run_group_tests_name("audit/mask_paths", tests, set_up, NULL);
}
