#include "shared/metrics/sample.h"

void ais_metrics_send(struct ais_metrics *metrics, zsock_t *socket, enum ais_role me, const char *actor,
                      struct ais_buf *scratch)
{
    ais_buf_clear(scratch);
    ais_metrics_encode(metrics, scratch);
    if (scratch->failed)
        return;
    const struct ais_msg_sample sample = {
        ais_span_of(actor), {scratch->data, scratch->length}
    };
    if (ais_send_sample(socket, NULL, me, &sample) == AIS_OK)
        ais_metrics_restart(metrics);
}
