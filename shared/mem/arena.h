/* Memory that is given out piece by piece and taken back all at once, up to a limit.
 * For trees built from outside bytes: one free, a bound that counts work, and no malloc once it is warm.
 * One thread at a time. */
#ifndef AIS_SHARED_ARENA_H
#define AIS_SHARED_ARENA_H

#include <stddef.h>

struct ais_arena;

/* An empty arena that gives out at most limit bytes between two resets (0: no limit); NULL when memory is out. */
struct ais_arena *ais_arena_new(size_t limit);

/* Lets a reset keep more than the first block: up to so many bytes, until a thousand resets in a row had no use for
 * them. For who reads large requests one after the other: fresh pages of the system take longer than what is done with
 * them.
 */
void ais_arena_keep(struct ais_arena *arena, size_t bytes);

/* n bytes, zeroed, aligned for any type; valid until the next reset. NULL when memory is out or the limit reached. */
void *ais_arena_alloc(struct ais_arena *arena, size_t n);

/* The same, not zeroed: for what is written before it is read. */
void *ais_arena_room(struct ais_arena *arena, size_t n);

/* A NUL-terminated copy of n bytes (which may hold NULs); NULL as above. */
char *ais_arena_copy(struct ais_arena *arena, const void *bytes, size_t n);

/* Takes everything back. The first block is kept, so that a loop of small requests never calls malloc, and as much as
 * ais_arena_keep() said. */
void ais_arena_reset(struct ais_arena *arena);

/* Frees it and nulls the caller's pointer; NULL is fine. */
void ais_arena_destroy(struct ais_arena **arena);

/* The same for an arena that held secrets: what was given out since the last reset is overwritten first. */
void ais_arena_wipe(struct ais_arena **arena);

#endif
