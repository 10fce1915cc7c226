/* What the sessions of one evaluator did: as much of the audit log as correlations and the facts of sessions need, in
 * memory. The log is what holds; what is not here can be learnt from it again, so whatever is forgotten is forgotten as
 * a whole, and never looks as if it had not been.
 *
 * A session is known by its group: the id that the request gives, else the API key. It is this evaluator's as long as
 * the gateway knows the same evaluators (its epoch); afterwards all is forgotten, as another may have been asked
 * meanwhile. A call that is not answered yet has not happened: neither order nor outcome of calls that are on their way
 * at the same time is promised.
 *
 * Bounded: sessions, events of one, tools of one, bytes of all. What was used least recently goes first; of a session
 * with too many events the oldest, and what was before is then not known. One thread. */
#ifndef AIS_SHARED_SESSIONS_H
#define AIS_SHARED_SESSIONS_H

#include "shared/policy/policy.h"
#include "shared/wire/messages.h"

enum {
    AIS_SESSIONS_MOST = 65536,
    AIS_SESSION_EVENTS_MOST = 4096,
    AIS_SESSION_TOOLS_MOST = 256,
    AIS_SESSION_TOOL_BYTES_MOST = 16384, /* of the names of one session's tools */
    AIS_SESSIONS_BYTES_MOST = 64 << 20,  /* of all sessions */
    AIS_SESSION_SLACK_S = 60,            /* calls may come out of order, by no more than this */
};

struct ais_session_group {
    unsigned char bytes[16];
};

/* The group of a call: of its session's id, or where that is empty of the key's. */
struct ais_session_group ais_session_group_of(struct ais_span session, struct ais_span key);

/* A call: decisions that were made twice (another attempt) are one. */
uint64_t ais_session_call_of(const struct ais_id *decision_id);

struct ais_sessions;

/* NULL when memory is out. */
struct ais_sessions *ais_sessions_new(void);
void ais_sessions_destroy(struct ais_sessions **sessions);

/* What is to be kept from now on. When it was less before, all is forgotten. */
void ais_sessions_need(struct ais_sessions *sessions, const struct ais_session_needs *needs);
const struct ais_session_needs *ais_sessions_needs(const struct ais_sessions *sessions);

/* Changes whenever all is forgotten: what was asked for before is not to be learnt after. Never 0. */
uint64_t ais_sessions_generation(const struct ais_sessions *sessions);

/* What a group did before a call that came at received_ns (wall clock), that call left out. False: it has to be learnt.
 * A call of an earlier epoch of the same gateway is one of the present epoch.
 * What *ret points to lives until the next call of any function here. */
bool ais_sessions_find(struct ais_sessions *sessions, const struct ais_session_group *group, uint64_t epoch,
                       int64_t received_ns, uint64_t call, struct ais_session *ret);

/* Adds a call that was decided: once, however often it is added. False: memory is out, and the group is forgotten. */
struct ais_session_call {
    uint64_t id;
    int64_t received_ns;
    struct ais_span tool;
    bool allowed;
    const struct ais_call_event *events;
    size_t event_count;
};
bool ais_sessions_add(struct ais_sessions *sessions, const struct ais_session_group *group,
                      const struct ais_session_call *call);

/* ---- learning ---- */

/* A session that is put together, oldest call first; then given to ais_sessions_learn, or freed. NULL: memory is
 * out. */
struct ais_kept_session;
struct ais_kept_session *ais_kept_session_new(const struct ais_session_group *group);
void ais_kept_session_free(struct ais_kept_session **session);

/* The id of the next call, and one of its events. False: memory is out. */
void ais_kept_session_note_call(struct ais_kept_session *session, uint64_t call);
bool ais_kept_session_insert(struct ais_kept_session *session, const struct ais_session_event *event);

/* The tool of a call. */
void ais_kept_session_tool(struct ais_kept_session *session, struct ais_span tool);

/* The tool of a call as a record tells it. One that was masked is none that a rule could look for: which tools there
 * were is then not known. */
void ais_kept_session_told_tool(struct ais_kept_session *session, struct ais_span tool);

/* How many calls there were, why that or its tools are not known (a literal; NULL: they are), and since when its events
 * are (INT64_MIN: always), and why not before. */
void ais_kept_session_facts(struct ais_kept_session *session, uint64_t calls, const char *unknown);
void ais_kept_session_known_since(struct ais_kept_session *session, int64_t since_ns, const char *gap);

/* Takes it over (and nulls the caller's pointer), unless it was asked for in another generation. */
void ais_sessions_learn(struct ais_sessions *sessions, uint64_t generation, struct ais_kept_session **session);

/* Forgets a group, so that it is learnt again. */
void ais_sessions_forget(struct ais_sessions *sessions, const struct ais_session_group *group);

/* For tests and metrics. */
size_t ais_sessions_count(const struct ais_sessions *sessions);
size_t ais_sessions_bytes(const struct ais_sessions *sessions);

#endif
