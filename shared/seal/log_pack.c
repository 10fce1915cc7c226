/* The packer: rotated segments rewritten smaller, beside the writer. log.h tells the order and what may fail when. */
#include "shared/seal/deflate.h"
#include "shared/seal/log_packer.h"
#include "shared/seal/log_scan.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    JOINED = 64 << 10, /* bytes of payloads in a line, unless one alone is more */
};

/* What a walk over a segment has seen: two that are equal have seen the same payloads, since each hash covers all that
 * was before it. */
struct trail {
    uint64_t commits;
    struct ais_seal_link from, to;
};

enum ais_err ais_seal_packer_new(struct ais_dir *dir, const struct ais_keyring *ring, struct ais_seal_packer **ret,
                                 struct ais_why *why)
{
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = calloc(1, sizeof *packer);
    if (packer == NULL)
        return ais_fail(why, AIS_E_NOMEM, "packer");
    packer->dir = dir;
    packer->ring = ring;
    packer->fd = -1;
    TRY(ais_seal_opener_init(&packer->opener, dir, ring, why));
    *ret = TAKE(packer);
    return AIS_OK;
}

void ais_seal_packer_destroy(struct ais_seal_packer **packer)
{
    if (*packer == NULL)
        return;
    ais_seal_opener_done(&(*packer)->opener);
    ais_buf_wipe(&(*packer)->text);
    ais_buf_done(&(*packer)->lines);
    ais_buf_done(&(*packer)->deflated);
    ais_buf_done(&(*packer)->line);
    free(*packer);
    *packer = NULL;
}

/* ---- Reading -------------------------------------------------------------------------------------------------- */

static enum ais_err follow(struct trail *trail, const struct ais_seal_commit *commit, uint64_t number,
                           struct ais_why *why)
{
    bool first = trail->commits == 0;
    if (commit->segment != (first ? number : 0))
        return ais_fail(why, AIS_E_DAMAGED, "it does not begin, or begins twice");
    if (first) {
        trail->from.next = commit->seq;
        memcpy(trail->from.hash, commit->prev, sizeof trail->from.hash);
    } else if (commit->seq != trail->to.next || memcmp(commit->prev, trail->to.hash, sizeof commit->prev) != 0) {
        return ais_fail(why, AIS_E_DAMAGED, "the chain breaks at number %" PRIu64, commit->seq);
    }
    trail->commits++;
    trail->to.next = commit->seq + commit->count;
    memcpy(trail->to.hash, commit->hash, sizeof trail->to.hash);
    return AIS_OK;
}

/* Reads a line whose commits all continue the trail, or fails. */
static enum ais_err walk_line(struct ais_seal_packer *packer, const struct ais_seal_segment *segment, size_t i,
                              struct trail *trail, struct ais_why *why)
{
    struct ais_seal_commit commit;
    struct ais_why reason = { 0 };
    enum ais_err err;
    if (packer->packing->stop(packer->packing->context))
        return ais_fail(why, AIS_E_STOPPED, "%s", segment->name);
    ais_seal_opener_at(&packer->opener, segment, i);
    do {
        err = ais_seal_opener_next(&packer->opener, AIS_SEAL_OLDEST_FIRST, &commit, &reason);
        if (err == AIS_OK)
            err = follow(trail, &commit, packer->number, &reason);
    } while (err == AIS_OK);
    if (err == AIS_E_NOT_FOUND)
        return AIS_OK;
    return ais_fail(why, err, "%s:%" PRIu64 ": %s", segment->name, segment->lines[i].number, reason.text);
}

/* ---- Writing -------------------------------------------------------------------------------------------------- */

enum ais_err ais_seal_packer_write(struct ais_seal_packer *packer, const struct ais_buf *bytes, struct ais_why *why)
{
    TRY(ais_file_write(packer->dir, packer->fd, bytes->data, bytes->length, packer->length, why));
    packer->length += bytes->length;
    packer->unsynced += bytes->length;
    if (packer->unsynced < AIS_SEAL_UNSYNCED)
        return AIS_OK;
    packer->unsynced = 0;
    return ais_file_sync(packer->dir, packer->fd, why);
}

/* Writes what was joined as one line, unless the lines that it comes from are no longer than that. */
static enum ais_err write_joined(struct ais_seal_packer *packer, struct ais_why *why)
{
    if (packer->lines.length == 0)
        return AIS_OK;
    ais_buf_clear(&packer->line);
    if (packer->text.length > 0 && packer->text.length <= AIS_SEAL_LOG_INFLATED) {
        TRY(ais_deflate(packer->text.data, packer->text.length, &packer->deflated, why));
        TRY(ais_seal(packer->opener.sealer, packer->deflated.data, packer->deflated.length, &packer->line, why));
        ais_buf_byte(&packer->line, '\n');
    }
    if (packer->line.failed)
        return ais_fail(why, AIS_E_NOMEM, "a line of %zu bytes", packer->text.length);
    bool smaller = packer->line.length > 0 && packer->line.length < packer->lines.length;
    TRY(ais_seal_packer_write(packer, smaller ? &packer->line : &packer->lines, why));
    ais_buf_clear(&packer->text);
    ais_buf_clear(&packer->lines);
    return AIS_OK;
}

/* Joins the line that the opener has just read to those before it. */
static enum ais_err add_line(struct ais_seal_packer *packer, struct ais_why *why)
{
    const struct ais_seal_opener *opener = &packer->opener;
    size_t n = opener->text.length;
    /* A caller's JSON may have newlines between its tokens: a payload that has one cannot be told from two. */
    bool joinable = opener->packed || memchr(opener->text.data, '\n', n) == NULL;
    if (!joinable || packer->text.length + 1 + n > JOINED)
        TRY(write_joined(packer, why));
    if (packer->text.length > 0)
        ais_buf_byte(&packer->text, '\n');
    if (joinable)
        ais_buf_add(&packer->text, opener->text.data, n);
    ais_buf_add(&packer->lines, opener->token.data, opener->token.length);
    ais_buf_byte(&packer->lines, '\n');
    if (packer->text.failed || packer->lines.failed)
        return ais_fail(why, AIS_E_NOMEM, "a line of %zu bytes", n);
    return joinable ? AIS_OK : write_joined(packer, why);
}

/* What is behind "FILE:LINE: ". */
static const char *cause_of(const char *text)
{
    const char *cause = strstr(text, ": ");
    return cause != NULL ? cause + 2 : text;
}

static enum ais_err write_lines(struct ais_seal_packer *packer, const struct ais_seal_segment *segment,
                                struct trail *trail, struct ais_why *why)
{
    ais_buf_clear(&packer->text);
    ais_buf_clear(&packer->lines);
    for (size_t i = 0; i < segment->count; i++) {
        struct ais_why reason = { 0 };
        enum ais_err err = walk_line(packer, segment, i, trail, &reason);
        if (ais_seal_line_fault(err))
            packer->damage = ais_seal_fault_of(segment->name, &segment->lines[i], "%s", cause_of(reason.text));
        if (err != AIS_OK)
            return ais_fail(why, err, "%s", reason.text);
        TRY(add_line(packer, why));
    }
    TRY(write_joined(packer, why));
    return ais_file_sync(packer->dir, packer->fd, why);
}

/* ---- One segment ---------------------------------------------------------------------------------------------- */

/* Whether the new file holds what the trail has seen. */
static enum ais_err read_back(struct ais_seal_packer *packer, const struct trail *expected, struct ais_why *why)
{
    struct ais_seal_segment segment = { .fd = -1 };
    struct trail trail = { 0 };
    TRY(ais_seal_segment_open(packer->dir, AIS_SEAL_LOG_PACKING, UINT64_MAX, &segment, why));
    enum ais_err err = AIS_OK;
    for (size_t i = 0; i < segment.count && err == AIS_OK; i++)
        err = walk_line(packer, &segment, i, &trail, why);
    ais_seal_segment_close(packer->dir, &segment);
    TRY(err);
    if (trail.commits != expected->commits || memcmp(&trail.from, &expected->from, sizeof trail.from) != 0 ||
        memcmp(&trail.to, &expected->to, sizeof trail.to) != 0)
        return ais_fail(why, AIS_E_DAMAGED, "what was written is not what is read back");
    return AIS_OK;
}

enum ais_err ais_seal_packer_create(struct ais_seal_packer *packer, struct ais_why *why)
{
    packer->length = packer->unsynced = 0;
    return ais_file_open(packer->dir, AIS_SEAL_LOG_PACKING, O_WRONLY | O_CREAT | O_EXCL, &packer->fd, why);
}

static enum ais_err write_packed(struct ais_seal_packer *packer, const struct ais_seal_segment *segment,
                                 struct trail *trail, struct ais_why *why)
{
    TRY(ais_seal_packer_create(packer, why));
    enum ais_err err = write_lines(packer, segment, trail, why);
    ais_file_close(packer->dir, &packer->fd);
    return err;
}

enum ais_err ais_seal_packer_discard(struct ais_seal_packer *packer, struct ais_why *why)
{
    return ais_file_unlink(packer->dir, AIS_SEAL_LOG_PACKING, why);
}

enum ais_err ais_seal_packer_put(struct ais_seal_packer *packer, const struct ais_seal_segment *segment,
                                 enum ais_err err, struct ais_why *why)
{
    if (err == AIS_OK)
        err = ais_file_exchange(packer->dir, AIS_SEAL_LOG_PACKING, segment->name, why);
    if (err != AIS_OK) {
        enum ais_err cleanup = ais_seal_packer_discard(packer, NULL);
        (void)cleanup; /* left over, it is deleted before the next attempt */
        return err;
    }
    TRY(ais_dir_sync(packer->dir, why));
    return ais_seal_packer_discard(packer, why);
}

/* Packs the open segment. On failure it is what it was. */
static enum ais_err rewrite(struct ais_seal_packer *packer, const struct ais_seal_segment *segment, struct ais_why *why)
{
    struct trail trail = { 0 };
    enum ais_err err = write_packed(packer, segment, &trail, why);
    if (err == AIS_OK && packer->length >= segment->info.size)
        err = ais_fail(why, AIS_E_LIMIT, "it would not be smaller");
    if (err == AIS_OK)
        err = read_back(packer, &trail, why);
    return ais_seal_packer_put(packer, segment, err, why);
}

/* How a segment begins. AIS_E_NOT_FOUND: it is not there; AIS_E_DAMAGED: nothing of it opens. */
static enum ais_err read_head(struct ais_seal_packer *packer, const char *name, struct ais_seal_commit *ret,
                              struct ais_why *why)
{
    struct ais_seal_segment segment = { .fd = -1 };
    TRY(ais_seal_segment_open_head(packer->dir, name, &segment, why));
    enum ais_err err = ais_seal_opener_first(&packer->opener, &segment, ret, why);
    ais_seal_segment_close(packer->dir, &segment);
    return err == AIS_E_NOT_FOUND ? AIS_E_DAMAGED : err;
}

/* How the segment after it begins. The newest may be rotated in this moment: so its present name is tried before its
 * later one. */
static enum ais_err read_next(struct ais_seal_packer *packer, struct ais_seal_commit *ret, struct ais_why *why)
{
    char name[AIS_SEAL_LOG_NAME_SIZE];
    enum ais_err err = AIS_E_NOT_FOUND;
    ais_seal_log_name(packer->number + 1, name);
    if (packer->number + 1 >= packer->packing->active)
        err = read_head(packer, AIS_SEAL_LOG_ACTIVE, ret, why);
    if (err == AIS_E_NOT_FOUND || (err == AIS_OK && ret->segment != packer->number + 1))
        err = read_head(packer, name, ret, why);
    return err;
}

enum ais_err ais_seal_packer_void(struct ais_seal_packer *packer, uint64_t *ret, struct ais_why *why)
{
    struct ais_seal_commit next = { .segment = 0 };
    enum ais_err err = read_next(packer, &next, why);
    bool told = err == AIS_OK && next.segment == packer->number + 1 && next.voids;
    *ret = told ? next.void_from : UINT64_MAX;
    return err == AIS_E_NOT_FOUND || ais_seal_line_fault(err) ? AIS_OK : err;
}

/* Only the segment after it can say that no end of this one is void. */
static enum ais_err check_not_void(struct ais_seal_packer *packer, struct ais_why *why)
{
    struct ais_seal_commit next;
    TRY(read_next(packer, &next, why));
    if (next.segment != packer->number + 1)
        return ais_fail(why, AIS_E_DAMAGED, "the segment after it is not the one that it should be");
    if (next.voids)
        return ais_fail(why, AIS_E_DAMAGED, "the segment after it declares its end void");
    return AIS_OK;
}

static enum ais_err pack(struct ais_seal_packer *packer, struct ais_seal_packed *ret, struct ais_why *why)
{
    struct ais_seal_segment segment = { .fd = -1 };
    char name[AIS_SEAL_LOG_NAME_SIZE];
    ais_seal_log_name(packer->number, name);
    TRY(check_not_void(packer, why));
    TRY(ais_seal_segment_open(packer->dir, name, UINT64_MAX, &segment, why));
    ret->before = ret->after = segment.info.size;
    enum ais_err err = rewrite(packer, &segment, why);
    if (err == AIS_OK)
        ret->after = packer->length;
    ais_seal_segment_close(packer->dir, &segment);
    return err;
}

/* ---- All of them ---------------------------------------------------------------------------------------------- */

/* The oldest that is to be looked at; one that the next rotation deletes only where nothing younger was looked at: it
 * gives its space back anyway, and what is read and written for it is taken from those that stay. 0: none. */
static uint64_t choose(const struct ais_seal_packer *packer, const struct ais_seal_listing *listing)
{
    uint64_t doomed = 0;
    for (size_t i = 0; i < listing->count; i++) {
        uint64_t number = listing->numbers[i];
        if (number <= packer->looked_at || number >= packer->packing->active)
            continue;
        if (packer->packing->active - number < packer->packing->retention)
            return number;
        if (doomed == 0)
            doomed = number;
    }
    return doomed;
}

/* A segment's first line tells. (One that could not be made smaller stays plain; such a segment is packed once more.)
 */
static enum ais_err is_packed(struct ais_seal_packer *packer, bool *ret, struct ais_why *why)
{
    struct ais_seal_commit first;
    char name[AIS_SEAL_LOG_NAME_SIZE];
    ais_seal_log_name(packer->number, name);
    enum ais_err err = read_head(packer, name, &first, why);
    if (err == AIS_E_DAMAGED)
        packer->damage = ais_seal_fault_of(name, NULL, "no line of it opens");
    TRY(err);
    *ret = packer->opener.packed;
    return AIS_OK;
}

/* Whether err is about this segment: one that is damaged, deleted meanwhile, or does not become smaller. */
static bool is_left(enum ais_err err)
{
    return ais_seal_line_fault(err) || err == AIS_E_NOT_FOUND || err == AIS_E_LIMIT;
}

enum ais_err ais_seal_packer_next(struct ais_seal_packer *packer, const struct ais_seal_packing *packing,
                                  struct ais_seal_packed *ret, struct ais_why *why)
{
    AUTO(ais_seal_listing_done) struct ais_seal_listing listing = { 0 };
    *ret = (struct ais_seal_packed){ 0 };
    packer->packing = packing;
    TRY(ais_seal_listing_read(packer->dir, &listing, why));
    if (listing.packing)
        TRY(ais_seal_packer_discard(packer, why));
    while ((packer->number = choose(packer, &listing)) > 0) {
        bool packed = false;
        packer->damage = (struct ais_seal_fault){ .line = 0 };
        if (packing->stop(packing->context))
            return ais_fail(why, AIS_E_STOPPED, "before segment %" PRIu64, packer->number);
        enum ais_err err = is_packed(packer, &packed, why);
        if (err == AIS_OK && !packed)
            err = pack(packer, ret, why);
        if (err != AIS_OK && !is_left(err))
            return err;
        packer->looked_at = packer->number;
        if (packed)
            continue;
        ret->segment = packer->number;
        ret->left = err != AIS_OK;
        ret->damage = packer->damage;
        return AIS_OK;
    }
    return AIS_OK;
}
