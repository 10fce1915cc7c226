#include "shared/json/keys.h"
#include "shared/sys/random.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

/* Up to so many members each pair is compared: cheaper than hashing, and most objects are this small. */
enum { FEW = 16 };

static_assert(sizeof((struct ais_json_keys *)0)->seed == crypto_shorthash_KEYBYTES, "the seed is a SipHash key");

static bool same_key(const struct ais_json *a, const struct ais_json *b)
{
    return a->key_length == b->key_length && memcmp(a->key, b->key, a->key_length) == 0;
}

static void compare_pairs(const struct ais_json *object, const struct ais_json **ret_first,
                          const struct ais_json **ret_twice)
{
    for (const struct ais_json *later = object->first; later != NULL; later = later->next) {
        for (const struct ais_json *earlier = object->first; earlier != later; earlier = earlier->next) {
            if (same_key(earlier, later)) {
                *ret_first = earlier;
                *ret_twice = later;
                return;
            }
        }
    }
}

/* Empties a table of at least twice as many slots as there are members; the return is its size, a power of two. */
static size_t prepare_table(struct ais_json_keys *keys, struct ais_arena *arena, size_t count)
{
    size_t size = 4 * (size_t)FEW;
    while (size < 2 * count)
        size *= 2;
    if (!keys->seeded) {
        ais_random_small(keys->seed, sizeof keys->seed);
        keys->seeded = true;
    }
    if (size <= keys->size) {
        memset(keys->slots, 0, size * sizeof(const struct ais_json *));
        return size;
    }
    keys->slots = ais_arena_alloc(arena, size * sizeof(const struct ais_json *));
    keys->size = keys->slots != NULL ? size : 0;
    return keys->size;
}

static size_t hash_of(const struct ais_json_keys *keys, const struct ais_json *member)
{
    unsigned char hash[crypto_shorthash_BYTES];
    uint64_t number;
    crypto_shorthash(hash, (const unsigned char *)member->key, member->key_length, keys->seed);
    memcpy(&number, hash, sizeof number);
    return (size_t)number;
}

enum ais_err ais_json_keys_check(struct ais_json_keys *keys, struct ais_arena *arena, const struct ais_json *object,
                                 const struct ais_json **ret_first, const struct ais_json **ret_twice)
{
    *ret_first = *ret_twice = NULL;
    if (object->count <= FEW) {
        compare_pairs(object, ret_first, ret_twice);
        return AIS_OK;
    }
    size_t size = prepare_table(keys, arena, object->count);
    if (size == 0)
        return AIS_E_NOMEM;
    for (const struct ais_json *member = object->first; member != NULL; member = member->next) {
        size_t slot = hash_of(keys, member) & (size - 1);
        for (; keys->slots[slot] != NULL; slot = (slot + 1) & (size - 1)) {
            if (same_key(keys->slots[slot], member)) {
                *ret_first = keys->slots[slot];
                *ret_twice = member;
                return AIS_OK;
            }
        }
        keys->slots[slot] = member;
    }
    return AIS_OK;
}
