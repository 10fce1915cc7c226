/* policy_cache.enc comes back as it was, and whatever is wrong with it is an error that costs nothing else. */
#include "shared/mem/secret.h"
#include "shared/store/policy_cache.h"
#include "tests/unit/store/crash_dir.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static struct ais_store *open_store(const char *dir)
{
    struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    assert_int_equal(ais_store_open(dir, NULL, &store, &opened, NULL), AIS_OK);
    assert_int_equal(ais_store_verify(store, NULL, 0, NULL), AIS_OK);
    return store;
}

static void write_cache(struct ais_store *store)
{
    struct ais_policy_cache cache = { 0 };
    for (int i = 0; i < 1000; i++)
        ais_buf_byte(&cache.packed, (char)i);
    assert_int_equal(ais_policy_cache_write(store, &cache, NULL), AIS_OK);
    ais_buf_done(&cache.packed);
}

static enum ais_err read_cache(struct ais_store *store, size_t *ret_length)
{
    struct ais_policy_cache cache = { 0 };
    enum ais_err err = ais_policy_cache_read(store, &cache, NULL);
    for (size_t i = 0; i < cache.packed.length; i++)
        assert_int_equal((unsigned char)cache.packed.data[i], i & 0xff);
    *ret_length = cache.packed.length;
    ais_buf_done(&cache.packed);
    return err;
}

static void comes_back(void **state)
{
    size_t n;
    struct ais_store *store = open_store(*state);
    assert_int_equal(read_cache(store, &n), AIS_E_NOT_FOUND);
    write_cache(store);
    assert_int_equal(read_cache(store, &n), AIS_OK);
    assert_int_equal(n, 1000);
    ais_store_close(&store);
    store = open_store(*state); /* it is in no anchor: a start does not miss or judge it */
    assert_int_equal(read_cache(store, &n), AIS_OK);
    ais_store_close(&store);
}

/* One byte of the sealed file, anywhere in it. */
static void damage_is_found(void **state)
{
    static const long places[] = { 0, 40, 700, -3 };
    char path[256];
    size_t n;
    struct ais_store *store = open_store(*state);
    snprintf(path, sizeof path, "%s/policy_cache.enc", (const char *)*state);
    for (size_t i = 0; i < N_ELEMS(places); i++) {
        write_cache(store);
        FILE *file = fopen(path, "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, places[i], places[i] < 0 ? SEEK_END : SEEK_SET), 0);
        int byte = fgetc(file);
        assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
        fputc(byte == 'A' ? 'B' : 'A', file);
        assert_int_equal(fclose(file), 0);
        assert_int_not_equal(read_cache(store, &n), AIS_OK);
        assert_int_equal(n, 0);
    }
    ais_store_close(&store);
}

/* What somebody else sealed, whose bytes the library must not see. */
static void foreign_ones_are_refused(void **state)
{
    char from[256], to[256];
    size_t n;
    char *other = scratch_new();
    struct ais_store *foreign = open_store(other), *store = open_store(*state);
    write_cache(foreign);
    snprintf(from, sizeof from, "%s/policy_cache.enc", other);
    snprintf(to, sizeof to, "%s/policy_cache.enc", (const char *)*state);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(read_cache(store, &n), AIS_E_KEY);
    assert_int_equal(n, 0);
    ais_store_close(&foreign);
    ais_store_close(&store);
    scratch_remove(other);
}

static void compile_kept(struct ais_store *store)
{
    static const char document[] =
        "name: p\nversion: 1.0.0\nrules:\n- {id: r, title: T, tools: [zap], action: block}\n";
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW };
    const struct ais_pack_source pack = { "p", document, sizeof document - 1, true, AIS_PACK_CUSTOM };
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_policy *policy = NULL;
    assert_int_equal(ais_policy_compile_kept(store, &pack, 1, &options, &policy, &diagnostics, NULL), AIS_OK);
    ais_policy_unref(&policy);
    ais_diagnostics_done(&diagnostics);
}

/* Whether it was written again shows in its inode. */
static void a_compile_leaves_it_for_the_next(void **state)
{
    struct ais_policy_cache first = { 0 };
    struct stat before, after;
    char path[256];
    struct ais_store *store = open_store(*state);
    snprintf(path, sizeof path, "%s/policy_cache.enc", (const char *)*state);
    write_cache(store); /* of nothing that is known */
    compile_kept(store);
    assert_int_equal(ais_policy_cache_read(store, &first, NULL), AIS_OK);
    assert_int_not_equal(first.packed.length, 1000);
    assert_int_equal(stat(path, &before), 0);
    compile_kept(store);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(truncate(path, before.st_size / 2), 0);
    compile_kept(store);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    ais_policy_cache_done(&first);
    ais_store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_ones_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_compile_leaves_it_for_the_next, setup, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("policy_cache", tests, NULL, NULL);
}
