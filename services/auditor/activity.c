#include "services/auditor/activity.h"

#include "services/auditor/tally.h"
#include "services/auditor/yield.h"
#include "shared/audit/filter.h"
#include "shared/json/write.h"

#include <stdlib.h>
#include <string.h>

enum {
    READING_MS = 5000, /* for files that are not in the index yet; whoever asks waits twice as long */
    NUMBERS = 1 << 16, /* of a dictionary */
};

/* The lists of the answer, in its order. A rule is "pack NUL rule". */
enum list_kind { BY_TOOL, BY_RULE, BY_USER, TOP_REASONS, LISTS };

static const char *const list_names[LISTS] = { "by_tool", "by_rule", "by_user", "top_reasons" };

struct summary {
    const struct row_key *key; /* borrowed */
    int64_t since_us, until_us;
    uint64_t total;
    uint64_t decisions[AIS_ACTION_COUNT], severities[AIS_SEVERITY_COUNT], kinds[AIS_AUDIT_KIND_COUNT];
    struct tally lists[LISTS];
    uint64_t *counts[ROW_TEXTS]; /* owned; by number, of one part */
    int64_t first_us, last_us;   /* of the records counted */
    int64_t oldest_us;           /* of the log; ROW_TIME_UNKNOWN: none */
    uint64_t damaged;
    struct index_part **read; /* owned; parts that were read for this answer */
    size_t read_count;
};

static void summary_done(struct summary *summary)
{
    for (size_t i = 0; i < LISTS; i++)
        tally_done(&summary->lists[i]);
    for (size_t i = 0; i < ROW_TEXTS; i++)
        free(summary->counts[i]);
    for (size_t i = 0; i < summary->read_count; i++)
        index_part_free(&summary->read[i]);
    free(summary->read);
}

enum ais_err activity_window(const char *text, int64_t *ret_ns, struct ais_why *why)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {
        {'s',  1    },
        { 'm', 60   },
        { 'h', 3600 },
        { 'd', 86400}
    };
    enum { DIGITS_MOST = 9, DAYS_MOST = 3650 };
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; digits > 0 && digits <= DIGITS_MOST && i < N_ELEMS(units); i++) {
        if (text[digits] != units[i].unit || text[digits + 1] != '\0')
            continue;
        int64_t seconds = strtoll(text, NULL, 10) * units[i].seconds;
        if (seconds < 1 || seconds > DAYS_MOST * INT64_C(86400))
            break;
        *ret_ns = seconds * AIS_NS_PER_S;
        return AIS_OK;
    }
    return ais_fail(why, AIS_E_INVALID,
                    "window: '%.60s' is not accepted; expected a number and one of s m h d, as 24h, at most %dd", text,
                    DAYS_MOST);
}

/* ---- Counting ---- */

static void count_row(struct summary *summary, const struct row *row)
{
    summary->total++;
    if (row->decision >= 0)
        summary->decisions[row->decision]++;
    if (row->severity >= 0)
        summary->severities[row->severity]++;
    if (row->kind >= 0)
        summary->kinds[row->kind]++;
    for (size_t i = 0; i < ROW_TEXTS; i++)
        summary->counts[i][row->texts[i]]++;
    if (summary->first_us == ROW_TIME_UNKNOWN || row->time_us < summary->first_us)
        summary->first_us = row->time_us;
    if (row->time_us > summary->last_us)
        summary->last_us = row->time_us;
}

/* The texts of a set, each with the NUL behind it; a rule is two of them. */
static void add_set(struct summary *summary, struct tally *tally, const struct dictionary_text *set, size_t texts,
                    uint64_t count)
{
    const char *at = set->bytes, *end = set->bytes + set->length;
    while (at < end) {
        size_t n = 0;
        for (size_t i = 0; i < texts; i++)
            n += strlen(at + n) + 1;
        tally_add(tally, at, n - 1, row_hash(summary->key, at, n - 1), count);
        at += n;
    }
}

/* What was counted by number goes to the texts, of which every part has its own numbers. */
static void gather(struct summary *summary, const struct index_part *part, enum row_text kind, enum list_kind list,
                   size_t set_of)
{
    struct tally *tally = &summary->lists[list];
    size_t count = dictionary_count(&part->dictionaries[kind]);
    for (size_t i = 1; i <= count; i++) {
        const struct dictionary_text *text = dictionary_at(&part->dictionaries[kind], (uint16_t)i);
        if (set_of == 0)
            tally_add(tally, text->bytes, text->length, text->hash, summary->counts[kind][i]);
        else if (summary->counts[kind][i] > 0)
            add_set(summary, tally, text, set_of, summary->counts[kind][i]);
        summary->counts[kind][i] = 0;
    }
    tally->others += summary->counts[kind][DICTIONARY_OVERFLOW];
    summary->counts[kind][DICTIONARY_OVERFLOW] = summary->counts[kind][DICTIONARY_ABSENT] = 0;
}

static void count_part(struct summary *summary, const struct index_part *part, uint64_t until)
{
    size_t commits = atomic_load_explicit(&part->count, memory_order_acquire);
    for (size_t i = 0; i < commits; i++) {
        const struct index_commit *commit = list_at(&part->commits, i);
        yield_now_and_then(i);
        for (size_t j = 0; j < commit->rows && commit->seq + j < until; j++) {
            const struct row *row = list_at(&part->rows, commit->first_row + j);
            if (row->time_us == ROW_TIME_UNKNOWN)
                continue;
            if (summary->oldest_us == ROW_TIME_UNKNOWN)
                summary->oldest_us = row->time_us;
            if (row->time_us >= summary->since_us && row->time_us <= summary->until_us)
                count_row(summary, row);
        }
    }
    gather(summary, part, ROW_TOOL, BY_TOOL, 0);
    gather(summary, part, ROW_RULES, BY_RULE, 2);
    gather(summary, part, ROW_USER, BY_USER, 0);
    gather(summary, part, ROW_REASONS, TOP_REASONS, 1);
}

/* A file that is not in the index is read for this answer. */
static enum ais_err count_file(struct summary *summary, struct catalog *catalog, struct catalog_entry *entry,
                               struct ais_why *why)
{
    struct index_part *part = NULL;
    TRY(catalog_read(catalog, entry, &part, why));
    summary->read[summary->read_count++] = part;
    count_part(summary, part, entry->until);
    return AIS_OK;
}

static enum ais_err read_what_is_left(struct catalog *catalog, struct ais_why *why)
{
    int64_t end_ns = ais_clock_mono() + READING_MS * AIS_NS_PER_MS;
    while (ais_clock_mono() < end_ns)
        if (!catalog_read_one(catalog))
            return AIS_OK;
    return ais_fail(why, AIS_E_TIMEOUT, "the audit log is still being read: %zu files are left; ask again",
                    catalog_left(catalog));
}

static enum ais_err count_all(struct summary *summary, struct catalog *catalog, struct ais_why *why)
{
    TRY(catalog_refresh(catalog, why));
    TRY(read_what_is_left(catalog, why));
    if (index_is_lost(catalog->index))
        return ais_fail(why, AIS_E_NOMEM, "memory ran out: until the next start the log is searched without its index");
    summary->read = calloc(catalog->count, sizeof(struct index_part *));
    if (summary->read == NULL)
        return ais_fail(why, AIS_E_NOMEM, "a summary");
    for (size_t i = 0; i < ROW_TEXTS; i++) {
        summary->counts[i] = calloc(NUMBERS, sizeof *summary->counts[i]);
        if (summary->counts[i] == NULL)
            return ais_fail(why, AIS_E_NOMEM, "a summary");
    }
    for (size_t i = 0; i < catalog->count; i++) {
        struct catalog_entry *entry = catalog->entries[i];
        if (catalog_is_indexed(entry))
            count_part(summary, entry->part, entry->until);
        else
            TRY(count_file(summary, catalog, entry, why));
        summary->damaged += catalog_faults(entry);
    }
    return AIS_OK;
}

/* ---- The answer ---- */

static void put_time(struct ais_buf *out, const char *key, int64_t time_us)
{
    char text[AIS_RFC3339_SIZE];
    if (time_us == ROW_TIME_UNKNOWN) {
        ais_jw_null(out, key);
        return;
    }
    ais_clock_rfc3339(time_us * 1000, text);
    ais_jw_text(out, key, text);
}

static void put_words(struct ais_buf *out, const struct summary *summary)
{
    ais_jw_begin_object(out, "by_decision");
    for (unsigned i = AIS_ACTION_NONE; i < AIS_ACTION_COUNT; i++)
        if (i != AIS_ACTION_NONE || summary->decisions[i] > 0)
            ais_jw_u64(out, ais_audit_decision_name((enum ais_action)i), summary->decisions[i]);
    ais_jw_end_object(out);
    ais_jw_begin_object(out, "by_severity");
    for (unsigned i = 0; i < AIS_SEVERITY_COUNT; i++)
        ais_jw_u64(out, ais_audit_severity_name((enum ais_severity)i), summary->severities[i]);
    ais_jw_end_object(out);
    ais_jw_begin_object(out, "by_event");
    for (unsigned i = 0; i < AIS_AUDIT_KIND_COUNT; i++)
        if (summary->kinds[i] > 0)
            ais_jw_u64(out, ais_audit_kind_name((enum ais_audit_kind)i), summary->kinds[i]);
    ais_jw_end_object(out);
}

static void put_text(struct ais_buf *out, enum list_kind list, const struct tally_row *row)
{
    static const char *const names[LISTS] = { [BY_TOOL] = "tool", [BY_USER] = "user_id", [TOP_REASONS] = "reason" };
    if (list != BY_RULE) {
        ais_jw_string(out, names[list], row->bytes, row->n);
        return;
    }
    size_t pack = strlen(row->bytes);
    ais_jw_string(out, "rulepack", row->bytes, pack);
    ais_jw_string(out, "rule", row->bytes + pack + 1, row->n - pack - 1);
}

static void put_lists(struct ais_buf *out, struct summary *summary)
{
    for (unsigned list = 0; list < LISTS; list++) {
        struct tally *tally = &summary->lists[list];
        tally_sort(tally, ACTIVITY_LIST_MOST);
        ais_jw_begin_array(out, list_names[list]);
        for (size_t i = 0; i < tally->count; i++) {
            ais_jw_begin_object(out, NULL);
            put_text(out, (enum list_kind)list, &tally->rows[i]);
            ais_jw_u64(out, "count", tally->rows[i].count);
            ais_jw_end_object(out);
        }
        ais_jw_end_array(out);
    }
    ais_jw_begin_object(out, "others");
    for (unsigned list = 0; list < LISTS; list++)
        ais_jw_u64(out, list_names[list], summary->lists[list].others);
    ais_jw_end_object(out);
}

enum ais_err activity_summary(struct catalog *catalog, const char *window, int64_t window_ns, int64_t now_ns,
                              struct ais_buf *body, struct ais_why *why)
{
    AUTO(summary_done)
    struct summary summary = {
        .key = index_key(catalog->index),
        .since_us = (now_ns - window_ns) / 1000,
        .until_us = now_ns / 1000,
        .first_us = ROW_TIME_UNKNOWN,
        .last_us = ROW_TIME_UNKNOWN,
        .oldest_us = ROW_TIME_UNKNOWN,
    };
    TRY(count_all(&summary, catalog, why));
    ais_jw_begin_object(body, NULL);
    ais_jw_text(body, "window", window);
    put_time(body, "since", summary.since_us);
    put_time(body, "until", summary.until_us);
    ais_jw_u64(body, "total", summary.total);
    put_words(body, &summary);
    put_lists(body, &summary);
    put_time(body, "first_event", summary.first_us);
    put_time(body, "last_event", summary.last_us);
    put_time(body, "covers_since", summary.oldest_us);
    if (summary.damaged > 0)
        ais_jw_u64(body, "damaged", summary.damaged);
    ais_jw_end_object(body);
    return body->failed ? ais_fail(why, AIS_E_NOMEM, "a summary") : AIS_OK;
}
