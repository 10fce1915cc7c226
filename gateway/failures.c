#include "gateway/failures.h"

#include "shared/json/write.h"
#include "shared/sys/clock.h"

#include <string.h>

static bool same_peer(const struct ais_peer *a, const struct ais_peer *b)
{
    return a->kind == b->kind && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static void add_address(struct failures *failures, const struct ais_peer *peer)
{
    struct failures_address *least = &failures->addresses[0];
    for (size_t i = 0; i < FAILURES_ADDRESSES; i++) {
        struct failures_address *one = &failures->addresses[i];
        if (one->count > 0 && same_peer(&one->peer, peer)) {
            one->count++;
            return;
        }
        if (one->count < least->count)
            least = one;
    }
    least->peer = *peer;
    least->count++;
}

void failures_add(struct failures *failures, enum ais_access_verdict verdict, const struct ais_peer *peer,
                  const struct ais_access_key *key, int64_t now_ns)
{
    if (failures->count++ == 0)
        failures->since_ns = now_ns;
    failures->by_verdict[verdict]++;
    add_address(failures, peer);
    if (key != NULL)
        memcpy(failures->key_id, key->id, sizeof failures->key_id);
}

bool failures_due(const struct failures *failures, int64_t now_ns)
{
    return failures->count > 0 && now_ns >= failures->next_ns;
}

void failures_clear(struct failures *failures, int64_t now_ns)
{
    *failures = (struct failures){ .next_ns = now_ns + FAILURES_EVENT_MS * AIS_NS_PER_MS };
}

static void write_count(struct ais_buf *out, const char *name, uint64_t count)
{
    if (count > 0)
        ais_jw_u64(out, name, count);
}

void failures_describe(const struct failures *failures, struct ais_buf *out, int64_t now_ns)
{
    char text[AIS_PEER_TEXT_SIZE];
    ais_jw_begin_object(out, NULL);
    ais_jw_u64(out, "count", failures->count);
    ais_jw_i64(out, "within_ms", (now_ns - failures->since_ns) / AIS_NS_PER_MS);
    ais_jw_begin_object(out, "reasons");
    for (size_t i = 0; i < AIS_ACCESS_VERDICT_COUNT; i++)
        write_count(out, ais_access_verdict_name((enum ais_access_verdict)i), failures->by_verdict[i]);
    ais_jw_end_object(out);
    ais_jw_begin_array(out, "addresses");
    for (size_t i = 0; i < FAILURES_ADDRESSES; i++) {
        if (failures->addresses[i].count == 0)
            continue;
        ais_jw_begin_object(out, NULL);
        ais_jw_text(out, "address", ais_peer_text(&failures->addresses[i].peer, text));
        ais_jw_u64(out, "count", failures->addresses[i].count);
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
    write_count(out, "delayed", failures->delayed);
    write_count(out, "refused", failures->refused);
    if (failures->key_id[0] != '\0')
        ais_jw_text(out, "last_key_id", failures->key_id);
    ais_jw_end_object(out);
}
