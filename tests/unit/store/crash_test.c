/* The process is killed, or the power fails, at every call of each way to change what is on the disk. The next start
 * comes up without a fault: what was acknowledged is there, once and in order, what was not is there as well or not at
 * all; and what was interrupted can be done. */
#include "shared/mem/secret.h"
#include "shared/seal/log.h"
#include "shared/store/key_rotation.h"
#include "tests/unit/seal/memdisk.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEGMENT = 8 << 10, BATCH = 3 };

struct world {
    struct memdisk *disk;
    uint32_t retention;
    struct ais_store *store; /* NULL between two processes, as is log */
    struct ais_seal_log *log;
    struct ais_seal_log_report report;
    uint64_t tried, told;                   /* ids of records, from 1 on without a gap; told: that were acknowledged */
    uint64_t document_tried, document_told; /* what the document says, likewise */
};

/* ---- what a process does -------------------------------------------------------------------------------------- */

static enum ais_err commit(struct world *w, size_t count, bool sync, struct ais_why *why)
{
    char json[BATCH][256];
    struct ais_seal_record records[BATCH];
    uint64_t first = 0;
    for (size_t i = 0; i < count; i++) {
        int n =
            snprintf(json[i], sizeof json[i], "{\"id\":%llu,\"pad\":\"%0120d\"}", (unsigned long long)++w->tried, 0);
        records[i] = (struct ais_seal_record){ json[i], (size_t)n };
    }
    const struct ais_seal_batch batch = { .records = records, .count = count, .sync = sync };
    TRY(ais_seal_log_commit(w->log, &batch, &first, why));
    if (sync)
        w->told = w->tried;
    return AIS_OK;
}

static enum ais_err write_document(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    const struct world *w = arg;
    (void)now;
    (void)why;
    ais_buf_format(next, "{\"number\":%llu}", (unsigned long long)w->document_tried);
    return AIS_OK;
}

static enum ais_err record_anchors(struct world *w, struct ais_why *why)
{
    static const char event[] = "{\"event\":\"document_sealed\"}";
    const struct ais_seal_record record = { event, sizeof event - 1 };
    for (const struct ais_anchor *anchor; (anchor = ais_store_unrecorded(w->store)) != NULL;) {
        const struct ais_seal_batch batch = {
            .records = &record, .count = 1, .anchors = anchor, .anchor_count = 1, .sync = true
        };
        uint64_t first;
        TRY(ais_seal_log_commit(w->log, &batch, &first, why));
        ais_store_recorded(w->store, anchor);
    }
    return AIS_OK;
}

static enum ais_err start(struct world *w, struct ais_why *why)
{
    struct ais_store_opened opened = { 0 };
    w->report = (struct ais_seal_log_report){ 0 };
    TRY(ais_store_open_in(memdisk_dir(w->disk), NULL, &w->store, &opened, why));
    const struct ais_seal_log_conf conf = { .dir = ais_store_dir(w->store),
                                            .ring = ais_store_keyring(w->store),
                                            .segment_size = SEGMENT,
                                            .retention = w->retention,
                                            .genesis = "{\"event\":\"log_created\"}" };
    TRY(ais_seal_log_open(&conf, &w->log, &w->report, why));
    TRY(ais_store_verify(w->store, w->report.anchors, w->report.anchor_count, why));
    return record_anchors(w, why);
}

static enum ais_err stop(struct world *w, struct ais_why *why)
{
    enum ais_err err = ais_seal_log_close(&w->log, why);
    ais_seal_log_report_done(&w->report);
    ais_store_close(&w->store);
    return err;
}

static bool never(void *context)
{
    (void)context;
    return false;
}

static struct ais_seal_packing packing_of(const struct world *w)
{
    return (struct ais_seal_packing){ .active = ais_seal_log_position(w->log).segment,
                                      .retention = w->retention,
                                      .stop = never };
}

static enum ais_err reseal(struct world *w, struct ais_why *why)
{
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
    const struct ais_seal_packing packing = packing_of(w);
    struct ais_seal_resealed done = { .segment = 1 };
    TRY(ais_seal_packer_new(ais_store_dir(w->store), ais_store_keyring(w->store), &packer, why));
    while (done.segment > 0)
        TRY(ais_seal_packer_reseal(packer, &packing, &done, why));
    return AIS_OK;
}

/* ---- the ways ------------------------------------------------------------------------------------------------- */

static enum ais_err append(struct world *w, struct ais_why *why)
{
    TRY(commit(w, BATCH, true, why));
    return commit(w, 1, true, why);
}

static enum ais_err append_and_sync_later(struct world *w, struct ais_why *why)
{
    TRY(commit(w, BATCH, false, why));
    TRY(commit(w, 1, false, why));
    TRY(ais_seal_log_sync(w->log, why));
    w->told = w->tried;
    return AIS_OK;
}

static enum ais_err rotate(struct world *w, struct ais_why *why)
{
    ais_seal_log_turn(w->log);
    return commit(w, BATCH, true, why);
}

static enum ais_err prepare_and_rotate(struct world *w, struct ais_why *why)
{
    TRY(ais_seal_log_prepare(w->log, why));
    return rotate(w, why);
}

static enum ais_err pack(struct world *w, struct ais_why *why)
{
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
    const struct ais_seal_packing packing = packing_of(w);
    struct ais_seal_packed packed = { .segment = 1 };
    TRY(ais_seal_packer_new(ais_store_dir(w->store), ais_store_keyring(w->store), &packer, why));
    while (packed.segment > 0)
        TRY(ais_seal_packer_next(packer, &packing, &packed, why));
    return AIS_OK;
}

static enum ais_err replace_document(struct world *w, struct ais_why *why)
{
    w->document_tried++;
    TRY(ais_store_change(w->store, AIS_DOCUMENT_RULEPACKS, write_document, w, NULL, why));
    w->document_told = w->document_tried;
    return record_anchors(w, why);
}

static enum ais_err change_key(struct world *w, struct ais_why *why)
{
    TRY(ais_rotation_begin(w->store, NULL, NULL, why));
    TRY(rotate(w, why));
    TRY(ais_rotation_documents(w->store, why));
    TRY(reseal(w, why));
    return ais_rotation_end(w->store, why);
}

static enum ais_err stop_and_start(struct world *w, struct ais_why *why)
{
    TRY(stop(w, why));
    return start(w, why);
}

static const struct row {
    const char *name;
    enum ais_err (*act)(struct world *w, struct ais_why *why);
    uint32_t retention;
    unsigned least; /* calls that it makes */
} rows[] = {
    {"append",                            append,                100, 2 },
    { "append, and sync later",           append_and_sync_later, 100, 3 },
    { "rotate",                           rotate,                100, 6 },
    { "rotate into a prepared segment",   prepare_and_rotate,    100, 6 },
    { "rotate, and delete what is older", rotate,                2,   7 },
    { "pack",                             pack,                  100, 10},
    { "replace a document",               replace_document,      100, 6 },
    { "change the key",                   change_key,            100, 30},
    { "stop, and start",                  stop_and_start,        100, 2 },
};

/* ---- at every call -------------------------------------------------------------------------------------------- */

/* Some segments, one of them packed, and a document. */
static void prepare_world(struct world *w, const struct row *row, unsigned luck)
{
    *w = (struct world){ .disk = memdisk_new(luck), .retention = row->retention };
    assert_int_equal(start(w, NULL), AIS_OK);
    assert_int_equal(replace_document(w, NULL), AIS_OK);
    for (int segment = 0; segment < 4; segment++) {
        for (int i = 0; i < 4; i++)
            assert_int_equal(commit(w, BATCH, true, NULL), AIS_OK);
        if (segment == 1)
            assert_int_equal(pack(w, NULL), AIS_OK);
        if (segment < 3)
            assert_int_equal(rotate(w, NULL), AIS_OK);
    }
}

/* The ids that the log holds: one after the other, up to at least what was told and at most what was tried. */
static void check_records(struct world *w)
{
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    struct ais_dir *dir = ais_store_dir(w->store);
    const struct ais_keyring *ring = ais_store_keyring(w->store);
    struct ais_seal_verdict verdict = { 0 };
    struct ais_seal_commit commit;
    struct ais_why why = { 0 };
    enum ais_err err;
    uint64_t last = 0;
    assert_int_equal(ais_seal_log_verify(dir, ring, NULL, NULL, NULL, NULL, &verdict, NULL), AIS_OK);
    assert_int_equal(verdict.faults, 0);
    assert_int_equal(ais_seal_reader_new(dir, ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, 0, NULL), AIS_OK);
    while ((err = ais_seal_reader_next(reader, &commit, &why)) == AIS_OK) {
        for (const struct ais_json *record = commit.records->first; record != NULL; record = record->next) {
            uint64_t id = 0;
            if (!ais_json_get_u64(record, "id", &id))
                continue;
            assert_true(id == last + 1 || (last == 0 && w->retention < 100));
            last = id;
        }
    }
    assert_int_equal(err, AIS_E_NOT_FOUND);
    assert_in_range(last, w->told, w->tried);
    w->told = w->tried = last;
}

static void check_document(struct world *w)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = NULL;
    uint64_t generation = 0, number = 0;
    assert_int_equal(ais_store_read(w->store, AIS_DOCUMENT_RULEPACKS, arena, &root, &generation, NULL), AIS_OK);
    assert_true(ais_json_get_u64(root, "number", &number));
    assert_in_range(number, w->document_told, w->document_tried);
    w->document_told = w->document_tried = number;
}

static void come_up(struct world *w)
{
    struct ais_why why = { 0 };
    if (start(w, &why) != AIS_OK)
        fail_msg("%s", why.text);
    check_records(w);
    check_document(w);
}

/* False once all is done before the call at which it was to end. */
static bool ends_at(const struct row *row, unsigned at, unsigned luck, bool power_lost)
{
    struct world w;
    struct ais_why why = { 0 };
    prepare_world(&w, row, luck);
    unsigned long before = memdisk_calls(w.disk);
    memdisk_die(w.disk, at);
    enum ais_err err = row->act(&w, NULL);
    bool reached = memdisk_calls(w.disk) - before >= at;
    assert_true(reached || err == AIS_OK);
    memdisk_die(w.disk, 0);
    err = stop(&w, NULL);
    (void)err; /* a dead process does nothing more */
    memdisk_restart(w.disk, power_lost);

    come_up(&w);
    if (row->act(&w, &why) != AIS_OK)
        fail_msg("not afterwards: %s", why.text);
    assert_int_equal(ais_rotation_is_due(w.store), false);
    assert_int_equal(stop(&w, NULL), AIS_OK);
    come_up(&w);
    assert_int_equal(stop(&w, NULL), AIS_OK);
    memdisk_destroy(&w.disk);
    return reached;
}

static void check_row(void **state)
{
    static const struct {
        unsigned luck;
        bool power_lost;
    } ends[] = {
        {1,  false},
        { 1, true },
        { 2, true },
    };
    const struct row *row = *state;
    for (size_t i = 0; i < N_ELEMS(ends); i++) {
        unsigned at = 1;
        while (ends_at(row, at, ends[i].luck, ends[i].power_lost))
            at++;
        assert_in_range(at - 1, row->least, 500); /* or the seam is not where the work is */
        print_message("%s: ended at each of %u calls\n", row->name, at - 1);
    }
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("store/crash", tests, NULL, NULL);
}
