#include "shared/json/write.h"
#include "shared/mem/secret.h"
#include "shared/store/pack_change.h"
#include "tests/unit/store/crash_dir.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A pack of one rule, whose own test expects `expect`. */
#define RULES(expect)                                                                          \
    "rules:\n- {id: zap, title: No zapping, tools: [zap], action: block, tests: [{name: zap, " \
    "request: {tool_name: zap}, expect: " expect "}]}\n"
#define PACK(name, version)  "name: " name "\nversion: " version "\n" RULES("block")
#define FALSE(name, version) "name: " name "\nversion: " version "\n" RULES("allow")

/* A store with the system packs of a first start: "system" 1.0.0, brought up to date to 2.0.0. */
struct world {
    char *dir;               /* owned */
    struct ais_store *store; /* owned */
    size_t asked;            /* how often the candidate was checked */
    enum ais_err verdict;    /* of that */
    uint64_t generation;     /* that the candidate was to have */
    bool take;
};

static void mirror(struct ais_store *store, const char *source)
{
    const struct ais_bundled_pack pack = { "system", source, strlen(source), NULL };
    enum ais_mirrored what;
    assert_int_equal(ais_packs_mirror(store, &pack, 1, &what, NULL), AIS_OK);
}

/* anchor: the last that the log knows of, or NULL. */
static struct ais_store *open_store(const char *dir, const struct ais_anchor *anchor)
{
    struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    assert_int_equal(ais_store_open(dir, NULL, &store, &opened, NULL), AIS_OK);
    assert_int_equal(ais_store_verify(store, anchor, anchor != NULL, NULL), AIS_OK);
    return store;
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->dir = scratch_new();
    world->store = open_store(world->dir, NULL);
    mirror(world->store, PACK("system", "1.0.0"));
    mirror(world->store, PACK("system", "2.0.0"));
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    ais_store_close(&world->store);
    scratch_remove(world->dir);
    free(world);
    return 0;
}

static enum ais_err check(void *arg, struct ais_pack_list *list, struct ais_diagnostics *faults, struct ais_why *why)
{
    struct world *world = arg;
    world->asked++;
    world->generation = list->generation;
    if (world->verdict == AIS_E_RULE)
        ais_diag(faults, "other", 1, 1, "does not go together");
    if (world->take)
        ais_pack_list_done(list);
    return world->verdict == AIS_OK ? AIS_OK : ais_fail(why, world->verdict, "checked");
}

/* Makes a change and returns its fate. */
static enum ais_pack_fate change(struct world *world, enum ais_pack_act act, const char *text)
{
    AUTO(ais_pack_outcome_done) struct ais_pack_outcome outcome = { 0 };
    const bool adds = act == AIS_PACK_ADD;
    const struct ais_pack_change wish = {
        .act = act, .name = adds ? "upload" : text, .source = adds ? text : NULL, .source_size = adds ? strlen(text) : 0
    };
    struct ais_why why = { 0 };
    enum ais_err err = ais_packs_change(world->store, &wish, check, world, &outcome, &why);
    bool done = outcome.fate == AIS_PACK_CHANGED || outcome.fate == AIS_PACK_SAME;
    assert_int_equal(done, err == AIS_OK);
    assert_int_equal(outcome.fate == AIS_PACK_FAULTY, ais_diag_any(&outcome.faults));
    if (!done)
        assert_true(why.text[0] != '\0');
    return outcome.fate;
}

/* The stored packs as text: "name version enabled (previous)", in the list's order. */
static void stored(struct world *world, char *text, size_t size)
{
    AUTO(ais_pack_list_done) struct ais_pack_list list = { .arena = NULL };
    text[0] = '\0';
    assert_int_equal(ais_packs_read(world->store, &list, NULL), AIS_OK);
    for (size_t i = 0; i < list.count; i++) {
        const struct ais_stored_pack *pack = &list.packs[i];
        size_t used = strlen(text);
        snprintf(text + used, size - used, "%s%s %s %s%s%s", i > 0 ? ", " : "", pack->name, pack->version,
                 pack->enabled ? "on" : "off", pack->previous_version != NULL ? " after " : "",
                 pack->previous_version != NULL ? pack->previous_version : "");
    }
}

static void assert_stored(struct world *world, const char *want)
{
    char text[256];
    stored(world, text, sizeof text);
    assert_string_equal(text, want);
}

#define ADD(source)            \
    {                          \
        AIS_PACK_ADD, (source) \
    }
#define SYSTEM "system 2.0.0 on after 1.0.0"

static const struct row {
    const char *name;
    struct step {
        enum ais_pack_act act;
        const char *text;
    } steps[4]; /* the last of them has this fate, those before change something */
    enum ais_pack_fate fate;
    const char *stored;
} rows[] = {
    {"a new pack is enabled",                              { ADD(PACK("mine", "1.0.0")) },                                    AIS_PACK_CHANGED,  "mine 1.0.0 on, " SYSTEM             },
    { "a newer version keeps the one before",
     { ADD(PACK("mine", "1.0.0")), ADD(PACK("mine", "1.0.1")) },
     AIS_PACK_CHANGED,                                                                                                                           "mine 1.0.1 on after 1.0.0, " SYSTEM },
    { "only one is kept",
     { ADD(PACK("mine", "1.0.0")), ADD(PACK("mine", "1.0.1")), ADD(PACK("mine", "1.1.0")) },
     AIS_PACK_CHANGED,                                                                                                                           "mine 1.1.0 on after 1.0.1, " SYSTEM },
    { "a new version of a disabled pack stays disabled",
     { ADD(PACK("mine", "1.0.0")), { AIS_PACK_DISABLE, "mine" }, ADD(PACK("mine", "2.0.0")) },
     AIS_PACK_CHANGED,                                                                                                                           "mine 2.0.0 off after 1.0.0, " SYSTEM},
    { "the same version",
     { ADD(PACK("mine", "1.0.0")), ADD(PACK("mine", "1.0.0")) },
     AIS_PACK_CONFLICT,                                                                                                                          "mine 1.0.0 on, " SYSTEM             },
    { "an older version",
     { ADD(PACK("mine", "1.10.0")), ADD(PACK("mine", "1.9.0")) },
     AIS_PACK_CONFLICT,                                                                                                                          "mine 1.10.0 on, " SYSTEM            },
    { "the name of a system pack",                         { ADD(PACK("system", "9.0.0")) },                                  AIS_PACK_CONFLICT, SYSTEM                               },
    { "a pack that cannot be read",                        { ADD("rules: [") },                                               AIS_PACK_FAULTY,   SYSTEM                               },
    { "a pack that is not UTF-8",
     { ADD("name: mine\nversion: 1.0.0\n# \xff\n" RULES("block")) },
     AIS_PACK_FAULTY,                                                                                                                            SYSTEM                               },
    { "a pack whose tests fail",                           { ADD(FALSE("mine", "1.0.0")) },                                   AIS_PACK_UNTRUE,   SYSTEM                               },
    { "a new version whose tests fail",
     { ADD(PACK("mine", "1.0.0")), ADD(FALSE("mine", "2.0.0")) },
     AIS_PACK_UNTRUE,                                                                                                                            "mine 1.0.0 on, " SYSTEM             },
    { "a system pack is disabled",
     { { AIS_PACK_DISABLE, "system" } },
     AIS_PACK_CHANGED,                                                                                                                           "system 2.0.0 off after 1.0.0"       },
    { "and enabled",                                       { { AIS_PACK_DISABLE, "system" }, { AIS_PACK_ENABLE, "system" } }, AIS_PACK_CHANGED,  SYSTEM                               },
    { "what is enabled is not enabled again",              { { AIS_PACK_ENABLE, "system" } },                                 AIS_PACK_SAME,     SYSTEM                               },
    { "what is disabled is not disabled again",
     { { AIS_PACK_DISABLE, "system" }, { AIS_PACK_DISABLE, "system" } },
     AIS_PACK_SAME,                                                                                                                              "system 2.0.0 off after 1.0.0"       },
    { "a custom pack is removed",
     { ADD(PACK("mine", "1.0.0")), { AIS_PACK_REMOVE, "mine" } },
     AIS_PACK_CHANGED,                                                                                                                           SYSTEM                               },
    { "a system pack is not",                              { { AIS_PACK_REMOVE, "system" } },                                 AIS_PACK_CONFLICT, SYSTEM                               },
    { "a removed pack may come back, older",
     { ADD(PACK("mine", "2.0.0")), { AIS_PACK_REMOVE, "mine" }, ADD(PACK("mine", "1.0.0")) },
     AIS_PACK_CHANGED,                                                                                                                           "mine 1.0.0 on, " SYSTEM             },
    { "a system pack is rolled back",
     { { AIS_PACK_ROLLBACK, "system" } },
     AIS_PACK_CHANGED,                                                                                                                           "system 1.0.0 on after 2.0.0"        },
    { "and forward again",
     { { AIS_PACK_ROLLBACK, "system" }, { AIS_PACK_ROLLBACK, "system" } },
     AIS_PACK_CHANGED,                                                                                                                           SYSTEM                               },
    { "a disabled pack is rolled back and stays disabled",
     { { AIS_PACK_DISABLE, "system" }, { AIS_PACK_ROLLBACK, "system" } },
     AIS_PACK_CHANGED,                                                                                                                           "system 1.0.0 off after 2.0.0"       },
    { "without a version before there is no way back",
     { ADD(PACK("mine", "1.0.0")), { AIS_PACK_ROLLBACK, "mine" } },
     AIS_PACK_CONFLICT,                                                                                                                          "mine 1.0.0 on, " SYSTEM             },
    { "after a rollback, what is newer than that is new",
     { ADD(PACK("mine", "1.0.0")),
        ADD(PACK("mine", "2.0.0")),
        { AIS_PACK_ROLLBACK, "mine" },
        ADD(PACK("mine", "1.5.0")) },
     AIS_PACK_CHANGED,                                                                                                                           "mine 1.5.0 on after 1.0.0, " SYSTEM },
    { "nothing of this name to enable",                    { { AIS_PACK_ENABLE, "other" } },                                  AIS_PACK_UNKNOWN,  SYSTEM                               },
    { "nothing of this name to disable",                   { { AIS_PACK_DISABLE, "" } },                                      AIS_PACK_UNKNOWN,  SYSTEM                               },
    { "nothing of this name to remove",                    { { AIS_PACK_REMOVE, "SYSTEM" } },                                 AIS_PACK_UNKNOWN,  SYSTEM                               },
    { "nothing of this name to roll back",                 { { AIS_PACK_ROLLBACK, "other" } },                                AIS_PACK_UNKNOWN,  SYSTEM                               },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    void *fixture;
    setup(&fixture);
    struct world *world = fixture;
    for (size_t i = 0; i < N_ELEMS(row->steps) && row->steps[i].text != NULL; i++) {
        bool last = i + 1 == N_ELEMS(row->steps) || row->steps[i + 1].text == NULL;
        uint64_t before = ais_store_generation(world->store, AIS_DOCUMENT_RULEPACKS);
        enum ais_pack_fate fate = change(world, row->steps[i].act, row->steps[i].text);
        assert_int_equal(fate, last ? row->fate : AIS_PACK_CHANGED);
        assert_int_equal(ais_store_generation(world->store, AIS_DOCUMENT_RULEPACKS),
                         before + (fate == AIS_PACK_CHANGED));
    }
    assert_stored(world, row->stored);
    teardown(&fixture);
}

static void the_candidate_is_checked_last_and_can_stop_the_change(void **state)
{
    struct world *world = *state;
    assert_int_equal(change(world, AIS_PACK_ADD, FALSE("mine", "1.0.0")), AIS_PACK_UNTRUE);
    assert_int_equal(change(world, AIS_PACK_ENABLE, "system"), AIS_PACK_SAME);
    assert_int_equal(world->asked, 0);
    world->verdict = AIS_E_RULE;
    assert_int_equal(change(world, AIS_PACK_ADD, PACK("mine", "1.0.0")), AIS_PACK_FAULTY);
    assert_int_equal(world->asked, 1);
    assert_int_equal(world->generation, 3);
    assert_stored(world, SYSTEM);
    world->verdict = AIS_E_NOMEM;
    assert_int_equal(change(world, AIS_PACK_DISABLE, "system"), AIS_PACK_UNJUDGED);
    assert_stored(world, SYSTEM);
}

static void the_candidate_may_be_taken(void **state)
{
    struct world *world = *state;
    world->take = true;
    assert_int_equal(change(world, AIS_PACK_ADD, PACK("mine", "1.0.0")), AIS_PACK_CHANGED);
    assert_stored(world, "mine 1.0.0 on, " SYSTEM);
}

/* The next start of the same binary does not undo what its operator did. */
static void a_rollback_outlives_the_next_start(void **state)
{
    struct world *world = *state;
    assert_int_equal(change(world, AIS_PACK_ROLLBACK, "system"), AIS_PACK_CHANGED);
    mirror(world->store, PACK("system", "2.0.0"));
    assert_stored(world, "system 1.0.0 on after 2.0.0");
    mirror(world->store, PACK("system", "2.0.1"));
    assert_stored(world, "system 2.0.1 on after 1.0.0");
}

static void the_outcome_tells_what_is_recorded(void **state)
{
    struct world *world = *state;
    AUTO(ais_pack_outcome_done) struct ais_pack_outcome outcome = { 0 };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    char want[256], checksum[AIS_PACK_CHECKSUM_SIZE];
    const struct ais_pack_change wish = { .act = AIS_PACK_ROLLBACK, .name = "system" };
    const struct ais_why why = { 0 };
    assert_int_equal(ais_packs_change(world->store, &wish, check, world, &outcome, NULL), AIS_OK);
    ais_pack_checksum(PACK("system", "1.0.0"), strlen(PACK("system", "1.0.0")), checksum);
    snprintf(want, sizeof want,
             "\"action\":\"rollback\",\"rulepack\":\"system\",\"version\":\"1.0.0\",\"checksum\":\"%s\","
             "\"replaced\":\"2.0.0\",\"enabled\":true",
             checksum);
    ais_pack_outcome_write(&text, &wish, &outcome, &why);
    assert_string_equal(text.data, want);
}

static void a_refusal_tells_its_reason(void **state)
{
    struct world *world = *state;
    AUTO(ais_pack_outcome_done) struct ais_pack_outcome outcome = { 0 };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    const struct ais_pack_change wish = { .act = AIS_PACK_REMOVE, .name = "other" };
    struct ais_why why = { 0 };
    assert_int_equal(ais_packs_change(world->store, &wish, check, world, &outcome, &why), AIS_E_RULE);
    ais_pack_outcome_write(&text, &wish, &outcome, &why);
    assert_string_equal(text.data,
                        "\"action\":\"remove\",\"rulepack\":\"other\",\"reason\":\"there is no rulepack 'other'\"");
}

/* ---- bounds ---- */

/* A document of so many packs, each with a source of that size which nobody reads. */
struct filling {
    size_t count, size;
};

static enum ais_err fill_document(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    const struct filling *filling = arg;
    char *source = malloc(filling->size), checksum[AIS_PACK_CHECKSUM_SIZE], name[32];
    (void)now;
    (void)why;
    assert_non_null(source);
    memset(source, '#', filling->size);
    ais_pack_checksum(source, filling->size, checksum);
    ais_jw_begin_object(next, NULL);
    ais_jw_begin_array(next, "packs");
    for (size_t i = 0; i < filling->count; i++) {
        snprintf(name, sizeof name, "pack_%zu", i);
        ais_jw_begin_object(next, NULL);
        ais_jw_text(next, "name", name);
        ais_jw_text(next, "version", "1.0.0");
        ais_jw_text(next, "kind", "custom");
        ais_jw_bool(next, "enabled", false);
        ais_jw_text(next, "checksum", checksum);
        ais_jw_string(next, "source", source, filling->size);
        ais_jw_end_object(next);
    }
    ais_jw_end_array(next);
    ais_jw_end_object(next);
    free(source);
    return AIS_OK;
}

static void fill(struct world *world, size_t count, size_t size)
{
    struct filling filling = { count, size };
    assert_int_equal(ais_store_change(world->store, AIS_DOCUMENT_RULEPACKS, fill_document, &filling, NULL, NULL),
                     AIS_OK);
}

static void there_is_room_for_so_many(void **state)
{
    struct world *world = *state;
    fill(world, AIS_PACKS_MOST, 10);
    assert_int_equal(change(world, AIS_PACK_ADD, PACK("mine", "1.0.0")), AIS_PACK_CONFLICT);
    assert_int_equal(change(world, AIS_PACK_ADD, PACK("pack_1", "1.0.1")), AIS_PACK_CHANGED);
    assert_int_equal(change(world, AIS_PACK_REMOVE, "pack_2"), AIS_PACK_CHANGED);
    assert_int_equal(change(world, AIS_PACK_ADD, PACK("mine", "1.0.0")), AIS_PACK_CHANGED);
}

/* What is kept as a previous version counts too. */
static void there_is_room_for_so_many_bytes(void **state)
{
    struct world *world = *state;
    fill(world, AIS_PACKS_BYTES_MOST / AIS_RULEPACK_BYTES_MAX, AIS_RULEPACK_BYTES_MAX);
    assert_int_equal(change(world, AIS_PACK_ADD, PACK("pack_1", "1.0.1")), AIS_PACK_CONFLICT);
    assert_int_equal(change(world, AIS_PACK_REMOVE, "pack_2"), AIS_PACK_CHANGED);
    assert_int_equal(change(world, AIS_PACK_ADD, PACK("pack_1", "1.0.1")), AIS_PACK_CHANGED);
}

/* ---- crashes ---- */

/* The store stops working at one call of a change, and is opened anew: old or new, nothing between. */
static bool survives_crash(unsigned at, const struct ais_pack_change *wish, const char *old, const char *new)
{
    void *fixture;
    setup(&fixture);
    struct world *world = fixture;
    unsigned calls = 0;
    AUTO(ais_pack_outcome_done) struct ais_pack_outcome outcome = { 0 };
    struct ais_store_opened opened = { 0 };
    struct ais_store *store = NULL;
    char text[256];
    assert_int_equal(change(world, AIS_PACK_ADD, PACK("mine", "1.0.0")), AIS_PACK_CHANGED);
    assert_int_equal(ais_file_replace(ais_store_dir(world->store), "audit_logs.enc", "\n", 1, NULL), AIS_OK);
    const struct ais_anchor anchor = *ais_store_unrecorded(world->store);
    ais_store_close(&world->store);

    struct ais_dir *dir = crash_dir_open(world->dir, at, &calls);
    if (ais_store_open_in(dir, NULL, &store, &opened, NULL) == AIS_OK &&
        ais_store_verify(store, &anchor, 1, NULL) == AIS_OK) {
        enum ais_err err = ais_packs_change(store, wish, check, world, &outcome, NULL);
        (void)err; /* whatever it says, what counts is what is there */
    }
    ais_store_close(&store);
    world->store = open_store(world->dir, &anchor);
    stored(world, text, sizeof text);
    assert_true(strcmp(text, old) == 0 || strcmp(text, new) == 0);
    bool ended = calls <= at;
    if (ended)
        assert_string_equal(text, new);
    teardown(&fixture);
    return !ended;
}

static void a_crash_leaves_old_or_new(void **state)
{
    static const char old[] = "mine 1.0.0 on, " SYSTEM;
    static const struct {
        struct ais_pack_change change;
        const char *new;
    } changes[] = {
        {{ AIS_PACK_ADD, "upload", PACK("mine", "2.0.0"), sizeof PACK("mine", "2.0.0") - 1 },
         "mine 2.0.0 on after 1.0.0, " SYSTEM                                                                                             },
        { { AIS_PACK_DISABLE, "mine", NULL, 0 },                                              "mine 1.0.0 off, " SYSTEM                   },
        { { AIS_PACK_REMOVE, "mine", NULL, 0 },                                               SYSTEM                                      },
        { { AIS_PACK_ROLLBACK, "system", NULL, 0 },                                           "mine 1.0.0 on, system 1.0.0 on after 2.0.0"},
    };
    (void)state;
    for (size_t i = 0; i < N_ELEMS(changes); i++) {
        unsigned at = 0;
        while (survives_crash(at, &changes[i].change, old, changes[i].new))
            at++;
        assert_true(at > 5);
    }
}

int main(void)
{
    struct CMUnitTest table[N_ELEMS(rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_candidate_is_checked_last_and_can_stop_the_change, setup, teardown),
        cmocka_unit_test_setup_teardown(the_candidate_may_be_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rollback_outlives_the_next_start, setup, teardown),
        cmocka_unit_test_setup_teardown(the_outcome_tells_what_is_recorded, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_tells_its_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_room_for_so_many, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_room_for_so_many_bytes, setup, teardown),
        cmocka_unit_test(a_crash_leaves_old_or_new),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    AIS_ROWS(table, rows, check_row);
    int failed = cmocka_run_group_tests_name("store/pack_change: rows", table, NULL, NULL);
    return failed + cmocka_run_group_tests_name("store/pack_change", tests, NULL, NULL);
}
