/* Re-sealing: rotated segments, and what was set aside, under another key, every line where it was. log.h tells the
 * order and why that holds. */
#include "shared/seal/log_packer.h"
#include "shared/seal/log_scan.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    COPIED = 1 << 20,         /* bytes gathered for one write */
    LONGEST = 512 << 20,      /* bytes of a line that are read at once; a longer one is nothing that was ever written */
    LONGEST_ASIDE = 64 << 20, /* the same where anything may stand */
};

/* Reads the line's bytes into token and opens it into text. The key's place, or an error of a line (see
 * ais_seal_line_fault), which then stays as it is. */
static enum ais_err open_line(struct ais_seal_packer *packer, const struct ais_seal_segment *segment, size_t i,
                              struct ais_buf *text, size_t *ret_key, struct ais_why *why)
{
    const struct ais_seal_line *line = &segment->lines[i];
    struct ais_buf *token = &packer->opener.token;
    if (packer->packing->stop(packer->packing->context))
        return ais_fail(why, AIS_E_STOPPED, "%s", segment->name);
    ais_buf_clear(token);
    if (line->length > (packer->number > 0 ? LONGEST : LONGEST_ASIDE))
        return ais_fail(why, AIS_E_LIMIT, "%s:%" PRIu64 ": a line of %" PRIu64 " bytes", segment->name, line->number,
                        line->length);
    if (!ais_buf_reserve(token, (size_t)line->length))
        return ais_fail(why, AIS_E_NOMEM, "%s:%" PRIu64 ": a line of %" PRIu64 " bytes", segment->name, line->number,
                        line->length);
    TRY(ais_file_read(packer->dir, segment->fd, token->data, (size_t)line->length, line->offset, &token->length, why));
    return ais_unseal(packer->opener.sealer, token->data, token->length, text, ret_key, why);
}

/* Whether some line is under another key than the one that seals; where none is, *ret_unopened is how many open under
 * no key. */
static enum ais_err needs_it(struct ais_seal_packer *packer, const struct ais_seal_segment *segment, size_t sealing,
                             bool *ret, uint64_t *ret_unopened, struct ais_why *why)
{
    *ret = false;
    *ret_unopened = 0;
    for (size_t i = 0; i < segment->count && !*ret; i++) {
        size_t key = sealing;
        enum ais_err err = open_line(packer, segment, i, &packer->opener.text, &key, why);
        if (err != AIS_OK && !ais_seal_line_fault(err))
            return err;
        *ret_unopened += err != AIS_OK ? 1 : 0;
        *ret = key != sealing;
    }
    return AIS_OK;
}

/* ---- Writing -------------------------------------------------------------------------------------------------- */

/* Appends newlines up to a byte of the file, writing what has gathered. */
static enum ais_err pad_to(struct ais_seal_packer *packer, uint64_t offset, struct ais_why *why)
{
    while (packer->length + packer->lines.length < offset) {
        uint64_t missing = offset - packer->length - packer->lines.length;
        size_t n = missing < COPIED ? (size_t)missing : COPIED;
        if (!ais_buf_reserve(&packer->lines, n))
            return ais_fail(why, AIS_E_NOMEM, "%zu bytes of padding", n);
        memset(packer->lines.data + packer->lines.length, '\n', n);
        packer->lines.length += n;
        if (packer->lines.length < COPIED)
            continue;
        TRY(ais_seal_packer_write(packer, &packer->lines, why));
        ais_buf_clear(&packer->lines);
    }
    return AIS_OK;
}

static enum ais_err add_line(struct ais_seal_packer *packer, const struct ais_seal_segment *segment, size_t i,
                             uint64_t void_from, struct ais_seal_resealed *ret, struct ais_why *why)
{
    const struct ais_seal_line *line = &segment->lines[i];
    struct ais_seal_opener *opener = &packer->opener;
    struct ais_why reason = { 0 };
    TRY(pad_to(packer, line->offset, why));
    enum ais_err err = open_line(packer, segment, i, &opener->text, NULL, &reason);
    if (err != AIS_OK && !ais_seal_line_fault(err))
        return ais_fail(why, err, "%s", reason.text);
    if (err != AIS_OK && packer->damage.text[0] == '\0' && line->offset < void_from)
        packer->damage = ais_seal_fault_of(segment->name, line, "%s", reason.text);
    if (!line->ended && packer->damage.text[0] == '\0' && line->offset < void_from)
        packer->damage =
            ais_seal_fault_of(segment->name, line, "cut off"); /* readers take it for none, even if it opens */
    if (err == AIS_OK) {
        ais_buf_clear(&opener->token);
        TRY(ais_seal(opener->sealer, opener->text.data, opener->text.length, &opener->token, why));
        if (opener->token.length != line->length)
            return ais_fail(why, AIS_E_INTERNAL, "%s:%" PRIu64 ": the new token has another length", segment->name,
                            line->number);
        ret->lines++;
    } else {
        ret->unopened++;
    }
    ais_buf_add(&packer->lines, opener->token.data, opener->token.length);
    return packer->lines.failed ? ais_fail(why, AIS_E_NOMEM, "a line") : AIS_OK;
}

static enum ais_err write_lines(struct ais_seal_packer *packer, const struct ais_seal_segment *segment,
                                struct ais_seal_resealed *ret, struct ais_why *why)
{
    uint64_t void_from = 0; /* what was set aside is no part of the log: nothing of it is damage */
    if (packer->number > 0)
        TRY(ais_seal_packer_void(packer, &void_from, why));
    ais_buf_clear(&packer->lines);
    for (size_t i = 0; i < segment->count; i++)
        TRY(add_line(packer, segment, i, void_from, ret, why));
    TRY(pad_to(packer, segment->info.size, why));
    TRY(ais_seal_packer_write(packer, &packer->lines, why));
    ais_buf_clear(&packer->lines);
    return ais_file_sync(packer->dir, packer->fd, why);
}

/* ---- Reading back --------------------------------------------------------------------------------------------- */

static enum ais_err compare_line(struct ais_seal_packer *packer, const struct ais_seal_segment *old,
                                 const struct ais_seal_segment *young, size_t i, size_t sealing, struct ais_why *why)
{
    struct ais_buf *before = &packer->text, *after = &packer->opener.text, *old_token = &packer->line;
    size_t key = sealing;
    enum ais_err old_err = open_line(packer, old, i, before, NULL, why);
    if (old_err != AIS_OK && !ais_seal_line_fault(old_err))
        return old_err;
    ais_buf_clear(old_token);
    ais_buf_add(old_token, packer->opener.token.data, packer->opener.token.length);
    if (old_token->failed)
        return ais_fail(why, AIS_E_NOMEM, "a line");
    enum ais_err err = open_line(packer, young, i, after, &key, why);
    if (err != AIS_OK && !ais_seal_line_fault(err))
        return err;
    const struct ais_buf *left = old_err == AIS_OK ? before : old_token;
    const struct ais_buf *right = old_err == AIS_OK ? after : &packer->opener.token;
    if (err != old_err || key != sealing || left->length != right->length ||
        memcmp(left->data, right->data, left->length) != 0)
        return ais_fail(why, AIS_E_DAMAGED, "%s:%" PRIu64 ": what was written is not what is read back", old->name,
                        old->lines[i].number);
    return AIS_OK;
}

static enum ais_err compare(struct ais_seal_packer *packer, const struct ais_seal_segment *old,
                            const struct ais_seal_segment *young, size_t sealing, struct ais_why *why)
{
    if (old->count != young->count || old->info.size != young->info.size)
        return ais_fail(why, AIS_E_DAMAGED, "%s: what was written is not what is read back", old->name);
    for (size_t i = 0; i < old->count; i++) {
        const struct ais_seal_line *a = &old->lines[i], *b = &young->lines[i];
        if (a->offset != b->offset || a->length != b->length || a->ended != b->ended)
            return ais_fail(why, AIS_E_DAMAGED, "%s:%" PRIu64 ": the line has moved", old->name, a->number);
        TRY(compare_line(packer, old, young, i, sealing, why));
    }
    return AIS_OK;
}

static enum ais_err read_back(struct ais_seal_packer *packer, const struct ais_seal_segment *old, size_t sealing,
                              struct ais_why *why)
{
    struct ais_seal_segment young = { .fd = -1 };
    TRY(ais_seal_segment_open(packer->dir, AIS_SEAL_LOG_PACKING, UINT64_MAX, &young, why));
    enum ais_err err = compare(packer, old, &young, sealing, why);
    ais_seal_segment_close(packer->dir, &young);
    ais_buf_clear(&packer->text);
    return err;
}

/* ---- One segment, and all ------------------------------------------------------------------------------------- */

static enum ais_err rewrite(struct ais_seal_packer *packer, const struct ais_seal_segment *segment, size_t sealing,
                            struct ais_seal_resealed *ret, struct ais_why *why)
{
    TRY(ais_seal_packer_create(packer, why));
    enum ais_err err = write_lines(packer, segment, ret, why);
    ais_file_close(packer->dir, &packer->fd);
    if (err == AIS_OK)
        err = read_back(packer, segment, sealing, why);
    return ais_seal_packer_put(packer, segment, err, why);
}

/* Seals the file anew where it needs it: the segment of that number, or one that was set aside (0). AIS_E_NOT_FOUND: it
 * is gone. */
static enum ais_err reseal(struct ais_seal_packer *packer, uint64_t number, const char *name, size_t sealing,
                           struct ais_seal_resealed *ret, struct ais_why *why)
{
    struct ais_seal_segment segment = { .fd = -1 };
    bool needed = false;
    packer->number = number;
    packer->damage = (struct ais_seal_fault){ .line = 0 };
    TRY(ais_seal_segment_open(packer->dir, name, UINT64_MAX, &segment, why));
    enum ais_err err = needs_it(packer, &segment, sealing, &needed, &ret->unopened, why);
    if (err == AIS_OK && needed) {
        ret->found = true;
        ret->segment = number;
        ret->unopened = 0;
        err = rewrite(packer, &segment, sealing, ret, why);
        ret->damage = packer->damage;
    }
    ais_seal_segment_close(packer->dir, &segment);
    return err;
}

/* Adds what was done with one file to what is told: where it fails it is tried again, and counted then. */
static enum ais_err reseal_one(struct ais_seal_packer *packer, uint64_t number, const char *name, size_t sealing,
                               struct ais_seal_resealed *ret, struct ais_why *why)
{
    struct ais_seal_resealed one = { .found = false };
    enum ais_err err = reseal(packer, number, name, sealing, &one, why);
    if (err == AIS_E_NOT_FOUND) /* retention was here first, or whoever set it aside */
        return AIS_OK;
    TRY(err);
    packer->unopened += number > 0 ? one.unopened : 0;
    *ret = one;
    return AIS_OK;
}

static enum ais_err reseal_segments(struct ais_seal_packer *packer, size_t sealing, struct ais_seal_resealed *ret,
                                    struct ais_why *why)
{
    AUTO(ais_seal_listing_done) struct ais_seal_listing listing = { 0 };
    char name[AIS_SEAL_LOG_NAME_SIZE];
    TRY(ais_seal_listing_read(packer->dir, &listing, why));
    if (listing.packing)
        TRY(ais_seal_packer_discard(packer, why));
    for (size_t i = 0; i < listing.count && !ret->found; i++) {
        uint64_t number = listing.numbers[i];
        if (number <= packer->resealed_to || number >= packer->packing->active)
            continue;
        ais_seal_log_name(number, name);
        TRY(reseal_one(packer, number, name, sealing, ret, why));
        packer->resealed_to = number;
    }
    return AIS_OK;
}

/* ---- What was set aside --------------------------------------------------------------------------------------- */

/* The first file, by number and name, that was set aside and comes after another one. */
struct aside {
    char after[AIS_SEAL_LOG_NAME_SIZE], name[AIS_SEAL_LOG_NAME_SIZE]; /* empty: none */
};

static bool is_before(const char *a, const char *b)
{
    uint64_t x = ais_seal_log_aside_number(a), y = ais_seal_log_aside_number(b);
    return x < y || (x == y && strcmp(a, b) < 0);
}

static void choose_aside(void *context, const char *name)
{
    struct aside *aside = context;
    if (ais_seal_log_aside_number(name) == 0 || strlen(name) >= sizeof aside->name || !is_before(aside->after, name) ||
        (aside->name[0] != '\0' && !is_before(name, aside->name)))
        return;
    snprintf(aside->name, sizeof aside->name, "%s", name);
}

/* Lines in them that no key opens are not counted: for such lines they were set aside. */
static enum ais_err reseal_asides(struct ais_seal_packer *packer, size_t sealing, struct ais_seal_resealed *ret,
                                  struct ais_why *why)
{
    while (!ret->found) {
        struct ais_file_info info;
        struct aside aside = { .name = "" };
        snprintf(aside.after, sizeof aside.after, "%s", packer->aside_to);
        TRY(ais_dir_list(packer->dir, choose_aside, &aside, why));
        if (aside.name[0] == '\0')
            return AIS_OK;
        /* Whatever had a name of the log may have been set aside: a directory, a link, or a file with a line that is
         * longer than any of ours, was sealed under no key. */
        enum ais_err err = ais_file_look(packer->dir, aside.name, &info, why);
        if (err == AIS_OK && info.is_file)
            err = reseal_one(packer, 0, aside.name, sealing, ret, why);
        if (err != AIS_OK && err != AIS_E_NOT_FOUND && err != AIS_E_LIMIT)
            return err;
        snprintf(packer->aside_to, sizeof packer->aside_to, "%s", aside.name);
    }
    return AIS_OK;
}

enum ais_err ais_seal_packer_reseal(struct ais_seal_packer *packer, const struct ais_seal_packing *packing,
                                    struct ais_seal_resealed *ret, struct ais_why *why)
{
    size_t sealing = ais_keyring_sealing(packer->ring);
    *ret = (struct ais_seal_resealed){ .found = false };
    packer->packing = packing;
    if (packer->resealed_for != sealing || packer->resealed_in != packing->round) {
        packer->resealed_to = packer->unopened = 0;
        packer->aside_to[0] = '\0';
    }
    packer->resealed_for = sealing;
    packer->resealed_in = packing->round;
    TRY(reseal_segments(packer, sealing, ret, why));
    TRY(reseal_asides(packer, sealing, ret, why));
    ret->unopened = packer->unopened;
    packer->unopened = 0;
    return AIS_OK;
}
