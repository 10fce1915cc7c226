#include "shared/store/policy_cache.h"

#include "shared/log/log.h"
#include "shared/seal/base64.h"
#include "shared/seal/document.h"

#include <string.h>

static const char name[] = AIS_STORE_CACHE;

/* The body is one JSON text: the bytes as base64url, which escapes nothing. */
static enum ais_err decode(const struct ais_buf *body, struct ais_buf *ret, struct ais_why *why)
{
    size_t n = 0, length = body->length;
    bool quoted = length >= 2 && body->data[0] == '"' && body->data[length - 1] == '"';
    if (quoted && !ais_buf_reserve(ret, length))
        return ais_fail(why, AIS_E_NOMEM, "%s.enc", name);
    if (!quoted || !ais_base64_decode(body->data + 1, length - 2, (unsigned char *)ret->data, &n))
        return ais_fail(why, AIS_E_DAMAGED, "%s.enc does not hold what we write", name);
    ret->length = n;
    ret->data[n] = '\0';
    return AIS_OK;
}

enum ais_err ais_policy_cache_read(struct ais_store *store, struct ais_policy_cache *ret, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = NULL;
    struct ais_anchor anchor;
    ais_buf_clear(&ret->packed);
    TRY(ais_sealer_new(ais_store_keyring(store), &sealer, why));
    TRY(ais_document_read(ais_store_dir(store), sealer, name, NULL, &body, &anchor, why));
    return decode(&body, &ret->packed, why);
}

enum ais_err ais_policy_cache_write(struct ais_store *store, const struct ais_policy_cache *cache, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = NULL;
    size_t n = AIS_BASE64_LENGTH(cache->packed.length);
    TRY(ais_sealer_new(ais_store_keyring(store), &sealer, why));
    ais_buf_byte(&body, '"');
    if (!ais_buf_reserve(&body, n + 1))
        return ais_fail(why, AIS_E_NOMEM, "%s.enc", name);
    ais_base64_encode((const unsigned char *)cache->packed.data, cache->packed.length, body.data + body.length);
    body.length += n;
    ais_buf_byte(&body, '"');
    return ais_document_write(ais_store_dir(store), sealer, name, 1, NULL, body.data, body.length, NULL, why);
}

/* ---- one compile ---- */

void ais_policy_cache_find(struct ais_store *store, struct ais_policy_cache *ret)
{
    struct ais_why why = { 0 };
    enum ais_err err = ais_policy_cache_read(store, ret, &why);
    if (err != AIS_OK && err != AIS_E_NOT_FOUND)
        ais_log(AIS_LOG_WARNING, "the compiled rules are not used, rules are compiled anew: %s", why.text);
}

void ais_policy_cache_keep(struct ais_store *store, const struct ais_policy_cache *cache)
{
    struct ais_why why = { 0 };
    if (!cache->used && ais_policy_cache_write(store, cache, &why) != AIS_OK)
        ais_log(AIS_LOG_WARNING, "the compiled rules are not kept for the next start: %s", why.text);
}

void ais_policy_cache_done(struct ais_policy_cache *cache)
{
    ais_buf_done(&cache->packed);
}

enum ais_err ais_policy_compile_kept(struct ais_store *store, const struct ais_pack_source *packs, size_t n,
                                     const struct ais_policy_options *options, struct ais_policy **ret,
                                     struct ais_diagnostics *diagnostics, struct ais_why *why)
{
    AUTO(ais_policy_cache_done) struct ais_policy_cache cache = { 0 };
    struct ais_policy_options cached = *options;
    cached.cache = &cache;
    ais_policy_cache_find(store, &cache);
    bool there_was_one = cache.packed.length > 0;
    TRY(ais_policy_compile(packs, n, &cached, ret, diagnostics, why));
    if (!cache.used && there_was_one)
        ais_log(AIS_LOG_INFO, "the compiled rules were of others: they are replaced");
    ais_policy_cache_keep(store, &cache);
    return AIS_OK;
}
