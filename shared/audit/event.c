#include "shared/audit/event.h"
#include "shared/audit/parts.h"
#include "shared/json/write.h"

#include <assert.h>

static const struct kind {
    const char *name;
    enum ais_severity severity;
    const char *meaning;
} kinds[AIS_AUDIT_KIND_COUNT] = {
#define X(kind, name, severity, meaning) [kind] = { (name), AIS_SEVERITY_##severity, (meaning) },
    AIS_AUDIT_KINDS(X)
#undef X
};

static const char *const outcome_words[AIS_AUDIT_OUTCOME_COUNT] = {
#define X(value, word) [value] = (word),
    AIS_AUDIT_OUTCOMES(X)
#undef X
};

const char *ais_audit_kind_name(enum ais_audit_kind kind)
{
    assert((unsigned)kind < AIS_AUDIT_KIND_COUNT);
    return kinds[kind].name;
}

enum ais_severity ais_audit_kind_severity(enum ais_audit_kind kind)
{
    assert((unsigned)kind < AIS_AUDIT_KIND_COUNT);
    return kinds[kind].severity;
}

const char *ais_audit_kind_meaning(enum ais_audit_kind kind)
{
    assert((unsigned)kind < AIS_AUDIT_KIND_COUNT);
    return kinds[kind].meaning;
}

void ais_audit_write_event(struct ais_buf *out, const struct ais_audit_event *event)
{
    assert(event->kind != AIS_AUDIT_DECISION && (unsigned)event->outcome < AIS_AUDIT_OUTCOME_COUNT);
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "event", ais_audit_kind_name(event->kind));
    ais_audit_put_time(out, event->time_ns);
    ais_jw_text(out, "severity", ais_audit_severity_word(ais_audit_kind_severity(event->kind)));
    ais_jw_text(out, "actor", event->actor);
    ais_jw_text(out, "outcome", outcome_words[event->outcome]);
    if (event->caller != NULL)
        ais_audit_put_caller(out, event->caller);
    ais_audit_put_optional(out, "session_id", event->session_id);
    ais_audit_put_optional(out, "decision_id", event->decision_id);
    if (event->attempt > 0)
        ais_jw_u64(out, "attempt", event->attempt);
    ais_audit_put_optional(out, "snapshot", event->snapshot);
    if (event->details != NULL)
        ais_jw_raw(out, "details", event->details, event->details_size);
    ais_jw_end_object(out);
}

void ais_audit_write_deletion(struct ais_buf *out, uint64_t segments, uint64_t first, uint64_t last)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_u64(out, "segments", segments);
    ais_jw_u64(out, "first", first);
    ais_jw_u64(out, "last", last);
    ais_jw_end_object(out);
}
