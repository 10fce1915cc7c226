/* A helper thread that writes the log's next segment full of newlines and syncs it, so that no commit waits for it. */
#ifndef AIS_SERVICES_AUDITOR_PREPARE_H
#define AIS_SERVICES_AUDITOR_PREPARE_H

#include "shared/seal/log.h"

#include <czmq.h>

/* Starts the thread and has it prepare a segment. log is borrowed: ais_actor_stop before closing the
 * log. NULL when
 * no thread could be started. */
zactor_t *prepare_start(struct ais_seal_log *log);

/* Has it prepare the next one; call after a rotation. Does not wait. */
void prepare_next(zactor_t *preparer);

#endif
