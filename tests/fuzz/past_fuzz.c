/* What the auditor's reader tells of a session: it makes a session, or a reason why it makes none. */
#include "services/evaluator/past.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ais_session_group group = { .bytes = { 1 } };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(64 << 20);
    AUTO(ais_sessions_destroy) struct ais_sessions *sessions = ais_sessions_new();
    for (int facts = 0; facts < 2; facts++) {
        const struct ais_session_needs needs = { .facts = facts != 0, .events = true, .timespan_ns = 1000000000 };
        struct ais_session past;
        struct ais_why why = { 0 };
        ais_sessions_need(sessions, &needs);
        if (ais_sessions_find(sessions, &group, 1, 0, 1, &past))
            abort();
        struct ais_kept_session *session = past_read(arena, &group, &needs, (const char *)data, size, &why);
        if (session == NULL && why.text[0] == '\0')
            abort();
        if (session == NULL)
            continue;
        ais_sessions_learn(sessions, ais_sessions_generation(sessions), &session);
        if (!ais_sessions_find(sessions, &group, 1, 0, 1, &past) ||
            (past.known_since_ns > INT64_MIN && past.gap == NULL))
            abort();
        for (size_t i = 1; i < past.event_count; i++)
            if (past.events[i - 1].time_ns > past.events[i].time_ns)
                abort();
        ais_sessions_forget(sessions, &group);
    }
    return 0;
}
