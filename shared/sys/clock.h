/* The one clock. Tests hold it still. Safe from any thread. */
#ifndef AIS_SHARED_CLOCK_H
#define AIS_SHARED_CLOCK_H

#include <stdint.h>

/* Nanoseconds since 1970 (UTC): for records and answers. It may jump. */
int64_t ais_clock_wall(void);

/* Nanoseconds that only grow: for deadlines, heartbeats and durations. */
int64_t ais_clock_mono(void);

/* For tests: both clocks stand at these values until called with frozen 0 again. */
void ais_clock_freeze(int frozen, int64_t wall_ns, int64_t mono_ns);

enum { AIS_RFC3339_SIZE = 32 };

/* Writes wall_ns as RFC 3339 with microseconds in UTC, "2026-01-31T23:59:59.123456Z", into text. */
void ais_clock_rfc3339(int64_t wall_ns, char text[AIS_RFC3339_SIZE]);

/* Reads an RFC 3339 date-time ("T" or " ", any fraction, "Z" or an offset), or "-" with a number and one of s m h d
 * (before now_ns). Returns 0 and fills *ret_ns, or -1 when text is neither. */
int ais_clock_parse(const char *text, int64_t now_ns, int64_t *ret_ns);

#define AIS_NS_PER_MS 1000000LL
#define AIS_NS_PER_S  1000000000LL

#endif
