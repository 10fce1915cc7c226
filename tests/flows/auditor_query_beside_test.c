/* Searches beside what else the auditor does: writing, deleting, going on after failed syncs, and changing the key. */
#include "shared/sys/clock.h"
#include "tests/flows/auditor_query_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sodium.h>
#include <stdatomic.h>
#include <time.h>

/* What an answer says of a log that is being written holds together: no number twice, none left out. */
static void check_newest(const char *args, size_t args_size, unsigned step)
{
    const struct ais_json *answer;
    uint64_t last = 0;
    assert_int_equal(ask("logs", args, args_size, &answer), 200);
    assert_null(ais_json_get(answer, "damaged"));
    for (size_t i = 0; i < count_of(answer); i++) {
        uint64_t number = number_at(answer, i);
        if (i > 0)
            assert_int_equal(number, last - step);
        last = number;
    }
}

static void check_searches_beside_writing(uint32_t retention)
{
    enum { DECISIONS = 1200 };
    static const char all[] = "event\0decision\0limit\00050", third[] = "tool\0tool1\0limit\00020",
                      text[] = "q\0TOOL2\0limit\00020";
    const struct ais_json *answer;
    uint64_t total = 0;
    start(retention);
    for (unsigned i = 0; i < DECISIONS; i++) {
        send_decision(i, "allow");
        if (i % 40 != 0)
            continue;
        check_newest(all, sizeof all, 1);
        check_newest(third, sizeof third, 3);
        check_newest(text, sizeof text, 3);
        assert_int_equal(ask("activity", "", 0, &answer), 200);
        assert_true(ais_json_get_u64(answer, "total", &total));
    }
    for (unsigned i = 0; i < DECISIONS; i++)
        await_release();
    check_newest(all, sizeof all, 1);
    assert_int_equal(ask("logs", all, sizeof all, &answer), 200);
    assert_int_equal(number_at(answer, 0), DECISIONS - 1);
}

static void searches_hold_together_while_the_log_is_written(void **state)
{
    (void)state;
    check_searches_beside_writing(100);
}

static void searches_hold_together_while_retention_deletes(void **state)
{
    (void)state;
    check_searches_beside_writing(2);
}

/* After a sync that failed, records move to another file, under the numbers that they had. */
static void what_was_released_is_found_after_failed_syncs(void **state)
{
    (void)state;
    enum { DECISIONS = 60 };
    const struct ais_json *answer;
    bool released[DECISIONS];
    start_with(1000, true);
    for (unsigned i = 0; i < DECISIONS; i++) {
        if (i % 10 == 9)
            memdisk_fail(f.disk, 2, 1, EIO);
        send_decision(i, "allow");
        released[i] = await_status() == 200;
    }
    int64_t patience = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    do { /* until all is well, or was */
        assert_true(ais_clock_mono() < patience);
        assert_int_equal(ASK("event\0storage_failed,storage_recovered\0", &answer), 200);
    } while (count_of(answer) == 0 || count_of(answer) % 2 != 0);
    assert_int_equal(ASK("event\0decision\0order\0asc\0limit\0001000\0", &answer), 200);
    const struct ais_json *record = ais_json_get(answer, "logs")->first;
    for (uint64_t i = 0; i < DECISIONS; i++) {
        uint64_t number = UINT64_MAX;
        if (record != NULL)
            assert_true(ais_json_get_u64(record, "number", &number));
        if (released[i])
            assert_int_equal(number, i);
        if (number == i)
            record = record->next;
    }
    assert_null(record);
}

/* ---- Beside a change of the key ---- */

/* Has the auditor's reader wait in the middle of the first file that it reads the lines of. */
static struct pause {
    atomic_bool wanted;
    sem_t reached, over;
} pause_of_reader;

static int set_up_pause(void **state)
{
    assert_int_equal(sem_init(&pause_of_reader.reached, 0, 0), 0);
    assert_int_equal(sem_init(&pause_of_reader.over, 0, 0), 0);
    return set_up(state);
}

static int tear_down_pause(void **state)
{
    sem_post(&pause_of_reader.over); /* a test that failed has left it waiting */
    return tear_down(state);
}

static void hold_reader(void *context, const char *name)
{
    char thread[16] = "";
    (void)context;
    pthread_getname_np(pthread_self(), thread, sizeof thread);
    if (strcmp(thread, "auditor-reader") != 0 || strcmp(name, AIS_SEAL_LOG_ACTIVE) == 0 ||
        !atomic_exchange(&pause_of_reader.wanted, false))
        return;
    sem_post(&pause_of_reader.reached);
    while (sem_wait(&pause_of_reader.over) != 0)
        continue;
}

static void await(sem_t *semaphore)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    assert_int_equal(sem_timedwait(semaphore, &until), 0);
}

/* Until no file is under the old key any more. Whether the auditor says that it is through, by then or soon after. */
static bool await_resealed(const struct ais_keyring *young)
{
    enum { SOON_MS = 1000 };
    int64_t patience = ais_clock_mono() + PATIENCE_MS * AIS_NS_PER_MS;
    struct ais_msg_resealed msg = { .finished = 0 };
    struct ais_seal_verdict verdict = { .faults = 1 };
    do {
        enum ais_err err = ais_seal_log_verify(f.dir, young, NULL, NULL, NULL, NULL, &verdict, NULL);
        assert_true(err == AIS_OK || err == AIS_E_KEY);
        assert_true(ais_clock_mono() < patience);
    } while (verdict.faults > 0);
    while (msg.finished == 0 && hear_resealed(SOON_MS, &msg))
        continue;
    return msg.finished != 0;
}

/* A search that was begun under the old key, and has one of its files open, needs that key to its end. */
static void the_old_key_is_needed_until_searches_have_ended(void **state)
{
    (void)state;
    enum { DECISIONS = 200 };
    static const char all[] = "event\0decision\0limit\0001000\0order\0asc";
    const struct ais_json *answer;
    struct ais_msg_resealed msg = { .finished = 0 };
    AUTO(ais_keyring_destroy) struct ais_keyring *young = NULL;
    memdisk_watch(f.disk, hold_reader, NULL);
    start(1000);
    for (unsigned i = 0; i < DECISIONS; i++)
        decide(i, "allow");
    atomic_store(&pause_of_reader.wanted, true);
    send_ask("logs", all, sizeof all);
    await(&pause_of_reader.reached);
    begin_key_change(&young);
    bool finished = await_resealed(young);
    if (finished)
        ais_keyring_retire(f.ring, 0);
    sem_post(&pause_of_reader.over);
    assert_int_equal(await_answer(&answer), 200);
    assert_null(ais_json_get(answer, "damaged"));
    assert_int_equal(count_of(answer), DECISIONS);
    while (!finished && msg.finished == 0)
        assert_true(hear_resealed(PATIENCE_MS, &msg));
    if (!finished)
        ais_keyring_retire(f.ring, 0);
    assert_int_equal(ask("logs", all, sizeof all, &answer), 200);
    assert_null(ais_json_get(answer, "damaged"));
    assert_int_equal(count_of(answer), DECISIONS);
}

/* Whether the log cannot be rotated, or its rotated files not be sealed anew: it is told, and so is the end of that. */
static void what_is_in_the_way_of_a_new_key_is_told(void **state)
{
    (void)state;
    struct ais_msg_resealed msg = { .finished = 0 };
    AUTO(ais_keyring_destroy) struct ais_keyring *young = NULL;
    start(1000);
    for (unsigned i = 0; i < 200; i++)
        decide(i, "allow");
    memdisk_fail(f.disk, 1, UINT_MAX, ENOSPC);
    begin_key_change(&young);
    while (strstr(obstacle, "No space left on device") == NULL) {
        assert_true(hear_resealed(PATIENCE_MS, &msg));
        assert_int_equal(msg.finished, 0);
    }
    memdisk_heal(f.disk);
    while (msg.finished == 0)
        assert_true(hear_resealed(PATIENCE_MS, &msg));
    assert_string_equal(obstacle, "");
    assert_true(msg.segments > 0);
}

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        TEST(searches_hold_together_while_the_log_is_written),
        TEST(searches_hold_together_while_retention_deletes),
        TEST(what_is_in_the_way_of_a_new_key_is_told),
        TEST(what_was_released_is_found_after_failed_syncs),
        cmocka_unit_test_setup_teardown(the_old_key_is_needed_until_searches_have_ended, set_up_pause, tear_down_pause),
    };
    int failed = cmocka_run_group_tests_name("flows/auditor_query_beside", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
