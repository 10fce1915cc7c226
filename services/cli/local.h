/* A preflight decided by this process: the same engine on the same packs, recorded in the same audit log, as the
 * service would. */
#ifndef AIS_SERVICES_CLI_LOCAL_H
#define AIS_SERVICES_CLI_LOCAL_H

#include "shared/conf/settings.h"
#include "shared/mem/buf.h"

/* Decides the request in body, and explains the decision if that is asked for, and replaces the content of answer with
 * the answer, once the record of it is on disk. A data directory that is not there yet is made, as the service would.
 * Uses and frees the secrets in settings. AIS_E_LOCKED: a server owns the store (why names the call to use instead);
 * AIS_E_SYNTAX, AIS_E_LIMIT, AIS_E_INVALID: the request; whatever the store, the packs and the audit log report. On an
 * error answer is not to be used. */
MUST_CHECK enum ais_err cli_decide_here(struct ais_settings *settings, const struct ais_buf *body, bool explain,
                                        struct ais_buf *answer, bool *ret_allowed, struct ais_why *why);

#endif
