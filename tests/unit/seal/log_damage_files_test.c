/* The sealed log whose files were taken away, put back, or put in another's place. */
#include "shared/mem/secret.h"
#include "tests/unit/seal/log_case_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void a_missing_segment_is_named(void **state)
{
    struct log_fixture *f = *state;
    make_three_segments(f);
    memdisk_remove(f->disk, "audit_logs.2.enc");
    expect_fault(f, "audit_logs.2.enc", 0, "is missing");
    expect_fault(f, AIS_SEAL_LOG_ACTIVE, 1, "numbers 4 to 5 are missing before it");
}

static void a_missing_oldest_segment_is_named(void **state)
{
    struct log_fixture *f = *state;
    make_three_segments(f);
    memdisk_remove(f->disk, "audit_logs.1.enc");
    expect_fault(f, "audit_logs.1.enc", 0, "no deletion of it is recorded");
}

/* What stood before it is looked for all the same. */
static void a_missing_segment_before_one_without_a_good_line_is_named(void **state)
{
    struct log_fixture *f = *state;
    struct faults faults;
    make_three_segments(f);
    damage_all(f, "audit_logs.2.enc");
    memdisk_remove(f->disk, "audit_logs.1.enc");
    fixture_verify(f, &faults);
    assert_true(names(&faults, "audit_logs.2.enc", 0, "holds no commit"));
    assert_false(names(&faults, "audit_logs.2.enc", 0, "is missing"));
    assert_true(names(&faults, "audit_logs.1.enc", 0, "no deletion of it is recorded"));
}

/* A file that retention deleted long ago, and somebody made an empty one of, is no reason to miss those before it. */
static void an_empty_file_before_what_was_deleted_is_no_begin(void **state)
{
    struct log_fixture *f = *state;
    struct faults faults;
    f->conf.retention = 2;
    close_log(f);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    commit_some(f, 1, 30, 300);
    close_log(f);
    expect_clean(f);
    memdisk_put(f->disk, "audit_logs.2.enc", "\n", 1);
    fixture_verify(f, &faults);
    assert_true(names(&faults, "audit_logs.2.enc", 0, "holds no commit"));
    assert_true(names(&faults, "audit_logs.3.enc", 0, "is missing"));
    assert_false(names(&faults, "audit_logs.1.enc", 0, ""));
}

static void a_missing_active_segment_is_named_and_gone_on_from(void **state)
{
    struct log_fixture *f = *state;
    make_three_segments(f);
    memdisk_remove(f->disk, AIS_SEAL_LOG_ACTIVE);
    expect_fault(f, AIS_SEAL_LOG_ACTIVE, 0, "is missing");
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_false(f->report.created);
    assert_int_equal(f->report.fault_count, 1);
    assert_string_equal(f->report.faults[0].text, "is missing");
    commit_some(f, 7, 8, 20);
    assert_int_equal(ais_seal_log_position(f->log).segment, 4);
    expect_fault(f, "audit_logs.3.enc", 0, "is missing");
}

static void an_older_segment_in_the_active_ones_place_is_named(void **state)
{
    struct log_fixture *f = *state;
    make_three_segments(f);
    size_t n = 0;
    unsigned char *bytes = copy_of(f, "audit_logs.1.enc", &n);
    memdisk_put(f->disk, "audit_logs.2.enc", bytes, n);
    free(bytes);
    expect_fault(f, "audit_logs.2.enc", 1, "in the wrong place");
    expect_fault(f, "audit_logs.2.enc", 2, "repeats number 2");
}

static void a_strange_segment_is_moved_aside(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    make_three_segments(f);
    unsigned char *bytes = copy_of(f, "audit_logs.1.enc", &n);
    memdisk_put(f->disk, "audit_logs.3.enc", bytes, n);
    free(bytes);
    expect_fault(f, "audit_logs.3.enc", 0, "is no segment of this log");
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_string_equal(f->report.faults[0].file, "audit_logs.3.enc");
    assert_non_null(memdisk_bytes(f->disk, "audit_logs.damaged-1", &n));
    commit_some(f, 7, 30, 600);
    expect_clean(f);
}

static void an_old_active_segment_put_back_is_found_beside_those_after_it(void **state)
{
    static const char *const old[] = { "audit_logs.1.enc", "audit_logs.2.enc" };
    struct log_fixture *f = *state;
    make_three_segments(f);
    for (size_t i = 0; i < N_ELEMS(old); i++) {
        size_t n = 0;
        unsigned char *bytes = copy_of(f, old[i], &n);
        memdisk_put(f->disk, AIS_SEAL_LOG_ACTIVE, bytes, n);
        free(bytes);
        expect_fault(f, "audit_logs.2.enc", 0, "an old copy was put back");
    }
}

/* Nothing that was rotated goes, whatever stands in the active segment's place. */
static void an_old_segment_in_the_active_ones_place_is_set_aside(void **state)
{
    static const char *const old[] = { "audit_logs.1.enc", "audit_logs.2.enc" };
    struct log_fixture *f = *state;
    make_three_segments(f);
    for (size_t i = 0; i < N_ELEMS(old); i++) {
        static struct found found;
        char aside[AIS_SEAL_LOG_NAME_SIZE];
        size_t n = 0;
        unsigned char *bytes = copy_of(f, old[i], &n);
        memdisk_put(f->disk, AIS_SEAL_LOG_ACTIVE, bytes, n);
        assert_int_equal(fixture_open(f, NULL), AIS_OK);
        assert_int_equal(f->report.fault_total, 1);
        assert_string_equal(f->report.faults[0].file, AIS_SEAL_LOG_ACTIVE);
        snprintf(aside, sizeof aside, "kept as audit_logs.stale-%zu", i + 1);
        assert_non_null(strstr(f->report.faults[0].text, aside));
        assert_memory_equal(memdisk_bytes(f->disk, aside + strlen("kept as "), &n), bytes, n);
        free(bytes);
        commit_some(f, 5, 6, 20);
        expect_fault(f, "audit_logs.3.enc", 0, "is missing");
        fixture_read(f, AIS_SEAL_OLDEST_FIRST, &found);
        for (unsigned id = 1; id <= 5; id++) {
            bool there = false;
            for (size_t j = 0; j < found.count; j++)
                there = there || found.ids[j] == id;
            assert_true(there);
        }
        close_log(f);
        memdisk_remove(f->disk, AIS_SEAL_LOG_ACTIVE);
    }
}

/* The old segment may be a second name of one that is rotated, and have a copy behind all others. */
static void an_old_segment_by_a_second_name_is_set_aside(void **state)
{
    struct log_fixture *f = *state;
    static struct found found;
    size_t n = 0;
    make_three_segments(f);
    unsigned char *bytes = copy_of(f, "audit_logs.1.enc", &n);
    memdisk_put(f->disk, "audit_logs.9.enc", bytes, n);
    free(bytes);
    memdisk_remove(f->disk, AIS_SEAL_LOG_ACTIVE);
    assert_int_equal(ais_file_link(f->dir, "audit_logs.1.enc", AIS_SEAL_LOG_ACTIVE, NULL), AIS_OK);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_non_null(strstr(f->report.faults[0].text, "kept as audit_logs.stale-1"));
    uint64_t before = ais_seal_log_head(f->log).seq;
    assert_true(before > 4);
    fixture_read(f, AIS_SEAL_OLDEST_FIRST, &found);
    assert_int_equal(found.ids[1], 1);
    assert_non_null(memdisk_bytes(f->disk, "audit_logs.1.enc", &n));
    assert_non_null(memdisk_bytes(f->disk, "audit_logs.2.enc", &n));
}

static void what_was_set_aside_and_is_newer_is_named(void **state)
{
    struct log_fixture *f = *state;
    make_three_segments(f);
    memdisk_move(f->disk, AIS_SEAL_LOG_ACTIVE, "audit_logs.damaged-1");
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    expect_fault(f, "audit_logs.damaged-1", 0, "was set aside, and holds records up to number");
    commit_some(f, 7, 20, 20);
    struct faults faults;
    fixture_verify(f, &faults);
    assert_false(names(&faults, "audit_logs.damaged-1", 0, "was set aside"));
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(a_missing_segment_is_named),
        TEST(a_missing_oldest_segment_is_named),
        TEST(a_missing_segment_before_one_without_a_good_line_is_named),
        TEST(an_empty_file_before_what_was_deleted_is_no_begin),
        TEST(a_missing_active_segment_is_named_and_gone_on_from),
        TEST(an_older_segment_in_the_active_ones_place_is_named),
        TEST(a_strange_segment_is_moved_aside),
        TEST(an_old_active_segment_put_back_is_found_beside_those_after_it),
        TEST(an_old_segment_in_the_active_ones_place_is_set_aside),
        TEST(an_old_segment_by_a_second_name_is_set_aside),
        TEST(what_was_set_aside_and_is_newer_is_named),
    };
    return cmocka_run_group_tests_name("seal/log_damage_files", tests, NULL, NULL);
}
