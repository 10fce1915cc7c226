/* The guard: whoever has the directory can delete, move, replace or cut files while we write them. A record in a file
 * that readers and the next start will not find is on disk, and nowhere. So each commit looks first. */
#include "shared/seal/log_internal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 << 10 };

/* ---- What is told ---------------------------------------------------------------------------------------------- */

/* Where there is room for one more. NULL: nobody asks; what is lost is met by every reader, and the first ones say what
 * happened. */
static struct ais_seal_incident *add(struct ais_seal_log *log)
{
    if (log->incident_count == N_ELEMS(log->incidents))
        return NULL;
    struct ais_seal_incident *incident = &log->incidents[log->incident_count++];
    *incident = (struct ais_seal_incident){ .lost = false };
    return incident;
}

__attribute__((format(printf, 3, 4))) static void note(struct ais_seal_log *log, bool lost, const char *format, ...)
{
    struct ais_seal_incident *incident = add(log);
    if (incident == NULL)
        return;
    incident->lost = lost;
    va_list args;
    va_start(args, format);
    vsnprintf(incident->text, sizeof incident->text, format, args);
    va_end(args);
}

static void note_returned(struct ais_seal_log *log, uint64_t segment, const char *name)
{
    struct ais_seal_incident *incident = add(log);
    if (incident == NULL)
        return;
    incident->returned = segment;
    snprintf(incident->text, sizeof incident->text, "%s, which was missing, is there again", name);
}

bool ais_seal_log_incident(struct ais_seal_log *log, struct ais_seal_incident *ret)
{
    if (log->incident_count == 0)
        return false;
    *ret = log->incidents[0];
    log->incident_count--;
    memmove(log->incidents, log->incidents + 1, log->incident_count * sizeof *log->incidents);
    return true;
}

/* ---- Names ---------------------------------------------------------------------------------------------------- */

enum ais_err ais_seal_log_look(struct ais_seal_log *log, const char *name, int fd, bool *ret, struct ais_why *why)
{
    struct ais_file_info here, there;
    *ret = false;
    enum ais_err err = ais_file_look(log->dir, name, &there, why);
    if (err == AIS_E_NOT_FOUND)
        return AIS_OK;
    TRY(err);
    TRY(ais_file_info(log->dir, fd, &here, why));
    *ret = here.inode == there.inode && here.device == there.device;
    return AIS_OK;
}

bool ais_seal_log_is_named(struct ais_seal_log *log, const char *name, int fd)
{
    bool is = false;
    return ais_seal_log_look(log, name, fd, &is, NULL) == AIS_OK && is;
}

/* A name that no file has yet, for one that is kept. */
static enum ais_err name_of_damaged(struct ais_seal_log *log, char name[AIS_SEAL_LOG_NAME_SIZE], struct ais_why *why)
{
    struct ais_seal_listing listing = { 0 };
    TRY(ais_seal_listing_read(log->dir, &listing, why));
    snprintf(name, AIS_SEAL_LOG_NAME_SIZE, "audit_logs.damaged-%" PRIu64, listing.aside + 1);
    ais_seal_listing_done(&listing);
    return AIS_OK;
}

enum ais_err ais_seal_log_set_aside(struct ais_seal_log *log, const char *name, struct ais_why *why)
{
    char kept[AIS_SEAL_LOG_NAME_SIZE];
    TRY(name_of_damaged(log, kept, why));
    TRY(ais_file_rename(log->dir, name, kept, why));
    note(log, false, "a file that is not of this log stood under the name %s; it is kept as %s", name, kept);
    return AIS_OK;
}

/* ---- The active segment's file --------------------------------------------------------------------------------- */

void ais_seal_log_watch(struct ais_seal_log *log)
{
    if (ais_file_info(log->dir, log->fd, &log->file, NULL) != AIS_OK)
        log->file = (struct ais_file_info){ 0 }; /* the guard asks again */
}

/* How far the file is as we wrote it: up to its end, or to the first byte that we never write. One that was cut and
 * then written to behind its end has zeros in between. */
static enum ais_err find_end(struct ais_seal_log *log, int fd, uint64_t upto, uint64_t *ret, struct ais_why *why)
{
    char bytes[CHUNK];
    uint64_t at = 0;
    while (at < upto) {
        size_t want = upto - at < CHUNK ? (size_t)(upto - at) : CHUNK, n = 0;
        TRY(ais_file_read(log->dir, fd, bytes, want, at, &n, why));
        const char *zero = memchr(bytes, '\0', n);
        at += zero != NULL ? (size_t)(zero - bytes) : n;
        if (zero != NULL || n < want)
            break;
    }
    *ret = at;
    return AIS_OK;
}

/* Copies the first n bytes into a new file, durably. */
static enum ais_err copy(struct ais_seal_log *log, int to, uint64_t n, struct ais_why *why)
{
    char bytes[CHUNK];
    for (uint64_t at = 0; at < n;) {
        size_t want = n - at < CHUNK ? (size_t)(n - at) : CHUNK, got = 0;
        TRY(ais_file_read(log->dir, log->fd, bytes, want, at, &got, why));
        if (got == 0)
            return ais_fail(why, AIS_E_IO, AIS_SEAL_LOG_ACTIVE " becomes shorter while it is read");
        TRY(ais_file_write(log->dir, to, bytes, got, at, why));
        at += got;
    }
    return ais_file_sync(log->dir, to, why);
}

/* Gives an open file the active name instead of the one it has, in one step; what stands there is kept. */
static enum ais_err name_active(struct ais_seal_log *log, const char *name, int fd, char kept[AIS_SEAL_LOG_NAME_SIZE],
                                struct ais_why *why)
{
    struct ais_file_info info;
    kept[0] = '\0';
    if (ais_file_look(log->dir, AIS_SEAL_LOG_ACTIVE, &info, NULL) == AIS_OK) {
        TRY(name_of_damaged(log, kept, why));
        if (ais_file_link(log->dir, AIS_SEAL_LOG_ACTIVE, kept, NULL) != AIS_OK) /* a directory has one name */
            TRY(ais_file_rename(log->dir, AIS_SEAL_LOG_ACTIVE, kept, why));
    }
    TRY(ais_file_rename(log->dir, name, AIS_SEAL_LOG_ACTIVE, why));
    if (!ais_seal_log_is_named(log, AIS_SEAL_LOG_ACTIVE, fd))
        return ais_fail(why, AIS_E_IO, "%s/" AIS_SEAL_LOG_ACTIVE " was replaced again", ais_dir_path(log->dir));
    return ais_dir_sync(log->dir, why);
}

static void note_put_back(struct ais_seal_log *log, bool lost, const char *how, const char *kept)
{
    note(log, lost, AIS_SEAL_LOG_ACTIVE " was deleted or replaced while it was written; %s%s%s", how,
         kept[0] != '\0' ? ", and what stood in its place is kept as " : "", kept);
}

/* What was acknowledged is still behind our descriptor, and is copied. The log goes on in a new segment, because
 * readers know this one by its old file. */
static enum ais_err copy_back(struct ais_seal_log *log, struct ais_why *why)
{
    char kept[AIS_SEAL_LOG_NAME_SIZE];
    struct ais_file_info info;
    int fd = -1;
    TRY(ais_file_info(log->dir, log->fd, &info, why));
    uint64_t end = info.size < log->length ? info.size : log->length; /* whatever is there, damage included */
    TRY(ais_file_open(log->dir, AIS_SEAL_LOG_NEW, O_RDWR | O_CREAT | O_TRUNC, &fd, why));
    enum ais_err err = copy(log, fd, end, why);
    if (err == AIS_OK)
        err = name_active(log, AIS_SEAL_LOG_NEW, fd, kept, why);
    if (err != AIS_OK) {
        ais_file_close(log->dir, &fd);
        return err;
    }
    ais_file_close(log->dir, &log->fd);
    log->fd = fd;
    log->length = log->dirty = end > log->synced_length ? end : log->synced_length;
    log->renew = true;
    ais_seal_log_watch(log);
    bool lost = end < log->synced_length;
    note_put_back(log, lost, lost ? "only a part of it could be written again" : "all of it was written again", kept);
    return AIS_OK;
}

/* The active name has gone, or leads elsewhere. A rotation that failed may have left our file its later name: a copy
 * beside that would be a second segment of this number. */
static enum ais_err put_back(struct ais_seal_log *log, struct ais_why *why)
{
    char rotated[AIS_SEAL_LOG_NAME_SIZE], kept[AIS_SEAL_LOG_NAME_SIZE];
    bool named = false;
    ais_seal_log_name(log->segment, rotated);
    TRY(ais_seal_log_look(log, rotated, log->fd, &named, why));
    if (!named)
        return copy_back(log, why);
    TRY(name_active(log, rotated, log->fd, kept, why));
    ais_seal_log_watch(log);
    note_put_back(log, false, "it had a second name", kept);
    return AIS_OK;
}

/* The file has not the size that we gave it. Only of padding nothing is lost; else the log goes on in a new segment,
 * and the hole stays for every reader to find. */
static enum ais_err look_closer(struct ais_seal_log *log, const struct ais_file_info *now, struct ais_why *why)
{
    uint64_t end = 0;
    TRY(find_end(log, log->fd, log->length, &end, why));
    log->file = *now;
    if (end == log->length)
        return AIS_OK;
    log->renew = true;
    if (end >= log->synced_length)
        return AIS_OK; /* what is lost is carried, and goes into the new segment */
    note(log, true, "segment %" PRIu64 " was cut at byte %" PRIu64 " while it was written; records of it are lost",
         log->segment, end);
    return AIS_OK;
}

/* ---- The others ------------------------------------------------------------------------------------------------ */

/* One rotated segment a commit, in turn. A file that was exchanged for another one may have been packed: whether it
 * holds what it should, readers tell. */
static void look_at_another(struct ais_seal_log *log)
{
    struct ais_file_info now;
    char name[AIS_SEAL_LOG_NAME_SIZE];
    if (log->known_count < 2)
        return;
    log->looked_at = (log->looked_at + 1) % (log->known_count - 1);
    struct ais_seal_known *known = &log->known[log->looked_at];
    ais_seal_log_name(known->number, name);
    enum ais_err err = ais_file_look(log->dir, name, &now, NULL);
    if (err != AIS_OK && err != AIS_E_NOT_FOUND)
        return;
    if (err == AIS_E_NOT_FOUND && !known->missing)
        note(log, true, "%s was deleted; the records from %" PRIu64 " on that it held are lost", name,
             known->begin.next);
    else if (err == AIS_OK && known->missing)
        note_returned(log, known->number, name);
    known->missing = err == AIS_E_NOT_FOUND;
    if (known->missing)
        return;
    if (now.inode == known->inode && now.born_ns == known->born_ns && now.size < known->size)
        note(log, true, "%s was cut from %" PRIu64 " to %" PRIu64 " bytes; records of it are lost", name, known->size,
             now.size);
    known->inode = now.inode;
    known->born_ns = now.born_ns;
    known->size = now.size;
}

/* Whether the file still ends with a line of ours: one that was cut and made long again ends with whatever that left,
 * and the last two bytes of a line are never the same. What cannot be read is left to those who read. */
static bool ends_with_a_line(const struct ais_seal_log *log)
{
    char end[2];
    size_t n = 0;
    if (log->length < sizeof end || log->renew)
        return true;
    if (ais_file_read(log->dir, log->fd, end, sizeof end, log->length - sizeof end, &n, NULL) != AIS_OK)
        return true;
    return n == sizeof end && end[0] != '\n' && end[0] != '\0' && end[1] == '\n';
}

enum ais_err ais_seal_log_guard(struct ais_seal_log *log, struct ais_why *why)
{
    struct ais_file_info now;
    look_at_another(log);
    if (log->file.inode == 0)
        TRY(ais_file_info(log->dir, log->fd, &log->file, why));
    enum ais_err err = ais_file_look(log->dir, AIS_SEAL_LOG_ACTIVE, &now, why);
    if (err == AIS_OK && now.inode == log->file.inode && now.device == log->file.device)
        return now.size == log->file.size && ends_with_a_line(log) ? AIS_OK : look_closer(log, &now, why);
    if (err != AIS_OK && err != AIS_E_NOT_FOUND)
        return err;
    return put_back(log, why);
}
