#include "shared/mem/secret.h"
#include "shared/store/packs.h"
#include "tests/unit/store/crash_dir.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A pack of one rule. */
#define PACK(name, version) \
    "name: " name "\nversion: " version "\nrules:\n- {id: zap, title: No zapping, tools: [zap], action: block}\n"
#define BUNDLED(name, version)                                           \
    {                                                                    \
        name, PACK(name, version), sizeof(PACK(name, version)) - 1, NULL \
    }

static const struct ais_bundled_pack alpha_1[] = { BUNDLED("alpha", "1.0.0") };
static const struct ais_bundled_pack alpha_2[] = { BUNDLED("alpha", "1.10.0") };
static const struct ais_bundled_pack two[] = { BUNDLED("beta", "2.0.0"), BUNDLED("alpha", "1.0.0") };

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

static enum ais_mirrored mirror(struct ais_store *store, const struct ais_bundled_pack *bundled)
{
    enum ais_mirrored what = AIS_MIRROR_SAME;
    assert_int_equal(ais_packs_mirror(store, bundled, 1, &what, NULL), AIS_OK);
    return what;
}

static enum ais_err put_text(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    (void)now;
    (void)why;
    ais_buf_text(next, arg);
    return AIS_OK;
}

/* Puts one entry into an empty store; flags: what stands between version and source. */
static void put_entry(struct ais_store *store, const char *version, const char *flags, const char *source)
{
    char text[1024], checksum[AIS_PACK_CHECKSUM_SIZE];
    ais_pack_checksum(source, strlen(source), checksum);
    snprintf(text, sizeof text,
             "{\"packs\":[{\"name\":\"alpha\",\"version\":\"%s\",%s,\"checksum\":\"%s\",\"source\":\"%s\"}]}", version,
             flags, checksum, source);
    assert_int_equal(ais_store_change(store, AIS_DOCUMENT_RULEPACKS, put_text, text, NULL, NULL), AIS_OK);
}

static void a_first_start_mirrors_all(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_pack_list_done) struct ais_pack_list list = { .arena = NULL };
    enum ais_mirrored what[2];
    assert_int_equal(ais_packs_mirror(store, two, 2, what, NULL), AIS_OK);
    assert_int_equal(what[0], AIS_MIRROR_ADDED);
    assert_int_equal(what[1], AIS_MIRROR_ADDED);
    assert_int_equal(ais_packs_read(store, &list, NULL), AIS_OK);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.generation, 1);
    assert_string_equal(list.packs[0].name, "alpha"); /* in order of their names */
    assert_string_equal(list.packs[1].name, "beta");
    assert_string_equal(list.packs[1].version, "2.0.0");
    assert_int_equal(list.packs[1].kind, AIS_PACK_SYSTEM);
    assert_true(list.packs[1].enabled);
    assert_int_equal(list.packs[1].source_size, two[0].size);
    assert_memory_equal(list.packs[1].source, two[0].bytes, two[0].size);
    assert_null(list.packs[1].previous_version);
}

static void the_same_version_is_not_written_again(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    assert_int_equal(mirror(store, alpha_1), AIS_MIRROR_ADDED);
    assert_int_equal(mirror(store, alpha_1), AIS_MIRROR_SAME);
    assert_int_equal(ais_store_unrecorded(store)->generation, 1);
}

static void a_newer_version_replaces_and_keeps_the_old(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_pack_list_done) struct ais_pack_list list = { .arena = NULL };
    mirror(store, alpha_1);
    assert_int_equal(mirror(store, alpha_2), AIS_MIRROR_REPLACED);
    assert_int_equal(ais_packs_read(store, &list, NULL), AIS_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.packs[0].version, "1.10.0");
    assert_string_equal(list.packs[0].previous_version, "1.0.0");
    assert_int_equal(list.packs[0].previous_size, alpha_1[0].size);
    assert_memory_equal(list.packs[0].previous_source, alpha_1[0].bytes, alpha_1[0].size);
}

static void an_older_binary_leaves_the_newer_pack(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    mirror(store, alpha_2);
    assert_int_equal(mirror(store, alpha_1), AIS_MIRROR_SAME);
}

static void a_disabled_pack_stays_disabled(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_pack_list_done) struct ais_pack_list list = { .arena = NULL };
    put_entry(store, "0.9.0", "\"kind\":\"system\",\"enabled\":false", "old");
    assert_int_equal(mirror(store, alpha_1), AIS_MIRROR_REPLACED);
    assert_int_equal(ais_packs_read(store, &list, NULL), AIS_OK);
    assert_false(list.packs[0].enabled);
    assert_string_equal(list.packs[0].version, "1.0.0");
}

static void an_operators_own_pack_is_left_alone(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_pack_list_done) struct ais_pack_list list = { .arena = NULL };
    put_entry(store, "0.1.0", "\"kind\":\"custom\",\"enabled\":true", "mine");
    assert_int_equal(mirror(store, alpha_1), AIS_MIRROR_TAKEN);
    assert_int_equal(ais_packs_read(store, &list, NULL), AIS_OK);
    assert_string_equal(list.packs[0].source, "mine");
}

static void a_faulty_bundled_pack_is_refused(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    const struct ais_bundled_pack faulty[] = {
        {"faulty", "rules: [", 8, NULL}
    };
    enum ais_mirrored what;
    assert_int_equal(ais_packs_mirror(store, faulty, 1, &what, NULL), AIS_E_RULE);
    assert_null(ais_store_unrecorded(store));
}

static void what_the_build_has_read_is_not_read_again(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_pack_list_done) struct ais_pack_list list = { .arena = NULL };
    const struct ais_bundled_pack older[] = {
        {"alpha", "rules: [", 8, "1.9.0"}
    };
    const struct ais_bundled_pack newer[] = {
        {"alpha", "rules: {", 8, "1.10.0"}
    };
    assert_int_equal(mirror(store, older), AIS_MIRROR_ADDED);
    assert_int_equal(mirror(store, newer), AIS_MIRROR_REPLACED);
    assert_int_equal(mirror(store, older), AIS_MIRROR_SAME);
    assert_int_equal(ais_packs_read(store, &list, NULL), AIS_OK);
    assert_string_equal(list.packs[0].version, "1.10.0");
    assert_string_equal(list.packs[0].source, "rules: {");
    assert_string_equal(list.packs[0].previous_version, "1.9.0");
}

static const struct row {
    const char *name, *content;
} rows[] = {
    {"no list",                          "{}"                                                                                            },
    { "no name",                         "{\"packs\":[{\"version\":\"1.0.0\",\"kind\":\"system\",\"enabled\":true,\"checksum\":\"x\","
                 "\"source\":\"\"}]}"                                                                                    },
    { "an unknown kind",                 "{\"packs\":[{\"name\":\"a\",\"version\":\"1.0.0\",\"kind\":\"odd\",\"enabled\":true,"
                         "\"checksum\":\"x\",\"source\":\"\"}]}"                                                 },
    { "no version that can be compared", "{\"packs\":[{\"name\":\"a\",\"version\":\"one\",\"kind\":\"system\","
                                         "\"enabled\":true,\"checksum\":\"x\",\"source\":\"\"}]}"},
    { "another checksum",                "{\"packs\":[{\"name\":\"a\",\"version\":\"1.0.0\",\"kind\":\"system\",\"enabled\":true,"
                          "\"checksum\":\"00\",\"source\":\"x\"}]}"                                             },
    { "half a previous version",
     "{\"packs\":[{\"name\":\"a\",\"version\":\"1.0.0\",\"kind\":\"system\",\"enabled\":true,"
      "\"checksum\":\"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\",\"source\":\"x\","
      "\"previous\":{\"version\":\"0.1.0\"}}]}"                                                                                          },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    char *dir = scratch_new(), text[1024];
    struct ais_store *store = open_store(dir);
    struct ais_pack_list list = { .arena = NULL };
    snprintf(text, sizeof text, "%s", row->content);
    assert_int_equal(ais_store_change(store, AIS_DOCUMENT_RULEPACKS, put_text, text, NULL, NULL), AIS_OK);
    assert_int_equal(ais_packs_read(store, &list, NULL), AIS_E_DAMAGED);
    assert_null(list.arena);
    ais_store_close(&store);
    scratch_remove(dir);
}

int main(void)
{
    struct CMUnitTest damaged[N_ELEMS(rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_first_start_mirrors_all, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_version_is_not_written_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_newer_version_replaces_and_keeps_the_old, setup, teardown),
        cmocka_unit_test_setup_teardown(an_older_binary_leaves_the_newer_pack, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disabled_pack_stays_disabled, setup, teardown),
        cmocka_unit_test_setup_teardown(an_operators_own_pack_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_faulty_bundled_pack_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_build_has_read_is_not_read_again, setup, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    AIS_ROWS(damaged, rows, check_row);
    int failed = cmocka_run_group_tests_name("store/packs: damaged", damaged, NULL, NULL);
    return failed + cmocka_run_group_tests_name("store/packs", tests, NULL, NULL);
}
