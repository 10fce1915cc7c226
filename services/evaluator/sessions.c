#include "services/evaluator/sessions.h"

#include "services/evaluator/session.h"
#include "shared/sys/clock.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = SESSIONS_MOST }; /* a power of two */

struct sessions {
    struct session **buckets;        /* owned, and all sessions */
    struct session *newest, *oldest; /* by use */
    size_t count, bytes;
    struct ais_session_needs needs;
    uint64_t epoch, generation;
    int64_t complete_since_ns;         /* a session that is not here has no events since then */
    struct ais_session_event *scratch; /* owned; a session's events without those of one call */
    size_t scratch_room;
};

struct session_group session_group_of(struct ais_span session, struct ais_span key)
{
    const unsigned char kind = session.size > 0 ? 's' : 'k';
    const struct ais_span id = session.size > 0 ? session : key;
    struct session_group group;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof group.bytes);
    crypto_generichash_update(&state, &kind, 1);
    crypto_generichash_update(&state, (const unsigned char *)id.data, id.size);
    crypto_generichash_final(&state, group.bytes, sizeof group.bytes);
    return group;
}

/* The second half of a UUID of version 7 is random. */
uint64_t session_call_of(const struct ais_id *decision_id)
{
    uint64_t call;
    memcpy(&call, decision_id->bytes + sizeof call, sizeof call);
    return call != 0 ? call : 1;
}

/* ---- the table ---- */

static struct session **bucket_of(const struct sessions *sessions, const struct session_group *group)
{
    uint64_t hash;
    memcpy(&hash, group->bytes, sizeof hash);
    return &sessions->buckets[hash & (BUCKETS - 1)];
}

static struct session *find(const struct sessions *sessions, const struct session_group *group)
{
    if (sessions->buckets == NULL)
        return NULL;
    struct session *session = *bucket_of(sessions, group);
    while (session != NULL && memcmp(&session->group, group, sizeof *group) != 0)
        session = session->same_hash;
    return session;
}

static void unlink_use(struct sessions *sessions, struct session *session)
{
    *(session->newer != NULL ? &session->newer->older : &sessions->newest) = session->older;
    *(session->older != NULL ? &session->older->newer : &sessions->oldest) = session->newer;
}

static void link_use(struct sessions *sessions, struct session *session)
{
    session->newer = NULL;
    session->older = sessions->newest;
    *(session->older != NULL ? &session->older->newer : &sessions->oldest) = session;
    sessions->newest = session;
}

static void touch(struct sessions *sessions, struct session *session)
{
    unlink_use(sessions, session);
    link_use(sessions, session);
}

static void drop(struct sessions *sessions, struct session *session)
{
    struct session **link = bucket_of(sessions, &session->group);
    while (*link != session)
        link = &(*link)->same_hash;
    *link = session->same_hash;
    unlink_use(sessions, session);
    sessions->count--;
    sessions->bytes -= session_bytes(session);
    session_free(&session);
}

static void drop_all(struct sessions *sessions)
{
    while (sessions->oldest != NULL)
        drop(sessions, sessions->oldest);
}

static void start_anew(struct sessions *sessions)
{
    drop_all(sessions);
    sessions->complete_since_ns = INT64_MAX;
    sessions->generation++;
}

struct sessions *sessions_new(void)
{
    struct sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions != NULL)
        start_anew(sessions);
    return sessions;
}

void sessions_destroy(struct sessions **sessions)
{
    if (*sessions == NULL)
        return;
    drop_all(*sessions);
    free((*sessions)->buckets);
    free((*sessions)->scratch);
    free(*sessions);
    *sessions = NULL;
}

/* A session that is not here may have had events as late as the last of one that went. */
static void evict(struct sessions *sessions, struct session *session)
{
    if (session->event_count > 0) {
        int64_t last_ns = session->events[session->event_count - 1].time_ns;
        if (last_ns >= sessions->complete_since_ns)
            sessions->complete_since_ns = last_ns + 1;
    }
    if (session->known_since_ns > sessions->complete_since_ns)
        sessions->complete_since_ns = session->known_since_ns;
    drop(sessions, session);
}

static void keep_bounds(struct sessions *sessions)
{
    while (sessions->count > SESSIONS_MOST || (sessions->bytes > SESSIONS_BYTES_MOST && sessions->count > 1))
        evict(sessions, sessions->oldest);
}

static bool insert(struct sessions *sessions, struct session *session)
{
    if (sessions->buckets == NULL)
        sessions->buckets = calloc(BUCKETS, sizeof(struct session *));
    if (sessions->buckets == NULL)
        return false;
    struct session **bucket = bucket_of(sessions, &session->group);
    session->same_hash = *bucket;
    *bucket = session;
    link_use(sessions, session);
    sessions->count++;
    sessions->bytes += session_bytes(session);
    return true;
}

/* ---- what is kept ---- */

void sessions_need(struct sessions *sessions, const struct ais_session_needs *needs)
{
    const struct ais_session_needs *had = &sessions->needs;
    if ((needs->facts && !had->facts) || (needs->events && !had->events) || needs->timespan_ns > had->timespan_ns)
        start_anew(sessions);
    sessions->needs = *needs;
}

const struct ais_session_needs *sessions_needs(const struct sessions *sessions)
{
    return &sessions->needs;
}

static void enter_epoch(struct sessions *sessions, uint64_t epoch, int64_t received_ns)
{
    if (sessions->epoch != epoch)
        start_anew(sessions);
    sessions->epoch = epoch;
    /* What was decided before is in the log only. */
    if (sessions->complete_since_ns == INT64_MAX)
        sessions->complete_since_ns = received_ns + SESSION_SLACK_S * AIS_NS_PER_S;
}

/* ---- looking ---- */

/* Nothing is known of it, and nothing is to be known: it did nothing that counts. */
static bool is_surely_new(const struct sessions *sessions, int64_t received_ns)
{
    return !sessions->needs.facts && received_ns - sessions->needs.timespan_ns >= sessions->complete_since_ns;
}

/* The session's events without those of one call. False: memory is out. */
static bool leave_out(struct sessions *sessions, const struct session *session, uint64_t call, struct ais_session *ret)
{
    size_t n = 0;
    if (sessions->scratch_room < session->event_count) {
        free(sessions->scratch);
        sessions->scratch = calloc(session->event_count, sizeof *sessions->scratch);
        sessions->scratch_room = sessions->scratch != NULL ? session->event_count : 0;
    }
    if (session->event_count > 0 && sessions->scratch == NULL)
        return false;
    for (size_t i = 0; i < session->event_count; i++)
        if (session->events[i].call != call)
            sessions->scratch[n++] = session->events[i];
    ret->events = sessions->scratch;
    ret->event_count = n;
    ret->calls -= ret->calls > 0;
    return true;
}

bool sessions_find(struct sessions *sessions, const struct session_group *group, uint64_t epoch, int64_t received_ns,
                   uint64_t call, struct ais_session *ret)
{
    enter_epoch(sessions, epoch, received_ns);
    struct session *session = find(sessions, group);
    *ret = (struct ais_session){ .known_since_ns = INT64_MIN };
    if (session == NULL)
        return is_surely_new(sessions, received_ns);
    touch(sessions, session);
    *ret = (struct ais_session){
        .calls = session->calls,
        .tools = session->tools,
        .tool_count = session->tool_count,
        .unknown = session->unknown,
        .events = session->events,
        .event_count = session->event_count,
        .known_since_ns = session->known_since_ns,
        .gap = session->gap,
    };
    return !session_is_recent(session, call) || leave_out(sessions, session, call, ret);
}

/* ---- growing ---- */

static bool add_events(struct session *session, const struct session_call *call)
{
    for (size_t i = 0; i < call->event_count; i++) {
        struct ais_session_event event = call->events[i].event;
        event.time_ns -= event.time_ns % 1000; /* as the log tells it */
        event.call = call->id;
        event.allowed = call->allowed;
        if (!session_insert(session, &event))
            return false;
    }
    return true;
}

/* A session in memory that is not complete would look as if calls had not been made. */
static bool forget(struct sessions *sessions, struct session *session)
{
    evict(sessions, session);
    sessions->complete_since_ns = INT64_MAX - 1; /* of whatever is not here */
    return false;
}

bool sessions_add(struct sessions *sessions, const struct session_group *group, const struct session_call *call)
{
    struct session *session = find(sessions, group);
    if (session == NULL) {
        session = session_new(group);
        if (session == NULL || !insert(sessions, session)) {
            session_free(&session);
            sessions->complete_since_ns = INT64_MAX - 1;
            return false;
        }
    }
    if (session_is_recent(session, call->id))
        return true;
    sessions->bytes -= session_bytes(session);
    bool added = add_events(session, call);
    session_note_call(session, call->id);
    session->calls++;
    if (sessions->needs.facts)
        session_tool(session, call->tool);
    session_prune(session, call->received_ns - sessions->needs.timespan_ns - SESSION_SLACK_S * AIS_NS_PER_S);
    sessions->bytes += session_bytes(session);
    if (!added)
        return forget(sessions, session);
    keep_bounds(sessions);
    return true;
}

uint64_t sessions_generation(const struct sessions *sessions)
{
    return sessions->generation;
}

void sessions_learn(struct sessions *sessions, uint64_t generation, struct session **session)
{
    struct session *known = find(sessions, &(*session)->group);
    if (known != NULL && generation == sessions->generation)
        drop(sessions, known);
    if (generation == sessions->generation && insert(sessions, *session))
        *session = NULL;
    session_free(session);
    keep_bounds(sessions);
}

void sessions_forget(struct sessions *sessions, const struct session_group *group)
{
    struct session *session = find(sessions, group);
    if (session != NULL)
        evict(sessions, session);
}

size_t sessions_count(const struct sessions *sessions)
{
    return sessions->count;
}

size_t sessions_bytes(const struct sessions *sessions)
{
    return sessions->bytes;
}
