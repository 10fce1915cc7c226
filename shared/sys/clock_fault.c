#include "shared/sys/clock_fault.h"

#include "shared/sys/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *path; /* owned, for the process's life; NULL: the clock is right */

static void set_up(void)
{
    const char *named = getenv("AIS_CLOCK");
    path = named != NULL ? strdup(named) : NULL;
}

int64_t ais_clock_fault_ns(void)
{
    char text[24] = "";
    pthread_once(&once, set_up);
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    return n > 0 ? strtoll(text, NULL, 10) * AIS_NS_PER_S : 0;
}
