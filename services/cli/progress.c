#include "services/cli/progress.h"

#include "shared/sys/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum {
    BAR = 30, /* characters */
    INTERVAL_MS = 100,
};

void cli_progress_init(struct cli_progress *progress, const char *what)
{
    *progress = (struct cli_progress){ .what = isatty(STDERR_FILENO) ? what : NULL };
}

static void put_bar(uint64_t done, uint64_t all)
{
    static const char full[BAR + 1] = "##############################";
    int length = (int)(done < all ? done * BAR / all : BAR);
    fprintf(stderr, "[%-*.*s] %3" PRIu64 "%% ", BAR, length, full, done < all ? done * 100 / all : 100);
}

void cli_progress_show(struct cli_progress *progress, uint64_t records, uint64_t done, uint64_t all)
{
    if (progress->what == NULL)
        return;
    int64_t now = ais_clock_mono();
    if (now < progress->next_ns)
        return;
    progress->next_ns = now + INTERVAL_MS * AIS_NS_PER_MS;
    fprintf(stderr, "\r\x1b[K%s ", progress->what);
    if (all > 0)
        put_bar(done, all);
    fprintf(stderr, "%" PRIu64 " records", records);
    (void)fflush(stderr);
    progress->shown = true;
}

void cli_progress_done(struct cli_progress *progress)
{
    if (progress->shown)
        fputs("\r\x1b[K", stderr);
    progress->shown = false;
}
