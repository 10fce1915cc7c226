/* Re-sealing: under another key, and otherwise as if nothing had been. */
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
    fixture_begin(f, 29);
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

static bool never(void *context)
{
    (void)context;
    return false;
}

static bool at_once(void *context)
{
    (void)context;
    return true;
}

static void commit_some(struct log_fixture *f, unsigned from, unsigned to)
{
    for (unsigned id = from; id < to; id++)
        assert_int_equal(fixture_commit(f, id, 600, true), AIS_OK);
}

/* The new key opens and seals from now on, and the log goes on in a new segment. */
static void change_key(struct log_fixture *f, unsigned next_id)
{
    size_t index = 0;
    assert_int_equal(ais_keyring_add(f->ring, OTHER_KEY, &index, NULL), AIS_OK);
    ais_keyring_seal_with(f->ring, index);
    ais_seal_log_turn(f->log);
    uint64_t before = ais_seal_log_position(f->log).segment;
    commit_some(f, next_id, next_id + 1);
    assert_int_equal(ais_seal_log_position(f->log).segment, before + 1);
}

/* Re-seals until nothing is left; what became of each is added up. */
static enum ais_err reseal_all(struct log_fixture *f, struct ais_seal_resealed *ret, size_t *ret_segments)
{
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
    const struct ais_seal_packing packing = { .active = ais_seal_log_position(f->log).segment, .stop = never };
    struct ais_seal_resealed one;
    *ret = (struct ais_seal_resealed){ 0 };
    *ret_segments = 0;
    TRY(ais_seal_packer_new(f->dir, f->ring, &packer, NULL));
    for (;;) {
        TRY(ais_seal_packer_reseal(packer, &packing, &one, NULL));
        ret->unopened += one.unopened;
        if (!one.found)
            return AIS_OK;
        ret->lines += one.lines;
        if (one.damage.text[0] != '\0')
            ret->damage = one.damage;
        *ret_segments += one.segment > 0 ? 1 : 0;
    }
}

/* All ids below, once and in order, read with the new key alone; the chain verifies. */
static void expect_all_under_the_new_key(struct log_fixture *f, unsigned below, size_t faults)
{
    static struct found found;
    struct faults list;
    struct ais_keyring *both = f->ring;
    assert_int_equal(ais_keyring_parse(OTHER_KEY, &f->ring, NULL), AIS_OK);
    fixture_read(f, AIS_SEAL_OLDEST_FIRST, &found);
    struct ais_seal_verdict verdict = fixture_verify(f, &list);
    ais_keyring_destroy(&f->ring);
    f->ring = both;
    assert_int_equal(found.faults, faults);
    if (faults > 0)
        return;
    assert_int_equal(verdict.faults, 0);
    assert_int_equal(found.count, below);
    for (unsigned i = 0; i < below; i++)
        assert_int_equal(found.ids[i], i);
}

static void every_rotated_segment_is_put_under_the_new_key(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_resealed all;
    size_t segments = 0;
    commit_some(f, 1, 40);
    change_key(f, 40);
    assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
    assert_int_equal(segments, ais_seal_log_position(f->log).segment - 1);
    assert_int_equal(all.lines, 40);
    assert_int_equal(all.unopened, 0);
    expect_all_under_the_new_key(f, 41, 0);
}

static void what_is_under_it_is_left_alone(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_resealed all;
    size_t segments = 0;
    commit_some(f, 1, 20);
    assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
    assert_int_equal(segments, 0);
    change_key(f, 20);
    assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
    assert_true(segments > 0);
    assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
    assert_int_equal(segments, 0);
}

static void packed_segments_stay_packed(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_resealed all;
    size_t segments = 0, before = 0, after = 0;
    commit_some(f, 1, 40);
    assert_true(fixture_pack(f, ais_seal_log_position(f->log).segment) > 2);
    assert_non_null(memdisk_bytes(f->disk, "audit_logs.2.enc", &before));
    change_key(f, 40);
    assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
    assert_non_null(memdisk_bytes(f->disk, "audit_logs.2.enc", &after));
    assert_int_equal(before, after);
    expect_all_under_the_new_key(f, 41, 0);
}

/* The segment after a failure refers to a byte of the one before: nothing may have moved. */
static void a_void_end_stays_void(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_resealed all;
    size_t segments = 0;
    commit_some(f, 1, 3);
    memdisk_fail(f->disk, 2, 1, EIO);
    assert_int_equal(fixture_commit(f, 3, 20, true), AIS_E_IO);
    commit_some(f, 3, 12);
    change_key(f, 12);
    assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
    assert_string_equal(all.damage.text, "");
    expect_all_under_the_new_key(f, 13, 0);
}

/* What stands in a void end was never promised: it is no damage that nothing opens there. */
static void bytes_in_a_void_end_are_no_damage(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_resealed all;
    static const char torn[] = { '\n', 't', 'o', 'r', 'n', '\n' };
    char bytes[16384];
    size_t segments = 0, n = 0;
    commit_some(f, 1, 3);
    memdisk_fail(f->disk, 2, 1, EIO);
    assert_int_equal(fixture_commit(f, 3, 20, true), AIS_E_IO);
    commit_some(f, 3, 12);
    const unsigned char *before = memdisk_bytes(f->disk, "audit_logs.1.enc", &n);
    assert_true(n + 8 < sizeof bytes);
    memcpy(bytes, before, n);
    memcpy(bytes + n, torn, sizeof torn);
    memdisk_put(f->disk, "audit_logs.1.enc", bytes, n + sizeof torn);
    change_key(f, 12);
    assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
    assert_int_equal(all.unopened, 1);
    assert_string_equal(all.damage.text, "");
}

static void a_line_that_no_key_opens_is_kept_as_it_is(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_resealed all;
    size_t segments = 0, n = 0;
    commit_some(f, 1, 20);
    unsigned char *bytes = memdisk_bytes(f->disk, "audit_logs.2.enc", &n);
    char before[32];
    bytes[n - 100] ^= 1;
    memcpy(before, bytes + n - 110, sizeof before);
    change_key(f, 20);
    assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
    assert_int_equal(all.unopened, 1);
    assert_string_equal(all.damage.file, "audit_logs.2.enc");
    assert_true(all.damage.line > 1 && all.damage.text[0] != '\0');
    bytes = memdisk_bytes(f->disk, "audit_logs.2.enc", &n);
    assert_memory_equal(bytes + n - 110, before, sizeof before);
    expect_all_under_the_new_key(f, 21, 1);
}

/* A line that opens under no key asks for nothing, but it is told of, however its segment is found. */
static void a_line_that_no_key_opens_is_counted_in_every_segment(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_resealed all;
    size_t segments = 0, n = 0;
    commit_some(f, 1, 40);
    assert_true(fixture_pack(f, ais_seal_log_position(f->log).segment) > 2);
    memdisk_bytes(f->disk, "audit_logs.2.enc", &n)[200] ^= 1; /* the only line of it */
    change_key(f, 40);
    for (int i = 0; i < 2; i++) { /* in the second round all the others are under the new key */
        assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
        assert_int_equal(all.unopened, 1);
    }
    assert_int_equal(segments, 0);
}

/* A packer looks at every file once a round. */
static void a_new_round_counts_anew(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
    struct ais_seal_resealed one;
    static const struct {
        uint64_t round, unopened;
    } calls[] = {
        {1,  1},
        { 1, 0},
        { 2, 1}
    };
    size_t n = 0;
    commit_some(f, 1, 20);
    memdisk_bytes(f->disk, "audit_logs.2.enc", &n)[200] ^= 1;
    assert_int_equal(ais_seal_packer_new(f->dir, f->ring, &packer, NULL), AIS_OK);
    for (size_t i = 0; i < N_ELEMS(calls); i++) {
        const struct ais_seal_packing packing = { .active = 3, .stop = never, .round = calls[i].round };
        assert_int_equal(ais_seal_packer_reseal(packer, &packing, &one, NULL), AIS_OK);
        assert_false(one.found);
        assert_int_equal(one.unopened, calls[i].unopened);
    }
}

/* ---- What was set aside --------------------------------------------------------------------------------------- */

#define JUNK "gAAAAAB torn\n\n"

/* Sets aside what a crash may leave: something that does not open, whole lines, and one without its newline. */
static void set_aside(struct log_fixture *f, const char *name)
{
    static char bytes[32768];
    size_t n = 0, junk = strlen(JUNK);
    const unsigned char *segment = memdisk_bytes(f->disk, "audit_logs.1.enc", &n);
    while (n > 0 && segment[n - 1] == '\n')
        n--;
    assert_true(n > 0 && junk + n < sizeof bytes);
    for (size_t i = 0; i < junk; i++)
        bytes[i] = JUNK[i];
    memcpy(bytes + junk, segment, n);
    memdisk_put(f->disk, name, bytes, junk + n);
}

/* How many lines of the file a key opens. */
static size_t opened_by(struct log_fixture *f, const char *name, const char *key)
{
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = NULL;
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    size_t n = 0, opened = 0;
    const char *bytes = (const char *)memdisk_bytes(f->disk, name, &n);
    assert_non_null(bytes);
    assert_int_equal(ais_keyring_parse(key, &ring, NULL), AIS_OK);
    assert_int_equal(ais_sealer_new(ring, &sealer, NULL), AIS_OK);
    for (size_t at = 0; at < n;) {
        const char *end = memchr(bytes + at, '\n', n - at);
        size_t length = end != NULL ? (size_t)(end - bytes) - at : n - at;
        if (length > 0 && ais_unseal(sealer, bytes + at, length, &text, NULL, NULL) == AIS_OK)
            opened++;
        at += length + 1;
    }
    return opened;
}

static void what_was_set_aside_is_put_under_the_new_key(void **state)
{
    struct log_fixture *f = *state;
    static const char *const names[] = { "audit_logs.damaged-1", "audit_logs.stale-2", "audit_logs.damaged-2",
                                         "audit_logs.damaged-10" };
    struct ais_seal_resealed all;
    size_t segments = 0, lines = 0, before = 0, after = 0;
    commit_some(f, 1, 20);
    for (size_t i = 0; i < N_ELEMS(names); i++)
        set_aside(f, names[i]);
    lines = opened_by(f, names[0], LOG_KEY);
    assert_true(lines > 1);
    memdisk_bytes(f->disk, names[0], &before);
    change_key(f, 20);
    assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
    assert_int_equal(segments, ais_seal_log_position(f->log).segment - 1);
    assert_int_equal(all.lines, 20 + N_ELEMS(names) * lines);
    assert_int_equal(all.unopened, 0);
    assert_string_equal(all.damage.text, "");
    for (size_t i = 0; i < N_ELEMS(names); i++) {
        assert_int_equal(opened_by(f, names[i], LOG_KEY), 0);
        assert_int_equal(opened_by(f, names[i], OTHER_KEY), lines);
        assert_memory_equal(memdisk_bytes(f->disk, names[i], &after), JUNK, strlen(JUNK));
        assert_int_equal(after, before);
    }
    expect_all_under_the_new_key(f, 21, 0);
}

/* Whatever had a name of the log may have been set aside; no rotation waits for it. */
static void what_was_never_a_line_of_ours_is_passed_over(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_resealed all;
    size_t segments = 0, huge = (64 << 20) + 1;
    char *bytes = malloc(huge);
    assert_non_null(bytes);
    memset(bytes, 'g', huge);
    commit_some(f, 1, 20);
    memdisk_put(f->disk, "audit_logs.damaged-1", bytes, huge);
    free(bytes);
    set_aside(f, "audit_logs.damaged-2");
    change_key(f, 20);
    assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
    assert_int_equal(opened_by(f, "audit_logs.damaged-2", LOG_KEY), 0);
    expect_all_under_the_new_key(f, 21, 0);
}

/* A place that was noted before stands, but for the file, which is another one. */
static void lines_stand_where_they_stood(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    struct ais_seal_commit before, after;
    struct ais_seal_resealed all;
    size_t segments = 0;
    commit_some(f, 1, 20);
    assert_int_equal(ais_seal_reader_new(f->dir, f->ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, 0, NULL), AIS_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ais_seal_reader_next(reader, &before, NULL), AIS_OK);
    ais_seal_reader_end(reader);
    change_key(f, 20);
    assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, 0, NULL), AIS_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ais_seal_reader_next(reader, &after, NULL), AIS_OK);
    assert_int_equal(after.offset, before.offset);
    assert_int_equal(after.width, before.width);
    assert_int_not_equal(after.inode, before.inode);
}

static void it_stops_when_it_is_told_to(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
    struct ais_seal_resealed one;
    commit_some(f, 1, 20);
    change_key(f, 20);
    const struct ais_seal_packing packing = { .active = 1000, .stop = at_once };
    assert_int_equal(ais_seal_packer_new(f->dir, f->ring, &packer, NULL), AIS_OK);
    assert_int_equal(ais_seal_packer_reseal(packer, &packing, &one, NULL), AIS_E_STOPPED);
}

/* At each of its calls: the call fails, or the process ends there, with power or without. Afterwards it is done whole,
 * and nothing is missing. */
static void one_interruption(unsigned call, int kind)
{
    struct log_fixture f = { 0 };
    struct ais_seal_resealed all;
    size_t segments = 0;
    fixture_begin(&f, call * 3 + (unsigned)kind + 1);
    assert_int_equal(fixture_open(&f, NULL), AIS_OK);
    commit_some(&f, 1, 20);
    set_aside(&f, "audit_logs.damaged-1");
    fixture_pack(&f, 3);
    change_key(&f, 20);
    if (kind == 0)
        memdisk_fail(f.disk, call, 1, call % 2 ? EIO : ENOSPC);
    else
        memdisk_die(f.disk, call);
    enum ais_err err = reseal_all(&f, &all, &segments);
    (void)err; /* it may have come through before the call */
    if (kind == 0)
        memdisk_heal(f.disk);
    else {
        fixture_crash(&f, kind == 2);
        assert_int_equal(fixture_open(&f, NULL), AIS_OK);
    }
    assert_int_equal(reseal_all(&f, &all, &segments), AIS_OK);
    ais_seal_log_turn(f.log);
    commit_some(&f, 21, 22);
    assert_int_equal(reseal_all(&f, &all, &segments), AIS_OK);
    expect_all_under_the_new_key(&f, 22, 0);
    assert_int_equal(opened_by(&f, "audit_logs.damaged-1", LOG_KEY), 0);
    assert_true(opened_by(&f, "audit_logs.damaged-1", OTHER_KEY) > 1);
    fixture_end(&f);
}

static void an_interruption_anywhere_loses_nothing(void **state)
{
    struct log_fixture *f = *state;
    struct ais_seal_resealed all;
    size_t segments = 0;
    commit_some(f, 1, 20);
    set_aside(f, "audit_logs.damaged-1");
    fixture_pack(f, 3);
    change_key(f, 20);
    unsigned long before = memdisk_calls(f->disk);
    assert_int_equal(reseal_all(f, &all, &segments), AIS_OK);
    unsigned calls = (unsigned)(memdisk_calls(f->disk) - before);
    assert_true(calls > 20);
    for (unsigned call = 1; call <= calls; call++)
        for (int kind = 0; kind < 3; kind++)
            one_interruption(call, kind);
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(every_rotated_segment_is_put_under_the_new_key),
        TEST(what_is_under_it_is_left_alone),
        TEST(packed_segments_stay_packed),
        TEST(a_void_end_stays_void),
        TEST(bytes_in_a_void_end_are_no_damage),
        TEST(a_line_that_no_key_opens_is_kept_as_it_is),
        TEST(a_line_that_no_key_opens_is_counted_in_every_segment),
        TEST(a_new_round_counts_anew),
        TEST(what_was_set_aside_is_put_under_the_new_key),
        TEST(what_was_never_a_line_of_ours_is_passed_over),
        TEST(lines_stand_where_they_stood),
        TEST(it_stops_when_it_is_told_to),
        TEST(an_interruption_anywhere_loses_nothing),
    };
    return cmocka_run_group_tests_name("seal/log_reseal", tests, NULL, NULL);
}
