#include "shared/sys/processors.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096 }; /* of /proc/self/cgroup: a number, names of controllers and a path */

/* The first words of a small file, as numbers; false: it is not there, or says something else ("max"). */
static bool read_numbers(const char *path, long *numbers, int count)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    int got = 0;
    while (got < count && fscanf(file, "%ld", &numbers[got]) == 1)
        got++;
    (void)fclose(file); /* nothing was written */
    return got == count;
}

/* What the group in one directory grants. */
static unsigned granted_in(const char *directory)
{
    char path[2 * LINE];
    long quota_period[2] = { 0 }; /* microseconds */
    snprintf(path, sizeof path, "%s/cpu.max", directory);
    if (!read_numbers(path, quota_period, 2)) {
        snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", directory);
        bool is_limited = read_numbers(path, &quota_period[0], 1);
        snprintf(path, sizeof path, "%s/cpu.cfs_period_us", directory);
        if (!is_limited || !read_numbers(path, &quota_period[1], 1))
            return UINT_MAX;
    }
    if (quota_period[0] <= 0 || quota_period[1] <= 0) /* version 1 says -1 where there is no limit */
        return UINT_MAX;
    long whole = quota_period[0] / quota_period[1];
    return whole < 1 ? 1 : whole < UINT_MAX ? (unsigned)whole : UINT_MAX;
}

/* The least that a group and those above it grant. In a container the path may be the host's, of which only the root is
 * seen: what is not there grants without limit. */
static unsigned granted_along(const char *root, const char *controller, char *path)
{
    unsigned least = UINT_MAX;
    for (;;) {
        char directory[LINE + LINE / 2];
        snprintf(directory, sizeof directory, "%s%s%s", root, controller, path);
        unsigned granted = granted_in(directory);
        if (granted < least)
            least = granted;
        char *last = strrchr(path, '/');
        if (last == NULL)
            return least;
        *last = '\0';
    }
}

/* Whether a comma-separated list has the controller "cpu". */
static bool has_cpu(const char *controllers)
{
    for (const char *at = controllers; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, "cpu", 3) == 0 && (at[3] == ',' || at[3] == '\0'))
            return true;
    }
    return false;
}

/* A line is NUMBER:CONTROLLERS:PATH; version 2 has number 0 and no controllers. */
unsigned ais_processors_granted(const char *membership, const char *root)
{
    unsigned least = UINT_MAX;
    char line[LINE];
    FILE *file = fopen(membership, "re");
    if (file == NULL)
        return least;
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':'), *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (path == NULL)
            continue;
        *path++ = '\0';
        controllers++;
        if (*controllers != '\0' && !has_cpu(controllers))
            continue;
        unsigned granted = granted_along(root, *controllers == '\0' ? "" : "/cpu", path);
        if (granted < least)
            least = granted;
    }
    (void)fclose(file); /* nothing was written */
    return least;
}

unsigned ais_processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    unsigned granted = ais_processors_granted("/proc/self/cgroup", "/sys/fs/cgroup");
    unsigned own = count > 1 ? (unsigned)count : 1;
    return granted < own ? granted : own;
}
