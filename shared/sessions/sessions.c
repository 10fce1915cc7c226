#include "shared/sessions/sessions.h"

#include "shared/sessions/session.h"
#include "shared/sys/clock.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = AIS_SESSIONS_MOST }; /* a power of two */

struct ais_sessions {
    struct ais_kept_session **buckets;        /* owned, and all sessions */
    struct ais_kept_session *newest, *oldest; /* by use */
    size_t count, bytes;
    struct ais_session_needs needs;
    uint64_t epoch, generation;
    int64_t complete_since_ns;         /* a session that is not here has no events since then */
    struct ais_session_event *scratch; /* owned; a session's events without those of one call */
    size_t scratch_room;
};

struct ais_session_group ais_session_group_of(struct ais_span session, struct ais_span key)
{
    const unsigned char kind = session.size > 0 ? 's' : 'k';
    const struct ais_span id = session.size > 0 ? session : key;
    struct ais_session_group group;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof group.bytes);
    crypto_generichash_update(&state, &kind, 1);
    crypto_generichash_update(&state, (const unsigned char *)id.data, id.size);
    crypto_generichash_final(&state, group.bytes, sizeof group.bytes);
    return group;
}

/* The second half of a UUID of version 7 is random. */
uint64_t ais_session_call_of(const struct ais_id *decision_id)
{
    uint64_t call;
    memcpy(&call, decision_id->bytes + sizeof call, sizeof call);
    return call != 0 ? call : 1;
}

/* ---- the table ---- */

static struct ais_kept_session **bucket_of(const struct ais_sessions *sessions, const struct ais_session_group *group)
{
    uint64_t hash;
    memcpy(&hash, group->bytes, sizeof hash);
    return &sessions->buckets[hash & (BUCKETS - 1)];
}

static struct ais_kept_session *find(const struct ais_sessions *sessions, const struct ais_session_group *group)
{
    if (sessions->buckets == NULL)
        return NULL;
    struct ais_kept_session *session = *bucket_of(sessions, group);
    while (session != NULL && memcmp(&session->group, group, sizeof *group) != 0)
        session = session->same_hash;
    return session;
}

static void unlink_use(struct ais_sessions *sessions, struct ais_kept_session *session)
{
    *(session->newer != NULL ? &session->newer->older : &sessions->newest) = session->older;
    *(session->older != NULL ? &session->older->newer : &sessions->oldest) = session->newer;
}

static void link_use(struct ais_sessions *sessions, struct ais_kept_session *session)
{
    session->newer = NULL;
    session->older = sessions->newest;
    *(session->older != NULL ? &session->older->newer : &sessions->oldest) = session;
    sessions->newest = session;
}

static void touch(struct ais_sessions *sessions, struct ais_kept_session *session)
{
    unlink_use(sessions, session);
    link_use(sessions, session);
}

static void drop(struct ais_sessions *sessions, struct ais_kept_session *session)
{
    struct ais_kept_session **link = bucket_of(sessions, &session->group);
    while (*link != session)
        link = &(*link)->same_hash;
    *link = session->same_hash;
    unlink_use(sessions, session);
    sessions->count--;
    sessions->bytes -= ais_kept_session_bytes(session);
    ais_kept_session_free(&session);
}

static void drop_all(struct ais_sessions *sessions)
{
    while (sessions->oldest != NULL)
        drop(sessions, sessions->oldest);
}

static void start_anew(struct ais_sessions *sessions)
{
    drop_all(sessions);
    sessions->complete_since_ns = INT64_MAX;
    sessions->generation++;
}

struct ais_sessions *ais_sessions_new(void)
{
    struct ais_sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions != NULL)
        start_anew(sessions);
    return sessions;
}

void ais_sessions_destroy(struct ais_sessions **sessions)
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
static void evict(struct ais_sessions *sessions, struct ais_kept_session *session)
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

static void keep_bounds(struct ais_sessions *sessions)
{
    while (sessions->count > AIS_SESSIONS_MOST || (sessions->bytes > AIS_SESSIONS_BYTES_MOST && sessions->count > 1))
        evict(sessions, sessions->oldest);
}

static bool insert(struct ais_sessions *sessions, struct ais_kept_session *session)
{
    if (sessions->buckets == NULL)
        sessions->buckets = calloc(BUCKETS, sizeof(struct ais_kept_session *));
    if (sessions->buckets == NULL)
        return false;
    struct ais_kept_session **bucket = bucket_of(sessions, &session->group);
    session->same_hash = *bucket;
    *bucket = session;
    link_use(sessions, session);
    sessions->count++;
    sessions->bytes += ais_kept_session_bytes(session);
    return true;
}

/* ---- what is kept ---- */

void ais_sessions_need(struct ais_sessions *sessions, const struct ais_session_needs *needs)
{
    const struct ais_session_needs *had = &sessions->needs;
    if ((needs->facts && !had->facts) || (needs->events && !had->events) || needs->timespan_ns > had->timespan_ns)
        start_anew(sessions);
    sessions->needs = *needs;
}

const struct ais_session_needs *ais_sessions_needs(const struct ais_sessions *sessions)
{
    return &sessions->needs;
}

/* Of the same gateway: a gateway counts its epochs from the nanosecond in which it began. A call that was handed out in
 * an earlier one, and is looked at only now, does not bring that back: two of them would take turns, each forgetting
 * what the other learns. */
static bool is_earlier(uint64_t epoch, uint64_t than)
{
    enum { OF_ONE_GATEWAY = 1 << 20 };
    return epoch < than && than - epoch < OF_ONE_GATEWAY;
}

static void enter_epoch(struct ais_sessions *sessions, uint64_t epoch, int64_t received_ns)
{
    if (sessions->epoch != epoch && !is_earlier(epoch, sessions->epoch)) {
        start_anew(sessions);
        sessions->epoch = epoch;
    }
    /* What was decided before is in the log only. */
    if (sessions->complete_since_ns == INT64_MAX)
        sessions->complete_since_ns = received_ns + AIS_SESSION_SLACK_S * AIS_NS_PER_S;
}

/* ---- looking ---- */

/* Nothing is known of it, and nothing is to be known: it did nothing that counts. */
static bool is_surely_new(const struct ais_sessions *sessions, int64_t received_ns)
{
    return !sessions->needs.facts && received_ns - sessions->needs.timespan_ns >= sessions->complete_since_ns;
}

/* The session's events without those of one call. False: memory is out. */
static bool leave_out(struct ais_sessions *sessions, const struct ais_kept_session *session, uint64_t call,
                      struct ais_session *ret)
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

bool ais_sessions_find(struct ais_sessions *sessions, const struct ais_session_group *group, uint64_t epoch,
                       int64_t received_ns, uint64_t call, struct ais_session *ret)
{
    enter_epoch(sessions, epoch, received_ns);
    struct ais_kept_session *session = find(sessions, group);
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
    return !ais_kept_session_is_recent(session, call) || leave_out(sessions, session, call, ret);
}

/* ---- growing ---- */

static bool add_events(struct ais_kept_session *session, const struct ais_session_call *call)
{
    for (size_t i = 0; i < call->event_count; i++) {
        struct ais_session_event event = call->events[i].event;
        event.time_ns -= event.time_ns % 1000; /* as the log tells it */
        event.call = call->id;
        event.allowed = call->allowed;
        if (!ais_kept_session_insert(session, &event))
            return false;
    }
    return true;
}

/* A session in memory that is not complete would look as if calls had not been made. */
static bool forget(struct ais_sessions *sessions, struct ais_kept_session *session)
{
    evict(sessions, session);
    sessions->complete_since_ns = INT64_MAX - 1; /* of whatever is not here */
    return false;
}

bool ais_sessions_add(struct ais_sessions *sessions, const struct ais_session_group *group,
                      const struct ais_session_call *call)
{
    struct ais_kept_session *session = find(sessions, group);
    if (session == NULL) {
        session = ais_kept_session_new(group);
        if (session == NULL || !insert(sessions, session)) {
            ais_kept_session_free(&session);
            sessions->complete_since_ns = INT64_MAX - 1;
            return false;
        }
    }
    if (ais_kept_session_is_recent(session, call->id))
        return true;
    sessions->bytes -= ais_kept_session_bytes(session);
    bool added = add_events(session, call);
    ais_kept_session_note_call(session, call->id);
    session->calls++;
    if (sessions->needs.facts)
        ais_kept_session_tool(session, call->tool);
    ais_kept_session_prune(session,
                           call->received_ns - sessions->needs.timespan_ns - AIS_SESSION_SLACK_S * AIS_NS_PER_S);
    sessions->bytes += ais_kept_session_bytes(session);
    if (!added)
        return forget(sessions, session);
    keep_bounds(sessions);
    return true;
}

uint64_t ais_sessions_generation(const struct ais_sessions *sessions)
{
    return sessions->generation;
}

void ais_sessions_learn(struct ais_sessions *sessions, uint64_t generation, struct ais_kept_session **session)
{
    struct ais_kept_session *known = find(sessions, &(*session)->group);
    if (known != NULL && generation == sessions->generation)
        drop(sessions, known);
    if (generation == sessions->generation && insert(sessions, *session))
        *session = NULL;
    ais_kept_session_free(session);
    keep_bounds(sessions);
}

void ais_sessions_forget(struct ais_sessions *sessions, const struct ais_session_group *group)
{
    struct ais_kept_session *session = find(sessions, group);
    if (session != NULL)
        evict(sessions, session);
}

size_t ais_sessions_count(const struct ais_sessions *sessions)
{
    return sessions->count;
}

size_t ais_sessions_bytes(const struct ais_sessions *sessions)
{
    return sessions->bytes;
}
