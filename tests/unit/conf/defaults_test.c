#include "shared/conf/check.h"
#include "tests/unit/test.h"

#include <stdio.h>

/* A file stands in the way, of root, too. */
#define NEVER "/etc/passwd/lib"

static const struct row {
    const char *name, *system;
    const char *environment[3];
    const char *want;
} rows[] = {
    {"the system's, where it can be made",
     "/tmp/ais-nonexistent/lib/offline",                  { "HOME=/h", "XDG_STATE_HOME=/s" },
     "/tmp/ais-nonexistent/lib/offline"                                                                                           },
    { "else the state directory",                  NEVER, { "HOME=/h", "XDG_STATE_HOME=/s" }, "/s/aisentinel/offline"             },
    { "else the home directory",                   NEVER, { "HOME=/h" },                      "/h/.local/state/aisentinel/offline"},
    { "a relative state directory does not count",
     NEVER,                                               { "HOME=/h", "XDG_STATE_HOME=s" },
     "/h/.local/state/aisentinel/offline"                                                                                         },
    { "an empty state directory does not count",
     NEVER,                                               { "HOME=/h", "XDG_STATE_HOME=" },
     "/h/.local/state/aisentinel/offline"                                                                                         },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    char copies[2][64], *environment[3] = { NULL };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const char *path = NULL;
    struct ais_why why = { 0 };
    for (size_t i = 0; row->environment[i] != NULL; i++) {
        snprintf(copies[i], sizeof copies[i], "%s", row->environment[i]);
        environment[i] = copies[i];
    }
    assert_int_equal(ais_data_dir_beside(row->system, environment, arena, &path, &why), AIS_OK);
    assert_string_equal(path, row->want);
}

static void there_is_an_evaluator_a_core(void **state)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const char *count = NULL;
    struct ais_why why = { 0 };
    (void)state;
    assert_int_equal(ais_default_evaluators(NULL, arena, &count, &why), AIS_OK);
    assert_true(count[0] >= '1' && count[0] <= '9');
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 1];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(there_is_an_evaluator_a_core);
    return cmocka_run_group_tests_name("conf/defaults", tests, NULL, NULL);
}
