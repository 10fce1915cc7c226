/* What the auditor owes the one who asked it to seal the log anew: the active segment is to be rotated first, the
 * packer then works through the rotated ones, and what it has done is told now and then. That it is all done is told
 * when nobody reads any more what it replaced, since the old key is given up then. One thread. */
#ifndef AIS_SERVICES_AUDITOR_RESEAL_H
#define AIS_SERVICES_AUDITOR_RESEAL_H

#include "services/auditor/gateways.h"
#include "services/auditor/pack.h"
#include "services/auditor/reading.h"

struct reseal {
    bool asked;   /* and it was not told yet that all is done */
    bool rotated; /* since it was asked: the packer is at work */
    uint64_t round;
    bool replaced;                /* the packer is through */
    uint64_t mark;                /* of the reader, when it was found through */
    uint64_t told;                /* segments */
    struct ais_why told_obstacle; /* code AIS_OK: that there is none */
    struct ais_address sender;
    int64_t next_ns; /* monotonic: not told again before */
};

/* Takes a request. *ret_turn: the log is to begin a new segment now, since the active one may be under another key; not
 * so with a request that is repeated while it is worked on. AIS_E_MALFORMED. */
MUST_CHECK enum ais_err reseal_take(struct reseal *reseal, const struct ais_received *received, bool *ret_turn);

/* The log has rotated, and pack knows it. */
void reseal_rotated(struct reseal *reseal, struct pack *pack);

/* Tells how far it is and what is in its way, when that is worth telling. storage: why the log takes no records, so
 * that it cannot be rotated; NULL: it does. now_ns: monotonic. */
void reseal_tick(struct reseal *reseal, struct pack *pack, const struct reading *reading, struct gateways *gateways,
                 const struct ais_why *storage, int64_t now_ns);

#endif
