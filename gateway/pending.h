/* Requests that wait for their decision: a bounded pool, found by decision id, walked oldest first. One thread. */
#ifndef AIS_GATEWAY_PENDING_H
#define AIS_GATEWAY_PENDING_H

#include "gateway/dispatch.h"

struct pending_list {
    struct pending *first, *last;
    size_t count;
};

struct pending {
    struct dispatch_job job;
    struct dispatch_asker *asker; /* borrowed */
    struct ais_id decision_id, nonce;
    struct ais_digest digest; /* of the body */
    char session[DISPATCH_SESSION_MAX];
    uint64_t group; /* hash of its session, else of its key; 0: not made yet */
    int64_t received_wall_ns;
    int64_t received_ns; /* monotonic */
    int64_t deadline_ns; /* monotonic */
    uint32_t attempt;    /* how often it was dispatched */
    unsigned silenced;   /* how often an evaluator was lost that had it in work */
    uint64_t dispatch;   /* its number at the evaluator that has it */

    struct pending_list *list;       /* that it is in: the queue or an evaluator's; NULL: none */
    struct pending *previous, *next; /* within list */
    struct pending *older, *younger; /* within the table, by arrival; older also chains the free ones */
    struct pending *same_hash;       /* within the table */
};

void pending_list_append(struct pending_list *list, struct pending *pending);
void pending_list_prepend(struct pending_list *list, struct pending *pending);
void pending_list_remove(struct pending_list *list, struct pending *pending);

struct pending_table;

/* All memory for max requests is taken here; NULL when there is none. */
struct pending_table *pending_table_new(size_t max);
void pending_table_destroy(struct pending_table **table);

/* A new one, zeroed, the youngest of all; NULL when max wait already. */
struct pending *pending_table_add(struct pending_table *table);

/* Makes it findable by its decision_id, which must not change any more. */
void pending_table_index(struct pending_table *table, struct pending *pending);

/* Takes it out of the table and of its list, gives its reference to the access snapshot back, and frees it. */
void pending_table_remove(struct pending_table *table, struct pending *pending);

/* NULL when there is none. */
struct pending *pending_table_find(const struct pending_table *table, const struct ais_id *decision_id);
struct pending *pending_table_oldest(const struct pending_table *table);

size_t pending_table_count(const struct pending_table *table);

#endif
