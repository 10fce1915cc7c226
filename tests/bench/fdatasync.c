/* fdatasync DIR [ROUNDS [PAUSE_US]]: what one fdatasync costs in DIR after 600 bytes were overwritten in a file that
 * had been written and synced before, as a commit of the audit log does. PAUSE_US: how long the thread sleeps before
 * each; without, they follow each other, and neither the processor nor the disk comes to rest. Prints p50_us, p90_us
 * and p99_us, one a line. */
#include "shared/err/err.h"
#include "shared/sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RECORD = 600, DEFAULT_ROUNDS = 1000, MAX_ROUNDS = 100000, MAX_PAUSE_US = 100000 };

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Room for every record, all of it on disk, so that what is timed changes no size and needs no journal commit. */
static int prewrite(int fd, long rounds)
{
    char blank[RECORD];
    memset(blank, '\n', sizeof blank);
    for (long i = 0; i < rounds; i++)
        if (write(fd, blank, sizeof blank) != (ssize_t)sizeof blank)
            return -1;
    return fsync(fd);
}

static int measure(int fd, long rounds, long pause_us, int64_t *ret_ns)
{
    const struct timespec pause = { 0, pause_us * 1000 };
    char record[RECORD];
    memset(record, 'x', sizeof record);
    for (long i = 0; i < rounds; i++) {
        if (pause_us > 0)
            nanosleep(&pause, NULL);
        if (pwrite(fd, record, sizeof record, i * RECORD) != (ssize_t)sizeof record)
            return -1;
        int64_t begin = ais_clock_mono();
        if (fdatasync(fd) != 0)
            return -1;
        ret_ns[i] = ais_clock_mono() - begin;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const int percentiles[] = { 50, 90, 99 };
    char path[4096];
    long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : DEFAULT_ROUNDS;
    long pause_us = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    if (argc < 2 || argc > 4 || rounds < 1 || rounds > MAX_ROUNDS || pause_us < 0 || pause_us > MAX_PAUSE_US) {
        fprintf(stderr, "usage: fdatasync DIR [ROUNDS [PAUSE_US]]\n");
        return 2;
    }
    snprintf(path, sizeof path, "%s/fdatasync.XXXXXX", argv[1]);
    int64_t *ns = calloc((size_t)rounds, sizeof *ns);
    int fd = mkstemp(path);
    int failed = ns == NULL || fd < 0 || unlink(path) != 0 || prewrite(fd, rounds) != 0 ||
                 measure(fd, rounds, pause_us, ns) != 0;
    if (failed) {
        fprintf(stderr, "fdatasync: %s: %s\n", path, strerror(errno));
    } else {
        qsort(ns, (size_t)rounds, sizeof *ns, ascending);
        for (size_t i = 0; i < N_ELEMS(percentiles); i++) {
            long rank = rounds * percentiles[i] / 100;
            printf("p%d_us %.1f\n", percentiles[i], (double)ns[rank] / 1000.0);
        }
    }
    if (fd >= 0)
        close(fd);
    free(ns);
    return failed ? 3 : 0;
}
