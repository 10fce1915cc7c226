/* Who is sent snapshots, and who is still owed the latest one. One thread. */
#ifndef AIS_SERVICES_REGISTRY_SUBSCRIBERS_H
#define AIS_SERVICES_REGISTRY_SUBSCRIBERS_H

#include "services/registry/catalog.h"
#include "shared/wire/wire.h"

enum { SUBSCRIBERS_MAX = 300 }; /* of one process: as many evaluators as can be set, and gateways */

struct subscribers {
    struct subscriber {
        struct ais_address address;
        bool owed;             /* the latest snapshot has not been sent yet */
        int64_t owed_since_ns; /* monotonic */
        uint64_t adopted;      /* version of the snapshot that it uses */
    } list[SUBSCRIBERS_MAX];
    size_t count;
};

/* Adds an address, or owes one that is known the latest snapshot once more. False when there is no room. */
bool subscribers_add(struct subscribers *subscribers, const struct ais_address *address);

/* A subscriber has said which version it uses. One that is not known has been forgotten. */
void subscribers_adopted(struct subscribers *subscribers, const struct ais_address *address, uint64_t version);

/* The oldest version that one of them uses; UINT64_MAX when there is none. */
uint64_t subscribers_oldest(const struct subscribers *subscribers);

/* Owes everyone the latest snapshot. */
void subscribers_owe_all(struct subscribers *subscribers);

/* Sends what is owed, without waiting. A subscriber that takes nothing for 10 s is forgotten: it has gone, or will
 * subscribe again. */
void subscribers_serve(struct subscribers *subscribers, zsock_t *socket, const struct catalog *catalog);

#endif
