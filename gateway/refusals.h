/* Refused calls of the control plane by callers that are known: each is an event of the audit log before it is
 * answered. What is concerned is all but preflights and what is open to everybody: of all methods but GET and HEAD
 * every refusal (4xx), one that its path does not take (405) among them; of those two 403.
 *
 *   "request_refused", "outcome":"failure", "caller", "details":{"method","route","status","title","target"?:{name:
 *   value},"address","request_id"?,"traceparent"?,"reason"?}, or, added up, {"count","within_ms","statuses"}
 *   (refusal_sums.h)
 *
 * Texts of the client's are masked and cut. When the log cannot be written, and when it is not known that it was, the
 * answer is 503. One thread. */
#ifndef AIS_GATEWAY_REFUSALS_H
#define AIS_GATEWAY_REFUSALS_H

#include "gateway/http.h"
#include "gateway/problem.h"
#include "gateway/refusal_sums.h"

enum {
    REFUSALS_HELD = 64,
    REFUSALS_PATIENCE_MS = 5000, /* then the answer is 503: it is not known to be recorded */
};

struct gateway;

/* A zeroed struct is: none. */
struct refusals {
    uint64_t last_ticket;
    size_t count;
    struct refusal {
        uint64_t ticket; /* of its event */
        struct http_request *request;
        unsigned status;
        struct ais_buf body; /* owned: the problem */
        int64_t deadline_ns; /* monotonic */
    } held[REFUSALS_HELD];
    struct refusal_sums sums;
};

/* Whether this refusal is to be recorded, if its caller is known. */
bool refusals_concern(const struct http_request *request, unsigned status);

/* Answers request with the problem when its event is recorded, where it concerns the log; else at once. One that is
 * refused before its end cannot wait: its event is sent before the answer. */
void refusals_answer(struct gateway *gateway, struct http_request *request, const char *key_id,
                     const struct problem *problem);

/* The event with this ticket is recorded. */
void refusals_recorded(struct refusals *refusals, uint64_t ticket);

/* At each tick: answers 503 where nothing was heard in time or the log fails, and records what was added up. */
void refusals_tick(struct gateway *gateway);

/* Records what was added up, whenever it would be due. False: some is not recorded, and is counted on. */
bool refusals_record_all(struct gateway *gateway);

/* Answers 503 to all that are held: the service ends. */
void refusals_end(struct refusals *refusals);

#endif
