#include "gateway/incidents.h"

#include "gateway/state.h"
#include "shared/actor/report.h"
#include "shared/json/write.h"
#include "shared/sys/clock.h"

static bool record(struct gateway *gateway, enum ais_audit_kind kind, uint64_t count)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_jw_begin_object(&details, NULL);
    ais_jw_u64(&details, "count", count);
    ais_jw_end_object(&details);
    const struct ais_audit_event event = {
        .kind = kind,
        .outcome = AIS_AUDIT_FAILURE,
        .time_ns = ais_clock_wall(),
        .actor = gateway->name,
        .details = details.data,
        .details_size = details.length,
    };
    return !details.failed && ais_actor_record(gateway->events, AIS_GATEWAY, &event) == AIS_OK;
}

/* before_ns: kinds whose next event may come then. */
static bool tell(struct gateway *gateway, int64_t before_ns)
{
    struct dispatch_stats stats;
    dispatch_stats(gateway->dispatch, &stats);
    const struct {
        enum ais_audit_kind kind;
        uint64_t count;
    } now[INCIDENTS_KINDS] = {
        {AIS_AUDIT_OVERLOADED,       stats.rejected           },
        { AIS_AUDIT_EVALUATOR_LOST,  stats.lost               },
        { AIS_AUDIT_MESSAGE_REFUSED, gateway->refused_messages},
    };
    bool ok = true;
    for (size_t i = 0; i < INCIDENTS_KINDS; i++) {
        struct incident *incident = &gateway->incidents.kinds[i];
        if (now[i].count == incident->told || before_ns < incident->next_ns)
            continue;
        if (!record(gateway, now[i].kind, now[i].count - incident->told)) {
            ok = false;
            continue;
        }
        incident->told = now[i].count;
        incident->next_ns = ais_clock_mono() + INCIDENTS_EVENT_MS * AIS_NS_PER_MS;
    }
    return ok;
}

void incidents_tick(struct gateway *gateway)
{
    if (gateway->log.storage_ok)
        (void)tell(gateway, ais_clock_mono());
}

bool incidents_tell_all(struct gateway *gateway)
{
    return tell(gateway, INT64_MAX);
}
