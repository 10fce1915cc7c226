#include "shared/sys/clock.h"

#ifdef AIS_FAULTS
#include "shared/sys/clock_fault.h"
#endif

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static atomic_int is_frozen;
static _Atomic int64_t frozen_wall, frozen_mono;

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * AIS_NS_PER_S + now.tv_nsec;
}

int64_t ais_clock_wall(void)
{
    if (atomic_load_explicit(&is_frozen, memory_order_relaxed))
        return frozen_wall;
#ifdef AIS_FAULTS
    return read_clock(CLOCK_REALTIME) + ais_clock_fault_ns();
#else
    return read_clock(CLOCK_REALTIME);
#endif
}

int64_t ais_clock_mono(void)
{
    return atomic_load_explicit(&is_frozen, memory_order_relaxed) ? frozen_mono : read_clock(CLOCK_MONOTONIC);
}

void ais_clock_freeze(int frozen, int64_t wall_ns, int64_t mono_ns)
{
    frozen_wall = wall_ns;
    frozen_mono = mono_ns;
    is_frozen = frozen;
}

void ais_clock_rfc3339(int64_t wall_ns, char text[AIS_RFC3339_SIZE])
{
    int64_t fraction = wall_ns % AIS_NS_PER_S;
    time_t seconds = (time_t)(wall_ns / AIS_NS_PER_S);
    if (fraction < 0) {
        fraction += AIS_NS_PER_S;
        seconds -= 1;
    }
    struct tm utc = { 0 };
    gmtime_r(&seconds, &utc);
    size_t used = strftime(text, AIS_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + used, AIS_RFC3339_SIZE - used, ".%06dZ", (int)(fraction / 1000));
}

/* "-15m": a whole number of a unit before now. */
static int parse_relative(const char *text, int64_t now_ns, int64_t *ret_ns)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {
        {'s',  1    },
        { 'm', 60   },
        { 'h', 3600 },
        { 'd', 86400}
    };
    char *end;
    if (text[1] < '0' || text[1] > '9' || strlen(text) > 12)
        return -1;
    long long number = strtoll(text + 1, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (end[0] != units[i].unit || end[1] != '\0')
            continue;
        if (number > INT64_MAX / AIS_NS_PER_S / units[i].seconds)
            return -1;
        *ret_ns = now_ns - (int64_t)number * units[i].seconds * AIS_NS_PER_S;
        return 0;
    }
    return -1;
}

/* Exactly n digits at *text as a number, stepping over them; -1 when there are fewer. */
static int digits(const char **text, int n)
{
    int number = 0;
    for (int i = 0; i < n; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return -1;
        number = number * 10 + (**text - '0');
    }
    return number;
}

/* ".123": digits after a point, as nanoseconds; more than nine are cut. -1 when malformed. */
static int64_t parse_fraction(const char **text)
{
    if (**text != '.')
        return 0;
    (*text)++;
    int64_t ns = 0, unit = AIS_NS_PER_S / 10;
    if (**text < '0' || **text > '9')
        return -1;
    for (; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
        ns += (**text - '0') * unit;
    return ns;
}

/* "Z" or "+02:00", as seconds east of UTC. */
static bool parse_offset(const char **text, int *ret_seconds)
{
    char sign = **text;
    if (sign == 'Z' || sign == 'z') {
        (*text)++;
        *ret_seconds = 0;
        return true;
    }
    if (sign != '+' && sign != '-')
        return false;
    (*text)++;
    int hours = digits(text, 2);
    if (hours < 0 || hours > 23 || *(*text)++ != ':')
        return false;
    int minutes = digits(text, 2);
    if (minutes < 0 || minutes > 59)
        return false;
    *ret_seconds = (sign == '-' ? -60 : 60) * (hours * 60 + minutes);
    return true;
}

/* A number of n digits between low and high, followed by one of the characters of after (when not NULL). */
static bool field(const char **text, int n, int low, int high, const char *after, int *ret)
{
    int number = digits(text, n);
    if (number < low || number > high)
        return false;
    if (after != NULL) {
        if (**text == '\0' || strchr(after, **text) == NULL)
            return false;
        (*text)++;
    }
    *ret = number;
    return true;
}

int ais_clock_parse(const char *text, int64_t now_ns, int64_t *ret_ns)
{
    struct tm utc = { 0 };
    int offset;
    if (text[0] == '-')
        return parse_relative(text, now_ns, ret_ns);
    if (!field(&text, 4, 1970, 2261, "-", &utc.tm_year) || !field(&text, 2, 1, 12, "-", &utc.tm_mon) ||
        !field(&text, 2, 1, 31, "Tt ", &utc.tm_mday) || !field(&text, 2, 0, 23, ":", &utc.tm_hour) ||
        !field(&text, 2, 0, 59, ":", &utc.tm_min) || !field(&text, 2, 0, 60, NULL, &utc.tm_sec))
        return -1;
    int64_t fraction = parse_fraction(&text);
    if (fraction < 0 || !parse_offset(&text, &offset) || *text != '\0')
        return -1;
    int day = utc.tm_mday;
    bool leap = utc.tm_sec == 60;
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    time_t seconds = timegm(&utc);
    if (utc.tm_mday != day && !leap)
        return -1;
    *ret_ns = ((int64_t)seconds - offset) * AIS_NS_PER_S + fraction;
    return 0;
}
