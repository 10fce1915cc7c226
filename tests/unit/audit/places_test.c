/* Which places a record tells of, and which not. */
#include "shared/audit/places.h"
#include "tests/unit/test.h"

#include <string.h>

#define RECORD(faults, places)   "{\"details\":{\"faults\":" faults ",\"places\":[" places "]}}"
#define PLACE(file, line, fault) "{\"file\":\"" file "\",\"line\":" line ",\"fault\":\"" fault "\"}"
#define ACTIVE                   "audit_logs.enc"

enum { SEGMENT = 5 }; /* of the records */

/* clang-format off */
static const struct row {
    const char *name, *record, *file;
    uint64_t segment, line;
    const char *fault;
    bool known;
} rows[] = {
    { "what it names", RECORD("1", PLACE("audit_logs.2.enc", "3", "x")), "audit_logs.2.enc", 9, 3, "x", true },
    { "another file", RECORD("1", PLACE("audit_logs.2.enc", "3", "x")), "audit_logs.4.enc", 9, 3, "x", false },
    { "another line", RECORD("1", PLACE("audit_logs.2.enc", "3", "x")), "audit_logs.2.enc", 9, 4, "x", false },
    { "another fault", RECORD("1", PLACE("audit_logs.2.enc", "3", "x")), "audit_logs.2.enc", 9, 3, "y", false },
    { "the second of two", RECORD("2", PLACE("a", "1", "x") "," PLACE("b", "2", "y")), "b", 9, 2, "y", true },
    { "the active file of its segment", RECORD("1", PLACE(ACTIVE, "3", "x")), ACTIVE, SEGMENT, 3, "x", true },
    { "the active file of a later one", RECORD("1", PLACE(ACTIVE, "3", "x")), ACTIVE, SEGMENT + 1, 3, "x", false },
    { "its segment's later name", RECORD("1", PLACE(ACTIVE, "3", "x")), "audit_logs.5.enc", 9, 3, "x", true },
    { "a later one's later name", RECORD("1", PLACE(ACTIVE, "3", "x")), "audit_logs.6.enc", 9, 3, "x", false },
    { "a line of an active file that was lost", RECORD("2", PLACE(ACTIVE, "3", "x") "," PLACE(ACTIVE, "0", "is missing")), ACTIVE, SEGMENT, 3, "x", false },
    { "an active file that was lost", RECORD("1", PLACE(ACTIVE, "0", "is missing")), ACTIVE, SEGMENT, 0, "is missing", false },
    { "another file beside one that was lost", RECORD("2", PLACE("a", "1", "x") "," PLACE(ACTIVE, "0", "y")), "a", 9, 1, "x", true },
    { "no places", "{\"details\":{\"faults\":1}}", "a", 9, 1, "x", false },
    { "no details", "{}", "a", 9, 1, "x", false },
    { "places that are no list", "{\"details\":{\"places\":{\"file\":\"a\"}}}", "a", 9, 1, "x", false },
};
/* clang-format on */

static const struct ais_json *parse(struct ais_arena *arena, const char *text)
{
    const struct ais_json *root = NULL;
    assert_int_equal(ais_json_read(arena, text, strlen(text), &ais_json_request_limits, &root, NULL), AIS_OK);
    return root;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_places_done) struct ais_places places = { 0 };
    ais_places_read(&places, parse(arena, row->record), SEGMENT);
    ais_places_sort(&places);
    assert_int_equal(ais_places_has(&places, row->file, row->segment, row->line, row->fault), row->known);
}

static void a_count_that_is_more_than_the_places_is_known(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_places_done) struct ais_places places = { 0 };
    ais_places_read(&places, parse(arena, RECORD("1", PLACE(ACTIVE, "3", "x"))), SEGMENT);
    ais_places_read(&places, parse(arena, RECORD("40", PLACE(ACTIVE, "3", "x"))), SEGMENT);
    ais_places_sort(&places);
    assert_true(ais_places_has_more(&places, SEGMENT, 40));
    assert_false(ais_places_has_more(&places, SEGMENT, 1));
    assert_false(ais_places_has_more(&places, SEGMENT, 41));
    assert_false(ais_places_has_more(&places, SEGMENT + 1, 40));
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    const struct CMUnitTest others[] = { cmocka_unit_test(a_count_that_is_more_than_the_places_is_known) };
    AIS_ROWS(tests, rows, check_row);
    int failed = cmocka_run_group_tests_name("audit/places", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("audit/places counts", others, NULL, NULL);
}
