/* The compiled literals of a snapshot, shared with the next one or kept from one compile to the next.
 *
 * Packed: BLAKE2b-256 of all that they depend on (the library's version and the processor's kind; the literals
 * themselves, in their order), the literals, then the library's bytes. Nothing else of the rules is in them: a pack
 * that only says other things, or is switched on and off, leaves them as they are. */
#include "shared/policy/snapshot.h"

#include <stdlib.h>
#include <string.h>

/* What the literals begin with: behind it the length of each, then the bytes of all. */
struct head {
    unsigned char key[AIS_DIGEST_SIZE];
    size_t count; /* of literals */
    size_t bytes; /* in all of them */
};

static enum ais_err make_key(const struct ais_literal *literals, size_t count, unsigned char ret[AIS_DIGEST_SIZE],
                             struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    ais_buf_text(&text, "policy cache 4\n");
    ais_prefilter_kind(&text);
    for (size_t i = 0; i < count; i++) {
        ais_buf_format(&text, "\n%zu ", literals[i].length);
        ais_buf_add(&text, literals[i].bytes, literals[i].length);
    }
    if (text.failed)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
    ais_digest(text.data, text.length, ret);
    return AIS_OK;
}

static void pack_literals(const struct ais_policy *policy, struct ais_buf *out)
{
    struct head head = { .count = policy->literal_count };
    memcpy(head.key, policy->prefilter_key, sizeof head.key);
    for (size_t i = 0; i < policy->literal_count; i++)
        head.bytes += policy->literals[i].length;
    ais_buf_add(out, &head, sizeof head);
    for (size_t i = 0; i < policy->literal_count; i++)
        ais_buf_add(out, &policy->literals[i].length, sizeof policy->literals[i].length);
    for (size_t i = 0; i < policy->literal_count; i++)
        ais_buf_add(out, policy->literals[i].bytes, policy->literals[i].length);
}

/* Where the library's bytes begin; 0 when there are not all of the literals before them. */
static size_t read_head(const struct ais_buf *packed, struct head *ret)
{
    size_t at = sizeof *ret;
    if (packed->length < at)
        return 0;
    memcpy(ret, packed->data, at);
    if (ret->count > (packed->length - at) / sizeof(size_t))
        return 0;
    at += ret->count * sizeof(size_t);
    return ret->bytes <= packed->length - at ? at + ret->bytes : 0;
}

enum ais_err ais_policy_cache_literals(const struct ais_policy_cache *cache, struct ais_literal **ret,
                                       size_t *ret_count, struct ais_why *why)
{
    struct head head = { .count = 0 };
    unsigned char key[AIS_DIGEST_SIZE];
    *ret = NULL;
    *ret_count = 0;
    if (read_head(&cache->packed, &head) == 0)
        return AIS_OK;
    struct ais_literal *literals = calloc(head.count + 1, sizeof *literals);
    if (literals == NULL)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
    const char *lengths = cache->packed.data + sizeof head;
    const char *bytes = lengths + head.count * sizeof(size_t);
    size_t left = head.bytes, count = 0;
    for (; count < head.count; count++) {
        struct ais_literal *literal = &literals[count];
        memcpy(&literal->length, lengths + count * sizeof(size_t), sizeof literal->length);
        if (literal->length > left)
            break;
        literal->bytes = bytes + (head.bytes - left);
        left -= literal->length;
    }
    enum ais_err err = make_key(literals, count, key, why);
    if (err == AIS_OK && count == head.count && left == 0 && memcmp(key, head.key, sizeof key) == 0) {
        *ret = literals;
        *ret_count = count;
        return AIS_OK;
    }
    free(literals);
    return err;
}

/* Whether it was there. What the library refuses is as good as absent. */
static enum ais_err take(struct ais_policy *policy, struct ais_policy_cache *cache, struct ais_why *why)
{
    const struct ais_buf *packed = &cache->packed;
    struct ais_why refused = { 0 };
    struct head head;
    size_t at = read_head(packed, &head);
    if (at == 0 || memcmp(head.key, policy->prefilter_key, sizeof head.key) != 0)
        return AIS_OK;
    enum ais_err err = ais_prefilter_unpack(packed->data + at, packed->length - at, &policy->prefilter, &refused);
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
    TRY(make_key(policy->literals, policy->literal_count, policy->prefilter_key, why));
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
    pack_literals(policy, &cache->packed);
    TRY(ais_prefilter_pack(policy->prefilter, &cache->packed, why));
    return cache->packed.failed ? ais_fail(why, AIS_E_NOMEM, "out of memory for rules") : AIS_OK;
}
