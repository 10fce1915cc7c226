#include "shared/mem/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 32 * 1024, ALIGNMENT = alignof(max_align_t) };

struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

struct ais_arena {
    struct block *first;   /* owned; the one that outlives a reset */
    struct block *current; /* borrowed; the one being filled */
    size_t limit, given;
};

static struct block *block_new(size_t size)
{
    struct block *block = malloc(sizeof *block + size);
    if (block != NULL) {
        block->next = NULL;
        block->used = 0;
        block->size = size;
    }
    return block;
}

struct ais_arena *ais_arena_new(size_t limit)
{
    struct ais_arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL)
        return NULL;
    arena->limit = limit;
    arena->first = arena->current = block_new(BLOCK_SIZE);
    if (arena->first == NULL) {
        free(arena);
        return NULL;
    }
    return arena;
}

void *ais_arena_alloc(struct ais_arena *arena, size_t n)
{
    if (n > SIZE_MAX / 2)
        return NULL;
    size_t rounded = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (arena->limit > 0 && rounded > arena->limit - arena->given)
        return NULL;
    struct block *block = arena->current;
    if (rounded > block->size - block->used) {
        block = block_new(rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE);
        if (block == NULL)
            return NULL;
        arena->current->next = block;
        arena->current = block;
    }
    void *piece = block->bytes + block->used;
    block->used += rounded;
    arena->given += rounded;
    memset(piece, 0, n);
    return piece;
}

char *ais_arena_copy(struct ais_arena *arena, const void *bytes, size_t n)
{
    char *copy = ais_arena_alloc(arena, n + 1);
    if (copy != NULL && n > 0)
        memcpy(copy, bytes, n);
    return copy;
}

static void free_after(struct block *block)
{
    struct block *next = block->next;
    block->next = NULL;
    while (next != NULL) {
        struct block *following = next->next;
        free(next);
        next = following;
    }
}

void ais_arena_reset(struct ais_arena *arena)
{
    free_after(arena->first);
    arena->first->used = 0;
    arena->current = arena->first;
    arena->given = 0;
}

void ais_arena_destroy(struct ais_arena **arena)
{
    if (*arena == NULL)
        return;
    free_after((*arena)->first);
    free((*arena)->first);
    free(*arena);
    *arena = NULL;
}

void ais_arena_wipe(struct ais_arena **arena)
{
    if (*arena == NULL)
        return;
    struct block *block = (*arena)->first;
    do
        explicit_bzero(block->bytes, block->used);
    while ((block = block->next) != NULL);
    ais_arena_destroy(arena);
}
