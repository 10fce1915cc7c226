/* The writer: one commit, one write, one sync. See log.h for what may fail when. */
#include "shared/seal/log_internal.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

uint64_t ais_seal_log_ahead(const struct ais_seal_log *log)
{
    return log->segment_size < AIS_SEAL_LOG_AHEAD ? log->segment_size : AIS_SEAL_LOG_AHEAD;
}

enum ais_err ais_seal_known_add(struct ais_seal_log *log, const struct ais_seal_known *known, struct ais_why *why)
{
    if (log->known_count == log->known_capacity) {
        size_t capacity = log->known_capacity > 0 ? 2 * log->known_capacity : 16;
        struct ais_seal_known *grown = realloc(log->known, capacity * sizeof *grown);
        if (grown == NULL)
            return ais_fail(why, AIS_E_NOMEM, "the list of segments");
        log->known = grown;
        log->known_capacity = capacity;
    }
    log->known[log->known_count++] = *known;
    return AIS_OK;
}

static bool is_due(const struct ais_seal_log *log, const struct ais_seal_payload *payload,
                   const struct ais_seal_batch *batch)
{
    return payload->start != NULL || log->checkpointed == UINT64_MAX ||
           payload->at.next - 1 - log->checkpointed >= log->checkpoint_every ||
           (batch != NULL && (batch->checkpoint || batch->next != NULL));
}

enum ais_err ais_seal_log_seal(struct ais_seal_log *log, struct ais_seal_payload *payload,
                               const struct ais_seal_batch *batch, struct ais_why *why)
{
    const struct ais_seal_signing signing = {
        .signer = log->signer,
        .next = batch != NULL ? batch->next : NULL,
        .segment = payload->start != NULL ? payload->start->segment : log->segment,
        .every = log->checkpoint_every,
    };
    log->signed_line = log->signer != NULL && is_due(log, payload, batch);
    payload->signing = log->signed_line ? &signing : NULL;
    ais_seal_payload_write(payload, &log->payload);
    payload->signing = NULL;
    if (log->payload.failed)
        return ais_fail(why, AIS_E_NOMEM, "a commit of %zu records", payload->record_count);
    ais_buf_clear(&log->line);
    TRY(ais_seal(log->sealer, log->payload.data, log->payload.length, &log->line, why));
    ais_buf_byte(&log->line, '\n');
    if (log->line.failed)
        return ais_fail(why, AIS_E_NOMEM, "a commit of %zu records", payload->record_count);
    return AIS_OK;
}

void ais_seal_log_signed(struct ais_seal_log *log, const struct ais_seal_link *at)
{
    if (log->signed_line)
        log->checkpointed = at->next - 1;
}

uint64_t ais_seal_log_checkpointed(const struct ais_seal_log *log)
{
    return log->checkpointed;
}

const struct ais_signer *ais_seal_log_signer(const struct ais_seal_log *log)
{
    return log->signer;
}

void ais_seal_log_remember(struct ais_seal_log *log, const struct ais_seal_batch *batch)
{
    for (size_t i = 0; i < batch->anchor_count; i++)
        ais_seal_anchor_put(log->anchors, &log->anchor_count, &batch->anchors[i]); /* room was checked before */
    if (batch->next != NULL && log->signer != NULL)
        log->signer = batch->next;
    if (batch->counters == NULL)
        return;
    ais_buf_clear(&log->counters);
    ais_buf_add(&log->counters, batch->counters, batch->counters_length);
    if (log->counters.failed) /* only the repetition in the next segment is lost, and the next commit brings them */
        ais_buf_clear(&log->counters);
}

static size_t bytes_of(const struct ais_seal_batch *batch)
{
    size_t bytes = 0;
    for (size_t i = 0; i < batch->count; i++)
        bytes += batch->records[i].length;
    return bytes;
}

static enum ais_err check_batch(const struct ais_seal_log *log, const struct ais_seal_batch *batch, struct ais_why *why)
{
    assert(batch->count > 0);
    size_t bytes = bytes_of(batch);
    if (bytes > AIS_SEAL_LOG_LARGEST)
        return ais_fail(why, AIS_E_LIMIT, "a commit of %zu bytes is larger than %d", bytes, AIS_SEAL_LOG_LARGEST);
    if (batch->anchor_count == 0)
        return AIS_OK;
    struct ais_anchor anchors[AIS_SEAL_LOG_ANCHORS];
    size_t count = log->anchor_count;
    memcpy(anchors, log->anchors, sizeof anchors);
    for (size_t i = 0; i < batch->anchor_count; i++)
        if (!ais_seal_anchor_put(anchors, &count, &batch->anchors[i]))
            return ais_fail(why, AIS_E_LIMIT, "more than %d documents to anchor", AIS_SEAL_LOG_ANCHORS);
    return AIS_OK;
}

/* A write that failed may have left a part of the line. */
static void after_failed_write(struct ais_seal_log *log, enum ais_err err)
{
    uint64_t end = log->length + log->line.length;
    if (end > log->dirty)
        log->dirty = end;
    log->unclean = true;
    if (err != AIS_E_SPACE) {
        log->renew = true;
        return;
    }
    /* Blank it now, so that a crash before the next attempt leaves no torn tail. If this fails too, the next attempt
     * covers the same bytes. */
    if (ais_file_pad(log->dir, log->fd, log->length, log->dirty - log->length, NULL) == AIS_OK)
        log->dirty = log->length;
}

/* Writes log->line at the end, and newlines over whatever a failed write left behind it. */
static enum ais_err write_line(struct ais_seal_log *log, struct ais_why *why)
{
    size_t line = log->line.length;
    uint64_t end = log->length + line;
    if (log->dirty > end) {
        size_t more = (size_t)(log->dirty - end);
        if (!ais_buf_reserve(&log->line, more))
            return ais_fail(why, AIS_E_NOMEM, "a commit");
        memset(log->line.data + line, '\n', more);
        log->line.length += more;
    }
    uint64_t written = log->length + log->line.length;
    enum ais_err err = ais_file_write(log->dir, log->fd, log->line.data, log->line.length, log->length, why);
    log->line.length = line;
    if (err != AIS_OK) {
        after_failed_write(log, err);
        ais_seal_log_watch(log);
        return err;
    }
    log->dirty = end;
    if (log->file.size < written)
        log->file.size = written;
    return AIS_OK;
}

static enum ais_err sync_active(struct ais_seal_log *log, struct ais_why *why)
{
    enum ais_err err = ais_file_sync(log->dir, log->fd, why);
    if (err != AIS_OK) {
        log->renew = true;
        return err;
    }
    log->synced = log->written;
    log->synced_length = log->length;
    log->carried_count = 0;
    ais_buf_clear(&log->carried);
    return AIS_OK;
}

/* Keeps the records of a commit that is written but not synced, in case the sync fails. */
static enum ais_err carry(struct ais_seal_log *log, const struct ais_seal_batch *batch, struct ais_why *why)
{
    size_t length = log->carried.length;
    if (length > 0)
        ais_buf_byte(&log->carried, ',');
    ais_seal_records_write(batch->records, batch->count, log->written.next, &log->carried);
    if (!log->carried.failed)
        return AIS_OK;
    log->carried.failed = false;
    log->carried.length = length;
    return ais_fail(why, AIS_E_NOMEM, "a commit of %zu records", batch->count);
}

/* Appends log->line, sealed for the end of the active segment. */
static enum ais_err append(struct ais_seal_log *log, const struct ais_seal_batch *batch, uint64_t *ret_first,
                           struct ais_why *why)
{
    size_t carried = log->carried.length;
    if (!batch->sync)
        TRY(carry(log, batch, why));
    enum ais_err err = write_line(log, why);
    if (err != AIS_OK) {
        log->carried.length = carried;
        return err;
    }
    struct ais_seal_link before = log->written;
    uint64_t length = log->length;
    log->written.next += batch->count;
    ais_digest(log->payload.data, log->payload.length, log->written.hash);
    log->length += log->line.length;
    if (batch->sync) {
        err = sync_active(log, why);
        if (err != AIS_OK) {
            log->written = before;
            log->length = length;
            return err;
        }
    } else {
        log->carried_count += batch->count;
    }
    ais_seal_log_signed(log, &before);
    ais_seal_log_remember(log, batch);
    *ret_first = before.next;
    return AIS_OK;
}

enum ais_err ais_seal_log_sync(struct ais_seal_log *log, struct ais_why *why)
{
    if (log->carried_count == 0)
        return AIS_OK;
    TRY(ais_seal_log_settle(log, why));
    TRY(ais_seal_log_guard(log, why));
    if (!log->renew)
        return sync_active(log, why);
    uint64_t first = 0;
    return ais_seal_log_rotate(log, NULL, &first, why);
}

enum ais_err ais_seal_log_commit(struct ais_seal_log *log, const struct ais_seal_batch *batch, uint64_t *ret_first,
                                 struct ais_why *why)
{
    TRY(check_batch(log, batch, why));
    /* What is carried may have to go into one commit with this. */
    if (log->carried.length + bytes_of(batch) > AIS_SEAL_LOG_LARGEST)
        TRY(ais_seal_log_sync(log, why));
    TRY(ais_seal_log_settle(log, why));
    TRY(ais_seal_log_guard(log, why));
    if (!log->renew) {
        struct ais_seal_payload payload = {
            .at = log->written,
            .anchors = batch->anchors,
            .anchor_count = batch->anchor_count,
            .counters = batch->counters,
            .counters_length = batch->counters_length,
            .records = batch->records,
            .record_count = batch->count,
        };
        TRY(ais_seal_log_seal(log, &payload, batch, why));
        if (!log->turn && log->length + log->line.length <= log->segment_size)
            return append(log, batch, ret_first, why);
        if (log->carried_count > 0)
            TRY(sync_active(log, why));
    }
    return ais_seal_log_rotate(log, batch, ret_first, why);
}

void ais_seal_log_turn(struct ais_seal_log *log)
{
    log->turn = true;
}

struct ais_seal_head ais_seal_log_head(const struct ais_seal_log *log)
{
    struct ais_seal_head head = { .seq = log->written.next - 1 };
    memcpy(head.hash, log->written.hash, sizeof head.hash);
    return head;
}

struct ais_seal_position ais_seal_log_position(const struct ais_seal_log *log)
{
    return (struct ais_seal_position){ log->segment, log->length, log->file.inode, log->before_ns };
}

bool ais_seal_log_opened_damaged(const struct ais_seal_log *log)
{
    return log->damaged;
}

size_t ais_seal_log_segments(const struct ais_seal_log *log)
{
    return log->known_count - 1;
}

struct ais_seal_deletion ais_seal_log_deleted(struct ais_seal_log *log)
{
    struct ais_seal_deletion deletion = log->deletion;
    log->deletion = (struct ais_seal_deletion){ 0 };
    return deletion;
}

/* Cuts the padding off, so that what lies on disk after a clean stop is the log and nothing else. */
static enum ais_err finish(struct ais_seal_log *log, struct ais_why *why)
{
    TRY(ais_seal_log_sync(log, why));
    TRY(ais_seal_log_settle(log, why));
    TRY(ais_seal_log_guard(log, why));
    TRY(ais_file_cut(log->dir, log->fd, log->length, why));
    return ais_file_sync(log->dir, log->fd, why);
}

enum ais_err ais_seal_log_close(struct ais_seal_log **log_, struct ais_why *why)
{
    struct ais_seal_log *log = *log_;
    *log_ = NULL;
    if (log == NULL)
        return AIS_OK;
    enum ais_err err = log->fd >= 0 ? finish(log, why) : AIS_OK;
    ais_file_close(log->dir, &log->fd);
    if (log->next == AIS_SEAL_NEXT_READY) {
        ais_file_close(log->dir, &log->next_fd);
        enum ais_err cleanup = ais_file_unlink(log->dir, AIS_SEAL_LOG_NEXT, NULL);
        (void)cleanup; /* left over, it is made anew */
    }
    pthread_mutex_destroy(&log->next_lock);
    ais_sealer_destroy(&log->sealer);
    ais_buf_wipe(&log->carried);
    ais_buf_done(&log->counters);
    ais_buf_wipe(&log->payload);
    ais_buf_done(&log->line);
    free(log->known);
    free(log);
    return err;
}
