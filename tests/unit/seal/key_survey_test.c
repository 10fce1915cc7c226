/* Which keys files are under, before and after some of them are sealed anew. */
#include "shared/mem/secret.h"
#include "shared/seal/key_survey.h"
#include "tests/unit/seal/log_fixture.h"

#include <stdlib.h>
#include <string.h>

static int set_up(void **state)
{
    struct log_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    fixture_begin(f, 31);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    for (unsigned id = 1; ais_seal_log_position(f->log).segment < 12; id++)
        assert_int_equal(fixture_commit(f, id, 600, true), AIS_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_end(*state);
    free(*state);
    return 0;
}

/* What is found with these keys. */
static struct ais_key_survey survey(struct log_fixture *f, const char *keys)
{
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    struct ais_key_survey found;
    assert_int_equal(ais_keyring_parse(keys, &ring, NULL), AIS_OK);
    assert_int_equal(ais_key_survey(f->dir, ring, "policy_cache.enc", &found, NULL), AIS_OK);
    return found;
}

static void files_under_the_key_that_seals_need_nothing(void **state)
{
    struct ais_key_survey found = survey(*state, LOG_KEY "," OTHER_KEY);
    assert_int_equal(found.old.count, 0);
    assert_int_equal(found.closed.count, 0);
}

static void files_under_an_older_key_are_named(void **state)
{
    AUTO(ais_buf_done) struct ais_buf words = { 0 };
    struct ais_key_survey found = survey(*state, OTHER_KEY "," LOG_KEY);
    assert_int_equal(found.old.count, 12);
    assert_int_equal(found.closed.count, 0);
    ais_key_surveyed_write(&found.old, &words);
    assert_string_equal(words.data,
                        "audit_logs.1.enc, audit_logs.2.enc, audit_logs.3.enc, audit_logs.4.enc and 8 more");
}

static void files_that_no_key_opens_are_named(void **state)
{
    struct log_fixture *f = *state;
    AUTO(ais_buf_done) struct ais_buf words = { 0 };
    memdisk_put(f->disk, "policy_cache.enc", "gAAAAAB", 7);
    memdisk_put(f->disk, "audit_logs.damaged-1", "torn\n", 5);
    memdisk_put(f->disk, "metrics.enc", "\n\n", 2);
    struct ais_key_survey found = survey(f, OTHER_KEY);
    assert_int_equal(found.old.count, 0);
    assert_int_equal(found.closed.count, 12);
    ais_key_surveyed_write(&found.closed, &words);
    assert_non_null(strstr(words.data, "audit_logs.1.enc, "));
}

/* Neither a first line that is damaged nor what lies before whole lines of a file that was set aside hides its key. */
static void the_first_line_that_opens_tells(void **state)
{
    struct log_fixture *f = *state;
    static char bytes[65536];
    size_t n = 0;
    memdisk_bytes(f->disk, "audit_logs.2.enc", &n)[100] ^= 1;
    struct ais_key_survey found = survey(f, OTHER_KEY "," LOG_KEY);
    assert_int_equal(found.old.count, 12);
    assert_int_equal(found.closed.count, 0);
    const unsigned char *segment = memdisk_bytes(f->disk, "audit_logs.1.enc", &n);
    assert_true(n + 5 < sizeof bytes);
    for (size_t i = 0; i < 5; i++)
        bytes[i] = "torn\n"[i];
    memcpy(bytes + 5, segment, n);
    memdisk_put(f->disk, "audit_logs.stale-3", bytes, n + 5);
    assert_int_equal(survey(f, OTHER_KEY "," LOG_KEY).old.count, 13);
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(files_under_the_key_that_seals_need_nothing),
        TEST(files_under_an_older_key_are_named),
        TEST(files_that_no_key_opens_are_named),
        TEST(the_first_line_that_opens_tells),
    };
    return cmocka_run_group_tests_name("seal/key_survey", tests, NULL, NULL);
}
