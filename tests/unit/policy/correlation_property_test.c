/* Correlations and facts of sessions against a slow, obvious matcher: random correlations over random calls, of which
 * the slow one looks at all again for every call, by the words of the specification. AIS_PROPERTY_ROUNDS sets how
 * many. */
#include "shared/sys/clock.h"
#include "tests/unit/policy/lab.h"

#include <stdlib.h>

enum { ROUNDS = 2000, CALLS = 24, RULES = 4, CORRELATIONS = 4, EVENTS_MOST = CALLS * 16, SECONDS = 40 };

/* ---- random ---- */

static uint64_t seed;

static unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % n;
}

/* ---- the model: tools a to d, each with a rule that watches it; a call has a number or none ---- */

struct call {
    unsigned tool;
    int64_t second;
    bool has_value;
    int value;
    bool allowed; /* as it came out */
};

struct bound {
    const char *op;
    int value;
};

struct correlation {
    enum ais_correlation_type type;
    unsigned rules[RULES]; /* in order */
    size_t rule_count;
    int64_t timespan;
    struct bound bounds[2];
    size_t bound_count;
};

struct model {
    struct correlation correlations[CORRELATIONS];
    bool watches[RULES];         /* whether the tool's rule only monitors; else it blocks */
    unsigned calls_most, friend; /* session.calls|gte, and the tool in session.tools that blocks d */
};

static void make_correlation(struct correlation *ret)
{
    static const char *const ops[] = { "gt", "gte", "lt", "lte", "eq" };
    bool taken[RULES] = { false };
    *ret = (struct correlation){
        .type = (enum ais_correlation_type)pick(AIS_CORRELATION_TYPE_COUNT),
        .timespan = 1 + pick(SECONDS),
        .bound_count = 1,
    };
    bool temporal = ais_correlation_is_temporal(ret->type);
    size_t wanted = (temporal ? 2 : 1) + pick(temporal ? RULES - 1 : RULES);
    while (ret->rule_count < wanted) {
        unsigned rule = pick(RULES);
        if (!taken[rule])
            ret->rules[ret->rule_count++] = rule;
        taken[rule] = true;
    }
    unsigned first = pick(N_ELEMS(ops));
    int most = temporal ? (int)ret->rule_count : 6;
    ret->bounds[0] = (struct bound){ ops[first], (int)pick((unsigned)most + 1) };
    if (pick(3) == 0) {
        ret->bound_count = 2;
        ret->bounds[1] = (struct bound){ ops[(first + 1) % N_ELEMS(ops)], (int)pick((unsigned)most + 1) };
    }
}

static void make_model(struct model *ret)
{
    for (size_t i = 0; i < CORRELATIONS; i++)
        make_correlation(&ret->correlations[i]);
    for (size_t i = 0; i < RULES; i++)
        ret->watches[i] = pick(4) != 0;
    ret->calls_most = 5 + pick(CALLS);
    ret->friend = pick(RULES);
}

static void make_calls(struct call calls[CALLS])
{
    int64_t second = 0;
    for (size_t i = 0; i < CALLS; i++) {
        second += pick(6);
        calls[i] = (struct call){
            .tool = pick(RULES),
            .second = second > 3 && pick(6) == 0 ? second - 3 : second,
            .has_value = pick(4) != 0,
            .value = (int)pick(5) - 1,
        };
    }
}

/* ---- printed ---- */

static void put_correlation(struct ais_buf *out, const struct correlation *correlation, size_t number)
{
    ais_buf_format(out, "- {id: k%zu, title: K, action: block, type: %s, timespan: %ds, rules: [", number,
                   ais_correlation_type_text(correlation->type), (int)correlation->timespan);
    for (size_t i = 0; i < correlation->rule_count; i++)
        ais_buf_format(out, "%s%c", i > 0 ? ", " : "", 'a' + (int)correlation->rules[i]);
    ais_buf_text(out, "], condition: {");
    for (size_t i = 0; i < correlation->bound_count; i++)
        ais_buf_format(out, "%s: %d, ", correlation->bounds[i].op, correlation->bounds[i].value);
    if (ais_correlation_measure(correlation->type) != AIS_MEASURE_CALL)
        ais_buf_text(out, "field: tool_args.v");
    ais_buf_text(out, "}}\n");
}

static void put_model(struct ais_buf *out, const struct model *model)
{
    ais_buf_text(out, "name: lab\nversion: 1.0.0\nrules:\n");
    for (size_t i = 0; i < RULES; i++)
        ais_buf_format(out, "- {id: %c, title: T, action: block, mode: %s, tools: %c}\n", 'a' + (int)i,
                       model->watches[i] ? "monitor" : "enforce", 'a' + (int)i);
    ais_buf_format(out,
                   "- {id: x, title: X, action: block, detection: {s: {session.calls|gte: %u}, condition: s}}\n"
                   "- {id: y, title: Y, action: block, tools: d, detection: {s: {session.tools: %c}, condition: s}}\n"
                   "correlations:\n",
                   model->calls_most, 'a' + (int)model->friend);
    for (size_t i = 0; i < CORRELATIONS; i++)
        put_correlation(out, &model->correlations[i], i);
}

/* ---- the slow matcher ---- */

/* The place of a call's rule in the correlation; -1: it is none of its rules, or does not count. */
static int place_of(const struct correlation *correlation, const struct call *calls, size_t i, size_t now)
{
    const struct call *call = &calls[i];
    if (call->second < calls[now].second - correlation->timespan)
        return -1;
    if (i != now && !call->allowed && ais_correlation_is_temporal(correlation->type))
        return -1;
    for (size_t k = 0; k < correlation->rule_count; k++)
        if (correlation->rules[k] == call->tool)
            return (int)k;
    return -1;
}

/* Whether call i comes before call k: by time, then by arrival; the call at hand after all. */
static bool comes_before(const struct call *calls, size_t i, size_t k, size_t now)
{
    if (k == now || i == now)
        return k == now && i != now;
    return calls[i].second != calls[k].second ? calls[i].second < calls[k].second : i < k;
}

/* The most rules, in order, that end with call i. */
static int longest(const struct correlation *correlation, const struct call *calls, size_t i, size_t now)
{
    int best = 0, place = place_of(correlation, calls, i, now);
    for (size_t k = 0; k <= now; k++) {
        int before = k != i && comes_before(calls, k, i, now) ? place_of(correlation, calls, k, now) : -1;
        if (before < 0 || before >= place)
            continue;
        int length = longest(correlation, calls, k, now);
        best = length > best ? length : best;
    }
    return best + 1;
}

static bool holds(const struct bound *bound, double value)
{
    bool equal = value == bound->value, less = value < bound->value;
    if (strcmp(bound->op, "gt") == 0)
        return !equal && !less;
    if (strcmp(bound->op, "gte") == 0)
        return !less;
    if (strcmp(bound->op, "lt") == 0)
        return less;
    return strcmp(bound->op, "lte") == 0 ? less || equal : equal;
}

/* What a correlation counts, with call `now`; false: nothing. */
static bool measure(const struct correlation *correlation, const struct call *calls, size_t now, double *ret)
{
    bool rules[RULES] = { false }, values[8] = { false };
    int count = 0, numbers = 0, sum = 0, different = 0, matched = 0;
    for (size_t i = 0; i <= now; i++) {
        int place = place_of(correlation, calls, i, now);
        if (place < 0)
            continue;
        count++;
        matched += !rules[place];
        rules[place] = true;
        if (!calls[i].has_value)
            continue;
        numbers++;
        sum += calls[i].value;
        different += !values[calls[i].value + 1];
        values[calls[i].value + 1] = true;
    }
    switch (correlation->type) {
    case AIS_EVENT_COUNT: *ret = count; return true;
    case AIS_VALUE_COUNT: *ret = different; return true;
    case AIS_VALUE_SUM: *ret = sum; return numbers > 0;
    case AIS_VALUE_AVG: *ret = numbers > 0 ? (double)sum / numbers : 0; return numbers > 0;
    case AIS_TEMPORAL: *ret = matched; return true;
    default: *ret = longest(correlation, calls, now, now); return true;
    }
}

static bool fires(const struct correlation *correlation, const struct call *calls, size_t now)
{
    double value;
    if (place_of(correlation, calls, now, now) < 0 || !measure(correlation, calls, now, &value))
        return false;
    for (size_t i = 0; i < correlation->bound_count; i++)
        if (!holds(&correlation->bounds[i], value))
            return false;
    return true;
}

/* The ids of the rules that block call `now`, in the order of reasons. */
static void slow_answer(const struct model *model, const struct call *calls, size_t now, struct ais_buf *out)
{
    const struct call *call = &calls[now];
    bool met = false;
    for (size_t i = 0; i < now; i++)
        met = met || calls[i].tool == model->friend;
    if (!model->watches[call->tool])
        ais_buf_format(out, "%c ", 'a' + (int)call->tool);
    for (size_t i = 0; i < CORRELATIONS; i++)
        if (fires(&model->correlations[i], calls, now))
            ais_buf_format(out, "k%zu ", i);
    if (now >= model->calls_most)
        ais_buf_text(out, "x ");
    if (call->tool == 3 && met)
        ais_buf_text(out, "y ");
    ais_buf_add(out, "", 0);
}

/* ---- the engine ---- */

struct past {
    struct ais_session_event events[EVENTS_MOST];
    size_t count;
    struct ais_session_tool tools[RULES];
    size_t tool_count;
};

static void keep(struct past *past, const struct ais_decision *decision, size_t call, const char *tool)
{
    bool known = false;
    for (size_t i = 0; i < decision->event_count; i++) {
        struct ais_session_event event = decision->events[i].event;
        size_t at = past->count++;
        event.call = call + 1;
        event.allowed = decision->allowed;
        for (; at > 0 && past->events[at - 1].time_ns > event.time_ns; at--)
            past->events[at] = past->events[at - 1];
        past->events[at] = event;
    }
    for (size_t i = 0; i < past->tool_count; i++)
        known = known || past->tools[i].data[0] == tool[0];
    if (!known)
        past->tools[past->tool_count++] = (struct ais_session_tool){ tool, 1 };
}

static void check_session(const struct ais_policy *policy, struct ais_engine *engine, struct ais_arena *arena,
                          const struct model *model, const char *document)
{
    static const char *const tools[RULES] = { "a", "b", "c", "d" };
    static struct past past;
    struct call calls[CALLS];
    make_calls(calls);
    past.count = past.tool_count = 0;
    for (size_t now = 0; now < CALLS; now++) {
        AUTO(ais_buf_done) struct ais_buf body = { 0 };
        AUTO(ais_buf_done) struct ais_buf want = { 0 };
        AUTO(ais_buf_done) struct ais_buf got = { 0 };
        struct ais_request request;
        struct ais_decision decision;
        ais_buf_format(&body, "{\"tool_name\":\"%s\",\"tool_args\":{", tools[calls[now].tool]);
        if (calls[now].has_value)
            ais_buf_format(&body, "\"v\":%d", calls[now].value);
        ais_buf_text(&body, "}}");
        const struct ais_session session = {
            .calls = now,
            .tools = past.tools,
            .tool_count = past.tool_count,
            .events = past.events,
            .event_count = past.count,
            .known_since_ns = INT64_MIN,
        };
        const struct ais_question question = { .request = &request,
                                               .received_ns = (1000 + calls[now].second) * AIS_NS_PER_S,
                                               .session = &session };
        ais_arena_reset(arena);
        assert_int_equal(ais_request_read(arena, body.data, body.length, &request, NULL, NULL), AIS_OK);
        assert_int_equal(ais_decide(engine, policy, &question, &decision, NULL), AIS_OK);
        calls[now].allowed = decision.allowed;
        slow_answer(model, calls, now, &want);
        for (size_t i = 0; i < decision.match_count; i++)
            if (decision.matches[i].mode == AIS_MODE_ENFORCE)
                ais_buf_format(&got, "%s ", decision.matches[i].rule);
        ais_buf_add(&got, "", 0);
        if (strcmp(got.data, want.data) != 0) {
            for (size_t i = 0; i <= now; i++)
                print_error("%s@%d%s ", tools[calls[i].tool], (int)calls[i].second, calls[i].allowed ? "" : "!");
            fail_msg("call %zu: %s\nslow   %s\nengine %s\n%s", now, body.data, want.data, got.data, document);
        }
        keep(&past, &decision, now, tools[calls[now].tool]);
    }
}

static void the_engine_agrees_with_the_slow_matcher(void **state)
{
    (void)state;
    const char *wanted = getenv("AIS_PROPERTY_ROUNDS");
    long rounds = wanted != NULL ? strtol(wanted, NULL, 10) : ROUNDS;
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    seed = 0x9e3779b97f4a7c15U;
    for (long round = 0; round < rounds; round++) {
        AUTO(ais_buf_done) struct ais_buf document = { 0 };
        struct model model;
        make_model(&model);
        put_model(&document, &model);
        const char *const documents[] = { document.data };
        AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(documents, 1, AIS_ACTION_ALLOW);
        check_session(policy, engine, arena, &model, document.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_engine_agrees_with_the_slow_matcher) };
    return cmocka_run_group_tests_name("policy/correlation_property", tests, NULL, NULL);
}
