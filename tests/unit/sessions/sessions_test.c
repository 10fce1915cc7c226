/* What is remembered of sessions: its bounds, and that what is forgotten never looks as if it had not been. */
#include "shared/sessions/sessions.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define S(n) (1700000000 * AIS_NS_PER_S + (int64_t)(n)*AIS_NS_PER_S)

static const struct ais_session_needs events_only = { .events = true, .timespan_ns = 100 * AIS_NS_PER_S };
static const struct ais_session_needs with_facts = { .facts = true, .events = true, .timespan_ns = 100 * AIS_NS_PER_S };

static struct ais_sessions *f;

static int set_up(void **state)
{
    (void)state;
    f = ais_sessions_new();
    assert_non_null(f);
    ais_sessions_need(f, &events_only);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ais_sessions_destroy(&f);
    return 0;
}

static struct ais_session_group group(const char *session)
{
    return ais_session_group_of(ais_span_of(session), ais_span_of("key_1"));
}

static bool find(const char *session, int second, uint64_t call, struct ais_session *ret)
{
    const struct ais_session_group of = group(session);
    return ais_sessions_find(f, &of, 1, S(second), call, ret);
}

static void add_events(const char *session, int second, uint64_t call, size_t count)
{
    static struct ais_call_event events[AIS_CALL_EVENTS_MOST];
    const struct ais_session_group of = group(session);
    for (size_t i = 0; i < count; i++)
        events[i] = (struct ais_call_event){
            .event = {.time_ns = S(second), .watch = i}
        };
    const struct ais_session_call made = {
        .id = call,
        .received_ns = S(second),
        .tool = ais_span_of("look"),
        .allowed = true,
        .events = events,
        .event_count = count,
    };
    assert_true(ais_sessions_add(f, &of, &made));
}

static void learn_nothing(const char *session)
{
    const struct ais_session_group of = group(session);
    struct ais_kept_session *learnt = ais_kept_session_new(&of);
    assert_non_null(learnt);
    ais_sessions_learn(f, ais_sessions_generation(f), &learnt);
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
    ais_sessions_need(f, &with_facts);
    assert_false(find("a", 1000, 1, &past)); /* its calls and tools are older than any timespan */
}

static void another_epoch_forgets(void **state)
{
    (void)state;
    struct ais_session past;
    const struct ais_session_group of = group("a");
    assert_false(find("a", 0, 1, &past));
    learn_nothing("a");
    uint64_t generation = ais_sessions_generation(f);
    assert_false(ais_sessions_find(f, &of, 2, S(1), 1, &past));
    assert_int_equal(ais_sessions_count(f), 0);
    struct ais_kept_session *late = ais_kept_session_new(&of);
    ais_sessions_learn(f, generation, &late);
    assert_int_equal(ais_sessions_count(f), 0);
}

static void an_earlier_epoch_of_the_gateway_does_not_forget(void **state)
{
    (void)state;
    struct ais_session past;
    const struct ais_session_group of = group("a");
    const uint64_t epoch = UINT64_C(1) << 60, of_another = epoch - (UINT64_C(1) << 40);
    assert_false(ais_sessions_find(f, &of, epoch, S(0), 1, &past));
    learn_nothing("a");
    assert_true(ais_sessions_find(f, &of, epoch - 1, S(1), 2, &past));
    assert_true(ais_sessions_find(f, &of, epoch, S(2), 3, &past));
    assert_false(ais_sessions_find(f, &of, of_another, S(3), 4, &past));
    assert_false(ais_sessions_find(f, &of, of_another + 1, S(4), 5, &past));
}

static void larger_needs_forget(void **state)
{
    (void)state;
    struct ais_session past;
    const struct ais_session_needs longer = { .events = true, .timespan_ns = 101 * AIS_NS_PER_S };
    assert_false(find("a", 0, 1, &past));
    learn_nothing("a");
    ais_sessions_need(f, &events_only);
    assert_true(find("a", 1, 1, &past));
    uint64_t generation = ais_sessions_generation(f);
    ais_sessions_need(f, &longer);
    assert_true(ais_sessions_generation(f) != generation);
    assert_false(find("a", 2, 1, &past));
}

static void sessions_and_keys_are_apart(void **state)
{
    (void)state;
    const struct ais_session_group session = ais_session_group_of(ais_span_of("x"), ais_span_of("y"));
    const struct ais_session_group same = ais_session_group_of(ais_span_of("x"), ais_span_of("z"));
    const struct ais_session_group key = ais_session_group_of(ais_span_of(""), ais_span_of("x"));
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
    ais_sessions_need(f, &with_facts);
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
    for (int i = 0; i <= AIS_SESSION_EVENTS_MOST / AIS_CALL_EVENTS_MOST; i++)
        add_events("a", i, (uint64_t)i + 1, AIS_CALL_EVENTS_MOST);
    assert_true(find("a", 50, 99, &past));
    assert_in_range(past.event_count, AIS_SESSION_EVENTS_MOST / 2, AIS_SESSION_EVENTS_MOST);
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
    for (int i = 0; i <= AIS_SESSIONS_MOST; i++) {
        snprintf(name, sizeof name, "s%d", i);
        learn_nothing(name);
        if (i == AIS_SESSIONS_MOST / 2)
            assert_true(find("s0", 1, 1, &past));
    }
    assert_int_equal(ais_sessions_count(f), AIS_SESSIONS_MOST);
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
    for (int i = 0; i < AIS_SESSIONS_MOST; i++) {
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
        assert_true(ais_sessions_bytes(f) <= AIS_SESSIONS_BYTES_MOST);
    }
    assert_true(ais_sessions_count(f) < 600);
}

static void too_many_tools_are_not_known(void **state)
{
    (void)state;
    const struct ais_session_group of = group("a");
    struct ais_kept_session *session = ais_kept_session_new(&of);
    struct ais_session past;
    char name[32];
    ais_sessions_need(f, &with_facts);
    assert_false(find("a", 0, 1, &past));
    for (int i = 0; i <= AIS_SESSION_TOOLS_MOST; i++) {
        snprintf(name, sizeof name, "tool-%d", i / 2 * 2);
        ais_kept_session_tool(session, ais_span_of(name));
    }
    for (int i = 0; i <= AIS_SESSION_TOOLS_MOST; i++) {
        snprintf(name, sizeof name, "other-%d", i);
        ais_kept_session_tool(session, ais_span_of(name));
    }
    ais_sessions_learn(f, ais_sessions_generation(f), &session);
    assert_true(find("a", 0, 1, &past));
    assert_int_equal(past.tool_count, AIS_SESSION_TOOLS_MOST);
    assert_non_null(past.unknown);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_not_seen_has_to_be_learnt),
        TEST(what_was_seen_for_long_enough_is_known_without),
        TEST(another_epoch_forgets),
        TEST(an_earlier_epoch_of_the_gateway_does_not_forget),
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
    return cmocka_run_group_tests_name("sessions/sessions", tests, NULL, NULL);
}
