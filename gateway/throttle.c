#include "gateway/throttle.h"

#include "shared/sys/clock.h"
#include "shared/sys/random.h"

#include <sodium.h>
#include <string.h>

enum { NETWORK_BYTES = 8 }; /* of an IPv6 address, that tell customers apart */

static const int64_t refill_ns = THROTTLE_REFILL_MS * AIS_NS_PER_MS;

void throttle_init(struct throttle *throttle)
{
    *throttle = (struct throttle){ .seed = { 0 } };
    ais_random(throttle->seed, sizeof throttle->seed);
}

/* The part of an address that stands for all who share it: an IPv4 address whole, of an IPv6 address its /64. */
static struct throttle_row row_of(const struct ais_peer *peer)
{
    static const uint8_t mapped[NETWORK_BYTES + 4] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF };
    struct throttle_row row = { .kind = (uint8_t)peer->kind, .taken = true };
    size_t counts = memcmp(peer->bytes, mapped, sizeof mapped) == 0 ? sizeof row.address : NETWORK_BYTES;
    memcpy(row.address, peer->bytes, counts);
    return row;
}

/* The row of who is wanted: its own, or a free one, or the one that would be free first. */
static struct throttle_row *find(struct throttle *throttle, const struct throttle_row *wanted)
{
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, wanted->address, sizeof wanted->address, throttle->seed);
    struct throttle_row *set = throttle->rows[hash[0]], *oldest = &set[0];
    for (size_t i = 0; i < THROTTLE_WAYS; i++) {
        if (set[i].taken && set[i].kind == wanted->kind &&
            memcmp(set[i].address, wanted->address, sizeof wanted->address) == 0)
            return &set[i];
        if (set[i].free_ns < oldest->free_ns)
            oldest = &set[i];
    }
    *oldest = *wanted;
    return oldest;
}

bool throttle_fail(struct throttle *throttle, const struct ais_peer *peer, int64_t now_ns)
{
    const struct throttle_row wanted = row_of(peer);
    struct throttle_row *row = find(throttle, &wanted);
    int64_t from = row->free_ns > now_ns ? row->free_ns : now_ns;
    if (from + refill_ns - now_ns > THROTTLE_BURST * refill_ns)
        return true; /* answered late, it costs nothing more: or an attacker could keep the address slow for ever */
    row->free_ns = from + refill_ns;
    return false;
}
