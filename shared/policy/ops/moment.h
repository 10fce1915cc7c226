/* Moments: dates and times as people write them, in the parts that rules ask for. */
#ifndef AIS_SHARED_POLICY_OPS_MOMENT_H
#define AIS_SHARED_POLICY_OPS_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*    part    least most */
#define AIS_MOMENT_PARTS(X) \
    X(minute, 0, 59)        \
    X(hour, 0, 23)          \
    X(day, 1, 31)           \
    X(week, 1, 53)          \
    X(month, 1, 12)         \
    X(year, 0, 9999)

enum ais_moment_part {
#define X(part, least, most) AIS_MOMENT_##part,
    AIS_MOMENT_PARTS(X)
#undef X
        AIS_MOMENT_PART_COUNT
};

struct ais_moment {
    int parts[AIS_MOMENT_PART_COUNT]; /* -1: it has none. The week is that of ISO 8601 */
};

/* Of seconds since 1970, in UTC. False: beyond the years 0 to 9999. */
bool ais_moment_of(int64_t seconds, struct ais_moment *ret);

/* Reads n bytes, blanks around them left out: a date or a date with a time (RFC 3339; seconds and zone may be missing),
 * whose parts are as they stand, in whatever zone; or a number since 1970 in UTC: seconds below 10^11, then
 * milliseconds, microseconds, nanoseconds, each up to a thousand times as much. False: it is neither. */
bool ais_moment_read(const char *text, size_t n, struct ais_moment *ret);

#endif
