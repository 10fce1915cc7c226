/* How an actor sends what it counted. */
#ifndef AIS_SHARED_METRICS_SAMPLE_H
#define AIS_SHARED_METRICS_SAMPLE_H

#include "shared/metrics/metrics.h"
#include "shared/wire/wire.h"

/* Often enough for dashboards, seldom enough to cost nothing. */
enum { AIS_SAMPLE_MS = 250 };

/* Sends SAMPLE to the metrics actor (socket: a DEALER to its endpoint) without waiting. actor: a name of its own among
 * all actors. When it cannot be sent, nothing is lost: the next one holds it too. scratch is only reused memory. */
void ais_metrics_send(struct ais_metrics *metrics, zsock_t *socket, enum ais_role me, const char *actor,
                      struct ais_buf *scratch);

#endif
