#include "services/registry/catalog.h"

#include "services/registry/describe.h"
#include "shared/store/keys.h"

#include <stdlib.h>
#include <string.h>

/* Gives one reference back; with the last one what catalogs share ends. */
static void release(struct catalog *catalog)
{
    if (--catalog->references > 0)
        return;
    for (size_t i = 0; catalog->packs != NULL && i < catalog->list.count; i++)
        ais_buf_done(&catalog->packs[i].details);
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

static enum ais_err compile(struct catalog *catalog, const struct ais_policy_options *options,
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
    enum ais_err err = ais_policy_compile(sources, count, options, &catalog->policy, diagnostics, why);
    free(sources);
    return err;
}

/* The answers about one pack. One that is disabled need not be readable: it is listed without its rules. */
static enum ais_err describe(struct catalog *catalog, size_t index, struct ais_arena *arena, struct ais_why *why)
{
    AUTO(ais_diagnostics_done) struct ais_diagnostics faults = { 0 };
    const struct ais_stored_pack *stored = &catalog->list.packs[index];
    const struct ais_rulepack *read = NULL;
    ais_arena_reset(arena);
    enum ais_err err = ais_rulepack_read(arena, stored->name, stored->source, stored->source_size, &read, &faults, why);
    if (err != AIS_OK && (err != AIS_E_RULE || stored->enabled))
        return err;
    describe_pack(&catalog->overview, stored, read);
    describe_pack_in_full(&catalog->packs[index].details, stored, read);
    catalog->packs[index].name = stored->name;
    catalog->packs[index].version = stored->version;
    catalog->packs[index].source = stored->source;
    catalog->packs[index].source_size = stored->source_size;
    return catalog->packs[index].details.failed ? ais_fail(why, AIS_E_NOMEM, "rulepacks") : AIS_OK;
}

static enum ais_err describe_all(struct catalog *catalog, struct ais_why *why)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    catalog->packs = calloc(catalog->list.count + 1, sizeof *catalog->packs);
    if (arena == NULL || catalog->packs == NULL)
        return ais_fail(why, AIS_E_NOMEM, "rulepacks");
    ais_jw_begin_object(&catalog->overview, NULL);
    ais_jw_begin_array(&catalog->overview, "rulepacks");
    for (size_t i = 0; i < catalog->list.count; i++)
        TRY(describe(catalog, i, arena, why));
    ais_jw_end_array(&catalog->overview);
    ais_jw_end_object(&catalog->overview);
    return catalog->overview.failed ? ais_fail(why, AIS_E_NOMEM, "rulepacks") : AIS_OK;
}

/* With list and access there: everything that follows from them. */
static enum ais_err build(struct catalog *catalog, const struct ais_policy_options *options,
                          struct ais_diagnostics *diagnostics, struct ais_why *why)
{
    catalog->packs_generation = catalog->list.generation;
    TRY(compile(catalog, options, diagnostics, why));
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
    TRY(build(catalog, options, diagnostics, why));
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
    TRY(build(catalog, options, diagnostics, why));
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
