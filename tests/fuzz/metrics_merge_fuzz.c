/* A sample from another process: refused whole, or added and printable. Its layout is made right, so that what comes
 * behind it is reached. */
#include "shared/metrics/metrics.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ais_metrics total;
    static struct ais_metrics gauges;
    static const struct ais_metrics nothing;
    AUTO(ais_buf_done) struct ais_buf deltas = { 0 };
    ais_metrics_encode(&nothing, &deltas);
    ais_buf_add(&deltas, data, size);
    if (deltas.failed)
        return 0;
    total = gauges = nothing;
    if (ais_metrics_merge(&total, &gauges, deltas.data, deltas.length, NULL) != AIS_OK) {
        if (memcmp(&total, &nothing, sizeof total) != 0 || memcmp(&gauges, &nothing, sizeof gauges) != 0)
            abort();
        return 0;
    }
    ais_metrics_combine(&total, &gauges);
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    ais_metrics_render(&total, &text);
    if (text.length == 0 || text.data[text.length - 1] != '\n')
        abort();
    return 0;
}
