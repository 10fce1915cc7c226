/* An explained answer, for people. */
#ifndef AIS_SERVICES_CLI_EXPLAIN_H
#define AIS_SERVICES_CLI_EXPLAIN_H

#include "shared/json/json.h"
#include "shared/mem/buf.h"

/* Appends what an answer with an "explanation" says, as lines; in colours where stdout shows them. False, and nothing
 * appended, when there is no explanation in it. */
bool cli_explain(const struct ais_json *answer, struct ais_buf *out);

#endif
