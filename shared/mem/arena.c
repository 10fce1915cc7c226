#include "shared/mem/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    BLOCK_FIRST = 32 << 10, /* bytes of the first block with its head; each is twice the one before it, up to */
    BLOCK_MOST = 8 << 20,
    HUGE_PAGE = 2 << 20,
    SMALL_MOST = 1000, /* resets in a row that needed the first block alone, before what was kept is freed */
    ALIGNMENT = alignof(max_align_t),
};

struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

struct ais_arena {
    struct block *first;   /* owned; the one that outlives every reset */
    struct block *current; /* borrowed; the one being filled. Those behind it are empty: kept by a reset */
    size_t limit, given;
    size_t keep;    /* bytes of further blocks that a reset may keep */
    unsigned small; /* resets since one of them was needed */
};

/* A block of so many bytes with its head, or some more. From HUGE_PAGE on they are whole huge pages: a tree of a
 * megabyte of brackets takes tens of megabytes, and a fault for each small page of them would take longer than all that
 * is done with it. */
static struct block *block_new(size_t whole)
{
    struct block *block;
    if (whole < HUGE_PAGE) {
        block = malloc(whole);
    } else {
        whole = (whole + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
        block = aligned_alloc(HUGE_PAGE, whole);
        if (block != NULL)
            (void)madvise(block, whole, MADV_HUGEPAGE); /* where there are none it is as good, and slower */
    }
    if (block != NULL) {
        block->next = NULL;
        block->used = 0;
        block->size = whole - sizeof *block;
    }
    return block;
}

struct ais_arena *ais_arena_new(size_t limit)
{
    struct ais_arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL)
        return NULL;
    arena->limit = limit;
    arena->first = arena->current = block_new(BLOCK_FIRST);
    if (arena->first == NULL) {
        free(arena);
        return NULL;
    }
    return arena;
}

void ais_arena_keep(struct ais_arena *arena, size_t bytes)
{
    arena->keep = bytes;
}

/* The block behind this one, with room for n bytes at least: the one that was kept, or a new one before it. */
static struct block *block_after(struct block *block, size_t n)
{
    if (block->next != NULL && n <= block->next->size)
        return block->next;
    size_t least = sizeof *block + n, twice = 2 * (sizeof *block + block->size);
    size_t usual = twice < BLOCK_MOST ? twice : BLOCK_MOST;
    struct block *new = block_new(least > usual ? least : usual);
    if (new != NULL) {
        new->next = block->next;
        block->next = new;
    }
    return new;
}

void *ais_arena_room(struct ais_arena *arena, size_t n)
{
    if (n > SIZE_MAX / 2)
        return NULL;
    size_t rounded = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (arena->limit > 0 && rounded > arena->limit - arena->given)
        return NULL;
    struct block *block = arena->current;
    if (rounded > block->size - block->used) {
        block = block_after(block, rounded);
        if (block == NULL)
            return NULL;
        arena->current = block;
    }
    void *piece = block->bytes + block->used;
    block->used += rounded;
    arena->given += rounded;
    return piece;
}

void *ais_arena_alloc(struct ais_arena *arena, size_t n)
{
    void *piece = ais_arena_room(arena, n);
    if (piece != NULL)
        memset(piece, 0, n);
    return piece;
}

char *ais_arena_copy(struct ais_arena *arena, const void *bytes, size_t n)
{
    char *copy = ais_arena_room(arena, n + 1);
    if (copy == NULL)
        return NULL;
    if (n > 0)
        memcpy(copy, bytes, n);
    copy[n] = '\0';
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
    arena->small = arena->current == arena->first ? arena->small + 1 : 0;
    size_t left = arena->small < SMALL_MOST ? arena->keep : 0;
    struct block *last = arena->first;
    for (; last->next != NULL && last->next->size <= left; last = last->next) {
        left -= last->next->size;
        last->next->used = 0;
    }
    free_after(last);
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
