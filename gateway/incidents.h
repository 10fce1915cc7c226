/* What befalls the gateway that nobody asked for: requests refused because the queue is full, evaluators that fell
 * silent, messages of the ring that their senders may not send. Each is an event of the audit log with the number of
 * them since the last, {"count"}, at most once a second; while the log fails they are counted on. One thread. */
#ifndef AIS_GATEWAY_INCIDENTS_H
#define AIS_GATEWAY_INCIDENTS_H

#include <stdbool.h>
#include <stdint.h>

enum { INCIDENTS_KINDS = 3, INCIDENTS_EVENT_MS = 1000 };

/* A zeroed struct is: nothing has been told. */
struct incidents {
    struct incident {
        uint64_t told;   /* of all that have happened */
        int64_t next_ns; /* monotonic: no event before */
    } kinds[INCIDENTS_KINDS];
};

struct gateway;

/* At each tick. */
void incidents_tick(struct gateway *gateway);

/* Tells all that was counted, whenever and however the log is. False: some is not told, and is counted on. */
bool incidents_tell_all(struct gateway *gateway);

#endif
