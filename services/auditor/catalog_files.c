/* What the catalog has to do with files: it reads into the index what was there before, several at once, and finds the
 * lines of those that were replaced or altered. */
#include "services/auditor/catalog.h"
#include "services/auditor/yield.h"

#include "shared/audit/event.h"
#include "shared/log/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKS = 256 }; /* at files, at once */

/* ---- Reading ---- */

/* Remembers a damaged line; text is "FILE:LINE: REASON". */
static void note_damage(struct catalog_entry *entry, const char *text)
{
    const char *line = strchr(text, ':'), *reason = line != NULL ? strchr(line + 1, ':') : NULL;
    if (entry->damaged == NULL)
        entry->damaged = calloc(CATALOG_DAMAGED_MOST, sizeof *entry->damaged);
    if (reason == NULL || entry->damaged == NULL || entry->damaged_count == CATALOG_DAMAGED_MOST)
        return;
    struct catalog_damage *damage = &entry->damaged[entry->damaged_count++];
    damage->line = strtoull(line + 1, NULL, 10);
    snprintf(damage->text, sizeof damage->text, "%.100s", reason + 2);
}

/* Begins to read the entry's file and nothing else. AIS_E_NOT_FOUND: it is gone. */
static enum ais_err open_file(const struct catalog *catalog, struct ais_seal_reader *reader,
                              const struct catalog_entry *entry, struct ais_why *why)
{
    struct ais_seal_position position;
    bool bounded = catalog_position(catalog, &position);
    TRY(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, bounded ? &position : NULL, 0, why));
    return ais_seal_reader_only(reader, entry->part->segment, why);
}

static enum ais_err add_commit(const struct catalog *catalog, struct catalog_eye *eye, struct ais_places *places,
                               struct index_part *part, const struct ais_seal_commit *commit, struct ais_why *why)
{
    size_t count = 0;
    if (commit->count > eye->rows_room) {
        struct row *grown = reallocarray(eye->rows, commit->count, sizeof *grown);
        if (grown == NULL)
            return ais_fail(why, AIS_E_NOMEM, "the index of the log");
        eye->rows = grown;
        eye->rows_room = commit->count;
    }
    for (const struct ais_json *record = commit->records->first; record != NULL; record = record->next) {
        struct row *row = &eye->rows[count++];
        row_read(index_key(catalog->index), part->dictionaries, record, record->end - record->begin, row);
        if (row->kind == AIS_AUDIT_INTEGRITY_FAULT)
            ais_places_read(places, record, part->segment);
    }
    if (part->inode == 0)
        part->inode = commit->inode;
    if (!index_part_add(part, commit->seq, commit->offset, commit->width, eye->rows, count))
        return ais_fail(why, AIS_E_NOMEM, "the index of the log");
    return AIS_OK;
}

static enum ais_err read_commits(const struct catalog *catalog, struct catalog_eye *eye, struct catalog_entry *entry,
                                 struct index_part *part, struct ais_why *why)
{
    entry->damaged_count = 0;
    ais_places_done(&entry->places);
    catalog_chain_begin(entry);
    for (;;) {
        struct ais_seal_commit commit;
        struct ais_why reason = { 0 };
        yield_to_others();
        enum ais_err err = ais_seal_reader_next(eye->reader, &commit, &reason);
        if (err == AIS_E_DAMAGED) {
            note_damage(entry, reason.text);
            continue;
        }
        if (err == AIS_E_NOT_FOUND || (err == AIS_OK && commit.seq >= entry->until))
            return AIS_OK;
        if (err != AIS_OK)
            return ais_fail(why, err, "%s", reason.text);
        if (commit.seq < entry->part->from)
            continue;
        catalog_chain_add(entry, &commit);
        TRY(add_commit(catalog, eye, &entry->places, part, &commit, why));
    }
}

static enum ais_err read_file(const struct catalog *catalog, struct catalog_eye *eye, struct catalog_entry *entry,
                              struct index_part **ret, struct ais_why *why)
{
    struct index_part *part = index_part_new(entry->part->segment, 0, entry->part->from);
    if (part == NULL)
        return ais_fail(why, AIS_E_NOMEM, "the index of the log");
    enum ais_err err = open_file(catalog, eye->reader, entry, why);
    if (err == AIS_OK)
        err = read_commits(catalog, eye, entry, part, why);
    ais_seal_reader_end(eye->reader);
    if (err != AIS_OK && err != AIS_E_NOT_FOUND) {
        index_part_free(&part);
        return err;
    }
    for (size_t i = 0; i < ROW_TEXTS; i++)
        dictionary_close(&part->dictionaries[i]);
    index_part_publish(part);
    *ret = part;
    return AIS_OK;
}

enum ais_err catalog_read(struct catalog *catalog, struct catalog_entry *entry, struct index_part **ret,
                          struct ais_why *why)
{
    return read_file(catalog, &catalog->eyes[0], entry, ret, why);
}

/* Whether the file is to be read into the index. One that is broken and still appended to has to wait. */
static bool is_to_be_indexed(const struct catalog_entry *entry)
{
    return !entry->failed && (entry->unread || (entry->complete && !catalog_is_indexed(entry)));
}

static bool is_to_be_read(const struct catalog_entry *entry)
{
    return is_to_be_indexed(entry) || (entry->misplaced && !entry->failed);
}

size_t catalog_left(const struct catalog *catalog)
{
    size_t left = 0;
    for (size_t i = 0; i < catalog->count; i++)
        left += is_to_be_read(catalog->entries[i]);
    return left;
}

/* Puts a part that was read in the place of the one that was not, or is broken. Of the newest entry the writer's part
 * stays: the way to the next one leads through it. */
static void replace_part(struct catalog_entry *entry, struct index_part *part)
{
    index_part_free(&entry->part);
    entry->part = part;
    entry->unread = false;
    free(TAKE(entry->moved));
    entry->misplaced = false;
}

/* ---- Lines ---- */

/* The commit that begins with this record among the first count; count: none does. */
static size_t find_commit(const struct catalog_entry *entry, size_t count, uint64_t seq)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct index_commit *commit = list_at(&entry->part->commits, middle);
        if (commit->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    const struct index_commit *commit = low < count ? list_at(&entry->part->commits, low) : NULL;
    return commit != NULL && commit->seq == seq ? low : count;
}

static enum ais_err locate_lines(struct catalog *catalog, struct catalog_entry *entry, size_t count,
                                 struct ais_why *why)
{
    TRY(open_file(catalog, catalog->eyes[0].reader, entry, why));
    entry->damaged_count = 0;
    for (;;) {
        struct ais_seal_commit commit;
        struct ais_why reason = { 0 };
        yield_to_others();
        enum ais_err err = ais_seal_reader_next(catalog->eyes[0].reader, &commit, &reason);
        if (err == AIS_E_DAMAGED) {
            note_damage(entry, reason.text);
            continue;
        }
        if (err == AIS_E_NOT_FOUND)
            return AIS_OK;
        if (err != AIS_OK)
            return ais_fail(why, err, "%s", reason.text);
        size_t i = find_commit(entry, count, commit.seq);
        if (i < count)
            entry->moved[i] = (struct catalog_line){ commit.offset, (uint32_t)commit.width };
        entry->inode = commit.inode;
    }
}

/* Reads every line of a file that was replaced or altered, as far as it takes to know whose it is. */
static enum ais_err locate(struct catalog *catalog, struct catalog_entry *entry, struct ais_why *why)
{
    size_t count = catalog_commits(entry);
    free(entry->moved);
    entry->moved = calloc(count + 1, sizeof *entry->moved);
    if (entry->moved == NULL)
        return ais_fail(why, AIS_E_NOMEM, "the index of the log");
    ais_seal_reader_bare(catalog->eyes[0].reader, true);
    enum ais_err err = locate_lines(catalog, entry, count, why);
    ais_seal_reader_bare(catalog->eyes[0].reader, false);
    ais_seal_reader_end(catalog->eyes[0].reader);
    entry->misplaced = err != AIS_OK;
    return err;
}

enum ais_err catalog_check(struct catalog *catalog, struct catalog_entry *entry, struct ais_why *why)
{
    struct ais_file_info info;
    if (!entry->complete)
        return AIS_OK;
    TRY(ais_seal_reader_stat(catalog->eyes[0].reader, entry->part->segment, &info, why));
    if (entry->inode != info.inode) {
        entry->misplaced = entry->misplaced || entry->inode != 0;
        entry->inode = info.inode;
        entry->modified_ns = info.modified_ns;
        return AIS_OK;
    }
    bool altered = entry->modified_ns != 0 && entry->modified_ns != info.modified_ns;
    entry->modified_ns = info.modified_ns;
    return altered ? locate(catalog, entry, why) : AIS_OK;
}

enum ais_err catalog_place(struct catalog *catalog, struct catalog_entry *entry, size_t i, struct ais_seal_place *ret,
                           struct ais_why *why)
{
    const struct index_commit *commit = list_at(&entry->part->commits, i);
    if (entry->misplaced)
        TRY(locate(catalog, entry, why));
    *ret = (struct ais_seal_place){
        .segment = entry->part->segment,
        .inode = entry->complete || entry->moved != NULL ? entry->inode : entry->part->inode,
        .offset = entry->moved != NULL ? entry->moved[i].offset : commit->offset,
        .width = entry->moved != NULL ? entry->moved[i].width : commit->width,
    };
    if (ret->width == 0)
        return ais_fail(why, AIS_E_NOT_FOUND, "record %" PRIu64 " is not in its file any more", commit->seq);
    return AIS_OK;
}

/* ---- In the background ---- */

void catalog_look_around(struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->count && i < LOOKS; i++) {
        size_t at = catalog->looked_at++ % catalog->count;
        struct catalog_entry *entry = catalog->entries[at];
        struct ais_why why = { 0 };
        if (!entry->complete || !catalog_is_indexed(entry))
            continue;
        enum ais_err err = catalog_check(catalog, entry, &why);
        if (err != AIS_OK && err != AIS_E_NOT_FOUND)
            ais_log_why(AIS_LOG_WARNING, &why, "a file of the audit log cannot be looked at");
    }
}

/* Reads a file into the index. Several threads may do this at once, each with its own eye for its own entry. */
static enum ais_err index_file(const struct catalog *catalog, struct catalog_eye *eye, struct catalog_entry *entry,
                               struct ais_why *why)
{
    struct ais_file_info info = { 0 };
    struct index_part *part = NULL;
    bool known = entry->complete && ais_seal_reader_stat(eye->reader, entry->part->segment, &info, NULL) == AIS_OK;
    TRY(read_file(catalog, eye, entry, &part, why));
    if (part == NULL)
        return AIS_OK;
    entry->inode = part->inode;
    entry->modified_ns = known && info.inode == part->inode ? info.modified_ns : 0;
    replace_part(entry, part);
    return AIS_OK;
}

/* Up to `most` entries to be read: those that are not in the index, the newest first, else one to be located. */
static size_t choose(const struct catalog *catalog, struct catalog_entry **ret, size_t most)
{
    size_t count = 0;
    struct catalog_entry *misplaced = NULL;
    for (size_t i = catalog->count; i > 0 && count < most; i--) {
        struct catalog_entry *entry = catalog->entries[i - 1];
        if (is_to_be_indexed(entry))
            ret[count++] = entry;
        else if (misplaced == NULL && is_to_be_read(entry))
            misplaced = entry;
    }
    if (count == 0 && misplaced != NULL)
        ret[count++] = misplaced;
    return count;
}

static void note_result(struct catalog_entry *entry, enum ais_err err, const struct ais_why *why)
{
    if (err == AIS_OK)
        return;
    entry->failed = true;
    if (err != AIS_E_NOT_FOUND) /* it was deleted */
        ais_log_why(AIS_LOG_WARNING, why, "a file of the audit log is not in the index; searches read it each time");
}

bool catalog_read_one(struct catalog *catalog)
{
    struct ais_why why = { 0 };
    struct catalog_entry *chosen = NULL;
    if (choose(catalog, &chosen, 1) == 0)
        return false;
    enum ais_err err =
        is_to_be_indexed(chosen) ? index_file(catalog, &catalog->eyes[0], chosen, &why) : locate(catalog, chosen, &why);
    note_result(chosen, err, &why);
    return true;
}

/* ---- Several at once ---- */

struct job {
    const struct catalog *catalog;
    struct catalog_eye *eye;
    struct catalog_entry *entry; /* nobody else's until the thread has ended */
    pthread_t thread;
    bool started;
    enum ais_err err;
    struct ais_why why;
};

static void *run_job(void *argument)
{
    struct job *job = argument;
    job->err = index_file(job->catalog, job->eye, job->entry, &job->why);
    return NULL;
}

/* Threads inherit our low priority. One that cannot be started leaves its file for the next round. */
bool catalog_read_some(struct catalog *catalog)
{
    struct catalog_entry *chosen[CATALOG_EYES_MOST];
    struct job jobs[CATALOG_EYES_MOST] = { 0 };
    size_t count = choose(catalog, chosen, catalog->eye_count);
    if (count < 2)
        return catalog_read_one(catalog);
    for (size_t i = 0; i < count; i++) {
        jobs[i] = (struct job){ .catalog = catalog, .eye = &catalog->eyes[i], .entry = chosen[i] };
        jobs[i].started = i > 0 && pthread_create(&jobs[i].thread, NULL, run_job, &jobs[i]) == 0;
    }
    (void)run_job(&jobs[0]);
    for (size_t i = 0; i < count; i++) {
        if (jobs[i].started)
            pthread_join(jobs[i].thread, NULL);
        if (i == 0 || jobs[i].started)
            note_result(jobs[i].entry, jobs[i].err, &jobs[i].why);
    }
    return true;
}
