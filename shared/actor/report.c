#include "shared/actor/report.h"

enum ais_err ais_actor_record_awaited(zsock_t *verdicts, enum ais_role me, const char *name, uint64_t ticket,
                                      const struct ais_audit_event *event)
{
    AUTO(ais_buf_done) struct ais_buf record = { 0 };
    ais_audit_write_event(&record, event);
    if (record.failed)
        return AIS_E_NOMEM;
    const struct ais_msg_event msg = {
        .ticket = ticket, .sender = ais_span_of(name), .record = {record.data, record.length}
    };
    return ais_send_event(verdicts, NULL, me, &msg);
}

enum ais_err ais_actor_record(zsock_t *verdicts, enum ais_role me, const struct ais_audit_event *event)
{
    return ais_actor_record_awaited(verdicts, me, NULL, 0, event);
}
