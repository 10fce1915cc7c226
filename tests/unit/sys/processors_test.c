#include "shared/sys/processors.h"
#include "tests/unit/test.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 3 };

/* A machine: which groups the process is in, and files of control groups, NULL at the end. */
static const struct row {
    const char *name, *membership;
    struct {
        const char *path, *text;
    } files[FILES];
    unsigned granted;
} rows[] = {
    {"no group",                                          "",             { { 0 } },                                                                               UINT_MAX},
    { "a group that is not limited",                      "0::/a\n",      { { "a/cpu.max", "max 100000\n" } },                                                     UINT_MAX},
    { "two and a half are two",                           "0::/a\n",      { { "a/cpu.max", "250000 100000\n" } },                                                  2       },
    { "a half is one",                                    "0::/a\n",      { { "a/cpu.max", "50000 100000\n" } },                                                   1       },
    { "the group above grants less",
     "0::/a/b\n",                                                         { { "a/cpu.max", "300000 100000\n" }, { "a/b/cpu.max", "500000 100000\n" } },
     3                                                                                                                                                                     },
    { "a path that only the host sees: the root's files", "0::/x/y\n",    { { "cpu.max", "400000 100000\n" } },                                                    4       },
    { "version 1",
     "7:blkio:/a\n4:cpu,cpuacct:/a\n",                                    { { "cpu/a/cpu.cfs_quota_us", "200000\n" }, { "cpu/a/cpu.cfs_period_us", "100000\n" } },
     2                                                                                                                                                                     },
    { "version 1 without a limit",
     "4:cpuacct,cpu:/a\n",                                                { { "cpu/a/cpu.cfs_quota_us", "-1\n" }, { "cpu/a/cpu.cfs_period_us", "100000\n" } },
     UINT_MAX                                                                                                                                                              },
    { "controllers with a similar name",
     "4:cpuset,cpuacct:/a\n",                                             { { "cpu/a/cpu.cfs_quota_us", "200000\n" }, { "cpu/a/cpu.cfs_period_us", "100000\n" } },
     UINT_MAX                                                                                                                                                              },
    { "a period of nothing is no limit",                  "0::/a\n",      { { "a/cpu.max", "100000 0\n" } },                                                       UINT_MAX},
    { "lines that are none",                              "\n:\nx\n0:\n", { { "cpu.max", "100000 100000\n" } },                                                    UINT_MAX},
};

static void put(const char *folder, const char *path, const char *text)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s/%s", folder, path);
    for (char *slash = strchr(whole + strlen(folder) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *file = fopen(whole, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void remove_all(const char *folder)
{
    char command[512];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0); /* the folder's name is ours */
}

static void check_row(void **state)
{
    const struct row *row = *state;
    char folder[] = "/tmp/ais-processors-XXXXXX", membership[512];
    assert_non_null(mkdtemp(folder));
    snprintf(membership, sizeof membership, "%s/membership", folder);
    put(folder, "membership", row->membership);
    for (size_t i = 0; i < FILES && row->files[i].path != NULL; i++)
        put(folder, row->files[i].path, row->files[i].text);
    unsigned granted = ais_processors_granted(membership, folder);
    remove_all(folder);
    assert_int_equal(granted, row->granted);
}

static void no_file_is_no_limit(void **state)
{
    (void)state;
    assert_int_equal(ais_processors_granted("/nowhere/membership", "/nowhere"), UINT_MAX);
}

/* Of this very process: at least one, and no more than it may run on. */
static void it_counts_those_that_it_may_run_on(void **state)
{
    cpu_set_t mine, one;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof mine, &mine), 0);
    assert_in_range(ais_processors(), 1, (uintmax_t)CPU_COUNT(&mine));
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &mine))
            CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    unsigned alone = ais_processors();
    assert_int_equal(sched_setaffinity(0, sizeof mine, &mine), 0);
    assert_int_equal(alone, 1);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    const struct CMUnitTest others[] = {
        cmocka_unit_test(no_file_is_no_limit),
        cmocka_unit_test(it_counts_those_that_it_may_run_on),
    };
    int failed = cmocka_run_group_tests_name("sys/processors", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("sys/processors, of this machine", others, NULL, NULL);
}
