#include "services/auditor/search.h"

#include "services/auditor/select.h"
#include "services/auditor/yield.h"
#include "shared/json/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BODY_MOST = 3 << 20, /* a message between actors holds 4 MiB */
    DAMAGED_MOST = 32,   /* lines that an answer names */
    RECORD_DEPTH = 96,
    NEVER = -1,
    PAUSE_EVERY = 64, /* commits that hold nothing that is wanted */
};

/* One record of a commit. */
struct piece {
    const struct ais_json *record; /* NULL: not read yet */
    const char *bytes;
    size_t n;
};

struct spot {
    uint64_t segment, from; /* of an entry of the catalog, while others may change that */
};

struct search {
    struct catalog *catalog;               /* borrowed */
    struct ais_seal_reader *reader;        /* borrowed; its pass is ours */
    const struct ais_audit_filter *filter; /* borrowed */
    struct ais_buf *body;                  /* borrowed; what a client gets */
    search_taker *take;                    /* or who gets each record by itself; NULL: nobody */
    void *arg;
    const struct search_pause *pause; /* borrowed; NULL: nobody is let in */
    bool interrupted;                 /* somebody is to be let in before the entry is finished */
    bool let_in;                      /* somebody was, and the catalog may have changed */
    uint64_t seq;                     /* of the entry's commit that was looked at last; 0: none was */
    size_t at;                        /* its place */
    struct ais_arena *arena;          /* owned; one record's tree */
    struct ais_buf scratch;           /* owned */
    struct select *select;            /* owned */
    struct ais_seal_position upto;
    bool bounded; /* by upto */
    bool in_pass; /* the reader has a pass over the whole log */
    char damaged[DAMAGED_MOST][AIS_SEAL_LOG_NAME_SIZE + 160];
    size_t damaged_count;
    size_t found;
    uint64_t last;        /* number of the last record given */
    bool more, over;      /* there are more; nothing further is wanted */
    struct piece *pieces; /* owned; the records of a commit */
    size_t room;
    int64_t line; /* commit of the entry whose line the reader stands in; NEVER: in none */
};

static void search_done(struct search *search)
{
    ais_seal_reader_bare(search->reader, false);
    ais_seal_reader_end(search->reader);
    ais_arena_destroy(&search->arena);
    ais_buf_done(&search->scratch);
    free(search->select);
    free(search->pieces);
}

/* ---- The answer ---- */

static void note_damage(struct search *search, const char *text)
{
    for (size_t i = 0; i < search->damaged_count; i++)
        if (strcmp(search->damaged[i], text) == 0)
            return; /* two entries of one file know of it */
    if (search->damaged_count < DAMAGED_MOST)
        snprintf(search->damaged[search->damaged_count++], sizeof search->damaged[0], "%s", text);
}

static void give(struct search *search, const char *bytes, size_t n, uint64_t seq)
{
    bool too_long = search->found > 0 && search->body->length + n > BODY_MOST;
    if (search->found == search->filter->limit || too_long) {
        search->more = search->over = true;
        return;
    }
    ais_jw_raw(search->body, NULL, bytes, n);
    search->last = seq;
    search->found++;
}

static void end_body(struct search *search)
{
    ais_jw_end_array(search->body);
    if (search->more) {
        char cursor[AIS_AUDIT_CURSOR_SIZE];
        ais_audit_cursor_write(search->filter, search->last, cursor);
        ais_jw_text(search->body, "next_cursor", cursor);
    } else {
        ais_jw_null(search->body, "next_cursor");
    }
    if (search->damaged_count > 0) {
        ais_jw_begin_array(search->body, "damaged");
        for (size_t i = 0; i < search->damaged_count; i++)
            ais_jw_text(search->body, NULL, search->damaged[i]);
        ais_jw_end_array(search->body);
    }
    ais_jw_end_object(search->body);
}

/* ---- Records ---- */

static bool make_room(struct search *search, size_t count)
{
    if (count <= search->room)
        return true;
    struct piece *grown = reallocarray(search->pieces, count, sizeof *grown);
    if (grown == NULL)
        return false;
    search->pieces = grown;
    search->room = count;
    return true;
}

static enum ais_err look_at(struct search *search, const struct piece *piece, uint64_t seq, struct ais_why *why)
{
    static const struct ais_json_limits limits = { .depth = RECORD_DEPTH };
    const struct ais_json *record = piece->record;
    if (!ais_audit_filter_glance(search->filter, piece->bytes, piece->n, &search->scratch))
        return AIS_OK;
    if (record == NULL) {
        ais_arena_reset(search->arena);
        TRY(ais_json_read(search->arena, piece->bytes, piece->n, &limits, &record, why));
    }
    if (!ais_audit_filter_match(search->filter, record, piece->bytes, piece->n))
        return AIS_OK;
    if (search->take != NULL)
        search->over = !search->take(search->arg, record, seq);
    else
        give(search, piece->bytes, piece->n, seq);
    return AIS_OK;
}

static void take_tree(struct search *search, const struct ais_seal_commit *commit)
{
    size_t i = 0;
    for (const struct ais_json *record = commit->records->first; record != NULL; record = record->next)
        search->pieces[i++] = (struct piece){ record, commit->payload + record->begin, record->end - record->begin };
}

/* Whether n bytes are the begin of this record: a number that stands in front of it, and nothing else is looked at. */
static bool begins(const char *bytes, size_t n, uint64_t seq)
{
    char head[32];
    int length = snprintf(head, sizeof head, "{\"seq\":%" PRIu64 ",", seq);
    return n >= (size_t)length && memcmp(bytes, head, (size_t)length) == 0;
}

/* Takes a payload apart by the lengths of its records, from its end on ("…}]}"), without reading it. False: it is not
 * built that way. */
static bool take_pieces(struct search *search, const struct index_part *part, const struct index_commit *indexed,
                        const struct ais_seal_commit *commit)
{
    size_t end = commit->length - 2;
    if (commit->length < 2 || memcmp(commit->payload + end, "]}", 2) != 0)
        return false;
    for (size_t i = indexed->rows; i > 0; i--) {
        const struct row *row = list_at(&part->rows, indexed->first_row + i - 1);
        if (row->length > end || !begins(commit->payload + end - row->length, row->length, indexed->seq + i - 1))
            return false;
        search->pieces[i - 1] = (struct piece){ NULL, commit->payload + end - row->length, row->length };
        if (commit->payload[end - row->length - 1] != (i > 1 ? ',' : '['))
            return false;
        end -= row->length + 1;
    }
    return true;
}

/* ---- A part that is in the index ---- */

/* Puts the reader in front of commit i. The line that it stands in may hold it too. AIS_E_NOT_FOUND: it is gone. */
static enum ais_err seek(struct search *search, struct catalog_entry *entry, size_t i, struct ais_why *why)
{
    enum ais_seal_order order = search->filter->ascending ? AIS_SEAL_OLDEST_FIRST : AIS_SEAL_NEWEST_FIRST;
    struct ais_seal_place place, current;
    TRY(catalog_place(search->catalog, entry, i, &place, why));
    if (search->line != NEVER) {
        TRY(catalog_place(search->catalog, entry, (size_t)search->line, &current, why));
        if (current.offset == place.offset && current.inode == place.inode)
            return AIS_OK;
    }
    search->line = (int64_t)i;
    enum ais_err err = ais_seal_reader_seek(search->reader, order, &place, why);
    if (err != AIS_E_STALE)
        return err;
    entry->misplaced = true; /* replaced in this moment */
    TRY(catalog_place(search->catalog, entry, i, &place, why));
    return ais_seal_reader_seek(search->reader, order, &place, why);
}

/* Reads commit i. AIS_E_NOT_FOUND: it is not where it should be; AIS_E_DAMAGED. */
static enum ais_err read_commit(struct search *search, struct catalog_entry *entry, size_t i,
                                struct ais_seal_commit *ret, struct ais_why *why)
{
    const struct index_commit *indexed = list_at(&entry->part->commits, i);
    int64_t before = search->line;
    TRY(seek(search, entry, i, why));
    for (;;) {
        enum ais_err err = ais_seal_reader_next(search->reader, ret, why);
        if (err == AIS_OK && ret->seq == indexed->seq)
            return AIS_OK;
        if (err == AIS_OK)
            continue;
        bool went_past = err == AIS_E_NOT_FOUND && before != NEVER && before == search->line;
        search->line = before = NEVER;
        if (!went_past)
            return err;
        TRY(seek(search, entry, i, why));
    }
}

/* Whether retention has taken the file meanwhile: then nothing is missing, as where it had gone before. The auditor
 * tells of it a moment after it has gone. That somebody else took it is what verifying finds. */
static bool is_deleted(const struct search *search, const struct catalog_entry *entry)
{
    struct ais_file_info info;
    return entry->part->segment <= index_newest_deleted(search->catalog->index) ||
           (entry->complete &&
            ais_seal_reader_stat(search->reader, entry->part->segment, &info, NULL) == AIS_E_NOT_FOUND);
}

static enum ais_err search_commit(struct search *search, struct catalog_entry *entry, size_t i, struct ais_why *why)
{
    const struct index_commit *indexed = list_at(&entry->part->commits, i);
    struct ais_seal_commit commit;
    struct ais_why reason = { 0 };
    yield_to_others();
    enum ais_err err = read_commit(search, entry, i, &commit, &reason);
    if (err == AIS_E_DAMAGED || err == AIS_E_NOT_FOUND) {
        bool is_known = err == AIS_E_NOT_FOUND && entry->damaged_count > 0; /* it is one of the damaged lines */
        if (!is_known && !is_deleted(search, entry))
            note_damage(search, reason.text);
        return AIS_OK;
    }
    if (err != AIS_OK)
        return ais_fail(why, err, "%s", reason.text);
    if (!ais_audit_filter_glance(search->filter, commit.payload, commit.length, &search->scratch))
        return AIS_OK;
    if (!make_room(search, indexed->rows))
        return ais_fail(why, AIS_E_NOMEM, "a search");
    if (!take_pieces(search, entry->part, indexed, &commit)) {
        TRY(ais_seal_reader_parse(search->reader, &commit, why));
        if (commit.count != indexed->rows)
            return ais_fail(why, AIS_E_INTERNAL, "%s: the index does not know these records", commit.file);
        take_tree(search, &commit);
    }
    for (size_t j = 0; j < indexed->rows && !search->over; j++) {
        size_t at = search->filter->ascending ? j : indexed->rows - 1 - j;
        if (select_row(search->select, list_at(&entry->part->rows, indexed->first_row + at)))
            TRY(look_at(search, &search->pieces[at], indexed->seq + at, why));
    }
    return AIS_OK;
}

/* Whether a commit may hold what is wanted, as far as its rows tell. */
static bool is_wanted(const struct search *search, const struct index_part *part, const struct index_commit *commit)
{
    uint64_t cursor = search->filter->cursor;
    bool ascending = search->filter->ascending;
    if (cursor != 0 && (ascending ? commit->seq + commit->rows - 1 <= cursor : commit->seq >= cursor))
        return false;
    return select_commit(search->select, part, commit);
}

static void note_known_damage(struct search *search, const struct catalog_entry *entry)
{
    char name[AIS_SEAL_LOG_NAME_SIZE], text[sizeof search->damaged[0]];
    catalog_file_name(search->catalog, entry, name);
    for (size_t i = 0; i < entry->damaged_count + 2; i++) {
        const struct catalog_damage *damage = i == 0   ? &entry->before
                                              : i == 1 ? &entry->inside
                                                       : &entry->damaged[i - 2];
        snprintf(text, sizeof text, "%s:%" PRIu64 ": %s", name, damage->line, damage->text);
        if (damage->text[0] != '\0')
            note_damage(search, text);
    }
}

/* ---- Letting others in ---- */

static bool pause_is_wanted(const struct search *search)
{
    return search->pause != NULL && search->pause->wanted(search->pause->arg);
}

static void pause(struct search *search)
{
    search->pause->take(search->pause->arg);
    search->interrupted = false;
    search->let_in = true;
}

/* How many of the entry's commits, in the search's order, were looked at before it was interrupted. */
static size_t looked_at(const struct search *search, const struct catalog_entry *entry, size_t count)
{
    const struct list *commits = &entry->part->commits;
    const struct index_commit *commit = NULL;
    size_t at = search->at;
    if (search->seq == 0)
        return 0;
    if (at < count)
        commit = list_at(commits, at);
    if (commit == NULL || commit->seq != search->seq) /* the file was read into the index anew */
        for (at = 0; at < count && (commit = list_at(commits, at))->seq < search->seq; at++)
            continue;
    bool found = at < count && commit->seq == search->seq;
    return search->filter->ascending ? at + found : count - at;
}

static enum ais_err search_rows(struct search *search, struct catalog_entry *entry, struct ais_why *why)
{
    enum ais_err err = catalog_check(search->catalog, entry, why);
    if (err == AIS_E_NOT_FOUND)
        return AIS_OK; /* retention has taken it */
    TRY(err);
    note_known_damage(search, entry);
    size_t count = catalog_commits(entry);
    select_init(search->select, search->filter, index_key(search->catalog->index), entry->part);
    search->line = NEVER;
    search->in_pass = false;
    ais_seal_reader_bare(search->reader, true);
    size_t i = looked_at(search, entry, count);
    for (; i < count && !search->over && !search->select->none && !search->interrupted; i++) {
        size_t at = search->filter->ascending ? i : count - 1 - i;
        const struct index_commit *commit = list_at(&entry->part->commits, at);
        bool wanted = is_wanted(search, entry->part, commit);
        yield_now_and_then(i);
        search->seq = commit->seq;
        search->at = at;
        if (wanted)
            TRY(search_commit(search, entry, at, why));
        if (wanted || i % PAUSE_EVERY == 0)
            search->interrupted = pause_is_wanted(search);
    }
    ais_seal_reader_bare(search->reader, false);
    return AIS_OK;
}

/* ---- Files that are not in the index ---- */

static enum ais_err scan_commit(struct search *search, struct ais_seal_commit *commit, uint64_t from, uint64_t until,
                                struct ais_why *why)
{
    if (!ais_audit_filter_glance(search->filter, commit->payload, commit->length, &search->scratch))
        return AIS_OK;
    TRY(ais_seal_reader_parse(search->reader, commit, why));
    if (!make_room(search, commit->count))
        return ais_fail(why, AIS_E_NOMEM, "a search");
    take_tree(search, commit);
    for (size_t i = 0; i < commit->count && !search->over; i++) {
        size_t at = search->filter->ascending ? i : commit->count - 1 - i;
        if (commit->seq + at >= from && commit->seq + at < until)
            TRY(look_at(search, &search->pieces[at], commit->seq + at, why));
    }
    return AIS_OK;
}

static enum ais_err scan_pass(struct search *search, uint64_t from, uint64_t until, struct ais_why *why)
{
    while (!search->over) {
        struct ais_seal_commit commit;
        struct ais_why reason = { 0 };
        yield_to_others();
        ais_seal_reader_bare(search->reader, true);
        enum ais_err err = ais_seal_reader_next(search->reader, &commit, &reason);
        if (err == AIS_E_NOT_FOUND)
            break;
        if (err == AIS_E_DAMAGED) {
            note_damage(search, reason.text);
            continue;
        }
        if (err != AIS_OK)
            return ais_fail(why, err, "%s", reason.text);
        TRY(scan_commit(search, &commit, from, until, why));
        if (pause_is_wanted(search))
            pause(search); /* the pass is ours alone */
    }
    ais_seal_reader_bare(search->reader, false);
    return AIS_OK;
}

static enum ais_err start_pass(struct search *search, struct ais_why *why)
{
    enum ais_seal_order order = search->filter->ascending ? AIS_SEAL_OLDEST_FIRST : AIS_SEAL_NEWEST_FIRST;
    if (search->in_pass)
        return AIS_OK;
    TRY(ais_seal_reader_start(search->reader, order, search->bounded ? &search->upto : NULL, search->filter->cursor,
                              why));
    search->in_pass = true;
    return AIS_OK;
}

static enum ais_err scan_file(struct search *search, struct catalog_entry *entry, struct ais_why *why)
{
    TRY(start_pass(search, why));
    enum ais_err err = ais_seal_reader_only(search->reader, entry->part->segment, why);
    if (err == AIS_E_NOT_FOUND)
        return AIS_OK;
    TRY(err);
    return scan_pass(search, entry->part->from, entry->until, why);
}

/* ---- All of it ---- */

static struct catalog_entry *entry_at(const struct search *search, size_t i)
{
    size_t count = search->catalog->count;
    return search->catalog->entries[search->filter->ascending ? i : count - 1 - i];
}

static int compare_spots(const struct spot *a, const struct spot *b)
{
    if (a->segment != b->segment)
        return a->segment < b->segment ? -1 : 1;
    return (a->from > b->from) - (a->from < b->from);
}

static struct spot spot_of(const struct catalog_entry *entry)
{
    return (struct spot){ entry->part->segment, entry->part->from };
}

/* Where the search goes on behind an entry that it has looked at, or in the middle of it. */
static size_t go_on(struct search *search, size_t i, const struct spot *spot)
{
    bool unfinished = search->interrupted;
    if (unfinished)
        pause(search);
    size_t count = search->catalog->count;
    for (size_t at = 0; search->let_in && at < count; at++) {
        const struct spot found = spot_of(entry_at(search, at));
        int compared = compare_spots(&found, spot) * (search->filter->ascending ? 1 : -1);
        if (compared > 0 || (compared == 0 && unfinished)) {
            search->let_in = false;
            search->seq = compared == 0 ? search->seq : 0;
            return at;
        }
    }
    search->seq = 0;
    return search->let_in ? count : i + 1;
}

static enum ais_err search_entries(struct search *search, struct ais_why *why)
{
    search->bounded = catalog_position(search->catalog, &search->upto);
    if (!search->bounded) {
        TRY(start_pass(search, why));
        return scan_pass(search, 0, UINT64_MAX, why);
    }
    for (size_t i = 0; i < search->catalog->count && !search->over;) {
        struct catalog_entry *entry = entry_at(search, i);
        const struct spot spot = spot_of(entry);
        TRY(catalog_is_indexed(entry) ? search_rows(search, entry, why) : scan_file(search, entry, why));
        i = go_on(search, i, &spot);
    }
    return AIS_OK;
}

static enum ais_err run(struct search *search, struct ais_why *why)
{
    search->arena = ais_arena_new(0);
    search->select = malloc(sizeof *search->select);
    if (search->arena == NULL || search->select == NULL)
        return ais_fail(why, AIS_E_NOMEM, "a search");
    TRY(catalog_refresh(search->catalog, why));
    return search_entries(search, why);
}

enum ais_err search_log(struct catalog *catalog, struct ais_seal_reader *reader, const struct ais_audit_filter *filter,
                        const struct search_pause *pause, struct ais_buf *body, struct ais_why *why)
{
    AUTO(search_done)
    struct search search = { .catalog = catalog, .reader = reader, .filter = filter, .pause = pause, .body = body };
    ais_jw_begin_object(body, NULL);
    ais_jw_begin_array(body, "logs");
    TRY(run(&search, why));
    end_body(&search);
    return body->failed ? ais_fail(why, AIS_E_NOMEM, "the answer of a search") : AIS_OK;
}

enum ais_err search_records(struct catalog *catalog, struct ais_seal_reader *reader,
                            const struct ais_audit_filter *filter, search_taker *take, void *arg, bool *ret_damaged,
                            struct ais_why *why)
{
    AUTO(search_done)
    struct search search = { .catalog = catalog, .reader = reader, .filter = filter, .take = take, .arg = arg };
    TRY(run(&search, why));
    *ret_damaged = search.damaged_count > 0;
    return AIS_OK;
}
