/* How many threads can be started, and that none of them is left. */
#include "shared/sys/threads.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned threads_now(void)
{
    unsigned count = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (const struct dirent *entry; (entry = readdir(tasks)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

static void as_many_as_are_asked_for(void **state)
{
    (void)state;
    unsigned before = threads_now();
    for (unsigned count = 0; count <= 20; count += 5) {
        assert_int_equal(ais_threads_startable(count), count);
        assert_int_equal(threads_now(), before);
    }
}

/* Of a user with no other process, so that the limit is this process's alone. */
static void no_more_than_the_limit(void **state)
{
    (void)state;
    if (getuid() != 0)
        skip(); /* only root can become another user */
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = { 5, 5 };
        if (setrlimit(RLIMIT_NPROC, &limit) != 0 || setuid(1 << 30 | (unsigned)getpid()) != 0)
            _exit(2);
        bool right = true;
        for (int i = 0; i < 100; i++)
            right = right && ais_threads_startable(4) == 4 && ais_threads_startable(9) == 4;
        _exit(right ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_as_are_asked_for),
        cmocka_unit_test(no_more_than_the_limit),
    };
    return cmocka_run_group_tests_name("sys/threads", tests, NULL, NULL);
}
