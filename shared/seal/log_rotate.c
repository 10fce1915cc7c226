/* Segments come and go: prepared by a helper, taken by the writer, deleted by retention. log.h tells the order. */
#include "shared/seal/log_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { DELETED_AT_ONCE = 64 }; /* a retention that was lowered is reached over several rotations */

/* ---- The segment to come -------------------------------------------------------------------------------------- */

/* A prepared segment is a convenience: it must not be what fills the disk. */
enum ais_err ais_seal_log_has_room(struct ais_seal_log *log, struct ais_why *why)
{
    uint64_t room = 0, ahead = ais_seal_log_ahead(log);
    TRY(ais_dir_room(log->dir, &room, why));
    if (room / 2 < ahead)
        return ais_fail(why, AIS_E_SPACE, "'%s' has room for %llu bytes only", ais_dir_path(log->dir),
                        (unsigned long long)room);
    return AIS_OK;
}

static enum ais_err write_ahead(struct ais_seal_log *log, int fd, struct ais_why *why)
{
    TRY(ais_file_pad(log->dir, fd, 0, ais_seal_log_ahead(log), why));
    TRY(ais_file_sync(log->dir, fd, why));
    return ais_dir_sync(log->dir, why);
}

enum ais_err ais_seal_log_prepare(struct ais_seal_log *log, struct ais_why *why)
{
    pthread_mutex_lock(&log->next_lock);
    bool mine = log->next == AIS_SEAL_NEXT_NONE;
    if (mine)
        log->next = AIS_SEAL_NEXT_MAKING;
    pthread_mutex_unlock(&log->next_lock);
    if (!mine)
        return AIS_OK;

    int fd = -1;
    enum ais_err err = ais_seal_log_has_room(log, why);
    if (err == AIS_OK)
        err = ais_file_open(log->dir, AIS_SEAL_LOG_NEXT, O_RDWR | O_CREAT | O_TRUNC, &fd, why);
    if (err == AIS_OK)
        err = write_ahead(log, fd, why);
    if (err != AIS_OK && fd >= 0) {
        enum ais_err cleanup = ais_file_unlink(log->dir, AIS_SEAL_LOG_NEXT, NULL);
        (void)cleanup; /* the space is given back if it can be */
        ais_file_close(log->dir, &fd);
    }
    pthread_mutex_lock(&log->next_lock);
    log->next = err == AIS_OK ? AIS_SEAL_NEXT_READY : AIS_SEAL_NEXT_NONE;
    log->next_fd = fd;
    pthread_mutex_unlock(&log->next_lock);
    return err;
}

/* The file that becomes the new segment: the prepared one, or an empty one that costs more to sync. */
static enum ais_err take_next(struct ais_seal_log *log, const char **ret_name, int *ret_fd, struct ais_why *why)
{
    int fd = -1;
    pthread_mutex_lock(&log->next_lock);
    if (log->next == AIS_SEAL_NEXT_READY) {
        fd = log->next_fd;
        log->next_fd = -1;
        log->next = AIS_SEAL_NEXT_TAKEN;
        if (!ais_seal_log_is_named(log, AIS_SEAL_LOG_NEXT, fd)) { /* deleted or replaced since */
            ais_file_close(log->dir, &fd);
            log->next = AIS_SEAL_NEXT_NONE;
        }
    }
    pthread_mutex_unlock(&log->next_lock);
    *ret_name = fd >= 0 ? AIS_SEAL_LOG_NEXT : AIS_SEAL_LOG_NEW;
    *ret_fd = fd;
    return fd >= 0 ? AIS_OK : ais_file_open(log->dir, AIS_SEAL_LOG_NEW, O_RDWR | O_CREAT | O_TRUNC, ret_fd, why);
}

static void release_next(struct ais_seal_log *log)
{
    pthread_mutex_lock(&log->next_lock);
    if (log->next == AIS_SEAL_NEXT_TAKEN)
        log->next = AIS_SEAL_NEXT_NONE;
    pthread_mutex_unlock(&log->next_lock);
}

static void give_up_next(struct ais_seal_log *log, const char *name, int *fd)
{
    enum ais_err cleanup = ais_file_unlink(log->dir, name, NULL);
    (void)cleanup; /* left over, it is made anew */
    ais_file_close(log->dir, fd);
    release_next(log);
}

/* ---- Names ---------------------------------------------------------------------------------------------------- */

enum ais_err ais_seal_log_settle(struct ais_seal_log *log, struct ais_why *why)
{
    if (log->names == AIS_SEAL_NAMES_FINE)
        return AIS_OK;
    if (log->names == AIS_SEAL_NAMES_PUT_BACK) {
        char rotated[AIS_SEAL_LOG_NAME_SIZE];
        bool named = false;
        ais_seal_log_name(log->segment, rotated);
        TRY(ais_seal_log_look(log, rotated, log->fd, &named, why));
        if (named) /* else the guard finds it out */
            TRY(ais_file_rename(log->dir, rotated, AIS_SEAL_LOG_ACTIVE, why));
        log->names = AIS_SEAL_NAMES_SYNC;
    }
    TRY(ais_dir_sync(log->dir, why));
    log->names = AIS_SEAL_NAMES_FINE;
    return AIS_OK;
}

/* Gives the active segment its later name beside its present one. An earlier attempt may have left it. */
static enum ais_err link_active(struct ais_seal_log *log, struct ais_why *why)
{
    char rotated[AIS_SEAL_LOG_NAME_SIZE];
    ais_seal_log_name(log->segment, rotated);
    struct ais_file_info info;
    if (!ais_seal_log_is_named(log, rotated, log->fd)) {
        if (ais_file_look(log->dir, rotated, &info, NULL) == AIS_OK)
            TRY(ais_seal_log_set_aside(log, rotated, why));
        TRY(ais_file_link(log->dir, AIS_SEAL_LOG_ACTIVE, rotated, why));
    }
    return ais_dir_sync(log->dir, why);
}

/* Puts the new segment, already durable under name, in the active one's place. */
static enum ais_err switch_names(struct ais_seal_log *log, const char *name, int fd, struct ais_why *why)
{
    TRY(link_active(log, why));
    TRY(ais_file_rename(log->dir, name, AIS_SEAL_LOG_ACTIVE, why));
    enum ais_err err = ais_dir_sync(log->dir, why);
    if (err == AIS_OK && !ais_seal_log_is_named(log, AIS_SEAL_LOG_ACTIVE, fd))
        err = ais_fail(why, AIS_E_IO, "%s/%s was deleted or replaced while we write it", ais_dir_path(log->dir), name);
    if (err != AIS_OK) {
        /* Either segment may be found after a crash. Both continue the chain rightly, as long as nothing follows. */
        log->names = AIS_SEAL_NAMES_PUT_BACK;
        enum ais_err settled = ais_seal_log_settle(log, NULL);
        (void)settled; /* if not now, then before the next commit */
    }
    return err;
}

/* ---- Rotation ------------------------------------------------------------------------------------------------- */

/* The oldest segments that are one too many once the active one is rotated. */
static size_t choose_deleted(const struct ais_seal_log *log, struct ais_seal_deleted deleted[DELETED_AT_ONCE])
{
    size_t count = log->known_count > log->retention ? log->known_count - log->retention : 0;
    if (count > DELETED_AT_ONCE)
        count = DELETED_AT_ONCE;
    for (size_t i = 0; i < count; i++) {
        const struct ais_seal_known *known = &log->known[i];
        bool last = i + 1 == log->known_count;
        const struct ais_seal_link *end = last ? &log->synced : &log->known[i + 1].begin;
        deleted[i] = (struct ais_seal_deleted){ .segment = known->number };
        if (known->readable)
            deleted[i].first = known->begin.next;
        if (!last && !log->known[i + 1].readable)
            continue; /* damaged: its end is not known, and says 0 */
        deleted[i].last = end->next - 1;
        memcpy(deleted[i].hash, end->hash, sizeof deleted[i].hash);
    }
    return count;
}

/* Seals the first commit of the new segment into log->line. */
static enum ais_err seal_first(struct ais_seal_log *log, const struct ais_seal_batch *batch,
                               const struct ais_seal_deleted *deleted, size_t deleted_count, struct ais_why *why)
{
    struct ais_anchor anchors[AIS_SEAL_LOG_ANCHORS];
    struct ais_seal_start start = {
        .segment = log->segment + 1,
        .voids = log->renew || log->unclean,
        .void_from = log->synced_length,
        .deleted = deleted,
        .deleted_count = deleted_count,
    };
    struct ais_seal_payload payload = {
        .at = log->synced,
        .start = &start,
        .anchors = anchors,
        .anchor_count = log->anchor_count,
        .counters = log->counters.data,
        .counters_length = log->counters.length,
        .carried = &log->carried,
        .carried_count = log->carried_count,
    };
    memcpy(anchors, log->anchors, sizeof anchors);
    if (batch != NULL) {
        for (size_t i = 0; i < batch->anchor_count; i++)
            ais_seal_anchor_put(anchors, &payload.anchor_count, &batch->anchors[i]); /* room was checked before */
        if (batch->counters != NULL) {
            payload.counters = batch->counters;
            payload.counters_length = batch->counters_length;
        }
        payload.records = batch->records;
        payload.record_count = batch->count;
    }
    return ais_seal_log_seal(log, &payload, batch, why);
}

static enum ais_err write_next(struct ais_seal_log *log, int fd, struct ais_why *why)
{
    TRY(ais_file_write(log->dir, fd, log->line.data, log->line.length, 0, why));
    return ais_file_sync(log->dir, fd, why);
}

static void delete_oldest(struct ais_seal_log *log, const struct ais_seal_deleted *deleted, size_t count)
{
    size_t gone = 0;
    for (; gone < count; gone++) {
        size_t i = gone;
        char name[AIS_SEAL_LOG_NAME_SIZE];
        ais_seal_log_name(deleted[i].segment, name);
        if (ais_file_unlink(log->dir, name, NULL) != AIS_OK)
            break; /* the next rotation declares it again and deletes it, or the next open does: never one behind it */
        log->deletion.segments++;
        log->deletion.newest = deleted[i].segment;
        if (log->deletion.first == 0)
            log->deletion.first = deleted[i].first;
        if (deleted[i].last > 0)
            log->deletion.last = deleted[i].last;
    }
    log->known_count -= gone;
    memmove(log->known, log->known + gone, log->known_count * sizeof *log->known);
}

/* The new segment is the log from here on. Nothing in this may fail any more: the commit is durable. */
static void go_on_in(struct ais_seal_log *log, int fd, const struct ais_seal_batch *batch)
{
    /* What follows the last commit is padding, or void: either may stay if it cannot be cut. */
    struct ais_file_info info;
    if (ais_file_info(log->dir, log->fd, &info, NULL) == AIS_OK &&
        info.size >= log->synced_length) { /* else it was cut underneath */
        enum ais_err cleanup = ais_file_cut(log->dir, log->fd, log->synced_length, NULL);
        (void)cleanup;
    }
    log->before_ns = ais_file_info(log->dir, log->fd, &info, NULL) == AIS_OK ? info.modified_ns : 0;
    ais_file_close(log->dir, &log->fd);
    log->fd = fd;
    log->segment++;
    ais_seal_log_signed(log, &log->synced);
    log->synced.next += log->carried_count + (batch != NULL ? batch->count : 0);
    ais_digest(log->payload.data, log->payload.length, log->synced.hash);
    log->written = log->synced;
    log->length = log->synced_length = log->dirty = log->line.length;
    log->turn = log->renew = log->unclean = false;
    ais_seal_log_watch(log);
    log->carried_count = 0;
    ais_buf_clear(&log->carried);
    if (batch != NULL)
        ais_seal_log_remember(log, batch);
}

enum ais_err ais_seal_log_rotate(struct ais_seal_log *log, const struct ais_seal_batch *batch, uint64_t *ret_first,
                                 struct ais_why *why)
{
    struct ais_seal_deleted deleted[DELETED_AT_ONCE];
    size_t deleted_count = choose_deleted(log, deleted);
    uint64_t first = log->synced.next + log->carried_count;
    const char *name = NULL;
    int fd = -1;

    TRY(seal_first(log, batch, deleted, deleted_count, why));
    TRY(take_next(log, &name, &fd, why));
    struct ais_seal_known known = { .number = log->segment + 1, .begin = log->synced, .readable = true };
    enum ais_err err = ais_seal_known_add(log, &known, why);
    if (err == AIS_OK) {
        err = write_next(log, fd, why);
        if (err == AIS_OK)
            err = switch_names(log, name, fd, why);
        if (err != AIS_OK)
            log->known_count--;
    }
    if (err != AIS_OK) {
        give_up_next(log, name, &fd);
        return err;
    }
    go_on_in(log, fd, batch);
    delete_oldest(log, deleted, deleted_count);
    release_next(log);
    *ret_first = first;
    return AIS_OK;
}
