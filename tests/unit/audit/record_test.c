#include "shared/audit/record.h"
#include "shared/json/write.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

static const struct ais_match matches[] = {
    {"code_exec_sandbox", "System commands not allowed", "code_execution", "1.0.0", AIS_ACTION_REQUIRE_APPROVAL,
     AIS_SEVERITY_HIGH,                                                                                                                 AIS_MODE_ENFORCE, AIS_RULE, false},
    { "shell_delete",     "Deletes a tree",              "shell_safety",   "2.1.0", AIS_ACTION_BLOCK,            AIS_SEVERITY_CRITICAL,
     AIS_MODE_MONITOR,                                                                                                                                    AIS_RULE, true },
};

static const char *const reasons[] = { "Blocked by code_exec_sandbox rule: System commands not allowed" };

static const struct ais_decision decision = {
    .action = AIS_ACTION_REQUIRE_APPROVAL,
    .requires_approval = true,
    .severity = AIS_SEVERITY_HIGH,
    .snapshot = "5a5a",
    .matches = matches,
    .match_count = N_ELEMS(matches),
    .reasons = reasons,
    .reason_count = N_ELEMS(reasons),
};

static const unsigned char digest[AIS_REQUEST_DIGEST_SIZE] = { 0x01, 0xab, 0xff };

static struct ais_audit_decision sample(void)
{
    return (struct ais_audit_decision){
        .decision = &decision,
        .caller = {.key_id = "key_1", .name = "agents", .user = "user123"},
        .user_id = ais_audit_text("user123"),
        .session_id = ais_audit_text("sess456"),
        .tool = ais_audit_text("python_exec"),
        .request_id = ais_audit_text("r-\"1\""),
        .traceparent = ais_audit_text("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        .evaluator = ais_audit_text("evaluator-1"),
        .request = ais_audit_text("{\"tool_name\": \"python_exec\",\r\n\"tool_args\": {\"code\": \"a\\nb\"}}"),
        .request_is_json = true,
        .decision_id = "00112233445566778899aabbccddeeff",
        .request_digest = digest,
        .received_ns = 1700000000123456789,
        .deadline_ns = 1700000000373456789,
        .attempt = 1,
        .evaluation_us = 12,
        .source = AIS_AUDIT_REST,
    };
}

static void the_golden_record(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct ais_audit_decision record = sample();
    ais_audit_write_decision(&out, &record);
    assert_false(out.failed);
    assert_string_equal(
        out.data,
        "{\"event\":\"decision\",\"time\":\"2023-11-14T22:13:20.123456Z\",\"severity\":\"high\","
        "\"decision\":\"require_approval\",\"allowed\":false,\"requires_approval\":true,"
        "\"decision_id\":\"00112233445566778899aabbccddeeff\",\"request_id\":\"r-\\\"1\\\"\",\"attempt\":1,"
        "\"deadline_ms\":250,\"source\":\"rest\",\"caller\":{\"key_id\":\"key_1\",\"name\":\"agents\","
        "\"user_id\":\"user123\"},\"user_id\":\"user123\",\"session_id\":\"sess456\",\"tool\":\"python_exec\","
        "\"rules\":[{\"rule\":\"code_exec_sandbox\",\"rulepack\":\"code_execution\",\"version\":\"1.0.0\","
        "\"action\":\"require_approval\",\"severity\":\"high\",\"mode\":\"enforce\"},{\"rule\":\"shell_delete\","
        "\"rulepack\":\"shell_safety\",\"version\":\"2.1.0\",\"action\":\"block\",\"severity\":\"critical\","
        "\"mode\":\"monitor\",\"unknown\":true}],"
        "\"reasons\":[\"Blocked by code_exec_sandbox rule: System commands not allowed\"],\"snapshot\":\"5a5a\","
        "\"request_digest\":\"01abff0000000000000000000000000000000000000000000000000000000000\","
        "\"evaluator\":\"evaluator-1\",\"evaluation_us\":12,"
        "\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\","
        "\"request\":{\"tool_name\": \"python_exec\",  \"tool_args\": {\"code\": \"a\\nb\"}}}");
}

static const struct ais_json *read_record(struct ais_arena *arena, const struct ais_buf *out)
{
    const struct ais_json *root = NULL;
    struct ais_why why = { 0 };
    assert_false(out->failed);
    assert_null(memchr(out->data, '\n', out->length));
    if (ais_json_read(arena, out->data, out->length, &ais_json_request_limits, &root, &why) != AIS_OK)
        fail_msg("%s", why.text);
    return root;
}

static void what_is_absent_is_left_out(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct ais_audit_decision record = { .decision_id = "d", .error = "the engine is out of memory" };
    ais_audit_write_decision(&out, &record);
    assert_string_equal(
        out.data, "{\"event\":\"decision\",\"time\":\"1970-01-01T00:00:00.000000Z\",\"severity\":\"informational\","
                  "\"decision\":\"none\",\"allowed\":false,\"requires_approval\":false,\"decision_id\":\"d\","
                  "\"attempt\":0,\"deadline_ms\":0,\"source\":\"rest\",\"caller\":{},\"rules\":[],\"reasons\":[],"
                  "\"evaluation_us\":0,\"error\":\"the engine is out of memory\"}");
}

/* A body of n bytes, an even number: a string of two-byte characters, which its quote moves to odd places. */
static char *long_body(size_t n)
{
    char *body = malloc(n);
    assert_non_null(body);
    for (size_t i = 1; i + 2 < n; i += 2) {
        body[i] = '\xC3';
        body[i + 1] = '\xA9';
    }
    body[0] = '"';
    body[n - 1] = '"';
    return body;
}

static void a_request_is_kept_whole_up_to_its_limit(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    char *body = long_body(AIS_AUDIT_REQUEST_MOST);
    struct ais_audit_decision record = sample();
    record.request = (struct ais_audit_text){ body, AIS_AUDIT_REQUEST_MOST };
    ais_audit_write_decision(&out, &record);
    const struct ais_json *request = ais_json_get(read_record(arena, &out), "request");
    assert_non_null(request);
    assert_int_equal(request->end - request->begin, AIS_AUDIT_REQUEST_MOST);
    free(body);
}

static void a_longer_one_leaves_an_excerpt_and_its_size(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    char *body = long_body(AIS_AUDIT_REQUEST_MOST + 2);
    struct ais_audit_decision record = sample();
    uint64_t size = 0;
    record.request = (struct ais_audit_text){ body, AIS_AUDIT_REQUEST_MOST + 2 };
    ais_audit_write_decision(&out, &record);
    const struct ais_json *root = read_record(arena, &out), *excerpt = ais_json_get(root, "request_excerpt");
    assert_null(ais_json_get(root, "request"));
    assert_int_equal(excerpt->length, AIS_AUDIT_REQUEST_MOST - 1); /* a character would have been split */
    assert_memory_equal(excerpt->text, body, excerpt->length);
    assert_true(ais_json_get_u64(root, "request_size", &size));
    assert_int_equal(size, AIS_AUDIT_REQUEST_MOST + 2);
    free(body);
}

static void what_is_no_json_is_only_quoted(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct ais_audit_decision record = sample();
    record.request = (struct ais_audit_text){ "{\"a\":\n\xFF\0", 8 };
    record.request_is_json = false;
    ais_audit_write_decision(&out, &record);
    const struct ais_json *excerpt = ais_json_get(read_record(arena, &out), "request_excerpt");
    assert_int_equal(excerpt->length, 10);
    assert_memory_equal(excerpt->text, "{\"a\":\n\xEF\xBF\xBD\0", 10);
}

static void a_passed_deadline_is_zero(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct ais_audit_decision record = sample();
    record.deadline_ns = record.received_ns - AIS_NS_PER_S;
    ais_audit_write_decision(&out, &record);
    assert_non_null(strstr(out.data, "\"deadline_ms\":0,"));
}

static void what_the_session_did_and_what_counts_of_it(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    const struct ais_session_tool tools[] = {
        {"read",  4},
        { "a\"b", 3}
    };
    const struct ais_session session = { .calls = 7, .tools = tools, .tool_count = N_ELEMS(tools) };
    const struct ais_call_event events[] = {
        {.rule = "r",                    .pack = "p"                    },
        {  .rule = "r",
         .pack = "p",
         .field = "f",
         .measure = AIS_MEASURE_VALUES,
         .event = { .value = { .digest = { 0xab } }, .uncertain = true } },
        { .rule = "r",
         .pack = "p",
         .field = "f",
         .measure = AIS_MEASURE_NUMBERS,
         .event = { .value = { .micros = -5 } } },
        {                          .rule = "r", .pack = "p", .field = "f", .measure = AIS_MEASURE_VALUES, .event = { .beyond = true } },
    };
    struct ais_decision counted = decision;
    struct ais_audit_decision record = sample();
    counted.events = events;
    counted.event_count = N_ELEMS(events);
    record.decision = &counted;
    record.session = &session;
    ais_audit_write_decision(&out, &record);
    assert_false(out.failed);
    assert_non_null(strstr(out.data, "\"session\":{\"calls\":7,\"tools\":[\"read\",\"a\\\"b\"]},"
                                     "\"correlated\":[{\"rule\":\"r\",\"rulepack\":\"p\"},"
                                     "{\"rule\":\"r\",\"rulepack\":\"p\",\"field\":\"f\","
                                     "\"value\":\"ab000000000000000000000000000000\",\"unknown\":true},"
                                     "{\"rule\":\"r\",\"rulepack\":\"p\",\"field\":\"f\",\"micros\":-5},"
                                     "{\"rule\":\"r\",\"rulepack\":\"p\",\"field\":\"f\",\"beyond\":true}],"));
}

/* What was not known is not told: whoever learns from the record would take it for all there was. */
static void a_session_that_is_not_known_is_left_out(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    const struct ais_session session = { .calls = 7, .unknown = "it is gone" };
    struct ais_audit_decision record = sample();
    record.session = &session;
    ais_audit_write_decision(&out, &record);
    assert_null(strstr(out.data, "\"session\":"));
}

static void texts_come_from_strings_and_numbers(void **state)
{
    (void)state;
    static const char json[] = "[\"a\\u0000b\",17,{}]";
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = NULL;
    assert_int_equal(ais_json_read(arena, json, strlen(json), &ais_json_request_limits, &root, NULL), AIS_OK);
    assert_int_equal(ais_audit_text_of(root->first).n, 3);
    assert_string_equal(ais_audit_text_of(root->first->next).bytes, "17");
    assert_null(ais_audit_text_of(root->first->next->next).bytes);
    assert_null(ais_audit_text_of(NULL).bytes);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_record),
        cmocka_unit_test(what_is_absent_is_left_out),
        cmocka_unit_test(a_request_is_kept_whole_up_to_its_limit),
        cmocka_unit_test(a_longer_one_leaves_an_excerpt_and_its_size),
        cmocka_unit_test(what_is_no_json_is_only_quoted),
        cmocka_unit_test(a_passed_deadline_is_zero),
        cmocka_unit_test(what_the_session_did_and_what_counts_of_it),
        cmocka_unit_test(a_session_that_is_not_known_is_left_out),
        cmocka_unit_test(texts_come_from_strings_and_numbers),
    };
    return cmocka_run_group_tests_name("audit/record", tests, NULL, NULL);
}
