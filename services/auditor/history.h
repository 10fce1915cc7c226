/* What one session did, as the log tells it: for an evaluator that has not seen it (shared/audit/history.h says what is
 * asked and answered). */
#ifndef AIS_SERVICES_AUDITOR_HISTORY_H
#define AIS_SERVICES_AUDITOR_HISTORY_H

#include "services/auditor/catalog.h"
#include "shared/wire/messages.h"

struct history_question {
    const char *session, *key; /* one of them; the other is NULL */
    const char *masked;        /* beside session: what stands in records for it where it was masked; NULL: nothing */
    const char *since;         /* as records write times */
    bool facts;                /* calls and tools are asked for, too */
};

/* Reads the arguments of an ASK. AIS_E_INVALID: *ret_parameter is at fault. */
MUST_CHECK enum ais_err history_read(struct ais_span args, struct history_question *ret, const char **ret_parameter,
                                     struct ais_why *why);

/* Writes the answer into body, which is empty. Errors as search_log. */
MUST_CHECK enum ais_err history_write(struct catalog *catalog, struct ais_seal_reader *reader,
                                      const struct history_question *question, struct ais_buf *body,
                                      struct ais_why *why);

#endif
