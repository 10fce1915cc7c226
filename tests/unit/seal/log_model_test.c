/* Whatever faults and crashes come in whatever order: what was acknowledged is there, once, in order, and verifies. */
#include "shared/mem/secret.h"
#include "tests/unit/seal/log_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDS = 4000, STEPS = 120 };

/* What is known of each record that was ever given to the log. */
enum fate {
    UNKNOWN, /* failed, and the process ended: it may be there */
    REFUSED, /* failed, and the process went on to commit: it must not be there */
    WRITTEN, /* acknowledged without sync: lost at most by a power cut */
    DURABLE, /* acknowledged: must be there */
};

struct model {
    struct log_fixture f;
    enum fate fate[IDS];
    unsigned next_id, failed_from; /* ids from failed_from on failed in this process */
    bool sync_only;
    uint64_t seed;
};

static struct ais_signer *signer; /* of checkpoints, which every other run has */

static void fail_model(const struct model *m, const char *what, unsigned id)
{
    print_message("seed %llu: record %u: %s\n", (unsigned long long)m->seed, id, what);
    fail();
}

/* Compares the log on disk with the model. What may be there and is, is there from now on. */
static void check(struct model *m)
{
    static struct found found;
    static bool seen[IDS];
    memset(seen, 0, sizeof seen);
    fixture_read(&m->f, AIS_SEAL_OLDEST_FIRST, &found);
    for (size_t i = 0; i < found.count; i++) {
        unsigned id = found.ids[i];
        if (id == 0)
            continue;
        if (seen[id])
            fail_model(m, "is there twice", id);
        if (m->fate[id] == REFUSED)
            fail_model(m, "was refused, but is there", id);
        seen[id] = true;
        if (i > 0 && found.seqs[i] <= found.seqs[i - 1])
            fail_model(m, "is out of order", id);
        if (i > 0 && found.ids[i - 1] >= id)
            fail_model(m, "is before an earlier one", id);
    }
    for (unsigned id = 1; id < m->next_id; id++)
        if (!seen[id] && m->fate[id] >= WRITTEN)
            fail_model(m, "was acknowledged, but is not there", id);
        else if (seen[id])
            m->fate[id] = DURABLE;
        else
            m->fate[id] = REFUSED;
    if (!m->sync_only)
        return;
    struct faults faults;
    fixture_verify(&m->f, &faults);
    if (found.faults > 0 || faults.count > 0) {
        print_message("%s:%llu: %s\n", faults.list[0].file, (unsigned long long)faults.list[0].line,
                      faults.list[0].text);
        fail_model(m, "the log does not verify", 0);
    }
}

/* An acknowledgement of anything settles what failed before it in this process. */
static void acknowledged(struct model *m, unsigned id, enum fate fate)
{
    for (unsigned i = m->failed_from; i < id; i++)
        if (m->fate[i] == UNKNOWN)
            m->fate[i] = REFUSED;
    m->failed_from = id + 1;
    m->fate[id] = fate;
    for (unsigned i = 1; fate == DURABLE && i < id; i++)
        if (m->fate[i] == WRITTEN)
            m->fate[i] = DURABLE;
}

static void commit(struct model *m)
{
    bool sync = m->sync_only || memdisk_random(m->f.disk, 3) == 0;
    unsigned id = m->next_id++;
    assert_true(id < IDS);
    size_t pad = (size_t)memdisk_random(m->f.disk, memdisk_random(m->f.disk, 12) == 0 ? 9000 : 900);
    if (fixture_commit(&m->f, id, pad, sync) == AIS_OK)
        acknowledged(m, id, sync ? DURABLE : WRITTEN);
    else
        m->fate[id] = UNKNOWN;
}

static void sync_log(struct model *m)
{
    if (ais_seal_log_sync(m->f.log, NULL) != AIS_OK)
        return;
    for (unsigned id = 1; id < m->next_id; id++)
        if (m->fate[id] == WRITTEN)
            m->fate[id] = DURABLE;
}

/* The process has ended; with the power, what was not synced may be gone. */
static void restart(struct model *m, bool power_lost)
{
    memdisk_restart(m->f.disk, power_lost);
    for (unsigned id = 1; power_lost && id < m->next_id; id++)
        if (m->fate[id] == WRITTEN)
            m->fate[id] = UNKNOWN;
}

/* Comes back until it succeeds: faults may hit recovery too. */
static void reopen(struct model *m)
{
    for (int attempt = 0; m->f.log == NULL; attempt++) {
        struct ais_why why = { 0 };
        enum ais_err err = fixture_open(&m->f, &why);
        if (err == AIS_OK)
            break;
        if (attempt > 0) {
            print_message("%s\n", why.text);
            fail_model(m, "the log does not open", 0);
        }
        restart(m, memdisk_random(m->f.disk, 2) == 0);
    }
    m->failed_from = m->next_id;
}

static void crash(struct model *m)
{
    fixture_end_process(&m->f);
    restart(m, memdisk_random(m->f.disk, 2) == 0);
    if (memdisk_random(m->f.disk, 3) == 0)
        memdisk_die(m->f.disk, 1 + (unsigned)memdisk_random(m->f.disk, 12));
    reopen(m);
    memdisk_heal(m->f.disk); /* a death that was planned for recovery, but came too late */
}

static void plan_fault(struct model *m)
{
    static const int errors[] = { EIO, ENOSPC, EROFS, EDQUOT };
    unsigned calls = 1 + (unsigned)memdisk_random(m->f.disk, 10);
    if (memdisk_random(m->f.disk, 4) == 0)
        memdisk_die(m->f.disk, calls);
    else
        memdisk_fail(m->f.disk, calls, 1 + (unsigned)memdisk_random(m->f.disk, 4),
                     errors[memdisk_random(m->f.disk, N_ELEMS(errors))]);
}

static void close_in_order(struct model *m)
{
    if (ais_seal_log_close(&m->f.log, NULL) != AIS_OK)
        for (unsigned id = 1; id < m->next_id; id++)
            if (m->fate[id] == WRITTEN)
                m->fate[id] = UNKNOWN;
    restart(m, false);
    reopen(m);
}

static void run(uint64_t seed, bool sync_only)
{
    static struct model model;
    struct model *m = &model;
    *m = (struct model){ .next_id = 1, .failed_from = 1, .sync_only = sync_only, .seed = seed };
    fixture_begin(&m->f, seed);
    m->f.conf.signer = seed % 2 == 0 ? signer : NULL;
    m->f.conf.checkpoint_every = 1 + seed % 9;
    reopen(m);
    for (int step = 0; step < STEPS; step++) {
        uint64_t dice = memdisk_random(m->f.disk, 100);
        if (dice < 72)
            commit(m);
        else if (dice < 78)
            sync_log(m);
        else if (dice < 84) {
            enum ais_err err = ais_seal_log_prepare(m->f.log, NULL);
            (void)err; /* it may fail: rotation does without */
        } else if (dice < 88) {
            fixture_pack(&m->f, ais_seal_log_position(m->f.log).segment);
        } else if (dice < 94)
            plan_fault(m);
        else if (dice < 98) {
            crash(m);
            check(m);
        } else
            close_in_order(m);
    }
    crash(m);
    check(m);
    fixture_end(&m->f);
}

static void runs(bool sync_only)
{
    const char *one = getenv("AIS_MODEL_SEED"), *many = getenv("AIS_MODEL_RUNS");
    uint64_t count = many != NULL ? strtoull(many, NULL, 10) : 120;
    if (one != NULL) {
        run(strtoull(one, NULL, 10), sync_only);
        return;
    }
    for (uint64_t seed = 1; seed <= count; seed++)
        run(seed, sync_only);
}

static void durable_commits_survive_everything(void **state)
{
    (void)state;
    runs(true);
}

static void commits_without_sync_are_lost_by_power_cuts_only(void **state)
{
    (void)state;
    runs(false);
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK || ais_signer_generate(&signer, NULL) != AIS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durable_commits_survive_everything),
        cmocka_unit_test(commits_without_sync_are_lost_by_power_cuts_only),
    };
    int failed = cmocka_run_group_tests_name("seal/log_model", tests, NULL, NULL);
    ais_signer_destroy(&signer);
    return failed;
}
