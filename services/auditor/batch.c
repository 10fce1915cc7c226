#include "services/auditor/batch.h"

#include <stdlib.h>

struct batch {
    size_t count, bytes;
    size_t anchor_count;
    struct ais_anchor anchors[AIS_SEAL_LOG_ANCHORS];
    struct batch_entry entries[BATCH_COUNT];
    struct ais_id ids[BATCH_COUNT];              /* of the entries that are verdicts, close together */
    struct ais_seal_record records[BATCH_COUNT]; /* of the entries: what is written */
    struct row rows[BATCH_COUNT];                /* and what the index knows of it */
};

struct batch *batch_new(void)
{
    return calloc(1, sizeof(struct batch));
}

static void entry_done(struct batch_entry *entry)
{
    if (entry->is_verdict)
        ais_wire_done(&entry->received);
    free(entry->event);
    entry->is_verdict = false;
    entry->event = NULL;
}

void batch_destroy(struct batch **batch)
{
    if (*batch == NULL)
        return;
    for (size_t i = 0; i < (*batch)->count; i++)
        entry_done(&(*batch)->entries[i]);
    free(*batch);
    *batch = NULL;
}

bool batch_is_full(const struct batch *batch)
{
    return batch->count == BATCH_COUNT || batch->bytes >= BATCH_BYTES;
}

size_t batch_count(const struct batch *batch)
{
    return batch->count;
}

struct row *batch_rows(struct batch *batch)
{
    return batch->rows;
}

struct batch_entry *batch_at(struct batch *batch, size_t index)
{
    return &batch->entries[index];
}

bool batch_has(const struct batch *batch, const struct ais_id *decision_id)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->entries[i].is_verdict && memcmp(&batch->ids[i], decision_id, sizeof *decision_id) == 0)
            return true;
    }
    return false;
}

static struct batch_entry *add(struct batch *batch, struct ais_span record, const struct row *row)
{
    batch->bytes += record.size;
    batch->records[batch->count] = (struct ais_seal_record){ record.data, record.size };
    batch->rows[batch->count] = *row;
    return &batch->entries[batch->count++];
}

void batch_add_verdict(struct batch *batch, struct ais_received *received, const struct ais_msg_verdict *verdict,
                       const struct row *row)
{
    batch->ids[batch->count] = verdict->decision_id;
    struct batch_entry *entry = add(batch, verdict->record, row);
    entry->is_verdict = true;
    entry->event = NULL;
    entry->verdict = *verdict;
    ais_wire_move(&entry->received, received); /* a verdict is larger than what moving would copy */
}

struct batch_entry *batch_add_event(struct batch *batch, struct ais_span record, const struct row *row)
{
    char *copy = batch->count < BATCH_COUNT ? malloc(record.size) : NULL;
    if (copy == NULL)
        return NULL;
    memcpy(copy, record.data, record.size);
    struct batch_entry *entry = add(batch, (struct ais_span){ copy, record.size }, row);
    entry->is_verdict = false;
    entry->event = copy;
    entry->ticket = 0;
    return entry;
}

void batch_add_anchor(struct batch *batch, const struct ais_anchor *anchor)
{
    size_t at = 0;
    while (at < batch->anchor_count && strcmp(batch->anchors[at].name, anchor->name) != 0)
        at++;
    if (at == AIS_SEAL_LOG_ANCHORS)
        return; /* there are fewer documents than that; the log would refuse it */
    batch->anchors[at] = *anchor;
    if (at == batch->anchor_count)
        batch->anchor_count++;
}

enum ais_err batch_commit(struct batch *batch, struct ais_seal_log *log, bool sync, uint64_t *ret_first,
                          struct ais_why *why)
{
    const struct ais_seal_batch commit = {
        .records = batch->records,
        .count = batch->count,
        .anchors = batch->anchors,
        .anchor_count = batch->anchor_count,
        .sync = sync,
    };
    return ais_seal_log_commit(log, &commit, ret_first, why);
}

void batch_clear(struct batch *batch, bool committed)
{
    size_t kept = 0;
    batch->bytes = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_entry *entry = &batch->entries[i];
        if (committed || entry->is_verdict) {
            entry_done(entry);
            continue;
        }
        batch->entries[kept].is_verdict = false;
        batch->entries[kept].event = TAKE(entry->event);
        batch->entries[kept].ticket = entry->ticket;
        batch->entries[kept].sender = entry->sender;
        batch->records[kept] = batch->records[i];
        batch->rows[kept] = batch->rows[i];
        batch->bytes += batch->records[kept].length;
        kept++;
    }
    batch->count = kept;
    if (committed)
        batch->anchor_count = 0;
}
