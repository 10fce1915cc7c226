#include "services/registry/catalog.h"

#include "services/registry/describe.h"
#include "shared/store/keys.h"
#include "shared/store/policy_cache.h"

#include <stdlib.h>
#include <string.h>

/* Gives one reference back; with the last one what catalogs share ends. */
static void release(struct catalog *catalog)
{
    if (--catalog->references > 0)
        return;
    for (size_t i = 0; catalog->packs != NULL && i < catalog->list.count; i++) {
        ais_buf_done(&catalog->packs[i].brief);
        ais_buf_done(&catalog->packs[i].details);
    }
    free(catalog->packs);
    ais_pack_list_done(&catalog->list);
    ais_buf_done(&catalog->overview);
    free(catalog);
}

void catalog_destroy(struct catalog **catalog)
{
    struct catalog *old = *catalog;
    *catalog = NULL;
    if (old == NULL)
        return;
    ais_policy_unref(&old->policy);
    ais_access_unref(&old->access);
    if (old->shared != NULL) {
        release(old->shared);
        free(old);
    } else {
        release(old);
    }
}

struct catalog *catalog_with_keys(struct catalog *old)
{
    struct catalog *fresh = malloc(sizeof *fresh);
    if (fresh == NULL)
        return NULL;
    *fresh = *old;
    fresh->references = 1;
    fresh->shared = old->shared != NULL ? old->shared : old;
    fresh->shared->references++;
    fresh->policy = ais_policy_ref(old->policy);
    fresh->access = NULL;
    return fresh;
}

/* ---- answers ---- */

static void describe(struct catalog *catalog, size_t index, const struct ais_rulepack *read)
{
    const struct ais_stored_pack *stored = &catalog->list.packs[index];
    struct catalog_pack *pack = &catalog->packs[index];
    describe_pack(&pack->brief, stored, read);
    describe_pack_in_full(&pack->details, stored, read);
}

/* What the compiler shows us: reading a pack takes longer than all that is made of it. */
struct shown {
    struct catalog *catalog;
    const struct ais_pack_source *sources; /* as many and in the same order as the catalog's packs */
};

static void describe_shown(void *arg, const struct ais_pack_source *source, const struct ais_rulepack *read)
{
    const struct shown *shown = arg;
    describe(shown->catalog, (size_t)(source - shown->sources), read);
}

/* Of one that is disabled, which need not be readable: then it is listed without its rules. */
static enum ais_err describe_disabled(struct catalog *catalog, size_t index, struct ais_why *why)
{
    AUTO(ais_diagnostics_done) struct ais_diagnostics faults = { 0 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_stored_pack *stored = &catalog->list.packs[index];
    const struct ais_rulepack *read = NULL;
    if (arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "rulepacks");
    enum ais_err err = ais_rulepack_read(arena, stored->name, stored->source, stored->source_size, &read, &faults, why);
    if (err == AIS_OK || err == AIS_E_RULE)
        describe(catalog, index, read);
    return err == AIS_E_RULE ? AIS_OK : err;
}

/* Those that were not shown, and all of them together. */
static enum ais_err describe_all(struct catalog *catalog, struct ais_why *why)
{
    struct ais_buf *overview = &catalog->overview;
    ais_jw_begin_object(overview, NULL);
    ais_jw_begin_array(overview, "rulepacks");
    for (size_t i = 0; i < catalog->list.count; i++) {
        struct catalog_pack *pack = &catalog->packs[i];
        if (!catalog->list.packs[i].enabled)
            TRY(describe_disabled(catalog, i, why));
        if (pack->brief.failed || pack->details.failed)
            return ais_fail(why, AIS_E_NOMEM, "rulepacks");
        ais_jw_raw(overview, NULL, pack->brief.data, pack->brief.length);
        ais_buf_done(&pack->brief);
    }
    ais_jw_end_array(overview);
    ais_jw_end_object(overview);
    return overview->failed ? ais_fail(why, AIS_E_NOMEM, "rulepacks") : AIS_OK;
}

/* ---- making one ---- */

/* Compiles, and has the answers written of what is compiled. store: where what a compile leaves is kept; or NULL. */
static enum ais_err compile(struct catalog *catalog, struct ais_store *store, const struct ais_policy_options *options,
                            struct ais_diagnostics *diagnostics, struct ais_why *why)
{
    size_t count = catalog->list.count;
    struct ais_pack_source *sources = calloc(count + 1, sizeof *sources);
    if (sources == NULL)
        return ais_fail(why, AIS_E_NOMEM, "rulepacks");
    for (size_t i = 0; i < count; i++) {
        const struct ais_stored_pack *pack = &catalog->list.packs[i];
        sources[i] = (struct ais_pack_source){ .file = pack->name,
                                               .bytes = pack->source,
                                               .size = pack->source_size,
                                               .enabled = pack->enabled,
                                               .kind = pack->kind };
    }
    struct shown shown = { catalog, sources };
    struct ais_policy_options own = *options;
    own.show = describe_shown;
    own.show_arg = &shown;
    enum ais_err err = store != NULL
                           ? ais_policy_compile_kept(store, sources, count, &own, &catalog->policy, diagnostics, why)
                           : ais_policy_compile(sources, count, &own, &catalog->policy, diagnostics, why);
    free(sources);
    return err;
}

/* With list and access there: everything that follows from them. */
static enum ais_err build(struct catalog *catalog, struct ais_store *store, const struct ais_policy_options *options,
                          struct ais_diagnostics *diagnostics, struct ais_why *why)
{
    catalog->packs_generation = catalog->list.generation;
    catalog->packs = calloc(catalog->list.count + 1, sizeof *catalog->packs);
    if (catalog->packs == NULL)
        return ais_fail(why, AIS_E_NOMEM, "rulepacks");
    for (size_t i = 0; i < catalog->list.count; i++) {
        const struct ais_stored_pack *stored = &catalog->list.packs[i];
        catalog->packs[i].name = stored->name;
        catalog->packs[i].version = stored->version;
        catalog->packs[i].source = stored->source;
        catalog->packs[i].source_size = stored->source_size;
    }
    TRY(compile(catalog, store, options, diagnostics, why));
    return describe_all(catalog, why);
}

enum ais_err catalog_load(struct ais_store *store, const struct ais_policy_options *options, struct catalog **ret,
                          struct ais_diagnostics *diagnostics, struct ais_why *why)
{
    AUTO(catalog_destroy) struct catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog == NULL)
        return ais_fail(why, AIS_E_NOMEM, "rulepacks");
    catalog->references = 1;
    TRY(ais_packs_read(store, &catalog->list, why));
    TRY(ais_keys_read(store, &catalog->access, &catalog->keys_generation, why));
    TRY(build(catalog, store, options, diagnostics, why));
    *ret = TAKE(catalog);
    return AIS_OK;
}

enum ais_err catalog_with_packs(const struct catalog *now, struct ais_pack_list *list,
                                const struct ais_policy_options *options, struct catalog **ret,
                                struct ais_diagnostics *diagnostics, struct ais_why *why)
{
    AUTO(catalog_destroy) struct catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog == NULL) {
        ais_pack_list_done(list);
        return ais_fail(why, AIS_E_NOMEM, "rulepacks");
    }
    catalog->references = 1;
    catalog->list = *list;
    *list = (struct ais_pack_list){ 0 };
    catalog->access = ais_access_ref(now->access);
    catalog->keys_generation = now->keys_generation;
    struct ais_policy_options own = *options;
    own.like = now->policy;
    TRY(build(catalog, NULL, &own, diagnostics, why));
    *ret = TAKE(catalog);
    return AIS_OK;
}

const struct catalog_pack *catalog_find(const struct catalog *catalog, const char *name, size_t n)
{
    for (size_t i = 0; i < catalog->list.count; i++)
        if (strlen(catalog->packs[i].name) == n && memcmp(catalog->packs[i].name, name, n) == 0)
            return &catalog->packs[i];
    return NULL;
}

const struct ais_stored_pack *catalog_stored(const struct catalog *catalog, const struct catalog_pack *pack)
{
    return &catalog->list.packs[pack - catalog->packs];
}
