/* How an actor has something recorded in the audit log. */
#ifndef AIS_SHARED_ACTOR_REPORT_H
#define AIS_SHARED_ACTOR_REPORT_H

#include "shared/audit/event.h"
#include "shared/wire/wire.h"

/* Sends the event to the auditor (verdicts: a PUSH to its endpoint) without waiting. AIS_E_LIMIT: it takes no more now;
 * AIS_E_NOMEM. Then it is not recorded, and the caller tries again or logs it. */
MUST_CHECK enum ais_err ais_actor_record(zsock_t *verdicts, enum ais_role me, const struct ais_audit_event *event);

#endif
