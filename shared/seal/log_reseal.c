/* Re-sealing: rotated segments under another key, every line where it was. log.h tells the order and why that holds. */
#include "shared/seal/log_packer.h"
#include "shared/seal/log_scan.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

enum {
    COPIED = 1 << 20,    /* bytes gathered for one write */
    LONGEST = 512 << 20, /* bytes of a line; a longer one is nothing that was ever written */
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
    if (line->length > LONGEST || !ais_buf_reserve(token, (size_t)line->length))
        return ais_fail(why, AIS_E_NOMEM, "%s:%" PRIu64 ": a line of %" PRIu64 " bytes", segment->name, line->number,
                        line->length);
    TRY(ais_file_read(packer->dir, segment->fd, token->data, (size_t)line->length, line->offset, &token->length, why));
    if (!line->ended)
        return ais_fail(why, AIS_E_SYNTAX, "cut off");
    return ais_unseal(packer->opener.sealer, token->data, token->length, text, ret_key, why);
}

/* Whether some line is under another key than the one that seals. */
static enum ais_err needs_it(struct ais_seal_packer *packer, const struct ais_seal_segment *segment, size_t sealing,
                             bool *ret, struct ais_why *why)
{
    *ret = false;
    for (size_t i = 0; i < segment->count && !*ret; i++) {
        size_t key = sealing;
        enum ais_err err = open_line(packer, segment, i, &packer->opener.text, &key, why);
        if (err != AIS_OK && !ais_seal_line_fault(err))
            return err;
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
    uint64_t void_from = UINT64_MAX;
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

static enum ais_err reseal(struct ais_seal_packer *packer, uint64_t number, size_t sealing,
                           struct ais_seal_resealed *ret, struct ais_why *why)
{
    struct ais_seal_segment segment = { .fd = -1 };
    char name[AIS_SEAL_LOG_NAME_SIZE];
    bool needed = false;
    packer->number = number;
    packer->damage = (struct ais_seal_fault){ .line = 0 };
    ais_seal_log_name(number, name);
    TRY(ais_seal_segment_open(packer->dir, name, UINT64_MAX, &segment, why));
    enum ais_err err = needs_it(packer, &segment, sealing, &needed, why);
    if (err == AIS_OK && needed) {
        ret->segment = number;
        err = rewrite(packer, &segment, sealing, ret, why);
        ret->damage = packer->damage;
    }
    ais_seal_segment_close(packer->dir, &segment);
    return err;
}

enum ais_err ais_seal_packer_reseal(struct ais_seal_packer *packer, const struct ais_seal_packing *packing,
                                    struct ais_seal_resealed *ret, struct ais_why *why)
{
    AUTO(ais_seal_listing_done) struct ais_seal_listing listing = { 0 };
    size_t sealing = ais_keyring_sealing(packer->ring);
    *ret = (struct ais_seal_resealed){ 0 };
    packer->packing = packing;
    if (packer->resealed_for != sealing)
        packer->resealed_to = 0;
    packer->resealed_for = sealing;
    TRY(ais_seal_listing_read(packer->dir, &listing, why));
    if (listing.packing)
        TRY(ais_seal_packer_discard(packer, why));
    for (size_t i = 0; i < listing.count && ret->segment == 0; i++) {
        uint64_t number = listing.numbers[i];
        if (number <= packer->resealed_to || number >= packing->active)
            continue;
        enum ais_err err = reseal(packer, number, sealing, ret, why);
        if (err == AIS_E_NOT_FOUND) /* retention was here first */
            *ret = (struct ais_seal_resealed){ 0 };
        else if (err != AIS_OK)
            return err;
        packer->resealed_to = number;
    }
    return AIS_OK;
}
