/* The compiled literals of a snapshot, shared with the next one or kept from one compile to the next.
 *
 * Packed: BLAKE2b-256 of all that they depend on (the library's version and the processor's kind; the literals
 * themselves, in their order), then the library's bytes. Nothing else of the rules is in them: a pack that only says
 * other things, or is switched on and off, leaves them as they are. */
#include "shared/policy/snapshot.h"

#include <string.h>

static enum ais_err make_key(struct ais_policy *policy, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    ais_buf_text(&text, "policy cache 3\n");
    ais_prefilter_kind(&text);
    for (size_t i = 0; i < policy->literal_count; i++) {
        ais_buf_format(&text, "\n%zu ", policy->literals[i].length);
        ais_buf_add(&text, policy->literals[i].bytes, policy->literals[i].length);
    }
    if (text.failed)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
    ais_digest(text.data, text.length, policy->prefilter_key);
    return AIS_OK;
}

/* Whether it was there. What the library refuses is as good as absent. */
static enum ais_err take(struct ais_policy *policy, struct ais_policy_cache *cache, struct ais_why *why)
{
    const struct ais_buf *packed = &cache->packed;
    struct ais_why refused = { 0 };
    if (packed->length < AIS_DIGEST_SIZE || memcmp(packed->data, policy->prefilter_key, AIS_DIGEST_SIZE) != 0)
        return AIS_OK;
    enum ais_err err = ais_prefilter_unpack(packed->data + AIS_DIGEST_SIZE, packed->length - AIS_DIGEST_SIZE,
                                            &policy->prefilter, &refused);
    cache->used = err == AIS_OK;
    return err == AIS_E_NOMEM ? ais_fail(why, err, "%s", refused.text) : AIS_OK;
}

static bool share(struct ais_policy *policy, const struct ais_policy *like)
{
    if (like == NULL || memcmp(like->prefilter_key, policy->prefilter_key, AIS_DIGEST_SIZE) != 0)
        return false;
    policy->prefilter = ais_prefilter_ref(like->prefilter);
    return true;
}

enum ais_err ais_policy_prefilter(struct ais_policy *policy, const struct ais_policy_options *options,
                                  struct ais_why *why)
{
    struct ais_policy_cache *cache = options->cache;
    TRY(make_key(policy, why));
    if (share(policy, options->like))
        return AIS_OK;
    if (cache != NULL) {
        cache->used = false;
        TRY(take(policy, cache, why));
        if (cache->used)
            return AIS_OK;
    }
    TRY(ais_prefilter_new(policy->literals, policy->literal_count, &policy->prefilter, why));
    if (cache == NULL)
        return AIS_OK;
    ais_buf_clear(&cache->packed);
    ais_buf_add(&cache->packed, policy->prefilter_key, sizeof policy->prefilter_key);
    TRY(ais_prefilter_pack(policy->prefilter, &cache->packed, why));
    return cache->packed.failed ? ais_fail(why, AIS_E_NOMEM, "out of memory for rules") : AIS_OK;
}
