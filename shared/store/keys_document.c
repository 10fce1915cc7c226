#include "shared/store/keys_document.h"

#include "shared/json/write.h"
#include "shared/mem/secret.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"

#include <sodium.h>
#include <string.h>

void ais_keys_document_done(struct ais_keys_document *document)
{
    ais_secret_free(document->hash_key);
    document->hash_key = NULL;
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

/* The ranges may be absent: the key works from anywhere. */
static bool read_ranges(const struct ais_json *node, struct ais_arena *arena, struct ais_access_key *ret)
{
    const struct ais_json *texts = ais_json_get(node, "source_ranges");
    if (texts == NULL)
        return true;
    struct ais_source_range *ranges = ais_arena_alloc(arena, (texts->count + 1) * sizeof *ranges);
    if (texts->kind != AIS_JSON_ARRAY || texts->count == 0 || ranges == NULL)
        return false;
    for (const struct ais_json *text = texts->first; text != NULL; text = text->next)
        if (text->kind != AIS_JSON_STRING ||
            ais_source_range_parse(text->text, &ranges[ret->range_count++], NULL) != AIS_OK)
            return false;
    ret->ranges = ranges;
    return true;
}

static bool read_times(const struct ais_json *node, struct ais_access_key *key)
{
    return read_time(node, "created_at", &key->created_at_ns) && read_time(node, "expires_at", &key->expires_at_ns) &&
           read_time(node, "revoked_at", &key->revoked_at_ns) && read_time(node, "last_used_at", &key->last_used_at_ns);
}

static bool read_texts(const struct ais_json *node, struct ais_access_key *key)
{
    return read_text(node, "user", &key->user) && read_text(node, "agent", &key->agent) &&
           read_text(node, "environment", &key->environment) && read_text(node, "created_by", &key->created_by) &&
           read_text(node, "revoked_by", &key->revoked_by);
}

static bool read_key(const struct ais_json *node, struct ais_arena *arena, struct ais_access_key *ret)
{
    const char *id = ais_json_get_text(node, "key_id");
    const struct ais_json *revoked = ais_json_get(node, "revoked");
    struct ais_access_key key = { .name = ais_json_get_text(node, "name") };
    if (id == NULL || strlen(id) >= sizeof key.id || key.name == NULL || revoked == NULL ||
        revoked->kind != AIS_JSON_BOOL || !read_hex(node, "hash", key.hash, sizeof key.hash) ||
        !read_scopes(node, &key.scopes) || !read_texts(node, &key) || !read_times(node, &key) ||
        !read_ranges(node, arena, &key))
        return false;
    memcpy(key.id, id, strlen(id) + 1);
    key.revoked = revoked->boolean;
    *ret = key;
    return true;
}

enum ais_err ais_keys_document_read(const struct ais_json *json, size_t more, struct ais_arena *arena,
                                    struct ais_keys_document *ret, struct ais_why *why)
{
    const struct ais_json *keys = ais_json_get(json, "keys");
    size_t room = (keys != NULL ? keys->count : 0) + more;
    ret->hash_key = ais_secret_alloc(AIS_API_KEY_HASH_KEY_SIZE);
    ret->keys = ais_arena_alloc(arena, (room + 1) * sizeof *ret->keys);
    if (ret->hash_key == NULL || ret->keys == NULL)
        return ais_fail(why, AIS_E_NOMEM, "API keys");
    if (json == NULL) {
        ais_random(ret->hash_key, AIS_API_KEY_HASH_KEY_SIZE);
        return AIS_OK;
    }
    if (keys == NULL || keys->kind != AIS_JSON_ARRAY ||
        !read_hex(json, "hash_key", ret->hash_key, AIS_API_KEY_HASH_KEY_SIZE))
        return ais_fail(why, AIS_E_DAMAGED, "api_keys.enc: its hash key or its list of keys is not as we write it");
    for (const struct ais_json *node = keys->first; node != NULL; node = node->next)
        if (!read_key(node, arena, &ret->keys[ret->count++]))
            return ais_fail(why, AIS_E_DAMAGED, "api_keys.enc: entry %zu is not as we write it", ret->count);
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

void ais_key_write_time(struct ais_buf *out, const char *key, int64_t ns)
{
    char text[AIS_RFC3339_SIZE];
    if (ns == 0)
        return;
    ais_clock_rfc3339(ns, text);
    ais_jw_text(out, key, text);
}

void ais_key_write_text(struct ais_buf *out, const char *key, const char *text)
{
    if (text != NULL)
        ais_jw_text(out, key, text);
}

void ais_key_write_scopes(struct ais_buf *out, uint32_t scopes)
{
    ais_jw_begin_array(out, "scopes");
    for (const char *name; (name = ais_scope_next(&scopes)) != NULL;)
        ais_jw_text(out, NULL, name);
    ais_jw_end_array(out);
}

void ais_key_write_ranges(struct ais_buf *out, const struct ais_access_key *key)
{
    char text[AIS_RANGE_TEXT_SIZE];
    if (key->range_count == 0)
        return;
    ais_jw_begin_array(out, "source_ranges");
    for (size_t i = 0; i < key->range_count; i++)
        ais_jw_text(out, NULL, ais_source_range_text(&key->ranges[i], text));
    ais_jw_end_array(out);
}

static void write_key(struct ais_buf *out, const struct ais_access_key *key)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "key_id", key->id);
    ais_jw_text(out, "name", key->name);
    write_hex(out, "hash", key->hash);
    ais_key_write_scopes(out, key->scopes);
    ais_key_write_text(out, "user", key->user);
    ais_key_write_text(out, "agent", key->agent);
    ais_key_write_text(out, "environment", key->environment);
    ais_key_write_ranges(out, key);
    ais_key_write_time(out, "created_at", key->created_at_ns);
    ais_key_write_text(out, "created_by", key->created_by);
    ais_key_write_time(out, "expires_at", key->expires_at_ns);
    ais_key_write_time(out, "last_used_at", key->last_used_at_ns);
    ais_jw_bool(out, "revoked", key->revoked);
    ais_key_write_time(out, "revoked_at", key->revoked_at_ns);
    ais_key_write_text(out, "revoked_by", key->revoked_by);
    ais_jw_end_object(out);
}

/* No less than what a key takes when every byte of its texts has to be escaped. */
static size_t room_of(const struct ais_access_key *key)
{
    const char *const texts[] = {
        key->name, key->user, key->agent, key->environment, key->created_by, key->revoked_by
    };
    size_t room = 1024 + key->range_count * (AIS_RANGE_TEXT_SIZE + 3);
    for (size_t i = 0; i < N_ELEMS(texts); i++)
        room += texts[i] != NULL ? 6 * strlen(texts[i]) : 0;
    return room;
}

void ais_keys_document_write(struct ais_buf *out, const struct ais_keys_document *document)
{
    size_t room = 1024;
    for (size_t i = 0; i < document->count; i++)
        room += room_of(&document->keys[i]);
    ais_buf_reserve(out, room); /* at once: growing would leave copies of the hash key behind */
    ais_jw_begin_object(out, NULL);
    write_hex(out, "hash_key", document->hash_key);
    ais_jw_begin_array(out, "keys");
    for (size_t i = 0; i < document->count; i++)
        write_key(out, &document->keys[i]);
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}
