#include "shared/audit/places.h"

#include "shared/seal/digest.h"
#include "shared/seal/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a fault that count: whoever tells of it may cut it, but no shorter. */
#define FAULT_PART "%.100s"

void ais_places_done(struct ais_places *places)
{
    free(places->hashes);
    *places = (struct ais_places){ NULL, 0, 0 };
}

static bool is_active(const char *file)
{
    return strcmp(file, AIS_SEAL_LOG_ACTIVE) == 0;
}

static uint64_t hash_of(const char *file, uint64_t segment, uint64_t line, const char *fault)
{
    char name[AIS_SEAL_LOG_NAME_SIZE], text[256];
    unsigned char digest[AIS_DIGEST_SIZE];
    uint64_t hash;
    if (is_active(file)) {
        snprintf(name, sizeof name, "audit_logs.%" PRIu64 ".enc", segment);
        file = name;
    }
    int n = snprintf(text, sizeof text, "%.100s:%" PRIu64 ": " FAULT_PART, file, line, fault);
    ais_digest(text, n > 0 ? (size_t)n : 0, digest);
    memcpy(&hash, digest, sizeof hash);
    return hash;
}

static void add(struct ais_places *places, uint64_t hash)
{
    if (places->count == places->room) {
        size_t room = 2 * places->room + 16;
        uint64_t *grown = reallocarray(places->hashes, room, sizeof *grown);
        if (grown == NULL)
            return;
        places->hashes = grown;
        places->room = room;
    }
    places->hashes[places->count++] = hash;
}

/* One element of the array. */
struct place {
    const char *file, *fault;
    uint64_t line;
};

static bool read_place(const struct ais_json *node, struct place *ret)
{
    ret->file = ais_json_get_text(node, "file");
    ret->fault = ais_json_get_text(node, "fault");
    return ret->file != NULL && ret->fault != NULL && ais_json_get_u64(node, "line", &ret->line);
}

/* Whether it tells that another file took the active one's place (line 0). */
static bool tells_of_another(const struct ais_json *array)
{
    struct place place;
    for (const struct ais_json *node = array->first; node != NULL; node = node->next)
        if (read_place(node, &place) && is_active(place.file) && place.line == 0)
            return true;
    return false;
}

static uint64_t hash_of_more(uint64_t segment, uint64_t faults)
{
    return hash_of(AIS_SEAL_LOG_ACTIVE, segment, faults, "faults");
}

void ais_places_read(struct ais_places *places, const struct ais_json *record, uint64_t segment)
{
    const struct ais_json *details = ais_json_get(record, "details");
    const struct ais_json *array = details != NULL ? ais_json_get(details, "places") : NULL;
    struct place place;
    uint64_t faults = 0;
    if (array == NULL || array->kind != AIS_JSON_ARRAY)
        return;
    bool another = tells_of_another(array);
    for (const struct ais_json *node = array->first; node != NULL; node = node->next)
        if (read_place(node, &place) && !(another && is_active(place.file)))
            add(places, hash_of(place.file, segment, place.line, place.fault));
    if (!another && ais_json_get_u64(details, "faults", &faults) && faults > array->count)
        add(places, hash_of_more(segment, faults));
}

void ais_places_take(struct ais_places *places, struct ais_places *other)
{
    for (size_t i = 0; i < other->count; i++)
        add(places, other->hashes[i]);
    ais_places_done(other);
}

static int compare(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

void ais_places_sort(struct ais_places *places)
{
    if (places->count > 0)
        qsort(places->hashes, places->count, sizeof *places->hashes, compare);
}

static bool has(const struct ais_places *places, uint64_t hash)
{
    return places->count > 0 && bsearch(&hash, places->hashes, places->count, sizeof hash, compare) != NULL;
}

bool ais_places_has(const struct ais_places *places, const char *file, uint64_t segment, uint64_t line,
                    const char *fault)
{
    return has(places, hash_of(file, segment, line, fault));
}

bool ais_places_has_more(const struct ais_places *places, uint64_t segment, uint64_t faults)
{
    return has(places, hash_of_more(segment, faults));
}
