#include "shared/store/packs.h"

#include "shared/json/write.h"
#include "shared/policy/rulepack.h"
#include "shared/store/packs_private.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_words[] = { [AIS_PACK_SYSTEM] = "system", [AIS_PACK_CUSTOM] = "custom" };

const char *ais_pack_kind_text(enum ais_pack_kind kind)
{
    return kind_words[kind];
}

void ais_pack_list_done(struct ais_pack_list *list)
{
    ais_arena_destroy(&list->arena);
    *list = (struct ais_pack_list){ 0 };
}

void ais_pack_checksum(const char *bytes, size_t n, char ret[AIS_PACK_CHECKSUM_SIZE])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)bytes, n);
    sodium_bin2hex(ret, AIS_PACK_CHECKSUM_SIZE, hash, sizeof hash);
}

/* ---- the document, read ---- */

/* A text that may hold NULs. */
static const char *bytes_of(const struct ais_json *node, const char *key, size_t *ret_size)
{
    const struct ais_json *text = ais_json_get(node, key);
    if (text == NULL || text->kind != AIS_JSON_STRING)
        return NULL;
    *ret_size = text->length;
    return text->text;
}

static bool kind_of(const struct ais_json *node, enum ais_pack_kind *ret)
{
    const struct ais_json *kind = ais_json_get(node, "kind");
    for (size_t i = 0; kind != NULL && i < N_ELEMS(kind_words); i++)
        if (ais_json_is(kind, kind_words[i])) {
            *ret = (enum ais_pack_kind)i;
            return true;
        }
    return false;
}

static enum ais_err read_pack(const struct ais_json *node, struct ais_stored_pack *ret, struct ais_why *why)
{
    const struct ais_json *enabled = ais_json_get(node, "enabled"), *previous = ais_json_get(node, "previous");
    struct ais_stored_pack pack = {
        .name = ais_json_get_text(node, "name"),
        .version = ais_json_get_text(node, "version"),
        .checksum = ais_json_get_text(node, "checksum"),
        .previous_version = ais_json_get_text(previous, "version"),
    };
    pack.source = bytes_of(node, "source", &pack.source_size);
    pack.previous_source = bytes_of(previous, "source", &pack.previous_size);
    if (pack.name == NULL || pack.version == NULL || pack.checksum == NULL || pack.source == NULL || enabled == NULL ||
        enabled->kind != AIS_JSON_BOOL || !kind_of(node, &pack.kind) || !ais_version_valid(pack.version) ||
        (previous != NULL &&
         (pack.previous_version == NULL || pack.previous_source == NULL || !ais_version_valid(pack.previous_version))))
        return ais_fail(why, AIS_E_DAMAGED, "rulepacks.enc: the entry of rulepack '%s' is not as we write it",
                        pack.name != NULL ? pack.name : "?");
    pack.enabled = enabled->boolean;

    char checksum[AIS_PACK_CHECKSUM_SIZE];
    ais_pack_checksum(pack.source, pack.source_size, checksum);
    if (strcmp(checksum, pack.checksum) != 0)
        return ais_fail(why, AIS_E_DAMAGED, "rulepacks.enc: the source of rulepack '%s' does not fit its checksum",
                        pack.name);
    *ret = pack;
    return AIS_OK;
}

enum ais_err ais_packs_of(struct ais_pack_list *list, const struct ais_json *content, size_t more, struct ais_why *why)
{
    const struct ais_json *array = ais_json_get(content, "packs");
    if (content != NULL && (array == NULL || array->kind != AIS_JSON_ARRAY))
        return ais_fail(why, AIS_E_DAMAGED, "rulepacks.enc: it has no list of packs");
    size_t room = (array != NULL ? array->count : 0) + more;
    list->count = 0;
    list->packs = ais_arena_alloc(list->arena, (room + 1) * sizeof *list->packs);
    if (list->packs == NULL)
        return ais_fail(why, AIS_E_NOMEM, "rulepacks");
    for (const struct ais_json *node = array != NULL ? array->first : NULL; node != NULL; node = node->next)
        TRY(read_pack(node, &list->packs[list->count++], why));
    return AIS_OK;
}

enum ais_err ais_packs_read(struct ais_store *store, struct ais_pack_list *ret, struct ais_why *why)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_pack_list list = { .arena = arena };
    const struct ais_json *content = NULL;
    if (arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "rulepacks");
    TRY(ais_store_read(store, AIS_DOCUMENT_RULEPACKS, arena, &content, &list.generation, why));
    TRY(ais_packs_of(&list, content, 0, why));
    arena = NULL; /* the list's */
    *ret = list;
    return AIS_OK;
}

/* ---- the document, written ---- */

static void write_pack(struct ais_buf *out, const struct ais_stored_pack *pack)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "name", pack->name);
    ais_jw_text(out, "version", pack->version);
    ais_jw_text(out, "kind", kind_words[pack->kind]);
    ais_jw_bool(out, "enabled", pack->enabled);
    ais_jw_text(out, "checksum", pack->checksum);
    ais_jw_string(out, "source", pack->source, pack->source_size);
    if (pack->previous_version != NULL) {
        ais_jw_begin_object(out, "previous");
        ais_jw_text(out, "version", pack->previous_version);
        ais_jw_string(out, "source", pack->previous_source, pack->previous_size);
        ais_jw_end_object(out);
    }
    ais_jw_end_object(out);
}

static int by_name(const void *a, const void *b)
{
    const struct ais_stored_pack *one = a, *other = b;
    return strcmp(one->name, other->name);
}

void ais_packs_write(struct ais_buf *out, struct ais_stored_pack *packs, size_t count)
{
    qsort(packs, count, sizeof *packs, by_name);
    ais_jw_begin_object(out, NULL);
    ais_jw_begin_array(out, "packs");
    for (size_t i = 0; i < count; i++)
        write_pack(out, &packs[i]);
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}

/* ---- bundled packs ---- */

/* What mirroring is about; its memory outlives the change. */
struct mirror {
    struct ais_pack_list list;              /* owned: what the store has */
    const struct ais_bundled_pack *bundled; /* borrowed */
    enum ais_mirrored *what;                /* borrowed */
    size_t count;                           /* of bundled and what */
};

static void mirror_done(struct mirror *mirror)
{
    ais_pack_list_done(&mirror->list);
}

struct ais_stored_pack *ais_packs_find(const struct ais_pack_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->packs[i].name, name) == 0)
            return &list->packs[i];
    return NULL;
}

/* A version that was rolled back from does not come back by itself: what replaces is newer than all that was there. */
static enum ais_mirrored fate(const struct ais_stored_pack *stored, const struct ais_stored_pack *bundled)
{
    if (stored == NULL)
        return AIS_MIRROR_ADDED;
    if (stored->kind != AIS_PACK_SYSTEM)
        return AIS_MIRROR_TAKEN;
    if (ais_version_compare(bundled->version, stored->version) <= 0 ||
        (stored->previous_version != NULL && ais_version_compare(bundled->version, stored->previous_version) <= 0))
        return AIS_MIRROR_SAME;
    return AIS_MIRROR_REPLACED;
}

void ais_pack_replace(struct ais_stored_pack *stored, const struct ais_stored_pack *other)
{
    struct ais_stored_pack old = *stored;
    *stored = *other;
    stored->enabled = old.enabled;
    stored->previous_version = old.version;
    stored->previous_source = old.source;
    stored->previous_size = old.source_size;
}

/* Of a pack that nobody has read yet, what it says; and that it can be read at all. */
static enum ais_err read_version(struct ais_arena *arena, const struct ais_bundled_pack *bundled, const char **ret,
                                 struct ais_why *why)
{
    *ret = bundled->version;
    if (*ret != NULL)
        return AIS_OK;
    AUTO(ais_diagnostics_done) struct ais_diagnostics faults = { 0 };
    const struct ais_rulepack *pack = NULL;
    TRY(ais_rulepack_read(arena, bundled->name, bundled->bytes, bundled->size, &pack, &faults, why));
    *ret = pack->version;
    return AIS_OK;
}

/* Reading one takes as long as compiling it, and at most starts the store has what is bundled, to the byte. */
static enum ais_err mirror_one(struct mirror *mirror, size_t i, struct ais_why *why)
{
    const struct ais_bundled_pack *from = &mirror->bundled[i];
    struct ais_pack_list *list = &mirror->list;
    struct ais_stored_pack *stored = ais_packs_find(list, from->name);
    const char *version;
    mirror->what[i] = AIS_MIRROR_SAME;
    if (stored != NULL && stored->kind == AIS_PACK_SYSTEM && stored->source_size == from->size &&
        memcmp(stored->source, from->bytes, from->size) == 0)
        return AIS_OK;
    char *checksum = ais_arena_alloc(list->arena, AIS_PACK_CHECKSUM_SIZE);
    if (checksum == NULL)
        return ais_fail(why, AIS_E_NOMEM, "rulepacks");
    TRY(read_version(list->arena, from, &version, why));
    ais_pack_checksum(from->bytes, from->size, checksum);
    const struct ais_stored_pack bundled = { .name = from->name,
                                             .version = version,
                                             .kind = AIS_PACK_SYSTEM,
                                             .enabled = true,
                                             .checksum = checksum,
                                             .source = from->bytes,
                                             .source_size = from->size };
    mirror->what[i] = fate(stored, &bundled);
    if (mirror->what[i] == AIS_MIRROR_ADDED)
        list->packs[list->count++] = bundled;
    else if (mirror->what[i] == AIS_MIRROR_REPLACED)
        ais_pack_replace(stored, &bundled);
    return AIS_OK;
}

static enum ais_err mirror_change(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    struct mirror *mirror = arg;
    struct ais_pack_list *list = &mirror->list;
    bool changed = false;
    TRY(ais_packs_of(list, now, mirror->count, why));
    for (size_t i = 0; i < mirror->count; i++) {
        TRY(mirror_one(mirror, i, why));
        changed = changed || mirror->what[i] == AIS_MIRROR_ADDED || mirror->what[i] == AIS_MIRROR_REPLACED;
    }
    if (changed)
        ais_packs_write(next, list->packs, list->count);
    return AIS_OK;
}

enum ais_err ais_packs_mirror(struct ais_store *store, const struct ais_bundled_pack *bundled, size_t count,
                              enum ais_mirrored *ret_what, struct ais_why *why)
{
    AUTO(mirror_done) struct mirror mirror = { .list.arena = ais_arena_new(0), .bundled = bundled, .count = count };
    mirror.what = ret_what;
    if (mirror.list.arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "rulepacks");
    return ais_store_change(store, AIS_DOCUMENT_RULEPACKS, mirror_change, &mirror, NULL, why);
}
