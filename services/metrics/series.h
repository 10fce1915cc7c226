/* Time series: what each actor counted, minute by minute for two hours and hour by hour for the retention.
 *
 * A minute runs; what samples bring is added to it. When it is over it joins the minutes that are kept and the hour
 * that it is of. Deltas stay as they were encoded (ais_metrics_accumulate), for a dense struct a minute and actor would
 * fill the machine. They take at most SERIES_BYTES_MOST bytes in all. Past it points are condensed, the oldest first,
 * hours before minutes: their actors become one, "others", which keeps every sum and forgets who. Only when all are is
 * a point forgotten, the oldest hour first. Times are those of the wall clock; when that jumps, points simply come out
 * of order. One thread. */
#ifndef AIS_SERVICES_METRICS_SERIES_H
#define AIS_SERVICES_METRICS_SERIES_H

#include "shared/err/err.h"
#include "shared/mem/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SERIES_MINUTE_S = 60,
    SERIES_HOUR_S = 3600,
    SERIES_MINUTES_S = 2 * SERIES_HOUR_S, /* how far minutes reach back */
    SERIES_NAME_SIZE = 64,
    SERIES_ACTORS_MOST = 320,      /* of one point; what further ones count goes to the last */
    SERIES_BYTES_MOST = 32 << 20,  /* of all points together */
    SERIES_POINTS_MOST = 3 * 8784, /* entries of either list, however the clock jumps: the longest retention and more */
};

/* Whom a condensed point names. */
#define SERIES_OTHERS "others"

/* What one actor counted in the time of a point. */
struct series_part {
    char actor[SERIES_NAME_SIZE]; /* cut, and printable ASCII: '?' stands for everything else */
    struct ais_buf deltas;        /* owned: encoded */
};

struct series_point {
    int64_t begin_s;           /* since 1970 */
    struct series_part *parts; /* owned */
    size_t count;
};

struct series_points {
    struct series_point *items; /* owned, in the order in which they came */
    size_t count, room;
};

/* Open to readers. */
struct series {
    int64_t retention_s;
    struct series_point running; /* the minute that is not over */
    struct series_points minutes, hours;
    size_t bytes;       /* of all points in the lists */
    uint64_t forgotten; /* points, for want of room */
};

/* NULL when memory is out. */
struct series *series_new(unsigned retention_hours, int64_t now_s);
void series_destroy(struct series **series);

/* Adds what actor counted to the running minute. AIS_E_MALFORMED, AIS_E_NOMEM: nothing was added. */
MUST_CHECK enum ais_err series_add(struct series *series, const char *actor, const void *deltas, size_t size,
                                   struct ais_why *why);

/* Whether now is in another minute than the one that runs. */
bool series_is_over(const struct series *series, int64_t now_s);

/* Ends the running minute, begins that of now_s, and forgets what is past its time. */
void series_turn(struct series *series, int64_t now_s);

/* A minute or an hour from a file, taken over (and emptied) whatever happens. A minute adds to what there is of it and
 * of its hour; an hour replaces what there is of it. Call series_turn when all of them are in. */
void series_load_minute(struct series *series, struct series_point *point, int64_t now_s);
void series_load_hour(struct series *series, struct series_point *point);

/* Adds a part to a point. AIS_E_MALFORMED, AIS_E_NOMEM: nothing was added. */
MUST_CHECK enum ais_err series_point_add(struct series_point *point, const char *actor, const void *deltas, size_t size,
                                         struct ais_why *why);
void series_point_done(struct series_point *point);

/* The begin of the minute or hour of a time. */
int64_t series_floor(int64_t time_s, int64_t resolution_s);

#endif
