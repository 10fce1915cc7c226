/* Damage of the log and gaps in it: the auditor records what it meets, once, and its answers name it. */
#include "shared/sys/clock.h"
#include "tests/flows/auditor_query_fixture.h"

#include <sodium.h>
#include <stdio.h>

static void damage_is_named_and_hides_nothing_else(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1000);
    for (unsigned i = 0; i < 100; i++)
        decide(i, "allow");
    memdisk_flip(f.disk, AIS_SEAL_LOG_ACTIVE, 2, 40); /* rotated ones are being packed */
    assert_int_equal(ASK("limit\0001000\0event\0decision\0", &answer), 200);
    assert_int_equal(count_of(answer), 99);
    assert_non_null(strstr(ais_json_get(answer, "damaged")->first->text, "audit_logs.enc:2: "));
}

/* Asks until so many faults are recorded. */
static const struct ais_json *await_faults(size_t count)
{
    const struct ais_json *answer;
    int64_t end_ns = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    do {
        assert_int_equal(ASK("event\0integrity_fault\0order\0asc\0", &answer), 200);
        assert_true(ais_clock_mono() < end_ns);
    } while (count_of(answer) < count);
    assert_int_equal(count_of(answer), count);
    return ais_json_get(answer, "logs")->first;
}

static void expect_place(const struct ais_json *record, const char *file, const char *fault)
{
    const struct ais_json *place = ais_json_get(ais_json_get(record, "details"), "places")->first;
    assert_string_equal(ais_json_get_text(place, "file"), file);
    assert_non_null(strstr(ais_json_get_text(place, "fault"), fault));
}

static void expect_damaged(const struct ais_json *answer, const char *text)
{
    const struct ais_json *damaged = ais_json_get(answer, "damaged");
    assert_non_null(damaged);
    for (const struct ais_json *line = damaged->first; line != NULL; line = line->next)
        if (strstr(line->text, text) != NULL)
            return;
    fail_msg("no answer names '%s'", text);
}

/* What happened to files while nobody watched is recorded at a start, a file at a time, and answers name it. */
static void faults_of_rotated_files_are_recorded_at_a_start(void **state)
{
    (void)state;
    const struct ais_json *answer, *record;
    size_t n = 0;
    start(1000);
    for (unsigned i = 0; i < 400; i++)
        decide(i, "allow");
    stop();
    assert_non_null(memdisk_bytes(f.disk, "audit_logs.7.enc", &n));
    memdisk_remove(f.disk, "audit_logs.2.enc");
    memdisk_bytes(f.disk, "audit_logs.4.enc", &n)[40] ^= 1;
    memdisk_put(f.disk, "audit_logs.6.enc", "", 0);
    start(1000);
    record = await_faults(3);
    expect_place(record, "audit_logs.3.enc", "audit_logs.2.enc before it is missing");
    expect_place(record->next, "audit_logs.4.enc", "");
    expect_place(record->next->next, "audit_logs.6.enc", "holds no commit");
    assert_int_equal(ASK("limit\0001000\0", &answer), 200);
    expect_damaged(answer, "audit_logs.3.enc:1: audit_logs.2.enc before it is missing");
    expect_damaged(answer, "audit_logs.4.enc:1: ");
    expect_damaged(answer, "audit_logs.6.enc:1: holds no commit");
}

/* A later start records what is new, and answers name all of it. */
static void faults_of_rotated_files_are_recorded_once(void **state)
{
    (void)state;
    const struct ais_json *answer, *record;
    size_t n = 0;
    start(1000);
    for (unsigned i = 0; i < 400; i++)
        decide(i, "allow");
    for (unsigned again = 0; again < 3; again++) {
        static const char *const later[] = { "audit_logs.5.enc", "audit_logs.6.enc", "audit_logs.7.enc" };
        stop();
        memdisk_put(f.disk, later[again], "", 0);
        if (again == 0) {
            memdisk_remove(f.disk, "audit_logs.2.enc");
            memdisk_bytes(f.disk, "audit_logs.4.enc", &n)[40] ^= 1;
        }
        start(1000);
        record = await_faults(3 + again); /* files are told of from the oldest on, and in one go */
        expect_place(record, "audit_logs.3.enc", "audit_logs.2.enc before it is missing");
        expect_place(record->next, "audit_logs.4.enc", "");
        record = record->next->next;
        for (unsigned i = 0; i <= again; i++, record = record->next)
            expect_place(record, later[i], "holds no commit");
        assert_int_equal(ASK("limit\0001000\0", &answer), 200);
        expect_damaged(answer, "audit_logs.3.enc:1: audit_logs.2.enc before it is missing");
        expect_damaged(answer, "audit_logs.4.enc:1: ");
        expect_damaged(answer, "holds no commit");
    }
}

/* The active file's name passes on, and the record of what is wrong with it stands in it. */
static void a_gap_before_the_active_file_is_recorded_once(void **state)
{
    (void)state;
    const struct ais_json *record;
    unsigned newest = 1;
    char name[32], next[32] = "audit_logs.1.enc";
    size_t n = 0;
    start(1000);
    for (unsigned i = 0; i < 300; i++)
        decide(i, "allow");
    stop();
    do {
        memcpy(name, next, sizeof name);
        snprintf(next, sizeof next, "audit_logs.%u.enc", ++newest);
    } while (memdisk_bytes(f.disk, next, &n) != NULL);
    memdisk_remove(f.disk, name);
    start(1000);
    expect_place(await_faults(1), AIS_SEAL_LOG_ACTIVE, "before it is missing");
    stop();
    memdisk_put(f.disk, "audit_logs.2.enc", "", 0);
    start(1000);
    record = await_faults(2);
    expect_place(record, AIS_SEAL_LOG_ACTIVE, "before it is missing");
    expect_place(record->next, "audit_logs.2.enc", "holds no commit");
}

/* Who stops before a start has looked at all files loses nothing by it: the next start says it. */
static void a_stop_before_the_look_leaves_it_to_the_next_start(void **state)
{
    (void)state;
    const struct ais_json *answer;
    size_t n = 0;
    start(1000);
    for (unsigned i = 0; i < 200; i++)
        decide(i, "allow");
    stop();
    memdisk_bytes(f.disk, "audit_logs.2.enc", &n)[40] ^= 1;
    start(1000);
    stop();
    start(1000);
    int64_t patience = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    do { /* once, or twice where the first start was quick */
        assert_true(ais_clock_mono() < patience);
        assert_int_equal(ASK("event\0integrity_fault\0", &answer), 200);
    } while (count_of(answer) == 0);
    expect_place(ais_json_get(answer, "logs")->first, "audit_logs.2.enc", "");
}

static void a_break_of_the_chain_is_recorded_at_a_start(void **state)
{
    (void)state;
    const struct ais_json *record;
    size_t n = 0;
    start(1000);
    for (unsigned i = 0; i < 300; i++)
        decide(i, "allow");
    stop();
    memdisk_remove(f.disk, "audit_logs.1.enc");
    unsigned char *bytes = memdisk_bytes(f.disk, "audit_logs.3.enc", &n), *last = bytes + n - 1;
    while (last > bytes && last[-1] != '\n')
        last--;
    bool packed = last == bytes; /* into one line, which is all there is */
    memdisk_cut(f.disk, "audit_logs.3.enc", (size_t)(last - bytes));
    start(1000);
    record = await_faults(2);
    expect_place(record, "audit_logs.2.enc", "audit_logs.1.enc before it is missing, and no deletion");
    expect_place(record->next, packed ? "audit_logs.3.enc" : "audit_logs.4.enc",
                 packed ? "holds no commit" : "are missing before it");
}

/* One bit of the active file's second line. */
static void damage_the_active_file(void)
{
    for (unsigned i = 0; i < 5; i++)
        decide(i, "allow");
    memdisk_flip(f.disk, AIS_SEAL_LOG_ACTIVE, 2, 40);
}

static void damage_that_rotates_is_recorded_by_who_packs(void **state)
{
    (void)state;
    const struct ais_json *record;
    start(1000);
    damage_the_active_file();
    for (unsigned i = 0; i < 100; i++)
        decide(i, "allow");
    record = await_faults(1);
    expect_place(record, "audit_logs.1.enc", "");
    stop();
    memdisk_put(f.disk, "audit_logs.2.enc", "", 0);
    start(1000); /* its look and its packer meet the first file again, of which a record tells */
    record = await_faults(2);
    expect_place(record->next, "audit_logs.2.enc", "holds no commit");
}

static void damage_that_a_key_change_meets_is_recorded_once(void **state)
{
    (void)state;
    struct ais_msg_resealed msg = { .finished = 0 };
    AUTO(ais_keyring_destroy) struct ais_keyring *young = NULL;
    start(1000);
    damage_the_active_file();
    begin_key_change(&young);
    while (msg.finished == 0)
        assert_true(hear_resealed(PATIENCE_MS, &msg));
    assert_int_equal(msg.unopened, 1);
    expect_place(await_faults(1), "audit_logs.1.enc", "");
    for (unsigned i = 0; i < 100; i++) /* the packer meets it too */
        decide(i, "allow");
    await_faults(1);
}

/* Nobody packs it again: the reader sees that the file has changed. */
static void damage_of_a_packed_file_is_recorded_while_it_runs(void **state)
{
    (void)state;
    enum { SMALLER = 12 << 10 };
    int64_t patience = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    size_t n = SMALLER;
    char copy[SMALLER];
    start(1000);
    for (unsigned i = 0; i < 100; i++)
        decide(i, "allow");
    const unsigned char *bytes = memdisk_bytes(f.disk, "audit_logs.1.enc", &n);
    while (bytes == NULL || n >= SMALLER) {
        assert_true(ais_clock_mono() < patience);
        bytes = memdisk_bytes(f.disk, "audit_logs.1.enc", &n);
    }
    memcpy(copy, bytes, n);
    copy[40] ^= 1;
    memdisk_put(f.disk, "audit_logs.1.enc", copy, n);
    expect_place(await_faults(1), "audit_logs.1.enc", "");
}

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        TEST(damage_is_named_and_hides_nothing_else),
        TEST(faults_of_rotated_files_are_recorded_at_a_start),
        TEST(faults_of_rotated_files_are_recorded_once),
        TEST(a_gap_before_the_active_file_is_recorded_once),
        TEST(a_stop_before_the_look_leaves_it_to_the_next_start),
        TEST(a_break_of_the_chain_is_recorded_at_a_start),
        TEST(damage_that_rotates_is_recorded_by_who_packs),
        TEST(damage_that_a_key_change_meets_is_recorded_once),
        TEST(damage_of_a_packed_file_is_recorded_while_it_runs),
    };
    int failed = cmocka_run_group_tests_name("flows/auditor_query_faults", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
