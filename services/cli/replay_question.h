/* The question that a record of the log holds, if it holds all of it. */
#ifndef AIS_SERVICES_CLI_REPLAY_QUESTION_H
#define AIS_SERVICES_CLI_REPLAY_QUESTION_H

#include "services/cli/replay.h"
#include "services/cli/search.h"

/* Reads it into request and *ret, which point into arena, reset before, and into what was found. REPLAY_JUDGED: it is
 * whole; else why it cannot be put again. */
enum replay_refusal replay_question(struct ais_arena *arena, const struct cli_found *found, struct ais_request *request,
                                    struct ais_question *ret);

#endif
