/* What the auditor tells of one session: its calls, in their order, and since when they are known. */
#include "shared/mem/buf.h"
#include "tests/flows/auditor_query_fixture.h"

#include <sodium.h>
#include <stdio.h>

/* A call at this minute of an hour; more: further members. */
static void call(const char *session, int minute, const char *more)
{
    char record[512];
    snprintf(record, sizeof record,
             "{\"event\":\"decision\",\"time\":\"2026-01-31T12:%02d:00.000000Z\",\"severity\":\"low\",\"decision\":"
             "\"allow\",\"allowed\":true,\"decision_id\":\"d%d\",\"caller\":{\"key_id\":\"key_1\"}%s%s,\"tool\":"
             "\"t\",\"reasons\":[]%s}",
             minute, minute, session[0] != '\0' ? "," : "", session, more);
    send_record(record);
    await_release();
}

/* The ids of the calls that are told, as "d1 d2 ", and what is said of those before. */
static void check_session(const char *args, size_t args_size, const char *calls, const char *known_since)
{
    AUTO(ais_buf_done) struct ais_buf got = { 0 };
    const struct ais_json *answer;
    assert_int_equal(ask("session", args, args_size, &answer), 200);
    ais_buf_text(&got, "");
    for (const struct ais_json *one = ais_json_get(answer, "calls")->first; one != NULL; one = one->next)
        ais_buf_format(&got, "%s ", ais_json_get_text(one, "decision_id"));
    ais_buf_add(&got, "", 0);
    assert_string_equal(got.data, calls);
    const char *since = ais_json_get_text(answer, "known_since");
    assert_string_equal(since != NULL ? since : "always", known_since);
    assert_true(ais_json_is(ais_json_get(answer, "damaged"), "false"));
}

#define CHECK_SESSION(args, calls, known_since) check_session(args, sizeof(args) - 1, calls, known_since)
#define SINCE \
    "since\0" \
    "2026-01-31T12:05:00.000000Z\0"
#define COUNTS ",\"correlated\":[{\"rule\":\"r\",\"rulepack\":\"p\"}]"
#define FACTS  ",\"session\":{\"calls\":3,\"tools\":[]}"

static void a_session_is_told_by_itself(void **state)
{
    (void)state;
    start(1000);
    call("\"session_id\":\"s1\"", 1, COUNTS FACTS);
    call("\"session_id\":\"s1\"", 5, COUNTS);
    call("\"session_id\":\"s2\"", 6, COUNTS);
    call("", 7, COUNTS);
    call("\"session_id\":\"key_1\"", 8, COUNTS);
    call("\"session_id\":\"s1\"", 9, "");
    call("\"session_id\":\"s1\"", 10, COUNTS);
    CHECK_SESSION("session\0s1\0" SINCE, "d10 d5 ", "always");
    CHECK_SESSION("session\0s2\0" SINCE, "d6 ", "always");
    CHECK_SESSION("session\0nobody\0" SINCE, "", "always");
    CHECK_SESSION("key\0key_1\0" SINCE, "d7 ", "always");
    CHECK_SESSION("session\0s1\0" SINCE "facts\0"
                  "1\0",
                  "d10 d9 d5 d1 ", "always"); /* back to the first that tells */
    CHECK_SESSION("session\0s2\0" SINCE "facts\0"
                  "1\0",
                  "d6 ", "always");
}

/* A record in which something of the session was masked is of the session as well, in its place among the others. */
static void a_session_is_told_under_both_its_names(void **state)
{
    (void)state;
    start(1000);
    call("\"session_id\":\"s1\"", 5, COUNTS FACTS);
    call("\"session_id\":\"masked:session_id:01\"", 6, COUNTS);
    call("\"session_id\":\"masked:session_id:02\"", 7, COUNTS);
    call("\"session_id\":\"s1\"", 8, COUNTS);
    call("\"session_id\":\"masked:session_id:01\"", 9, COUNTS);
    CHECK_SESSION("session\0s1\0masked\0masked:session_id:01\0" SINCE, "d9 d8 d6 d5 ", "always");
    CHECK_SESSION("session\0s1\0masked\0masked:session_id:01\0" SINCE "facts\0"
                  "1\0",
                  "d9 d8 d6 d5 ", "always");
    CHECK_SESSION("session\0s1\0" SINCE, "d8 d5 ", "always");
    CHECK_SESSION("session\0s2\0masked\0masked:session_id:02\0" SINCE, "d7 ", "always");
    CHECK_SESSION("session\0masked:session_id:01\0masked\0masked:session_id:03\0" SINCE, "", "always");
}

static void another_mask_key(int minute)
{
    char record[320];
    snprintf(record, sizeof record,
             "{\"event\":\"integrity_fault\",\"time\":\"2026-01-31T12:%02d:00.000000Z\",\"severity\":\"critical\","
             "\"details\":"
             "{\"faults\":1,\"places\":[{\"file\":\"mask.key\",\"line\":0,\"fault\":\"other\",\"reason\":\"r\"}]}}",
             minute);
    send_record(record);
    await_release();
}

/* What was masked under another key is not found: a session is known from there on, and no call before tells all. */
static void a_session_is_known_from_the_last_mask_key_on(void **state)
{
    (void)state;
    start(1000);
    call("\"session_id\":\"s1\"", 6, COUNTS FACTS);
    CHECK_SESSION("session\0s1\0masked\0m\0" SINCE, "d6 ", "always");
    another_mask_key(7);
    CHECK_SESSION("session\0s1\0masked\0m\0" SINCE, "d6 ", "2026-01-31T12:07:00.000000Z");
    CHECK_SESSION("session\0s1\0" SINCE, "d6 ", "always");                  /* nothing is masked */
    CHECK_SESSION("key\0key_1\0" SINCE, "", "2026-01-31T12:07:00.000000Z"); /* values that were counted are */
    const struct ais_json *answer;
    static const char facts[] = "session\0s1\0masked\0m\0" SINCE "facts\0"
                                "1\0";
    assert_int_equal(ask("session", facts, sizeof facts - 1, &answer), 200);
    assert_null(ais_json_get(ais_json_get(answer, "calls")->first, "session"));
    call("\"session_id\":\"s1\"", 8, COUNTS FACTS);
    assert_int_equal(ask("session", facts, sizeof facts - 1, &answer), 200);
    assert_non_null(ais_json_get(ais_json_get(answer, "calls")->first, "session"));
}

/* Of a clock that was set back for a while, and is right again: numbers tell the order, times what counts. */
static void a_session_is_told_whatever_the_clock_did(void **state)
{
    (void)state;
    start(1000);
    call("\"session_id\":\"s1\"", 4, COUNTS FACTS);
    call("\"session_id\":\"s1\"", 7, COUNTS FACTS);
    call("\"session_id\":\"s1\"", 8, FACTS);
    call("\"session_id\":\"s1\"", 1, COUNTS FACTS);
    call("\"session_id\":\"s1\"", 2, COUNTS FACTS);
    CHECK_SESSION("session\0s1\0" SINCE, "d7 ", "always");
    CHECK_SESSION("session\0s1\0" SINCE "facts\0"
                  "1\0",
                  "d2 d7 ", "always");
    call("\"session_id\":\"s1\"", 9, COUNTS FACTS);
    CHECK_SESSION("session\0s1\0" SINCE "facts\0"
                  "1\0",
                  "d9 d7 ", "always");
}

static void what_retention_took_is_said(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1);
    for (unsigned i = 0; i < 150; i++)
        decide(i, "allow");
    assert_int_equal(ask("session", "session\0s1\0" SINCE, sizeof("session\0s1\0" SINCE) - 1, &answer), 200);
    assert_string_equal(ais_json_get_text(answer, "known_since"), "2026-01-31T12:00:00.000000Z");
}

static void a_session_is_asked_for_rightly(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1000);
    assert_int_equal(ask("session", SINCE, sizeof(SINCE) - 1, &answer), 400);
    assert_int_equal(ask("session", "session\0s\0", 10, &answer), 400);
    assert_int_equal(ask("session", "session\0s\0key\0k\0" SINCE, sizeof("session\0s\0key\0k\0" SINCE) - 1, &answer),
                     400);
    assert_int_equal(ask("session", "sesion\0s\0" SINCE, sizeof("sesion\0s\0" SINCE) - 1, &answer), 400);
    assert_int_equal(ask("session", "key\0s\0masked\0k\0" SINCE, sizeof("key\0s\0masked\0k\0" SINCE) - 1, &answer),
                     400);
}

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        TEST(a_session_is_told_by_itself),
        TEST(a_session_is_told_under_both_its_names),
        TEST(a_session_is_known_from_the_last_mask_key_on),
        TEST(a_session_is_told_whatever_the_clock_did),
        TEST(what_retention_took_is_said),
        TEST(a_session_is_asked_for_rightly),
    };
    int failed = cmocka_run_group_tests_name("flows/auditor_query_session", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
