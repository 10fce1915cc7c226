#include "shared/store/keys.h"

#include "shared/json/write.h"
#include "shared/mem/secret.h"
#include "shared/store/keys_document.h"
#include "shared/sys/clock.h"

#include <string.h>

static const int64_t kept_ns = AIS_KEYS_KEPT_DAYS * 86400 * AIS_NS_PER_S;

enum ais_err ais_keys_read(struct ais_store *store, struct ais_access **ret, uint64_t *ret_generation,
                           struct ais_why *why)
{
    AUTO(ais_arena_wipe) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_keys_document_done) struct ais_keys_document document = { 0 };
    const struct ais_json *json = NULL;
    uint64_t generation = 0;
    if (arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "API keys");
    TRY(ais_store_read(store, AIS_DOCUMENT_API_KEYS, arena, &json, &generation, why));
    TRY(ais_keys_document_read(json, 0, arena, &document, why));
    TRY(ais_access_new(document.hash_key, document.keys, document.count, ret, why));
    *ret_generation = generation;
    return AIS_OK;
}

/* ---- rules ---- */

/* Since when a key is of no use; 0: it is. */
static int64_t dead_since(const struct ais_access_key *key, int64_t now)
{
    if (key->revoked)
        return key->revoked_at_ns != 0 ? key->revoked_at_ns : key->created_at_ns;
    return key->expires_at_ns != 0 && key->expires_at_ns <= now ? key->expires_at_ns : 0;
}

static bool is_admin(const struct ais_access_key *key, bool from_anywhere, int64_t now)
{
    return ais_scope_covers(key->scopes, AIS_SCOPE_ADMIN) && dead_since(key, now) == 0 &&
           (!from_anywhere || key->range_count == 0);
}

/* Whether nobody would be left to make keys, as far as this one could. */
static bool is_last_admin(const struct ais_keys_document *document, const struct ais_access_key *key, int64_t now)
{
    bool from_anywhere = key->range_count == 0;
    if (!is_admin(key, from_anywhere, now))
        return false;
    for (size_t i = 0; i < document->count; i++)
        if (&document->keys[i] != key && is_admin(&document->keys[i], from_anywhere, now))
            return false;
    return true;
}

int64_t ais_keys_admin_ends(const struct ais_access *access, int64_t now_ns)
{
    size_t count = 0;
    int64_t ends = 0;
    const struct ais_access_key *keys = ais_access_keys(access, &count);
    for (size_t i = 0; i < count; i++) {
        if (!is_admin(&keys[i], true, now_ns))
            continue;
        if (keys[i].expires_at_ns == 0)
            return 0;
        ends = keys[i].expires_at_ns > ends ? keys[i].expires_at_ns : ends;
    }
    return ends;
}

static void drop_key(struct ais_keys_document *document, size_t index)
{
    document->count--;
    memmove(&document->keys[index], &document->keys[index + 1], (document->count - index) * sizeof document->keys[0]);
}

static void drop_long_dead(struct ais_keys_document *document, int64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < document->count; i++) {
        int64_t since = dead_since(&document->keys[i], now);
        if (since == 0 || now - since < kept_ns)
            document->keys[kept++] = document->keys[i];
    }
    document->count = kept;
}

/* Makes room for more keys: of the dead, the longest dead go. */
static enum ais_err make_room(struct ais_keys_document *document, size_t more, int64_t now, struct ais_why *why)
{
    drop_long_dead(document, now);
    while (document->count + more > AIS_KEYS_MOST) {
        size_t oldest = document->count;
        int64_t oldest_ns = INT64_MAX;
        for (size_t i = 0; i < document->count; i++) {
            int64_t since = dead_since(&document->keys[i], now);
            if (since != 0 && since < oldest_ns) {
                oldest = i;
                oldest_ns = since;
            }
        }
        if (oldest == document->count)
            return ais_fail(why, AIS_E_LIMIT,
                            "there are %d API keys already, none of them revoked or expired: revoke some",
                            AIS_KEYS_MOST);
        drop_key(document, oldest);
    }
    return AIS_OK;
}

/* ---- changes ---- */

/* Takes over what is newer; true if anything is. Both are in the order in which the registry has them, mostly. */
static bool take_uses(struct ais_keys_document *document, const struct ais_keys_along *along)
{
    bool newer = false;
    size_t count = along != NULL ? along->use_count : 0;
    for (size_t i = 0, at = 0; i < document->count; i++) {
        struct ais_access_key *key = &document->keys[i];
        size_t tried = 0;
        while (tried < count && strcmp(along->uses[at].id, key->id) != 0) {
            at = (at + 1) % count;
            tried++;
        }
        if (tried == count || along->uses[at].time_ns <= key->last_used_at_ns)
            continue;
        key->last_used_at_ns = along->uses[at].time_ns;
        newer = true;
    }
    return newer;
}

/* Writes the document, and what is in force once it is there, which is the caller's for now. */
static enum ais_err write_both(const struct ais_keys_document *document, struct ais_keys_along *along,
                               struct ais_buf *next, struct ais_why *why)
{
    ais_keys_document_write(next, document);
    return along != NULL ? ais_access_new(document->hash_key, document->keys, document->count, &along->access, why)
                         : AIS_OK;
}

/* ais_store_change or ais_store_narrow. */
typedef enum ais_err store_change(struct ais_store *store, enum ais_store_document document, ais_store_edit *edit,
                                  void *arg, bool *ret_written, struct ais_why *why);

/* Has edit change the document. What it left in along stays there only when the document was replaced. */
static enum ais_err change(struct ais_store *store, store_change *how, ais_store_edit *edit, void *arg,
                           struct ais_keys_along *along, bool *ret_written, struct ais_why *why)
{
    bool written = false;
    if (along != NULL)
        along->access = NULL;
    enum ais_err err = how(store, AIS_DOCUMENT_API_KEYS, edit, arg, &written, why);
    if (along != NULL && err == AIS_OK && written)
        along->generation = ais_store_generation(store, AIS_DOCUMENT_API_KEYS);
    else if (along != NULL)
        ais_access_unref(&along->access);
    if (ret_written != NULL)
        *ret_written = written;
    return err;
}

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
    struct ais_keys_along *along;
};

static void creation_done(struct creation *creation)
{
    for (size_t i = 0; creation->made != NULL && i < creation->count; i++)
        ais_key_made_done(&creation->made[i]);
    ais_arena_wipe(&creation->arena);
}

static enum ais_err make_key(const struct ais_keys_document *document, const struct ais_key_wish *wish,
                             struct ais_key_made *made, struct ais_access_key *ret, struct ais_why *why)
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
                                  .ranges = wish->ranges,
                                  .range_count = wish->range_count,
                                  .scopes = wish->scopes & AIS_SCOPE_ALL,
                                  .created_by = wish->created_by,
                                  .created_at_ns = ais_clock_wall(),
                                  .expires_at_ns = wish->expires_at_ns };
    TRY(ais_access_check_texts(&key, why));
    memcpy(key.id, made->id, sizeof key.id);
    ais_api_key_hash(document->hash_key, secret, strlen(secret), key.hash);
    for (size_t i = 0; wish->chosen != NULL && i < document->count; i++)
        if (ais_secret_equal(document->keys[i].hash, key.hash, sizeof key.hash))
            return ais_fail(why, AIS_E_INVALID, "this API key is there already, as %s", document->keys[i].id);
    *ret = key;
    return AIS_OK;
}

static enum ais_err add_keys(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    struct creation *creation = arg;
    AUTO(ais_keys_document_done) struct ais_keys_document document = { 0 };
    TRY(ais_keys_document_read(now, creation->count, creation->arena, &document, why));
    TRY(make_room(&document, creation->count, ais_clock_wall(), why));
    for (size_t i = 0; i < creation->count; i++) {
        TRY(make_key(&document, &creation->wishes[i], &creation->made[i], &document.keys[document.count], why));
        document.count++;
    }
    take_uses(&document, creation->along);
    return write_both(&document, creation->along, next, why);
}

enum ais_err ais_keys_create(struct ais_store *store, const struct ais_key_wish *wishes, size_t count,
                             struct ais_keys_along *along, struct ais_key_made *ret, struct ais_why *why)
{
    AUTO(creation_done)
    struct creation creation = { .arena = ais_arena_new(0), .wishes = wishes, .count = count, .along = along };
    if (creation.arena == NULL ||
        (creation.made = ais_arena_alloc(creation.arena, (count + 1) * sizeof *creation.made)) == NULL)
        return ais_fail(why, AIS_E_NOMEM, "API keys");
    TRY(change(store, ais_store_change, add_keys, &creation, along, NULL, why));
    if (count > 0)
        memcpy(ret, creation.made, count * sizeof *ret);
    creation.count = 0; /* the secrets are the caller's now */
    return AIS_OK;
}

struct revocation {
    const char *id, *by;
    struct ais_keys_along *along;
};

static enum ais_err revoke_key(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    const struct revocation *revocation = arg;
    AUTO(ais_arena_wipe) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_keys_document_done) struct ais_keys_document document = { 0 };
    struct ais_access_key *key = NULL;
    int64_t time = ais_clock_wall();
    if (arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "API keys");
    TRY(ais_keys_document_read(now, 0, arena, &document, why));
    for (size_t i = 0; i < document.count && key == NULL; i++)
        if (strcmp(document.keys[i].id, revocation->id) == 0)
            key = &document.keys[i];
    if (key == NULL)
        return ais_fail(why, AIS_E_NOT_FOUND, "there is no API key with this id"); /* which may be a key itself */
    if (key->revoked)
        return AIS_OK;
    if (is_last_admin(&document, key, time))
        return ais_fail(why, AIS_E_REFUSED,
                        "%s is the last admin key%s: make another one first, or nobody could make any", key->id,
                        key->range_count == 0 ? " that works from anywhere" : "");
    key->revoked = true;
    key->revoked_at_ns = time;
    key->revoked_by = revocation->by;
    drop_long_dead(&document, time);
    take_uses(&document, revocation->along);
    return write_both(&document, revocation->along, next, why);
}

enum ais_err ais_keys_revoke(struct ais_store *store, const char *id, const char *by, struct ais_keys_along *along,
                             bool *ret_revoked, struct ais_why *why)
{
    struct revocation revocation = { .id = id, .by = by, .along = along };
    return change(store, ais_store_narrow, revoke_key, &revocation, along, ret_revoked, why);
}

static enum ais_err note_uses(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    struct ais_keys_along *along = arg;
    AUTO(ais_arena_wipe) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_keys_document_done) struct ais_keys_document document = { 0 };
    if (arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "API keys");
    if (now == NULL)
        return AIS_OK;
    TRY(ais_keys_document_read(now, 0, arena, &document, why));
    return take_uses(&document, along) ? write_both(&document, along, next, why) : AIS_OK;
}

enum ais_err ais_keys_note_uses(struct ais_store *store, struct ais_keys_along *along, struct ais_why *why)
{
    return change(store, ais_store_change, note_uses, along, along, NULL, why);
}

/* ---- as people are shown them ---- */

static void write_time_or_null(struct ais_buf *out, const char *key, int64_t ns)
{
    if (ns != 0)
        ais_key_write_time(out, key, ns);
    else
        ais_jw_null(out, key);
}

void ais_key_describe_new(struct ais_buf *out, const struct ais_access_key *key)
{
    ais_jw_text(out, "name", key->name);
    ais_key_write_scopes(out, key->scopes);
    ais_key_write_text(out, "user", key->user);
    ais_key_write_text(out, "agent", key->agent);
    ais_key_write_text(out, "environment", key->environment);
    ais_key_write_ranges(out, key);
    ais_key_write_time(out, "created_at", key->created_at_ns);
    ais_key_write_text(out, "created_by", key->created_by);
    write_time_or_null(out, "expires_at", key->expires_at_ns);
}

void ais_key_describe(struct ais_buf *out, const struct ais_access_key *key, int64_t last_used_ns)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "key_id", key->id);
    ais_key_describe_new(out, key);
    write_time_or_null(out, "last_used_at", last_used_ns > key->last_used_at_ns ? last_used_ns : key->last_used_at_ns);
    ais_jw_bool(out, "revoked", key->revoked);
    ais_key_write_time(out, "revoked_at", key->revoked_at_ns);
    ais_key_write_text(out, "revoked_by", key->revoked_by);
    ais_jw_end_object(out);
}
