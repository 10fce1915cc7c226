#include "services/evaluator/past.h"

#include "shared/audit/history.h"
#include "shared/json/json.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"
#include "shared/wire/args.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const struct ais_json_limits limits = { .depth = 16 };
static const char gone[] = "it was before what the audit log still holds", damaged[] = "the audit log is damaged";

static bool add(struct ais_buf *args, const char *name, struct ais_span value)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    ais_buf_add(&text, value.data, value.size);
    ais_buf_byte(&text, '\0');
    if (text.failed || memchr(value.data, '\0', value.size) != NULL)
        return false;
    ais_args_add(args, name, text.data);
    return !args->failed;
}

bool past_ask(struct ais_buf *args, const struct past_of *of, const struct ais_session_needs *needs)
{
    char since[AIS_RFC3339_SIZE];
    int64_t since_ns = of->received_ns - needs->timespan_ns - AIS_SESSION_SLACK_S * AIS_NS_PER_S;
    ais_clock_rfc3339(since_ns > 0 ? since_ns : 0, since);
    if (!(of->session.size > 0 ? add(args, "session", of->session) : add(args, "key", of->key)))
        return false;
    if (of->session.size > 0 && of->masked[0] != '\0')
        ais_args_add(args, "masked", of->masked);
    ais_args_add(args, "since", since);
    if (needs->facts)
        ais_args_add(args, "facts", "1");
    return !args->failed;
}

/* ---- one call ---- */

static bool read_bool(const struct ais_json *node, const char *key, bool *ret)
{
    const struct ais_json *member = ais_json_get(node, key);
    if (member == NULL || member->kind != AIS_JSON_BOOL)
        return false;
    *ret = ais_json_is(member, "true");
    return true;
}

static bool read_i64(const struct ais_json *node, int64_t *ret)
{
    char *end;
    errno = 0;
    *ret = node->kind == AIS_JSON_NUMBER ? strtoll(node->text, &end, 10) : 0;
    return node->kind == AIS_JSON_NUMBER && errno == 0 && *end == '\0';
}

/* The decision's id as it is written: 32 hexadecimal digits, in groups. */
static bool read_call(const struct ais_json *call, uint64_t *ret)
{
    const struct ais_json *node = ais_json_get(call, "decision_id");
    struct ais_id id;
    size_t n = 0;
    if (node == NULL || node->text == NULL ||
        sodium_hex2bin(id.bytes, sizeof id.bytes, node->text, node->length, "-", &n, NULL) != 0 || n != sizeof id.bytes)
        return false;
    *ret = ais_session_call_of(&id);
    return true;
}

static bool read_time(const struct ais_json *call, int64_t *ret)
{
    const char *time = ais_json_get_text(call, "time");
    return time != NULL && ais_clock_parse(time, 0, ret) == 0;
}

static bool read_event(const struct ais_json *node, struct ais_session_event *ret)
{
    const char *rule = ais_json_get_text(node, "rule"), *pack = ais_json_get_text(node, "rulepack");
    const char *field = ais_json_get_text(node, "field"), *value = ais_json_get_text(node, "value");
    const struct ais_json *micros = ais_json_get(node, "micros");
    enum ais_measure measure = AIS_MEASURE_CALL;
    size_t n = 0;
    if (rule == NULL || pack == NULL)
        return false;
    ret->beyond = ais_json_get(node, "beyond") != NULL;
    ret->uncertain = ais_json_get(node, "unknown") != NULL;
    if (micros != NULL) {
        measure = AIS_MEASURE_NUMBERS;
        if (!read_i64(micros, &ret->value.micros))
            return false;
    } else if (field != NULL) {
        measure = AIS_MEASURE_VALUES;
        if (!ret->beyond &&
            (value == NULL ||
             sodium_hex2bin(ret->value.digest, sizeof ret->value.digest, value, strlen(value), NULL, &n, NULL) != 0 ||
             n != sizeof ret->value.digest))
            return false;
    }
    ret->watch = ais_session_watch(pack, rule, field, measure);
    return true;
}

static bool read_events(struct ais_kept_session *session, const struct ais_json *call, uint64_t id, int64_t time_ns)
{
    const struct ais_json *events = ais_json_get(call, "correlated");
    bool allowed = false;
    (void)read_bool(call, "allowed", &allowed); /* missing: not */
    for (const struct ais_json *node = events != NULL ? events->first : NULL; node != NULL; node = node->next) {
        struct ais_session_event event = { .time_ns = time_ns, .call = id, .allowed = allowed };
        if (!read_event(node, &event) || !ais_kept_session_insert(session, &event))
            return false;
    }
    return true;
}

/* What it says of the calls before it. */
static uint64_t read_facts(struct ais_kept_session *session, const struct ais_json *call)
{
    const struct ais_json *facts = ais_json_get(call, "session");
    const struct ais_json *tools = facts != NULL ? ais_json_get(facts, "tools") : NULL;
    uint64_t calls = 0;
    if (facts != NULL)
        (void)ais_json_get_u64(facts, "calls", &calls);
    for (const struct ais_json *tool = tools != NULL ? tools->first : NULL; tool != NULL; tool = tool->next)
        if (tool->text != NULL)
            ais_kept_session_told_tool(session, (struct ais_span){ tool->text, tool->length });
    return calls;
}

/* ---- the whole ---- */

/* Calls come newest first; a session is made oldest first. */
static const struct ais_json **oldest_first(struct ais_arena *arena, const struct ais_json *calls)
{
    const struct ais_json **list = ais_arena_alloc(arena, (calls->count + 1) * sizeof(const struct ais_json *));
    size_t i = calls->count;
    for (const struct ais_json *call = calls->first; list != NULL && call != NULL; call = call->next)
        list[--i] = call;
    return list;
}

/* With facts, each call tells what was before it; without, from the first that is told on. */
static bool read_calls(struct ais_kept_session *session, const struct ais_json **calls, size_t n, bool facts,
                       bool complete)
{
    uint64_t count = 0;
    bool known = complete;
    for (size_t i = 0; i < n; i++) {
        const struct ais_json *tool = ais_json_get(calls[i], "tool");
        uint64_t id;
        int64_t time_ns;
        if (!read_call(calls[i], &id) || !read_time(calls[i], &time_ns) || !read_events(session, calls[i], id, time_ns))
            return false;
        ais_kept_session_note_call(session, id);
        if (facts && ais_json_get(calls[i], "session") != NULL) {
            count = read_facts(session, calls[i]);
            known = true;
        }
        count++;
        if (facts && tool != NULL && tool->text != NULL)
            ais_kept_session_told_tool(session, (struct ais_span){ tool->text, tool->length });
    }
    ais_kept_session_facts(session, count, facts && !known ? gone : NULL);
    return true;
}

static bool read_answer(struct ais_arena *arena, struct ais_kept_session *session, const struct ais_json *answer,
                        bool facts)
{
    const struct ais_json *calls = ais_json_get(answer, "calls"), *since = ais_json_get(answer, "known_since");
    bool is_damaged = false;
    int64_t since_ns = INT64_MIN;
    if (calls == NULL || calls->kind != AIS_JSON_ARRAY || since == NULL || !read_bool(answer, "damaged", &is_damaged))
        return false;
    if (since->kind == AIS_JSON_STRING && ais_clock_parse(since->text, 0, &since_ns) != 0)
        since_ns = INT64_MAX;
    const struct ais_json **list = oldest_first(arena, calls);
    if (list == NULL || !read_calls(session, list, calls->count, facts, since_ns == INT64_MIN && !is_damaged))
        return false;
    if (is_damaged)
        ais_kept_session_known_since(session, INT64_MAX, damaged);
    else if (since_ns != INT64_MIN)
        ais_kept_session_known_since(session, since_ns, gone);
    return true;
}

struct ais_kept_session *past_read(struct ais_arena *arena, const struct ais_session_group *group,
                                   const struct ais_session_needs *needs, const char *body, size_t n,
                                   struct ais_why *why)
{
    const struct ais_json *answer = NULL;
    struct ais_kept_session *session = ais_kept_session_new(group);
    ais_arena_reset(arena);
    enum ais_err err = session != NULL ? ais_json_read(arena, body, n, &limits, &answer, why)
                                       : ais_fail(why, AIS_E_NOMEM, "out of memory for a session");
    if (err == AIS_OK && !read_answer(arena, session, answer, needs->facts))
        ais_fail(why, err = AIS_E_MALFORMED, "the auditor tells nothing that makes a session");
    if (err != AIS_OK)
        ais_kept_session_free(&session);
    return session;
}

struct ais_kept_session *past_unknown(const struct ais_session_group *group, const char *reason)
{
    struct ais_kept_session *session = ais_kept_session_new(group);
    if (session == NULL)
        return NULL;
    ais_kept_session_facts(session, 0, reason);
    ais_kept_session_known_since(session, INT64_MAX, reason);
    return session;
}
