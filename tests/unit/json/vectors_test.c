/* The public suite of bodies that a JSON parser must accept (y_), refuse (n_) or may choose (i_). It is not part of
 * the product: it is looked for at $AIS_VECTORS, else beside the source, and the test is skipped where it is absent. */
#include "shared/json/write.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two bodies that the suite accepts hold a key twice; two readers that differ in which one counts are a way around. */
static const char *const refused_by_choice[] = {
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
};

static bool is_accepted(const char *name)
{
    for (size_t i = 0; i < N_ELEMS(refused_by_choice); i++) {
        if (strcmp(name, refused_by_choice[i]) == 0)
            return false;
    }
    return name[0] == 'y';
}

/* A file in an allocation of exactly its size, so that reading past it is seen. */
static char *load(const char *folder, const char *name, size_t *ret_size)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    char *bytes = malloc(size > 0 ? (size_t)size : 1);
    assert_non_null(bytes);
    *ret_size = fread(bytes, 1, (size_t)size, file);
    assert_int_equal(*ret_size, size);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

static void check_file(const char *folder, const char *name)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = NULL;
    struct ais_why why = { 0 };
    size_t size;
    char *bytes = load(folder, name, &size);
    enum ais_err err = ais_json_read(arena, bytes, size, &ais_json_request_limits, &root, &why);
    free(bytes);
    assert_true(err == AIS_OK || err == AIS_E_SYNTAX || err == AIS_E_LIMIT);
    if (name[0] != 'i' && (err == AIS_OK) != is_accepted(name))
        fail_msg("%s: %s", name, err == AIS_OK ? "accepted" : why.text);
}

static void the_public_suite(void **state)
{
    (void)state;
    char folder[2048];
    const char *vectors = getenv("AIS_VECTORS");
    snprintf(folder, sizeof folder, "%s/json-parsing/test_parsing",
             vectors != NULL ? vectors : AIS_SOURCE_DIR "/../shared/vectors");
    DIR *listing = opendir(folder);
    if (listing == NULL) {
        print_message("skipped: no vectors at %s (set AIS_VECTORS)\n", folder);
        skip();
        return;
    }
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (strchr("yni", entry->d_name[0]) == NULL || entry->d_name[1] != '_')
            continue;
        check_file(folder, entry->d_name);
        count++;
    }
    closedir(listing);
    assert_true(count > 300);
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(the_public_suite) };
    return cmocka_run_group_tests_name("json/vectors", tests, NULL, NULL);
}
