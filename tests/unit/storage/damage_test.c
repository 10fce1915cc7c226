/* Damage that stays is recorded at the first start that meets it; what happens anew, at each. */
#include "shared/storage/damage.h"

#include "shared/audit/event.h"
#include "shared/mem/secret.h"
#include "tests/unit/seal/log_fixture.h"

#include <stdio.h>
#include <string.h>

#define BEYOND "audit_logs.18446744073709551616.enc"

enum { SEGMENT = 64 << 10, LINES = 48 };

static struct log_fixture f;
static struct ais_buf told; /* by the last start */

static void commit_some(unsigned count)
{
    for (unsigned id = 1; id <= count; id++)
        assert_int_equal(fixture_commit(&f, id, 20, true), AIS_OK);
}

static int set_up(void **state)
{
    (void)state;
    fixture_begin(&f, 7);
    f.conf.segment_size = SEGMENT;
    assert_int_equal(fixture_open(&f, NULL), AIS_OK);
    commit_some(LINES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_end(&f);
    ais_buf_done(&told);
    return 0;
}

static void stop(void)
{
    assert_int_equal(ais_seal_log_close(&f.log, NULL), AIS_OK);
}

/* As a start does: opens, and records what there is to be recorded. */
static void start(void)
{
    AUTO(ais_buf_done) struct ais_buf record = { 0 };
    uint64_t first;
    assert_int_equal(fixture_open(&f, NULL), AIS_OK);
    ais_buf_clear(&told);
    ais_damage_write(f.dir, f.ring, ais_seal_log_position(f.log).segment, &f.report, &told);
    assert_false(told.failed);
    if (told.length == 0)
        return;
    ais_audit_write_event(&record, &(struct ais_audit_event){ .kind = AIS_AUDIT_INTEGRITY_FAULT,
                                                              .outcome = AIS_AUDIT_FAILURE,
                                                              .actor = "supervisor",
                                                              .details = told.data,
                                                              .details_size = told.length });
    const struct ais_seal_record one = { record.data, record.length };
    const struct ais_seal_batch batch = { .records = &one, .count = 1, .sync = true };
    assert_int_equal(ais_seal_log_commit(f.log, &batch, &first, NULL), AIS_OK);
}

/* Starts, and expects these to be told: a text that stands in the details for each, and so many faults; 0: none. */
static void expect(size_t faults, const char *place)
{
    char count[32];
    snprintf(count, sizeof count, "{\"faults\":%zu,", faults);
    start();
    if (faults == 0 && told.length > 0)
        fail_msg("told: %s", told.data);
    if (faults > 0 && (told.length == 0 || strstr(told.data, count) == NULL || strstr(told.data, place) == NULL))
        fail_msg("%s\"%s is not told, but %s", count, place, told.length > 0 ? told.data : "nothing");
}

/* One bit of a line, counted from 1, of the active file. Two faults: the line behind it, unless it is bad as well,
 * follows nothing. Of the first line it is one. */
static void damage(unsigned line)
{
    size_t n = 0, at = 0;
    unsigned char *bytes = memdisk_bytes(f.disk, AIS_SEAL_LOG_ACTIVE, &n);
    for (unsigned i = 1; i < line; i++)
        at += (size_t)((const unsigned char *)memchr(bytes + at, '\n', n - at) - (bytes + at)) + 1;
    bytes[at + 41] ^= 1;
}

static void rotate(void)
{
    uint64_t segment = ais_seal_log_position(f.log).segment;
    for (unsigned id = 100; ais_seal_log_position(f.log).segment == segment; id++)
        assert_int_equal(fixture_commit(&f, id, 2000, true), AIS_OK);
}

static void a_damaged_line_is_told_once(void **state)
{
    (void)state;
    stop();
    damage(3);
    expect(2, "\"file\":\"audit_logs.enc\",\"line\":3,");
    for (unsigned again = 0; again < 3; again++) {
        stop();
        expect(0, NULL);
        assert_int_equal(f.report.fault_total, 2);
    }
    stop();
    damage(5);
    expect(2, "\"line\":5,");
    assert_int_equal(f.report.fault_total, 4);
    stop();
    expect(0, NULL);
}

/* The next active file has the name, and is another one. */
static void the_same_line_of_another_segment_is_told(void **state)
{
    (void)state;
    stop();
    damage(2);
    expect(2, "\"line\":2,");
    rotate();
    commit_some(4);
    stop();
    damage(2);
    expect(2, "\"line\":2,");
    stop();
    expect(0, NULL);
}

/* A record of it is found behind a rotation, too. */
static void a_name_that_no_rotation_reaches_is_told_once(void **state)
{
    (void)state;
    stop();
    memdisk_put(f.disk, BEYOND, "x", 1);
    expect(1, "\"file\":\"" BEYOND "\",\"line\":0,");
    stop();
    expect(0, NULL);
    rotate();
    rotate();
    stop();
    expect(0, NULL);
    assert_int_equal(f.report.fault_total, 1);
    commit_some(4);
    stop();
    damage(1);
    expect(1, "\"line\":1,");
}

static void what_happens_again_is_told_again(void **state)
{
    (void)state;
    rotate();
    for (unsigned again = 0; again < 3; again++) {
        stop();
        memdisk_remove(f.disk, AIS_SEAL_LOG_ACTIVE);
        expect(1, "\"line\":0,\"fault\":\"is missing\"");
    }
    stop();
    expect(0, NULL);
}

static void more_than_are_named_are_told_once(void **state)
{
    (void)state;
    stop();
    for (unsigned line = 2; line < 2 + AIS_SEAL_LOG_FAULTS + 3; line++)
        damage(line);
    expect(AIS_SEAL_LOG_FAULTS + 4, "\"line\":33,");
    stop();
    expect(0, NULL);
    stop();
    damage(40);
    expect(AIS_SEAL_LOG_FAULTS + 6, "\"line\":2,");
    stop();
    expect(0, NULL);
}

/* The end that does not verify is told of by the record of what was recovered. */
static void damage_before_a_torn_end_is_told(void **state)
{
    (void)state;
    stop();
    damage(1);
    damage(LINES + 1);
    expect(1, "\"line\":1,");
    assert_true(f.report.recovered > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_damaged_line_is_told_once),
        TEST(the_same_line_of_another_segment_is_told),
        TEST(a_name_that_no_rotation_reaches_is_told_once),
        TEST(what_happens_again_is_told_again),
        TEST(more_than_are_named_are_told_once),
        TEST(damage_before_a_torn_end_is_told),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("storage/damage", tests, NULL, NULL);
}
