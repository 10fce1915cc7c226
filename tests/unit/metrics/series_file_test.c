/* metrics.enc on a disk in memory: what comes back after an end, a crash, damage and a full disk. */
#include "services/metrics/series_file.h"

#include "services/metrics/series_line.h"
#include "shared/mem/secret.h"
#include "shared/sys/clock.h"
#include "tests/unit/metrics/series_fixture.h"
#include "tests/unit/seal/memdisk.h"

#include <errno.h>
#include <stdlib.h>

#define KEY   "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
#define OTHER "Aw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="

static struct memdisk *disk;
static struct ais_dir *dir;
static struct ais_keyring *ring;
static struct series *series;
static struct series_file *file;
static int64_t now_s;

static void at(int64_t time_s)
{
    now_s = time_s;
    ais_clock_freeze(1, time_s * AIS_NS_PER_S, time_s * AIS_NS_PER_S);
}

static void open_with(const char *keys)
{
    assert_int_equal(ais_keyring_parse(keys, &ring, NULL), AIS_OK);
    series = series_new(24, now_s);
    assert_non_null(series);
    assert_int_equal(series_file_open(dir, ring, series, &file, NULL), AIS_OK);
}

static void close_all(void)
{
    series_file_close(&file);
    series_destroy(&series);
    ais_keyring_destroy(&ring);
}

static int begin(void **state)
{
    (void)state;
    at(NOON_S);
    disk = memdisk_new(1);
    dir = memdisk_dir(disk);
    open_with(KEY);
    return 0;
}

static int end(void **state)
{
    (void)state;
    close_all();
    ais_dir_close(&dir);
    memdisk_destroy(&disk);
    ais_clock_freeze(0, 0, 0);
    return 0;
}

/* The process is gone as if by kill -9, or with the power; another comes. */
static void crash(bool power_lost)
{
    close_all();
    memdisk_restart(disk, power_lost);
    open_with(KEY);
}

/* The running minute ends. */
static void turn(void)
{
    at(now_s + SERIES_MINUTE_S);
    series_file_append(file, &series->running);
    series_turn(series, now_s);
    series_file_turned(file, series);
}

static void minutes(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        tell_records(series, 1);
        turn();
    }
}

static size_t lines(void)
{
    size_t n, count = 0;
    const unsigned char *bytes = memdisk_bytes(disk, SERIES_FILE_NAME, &n);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        count += bytes[i] == '\n';
    return count;
}

static void assert_records(uint64_t in_minutes, uint64_t in_hours)
{
    assert_int_equal(records_in(&series->minutes), in_minutes);
    assert_int_equal(records_in(&series->hours), in_hours);
}

static void a_crash_loses_the_running_minute_alone(void **state)
{
    (void)state;
    minutes(5);
    tell_records(series, 100);
    crash(true);
    assert_records(5, 5);
    assert_true(series_file_ok(file));
}

static void nothing_is_counted_twice_however_often_it_starts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        minutes(7);
        crash(false);
    }
    assert_records(70, 70);
    at(now_s + SERIES_HOUR_S); /* some minutes are past their time now, and stay in their hours */
    crash(false);
    minutes(1);
    crash(false);
    assert_records(60, 71);
}

static void the_key_of_users_stays(void **state)
{
    (void)state;
    const struct ais_user_key before = *series_file_user_key(file);
    static struct ais_metrics counted;
    ais_metrics_saw(&counted, AIS_M_USERS, 5);
    tell(series, "evaluator-1", &counted);
    turn();
    crash(true);
    assert_memory_equal(series_file_user_key(file), &before, sizeof before);
    ais_metrics_saw(&counted, AIS_M_USERS, 5);
    tell(series, "evaluator-1", &counted);
    turn();
    memset(&counted, 0, sizeof counted);
    const struct series_part *part = &series->hours.items[0].parts[0];
    assert_int_equal(ais_metrics_merge(&counted, NULL, part->deltas.data, part->deltas.length, NULL), AIS_OK);
    assert_int_equal(ais_metrics_distinct(&counted, AIS_M_USERS), 1);
    memset(&counted, 0, sizeof counted);
}

static void it_is_folded_to_the_retention(void **state)
{
    (void)state;
    minutes(30 * 60);
    /* the header, two hours of minutes, a day of hours, and what came since the day began, of 30 hours in all */
    assert_true(lines() <= 1 + 121 + 25 + 6 * 60 + 1);
    assert_records(120, 24 * 60);
    crash(true);
    assert_records(120, 24 * 60);
    assert_true(lines() <= 1 + 121 + 25);
}

static void it_is_folded_when_it_has_doubled(void **state)
{
    (void)state;
    static struct ais_metrics counted;
    uint64_t before = 0, after = series_file_size(file);
    for (unsigned minute = 0; after >= before && minute < 300; minute++) {
        for (uint64_t hash = 0; hash < AIS_SKETCH_MOST; hash++)
            ais_metrics_saw(&counted, AIS_M_USERS, hash);
        tell(series, "evaluator-1", &counted);
        turn();
        before = after;
        after = series_file_size(file);
        assert_true(after < 6 * SERIES_FILE_SPARE);
    }
    assert_true(after < before);
    assert_true(before > SERIES_FILE_SPARE);
}

static void a_torn_end_is_left_out(void **state)
{
    (void)state;
    size_t n;
    minutes(3);
    const unsigned char *bytes = memdisk_bytes(disk, SERIES_FILE_NAME, &n);
    unsigned char *torn = malloc(n - 20);
    memcpy(torn, bytes, n - 20);
    memdisk_put(disk, SERIES_FILE_NAME, torn, n - 20);
    free(torn);
    crash(false);
    assert_records(2, 2);
    assert_null(memdisk_bytes(disk, SERIES_FILE_DAMAGED, &n)); /* a crash, no damage */
    minutes(1);
    crash(false);
    assert_records(3, 3);
}

static void a_damaged_line_is_left_out_and_the_file_kept(void **state)
{
    (void)state;
    size_t n, kept;
    minutes(3);
    unsigned char *bytes = memdisk_bytes(disk, SERIES_FILE_NAME, &n);
    size_t second = (size_t)((unsigned char *)memchr(bytes, '\n', n) - bytes) + 1;
    bytes[second + 50] ^= 1;
    crash(false);
    assert_records(2, 2);
    assert_non_null(memdisk_bytes(disk, SERIES_FILE_DAMAGED, &kept));
    assert_int_equal(kept, n);
    assert_true(series_file_ok(file));
}

static void without_its_header_users_are_counted_anew(void **state)
{
    (void)state;
    static struct ais_metrics counted;
    const struct ais_user_key before = *series_file_user_key(file);
    size_t n;
    ais_metrics_saw(&counted, AIS_M_USERS, 5);
    ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, 5);
    tell(series, "evaluator-1", &counted);
    turn();
    memdisk_bytes(disk, SERIES_FILE_NAME, &n)[50] ^= 1;
    crash(false);
    assert_memory_not_equal(series_file_user_key(file), &before, sizeof before);
    assert_records(5, 5);
    const struct series_part *part = &series->hours.items[0].parts[0];
    assert_int_equal(ais_metrics_merge(&counted, NULL, part->deltas.data, part->deltas.length, NULL), AIS_OK);
    assert_int_equal(ais_metrics_distinct(&counted, AIS_M_USERS), 0);
    memset(&counted, 0, sizeof counted);
}

static void a_full_disk_stops_nothing_and_what_was_missed_is_written_later(void **state)
{
    (void)state;
    minutes(2);
    memdisk_fail(disk, 1, 1000000, ENOSPC);
    minutes(3);
    assert_false(series_file_ok(file));
    assert_records(5, 5);
    memdisk_heal(disk);
    minutes(1);
    assert_true(series_file_ok(file));
    crash(true);
    assert_records(6, 6);
}

static void a_failed_append_leaves_no_half_line(void **state)
{
    (void)state;
    minutes(2);
    memdisk_fail(disk, 1, 1, ENOSPC); /* the write; what follows works again */
    minutes(1);
    assert_true(series_file_ok(file));
    crash(true);
    assert_records(3, 3);
}

/* At each changing call of a folding: before or after it, nothing is lost. */
static void a_crash_in_mid_folding_loses_nothing(void **state)
{
    (void)state;
    for (unsigned call = 1; call < 25; call++) {
        at(NOON_S + call * 86400 * 2 + 50 * SERIES_MINUTE_S);
        crash(false);
        minutes(9);
        tell_records(series, 1);
        at(now_s + SERIES_MINUTE_S);
        series_file_append(file, &series->running);
        series_turn(series, now_s);
        memdisk_die(disk, call);
        series_file_fold(file, series);
        crash(true);
        assert_records(10, 10);
    }
}

static void an_old_key_opens_and_the_first_seals(void **state)
{
    (void)state;
    minutes(3);
    close_all();
    open_with(OTHER "," KEY);
    assert_records(3, 3);
    close_all();
    open_with(OTHER);
    assert_records(3, 3);
}

static void a_file_that_is_no_file_of_ours_is_kept_aside(void **state)
{
    (void)state;
    size_t n;
    static const char text[] = "not sealed\n\nat all";
    memdisk_put(disk, SERIES_FILE_NAME, text, sizeof text - 1);
    crash(false);
    assert_records(0, 0);
    const unsigned char *kept = memdisk_bytes(disk, SERIES_FILE_DAMAGED, &n);
    assert_non_null(kept);
    assert_memory_equal(kept, text, sizeof text - 1);
    minutes(1);
    crash(false);
    assert_records(1, 1);
}

static void without_a_directory_memory_serves(void **state)
{
    (void)state;
    struct series *other = series_new(24, now_s);
    struct series_file *none = NULL;
    assert_int_equal(series_file_open(NULL, NULL, other, &none, NULL), AIS_OK);
    series_file_append(none, &other->running);
    series_file_turned(none, other);
    assert_true(series_file_ok(none));
    series_file_close(&none);
    series_destroy(&other);
}

static int prepare(void **state)
{
    (void)state;
    return ais_secret_init(NULL) != AIS_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_crash_loses_the_running_minute_alone, begin, end),
        cmocka_unit_test_setup_teardown(nothing_is_counted_twice_however_often_it_starts, begin, end),
        cmocka_unit_test_setup_teardown(the_key_of_users_stays, begin, end),
        cmocka_unit_test_setup_teardown(it_is_folded_to_the_retention, begin, end),
        cmocka_unit_test_setup_teardown(it_is_folded_when_it_has_doubled, begin, end),
        cmocka_unit_test_setup_teardown(a_torn_end_is_left_out, begin, end),
        cmocka_unit_test_setup_teardown(a_damaged_line_is_left_out_and_the_file_kept, begin, end),
        cmocka_unit_test_setup_teardown(without_its_header_users_are_counted_anew, begin, end),
        cmocka_unit_test_setup_teardown(a_full_disk_stops_nothing_and_what_was_missed_is_written_later, begin, end),
        cmocka_unit_test_setup_teardown(a_failed_append_leaves_no_half_line, begin, end),
        cmocka_unit_test_setup_teardown(a_crash_in_mid_folding_loses_nothing, begin, end),
        cmocka_unit_test_setup_teardown(an_old_key_opens_and_the_first_seals, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_is_no_file_of_ours_is_kept_aside, begin, end),
        cmocka_unit_test_setup_teardown(without_a_directory_memory_serves, begin, end),
    };
    return cmocka_run_group_tests_name("metrics/series_file", tests, prepare, NULL);
}
