/* Whether correlations fire: from what the session did within the timespan, and this call. What is not known of the
 * past leaves a span between the least and the most that may have been; a condition that holds in all of it is true,
 * one that holds in none of it is false. */
#include "shared/policy/engine.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES_MOST = 64 }; /* of one field in one call; more are not understood */

/* ---- what this call is for correlations ---- */

static struct ais_call_event *add_event(struct ais_engine *engine, const struct ais_watch *watch, bool uncertain)
{
    const struct ais_match *rule = &engine->policy->rules[watch->rule].match;
    struct ais_call_event *event = &engine->events[engine->event_count++];
    *event = (struct ais_call_event){
        .rule = rule->rule,
        .pack = rule->pack,
        .field = watch->field != AIS_NO_FIELD ? engine->policy->predicates->fields[watch->field].text : NULL,
        .measure = watch->measure,
        .event = {
            .time_ns = engine->question->received_ns,
            .watch = watch->id,
            .allowed = true,
            .uncertain = uncertain,
        },
    };
    return event;
}

/* False when the value cannot be counted. */
static bool measure(const struct ais_engine *engine, enum ais_measure measure, const struct ais_value *value,
                    struct ais_session_event *ret)
{
    if (value->kind == AIS_VALUE_UNKNOWN)
        return false;
    if (measure == AIS_MEASURE_NUMBERS)
        return ais_micros_read(value->text, value->length, &ret->value.micros);
    crypto_generichash(ret->value.digest, sizeof ret->value.digest, (const unsigned char *)value->text, value->length,
                       engine->value_key, engine->value_key != NULL ? AIS_VALUE_KEYED : 0);
    return true;
}

/* An event a value; of what cannot be counted or is too much, one that says so. */
static void watch_field(struct ais_engine *engine, const struct ais_watch *watch, bool uncertain)
{
    size_t n;
    const char *unknown;
    const struct ais_value *values = ais_engine_field(engine, watch->field, &n, &unknown);
    bool beyond = unknown != NULL || n > VALUES_MOST || engine->event_count + n > AIS_CALL_EVENTS_MOST;
    for (size_t i = 0; i < n && !beyond; i++) {
        struct ais_session_event one = { 0 };
        if (values[i].kind == AIS_VALUE_NULL)
            continue;
        beyond = !measure(engine, watch->measure, &values[i], &one);
        if (!beyond)
            add_event(engine, watch, uncertain)->event.value = one.value;
    }
    if (beyond)
        add_event(engine, watch, uncertain)->event.beyond = true;
}

void ais_engine_watch(struct ais_engine *engine, uint32_t number, enum ais_truth truth)
{
    const struct ais_policy_rule *rule = &engine->policy->rules[number];
    for (size_t i = 0; i < rule->watch_count; i++) {
        const struct ais_watch *watch = &engine->policy->watches[rule->first_watch + i];
        if (watch->field == AIS_NO_FIELD)
            add_event(engine, watch, truth == AIS_UNKNOWN);
        else
            watch_field(engine, watch, truth == AIS_UNKNOWN);
    }
}

/* ---- what counts ---- */

struct correlating {
    struct ais_engine *engine;
    const struct ais_correlation *correlation;
    const struct ais_session_event *past; /* within the timespan */
    size_t past_count, count;             /* of those, and of this call's as well */
    bool gap;                             /* there may have been others */
    const char *why;                      /* what was not known, if something was not */
};

/* The i-th event, and which of the correlation's rules it is of; NULL: it does not count. */
static const struct ais_session_event *event_at(const struct correlating *c, size_t i, size_t *ret_rule)
{
    bool past = i < c->past_count;
    const struct ais_session_event *event = past ? &c->past[i] : &c->engine->events[i - c->past_count].event;
    if (past && !event->allowed && ais_correlation_is_temporal(c->correlation->type))
        return NULL;
    for (size_t k = 0; k < c->correlation->rule_count; k++) {
        if (c->correlation->watches[k] == event->watch) {
            *ret_rule = k;
            return event;
        }
    }
    return NULL;
}

/* The least and the most that may be; sums and averages in millionths. */
struct span {
    int64_t low, high;
    bool unknown; /* it may be anything */
};

/* ---- calls ---- */

/* Of one call: bits of the rules that matched, and of those that may have. */
struct call {
    uint64_t certain, possible;
};

/* The next call from event *at on, which stands behind it afterwards; false: there is none. */
static bool next_call(const struct correlating *c, size_t *at, struct call *ret)
{
    uint64_t id = 0;
    bool begun = false;
    *ret = (struct call){ 0 };
    for (; *at < c->count; ++*at) {
        size_t rule;
        const struct ais_session_event *event = event_at(c, *at, &rule);
        if (event == NULL)
            continue;
        if (begun && event->call != id)
            break;
        begun = true;
        id = event->call;
        ret->possible |= UINT64_C(1) << rule;
        ret->certain |= event->uncertain ? 0 : UINT64_C(1) << rule;
    }
    return begun;
}

static struct span count_calls(const struct correlating *c)
{
    struct span span = { .high = c->gap ? INT64_MAX : 0 };
    struct call call;
    for (size_t at = 0; next_call(c, &at, &call);) {
        span.low += call.certain != 0;
        span.high += !c->gap;
    }
    return span;
}

static struct span count_rules(const struct correlating *c)
{
    struct call call, all = { 0 };
    for (size_t at = 0; next_call(c, &at, &call);) {
        all.certain |= call.certain;
        all.possible |= call.possible;
    }
    return (struct span){
        .low = __builtin_popcountll(all.certain),
        .high = c->gap ? (int64_t)c->correlation->rule_count : __builtin_popcountll(all.possible),
    };
}

/* Goes on with the chains of rules in order, of which chains[k] is the longest that ends with rule k, and returns the
 * longest that ends with this call. */
static int64_t chain(int64_t *chains, uint64_t rules)
{
    int64_t before = 0, longest = 0;
    for (size_t k = 0; k < AIS_CORRELATION_RULES_MOST; k++) {
        if ((rules >> k & 1) != 0) {
            chains[k] = chains[k] > before + 1 ? chains[k] : before + 1;
            longest = before + 1 > longest ? before + 1 : longest;
        }
        before = chains[k] > before ? chains[k] : before;
    }
    return longest;
}

static struct span count_in_order(const struct correlating *c)
{
    int64_t certain[AIS_CORRELATION_RULES_MOST] = { 0 }, possible[AIS_CORRELATION_RULES_MOST] = { 0 };
    struct span span = { 0 };
    struct call call = { 0 }, last = { 0 };
    for (size_t at = 0; next_call(c, &at, &call); last = call) { /* this call is the last */
        span.low = chain(certain, call.certain);
        span.high = chain(possible, call.possible);
    }
    if (c->gap && last.possible != 0) /* all rules before it may have matched */
        span.high = AIS_CORRELATION_RULES_MOST - __builtin_clzll(last.possible);
    return span;
}

/* ---- values ---- */

static int compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, sizeof((struct ais_session_event *)0)->value.digest);
}

/* How many different ones; sorts them. */
static int64_t count_different(unsigned char (*digests)[16], size_t n)
{
    int64_t count = 0;
    if (n > 0)
        qsort(digests, n, sizeof *digests, compare_digests);
    for (size_t i = 0; i < n; i++)
        count += i == 0 || compare_digests(digests[i - 1], digests[i]) != 0;
    return count;
}

static struct span count_values(struct correlating *c)
{
    struct ais_arena *arena = c->engine->arena;
    unsigned char(*certain)[16] = ais_arena_alloc(arena, c->count * sizeof *certain + 1);
    unsigned char(*possible)[16] = ais_arena_alloc(arena, c->count * sizeof *possible + 1);
    size_t certain_count = 0, possible_count = 0, rule;
    bool beyond = c->gap;
    if (certain == NULL || possible == NULL) {
        c->engine->failed = true;
        return (struct span){ .unknown = true };
    }
    for (size_t i = 0; i < c->count; i++) {
        const struct ais_session_event *event = event_at(c, i, &rule);
        if (event == NULL)
            continue;
        beyond = beyond || event->beyond;
        if (event->beyond)
            continue;
        memcpy(possible[possible_count++], event->value.digest, sizeof *possible);
        if (!event->uncertain)
            memcpy(certain[certain_count++], event->value.digest, sizeof *certain);
    }
    int64_t low = count_different(certain, certain_count);
    return (struct span){ .low = low, .high = beyond ? INT64_MAX : count_different(possible, possible_count) };
}

/* ---- numbers ---- */

struct sum {
    struct span span;
    int64_t count;    /* of the numbers */
    bool all_certain; /* span.low is the sum of all there are */
};

static struct sum add_up(const struct correlating *c)
{
    struct sum sum = { .all_certain = !c->gap, .span = { .unknown = c->gap } };
    for (size_t i = 0; i < c->count; i++) {
        size_t rule;
        const struct ais_session_event *event = event_at(c, i, &rule);
        if (event == NULL)
            continue;
        int64_t number = event->beyond ? 0 : event->value.micros;
        sum.all_certain = sum.all_certain && !event->uncertain && !event->beyond;
        sum.span.unknown = sum.span.unknown || event->beyond;
        sum.count++;
        if ((!event->uncertain || number < 0) && __builtin_add_overflow(sum.span.low, number, &sum.span.low))
            sum.span.unknown = true;
        if ((!event->uncertain || number > 0) && __builtin_add_overflow(sum.span.high, number, &sum.span.high))
            sum.span.unknown = true;
    }
    return sum;
}

/* ---- conditions ---- */

static bool holds(enum ais_bound_op op, int64_t value, int64_t bound)
{
    switch (op) {
    case AIS_BOUND_GT: return value > bound;
    case AIS_BOUND_GTE: return value >= bound;
    case AIS_BOUND_LT: return value < bound;
    case AIS_BOUND_LTE: return value <= bound;
    default: return value == bound;
    }
}

static enum ais_truth compare(enum ais_bound_op op, const struct span *span, int64_t bound)
{
    if (span->unknown)
        return AIS_UNKNOWN;
    bool low = holds(op, span->low, bound), high = holds(op, span->high, bound);
    if (op == AIS_BOUND_EQ && span->low != span->high)
        return bound >= span->low && bound <= span->high ? AIS_UNKNOWN : AIS_FALSE;
    return low && high ? AIS_TRUE : low || high ? AIS_UNKNOWN : AIS_FALSE;
}

/* An average is compared without dividing: the sum with so many times the bound. */
static enum ais_truth compare_average(enum ais_bound_op op, const struct sum *sum, int64_t bound)
{
    struct span span = sum->span;
    int64_t total;
    if (sum->count == 0 && sum->all_certain)
        return AIS_FALSE;
    span.unknown = span.unknown || !sum->all_certain || __builtin_mul_overflow(bound, sum->count, &total);
    return span.unknown ? AIS_UNKNOWN : compare(op, &span, total);
}

/* A sum of nothing is no sum. */
static enum ais_truth check_numbers(const struct correlating *c)
{
    const struct sum sum = add_up(c);
    enum ais_truth truth = sum.count == 0 && !c->gap ? AIS_FALSE : AIS_TRUE;
    for (size_t i = 0; i < c->correlation->bound_count; i++) {
        const struct ais_bound *bound = &c->correlation->bounds[i];
        truth =
            ais_truth_and(truth, c->correlation->type == AIS_VALUE_AVG ? compare_average(bound->op, &sum, bound->value)
                                                                       : compare(bound->op, &sum.span, bound->value));
    }
    return truth;
}

static enum ais_truth check_span(const struct correlating *c, struct span span)
{
    enum ais_truth truth = AIS_TRUE;
    for (size_t i = 0; i < c->correlation->bound_count; i++)
        truth = ais_truth_and(truth, compare(c->correlation->bounds[i].op, &span, c->correlation->bounds[i].value));
    return truth;
}

static enum ais_truth check(struct correlating *c)
{
    switch (c->correlation->type) {
    case AIS_EVENT_COUNT: return check_span(c, count_calls(c));
    case AIS_VALUE_COUNT: return check_span(c, count_values(c));
    case AIS_TEMPORAL: return check_span(c, count_rules(c));
    case AIS_TEMPORAL_ORDERED: return check_span(c, count_in_order(c));
    default: return check_numbers(c);
    }
}

/* The session's events of the timespan, and whether these are all. */
static void look_back(struct correlating *c)
{
    const struct ais_question *question = c->engine->question;
    const struct ais_session *session = question->session;
    int64_t from_ns;
    if (__builtin_sub_overflow(question->received_ns, c->correlation->timespan_ns, &from_ns))
        from_ns = INT64_MIN;
    size_t skip = 0;
    while (session != NULL && skip < session->event_count && session->events[skip].time_ns < from_ns)
        skip++;
    if (session != NULL) {
        c->past = skip > 0 ? session->events + skip : session->events;
        c->past_count = session->event_count - skip;
        c->gap = session->known_since_ns > from_ns;
        c->why = c->gap ? session->gap : NULL;
    }
    c->count = c->past_count + c->engine->event_count;
}

enum ais_truth ais_correlate(struct ais_engine *engine, const struct ais_correlation *correlation, const char **ret_why)
{
    struct correlating c = { .engine = engine, .correlation = correlation };
    const struct ais_session *session = engine->question->session;
    if (session != NULL && session->deferred) {
        engine->wants_session = true;
        *ret_why = "it was not looked up";
        return AIS_UNKNOWN;
    }
    look_back(&c);
    enum ais_truth truth = check(&c);
    *ret_why = c.why != NULL ? c.why : "a call or a value that it counts was not understood";
    return truth;
}
