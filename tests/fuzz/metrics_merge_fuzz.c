/* A sample from another process: refused whole, or added and printable. Its layout is made right, so that what comes
 * behind it is reached. */
#include "shared/metrics/metrics.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Adding up what is encoded says the same as adding up: twice. */
static void check_accumulated(const struct ais_metrics *once, const struct ais_buf *deltas)
{
    static struct ais_metrics sum, twice;
    AUTO(ais_buf_done) struct ais_buf into = { 0 };
    memset(&sum, 0, sizeof sum);
    twice = *once;
    for (int i = 0; i < 2; i++)
        if (ais_metrics_accumulate(&into, deltas->data, deltas->length, NULL) != AIS_OK)
            abort();
    if (ais_metrics_merge(&sum, NULL, into.data, into.length, NULL) != AIS_OK ||
        ais_metrics_merge(&twice, NULL, deltas->data, deltas->length, NULL) != AIS_OK ||
        memcmp(sum.slots, twice.slots, sizeof sum.slots) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ais_metrics total;
    static struct ais_gauges gauges;
    static const struct ais_metrics nothing;
    static const struct ais_gauges none;
    AUTO(ais_buf_done) struct ais_buf deltas = { 0 };
    ais_metrics_encode(&nothing, &deltas);
    deltas.length = 4; /* the layout alone */
    ais_buf_add(&deltas, data, size);
    if (deltas.failed)
        return 0;
    total = nothing;
    gauges = none;
    if (ais_metrics_merge(&total, &gauges, deltas.data, deltas.length, NULL) != AIS_OK) {
        if (memcmp(&total, &nothing, sizeof total) != 0 || memcmp(&gauges, &none, sizeof gauges) != 0)
            abort();
        return 0;
    }
    check_accumulated(&total, &deltas);
    ais_metrics_combine(&total, &gauges);
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    ais_metrics_render(&total, &text);
    if (text.length == 0 || text.data[text.length - 1] != '\n')
        abort();
    return 0;
}
