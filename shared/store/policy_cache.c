#include "shared/store/policy_cache.h"

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
