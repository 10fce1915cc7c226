/* Packing: smaller, and otherwise as if it had never been. */
#include "shared/mem/secret.h"
#include "shared/seal/deflate.h"
#include "tests/unit/seal/log_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_up(void **state)
{
    struct log_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    fixture_begin(f, 23);
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

static uint64_t active(const struct log_fixture *f)
{
    return ais_seal_log_position(f->log).segment;
}

static size_t size_of(struct log_fixture *f, const char *name)
{
    size_t n = 0;
    assert_non_null(memdisk_bytes(f->disk, name, &n));
    return n;
}

static void expect_no_leftover(struct log_fixture *f)
{
    size_t n = 0;
    assert_null(memdisk_bytes(f->disk, "audit_logs.packed", &n));
}

static struct ais_seal_verdict expect_clean(struct log_fixture *f)
{
    struct faults faults;
    struct ais_seal_verdict verdict = fixture_verify(f, &faults);
    if (faults.count > 0)
        fail_msg("%s:%llu: %s", faults.list[0].file, (unsigned long long)faults.list[0].line, faults.list[0].text);
    return verdict;
}

/* All ids from 0 to below, once, in both orders. */
static void expect_all(struct log_fixture *f, unsigned below)
{
    static struct found found;
    fixture_read(f, AIS_SEAL_OLDEST_FIRST, &found);
    assert_int_equal(found.faults, 0);
    assert_int_equal(found.count, below);
    for (unsigned i = 0; i < below; i++)
        assert_int_equal(found.ids[i], i);
    fixture_read(f, AIS_SEAL_NEWEST_FIRST, &found);
    assert_int_equal(found.count, below);
    for (unsigned i = 0; i < below; i++)
        assert_int_equal(found.ids[i], below - 1 - i);
}

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

static enum ais_err commit_json(struct log_fixture *f, const char *json, size_t n)
{
    const struct ais_seal_record record = { json, n };
    const struct ais_seal_batch batch = { .records = &record, .count = 1, .sync = true };
    uint64_t first = 0;
    return ais_seal_log_commit(f->log, &batch, &first, NULL);
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

/* ---- What it leaves alone ------------------------------------------------------------------------------------- */

static bool never(void *context)
{
    (void)context;
    return false;
}

/* Looks at segments until there are none, and keeps what became of the one with this number. */
static struct ais_seal_packed pack_and_look(struct log_fixture *f, uint64_t number, struct ais_why *why)
{
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
    const struct ais_seal_packing packing = { .active = active(f), .retention = 1000, .stop = never };
    struct ais_seal_packed packed, found = { 0 };
    assert_int_equal(ais_seal_packer_new(f->dir, f->ring, &packer, NULL), AIS_OK);
    do {
        struct ais_why reason = { 0 };
        assert_int_equal(ais_seal_packer_next(packer, &packing, &packed, &reason), AIS_OK);
        if (packed.segment == number) {
            found = packed;
            *why = reason;
        }
    } while (packed.segment > 0);
    return found;
}

/* Only what is wrong with the segment itself is damage of it: words NULL, nothing is. */
static void expect_damage(struct log_fixture *f, uint64_t number, bool in_line, const char *words)
{
    struct ais_why why = { 0 };
    struct ais_seal_packed packed = pack_and_look(f, number, &why);
    if (words == NULL) {
        assert_string_equal(packed.damage.text, "");
        return;
    }
    char name[AIS_SEAL_LOG_NAME_SIZE];
    snprintf(name, sizeof name, "audit_logs.%llu.enc", (unsigned long long)number);
    assert_string_equal(packed.damage.file, name);
    assert_true((packed.damage.line > 0) == in_line);
    if (strstr(packed.damage.text, words) == NULL)
        fail_msg("'%s' does not say '%s'", packed.damage.text, words);
}

static void expect_left(struct log_fixture *f, uint64_t number, const char *words)
{
    struct ais_why why = { 0 };
    char name[64];
    snprintf(name, sizeof name, "audit_logs.%u.enc", (unsigned)number);
    size_t n = size_of(f, name);
    unsigned char *before = malloc(n);
    assert_non_null(before);
    memcpy(before, memdisk_bytes(f->disk, name, &n), n);
    struct ais_seal_packed packed = pack_and_look(f, number, &why);
    assert_int_equal(packed.segment, number);
    assert_true(packed.left);
    if (strstr(why.text, words) == NULL)
        fail_msg("'%s' does not say '%s'", why.text, words);
    assert_int_equal(size_of(f, name), n);
    assert_memory_equal(memdisk_bytes(f->disk, name, &n), before, n);
    free(before);
    expect_no_leftover(f);
}

static void a_segment_whose_end_is_void_is_left(void **state)
{
    struct log_fixture *f = *state;
    commit_some(f, 1, 3, 600);
    memdisk_fail(f->disk, 2, 1, EIO);
    assert_int_equal(fixture_commit(f, 3, 20, true), AIS_E_IO);
    commit_some(f, 3, 12, 600);
    expect_left(f, 1, "declares its end void");
    expect_damage(f, 1, false, NULL);
    expect_clean(f);
    expect_all(f, 12);
}

static void a_damaged_segment_is_left(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    commit_some(f, 1, 20, 600);
    memdisk_bytes(f->disk, "audit_logs.2.enc", &n)[size_of(f, "audit_logs.2.enc") - 100] ^= 1;
    expect_left(f, 2, "audit_logs.2.enc:");
    expect_damage(f, 2, true, "");
}

static void a_segment_of_which_nothing_opens_is_left(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    commit_some(f, 1, 20, 600);
    memset(memdisk_bytes(f->disk, "audit_logs.2.enc", &n), 'x', size_of(f, "audit_logs.2.enc") - 1);
    expect_left(f, 2, "no line opens");
    expect_damage(f, 2, false, "no line of it opens");
    expect_damage(f, 1, false, NULL);
}

static void a_segment_with_a_line_missing_is_left(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    commit_some(f, 1, 20, 300);
    unsigned char *bytes = memdisk_bytes(f->disk, "audit_logs.2.enc", &n);
    unsigned char *second = (unsigned char *)memchr(bytes, '\n', n) + 1;
    while (*second != '\n')
        *second++ = '\n';
    expect_left(f, 2, "the chain breaks");
    expect_damage(f, 2, true, "the chain breaks");
}

/* A newline in its only payload, which is larger than a segment should be. */
static void a_segment_that_does_not_become_smaller_is_left(void **state)
{
    struct log_fixture *f = *state;
    char json[6000];
    int head = snprintf(json, sizeof json, "{\"id\":1\n");
    memset(json + head, ' ', sizeof json - (size_t)head);
    json[sizeof json - 1] = '}';
    assert_int_equal(commit_json(f, json, sizeof json), AIS_OK);
    commit_some(f, 2, 12, 600);
    expect_left(f, 2, "would not be smaller");
    expect_damage(f, 2, false, NULL);
    expect_all(f, 12);
}

static void a_segment_in_anothers_place_is_left(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    commit_some(f, 1, 20, 600);
    unsigned char *bytes = memdisk_bytes(f->disk, "audit_logs.1.enc", &n);
    memdisk_put(f->disk, "audit_logs.2.enc", bytes, n);
    expect_left(f, 2, "it does not begin");
    expect_damage(f, 2, true, "it does not begin");
    expect_left(f, 1, "is not the one that it should be");
    expect_damage(f, 1, false, NULL);
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

/* ---- Damage --------------------------------------------------------------------------------------------------- */

static bool names_line(const struct faults *faults, const char *file, uint64_t line, const char *words)
{
    for (size_t i = 0; i < faults->count && i < N_ELEMS(faults->list); i++)
        if (strcmp(faults->list[i].file, file) == 0 && faults->list[i].line == line &&
            strstr(faults->list[i].text, words) != NULL)
            return true;
    return false;
}

static void every_flipped_byte_of_a_packed_segment_is_named(void **state)
{
    struct log_fixture *f = *state;
    size_t n = 0;
    uint64_t line = 1;
    commit_some(f, 1, 20, 600);
    fixture_pack(f, active(f));
    unsigned char *bytes = memdisk_bytes(f->disk, "audit_logs.2.enc", &n);
    for (size_t at = 0; at < n; at++) {
        unsigned bit = (unsigned)(at * 5 % 8);
        struct faults faults;
        bool newline = bytes[at] == '\n';
        bytes[at] = (unsigned char)(bytes[at] ^ 1U << bit);
        fixture_verify(f, &faults);
        if (!names_line(&faults, "audit_logs.2.enc", line, ""))
            fail_msg("bit %u of byte %zu, in line %llu, was flipped unseen", bit, at, (unsigned long long)line);
        bytes[at] = (unsigned char)(bytes[at] ^ 1U << bit);
        line += newline;
    }
    expect_clean(f);
}

/* Puts text, deflated, followed by more bytes, and sealed by the right key, behind the lines of a segment. */
static void add_sealed(struct log_fixture *f, const char *file, const char *text, size_t n, const char *more)
{
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = NULL;
    AUTO(ais_buf_done) struct ais_buf deflated = { 0 }, content = { 0 };
    size_t size = 0;
    const unsigned char *bytes = memdisk_bytes(f->disk, file, &size);
    ais_buf_add(&content, bytes, size);
    assert_int_equal(ais_sealer_new(f->ring, &sealer, NULL), AIS_OK);
    assert_int_equal(ais_deflate(text, n, &deflated, NULL), AIS_OK);
    ais_buf_text(&deflated, more);
    assert_int_equal(ais_seal(sealer, deflated.data, deflated.length, &content, NULL), AIS_OK);
    ais_buf_byte(&content, '\n');
    memdisk_put(f->disk, file, content.data, content.length);
}

static void expect_hostile(struct log_fixture *f, const char *text, size_t n, const char *more, const char *words)
{
    struct faults faults;
    commit_some(f, 1, 20, 600);
    fixture_pack(f, active(f));
    add_sealed(f, "audit_logs.2.enc", text, n, more);
    fixture_verify(f, &faults);
    if (!names_line(&faults, "audit_logs.2.enc", 2, words))
        fail_msg("'%s' was not reported, but %zu others, %s", words, faults.count, faults.list[0].text);
    static struct found found;
    fixture_read(f, AIS_SEAL_NEWEST_FIRST, &found);
    assert_int_equal(found.count, 20); /* the rest stays readable */
    assert_int_equal(found.faults, faults.count);
}

static void a_bomb_under_the_right_key_is_damage(void **state)
{
    enum { MUCH = AIS_SEAL_LOG_INFLATED + 1 };
    char *text = malloc(MUCH);
    assert_non_null(text);
    memset(text, '{', MUCH);
    expect_hostile(*state, text, MUCH, "", "packed text of more than");
    free(text);
}

static void bytes_behind_the_stream_are_damage(void **state)
{
    expect_hostile(*state, "{}", 2, "{}", "not whole");
}

static void packed_text_that_is_no_payload_is_damage(void **state)
{
    expect_hostile(*state, "{}", 2, "", "not a payload of version 1");
}

static void an_empty_payload_is_damage(void **state)
{
    expect_hostile(*state, "", 0, "", "not JSON");
}

/* A payload that repeats what is there, and an empty one behind it. */
static void a_newline_at_the_end_is_damage(void **state)
{
    expect_hostile(*state, "{}\n", 3, "", "not JSON");
}

/* Of the commits of one line each stands for itself. */
static void good_commits_beside_a_bad_one_stay_readable(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    struct ais_seal_commit commit;
    assert_int_equal(ais_seal_reader_new(f->dir, f->ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, 0, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_OK);
    ais_buf_text(&text, "{\n");
    ais_buf_add(&text, commit.payload, commit.length);
    ais_buf_text(&text, "\n{");
    ais_seal_reader_destroy(&reader);
    memdisk_put(f->disk, AIS_SEAL_LOG_ACTIVE, "", 0);
    add_sealed(f, AIS_SEAL_LOG_ACTIVE, text.data, text.length, "");
    for (int order = AIS_SEAL_OLDEST_FIRST; order <= AIS_SEAL_NEWEST_FIRST; order++) {
        static struct found found;
        fixture_read(f, (enum ais_seal_order)order, &found);
        assert_int_equal(found.count, 1);
        assert_int_equal(found.faults, 2);
    }
    /* A log whose active segment is packed (somebody put it back so) opens and goes on. */
    fixture_crash(f, false);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    assert_int_equal(f->report.fault_total, 2);
    assert_int_equal(f->report.recovered, 0);
    commit_some(f, 1, 20, 600);
    static struct found found;
    fixture_read(f, AIS_SEAL_OLDEST_FIRST, &found);
    assert_int_equal(found.count, 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
        TEST(a_segment_that_does_not_become_smaller_is_left),
        TEST(a_segment_whose_end_is_void_is_left),
        TEST(a_damaged_segment_is_left),
        TEST(a_segment_of_which_nothing_opens_is_left),
        TEST(a_segment_with_a_line_missing_is_left),
        TEST(a_segment_in_anothers_place_is_left),
        TEST(a_reader_in_the_old_file_goes_on_in_it),
        TEST(it_stops_at_every_line),
        TEST(what_retention_deletes_meanwhile_stays_deleted),
        TEST(what_the_next_rotation_deletes_comes_last),
        TEST(a_fault_at_any_call_costs_nothing),
        TEST(leftovers_are_deleted_at_the_next_start),
        cmocka_unit_test(a_crash_at_any_call_leaves_a_whole_segment),
        TEST(every_flipped_byte_of_a_packed_segment_is_named),
        TEST(a_bomb_under_the_right_key_is_damage),
        TEST(bytes_behind_the_stream_are_damage),
        TEST(packed_text_that_is_no_payload_is_damage),
        TEST(an_empty_payload_is_damage),
        TEST(a_newline_at_the_end_is_damage),
        TEST(good_commits_beside_a_bad_one_stay_readable),
    };
    return cmocka_run_group_tests_name("seal/log_pack", tests, NULL, NULL);
}
