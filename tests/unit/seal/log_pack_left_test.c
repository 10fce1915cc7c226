/* Segments that packing leaves alone, and what it says of them. */
#include "shared/mem/secret.h"
#include "tests/unit/seal/log_case_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(a_segment_that_does_not_become_smaller_is_left),
        TEST(a_segment_whose_end_is_void_is_left),
        TEST(a_damaged_segment_is_left),
        TEST(a_segment_of_which_nothing_opens_is_left),
        TEST(a_segment_with_a_line_missing_is_left),
        TEST(a_segment_in_anothers_place_is_left),
    };
    return cmocka_run_group_tests_name("seal/log_pack_left", tests, NULL, NULL);
}
