/* The sealed log whose bytes were altered: flipped bits, lines that are blanked or copied, files without a good line.
 */
#include "shared/mem/secret.h"
#include "tests/unit/seal/log_case_fixture.h"

#include <stdlib.h>
#include <string.h>

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
        TEST(a_blanked_line_is_missed),
        TEST(a_copied_line_is_refused),
        TEST(a_segment_without_a_good_line_is_there),
        TEST(an_active_segment_that_does_not_open_is_kept),
        TEST(an_emptied_log_is_named),
        TEST(a_damaged_segment_is_deleted_in_its_turn),
    };
    return cmocka_run_group_tests_name("seal/log_damage", tests, NULL, NULL);
}
