#include "shared/seal/log_scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ais_seal_fault ais_seal_fault_of(const char *file, const struct ais_seal_line *line, const char *format, ...)
{
    struct ais_seal_fault fault = { .line = line != NULL ? line->number : 0,
                                    .offset = line != NULL ? line->offset : 0 };
    va_list args;
    snprintf(fault.file, sizeof fault.file, "%s", file);
    va_start(args, format);
    vsnprintf(fault.text, sizeof fault.text, format, args);
    va_end(args);
    return fault;
}

void ais_seal_report_add(struct ais_seal_log_report *report, const struct ais_seal_fault *fault)
{
    if (report->fault_count < AIS_SEAL_LOG_FAULTS)
        report->faults[report->fault_count++] = *fault;
    report->fault_total++;
}

void ais_seal_log_report_done(struct ais_seal_log_report *report)
{
    ais_buf_done(&report->counters);
}

void ais_seal_scan_done(struct ais_seal_scan *scan)
{
    ais_buf_done(&scan->counters);
    free(scan->deleted);
    scan->deleted = NULL;
}

static enum ais_err take_deleted(struct ais_seal_scan *scan, const struct ais_seal_commit *commit, struct ais_why *why)
{
    if (commit->deleted == NULL || commit->deleted->count == 0)
        return AIS_OK;
    scan->deleted = calloc(commit->deleted->count, sizeof *scan->deleted);
    if (scan->deleted == NULL)
        return ais_fail(why, AIS_E_NOMEM, "the list of deleted segments");
    for (const struct ais_json *entry = commit->deleted->first; entry != NULL; entry = entry->next)
        if (ais_seal_deleted_read(entry, &scan->deleted[scan->deleted_count]))
            scan->deleted_count++;
    return AIS_OK;
}

/* What a commit says besides its records. */
static enum ais_err take_rest(struct ais_seal_scan *scan, const struct ais_seal_commit *commit, struct ais_why *why)
{
    const struct ais_json *member = commit->anchors != NULL ? commit->anchors->first : NULL;
    for (struct ais_anchor anchor; member != NULL; member = member->next)
        if (!ais_seal_anchor_read(member, &anchor) || !ais_seal_anchor_put(scan->anchors, &scan->anchor_count, &anchor))
            return ais_fail(why, AIS_E_LIMIT, "%s:%" PRIu64 ": more than %d anchors", commit->file, commit->line,
                            AIS_SEAL_LOG_ANCHORS);
    struct ais_checkpoint checkpoint;
    if (ais_seal_checkpoint_read(commit, &checkpoint)) {
        scan->signs = true;
        memcpy(scan->key, checkpoint.changes ? checkpoint.next : checkpoint.key, sizeof scan->key);
    }
    if (commit->counters != NULL) {
        ais_buf_clear(&scan->counters);
        ais_buf_add(&scan->counters, commit->payload + commit->counters->begin,
                    commit->counters->end - commit->counters->begin);
        if (scan->counters.failed)
            return ais_fail(why, AIS_E_NOMEM, "counters");
    }
    return AIS_OK;
}

static void add_tail(struct ais_seal_scan *scan, const struct ais_seal_fault *fault)
{
    if (scan->tail_count < AIS_SEAL_LOG_FAULTS)
        scan->tail[scan->tail_count++] = *fault;
    scan->tail_total++;
}

/* A good line: what was doubtful before it is damage now. */
static enum ais_err take_good(struct ais_seal_scan *scan, const struct ais_seal_line *line,
                              const struct ais_seal_commit *commit, struct ais_seal_log_report *report,
                              struct ais_why *why)
{
    for (size_t i = 0; i < scan->tail_count; i++)
        ais_seal_report_add(report, &scan->tail[i]);
    report->fault_total += scan->tail_total - scan->tail_count;
    scan->tail_count = 0;
    scan->tail_total = 0;
    if (scan->good == 0) {
        scan->from.next = commit->seq;
        memcpy(scan->from.hash, commit->prev, sizeof scan->from.hash);
        scan->segment = commit->segment;
        scan->voids = commit->voids;
        scan->void_from = commit->void_from;
        TRY(take_deleted(scan, commit, why));
    } else if (memcmp(commit->prev, scan->link.hash, sizeof commit->prev) != 0) {
        struct ais_seal_fault fault = ais_seal_fault_of(
            commit->file, line, "does not follow the commit before: number %" PRIu64 " was expected", scan->link.next);
        ais_seal_report_add(report, &fault);
    }
    scan->link.next = commit->seq + commit->count;
    memcpy(scan->link.hash, commit->hash, sizeof scan->link.hash);
    scan->end = line->offset + line->length + 1;
    scan->good++;
    return take_rest(scan, commit, why);
}

/* Reads one line. In one that holds a good commit nothing is doubtful any more: what is bad beside it is damage. */
static enum ais_err scan_line(struct ais_seal_opener *opener, const struct ais_seal_segment *segment, size_t i,
                              struct ais_seal_scan *scan, struct ais_seal_log_report *report, struct ais_why *why)
{
    const struct ais_seal_line *line = &segment->lines[i];
    struct ais_seal_commit commit;
    struct ais_why reason = { 0 };
    enum ais_err err;
    ais_seal_opener_at(opener, segment, i);
    while ((err = ais_seal_opener_next(opener, AIS_SEAL_OLDEST_FIRST, &commit, &reason)) != AIS_E_NOT_FOUND) {
        if (err == AIS_OK && (scan->good == 0 || commit.seq >= scan->link.next)) {
            TRY(take_good(scan, line, &commit, report, why));
            continue;
        }
        if (err != AIS_OK && !ais_seal_line_fault(err))
            return ais_fail(why, err, "%s: %s", segment->name, reason.text);
        struct ais_seal_fault fault =
            err == AIS_OK ? ais_seal_fault_of(segment->name, line, "repeats number %" PRIu64, commit.seq)
                          : ais_seal_fault_of(segment->name, line, "%s", reason.text);
        if (scan->end > line->offset)
            ais_seal_report_add(report, &fault);
        else
            add_tail(scan, &fault);
    }
    return AIS_OK;
}

enum ais_err ais_seal_scan_read(struct ais_seal_opener *opener, const struct ais_seal_segment *segment,
                                struct ais_seal_scan *ret, struct ais_seal_log_report *report, struct ais_why *why)
{
    *ret = (struct ais_seal_scan){ .link = ais_seal_log_begin };
    uint64_t before = report->fault_total;
    for (size_t i = 0; i < segment->count; i++)
        TRY(scan_line(opener, segment, i, ret, report, why));
    ret->damaged = report->fault_total > before;
    return AIS_OK;
}
