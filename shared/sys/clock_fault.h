/* A wall clock that is wrong, for tests of the whole product. Compiled only where AIS_FAULTS is ON; what users get has
 * nothing of it.
 *
 * The environment variable AIS_CLOCK names a file, which is read anew at each look at the wall clock: by how many
 * seconds it is off, as a whole number. Where it is absent the clock is right. */
#ifndef AIS_SHARED_CLOCK_FAULT_H
#define AIS_SHARED_CLOCK_FAULT_H

#include <stdint.h>

int64_t ais_clock_fault_ns(void);

#endif
