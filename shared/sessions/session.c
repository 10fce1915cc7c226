#include "shared/sessions/session.h"

#include "shared/audit/record.h"

#include <stdlib.h>
#include <string.h>

static const char too_many[] = "it made more calls that count than are kept";

struct ais_kept_session *ais_kept_session_new(const struct ais_session_group *group)
{
    struct ais_kept_session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return NULL;
    session->group = *group;
    session->known_since_ns = INT64_MIN;
    return session;
}

void ais_kept_session_free(struct ais_kept_session **session)
{
    struct ais_kept_session *self = *session;
    *session = NULL;
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->tool_count; i++)
        free(self->names[i]);
    free(self->names);
    free(self->tools);
    free(self->events);
    free(self);
}

size_t ais_kept_session_bytes(const struct ais_kept_session *session)
{
    return sizeof *session + session->event_room * sizeof *session->events +
           session->tool_count * (sizeof *session->tools + sizeof(char *)) + session->tool_bytes;
}

/* ---- calls ---- */

bool ais_kept_session_is_recent(const struct ais_kept_session *session, uint64_t call)
{
    for (size_t i = 0; i < AIS_SESSION_RECENT; i++)
        if (session->recent[i] == call)
            return true;
    return false;
}

void ais_kept_session_note_call(struct ais_kept_session *session, uint64_t call)
{
    session->recent[session->recent_at++ % AIS_SESSION_RECENT] = call;
}

void ais_kept_session_facts(struct ais_kept_session *session, uint64_t calls, const char *unknown)
{
    session->calls = calls;
    if (unknown != NULL)
        session->unknown = unknown;
}

/* ---- tools ---- */

static bool has_tool(const struct ais_kept_session *session, struct ais_span tool)
{
    for (size_t i = 0; i < session->tool_count; i++)
        if (session->tools[i].size == tool.size && memcmp(session->tools[i].data, tool.data, tool.size) == 0)
            return true;
    return false;
}

void ais_kept_session_tool(struct ais_kept_session *session, struct ais_span tool)
{
    if (tool.size == 0 || has_tool(session, tool))
        return;
    if (session->tool_count == AIS_SESSION_TOOLS_MOST ||
        session->tool_bytes + tool.size > AIS_SESSION_TOOL_BYTES_MOST) {
        session->unknown = "it used more tools than are kept";
        return;
    }
    struct ais_session_tool *tools = reallocarray(session->tools, session->tool_count + 1, sizeof *tools);
    session->tools = tools != NULL ? tools : session->tools;
    char **names = reallocarray(session->names, session->tool_count + 1, sizeof *names);
    session->names = names != NULL ? names : session->names;
    char *name = malloc(tool.size);
    if (tools == NULL || names == NULL || name == NULL) {
        free(name);
        session->unknown = "memory ran out";
        return;
    }
    memcpy(name, tool.data, tool.size);
    names[session->tool_count] = name;
    tools[session->tool_count++] = (struct ais_session_tool){ name, tool.size };
    session->tool_bytes += tool.size;
}

void ais_kept_session_told_tool(struct ais_kept_session *session, struct ais_span tool)
{
    if (memmem(tool.data, tool.size, AIS_MASKED_PREFIX, strlen(AIS_MASKED_PREFIX)) != NULL)
        session->unknown = "a tool that it used is masked in the audit log";
    else
        ais_kept_session_tool(session, tool);
}

/* ---- events ---- */

static bool make_room(struct ais_kept_session *session)
{
    if (session->event_count < session->event_room)
        return true;
    size_t room = session->event_room > 0 ? 2 * session->event_room : 8;
    struct ais_session_event *grown = reallocarray(session->events, room, sizeof *grown);
    if (grown == NULL)
        return false;
    session->events = grown;
    session->event_room = room;
    return true;
}

static void drop_first(struct ais_kept_session *session, size_t n)
{
    session->event_count -= n;
    memmove(session->events, session->events + n, session->event_count * sizeof *session->events);
}

void ais_kept_session_known_since(struct ais_kept_session *session, int64_t since_ns, const char *gap)
{
    if (since_ns <= session->known_since_ns)
        return;
    session->known_since_ns = since_ns;
    session->gap = gap;
}

/* A quarter at once, so that a session which is always full does not move its events for each. */
static void drop_oldest(struct ais_kept_session *session)
{
    size_t n = session->event_count / 4;
    ais_kept_session_known_since(session, session->events[n - 1].time_ns + 1, too_many);
    drop_first(session, n);
}

bool ais_kept_session_insert(struct ais_kept_session *session, const struct ais_session_event *event)
{
    if (session->event_count == AIS_SESSION_EVENTS_MOST)
        drop_oldest(session);
    if (!make_room(session))
        return false;
    size_t at = session->event_count;
    while (at > 0 && session->events[at - 1].time_ns > event->time_ns)
        at--;
    memmove(&session->events[at + 1], &session->events[at], (session->event_count - at) * sizeof *event);
    session->events[at] = *event;
    session->event_count++;
    return true;
}

void ais_kept_session_prune(struct ais_kept_session *session, int64_t before_ns)
{
    size_t n = 0;
    while (n < session->event_count && session->events[n].time_ns < before_ns)
        n++;
    if (n == 0)
        return;
    drop_first(session, n);
    ais_kept_session_known_since(session, before_ns, "it was longer ago than any timespan");
}
