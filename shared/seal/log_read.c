/* The reader: commits in either order, beside a writer. */
#include "shared/seal/log_pass.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ais_seal_reader {
    struct ais_seal_opener opener;
    struct ais_seal_pass pass;
    enum ais_seal_order order;
    uint64_t bound;
    size_t left;                     /* segments that the pass has not begun */
    struct ais_seal_segment segment; /* owned unless it is the pass's active one; fd -1: none is open */
    bool is_active;
    uint64_t end;   /* lines of segment from this byte on do not count */
    size_t to_read; /* lines of segment that are left */
    bool in_line;   /* the opener is at one whose commits are being read */
    bool at_end;    /* nothing more, whatever is left */
    bool alone;     /* the pass is at its end after one segment */
    bool bare;
    struct ais_seal_place skip; /* inode 0: nothing is left out */
    bool skips;                 /* segment is the one that skip is about */
};

enum ais_err ais_seal_reader_new(struct ais_dir *dir, const struct ais_keyring *ring, struct ais_seal_reader **ret,
                                 struct ais_why *why)
{
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return ais_fail(why, AIS_E_NOMEM, "reader");
    reader->segment.fd = reader->pass.active.fd = -1;
    reader->at_end = true;
    TRY(ais_seal_opener_init(&reader->opener, dir, ring, why));
    *ret = TAKE(reader);
    return AIS_OK;
}

/* One that was sought is no pass's; the active one of a pass stays open. */
static void close_segment(struct ais_seal_reader *reader)
{
    if (reader->segment.fd >= 0 && reader->segment.fd != reader->pass.active.fd)
        ais_seal_segment_close(reader->opener.dir, &reader->segment);
    reader->segment = (struct ais_seal_segment){ .fd = -1 };
    reader->in_line = false;
}

void ais_seal_reader_end(struct ais_seal_reader *reader)
{
    close_segment(reader);
    ais_seal_pass_done(&reader->pass);
    reader->at_end = true;
}

void ais_seal_reader_destroy(struct ais_seal_reader **reader)
{
    if (*reader == NULL)
        return;
    ais_seal_reader_end(*reader);
    ais_seal_opener_done(&(*reader)->opener);
    free(*reader);
    *reader = NULL;
}

enum ais_err ais_seal_reader_start(struct ais_seal_reader *reader, enum ais_seal_order order,
                                   const struct ais_seal_position *upto, uint64_t bound, struct ais_why *why)
{
    ais_seal_reader_end(reader);
    TRY(ais_seal_pass_start(&reader->opener, upto, &reader->pass, why));
    reader->order = order;
    reader->bound = bound;
    reader->left = reader->pass.count;
    reader->at_end = reader->alone = false;
    reader->skip = (struct ais_seal_place){ 0 };
    return AIS_OK;
}

/* Whether segment i cannot hold a record on this side of the bound. */
static enum ais_err beyond_bound(struct ais_seal_reader *reader, size_t i, bool *ret, struct ais_why *why)
{
    const struct ais_seal_pass_head *head = NULL;
    bool oldest_first = reader->order == AIS_SEAL_OLDEST_FIRST;
    *ret = false;
    if (reader->bound == 0 || (oldest_first && i + 1 == reader->pass.count))
        return AIS_OK;
    TRY(ais_seal_pass_head(&reader->pass, oldest_first ? i + 1 : i, &head, why));
    if (head->readable)
        *ret = oldest_first ? head->seq <= reader->bound : head->seq >= reader->bound;
    return AIS_OK;
}

/* Whether the line up to which is to be left out is there, and the pass begins right behind it. */
static bool ends_at_bound(struct ais_seal_reader *reader)
{
    struct ais_seal_commit commit;
    size_t i = 0;
    while (i < reader->segment.count && reader->segment.lines[i].offset != reader->skip.offset)
        i++;
    if (i == reader->segment.count)
        return false;
    ais_seal_opener_at(&reader->opener, &reader->segment, i);
    if (ais_seal_opener_next(&reader->opener, AIS_SEAL_NEWEST_FIRST, &commit, NULL) != AIS_OK)
        return false;
    return reader->bare ? commit.seq < reader->bound : commit.seq + commit.count == reader->bound;
}

/* Whether segment i, which is open, holds the line up to which is to be left out. The inode alone does not tell: that
 * of a file which was packed or re-sealed meanwhile is soon another's, be it a later segment's or that of the same one,
 * made smaller: there other commits stand at the place. */
static enum ais_err find_skipped(struct ais_seal_reader *reader, size_t i, struct ais_why *why)
{
    const struct ais_seal_pass_head *head = NULL;
    reader->skips = reader->skip.inode != 0 && reader->skip.inode == reader->segment.info.inode;
    if (!reader->skips || reader->bound == 0)
        return AIS_OK;
    TRY(ais_seal_pass_head(&reader->pass, i, &head, why));
    reader->skips = head->readable && head->seq < reader->bound && ends_at_bound(reader);
    return AIS_OK;
}

/* Opens the next segment of the pass. */
static enum ais_err open_next(struct ais_seal_reader *reader, struct ais_why *why)
{
    bool oldest_first = reader->order == AIS_SEAL_OLDEST_FIRST;
    while (reader->left > 0) {
        size_t i = oldest_first ? reader->pass.count - reader->left : reader->left - 1;
        bool beyond = false;
        TRY(beyond_bound(reader, i, &beyond, why));
        reader->left = reader->alone ? 0 : reader->left - 1;
        if (beyond)
            continue;
        uint64_t void_from = 0, bound = 0;
        TRY(ais_seal_pass_end(&reader->pass, i, &void_from, &bound, why));
        enum ais_err err = ais_seal_pass_open(&reader->pass, i, &reader->segment, why);
        if (err == AIS_E_NOT_FOUND && oldest_first)
            continue;
        if (err == AIS_E_NOT_FOUND)
            reader->left = 0; /* retention deletes from the oldest on: what is older is gone too */
        TRY(err);
        reader->is_active = ais_seal_pass_is_active(&reader->pass, i);
        reader->end = void_from < bound ? void_from : bound;
        reader->to_read = reader->segment.count;
        return find_skipped(reader, i, why);
    }
    return AIS_E_NOT_FOUND;
}

/* The last line of an unbounded pass may be one that the writer is in the middle of. */
static bool may_be_unfinished(const struct ais_seal_reader *reader, size_t line)
{
    return reader->is_active && !reader->pass.bounded && line + 1 == reader->segment.count;
}

static bool is_skipped(const struct ais_seal_reader *reader, const struct ais_seal_line *line)
{
    return reader->skips && line->offset <= reader->skip.offset;
}

/* The number of a line, which one that was sought does not have. */
static uint64_t number_of(struct ais_seal_reader *reader, const struct ais_seal_line *line)
{
    struct ais_seal_segment whole = { .fd = -1 };
    uint64_t number = line->number;
    if (number > 0)
        return number;
    if (ais_seal_segment_open(reader->opener.dir, reader->segment.name, UINT64_MAX, &whole, NULL) != AIS_OK)
        return 0;
    for (size_t i = 0; i < whole.count && whole.lines[i].offset <= line->offset; i++)
        number = whole.lines[i].number;
    ais_seal_segment_close(reader->opener.dir, &whole);
    return number;
}

/* Goes to the next line of the segment, if it counts. */
static void take_line(struct ais_seal_reader *reader)
{
    size_t count = reader->segment.count;
    size_t i = reader->order == AIS_SEAL_OLDEST_FIRST ? count - reader->to_read : reader->to_read - 1;
    reader->to_read--;
    const struct ais_seal_line *line = &reader->segment.lines[i];
    reader->in_line = line->offset < reader->end && !is_skipped(reader, line);
    if (reader->in_line)
        ais_seal_opener_at(&reader->opener, &reader->segment, i);
}

/* The next commit of the line; AIS_E_NOT_FOUND: there is no more in it. */
static enum ais_err next_in_line(struct ais_seal_reader *reader, struct ais_seal_commit *ret, struct ais_why *why)
{
    struct ais_why reason = { 0 };
    size_t i = reader->opener.line;
    reader->opener.bare = reader->bare;
    enum ais_err err = ais_seal_opener_next(&reader->opener, reader->order, ret, &reason);
    reader->opener.bare = false;
    if ((err == AIS_E_KEY || err == AIS_E_SYNTAX) && may_be_unfinished(reader, i))
        err = AIS_E_NOT_FOUND;
    if (err == AIS_E_NOT_FOUND)
        reader->in_line = false;
    if (err == AIS_OK || err == AIS_E_NOT_FOUND)
        return err;
    return ais_fail(why, ais_seal_line_fault(err) ? AIS_E_DAMAGED : err, "%s:%" PRIu64 ": %s", reader->segment.name,
                    number_of(reader, &reader->segment.lines[i]), reason.text);
}

enum ais_err ais_seal_reader_next(struct ais_seal_reader *reader, struct ais_seal_commit *ret, struct ais_why *why)
{
    while (!reader->at_end) {
        if (reader->in_line) {
            enum ais_err err = next_in_line(reader, ret, why);
            if (err != AIS_E_NOT_FOUND)
                return err;
        } else if (reader->segment.fd < 0) {
            enum ais_err err = open_next(reader, why);
            if (err != AIS_OK && err != AIS_E_NOT_FOUND)
                return err;
            reader->at_end = err == AIS_E_NOT_FOUND;
        } else if (reader->to_read == 0) {
            close_segment(reader);
        } else {
            take_line(reader);
        }
    }
    return ais_fail(why, AIS_E_NOT_FOUND, "no more commits");
}

/* ---- Parts of a log ------------------------------------------------------------------------------------------- */

const uint64_t *ais_seal_reader_segments(const struct ais_seal_reader *reader, size_t *ret_count)
{
    *ret_count = reader->pass.count;
    return reader->pass.numbers;
}

enum ais_err ais_seal_reader_only(struct ais_seal_reader *reader, uint64_t segment, struct ais_why *why)
{
    size_t i = 0, count = reader->pass.count;
    close_segment(reader);
    while (i < count && reader->pass.numbers[i] != segment)
        i++;
    if (i == count)
        return ais_fail(why, AIS_E_NOT_FOUND, "segment %" PRIu64 " is none of the pass", segment);
    reader->left = reader->order == AIS_SEAL_OLDEST_FIRST ? count - i : i + 1;
    reader->alone = true;
    reader->at_end = false;
    return AIS_OK;
}

void ais_seal_reader_skip(struct ais_seal_reader *reader, const struct ais_seal_place *after)
{
    reader->skip = *after;
}

void ais_seal_reader_bare(struct ais_seal_reader *reader, bool bare)
{
    reader->bare = bare;
}

enum ais_err ais_seal_reader_parse(struct ais_seal_reader *reader, struct ais_seal_commit *commit, struct ais_why *why)
{
    struct ais_seal_commit whole = { 0 };
    ais_arena_reset(reader->opener.arena);
    TRY(ais_seal_payload_read(reader->opener.arena, commit->payload, commit->length, &whole, why));
    whole.file = commit->file;
    whole.line = commit->line;
    whole.offset = commit->offset;
    whole.width = commit->width;
    whole.inode = commit->inode;
    *commit = whole;
    return AIS_OK;
}

/* Opens the file of a segment: under its later name, else as the active one. inode 0: any. A rotation in between gives
 * it its later name, so that is tried once more. */
static enum ais_err open_file(struct ais_seal_reader *reader, uint64_t number, uint64_t inode,
                              struct ais_seal_segment *ret, struct ais_why *why)
{
    struct ais_dir *dir = reader->opener.dir;
    enum ais_err err = AIS_E_NOT_FOUND;
    for (int attempt = 0; attempt < 3; attempt++) {
        struct ais_seal_segment segment = { .fd = -1 };
        bool active = attempt == 1;
        if (active)
            snprintf(segment.name, sizeof segment.name, "%s", AIS_SEAL_LOG_ACTIVE);
        else
            ais_seal_log_name(number, segment.name);
        err = ais_file_open(dir, segment.name, O_RDONLY, &segment.fd, why);
        if (err == AIS_OK)
            err = ais_file_info(dir, segment.fd, &segment.info, why);
        bool same = err == AIS_OK && (inode == segment.info.inode || (inode == 0 && !active));
        if (same) {
            *ret = segment;
            return AIS_OK;
        }
        ais_file_close(dir, &segment.fd);
        if (err == AIS_OK && !active)
            return ais_fail(why, AIS_E_STALE, "%s is another file now", segment.name);
        if (err != AIS_OK && err != AIS_E_NOT_FOUND)
            return err;
    }
    return ais_fail(why, AIS_E_NOT_FOUND, "segment %" PRIu64 " is gone", number);
}

enum ais_err ais_seal_reader_seek(struct ais_seal_reader *reader, enum ais_seal_order order,
                                  const struct ais_seal_place *place, struct ais_why *why)
{
    close_segment(reader);
    reader->at_end = true;
    struct ais_seal_segment segment = { .fd = -1 };
    struct ais_seal_line *line = calloc(1, sizeof *line);
    if (line == NULL)
        return ais_fail(why, AIS_E_NOMEM, "a line");
    enum ais_err err = open_file(reader, place->segment, place->inode, &segment, why);
    if (err != AIS_OK) {
        free(line);
        return err;
    }
    *line = (struct ais_seal_line){ .offset = place->offset, .length = place->width, .ended = true };
    segment.lines = line;
    segment.count = segment.capacity = 1;
    reader->segment = segment;
    reader->order = order;
    reader->is_active = false;
    reader->end = UINT64_MAX;
    reader->skips = false;
    reader->skip.inode = 0;
    reader->to_read = 1;
    reader->left = 0;
    reader->at_end = false;
    return AIS_OK;
}

enum ais_err ais_seal_reader_stat(struct ais_seal_reader *reader, uint64_t segment, struct ais_file_info *ret,
                                  struct ais_why *why)
{
    struct ais_seal_segment file = { .fd = -1 };
    struct ais_dir *dir = reader->opener.dir;
    if (segment > 0)
        TRY(open_file(reader, segment, 0, &file, why));
    else
        TRY(ais_file_open(dir, AIS_SEAL_LOG_ACTIVE, O_RDONLY, &file.fd, why));
    enum ais_err err = ais_file_info(dir, file.fd, ret, why);
    ais_file_close(dir, &file.fd);
    return err;
}
