/* What somebody does to the log's files while it is written: nothing acknowledged is lost that can be had, and whatever
 * is lost is said. */
#include "shared/mem/secret.h"
#include "shared/sys/clock.h"
#include "tests/unit/seal/log_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_up(void **state)
{
    static struct log_fixture f;
    fixture_begin(&f, 11);
    assert_int_equal(fixture_open(&f, NULL), AIS_OK);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_end(*state);
    return 0;
}

static void commit_some(struct log_fixture *f, unsigned from, unsigned to, size_t pad)
{
    for (unsigned id = from; id < to; id++)
        assert_int_equal(fixture_commit(f, id, pad, true), AIS_OK);
}

/* One incident, which says this, and no more. */
static void expect_incident(struct log_fixture *f, bool lost, const char *words)
{
    struct ais_seal_incident incident = { 0 };
    assert_true(ais_seal_log_incident(f->log, &incident));
    if (strstr(incident.text, words) == NULL)
        print_message("%s\n", incident.text);
    assert_non_null(strstr(incident.text, words));
    assert_int_equal(incident.lost, lost);
    assert_false(ais_seal_log_incident(f->log, &incident));
}

/* Ids 1..below-1, once each and in order, in a log that verifies: now, and after the power was cut. */
static void expect_all(struct log_fixture *f, unsigned below)
{
    static struct found found;
    struct faults faults;
    for (int i = 0; i < 2; i++) {
        fixture_read(f, AIS_SEAL_OLDEST_FIRST, &found);
        assert_int_equal(found.count, below);
        for (unsigned id = 0; id < below; id++)
            assert_int_equal(found.ids[id], id);
        fixture_verify(f, &faults);
        assert_int_equal(faults.count, 0);
        fixture_crash(f, true);
        assert_int_equal(fixture_open(f, NULL), AIS_OK);
    }
}

static bool is_there(struct log_fixture *f, const char *name)
{
    struct ais_file_info info;
    return ais_file_look(f->dir, name, &info, NULL) == AIS_OK;
}

static void a_deleted_file_is_written_again(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 4, 0);
    memdisk_remove(f->disk, AIS_SEAL_LOG_ACTIVE);
    commit_some(f, 4, 6, 0);
    expect_incident(f, false, "deleted or replaced");
    expect_all(f, 6);
}

static void a_file_moved_away_is_written_again(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 4, 0);
    memdisk_move(f->disk, AIS_SEAL_LOG_ACTIVE, "audit_logs.enc.old");
    commit_some(f, 4, 6, 0);
    expect_incident(f, false, "deleted or replaced");
    assert_true(is_there(f, "audit_logs.enc.old"));
    expect_all(f, 6);
}

static void a_file_in_its_place_is_kept(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    commit_some(f, 1, 4, 0);
    memdisk_remove(f->disk, AIS_SEAL_LOG_ACTIVE);
    memdisk_put(f->disk, AIS_SEAL_LOG_ACTIVE, "strange\n", 8);
    commit_some(f, 4, 6, 0);
    expect_incident(f, false, "kept as audit_logs.damaged-1");
    assert_memory_equal(memdisk_bytes(f->disk, "audit_logs.damaged-1", &n), "strange\n", 8);
    expect_all(f, 6);
}

static void what_is_not_synced_is_written_again_too(void **state)
{
    struct log_fixture *f = *state;
    for (unsigned id = 1; id < 4; id++)
        assert_int_equal(fixture_commit(f, id, 0, id == 1), AIS_OK);
    memdisk_remove(f->disk, AIS_SEAL_LOG_ACTIVE);
    assert_int_equal(ais_seal_log_sync(f->log, NULL), AIS_OK);
    expect_all(f, 4);
}

static void a_deleted_file_is_written_again_at_a_clean_stop(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 4, 0);
    memdisk_remove(f->disk, AIS_SEAL_LOG_ACTIVE);
    assert_int_equal(ais_seal_log_close(&f->log, NULL), AIS_OK);
    memdisk_restart(f->disk, true);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    expect_all(f, 4);
}

/* Whichever call of the mending fails, the next attempt mends. */
static void a_fault_while_it_is_written_again_costs_nothing(void **state)
{
    struct log_fixture *f = *state;
    bool failed = true;
    unsigned id = 1;
    for (unsigned call = 1; failed; call++) {
        commit_some(f, id, id + 2, 0);
        memdisk_remove(f->disk, AIS_SEAL_LOG_ACTIVE);
        memdisk_fail(f->disk, call, 1, EIO);
        failed = fixture_commit(f, id + 2, 0, true) != AIS_OK;
        memdisk_heal(f->disk);
        if (failed)
            commit_some(f, id + 2, id + 3, 0);
        id += 3;
        if (call > 40)
            fail_msg("it never succeeds");
    }
    expect_all(f, id);
}

/* Bytes of the active segment that hold commits. */
static size_t length(struct log_fixture *f)
{
    return (size_t)ais_seal_log_position(f->log).length;
}

/* What was cut off is gone; nobody may believe that it is there. */
static void expect_hole(struct log_fixture *f, unsigned lost_from, unsigned lost_to, unsigned below)
{
    static struct found found;
    struct faults faults;
    fixture_verify(f, &faults);
    assert_true(faults.count > 0);
    fixture_read(f, AIS_SEAL_OLDEST_FIRST, &found);
    assert_true(found.faults > 0);
    size_t at = 0;
    for (unsigned id = 0; id < below; id++) {
        if (id >= lost_from && id < lost_to)
            continue;
        assert_int_equal(found.ids[at], id);
        assert_int_equal(found.seqs[at++], id + 1);
    }
    assert_int_equal(found.count, at);
}

static void a_file_that_was_cut_is_said_loudly(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 2, 0);
    size_t kept = length(f);
    commit_some(f, 2, 4, 0);
    memdisk_cut(f->disk, AIS_SEAL_LOG_ACTIVE, kept + 20);
    commit_some(f, 4, 6, 0);
    expect_incident(f, true, "was cut at byte");
    assert_int_equal(ais_seal_log_position(f->log).segment, 2);
    expect_hole(f, 2, 4, 6);
}

/* As `> audit_logs.enc` does, and as a copy over it begins. */
static void a_file_that_was_emptied_is_said_loudly(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 4, 0);
    memdisk_cut(f->disk, AIS_SEAL_LOG_ACTIVE, 0);
    commit_some(f, 4, 6, 0);
    expect_incident(f, true, "was cut at byte 0");
    struct faults faults;
    fixture_verify(f, &faults);
    assert_true(faults.count > 0);
}

/* Its size is what it was, and what it held is not. */
static void a_file_that_was_cut_and_made_long_again_is_said_loudly(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    commit_some(f, 1, 6, 0);
    memdisk_bytes(f->disk, AIS_SEAL_LOG_ACTIVE, &n);
    memdisk_cut(f->disk, AIS_SEAL_LOG_ACTIVE, 100);
    memdisk_cut(f->disk, AIS_SEAL_LOG_ACTIVE, n);
    commit_some(f, 6, 7, 0);
    expect_incident(f, true, "was cut at byte 100");
    fixture_crash(f, true);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    static struct found found;
    fixture_read(f, AIS_SEAL_NEWEST_FIRST, &found);
    assert_int_equal(found.ids[0], 6); /* what was acknowledged after the cut is there */
}

/* Our own write behind the cut made it long again. */
static void a_hole_behind_which_was_written_is_found(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 4, 0);
    size_t size = 0;
    unsigned char *bytes = memdisk_bytes(f->disk, AIS_SEAL_LOG_ACTIVE, &size);
    memset(bytes + 100, 0, length(f) - 100);
    memdisk_cut(f->disk, AIS_SEAL_LOG_ACTIVE, length(f) + 1);
    commit_some(f, 4, 5, 0);
    expect_incident(f, true, "was cut at byte 100");
}

static void padding_that_was_cut_off_is_no_loss(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_incident incident;
    commit_some(f, 1, 4, 0);
    memdisk_cut(f->disk, AIS_SEAL_LOG_ACTIVE, length(f));
    commit_some(f, 4, 6, 0);
    assert_false(ais_seal_log_incident(f->log, &incident));
    assert_int_equal(ais_seal_log_position(f->log).segment, 1);
    expect_all(f, 6);
}

static void what_was_cut_off_before_its_sync_is_written_again(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 2, 0);
    size_t synced = length(f);
    for (unsigned id = 2; id < 4; id++)
        assert_int_equal(fixture_commit(f, id, 0, false), AIS_OK);
    memdisk_cut(f->disk, AIS_SEAL_LOG_ACTIVE, synced + 5);
    commit_some(f, 4, 5, 0);
    expect_all(f, 5);
}

static void a_prepared_file_that_is_gone_is_done_without(void **state)
{
    struct log_fixture *f = *state;
    assert_int_equal(ais_seal_log_prepare(f->log, NULL), AIS_OK);
    memdisk_remove(f->disk, "audit_logs.next");
    commit_some(f, 1, 12, 300);
    assert_true(ais_seal_log_position(f->log).segment > 1);
    expect_all(f, 12);
}

static void a_prepared_file_that_was_replaced_is_not_used(void **state)
{
    struct log_fixture *f = *state;
    assert_int_equal(ais_seal_log_prepare(f->log, NULL), AIS_OK);
    memdisk_remove(f->disk, "audit_logs.next");
    memdisk_put(f->disk, "audit_logs.next", "strange\n", 8);
    commit_some(f, 1, 12, 300);
    assert_true(ais_seal_log_position(f->log).segment > 1);
    expect_all(f, 12);
}

static void a_file_under_the_name_to_come_is_kept(void **state)
{
    struct log_fixture *f = *state;
    memdisk_put(f->disk, "audit_logs.1.enc", "strange\n", 8);
    commit_some(f, 1, 12, 300);
    expect_incident(f, false, "audit_logs.1.enc; it is kept as audit_logs.damaged-1");
    expect_all(f, 12);
}

static void a_rotated_file_that_is_deleted_is_said_loudly(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 30, 300);
    assert_true(ais_seal_log_segments(f->log) > 3);
    memdisk_remove(f->disk, "audit_logs.2.enc");
    commit_some(f, 30, 50, 0);
    expect_incident(f, true, "audit_logs.2.enc was deleted");
}

/* That it is gone is said, and that one is there again: each once, however often either happens. */
static void a_rotated_file_that_comes_back_is_said(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_incident incident = { 0 };
    commit_some(f, 1, 30, 300);
    for (unsigned id = 30; id < 130; id += 50) {
        memdisk_move(f->disk, "audit_logs.2.enc", "elsewhere");
        commit_some(f, id, id + 25, 0);
        expect_incident(f, true, "audit_logs.2.enc was deleted");
        memdisk_move(f->disk, "elsewhere", "audit_logs.2.enc");
        commit_some(f, id + 25, id + 50, 0);
        assert_true(ais_seal_log_incident(f->log, &incident));
        assert_int_equal(incident.returned, 2);
        assert_false(incident.lost);
        assert_false(ais_seal_log_incident(f->log, &incident));
    }
}

static void a_rotated_file_that_is_cut_is_said_loudly(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 50, 300); /* all were looked at */
    memdisk_cut(f->disk, "audit_logs.2.enc", 1000);
    commit_some(f, 50, 90, 0);
    expect_incident(f, true, "audit_logs.2.enc was cut");
}

/* A file system gives the number of a file that was replaced, by packing or a change of keys, to one that comes later.
 */
static void a_number_that_comes_again_is_no_cut(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_incident incident = { 0 };
    commit_some(f, 1, 50, 300); /* all were looked at */
    memdisk_cut(f->disk, "audit_logs.2.enc", 1000);
    memdisk_reborn(f->disk, "audit_logs.2.enc");
    commit_some(f, 50, 90, 0);
    assert_false(ais_seal_log_incident(f->log, &incident));
}

/* A crash in mid-rotation left the file two names, and somebody emptied it. */
static void an_emptied_file_with_two_names_does_not_end_the_log(void **state)
{
    struct log_fixture *f = *state;
    static struct found found;
    commit_some(f, 1, 12, 300);
    uint64_t segment = ais_seal_log_position(f->log).segment;
    char name[AIS_SEAL_LOG_NAME_SIZE];
    snprintf(name, sizeof name, "audit_logs.%llu.enc", (unsigned long long)segment);
    assert_int_equal(ais_file_link(f->dir, AIS_SEAL_LOG_ACTIVE, name, NULL), AIS_OK);
    memdisk_cut(f->disk, AIS_SEAL_LOG_ACTIVE, 0);
    fixture_crash(f, false);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_int_equal(ais_seal_log_position(f->log).segment, segment + 1);
    commit_some(f, 12, 14, 0);
    fixture_read(f, AIS_SEAL_OLDEST_FIRST, &found);
    assert_int_equal(found.ids[found.count - 1], 13);
}

/* What is prepared must not be what fills the disk; the log does without. */
static void nothing_is_prepared_on_a_disk_that_is_nearly_full(void **state)
{
    struct log_fixture *f = *state;
    memdisk_room(f->disk, 2 * AIS_SEAL_LOG_SMALLEST - 1);
    assert_int_equal(ais_seal_log_prepare(f->log, NULL), AIS_E_SPACE);
    assert_false(is_there(f, "audit_logs.next"));
    commit_some(f, 1, 12, 300);
    expect_all(f, 12);
    memdisk_room(f->disk, 2 * AIS_SEAL_LOG_SMALLEST);
    assert_int_equal(ais_seal_log_prepare(f->log, NULL), AIS_OK);
    assert_true(is_there(f, "audit_logs.next"));
}

static void packing_and_retention_are_no_incidents(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_incident incident;
    f->conf.retention = 4;
    assert_int_equal(ais_seal_log_close(&f->log, NULL), AIS_OK);
    memdisk_restart(f->disk, false);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    for (unsigned id = 1; id < 200; id += 10) {
        commit_some(f, id, id + 10, 300);
        fixture_pack(f, ais_seal_log_position(f->log).segment);
    }
    assert_false(ais_seal_log_incident(f->log, &incident));
}

static void a_clock_that_jumps_back_changes_no_order(void **state)
{
    struct log_fixture *f = *state;
    int64_t now = 1700000000 * AIS_NS_PER_S;
    for (unsigned id = 1; id < 20; id++) {
        ais_clock_freeze(1, now - id * 3600 * AIS_NS_PER_S, id);
        commit_some(f, id, id + 1, 300);
    }
    expect_all(f, 20);
    ais_clock_freeze(0, 0, 0);
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_deleted_file_is_written_again),
        TEST(a_file_moved_away_is_written_again),
        TEST(a_file_in_its_place_is_kept),
        TEST(what_is_not_synced_is_written_again_too),
        TEST(a_deleted_file_is_written_again_at_a_clean_stop),
        TEST(a_fault_while_it_is_written_again_costs_nothing),
        TEST(a_file_that_was_cut_is_said_loudly),
        TEST(a_file_that_was_cut_and_made_long_again_is_said_loudly),
        TEST(a_file_that_was_emptied_is_said_loudly),
        TEST(a_hole_behind_which_was_written_is_found),
        TEST(padding_that_was_cut_off_is_no_loss),
        TEST(what_was_cut_off_before_its_sync_is_written_again),
        TEST(a_prepared_file_that_is_gone_is_done_without),
        TEST(a_prepared_file_that_was_replaced_is_not_used),
        TEST(a_file_under_the_name_to_come_is_kept),
        TEST(a_rotated_file_that_is_deleted_is_said_loudly),
        TEST(a_rotated_file_that_comes_back_is_said),
        TEST(a_rotated_file_that_is_cut_is_said_loudly),
        TEST(a_number_that_comes_again_is_no_cut),
        TEST(an_emptied_file_with_two_names_does_not_end_the_log),
        TEST(nothing_is_prepared_on_a_disk_that_is_nearly_full),
        TEST(packing_and_retention_are_no_incidents),
        TEST(a_clock_that_jumps_back_changes_no_order),
    };
    return cmocka_run_group_tests_name("seal/log_guard", tests, NULL, NULL);
}
