#include "services/auditor/catalog.h"

#include "shared/sys/processors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void entry_free(struct catalog_entry *entry)
{
    index_part_free(&entry->part);
    free(entry->moved);
    free(entry->damaged);
    ais_places_done(&entry->places);
    free(entry);
}

void catalog_done(struct catalog *catalog)
{
    if (catalog->index != NULL)
        (void)index_is_closed(catalog->index); /* what the writer did comes before what is freed now */
    struct index_part *part = catalog->count > 0 ? index_next(catalog->entries[catalog->count - 1]->part) : NULL;
    while (part != NULL) { /* what came after the last look at the writer */
        struct index_part *next = index_next(part);
        index_part_free(&part);
        part = next;
    }
    for (size_t i = 0; i < catalog->count; i++)
        entry_free(catalog->entries[i]);
    free(catalog->entries);
    ais_places_done(&catalog->places);
    for (size_t i = 0; i < CATALOG_EYES_MOST; i++) {
        free(catalog->eyes[i].rows);
        ais_seal_reader_destroy(&catalog->eyes[i].reader);
    }
    *catalog = (struct catalog){ 0 };
}

static bool make_room(struct catalog *catalog, size_t more)
{
    if (catalog->count + more <= catalog->room)
        return true;
    size_t room = 2 * catalog->room + more + 16;
    struct catalog_entry **grown = reallocarray(catalog->entries, room, sizeof(void *));
    if (grown == NULL)
        return false;
    catalog->entries = grown;
    catalog->room = room;
    return true;
}

static struct catalog_entry *entry_new(struct index_part *part)
{
    struct catalog_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return NULL;
    entry->part = part;
    entry->until = UINT64_MAX;
    return entry;
}

static enum ais_err append(struct catalog *catalog, struct index_part *part, struct ais_why *why)
{
    struct catalog_entry *entry = make_room(catalog, 1) ? entry_new(part) : NULL;
    if (entry == NULL)
        return ais_fail(why, AIS_E_NOMEM, "the list of the log's files");
    catalog->entries[catalog->count++] = entry;
    return AIS_OK;
}

enum ais_err catalog_init(struct catalog *catalog, struct index *index, struct ais_dir *dir,
                          const struct ais_keyring *ring, uint64_t began, struct ais_why *why)
{
    catalog->index = index;
    catalog->began = began;
    unsigned processors = ais_processors();
    catalog->eye_count = processors < CATALOG_EYES_MOST ? processors : CATALOG_EYES_MOST;
    for (size_t i = 0; i < catalog->eye_count; i++)
        TRY(ais_seal_reader_new(dir, ring, &catalog->eyes[i].reader, why));
    struct index_part *first = index_first(index);
    enum ais_err err = append(catalog, first, why);
    if (err != AIS_OK)
        index_part_free(&first);
    return err;
}

/* An entry for a file that was there before the index. */
static struct catalog_entry *unread_entry(uint64_t segment, uint64_t until)
{
    struct index_part *part = index_part_new(segment, 0, 0);
    struct catalog_entry *entry = part != NULL ? entry_new(part) : NULL;
    if (entry == NULL) {
        index_part_free(&part);
        return NULL;
    }
    entry->unread = true;
    entry->until = until;
    return entry;
}

/* Puts the files that were there before in front: those that are left of them. */
static enum ais_err list_old(struct catalog *catalog, struct ais_why *why)
{
    struct ais_seal_reader *reader = catalog->eyes[0].reader;
    size_t count = 0, added = 0;
    TRY(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, 0, why));
    const uint64_t *segments = ais_seal_reader_segments(reader, &count);
    while (count > 0 && segments[count - 1] > catalog->began)
        count--;
    struct catalog_entry **old = calloc(count + 1, sizeof(void *));
    bool ok = old != NULL && make_room(catalog, count);
    for (; ok && added < count; added++) {
        bool shared = segments[added] == catalog->began;
        old[added] = unread_entry(segments[added], shared ? catalog->entries[0]->part->from : UINT64_MAX);
        ok = old[added] != NULL;
        if (ok)
            old[added]->complete = !shared || catalog->entries[0]->complete;
    }
    ais_seal_reader_end(reader);
    if (ok) {
        memmove(catalog->entries + count, catalog->entries, catalog->count * sizeof(void *));
        memcpy(catalog->entries, old, count * sizeof(void *));
        catalog->count += count;
        catalog->listed = true;
    }
    for (size_t i = 0; !ok && old != NULL && i <= count; i++)
        if (old[i] != NULL)
            entry_free(old[i]);
    free(old);
    return ok ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "the list of the log's files");
}

/* Nothing is appended to the last entry's file any more; the entry before it may be of the same file. */
static void complete_last(struct catalog *catalog)
{
    const struct index_part *part = catalog->entries[catalog->count - 1]->part;
    for (size_t i = catalog->count; i > 0 && catalog->entries[i - 1]->part->segment == part->segment; i--) {
        struct catalog_entry *entry = catalog->entries[i - 1];
        entry->complete = true;
        entry->inode = part->inode;
        entry->modified_ns = part->closed_ns;
    }
}

static void drop_deleted(struct catalog *catalog)
{
    uint64_t newest = index_newest_deleted(catalog->index);
    size_t gone = 0;
    while (gone + 1 < catalog->count && catalog->entries[gone]->part->segment <= newest)
        entry_free(catalog->entries[gone++]);
    catalog->count -= gone;
    memmove(catalog->entries, catalog->entries + gone, catalog->count * sizeof(void *));
}

enum ais_err catalog_refresh(struct catalog *catalog, struct ais_why *why)
{
    struct index_part *next;
    if (!catalog->listed)
        TRY(list_old(catalog, why));
    while ((next = index_next(catalog->entries[catalog->count - 1]->part)) != NULL) {
        complete_last(catalog);
        TRY(append(catalog, next, why));
    }
    drop_deleted(catalog);
    return AIS_OK;
}

bool catalog_position(const struct catalog *catalog, struct ais_seal_position *ret)
{
    const struct index_part *part = catalog->entries[catalog->count - 1]->part;
    *ret = (struct ais_seal_position){
        .segment = part->segment,
        .length = atomic_load_explicit(&part->length, memory_order_acquire),
        .inode = part->inode,
    };
    return !index_is_lost(catalog->index);
}

bool catalog_is_indexed(const struct catalog_entry *entry)
{
    return !entry->unread && !entry->failed && !atomic_load_explicit(&entry->part->broken, memory_order_acquire);
}

size_t catalog_commits(const struct catalog_entry *entry)
{
    return atomic_load_explicit(&entry->part->count, memory_order_acquire);
}

void catalog_file_name(const struct catalog *catalog, const struct catalog_entry *entry,
                       char name[AIS_SEAL_LOG_NAME_SIZE])
{
    if (entry->part->segment == catalog->entries[catalog->count - 1]->part->segment)
        snprintf(name, AIS_SEAL_LOG_NAME_SIZE, "%s", AIS_SEAL_LOG_ACTIVE);
    else
        snprintf(name, AIS_SEAL_LOG_NAME_SIZE, "audit_logs.%" PRIu64 ".enc", entry->part->segment);
}

void catalog_measure(const struct catalog *catalog, size_t *ret_records, size_t *ret_bytes)
{
    *ret_records = *ret_bytes = 0;
    for (size_t i = 0; i < catalog->count; i++) {
        const struct catalog_entry *entry = catalog->entries[i];
        size_t commits = catalog_commits(entry);
        if (!entry->complete || commits == 0)
            continue; /* the writer's */
        const struct index_commit *last = list_at(&entry->part->commits, commits - 1);
        *ret_records += last->first_row + last->rows;
        *ret_bytes += index_part_bytes(entry->part);
    }
}
