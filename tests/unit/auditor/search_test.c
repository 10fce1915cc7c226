/* Searches through the index, over a real log on a memory disk: whatever is asked, they find what reading every record
 * finds, in the same order. */
#include "services/auditor/search.h"
#include "tests/unit/auditor/index_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILTERS = 25 };

/* ---- Questions ---- */

static void choose(struct question *question)
{
    static const char *const words[] = { "QUOTES\" and\n", "z\xc3\xbcrich", "plain", "\\n", "nowhere", "tool-3" };
    *question = (struct question){ .count = 0 };
    if (below(5) == 0)
        add_parameter(question, "tool", "tool-%d", (int)below(6));
    if (below(5) == 0)
        add_parameter(question, "user_id", "user-%d", (int)below(8));
    if (below(6) == 0)
        add_parameter(question, "session_id", "session-%d", (int)below(31));
    if (below(8) == 0)
        add_parameter(question, "decision_id", "decision-%d", (int)below(100));
    if (below(5) == 0)
        add_parameter(question, "rule", "rule-%d", (int)below(7));
    if (below(5) == 0)
        add_parameter(question, "rulepack", "pack-%d", (int)below(4));
    if (below(4) == 0)
        add_parameter(question, "severity", "%s", below(2) == 0 ? "high,critical" : "low");
    if (question->count < 6 && below(4) == 0)
        add_parameter(question, "decision", "%s", below(2) == 0 ? "block,none" : "allow");
    if (question->count < 6 && below(6) == 0)
        add_parameter(question, "event", "auth_failed,log_created");
    if (question->count < 6 && below(4) == 0)
        add_parameter(question, "since", "2026-01-01T00:00:%02d.%06dZ", (int)below(4), (int)below(1000000));
    if (question->count < 6 && below(4) == 0)
        add_parameter(question, "q", "%s", words[below(N_ELEMS(words))]);
    if (below(2) == 0)
        add_parameter(question, "order", "asc");
}

/* What no parameter sets, now and then. */
static void set_inner(struct ais_audit_filter *filter)
{
    static const char *const keys[] = { "key-0", "key-1", "key-9" };
    filter->correlated = below(4) == 0;
    filter->key_id = filter->session_id == NULL && below(4) == 0 ? keys[below(N_ELEMS(keys))] : NULL;
}

/* Whoever is let in while a search is at work: every search here is interrupted again and again. */
static struct visitor {
    struct ais_seal_reader *reader;
    bool grows; /* what is let in makes the log longer */
    size_t visits;
} visitor;

static bool somebody_waits(void *arg)
{
    (void)arg;
    return below(3) == 0;
}

static bool take_first(void *arg, const struct ais_json *record, uint64_t seq)
{
    (void)record;
    *(uint64_t *)arg = seq;
    return false;
}

static void visit(void *arg)
{
    struct ais_audit_filter filter;
    uint64_t newest = 0;
    bool damaged = false;
    (void)arg;
    visitor.visits++;
    if (visitor.grows)
        grow(1);
    ais_audit_filter_init(&filter);
    assert_int_equal(search_records(&lab.catalog, visitor.reader, &filter, take_first, &newest, &damaged, NULL),
                     AIS_OK);
    if (visitor.grows)
        assert_int_equal(newest, ais_seal_log_head(lab.f.log).seq);
}

/* One page; the cursor of the next, or 0. */
static uint64_t page(const struct ais_audit_filter *filter, struct seqs *found)
{
    static const struct ais_json_limits limits = { .depth = 96 };
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    const struct ais_json *answer = NULL;
    const struct search_pause pause = { somebody_waits, visit, NULL };
    struct ais_why why = { 0 };
    assert_int_equal(ais_seal_reader_new(lab.f.dir, lab.f.ring, &visitor.reader, NULL), AIS_OK);
    if (search_log(&lab.catalog, lab.reader, filter, &pause, &body, &why) != AIS_OK)
        fail_msg("%s", why.text);
    ais_seal_reader_destroy(&visitor.reader);
    ais_arena_reset(lab.arena);
    assert_int_equal(ais_json_read(lab.arena, body.data, body.length, &limits, &answer, NULL), AIS_OK);
    const struct ais_json *logs = ais_json_get(answer, "logs");
    for (const struct ais_json *record = logs->first; record != NULL; record = record->next) {
        assert_true(found->count < SEQS_MOST);
        assert_true(ais_json_get_u64(record, "seq", &found->list[found->count++]));
    }
    const struct ais_json *damaged = ais_json_get(answer, "damaged");
    found->damaged = damaged != NULL ? damaged->count : 0;
    struct ais_audit_filter next;
    const char *cursor = ais_json_get_text(answer, "next_cursor");
    ais_audit_filter_init(&next);
    assert_true(cursor == NULL || ais_audit_filter_set(&next, "cursor", cursor, epoch_ns, NULL) == AIS_OK);
    return next.cursor;
}

static void search_pages(const struct ais_audit_filter *wanted, struct seqs *ret)
{
    struct ais_audit_filter filter = *wanted;
    ret->count = 0;
    do {
        filter.limit = 1 + below(200);
        filter.cursor = page(&filter, ret);
    } while (filter.cursor != 0);
}

static void check_question(const struct question *question)
{
    static struct seqs wanted, found;
    struct ais_audit_filter filter;
    set_filter(&filter, question);
    set_inner(&filter);
    scan(&filter, &wanted);
    search_pages(&filter, &found);
    bool same = wanted.count == found.count && memcmp(wanted.list, found.list, wanted.count * sizeof(uint64_t)) == 0;
    for (size_t i = 0; !same && i < question->count; i++)
        print_message("%s=%s\n", question->names[i], question->values[i]);
    assert_int_equal(found.count, wanted.count);
    assert_memory_equal(found.list, wanted.list, wanted.count * sizeof(uint64_t));
}

static void check_all(void)
{
    struct question question = { .count = 0 };
    check_question(&question);
    for (int i = 0; i < FILTERS; i++) {
        choose(&question);
        check_question(&question);
    }
}

/* Pages that were begun are not moved by what is appended, rotated and deleted meanwhile. */
static void check_walk(bool ascending)
{
    static struct seqs found;
    struct ais_audit_filter filter;
    ais_audit_filter_init(&filter);
    filter.ascending = ascending;
    filter.limit = 37;
    found.count = 0;
    uint64_t newest = ais_seal_log_head(lab.f.log).seq;
    do {
        filter.cursor = page(&filter, &found);
        grow(1);
    } while (filter.cursor != 0 && found.list[found.count - 1] <= newest);
    for (size_t i = 1; i < found.count; i++)
        assert_int_equal(found.list[i], found.list[i - 1] + (ascending ? 1 : (uint64_t)-1));
    if (!ascending)
        assert_int_equal(found.list[0], newest);
    else
        assert_true(found.list[found.count - 1] >= newest);
}

/* ---- The tests ---- */

/* What a search has begun to find is not moved by what those do who are let in. */
static void a_search_lets_others_in(void **state)
{
    (void)state;
    static struct seqs wanted, found;
    struct ais_audit_filter filter;
    grow(60);
    ais_audit_filter_init(&filter);
    filter.limit = SEQS_MOST / 2;
    scan(&filter, &wanted);
    visitor.grows = true;
    visitor.visits = found.count = 0;
    (void)page(&filter, &found);
    visitor.grows = false;
    assert_true(visitor.visits > 10);
    assert_int_equal(found.count, wanted.count);
    assert_memory_equal(found.list, wanted.list, wanted.count * sizeof(uint64_t));
    filter.ascending = true;
    found.count = 0;
    (void)page(&filter, &found);
    for (size_t i = 0; i < found.count; i++)
        assert_int_equal(found.list[i], found.list[0] + i);
}

static void it_finds_what_reading_everything_finds(void **state)
{
    (void)state;
    check_all();
    for (int i = 0; i < 6; i++) {
        grow(20);
        check_all();
    }
    assert_true(ais_seal_log_segments(lab.f.log) > 10);
}

static void what_was_there_before_is_found_before_and_after_it_is_indexed(void **state)
{
    (void)state;
    grow(60);
    restart();
    check_all();
    size_t left = catalog_left(&lab.catalog);
    assert_true(left > 5);
    grow(5);
    for (size_t i = 0; i < left / 2; i++)
        assert_true(catalog_read_one(&lab.catalog));
    check_all();
    while (catalog_read_one(&lab.catalog))
        continue;
    assert_int_equal(catalog_left(&lab.catalog), 0);
    check_all();
    grow(30);
    check_all();
}

static void files_that_are_read_at_once_are_read_as_one_by_one(void **state)
{
    (void)state;
    size_t records = 0, bytes = 0, n = 0;
    grow(80);
    memdisk_bytes(lab.f.disk, "audit_logs.3.enc", &n)[40] ^= 1;
    restart();
    check_all();
    size_t left = catalog_left(&lab.catalog);
    assert_true(left > 5);
    assert_true(catalog_read_some(&lab.catalog));
    assert_int_equal(catalog_left(&lab.catalog), left - lab.catalog.eye_count);
    check_all();
    while (catalog_read_some(&lab.catalog))
        continue;
    assert_int_equal(catalog_left(&lab.catalog), 0);
    check_all();
    catalog_measure(&lab.catalog, &records, &bytes);
    assert_true(records > 80 && bytes > records * sizeof(struct row));
}

static void texts_that_no_dictionary_holds_are_found_in_the_records(void **state)
{
    (void)state;
    lab.crowded = true;
    lab.f.conf.segment_size = 4 << 20;
    restart();
    grow(120);
    bool overflown = false;
    assert_int_equal(catalog_refresh(&lab.catalog, NULL), AIS_OK);
    for (size_t i = 0; i < ROW_TEXTS; i++)
        overflown |= dictionary_is_overflown(&lab.catalog.entries[lab.catalog.count - 1]->part->dictionaries[i]);
    assert_true(overflown);
    check_all();
}

/* Who compacts a segment, or seals it under another key, puts another file in its place. */
static void a_file_that_was_replaced_is_read_where_it_is_now(void **state)
{
    (void)state;
    grow(80);
    check_all();
    for (uint64_t segment = 1; segment <= 4; segment++) {
        char name[32];
        size_t n = 0;
        snprintf(name, sizeof name, "audit_logs.%" PRIu64 ".enc", segment);
        const unsigned char *bytes = memdisk_bytes(lab.f.disk, name, &n);
        unsigned char *moved = malloc(n + 1);
        assert_non_null(moved);
        moved[0] = '\n'; /* every line stands elsewhere */
        memcpy(moved + 1, bytes, n);
        memdisk_remove(lab.f.disk, name);
        memdisk_put(lab.f.disk, name, moved, n + 1);
        free(moved);
    }
    check_all();
    grow(20);
    check_all();
}

static bool never(void *context)
{
    (void)context;
    return false;
}

static size_t pack_rotated(void)
{
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
    struct ais_seal_packed packed = { 0 };
    size_t count = 0;
    const struct ais_seal_packing packing = { .active = ais_seal_log_position(lab.f.log).segment,
                                              .retention = 1000,
                                              .stop = never };
    assert_int_equal(ais_seal_packer_new(lab.f.dir, lab.f.ring, &packer, NULL), AIS_OK);
    do {
        assert_int_equal(ais_seal_packer_next(packer, &packing, &packed, NULL), AIS_OK);
        count += packed.segment > 0 && !packed.left;
    } while (packed.segment > 0);
    return count;
}

/* A start finds nothing wrong with what is there. */
static void expect_no_findings(void)
{
    struct findings findings = { .newest = NULL };
    restart();
    assert_int_equal(catalog_refresh(&lab.catalog, NULL), AIS_OK);
    while (catalog_read_one(&lab.catalog))
        continue;
    catalog_tell(&lab.catalog, &findings);
    assert_true(lab.catalog.checked);
    assert_null(findings_take(&findings));
    check_all();
}

static void packed_files_are_searched_as_others(void **state)
{
    (void)state;
    grow(80);
    check_all();
    assert_true(pack_rotated() > 5);
    check_all(); /* located when they are asked for */
    grow(40);
    assert_true(pack_rotated() > 2);
    catalog_look_around(&lab.catalog);
    assert_true(catalog_left(&lab.catalog) > 0);
    while (catalog_read_one(&lab.catalog)) /* located before they are asked for */
        continue;
    check_all();
    restart();
    check_all();
    while (catalog_read_one(&lab.catalog)) /* indexed as they are */
        continue;
    check_all();
    check_walk(false);
    check_walk(true);
    expect_no_findings();
}

static void damage_in_a_packed_file_is_named(void **state)
{
    (void)state;
    static struct seqs wanted, found;
    struct ais_audit_filter filter;
    size_t n = 0;
    grow(60);
    assert_true(pack_rotated() > 5);
    check_all();
    memdisk_bytes(lab.f.disk, "audit_logs.2.enc", &n)[40] ^= 1;
    ais_audit_filter_init(&filter);
    filter.ascending = true;
    filter.limit = SEQS_MOST;
    scan(&filter, &wanted);
    found.count = 0;
    page(&filter, &found);
    assert_int_equal(wanted.damaged, 1);
    assert_int_equal(found.damaged, 1);
    assert_int_equal(found.count, wanted.count);
    assert_memory_equal(found.list, wanted.list, wanted.count * sizeof(uint64_t));
}

static void what_is_not_certain_is_read_from_the_files(void **state)
{
    (void)state;
    grow(20);
    commit(false);
    check_all();
    grow(3);
    check_all();
    grow(40);
    check_all();
    while (catalog_read_one(&lab.catalog))
        continue;
    check_all();
    expect_no_findings();
}

static void retention_takes_parts_away(void **state)
{
    (void)state;
    lab.f.conf.retention = 3;
    restart();
    for (int i = 0; i < 4; i++) {
        grow(25);
        check_all();
        assert_true(lab.catalog.count <= 5);
    }
    restart();
    check_all();
    expect_no_findings();
}

static void damage_is_named_and_hides_nothing_else(void **state)
{
    (void)state;
    static struct seqs wanted, found;
    const struct question all = { .count = 0 };
    struct ais_audit_filter filter;
    size_t n = 0;
    grow(60);
    set_filter(&filter, &all);
    search_pages(&filter, &found);
    memdisk_bytes(lab.f.disk, "audit_logs.2.enc", &n)[40] ^= 1;
    memdisk_bytes(lab.f.disk, "audit_logs.4.enc", &n)[n - 40] ^= 1;
    for (int i = 0; i < 2; i++) {
        scan(&filter, &wanted);
        assert_int_equal(wanted.damaged, 2);
        found.count = 0;
        filter.limit = SEQS_MOST;
        assert_int_equal(page(&filter, &found), 0);
        assert_int_equal(found.damaged, 2);
        assert_int_equal(found.count, wanted.count);
        assert_memory_equal(found.list, wanted.list, wanted.count * sizeof(uint64_t));
        restart(); /* and damage that was there before the index is named too */
        while (i == 0 && catalog_read_one(&lab.catalog))
            continue;
    }
}

static void pages_hold_still_while_the_log_moves(void **state)
{
    (void)state;
    lab.f.conf.retention = 12;
    restart();
    grow(60);
    check_walk(false);
    check_walk(true);
    restart();
    check_walk(false);
    check_walk(true);
}

static void an_index_row_takes_few_bytes(void **state)
{
    (void)state;
    lab.f.conf.segment_size = 4 << 20;
    restart();
    uint64_t before = lab.number;
    while (ais_seal_log_segments(lab.f.log) < 1)
        grow(50);
    assert_int_equal(catalog_refresh(&lab.catalog, NULL), AIS_OK);
    assert_true(lab.catalog.count >= 2);
    const struct index_part *part = lab.catalog.entries[lab.catalog.count - 2]->part;
    assert_true(part->rows.count > (lab.number - before) / 2);
    assert_true(index_part_bytes(part) / part->rows.count < 120);
}

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        TEST(it_finds_what_reading_everything_finds),
        TEST(a_search_lets_others_in),
        TEST(what_was_there_before_is_found_before_and_after_it_is_indexed),
        TEST(files_that_are_read_at_once_are_read_as_one_by_one),
        TEST(texts_that_no_dictionary_holds_are_found_in_the_records),
        TEST(a_file_that_was_replaced_is_read_where_it_is_now),
        TEST(packed_files_are_searched_as_others),
        TEST(damage_in_a_packed_file_is_named),
        TEST(what_is_not_certain_is_read_from_the_files),
        TEST(retention_takes_parts_away),
        TEST(damage_is_named_and_hides_nothing_else),
        TEST(pages_hold_still_while_the_log_moves),
        TEST(an_index_row_takes_few_bytes),
    };
    return cmocka_run_group_tests_name("auditor/search", tests, NULL, NULL);
}
