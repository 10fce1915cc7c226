/* Sealed documents over a real directory: replaced, anchored, and every flipped bit found. */
#include "shared/mem/secret.h"
#include "shared/seal/document.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY   "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
#define OTHER "Aw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="

struct fixture {
    char path[64];
    struct ais_dir *dir;
    struct ais_keyring *ring;
    struct ais_sealer *sealer;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->path, sizeof f->path, "/tmp/ais-document-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    assert_int_equal(ais_dir_open(f->path, false, &f->dir, NULL, NULL), AIS_OK);
    assert_int_equal(ais_keyring_parse(KEY, &f->ring, NULL), AIS_OK);
    assert_int_equal(ais_sealer_new(f->ring, &f->sealer, NULL), AIS_OK);
    *state = f;
    return 0;
}

static void remove_one(void *context, const char *name)
{
    struct ais_dir *dir = context;
    assert_int_equal(ais_file_unlink(dir, name, NULL), AIS_OK);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ais_dir_list(f->dir, remove_one, f->dir, NULL), AIS_OK);
    ais_dir_close(&f->dir);
    assert_int_equal(rmdir(f->path), 0);
    ais_sealer_destroy(&f->sealer);
    ais_keyring_destroy(&f->ring);
    free(f);
    return 0;
}

static struct ais_anchor write_body(struct fixture *f, const char *name, uint64_t generation, const char *body)
{
    struct ais_anchor anchor = { 0 };
    assert_int_equal(ais_document_write(f->dir, f->sealer, name, generation, NULL, body, strlen(body), &anchor, NULL),
                     AIS_OK);
    return anchor;
}

static void what_was_written_is_read(void **state)
{
    struct fixture *f = *state;
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct ais_anchor wrote = write_body(f, "rulepacks", 7, "{\"packs\":[]}"), read = { 0 };
    assert_int_equal(ais_document_read(f->dir, f->sealer, "rulepacks", NULL, &body, &read, NULL), AIS_OK);
    assert_string_equal(body.data, "{\"packs\":[]}");
    assert_int_equal(read.generation, 7);
    assert_string_equal(read.name, "rulepacks");
    assert_string_equal(read.digest, wrote.digest);

    struct stat info;
    char path[128];
    snprintf(path, sizeof path, "%s/rulepacks.enc", f->path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
}

static void a_missing_one_is_not_found(void **state)
{
    struct fixture *f = *state;
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct ais_anchor anchor;
    assert_int_equal(ais_document_read(f->dir, f->sealer, "approvals", NULL, &body, &anchor, NULL), AIS_E_NOT_FOUND);
}

static void every_flipped_bit_is_named(void **state)
{
    struct fixture *f = *state;
    AUTO(ais_buf_done) struct ais_buf body = { 0 }, file = { 0 };
    struct ais_anchor anchor;
    write_body(f, "control", 1, "{}");
    write_body(f, "rulepacks", 1, "{\"a\":1}");
    assert_int_equal(ais_file_load(f->dir, "rulepacks.enc", 1 << 20, &file, NULL), AIS_OK);
    for (size_t bit = 0; bit < file.length * 8; bit++) {
        struct ais_why why = { 0 };
        file.data[bit / 8] = (char)(file.data[bit / 8] ^ 1 << bit % 8);
        assert_int_equal(ais_file_replace(f->dir, "rulepacks.enc", file.data, file.length, NULL), AIS_OK);
        assert_int_equal(ais_document_read(f->dir, f->sealer, "rulepacks", NULL, &body, &anchor, &why), AIS_E_DAMAGED);
        assert_memory_equal(why.text, "rulepacks.enc:1: ", 17);
        file.data[bit / 8] = (char)(file.data[bit / 8] ^ 1 << bit % 8);
    }
}

static void a_wrong_key_is_told_from_damage(void **state)
{
    struct fixture *f = *state;
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    AUTO(ais_sealer_destroy) struct ais_sealer *other = NULL;
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct ais_anchor anchor;
    assert_int_equal(ais_keyring_parse(OTHER, &ring, NULL), AIS_OK);
    assert_int_equal(ais_sealer_new(ring, &other, NULL), AIS_OK);
    write_body(f, "rulepacks", 1, "{}");
    write_body(f, "control", 1, "{}");
    assert_int_equal(ais_document_read(f->dir, other, "rulepacks", NULL, &body, &anchor, NULL), AIS_E_KEY);
}

static void another_document_in_its_place_is_damage(void **state)
{
    struct fixture *f = *state;
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct ais_anchor anchor;
    write_body(f, "rulepacks", 1, "{}");
    assert_int_equal(ais_file_rename(f->dir, "rulepacks.enc", "control.enc", NULL), AIS_OK);
    assert_int_equal(ais_document_read(f->dir, f->sealer, "control", NULL, &body, &anchor, NULL), AIS_E_DAMAGED);
}

static void an_old_copy_put_back_is_stale(void **state)
{
    struct fixture *f = *state;
    struct ais_why why = { 0 };
    struct ais_anchor one = write_body(f, "api_keys", 1, "{\"a\":1}"), two = write_body(f, "api_keys", 2, "{\"a\":2}");
    struct ais_anchor forged = write_body(f, "api_keys", 2, "{\"a\":3}");
    assert_int_equal(ais_document_check(&one, &two, &why), AIS_E_STALE);
    assert_non_null(strstr(why.text, "api_keys.enc"));
    assert_int_equal(ais_document_check(&forged, &two, NULL), AIS_E_DAMAGED);
    assert_int_equal(ais_document_check(&two, &two, NULL), AIS_OK);
    assert_int_equal(ais_document_check(&two, &one, NULL), AIS_OK);
}

static void the_lock_has_one_holder(void **state)
{
    struct fixture *f = *state;
    AUTO(ais_dir_close) struct ais_dir *second = NULL;
    assert_int_equal(ais_dir_open(f->path, false, &second, NULL, NULL), AIS_OK);
    assert_int_equal(ais_dir_lock(f->dir, NULL), AIS_OK);
    assert_int_equal(ais_dir_lock(second, NULL), AIS_E_LOCKED);
}

static void a_wide_directory_is_tightened(void **state)
{
    struct fixture *f = *state;
    AUTO(ais_dir_close) struct ais_dir *second = NULL;
    bool tightened = false;
    struct stat info;
    assert_int_equal(chmod(f->path, 0755), 0);
    assert_int_equal(ais_dir_open(f->path, true, &second, &tightened, NULL), AIS_OK);
    assert_true(tightened);
    assert_int_equal(stat(f->path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(what_was_written_is_read),
        TEST(a_missing_one_is_not_found),
        TEST(every_flipped_bit_is_named),
        TEST(a_wrong_key_is_told_from_damage),
        TEST(another_document_in_its_place_is_damage),
        TEST(an_old_copy_put_back_is_stale),
        TEST(the_lock_has_one_holder),
        TEST(a_wide_directory_is_tightened),
    };
    return cmocka_run_group_tests_name("seal/document", tests, NULL, NULL);
}
