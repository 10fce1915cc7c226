#include "services/metrics/window.h"

#include "shared/json/write.h"
#include "shared/sys/clock.h"
#include "shared/wire/args.h"

#include <stdio.h>

/* Seconds of "30m"; 0 when it is no window. */
static int64_t seconds_of(const char *text)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {
        {'s',  1    },
        { 'm', 60   },
        { 'h', 3600 },
        { 'd', 86400},
    };
    int64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && number < 1000000000; at++)
        number = 10 * number + (*at - '0');
    for (size_t i = 0; i < N_ELEMS(units); i++)
        if (at > text && at[0] == units[i].unit && at[1] == '\0')
            return number * units[i].seconds;
    return 0;
}

enum ais_err window_read(const struct series *series, struct ais_span args, const char *fallback, bool by_hours,
                         int64_t now_ns, struct window *ret, struct ais_why *why)
{
    static const char *const known[] = { "window", NULL };
    const char *stranger = ais_args_stranger(args, known);
    struct ais_span given = ais_args_get(args, "window");
    int64_t now_s = now_ns / AIS_NS_PER_S;
    long long hours = (long long)(series->retention_s / SERIES_HOUR_S);
    if (stranger != NULL)
        return ais_fail(why, AIS_E_INVALID, "unknown or repeated query parameter '%.64s': there is one, window",
                        stranger);
    bool asked = args.size > 0;
    *ret = (struct window){ .until_ns = now_ns };
    ais_span_copy(asked ? given : ais_span_of(fallback), ret->text, sizeof ret->text);
    int64_t seconds = given.size < sizeof ret->text ? seconds_of(ret->text) : 0;
    if (seconds < 1 || seconds > series->retention_s)
        return ais_fail(why, AIS_E_INVALID,
                        "window: must be a number from 1 with one of s, m, h, d, as 15m, up to the retention of %lldh",
                        hours);
    by_hours = by_hours || seconds > SERIES_MINUTES_S;
    ret->points = by_hours ? &series->hours : &series->minutes;
    ret->since_s = series_floor(now_s - seconds, by_hours ? SERIES_HOUR_S : SERIES_MINUTE_S);
    return AIS_OK;
}

double window_seconds(const struct window *window)
{
    return (double)(window->until_ns - window->since_s * AIS_NS_PER_S) / 1e9;
}

void window_write(struct ais_buf *out, const struct window *window)
{
    char time[AIS_RFC3339_SIZE];
    ais_jw_text(out, "window", window->text);
    ais_clock_rfc3339(window->since_s * AIS_NS_PER_S, time);
    ais_jw_text(out, "since", time);
    ais_clock_rfc3339(window->until_ns, time);
    ais_jw_text(out, "until", time);
}

/* What the series hold was checked when it came in. */
void window_add_point(struct ais_metrics *sum, const struct series_point *point, const char *actor)
{
    for (size_t i = 0; i < point->count; i++) {
        const struct series_part *part = &point->parts[i];
        if ((actor == NULL || strcmp(part->actor, actor) == 0) &&
            ais_metrics_merge(sum, NULL, part->deltas.data, part->deltas.length, NULL) != AIS_OK)
            continue;
    }
}

void window_add(struct ais_metrics *sum, const struct series *series, const struct window *window, const char *actor)
{
    for (size_t i = 0; i < window->points->count; i++)
        if (window->points->items[i].begin_s >= window->since_s)
            window_add_point(sum, &window->points->items[i], actor);
    window_add_point(sum, &series->running, actor);
}

void window_write_number(struct ais_buf *out, const char *key, double value)
{
    ais_jw_double(out, key, value < 1e12 ? (double)(int64_t)(value * 1e6 + 0.5) / 1e6 : value);
}
