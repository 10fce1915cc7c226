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

void incidents_tick(struct gateway *gateway)
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
    int64_t now_ns = ais_clock_mono();
    for (size_t i = 0; i < INCIDENTS_KINDS && gateway->log.storage_ok; i++) {
        struct incident *incident = &gateway->incidents.kinds[i];
        if (now[i].count == incident->told || now_ns < incident->next_ns ||
            !record(gateway, now[i].kind, now[i].count - incident->told))
            continue;
        incident->told = now[i].count;
        incident->next_ns = now_ns + INCIDENTS_EVENT_MS * AIS_NS_PER_MS;
    }
}
