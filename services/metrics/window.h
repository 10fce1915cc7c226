/* A window of time over the series, shared by the answers. */
#ifndef AIS_SERVICES_METRICS_WINDOW_H
#define AIS_SERVICES_METRICS_WINDOW_H

#include "services/metrics/series.h"
#include "shared/metrics/metrics.h"
#include "shared/wire/messages.h"

struct window {
    char text[24];                      /* as it was asked for */
    int64_t since_s;                    /* the begin of its first minute or hour */
    int64_t until_ns;                   /* now */
    const struct series_points *points; /* that it is made of, beside the running minute */
};

/* Reads the argument `window` ("30m"; fallback when it is absent). by_hours: made of hours however short it is.
 * AIS_E_INVALID: another argument, or not a window within the retention. */
MUST_CHECK enum ais_err window_read(const struct series *series, struct ais_span args, const char *fallback,
                                    bool by_hours, int64_t now_ns, struct window *ret, struct ais_why *why);

/* The seconds it spans. */
double window_seconds(const struct window *window);

/* Writes the members that say which window it is. */
void window_write(struct ais_buf *out, const struct window *window);

/* Adds what a point says of an actor (NULL: of all) to sum. */
void window_add_point(struct ais_metrics *sum, const struct series_point *point, const char *actor);

/* The same of all points in the window. */
void window_add(struct ais_metrics *sum, const struct series *series, const struct window *window, const char *actor);

/* Writes value rounded to six decimals. */
void window_write_number(struct ais_buf *out, const char *key, double value);

#endif
