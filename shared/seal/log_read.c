/* The reader: commits in either order, beside a writer. */
#include "shared/seal/log_pass.h"

#include <inttypes.h>
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

void ais_seal_reader_end(struct ais_seal_reader *reader)
{
    if (reader->segment.fd >= 0)
        ais_seal_pass_close(&reader->pass, &reader->segment);
    ais_seal_pass_done(&reader->pass);
    reader->in_line = false;
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
    reader->at_end = false;
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

/* Opens the next segment of the pass. */
static enum ais_err open_next(struct ais_seal_reader *reader, struct ais_why *why)
{
    bool oldest_first = reader->order == AIS_SEAL_OLDEST_FIRST;
    while (reader->left > 0) {
        size_t i = oldest_first ? reader->pass.count - reader->left : reader->left - 1;
        bool beyond = false;
        TRY(beyond_bound(reader, i, &beyond, why));
        reader->left--;
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
        return AIS_OK;
    }
    return AIS_E_NOT_FOUND;
}

/* The last line of an unbounded pass may be one that the writer is in the middle of. */
static bool may_be_unfinished(const struct ais_seal_reader *reader, size_t line)
{
    return reader->is_active && !reader->pass.bounded && line + 1 == reader->segment.count;
}

/* Goes to the next line of the segment, if it counts. */
static void take_line(struct ais_seal_reader *reader)
{
    size_t count = reader->segment.count;
    size_t i = reader->order == AIS_SEAL_OLDEST_FIRST ? count - reader->to_read : reader->to_read - 1;
    reader->to_read--;
    reader->in_line = reader->segment.lines[i].offset < reader->end;
    if (reader->in_line)
        ais_seal_opener_at(&reader->opener, &reader->segment, i);
}

/* The next commit of the line; AIS_E_NOT_FOUND: there is no more in it. */
static enum ais_err next_in_line(struct ais_seal_reader *reader, struct ais_seal_commit *ret, struct ais_why *why)
{
    struct ais_why reason = { 0 };
    size_t i = reader->opener.line;
    enum ais_err err = ais_seal_opener_next(&reader->opener, reader->order, ret, &reason);
    if ((err == AIS_E_KEY || err == AIS_E_SYNTAX) && may_be_unfinished(reader, i))
        err = AIS_E_NOT_FOUND;
    if (err == AIS_E_NOT_FOUND)
        reader->in_line = false;
    if (err == AIS_OK || err == AIS_E_NOT_FOUND)
        return err;
    return ais_fail(why, ais_seal_line_fault(err) ? AIS_E_DAMAGED : err, "%s:%" PRIu64 ": %s", reader->segment.name,
                    reader->segment.lines[i].number, reason.text);
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
            ais_seal_pass_close(&reader->pass, &reader->segment);
        } else {
            take_line(reader);
        }
    }
    return ais_fail(why, AIS_E_NOT_FOUND, "no more commits");
}
