/* How fast one address may fail to log in. A valid key is never asked about here: whoever shares an address with an
 * attacker is served at once.
 *
 * Each address (IPv6: each /64, which is what one customer has; ipc: all of it) may fail THROTTLE_BURST times at once
 * and then once every THROTTLE_REFILL_MS; what fails beyond that is answered late. The table is bounded: where it is
 * full, the address that has been quiet longest is forgotten, which costs an attacker with thousands of addresses
 * nothing but those. One thread; nothing is allocated. */
#ifndef AIS_GATEWAY_THROTTLE_H
#define AIS_GATEWAY_THROTTLE_H

#include "shared/access/source.h"

enum {
    THROTTLE_BURST = 10,
    THROTTLE_REFILL_MS = 6000,
    THROTTLE_SETS = 256,
    THROTTLE_WAYS = 4, /* addresses a set: 1,024 in all */
};

struct throttle {
    uint8_t seed[16]; /* so that nobody chooses addresses that meet in one set */
    struct throttle_row {
        uint8_t address[16];
        uint8_t kind; /* enum ais_peer_kind */
        bool taken;
        int64_t free_ns; /* monotonic: when all failures until now are forgotten */
    } rows[THROTTLE_SETS][THROTTLE_WAYS];
};

void throttle_init(struct throttle *throttle);

/* Takes note of a failure of peer at now_ns (monotonic). True: it is one too many, and is to be answered late. */
bool throttle_fail(struct throttle *throttle, const struct ais_peer *peer, int64_t now_ns);

#endif
