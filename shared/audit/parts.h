/* What both kinds of records have in common. For the files of this folder only. The words of the policy room's enums
 * are taken from its tables, so that a reader of records need not link the engine. */
#ifndef AIS_SHARED_AUDIT_PARTS_H
#define AIS_SHARED_AUDIT_PARTS_H

#include "shared/json/write.h"
#include "shared/policy/policy.h"
#include "shared/sys/clock.h"

static inline const char *ais_audit_action_word(enum ais_action action)
{
    static const char *const words[AIS_ACTION_COUNT] = {
#define X(value, word) word,
        AIS_ACTIONS(X)
#undef X
    };
    return words[(unsigned)action < AIS_ACTION_COUNT ? action : AIS_ACTION_NONE];
}

static inline const char *ais_audit_severity_word(enum ais_severity severity)
{
    static const char *const words[AIS_SEVERITY_COUNT] = {
#define X(value, word) word,
        AIS_SEVERITIES(X)
#undef X
    };
    return words[(unsigned)severity < AIS_SEVERITY_COUNT ? severity : AIS_SEVERITY_CRITICAL];
}

static inline void ais_audit_put_optional(struct ais_buf *out, const char *key, const char *text)
{
    if (text != NULL)
        ais_jw_text(out, key, text);
}

static inline void ais_audit_put_time(struct ais_buf *out, int64_t wall_ns)
{
    char text[AIS_RFC3339_SIZE];
    ais_clock_rfc3339(wall_ns, text);
    ais_jw_text(out, "time", text);
}

static inline void ais_audit_put_caller(struct ais_buf *out, const struct ais_caller *caller)
{
    ais_jw_begin_object(out, "caller");
    ais_audit_put_optional(out, "key_id", caller->key_id);
    ais_audit_put_optional(out, "name", caller->name);
    ais_audit_put_optional(out, "user_id", caller->user);
    ais_audit_put_optional(out, "agent_id", caller->agent);
    ais_audit_put_optional(out, "environment", caller->environment);
    ais_jw_end_object(out);
}

#endif
