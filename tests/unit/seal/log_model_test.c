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
    bool underneath; /* somebody does things to the files */
    bool exposed;    /* the active segment has no name now, until the next commit: a crash takes it away */
    bool holed;      /* records were lost so, or cut off: the log says it, and verifies no more */
    uint64_t segment;
    unsigned segment_from; /* no id below this one is in the active segment */
    uint64_t generation;   /* of the document; acknowledged */
    uint64_t seed;
};

enum { FEW = 3 }; /* segments that are kept where retention is short */

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
        if (m->fate[id] == REFUSED && !m->holed) /* the "void" may have been lost with its segment */
            fail_model(m, "was refused, but is there", id);
        seen[id] = true;
        if (i > 0 && !m->holed && found.seqs[i] <= found.seqs[i - 1])
            fail_model(m, "is out of order", id);
        if (i > 0 && found.ids[i - 1] >= id)
            fail_model(m, "is before an earlier one", id);
    }
    unsigned oldest = 1; /* what is before it, retention has deleted; that this is recorded, verifying tells */
    if (m->f.conf.retention == FEW)
        while (oldest < m->next_id && !seen[oldest])
            oldest++;
    for (unsigned id = 1; id < m->next_id; id++)
        if (!seen[id] && id >= oldest && m->fate[id] >= WRITTEN)
            fail_model(m, "was acknowledged, but is not there", id);
        else if (seen[id])
            m->fate[id] = DURABLE;
        else
            m->fate[id] = id < oldest ? UNKNOWN : REFUSED; /* a deletion that was not durable may be undone */
    if (!m->sync_only || m->holed)
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

/* A new segment holds what is written next, and what was carried into it. That may be what the one before lost. */
static void follow_segment(struct model *m, unsigned id)
{
    uint64_t segment = ais_seal_log_position(m->f.log).segment;
    unsigned before = m->segment_from;
    if (segment == m->segment)
        return;
    m->segment = segment;
    m->segment_from = id;
    for (unsigned i = id; i > 0; i--)
        if (m->fate[i] == WRITTEN || (m->holed && i >= before && m->fate[i] == UNKNOWN))
            m->segment_from = i;
}

/* What the active segment holds may be gone. */
static void lose_active(struct model *m)
{
    for (unsigned id = m->segment_from; id < m->next_id; id++)
        if (m->fate[id] >= WRITTEN)
            m->fate[id] = UNKNOWN;
    m->holed = true;
}

static void commit(struct model *m)
{
    bool sync = m->sync_only || memdisk_random(m->f.disk, 3) == 0;
    unsigned id = m->next_id++;
    assert_true(id < IDS);
    size_t pad = (size_t)memdisk_random(m->f.disk, memdisk_random(m->f.disk, 12) == 0 ? 9000 : 900);
    if (memdisk_random(m->f.disk, 40) == 0)
        ais_seal_log_turn(m->f.log);
    if (fixture_commit(&m->f, id, pad, sync) == AIS_OK) {
        m->exposed = false; /* it has looked */
        follow_segment(m, id);
        acknowledged(m, id, sync ? DURABLE : WRITTEN);
    } else
        m->fate[id] = UNKNOWN;
}

static void sync_log(struct model *m)
{
    if (ais_seal_log_sync(m->f.log, NULL) != AIS_OK)
        return;
    follow_segment(m, m->next_id); /* it may have needed one */
    for (unsigned id = 1; id < m->next_id; id++)
        if (m->fate[id] == WRITTEN)
            m->fate[id] = DURABLE;
}

/* The process has ended; with the power, what was not synced may be gone. */
static void restart(struct model *m, bool power_lost)
{
    memdisk_restart(m->f.disk, power_lost);
    if (m->exposed)
        lose_active(m);
    m->exposed = false;
    for (unsigned id = 1; power_lost && id < m->next_id; id++)
        if (m->fate[id] == WRITTEN)
            m->fate[id] = UNKNOWN;
}

/* A sealed document is replaced, and then anchored, as the store does it. */
static void change_document(struct model *m)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = NULL;
    struct ais_anchor anchor = { 0 };
    uint64_t first = 0;
    assert_int_equal(ais_sealer_new(m->f.ring, &sealer, NULL), AIS_OK);
    enum ais_err err = ais_document_read(m->f.dir, sealer, "rulepacks", NULL, &body, &anchor, NULL);
    if (err != AIS_OK && err != AIS_E_NOT_FOUND)
        return; /* the process is as good as dead */
    if (ais_document_write(m->f.dir, sealer, "rulepacks", anchor.generation + 1, NULL, "{}", 2, &anchor, NULL) !=
        AIS_OK)
        return;
    m->generation = anchor.generation;
    const struct ais_seal_record record = { "{\"id\":0}", 8 };
    const struct ais_seal_batch batch = {
        .records = &record, .count = 1, .anchors = &anchor, .anchor_count = 1, .sync = true
    };
    if (ais_seal_log_commit(m->f.log, &batch, &first, NULL) == AIS_OK) {
        m->exposed = false;
        follow_segment(m, m->next_id);
        if (m->next_id > 1 && m->fate[m->next_id - 1] == WRITTEN)
            acknowledged(m, m->next_id - 1, DURABLE);
    }
}

/* At a start, the document is never older than the log's anchor, nor than what was acknowledged. */
static void check_document(struct model *m)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = NULL;
    struct ais_anchor found = { 0 };
    struct ais_why why = { 0 };
    assert_int_equal(ais_sealer_new(m->f.ring, &sealer, NULL), AIS_OK);
    enum ais_err err = ais_document_read(m->f.dir, sealer, "rulepacks", NULL, &body, &found, &why);
    if (err == AIS_E_NOT_FOUND && m->generation == 0 && m->f.report.anchor_count == 0)
        return;
    if (err == AIS_OK && m->f.report.anchor_count > 0)
        err = ais_document_check(&found, &m->f.report.anchors[0], &why);
    if (err != AIS_OK || found.generation < m->generation) {
        print_message("%s\n", why.text);
        fail_model(m, "the document is not what was acknowledged", 0);
    }
}

/* Comes back until it succeeds: faults may hit recovery too. */
static void reopen(struct model *m)
{
    for (int attempt = 0; m->f.log == NULL; attempt++) {
        struct ais_why why = { 0 };
        enum ais_err err = fixture_open(&m->f, &why);
        if (err == AIS_OK)
            break;
        if (err == AIS_E_KEY && m->holed)
            return; /* nothing that opens was left, and nothing is touched: the run ends */
        if (attempt > 0) {
            print_message("%s\n", why.text);
            fail_model(m, "the log does not open", 0);
        }
        restart(m, memdisk_random(m->f.disk, 2) == 0);
    }
    m->failed_from = m->next_id;
    m->segment = ais_seal_log_position(m->f.log).segment; /* what it holds began no earlier than segment_from says */
    memdisk_heal(m->f.disk);                              /* a death that was planned for recovery, but came too late */
    check_document(m);
}

static void crash(struct model *m)
{
    fixture_end_process(&m->f);
    restart(m, memdisk_random(m->f.disk, 2) == 0);
    if (memdisk_random(m->f.disk, 3) == 0)
        memdisk_die(m->f.disk, 1 + (unsigned)memdisk_random(m->f.disk, 12));
    reopen(m);
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

/* Somebody deletes, moves, replaces or cuts a file of the log. */
static void do_something_underneath(struct model *m)
{
    size_t n = 0;
    struct ais_file_info info;
    enum ais_err err = ais_file_look(m->f.dir, AIS_SEAL_LOG_ACTIVE, &info, NULL);
    bool active = err == AIS_OK;
    if (!active && err != AIS_E_NOT_FOUND)
        return;              /* the process is as good as dead */
    memdisk_heal(m->f.disk); /* this is not what fails */
    switch (memdisk_random(m->f.disk, 5)) {
    case 0:
        memdisk_remove(m->f.disk, AIS_SEAL_LOG_ACTIVE);
        m->exposed = true;
        break;
    case 1:
        if (active)
            memdisk_move(m->f.disk, AIS_SEAL_LOG_ACTIVE, "moved");
        m->exposed = true;
        break;
    case 2:
        memdisk_remove(m->f.disk, AIS_SEAL_LOG_ACTIVE);
        memdisk_put(m->f.disk, AIS_SEAL_LOG_ACTIVE, "strange\n", 8);
        m->exposed = true;
        break;
    case 3:
        if (memdisk_bytes(m->f.disk, "audit_logs.next", &n) != NULL)
            memdisk_remove(m->f.disk, "audit_logs.next");
        break;
    default:
        if (!active)
            break;
        memdisk_cut(m->f.disk, AIS_SEAL_LOG_ACTIVE, (size_t)memdisk_random(m->f.disk, info.size + 1));
        lose_active(m);
        break;
    }
}

static void close_in_order(struct model *m)
{
    enum ais_err err = ais_seal_log_close(&m->f.log, NULL);
    m->exposed = m->exposed && err != AIS_OK;
    if (err != AIS_OK)
        for (unsigned id = 1; id < m->next_id; id++)
            if (m->fate[id] == WRITTEN)
                m->fate[id] = UNKNOWN;
    restart(m, false);
    reopen(m);
}

static void run(uint64_t seed, bool sync_only, bool underneath)
{
    static struct model model;
    struct model *m = &model;
    *m = (struct model){
        .next_id = 1, .failed_from = 1, .sync_only = sync_only, .underneath = underneath, .seed = seed
    };
    fixture_begin(&m->f, seed);
    if (seed % 3 == 0)
        m->f.conf.retention = FEW;
    m->f.conf.signer = seed % 2 == 0 ? signer : NULL;
    m->f.conf.checkpoint_every = 1 + seed % 9;
    reopen(m);
    for (int step = 0; step < STEPS && m->f.log != NULL; step++) {
        uint64_t dice = memdisk_random(m->f.disk, 100);
        if (m->underneath && memdisk_random(m->f.disk, 30) == 0)
            do_something_underneath(m);
        if (dice < 68)
            commit(m);
        else if (dice < 72)
            change_document(m);
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
            if (m->f.log != NULL)
                check(m);
        } else
            close_in_order(m);
    }
    if (m->f.log != NULL)
        crash(m);
    if (m->f.log != NULL)
        check(m);
    fixture_end(&m->f);
}

/* Seeds that once found something: a disk that answers again while a rotation is taken back; records that were carried
 * into a segment that was cut then. */
static const uint64_t telling[] = { 439, 635, 4204, 1615, 4083 };

static void runs(bool sync_only, bool underneath)
{
    const char *one = getenv("AIS_MODEL_SEED"), *many = getenv("AIS_MODEL_RUNS");
    uint64_t count = many != NULL ? strtoull(many, NULL, 10) : 60;
    if (one != NULL) {
        run(strtoull(one, NULL, 10), sync_only, underneath);
        return;
    }
    for (size_t i = 0; i < N_ELEMS(telling); i++)
        run(telling[i], sync_only, underneath);
    for (uint64_t seed = 1; seed <= count; seed++)
        run(seed, sync_only, underneath);
}

static void durable_commits_survive_everything(void **state)
{
    (void)state;
    runs(true, false);
}

static void commits_without_sync_are_lost_by_power_cuts_only(void **state)
{
    (void)state;
    runs(false, false);
}

static void what_happens_underneath_loses_no_more_than_it_takes(void **state)
{
    (void)state;
    runs(true, true);
    runs(false, true);
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK || ais_signer_generate(&signer, NULL) != AIS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durable_commits_survive_everything),
        cmocka_unit_test(commits_without_sync_are_lost_by_power_cuts_only),
        cmocka_unit_test(what_happens_underneath_loses_no_more_than_it_takes),
    };
    int failed = cmocka_run_group_tests_name("seal/log_model", tests, NULL, NULL);
    ais_signer_destroy(&signer);
    return failed;
}
