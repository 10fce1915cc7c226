/* Who asked, for which tool and in which session: what a request holds elsewhere alters none of it in its record. */
#include "shared/audit/mask.h"
#include "shared/mem/secret.h"
#include "tests/unit/test.h"

#include <stdio.h>

static const unsigned char key[AIS_MASK_KEYED] = { 7 };

#define GITHUB "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"
#define FIVE   "\"value-a\",\"value-b\",\"value-c\",\"value-d\",\"value-e\""
#define MANY                                                                                                       \
    "[" FIVE ",\"1alue-a\",\"1alue-b\",\"1alue-c\",\"1alue-d\",\"1alue-e\",\"2alue-a\",\"2alue-b\",\"2alue-c\","   \
    "\"2alue-d\",\"2alue-e\",\"3alue-a\",\"3alue-b\",\"3alue-c\",\"3alue-d\",\"3alue-e\",\"4alue-a\",\"4alue-b\"," \
    "\"4alue-c\",\"4alue-d\",\"4alue-e\",\"5alue-a\",\"5alue-b\",\"5alue-c\",\"5alue-d\",\"5alue-e\",\"6alue-a\"," \
    "\"6alue-b\",\"6alue-c\",\"6alue-d\"]"

/* The record of a request, read again into arena; it and its members are borrowed from there. */
static const struct ais_json *record_of(struct ais_arena *arena, const char *setting, const struct ais_caller *caller,
                                        const char *tool, const char *session, const char *args)
{
    AUTO(ais_buf_done) struct ais_buf request = { 0 }, out = { 0 };
    struct ais_mask *mask = NULL;
    struct ais_request read;
    const struct ais_json *tree = NULL;
    ais_buf_format(&request,
                   "{\"tool_name\":\"%s\",\"tool_args\":%s,\"metadata\":{\"session_id\":\"%s\",\"user_id\":\"u1\"}}",
                   tool, args, session);
    assert_int_equal(ais_mask_new(setting, key, &mask, NULL), AIS_OK);
    struct ais_masker *masker = ais_masker_new(mask);
    assert_int_equal(ais_request_read(arena, request.data, request.length, &read, NULL, NULL), AIS_OK);
    struct ais_audit_decision record = {
        .decision_id = "id",
        .caller = *caller,
        .user_id = caller->user != NULL ? ais_audit_text(caller->user) : ais_audit_text_of(read.user_id),
        .agent_id = ais_audit_text(caller->agent),
        .environment = ais_audit_text(caller->environment),
        .session_id = ais_audit_text_of(read.session_id),
        .tool = ais_audit_text_of(read.tool_name),
        .request = {request.data, request.length},
        .request_is_json = true,
    };
    assert_int_equal(ais_masker_apply(masker, read.body, &record, NULL), AIS_OK);
    ais_audit_write_decision(&out, &record);
    assert_int_equal(ais_json_read(arena, out.data, out.length, &ais_json_request_limits, &tree, NULL), AIS_OK);
    ais_masker_destroy(&masker);
    ais_mask_destroy(&mask);
    return tree;
}

static const struct session {
    const char *name, *setting, *session, *args;
    bool masked;
} sessions[] = {
    {"nothing to mask",                         NULL,                  "sess-ab",                          "{\"a\":\"sess-ab\"}",                        false},
    { "another value",                          NULL,                  "sess-ab",                          "{\"password\":\"opensesame\"}",              false},
    { "a password of this text",                NULL,                  "sess-ab",                          "{\"password\":\"sess-ab\"}",                 true },
    { "a part of it",                           NULL,                  "sess-ab",                          "{\"password\":\"ess-a\"}",                   true },
    { "several parts of it",                    NULL,                  "sess-ab",                          "{\"password\":\"sess\",\"token\":\"s-ab\"}", true },
    { "an option of a command",                 NULL,                  "sess-ab",                          "{\"c\":\"login --password=sess-ab\"}",       true },
    { "a short one",                            NULL,                  "ab",                               "{\"password\":\"ab\"}",                      true },
    { "a credential",                           NULL,                  GITHUB,                             "{}",                                         true },
    { "a part that is one",                     NULL,                  "s-" GITHUB,                        "{}",                                         true },
    { "one in a layer of encoding",             NULL,                  "dGhlIHdvcmQgaXMgb3BlbnNlc2FtZQ==", "{\"password\":\"opensesame\"}",              true },
    { "a path of the setting",                  "metadata.session_id", "sess-ab",                          "{}",                                         true },
    { "a path that means another member",       "tool_args.x",         "sess-ab",                          "{\"x\":\"sess\"}",                           true },
    { "personal data",                          "pii:email",           "s-ann@example.org",                "{}",                                         true },
    { "more values than are told apart",        NULL,                  "sess-ab",                          "{\"password\":" MANY "}",                    true },
    { "one that looks as what we put in place", NULL,                  "masked:session_id:0",              "{}",                                         true },
};

static void check_session(void **state)
{
    const struct session *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_mask *mask = NULL;
    char masked[AIS_MASK_SESSION_TEXT];
    assert_int_equal(ais_mask_new(row->setting, key, &mask, NULL), AIS_OK);
    ais_mask_session(mask, row->session, strlen(row->session), masked);
    ais_mask_destroy(&mask);
    const struct ais_json *record =
        record_of(arena, row->setting, &(struct ais_caller){ .key_id = "key_1" }, "t", row->session, row->args);
    assert_string_equal(ais_json_get_text(record, "session_id"), row->masked ? masked : row->session);
}

/* Whatever values stand under names of credentials. */
static const char *const hiding[] = {
    "{\"password\":\"grab_note\",\"secret\":\"key_1\",\"token\":\"agents\",\"passwd\":\"erin-1\",\"pwd\":\"bot-1\","
    "\"api_key\":\"prod-1\"}",
    "{\"c\":\"x --password=grab_note --password=agents --password=erin-1 --password=bot-1 --password=prod-1\"}",
    "{\"password\":[\"rab_no\",\"gent\",\"rin-\",\"ot-1\",\"od-1\"]}",
    "{\"password\":" MANY "}",
};

static void test_what_a_request_holds_alters_nobody(void **state)
{
    static const struct ais_caller caller = {
        .key_id = "key_1", .name = "agents", .user = "erin-1", .agent = "bot-1", .environment = "prod-1"
    };
    (void)state;
    for (size_t i = 0; i < N_ELEMS(hiding); i++) {
        AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
        const struct ais_json *record = record_of(arena, NULL, &caller, "grab_note", "s1", hiding[i]);
        const struct ais_json *by = ais_json_get(record, "caller");
        assert_non_null(by);
        assert_string_equal(ais_json_get_text(record, "tool"), "grab_note");
        assert_string_equal(ais_json_get_text(by, "key_id"), "key_1");
        assert_string_equal(ais_json_get_text(by, "name"), "agents");
        assert_string_equal(ais_json_get_text(by, "user_id"), "erin-1");
        assert_string_equal(ais_json_get_text(record, "user_id"), "erin-1");
        assert_string_equal(ais_json_get_text(record, "agent_id"), "bot-1");
        assert_string_equal(ais_json_get_text(record, "environment"), "prod-1");
    }
}

/* What they show themselves is masked, and the tool in the same way in each request. */
static void test_what_they_show_themselves_is_masked(void **state)
{
    static const struct ais_caller caller = { .key_id = "key_1", .name = "for " GITHUB, .user = "ann@example.org" };
    static const char *const args[] = { "{}", "{\"password\":\"opensesame\"}", "{\"password\":" MANY "}",
                                        "{\"password\":\"ghp_wWPw\"}" };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const char *tool = NULL;
    (void)state;
    for (size_t i = 0; i < N_ELEMS(args); i++) {
        const struct ais_json *record = record_of(arena, "pii:email", &caller, "x-" GITHUB, "s1", args[i]);
        const struct ais_json *by = ais_json_get(record, "caller");
        const char *shown = ais_json_get_text(record, "tool");
        assert_int_equal(strncmp(shown, "x-masked:github_token:", 22), 0);
        assert_true(tool == NULL || strcmp(shown, tool) == 0);
        assert_int_equal(strncmp(ais_json_get_text(by, "name"), "for masked:github_token:", 24), 0);
        assert_int_equal(strncmp(ais_json_get_text(record, "user_id"), "masked:email:", 13), 0);
        assert_string_equal(ais_json_get_text(record, "user_id"), ais_json_get_text(by, "user_id"));
        tool = shown;
    }
}

/* What the session used before is masked as it was in the records of those calls. */
static void test_tools_of_a_session_are_masked_as_tools_are(void **state)
{
    static const char *const names[] = { "look", ("x-" GITHUB), "ann@example.org", "password=opensesame",
                                         "opensesame" };
    struct ais_session_tool tools[N_ELEMS(names)];
    (void)state;
    for (size_t i = 0; i < N_ELEMS(names); i++)
        tools[i] = (struct ais_session_tool){ names[i], strlen(names[i]) };
    const struct ais_session session = { .calls = 5, .tools = tools, .tool_count = N_ELEMS(names) };
    for (size_t i = 0; i < N_ELEMS(names); i++) {
        AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
        struct ais_mask *mask = NULL;
        const struct ais_json *body = NULL;
        assert_int_equal(ais_json_read(arena, "{}", 2, &ais_json_request_limits, &body, NULL), AIS_OK);
        assert_int_equal(ais_mask_new("pii:email", key, &mask, NULL), AIS_OK);
        struct ais_masker *masker = ais_masker_new(mask);
        struct ais_audit_decision record = {
            .decision_id = "id", .tool = ais_audit_text(names[i]), .session = &session, .request = {"{}", 2}
        };
        assert_int_equal(ais_masker_apply(masker, body, &record, NULL), AIS_OK);
        assert_int_equal(record.session->tools[i].size, record.tool.n);
        assert_memory_equal(record.session->tools[i].data, record.tool.bytes, record.tool.n);
        assert_int_equal(strncmp(record.tool.bytes, names[i], strlen(names[i])) != 0, i > 0 && i < 4);
        assert_ptr_equal(session.tools[i].data, names[i]); /* what is remembered */
        ais_masker_destroy(&masker);
        ais_mask_destroy(&mask);
    }
}

/* Who asks as the request says is a part of the request. */
static void test_a_user_that_nobody_pinned_is_masked_as_the_request_is(void **state)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_caller caller = { .key_id = "key_1" };
    (void)state;
    const struct ais_json *record = record_of(arena, "metadata.user_id", &caller, "t", "s1", "{}");
    assert_int_equal(strncmp(ais_json_get_text(record, "user_id"), "masked:metadata.user_id:", 24), 0);
    record = record_of(arena, NULL, &caller, "t", "s1", "{\"password\":\"opensesame\"}");
    assert_string_equal(ais_json_get_text(record, "user_id"), "u1");
}

static int set_up(void **state)
{
    (void)state;
    return ais_secret_init(NULL) != AIS_OK;
}

int main(void)
{
    struct CMUnitTest rows[N_ELEMS(sessions)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_request_holds_alters_nobody),
        cmocka_unit_test(test_what_they_show_themselves_is_masked),
        cmocka_unit_test(test_tools_of_a_session_are_masked_as_tools_are),
        cmocka_unit_test(test_a_user_that_nobody_pinned_is_masked_as_the_request_is),
    };
    AIS_ROWS(rows, sessions, check_session);
    int failed = cmocka_run_group_tests_name("audit/mask_identity: sessions", rows, set_up, NULL);
    return failed + cmocka_run_group_tests_name("audit/mask_identity", tests, set_up, NULL);
}
