/* What an evaluator remembers of sessions: its bounds, and that what is forgotten never looks as if it had not been. */
#include "services/evaluator/past.h"
#include "services/evaluator/sessions.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define S(n) (1700000000 * AIS_NS_PER_S + (int64_t)(n)*AIS_NS_PER_S)

static const struct ais_session_needs events_only = { .events = true, .timespan_ns = 100 * AIS_NS_PER_S };
static const struct ais_session_needs with_facts = { .facts = true, .events = true, .timespan_ns = 100 * AIS_NS_PER_S };

static struct sessions *f;

static int set_up(void **state)
{
    (void)state;
    f = sessions_new();
    assert_non_null(f);
    sessions_need(f, &events_only);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sessions_destroy(&f);
    return 0;
}

static struct session_group group(const char *session)
{
    return session_group_of(ais_span_of(session), ais_span_of("key_1"));
}

static bool find(const char *session, int second, uint64_t call, struct ais_session *ret)
{
    const struct session_group of = group(session);
    return sessions_find(f, &of, 1, S(second), call, ret);
}

static void add_events(const char *session, int second, uint64_t call, size_t count)
{
    static struct ais_call_event events[AIS_CALL_EVENTS_MOST];
    const struct session_group of = group(session);
    for (size_t i = 0; i < count; i++)
        events[i] = (struct ais_call_event){
            .event = {.time_ns = S(second), .watch = i}
        };
    const struct session_call made = {
        .id = call,
        .received_ns = S(second),
        .tool = ais_span_of("look"),
        .allowed = true,
        .events = events,
        .event_count = count,
    };
    assert_true(sessions_add(f, &of, &made));
}

static void learn_nothing(const char *session)
{
    const struct session_group of = group(session);
    struct session *learnt = session_new(&of);
    assert_non_null(learnt);
    sessions_learn(f, sessions_generation(f), &learnt);
    assert_null(learnt);
}

/* ---- knowing ---- */

static void what_was_not_seen_has_to_be_learnt(void **state)
{
    (void)state;
    struct ais_session past;
    assert_false(find("a", 0, 1, &past));
    learn_nothing("a");
    assert_true(find("a", 0, 1, &past));
    assert_int_equal(past.event_count, 0);
    assert_int_equal(past.known_since_ns, INT64_MIN);
    assert_false(find("b", 0, 1, &past));
}

static void what_was_seen_for_long_enough_is_known_without(void **state)
{
    (void)state;
    struct ais_session past;
    assert_false(find("a", 0, 1, &past));
    assert_false(find("a", 150, 1, &past)); /* calls that came out of order may have been before */
    assert_true(find("a", 161, 1, &past));
    sessions_need(f, &with_facts);
    assert_false(find("a", 1000, 1, &past)); /* its calls and tools are older than any timespan */
}

static void another_epoch_forgets(void **state)
{
    (void)state;
    struct ais_session past;
    const struct session_group of = group("a");
    assert_false(find("a", 0, 1, &past));
    learn_nothing("a");
    uint64_t generation = sessions_generation(f);
    assert_false(sessions_find(f, &of, 2, S(1), 1, &past));
    assert_int_equal(sessions_count(f), 0);
    struct session *late = session_new(&of);
    sessions_learn(f, generation, &late);
    assert_int_equal(sessions_count(f), 0);
}

static void larger_needs_forget(void **state)
{
    (void)state;
    struct ais_session past;
    const struct ais_session_needs longer = { .events = true, .timespan_ns = 101 * AIS_NS_PER_S };
    assert_false(find("a", 0, 1, &past));
    learn_nothing("a");
    sessions_need(f, &events_only);
    assert_true(find("a", 1, 1, &past));
    uint64_t generation = sessions_generation(f);
    sessions_need(f, &longer);
    assert_true(sessions_generation(f) != generation);
    assert_false(find("a", 2, 1, &past));
}

static void sessions_and_keys_are_apart(void **state)
{
    (void)state;
    const struct session_group session = session_group_of(ais_span_of("x"), ais_span_of("y"));
    const struct session_group same = session_group_of(ais_span_of("x"), ais_span_of("z"));
    const struct session_group key = session_group_of(ais_span_of(""), ais_span_of("x"));
    assert_memory_equal(&session, &same, sizeof session);
    assert_memory_not_equal(&session, &key, sizeof session);
}

/* ---- growing ---- */

static void events_stand_in_the_order_of_time(void **state)
{
    (void)state;
    struct ais_session past;
    assert_false(find("a", 0, 1, &past));
    learn_nothing("a");
    add_events("a", 9, 1, 1);
    add_events("a", 5, 2, 2);
    add_events("a", 7, 3, 1);
    assert_true(find("a", 10, 4, &past));
    assert_int_equal(past.event_count, 4);
    for (size_t i = 1; i < past.event_count; i++)
        assert_true(past.events[i - 1].time_ns <= past.events[i].time_ns);
    assert_int_equal(past.events[0].call, 2);
    assert_int_equal(past.events[1].call, 2);
    assert_int_equal(past.events[1].watch, 1);
}

static void another_attempt_counts_once(void **state)
{
    (void)state;
    struct ais_session past;
    sessions_need(f, &with_facts);
    assert_false(find("a", 0, 1, &past));
    learn_nothing("a");
    add_events("a", 1, 7, 2);
    assert_true(find("a", 1, 7, &past)); /* the same call, asked again */
    assert_int_equal(past.event_count, 0);
    assert_int_equal(past.calls, 0);
    add_events("a", 1, 7, 2);
    assert_true(find("a", 2, 8, &past));
    assert_int_equal(past.event_count, 2);
    assert_int_equal(past.calls, 1);
    assert_int_equal(past.tool_count, 1);
}

static void what_is_longer_ago_than_any_timespan_goes(void **state)
{
    (void)state;
    struct ais_session past;
    assert_false(find("a", 0, 1, &past));
    learn_nothing("a");
    add_events("a", 0, 1, 1);
    add_events("a", 159, 2, 1);
    assert_true(find("a", 159, 3, &past));
    assert_int_equal(past.event_count, 2);
    add_events("a", 161, 3, 1);
    assert_true(find("a", 161, 4, &past));
    assert_int_equal(past.event_count, 2);
    assert_true(past.known_since_ns <= S(61)); /* within any timespan everything is known */
}

/* ---- bounds ---- */

static void too_many_events_are_a_gap(void **state)
{
    (void)state;
    struct ais_session past;
    assert_false(find("a", 0, 1, &past));
    learn_nothing("a");
    for (int i = 0; i <= SESSION_EVENTS_MOST / AIS_CALL_EVENTS_MOST; i++)
        add_events("a", i, (uint64_t)i + 1, AIS_CALL_EVENTS_MOST);
    assert_true(find("a", 50, 99, &past));
    assert_in_range(past.event_count, SESSION_EVENTS_MOST / 2, SESSION_EVENTS_MOST);
    assert_true(past.known_since_ns > S(0));
    assert_true(past.events[0].time_ns >= past.known_since_ns - 1);
    assert_non_null(past.gap);
}

static void the_least_recently_used_goes_first(void **state)
{
    (void)state;
    struct ais_session past;
    char name[32];
    assert_false(find("a", 0, 1, &past));
    for (int i = 0; i <= SESSIONS_MOST; i++) {
        snprintf(name, sizeof name, "s%d", i);
        learn_nothing(name);
        if (i == SESSIONS_MOST / 2)
            assert_true(find("s0", 1, 1, &past));
    }
    assert_int_equal(sessions_count(f), SESSIONS_MOST);
    assert_true(find("s0", 2, 1, &past));
    assert_false(find("s1", 2, 1, &past));
}

/* Long after the begin, what is not here is known to have done nothing, unless it may be what was evicted. */
static void what_was_evicted_is_learnt_again(void **state)
{
    (void)state;
    struct ais_session past;
    char name[32];
    assert_false(find("x", 0, 1, &past));
    assert_true(find("evicted", 1000, 1, &past));
    add_events("evicted", 1000, 1, 1);
    for (int i = 0; i < SESSIONS_MOST; i++) {
        snprintf(name, sizeof name, "s%d", i);
        learn_nothing(name);
    }
    assert_false(find("evicted", 1001, 2, &past));
    assert_false(find("another", 1001, 2, &past));
    assert_true(find("another", 1101, 2, &past));
}

static void bytes_are_bounded(void **state)
{
    (void)state;
    struct ais_session past;
    char name[32];
    assert_false(find("a", 0, 1, &past));
    for (int i = 0; i < 600; i++) {
        snprintf(name, sizeof name, "s%d", i);
        learn_nothing(name);
        for (int k = 0; k < 12; k++)
            add_events(name, k, (uint64_t)k + 1, AIS_CALL_EVENTS_MOST);
        assert_true(sessions_bytes(f) <= SESSIONS_BYTES_MOST);
    }
    assert_true(sessions_count(f) < 600);
}

static void too_many_tools_are_not_known(void **state)
{
    (void)state;
    const struct session_group of = group("a");
    struct session *session = session_new(&of);
    struct ais_session past;
    char name[32];
    sessions_need(f, &with_facts);
    assert_false(find("a", 0, 1, &past));
    for (int i = 0; i <= SESSION_TOOLS_MOST; i++) {
        snprintf(name, sizeof name, "tool-%d", i / 2 * 2);
        session_tool(session, ais_span_of(name));
    }
    for (int i = 0; i <= SESSION_TOOLS_MOST; i++) {
        snprintf(name, sizeof name, "other-%d", i);
        session_tool(session, ais_span_of(name));
    }
    sessions_learn(f, sessions_generation(f), &session);
    assert_true(find("a", 0, 1, &past));
    assert_int_equal(past.tool_count, SESSION_TOOLS_MOST);
    assert_non_null(past.unknown);
}

/* ---- what the auditor's reader tells ---- */

#define TIME "2023-11-14T22:13:20.000000Z" /* S(0) */
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
    const struct session_group of = group("a");
    const struct ais_session_needs *needs = row->facts ? &with_facts : &events_only;
    struct ais_arena *arena = ais_arena_new(0);
    struct ais_session past;
    struct ais_why why = { 0 };
    char calls[24], got[128];
    set_up(NULL);
    sessions_need(f, needs);
    assert_false(find("a", 0, 99, &past));
    struct session *session = past_read(arena, &of, needs, row->answer, strlen(row->answer), &why);
    assert_int_equal(session == NULL, row->want == NULL);
    if (session != NULL) {
        sessions_learn(f, sessions_generation(f), &session);
        assert_true(find("a", 0, 99, &past));
        snprintf(calls, sizeof calls, "%" PRIu64, past.calls);
        snprintf(got, sizeof got, "%s,%zu,%zu:%s", past.unknown != NULL ? "?" : calls, past.tool_count,
                 past.event_count, past.gap != NULL ? past.gap : "");
        assert_string_equal(got, row->want);
    }
    ais_arena_destroy(&arena);
    tear_down(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_not_seen_has_to_be_learnt),
        TEST(what_was_seen_for_long_enough_is_known_without),
        TEST(another_epoch_forgets),
        TEST(larger_needs_forget),
        TEST(sessions_and_keys_are_apart),
        TEST(events_stand_in_the_order_of_time),
        TEST(another_attempt_counts_once),
        TEST(what_is_longer_ago_than_any_timespan_goes),
        TEST(too_many_events_are_a_gap),
        TEST(the_least_recently_used_goes_first),
        TEST(what_was_evicted_is_learnt_again),
        TEST(bytes_are_bounded),
        TEST(too_many_tools_are_not_known),
    };
    struct CMUnitTest read[N_ELEMS(rows)];
    AIS_ROWS(read, rows, check_row);
    int failed = cmocka_run_group_tests_name("evaluator/sessions", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("evaluator/past", read, NULL, NULL);
}
