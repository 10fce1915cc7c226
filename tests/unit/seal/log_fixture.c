#include "tests/unit/seal/log_fixture.h"

#include <stdio.h>
#include <string.h>

void fixture_begin(struct log_fixture *f, uint64_t seed)
{
    *f = (struct log_fixture){ .disk = memdisk_new(seed) };
    f->dir = memdisk_dir(f->disk);
    assert_int_equal(ais_keyring_parse(LOG_KEY, &f->ring, NULL), AIS_OK);
    f->conf = (struct ais_seal_log_conf){
        .dir = f->dir,
        .ring = f->ring,
        .segment_size = AIS_SEAL_LOG_SMALLEST,
        .retention = 1000,
        .genesis = "{\"id\":0}",
    };
}

void fixture_end(struct log_fixture *f)
{
    enum ais_err err = ais_seal_log_close(&f->log, NULL);
    (void)err; /* a test that cares closes by itself */
    ais_seal_log_report_done(&f->report);
    ais_dir_close(&f->dir);
    ais_keyring_destroy(&f->ring);
    memdisk_destroy(&f->disk);
}

enum ais_err fixture_open(struct log_fixture *f, struct ais_why *why)
{
    ais_seal_log_report_done(&f->report);
    f->report = (struct ais_seal_log_report){ 0 };
    return ais_seal_log_open(&f->conf, &f->log, &f->report, why);
}

void fixture_end_process(struct log_fixture *f)
{
    memdisk_die(f->disk, 0);
    enum ais_err err = ais_seal_log_close(&f->log, NULL);
    (void)err; /* of course it fails */
}

void fixture_crash(struct log_fixture *f, bool power_lost)
{
    fixture_end_process(f);
    memdisk_restart(f->disk, power_lost);
}

enum ais_err fixture_commit(struct log_fixture *f, unsigned id, size_t pad, bool sync)
{
    static char json[64 << 10];
    uint64_t first = 0;
    assert_true(pad < sizeof json - 64);
    int n = snprintf(json, sizeof json, "{\"id\":%u,\"pad\":\"%0*d\"}", id, (int)pad + 1, 0);
    const struct ais_seal_record record = { json, (size_t)n };
    const struct ais_seal_batch batch = { .records = &record, .count = 1, .sync = sync };
    return ais_seal_log_commit(f->log, &batch, &first, NULL);
}

static bool never(void *context)
{
    (void)context;
    return false;
}

size_t fixture_pack(struct log_fixture *f, uint64_t below)
{
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
    const struct ais_seal_packing packing = { .active = below, .retention = 1000, .stop = never };
    struct ais_seal_packed packed;
    size_t count = 0;
    assert_int_equal(ais_seal_packer_new(f->dir, f->ring, &packer, NULL), AIS_OK);
    while (ais_seal_packer_next(packer, &packing, &packed, NULL) == AIS_OK && packed.segment > 0)
        count += !packed.left;
    return count;
}

void fixture_read(struct log_fixture *f, enum ais_seal_order order, struct found *found)
{
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    struct ais_seal_commit commit;
    struct ais_why why;
    *found = (struct found){ 0 };
    assert_int_equal(ais_seal_reader_new(f->dir, f->ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, order, NULL, 0, NULL), AIS_OK);
    for (;;) {
        enum ais_err err = ais_seal_reader_next(reader, &commit, &why);
        if (err == AIS_E_NOT_FOUND)
            break;
        if (err == AIS_E_DAMAGED) {
            found->faults++;
            snprintf(found->last_fault, sizeof found->last_fault, "%s", why.text);
            continue;
        }
        assert_int_equal(err, AIS_OK);
        uint64_t seq = commit.seq;
        for (const struct ais_json *record = commit.records->first; record != NULL; record = record->next) {
            uint64_t id = 0;
            assert_true(ais_json_get_u64(record, "id", &id));
            assert_true(found->count < N_ELEMS(found->ids));
            found->ids[found->count] = (unsigned)id;
            found->seqs[found->count++] = seq++;
        }
    }
}

static void keep_fault(void *context, const struct ais_seal_fault *fault)
{
    struct faults *faults = context;
    if (faults->count < N_ELEMS(faults->list))
        faults->list[faults->count] = *fault;
    faults->count++;
}

struct ais_seal_verdict fixture_verify(struct log_fixture *f, struct faults *faults)
{
    struct ais_seal_verdict verdict = { 0 };
    struct ais_why why = { 0 };
    *faults = (struct faults){ 0 };
    enum ais_err err = ais_seal_log_verify(f->dir, f->ring, NULL, NULL, keep_fault, faults, &verdict, &why);
    if (err != AIS_OK)
        print_message("verify: %s\n", why.text);
    assert_int_equal(err, AIS_OK);
    return verdict;
}
