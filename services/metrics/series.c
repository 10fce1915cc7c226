#include "services/metrics/series.h"

#include "shared/metrics/metrics.h"

#include <stdlib.h>

int64_t series_floor(int64_t time_s, int64_t resolution_s)
{
    return time_s - (time_s % resolution_s + resolution_s) % resolution_s;
}

/* ---- Points ---- */

static size_t part_bytes(const struct series_part *part)
{
    return sizeof *part + part->deltas.capacity;
}

static size_t point_bytes(const struct series_point *point)
{
    size_t bytes = sizeof *point;
    for (size_t i = 0; i < point->count; i++)
        bytes += part_bytes(&point->parts[i]);
    return bytes;
}

void series_point_done(struct series_point *point)
{
    for (size_t i = 0; i < point->count; i++)
        ais_buf_done(&point->parts[i].deltas);
    free(point->parts);
    *point = (struct series_point){ .begin_s = point->begin_s };
}

/* A name as it is kept: cut, and plain, so that two names which differ here differ in a file too. */
static void plain_name(const char *actor, char name[SERIES_NAME_SIZE])
{
    size_t n = strnlen(actor, SERIES_NAME_SIZE - 1);
    for (size_t i = 0; i < n; i++)
        name[i] = (char)(actor[i] >= ' ' && actor[i] <= '~' ? actor[i] : '?');
    name[n] = '\0';
}

/* The part of an actor, made when it is new; NULL when memory is out. */
static struct series_part *part_of(struct series_point *point, const char *actor)
{
    char name[SERIES_NAME_SIZE];
    plain_name(actor, name);
    for (size_t i = 0; i < point->count; i++)
        if (strcmp(point->parts[i].actor, name) == 0)
            return &point->parts[i];
    if (point->count == SERIES_ACTORS_MOST)
        return &point->parts[point->count - 1];
    struct series_part *parts = realloc(point->parts, (point->count + 1) * sizeof *parts);
    if (parts == NULL)
        return NULL;
    point->parts = parts;
    struct series_part *part = &parts[point->count++];
    *part = (struct series_part){ .actor = "" };
    memcpy(part->actor, name, sizeof name);
    return part;
}

enum ais_err series_point_add(struct series_point *point, const char *actor, const void *deltas, size_t size,
                              struct ais_why *why)
{
    size_t before = point->count;
    struct series_part *part = part_of(point, actor);
    if (part == NULL)
        return ais_fail(why, AIS_E_NOMEM, "time series");
    enum ais_err err = ais_metrics_accumulate(&part->deltas, deltas, size, why);
    if (err != AIS_OK && point->count > before)
        point->count--; /* its part is the last, and empty */
    return err;
}

/* Adds all of from to to. What finds no memory is lost: metrics never stop the service. */
static void add_point(struct series_point *to, const struct series_point *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (series_point_add(to, from->parts[i].actor, from->parts[i].deltas.data, from->parts[i].deltas.length,
                             NULL) != AIS_OK)
            continue;
}

/* ---- Lists ---- */

/* The point that begins then, made when it is new; NULL when memory is out, or there are too many. */
static struct series_point *point_at(struct series_points *points, int64_t begin_s)
{
    for (size_t i = points->count; i-- > 0;)
        if (points->items[i].begin_s == begin_s)
            return &points->items[i];
    if (points->count == SERIES_POINTS_MOST)
        return NULL;
    if (points->count == points->room) {
        size_t room = points->room > 0 ? 2 * points->room : 256;
        struct series_point *items = realloc(points->items, room * sizeof *items);
        if (items == NULL)
            return NULL;
        points->items = items;
        points->room = room;
    }
    points->items[points->count] = (struct series_point){ .begin_s = begin_s };
    return &points->items[points->count++];
}

static void remove_point(struct series *series, struct series_points *points, size_t i)
{
    series->bytes -= point_bytes(&points->items[i]);
    series_point_done(&points->items[i]);
    memmove(&points->items[i], &points->items[i + 1], (points->count - i - 1) * sizeof points->items[0]);
    points->count--;
}

/* Adds point to the one of its time in the list. */
static void join(struct series *series, struct series_points *points, int64_t begin_s, const struct series_point *from)
{
    size_t count = points->count;
    struct series_point *to = point_at(points, begin_s);
    if (to == NULL) {
        series->forgotten++;
        return;
    }
    size_t before = points->count > count ? 0 : point_bytes(to);
    add_point(to, from);
    series->bytes += point_bytes(to) - before;
}

static void forget_until(struct series *series, struct series_points *points, int64_t oldest_s, int64_t newest_s)
{
    for (size_t i = points->count; i-- > 0;)
        if (points->items[i].begin_s < oldest_s || points->items[i].begin_s > newest_s)
            remove_point(series, points, i);
}

static size_t oldest_of(const struct series_points *points)
{
    size_t oldest = 0;
    for (size_t i = 1; i < points->count; i++)
        if (points->items[i].begin_s < points->items[oldest].begin_s)
            oldest = i;
    return oldest;
}

/* Makes one part of all; false when there is but one, or no memory. */
static bool condense(struct series_point *point)
{
    struct series_point condensed = { .begin_s = point->begin_s };
    enum ais_err err = AIS_OK;
    if (point->count < 2)
        return false;
    for (size_t i = 0; i < point->count && err == AIS_OK; i++)
        err = series_point_add(&condensed, SERIES_OTHERS, point->parts[i].deltas.data, point->parts[i].deltas.length,
                               NULL);
    series_point_done(err == AIS_OK ? point : &condensed);
    if (err == AIS_OK)
        *point = condensed;
    return err == AIS_OK;
}

/* Condenses points, those that came first first, until all have room. */
static void condense_points(struct series *series, struct series_points *points)
{
    for (size_t i = 0; i < points->count && series->bytes > SERIES_BYTES_MOST; i++) {
        size_t before = point_bytes(&points->items[i]);
        if (condense(&points->items[i]))
            series->bytes -= before - point_bytes(&points->items[i]);
    }
}

static void make_room(struct series *series)
{
    condense_points(series, &series->hours);
    condense_points(series, &series->minutes);
    while (series->bytes > SERIES_BYTES_MOST) {
        struct series_points *points = series->hours.count > 0 ? &series->hours : &series->minutes;
        remove_point(series, points, oldest_of(points));
        series->forgotten++;
    }
}

/* What is past its time, and what the clock believed to lie ahead before it was set right. */
static void forget_the_old(struct series *series, int64_t now_s)
{
    int64_t hour_s = series_floor(now_s, SERIES_HOUR_S);
    forget_until(series, &series->minutes, series_floor(now_s, SERIES_MINUTE_S) - SERIES_MINUTES_S,
                 now_s + SERIES_HOUR_S);
    forget_until(series, &series->hours, hour_s - series->retention_s, now_s + SERIES_HOUR_S);
    make_room(series);
}

/* ---- The series ---- */

struct series *series_new(unsigned retention_hours, int64_t now_s)
{
    struct series *series = calloc(1, sizeof *series);
    if (series == NULL)
        return NULL;
    series->retention_s = (int64_t)retention_hours * SERIES_HOUR_S;
    series->running.begin_s = series_floor(now_s, SERIES_MINUTE_S);
    return series;
}

static void points_done(struct series_points *points)
{
    for (size_t i = 0; i < points->count; i++)
        series_point_done(&points->items[i]);
    free(points->items);
}

void series_destroy(struct series **series)
{
    if (*series == NULL)
        return;
    series_point_done(&(*series)->running);
    points_done(&(*series)->minutes);
    points_done(&(*series)->hours);
    free(*series);
    *series = NULL;
}

enum ais_err series_add(struct series *series, const char *actor, const void *deltas, size_t size, struct ais_why *why)
{
    return series_point_add(&series->running, actor, deltas, size, why);
}

bool series_is_over(const struct series *series, int64_t now_s)
{
    return series_floor(now_s, SERIES_MINUTE_S) != series->running.begin_s;
}

static void add_minute(struct series *series, const struct series_point *minute)
{
    join(series, &series->minutes, minute->begin_s, minute);
    join(series, &series->hours, series_floor(minute->begin_s, SERIES_HOUR_S), minute);
}

void series_turn(struct series *series, int64_t now_s)
{
    if (series->running.count > 0)
        add_minute(series, &series->running);
    series_point_done(&series->running);
    series->running.begin_s = series_floor(now_s, SERIES_MINUTE_S);
    forget_the_old(series, now_s);
}

void series_load_minute(struct series *series, struct series_point *point, int64_t now_s)
{
    add_minute(series, point);
    series_point_done(point);
    forget_the_old(series, now_s);
}

void series_load_hour(struct series *series, struct series_point *point)
{
    for (size_t i = series->hours.count; i-- > 0;)
        if (series->hours.items[i].begin_s == point->begin_s)
            remove_point(series, &series->hours, i);
    join(series, &series->hours, point->begin_s, point);
    series_point_done(point);
    make_room(series);
}
