/* The sealed log in bad times: faults of the disk, bytes that were altered, files that were taken away or put back. */
#include "shared/mem/secret.h"
#include "tests/unit/seal/log_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_up(void **state)
{
    struct log_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    fixture_begin(f, 11);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_end(*state);
    free(*state);
    return 0;
}

static void commit_some(struct log_fixture *f, unsigned from, unsigned to, size_t pad)
{
    for (unsigned id = from; id < to; id++)
        assert_int_equal(fixture_commit(f, id, pad, true), AIS_OK);
}

static void close_log(struct log_fixture *f)
{
    assert_int_equal(ais_seal_log_close(&f->log, NULL), AIS_OK);
}

/* A copy of a file's bytes, freed by the caller. */
static unsigned char *copy_of(struct log_fixture *f, const char *name, size_t *ret_n)
{
    const unsigned char *bytes = memdisk_bytes(f->disk, name, ret_n);
    assert_non_null(bytes);
    unsigned char *copy = malloc(*ret_n);
    assert_non_null(copy);
    memcpy(copy, bytes, *ret_n);
    return copy;
}

static bool names(const struct faults *faults, const char *file, uint64_t line, const char *text)
{
    for (size_t i = 0; i < faults->count && i < N_ELEMS(faults->list); i++)
        if (strcmp(faults->list[i].file, file) == 0 && faults->list[i].line == line &&
            strstr(faults->list[i].text, text) != NULL)
            return true;
    return false;
}

static void expect_fault(struct log_fixture *f, const char *file, uint64_t line, const char *text)
{
    struct faults faults;
    fixture_verify(f, &faults);
    if (!names(&faults, file, line, text)) {
        for (size_t i = 0; i < faults.count && i < N_ELEMS(faults.list); i++)
            print_message("%s:%llu: %s\n", faults.list[i].file, (unsigned long long)faults.list[i].line,
                          faults.list[i].text);
        fail_msg("%s:%llu: '%s' was not reported", file, (unsigned long long)line, text);
    }
}

static void expect_clean(struct log_fixture *f)
{
    struct faults faults;
    fixture_verify(f, &faults);
    assert_int_equal(faults.count, 0);
}

/* Three short segments: a sync that fails ends one early. */
static void make_three_segments(struct log_fixture *f)
{
    for (unsigned i = 0; i < 3; i++) {
        commit_some(f, 1 + 2 * i, 3 + 2 * i, 20);
        if (i == 2)
            break;
        memdisk_fail(f->disk, 2, 1, EIO);
        assert_int_equal(fixture_commit(f, 99, 20, true), AIS_E_IO);
    }
    assert_int_equal(ais_seal_log_position(f->log).segment, 3);
    close_log(f);
}

static void flip_all(struct log_fixture *f, const char *name, unsigned step)
{
    size_t n = 0;
    uint64_t line = 1;
    unsigned char *bytes = memdisk_bytes(f->disk, name, &n);
    for (size_t at = 0; at < n; at++) {
        bool newline = bytes[at] == '\n';
        for (unsigned bit = (unsigned)(at % step); bit < 8; bit += step) {
            struct faults faults;
            bytes[at] = (unsigned char)(bytes[at] ^ 1U << bit);
            fixture_verify(f, &faults);
            if (!names(&faults, name, line, ""))
                fail_msg("%s: bit %u of byte %zu, in line %llu, was flipped unseen", name, bit, at,
                         (unsigned long long)line);
            bytes[at] = (unsigned char)(bytes[at] ^ 1U << bit);
        }
        line += newline;
    }
}

static void every_flipped_bit_is_named(void **state)
{
    struct log_fixture *f = *state;
    make_three_segments(f);
    expect_clean(f);
    flip_all(f, "audit_logs.1.enc", 1);
    flip_all(f, "audit_logs.2.enc", 1);
    flip_all(f, AIS_SEAL_LOG_ACTIVE, 1);
    expect_clean(f);
}

static void flipped_padding_is_named(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 3, 20);
    flip_all(f, AIS_SEAL_LOG_ACTIVE, 7);
}

static void the_rest_stays_readable(void **state)
{
    struct log_fixture *f = *state;
    static struct found found;
    size_t n = 0;
    make_three_segments(f);
    memdisk_bytes(f->disk, "audit_logs.2.enc", &n)[5] ^= 4;
    fixture_read(f, AIS_SEAL_OLDEST_FIRST, &found);
    assert_int_equal(found.faults, 1);
    assert_non_null(strstr(found.last_fault, "audit_logs.2.enc:1: "));
    const unsigned ids[] = { 0, 1, 2, 4, 5, 6 };
    assert_int_equal(found.count, N_ELEMS(ids));
    for (size_t i = 0; i < N_ELEMS(ids); i++)
        assert_int_equal(found.ids[i], ids[i]);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    commit_some(f, 7, 8, 20);
    fixture_read(f, AIS_SEAL_NEWEST_FIRST, &found);
    assert_int_equal(found.count, N_ELEMS(ids) + 1);
}

static void damage_in_the_active_segment_is_reported_at_open(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    commit_some(f, 1, 5, 20);
    close_log(f);
    unsigned char *bytes = memdisk_bytes(f->disk, AIS_SEAL_LOG_ACTIVE, &n);
    const unsigned char *second = memchr(bytes, '\n', n);
    bytes[second - bytes + 30] ^= 1;
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_int_equal(f->report.recovered, 0);
    assert_int_equal(f->report.fault_count, 2); /* the line, and the gap that it leaves */
    assert_string_equal(f->report.faults[0].file, AIS_SEAL_LOG_ACTIVE);
    assert_int_equal(f->report.faults[0].line, 2);
    assert_int_equal(ais_seal_log_head(f->log).seq, 5);
    expect_fault(f, AIS_SEAL_LOG_ACTIVE, 3, "numbers 2 to 2 are missing");
}

static void a_wrong_key_changes_nothing(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_keyring_destroy) struct ais_keyring *other = NULL;
    struct ais_keyring *right = f->ring;
    struct ais_why why = { 0 };
    make_three_segments(f);
    assert_int_equal(ais_keyring_parse(OTHER_KEY, &other, NULL), AIS_OK);
    unsigned long calls = memdisk_calls(f->disk);
    f->conf.ring = other;
    assert_int_equal(fixture_open(f, &why), AIS_E_KEY);
    assert_null(f->log);
    assert_int_equal(memdisk_calls(f->disk), calls);
    struct ais_seal_verdict verdict;
    assert_int_equal(ais_seal_log_verify(f->dir, other, NULL, NULL, NULL, NULL, &verdict, NULL), AIS_E_KEY);
    f->conf.ring = right;
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    expect_clean(f);
}

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

static void a_blanked_line_is_missed(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    commit_some(f, 1, 4, 20);
    close_log(f);
    unsigned char *bytes = memdisk_bytes(f->disk, AIS_SEAL_LOG_ACTIVE, &n);
    unsigned char *line = (unsigned char *)memchr(bytes, '\n', n) + 1;
    while (*line != '\n')
        *line++ = '\n';
    struct faults faults;
    fixture_verify(f, &faults);
    assert_int_equal(faults.count, 1);
    assert_non_null(strstr(faults.list[0].text, "numbers 2 to 2 are missing before it"));
}

static void a_copied_line_is_refused(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 4, 20);
    close_log(f);
    size_t n = 0;
    unsigned char *bytes = copy_of(f, AIS_SEAL_LOG_ACTIVE, &n);
    size_t first = (size_t)((unsigned char *)memchr(bytes, '\n', n) - bytes) + 1;
    unsigned char *twice = malloc(n + first);
    assert_non_null(twice);
    memcpy(twice, bytes, n);
    memcpy(twice + n, bytes, first);
    memdisk_put(f->disk, AIS_SEAL_LOG_ACTIVE, twice, n + first);
    free(bytes);
    free(twice);
    expect_fault(f, AIS_SEAL_LOG_ACTIVE, 5, "repeats number 1");
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_int_equal(f->report.recovered, first - 1);
    assert_int_equal(ais_seal_log_head(f->log).seq, 4);
}

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

/* Every byte but the ends of lines becomes another one. */
static void damage_all(struct log_fixture *f, const char *name)
{
    size_t n = 0;
    unsigned char *bytes = memdisk_bytes(f->disk, name, &n);
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != '\n')
            bytes[i] = '!';
}

static void a_segment_without_a_good_line_is_there(void **state)
{
    struct log_fixture *f = *state;
    struct faults faults;
    make_three_segments(f);
    damage_all(f, "audit_logs.1.enc");
    fixture_verify(f, &faults);
    assert_true(names(&faults, "audit_logs.1.enc", 1, ""));
    assert_true(names(&faults, "audit_logs.1.enc", 0, "holds no commit"));
    assert_false(names(&faults, "audit_logs.1.enc", 0, "is missing"));
    damage_all(f, "audit_logs.2.enc");
    fixture_verify(f, &faults);
    assert_true(names(&faults, "audit_logs.2.enc", 0, "holds no commit"));
    assert_false(names(&faults, "audit_logs.1.enc", 0, "is missing"));
    assert_false(names(&faults, "audit_logs.2.enc", 0, "is missing"));
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

static void an_active_segment_that_does_not_open_is_kept(void **state)
{
    struct log_fixture *f = *state;
    make_three_segments(f);
    memdisk_put(f->disk, AIS_SEAL_LOG_ACTIVE, "garbage\n", 8);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_non_null(strstr(f->report.faults[0].text, "kept as audit_logs.3.enc"));
    commit_some(f, 7, 8, 20);
    expect_fault(f, "audit_logs.3.enc", 1, "no Fernet token");
}

static void an_emptied_log_is_named(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 4, 20);
    close_log(f);
    memdisk_put(f->disk, AIS_SEAL_LOG_ACTIVE, "\n\n\n", 3);
    expect_fault(f, AIS_SEAL_LOG_ACTIVE, 0, "holds no commit");
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_int_equal(f->report.fault_count, 1);
    commit_some(f, 4, 5, 20);
    expect_fault(f, "audit_logs.1.enc", 0, "holds no commit");
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

static void a_damaged_segment_is_deleted_in_its_turn(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    make_three_segments(f);
    unsigned char *bytes = memdisk_bytes(f->disk, "audit_logs.2.enc", &n);
    for (size_t i = 0; i < n; i++)
        bytes[i] ^= bytes[i] == '\n' ? 0 : 1;
    f->conf.retention = 1;
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    commit_some(f, 7, 30, 600);
    assert_null(memdisk_bytes(f->disk, "audit_logs.2.enc", &n));
    expect_clean(f);
    assert_int_equal(ais_seal_log_deleted(f->log).first, 1);
    assert_int_equal(ais_seal_log_deleted(f->log).segments, 0);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(every_flipped_bit_is_named),
        TEST(flipped_padding_is_named),
        TEST(the_rest_stays_readable),
        TEST(damage_in_the_active_segment_is_reported_at_open),
        TEST(a_wrong_key_changes_nothing),
        TEST(a_torn_tail_is_kept_and_blanked),
        TEST(a_cut_last_commit_is_a_torn_tail),
        TEST(a_full_disk_is_waited_for),
        TEST(a_failed_sync_goes_on_in_a_new_segment),
        TEST(what_was_not_synced_is_written_again),
        TEST(a_blanked_line_is_missed),
        TEST(a_copied_line_is_refused),
        TEST(a_missing_segment_is_named),
        TEST(a_missing_oldest_segment_is_named),
        TEST(a_segment_without_a_good_line_is_there),
        TEST(a_missing_segment_before_one_without_a_good_line_is_named),
        TEST(an_empty_file_before_what_was_deleted_is_no_begin),
        TEST(a_missing_active_segment_is_named_and_gone_on_from),
        TEST(an_active_segment_that_does_not_open_is_kept),
        TEST(an_emptied_log_is_named),
        TEST(an_older_segment_in_the_active_ones_place_is_named),
        TEST(a_strange_segment_is_moved_aside),
        TEST(an_old_active_segment_put_back_is_found_beside_those_after_it),
        TEST(an_old_segment_in_the_active_ones_place_is_set_aside),
        TEST(an_old_segment_by_a_second_name_is_set_aside),
        TEST(what_was_set_aside_and_is_newer_is_named),
        TEST(a_damaged_segment_is_deleted_in_its_turn),
        TEST(an_expected_head_finds_a_cut),
    };
    return cmocka_run_group_tests_name("seal/log_damage", tests, NULL, NULL);
}
