/* Questions to the owners of other rooms (rulepacks, audit log, metrics) on behalf of HTTP requests: each is a ticket
 * that is answered by a TELL, or by 503 when its time is up. One thread. */
#ifndef AIS_GATEWAY_QUESTIONS_H
#define AIS_GATEWAY_QUESTIONS_H

#include "gateway/http.h"
#include "shared/wire/wire.h"

enum {
    QUESTIONS_MAX = 256,
    QUESTION_TIMEOUT_MS = 30000, /* the largest rulepack is compiled in a few seconds, on a slow machine in more */
};

struct questions;
struct gateway;

/* gateway is borrowed: what is refused goes by its refusals. NULL when memory is out. */
struct questions *questions_new(struct gateway *gateway);
void questions_destroy(struct questions **questions); /* answers 503 to what is open */

/* Asks on socket; the ticket of ask is set here, its other fields are the caller's (AIS_FIELDS_ask). The request is
 * answered with what comes back, or refused at once when the socket or the table is full. */
void questions_ask(struct questions *questions, zsock_t *socket, const struct ais_msg_ask *ask,
                   struct http_request *request);

/* An answer. One without a question (it came too late) is dropped. */
void questions_tell(struct questions *questions, const struct ais_msg_tell *msg);

/* Refuses what has waited too long. */
void questions_expire(struct questions *questions);

#endif
