#include "shared/seal/log_pass.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void ais_seal_pass_done(struct ais_seal_pass *pass)
{
    if (pass->opener != NULL)
        ais_seal_segment_close(pass->opener->dir, &pass->active);
    ais_seal_listing_done(&pass->listing);
    free(pass->numbers);
    free(pass->heads);
    *pass = (struct ais_seal_pass){ .active.fd = -1 };
}

/* The active segment first, then the names: what rotates in between has a number that is left out below. */
static enum ais_err open_active(struct ais_seal_pass *pass, struct ais_why *why)
{
    struct ais_seal_opener *opener = pass->opener;
    enum ais_err err = ais_seal_segment_open_active(opener->dir, &pass->active, why);
    if (err != AIS_OK && err != AIS_E_NOT_FOUND)
        return err;
    TRY(ais_seal_listing_read(opener->dir, &pass->listing, why));
    if (err == AIS_E_NOT_FOUND && pass->listing.count == 0)
        return ais_fail(why, AIS_E_NOT_FOUND, "there is no audit log in '%s'", ais_dir_path(opener->dir));

    struct ais_seal_commit first;
    uint64_t newest = pass->listing.count > 0 ? pass->listing.numbers[pass->listing.count - 1] : 0;
    pass->active_number = newest + 1;
    if (err == AIS_E_NOT_FOUND)
        return AIS_OK;
    err = ais_seal_opener_first(opener, &pass->active, &first, why);
    if (err == AIS_OK && first.segment > 0)
        pass->active_number = first.segment;
    return err == AIS_E_NOT_FOUND ? AIS_OK : err;
}

static enum ais_err choose_segments(struct ais_seal_pass *pass, struct ais_why *why)
{
    const struct ais_seal_listing *listing = &pass->listing;
    pass->numbers = calloc(listing->count + 1, sizeof *pass->numbers);
    pass->heads = calloc(listing->count + 1, sizeof *pass->heads);
    if (pass->numbers == NULL || pass->heads == NULL)
        return ais_fail(why, AIS_E_NOMEM, "the list of segments");
    for (size_t i = 0; i < listing->count; i++)
        if (listing->numbers[i] < pass->active_number && (!pass->bounded || listing->numbers[i] <= pass->upto.segment))
            pass->numbers[pass->count++] = listing->numbers[i];
    if (pass->active.fd >= 0 && (!pass->bounded || pass->active_number <= pass->upto.segment))
        pass->numbers[pass->count++] = pass->active_number;
    return AIS_OK;
}

/* One line that opens shows that the key is right; the newest are looked at first. */
static enum ais_err check_key(struct ais_seal_pass *pass, struct ais_why *why)
{
    for (size_t i = pass->count; i > 0; i--) {
        const struct ais_seal_pass_head *head = NULL;
        TRY(ais_seal_pass_head(pass, i - 1, &head, why));
        if (head->readable)
            return AIS_OK;
    }
    if (pass->active.count == 0 && pass->listing.count == 0)
        return AIS_OK; /* emptied: there is nothing that a key could open */
    return ais_fail(why, AIS_E_KEY, "no line of the audit log in '%s' opens with this key",
                    ais_dir_path(pass->opener->dir));
}

enum ais_err ais_seal_pass_start(struct ais_seal_opener *opener, const struct ais_seal_position *upto,
                                 struct ais_seal_pass *ret, struct ais_why *why)
{
    AUTO(ais_seal_pass_done) struct ais_seal_pass pass = { .opener = opener, .active.fd = -1 };
    pass.bounded = upto != NULL;
    if (upto != NULL)
        pass.upto = *upto;
    TRY(open_active(&pass, why));
    TRY(choose_segments(&pass, why));
    TRY(check_key(&pass, why));
    *ret = pass;
    pass = (struct ais_seal_pass){ .active.fd = -1 };
    return AIS_OK;
}

enum ais_err ais_seal_pass_still(const struct ais_seal_pass *pass, bool *ret, struct ais_why *why)
{
    struct ais_file_info now;
    const struct ais_file_info *then = &pass->active.info;
    enum ais_err err = ais_file_look(pass->opener->dir, AIS_SEAL_LOG_ACTIVE, &now, why);
    *ret = err == AIS_OK && pass->active.fd >= 0 && now.device == then->device && now.inode == then->inode;
    return err == AIS_E_NOT_FOUND ? AIS_OK : err;
}

bool ais_seal_pass_is_active(const struct ais_seal_pass *pass, size_t i)
{
    return pass->active.fd >= 0 && pass->numbers[i] == pass->active_number;
}

enum ais_err ais_seal_pass_open(struct ais_seal_pass *pass, size_t i, struct ais_seal_segment *ret, struct ais_why *why)
{
    if (ais_seal_pass_is_active(pass, i)) {
        *ret = pass->active;
        return AIS_OK;
    }
    char name[AIS_SEAL_LOG_NAME_SIZE];
    ais_seal_log_name(pass->numbers[i], name);
    return ais_seal_segment_open(pass->opener->dir, name, UINT64_MAX, ret, why);
}

static enum ais_err open_head(struct ais_seal_pass *pass, size_t i, struct ais_seal_segment *ret, struct ais_why *why)
{
    if (ais_seal_pass_is_active(pass, i))
        return ais_seal_pass_open(pass, i, ret, why);
    char name[AIS_SEAL_LOG_NAME_SIZE];
    ais_seal_log_name(pass->numbers[i], name);
    return ais_seal_segment_open_head(pass->opener->dir, name, ret, why);
}

void ais_seal_pass_close(struct ais_seal_pass *pass, struct ais_seal_segment *segment)
{
    if (segment->fd != pass->active.fd)
        ais_seal_segment_close(pass->opener->dir, segment);
    *segment = (struct ais_seal_segment){ .fd = -1 };
}

enum ais_err ais_seal_pass_head(struct ais_seal_pass *pass, size_t i, const struct ais_seal_pass_head **ret,
                                struct ais_why *why)
{
    struct ais_seal_pass_head *head = &pass->heads[i];
    *ret = head;
    if (head->known)
        return AIS_OK;
    struct ais_seal_segment segment = { .fd = -1 };
    struct ais_seal_commit first;
    enum ais_err err = open_head(pass, i, &segment, why);
    head->gone = err == AIS_E_NOT_FOUND;
    if (err == AIS_OK)
        err = ais_seal_opener_first(pass->opener, &segment, &first, why);
    if (err == AIS_OK)
        *head = (struct ais_seal_pass_head){
            .readable = true, .seq = first.seq, .voids = first.voids, .void_from = first.void_from
        };
    ais_seal_pass_close(pass, &segment);
    if (err != AIS_OK && err != AIS_E_NOT_FOUND)
        return err;
    head->known = true;
    return AIS_OK;
}

enum ais_err ais_seal_pass_end(struct ais_seal_pass *pass, size_t i, uint64_t *ret_void, uint64_t *ret_bound,
                               struct ais_why *why)
{
    *ret_void = UINT64_MAX;
    *ret_bound = pass->bounded && pass->numbers[i] == pass->upto.segment ? pass->upto.length : UINT64_MAX;
    if (i + 1 == pass->count || pass->numbers[i + 1] != pass->numbers[i] + 1)
        return AIS_OK;
    const struct ais_seal_pass_head *next = NULL;
    TRY(ais_seal_pass_head(pass, i + 1, &next, why));
    if (next->voids)
        *ret_void = next->void_from;
    return AIS_OK;
}
