#include "shared/seal/log_lines.h"

#include "shared/seal/deflate.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 256 << 10,
    LONGEST = 64 << 20, /* bytes of a line; a commit is at most AIS_SEAL_LOG_LARGEST, and a third more as base64 */
};

/* ---- Lines ---------------------------------------------------------------------------------------------------- */

/* The scan of one file: the line that is open at the end of a chunk goes on in the next. */
struct scan {
    struct ais_seal_segment *segment;
    struct ais_seal_line open;
    bool in_line;
    uint64_t begun; /* lines that begin at this byte or behind it are not listed */
};

static bool add_line(struct ais_seal_segment *segment, const struct ais_seal_line *line)
{
    if (segment->count == segment->capacity) {
        size_t capacity = segment->capacity > 0 ? 2 * segment->capacity : 64;
        struct ais_seal_line *grown = realloc(segment->lines, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        segment->lines = grown;
        segment->capacity = capacity;
    }
    segment->lines[segment->count++] = *line;
    return true;
}

/* Length of the run of newlines at bytes. Padding is long: eight at a time. */
static size_t newlines(const char *bytes, size_t n)
{
    const uint64_t eight = 0x0a0a0a0a0a0a0a0aULL;
    size_t i = 0;
    while (n - i >= sizeof eight) {
        uint64_t next;
        memcpy(&next, bytes + i, sizeof next);
        if (next != eight)
            break;
        i += sizeof eight;
    }
    while (i < n && bytes[i] == '\n')
        i++;
    return i;
}

static bool scan_chunk(struct scan *scan, const char *bytes, size_t n, uint64_t at)
{
    for (size_t i = 0; i < n;) {
        if (!scan->in_line) {
            size_t blank = newlines(bytes + i, n - i);
            scan->open.number += blank;
            i += blank;
            if (i == n || at + i >= scan->begun)
                break;
            scan->open.offset = at + i;
            scan->in_line = true;
        }
        const char *end = memchr(bytes + i, '\n', n - i);
        if (end == NULL)
            break;
        i = (size_t)(end - bytes);
        scan->open.length = at + i - scan->open.offset;
        scan->open.ended = true;
        if (!add_line(scan->segment, &scan->open))
            return false;
        scan->open.number++;
        scan->in_line = false;
        i++;
    }
    return true;
}

/* How much is read at a time: many files are small, of others only the head is wanted. One byte more than there is
 * tells with the first read that there is no more. */
static size_t chunk_size(const struct ais_seal_segment *segment, uint64_t upto)
{
    uint64_t size = segment->info.size + 1;
    uint64_t most = size < upto ? size : upto;
    return most < CHUNK ? (size_t)most : CHUNK;
}

/* Lists the lines from byte at on, where scan stands, up to byte upto. */
static enum ais_err scan_lines(struct ais_dir *dir, struct scan *scan, uint64_t at, uint64_t upto, struct ais_why *why)
{
    struct ais_seal_segment *segment = scan->segment;
    size_t chunk = chunk_size(segment, upto);
    char *bytes = malloc(chunk);
    enum ais_err err = bytes != NULL ? AIS_OK : AIS_E_NOMEM;
    while (err == AIS_OK && at < upto && (at < scan->begun || scan->in_line)) {
        size_t want = upto - at < chunk ? (size_t)(upto - at) : chunk, n = 0;
        err = ais_file_read(dir, segment->fd, bytes, want, at, &n, why);
        if (err == AIS_OK && !scan_chunk(scan, bytes, n, at))
            err = AIS_E_NOMEM;
        at += n;
        if (n < want)
            break;
    }
    free(bytes);
    scan->open.length = at - scan->open.offset;
    scan->open.ended = false;
    if (err == AIS_OK && scan->in_line && !add_line(segment, &scan->open))
        err = AIS_E_NOMEM;
    return err == AIS_E_NOMEM ? ais_fail(why, err, "the lines of %s", segment->name) : err;
}

/* The byte behind the last one that is no newline. From the end on back, so that nothing before it was read earlier
 * than it. */
static enum ais_err find_end(struct ais_dir *dir, const struct ais_seal_segment *segment, uint64_t *ret,
                             struct ais_why *why)
{
    size_t chunk = chunk_size(segment, UINT64_MAX);
    char *bytes = malloc(chunk);
    if (bytes == NULL)
        return ais_fail(why, AIS_E_NOMEM, "the end of %s", segment->name);
    enum ais_err err = AIS_OK;
    uint64_t end = segment->info.size;
    while (err == AIS_OK && end > 0) {
        size_t want = end < chunk ? (size_t)end : chunk, n = 0;
        err = ais_file_read(dir, segment->fd, bytes, want, end - want, &n, why);
        while (n > 0 && bytes[n - 1] == '\n')
            n--;
        end -= want;
        if (n == 0)
            continue;
        end += n;
        break;
    }
    free(bytes);
    *ret = end;
    return err;
}

static enum ais_err open_lines(struct ais_dir *dir, const char *name, uint64_t upto, bool growing,
                               struct ais_seal_segment *ret, struct ais_why *why)
{
    struct ais_seal_segment segment = { .fd = -1 };
    struct scan scan = { .segment = &segment, .open.number = 1, .begun = UINT64_MAX };
    snprintf(segment.name, sizeof segment.name, "%s", name);
    TRY(ais_file_open(dir, name, O_RDONLY, &segment.fd, why));
    enum ais_err err = ais_file_info(dir, segment.fd, &segment.info, why);
    if (err == AIS_OK && growing)
        err = find_end(dir, &segment, &scan.begun, why);
    if (err == AIS_OK)
        err = scan_lines(dir, &scan, 0, upto, why);
    if (err != AIS_OK) {
        ais_seal_segment_close(dir, &segment);
        return err;
    }
    *ret = segment;
    return AIS_OK;
}

enum ais_err ais_seal_segment_open(struct ais_dir *dir, const char *name, uint64_t upto, struct ais_seal_segment *ret,
                                   struct ais_why *why)
{
    return open_lines(dir, name, upto, false, ret, why);
}

enum ais_err ais_seal_segment_open_active(struct ais_dir *dir, struct ais_seal_segment *ret, struct ais_why *why)
{
    return open_lines(dir, AIS_SEAL_LOG_ACTIVE, UINT64_MAX, true, ret, why);
}

enum ais_err ais_seal_segment_look_again(struct ais_dir *dir, struct ais_seal_segment *segment, struct ais_why *why)
{
    assert(segment->count > 0);
    struct scan scan = { .segment = segment, .open = segment->lines[segment->count - 1] };
    segment->count--;
    scan.begun = scan.open.offset + 1;
    return scan_lines(dir, &scan, scan.open.offset, UINT64_MAX, why);
}

enum ais_err ais_seal_segment_open_head(struct ais_dir *dir, const char *name, struct ais_seal_segment *ret,
                                        struct ais_why *why)
{
    enum { USUAL = 64 << 10 };
    TRY(ais_seal_segment_open(dir, name, USUAL, ret, why));
    if (ret->info.size <= USUAL || (ret->count > 0 && ret->lines[0].ended))
        return AIS_OK;
    ais_seal_segment_close(dir, ret);
    return ais_seal_segment_open(dir, name, UINT64_MAX, ret, why);
}

void ais_seal_segment_close(struct ais_dir *dir, struct ais_seal_segment *segment)
{
    ais_file_close(dir, &segment->fd);
    free(segment->lines);
    *segment = (struct ais_seal_segment){ .fd = -1 };
}

/* ---- What they seal ------------------------------------------------------------------------------------------- */

enum ais_err ais_seal_opener_init(struct ais_seal_opener *opener, struct ais_dir *dir, const struct ais_keyring *ring,
                                  struct ais_why *why)
{
    *opener = (struct ais_seal_opener){ .dir = dir, .arena = ais_arena_new(0), .opened = AIS_SEAL_OPENED_ALL };
    if (opener->arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "payloads");
    return ais_sealer_new(ring, &opener->sealer, why);
}

void ais_seal_opener_done(struct ais_seal_opener *opener)
{
    ais_sealer_destroy(&opener->sealer);
    ais_arena_destroy(&opener->arena);
    ais_buf_done(&opener->token);
    ais_buf_wipe(&opener->deflated);
    ais_buf_wipe(&opener->text);
}

void ais_seal_opener_at(struct ais_seal_opener *opener, const struct ais_seal_segment *segment, size_t i)
{
    opener->segment = segment;
    opener->line = i;
    opener->opened = AIS_SEAL_OPENED_NOT_YET;
}

/* Reads the line and opens its token. */
static enum ais_err read_line(struct ais_seal_opener *opener, struct ais_why *why)
{
    const struct ais_seal_line *line = &opener->segment->lines[opener->line];
    if (line->length > LONGEST)
        return ais_fail(why, AIS_E_SYNTAX, "%" PRIu64 " bytes are too many for a line", line->length);
    if (!line->ended)
        return ais_fail(why, AIS_E_SYNTAX, "cut off: it does not end as a line");
    ais_buf_clear(&opener->token);
    if (!ais_buf_reserve(&opener->token, (size_t)line->length))
        return ais_fail(why, AIS_E_NOMEM, "a line of %" PRIu64 " bytes", line->length);
    int fd = opener->segment->fd;
    TRY(ais_file_read(opener->dir, fd, opener->token.data, (size_t)line->length, line->offset, &opener->token.length,
                      why));
    TRY(ais_unseal(opener->sealer, opener->token.data, opener->token.length, &opener->text, NULL, why));
    opener->packed = ais_is_deflated(opener->text.data, opener->text.length);
    if (opener->packed) {
        const struct ais_buf deflated = opener->text;
        opener->text = opener->deflated;
        opener->deflated = deflated;
        TRY(ais_inflate(deflated.data, deflated.length, AIS_SEAL_LOG_INFLATED, &opener->text, why));
    }
    opener->from = 0;
    opener->to = opener->text.length;
    opener->opened = AIS_SEAL_OPENED_SOME;
    return AIS_OK;
}

/* Takes the payload at one end of those that are left. What is not packed is one payload whatever it looks like. */
static void take_payload(struct ais_seal_opener *opener, enum ais_seal_order order, size_t *ret_from, size_t *ret_to)
{
    bool oldest_first = order == AIS_SEAL_OLDEST_FIRST;
    const char *text = opener->text.data, *at = text + opener->from, *newline = NULL;
    size_t n = opener->to - opener->from;
    if (opener->packed)
        newline = oldest_first ? memchr(at, '\n', n) : memrchr(at, '\n', n);
    *ret_from = opener->from;
    *ret_to = opener->to;
    if (newline == NULL) {
        opener->opened = AIS_SEAL_OPENED_ALL;
    } else if (oldest_first) {
        *ret_to = (size_t)(newline - text);
        opener->from = *ret_to + 1;
    } else {
        opener->to = (size_t)(newline - text);
        *ret_from = opener->to + 1;
    }
}

enum ais_err ais_seal_opener_next(struct ais_seal_opener *opener, enum ais_seal_order order,
                                  struct ais_seal_commit *ret, struct ais_why *why)
{
    if (opener->opened == AIS_SEAL_OPENED_NOT_YET) {
        opener->opened = AIS_SEAL_OPENED_ALL; /* unless it opens */
        TRY(read_line(opener, why));
    }
    if (opener->opened == AIS_SEAL_OPENED_ALL)
        return ais_fail(why, AIS_E_NOT_FOUND, "no more commits in the line");
    size_t from = 0, to = 0;
    take_payload(opener, order, &from, &to);
    ais_arena_reset(opener->arena);
    if (opener->bare)
        TRY(ais_seal_payload_glance(opener->text.data + from, to - from, ret, why));
    else
        TRY(ais_seal_payload_read(opener->arena, opener->text.data + from, to - from, ret, why));
    const struct ais_seal_line *line = &opener->segment->lines[opener->line];
    ret->file = opener->segment->name;
    ret->line = line->number;
    ret->offset = line->offset;
    ret->width = line->length;
    ret->inode = opener->segment->info.inode;
    return AIS_OK;
}

bool ais_seal_line_fault(enum ais_err err)
{
    return err == AIS_E_KEY || err == AIS_E_SYNTAX || err == AIS_E_DAMAGED;
}

enum ais_err ais_seal_opener_any(struct ais_seal_opener *opener, const struct ais_seal_segment *segment, size_t i,
                                 struct ais_seal_commit *ret, struct ais_why *why)
{
    enum ais_err err;
    ais_seal_opener_at(opener, segment, i);
    do
        err = ais_seal_opener_next(opener, AIS_SEAL_OLDEST_FIRST, ret, why);
    while (ais_seal_line_fault(err));
    return err;
}

enum ais_err ais_seal_opener_first(struct ais_seal_opener *opener, const struct ais_seal_segment *segment,
                                   struct ais_seal_commit *ret, struct ais_why *why)
{
    for (size_t i = 0; i < segment->count; i++) {
        enum ais_err err = ais_seal_opener_any(opener, segment, i, ret, why);
        if (err != AIS_E_NOT_FOUND)
            return err;
    }
    return ais_fail(why, AIS_E_NOT_FOUND, "%s: no line opens", segment->name);
}

/* ---- What there is -------------------------------------------------------------------------------------------- */

static void list_one(void *context, const char *name)
{
    struct ais_seal_listing *listing = context;
    uint64_t number = ais_seal_log_number(name), aside = ais_seal_log_aside_number(name);
    if (strcmp(name, AIS_SEAL_LOG_ACTIVE) == 0)
        listing->active = true;
    if (strcmp(name, AIS_SEAL_LOG_PACKING) == 0)
        listing->packing = true;
    if (aside > listing->aside)
        listing->aside = aside;
    if (ais_seal_log_is_beyond(name))
        snprintf(listing->beyond, sizeof listing->beyond, "%s", name);
    if (number == 0)
        return;
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity > 0 ? 2 * listing->capacity : 16;
        uint64_t *grown = realloc(listing->numbers, capacity * sizeof *grown);
        if (grown == NULL) {
            listing->failed = true;
            return;
        }
        listing->numbers = grown;
        listing->capacity = capacity;
    }
    listing->numbers[listing->count++] = number;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

enum ais_err ais_seal_listing_read(struct ais_dir *dir, struct ais_seal_listing *ret, struct ais_why *why)
{
    struct ais_seal_listing listing = { 0 };
    enum ais_err err = ais_dir_list(dir, list_one, &listing, why);
    if (err == AIS_OK && listing.failed)
        err = ais_fail(why, AIS_E_NOMEM, "the list of segments");
    if (err != AIS_OK) {
        ais_seal_listing_done(&listing);
        return err;
    }
    if (listing.count > 0)
        qsort(listing.numbers, listing.count, sizeof *listing.numbers, compare_numbers);
    *ret = listing;
    return AIS_OK;
}

void ais_seal_listing_done(struct ais_seal_listing *listing)
{
    free(listing->numbers);
    *listing = (struct ais_seal_listing){ 0 };
}
