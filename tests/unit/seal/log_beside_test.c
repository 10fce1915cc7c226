/* Reading and verifying beside a writer: what it does between two reads is neither taken for damage, nor hides any. */
#include "shared/mem/secret.h"
#include "tests/unit/seal/log_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READS = 10, LARGE = 60000 };

/* Does something before the in-th read (1: the next) of a file. */
static struct {
    struct log_fixture *f;
    char name[AIS_SEAL_LOG_NAME_SIZE];
    unsigned in;
    bool again; /* and before each read after it */
    bool busy;  /* what it does reads, too */
    unsigned done;
    void (*act)(struct log_fixture *f);
} beside;

static void on_read(void *context, const char *name)
{
    (void)context;
    if (beside.busy || beside.in == 0 || strcmp(name, beside.name) != 0 || --beside.in > 0)
        return;
    beside.busy = true;
    beside.act(beside.f);
    beside.busy = false;
    beside.done++;
    beside.in = beside.again ? 1 : 0;
}

static void plan(struct log_fixture *f, const char *name, unsigned in, void (*act)(struct log_fixture *f))
{
    memset(&beside, 0, sizeof beside);
    beside.f = f;
    snprintf(beside.name, sizeof beside.name, "%s", name);
    beside.in = in;
    beside.act = act;
    memdisk_watch(f->disk, on_read, NULL);
}

static void begin(struct log_fixture *f, uint64_t segment_size, uint32_t retention)
{
    fixture_begin(f, 7);
    f->conf.segment_size = segment_size;
    f->conf.retention = retention;
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
}

static void end(struct log_fixture *f)
{
    memdisk_watch(f->disk, NULL, NULL);
    fixture_end(f);
}

static void commit(struct log_fixture *f, size_t pad)
{
    static unsigned id;
    assert_int_equal(fixture_commit(f, ++id % 1000 + 1, pad, true), AIS_OK);
}

static void rotate(struct log_fixture *f)
{
    ais_seal_log_turn(f->log);
    commit(f, 20);
}

static void rotate_thrice(struct log_fixture *f)
{
    for (int i = 0; i < 3; i++)
        rotate(f);
}

static bool tells(const struct faults *faults, const char *file, const char *text)
{
    for (size_t i = 0; i < faults->count && i < N_ELEMS(faults->list); i++)
        if (strcmp(faults->list[i].file, file) == 0 && strstr(faults->list[i].text, text) != NULL)
            return true;
    return false;
}

static void expect_clean(struct log_fixture *f)
{
    struct faults faults;
    struct ais_seal_verdict verdict = fixture_verify(f, &faults);
    if (faults.count > 0)
        fail_msg("before read %u of %s: %s:%d: %s", beside.done, beside.name, faults.list[0].file,
                 (int)faults.list[0].line, faults.list[0].text);
    assert_true(verdict.records > 0);
}

/* ---- The active segment grows --------------------------------------------------------------------------------- */

/* A segment that is written ahead, and filled so that the next large line goes over the end of what is read at once. */
static void begin_ahead(struct log_fixture *f)
{
    begin(f, 4 << 20, 100);
    assert_int_equal(ais_seal_log_prepare(f->log, NULL), AIS_OK);
    rotate(f);
    while (ais_seal_log_position(f->log).length < (200 << 10))
        commit(f, 8000);
    assert_true(ais_seal_log_position(f->log).length < (256 << 10));
}

static void write_large(struct log_fixture *f)
{
    commit(f, LARGE);
    commit(f, LARGE);
}

static void lines_that_are_written_between_two_reads_are_no_damage(void **state)
{
    (void)state;
    for (unsigned in = 1; in < READS; in++)
        for (int how = 0; how < 3; how++) {
            struct log_fixture f;
            struct found found;
            begin_ahead(&f);
            plan(&f, AIS_SEAL_LOG_ACTIVE, in, write_large);
            if (how < 2) {
                fixture_read(&f, how == 0 ? AIS_SEAL_OLDEST_FIRST : AIS_SEAL_NEWEST_FIRST, &found);
                assert_string_equal(found.last_fault, "");
                assert_int_equal(found.faults, 0);
            } else {
                expect_clean(&f);
            }
            assert_int_equal(beside.done, 1);
            end(&f);
        }
}

/* The second half of the last line, which the disk does not show until it is there. */
static struct {
    size_t at, n;
    unsigned char bytes[2 * LARGE];
} half;

static void hide_half(struct log_fixture *f)
{
    uint64_t from = ais_seal_log_position(f->log).length;
    commit(f, LARGE);
    size_t n = 0, end = (size_t)ais_seal_log_position(f->log).length;
    unsigned char *bytes = memdisk_bytes(f->disk, AIS_SEAL_LOG_ACTIVE, &n);
    half.at = (size_t)from + (end - (size_t)from) / 2;
    half.n = end - half.at;
    assert_true(half.n < sizeof half.bytes);
    memcpy(half.bytes, bytes + half.at, half.n);
    memset(bytes + half.at, '\n', half.n);
}

static void show_half(struct log_fixture *f)
{
    size_t n = 0;
    unsigned char *bytes = memdisk_bytes(f->disk, AIS_SEAL_LOG_ACTIVE, &n);
    memcpy(bytes + half.at, half.bytes, half.n);
}

static void a_line_that_is_half_written_is_waited_for(void **state)
{
    (void)state;
    for (unsigned in = 1; in <= 3; in++) { /* those of the lines: from the end back, and from the begin on */
        struct log_fixture f;
        begin_ahead(&f);
        hide_half(&f);
        plan(&f, AIS_SEAL_LOG_ACTIVE, in, show_half);
        expect_clean(&f);
        assert_int_equal(beside.done, 1);
        end(&f);
    }
}

static void a_line_that_stays_half_written_is_a_fault(void **state)
{
    (void)state;
    struct log_fixture f;
    struct faults faults;
    begin_ahead(&f);
    hide_half(&f);
    fixture_verify(&f, &faults);
    assert_int_equal(faults.count, 1);
    assert_true(faults.list[0].tail);
    show_half(&f);
    size_t n = 0;
    memdisk_bytes(f.disk, AIS_SEAL_LOG_ACTIVE, &n)[half.at] = '!';
    fixture_verify(&f, &faults);
    assert_int_equal(faults.count, 1);
    end(&f);
}

/* The disk fails in mid-line: the writer goes on in another file, which says what of this one is void. */
static unsigned failures;

static void fail_in_mid_line(struct log_fixture *f)
{
    memdisk_fail(f->disk, 1, failures, EIO);
    (void)!fixture_commit(f, 7, LARGE, true);
    memdisk_heal(f->disk);
    commit(f, 20);
}

static void what_a_failing_disk_leaves_is_void_and_no_fault(void **state)
{
    (void)state;
    for (unsigned in = 1; in <= 6; in++)
        for (failures = 1; failures <= 6; failures++) {
            struct log_fixture f;
            begin_ahead(&f);
            plan(&f, AIS_SEAL_LOG_ACTIVE, in, fail_in_mid_line);
            expect_clean(&f);
            assert_int_equal(beside.done, 1);
            end(&f);
        }
}

static void alter_begin(struct log_fixture *f)
{
    size_t n = 0;
    memdisk_bytes(f->disk, AIS_SEAL_LOG_ACTIVE, &n)[300] ^= 1;
    write_large(f);
}

static void what_is_altered_while_the_log_grows_is_a_fault(void **state)
{
    (void)state;
    for (unsigned in = 1; in <= 3; in++) {
        struct log_fixture f;
        struct faults faults;
        begin_ahead(&f);
        plan(&f, AIS_SEAL_LOG_ACTIVE, in, alter_begin);
        fixture_verify(&f, &faults);
        assert_int_equal(beside.done, 1);
        assert_true(faults.count > 0);
        end(&f);
    }
}

/* ---- The oldest segments go ----------------------------------------------------------------------------------- */

static void begin_old(struct log_fixture *f)
{
    begin(f, AIS_SEAL_LOG_SMALLEST, 4);
    for (int i = 0; i < 9; i++)
        rotate(f);
    assert_int_equal(ais_seal_log_position(f->log).segment, 10);
}

static const char *const old[] = { AIS_SEAL_LOG_ACTIVE, "audit_logs.6.enc", "audit_logs.7.enc", "audit_logs.8.enc",
                                   "audit_logs.9.enc" };

static void what_retention_deletes_meanwhile_is_not_missing(void **state)
{
    (void)state;
    unsigned done = 0;
    for (size_t i = 0; i < N_ELEMS(old); i++)
        for (unsigned in = 1; in < READS; in++)
            for (int how = 0; how < 3; how++) {
                struct log_fixture f;
                struct found found;
                begin_old(&f);
                plan(&f, old[i], in, rotate_thrice);
                if (how < 2)
                    fixture_read(&f, how == 0 ? AIS_SEAL_OLDEST_FIRST : AIS_SEAL_NEWEST_FIRST, &found);
                else
                    expect_clean(&f);
                assert_true(how == 2 || found.faults == 0);
                done += beside.done;
                end(&f);
            }
    assert_true(done > 20);
}

static void a_log_that_goes_faster_than_it_is_read_is_given_up(void **state)
{
    (void)state;
    struct log_fixture f;
    struct ais_seal_verdict verdict;
    begin_old(&f);
    plan(&f, AIS_SEAL_LOG_ACTIVE, 1, rotate_thrice);
    beside.again = true;
    assert_int_equal(ais_seal_log_verify(f.dir, f.ring, NULL, NULL, NULL, NULL, &verdict, NULL), AIS_E_STALE);
    beside.in = 0;
    beside.again = false;
    expect_clean(&f);
    end(&f);
}

static const char *removed;

static void remove_one(struct log_fixture *f)
{
    memdisk_remove(f->disk, removed);
}

static void remove_one_and_rotate(struct log_fixture *f)
{
    memdisk_remove(f->disk, removed);
    rotate(f);
}

/* Nobody but retention declares what is deleted: whoever else deletes is found out, at once or by the next walk. */
static void what_is_deleted_meanwhile_by_others_is_missing(void **state)
{
    (void)state;
    for (size_t gone = 1; gone < N_ELEMS(old); gone++)
        for (size_t i = 0; i < N_ELEMS(old); i++)
            for (unsigned in = 1; in < 5; in++) {
                struct log_fixture f;
                struct faults faults;
                begin_old(&f);
                removed = old[gone];
                plan(&f, old[i], in, remove_one);
                fixture_verify(&f, &faults);
                if (i == 0 && in == 1)
                    assert_true(faults.count > 0);
                beside.in = 0; /* what was read before it went is seen to be gone by the next */
                fixture_verify(&f, &faults);
                assert_true(beside.done == 0 ? faults.count == 0 : tells(&faults, removed, "is missing"));
                end(&f);
            }
}

static void nor_does_a_rotation_hide_it(void **state)
{
    (void)state;
    for (size_t gone = 2; gone < N_ELEMS(old); gone++)
        for (unsigned in = 1; in < 5; in++) {
            struct log_fixture f;
            struct faults faults;
            begin_old(&f);
            removed = old[gone];
            plan(&f, AIS_SEAL_LOG_ACTIVE, in, remove_one_and_rotate);
            fixture_verify(&f, &faults);
            assert_int_equal(beside.done, 1);
            assert_true(faults.count > 0);
            fixture_verify(&f, &faults);
            assert_true(faults.count > 0);
            end(&f);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_are_written_between_two_reads_are_no_damage),
        cmocka_unit_test(a_line_that_is_half_written_is_waited_for),
        cmocka_unit_test(what_a_failing_disk_leaves_is_void_and_no_fault),
        cmocka_unit_test(a_line_that_stays_half_written_is_a_fault),
        cmocka_unit_test(what_is_altered_while_the_log_grows_is_a_fault),
        cmocka_unit_test(what_retention_deletes_meanwhile_is_not_missing),
        cmocka_unit_test(a_log_that_goes_faster_than_it_is_read_is_given_up),
        cmocka_unit_test(what_is_deleted_meanwhile_by_others_is_missing),
        cmocka_unit_test(nor_does_a_rotation_hide_it),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("seal/log_beside", tests, NULL, NULL);
}
