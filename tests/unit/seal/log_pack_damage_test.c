/* Damage of packed segments: flipped bytes, and what was sealed under the right key by somebody else. */
#include "shared/mem/secret.h"
#include "shared/seal/deflate.h"
#include "tests/unit/seal/log_case_fixture.h"

#include <stdlib.h>
#include <string.h>

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
        if (!names(&faults, "audit_logs.2.enc", line, ""))
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
    if (!names(&faults, "audit_logs.2.enc", 2, words))
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

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(every_flipped_byte_of_a_packed_segment_is_named),
        TEST(a_bomb_under_the_right_key_is_damage),
        TEST(bytes_behind_the_stream_are_damage),
        TEST(packed_text_that_is_no_payload_is_damage),
        TEST(an_empty_payload_is_damage),
        TEST(a_newline_at_the_end_is_damage),
        TEST(good_commits_beside_a_bad_one_stay_readable),
    };
    return cmocka_run_group_tests_name("seal/log_pack_damage", tests, NULL, NULL);
}
