#include "services/auditor/returned.h"

#include "services/auditor/yield.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/sys/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AGAIN_MS = 10 * 1000 }; /* between two looks at one that cannot be judged */

enum verdict {
    LATER,   /* the file behind it is not there, or does not open */
    GONE,    /* it is not there any more: whoever found it will miss it again */
    SAME,    /* every commit of it continues the one before, and the file behind it continues the last */
    ANOTHER, /* it is not what was there */
};

struct look {
    uint64_t first;           /* number of the first record; 0: no commit was read */
    struct catalog_link link; /* where the chain stands behind the last commit */
    struct ais_why fault;     /* why it is another one */
};

/* Where the file behind it begins. */
static enum ais_err read_next(struct ais_seal_reader *reader, uint64_t segment, struct catalog_link *ret,
                              struct ais_why *why)
{
    struct ais_seal_commit commit;
    TRY(ais_seal_reader_only(reader, segment + 1, why));
    TRY(ais_seal_reader_next(reader, &commit, why));
    *ret = (struct catalog_link){ .next = commit.seq };
    memcpy(ret->hash, commit.prev, sizeof ret->hash);
    return AIS_OK;
}

/* What is sealed in a commit holds the hash of the one before, so that the last one of a file vouches for all of it. */
static bool is_at(const struct catalog_link *link, uint64_t seq, const unsigned char *hash)
{
    return link->next == seq && memcmp(link->hash, hash, sizeof link->hash) == 0;
}

/* Reads the whole file. AIS_OK: every line opens, and the chain leads from the first to the last; AIS_E_NOT_FOUND:
 * there is no commit in it, or it has gone. */
static enum ais_err read_all(struct ais_seal_reader *reader, uint64_t segment, struct look *look, struct ais_why *why)
{
    TRY(ais_seal_reader_only(reader, segment, why));
    for (;;) {
        struct ais_seal_commit commit;
        yield_to_others();
        enum ais_err err = ais_seal_reader_next(reader, &commit, why);
        if (err == AIS_E_NOT_FOUND && look->first > 0)
            return AIS_OK;
        TRY(err);
        if (look->first == 0 ? commit.segment != segment : !is_at(&look->link, commit.seq, commit.prev))
            return ais_fail(why, AIS_E_DAMAGED, "line %" PRIu64 " does not follow what was before it", commit.line);
        if (look->first == 0)
            look->first = commit.seq;
        look->link.next = commit.seq + commit.count;
        memcpy(look->link.hash, commit.hash, sizeof look->link.hash);
    }
}

static enum verdict judge(struct ais_seal_reader *reader, uint64_t segment, struct look *look)
{
    struct catalog_link next;
    struct ais_file_info info;
    if (read_next(reader, segment, &next, NULL) != AIS_OK)
        return LATER;
    enum ais_err err = read_all(reader, segment, look, &look->fault);
    if (err == AIS_E_NOT_FOUND && ais_seal_reader_stat(reader, segment, &info, NULL) != AIS_OK)
        return GONE;
    if (err == AIS_E_NOT_FOUND)
        err = ais_fail(&look->fault, AIS_E_DAMAGED, "it holds no commit");
    else if (err == AIS_OK && !is_at(&look->link, next.next, next.hash))
        err = ais_fail(&look->fault, AIS_E_DAMAGED, "it does not end where the file behind it begins");
    return err == AIS_OK ? SAME : err == AIS_E_DAMAGED ? ANOTHER : LATER;
}

static void tell_same(struct findings *findings, const char *file, const struct look *look)
{
    struct ais_buf details = { 0 };
    ais_log(AIS_LOG_WARNING, "%s is there again as it was, with records %" PRIu64 " to %" PRIu64, file, look->first,
            look->link.next - 1);
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "file", file);
    ais_jw_u64(&details, "first", look->first);
    ais_jw_u64(&details, "last", look->link.next - 1);
    ais_jw_end_object(&details);
    findings_tell_of(findings, AIS_AUDIT_LOG_FILE_RETURNED, &details);
}

static void tell_another(struct findings *findings, const char *file, const struct look *look)
{
    struct ais_buf details = { 0 };
    char fault[384];
    snprintf(fault, sizeof fault, "is there again, and is not as it was: %s", look->fault.text);
    findings_begin(&details, 1);
    findings_place(&details, file, 0, fault);
    findings_end(&details);
    findings_tell(findings, &details);
}

/* True when nothing more is to be said of it. */
static bool look_at(struct catalog *catalog, struct findings *findings, uint64_t segment)
{
    struct look look = { .first = 0 };
    struct ais_seal_reader *reader = catalog->eyes[0].reader;
    struct ais_seal_position position;
    char file[AIS_SEAL_LOG_NAME_SIZE];
    enum verdict verdict = LATER;
    bool bounded = catalog_position(catalog, &position);
    if (segment <= index_newest_deleted(catalog->index))
        return true;
    if (ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, bounded ? &position : NULL, 0, NULL) == AIS_OK)
        verdict = judge(reader, segment, &look);
    ais_seal_reader_end(reader);
    snprintf(file, sizeof file, "audit_logs.%" PRIu64 ".enc", segment);
    if (verdict == SAME)
        tell_same(findings, file, &look);
    else if (verdict == ANOTHER)
        tell_another(findings, file, &look);
    return verdict != LATER;
}

void returned_tell(struct catalog *catalog, struct findings *findings)
{
    struct finding_returned *returned = findings_asked(findings);
    int64_t now = ais_clock_mono();
    bool looked = false;
    while (returned != NULL) {
        struct finding_returned *next = returned->next;
        bool due = !looked && now >= returned->due_ns;
        looked = looked || due;
        if (due && look_at(catalog, findings, returned->segment)) {
            free(returned);
        } else {
            if (due)
                returned->due_ns = now + AGAIN_MS * AIS_NS_PER_MS;
            findings_put_back(findings, returned);
        }
        returned = next;
    }
}
