/* What the auditor's reader tells of a session, read into one that is kept. */
#include "services/evaluator/past.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct ais_session_needs events_only = { .events = true, .timespan_ns = 100 * AIS_NS_PER_S };
static const struct ais_session_needs with_facts = { .facts = true, .events = true, .timespan_ns = 100 * AIS_NS_PER_S };

#define TIME "2023-11-14T22:13:20.000000Z"
#define CALL(digit, more) \
    "{\"decision_id\":\"00000000-0000-7000-8000-00000000000" digit "\",\"time\":\"" TIME "\"" more "}"
#define EVENT(more)          "{\"rule\":\"r\",\"rulepack\":\"p\"" more "}"
#define CORRELATED(events)   ",\"allowed\":true,\"correlated\":[" events "]"
#define ANSWER(calls, since) "{\"calls\":[" calls "],\"known_since\":" since ",\"damaged\":false}"
#define GONE                 "it was before what the audit log still holds"

/* Rows of different lengths, which clang-format would align into confusion as plain braces. */
#define ROW(...)    \
    {               \
        __VA_ARGS__ \
    }

static const struct row {
    const char *name, *answer;
    bool facts;
    const char *want; /* "calls,tools,events:gap"; NULL: it is refused */
} rows[] = {
    ROW("nothing", ANSWER("", "null"), false, "0,0,0:"),
    ROW("a call", ANSWER(CALL("1", CORRELATED(EVENT(""))), "null"), false, "1,0,1:"),
    ROW("values, numbers, and what was not understood",
        ANSWER(CALL("1", CORRELATED(EVENT(",\"field\":\"f\",\"value\":\"00112233445566778899aabbccddeeff\"") "," EVENT(
                             ",\"field\":\"f\",\"micros\":-5") "," EVENT(",\"field\":\"f\",\"beyond\":true"))),
               "null"),
        false, "1,0,3:"),
    ROW("facts go on from the first call that tells them",
        ANSWER(
            CALL("2", ",\"tool\":\"b\"") "," CALL("1", ",\"tool\":\"a\",\"session\":{\"calls\":7,\"tools\":[\"x\"]}"),
            "\"" TIME "\""),
        true, "9,3,0:" GONE),
    ROW("facts that nobody tells are not known", ANSWER("", "\"" TIME "\""), true, "?,0,0:" GONE),
    ROW("a tool that is masked is none to compare with",
        ANSWER(CALL("2", ",\"tool\":\"b\"") "," CALL("1", ",\"tool\":\"x-masked:jwt:01\""), "null"), true, "?,1,0:"),
    ROW("nor is one among those that a call tells",
        ANSWER(CALL("1", ",\"tool\":\"a\",\"session\":{\"calls\":7,\"tools\":[\"masked:jwt:01\"]}"), "null"), true,
        "?,1,0:"),
    ROW("a damaged log", "{\"calls\":[],\"known_since\":null,\"damaged\":true}", false,
        "0,0,0:the audit log is damaged"),
    ROW("no answer", "{}", false, NULL),
    ROW("no calls", "{\"calls\":{},\"known_since\":null,\"damaged\":false}", false, NULL),
    ROW("no JSON", "{", false, NULL),
    ROW("a call without an id", ANSWER("{\"time\":\"" TIME "\"}", "null"), false, NULL),
    ROW("an event without a rule", ANSWER(CALL("1", CORRELATED("{}")), "null"), false, NULL),
    ROW("a value that is no digest",
        ANSWER(CALL("1", CORRELATED(EVENT(",\"field\":\"f\",\"value\":\"0011\""))), "null"), false, NULL),
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_sessions_destroy) struct ais_sessions *sessions = ais_sessions_new();
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_session_group of = ais_session_group_of(ais_span_of("a"), ais_span_of("key_1"));
    const struct ais_session_needs *needs = row->facts ? &with_facts : &events_only;
    const int64_t now_ns = 1700000000 * AIS_NS_PER_S; /* TIME */
    struct ais_session past;
    char calls[24], got[128];
    ais_sessions_need(sessions, needs);
    assert_false(ais_sessions_find(sessions, &of, 1, now_ns, 99, &past));
    struct ais_kept_session *session = past_read(arena, &of, needs, row->answer, strlen(row->answer), NULL);
    assert_int_equal(session == NULL, row->want == NULL);
    if (session == NULL)
        return;
    ais_sessions_learn(sessions, ais_sessions_generation(sessions), &session);
    assert_true(ais_sessions_find(sessions, &of, 1, now_ns, 99, &past));
    snprintf(calls, sizeof calls, "%" PRIu64, past.calls);
    snprintf(got, sizeof got, "%s,%zu,%zu:%s", past.unknown != NULL ? "?" : calls, past.tool_count, past.event_count,
             past.gap != NULL ? past.gap : "");
    assert_string_equal(got, row->want);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("evaluator/past", tests, NULL, NULL);
}
