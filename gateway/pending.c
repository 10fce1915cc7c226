#include "gateway/pending.h"

#include <stdlib.h>

struct pending_table {
    struct pending *pool;              /* owned */
    size_t fresh, max;                 /* the first of the pool that was never in use, and how many there are */
    struct pending *free;              /* those that were, chained by older */
    struct pending *oldest, *youngest; /* in use */
    struct pending **buckets;          /* owned */
    size_t count;
    size_t mask;
};

void pending_list_append(struct pending_list *list, struct pending *pending)
{
    pending->list = list;
    pending->next = NULL;
    pending->previous = list->last;
    if (list->last != NULL)
        list->last->next = pending;
    else
        list->first = pending;
    list->last = pending;
    list->count++;
}

void pending_list_prepend(struct pending_list *list, struct pending *pending)
{
    pending->list = list;
    pending->previous = NULL;
    pending->next = list->first;
    if (list->first != NULL)
        list->first->previous = pending;
    else
        list->last = pending;
    list->first = pending;
    list->count++;
}

void pending_list_remove(struct pending_list *list, struct pending *pending)
{
    if (pending->previous != NULL)
        pending->previous->next = pending->next;
    else
        list->first = pending->next;
    if (pending->next != NULL)
        pending->next->previous = pending->previous;
    else
        list->last = pending->previous;
    list->count--;
    pending->list = NULL;
    pending->previous = pending->next = NULL;
}

struct pending_table *pending_table_new(size_t max)
{
    struct pending_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    size_t buckets = 1;
    while (buckets < max)
        buckets *= 2;
    table->mask = buckets - 1;
    table->pool = calloc(max, sizeof *table->pool);
    table->buckets = calloc(buckets, sizeof(struct pending *));
    if (table->pool == NULL || table->buckets == NULL) {
        pending_table_destroy(&table);
        return NULL;
    }
    table->max = max;
    return table;
}

void pending_table_destroy(struct pending_table **table)
{
    if (*table == NULL)
        return;
    while ((*table)->oldest != NULL)
        pending_table_remove(*table, (*table)->oldest);
    free((*table)->pool);
    free((*table)->buckets);
    free(*table);
    *table = NULL;
}

/* One that was in use before first: of the pool no more is touched than was ever needed at once. */
static struct pending *take_free(struct pending_table *table)
{
    struct pending *pending = table->free;
    if (pending != NULL)
        table->free = pending->older;
    else if (table->fresh < table->max)
        pending = &table->pool[table->fresh++];
    return pending;
}

struct pending *pending_table_add(struct pending_table *table)
{
    struct pending *pending = take_free(table);
    if (pending == NULL)
        return NULL;
    table->count++;
    *pending = (struct pending){ .older = table->youngest };
    if (table->youngest != NULL)
        table->youngest->younger = pending;
    else
        table->oldest = pending;
    table->youngest = pending;
    return pending;
}

/* The last bytes of a decision id are random. */
static struct pending **bucket_of(const struct pending_table *table, const struct ais_id *decision_id)
{
    uint64_t hash;
    memcpy(&hash, decision_id->bytes + 8, sizeof hash);
    return &table->buckets[(size_t)(hash >> 8) & table->mask];
}

void pending_table_index(struct pending_table *table, struct pending *pending)
{
    struct pending **bucket = bucket_of(table, &pending->decision_id);
    pending->same_hash = *bucket;
    *bucket = pending;
}

static void unindex(struct pending_table *table, const struct pending *pending)
{
    struct pending **link = bucket_of(table, &pending->decision_id);
    while (*link != NULL && *link != pending)
        link = &(*link)->same_hash;
    if (*link != NULL)
        *link = pending->same_hash;
}

void pending_table_remove(struct pending_table *table, struct pending *pending)
{
    unindex(table, pending);
    if (pending->list != NULL)
        pending_list_remove(pending->list, pending);
    if (pending->older != NULL)
        pending->older->younger = pending->younger;
    else
        table->oldest = pending->younger;
    if (pending->younger != NULL)
        pending->younger->older = pending->older;
    else
        table->youngest = pending->older;
    ais_access_unref(&pending->job.access);
    pending->older = table->free;
    table->free = pending;
    table->count--;
}

struct pending *pending_table_find(const struct pending_table *table, const struct ais_id *decision_id)
{
    struct pending *pending = *bucket_of(table, decision_id);
    while (pending != NULL && memcmp(&pending->decision_id, decision_id, sizeof *decision_id) != 0)
        pending = pending->same_hash;
    return pending;
}

struct pending *pending_table_oldest(const struct pending_table *table)
{
    return table->oldest;
}

size_t pending_table_count(const struct pending_table *table)
{
    return table->count;
}
