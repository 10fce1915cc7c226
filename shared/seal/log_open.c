/* Opening: finding what there is, mending what a crash left, and never touching what another key sealed. */
#include "shared/seal/log_internal.h"
#include "shared/seal/log_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All that open looks at before it changes anything. */
struct survey {
    struct ais_seal_opener opener;
    struct ais_seal_listing listing;
    struct ais_seal_segment active; /* fd -1: missing */
    struct ais_seal_scan scan;      /* of the active segment, or of the newest one that opens */
    bool usable;                    /* the active segment has a good line */
    bool key_opens;                 /* some line opened */
    uint64_t newer, held;           /* the active segment is an old copy: this rotated one holds what it does, and up to
                                     * this number; 0: it is none */
};

static void survey_done(struct ais_dir *dir, struct survey *survey)
{
    ais_seal_segment_close(dir, &survey->active);
    ais_seal_scan_done(&survey->scan);
    ais_seal_listing_done(&survey->listing);
    ais_seal_opener_done(&survey->opener);
}

/* ---- Looking -------------------------------------------------------------------------------------------------- */

/* Whether segment is known by a second name, which a crash in mid-rotation left. */
static bool same_file(const struct ais_seal_segment *a, const struct ais_seal_segment *b)
{
    return a->fd >= 0 && a->info.inode == b->info.inode && a->info.device == b->info.device;
}

/* Where each rotated segment begins. A second name of the active one is taken off the list (and later, the disk). */
static enum ais_err look_at_rotated(struct ais_seal_log *log, struct survey *survey, uint64_t *ret_second_name,
                                    struct ais_why *why)
{
    struct ais_seal_listing *listing = &survey->listing;
    size_t kept = 0;
    for (size_t i = 0; i < listing->count; i++) {
        struct ais_seal_known known = { .number = listing->numbers[i] };
        struct ais_seal_segment segment = { .fd = -1 };
        struct ais_seal_commit commit;
        char name[AIS_SEAL_LOG_NAME_SIZE];
        ais_seal_log_name(known.number, name);
        TRY(ais_seal_segment_open_head(log->dir, name, &segment, why));
        if (same_file(&survey->active, &segment)) {
            *ret_second_name = known.number;
            ais_seal_segment_close(log->dir, &segment);
            continue;
        }
        enum ais_err err = ais_seal_opener_first(&survey->opener, &segment, &commit, why);
        if (err == AIS_OK) {
            known.begin.next = commit.seq;
            memcpy(known.begin.hash, commit.prev, sizeof known.begin.hash);
            known.readable = true;
            known.own = commit.segment == known.number;
            survey->key_opens = true;
        }
        ais_seal_segment_close(log->dir, &segment);
        if (err != AIS_OK && err != AIS_E_NOT_FOUND)
            return err;
        listing->numbers[kept++] = known.number;
        TRY(ais_seal_known_add(log, &known, why));
    }
    listing->count = kept;
    return AIS_OK;
}

/* The newest rotated segment that is certainly one of this log; NULL: there is none. */
static const struct ais_seal_known *newest_own(const struct ais_seal_log *log)
{
    for (size_t i = log->known_count; i > 0; i--)
        if (log->known[i - 1].own)
            return &log->known[i - 1];
    return NULL;
}

/* What is in the active segment is newer than all that was rotated, unless somebody put an old segment in its place:
 * then a rotated one begins no earlier, and goes as far at least. */
static enum ais_err look_for_newer(struct ais_seal_log *log, struct survey *survey, struct ais_why *why)
{
    const struct ais_seal_known *newest = newest_own(log);
    if (!survey->usable || newest == NULL || newest->begin.next < survey->scan.from.next ||
        survey->scan.segment > newest->number)
        return AIS_OK;
    struct ais_seal_segment segment = { .fd = -1 };
    struct ais_seal_scan scan = { 0 };
    struct ais_seal_log_report unused = { 0 };
    char name[AIS_SEAL_LOG_NAME_SIZE];
    ais_seal_log_name(newest->number, name);
    TRY(ais_seal_segment_open(log->dir, name, UINT64_MAX, &segment, why));
    enum ais_err err = ais_seal_scan_read(&survey->opener, &segment, &scan, &unused, why);
    if (err == AIS_OK && scan.link.next >= survey->scan.link.next) {
        survey->newer = newest->number;
        survey->held = scan.link.next - 1;
    }
    ais_seal_scan_done(&scan);
    ais_seal_segment_close(log->dir, &segment);
    return err;
}

/* The newest rotated segment with a good line, when the active one has none: the log goes on from its end. One that has
 * the number of another, somebody copied there. */
static enum ais_err look_back(struct ais_seal_log *log, struct survey *survey, struct ais_seal_log_report *report,
                              struct ais_why *why)
{
    for (size_t i = log->known_count; i > 0 && survey->scan.good == 0; i--) {
        struct ais_seal_segment segment = { .fd = -1 };
        char name[AIS_SEAL_LOG_NAME_SIZE];
        if (log->known[i - 1].readable && !log->known[i - 1].own && newest_own(log) != NULL)
            continue;
        ais_seal_log_name(log->known[i - 1].number, name);
        TRY(ais_seal_segment_open(log->dir, name, UINT64_MAX, &segment, why));
        ais_seal_scan_done(&survey->scan);
        enum ais_err err = ais_seal_scan_read(&survey->opener, &segment, &survey->scan, report, why);
        ais_seal_segment_close(log->dir, &segment);
        TRY(err);
    }
    return AIS_OK;
}

static enum ais_err look(struct ais_seal_log *log, struct survey *survey, struct ais_seal_log_report *report,
                         uint64_t *ret_second_name, struct ais_why *why)
{
    TRY(ais_seal_listing_read(log->dir, &survey->listing, why));
    if (survey->listing.active) {
        TRY(ais_seal_segment_open(log->dir, AIS_SEAL_LOG_ACTIVE, UINT64_MAX, &survey->active, why));
        TRY(ais_seal_scan_read(&survey->opener, &survey->active, &survey->scan, report, why));
        survey->usable = survey->scan.good > 0;
        survey->key_opens = survey->usable;
    }
    TRY(look_at_rotated(log, survey, ret_second_name, why));
    bool any = survey->active.count > 0 || log->known_count > 0;
    if (any && !survey->key_opens)
        return ais_fail(why, AIS_E_KEY, "no line of the audit log in '%s' opens with this key; nothing was changed",
                        ais_dir_path(log->dir));
    TRY(look_for_newer(log, survey, why));
    return survey->usable ? AIS_OK : look_back(log, survey, report, why);
}

/* ---- Mending -------------------------------------------------------------------------------------------------- */

/* Copies bytes from..to of the active segment into a file of their own, durably. */
static enum ais_err keep_damaged(struct ais_seal_log *log, uint64_t number, uint64_t from, uint64_t to,
                                 char name[AIS_SEAL_LOG_NAME_SIZE], struct ais_why *why)
{
    enum { CHUNK = 64 << 10 };
    char bytes[CHUNK];
    int fd = -1;
    snprintf(name, AIS_SEAL_LOG_NAME_SIZE, "audit_logs.damaged-%" PRIu64, number);
    TRY(ais_file_open(log->dir, name, O_WRONLY | O_CREAT | O_EXCL, &fd, why));
    enum ais_err err = AIS_OK;
    for (uint64_t at = from; at < to && err == AIS_OK;) {
        size_t n = to - at < CHUNK ? (size_t)(to - at) : CHUNK;
        err = ais_file_read(log->dir, log->fd, bytes, n, at, &n, why);
        if (err == AIS_OK && n == 0)
            break;
        if (err == AIS_OK)
            err = ais_file_write(log->dir, fd, bytes, n, at - from, why);
        at += n;
    }
    if (err == AIS_OK)
        err = ais_file_sync(log->dir, fd, why);
    ais_file_close(log->dir, &fd);
    return err == AIS_OK ? ais_dir_sync(log->dir, why) : err;
}

/* Moves what stands after the last good line out of the way. */
static enum ais_err mend_tail(struct ais_seal_log *log, struct survey *survey, struct ais_seal_log_report *report,
                              struct ais_why *why)
{
    if (survey->scan.tail_total == 0)
        return AIS_OK;
    const struct ais_seal_line *last = &survey->active.lines[survey->active.count - 1];
    uint64_t end = last->offset + last->length;
    TRY(keep_damaged(log, ++survey->listing.aside, log->length, end, report->recovered_to, why));
    report->recovered = end - log->length;
    return ais_file_pad(log->dir, log->fd, log->length, end - log->length, why); /* synced below */
}

/* Writes the end of the active segment once more, and makes it and the names durable. What a process before this one
 * wrote, but could not sync, is in the page cache only, looks like the rest, and would be lost by a power cut after
 * commits that follow it were acknowledged. */
static enum ais_err make_durable(struct ais_seal_log *log, struct ais_why *why)
{
    enum { CHUNK = 64 << 10 };
    char bytes[CHUNK];
    uint64_t at = log->length > AIS_SEAL_LOG_AHEAD ? log->length - AIS_SEAL_LOG_AHEAD : 0;
    while (at < log->length) {
        size_t n = log->length - at < CHUNK ? (size_t)(log->length - at) : CHUNK;
        TRY(ais_file_read(log->dir, log->fd, bytes, n, at, &n, why));
        if (n == 0)
            return ais_fail(why, AIS_E_IO, "%s becomes shorter while it is read", AIS_SEAL_LOG_ACTIVE);
        TRY(ais_file_write(log->dir, log->fd, bytes, n, at, why));
        at += n;
    }
    TRY(ais_file_sync(log->dir, log->fd, why));
    return ais_dir_sync(log->dir, why);
}

/* Files with numbers that the active segment has not reached were not made by this log: they are kept, but not as
 * segments, because one of them has the name that the next rotation needs. */
static enum ais_err move_strangers(struct ais_seal_log *log, struct survey *survey, struct ais_seal_log_report *report,
                                   struct ais_why *why)
{
    while (log->known_count > 0 && log->known[log->known_count - 1].number >= log->segment) {
        char name[AIS_SEAL_LOG_NAME_SIZE], to[AIS_SEAL_LOG_NAME_SIZE];
        ais_seal_log_name(log->known[--log->known_count].number, name);
        snprintf(to, sizeof to, "audit_logs.damaged-%" PRIu64, ++survey->listing.aside);
        struct ais_seal_fault fault = ais_seal_fault_of(
            name, NULL, "is no segment of this log, which is at number %" PRIu64 "; kept as %s", log->segment, to);
        TRY(ais_file_rename(log->dir, name, to, why));
        ais_seal_report_add(report, &fault);
    }
    return AIS_OK;
}

/* An old segment stands in the active one's place: it is kept under another name, and the log goes on behind the newest
 * segment that there is. That is looked for anew, because the old one may be another name of one of them. */
static enum ais_err set_stale_aside(struct ais_seal_log *log, struct survey *survey, uint64_t *second_name,
                                    struct ais_seal_log_report *report, struct ais_why *why)
{
    char newer[AIS_SEAL_LOG_NAME_SIZE], to[AIS_SEAL_LOG_NAME_SIZE];
    ais_seal_log_name(survey->newer, newer);
    snprintf(to, sizeof to, "audit_logs.stale-%" PRIu64, ++survey->listing.aside);
    struct ais_seal_fault fault = ais_seal_fault_of(AIS_SEAL_LOG_ACTIVE, NULL,
                                                    "an old copy was put in its place: ends with number %" PRIu64
                                                    ", %s with %" PRIu64 "; kept as %s",
                                                    survey->scan.link.next - 1, newer, survey->held, to);
    TRY(ais_file_rename(log->dir, AIS_SEAL_LOG_ACTIVE, to, why));
    TRY(ais_dir_sync(log->dir, why));
    ais_seal_report_add(report, &fault);
    ais_seal_segment_close(log->dir, &survey->active);
    ais_seal_scan_done(&survey->scan);
    ais_seal_listing_done(&survey->listing);
    survey->scan = (struct ais_seal_scan){ 0 };
    survey->usable = false;
    log->known_count = 0;
    *second_name = 0;
    TRY(ais_seal_listing_read(log->dir, &survey->listing, why));
    TRY(look_at_rotated(log, survey, second_name, why));
    return look_back(log, survey, report, why);
}

/* Finishes what a rotation began: deletions that it declared, an end that it declared void. */
static void finish_rotation(struct ais_seal_log *log, const struct ais_seal_scan *scan)
{
    char name[AIS_SEAL_LOG_NAME_SIZE];
    enum ais_err cleanup = AIS_OK; /* whatever stays is met by the next open, and by every reader */
    for (size_t i = 0; i < scan->deleted_count && cleanup == AIS_OK; i++) {
        while (log->known_count > 0 && log->known[0].number <= scan->deleted[i].segment) {
            ais_seal_log_name(log->known[0].number, name);
            cleanup = ais_file_unlink(log->dir, name, NULL);
            if (cleanup != AIS_OK)
                break; /* nothing behind it goes before it does */
            log->known_count--;
            memmove(log->known, log->known + 1, log->known_count * sizeof *log->known);
        }
    }
    int fd = -1;
    struct ais_file_info info;
    ais_seal_log_name(log->segment - 1, name);
    if (scan->voids && ais_file_open(log->dir, name, O_RDWR, &fd, NULL) == AIS_OK) {
        if (ais_file_info(log->dir, fd, &info, NULL) == AIS_OK && info.size > scan->void_from)
            cleanup = ais_file_cut(log->dir, fd, scan->void_from, NULL);
        ais_file_close(log->dir, &fd);
    }
    (void)cleanup;
}

/* Writes the rest of the active segment ahead, what seems to be padding already included: it need not be on disk. A
 * disk that is too full for that is still good for the log. */
static void write_rest_ahead(struct ais_seal_log *log)
{
    uint64_t ahead = ais_seal_log_ahead(log);
    uint64_t size = log->length > ahead ? log->length : ahead;
    bool room = ais_seal_log_has_room(log, NULL) == AIS_OK;
    if (room && ais_file_pad(log->dir, log->fd, log->length, size - log->length, NULL) == AIS_OK &&
        ais_file_sync(log->dir, log->fd, NULL) == AIS_OK)
        return;
    enum ais_err cleanup = ais_file_cut(log->dir, log->fd, log->length, NULL); /* padding that stays is padding */
    log->unclean = room || cleanup != AIS_OK;
}

static enum ais_err resume(struct ais_seal_log *log, struct survey *survey, uint64_t second_name,
                           struct ais_seal_log_report *report, struct ais_why *why)
{
    const struct ais_seal_scan *scan = &survey->scan;
    uint64_t newest = log->known_count > 0 ? log->known[log->known_count - 1].number : 0;
    TRY(ais_file_open(log->dir, AIS_SEAL_LOG_ACTIVE, O_RDWR, &log->fd, why));
    log->segment = scan->segment > 0 ? scan->segment : newest + 1;
    log->damaged = scan->damaged;
    log->length = scan->end;
    if (second_name > 0) {
        char name[AIS_SEAL_LOG_NAME_SIZE];
        ais_seal_log_name(second_name, name);
        TRY(ais_file_unlink(log->dir, name, why));
    }
    TRY(mend_tail(log, survey, report, why));
    TRY(make_durable(log, why));
    TRY(move_strangers(log, survey, report, why));
    finish_rotation(log, scan);
    struct ais_seal_known known = { .number = log->segment, .begin = scan->from, .readable = true };
    return ais_seal_known_add(log, &known, why);
}

/* ---- A segment that follows nothing that could be written to --------------------------------------------------- */

/* Who signs: the key that the chain names. Another one (the file was lost, or replaced) goes on as well: what it signs
 * cannot be taken for what the one before did, and the log says where it begins. */
static void choose_signer(struct ais_seal_log *log, const struct ais_seal_log_conf *conf,
                          const struct ais_seal_scan *scan, struct ais_seal_log_report *report)
{
    log->signer = conf->signer;
    if (conf->signer == NULL || !scan->signs ||
        memcmp(scan->key, ais_signer_public(conf->signer), sizeof scan->key) == 0)
        return;
    if (conf->coming != NULL && memcmp(scan->key, ais_signer_public(conf->coming), sizeof scan->key) == 0) {
        log->signer = conf->coming;
        return;
    }
    struct ais_seal_fault fault = ais_seal_fault_of(
        AIS_SEAL_LOG_ACTIVE, NULL,
        "checkpoints were signed with another key until now, and no change was recorded: it was lost or replaced");
    ais_seal_report_add(report, &fault);
}

/* Makes audit_logs.enc with one commit in it; it must not exist. */
static enum ais_err make_active(struct ais_seal_log *log, const char *record, struct ais_why *why)
{
    const struct ais_seal_record first = { record, strlen(record) };
    const struct ais_seal_start start = { .segment = log->segment };
    struct ais_seal_payload payload = {
        .at = log->written,
        .start = &start,
        .anchors = log->anchors,
        .anchor_count = log->anchor_count,
        .counters = log->counters.data,
        .counters_length = log->counters.length,
        .records = &first,
        .record_count = 1,
    };
    const struct ais_seal_known known = { .number = log->segment, .begin = log->written, .readable = true };
    TRY(ais_seal_known_add(log, &known, why));
    TRY(ais_seal_log_seal(log, &payload, NULL, why));
    TRY(ais_file_open(log->dir, AIS_SEAL_LOG_NEW, O_RDWR | O_CREAT | O_TRUNC, &log->fd, why));
    TRY(ais_file_write(log->dir, log->fd, log->line.data, log->line.length, 0, why));
    TRY(ais_file_sync(log->dir, log->fd, why));
    TRY(ais_file_link(log->dir, AIS_SEAL_LOG_NEW, AIS_SEAL_LOG_ACTIVE, why));
    TRY(ais_dir_sync(log->dir, why));
    TRY(ais_file_unlink(log->dir, AIS_SEAL_LOG_NEW, why));
    ais_seal_log_signed(log, &log->written);
    log->written.next++;
    ais_digest(log->payload.data, log->payload.length, log->written.hash);
    log->length = log->line.length;
    return AIS_OK;
}

/* The active segment is gone or unreadable, the older ones are not: put it aside, say so, and go on behind it. It may
 * have its later name already: a rename to that would leave both. */
static enum ais_err replace_active(struct ais_seal_log *log, struct survey *survey, uint64_t second_name,
                                   const char *record, struct ais_seal_log_report *report, struct ais_why *why)
{
    uint64_t lost = log->known_count > 0 ? log->known[log->known_count - 1].number + 1 : 1;
    if (second_name > lost)
        lost = second_name;
    struct ais_seal_known known = { .number = lost };
    struct ais_seal_fault fault;
    log->segment = lost + 1;
    if (survey->newer > 0)
        return make_active(log, record, why); /* set_stale_aside has said why */
    if (survey->active.fd >= 0) {
        char name[AIS_SEAL_LOG_NAME_SIZE];
        ais_seal_log_name(lost, name);
        if (second_name == lost)
            TRY(ais_file_unlink(log->dir, AIS_SEAL_LOG_ACTIVE, why));
        else
            TRY(ais_file_rename(log->dir, AIS_SEAL_LOG_ACTIVE, name, why));
        TRY(ais_seal_known_add(log, &known, why));
        fault = ais_seal_fault_of(AIS_SEAL_LOG_ACTIVE, NULL, "no line of it opens; kept as %s", name);
    } else {
        fault = ais_seal_fault_of(AIS_SEAL_LOG_ACTIVE, NULL, "is missing");
    }
    ais_seal_report_add(report, &fault);
    return make_active(log, record, why);
}

/* ---- Both ------------------------------------------------------------------------------------------------------ */

static enum ais_err take_over(struct ais_seal_log *log, struct survey *survey, struct ais_seal_log_report *report,
                              struct ais_why *why)
{
    const struct ais_seal_scan *scan = &survey->scan;
    log->written = scan->good > 0 ? scan->link : ais_seal_log_begin;
    memcpy(log->anchors, scan->anchors, sizeof log->anchors);
    log->anchor_count = scan->anchor_count;
    memcpy(report->anchors, scan->anchors, sizeof report->anchors);
    report->anchor_count = scan->anchor_count;
    ais_buf_add(&log->counters, scan->counters.data, scan->counters.length);
    ais_buf_add(&report->counters, scan->counters.data, scan->counters.length);
    if (log->counters.failed || report->counters.failed)
        return ais_fail(why, AIS_E_NOMEM, "counters");
    return AIS_OK;
}

/* A name that no rotation will ever need: the file can stay, and is told at each start. */
static void report_beyond(const struct survey *survey, struct ais_seal_log_report *report)
{
    if (survey->listing.beyond[0] == '\0')
        return;
    struct ais_seal_fault fault =
        ais_seal_fault_of(survey->listing.beyond, NULL, "is no segment of this log: no number of one is that large");
    ais_seal_report_add(report, &fault);
}

static enum ais_err open_or_create(struct ais_seal_log *log, struct survey *survey,
                                   const struct ais_seal_log_conf *conf, struct ais_seal_log_report *report,
                                   struct ais_why *why)
{
    uint64_t second_name = 0;
    TRY(look(log, survey, report, &second_name, why));
    report_beyond(survey, report);
    if (survey->newer > 0)
        TRY(set_stale_aside(log, survey, &second_name, report, why));
    choose_signer(log, conf, &survey->scan, report);
    TRY(take_over(log, survey, report, why));
    TRY(ais_file_unlink(log->dir, AIS_SEAL_LOG_NEXT, why));
    TRY(ais_file_unlink(log->dir, AIS_SEAL_LOG_NEW, why));
    TRY(ais_file_unlink(log->dir, AIS_SEAL_LOG_PACKING, why));
    report->created = !survey->listing.active && log->known_count == 0;
    if (report->created) {
        log->segment = 1;
        TRY(make_active(log, conf->genesis, why));
    } else if (survey->usable) {
        TRY(resume(log, survey, second_name, report, why));
    } else {
        TRY(replace_active(log, survey, second_name, conf->genesis, report, why));
    }
    log->synced = log->written;
    log->synced_length = log->dirty = log->length;
    write_rest_ahead(log);
    ais_seal_log_watch(log);
    return AIS_OK;
}

static void log_destroy(struct ais_seal_log **log)
{
    if (*log == NULL)
        return;
    ais_file_close((*log)->dir, &(*log)->fd); /* no clean stop: what is half done is left as it is */
    enum ais_err ignored = ais_seal_log_close(log, NULL);
    (void)ignored;
}

enum ais_err ais_seal_log_open(const struct ais_seal_log_conf *conf, struct ais_seal_log **ret,
                               struct ais_seal_log_report *report, struct ais_why *why)
{
    if (conf->segment_size < AIS_SEAL_LOG_SMALLEST)
        return ais_fail(why, AIS_E_SETTING, "a segment of %" PRIu64 " bytes is too small: at least %d",
                        conf->segment_size, AIS_SEAL_LOG_SMALLEST);
    AUTO(log_destroy) struct ais_seal_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return ais_fail(why, AIS_E_NOMEM, "audit log");
    log->dir = conf->dir;
    log->fd = log->next_fd = -1;
    log->segment_size = conf->segment_size;
    log->retention = conf->retention;
    log->checkpoint_every = conf->checkpoint_every;
    log->checkpointed = UINT64_MAX;
    if (pthread_mutex_init(&log->next_lock, NULL) != 0) {
        free(TAKE(log));
        return ais_fail(why, AIS_E_NOMEM, "audit log");
    }
    TRY(ais_sealer_new(conf->ring, &log->sealer, why));
    struct survey survey = { .active.fd = -1 };
    enum ais_err err = ais_seal_opener_init(&survey.opener, conf->dir, conf->ring, why);
    if (err == AIS_OK)
        err = open_or_create(log, &survey, conf, report, why);
    survey_done(conf->dir, &survey);
    TRY(err);
    *ret = TAKE(log);
    return AIS_OK;
}
