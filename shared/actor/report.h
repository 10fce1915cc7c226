/* How an actor has something recorded in the audit log. */
#ifndef AIS_SHARED_ACTOR_REPORT_H
#define AIS_SHARED_ACTOR_REPORT_H

#include "shared/audit/event.h"
#include "shared/wire/wire.h"

/* Sends the event to the auditor (verdicts: a PUSH to its endpoint) without waiting. AIS_E_LIMIT: it takes no more now;
 * AIS_E_NOMEM. Then it is not recorded, and the caller tries again or logs it. */
MUST_CHECK enum ais_err ais_actor_record(zsock_t *verdicts, enum ais_role me, const struct ais_audit_event *event);

/* The same, and the auditor says RECORDED with this ticket (not 0) to the peer of that name on its `releases`, when the
 * event is as durable as released decisions. */
MUST_CHECK enum ais_err ais_actor_record_awaited(zsock_t *verdicts, enum ais_role me, const char *name, uint64_t ticket,
                                                 const struct ais_audit_event *event);

#endif
