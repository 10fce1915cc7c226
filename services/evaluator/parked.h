/* Requests that wait until the past of their session is learnt: bounded, in the order in which they came. */
#ifndef AIS_SERVICES_EVALUATOR_PARKED_H
#define AIS_SERVICES_EVALUATOR_PARKED_H

#include "shared/sessions/sessions.h"

struct parked_request {
    struct ais_session_group group;
    uint64_t ticket;     /* of the question about its session */
    uint64_t generation; /* of the sessions, then */
    uint64_t dispatch;
    int64_t deadline_ns; /* wall clock */
    uint8_t *frame;      /* owned; the message PREFLIGHT */
    size_t size;
    struct parked_request *next;
};

/* A zeroed one is empty. */
struct parked {
    struct parked_request *first, **end; /* owned */
    size_t count;
};

/* A copy of a frame at the end. NULL: memory is out. */
struct parked_request *parked_add(struct parked *parked, const uint8_t *frame, size_t size);

/* The ticket with which a group's past is asked for already, in this generation; 0: none. */
uint64_t parked_ticket(const struct parked *parked, const struct ais_session_group *group, uint64_t generation);

/* Takes the first request that has this ticket; NULL: there is none. The caller frees it. */
struct parked_request *parked_take(struct parked *parked, uint64_t ticket);
void parked_request_free(struct parked_request **request);

/* Drops those whose deadline is over, of whom the gateway tells their clients; how many. INT64_MAX: all. */
size_t parked_expire(struct parked *parked, int64_t now_ns);

#endif
