/* One search of the log: the records that a filter wants, as the answer that a client gets. */
#ifndef AIS_SERVICES_AUDITOR_SEARCH_H
#define AIS_SERVICES_AUDITOR_SEARCH_H

#include "shared/audit/filter.h"
#include "shared/seal/log.h"

/* Writes {"logs":[record,…],"next_cursor":TEXT or null} into body, which is empty. Lines that do not verify are no
 * reason to hide the rest: they are named in "damaged":[…], which is absent when there are none. An answer that grows
 * too long for one message ends early, with a cursor. Fails as ais_seal_reader_start and _next do, and AIS_E_NOMEM. */
MUST_CHECK enum ais_err search_log(struct ais_seal_reader *reader, const struct ais_seal_position *upto,
                                   const struct ais_audit_filter *filter, struct ais_buf *body, struct ais_why *why);

#endif
