#include "services/auditor/recent.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1 << 15 };

struct entry {
    struct entry *same_hash, *younger;
    int64_t until_ns;
    struct ais_msg_release release; /* its spans point into bytes */
    char bytes[];
};

struct recent {
    int64_t keep_ns;
    size_t count;
    struct entry *oldest, *youngest;
    struct entry *buckets[BUCKETS];
};

struct recent *recent_new(int64_t keep_ns)
{
    struct recent *recent = calloc(1, sizeof *recent);
    if (recent != NULL)
        recent->keep_ns = keep_ns;
    return recent;
}

/* The last bytes of a decision id are random. */
static size_t bucket_of(const struct ais_id *id)
{
    uint64_t hash;
    memcpy(&hash, id->bytes + 8, sizeof hash);
    return (size_t)(hash >> 8) % BUCKETS;
}

static void forget_oldest(struct recent *recent)
{
    struct entry *entry = recent->oldest;
    struct entry **link = &recent->buckets[bucket_of(&entry->release.decision_id)];
    while (*link != entry)
        link = &(*link)->same_hash;
    *link = entry->same_hash;
    recent->oldest = entry->younger;
    if (recent->oldest == NULL)
        recent->youngest = NULL;
    recent->count--;
    free(entry);
}

void recent_destroy(struct recent **recent)
{
    if (*recent == NULL)
        return;
    while ((*recent)->oldest != NULL)
        forget_oldest(*recent);
    free(*recent);
    *recent = NULL;
}

void recent_expire(struct recent *recent, int64_t now_ns)
{
    while (recent->oldest != NULL && recent->oldest->until_ns <= now_ns)
        forget_oldest(recent);
}

bool recent_has_room(const struct recent *recent)
{
    return recent->count < RECENT_MAX;
}

const struct ais_msg_release *recent_find(const struct recent *recent, const struct ais_id *decision_id)
{
    const struct entry *entry = recent->buckets[bucket_of(decision_id)];
    while (entry != NULL && memcmp(&entry->release.decision_id, decision_id, sizeof *decision_id) != 0)
        entry = entry->same_hash;
    return entry != NULL ? &entry->release : NULL;
}

static struct ais_span copy_span(char **at, struct ais_span span)
{
    struct ais_span copy = { *at, span.size };
    if (span.size > 0)
        memcpy(*at, span.data, span.size);
    *at += span.size;
    return copy;
}

bool recent_add(struct recent *recent, const struct ais_msg_release *release, int64_t now_ns)
{
    struct entry *entry = malloc(sizeof *entry + release->answer.size + release->evaluator.size);
    if (entry == NULL)
        return false;
    char *at = entry->bytes;
    size_t bucket = bucket_of(&release->decision_id);
    entry->release = *release;
    entry->release.answer = copy_span(&at, release->answer);
    entry->release.evaluator = copy_span(&at, release->evaluator);
    entry->until_ns = now_ns + recent->keep_ns;
    entry->younger = NULL;
    entry->same_hash = recent->buckets[bucket];
    recent->buckets[bucket] = entry;
    if (recent->youngest != NULL)
        recent->youngest->younger = entry;
    else
        recent->oldest = entry;
    recent->youngest = entry;
    recent->count++;
    return true;
}
