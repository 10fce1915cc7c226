/* Refusals that are answered late, so that guessing is slow: a bounded queue, in the order of their times. One thread.
 */
#ifndef AIS_GATEWAY_DELAYED_H
#define AIS_GATEWAY_DELAYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DELAYED_MOST = 256,
    DELAYED_MS = 1000,
};

/* What is to be answered. Called exactly once, when its time has come, or earlier when everything ends; frees itself.
 */
struct delayed_answer {
    void (*answer)(struct delayed_answer *answer);
};

/* A zeroed struct is: none. */
struct delayed {
    struct {
        struct delayed_answer *answer; /* owned until its call */
        int64_t due_ns;                /* monotonic */
    } ring[DELAYED_MOST];
    size_t first, count;
};

bool delayed_has_room(const struct delayed *delayed);

/* Adds one; the caller has seen that there is room. */
void delayed_add(struct delayed *delayed, struct delayed_answer *answer, int64_t now_ns);

/* Answers those whose time has come. */
void delayed_serve(struct delayed *delayed, int64_t now_ns);

/* Answers all. */
void delayed_end(struct delayed *delayed);

/* Milliseconds until the next is due; -1: none is. */
int delayed_wait_ms(const struct delayed *delayed, int64_t now_ns);

#endif
