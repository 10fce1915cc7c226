#include "services/cli/replay_past.h"

#include <string.h>

enum { EPOCH = 1 };

enum ais_err replay_past_init(struct replay_past *past, const struct ais_policy *policy, struct ais_why *why)
{
    const struct ais_session_needs needs = ais_policy_session_needs(policy);
    if (!needs.facts && !needs.events)
        return AIS_OK;
    past->sessions = ais_sessions_new();
    if (past->sessions == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for sessions");
    ais_sessions_need(past->sessions, &needs);
    past->facts = needs.facts;
    past->timespan_ns = needs.events ? needs.timespan_ns : 0;
    return AIS_OK;
}

void replay_past_done(struct replay_past *past)
{
    ais_sessions_destroy(&past->sessions);
}

void replay_call_session(struct replay_call *call, const struct ais_mask *mask, const struct ais_json *session)
{
    static const size_t prefix_n = sizeof AIS_MASKED_PREFIX - 1;
    bool masked = session->length >= prefix_n && memcmp(session->text, AIS_MASKED_PREFIX, prefix_n) == 0;
    call->session = (struct ais_span){ session->text, session->length };
    if (mask == NULL || masked || memchr(session->text, '\0', session->length) != NULL)
        return;
    ais_mask_session(mask, session->text, session->length, call->masked);
    call->session = ais_span_of(call->masked);
}

/* A session that is met for the first time, with what its record says of the calls before. */
static struct ais_kept_session *first_met(const struct replay_past *past, const struct replay_call *call)
{
    static const char gone[] = "what it did before is not in the log";
    const struct ais_json *facts = ais_json_get(call->record, "session"), *tools = ais_json_get(facts, "tools");
    bool begun = call->begun && !past->full;
    uint64_t calls = 0;
    struct ais_kept_session *session = ais_kept_session_new(&past->group);
    if (session == NULL)
        return NULL;
    bool told = !begun && ais_json_get_u64(facts, "calls", &calls);
    for (const struct ais_json *tool = told && tools != NULL ? tools->first : NULL; tool != NULL; tool = tool->next)
        if (tool->text != NULL)
            ais_kept_session_told_tool(session, (struct ais_span){ tool->text, tool->length });
    ais_kept_session_facts(session, calls, begun || told ? NULL : gone);
    ais_kept_session_known_since(session, begun ? INT64_MIN : call->received_ns, begun ? NULL : gone);
    return session;
}

enum ais_err replay_past_find(struct replay_past *past, const struct replay_call *call, const struct ais_session **ret,
                              bool *ret_known, struct ais_why *why)
{
    struct ais_session *session = &past->session;
    *ret = NULL;
    *ret_known = true;
    if (past->sessions == NULL)
        return AIS_OK;
    past->group = ais_session_group_of(call->session, call->key);
    if (!ais_sessions_find(past->sessions, &past->group, EPOCH, call->received_ns, call->id, session)) {
        struct ais_kept_session *met = first_met(past, call);
        if (met == NULL)
            return ais_fail(why, AIS_E_NOMEM, "no memory for sessions");
        ais_sessions_learn(past->sessions, ais_sessions_generation(past->sessions), &met);
        if (!ais_sessions_find(past->sessions, &past->group, EPOCH, call->received_ns, call->id, session))
            return ais_fail(why, AIS_E_NOMEM, "no memory for sessions");
    }
    past->full = past->full || ais_sessions_count(past->sessions) >= AIS_SESSIONS_MOST ||
                 ais_sessions_bytes(past->sessions) >= AIS_SESSIONS_BYTES_MOST / 2;
    past->facts_known = !past->facts || session->unknown == NULL;
    *ret_known = past->facts_known &&
                 (past->timespan_ns == 0 || session->known_since_ns <= call->received_ns - past->timespan_ns);
    *ret = session;
    return AIS_OK;
}

/* From a call on that could not be decided, nobody knows what correlations would have counted. */
static void lose(struct replay_past *past, const struct replay_call *call)
{
    static const char undecided[] = "a call before it cannot be decided again";
    struct ais_kept_session *session = ais_kept_session_new(&past->group);
    if (session == NULL) {
        past->full = true;
        ais_sessions_forget(past->sessions, &past->group);
        return;
    }
    for (size_t i = 0; i < past->session.tool_count; i++)
        ais_kept_session_tool(session, (struct ais_span){ past->session.tools[i].data, past->session.tools[i].size });
    const struct ais_json *tool = ais_json_get(call->record, "tool");
    if (tool != NULL && tool->text != NULL)
        ais_kept_session_told_tool(session, (struct ais_span){ tool->text, tool->length });
    ais_kept_session_note_call(session, call->id);
    ais_kept_session_facts(session, past->session.calls + 1, past->session.unknown);
    ais_kept_session_known_since(session, call->received_ns + 1, undecided);
    ais_sessions_learn(past->sessions, ais_sessions_generation(past->sessions), &session);
}

void replay_past_add(struct replay_past *past, const struct replay_call *call, const struct ais_decision *decision)
{
    const struct ais_json *tool = ais_json_get(call->record, "tool");
    if (past->sessions == NULL)
        return;
    if (decision == NULL) {
        lose(past, call);
        return;
    }
    const struct ais_session_call made = {
        .id = call->id,
        .received_ns = call->received_ns,
        .tool = tool != NULL && tool->text != NULL ? (struct ais_span){tool->text, tool->length}
                                                   : (struct ais_span){ "",        0           },
        .allowed = decision->allowed,
        .events = decision->events,
        .event_count = decision->event_count,
    };
    if (!ais_sessions_add(past->sessions, &past->group, &made))
        past->full = true;
}
