#include "services/auditor/search.h"

#include "shared/json/write.h"

#include <stdlib.h>
#include <string.h>

enum {
    BODY_MOST = 3 << 20, /* a message between actors holds 4 MiB */
    DAMAGED_MOST = 32,   /* lines that an answer names */
};

struct row {
    const struct ais_json *record;
};

struct search {
    struct ais_seal_reader *reader;        /* borrowed; its pass is ours */
    const struct ais_audit_filter *filter; /* borrowed */
    struct ais_buf *body;                  /* borrowed */
    struct ais_buf damaged;                /* owned; elements of an array, joined by commas */
    size_t found, damaged_count;
    uint64_t last;    /* number of the last record given */
    bool more, over;  /* there are more; nothing further is wanted */
    struct row *rows; /* owned; the records of a commit */
    size_t capacity;
};

static void search_done(struct search *search)
{
    ais_seal_reader_end(search->reader);
    ais_buf_done(&search->damaged);
    free(search->rows);
}

static void look_at(struct search *search, const struct ais_seal_commit *commit, const struct ais_json *record,
                    uint64_t seq)
{
    const char *bytes = commit->payload + record->begin;
    size_t n = record->end - record->begin;
    if (!ais_audit_filter_match(search->filter, record, bytes, n))
        return;
    bool too_long = search->found > 0 && search->body->length + n > BODY_MOST;
    if (search->found == search->filter->limit || too_long) {
        search->more = search->over = true;
        return;
    }
    ais_jw_raw(search->body, NULL, bytes, n);
    search->last = seq;
    search->found++;
}

/* The records of a commit stand oldest first; they are looked at in the order that is asked for. */
static enum ais_err look_through(struct search *search, const struct ais_seal_commit *commit, struct ais_why *why)
{
    size_t count = commit->records->count, i = 0;
    if (count > search->capacity) {
        struct row *rows = realloc(search->rows, count * sizeof *rows);
        if (rows == NULL)
            return ais_fail(why, AIS_E_NOMEM, "a search");
        search->rows = rows;
        search->capacity = count;
    }
    for (const struct ais_json *record = commit->records->first; record != NULL; record = record->next)
        search->rows[i++].record = record;
    for (i = 0; i < count && !search->over; i++) {
        size_t at = search->filter->ascending ? i : count - 1 - i;
        look_at(search, commit, search->rows[at].record, commit->seq + at);
    }
    return AIS_OK;
}

static void note_damage(struct search *search, const char *text)
{
    if (search->damaged_count++ < DAMAGED_MOST)
        ais_jw_text(&search->damaged, NULL, text);
}

static void end_body(struct search *search)
{
    ais_jw_end_array(search->body);
    if (search->more) {
        char cursor[AIS_AUDIT_CURSOR_SIZE];
        ais_audit_cursor_write(search->last, cursor);
        ais_jw_text(search->body, "next_cursor", cursor);
    } else {
        ais_jw_null(search->body, "next_cursor");
    }
    if (search->damaged_count > 0) {
        ais_jw_end_array(&search->damaged);
        ais_jw_raw(search->body, "damaged", search->damaged.data, search->damaged.length);
    }
    ais_jw_end_object(search->body);
}

enum ais_err search_log(struct ais_seal_reader *reader, const struct ais_seal_position *upto,
                        const struct ais_audit_filter *filter, struct ais_buf *body, struct ais_why *why)
{
    AUTO(search_done) struct search search = { .reader = reader, .filter = filter, .body = body };
    ais_jw_begin_object(body, NULL);
    ais_jw_begin_array(body, "logs");
    ais_jw_begin_array(&search.damaged, NULL);
    TRY(ais_seal_reader_start(reader, filter->ascending ? AIS_SEAL_OLDEST_FIRST : AIS_SEAL_NEWEST_FIRST, upto,
                              filter->cursor, why));
    while (!search.over) {
        struct ais_seal_commit commit;
        struct ais_why reason = { 0 };
        enum ais_err err = ais_seal_reader_next(reader, &commit, &reason);
        if (err == AIS_E_NOT_FOUND)
            break;
        if (err == AIS_E_DAMAGED) {
            note_damage(&search, reason.text);
            continue;
        }
        if (err != AIS_OK)
            return ais_fail(why, err, "%s", reason.text);
        TRY(look_through(&search, &commit, why));
    }
    end_body(&search);
    return body->failed || search.damaged.failed ? ais_fail(why, AIS_E_NOMEM, "the answer of a search") : AIS_OK;
}
