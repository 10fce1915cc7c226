/* The verifier: every line, the chain over them, and what is not there but should be. */
#include "shared/seal/log_verifier.h"

#include "shared/sys/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PASSES = 100 }; /* before it is given up */

#define JUST_NOW     (2 * AIS_NS_PER_S)  /* longer does no write stand still half done */
#define LONGEST_WAIT (10 * AIS_NS_PER_S) /* for a last line, however much is written */

/* ---- One commit ----------------------------------------------------------------------------------------------- */

static void check_deleted(struct ais_seal_verifier *v, const struct ais_seal_commit *commit)
{
    const struct ais_json *element = commit->deleted != NULL ? commit->deleted->first : NULL;
    for (struct ais_seal_deleted entry; element != NULL; element = element->next) {
        if (!ais_seal_deleted_read(element, &entry))
            continue;
        bool damaged = entry.last == 0; /* when it was deleted: its numbers were not known */
        bool same = entry.last == v->before.last && memcmp(entry.hash, v->before.hash, sizeof entry.hash) == 0;
        if (entry.segment == v->before.segment && (same || damaged || !v->before_known))
            v->deletion_found = true;
        if (v->expected != NULL && entry.last == v->expected->seq &&
            memcmp(entry.hash, v->expected->hash, sizeof entry.hash) == 0)
            v->verdict.head_found = true;
    }
}

static const struct ais_anchor *find_anchor(const struct ais_seal_verifier *v, const char *name)
{
    for (size_t i = 0; i < v->anchor_count; i++)
        if (strcmp(v->anchors[i].name, name) == 0)
            return &v->anchors[i];
    return NULL;
}

static void check_anchors(struct ais_seal_verifier *v, const struct ais_seal_line *line,
                          const struct ais_seal_commit *commit)
{
    const struct ais_json *member = commit->anchors != NULL ? commit->anchors->first : NULL;
    for (struct ais_anchor anchor; member != NULL; member = member->next) {
        if (!ais_seal_anchor_read(member, &anchor))
            continue;
        const struct ais_anchor *known = find_anchor(v, anchor.name);
        if (known != NULL && anchor.generation < known->generation)
            REPORT(v, commit->file, line, "the anchor of %s goes back from generation %" PRIu64 " to %" PRIu64,
                   anchor.name, known->generation, anchor.generation);
        if (!ais_seal_anchor_put(v->anchors, &v->anchor_count, &anchor))
            REPORT(v, commit->file, line, "more than %d anchors", AIS_SEAL_LOG_ANCHORS);
    }
}

/* Where a checkpoint had to be and is none. */
static void check_unsigned(struct ais_seal_verifier *v, const struct ais_seal_line *line,
                           const struct ais_seal_commit *commit)
{
    if (!v->signs)
        return;
    if (commit->segment != 0)
        REPORT(v, commit->file, line, "begins a segment without a checkpoint");
    else if (commit->seq - 1 - v->signed_upto >= v->every)
        REPORT(v, commit->file, line,
               "has no checkpoint, and the last one, over number %" PRIu64 ", promised the next after %" PRIu64,
               v->signed_upto, v->every);
    else
        return;
    v->signed_upto = commit->seq - 1; /* told once */
}

/* Whether a key is the one that is known from elsewhere. */
static void meet_key(struct ais_seal_verifier *v, const unsigned char key[AIS_CHECKPOINT_KEY_SIZE])
{
    v->key_found = v->key_found || (v->key != NULL && memcmp(key, v->key, AIS_CHECKPOINT_KEY_SIZE) == 0);
}

static void check_checkpoint(struct ais_seal_verifier *v, const struct ais_seal_line *line,
                             const struct ais_seal_commit *commit, uint64_t number)
{
    struct ais_checkpoint checkpoint;
    if (!ais_seal_checkpoint_read(commit, &checkpoint)) {
        check_unsigned(v, line, commit);
        return;
    }
    uint64_t faults = v->verdict.faults;
    if (!ais_checkpoint_is_signed(&checkpoint))
        REPORT(v, commit->file, line, "its checkpoint is forged: the signature does not fit");
    else if (checkpoint.segment != number)
        REPORT(v, commit->file, line, "its checkpoint is of segment %" PRIu64, checkpoint.segment);
    else if (v->signs && memcmp(checkpoint.key, v->signer, sizeof checkpoint.key) != 0)
        REPORT(v, commit->file, line, "its checkpoint is signed by another key, and no change to that is recorded");
    if (v->verdict.faults == faults) {
        meet_key(v, checkpoint.key);
        if (checkpoint.changes)
            meet_key(v, checkpoint.next);
        v->verdict.checkpoints++;
        v->verdict.checkpoint = checkpoint;
        snprintf(v->verdict.checkpoint_file, sizeof v->verdict.checkpoint_file, "%s", commit->file);
        v->verdict.checkpoint_line = line->number;
    }
    v->signs = true;
    memcpy(v->signer, checkpoint.changes ? checkpoint.next : checkpoint.key, sizeof v->signer);
    v->signed_upto = commit->seq - 1;
    v->every = checkpoint.every;
}

/* The oldest commit that is left: the log's begin, or what follows a recorded deletion. It is neither where segments
 * right before it are there and hold none, of which verify_lines tells; then what stood before those is deleted or
 * missing. */
static void check_begin(struct ais_seal_verifier *v, const struct ais_seal_line *line,
                        const struct ais_seal_commit *commit, uint64_t number)
{
    v->verdict.first = commit->seq;
    if (number == 1) {
        if (commit->seq != 1 || memcmp(commit->prev, ais_seal_log_begin.hash, sizeof commit->prev) != 0)
            REPORT(v, commit->file, line, "is not the begin of the log: numbers 1 to %" PRIu64 " are missing",
                   commit->seq - 1);
        return;
    }
    v->before = (struct ais_seal_deleted){ .segment = v->oldest - 1 };
    v->before_known = number == v->oldest;
    if (!v->before_known)
        return;
    v->before.last = commit->seq - 1;
    memcpy(v->before.hash, commit->prev, sizeof v->before.hash);
}

/* Whether the commit continues the chain. One that repeats numbers is not taken into it. */
static bool check_link(struct ais_seal_verifier *v, const struct ais_seal_line *line,
                       const struct ais_seal_commit *commit)
{
    if (commit->seq < v->link.next) {
        REPORT(v, commit->file, line, "repeats number %" PRIu64 ": a copy of another line", commit->seq);
        return false;
    }
    if (commit->seq > v->link.next)
        REPORT(v, commit->file, line, "numbers %" PRIu64 " to %" PRIu64 " are missing before it", v->link.next,
               commit->seq - 1);
    else if (memcmp(commit->prev, v->link.hash, sizeof commit->prev) != 0)
        REPORT(v, commit->file, line, "does not follow the commit before it");
    return true;
}

static void check_commit(struct ais_seal_verifier *v, const struct ais_seal_line *line,
                         const struct ais_seal_commit *commit, uint64_t number, bool first)
{
    if (first && commit->segment == 0)
        REPORT(v, commit->file, line, "does not begin a segment: what stood before it is missing");
    else if (commit->segment != 0 && (!first || commit->segment != number))
        REPORT(v, commit->file, line, "is the begin of segment %" PRIu64 ", in the wrong place", commit->segment);
    if (!v->begun)
        check_begin(v, line, commit, number);
    else if (!check_link(v, line, commit))
        return;
    v->begun = true;
    v->link.next = commit->seq + commit->count;
    memcpy(v->link.hash, commit->hash, sizeof v->link.hash);
    check_anchors(v, line, commit);
    check_deleted(v, commit);
    check_checkpoint(v, line, commit, number);
    v->verdict.commits++;
    v->verdict.records += commit->count;
    v->verdict.last = v->link.next - 1;
    if (v->expected != NULL && v->verdict.last == v->expected->seq &&
        memcmp(commit->hash, v->expected->hash, sizeof commit->hash) == 0)
        v->verdict.head_found = true;
}

/* ---- One segment ---------------------------------------------------------------------------------------------- */

/* Lines of the segment after the last one that opens: from there on it is the tail. */
static enum ais_err find_tail(struct ais_seal_verifier *v, const struct ais_seal_segment *segment, size_t *ret,
                              struct ais_why *why)
{
    struct ais_seal_commit commit;
    enum ais_err err = AIS_E_NOT_FOUND;
    size_t i = segment->count;
    while (i > 0 && (err = ais_seal_opener_any(&v->opener, segment, i - 1, &commit, why)) == AIS_E_NOT_FOUND)
        i--;
    *ret = i;
    return err == AIS_E_NOT_FOUND ? AIS_OK : err;
}

/* Every commit of a line; *any becomes true when there is one. */
static enum ais_err verify_line(struct ais_seal_verifier *v, const struct ais_seal_segment *segment, size_t at,
                                uint64_t number, bool tail, bool *any, struct ais_why *why)
{
    const struct ais_seal_line *line = &segment->lines[at];
    struct ais_seal_commit commit;
    struct ais_why reason = { 0 };
    enum ais_err err;
    bool first = at == 0;
    ais_seal_opener_at(&v->opener, segment, at);
    while ((err = ais_seal_opener_next(&v->opener, AIS_SEAL_OLDEST_FIRST, &commit, &reason)) != AIS_E_NOT_FOUND) {
        if (err == AIS_OK) {
            check_commit(v, line, &commit, number, first);
            first = false;
            *any = true;
            continue;
        }
        if (!ais_seal_line_fault(err))
            return ais_fail(why, err, "%s: %s", segment->name, reason.text);
        struct ais_seal_fault fault = ais_seal_fault_of(segment->name, line, "%s", reason.text);
        fault.tail = tail;
        ais_seal_verifier_report(v, &fault);
    }
    v->verdict.bytes += line->length;
    return AIS_OK;
}

/* Segments were rotated, and the oldest deleted, while the pass went on: of those that it has read, or was to read,
 * some are gone, and only commits behind its end may say so. It proves nothing then, and another one has to. */
static enum ais_err overtaken(const struct ais_seal_verifier *v, struct ais_why *why)
{
    return ais_fail(why, AIS_E_STALE, "the files of the audit log in '%s' come and go faster than they are read",
                    ais_dir_path(v->opener.dir));
}

/* A writer whose disk failed goes on in another file, which says from where on this one is void: only a pass over that
 * one, too, can tell what is a fault at the end of this. */
static enum ais_err check_still(const struct ais_seal_verifier *v, struct ais_why *why)
{
    bool still = true;
    TRY(ais_seal_pass_still(&v->pass, &still, why));
    return still ? AIS_OK : overtaken(v, why);
}

/* Whether somebody wrote to the active segment just now. */
static bool is_written(const struct ais_seal_verifier *v)
{
    struct ais_file_info info;
    if (ais_file_info(v->opener.dir, v->pass.active.fd, &info, NULL) != AIS_OK)
        return false;
    int64_t age = ais_clock_wall() - info.modified_ns;
    return age > -JUST_NOW && age < JUST_NOW;
}

/* The writer may be in the middle of the last line. Then the line becomes whole in a moment, and is waited for; one
 * that does not open in the end is a fault, whoever writes. */
static enum ais_err await_last(struct ais_seal_verifier *v, struct ais_why *why)
{
    struct ais_seal_segment *active = &v->pass.active;
    const struct timespec pause = { .tv_nsec = AIS_NS_PER_MS };
    struct ais_seal_commit commit;
    int64_t begun = ais_clock_mono();
    for (int looks = 0; active->count > 0; looks++) {
        enum ais_err err = ais_seal_opener_any(&v->opener, active, active->count - 1, &commit, why);
        if (err != AIS_E_NOT_FOUND)
            return err;
        if (looks > 0 && (!is_written(v) || ais_clock_mono() - begun > LONGEST_WAIT))
            return check_still(v, why);
        if (looks > 0)
            nanosleep(&pause, NULL);
        TRY(ais_seal_segment_look_again(v->opener.dir, active, why));
    }
    return AIS_OK;
}

static enum ais_err verify_lines(struct ais_seal_verifier *v, const struct ais_seal_segment *segment, size_t i,
                                 struct ais_why *why)
{
    uint64_t void_from = 0, bound = 0;
    size_t tail = SIZE_MAX;
    bool any = false;
    TRY(ais_seal_pass_end(&v->pass, i, &void_from, &bound, why));
    if (i + 1 < v->pass.count && v->pass.heads[i + 1].gone)
        return overtaken(v, why); /* then this one is, too, and what of it is void cannot be told */
    if (ais_seal_pass_is_active(&v->pass, i))
        TRY(find_tail(v, segment, &tail, why));
    for (size_t at = 0; at < segment->count && segment->lines[at].offset < bound; at++) {
        if (segment->lines[at].offset >= void_from) {
            v->verdict.voided++;
            any = true;
            continue;
        }
        TRY(verify_line(v, segment, at, v->pass.numbers[i], at >= tail, &any, why));
    }
    if (!any)
        REPORT(v, segment->name, NULL, "holds no commit");
    return AIS_OK;
}

/* Each by itself, but not as many as somebody can make by giving a file a large number. One that is there now was
 * renamed or rotated while the directory was listed. */
static enum ais_err report_missing(struct ais_seal_verifier *v, size_t i, struct ais_why *why)
{
    char name[AIS_SEAL_LOG_NAME_SIZE];
    struct ais_file_info info;
    uint64_t number = v->pass.numbers[i - 1] + 1, end = v->pass.numbers[i];
    for (size_t told = 0; told < AIS_SEAL_LOG_FAULTS && number < end; told++, number++) {
        ais_seal_log_name(number, name);
        enum ais_err err = ais_file_look(v->opener.dir, name, &info, why);
        if (err == AIS_OK)
            return overtaken(v, why);
        if (err != AIS_E_NOT_FOUND)
            return err;
        REPORT(v, name, NULL, "is missing");
    }
    if (number == end)
        return AIS_OK;
    ais_seal_log_name(number, name);
    REPORT(v, name, NULL, "is missing, and so are all up to number %" PRIu64, end - 1);
    return AIS_OK;
}

/* Those before a gap are no part of the log's begin: what is missing in it may have been deleted in order. */
static void note_there(struct ais_seal_verifier *v, uint64_t number)
{
    if (v->begun)
        return;
    if (number != v->there + 1 || v->oldest == 0)
        v->oldest = number;
    v->there = number;
}

/* Opens segment i of the pass; the active one with all of its last line. AIS_E_STALE: see overtaken. */
static enum ais_err open_segment(struct ais_seal_verifier *v, size_t i, struct ais_seal_segment *ret,
                                 struct ais_why *why)
{
    bool still = true, is_first = v->there == 0;
    if (ais_seal_pass_is_active(&v->pass, i) && !v->pass.bounded)
        TRY(await_last(v, why));
    enum ais_err err = ais_seal_pass_open(&v->pass, i, ret, why);
    if (err == AIS_E_NOT_FOUND && !is_first)
        return overtaken(v, why);
    TRY(err);
    if (is_first && v->pass.numbers[i] > 1 && v->pass.active.fd >= 0 && !v->pass.bounded)
        err = ais_seal_pass_still(&v->pass, &still, why);
    if (err == AIS_OK && !still)
        err = overtaken(v, why);
    if (err != AIS_OK)
        ais_seal_pass_close(&v->pass, ret);
    return err;
}

static enum ais_err verify_segments(struct ais_seal_verifier *v, struct ais_why *why)
{
    for (size_t i = 0; i < v->pass.count; i++) {
        struct ais_seal_segment segment = { .fd = -1 };
        if (v->there > 0)
            TRY(report_missing(v, i, why));
        enum ais_err err = open_segment(v, i, &segment, why);
        if (err == AIS_E_NOT_FOUND)
            continue; /* retention deleted it after the pass had begun */
        TRY(err);
        note_there(v, v->pass.numbers[i]);
        err = verify_lines(v, &segment, i, why);
        ais_seal_pass_close(&v->pass, &segment);
        TRY(err);
        v->verdict.segments++;
    }
    return AIS_OK;
}

/* ---- The log -------------------------------------------------------------------------------------------------- */

/* The one thing that the log cannot tell by itself: that it ends before it once ended. */
static void report_head(struct ais_seal_verifier *v)
{
    if (v->verdict.head_found)
        return;
    if (v->verdict.last < v->expected->seq)
        REPORT(v, AIS_SEAL_LOG_ACTIVE, NULL,
               "ends with number %" PRIu64 ", before the expected head, number %" PRIu64 ": the end was cut off",
               v->verdict.last, v->expected->seq);
    else
        REPORT(v, AIS_SEAL_LOG_ACTIVE, NULL,
               "does not lead to the expected head, number %" PRIu64
               ": no commit ends there with that hash, what is there was replaced",
               v->expected->seq);
}

static void report_key(struct ais_seal_verifier *v)
{
    if (v->key == NULL || v->key_found)
        return;
    if (v->verdict.checkpoints == 0)
        REPORT(v, AIS_SEAL_LOG_ACTIVE, NULL, "no checkpoint in the log: nobody has signed it");
    else
        REPORT(v, v->verdict.checkpoint_file, &(struct ais_seal_line){ .number = v->verdict.checkpoint_line },
               "its checkpoint, and all before it, are foreign: signed by a key that is not the expected one");
}

/* As if nothing was read yet; only faults that were told stay told. */
static void begin_anew(struct ais_seal_verifier *v)
{
    uint64_t faults = v->verdict.faults;
    ais_seal_pass_done(&v->pass);
    *v = (struct ais_seal_verifier){
        .opener = v->opener,
        .pass.active.fd = -1,
        .on_fault = v->on_fault,
        .context = v->context,
        .expected = v->expected,
        .key = v->key,
        .verdict.faults = faults,
        .verdict.head_found = v->expected == NULL,
        .link = ais_seal_log_begin,
    };
}

/* What counts is one pass from begin to end that nothing has overtaken. */
static enum ais_err verify_pass(struct ais_seal_verifier *v, const struct ais_seal_position *upto, struct ais_why *why)
{
    enum ais_err err = AIS_E_STALE;
    for (int passes = 0; err == AIS_E_STALE && passes < PASSES; passes++) {
        begin_anew(v);
        TRY(ais_seal_pass_start(&v->opener, upto, &v->pass, why));
        err = verify_segments(v, why);
    }
    return err;
}

static enum ais_err verify(struct ais_seal_verifier *v, const struct ais_seal_position *upto, struct ais_why *why)
{
    TRY(verify_pass(v, upto, why));
    TRY(ais_seal_check_strangers(v, why));
    if (!v->pass.bounded)
        TRY(ais_seal_check_asides(v, why));
    if (v->pass.active.fd < 0)
        REPORT(v, AIS_SEAL_LOG_ACTIVE, NULL, "is missing");
    if (v->before.segment > 0 && !v->deletion_found) {
        char name[AIS_SEAL_LOG_NAME_SIZE];
        ais_seal_log_name(v->before.segment, name);
        REPORT(v, name, NULL, "is missing, and no deletion of it is recorded");
    }
    v->verdict.head.seq = v->verdict.last;
    memcpy(v->verdict.head.hash, v->link.hash, sizeof v->verdict.head.hash);
    report_head(v);
    report_key(v);
    return AIS_OK;
}

enum ais_err ais_seal_log_verify(struct ais_dir *dir, const struct ais_keyring *ring,
                                 const struct ais_seal_position *upto, const struct ais_seal_expected *expected,
                                 void (*on_fault)(void *context, const struct ais_seal_fault *fault), void *context,
                                 struct ais_seal_verdict *ret, struct ais_why *why)
{
    struct ais_seal_verifier v = {
        .pass.active.fd = -1,
        .on_fault = on_fault,
        .context = context,
        .expected = expected != NULL ? expected->head : NULL,
        .key = expected != NULL ? expected->checkpoint_key : NULL,
    };
    enum ais_err err = ais_seal_opener_init(&v.opener, dir, ring, why);
    if (err == AIS_OK)
        err = verify(&v, upto, why);
    if (err == AIS_OK)
        *ret = v.verdict;
    ais_seal_pass_done(&v.pass);
    ais_seal_opener_done(&v.opener);
    return err;
}
