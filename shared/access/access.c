#include "shared/access/access.h"

#include "shared/mem/arena.h"
#include "shared/mem/secret.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct ais_access {
    atomic_size_t references;
    uint8_t *hash_key;           /* owned, locked memory */
    struct ais_arena *arena;     /* owned: texts, keys and slots */
    struct ais_access_key *keys; /* in the arena */
    size_t count;
    uint32_t *slots; /* in the arena: index of a key + 1, 0 where free; open addressing by the digest's first bytes */
    uint32_t *ids;   /* in the arena: the same by id */
    size_t mask;     /* slots - 1; at most half of them are taken */
};

static const struct {
    const char *name, *words;
} verdicts[AIS_ACCESS_VERDICT_COUNT] = {
#define X(verdict, name, words) [verdict] = { (name), (words) },
    AIS_ACCESS_VERDICTS(X)
#undef X
};

const char *ais_access_verdict_name(enum ais_access_verdict verdict)
{
    return (unsigned)verdict < AIS_ACCESS_VERDICT_COUNT ? verdicts[verdict].name : "unknown";
}

const char *ais_access_verdict_text(enum ais_access_verdict verdict)
{
    return (unsigned)verdict < AIS_ACCESS_VERDICT_COUNT ? verdicts[verdict].words : "unknown verdict";
}

static void destroy(struct ais_access **access)
{
    if (*access == NULL)
        return;
    ais_secret_free((*access)->hash_key);
    ais_arena_destroy(&(*access)->arena);
    free(*access);
    *access = NULL;
}

/* The slot that holds the key with this hash, or the free one where it would be. */
static size_t slot_of(const struct ais_access *access, const uint8_t hash[AIS_API_KEY_HASH_SIZE])
{
    uint64_t start;
    memcpy(&start, hash, sizeof start);
    size_t slot = (size_t)start & access->mask;
    while (access->slots[slot] != 0 &&
           !ais_secret_equal(access->keys[access->slots[slot] - 1].hash, hash, AIS_API_KEY_HASH_SIZE))
        slot = (slot + 1) & access->mask;
    return slot;
}

/* The slot that holds the key with this id, or the free one where it would be. Ids are random (api_key.h): nobody
 * chooses them so that they meet. */
static size_t slot_of_id(const struct ais_access *access, const char *id)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325); /* FNV-1a */
    for (const char *at = id; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001B3);
    size_t slot = (size_t)(hash ^ hash >> 32) & access->mask;
    while (access->ids[slot] != 0 && strcmp(access->keys[access->ids[slot] - 1].id, id) != 0)
        slot = (slot + 1) & access->mask;
    return slot;
}

enum ais_err ais_access_check_texts(const struct ais_access_key *key, struct ais_why *why)
{
    const char *const texts[] = {
        key->name, key->user, key->agent, key->environment, key->created_by, key->revoked_by
    };
    for (size_t i = 0; i < N_ELEMS(texts); i++)
        if (texts[i] != NULL && strlen(texts[i]) > AIS_ACCESS_TEXT_MOST)
            return ais_fail(why, AIS_E_INVALID, "name, user, agent and environment of an API key have at most %d bytes",
                            AIS_ACCESS_TEXT_MOST);
    if (key->range_count > AIS_ACCESS_RANGES_MOST)
        return ais_fail(why, AIS_E_INVALID, "an API key has at most %d source ranges", AIS_ACCESS_RANGES_MOST);
    return AIS_OK;
}

/* Replaces *text, when there is one, by a copy that the snapshot owns. */
static bool own(struct ais_access *access, const char **text)
{
    if (*text == NULL)
        return true;
    *text = ais_arena_copy(access->arena, *text, strlen(*text));
    return *text != NULL;
}

static bool own_all(struct ais_access *access, struct ais_access_key *key)
{
    const char **const texts[] = { &key->name,        &key->user,       &key->agent,
                                   &key->environment, &key->created_by, &key->revoked_by };
    for (size_t i = 0; i < N_ELEMS(texts); i++)
        if (!own(access, texts[i]))
            return false;
    if (key->range_count == 0)
        return true;
    struct ais_source_range *ranges = ais_arena_alloc(access->arena, key->range_count * sizeof *ranges);
    if (ranges != NULL)
        memcpy(ranges, key->ranges, key->range_count * sizeof *ranges);
    key->ranges = ranges;
    return ranges != NULL;
}

static enum ais_err add(struct ais_access *access, const struct ais_access_key *key, struct ais_why *why)
{
    size_t slot = slot_of(access, key->hash), id_slot = slot_of_id(access, key->id);
    if (access->slots[slot] != 0)
        return ais_fail(why, AIS_E_INVALID, "API keys %s and %s are the same key",
                        access->keys[access->slots[slot] - 1].id, key->id);
    if (access->ids[id_slot] != 0)
        return ais_fail(why, AIS_E_INVALID, "two API keys have the id %s", key->id);
    TRY(ais_access_check_texts(key, why));
    struct ais_access_key *copy = &access->keys[access->count];
    *copy = *key;
    if (!own_all(access, copy))
        return ais_fail(why, AIS_E_NOMEM, "API keys");
    access->slots[slot] = access->ids[id_slot] = (uint32_t)++access->count;
    return AIS_OK;
}

enum ais_err ais_access_new(const uint8_t hash_key[AIS_API_KEY_HASH_KEY_SIZE], const struct ais_access_key *keys,
                            size_t count, struct ais_access **ret, struct ais_why *why)
{
    AUTO(destroy) struct ais_access *access = calloc(1, sizeof *access);
    size_t slots = 8;
    while (slots < 2 * count)
        slots *= 2;
    if (access == NULL || (access->arena = ais_arena_new(0)) == NULL ||
        (access->hash_key = ais_secret_alloc(AIS_API_KEY_HASH_KEY_SIZE)) == NULL ||
        (access->keys = ais_arena_alloc(access->arena, (count + 1) * sizeof *access->keys)) == NULL ||
        (access->slots = ais_arena_alloc(access->arena, slots * sizeof *access->slots)) == NULL ||
        (access->ids = ais_arena_alloc(access->arena, slots * sizeof *access->ids)) == NULL)
        return ais_fail(why, AIS_E_NOMEM, "API keys");
    memcpy(access->hash_key, hash_key, AIS_API_KEY_HASH_KEY_SIZE);
    access->mask = slots - 1;
    for (size_t i = 0; i < count; i++)
        TRY(add(access, &keys[i], why));
    atomic_init(&access->references, 1);
    *ret = TAKE(access);
    return AIS_OK;
}

struct ais_access *ais_access_ref(struct ais_access *access)
{
    atomic_fetch_add_explicit(&access->references, 1, memory_order_relaxed);
    return access;
}

void ais_access_unref(struct ais_access **access)
{
    if (*access != NULL && atomic_fetch_sub_explicit(&(*access)->references, 1, memory_order_acq_rel) == 1)
        destroy(access);
    *access = NULL;
}

/* What there is to say about a key that is known, wherever it is used from. */
static enum ais_access_verdict judge_time(const struct ais_access_key *key, int64_t now_ns)
{
    if (key->revoked)
        return AIS_ACCESS_REVOKED;
    return key->expires_at_ns != 0 && now_ns >= key->expires_at_ns ? AIS_ACCESS_EXPIRED : AIS_ACCESS_OK;
}

static enum ais_access_verdict judge(const struct ais_access_key *key, const struct ais_peer *peer, int64_t now_ns)
{
    enum ais_access_verdict verdict = judge_time(key, now_ns);
    if (verdict != AIS_ACCESS_OK || key->range_count == 0)
        return verdict;
    for (size_t i = 0; peer != NULL && i < key->range_count; i++)
        if (ais_source_range_has(&key->ranges[i], peer))
            return AIS_ACCESS_OK;
    return AIS_ACCESS_ELSEWHERE;
}

enum ais_access_verdict ais_access_check(const struct ais_access *access, const char *bytes, size_t n,
                                         const struct ais_peer *peer, int64_t now_ns,
                                         const struct ais_access_key **ret_caller)
{
    uint8_t hash[AIS_API_KEY_HASH_SIZE];
    if (n == 0)
        return AIS_ACCESS_NONE;
    if (n > AIS_API_KEY_MOST)
        return AIS_ACCESS_UNKNOWN;
    ais_api_key_hash(access->hash_key, bytes, n, hash);
    uint32_t found = access->slots[slot_of(access, hash)];
    /* Looked up first: a key that an operator chose may look like a mistyped one of ours. */
    if (found == 0)
        return ais_api_key_form(bytes, n) == AIS_API_KEY_MISTYPED ? AIS_ACCESS_MISTYPED : AIS_ACCESS_UNKNOWN;
    *ret_caller = &access->keys[found - 1];
    return judge(*ret_caller, peer, now_ns);
}

enum ais_access_verdict ais_access_recheck(const struct ais_access *access, const char *id, int64_t now_ns)
{
    const struct ais_access_key *key = ais_access_find(access, id);
    return key != NULL ? judge_time(key, now_ns) : AIS_ACCESS_UNKNOWN;
}

const struct ais_access_key *ais_access_find(const struct ais_access *access, const char *id)
{
    uint32_t found = access->ids[slot_of_id(access, id)];
    return found != 0 ? &access->keys[found - 1] : NULL;
}

const struct ais_access_key *ais_access_keys(const struct ais_access *access, size_t *ret_count)
{
    *ret_count = access->count;
    return access->keys;
}
