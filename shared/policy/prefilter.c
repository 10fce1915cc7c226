#include "shared/policy/prefilter.h"

#include <hs/hs.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 256 };

/* Literals of one byte occur in nearly every text, again and again, and each time the library would call. Noting which
 * bytes a text has costs less than one such call in ten bytes. */
struct ais_prefilter {
    atomic_size_t references;
    hs_database_t *database; /* owned; of the longer literals; NULL when there are none */
    size_t single_count;
    struct single {
        uint32_t byte, literal;
    } singles[BYTES]; /* the others, each byte at most once */
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

/* What the library takes, a column each. */
struct columns {
    const char **expressions; /* owned */
    size_t *lengths;          /* owned */
    unsigned *flags, *ids;    /* owned */
    unsigned count;
};

static void columns_done(struct columns *columns)
{
    free(columns->expressions);
    free(columns->lengths);
    free(columns->flags);
    free(columns->ids);
}

/* No HS_FLAG_SINGLEMATCH: telling hits apart costs the library more than it costs those who listen. */
static void add(struct columns *columns, const struct ais_literal *literal, unsigned id)
{
    unsigned i = columns->count++;
    columns->expressions[i] = literal->bytes;
    columns->lengths[i] = literal->length;
    columns->flags[i] = HS_FLAG_CASELESS;
    columns->ids[i] = id;
}

static enum ais_err compile(const struct columns *columns, hs_database_t **ret, struct ais_why *why)
{
    hs_compile_error_t *fault = NULL;
    if (columns->count == 0)
        return AIS_OK;
    hs_error_t error = hs_compile_lit_multi(columns->expressions, columns->flags, columns->ids, columns->lengths,
                                            columns->count, HS_MODE_BLOCK, NULL, ret, &fault);
    if (error == HS_SUCCESS)
        return AIS_OK;
    enum ais_err err = ais_fail(why, AIS_E_INTERNAL, "literals: %s", fault != NULL ? fault->message : "?");
    hs_free_compile_error(fault);
    return err;
}

/* Without literals, and with one owner; NULL: no memory. */
static struct ais_prefilter *blank(void)
{
    struct ais_prefilter *prefilter = calloc(1, sizeof *prefilter);
    if (prefilter != NULL)
        atomic_init(&prefilter->references, 1);
    return prefilter;
}

enum ais_err ais_prefilter_new(const struct ais_literal *literals, size_t n, struct ais_prefilter **ret,
                               struct ais_why *why)
{
    if (n > UINT_MAX)
        return ais_fail(why, AIS_E_LIMIT, "too many literals");
    AUTO(ais_prefilter_destroy) struct ais_prefilter *prefilter = blank();
    AUTO(columns_done)
    struct columns columns = { .expressions = calloc(n + 1, sizeof *columns.expressions),
                               .lengths = calloc(n + 1, sizeof *columns.lengths),
                               .flags = calloc(n + 1, sizeof *columns.flags),
                               .ids = calloc(n + 1, sizeof *columns.ids) };
    if (prefilter == NULL || columns.expressions == NULL || columns.lengths == NULL || columns.flags == NULL ||
        columns.ids == NULL)
        return ais_fail(why, AIS_E_NOMEM, "literals");
    for (unsigned i = 0; i < n; i++) {
        if (literals[i].length == 1 && prefilter->single_count < BYTES)
            prefilter->singles[prefilter->single_count++] = (struct single){ (unsigned char)literals[i].bytes[0], i };
        else
            add(&columns, &literals[i], i);
    }
    TRY(compile(&columns, &prefilter->database, why));
    *ret = TAKE(prefilter);
    return AIS_OK;
}

/* Packed: how many literals of one byte there are, these, and the library's bytes. */
enum ais_err ais_prefilter_pack(const struct ais_prefilter *prefilter, struct ais_buf *out, struct ais_why *why)
{
    char *bytes = NULL;
    size_t n = 0;
    ais_buf_add(out, &prefilter->single_count, sizeof prefilter->single_count);
    ais_buf_add(out, prefilter->singles, prefilter->single_count * sizeof *prefilter->singles);
    if (prefilter->database == NULL)
        return AIS_OK;
    hs_error_t error = hs_serialize_database(prefilter->database, &bytes, &n);
    if (error != HS_SUCCESS)
        return library_fail(error, "serialize", why);
    ais_buf_add(out, bytes, n);
    free(bytes);
    return AIS_OK;
}

/* The literals of one byte; false when there are not all of them. *at and *n go on behind them. */
static bool take_singles(struct ais_prefilter *prefilter, const char **at, size_t *n)
{
    size_t count = 0, size = sizeof count;
    if (*n < size)
        return false;
    memcpy(&count, *at, size);
    if (count > BYTES || (*n - size) / sizeof *prefilter->singles < count)
        return false;
    memcpy(prefilter->singles, *at + size, count * sizeof *prefilter->singles);
    prefilter->single_count = count;
    size += count * sizeof *prefilter->singles;
    *at += size;
    *n -= size;
    return true;
}

enum ais_err ais_prefilter_unpack(const char *bytes, size_t n, struct ais_prefilter **ret, struct ais_why *why)
{
    AUTO(ais_prefilter_destroy) struct ais_prefilter *prefilter = blank();
    if (prefilter == NULL)
        return ais_fail(why, AIS_E_NOMEM, "literals");
    if (!take_singles(prefilter, &bytes, &n))
        return ais_fail(why, AIS_E_DAMAGED, "deserialize: cut off");
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

struct ais_prefilter *ais_prefilter_ref(struct ais_prefilter *prefilter)
{
    atomic_fetch_add_explicit(&prefilter->references, 1, memory_order_relaxed);
    return prefilter;
}

void ais_prefilter_destroy(struct ais_prefilter **prefilter)
{
    struct ais_prefilter *self = *prefilter;
    *prefilter = NULL;
    if (self == NULL || atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) > 1)
        return;
    hs_free_database(self->database);
    free(self);
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

static void find_singles(const struct ais_prefilter *prefilter, const char *text, size_t n, ais_prefilter_hit *hit,
                         void *arg)
{
    bool seen[BYTES] = { false };
    for (size_t i = 0; i < n; i++)
        seen[(unsigned char)text[i]] = true;
    for (int letter = 'A'; letter <= 'Z'; letter++)
        seen[letter | ' '] |= seen[letter];
    for (size_t i = 0; i < prefilter->single_count; i++)
        if (seen[prefilter->singles[i].byte])
            hit(prefilter->singles[i].literal, arg);
}

enum ais_err ais_prefilter_scan(const struct ais_prefilter *prefilter, struct ais_prefilter_scratch *scratch,
                                const char *text, size_t n, ais_prefilter_hit *hit, void *arg)
{
    struct listener listener = { hit, arg };
    if (prefilter->single_count > 0)
        find_singles(prefilter, text, n, hit, arg);
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
