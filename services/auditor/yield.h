/* The manners of the threads beside the ring (searching, compressing): they let it go first after every piece of work.
 * The auditor itself has them before a sync, which the others' records then share.
 *
 * A low priority alone is not enough. Linux lets a running thread finish its slice, some milliseconds, before one that
 * wakes gets its turn (EEVDF, "run to parity"), and a thread of the ring that waits so long is what the slowest
 * decisions are made of. SCHED_IDLE would be preempted at once, but gets nothing at all while others have the machine:
 * searches, and the stop that waits for one, would hang on them. A thread that yields has the best of both. */
#ifndef AIS_SERVICES_AUDITOR_YIELD_H
#define AIS_SERVICES_AUDITOR_YIELD_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether this thread is at something that a decision waits for. It then steps back for nobody: a machine that is busy
 * with other things would let a thread that yields wait for all of them, each time. */
extern _Thread_local bool yield_in_haste;

/* Between two pieces of work that take some hundred microseconds at most: a line of the log, so many rows. */
static inline void yield_to_others(void)
{
    if (!yield_in_haste)
        sched_yield(); /* it cannot fail on Linux */
}

/* The same in loops over rows or commits of the index, which cost some nanoseconds each: now and then. */
enum { YIELD_EVERY = 256 };
static inline void yield_now_and_then(size_t i)
{
    if (i % YIELD_EVERY == YIELD_EVERY - 1)
        yield_to_others();
}

#endif
