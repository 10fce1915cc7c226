/* The whole start, in the order of store.h, with a crash or a power cut at every single call that changes the disk: the
 * next start always comes up, with what was promised before. */
#include "shared/mem/secret.h"
#include "shared/seal/log.h"
#include "shared/store/first_keys.h"
#include "tests/unit/seal/memdisk.h"
#include "tests/unit/test.h"

#include <string.h>

/* One start: everything that it holds. */
struct start {
    struct ais_store *store;
    struct ais_seal_log *log;
    struct ais_seal_log_report report;
    struct ais_first_keys keys;
    enum ais_first_keys_fate fate;
};

static void start_done(struct start *start)
{
    enum ais_err ignored = ais_seal_log_close(&start->log, NULL); /* after a crash it cannot but fail */
    (void)ignored;
    ais_seal_log_report_done(&start->report);
    ais_store_close(&start->store);
    ais_first_keys_done(&start->keys);
}

static enum ais_err record_anchors(struct start *start, struct ais_why *why)
{
    static const char event[] = "{\"event\":\"document_sealed\"}";
    const struct ais_seal_record record = { event, sizeof event - 1 };
    for (const struct ais_anchor *anchor; (anchor = ais_store_unrecorded(start->store)) != NULL;) {
        const struct ais_seal_batch batch = {
            .records = &record, .count = 1, .anchors = anchor, .anchor_count = 1, .sync = true
        };
        uint64_t first;
        TRY(ais_seal_log_commit(start->log, &batch, &first, why));
        ais_store_recorded(start->store, anchor);
    }
    return AIS_OK;
}

static enum ais_err run(struct start *start, struct ais_dir *dir, struct ais_why *why)
{
    struct ais_store_opened opened = { 0 };
    TRY(ais_store_open_in(dir, NULL, &start->store, &opened, why));
    const struct ais_seal_log_conf conf = { .dir = ais_store_dir(start->store),
                                            .ring = ais_store_keyring(start->store),
                                            .segment_size = 16384,
                                            .retention = 3,
                                            .genesis = "{\"event\":\"log_created\"}" };
    TRY(ais_seal_log_open(&conf, &start->log, &start->report, why));
    TRY(ais_store_verify(start->store, start->report.anchors, start->report.anchor_count, why));
    TRY(ais_first_keys_make(start->store, NULL, &start->keys, &start->fate, why));
    return record_anchors(start, why);
}

static enum ais_err add_key(struct start *start, struct ais_key_made *ret, struct ais_why *why)
{
    const struct ais_key_wish wish = { .name = "another", .scopes = AIS_SCOPE_READ };
    TRY(ais_keys_create(start->store, &wish, 1, NULL, ret, why));
    return record_anchors(start, why);
}

static bool knows(struct ais_store *store, const char *secret)
{
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    const struct ais_access_key *key = NULL;
    uint64_t generation;
    assert_int_equal(ais_keys_read(store, &access, &generation, NULL), AIS_OK);
    return ais_access_check(access, secret, strlen(secret), NULL, 0, &key) == AIS_ACCESS_OK;
}

static void assert_comes_up(struct start *start, struct memdisk *disk)
{
    struct ais_why why = { 0 };
    if (run(start, memdisk_dir(disk), &why) != AIS_OK)
        fail_msg("%s", why.text);
}

enum { LUCKS = 3 }; /* what a power cut leaves of what was not synced is a matter of luck */

/* False once the start got through before the call at which it was to die. */
static bool first_start_dies(unsigned at, unsigned luck, bool power_lost)
{
    struct memdisk *disk = memdisk_new(luck);
    struct start first = { .store = NULL }, second = { .store = NULL }, third = { .store = NULL };
    memdisk_die(disk, at);
    enum ais_err err = run(&first, memdisk_dir(disk), NULL);
    start_done(&first);
    memdisk_restart(disk, power_lost);

    assert_comes_up(&second, disk);
    bool made = second.fate == AIS_FIRST_KEYS_MADE;
    assert_true(err != AIS_OK || !made);
    if (made)
        assert_true(knows(second.store, second.keys.agent.secret));
    start_done(&second);

    assert_comes_up(&third, disk);
    assert_int_equal(third.fate, AIS_FIRST_KEYS_PRESENT);
    assert_int_equal(third.report.anchor_count, 1);
    start_done(&third);
    memdisk_destroy(&disk);
    return err != AIS_OK;
}

/* A key that was handed out before a crash works after it; one whose making failed either works or never did. */
static bool change_dies(struct memdisk *disk, unsigned at, bool power_lost)
{
    struct start changing = { .store = NULL }, after = { .store = NULL };
    AUTO(ais_key_made_done) struct ais_key_made made = { .secret = NULL };
    memdisk_die(disk, at);
    enum ais_err err = run(&changing, memdisk_dir(disk), NULL);
    if (err == AIS_OK)
        err = add_key(&changing, &made, NULL);
    start_done(&changing);
    memdisk_restart(disk, power_lost);

    assert_comes_up(&after, disk);
    assert_null(ais_store_unrecorded(after.store));
    if (made.secret != NULL)
        assert_true(knows(after.store, made.secret));
    start_done(&after);
    return err != AIS_OK;
}

static void a_first_start_may_end_anywhere(void **state)
{
    (void)state;
    for (unsigned luck = 1; luck <= LUCKS; luck++) {
        unsigned at = 1;
        while (first_start_dies(at, luck, false) && first_start_dies(at, luck, true))
            at++;
        assert_in_range(at, 20, 200); /* or the seam is not where the work is */
    }
}

static void a_change_may_end_anywhere(void **state)
{
    (void)state;
    for (unsigned luck = 1; luck <= LUCKS; luck++) {
        struct memdisk *disk = memdisk_new(luck);
        unsigned at = 1;
        while (change_dies(disk, at, false) && change_dies(disk, at, true))
            at++;
        assert_in_range(at, 5, 200);
        memdisk_destroy(&disk);
    }
}

static void a_view_reads_beside_the_owner(void **state)
{
    struct memdisk *disk = memdisk_new(1);
    struct ais_dir *dir = memdisk_dir(disk);
    struct start owner = { .store = NULL };
    struct ais_store *view = NULL;
    struct ais_key_made made = { .secret = NULL }, none = { .secret = NULL };
    const struct ais_key_wish wish = { .name = "refused", .scopes = AIS_SCOPE_READ };
    (void)state;
    assert_comes_up(&owner, disk);
    assert_int_equal(ais_store_view(dir, ais_store_keyring(owner.store), &view, NULL), AIS_OK);
    assert_true(knows(view, owner.keys.agent.secret));
    assert_int_equal(add_key(&owner, &made, NULL), AIS_OK);
    assert_true(knows(view, made.secret));
    assert_int_equal(ais_keys_create(view, &wish, 1, NULL, &none, NULL), AIS_E_REFUSED);
    ais_key_made_done(&made);
    ais_store_close(&view);
    start_done(&owner);
    ais_dir_close(&dir);
    memdisk_destroy(&disk);
}

static void a_view_refuses_an_older_copy(void **state)
{
    struct memdisk *disk = memdisk_new(1);
    struct ais_dir *dir = memdisk_dir(disk);
    struct start owner = { .store = NULL };
    struct ais_store *view = NULL;
    struct ais_key_made made = { .secret = NULL };
    AUTO(ais_buf_done) struct ais_buf copy = { 0 };
    (void)state;
    assert_comes_up(&owner, disk);
    assert_int_equal(ais_file_load(dir, "api_keys.enc", 1 << 20, &copy, NULL), AIS_OK);
    assert_int_equal(add_key(&owner, &made, NULL), AIS_OK);
    memdisk_put(disk, "api_keys.enc", copy.data, copy.length);
    assert_int_equal(ais_store_view(dir, ais_store_keyring(owner.store), &view, NULL), AIS_E_STALE);
    assert_null(view);
    ais_key_made_done(&made);
    start_done(&owner);
    ais_dir_close(&dir);
    memdisk_destroy(&disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_start_may_end_anywhere),
        cmocka_unit_test(a_change_may_end_anywhere),
        cmocka_unit_test(a_view_reads_beside_the_owner),
        cmocka_unit_test(a_view_refuses_an_older_copy),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("store/start", tests, NULL, NULL);
}
