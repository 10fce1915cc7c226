#include "tests/unit/auditor/index_fixture.h"
#include "services/auditor/index.h"
#include "shared/json/write.h"

#include <inttypes.h>
#include <stdio.h>

enum { RECORDS_MOST = 16 };

const int64_t epoch_ns = 1767225600 * AIS_NS_PER_S; /* 2026-01-01T00:00:00Z */

struct lab lab;

uint64_t below(uint64_t n)
{
    lab.random = lab.random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (lab.random >> 33) % n;
}

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

int set_up(void **state)
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

int tear_down(void **state)
{
    (void)state;
    end_index();
    ais_arena_destroy(&lab.arena);
    fixture_end(&lab.f);
    return 0;
}

void restart(void)
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

void commit(bool certain)
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

void grow(size_t commits)
{
    for (size_t i = 0; i < commits; i++)
        commit(true);
}

void add_parameter(struct question *question, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(question->values[question->count], sizeof question->values[0], format, args);
    va_end(args);
    question->names[question->count++] = name;
}

void set_filter(struct ais_audit_filter *filter, const struct question *question)
{
    struct ais_why why = { 0 };
    ais_audit_filter_init(filter);
    for (size_t i = 0; i < question->count; i++)
        if (ais_audit_filter_set(filter, question->names[i], question->values[i], epoch_ns, &why) != AIS_OK)
            fail_msg("%s", why.text);
}

void scan(const struct ais_audit_filter *filter, struct seqs *ret)
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
