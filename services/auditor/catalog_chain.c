/* The chain over what was there before the service started: where it breaks, in files and between them. */
#include "services/auditor/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void set(struct catalog_damage *damage, uint64_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The first one stays. */
static void set(struct catalog_damage *damage, uint64_t line, const char *format, ...)
{
    va_list args;
    if (damage->text[0] != '\0')
        return;
    damage->line = line;
    va_start(args, format);
    vsnprintf(damage->text, sizeof damage->text, format, args);
    va_end(args);
}

static void name_of(uint64_t segment, char name[AIS_SEAL_LOG_NAME_SIZE])
{
    snprintf(name, AIS_SEAL_LOG_NAME_SIZE, "audit_logs.%" PRIu64 ".enc", segment);
}

/* ---- In a file ---- */

static void compare(const struct catalog_link *at, const struct catalog_link *to, uint64_t line,
                    struct catalog_damage *ret)
{
    if (to->next > at->next)
        set(ret, line, "numbers %" PRIu64 " to %" PRIu64 " are missing before it", at->next, to->next - 1);
    else if (to->next < at->next)
        set(ret, line, "repeats number %" PRIu64, to->next);
    else if (memcmp(at->hash, to->hash, sizeof at->hash) != 0)
        set(ret, line, "does not follow the commit before it");
}

void catalog_chain_begin(struct catalog_entry *entry)
{
    entry->begin = entry->end = (struct catalog_link){ .next = 0 };
    entry->inside = (struct catalog_damage){ .line = 0 };
    entry->deleted = 0;
}

void catalog_chain_add(struct catalog_entry *entry, const struct ais_seal_commit *commit)
{
    struct catalog_link link = { .next = commit->seq };
    memcpy(link.hash, commit->prev, sizeof link.hash);
    if (entry->end.next == 0)
        entry->begin = link;
    else if (entry->damaged_count == 0) /* else the hole is known, and why */
        compare(&entry->end, &link, commit->line, &entry->inside);
    entry->end.next = commit->seq + commit->count;
    memcpy(entry->end.hash, commit->hash, sizeof link.hash);
    const struct ais_json *deleted = commit->deleted != NULL ? commit->deleted->first : NULL;
    for (uint64_t segment; deleted != NULL; deleted = deleted->next)
        if (ais_json_get_u64(deleted, "segment", &segment) && segment > entry->deleted)
            entry->deleted = segment;
}

/* ---- Between files ---- */

static void check_before(struct catalog_entry *before, struct catalog_entry *entry)
{
    uint64_t first = before->part->segment + 1, last = entry->part->segment - 1;
    char from[AIS_SEAL_LOG_NAME_SIZE], to[AIS_SEAL_LOG_NAME_SIZE];
    name_of(first, from);
    name_of(last, to);
    if (entry->part->segment <= before->part->segment)
        return; /* two parts of one file */
    if (first == last)
        set(&entry->before, 1, "%s before it is missing", from);
    else if (first < last)
        set(&entry->before, 1, "%s to %s before it are missing", from, to);
    else if (entry->begin.next != 0 && before->end.next != 0 && before->damaged_count == 0 && entry->damaged_count == 0)
        compare(&before->end, &entry->begin, 1, &entry->before);
}

/* What is before the oldest file, retention has deleted, and a commit says so. */
static void check_oldest(const struct catalog *catalog)
{
    struct catalog_entry *oldest = catalog->entries[0];
    uint64_t deleted = index_newest_deleted(catalog->index);
    char name[AIS_SEAL_LOG_NAME_SIZE];
    for (size_t i = 0; i < catalog->count; i++)
        if (catalog->entries[i]->deleted > deleted)
            deleted = catalog->entries[i]->deleted;
    name_of(oldest->part->segment - 1, name);
    if (oldest->begin.next == 0 || oldest->damaged_count > 0)
        return;
    if (oldest->part->segment > 1 && oldest->part->segment - 1 > deleted)
        set(&oldest->before, 1, "%s before it is missing, and no deletion of it is recorded", name);
    else if (oldest->part->segment == 1 && oldest->begin.next > 1)
        set(&oldest->before, 1, "numbers 1 to %" PRIu64 " are missing before it", oldest->begin.next - 1);
}

/* A rotated file in which nothing was found, if it is there at all. */
static void check_emptied(const struct catalog *catalog, struct catalog_entry *entry)
{
    struct ais_file_info info;
    if (entry->complete && entry->end.next == 0 && entry->damaged_count == 0 && catalog_is_indexed(entry) &&
        entry->part->segment < catalog->began &&
        ais_seal_reader_stat(catalog->eyes[0].reader, entry->part->segment, &info, NULL) == AIS_OK)
        set(&entry->inside, 1, "holds no commit");
}

/* ---- What is told of it ---- */

/* Adds to the list what is to be recorded; what is recorded already is only said. */
static void choose(const struct catalog *catalog, const struct catalog_entry *entry, const char *file,
                   const struct catalog_damage *damage, const struct catalog_damage **list, size_t *count)
{
    if (damage->text[0] == '\0')
        return;
    if (ais_places_has(&catalog->places, file, entry->part->segment, damage->line, damage->text))
        findings_say(file, damage->line, damage->text);
    else
        list[(*count)++] = damage;
}

/* What is in a file may have been told already, by the packer or when the log was opened; that one is missing, was not.
 */
static void tell(const struct catalog *catalog, struct catalog_entry *entry, struct findings *findings)
{
    const struct catalog_damage *list[CATALOG_DAMAGED_MOST + 2];
    struct ais_buf details = { 0 };
    char name[AIS_SEAL_LOG_NAME_SIZE];
    bool known = !findings_claim(findings, entry->part->segment);
    size_t count = 0;
    entry->told = true;
    catalog_file_name(catalog, entry, name);
    choose(catalog, entry, name, &entry->before, list, &count);
    for (size_t i = 0; !known && i <= entry->damaged_count; i++)
        choose(catalog, entry, name, i == 0 ? &entry->inside : &entry->damaged[i - 1], list, &count);
    if (count == 0)
        return;
    findings_begin(&details, count);
    for (size_t i = 0; i < count; i++)
        findings_place(&details, name, list[i]->line, list[i]->text);
    findings_end(&details);
    findings_tell(findings, &details);
}

size_t catalog_faults(const struct catalog_entry *entry)
{
    return entry->damaged_count + (entry->inside.text[0] != '\0') + (entry->before.text[0] != '\0');
}

/* What the records that were there before tell of, from all files into one set. */
static void gather_places(struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->count; i++)
        ais_places_take(&catalog->places, &catalog->entries[i]->places);
    ais_places_sort(&catalog->places);
}

static void check_chain(struct catalog *catalog)
{
    check_oldest(catalog);
    for (size_t i = 0; i < catalog->count; i++) {
        check_emptied(catalog, catalog->entries[i]);
        if (i > 0)
            check_before(catalog->entries[i - 1], catalog->entries[i]);
    }
}

void catalog_tell(struct catalog *catalog, struct findings *findings)
{
    bool first = !catalog->checked;
    if (!catalog->listed || catalog_left(catalog) > 0)
        return;
    if (first) {
        gather_places(catalog);
        check_chain(catalog);
    }
    catalog->checked = true;
    for (size_t i = 0; i < catalog->count; i++) {
        struct catalog_entry *entry = catalog->entries[i];
        if (!entry->told && (first || entry->complete) && catalog_faults(entry) > 0)
            tell(catalog, entry, findings);
    }
    atomic_store(&findings->checked, true);
}
