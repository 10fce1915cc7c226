/* The verifier's look at files that are no segments of its pass: of the log's names, or set aside. */
#include "shared/seal/log_verifier.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void ais_seal_verifier_report(struct ais_seal_verifier *v, const struct ais_seal_fault *fault)
{
    v->verdict.faults++;
    if (v->on_fault != NULL)
        v->on_fault(v->context, fault);
}

/* ---- Files of its names --------------------------------------------------------------------------------------- */

/* A file with a number that the active segment has not passed. If that was rotated meanwhile, it and whatever was
 * written after are fine. If not, it may stand under its later name as well (a crash in mid-rotation), and nothing else
 * can be there: an old copy of it was put back, and what came after has been left out of the chain. */
static enum ais_err check_stranger(struct ais_seal_verifier *v, uint64_t number, bool is_active, struct ais_why *why)
{
    struct ais_seal_segment segment = { .fd = -1 };
    struct ais_seal_commit first;
    char name[AIS_SEAL_LOG_NAME_SIZE];
    ais_seal_log_name(number, name);
    enum ais_err err = ais_seal_segment_open(v->opener.dir, name, UINT64_MAX, &segment, why);
    if (err == AIS_E_NOT_FOUND)
        return AIS_OK; /* whatever it was, it is not there any more */
    if (err == AIS_OK)
        err = ais_seal_opener_first(&v->opener, &segment, &first, why);
    bool same = segment.info.device == v->pass.active.info.device && segment.info.inode == v->pass.active.info.inode;
    if ((err == AIS_OK && first.segment != number) || err == AIS_E_NOT_FOUND)
        REPORT(v, name, NULL, "is no segment of this log");
    else if (err == AIS_OK && is_active && !same)
        REPORT(v, name, NULL, "is not older than %s, which begins segment %" PRIu64 ": an old copy was put back",
               AIS_SEAL_LOG_ACTIVE, v->pass.active_number);
    ais_seal_segment_close(v->opener.dir, &segment);
    return err == AIS_E_NOT_FOUND ? AIS_OK : err;
}

enum ais_err ais_seal_check_strangers(struct ais_seal_verifier *v, struct ais_why *why)
{
    bool is_active = false;
    if (v->pass.bounded)
        return AIS_OK;
    if (v->pass.listing.beyond[0] != '\0')
        REPORT(v, v->pass.listing.beyond, NULL, "is no segment of this log: no number of one is that large");
    TRY(ais_seal_pass_still(&v->pass, &is_active, why));
    for (size_t i = 0; i < v->pass.listing.count; i++)
        if (v->pass.listing.numbers[i] >= v->pass.active_number)
            TRY(check_stranger(v, v->pass.listing.numbers[i], is_active, why));
    return AIS_OK;
}

/* ---- Files that were set aside -------------------------------------------------------------------------------- */

/* Their names. */
struct asides {
    char names[256][AIS_SEAL_LOG_NAME_SIZE]; /* more are not looked at, which is said */
    size_t count;
    bool more;
};

static void note_aside(void *context, const char *name)
{
    struct asides *asides = context;
    if (ais_seal_log_aside_number(name) == 0 || strlen(name) >= sizeof asides->names[0])
        return;
    if (asides->count < N_ELEMS(asides->names))
        snprintf(asides->names[asides->count++], sizeof asides->names[0], "%s", name);
    else
        asides->more = true;
}

/* The number of the last record of a file's last line that opens; 0: none does. */
static enum ais_err last_number(struct ais_seal_verifier *v, const struct ais_seal_segment *segment, uint64_t *ret,
                                struct ais_why *why)
{
    *ret = 0;
    for (size_t i = segment->count; i > 0; i--) {
        struct ais_seal_commit commit;
        ais_seal_opener_at(&v->opener, segment, i - 1);
        enum ais_err err = ais_seal_opener_next(&v->opener, AIS_SEAL_NEWEST_FIRST, &commit, why);
        if (err == AIS_OK) {
            *ret = commit.seq + commit.count - 1;
            return AIS_OK;
        }
        if (err != AIS_E_NOT_FOUND && !ais_seal_line_fault(err))
            return err;
    }
    return AIS_OK;
}

enum ais_err ais_seal_check_asides(struct ais_seal_verifier *v, struct ais_why *why)
{
    struct asides asides = { .count = 0 };
    TRY(ais_dir_list(v->opener.dir, note_aside, &asides, why));
    if (asides.more)
        REPORT(v, asides.names[0], NULL, "and many others were set aside: %zu of them are looked at, the others not",
               asides.count);
    for (size_t i = 0; i < asides.count; i++) {
        struct ais_seal_segment segment = { .fd = -1 };
        struct ais_file_info info;
        uint64_t last = 0;
        if (ais_file_look(v->opener.dir, asides.names[i], &info, NULL) == AIS_OK && !info.is_file)
            continue; /* what stood in a file's place, and is none, holds no records */
        enum ais_err err = ais_seal_segment_open(v->opener.dir, asides.names[i], UINT64_MAX, &segment, why);
        if (err == AIS_OK)
            err = last_number(v, &segment, &last, why);
        if (err == AIS_OK && last > v->verdict.last)
            REPORT(v, asides.names[i], NULL,
                   "was set aside, and holds records up to number %" PRIu64 "; the log ends with %" PRIu64, last,
                   v->verdict.last);
        ais_seal_segment_close(v->opener.dir, &segment);
        if (err != AIS_OK && err != AIS_E_NOT_FOUND)
            return err;
    }
    return AIS_OK;
}
