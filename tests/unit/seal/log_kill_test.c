/* kill -9 on a real disk: a child commits and tells what was acknowledged; whenever it dies, that is there. */
#include "shared/mem/secret.h"
#include "shared/seal/log.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLS = 40, SEGMENT = 16 << 10 };

static const char key_text[] = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

struct place {
    char path[64];
    struct ais_dir *dir;
    struct ais_keyring *ring;
};

static struct ais_seal_log *open_log(struct place *place, struct ais_why *why)
{
    static struct ais_seal_log_report report;
    struct ais_seal_log *log = NULL;
    const struct ais_seal_log_conf conf = {
        .dir = place->dir, .ring = place->ring, .segment_size = SEGMENT, .retention = 100000, .genesis = "{}"
    };
    report = (struct ais_seal_log_report){ 0 };
    enum ais_err err = ais_seal_log_open(&conf, &log, &report, why);
    ais_seal_log_report_done(&report);
    return err == AIS_OK ? log : NULL;
}

static bool never(void *context)
{
    (void)context;
    return false;
}

/* Packs one segment, if there is one. */
static bool pack_one(struct ais_seal_packer *packer, const struct ais_seal_log *log)
{
    const struct ais_seal_packing packing = { .active = ais_seal_log_position(log).segment,
                                              .retention = UINT32_MAX,
                                              .stop = never };
    struct ais_seal_packed packed;
    return ais_seal_packer_next(packer, &packing, &packed, NULL) == AIS_OK;
}

/* The child: commits for ever, packs what it rotates, and writes the number of each acknowledged record into the pipe.
 */
static void commit_until_killed(struct place *place, int acknowledged)
{
    struct ais_seal_log *log = open_log(place, NULL);
    struct ais_seal_packer *packer = NULL;
    char json[700];
    if (ais_seal_packer_new(place->dir, place->ring, &packer, NULL) != AIS_OK)
        _exit(1);
    for (unsigned round = 0; log != NULL; round++) {
        int n = snprintf(json, sizeof json, "{\"pad\":\"%0*u\"}", (int)(round % 600) + 1, 0);
        const struct ais_seal_record record = { json, (size_t)n };
        const struct ais_seal_batch batch = { .records = &record, .count = 1, .sync = true };
        uint64_t seq = 0;
        if (ais_seal_log_commit(log, &batch, &seq, NULL) != AIS_OK ||
            (round % 8 == 0 && ais_seal_log_prepare(log, NULL) != AIS_OK) || (round % 4 == 0 && !pack_one(packer, log)))
            break;
        if (write(acknowledged, &seq, sizeof seq) != sizeof seq)
            break;
    }
    _exit(1);
}

/* Lets a child work for a while, kills it, and returns the last number that it had acknowledged. */
static uint64_t run_child(struct place *place, unsigned commits)
{
    int pipe_ends[2];
    uint64_t seq = 0, last = 0;
    assert_int_equal(pipe(pipe_ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(pipe_ends[0]);
        commit_until_killed(place, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    for (unsigned i = 0; read(pipe_ends[0], &seq, sizeof seq) == sizeof seq; i++) {
        last = seq;
        if (i == commits)
            kill(child, SIGKILL); /* it goes on until this arrives, at whatever call it then is */
    }
    close(pipe_ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return last;
}

static void remove_one(void *context, const char *name)
{
    struct ais_dir *dir = context;
    assert_int_equal(ais_file_unlink(dir, name, NULL), AIS_OK);
}

static void what_was_acknowledged_outlives_the_process(void **state)
{
    (void)state;
    struct place place = { .path = "/tmp/ais-kill-XXXXXX" };
    struct ais_why why = { 0 };
    assert_non_null(mkdtemp(place.path));
    assert_int_equal(ais_dir_open(place.path, false, &place.dir, NULL, NULL), AIS_OK);
    assert_int_equal(ais_keyring_parse(key_text, &place.ring, NULL), AIS_OK);
    for (unsigned i = 0; i < KILLS; i++) {
        uint64_t acknowledged = run_child(&place, i * 7 % 60);
        struct ais_seal_log *log = open_log(&place, &why);
        assert_non_null(log);
        assert_true(ais_seal_log_head(log).seq >= acknowledged);
        assert_true(ais_seal_log_head(log).seq <= acknowledged + 1);
        assert_int_equal(ais_seal_log_close(&log, NULL), AIS_OK);
    }
    struct ais_seal_verdict verdict = { 0 };
    assert_int_equal(ais_seal_log_verify(place.dir, place.ring, NULL, NULL, NULL, NULL, &verdict, &why), AIS_OK);
    assert_int_equal(verdict.faults, 0);
    assert_int_equal(verdict.records, verdict.last);
    struct ais_file_info first = { 0 };
    int fd = -1;
    assert_int_equal(ais_file_open(place.dir, "audit_logs.1.enc", O_RDONLY, &fd, NULL), AIS_OK);
    assert_int_equal(ais_file_info(place.dir, fd, &first, NULL), AIS_OK);
    ais_file_close(place.dir, &fd);
    assert_true(first.size < SEGMENT / 2); /* it was packed on the way */
    assert_int_equal(ais_dir_list(place.dir, remove_one, place.dir, NULL), AIS_OK);
    assert_int_equal(rmdir(place.path), 0);
    ais_dir_close(&place.dir);
    ais_keyring_destroy(&place.ring);
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_outlives_the_process),
    };
    return cmocka_run_group_tests_name("seal/log_kill", tests, NULL, NULL);
}
