/* The sealed log on a disk that fails or is full, and what was cut off at its end. */
#include "shared/mem/secret.h"
#include "tests/unit/seal/log_case_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void a_torn_tail_is_kept_and_blanked(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0, kept = 0;
    commit_some(f, 1, 3, 20);
    size_t end = (size_t)ais_seal_log_position(f->log).length;
    fixture_crash(f, false);
    unsigned char *bytes = memdisk_bytes(f->disk, AIS_SEAL_LOG_ACTIVE, &n);
    assert_true(n > end + 100);
    static const char torn[14] = { "gAAAAAB\n\n\ntorn" };
    memcpy(bytes + end, torn, sizeof torn);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_int_equal(f->report.recovered, 14);
    assert_string_equal(f->report.recovered_to, "audit_logs.damaged-1");
    assert_memory_equal(memdisk_bytes(f->disk, "audit_logs.damaged-1", &kept), "gAAAAAB\n\n\ntorn", 14);
    assert_int_equal(kept, 14);
    commit_some(f, 3, 5, 20);
    expect_clean(f);
    assert_int_equal(ais_seal_log_head(f->log).seq, 5);
}

static void a_cut_last_commit_is_a_torn_tail(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 4, 20);
    close_log(f);
    size_t n = 0;
    unsigned char *bytes = copy_of(f, AIS_SEAL_LOG_ACTIVE, &n);
    memdisk_put(f->disk, AIS_SEAL_LOG_ACTIVE, bytes, n - 40);
    free(bytes);
    struct faults faults;
    fixture_verify(f, &faults);
    assert_int_equal(faults.count, 1);
    assert_true(faults.list[0].tail);
    assert_int_equal(faults.list[0].line, 4);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_true(f->report.recovered > 100);
    assert_int_equal(ais_seal_log_head(f->log).seq, 3);
}

static void a_full_disk_is_waited_for(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 3, 20);
    for (unsigned lasting = 1; lasting < 4; lasting++) {
        memdisk_fail(f->disk, 1, lasting, ENOSPC);
        assert_int_equal(fixture_commit(f, 10, 300, true), AIS_E_SPACE);
        memdisk_heal(f->disk);
        commit_some(f, 2 + lasting, 3 + lasting, 20);
        expect_clean(f);
    }
    assert_int_equal(ais_seal_log_position(f->log).segment, 1);
    assert_int_equal(ais_seal_log_head(f->log).seq, 6);
}

static void a_failed_sync_goes_on_in_a_new_segment(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 3, 20);
    memdisk_fail(f->disk, 2, 1, EIO);
    assert_int_equal(fixture_commit(f, 3, 20, true), AIS_E_IO);
    assert_int_equal(ais_seal_log_head(f->log).seq, 3);
    commit_some(f, 3, 4, 20);
    assert_int_equal(ais_seal_log_position(f->log).segment, 2);
    assert_int_equal(ais_seal_log_head(f->log).seq, 4);
    expect_clean(f);
    fixture_crash(f, true);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_int_equal(ais_seal_log_head(f->log).seq, 4);
    expect_clean(f);
}

static void what_was_not_synced_is_written_again(void **state)
{
    struct log_fixture *f = *state;
    static struct found found;
    assert_int_equal(fixture_commit(f, 1, 20, false), AIS_OK);
    assert_int_equal(fixture_commit(f, 2, 20, false), AIS_OK);
    memdisk_fail(f->disk, 1, 1, EIO);
    assert_int_equal(ais_seal_log_sync(f->log, NULL), AIS_E_IO);
    assert_int_equal(ais_seal_log_head(f->log).seq, 3);
    assert_int_equal(ais_seal_log_sync(f->log, NULL), AIS_OK);
    assert_int_equal(ais_seal_log_head(f->log).seq, 3);
    fixture_crash(f, true);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    fixture_read(f, AIS_SEAL_OLDEST_FIRST, &found);
    assert_int_equal(found.count, 3);
    assert_int_equal(found.ids[2], 2);
    assert_int_equal(found.seqs[2], 3);
    expect_clean(f);
}

static void an_expected_head_finds_a_cut(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_verdict verdict;
    commit_some(f, 1, 3, 20);
    struct ais_seal_head early = ais_seal_log_head(f->log);
    size_t n = (size_t)ais_seal_log_position(f->log).length;
    commit_some(f, 3, 6, 20);
    struct ais_seal_head late = ais_seal_log_head(f->log);
    close_log(f);
    assert_int_equal(ais_seal_log_verify(f->dir, f->ring, NULL, &(struct ais_seal_expected){ .head = &early }, NULL,
                                         NULL, &verdict, NULL),
                     AIS_OK);
    assert_int_equal(verdict.faults, 0);
    assert_int_equal(verdict.head.seq, late.seq);
    assert_memory_equal(verdict.head.hash, late.hash, sizeof late.hash);

    size_t whole = 0;
    unsigned char *bytes = copy_of(f, AIS_SEAL_LOG_ACTIVE, &whole);
    memdisk_put(f->disk, AIS_SEAL_LOG_ACTIVE, bytes, n);
    free(bytes);
    assert_int_equal(ais_seal_log_verify(f->dir, f->ring, NULL, NULL, NULL, NULL, &verdict, NULL), AIS_OK);
    assert_int_equal(verdict.faults, 0);
    assert_int_equal(ais_seal_log_verify(f->dir, f->ring, NULL, &(struct ais_seal_expected){ .head = &late }, NULL,
                                         NULL, &verdict, NULL),
                     AIS_OK);
    assert_false(verdict.head_found);
    assert_int_equal(verdict.faults, 1);
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(a_torn_tail_is_kept_and_blanked),
        TEST(a_cut_last_commit_is_a_torn_tail),
        TEST(a_full_disk_is_waited_for),
        TEST(a_failed_sync_goes_on_in_a_new_segment),
        TEST(what_was_not_synced_is_written_again),
        TEST(an_expected_head_finds_a_cut),
    };
    return cmocka_run_group_tests_name("seal/log_damage_disk", tests, NULL, NULL);
}
