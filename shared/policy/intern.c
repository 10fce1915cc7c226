#include "shared/policy/intern.h"
#include "shared/mem/arena.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    const char *bytes; /* borrowed from the arena */
    size_t length;
    uint64_t hash;
};

struct ais_intern {
    struct ais_arena *arena; /* owned */
    struct entry *entries;   /* owned */
    size_t count, capacity;
    uint32_t *slots; /* owned; a power of two, at most half full; 0 is empty, else the number + 1 */
    size_t slot_count;
};

struct ais_intern *ais_intern_new(void)
{
    struct ais_intern *intern = calloc(1, sizeof *intern);
    if (intern == NULL)
        return NULL;
    intern->arena = ais_arena_new(0);
    if (intern->arena == NULL)
        ais_intern_destroy(&intern);
    return intern;
}

void ais_intern_destroy(struct ais_intern **intern)
{
    if (*intern == NULL)
        return;
    ais_arena_destroy(&(*intern)->arena);
    free((*intern)->entries);
    free((*intern)->slots);
    free(*intern);
    *intern = NULL;
}

/* FNV-1a. */
static uint64_t hash_of(const unsigned char *bytes, size_t n)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3U;
    return hash ^ hash >> 32;
}

/* The slot of these bytes, or the empty one where they belong. */
static uint32_t *slot_of(const struct ais_intern *intern, const void *bytes, size_t n, uint64_t hash)
{
    for (size_t i = hash;; i++) {
        uint32_t *slot = &intern->slots[i & (intern->slot_count - 1)];
        if (*slot == 0)
            return slot;
        const struct entry *entry = &intern->entries[*slot - 1];
        if (entry->hash == hash && entry->length == n && memcmp(entry->bytes, bytes, n) == 0)
            return slot;
    }
}

/* Makes room for one entry more; the old table stays whole when memory is out. */
static bool grow(struct ais_intern *intern)
{
    if (intern->count == intern->capacity) {
        size_t capacity = intern->capacity > 0 ? 2 * intern->capacity : 64;
        struct entry *entries = realloc(intern->entries, capacity * sizeof *entries);
        if (entries == NULL)
            return false;
        intern->entries = entries;
        intern->capacity = capacity;
    }
    if (2 * (intern->count + 1) <= intern->slot_count)
        return true;
    size_t slot_count = intern->slot_count > 0 ? 2 * intern->slot_count : 128;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return false;
    free(intern->slots);
    intern->slots = slots;
    intern->slot_count = slot_count;
    for (size_t i = 0; i < intern->count; i++) {
        const struct entry *entry = &intern->entries[i];
        *slot_of(intern, entry->bytes, entry->length, entry->hash) = (uint32_t)i + 1;
    }
    return true;
}

uint32_t ais_intern_add(struct ais_intern *intern, const void *bytes, size_t n, bool *ret_new)
{
    if (intern->count >= AIS_INTERN_FAILED - 1 || !grow(intern))
        return AIS_INTERN_FAILED;
    uint64_t hash = hash_of(bytes, n);
    uint32_t *slot = slot_of(intern, bytes, n, hash);
    bool is_new = *slot == 0;
    if (is_new) {
        const char *copy = ais_arena_copy(intern->arena, bytes, n);
        if (copy == NULL)
            return AIS_INTERN_FAILED;
        intern->entries[intern->count] = (struct entry){ copy, n, hash };
        *slot = (uint32_t)++intern->count;
    }
    if (ret_new != NULL)
        *ret_new = is_new;
    return *slot - 1;
}

bool ais_intern_find(const struct ais_intern *intern, const void *bytes, size_t n, uint32_t *ret)
{
    const uint32_t *slot = intern->slot_count > 0 ? slot_of(intern, bytes, n, hash_of(bytes, n)) : NULL;
    if (slot == NULL || *slot == 0)
        return false;
    *ret = *slot - 1;
    return true;
}

size_t ais_intern_count(const struct ais_intern *intern)
{
    return intern->count;
}

const char *ais_intern_bytes(const struct ais_intern *intern, uint32_t id, size_t *ret_length)
{
    if (ret_length != NULL)
        *ret_length = intern->entries[id].length;
    return intern->entries[id].bytes;
}
