/* The compiled literals of one snapshot, kept from one compile to the next.
 *
 * Packed: BLAKE2b-256 of all that they depend on (the snapshot's digest, with the engine's version in it; the library's
 * version and the processor's kind; the literals themselves), then the library's bytes. */
#include "shared/policy/snapshot.h"
#include "shared/seal/digest.h"

#include <string.h>

static enum ais_err make_key(const struct ais_policy *policy, const struct ais_literal *literals, size_t n,
                             unsigned char key[AIS_DIGEST_SIZE], struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    ais_buf_format(&text, "policy cache 2\n%s\n", policy->digest);
    ais_prefilter_kind(&text);
    for (size_t i = 0; i < n; i++) {
        ais_buf_format(&text, "\n%zu ", literals[i].length);
        ais_buf_add(&text, literals[i].bytes, literals[i].length);
    }
    if (text.failed)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
    ais_digest(text.data, text.length, key);
    return AIS_OK;
}

/* Whether it was there. What the library refuses is as good as absent. */
static enum ais_err take(struct ais_policy *policy, const unsigned char key[AIS_DIGEST_SIZE],
                         struct ais_policy_cache *cache, struct ais_why *why)
{
    const struct ais_buf *packed = &cache->packed;
    struct ais_why refused = { 0 };
    if (packed->length < AIS_DIGEST_SIZE || memcmp(packed->data, key, AIS_DIGEST_SIZE) != 0)
        return AIS_OK;
    enum ais_err err = ais_prefilter_unpack(packed->data + AIS_DIGEST_SIZE, packed->length - AIS_DIGEST_SIZE,
                                            &policy->prefilter, &refused);
    cache->used = err == AIS_OK;
    return err == AIS_E_NOMEM ? ais_fail(why, err, "%s", refused.text) : AIS_OK;
}

enum ais_err ais_policy_prefilter(struct ais_policy *policy, const struct ais_literal *literals, size_t n,
                                  struct ais_policy_cache *cache, struct ais_why *why)
{
    unsigned char key[AIS_DIGEST_SIZE];
    if (cache == NULL)
        return ais_prefilter_new(literals, n, &policy->prefilter, why);
    cache->used = false;
    TRY(make_key(policy, literals, n, key, why));
    TRY(take(policy, key, cache, why));
    if (cache->used)
        return AIS_OK;
    TRY(ais_prefilter_new(literals, n, &policy->prefilter, why));
    ais_buf_clear(&cache->packed);
    ais_buf_add(&cache->packed, key, sizeof key);
    TRY(ais_prefilter_pack(policy->prefilter, &cache->packed, why));
    return cache->packed.failed ? ais_fail(why, AIS_E_NOMEM, "out of memory for rules") : AIS_OK;
}
