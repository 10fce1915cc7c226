/* The directory in memory beside a real one: whatever is done to both, both say the same. */
#include "shared/mem/secret.h"
#include "shared/seal/file_memory.h"
#include "shared/seal/log.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOG_KEY "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="

enum { STEPS = 20000, DESCRIPTORS = 6, NAMES = 5, BIGGEST = 3 * AIS_MEMORY_BLOCK };

static uint64_t random_state = 88172645463325252ULL;

static size_t choose(size_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state >> 11) % below;
}

static const char *const names[NAMES] = { "a", "b", "c.enc", "d", "a.tmp" };

/* ---- the same steps on both ---- */

struct pair {
    struct ais_dir *real, *memory;
    int real_fd[DESCRIPTORS], memory_fd[DESCRIPTORS];
};

static void step_open(struct pair *pair, size_t i)
{
    static const int flags[] = { O_RDONLY, O_RDWR, O_RDWR | O_CREAT, O_RDWR | O_CREAT | O_EXCL,
                                 O_WRONLY | O_CREAT | O_TRUNC };
    const char *name = names[choose(NAMES)];
    int how = flags[choose(N_ELEMS(flags))];
    ais_file_close(pair->real, &pair->real_fd[i]);
    ais_file_close(pair->memory, &pair->memory_fd[i]);
    enum ais_err real = ais_file_open(pair->real, name, how, &pair->real_fd[i], NULL);
    assert_int_equal(ais_file_open(pair->memory, name, how, &pair->memory_fd[i], NULL), real);
    assert_int_equal(pair->memory_fd[i] < 0, pair->real_fd[i] < 0);
}

static void step_write(struct pair *pair, size_t i)
{
    static char bytes[BIGGEST];
    size_t n = choose(2) == 0 ? choose(100) : choose(BIGGEST), at = choose(BIGGEST);
    memset(bytes, (int)(1 + choose(255)), n);
    enum ais_err real = ais_file_write(pair->real, pair->real_fd[i], bytes, n, at, NULL);
    assert_int_equal(ais_file_write(pair->memory, pair->memory_fd[i], bytes, n, at, NULL), real);
}

static void step_read(struct pair *pair, size_t i)
{
    static char one[BIGGEST], other[BIGGEST];
    size_t n = choose(BIGGEST), at = choose(2 * BIGGEST), n_one = 0, n_other = 0;
    enum ais_err real = ais_file_read(pair->real, pair->real_fd[i], one, n, at, &n_one, NULL);
    assert_int_equal(ais_file_read(pair->memory, pair->memory_fd[i], other, n, at, &n_other, NULL), real);
    assert_int_equal(n_other, n_one);
    assert_memory_equal(other, one, n_one);
}

static void step_cut(struct pair *pair, size_t i)
{
    size_t size = choose(2 * BIGGEST);
    enum ais_err real = ais_file_cut(pair->real, pair->real_fd[i], size, NULL);
    assert_int_equal(ais_file_cut(pair->memory, pair->memory_fd[i], size, NULL), real);
}

static void step_look(struct pair *pair, size_t i)
{
    struct ais_file_info one = { 0 }, other = { 0 };
    enum ais_err real = ais_file_info(pair->real, pair->real_fd[i], &one, NULL);
    assert_int_equal(ais_file_info(pair->memory, pair->memory_fd[i], &other, NULL), real);
    assert_int_equal(other.size, one.size);
    assert_int_equal(other.names, one.names);
    assert_int_equal(ais_file_sync(pair->memory, pair->memory_fd[i], NULL),
                     ais_file_sync(pair->real, pair->real_fd[i], NULL));
}

static void step_name(struct pair *pair, size_t i)
{
    const char *from = names[choose(NAMES)], *to = names[choose(NAMES)];
    switch (i % 4) {
    case 0:
        assert_int_equal(ais_file_rename(pair->memory, from, to, NULL), ais_file_rename(pair->real, from, to, NULL));
        break;
    case 1:
        assert_int_equal(ais_file_link(pair->memory, from, to, NULL), ais_file_link(pair->real, from, to, NULL));
        break;
    case 2:
        assert_int_equal(ais_file_exchange(pair->memory, from, to, NULL),
                         ais_file_exchange(pair->real, from, to, NULL));
        break;
    default: assert_int_equal(ais_file_unlink(pair->memory, from, NULL), ais_file_unlink(pair->real, from, NULL));
    }
}

static void count_name(void *context, const char *name)
{
    unsigned *bits = context;
    for (unsigned i = 0; i < NAMES; i++)
        if (strcmp(names[i], name) == 0)
            *bits ^= 1U << i;
}

static void step_list(struct pair *pair)
{
    unsigned one = 0, other = 0;
    assert_int_equal(ais_dir_list(pair->real, count_name, &one, NULL), AIS_OK);
    assert_int_equal(ais_dir_list(pair->memory, count_name, &other, NULL), AIS_OK);
    assert_int_equal(other, one);
}

static void both_say_the_same(void **state)
{
    char folder[] = "/tmp/ais-memory-XXXXXX";
    struct pair pair = { 0 };
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(ais_dir_open(folder, false, &pair.real, NULL, NULL), AIS_OK);
    assert_int_equal(ais_dir_open_memory("memory", UINT64_MAX, &pair.memory, NULL), AIS_OK);
    for (size_t i = 0; i < DESCRIPTORS; i++)
        pair.real_fd[i] = pair.memory_fd[i] = -1;
    for (size_t step = 0; step < STEPS; step++) {
        static void (*const steps[])(struct pair *, size_t) = { step_write, step_read, step_cut, step_look };
        size_t i = choose(DESCRIPTORS), what = choose(10);
        if (what == 0 || pair.real_fd[i] < 0)
            step_open(&pair, i);
        else if (what == 1)
            step_name(&pair, i);
        else if (what == 2)
            step_list(&pair);
        else
            steps[what % N_ELEMS(steps)](&pair, i);
    }
    ais_dir_close(&pair.memory); /* with descriptors open: nothing is lost track of */
    for (size_t i = 0; i < DESCRIPTORS; i++)
        ais_file_close(pair.real, &pair.real_fd[i]);
    for (size_t i = 0; i < NAMES; i++)
        assert_int_equal(ais_file_unlink(pair.real, names[i], NULL), AIS_OK);
    ais_dir_close(&pair.real);
    assert_int_equal(rmdir(folder), 0);
}

/* ---- the limit ---- */

/* A time that was looked at makes the next write of the log dearer, so a look by name never asks for it. */
static void a_look_by_name_sees_the_same_file_and_asks_for_no_time(void **state)
{
    char folder[] = "/tmp/ais-memory-XXXXXX";
    struct ais_dir *dir = NULL;
    struct ais_file_info there, here;
    int fd = -1;
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(ais_dir_open(folder, false, &dir, NULL, NULL), AIS_OK);
    assert_int_equal(ais_file_open(dir, "a", O_RDWR | O_CREAT, &fd, NULL), AIS_OK);
    assert_int_equal(ais_file_write(dir, fd, "12345", 5, 0, NULL), AIS_OK);
    assert_int_equal(ais_file_look(dir, "a", &there, NULL), AIS_OK);
    assert_int_equal(ais_file_info(dir, fd, &here, NULL), AIS_OK);
    assert_int_equal(there.size, 5);
    assert_int_equal(there.device, here.device);
    assert_int_equal(there.inode, here.inode);
    assert_int_equal(there.names, 1);
    assert_int_equal(there.mode, here.mode);
    assert_int_equal(there.modified_ns, 0);
    assert_int_not_equal(here.modified_ns, 0);
    ais_file_close(dir, &fd);
    assert_int_equal(ais_file_unlink(dir, "a", NULL), AIS_OK);
    ais_dir_close(&dir);
    assert_int_equal(rmdir(folder), 0);
}

static void it_is_full_at_its_limit_and_takes_more_when_some_is_given_back(void **state)
{
    static const char bytes[4 * AIS_MEMORY_BLOCK];
    AUTO(ais_dir_close) struct ais_dir *dir = NULL;
    struct ais_file_info info;
    int one = -1, other = -1;
    (void)state;
    assert_int_equal(ais_dir_open_memory("memory", 3 * AIS_MEMORY_BLOCK + 1, &dir, NULL), AIS_OK);
    assert_int_equal(ais_file_open(dir, "one", O_RDWR | O_CREAT, &one, NULL), AIS_OK);
    assert_int_equal(ais_file_open(dir, "other", O_RDWR | O_CREAT, &other, NULL), AIS_OK);
    assert_int_equal(ais_file_write(dir, one, bytes, 2 * AIS_MEMORY_BLOCK, 0, NULL), AIS_OK);
    assert_int_equal(ais_file_write(dir, other, bytes, 2 * AIS_MEMORY_BLOCK, 0, NULL), AIS_E_SPACE);
    assert_int_equal(ais_file_info(dir, other, &info, NULL), AIS_OK);
    assert_int_equal(info.size, AIS_MEMORY_BLOCK); /* as far as it went */
    assert_int_equal(ais_file_unlink(dir, "one", NULL), AIS_OK);
    assert_int_equal(ais_file_write(dir, other, bytes, 2 * AIS_MEMORY_BLOCK, 0, NULL), AIS_E_SPACE);
    ais_file_close(dir, &one); /* only now is it gone */
    assert_int_equal(ais_file_write(dir, other, bytes, 3 * AIS_MEMORY_BLOCK, 0, NULL), AIS_OK);
}

static void a_hole_takes_no_room(void **state)
{
    AUTO(ais_dir_close) struct ais_dir *dir = NULL;
    char byte = 'x';
    size_t n = 0;
    int fd = -1;
    (void)state;
    assert_int_equal(ais_dir_open_memory("memory", AIS_MEMORY_BLOCK, &dir, NULL), AIS_OK);
    assert_int_equal(ais_file_open(dir, "one", O_RDWR | O_CREAT, &fd, NULL), AIS_OK);
    assert_int_equal(ais_file_write(dir, fd, &byte, 1, 100 * AIS_MEMORY_BLOCK, NULL), AIS_OK);
    assert_int_equal(ais_file_read(dir, fd, &byte, 1, 50 * AIS_MEMORY_BLOCK, &n, NULL), AIS_OK);
    assert_int_equal(n, 1);
    assert_int_equal(byte, '\0');
}

/* ---- what it is for ---- */

static void note_segment(void *context, const char *name)
{
    size_t *count = context;
    *count += strncmp(name, "audit_logs", strlen("audit_logs")) == 0;
}

/* A log that rotates for ever stays within segment size x (retention + 2), and a spare for the one that is deleted. */
static void a_log_lives_in_it(void **state)
{
    enum { SEGMENT = 65536, RETENTION = 2, COMMITS = 400, PAD = 2000 };
    AUTO(ais_dir_close) struct ais_dir *dir = NULL;
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    struct ais_seal_log *log = NULL;
    static struct ais_seal_log_report report;
    static char record[PAD + 32];
    struct ais_why why = { 0 };
    size_t segments = 0;
    (void)state;
    assert_int_equal(ais_dir_open_memory("memory", (RETENTION + 3) * 2 * SEGMENT, &dir, &why), AIS_OK);
    assert_int_equal(ais_keyring_parse(LOG_KEY, &ring, &why), AIS_OK);
    const struct ais_seal_log_conf conf = { .dir = dir,
                                            .ring = ring,
                                            .segment_size = SEGMENT,
                                            .retention = RETENTION,
                                            .genesis = "{\"event\":\"log_created\"}" };
    assert_int_equal(ais_seal_log_open(&conf, &log, &report, &why), AIS_OK);
    ais_seal_log_report_done(&report);
    snprintf(record, sizeof record, "{\"pad\":\"%0*d\"}", PAD, 0);
    for (size_t i = 0; i < COMMITS; i++) {
        const struct ais_seal_record records[] = {
            {record, strlen(record)}
        };
        const struct ais_seal_batch batch = { .records = records, .count = 1, .sync = true };
        uint64_t first = 0;
        if (ais_seal_log_commit(log, &batch, &first, &why) != AIS_OK)
            fail_msg("commit %zu: %s", i, why.text);
        assert_int_equal(ais_seal_log_prepare(log, &why), AIS_OK);
        assert_int_equal(first, i + 2); /* 1 is the genesis */
    }
    assert_int_equal(ais_seal_log_close(&log, &why), AIS_OK);
    assert_int_equal(ais_dir_list(dir, note_segment, &segments, &why), AIS_OK);
    assert_in_range(segments, RETENTION + 1, RETENTION + 2);
    assert_int_equal(ais_seal_log_open(&conf, &log, &report, &why), AIS_OK);
    assert_int_equal(report.fault_total, 0);
    ais_seal_log_report_done(&report);
    assert_int_equal(ais_seal_log_close(&log, &why), AIS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_say_the_same),
        cmocka_unit_test(a_look_by_name_sees_the_same_file_and_asks_for_no_time),
        cmocka_unit_test(it_is_full_at_its_limit_and_takes_more_when_some_is_given_back),
        cmocka_unit_test(a_hole_takes_no_room),
        cmocka_unit_test(a_log_lives_in_it),
    };
    struct ais_why why = { 0 };
    if (ais_secret_init(&why) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("seal/file_memory", tests, NULL, NULL);
}
