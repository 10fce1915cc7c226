/* Answers about changes, held until what they tell of is recorded in the audit log and in force everywhere: "revoked"
 * is said when no gateway takes the key any more, and nothing is said that a crash could make untrue. One thread. */
#ifndef AIS_SERVICES_REGISTRY_WAITING_H
#define AIS_SERVICES_REGISTRY_WAITING_H

#include "services/registry/answers.h"
#include "shared/wire/wire.h"

enum {
    WAITING_MOST = 64,
    WAITING_PATIENCE_MS = 5000, /* then the answer is 503: done, but not known to be recorded and in force */
};

struct waiting {
    struct waiting_answer {
        struct ais_address to;
        uint64_t ticket;     /* of the question */
        uint64_t event;      /* is recorded when this one of the outbox is; 0: there is none */
        uint64_t version;    /* of the snapshot that must be in force everywhere; 0: none must */
        int64_t deadline_ns; /* monotonic */
        uint16_t status;
        const char *media_type; /* a literal */
        struct ais_buf body;    /* owned, wiped at the end: it may hold a new key */
    } list[WAITING_MOST];
    size_t count;
};
void waiting_done(struct waiting *waiting);

/* Whether one more finds room. */
bool waiting_has_room(const struct waiting *waiting);

/* Holds an answer; the caller has seen that there is room. False: out of memory. */
bool waiting_add(struct waiting *waiting, const struct ais_address *to, uint64_t ticket, const struct answer *answer,
                 uint64_t event, uint64_t version);

/* Sends what need not wait any longer: events are recorded up to the ticket `recorded`, and nobody uses a snapshot
 * older than `oldest`. */
void waiting_serve(struct waiting *waiting, zsock_t *socket, uint64_t recorded, uint64_t oldest);

#endif
