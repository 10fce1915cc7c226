/* Searches through the index, over a real log on a memory disk: whatever is asked, they find what reading every record
 * finds, in the same order. */
#include "services/auditor/activity.h"
#include "services/auditor/search.h"
#include "shared/json/write.h"
#include "tests/unit/seal/log_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECORDS_MOST = 16, SEQS_MOST = 8192, FILTERS = 25 };

static const int64_t epoch_ns = 1767225600 * AIS_NS_PER_S; /* 2026-01-01T00:00:00Z */

static struct lab {
    struct log_fixture f;
    struct index *index;
    struct catalog catalog;
    struct ais_seal_reader *reader;
    struct ais_arena *arena;
    uint64_t random;
    uint64_t number; /* of records made */
    bool crowded;    /* texts that no dictionary holds */
    bool orderly;    /* every record has a time of the usual form */
} lab;

static uint64_t below(uint64_t n)
{
    lab.random = lab.random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (lab.random >> 33) % n;
}

/* ---- A log that grows ---- */

static void begin_index(void)
{
    const struct ais_seal_position position = ais_seal_log_position(lab.f.log);
    lab.index = index_new(&position, ais_seal_log_head(lab.f.log).seq + 1);
    assert_non_null(lab.index);
    assert_int_equal(catalog_init(&lab.catalog, lab.index, lab.f.dir, lab.f.ring, position.segment, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_new(lab.f.dir, lab.f.ring, &lab.reader, NULL), AIS_OK);
}

static void end_index(void)
{
    ais_seal_reader_destroy(&lab.reader);
    catalog_done(&lab.catalog);
    index_destroy(&lab.index);
}

static int set_up(void **state)
{
    (void)state;
    lab = (struct lab){ .random = 42 };
    fixture_begin(&lab.f, 1);
    lab.f.conf.segment_size = 16 << 10;
    lab.f.conf.genesis = "{\"event\":\"log_created\",\"time\":\"2026-01-01T00:00:00.000000Z\",\"severity\":\"low\"}";
    assert_int_equal(fixture_open(&lab.f, NULL), AIS_OK);
    lab.arena = ais_arena_new(0);
    begin_index();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    end_index();
    ais_arena_destroy(&lab.arena);
    fixture_end(&lab.f);
    return 0;
}

static void restart(void)
{
    end_index();
    assert_int_equal(ais_seal_log_close(&lab.f.log, NULL), AIS_OK);
    assert_int_equal(fixture_open(&lab.f, NULL), AIS_OK);
    begin_index();
}

static void add_name(struct ais_buf *out, const char *key, const char *name, uint64_t kinds)
{
    char text[2048];
    if (below(8) == 0)
        return;
    int n = snprintf(text, sizeof text, "%s%" PRIu64, name, below(kinds));
    if (lab.crowded && below(3) == 0)
        n = snprintf(text, sizeof text, "%s-%0*" PRIu64, name, below(10) == 0 ? 1500 : 200, lab.number);
    ais_jw_string(out, key, text, (size_t)n);
}

/* Times run forward with small steps back, as those of records do. */
static void add_record(struct ais_buf *out)
{
    static const char *const decisions[] = { "allow", "require_approval", "block", "none", "perhaps" };
    static const char *const severities[] = { "informational", "low", "medium", "high", "critical" };
    static const char *const notes[] = { "plain words", "with \"quotes\" and\na line", "Z\xc3\xbcrich", "nothing" };
    char time[AIS_RFC3339_SIZE];
    lab.number++;
    ais_clock_rfc3339(epoch_ns + (int64_t)(lab.number * 1000 + below(5000)) * 1000, time);
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "event", below(5) == 0 ? "auth_failed" : "decision");
    if (lab.orderly || below(50) != 0)
        ais_jw_text(out, "time", !lab.orderly && below(50) == 0 ? "2026-01-01T00:00:00Z" : time);
    ais_jw_text(out, "severity", severities[below(5)]);
    ais_jw_text(out, "decision", decisions[below(5)]);
    add_name(out, "decision_id", "decision-", 100);
    add_name(out, "user_id", "user-", 7);
    add_name(out, "session_id", "session-", 30);
    add_name(out, "tool", "tool-", 5);
    ais_jw_begin_object(out, "caller");
    add_name(out, "key_id", "key-", 4);
    ais_jw_end_object(out);
    if (below(3) == 0) {
        ais_jw_begin_array(out, "correlated");
        ais_jw_end_array(out);
    }
    ais_jw_begin_array(out, "rules");
    for (uint64_t i = below(4); i > 0; i--) {
        ais_jw_begin_object(out, NULL);
        add_name(out, "rule", "rule-", 6);
        add_name(out, "rulepack", "pack-", 3);
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
    ais_jw_begin_array(out, "reasons");
    if (below(2) == 0)
        ais_jw_text(out, NULL, notes[below(4)]);
    ais_jw_end_array(out);
    ais_jw_text(out, "note", notes[below(4)]);
    ais_jw_end_object(out);
    assert_false(out->failed);
}

/* One commit, as the auditor makes it. */
static void commit(bool certain)
{
    struct ais_buf texts[RECORDS_MOST] = { { 0 } };
    struct ais_seal_record records[RECORDS_MOST];
    struct row rows[RECORDS_MOST];
    size_t count = 1 + below(RECORDS_MOST);
    uint64_t first = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ais_json *tree = NULL;
        add_record(&texts[i]);
        records[i] = (struct ais_seal_record){ texts[i].data, texts[i].length };
        assert_int_equal(ais_seal_record_check(lab.arena, texts[i].data, texts[i].length, &tree, NULL), AIS_OK);
        index_read(lab.index, tree, texts[i].length, &rows[i]);
    }
    const struct ais_seal_batch batch = { .records = records, .count = count, .sync = true };
    assert_int_equal(ais_seal_log_commit(lab.f.log, &batch, &first, NULL), AIS_OK);
    const struct ais_seal_position position = ais_seal_log_position(lab.f.log);
    index_committed(lab.index, rows, count, first, &position, certain);
    const struct ais_seal_deletion deletion = ais_seal_log_deleted(lab.f.log);
    if (deletion.segments > 0)
        index_deleted(lab.index, deletion.newest);
    for (size_t i = 0; i < count; i++)
        ais_buf_done(&texts[i]);
}

static void grow(size_t commits)
{
    for (size_t i = 0; i < commits; i++)
        commit(true);
}

/* ---- Questions ---- */

struct seqs {
    uint64_t list[SEQS_MOST];
    size_t count;
    size_t damaged;
};

/* The parameters of a filter, as text: they outlive it. */
struct question {
    char values[8][64];
    const char *names[8];
    size_t count;
};

static void add_parameter(struct question *question, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add_parameter(struct question *question, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(question->values[question->count], sizeof question->values[0], format, args);
    va_end(args);
    question->names[question->count++] = name;
}

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

static void set_filter(struct ais_audit_filter *filter, const struct question *question)
{
    struct ais_why why = { 0 };
    ais_audit_filter_init(filter);
    for (size_t i = 0; i < question->count; i++)
        if (ais_audit_filter_set(filter, question->names[i], question->values[i], epoch_ns, &why) != AIS_OK)
            fail_msg("%s", why.text);
}

/* Every record read, and asked. */
static void scan(const struct ais_audit_filter *filter, struct seqs *ret)
{
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    struct ais_seal_commit commit;
    enum ais_err err;
    ret->count = ret->damaged = 0;
    assert_int_equal(ais_seal_reader_new(lab.f.dir, lab.f.ring, &reader, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, 0, NULL), AIS_OK);
    while ((err = ais_seal_reader_next(reader, &commit, NULL)) != AIS_E_NOT_FOUND) {
        ret->damaged += err == AIS_E_DAMAGED;
        if (err == AIS_E_DAMAGED)
            continue;
        assert_int_equal(err, AIS_OK);
        uint64_t seq = commit.seq;
        for (const struct ais_json *record = commit.records->first; record != NULL; record = record->next, seq++) {
            if (!ais_audit_filter_match(filter, record, commit.payload + record->begin, record->end - record->begin))
                continue;
            assert_true(ret->count < SEQS_MOST);
            ret->list[ret->count++] = seq;
        }
    }
    for (size_t i = 0; !filter->ascending && i < ret->count / 2; i++) {
        uint64_t other = ret->list[i];
        ret->list[i] = ret->list[ret->count - 1 - i];
        ret->list[ret->count - 1 - i] = other;
    }
}

/* One page; the cursor of the next, or 0. */
static uint64_t page(const struct ais_audit_filter *filter, struct seqs *found)
{
    static const struct ais_json_limits limits = { .depth = 96 };
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    const struct ais_json *answer = NULL;
    struct ais_why why = { 0 };
    if (search_log(&lab.catalog, lab.reader, filter, &body, &why) != AIS_OK)
        fail_msg("%s", why.text);
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

/* ---- The summary ---- */

static void summarise(const char *window, int64_t now_ns, const struct ais_json **ret)
{
    static const struct ais_json_limits limits = { .depth = 8 };
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    int64_t window_ns = 0;
    assert_int_equal(activity_window(window, &window_ns, NULL), AIS_OK);
    assert_int_equal(activity_summary(&lab.catalog, window, window_ns, now_ns, &body, NULL), AIS_OK);
    ais_arena_reset(lab.arena);
    assert_int_equal(ais_json_read(lab.arena, body.data, body.length, &limits, ret, NULL), AIS_OK);
}

static uint64_t number_of(const struct ais_json *node, const char *name)
{
    uint64_t number = UINT64_MAX;
    assert_true(ais_json_get_u64(node, name, &number));
    return number;
}

/* Every count is what a search of the same window finds. */
static void check_counts(const struct ais_json *summary, const char *list, const char *parameter, size_t parameters)
{
    static struct seqs wanted;
    const struct ais_json *entry = ais_json_get(summary, list)->first;
    uint64_t before = UINT64_MAX;
    assert_non_null(entry);
    for (; entry != NULL; entry = entry->next) {
        struct question question = { .count = 0 };
        struct ais_audit_filter filter;
        for (const struct ais_json *member = entry->first; member->next != NULL; member = member->next)
            add_parameter(&question, member->key, "%s", member->text);
        assert_int_equal(question.count, parameters);
        assert_string_equal(question.names[question.count - 1], parameter);
        add_parameter(&question, "since", "%s", ais_json_get_text(summary, "since"));
        set_filter(&filter, &question);
        scan(&filter, &wanted);
        assert_true(number_of(entry, "count") <= before);
        before = number_of(entry, "count");
        assert_int_equal(before, wanted.count);
    }
}

static void the_summary_counts_what_searches_find(void **state)
{
    (void)state;
    static struct seqs wanted;
    const struct ais_json *summary;
    lab.orderly = true;
    grow(60);
    restart();
    grow(40);
    int64_t now = epoch_ns + (int64_t)(lab.number * 500) * 1000 + AIS_NS_PER_S; /* since the middle */
    summarise("1s", now, &summary);
    check_counts(summary, "by_tool", "tool", 1);
    check_counts(summary, "by_user", "user_id", 1);
    const struct question question = { .names = { "since" }, .count = 1 };
    struct question since = question;
    snprintf(since.values[0], sizeof since.values[0], "%s", ais_json_get_text(summary, "since"));
    struct ais_audit_filter filter;
    set_filter(&filter, &since);
    scan(&filter, &wanted);
    assert_true(wanted.count > 100 && wanted.count < lab.number);
    assert_int_equal(number_of(summary, "total"), wanted.count);
    assert_string_equal(ais_json_get_text(summary, "covers_since"), "2026-01-01T00:00:00.000000Z");
    assert_non_null(ais_json_get_text(summary, "first_event"));
    assert_int_equal(number_of(ais_json_get(summary, "others"), "by_tool"), 0);
}

static void an_empty_window_has_no_events(void **state)
{
    (void)state;
    const struct ais_json *summary;
    grow(5);
    summarise("1h", epoch_ns + 1000 * 86400 * AIS_NS_PER_S, &summary);
    assert_int_equal(number_of(summary, "total"), 0);
    assert_int_equal(ais_json_get(summary, "first_event")->kind, AIS_JSON_NULL);
    assert_int_equal(ais_json_get(summary, "by_tool")->count, 0);
}

static void what_no_dictionary_holds_is_counted_as_others(void **state)
{
    (void)state;
    const struct ais_json *summary;
    lab.crowded = lab.orderly = true;
    lab.f.conf.segment_size = 4 << 20;
    restart();
    grow(120);
    summarise("1d", epoch_ns + 3600 * AIS_NS_PER_S, &summary);
    const struct ais_json *list = ais_json_get(summary, "by_tool");
    uint64_t sum = number_of(ais_json_get(summary, "others"), "by_tool");
    assert_int_equal(list->count, ACTIVITY_LIST_MOST);
    assert_true(sum > 0);
    for (const struct ais_json *entry = list->first; entry != NULL; entry = entry->next)
        sum += number_of(entry, "count");
    uint64_t with_tool = 0;
    struct ais_audit_filter filter;
    static struct seqs all;
    ais_audit_filter_init(&filter);
    filter.q = "\"tool\":";
    scan(&filter, &all);
    with_tool = all.count;
    assert_int_equal(sum, with_tool);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        TEST(it_finds_what_reading_everything_finds),
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
        TEST(the_summary_counts_what_searches_find),
        TEST(an_empty_window_has_no_events),
        TEST(what_no_dictionary_holds_is_counted_as_others),
    };
    return cmocka_run_group_tests_name("auditor/search", tests, NULL, NULL);
}
