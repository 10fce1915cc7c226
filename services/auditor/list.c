#include "services/auditor/list.h"

#include <stdint.h>
#include <stdlib.h>

/* Which chunk element i is in, and where. */
static size_t chunk_of(size_t i, size_t *ret_at)
{
    size_t j = i + LIST_FIRST;
    size_t chunk = (size_t)(__builtin_clzll(LIST_FIRST) - __builtin_clzll(j));
    *ret_at = j - ((size_t)LIST_FIRST << chunk);
    return chunk;
}

void *list_add(struct list *list)
{
    size_t at;
    size_t chunk = chunk_of(list->count, &at);
    if (chunk >= LIST_CHUNKS)
        return NULL;
    if (list->chunks[chunk] == NULL)
        list->chunks[chunk] = calloc((size_t)LIST_FIRST << chunk, list->size);
    if (list->chunks[chunk] == NULL)
        return NULL;
    list->count++;
    return (char *)list->chunks[chunk] + at * list->size;
}

void *list_at(const struct list *list, size_t i)
{
    size_t at;
    size_t chunk = chunk_of(i, &at);
    return (char *)list->chunks[chunk] + at * list->size;
}

size_t list_bytes(const struct list *list)
{
    size_t elements = 0;
    for (size_t i = 0; i < LIST_CHUNKS && list->chunks[i] != NULL; i++)
        elements += (size_t)LIST_FIRST << i;
    return elements * list->size;
}

void list_done(struct list *list)
{
    for (size_t i = 0; i < LIST_CHUNKS; i++) {
        free(list->chunks[i]);
        list->chunks[i] = NULL;
    }
    list->count = 0;
}
