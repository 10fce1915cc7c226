/* One session, and how it grows: for sessions.c and session.c only. */
#ifndef AIS_SHARED_SESSION_H
#define AIS_SHARED_SESSION_H

#include "shared/sessions/sessions.h"

enum { AIS_SESSION_RECENT = 16 }; /* calls whose ids are remembered */

struct ais_kept_session {
    struct ais_session_group group;
    struct ais_kept_session *same_hash;     /* within the table */
    struct ais_kept_session *newer, *older; /* by use */
    struct ais_session_event *events;       /* owned; in the order of time */
    size_t event_count, event_room;
    struct ais_session_tool *tools; /* owned */
    char **names;                   /* owned, as they are; of tools */
    size_t tool_count, tool_bytes;
    uint64_t calls;
    const char *unknown; /* why calls or tools are not known */
    int64_t known_since_ns;
    const char *gap;
    uint64_t recent[AIS_SESSION_RECENT]; /* ids of calls, in a ring; 0: none */
    size_t recent_at;
};

/* What it takes. */
size_t ais_kept_session_bytes(const struct ais_kept_session *session);

bool ais_kept_session_is_recent(const struct ais_kept_session *session, uint64_t call);
/* Events before a time are not needed any more. */
void ais_kept_session_prune(struct ais_kept_session *session, int64_t before_ns);

#endif
