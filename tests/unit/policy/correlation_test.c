/* Correlations: each row is one correlation, the calls of a session one after the other, and what became of each. */
#include "shared/policy/facts/values.h"
#include "shared/sys/clock.h"
#include "tests/unit/policy/lab.h"

#include <stdlib.h>

enum { EVENTS_MOST = 64 };

/* Tools a to e are watched by rules that let them pass, x is blocked, and of u it is never understood whether its rule
 * matches. */
#define WATCHED(tool) "- {id: " tool ", title: T, action: block, mode: monitor, tools: " tool "}\n"
#define PACK                                                                                                         \
    "name: lab\nversion: 1.0.0\nrules:\n" WATCHED("a") WATCHED("b") WATCHED("c") WATCHED("d")                        \
        WATCHED("e") "- {id: x, title: T, action: block, tools: x}\n"                                                \
                     "- {id: u, title: T, action: block, mode: monitor, tools: u, detection: {s: {'tool_args.v[]': " \
                     "1}, condition: "                                                                               \
                     "s}}\n"                                                                                         \
                     "- {id: w, title: T, action: block, mode: monitor, tools: w}\n"                                 \
                     "correlations:\n"                                                                               \
                     "- {id: corr, title: C, action: block, timespan: 10s, group-by: [session.id], "

static const struct row {
    const char *name, *correlation;
    /* Each call is a tool, a value of tool_args.v if there is one, and the seconds since the first: "a=5@3". Behind it
     * stands what becomes of it: '.' allowed, 'B' blocked, '?' asks. */
    const char *calls;
    const char *gap;     /* why something before is not known; NULL: there was nothing */
    int64_t known_since; /* seconds, with gap */
} rows[] = {
    {"so many calls",                                "type: event_count, rules: a, condition: {gte: 3}",                         "a@0. a@1. b@2. a@3B a@4B",      NULL,   0},
    { "more than so many",                           "type: event_count, rules: a, condition: {gt: 1}",                          "a@0. a@1B",                     NULL,   0},
    { "calls of several rules",                      "type: event_count, rules: [a, b], condition: {gte: 3}",                    "a@0. b@1. a@2B",                NULL,   0},
    { "calls that were blocked count",               "type: event_count, rules: [x], condition: {gte: 2}",                       "x@0B x@1B",                     NULL,   0},
    { "exactly so many",                             "type: event_count, rules: a, condition: {eq: 2}",                          "a@0. a@1B a@2.",                NULL,   0},
    { "fewer than so many",                          "type: event_count, rules: a, condition: {lt: 2}",                          "a@0B a@1. b@2.",                NULL,   0},
    { "at most so many",                             "type: event_count, rules: a, condition: {lte: 2}",                         "a@0B a@1B a@2.",                NULL,   0},
    { "a range",                                     "type: event_count, rules: a, condition: {gt: 1, lte: 3}",                  "a@0. a@1B a@2B a@3.",           NULL,   0},
    { "the timespan, its end included",              "type: event_count, rules: a, condition: {gte: 2}",                         "a@0. a@10B a@21.",              NULL,
     0                                                                                                                                                                     },
    { "the past moves on",                           "type: event_count, rules: a, condition: {gte: 3}",                         "a@0. a@6. a@12. a@14B",         NULL,   0},
    { "a call that seems to come later is not lost", "type: event_count, rules: a, condition: {gte: 2}",                         "a@9. a@2B",
     NULL,                                                                                                                                                                0},

    { "all rules, in any order",                     "type: temporal, rules: [a, b, c]",                                         "c@0. a@1. a@2. b@3B c@4.",      NULL,   0},
    { "all rules within the timespan",               "type: temporal, rules: [a, b]",                                            "a@0. b@11. a@21B",              NULL,   0},
    { "what was not allowed did not happen",         "type: temporal, rules: [x, b]",                                            "x@0B b@1.",                     NULL,   0},
    { "but the call at hand counts",                 "type: temporal, rules: [x, b]",                                            "b@0. x@1B",                     NULL,   0},
    { "so many of the rules",                        "type: temporal, rules: [a, b, c], condition: {gte: 2}",                    "a@0. a@1. c@2B",                NULL,   0},
    { "what fired was not allowed either",           "type: temporal, rules: [a, b]",                                            "a@0. b@1B a@2.",                NULL,   0},

    { "in order",                                    "type: temporal_ordered, rules: [a, b]",                                    "a@0. b@1B",                     NULL,   0},
    { "not in the other",                            "type: temporal_ordered, rules: [a, b]",                                    "b@0. a@1. a@2. b@3B",           NULL,   0},
    { "three in order",                              "type: temporal_ordered, rules: [a, b, c]",                                 "b@0. a@1. c@2. b@3. a@4. c@5B", NULL,   0},
    { "others between are no matter",                "type: temporal_ordered, rules: [a, b]",                                    "a@0. c@1. d@2. b@3B",           NULL,   0},
    { "so many in order",                            "type: temporal_ordered, rules: [a, b, c], condition: {gte: 2}",            "c@0. a@1. c@2B",                NULL,   0},
    { "in order by time, not by arrival",            "type: temporal_ordered, rules: [a, b, c]",                                 "a@0. c@9. b@5. c@10B",          NULL,   0},
    { "out of order within the timespan",            "type: temporal_ordered, rules: [a, b]",                                    "a@0. b@11.",                    NULL,   0},

    { "different values",                            "type: value_count, rules: a, condition: {field: tool_args.v, gte: 3}",
     "a=1@0. a=2@1. a=1@2. a=\"1\"@3. a=3@4B",                                                                                                                    NULL,   0},
    { "without a value nothing counts",              "type: value_count, rules: a, condition: {field: tool_args.v, gte: 1}",
     "a@0. a=null@1. a=1@2B",                                                                                                                                     NULL,   0},
    { "every value of one call",                     "type: value_count, rules: a, condition: {field: 'tool_args.v[]', gte: 3}",
     "a=[1,2]@0. a=[2,3]@1B",                                                                                                                                     NULL,   0},
    { "only of its rules",                           "type: value_count, rules: a, condition: {field: tool_args.v, gte: 2}",     "b=1@0. a=2@1.",
     NULL,                                                                                                                                                                0},

    { "a sum",                                       "type: value_sum, rules: [a, b], condition: {field: tool_args.v, gt: 100}",
     "a=60@0. b=40@1. a=0.000001@2B",                                                                                                                             NULL,   0},
    { "tenths are tenths",                           "type: value_sum, rules: a, condition: {field: tool_args.v, gt: 0.3}",
     "a=0.1@0. a=0.1@1. a=0.1@2.",                                                                                                                                NULL,   0},
    { "numbers in quotes are numbers",               "type: value_sum, rules: a, condition: {field: tool_args.v, gte: 2e1}",
     "a=\"10\"@0. a=1e1@1B",                                                                                                                                      NULL,   0},
    { "what is no number may be any",                "type: value_sum, rules: a, condition: {field: tool_args.v, gte: 100}",
     "a=\"many\"@0? a=1@1? b=1@2.",                                                                                                                               NULL,   0},
    { "nor is what is too large",                    "type: value_sum, rules: a, condition: {field: tool_args.v, gte: 100}",     "a=1e30@0?",
     NULL,                                                                                                                                                                0},
    { "a sum beyond all bounds",                     "type: value_sum, rules: a, condition: {field: tool_args.v, lt: 0}",
     "a=9000000000000@0. a=9000000000000@1?",                                                                                                                     NULL,   0},
    { "a sum of nothing is none",                    "type: value_sum, rules: a, condition: {field: tool_args.v, lt: 5}",        "a@0. a=1@1B",
     NULL,                                                                                                                                                                0},
    { "below nothing",                               "type: value_sum, rules: a, condition: {field: tool_args.v, lt: 0}",        "a=1@0. a=-2@1B",                NULL,   0},
    { "an average",                                  "type: value_avg, rules: a, condition: {field: tool_args.v, gte: 10}",      "a=5@0. a=14@1. a=11@2B",
     NULL,                                                                                                                                                                0},
    { "an average of nothing",                       "type: value_avg, rules: a, condition: {field: tool_args.v, lt: 10}",       "a@0. a=3@1B",
     NULL,                                                                                                                                                                0},

    { "an unknown rule may have matched",            "type: event_count, rules: [w, u], condition: {gte: 2}",                    "w@0. u@1? w@2B",
     NULL,                                                                                                                                                                0},
    { "certain in spite of it",                      "type: event_count, rules: [u, a], condition: {gte: 2}",                    "u@0. a@1? a@2B",                NULL,   0},
    { "what could not be understood before",         "type: temporal, rules: [u, a]",                                            "u@0. a@1?",                     NULL,   0},

    { "what is not known may have been enough",      "type: event_count, rules: a, condition: {gte: 3}",
     "a@0? a@1? a@2B b@3.",                                                                                                                                       "gone", 0},
    { "what is known is enough",                     "type: event_count, rules: a, condition: {lt: 2}",                          "a@0? a@1.",                     "gone", 0},
    { "a rule may have matched",                     "type: temporal_ordered, rules: [a, b]",                                    "a@0. b@1B",                     "gone", 0},
    { "a rule may have matched before",              "type: temporal, rules: [a, b]",                                            "b@0? a@1?",                     "gone", 0},
    { "values may have been seen",                   "type: value_count, rules: a, condition: {field: tool_args.v, gte: 2}",
     "a=1@0? a=2@1B",                                                                                                                                             "gone", 0},
    { "a sum may be anything",                       "type: value_sum, rules: a, condition: {field: tool_args.v, gt: 5}",        "a=9@0?",                        "gone",
     0                                                                                                                                                                     },
    { "what is not known is over",                   "type: event_count, rules: a, condition: {gte: 2}",                         "a@0? a@11. a@12B",              "gone", 0},
};

struct session {
    struct ais_session_event events[EVENTS_MOST];
    size_t count;
};

/* By time, as whoever keeps a session does. */
static void keep(struct session *session, const struct ais_decision *decision, uint64_t call)
{
    for (size_t i = 0; i < decision->event_count; i++) {
        struct ais_session_event event = decision->events[i].event;
        size_t at = session->count++;
        assert_in_range(at, 0, EVENTS_MOST - 1);
        event.call = call;
        event.allowed = decision->allowed;
        for (; at > 0 && session->events[at - 1].time_ns > event.time_ns; at--)
            session->events[at] = session->events[at - 1];
        session->events[at] = event;
    }
}

static int64_t seconds(int64_t n)
{
    return 1700000000 * AIS_NS_PER_S + n * AIS_NS_PER_S;
}

/* One more than the 65,536 values that are understood: of the tool u, nothing is known. */
static char *body_of(char tool, const char *value)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    ais_buf_format(&body, "{\"tool_name\":\"%c\",\"metadata\":{\"session_id\":\"s\"}", tool);
    if (tool == 'u') {
        ais_buf_text(&body, ",\"tool_args\":{\"v\":[0");
        for (size_t i = 0; i < AIS_VALUES_MOST; i++)
            ais_buf_text(&body, ",0");
        ais_buf_text(&body, "]}");
    }
    if (value[0] != '\0')
        ais_buf_format(&body, ",\"tool_args\":{\"v\":%s}", value);
    ais_buf_text(&body, "}");
    return body.failed ? NULL : strdup(body.data);
}

static char outcome(const struct ais_decision *decision)
{
    if (decision->allowed)
        return '.';
    if (decision->requires_approval)
        return '?';
    return 'B';
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf document = { 0 }, got = { 0 };
    ais_buf_format(&document, PACK "%s}\n", row->correlation);
    const char *const documents[] = { document.data };
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(documents, 1, AIS_ACTION_ALLOW);
    struct ais_engine *engine = ais_engine_new();
    struct ais_arena *arena = ais_arena_new(0);
    struct session past = { .count = 0 };
    uint64_t call = 0;
    for (const char *at = row->calls; *at != '\0'; at += strspn(at, " ")) {
        char value[64] = "";
        size_t n = strcspn(at, "@");
        if (n > 1)
            snprintf(value, sizeof value, "%.*s", (int)(n - 2), at + 2);
        char *end, *body = body_of(at[0], value);
        int64_t time = strtoll(at + n + 1, &end, 10);
        struct ais_request request;
        struct ais_decision decision;
        const struct ais_session session = {
            .events = past.events,
            .event_count = past.count,
            .gap = row->gap,
            .known_since_ns = row->gap != NULL ? seconds(row->known_since) : INT64_MIN,
        };
        const struct ais_question question = { .request = &request, .received_ns = seconds(time), .session = &session };
        ais_arena_reset(arena);
        assert_int_equal(ais_request_read(arena, body, strlen(body), &request, NULL, NULL), AIS_OK);
        assert_int_equal(ais_decide(engine, policy, &question, &decision, NULL), AIS_OK);
        keep(&past, &decision, ++call);
        ais_buf_format(&got, "%s%.*s%c", got.length > 0 ? " " : "", (int)(end - at), at, outcome(&decision));
        at = end + 1;
        free(body);
    }
    assert_string_equal(got.data, row->calls);
    ais_arena_destroy(&arena);
    ais_engine_destroy(&engine);
}

static const char body[] = "{\"tool_name\":\"a\"}";

static void decide(const char *correlation, const struct ais_session *session, struct ais_buf *out,
                   bool *ret_wants_session)
{
    AUTO(ais_buf_done) struct ais_buf document = { 0 };
    ais_buf_format(&document, PACK "%s}\n", correlation);
    const char *const documents[] = { document.data };
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(documents, 1, AIS_ACTION_ALLOW);
    struct ais_engine *engine = ais_engine_new();
    struct ais_arena *arena = ais_arena_new(0);
    struct ais_request request;
    struct ais_decision decision;
    const struct ais_question question = { .request = &request, .received_ns = seconds(0), .session = session };
    assert_int_equal(ais_request_read(arena, body, strlen(body), &request, NULL, NULL), AIS_OK);
    assert_int_equal(ais_decide(engine, policy, &question, &decision, NULL), AIS_OK);
    *ret_wants_session = decision.wants_session;
    ais_decision_write(out, &decision, NULL);
    ais_arena_destroy(&arena);
    ais_engine_destroy(&engine);
}

static void a_correlation_answers_like_a_rule(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    bool wants;
    decide("type: event_count, rules: a, condition: {gte: 1}, remediation: R, alternatives: [{tool_name: n}]", NULL,
           &out, &wants);
    assert_string_equal(out.data, "{\"allowed\":false,\"requires_approval\":false,\"reasons\":[\"Blocked by corr rule: "
                                  "C\"],\"alternatives\":[{\"tool_name\":\"n\"}],\"remediations\":[\"R\"]}");
    assert_false(wants);
}

static void what_is_not_known_is_told(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    const struct ais_session session = { .known_since_ns = INT64_MAX, .gap = "it is gone" };
    bool wants;
    decide("type: event_count, rules: a, condition: {gte: 2}", &session, &out, &wants);
    assert_string_equal(out.data,
                        "{\"allowed\":false,\"requires_approval\":true,\"reasons\":[\"Not understood: session: "
                        "it is gone\"],\"alternatives\":[]}");
}

static void the_past_is_asked_for_only_when_it_matters(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    const struct ais_session session = { .deferred = true };
    bool wants;
    decide("type: event_count, rules: a, condition: {gte: 2}", &session, &out, &wants);
    assert_true(wants);
    ais_buf_clear(&out);
    decide("type: event_count, rules: b, condition: {gte: 2}", &session, &out, &wants);
    assert_false(wants);
    assert_non_null(strstr(out.data, "\"allowed\":true"));
}

static void needs_are_told(void **state)
{
    (void)state;
    static const char facts[] =
        "name: f\nversion: 1.0.0\nrules: [{id: a, title: T, action: block, detection: {s: {session.calls|gt: 3}, "
        "condition: s}}]\n";
    const char *const documents[] = {
        "name: p\nversion: 1.0.0\nrules: [{id: a, title: T, action: block, tools: x}]\n",
        PACK "type: event_count, rules: a, condition: {gte: 2}}\n",
        facts,
    };
    AUTO(ais_policy_unref) struct ais_policy *nothing = lab_compile(documents, 1, AIS_ACTION_ALLOW);
    AUTO(ais_policy_unref) struct ais_policy *events = lab_compile(documents, 2, AIS_ACTION_ALLOW);
    AUTO(ais_policy_unref) struct ais_policy *both = lab_compile(documents, 3, AIS_ACTION_ALLOW);
    struct ais_policy_stats stats;
    struct ais_session_needs needs = ais_policy_session_needs(nothing);
    assert_false(needs.facts || needs.events);
    needs = ais_policy_session_needs(events);
    assert_true(needs.events && !needs.facts);
    assert_int_equal(needs.timespan_ns, 10 * AIS_NS_PER_S);
    needs = ais_policy_session_needs(both);
    assert_true(needs.events && needs.facts);
    ais_policy_stats(events, &stats);
    assert_int_equal(stats.correlations, 1);
    assert_string_not_equal(ais_policy_digest(nothing), ais_policy_digest(events));
}

/* Tests inside packs say what came before. */
static void packs_test_their_correlations(void **state)
{
    (void)state;
    static const char text[] =
        PACK "type: temporal_ordered, rules: [a, b], tests: [\n"
             "    {name: in order, before: [{tool_name: a}, {tool_name: c}], request: {tool_name: b}, expect: block},\n"
             "    {name: alone, request: {tool_name: b}, expect: none},\n"
             "    {name: too long ago, before: [{tool_name: a}, {tool_name: c}, {tool_name: c}, {tool_name: c},\n"
             "      {tool_name: c}, {tool_name: c}, {tool_name: c}, {tool_name: c}, {tool_name: c}, {tool_name: c},\n"
             "      {tool_name: c}], request: {tool_name: b}, expect: none}]}\n";
    const struct ais_pack_source source = { "lab", text, strlen(text), true, AIS_PACK_CUSTOM };
    AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
    AUTO(ais_rule_results_destroy) struct ais_rule_results *results = NULL;
    struct ais_why why = { 0 };
    size_t count;
    if (ais_rulepack_test(&source, &results, &diagnostics, &why) != AIS_OK)
        fail_msg("%s", why.text);
    const struct ais_rule_result *rows_of = ais_rule_results_rows(results, &count);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_true(rows_of[i].passed);
    assert_string_equal(rows_of[0].rule, "corr");
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 5];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(a_correlation_answers_like_a_rule);
    tests[N_ELEMS(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(what_is_not_known_is_told);
    tests[N_ELEMS(rows) + 2] = (struct CMUnitTest)cmocka_unit_test(the_past_is_asked_for_only_when_it_matters);
    tests[N_ELEMS(rows) + 3] = (struct CMUnitTest)cmocka_unit_test(needs_are_told);
    tests[N_ELEMS(rows) + 4] = (struct CMUnitTest)cmocka_unit_test(packs_test_their_correlations);
    return cmocka_run_group_tests_name("policy/correlation", tests, NULL, NULL);
}
