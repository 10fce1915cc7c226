/* Packing: smaller, and otherwise as if it had never been, whatever happens beside it or in the middle. */
#include "shared/mem/secret.h"
#include "tests/unit/seal/log_case_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What it does --------------------------------------------------------------------------------------------- */

static void packed_segments_are_smaller_and_read_the_same(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 40, 600);
    size_t before = size_of(f, "audit_logs.2.enc");
    struct ais_seal_verdict plain = expect_clean(f);
    assert_int_equal(fixture_pack(f, active(f)), active(f) - 1);
    assert_true(size_of(f, "audit_logs.2.enc") < before / 2);
    expect_no_leftover(f);
    struct ais_seal_verdict packed = expect_clean(f);
    assert_int_equal(packed.commits, plain.commits);
    assert_int_equal(packed.records, plain.records);
    assert_memory_equal(&packed.head, &plain.head, sizeof plain.head);
    expect_all(f, 40);
    reopen(f);
    commit_some(f, 40, 50, 600);
    expect_clean(f);
    expect_all(f, 50);
}

static void what_is_packed_is_not_packed_again(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 40, 600);
    assert_true(fixture_pack(f, active(f)) > 0);
    assert_int_equal(fixture_pack(f, active(f)), 0);
}

static void the_active_segment_is_left_alone(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 3, 600);
    assert_int_equal(fixture_pack(f, active(f)), 0);
}

/* The commits of a line share its name and place; a line holds about 64 KiB of payloads. */
static void lines_hold_a_bounded_number_of_commits(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    struct ais_seal_commit commit;
    f->conf.segment_size = 1 << 20;
    reopen(f);
    unsigned id = 1;
    while (active(f) == 1)
        commit_some(f, id, id + 1, 6000), id++;
    assert_int_equal(fixture_pack(f, active(f)), 1);
    assert_int_equal(ais_seal_reader_new(f->dir, f->ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, 0, NULL), AIS_OK);
    uint64_t line = 0, in_line = 0;
    while (ais_seal_reader_next(reader, &commit, NULL) == AIS_OK && strcmp(commit.file, "audit_logs.1.enc") == 0) {
        in_line = commit.line == line ? in_line + 1 : 1;
        line = commit.line;
        assert_true(in_line <= 11);
    }
    assert_in_range(line, id / 11, id / 9);
    expect_all(f, id);
}

/* What was taken at one time of a segment still bounds what was there at that time, when the segment is packed. */
static void a_position_bounds_a_packed_segment(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    struct ais_seal_commit commit;
    commit_some(f, 1, 3, 600);
    const struct ais_seal_position upto = ais_seal_log_position(f->log);
    commit_some(f, 3, 10, 600);
    assert_true(fixture_pack(f, active(f)) > 0);
    assert_int_equal(ais_seal_reader_new(f->dir, f->ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, &upto, 0, NULL), AIS_OK);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_OK);
        assert_int_equal(commit.seq, seq);
    }
}

/* One that is larger than a line should be stands alone; one with a newline between its tokens stays as it is. */
static void unusual_payloads_stay_whole(void **state)
{
    static const char odd[] = "{\"id\":2,\n\"odd\":true}";
    struct log_fixture *f = *state;
    f->conf.segment_size = 1 << 20;
    reopen(f);
    size_t n = 300000;
    char *large = malloc(n);
    assert_non_null(large);
    int head = snprintf(large, n, "{\"id\":1,\"pad\":\"");
    memset(large + head, 'x', n - (size_t)head);
    large[n - 2] = '"';
    large[n - 1] = '}';
    assert_int_equal(commit_json(f, large, n), AIS_OK);
    free(large);
    assert_int_equal(commit_json(f, odd, sizeof odd - 1), AIS_OK);
    unsigned id = 3;
    while (active(f) == 1)
        commit_some(f, id, id + 1, 50000), id++;
    assert_int_equal(fixture_pack(f, 2), 1);
    expect_clean(f);
    expect_all(f, id);
}

/* ---- Beside others -------------------------------------------------------------------------------------------- */

static void a_reader_in_the_old_file_goes_on_in_it(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    struct ais_seal_commit commit;
    commit_some(f, 1, 40, 600);
    assert_int_equal(ais_seal_reader_new(f->dir, f->ring, &reader, NULL), AIS_OK);
    for (int order = AIS_SEAL_OLDEST_FIRST; order <= AIS_SEAL_NEWEST_FIRST; order++) {
        bool up = order == AIS_SEAL_OLDEST_FIRST;
        assert_int_equal(ais_seal_reader_start(reader, (enum ais_seal_order)order, NULL, 0, NULL), AIS_OK);
        for (uint64_t i = 1; i <= 40; i++) {
            assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_OK);
            assert_int_equal(commit.seq, up ? i : 41 - i);
            if (i == 7)
                fixture_pack(f, up ? 4 : active(f)); /* under its hands, and then what it has not reached */
        }
        assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_E_NOT_FOUND);
    }
}

/* What the test does in the middle of the work, at the n-th line. */
struct interruption {
    struct log_fixture *f;
    unsigned countdown;
    void (*act)(struct log_fixture *f);
    bool stop;
};

static bool interrupt(void *context)
{
    struct interruption *self = context;
    if (self->countdown == 0 || --self->countdown > 0)
        return false;
    if (self->act != NULL)
        self->act(self->f);
    return self->stop;
}

static enum ais_err pack_interrupted(struct log_fixture *f, struct interruption *interruption,
                                     struct ais_seal_packed *packed)
{
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
    const struct ais_seal_packing packing = {
        .active = active(f), .retention = 1000, .stop = interrupt, .context = interruption
    };
    assert_int_equal(ais_seal_packer_new(f->dir, f->ring, &packer, NULL), AIS_OK);
    return ais_seal_packer_next(packer, &packing, packed, NULL);
}

static void it_stops_at_every_line(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_packed packed;
    commit_some(f, 1, 40, 600);
    size_t before = size_of(f, "audit_logs.1.enc");
    unsigned lines = 1;
    for (;; lines++) {
        struct interruption stop = { .countdown = lines, .stop = true };
        enum ais_err err = pack_interrupted(f, &stop, &packed);
        expect_no_leftover(f);
        if (err == AIS_OK)
            break;
        assert_int_equal(err, AIS_E_STOPPED);
        assert_int_equal(size_of(f, "audit_logs.1.enc"), before);
    }
    assert_in_range(lines, 5, 10); /* before it, four or so of the old file, one of the new */
    assert_int_equal(packed.segment, 1);
    expect_all(f, 40);
}

static void remove_first(struct log_fixture *f)
{
    memdisk_remove(f->disk, "audit_logs.1.enc");
}

static void what_retention_deletes_meanwhile_stays_deleted(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_packed packed;
    size_t n = 0;
    commit_some(f, 1, 40, 600);
    struct interruption deletion = { .f = f, .countdown = 4, .act = remove_first };
    assert_int_equal(pack_interrupted(f, &deletion, &packed), AIS_OK);
    assert_int_equal(packed.segment, 1);
    assert_true(packed.left);
    assert_null(memdisk_bytes(f->disk, "audit_logs.1.enc", &n));
    expect_no_leftover(f);
}

static void what_the_next_rotation_deletes_comes_last(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
    struct ais_seal_packed packed;
    commit_some(f, 1, 20, 600);
    assert_true(active(f) >= 5);
    assert_int_equal(ais_seal_packer_new(f->dir, f->ring, &packer, NULL), AIS_OK);
    /* With three kept beside segment 5, the next rotation deletes 1 and 2. */
    const struct ais_seal_packing packing = { .active = 5, .retention = 3, .stop = never };
    static const uint64_t order[] = { 3, 4, 0 };
    for (size_t i = 0; i < N_ELEMS(order); i++) {
        assert_int_equal(ais_seal_packer_next(packer, &packing, &packed, NULL), AIS_OK);
        assert_int_equal(packed.segment, order[i]);
    }
    /* With one kept, no other than such a segment ever comes. */
    ais_seal_packer_destroy(&packer);
    assert_int_equal(ais_seal_packer_new(f->dir, f->ring, &packer, NULL), AIS_OK);
    const struct ais_seal_packing one_kept = { .active = 2, .retention = 1, .stop = never };
    assert_int_equal(ais_seal_packer_next(packer, &one_kept, &packed, NULL), AIS_OK);
    assert_int_equal(packed.segment, 1);
}

/* ---- Faults --------------------------------------------------------------------------------------------------- */

static void a_fault_at_any_call_costs_nothing(void **state)
{
    struct log_fixture *f = *state;
    static const int errors[] = { ENOSPC, EIO, EINVAL };
    struct ais_seal_packed packed;
    unsigned refused = 0;
    commit_some(f, 1, 80, 600);
    for (size_t i = 0; i < N_ELEMS(errors); i++) {
        for (unsigned call = 1;; call++) {
            AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
            const struct ais_seal_packing packing = { .active = active(f), .retention = 1000, .stop = never };
            assert_int_equal(ais_seal_packer_new(f->dir, f->ring, &packer, NULL), AIS_OK);
            unsigned long begin = memdisk_calls(f->disk);
            memdisk_fail(f->disk, call, 1, errors[i]);
            enum ais_err err = ais_seal_packer_next(packer, &packing, &packed, NULL);
            bool reached = memdisk_calls(f->disk) - begin >= call;
            memdisk_heal(f->disk);
            refused += err == AIS_E_REFUSED;
            expect_clean(f);
            expect_all(f, 80);
            if (!reached)
                break;
            assert_int_not_equal(err, AIS_OK);
            assert_int_equal(fixture_pack(f, 0), 0);
            expect_no_leftover(f);
        }
    }
    assert_int_equal(refused, 1); /* the exchange, on a file system that has none */
}

static void leftovers_are_deleted_at_the_next_start(void **state)
{
    struct log_fixture *f = *state;
    memdisk_put(f->disk, "audit_logs.packed", "gAAAA", 5);
    reopen(f);
    expect_no_leftover(f);
    expect_clean(f);
}

static void a_crash_at_any_call_leaves_a_whole_segment(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 120; seed++) {
        struct log_fixture f;
        fixture_begin(&f, seed);
        assert_int_equal(fixture_open(&f, NULL), AIS_OK);
        commit_some(&f, 1, 30, 600);
        memdisk_die(f.disk, (unsigned)(seed / 2));
        fixture_pack(&f, active(&f));
        fixture_crash(&f, seed % 2 == 0);
        expect_clean(&f);
        assert_int_equal(fixture_open(&f, NULL), AIS_OK);
        expect_no_leftover(&f);
        assert_int_equal(f.report.fault_total, 0);
        expect_all(&f, 30);
        fixture_end(&f);
    }
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(packed_segments_are_smaller_and_read_the_same),
        TEST(what_is_packed_is_not_packed_again),
        TEST(the_active_segment_is_left_alone),
        TEST(lines_hold_a_bounded_number_of_commits),
        TEST(a_position_bounds_a_packed_segment),
        TEST(unusual_payloads_stay_whole),
        TEST(a_reader_in_the_old_file_goes_on_in_it),
        TEST(it_stops_at_every_line),
        TEST(what_retention_deletes_meanwhile_stays_deleted),
        TEST(what_the_next_rotation_deletes_comes_last),
        TEST(a_fault_at_any_call_costs_nothing),
        TEST(leftovers_are_deleted_at_the_next_start),
        cmocka_unit_test(a_crash_at_any_call_leaves_a_whole_segment),
    };
    return cmocka_run_group_tests_name("seal/log_pack", tests, NULL, NULL);
}
