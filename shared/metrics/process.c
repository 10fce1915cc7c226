/* Figures of this process, from /proc/self (proc(5)). */
#include "shared/metrics/metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

/* The text of a small file, NUL-terminated; false when it cannot be read. */
static bool read_text(const char *path, char *ret, size_t size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t n = fread(ret, 1, size - 1, file);
    ret[n] = '\0';
    return fclose(file) == 0 && n > 0;
}

/* Field `number` (from 1) of text whose fields are separated by single spaces, as an unsigned number. */
static bool read_field(const char *text, int number, uint64_t *ret)
{
    while (--number > 0) {
        text = strchr(text, ' ');
        if (text == NULL)
            return false;
        text++;
    }
    return sscanf(text, "%" SCNu64, ret) == 1; // NOLINT(cert-err34-c): the kernel writes it
}

static void set_memory(struct ais_metrics *metrics)
{
    char text[256];
    uint64_t pages;
    long page = sysconf(_SC_PAGESIZE);
    if (page > 0 && read_text("/proc/self/statm", text, sizeof text) && read_field(text, 2, &pages))
        ais_metrics_set(metrics, AIS_M_PROCESS_MEMORY, pages * (uint64_t)page);
}

static void count_cpu(struct ais_metrics *metrics, uint64_t *counted_ns)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return;
    uint64_t seconds = (uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec;
    uint64_t micros = (uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec;
    uint64_t now_ns = seconds * NS_PER_S + micros * 1000;
    if (now_ns > *counted_ns)
        ais_metrics_count(metrics, AIS_M_PROCESS_CPU, 0, 0, now_ns - *counted_ns);
    *counted_ns = now_ns;
}

static void set_open_files(struct ais_metrics *metrics)
{
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return;
    uint64_t count = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    ais_metrics_set(metrics, AIS_M_PROCESS_FDS, count - 1); /* without the folder itself */
}

/* When it began is told in ticks since the machine did, whose time of day stands in /proc/stat. */
static void set_start(struct ais_metrics *metrics)
{
    char text[1024];
    uint64_t ticks;
    uint64_t boot = 0;
    long a_second = sysconf(_SC_CLK_TCK);
    const char *after_name = NULL; /* the name in parentheses may hold anything; field 22 is the 20th behind it */
    if (read_text("/proc/self/stat", text, sizeof text))
        after_name = strrchr(text, ')');
    if (a_second <= 0 || after_name == NULL || strlen(after_name) < 2 || !read_field(after_name + 2, 20, &ticks))
        return;
    FILE *file = fopen("/proc/stat", "re");
    for (char line[256]; file != NULL && boot == 0 && fgets(line, sizeof line, file) != NULL;)
        if (strncmp(line, "btime ", 6) == 0 && !read_field(line, 2, &boot))
            break;
    if (file != NULL && fclose(file) == 0 && boot > 0)
        ais_metrics_set(metrics, AIS_M_PROCESS_START, boot * NS_PER_S + ticks * (NS_PER_S / (uint64_t)a_second));
}

void ais_metrics_process(struct ais_metrics *metrics, uint64_t *cpu_ns)
{
    set_memory(metrics);
    count_cpu(metrics, cpu_ns);
    set_open_files(metrics);
    set_start(metrics);
}
