#include "services/auditor/places.h"

#include "shared/seal/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a fault that count: whoever tells of it may cut it, but no shorter. */
#define FAULT_PART "%.100s"

void places_done(struct places *places)
{
    free(places->hashes);
    *places = (struct places){ NULL, 0, 0 };
}

static uint64_t hash_of(const char *file, uint64_t line, const char *fault)
{
    char text[256];
    unsigned char digest[AIS_DIGEST_SIZE];
    uint64_t hash;
    int n = snprintf(text, sizeof text, "%.100s:%" PRIu64 ": " FAULT_PART, file, line, fault);
    ais_digest(text, n > 0 ? (size_t)n : 0, digest);
    memcpy(&hash, digest, sizeof hash);
    return hash;
}

static void add(struct places *places, uint64_t hash)
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

void places_read(struct places *places, const struct ais_json *record)
{
    const struct ais_json *details = ais_json_get(record, "details");
    const struct ais_json *array = details != NULL ? ais_json_get(details, "places") : NULL;
    const struct ais_json *place = array != NULL && array->kind == AIS_JSON_ARRAY ? array->first : NULL;
    for (; place != NULL; place = place->next) {
        const char *file = ais_json_get_text(place, "file"), *fault = ais_json_get_text(place, "fault");
        uint64_t line = 0;
        if (file != NULL && fault != NULL && ais_json_get_u64(place, "line", &line))
            add(places, hash_of(file, line, fault));
    }
}

void places_take(struct places *places, struct places *other)
{
    for (size_t i = 0; i < other->count; i++)
        add(places, other->hashes[i]);
    places_done(other);
}

static int compare(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

void places_sort(struct places *places)
{
    if (places->count > 0)
        qsort(places->hashes, places->count, sizeof *places->hashes, compare);
}

bool places_has(const struct places *places, const char *file, uint64_t line, const char *fault)
{
    uint64_t hash = hash_of(file, line, fault);
    return places->count > 0 && bsearch(&hash, places->hashes, places->count, sizeof hash, compare) != NULL;
}
