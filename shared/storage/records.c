#include "shared/storage/records.h"

#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/storage/damage.h"
#include "shared/store/key_file.h"
#include "shared/store/mask_key.h"
#include "shared/sys/clock.h"

#include <assert.h>

static const char actor[] = "supervisor";

const struct storage_anchored storage_none = { NULL, 0 };

void storage_event_write(struct ais_buf *out, enum ais_audit_kind kind, enum ais_audit_outcome outcome,
                         const struct ais_buf *details)
{
    const struct ais_audit_event event = {
        .kind = kind,
        .outcome = outcome,
        .time_ns = ais_clock_wall(),
        .actor = actor,
        .details = details != NULL ? details->data : NULL,
        .details_size = details != NULL ? details->length : 0,
    };
    if (details != NULL && details->failed)
        out->failed = true;
    else
        ais_audit_write_event(out, &event);
}

/* Commits events, durably and all or storage_none, with the anchors that they are about. */
enum ais_err storage_commit(struct ais_seal_log *log, const struct ais_buf *events, size_t count,
                            struct storage_anchored anchored, struct ais_why *why)
{
    struct ais_seal_record records[STORAGE_AT_ONCE];
    uint64_t first;
    assert(count <= STORAGE_AT_ONCE);
    for (size_t i = 0; i < count; i++) {
        if (events[i].failed)
            return ais_fail(why, AIS_E_NOMEM, "audit event");
        records[i] = (struct ais_seal_record){ events[i].data, events[i].length };
    }
    const struct ais_seal_batch batch = {
        .records = records,
        .count = count,
        .anchors = anchored.list,
        .anchor_count = anchored.count,
        .sync = true,
    };
    return ais_seal_log_commit(log, &batch, &first, why);
}

static enum ais_err record(struct ais_seal_log *log, enum ais_audit_kind kind, enum ais_audit_outcome outcome,
                           const struct ais_buf *details, struct storage_anchored anchored, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf record = { 0 };
    storage_event_write(&record, kind, outcome, details);
    return storage_commit(log, &record, 1, anchored, why);
}

enum ais_err storage_record_recovery(struct ais_seal_log *log, const struct ais_seal_log_report *report,
                                     struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    if (report->recovered == 0)
        return AIS_OK;
    ais_log(AIS_LOG_WARNING, "the end of the audit log does not verify: %llu bytes were moved to %s",
            (unsigned long long)report->recovered, report->recovered_to);
    ais_jw_begin_object(&details, NULL);
    ais_jw_u64(&details, "bytes", report->recovered);
    ais_jw_text(&details, "kept_in", report->recovered_to);
    ais_jw_end_object(&details);
    return record(log, AIS_AUDIT_LOG_RECOVERED, AIS_AUDIT_SUCCESS, &details, storage_none, why);
}

enum ais_err storage_record_damage(const struct ais_storage *storage, const struct ais_seal_log_report *report,
                                   struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_damage_write(ais_store_dir(storage->store), ais_store_keyring(storage->store),
                     ais_seal_log_position(storage->log).segment, report, &details);
    if (details.length == 0 && !details.failed)
        return AIS_OK;
    return record(storage->log, AIS_AUDIT_INTEGRITY_FAULT, AIS_AUDIT_FAILURE, &details, storage_none, why);
}

/* Something about a file of a key that only somebody else can have done; anchored: of the key that holds from now on.
 */
enum ais_err storage_record_fault(struct ais_seal_log *log, const char *file, const char *fault,
                                  struct storage_anchored anchored, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_jw_begin_object(&details, NULL);
    ais_jw_u64(&details, "faults", 1);
    ais_jw_begin_array(&details, "places");
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "file", file);
    ais_jw_u64(&details, "line", 0);
    ais_jw_text(&details, "fault", fault);
    ais_jw_end_object(&details);
    ais_jw_end_array(&details);
    ais_jw_end_object(&details);
    return record(log, AIS_AUDIT_INTEGRITY_FAULT, AIS_AUDIT_FAILURE, &details, anchored, why);
}

/* A log that is older than the key of its masks had another one: what was masked under that is not found any more. */
enum ais_err storage_record_lost_mask_key(struct ais_seal_log *log, struct ais_why *why)
{
    static const char fault[] =
        "was missing although the audit log is there, and is made anew: values that were masked "
        "until now are not found with audit hash any more";
    ais_log(AIS_LOG_WARNING, AIS_MASK_KEY_FILE " %s; put a copy of the old one back if there is one", fault);
    return storage_record_fault(log, AIS_MASK_KEY_FILE, fault, storage_none, why);
}

enum ais_err storage_record_other_mask_key(struct ais_seal_log *log, struct storage_anchored anchored,
                                           struct ais_why *why)
{
    static const char fault[] = "is another one than the audit log knows: values that were masked until now are not "
                                "found with audit hash any more";
    ais_log(AIS_LOG_WARNING, AIS_MASK_KEY_FILE " %s; put the old one back if there is a copy", fault);
    return storage_record_fault(log, AIS_MASK_KEY_FILE, fault, anchored, why);
}

enum ais_err storage_record_restored_mask_key(struct ais_seal_log *log, struct storage_anchored anchored,
                                              struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_log(AIS_LOG_WARNING, AIS_MASK_KEY_FILE " is the one before again: values that were masked under the other one "
                                               "are not found with audit hash any more");
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "file", AIS_MASK_KEY_FILE);
    ais_jw_end_object(&details);
    return record(log, AIS_AUDIT_MASK_KEY_RESTORED, AIS_AUDIT_SUCCESS, &details, anchored, why);
}

static enum ais_err record_made(struct ais_seal_log *log, const char *const *files, size_t count,
                                struct storage_anchored anchored, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_jw_begin_object(&details, NULL);
    ais_jw_begin_array(&details, "files");
    for (size_t i = 0; i < count; i++)
        ais_jw_text(&details, NULL, files[i]);
    ais_jw_end_array(&details);
    ais_jw_end_object(&details);
    return record(log, AIS_AUDIT_KEYS_GENERATED, AIS_AUDIT_SUCCESS, &details, anchored, why);
}

/* Nothing is lost by it: it comes from the private key. But who deleted it may want another one to be looked for. */
enum ais_err storage_record_missing_public(struct ais_seal_log *log, struct ais_why *why)
{
    static const char *const file = AIS_CHECKPOINT_PUBLIC_FILE;
    ais_log(AIS_LOG_WARNING, "%s was missing, and is made anew from " AIS_CHECKPOINT_KEY_FILE, file);
    return record_made(log, &file, 1, storage_none, why);
}

/* Whoever verifies the log took what stood there for the key that signs it. */
enum ais_err storage_record_foreign_public(struct ais_seal_log *log, struct ais_why *why)
{
    static const char fault[] = "did not fit " AIS_CHECKPOINT_KEY_FILE ": it was altered or replaced, and is made anew";
    ais_log(AIS_LOG_WARNING, AIS_CHECKPOINT_PUBLIC_FILE " %s", fault);
    return storage_record_fault(log, AIS_CHECKPOINT_PUBLIC_FILE, fault, storage_none, why);
}

/* mask: of a key of masks that is among them. */
enum ais_err storage_record_keys(struct ais_seal_log *log, const struct storage_made *made,
                                 struct storage_anchored mask, struct ais_why *why)
{
    const char *files[3];
    size_t count = 0;
    if (made->fernet)
        files[count++] = AIS_KEY_FILE;
    if (made->checkpoint)
        files[count++] = AIS_CHECKPOINT_KEY_FILE;
    if (made->mask)
        files[count++] = AIS_MASK_KEY_FILE;
    return count > 0 ? record_made(log, files, count, mask, why) : AIS_OK;
}
