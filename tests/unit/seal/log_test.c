/* The sealed log in ordinary times: written, rotated, retained, reopened, read in either order. */
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
    fixture_begin(f, 7);
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

static void reopen(struct log_fixture *f)
{
    assert_int_equal(ais_seal_log_close(&f->log, NULL), AIS_OK);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
}

static void expect_ids(struct log_fixture *f, enum ais_seal_order order, const unsigned *ids, size_t count)
{
    static struct found found;
    fixture_read(f, order, &found);
    assert_int_equal(found.faults, 0);
    assert_int_equal(found.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(found.ids[i], ids[i]);
}

static void expect_clean(struct log_fixture *f)
{
    struct faults faults;
    fixture_verify(f, &faults);
    assert_int_equal(faults.count, 0);
}

static void a_new_log_has_one_commit(void **state)
{
    struct log_fixture *f = *state;
    assert_true(f->report.created);
    assert_int_equal(ais_seal_log_head(f->log).seq, 1);
    const unsigned ids[] = { 0 };
    expect_ids(f, AIS_SEAL_OLDEST_FIRST, ids, 1);
    expect_clean(f);
}

static void what_is_committed_is_read_in_either_order(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 4, 10);
    const unsigned up[] = { 0, 1, 2, 3 }, down[] = { 3, 2, 1, 0 };
    expect_ids(f, AIS_SEAL_OLDEST_FIRST, up, 4);
    expect_ids(f, AIS_SEAL_NEWEST_FIRST, down, 4);
}

static void a_batch_is_one_line_with_numbers_in_front(void **state)
{
    struct log_fixture *f = *state;
    const struct ais_seal_record records[] = {
        {"{\"id\":1}",  8},
        { "{}",         2},
        { "{\"id\":3}", 8}
    };
    const struct ais_seal_batch batch = { .records = records, .count = 3, .sync = true };
    uint64_t first = 0;
    assert_int_equal(ais_seal_log_commit(f->log, &batch, &first, NULL), AIS_OK);
    assert_int_equal(first, 2);

    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    struct ais_seal_commit commit;
    assert_int_equal(ais_seal_reader_new(f->dir, f->ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_NEWEST_FIRST, NULL, 0, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_OK);
    assert_int_equal(commit.line, 2);
    assert_int_equal(commit.count, 3);
    assert_memory_equal(commit.payload + commit.records->begin,
                        "[{\"seq\":2,\"id\":1},{\"seq\":3},{\"seq\":4,\"id\":3}]", 45);
}

static void a_clean_stop_leaves_no_padding(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    commit_some(f, 1, 3, 10);
    assert_int_equal(ais_seal_log_prepare(f->log, NULL), AIS_OK);
    memdisk_bytes(f->disk, AIS_SEAL_LOG_ACTIVE, &n);
    assert_int_equal(n, AIS_SEAL_LOG_SMALLEST);
    assert_int_equal(ais_seal_log_close(&f->log, NULL), AIS_OK);
    const unsigned char *bytes = memdisk_bytes(f->disk, AIS_SEAL_LOG_ACTIVE, &n);
    assert_int_equal(bytes[n - 1], '\n');
    assert_int_not_equal(bytes[n - 2], '\n');
    assert_null(memdisk_bytes(f->disk, "audit_logs.next", &n));
}

static void it_goes_on_after_reopening(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 3, 10);
    reopen(f);
    assert_false(f->report.created);
    assert_int_equal(f->report.recovered, 0);
    assert_int_equal(ais_seal_log_head(f->log).seq, 3);
    commit_some(f, 3, 5, 10);
    const unsigned ids[] = { 0, 1, 2, 3, 4 };
    expect_ids(f, AIS_SEAL_OLDEST_FIRST, ids, 5);
    expect_clean(f);
}

static void full_segments_are_rotated(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    for (unsigned id = 1; id < 40; id++) {
        commit_some(f, id, id + 1, 600);
        if (id % 2 == 0)
            assert_int_equal(ais_seal_log_prepare(f->log, NULL), AIS_OK);
    }
    assert_true(ais_seal_log_segments(f->log) > 5);
    assert_int_equal(ais_seal_log_position(f->log).segment, ais_seal_log_segments(f->log) + 1);
    for (unsigned i = 1; i <= ais_seal_log_segments(f->log); i++) {
        char name[64];
        snprintf(name, sizeof name, "audit_logs.%u.enc", i);
        assert_non_null(memdisk_bytes(f->disk, name, &n));
        assert_true(n <= AIS_SEAL_LOG_SMALLEST);
    }
    static struct found found;
    fixture_read(f, AIS_SEAL_NEWEST_FIRST, &found);
    assert_int_equal(found.count, 40);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(found.ids[i], 39 - i);
    expect_clean(f);
}

static void a_commit_larger_than_a_segment_gets_its_own(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 2, 10);
    commit_some(f, 2, 3, 9000);
    commit_some(f, 3, 4, 10);
    assert_int_equal(ais_seal_log_position(f->log).segment, 3);
    const unsigned ids[] = { 0, 1, 2, 3 };
    expect_ids(f, AIS_SEAL_OLDEST_FIRST, ids, 4);
    reopen(f);
    expect_clean(f);
}

static void retention_deletes_and_says_so(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    f->conf.retention = 2;
    reopen(f);
    commit_some(f, 1, 60, 600);
    assert_int_equal(ais_seal_log_segments(f->log), 2);
    assert_null(memdisk_bytes(f->disk, "audit_logs.1.enc", &n));
    struct faults faults;
    struct ais_seal_verdict verdict = fixture_verify(f, &faults);
    assert_int_equal(faults.count, 0);
    assert_int_equal(verdict.segments, 3);
    assert_int_equal(verdict.last, 60);
    assert_true(verdict.first > 40);
    assert_int_equal(verdict.records, verdict.last - verdict.first + 1);
    reopen(f);
    expect_clean(f);
}

static void retention_of_none_keeps_the_active_one(void **state)
{
    struct log_fixture *f = *state;
    f->conf.retention = 0;
    reopen(f);
    commit_some(f, 1, 30, 600);
    assert_int_equal(ais_seal_log_segments(f->log), 0);
    expect_clean(f);
}

static void a_deletion_that_a_crash_interrupted_is_finished(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    f->conf.retention = 1;
    reopen(f);
    while (ais_seal_log_position(f->log).segment < 3) {
        /* The unlink of a rotation: create, write, sync, link, names, rename, names and cut come before it. */
        memdisk_fail(f->disk, 9, 1, EIO);
        commit_some(f, 1, 2, 600);
    }
    fixture_crash(f, false);
    assert_non_null(memdisk_bytes(f->disk, "audit_logs.1.enc", &n));
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_null(memdisk_bytes(f->disk, "audit_logs.1.enc", &n));
    expect_clean(f);
}

static void anchors_and_counters_last(void **state)
{
    struct log_fixture *f = *state;
    struct ais_anchor anchors[2] = {
        {.name = "rulepacks", .generation = 1},
        { .name = "api_keys", .generation = 4}
    };
    ais_digest_hex("a", 1, anchors[0].digest);
    ais_digest_hex("b", 1, anchors[1].digest);
    const struct ais_seal_record record = { "{\"id\":1}", 8 };
    struct ais_seal_batch batch = {
        .records = &record, .count = 1, .anchors = anchors, .anchor_count = 2, .sync = true
    };
    batch.counters = "{\"day\":\"2026-01-31\",\"calls\":7}";
    batch.counters_length = strlen(batch.counters);
    uint64_t first = 0;
    assert_int_equal(ais_seal_log_commit(f->log, &batch, &first, NULL), AIS_OK);
    anchors[0].generation = 2;
    batch.anchor_count = 1;
    batch.counters = NULL;
    assert_int_equal(ais_seal_log_commit(f->log, &batch, &first, NULL), AIS_OK);
    for (unsigned round = 0; round < 2; round++) {
        reopen(f);
        assert_int_equal(f->report.anchor_count, 2);
        assert_string_equal(f->report.anchors[0].name, "rulepacks");
        assert_int_equal(f->report.anchors[0].generation, 2);
        assert_string_equal(f->report.anchors[1].digest, anchors[1].digest);
        assert_string_equal(f->report.counters.data, "{\"day\":\"2026-01-31\",\"calls\":7}");
        commit_some(f, 2, 20, 600); /* several segments on */
    }
    expect_clean(f);
}

static void what_does_not_fit_is_refused(void **state)
{
    struct log_fixture *f = *state;
    struct ais_anchor anchors[AIS_SEAL_LOG_ANCHORS + 1] = { 0 };
    struct ais_why why = { 0 };
    uint64_t first = 0;
    for (size_t i = 0; i < N_ELEMS(anchors); i++)
        snprintf(anchors[i].name, sizeof anchors[i].name, "d%zu", i);
    const struct ais_seal_record record = { "{}", 2 };
    struct ais_seal_batch batch = { .records = &record, .count = 1, .anchors = anchors };
    batch.anchor_count = N_ELEMS(anchors);
    assert_int_equal(ais_seal_log_commit(f->log, &batch, &first, &why), AIS_E_LIMIT);

    size_t n = AIS_SEAL_LOG_LARGEST + 1;
    char *large = malloc(n);
    assert_non_null(large);
    const struct ais_seal_record too_large = { large, n };
    batch = (struct ais_seal_batch){ .records = &too_large, .count = 1, .sync = true };
    assert_int_equal(ais_seal_log_commit(f->log, &batch, &first, &why), AIS_E_LIMIT);
    free(large);
    commit_some(f, 1, 2, 10);
    expect_clean(f);
}

/* What waits for a sync is kept in memory and may have to go into one commit: it is synced before it is too much. */
static void unsynced_commits_do_not_add_up_to_a_failure(void **state)
{
    enum { PAD = 60000, COUNT = AIS_SEAL_LOG_LARGEST / PAD + 20 };
    struct log_fixture *f = *state;
    f->conf.segment_size = 64 << 20;
    reopen(f);
    unsigned ids[COUNT] = { 0 };
    for (unsigned id = 1; id < COUNT; id++) {
        assert_int_equal(fixture_commit(f, id, PAD, false), AIS_OK);
        ids[id] = id;
    }
    expect_ids(f, AIS_SEAL_OLDEST_FIRST, ids, COUNT);
    expect_clean(f);
}

static void a_reader_stops_where_it_was_told(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    struct ais_seal_commit commit;
    commit_some(f, 1, 10, 600);
    struct ais_seal_position upto = ais_seal_log_position(f->log);
    commit_some(f, 10, 30, 600);
    assert_true(ais_seal_log_position(f->log).segment > upto.segment);
    assert_int_equal(ais_seal_reader_new(f->dir, f->ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_NEWEST_FIRST, &upto, 0, NULL), AIS_OK);
    for (uint64_t seq = 10; seq > 0; seq--) {
        assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_OK);
        assert_int_equal(commit.seq, seq);
    }
    assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_E_NOT_FOUND);
}

static void a_bound_leaves_out_whole_segments(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    struct ais_seal_commit commit;
    commit_some(f, 1, 40, 600);
    assert_int_equal(ais_seal_reader_new(f->dir, f->ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_NEWEST_FIRST, NULL, 20, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_OK);
    assert_in_range(commit.seq, 19, 24);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, 20, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_OK);
    assert_in_range(commit.seq, 15, 20);
}

static void a_reader_outlives_rotation_and_retention(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    struct ais_seal_commit commit;
    f->conf.retention = 3;
    reopen(f);
    commit_some(f, 1, 20, 600);
    assert_int_equal(ais_seal_reader_new(f->dir, f->ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_NEWEST_FIRST, NULL, 0, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_OK);
    assert_int_equal(commit.seq, 20);
    commit_some(f, 20, 60, 600); /* all that the reader has not opened is deleted */
    uint64_t seq = 20;
    enum ais_err err;
    while ((err = ais_seal_reader_next(reader, &commit, NULL)) == AIS_OK)
        assert_int_equal(commit.seq, --seq);
    assert_int_equal(err, AIS_E_NOT_FOUND);
}

static void there_is_no_log_to_read(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    assert_int_equal(ais_seal_log_close(&f->log, NULL), AIS_OK);
    memdisk_remove(f->disk, AIS_SEAL_LOG_ACTIVE);
    assert_int_equal(ais_seal_reader_new(f->dir, f->ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_NEWEST_FIRST, NULL, 0, NULL), AIS_E_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(a_new_log_has_one_commit),
        TEST(what_is_committed_is_read_in_either_order),
        TEST(a_batch_is_one_line_with_numbers_in_front),
        TEST(a_clean_stop_leaves_no_padding),
        TEST(it_goes_on_after_reopening),
        TEST(full_segments_are_rotated),
        TEST(a_commit_larger_than_a_segment_gets_its_own),
        TEST(retention_deletes_and_says_so),
        TEST(retention_of_none_keeps_the_active_one),
        TEST(a_deletion_that_a_crash_interrupted_is_finished),
        TEST(anchors_and_counters_last),
        TEST(what_does_not_fit_is_refused),
        TEST(unsynced_commits_do_not_add_up_to_a_failure),
        TEST(a_reader_stops_where_it_was_told),
        TEST(a_bound_leaves_out_whole_segments),
        TEST(a_reader_outlives_rotation_and_retention),
        TEST(there_is_no_log_to_read),
    };
    return cmocka_run_group_tests_name("seal/log", tests, NULL, NULL);
}
