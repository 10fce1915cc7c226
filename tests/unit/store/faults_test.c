/* Documents on a disk that is full, that fails, or whose files somebody puts back. */
#include "shared/json/write.h"
#include "shared/mem/secret.h"
#include "shared/seal/file_memory.h"
#include "shared/seal/log.h"
#include "shared/store/store.h"
#include "tests/unit/seal/memdisk.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define KEY "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
#define WHO "{\"change\":\"api_key_revoke\",\"key_id\":\"k1\"}"

enum { DISK = 16 << 20 };

static struct ais_store *open_in(struct ais_dir *dir, const struct ais_anchor *anchor)
{
    struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    assert_int_equal(ais_store_open_in(dir, KEY, &store, &opened, NULL), AIS_OK);
    assert_int_equal(ais_store_verify(store, anchor, anchor != NULL, NULL), AIS_OK);
    return store;
}

static enum ais_err write_number(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    (void)now;
    (void)why;
    ais_jw_begin_object(next, NULL);
    ais_jw_u64(next, "number", *(const unsigned *)arg);
    ais_jw_end_object(next);
    return AIS_OK;
}

static enum ais_err put(struct ais_store *store, enum ais_store_document document, unsigned number)
{
    return ais_store_change(store, document, write_number, &number, NULL, NULL);
}

static enum ais_err narrow(struct ais_store *store, unsigned number)
{
    return ais_store_narrow(store, AIS_DOCUMENT_API_KEYS, write_number, &number, NULL, NULL);
}

/* What the log knows of a document that was just written. */
static struct ais_anchor record(struct ais_store *store)
{
    const struct ais_anchor *anchor = ais_store_unrecorded(store);
    assert_non_null(anchor);
    struct ais_anchor copy = *anchor;
    ais_store_recorded(store, anchor);
    return copy;
}

/* So that the store believes in a log; its content is read by nobody here. */
static void make_log(struct ais_dir *dir)
{
    assert_int_equal(ais_file_replace(dir, AIS_SEAL_LOG_ACTIVE, "x\n", 2, NULL), AIS_OK);
}

static bool is_there(struct ais_store *store, const char *name)
{
    struct ais_file_info info;
    return ais_file_look(ais_store_dir(store), name, &info, NULL) == AIS_OK;
}

/* Takes what is left. */
static void fill(struct ais_store *store, const char *name)
{
    struct ais_dir *dir = ais_store_dir(store);
    int fd = -1;
    uint64_t at = 0;
    assert_int_equal(ais_file_open(dir, name, O_WRONLY | O_CREAT, &fd, NULL), AIS_OK);
    while (ais_file_write(dir, fd, "x", 1, at, NULL) == AIS_OK)
        at += 512;
    ais_file_close(dir, &fd);
}

static struct ais_store *open_small(void)
{
    struct ais_dir *dir = NULL;
    assert_int_equal(ais_dir_open_memory("small", DISK, &dir, NULL), AIS_OK);
    struct ais_store *store = open_in(dir, NULL);
    assert_int_equal(put(store, AIS_DOCUMENT_API_KEYS, 1), AIS_OK);
    return store;
}

static void a_right_is_taken_away_on_a_full_disk(void **state)
{
    (void)state;
    AUTO(ais_store_close) struct ais_store *store = open_small();
    assert_int_equal(ais_store_reserve(store, NULL), AIS_OK);
    fill(store, "ballast");
    assert_int_equal(put(store, AIS_DOCUMENT_API_KEYS, 2), AIS_E_SPACE);
    assert_true(is_there(store, AIS_STORE_RESERVE));
    assert_int_equal(narrow(store, 3), AIS_OK);
    assert_int_equal(ais_store_generation(store, AIS_DOCUMENT_API_KEYS), 2);
    assert_false(is_there(store, AIS_STORE_RESERVE));
}

static void without_a_reserve_nothing_is_changed(void **state)
{
    (void)state;
    AUTO(ais_store_close) struct ais_store *store = open_small();
    fill(store, "ballast");
    assert_int_equal(narrow(store, 3), AIS_E_SPACE);
    assert_int_equal(ais_store_generation(store, AIS_DOCUMENT_API_KEYS), 1);
}

static void the_reserve_is_made_again_when_there_is_room(void **state)
{
    (void)state;
    AUTO(ais_store_close) struct ais_store *store = open_small();
    assert_int_equal(ais_store_reserve(store, NULL), AIS_OK);
    fill(store, "ballast");
    assert_int_equal(narrow(store, 3), AIS_OK);
    fill(store, "more");
    assert_int_equal(ais_store_reserve(store, NULL), AIS_E_SPACE);
    assert_false(is_there(store, AIS_STORE_RESERVE));
    assert_int_equal(ais_file_unlink(ais_store_dir(store), "ballast", NULL), AIS_OK);
    assert_int_equal(ais_store_reserve(store, NULL), AIS_OK);
    assert_true(is_there(store, AIS_STORE_RESERVE));
    assert_int_equal(ais_store_reserve(store, NULL), AIS_OK);
}

static void a_reserve_that_would_fill_the_disk_is_not_made(void **state)
{
    (void)state;
    AUTO(memdisk_destroy) struct memdisk *disk = memdisk_new(1);
    AUTO(ais_store_close) struct ais_store *store = open_in(memdisk_dir(disk), NULL);
    memdisk_room(disk, 3 << 20);
    assert_int_equal(ais_store_reserve(store, NULL), AIS_E_SPACE);
    assert_false(is_there(store, AIS_STORE_RESERVE));
}

static void a_reserve_that_fails_leaves_no_half(void **state)
{
    (void)state;
    AUTO(memdisk_destroy) struct memdisk *disk = memdisk_new(1);
    AUTO(ais_store_close) struct ais_store *store = open_in(memdisk_dir(disk), NULL);
    memdisk_fail(disk, 3, 1, ENOSPC);
    assert_int_equal(ais_store_reserve(store, NULL), AIS_E_SPACE);
    assert_false(is_there(store, AIS_STORE_RESERVE));
}

/* What is recorded of the document that is not yet. */
static bool names_who(const struct ais_store *store)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_store_describe(store, ais_store_unrecorded(store), &details);
    ais_buf_add(&details, "", 1);
    assert_false(details.failed);
    return strstr(details.data, "\"by\":" WHO) != NULL;
}

static void who_changed_it_is_known(void **state)
{
    (void)state;
    AUTO(memdisk_destroy) struct memdisk *disk = memdisk_new(1);
    AUTO(ais_store_close) struct ais_store *store = open_in(memdisk_dir(disk), NULL);
    ais_store_on_behalf(store, WHO);
    assert_int_equal(put(store, AIS_DOCUMENT_API_KEYS, 1), AIS_OK);
    assert_true(names_who(store));
    record(store);
    ais_store_on_behalf(store, NULL);
    assert_int_equal(put(store, AIS_DOCUMENT_API_KEYS, 2), AIS_OK);
    assert_false(names_who(store));
}

/* A crash at whichever call of a change: the old state; or the new one, unrecorded, and with who made it. */
static void a_crash_before_the_record_does_not_lose_who(void **state)
{
    (void)state;
    unsigned replaced = 0, stood = 0;
    for (unsigned call = 1; call < 12; call++) {
        for (int power_lost = 0; power_lost < 2; power_lost++) {
            AUTO(memdisk_destroy) struct memdisk *disk = memdisk_new(call);
            struct ais_dir *dir = memdisk_dir(disk);
            make_log(dir);
            struct ais_store *store = open_in(dir, NULL);
            assert_int_equal(put(store, AIS_DOCUMENT_API_KEYS, 1), AIS_OK);
            const struct ais_anchor anchor = record(store);
            memdisk_die(disk, call);
            ais_store_on_behalf(store, WHO);
            enum ais_err err = put(store, AIS_DOCUMENT_API_KEYS, 2);
            ais_store_close(&store);
            memdisk_restart(disk, power_lost);
            store = open_in(memdisk_dir(disk), &anchor);
            uint64_t generation = ais_store_generation(store, AIS_DOCUMENT_API_KEYS);
            assert_true(generation == 2 || err != AIS_OK);
            if (generation == 2) {
                assert_non_null(ais_store_unrecorded(store));
                assert_true(names_who(store));
                replaced++;
            } else {
                assert_int_equal(generation, 1);
                assert_null(ais_store_unrecorded(store));
                stood++;
            }
            ais_store_close(&store);
        }
    }
    assert_true(replaced > 0 && stood > 0);
}

/* Every document there is: an old copy is refused at start, and while the service runs. */
static void an_old_copy_of_any_document_is_found(void **state)
{
    (void)state;
    static const char *const files[] = {
#define X(document, name) name ".enc",
        AIS_STORE_DOCUMENTS(X)
#undef X
    };
    for (size_t i = 0; i < AIS_STORE_DOCUMENT_COUNT; i++) {
        enum ais_store_document document = (enum ais_store_document)i;
        AUTO(memdisk_destroy) struct memdisk *disk = memdisk_new(1);
        AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
        AUTO(ais_buf_done) struct ais_buf old = { 0 };
        struct ais_dir *dir = memdisk_dir(disk);
        make_log(dir);
        struct ais_store *store = open_in(dir, NULL);
        assert_int_equal(put(store, document, 1), AIS_OK);
        assert_int_equal(ais_file_load(dir, files[i], 1 << 20, &old, NULL), AIS_OK);
        assert_int_equal(put(store, document, 2), AIS_OK);
        const struct ais_anchor anchor = record(store);
        memdisk_put(disk, files[i], old.data, old.length);

        const struct ais_json *content = NULL;
        uint64_t generation = 0;
        struct ais_why why = { 0 };
        assert_int_equal(ais_store_read(store, document, arena, &content, &generation, &why), AIS_E_STALE);
        assert_non_null(strstr(why.text, files[i]));
        ais_store_close(&store);

        struct ais_store_opened opened = { 0 };
        assert_int_equal(ais_store_open_in(memdisk_dir(disk), KEY, &store, &opened, NULL), AIS_OK);
        assert_int_equal(ais_store_verify(store, &anchor, 1, &why), AIS_E_STALE);
        assert_non_null(strstr(why.text, files[i]));
        ais_store_close(&store);
    }
}

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_is_taken_away_on_a_full_disk),
        cmocka_unit_test(without_a_reserve_nothing_is_changed),
        cmocka_unit_test(the_reserve_is_made_again_when_there_is_room),
        cmocka_unit_test(a_reserve_that_would_fill_the_disk_is_not_made),
        cmocka_unit_test(a_reserve_that_fails_leaves_no_half),
        cmocka_unit_test(who_changed_it_is_known),
        cmocka_unit_test(a_crash_before_the_record_does_not_lose_who),
        cmocka_unit_test(an_old_copy_of_any_document_is_found),
    };
    return cmocka_run_group_tests_name("store/faults", tests, NULL, NULL);
}
