#include "services/auditor/list.h"

#include <stdint.h>
#include <stdlib.h>

void *list_add(struct list *list)
{
    size_t j = list->count + LIST_FIRST;
    size_t chunk = (size_t)(__builtin_clzll(LIST_FIRST) - __builtin_clzll(j));
    if (chunk >= LIST_CHUNKS)
        return NULL;
    if (list->chunks[chunk] == NULL)
        list->chunks[chunk] = calloc((size_t)LIST_FIRST << chunk, list->size);
    return list->chunks[chunk] != NULL ? list_at(list, list->count++) : NULL;
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
