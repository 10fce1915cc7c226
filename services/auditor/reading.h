/* Whether the reader's thread is in the middle of something: it may then have files open that were replaced since. It
 * is told by that thread, and asked by the auditor's. A zeroed struct: it is not. */
#ifndef AIS_SERVICES_AUDITOR_READING_H
#define AIS_SERVICES_AUDITOR_READING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct reading {
    atomic_uint_fast64_t turns; /* begun and ended: odd in the middle of one */
};

/* Around whatever opens files of the log, and has closed them all at its end. */
static inline void reading_begins(struct reading *reading)
{
    atomic_fetch_add(&reading->turns, 1);
}

static inline void reading_ends(struct reading *reading)
{
    atomic_fetch_add(&reading->turns, 1);
}

/* A mark for reading_is_over. */
static inline uint64_t reading_mark(const struct reading *reading)
{
    return atomic_load(&reading->turns);
}

/* Whether what was open when the mark was taken is open no more. That comes without anybody's help: a turn reads each
 * file of the log a few times at most. */
static inline bool reading_is_over(const struct reading *reading, uint64_t mark)
{
    return mark % 2 == 0 || atomic_load(&reading->turns) != mark;
}

#endif
