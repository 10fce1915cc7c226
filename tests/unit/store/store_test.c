#include "shared/json/write.h"
#include "shared/mem/secret.h"
#include "shared/store/store.h"
#include "tests/unit/store/crash_dir.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY       "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
#define OTHER_KEY "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="

static const char document_file[] = "rulepacks.enc", log_file[] = "audit_logs.enc";

/* ---- helpers ---- */

static int setup(void **state)
{
    *state = scratch_new();
    return 0;
}

static int teardown(void **state)
{
    scratch_remove(*state);
    return 0;
}

static void path_in(char *ret, size_t size, const char *dir, const char *name)
{
    snprintf(ret, size, "%s/%s", dir, name);
}

static struct ais_store *open_store(const char *dir, const char *keys)
{
    struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    struct ais_why why = { 0 };
    assert_int_equal(ais_store_open(dir, keys, &store, &opened, &why), AIS_OK);
    return store;
}

static struct ais_store *open_verified(const char *dir, const struct ais_anchor *anchor)
{
    struct ais_store *store = open_store(dir, KEY);
    assert_int_equal(ais_store_verify(store, anchor, anchor != NULL, NULL), AIS_OK);
    return store;
}

static enum ais_err write_number(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    const unsigned *number = arg;
    (void)now;
    (void)why;
    ais_jw_begin_object(next, NULL);
    ais_jw_u64(next, "number", *number);
    ais_jw_end_object(next);
    return AIS_OK;
}

static enum ais_err put_number(struct ais_store *store, unsigned number, struct ais_why *why)
{
    return ais_store_change(store, AIS_DOCUMENT_RULEPACKS, write_number, &number, NULL, why);
}

/* The number in the document; 0 when there is none. */
static enum ais_err get_number(struct ais_store *store, uint64_t *ret, uint64_t *ret_generation, struct ais_why *why)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *content = NULL;
    TRY(ais_store_read(store, AIS_DOCUMENT_RULEPACKS, arena, &content, ret_generation, why));
    *ret = 0;
    assert_int_equal(content != NULL, *ret_generation > 0);
    assert_true(content == NULL || ais_json_get_u64(content, "number", ret));
    return AIS_OK;
}

static void copy_file(const char *dir, const char *from, const char *to)
{
    AUTO(ais_dir_close) struct ais_dir *opened = NULL;
    AUTO(ais_buf_done) struct ais_buf bytes = { 0 };
    assert_int_equal(ais_dir_open(dir, false, &opened, NULL, NULL), AIS_OK);
    assert_int_equal(ais_file_load(opened, from, 1 << 20, &bytes, NULL), AIS_OK);
    assert_int_equal(ais_file_replace(opened, to, bytes.data, bytes.length, NULL), AIS_OK);
}

static void make_file(const char *dir, const char *name, const char *content, mode_t mode)
{
    char path[256];
    path_in(path, sizeof path, dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void remove_file(const char *dir, const char *name)
{
    char path[256];
    path_in(path, sizeof path, dir, name);
    assert_int_equal(unlink(path), 0);
}

/* Writes generations 1 to count of the document, and keeps a copy of each as "generation-N" and its anchor in anchors.
 */
static void write_generations(const char *dir, unsigned count, struct ais_anchor *anchors)
{
    AUTO(ais_store_close) struct ais_store *store = open_verified(dir, NULL);
    for (unsigned i = 1; i <= count; i++) {
        char copy[32];
        assert_int_equal(put_number(store, i, NULL), AIS_OK);
        anchors[i] = *ais_store_unrecorded(store);
        snprintf(copy, sizeof copy, "generation-%u", i);
        copy_file(dir, document_file, copy);
    }
    make_file(dir, log_file, "\n", 0600);
}

/* ---- against the chain ---- */

enum { NONE = 0 };

static const struct row {
    const char *name, *why;
    unsigned on_disk;  /* generation; NONE: no document */
    unsigned anchored; /* generation; NONE: no anchor */
    enum ais_err want;
    bool other_digest, unrecorded;
} rows[] = {
    {"a first start",                                "",                               NONE, NONE, AIS_OK,        false, false},
    { "a first start that ended before the record",  "",                               1,    NONE, AIS_OK,        false, true },
    { "a later one that the log has never heard of", "the audit log knows none of it", 2,    NONE, AIS_E_DAMAGED, false,
     false                                                                                                                    },
    { "as the log knows it",                         "",                               2,    2,    AIS_OK,        false, false},
    { "newer by one",                                "",                               3,    2,    AIS_OK,        false, true },
    { "newer by two",                                "",                               3,    1,    AIS_OK,        false, true },
    { "an older copy was put back",                  "generation 1 was put back",      1,    3,    AIS_E_STALE,   false, false},
    { "removed",                                     "rulepacks.enc: missing",         NONE, 2,    AIS_E_DAMAGED, false, false},
    { "the same generation, but another",            "is not the one",                 2,    2,    AIS_E_DAMAGED, true,  false},
};

static void check_row(void **state)
{
    const struct row *row = *state;
    char *dir = scratch_new(), copy[32];
    struct ais_anchor anchors[4] = { { .generation = 0 } };
    struct ais_why why = { 0 };

    write_generations(dir, 3, anchors);
    snprintf(copy, sizeof copy, "generation-%u", row->on_disk);
    if (row->on_disk == NONE)
        remove_file(dir, document_file);
    else
        copy_file(dir, copy, document_file);
    if (row->other_digest)
        memset(anchors[row->anchored].digest, '0', AIS_DIGEST_TEXT - 1);

    struct ais_store *store = open_store(dir, KEY);
    assert_int_equal(ais_store_verify(store, &anchors[row->anchored], row->anchored != NONE, &why), row->want);
    assert_non_null(strstr(why.text, row->why));
    assert_int_equal(ais_store_unrecorded(store) != NULL, row->unrecorded);
    ais_store_close(&store);
    scratch_remove(dir);
}

static void anchors_of_other_documents_are_passed_over(void **state)
{
    struct ais_anchor other = { .name = "of_a_later_version", .generation = 7 };
    AUTO(ais_store_close) struct ais_store *store = open_store(*state, KEY);
    assert_int_equal(ais_store_verify(store, &other, 1, NULL), AIS_OK);
}

static void documents_without_a_log_are_refused(void **state)
{
    struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    struct ais_anchor anchors[2];
    write_generations(*state, 1, anchors);
    remove_file(*state, log_file);
    for (int start = 1; start <= 2; start++) {
        struct ais_why why = { 0 };
        assert_int_equal(ais_store_open(*state, KEY, &store, &opened, &why), AIS_E_DAMAGED);
        assert_non_null(strstr(why.text, "the audit log is missing although rulepacks.enc is there"));
    }
    make_file(*state, "audit_logs.7.enc", "\n", 0600);
    store = open_verified(*state, &anchors[1]);
    ais_store_close(&store);
}

static void nothing_is_read_unverified(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state, KEY);
    uint64_t number, generation;
    assert_int_equal(get_number(store, &number, &generation, NULL), AIS_E_INTERNAL);
    assert_int_equal(put_number(store, 1, NULL), AIS_E_INTERNAL);
}

/* ---- the key ---- */

static const struct key_row {
    const char *name, *file, *content; /* what is there; NULL: nothing */
    mode_t mode;
    enum ais_err want;
    const char *why;
} key_rows[] = {
    {"a first start makes a key",              NULL,             NULL,                   0,    AIS_OK,        ""                     },
    { "a key is read",                         "fernet.key",     KEY "\n",               0600, AIS_OK,        ""                     },
    { "several keys are read",                 "fernet.key",     KEY "," OTHER_KEY "\n", 0600, AIS_OK,        ""                     },
    { "a key that others may read",            "fernet.key",     KEY "\n",               0640, AIS_E_REFUSED, "mode 640"             },
    { "no key in the file",                    "fernet.key",     "",                     0600, AIS_E_KEY,     "fernet.key"           },
    { "half a key",                            "fernet.key",     "MDEyMzQ1Njc4",         0600, AIS_E_KEY,     "fernet.key"           },
    { "the key was lost, documents are there", "rulepacks.enc",  "x\n",                  0600, AIS_E_KEY,     "fernet.key is missing"},
    { "the key was lost, the log is there",    "audit_logs.enc", "x\n",                  0600, AIS_E_KEY,     "fernet.key is missing"},
};

static void check_key_row(void **state)
{
    const struct key_row *row = *state;
    char *dir = scratch_new(), path[256];
    struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    struct ais_why why = { 0 };
    struct stat info;

    if (row->file != NULL)
        make_file(dir, row->file, row->content, row->mode);
    assert_int_equal(ais_store_open(dir, NULL, &store, &opened, &why), row->want);
    assert_non_null(strstr(why.text, row->why));
    assert_null(strstr(why.text, "MDEy"));
    assert_int_equal(opened.key_made, row->file == NULL);
    path_in(path, sizeof path, dir, "fernet.key");
    bool there = stat(path, &info) == 0;
    assert_int_equal(there, row->file == NULL || strcmp(row->file, "fernet.key") == 0);
    if (row->file == NULL)
        assert_int_equal(info.st_mode & 07777, 0600);
    ais_store_close(&store);
    scratch_remove(dir);
}

static void the_key_that_was_made_opens_what_it_sealed(void **state)
{
    struct ais_store *store = open_store(*state, NULL);
    struct ais_anchor anchor;
    uint64_t number = 0, generation = 0;
    assert_int_equal(ais_store_verify(store, NULL, 0, NULL), AIS_OK);
    assert_int_equal(put_number(store, 5, NULL), AIS_OK);
    anchor = *ais_store_unrecorded(store);
    ais_store_close(&store);
    make_file(*state, log_file, "\n", 0600);
    store = open_store(*state, NULL);
    assert_int_equal(ais_store_verify(store, &anchor, 1, NULL), AIS_OK);
    assert_int_equal(get_number(store, &number, &generation, NULL), AIS_OK);
    assert_int_equal(number, 5);
    ais_store_close(&store);
}

static void an_operators_key_leaves_no_file(void **state)
{
    char path[256];
    struct ais_store *store = open_store(*state, KEY);
    path_in(path, sizeof path, *state, "fernet.key");
    assert_int_equal(access(path, F_OK), -1);
    ais_store_close(&store);
}

static void a_wrong_key_changes_nothing(void **state)
{
    struct ais_anchor anchors[2];
    struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    struct ais_why why = { 0 };
    char path[256];
    struct stat before, after;
    write_generations(*state, 1, anchors);
    path_in(path, sizeof path, *state, document_file);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(ais_store_open(*state, OTHER_KEY, &store, &opened, &why), AIS_E_KEY);
    assert_non_null(strstr(why.text, document_file));
    assert_null(store);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    store = open_verified(*state, &anchors[1]);
    ais_store_close(&store);
}

/* ---- the directory ---- */

static void the_owner_is_named_to_the_second(void **state)
{
    struct ais_store *first = open_store(*state, KEY), *second = NULL;
    struct ais_store_opened opened = { 0 };
    struct ais_why why = { 0 };
    char want[64];
    snprintf(want, sizeof want, "process %ld", (long)getpid());
    assert_int_equal(ais_store_open(*state, KEY, &second, &opened, &why), AIS_E_LOCKED);
    assert_non_null(strstr(why.text, want));
    assert_null(second);
    ais_store_close(&first);
}

static void an_open_directory_is_tightened(void **state)
{
    struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    struct stat info;
    assert_int_equal(chmod(*state, 0755), 0);
    assert_int_equal(ais_store_open(*state, KEY, &store, &opened, NULL), AIS_OK);
    assert_true(opened.tightened);
    assert_int_equal(stat(*state, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    ais_store_close(&store);
}

/* ---- changes ---- */

static void a_change_is_the_next_generation(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_verified(*state, NULL);
    uint64_t number = 0, generation = 0;
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(put_number(store, 10 * i, NULL), AIS_OK);
        assert_int_equal(get_number(store, &number, &generation, NULL), AIS_OK);
        assert_int_equal(generation, i);
        assert_int_equal(number, 10 * i);
    }
}

static enum ais_err leave(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    (void)arg;
    (void)next;
    (void)why;
    assert_null(now);
    return AIS_OK;
}

static void an_empty_change_writes_nothing(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_verified(*state, NULL);
    bool written = true;
    assert_int_equal(ais_store_change(store, AIS_DOCUMENT_RULEPACKS, leave, NULL, &written, NULL), AIS_OK);
    assert_false(written);
    assert_null(ais_store_unrecorded(store));
}

static enum ais_err refuse(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    (void)arg;
    (void)now;
    ais_buf_text(next, "{}");
    return ais_fail(why, AIS_E_INVALID, "no");
}

static void a_refused_change_writes_nothing(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_verified(*state, NULL);
    uint64_t number = 0, generation = 0;
    assert_int_equal(put_number(store, 4, NULL), AIS_OK);
    assert_int_equal(ais_store_change(store, AIS_DOCUMENT_RULEPACKS, refuse, NULL, NULL, NULL), AIS_E_INVALID);
    assert_int_equal(get_number(store, &number, &generation, NULL), AIS_OK);
    assert_int_equal(number, 4);
}

static void an_anchor_is_handed_over_once(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_verified(*state, NULL);
    assert_int_equal(put_number(store, 1, NULL), AIS_OK);
    struct ais_anchor first = *ais_store_unrecorded(store);
    assert_string_equal(first.name, "rulepacks");
    assert_int_equal(first.generation, 1);
    assert_int_equal(put_number(store, 2, NULL), AIS_OK);
    ais_store_recorded(store, &first);
    assert_non_null(ais_store_unrecorded(store));
    struct ais_anchor second = *ais_store_unrecorded(store);
    ais_store_recorded(store, &second);
    assert_null(ais_store_unrecorded(store));
}

/* What somebody does to the file while we run is found at the next reading. */
static void changes_underneath_are_found(void **state)
{
    const char *dir = *state;
    struct ais_anchor anchors[4];
    uint64_t number = 0, generation = 0;
    write_generations(dir, 3, anchors);
    copy_file(dir, "generation-2", document_file);
    AUTO(ais_store_close) struct ais_store *store = open_verified(dir, &anchors[2]);

    copy_file(dir, "generation-1", document_file);
    assert_int_equal(get_number(store, &number, &generation, NULL), AIS_E_STALE);
    assert_int_equal(put_number(store, 9, NULL), AIS_E_STALE);
    remove_file(dir, document_file);
    assert_int_equal(get_number(store, &number, &generation, NULL), AIS_E_DAMAGED);
    copy_file(dir, "generation-3", document_file);
    assert_int_equal(get_number(store, &number, &generation, NULL), AIS_OK);
    assert_int_equal(number, 3);
    assert_int_equal(ais_store_unrecorded(store)->generation, 3);
}

/* ---- crashes ---- */

static enum ais_err run_until_crash(const char *dir, unsigned at, unsigned *calls, unsigned number,
                                    const struct ais_anchor *anchor)
{
    AUTO(ais_store_close) struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    TRY(ais_store_open_in(crash_dir_open(dir, at, calls), NULL, &store, &opened, NULL));
    make_file(dir, log_file, "\n", 0600); /* what the audit room does between these two */
    TRY(ais_store_verify(store, anchor, anchor != NULL, NULL));
    return put_number(store, number, NULL);
}

static void a_crash_in_a_first_start_is_survived(void **state)
{
    (void)state;
    unsigned calls = 0, at = 0;
    enum ais_err err;
    do {
        char *dir = scratch_new();
        uint64_t number = 0, generation = 0;
        err = run_until_crash(dir, at, &calls, 1, NULL);
        struct ais_store *store = open_store(dir, NULL);
        assert_int_equal(ais_store_verify(store, NULL, 0, NULL), AIS_OK);
        assert_int_equal(get_number(store, &number, &generation, NULL), AIS_OK);
        assert_true(generation == number && number <= 1);
        assert_true(err != AIS_OK || number == 1);
        assert_int_equal(put_number(store, 2, NULL), AIS_OK);
        ais_store_close(&store);
        scratch_remove(dir);
        at++;
    } while (err != AIS_OK);
    assert_true(at > 15); /* or the seam is not where the work is */
}

static void a_crash_in_a_replacement_leaves_old_or_new(void **state)
{
    const char *dir = *state;
    unsigned calls = 0, seen[2] = { 0, 0 };
    struct ais_anchor anchor = { .generation = 0 };
    assert_int_equal(run_until_crash(dir, NO_CRASH, &calls, 1, NULL), AIS_OK);
    uint64_t last = 1;
    enum ais_err err = AIS_E_IO;
    for (unsigned at = 0; err != AIS_OK; at++) {
        uint64_t number = 0, generation = 0;
        struct ais_store *store = open_store(dir, NULL);
        assert_int_equal(ais_store_verify(store, &anchor, anchor.generation > 0, NULL), AIS_OK);
        assert_int_equal(get_number(store, &number, &generation, NULL), AIS_OK);
        assert_true(number == last || number == at + 100 - 1);
        seen[number != last]++;
        last = number;
        if (ais_store_unrecorded(store) != NULL)
            anchor = *ais_store_unrecorded(store);
        ais_store_close(&store);
        err = run_until_crash(dir, at, &calls, at + 100, &anchor);
    }
    assert_true(seen[0] > 1 && seen[1] > 0);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)], key_tests[N_ELEMS(key_rows)];
    const struct CMUnitTest more[] = {
        cmocka_unit_test_setup_teardown(anchors_of_other_documents_are_passed_over, setup, teardown),
        cmocka_unit_test_setup_teardown(documents_without_a_log_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_read_unverified, setup, teardown),
        cmocka_unit_test_setup_teardown(the_key_that_was_made_opens_what_it_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(an_operators_key_leaves_no_file, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_key_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(the_owner_is_named_to_the_second, setup, teardown),
        cmocka_unit_test_setup_teardown(an_open_directory_is_tightened, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_is_the_next_generation, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_change_writes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_change_writes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(an_anchor_is_handed_over_once, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_underneath_are_found, setup, teardown),
        cmocka_unit_test(a_crash_in_a_first_start_is_survived),
        cmocka_unit_test_setup_teardown(a_crash_in_a_replacement_leaves_old_or_new, setup, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(key_tests, key_rows, check_key_row);
    int failed = cmocka_run_group_tests_name("store/store: documents against the chain", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("store/store: the key", key_tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("store/store", more, NULL, NULL);
}
