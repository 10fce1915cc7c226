#include "shared/sys/threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LOOKS = 1000 }; /* for a thread that is ending, a millisecond apart */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* closed while there are threads to be started */

struct started {
    pthread_t thread;
    pid_t id;
};

static void *run(void *arg)
{
    struct started *started = arg;
    started->id = gettid();
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return NULL;
}

/* A thread that was joined still counts for the limits of the system until it is gone for that, too. */
static void await_end(struct started *started)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    pthread_join(started->thread, NULL);
    for (int looks = 0; looks < LOOKS && tgkill(getpid(), started->id, 0) == 0; looks++)
        nanosleep(&pause, NULL);
}

unsigned ais_threads_startable(unsigned count)
{
    struct started *started = calloc(count, sizeof *started);
    unsigned n = 0;
    if (started == NULL)
        return 0;
    pthread_mutex_lock(&gate);
    while (n < count && pthread_create(&started[n].thread, NULL, run, &started[n]) == 0)
        n++;
    pthread_mutex_unlock(&gate);
    for (unsigned i = 0; i < n; i++)
        await_end(&started[i]);
    free(started);
    return n;
}
