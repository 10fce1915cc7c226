#include "shared/store/keys.h"

#include "shared/json/write.h"
#include "shared/mem/secret.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"

#include <sodium.h>
#include <string.h>

/* The document's content; a zeroed struct is no document. */
struct content {
    uint8_t *hash_key; /* owned, locked memory */
    struct ais_access_key *keys;
    size_t count;
};

static void content_done(struct content *content)
{
    ais_secret_free(content->hash_key);
    content->hash_key = NULL;
}

/* ---- read ---- */

static bool read_hex(const struct ais_json *node, const char *key, uint8_t *bytes, size_t size)
{
    const char *text = ais_json_get_text(node, key);
    size_t n = 0;
    return text != NULL && strlen(text) == 2 * size &&
           sodium_hex2bin(bytes, size, text, 2 * size, NULL, &n, NULL) == 0 && n == size;
}

/* A time that may be absent (0). */
static bool read_time(const struct ais_json *node, const char *key, int64_t *ret_ns)
{
    const char *text = ais_json_get_text(node, key);
    *ret_ns = 0;
    return text != NULL ? ais_clock_parse(text, 0, ret_ns) == 0 : ais_json_get(node, key) == NULL;
}

/* A text that may be absent (NULL). */
static bool read_text(const struct ais_json *node, const char *key, const char **ret)
{
    *ret = ais_json_get_text(node, key);
    return *ret != NULL || ais_json_get(node, key) == NULL;
}

static bool read_scopes(const struct ais_json *node, uint32_t *ret)
{
    const struct ais_json *scopes = ais_json_get(node, "scopes");
    if (scopes == NULL || scopes->kind != AIS_JSON_ARRAY)
        return false;
    for (const struct ais_json *scope = scopes->first; scope != NULL; scope = scope->next) {
        uint32_t bit = scope->kind == AIS_JSON_STRING ? ais_scope_parse(scope->text, scope->length) : 0;
        if (bit == 0)
            return false;
        *ret |= bit;
    }
    return true;
}

static bool read_key(const struct ais_json *node, struct ais_access_key *ret)
{
    const char *id = ais_json_get_text(node, "key_id");
    const struct ais_json *revoked = ais_json_get(node, "revoked");
    struct ais_access_key key = { .name = ais_json_get_text(node, "name") };
    if (id == NULL || strlen(id) >= sizeof key.id || key.name == NULL || revoked == NULL ||
        revoked->kind != AIS_JSON_BOOL || !read_hex(node, "hash", key.hash, sizeof key.hash) ||
        !read_scopes(node, &key.scopes) || !read_text(node, "user", &key.user) ||
        !read_text(node, "agent", &key.agent) || !read_text(node, "environment", &key.environment) ||
        !read_time(node, "created_at", &key.created_at_ns) || !read_time(node, "expires_at", &key.expires_at_ns))
        return false;
    memcpy(key.id, id, strlen(id) + 1);
    key.revoked = revoked->boolean;
    *ret = key;
    return true;
}

/* Reads document (NULL: none) with room for more keys behind those it has. Texts point into document. */
static enum ais_err read_content(const struct ais_json *document, size_t more, struct ais_arena *arena,
                                 struct content *ret, struct ais_why *why)
{
    const struct ais_json *keys = ais_json_get(document, "keys");
    size_t room = (keys != NULL ? keys->count : 0) + more;
    ret->hash_key = ais_secret_alloc(AIS_API_KEY_HASH_KEY_SIZE);
    ret->keys = ais_arena_alloc(arena, (room + 1) * sizeof *ret->keys);
    if (ret->hash_key == NULL || ret->keys == NULL)
        return ais_fail(why, AIS_E_NOMEM, "API keys");
    if (document == NULL) {
        ais_random(ret->hash_key, AIS_API_KEY_HASH_KEY_SIZE);
        return AIS_OK;
    }
    if (keys == NULL || keys->kind != AIS_JSON_ARRAY ||
        !read_hex(document, "hash_key", ret->hash_key, AIS_API_KEY_HASH_KEY_SIZE))
        return ais_fail(why, AIS_E_DAMAGED, "api_keys.enc: its hash key or its list of keys is not as we write it");
    for (const struct ais_json *node = keys->first; node != NULL; node = node->next)
        if (!read_key(node, &ret->keys[ret->count++]))
            return ais_fail(why, AIS_E_DAMAGED, "api_keys.enc: entry %zu is not as we write it", ret->count);
    return AIS_OK;
}

enum ais_err ais_keys_read(struct ais_store *store, struct ais_access **ret, uint64_t *ret_generation,
                           struct ais_why *why)
{
    AUTO(ais_arena_wipe) struct ais_arena *arena = ais_arena_new(0);
    AUTO(content_done) struct content content = { 0 };
    const struct ais_json *document = NULL;
    uint64_t generation = 0;
    if (arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "API keys");
    TRY(ais_store_read(store, AIS_DOCUMENT_API_KEYS, arena, &document, &generation, why));
    TRY(read_content(document, 0, arena, &content, why));
    TRY(ais_access_new(content.hash_key, content.keys, content.count, ret, why));
    *ret_generation = generation;
    return AIS_OK;
}

/* ---- written ---- */

static void write_hex(struct ais_buf *out, const char *key, const uint8_t bytes[32])
{
    char text[65];
    sodium_bin2hex(text, sizeof text, bytes, 32);
    ais_jw_text(out, key, text);
    ais_secret_wipe(text, sizeof text);
}

static void write_time(struct ais_buf *out, const char *key, int64_t ns)
{
    char text[AIS_RFC3339_SIZE];
    if (ns == 0)
        return;
    ais_clock_rfc3339(ns, text);
    ais_jw_text(out, key, text);
}

static void write_text(struct ais_buf *out, const char *key, const char *text)
{
    if (text != NULL)
        ais_jw_text(out, key, text);
}

static void write_key(struct ais_buf *out, const struct ais_access_key *key)
{
    uint32_t scopes = key->scopes;
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "key_id", key->id);
    ais_jw_text(out, "name", key->name);
    write_hex(out, "hash", key->hash);
    ais_jw_begin_array(out, "scopes");
    for (const char *name; (name = ais_scope_next(&scopes)) != NULL;)
        ais_jw_text(out, NULL, name);
    ais_jw_end_array(out);
    write_text(out, "user", key->user);
    write_text(out, "agent", key->agent);
    write_text(out, "environment", key->environment);
    write_time(out, "created_at", key->created_at_ns);
    write_time(out, "expires_at", key->expires_at_ns);
    ais_jw_bool(out, "revoked", key->revoked);
    ais_jw_end_object(out);
}

static void write_content(struct ais_buf *out, const struct content *content)
{
    /* Room for the hash key and what usually follows, so that growing leaves no copy of it behind. */
    ais_buf_reserve(out, 1024 * (content->count + 1));
    ais_jw_begin_object(out, NULL);
    write_hex(out, "hash_key", content->hash_key);
    ais_jw_begin_array(out, "keys");
    for (size_t i = 0; i < content->count; i++)
        write_key(out, &content->keys[i]);
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}

/* ---- new keys ---- */

void ais_key_made_done(struct ais_key_made *made)
{
    ais_secret_free(made->secret);
    *made = (struct ais_key_made){ .secret = NULL };
}

/* The keys to be made, and those made; the arena outlives the change. */
struct creation {
    struct ais_arena *arena; /* owned */
    const struct ais_key_wish *wishes;
    struct ais_key_made *made; /* owned while the creation may fail */
    size_t count;
};

static void creation_done(struct creation *creation)
{
    for (size_t i = 0; creation->made != NULL && i < creation->count; i++)
        ais_key_made_done(&creation->made[i]);
    ais_arena_wipe(&creation->arena);
}

static enum ais_err make_key(const struct content *content, const struct ais_key_wish *wish, struct ais_key_made *made,
                             struct ais_access_key *ret, struct ais_why *why)
{
    if (wish->name == NULL || wish->name[0] == '\0' || (wish->scopes & AIS_SCOPE_ALL) == 0)
        return ais_fail(why, AIS_E_INVALID, "an API key needs a name and at least one scope");
    const char *secret = wish->chosen;
    if (secret != NULL)
        TRY(ais_api_key_check_chosen(secret, strlen(secret), why));
    else if ((secret = made->secret = ais_api_key_new()) == NULL)
        return ais_fail(why, AIS_E_NOMEM, "locked memory for an API key");
    ais_api_key_id_new(made->id);

    struct ais_access_key key = { .name = wish->name,
                                  .user = wish->user,
                                  .agent = wish->agent,
                                  .environment = wish->environment,
                                  .scopes = wish->scopes & AIS_SCOPE_ALL,
                                  .created_at_ns = ais_clock_wall(),
                                  .expires_at_ns = wish->expires_at_ns };
    TRY(ais_access_check_texts(&key, why));
    memcpy(key.id, made->id, sizeof key.id);
    ais_api_key_hash(content->hash_key, secret, strlen(secret), key.hash);
    for (size_t i = 0; i < content->count; i++)
        if (ais_secret_equal(content->keys[i].hash, key.hash, sizeof key.hash))
            return ais_fail(why, AIS_E_INVALID, "this API key is there already, as %s", content->keys[i].id);
    *ret = key;
    return AIS_OK;
}

static enum ais_err add_keys(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    struct creation *creation = arg;
    AUTO(content_done) struct content content = { 0 };
    TRY(read_content(now, creation->count, creation->arena, &content, why));
    for (size_t i = 0; i < creation->count; i++) {
        TRY(make_key(&content, &creation->wishes[i], &creation->made[i], &content.keys[content.count], why));
        content.count++;
    }
    write_content(next, &content);
    return AIS_OK;
}

enum ais_err ais_keys_create(struct ais_store *store, const struct ais_key_wish *wishes, size_t count,
                             struct ais_key_made *ret, struct ais_why *why)
{
    AUTO(creation_done) struct creation creation = { .arena = ais_arena_new(0), .wishes = wishes, .count = count };
    if (creation.arena == NULL ||
        (creation.made = ais_arena_alloc(creation.arena, (count + 1) * sizeof *creation.made)) == NULL)
        return ais_fail(why, AIS_E_NOMEM, "API keys");
    TRY(ais_store_change(store, AIS_DOCUMENT_API_KEYS, add_keys, &creation, NULL, why));
    if (count > 0)
        memcpy(ret, creation.made, count * sizeof *ret);
    creation.count = 0; /* the secrets are the caller's now */
    return AIS_OK;
}
