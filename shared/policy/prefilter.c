#include "shared/policy/prefilter.h"

#include <hs/hs.h>
#include <limits.h>
#include <stdlib.h>

struct ais_prefilter {
    hs_database_t *database; /* owned; NULL when there are no literals */
};

/* struct ais_prefilter_scratch is the library's hs_scratch_t under a name of ours. */
static hs_scratch_t *scratch_of(struct ais_prefilter_scratch *scratch)
{
    return (hs_scratch_t *)scratch;
}

static enum ais_err library_fail(hs_error_t error, const char *what, struct ais_why *why)
{
    return ais_fail(why, error == HS_NOMEM ? AIS_E_NOMEM : AIS_E_INTERNAL, "%s: vectorscan error %d", what, error);
}

static enum ais_err compile(const struct ais_literal *literals, unsigned n, const char **expressions, size_t *lengths,
                            unsigned *flags, unsigned *ids, hs_database_t **ret, struct ais_why *why)
{
    hs_compile_error_t *fault = NULL;
    for (unsigned i = 0; i < n; i++) {
        expressions[i] = literals[i].bytes;
        lengths[i] = literals[i].length;
        flags[i] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
        ids[i] = i;
    }
    hs_error_t error = hs_compile_lit_multi(expressions, flags, ids, lengths, n, HS_MODE_BLOCK, NULL, ret, &fault);
    if (error == HS_SUCCESS)
        return AIS_OK;
    enum ais_err err = ais_fail(why, AIS_E_INTERNAL, "literals: %s", fault != NULL ? fault->message : "?");
    hs_free_compile_error(fault);
    return err;
}

enum ais_err ais_prefilter_new(const struct ais_literal *literals, size_t n, struct ais_prefilter **ret,
                               struct ais_why *why)
{
    if (n > UINT_MAX)
        return ais_fail(why, AIS_E_LIMIT, "too many literals");
    AUTO(ais_prefilter_destroy) struct ais_prefilter *prefilter = calloc(1, sizeof *prefilter);
    if (prefilter == NULL)
        return ais_fail(why, AIS_E_NOMEM, "literals");
    if (n > 0) {
        const char **expressions = calloc(n, sizeof *expressions);
        size_t *lengths = calloc(n, sizeof *lengths);
        unsigned *flags = calloc(n, sizeof *flags), *ids = calloc(n, sizeof *ids);
        enum ais_err err = AIS_E_NOMEM;
        if (expressions != NULL && lengths != NULL && flags != NULL && ids != NULL)
            err = compile(literals, (unsigned)n, expressions, lengths, flags, ids, &prefilter->database, why);
        else
            ais_fail(why, err, "literals");
        free(expressions);
        free(lengths);
        free(flags);
        free(ids);
        TRY(err);
    }
    *ret = TAKE(prefilter);
    return AIS_OK;
}

enum ais_err ais_prefilter_pack(const struct ais_prefilter *prefilter, struct ais_buf *out, struct ais_why *why)
{
    char *bytes = NULL;
    size_t n = 0;
    if (prefilter->database == NULL)
        return AIS_OK;
    hs_error_t error = hs_serialize_database(prefilter->database, &bytes, &n);
    if (error != HS_SUCCESS)
        return library_fail(error, "serialize", why);
    ais_buf_add(out, bytes, n);
    free(bytes);
    return AIS_OK;
}

enum ais_err ais_prefilter_unpack(const char *bytes, size_t n, struct ais_prefilter **ret, struct ais_why *why)
{
    AUTO(ais_prefilter_destroy) struct ais_prefilter *prefilter = calloc(1, sizeof *prefilter);
    if (prefilter == NULL)
        return ais_fail(why, AIS_E_NOMEM, "literals");
    hs_error_t error = n > 0 ? hs_deserialize_database(bytes, n, &prefilter->database) : HS_SUCCESS;
    if (error == HS_NOMEM)
        return library_fail(error, "deserialize", why);
    if (error != HS_SUCCESS)
        return ais_fail(why, AIS_E_DAMAGED, "deserialize: vectorscan error %d", error);
    *ret = TAKE(prefilter);
    return AIS_OK;
}

void ais_prefilter_kind(struct ais_buf *out)
{
    hs_platform_info_t platform = { 0 };
    ais_buf_text(out, hs_version());
    if (hs_populate_platform(&platform) == HS_SUCCESS)
        ais_buf_format(out, " %u %llx", platform.tune, platform.cpu_features);
}

void ais_prefilter_destroy(struct ais_prefilter **prefilter)
{
    if (*prefilter == NULL)
        return;
    hs_free_database((*prefilter)->database);
    free(*prefilter);
    *prefilter = NULL;
}

enum ais_err ais_prefilter_prepare(const struct ais_prefilter *prefilter, struct ais_prefilter_scratch **scratch,
                                   struct ais_why *why)
{
    hs_scratch_t *grown = scratch_of(*scratch);
    if (prefilter->database == NULL)
        return AIS_OK;
    hs_error_t error = hs_alloc_scratch(prefilter->database, &grown);
    *scratch = (struct ais_prefilter_scratch *)grown; /* on failure too: the old one may be gone */
    return error == HS_SUCCESS ? AIS_OK : library_fail(error, "scratch", why);
}

void ais_prefilter_scratch_destroy(struct ais_prefilter_scratch **scratch)
{
    hs_free_scratch(scratch_of(*scratch));
    *scratch = NULL;
}

struct listener {
    ais_prefilter_hit *hit;
    void *arg;
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    const struct listener *listener = context;
    (void)from, (void)to, (void)flags;
    listener->hit(id, listener->arg);
    return 0;
}

enum ais_err ais_prefilter_scan(const struct ais_prefilter *prefilter, struct ais_prefilter_scratch *scratch,
                                const char *text, size_t n, ais_prefilter_hit *hit, void *arg)
{
    struct listener listener = { hit, arg };
    if (prefilter->database == NULL || n == 0)
        return AIS_OK;
    if (n > UINT_MAX)
        return AIS_E_INTERNAL;
    hs_error_t error = hs_scan(prefilter->database, text, (unsigned)n, 0, scratch_of(scratch), on_match, &listener);
    return error == HS_SUCCESS ? AIS_OK : AIS_E_INTERNAL;
}

size_t ais_prefilter_size(const struct ais_prefilter *prefilter)
{
    size_t size = 0;
    if (prefilter->database != NULL && hs_database_size(prefilter->database, &size) != HS_SUCCESS)
        size = 0;
    return size;
}
