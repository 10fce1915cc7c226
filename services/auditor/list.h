/* A list that only grows, and whose elements never move: one thread appends, while another reads the elements that it
 * was told of (by an atomic count, or a message). A struct made with LIST_OF is empty. */
#ifndef AIS_SERVICES_AUDITOR_LIST_H
#define AIS_SERVICES_AUDITOR_LIST_H

#include <stddef.h>

enum { LIST_FIRST = 32, LIST_CHUNKS = 22 }; /* each chunk is twice as long as the one before */

struct list {
    size_t size;               /* bytes of an element */
    size_t count;              /* the appending thread's */
    void *chunks[LIST_CHUNKS]; /* owned */
};

#define LIST_OF(type)         \
    {                         \
        .size = sizeof(type), \
    }

/* Room for one more element at the end, which list->count already counts; NULL when memory is out. */
void *list_add(struct list *list);

/* Element i, which must be there. */
static inline void *list_at(const struct list *list, size_t i)
{
    size_t j = i + LIST_FIRST;
    size_t chunk = (size_t)(__builtin_clzll(LIST_FIRST) - __builtin_clzll(j));
    return (char *)list->chunks[chunk] + (j - ((size_t)LIST_FIRST << chunk)) * list->size;
}

/* Element i, and in *ret_count how many stand behind each other from it on, at most `most`: for loops over many. */
static inline const void *list_run(const struct list *list, size_t i, size_t most, size_t *ret_count)
{
    size_t j = i + LIST_FIRST;
    size_t chunk = (size_t)(__builtin_clzll(LIST_FIRST) - __builtin_clzll(j));
    size_t left = ((size_t)LIST_FIRST << (chunk + 1)) - j;
    *ret_count = left < most ? left : most;
    return (const char *)list->chunks[chunk] + (j - ((size_t)LIST_FIRST << chunk)) * list->size;
}

/* The bytes that it takes. */
size_t list_bytes(const struct list *list);

void list_done(struct list *list);

#endif
