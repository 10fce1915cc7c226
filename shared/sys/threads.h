/* Whether the system lets this process start threads. */
#ifndef AIS_SHARED_SYS_THREADS_H
#define AIS_SHARED_SYS_THREADS_H

/* Starts up to count threads that do nothing, all at once, ends them, and returns how many could be started; they are
 * gone by then for whoever counts, too. CZMQ waits for ever for a thread that could not be started, and libzmq ends the
 * process: so who starts one through them asks first. */
unsigned ais_threads_startable(unsigned count);

#endif
