#include "services/auditor/dictionary.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MOST = DICTIONARY_OVERFLOW - 1, SLOTS_FIRST = 64, BLOCK_FIRST = 128, BLOCK_MOST = 16 << 10 };

struct dictionary_block {
    struct dictionary_block *next;
    char bytes[];
};

void dictionary_init(struct dictionary *dictionary)
{
    *dictionary = (struct dictionary){ .texts = LIST_OF(struct dictionary_text) };
}

void dictionary_close(struct dictionary *dictionary)
{
    free(dictionary->slots);
    dictionary->slots = NULL;
    dictionary->slot_count = 0;
}

void dictionary_done(struct dictionary *dictionary)
{
    dictionary_close(dictionary);
    while (dictionary->blocks != NULL) {
        struct dictionary_block *next = dictionary->blocks->next;
        free(dictionary->blocks);
        dictionary->blocks = next;
    }
    list_done(&dictionary->texts);
}

const struct dictionary_text *dictionary_at(const struct dictionary *dictionary, uint16_t number)
{
    return list_at(&dictionary->texts, (size_t)number - 1);
}

static bool is_text(const struct dictionary_text *text, const char *bytes, size_t n, uint32_t hash)
{
    return text->hash == hash && text->length == n && memcmp(text->bytes, bytes, n) == 0;
}

/* The slot that holds the text, or the free one where it belongs. */
static uint16_t *slot_of(struct dictionary *dictionary, const char *bytes, size_t n, uint32_t hash)
{
    size_t mask = dictionary->slot_count - 1;
    size_t i = hash & mask;
    while (dictionary->slots[i] != 0 && !is_text(dictionary_at(dictionary, dictionary->slots[i]), bytes, n, hash))
        i = (i + 1) & mask;
    return &dictionary->slots[i];
}

/* Keeps the table at most half full. */
static bool grow(struct dictionary *dictionary)
{
    if (dictionary->texts.count * 2 < dictionary->slot_count)
        return true;
    size_t count = dictionary->slot_count > 0 ? 2 * dictionary->slot_count : SLOTS_FIRST;
    uint16_t *slots = calloc(count, sizeof *slots);
    if (slots == NULL)
        return false;
    free(dictionary->slots);
    dictionary->slots = slots;
    dictionary->slot_count = count;
    for (size_t i = 0; i < dictionary->texts.count; i++) {
        const struct dictionary_text *text = list_at(&dictionary->texts, i);
        *slot_of(dictionary, text->bytes, text->length, text->hash) = (uint16_t)(i + 1);
    }
    return true;
}

/* A copy of n bytes that stays where it is. */
static const char *keep(struct dictionary *dictionary, const char *bytes, size_t n)
{
    if (dictionary->room_left < n) {
        size_t size = dictionary->bytes < BLOCK_FIRST ? BLOCK_FIRST : dictionary->bytes; /* twice as much in all */
        size = size > BLOCK_MOST ? BLOCK_MOST : size;
        size = size < n ? n : size;
        struct dictionary_block *block = malloc(sizeof *block + size);
        if (block == NULL)
            return NULL;
        block->next = dictionary->blocks;
        dictionary->blocks = block;
        dictionary->room = block->bytes;
        dictionary->room_left = size;
        dictionary->bytes += size;
    }
    char *kept = dictionary->room;
    memcpy(kept, bytes, n);
    dictionary->room += n;
    dictionary->room_left -= n;
    return kept;
}

static uint16_t overflow(struct dictionary *dictionary)
{
    atomic_store_explicit(&dictionary->overflown, true, memory_order_release);
    return DICTIONARY_OVERFLOW;
}

uint16_t dictionary_add(struct dictionary *dictionary, const char *bytes, size_t n, uint32_t hash)
{
    if (n > DICTIONARY_TEXT_MOST || !grow(dictionary))
        return overflow(dictionary);
    uint16_t *slot = slot_of(dictionary, bytes, n, hash);
    if (*slot != 0)
        return *slot;
    if (dictionary->texts.count == ENTRIES_MOST || dictionary->bytes + n > DICTIONARY_BYTES_MOST)
        return overflow(dictionary);
    const char *kept = n > 0 ? keep(dictionary, bytes, n) : "";
    struct dictionary_text *text = kept != NULL ? list_add(&dictionary->texts) : NULL;
    if (text == NULL)
        return overflow(dictionary);
    *text = (struct dictionary_text){ kept, (uint32_t)n, hash };
    *slot = (uint16_t)dictionary->texts.count;
    atomic_store_explicit(&dictionary->count, dictionary->texts.count, memory_order_release);
    return *slot;
}

size_t dictionary_count(const struct dictionary *dictionary)
{
    return atomic_load_explicit(&dictionary->count, memory_order_acquire);
}

uint16_t dictionary_find(const struct dictionary *dictionary, const char *bytes, size_t n, uint32_t hash)
{
    size_t count = dictionary_count(dictionary);
    for (size_t i = 0; i < count; i++)
        if (is_text(list_at(&dictionary->texts, i), bytes, n, hash))
            return (uint16_t)(i + 1);
    return DICTIONARY_ABSENT;
}

bool dictionary_is_overflown(const struct dictionary *dictionary)
{
    return atomic_load_explicit(&dictionary->overflown, memory_order_acquire);
}

size_t dictionary_bytes(const struct dictionary *dictionary)
{
    return list_bytes(&dictionary->texts) + dictionary->bytes + dictionary->slot_count * sizeof *dictionary->slots;
}
