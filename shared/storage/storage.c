#include "shared/storage/storage.h"

#include "shared/audit/event.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/mem/secret.h"
#include "shared/seal/file_memory.h"
#include "shared/storage/damage.h"
#include "shared/store/key_file.h"
#include "shared/store/mask_key.h"
#include "shared/sys/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char actor[] = "supervisor";

/* Where nothing is on disk: bytes for documents, each of which is written beside the one it replaces; segments of the
 * log beside the rotated ones. */
enum { DOCUMENTS_MEMORY = 256 << 20, SEGMENTS_BESIDE = 6 };

/* Records in one commit: of the first API keys, and of the document that they came with. */
enum { FIRST_KEYS = 2, AT_ONCE = FIRST_KEYS + 1 };

/* Which keys of the installation are made at this start. */
struct made {
    bool fernet, checkpoint, mask;
};

/* Anchors that a commit has. */
struct anchored {
    const struct ais_anchor *list;
    size_t count;
};
static const struct anchored none = { NULL, 0 };

/* ---- records of what was found ---- */

static void write_event(struct ais_buf *out, enum ais_audit_kind kind, enum ais_audit_outcome outcome,
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

/* Commits events, durably and all or none, with the anchors that they are about. */
static enum ais_err commit_events(struct ais_seal_log *log, const struct ais_buf *events, size_t count,
                                  struct anchored anchored, struct ais_why *why)
{
    struct ais_seal_record records[AT_ONCE];
    uint64_t first;
    assert(count <= AT_ONCE);
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

static enum ais_err commit_event(struct ais_seal_log *log, enum ais_audit_kind kind, enum ais_audit_outcome outcome,
                                 const struct ais_buf *details, struct anchored anchored, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf record = { 0 };
    write_event(&record, kind, outcome, details);
    return commit_events(log, &record, 1, anchored, why);
}

static enum ais_err record_recovery(struct ais_seal_log *log, const struct ais_seal_log_report *report,
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
    return commit_event(log, AIS_AUDIT_LOG_RECOVERED, AIS_AUDIT_SUCCESS, &details, none, why);
}

static enum ais_err record_damage(const struct ais_storage *storage, const struct ais_seal_log_report *report,
                                  struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_damage_write(ais_store_dir(storage->store), ais_store_keyring(storage->store),
                     ais_seal_log_position(storage->log).segment, report, &details);
    if (details.length == 0 && !details.failed)
        return AIS_OK;
    return commit_event(storage->log, AIS_AUDIT_INTEGRITY_FAULT, AIS_AUDIT_FAILURE, &details, none, why);
}

/* Something about a file of a key that only somebody else can have done; anchored: of the key that holds from now on.
 */
static enum ais_err record_key_fault(struct ais_seal_log *log, const char *file, const char *fault,
                                     struct anchored anchored, struct ais_why *why)
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
    return commit_event(log, AIS_AUDIT_INTEGRITY_FAULT, AIS_AUDIT_FAILURE, &details, anchored, why);
}

/* A log that is older than the key of its masks had another one: what was masked under that is not found any more. */
static enum ais_err record_lost_mask_key(struct ais_seal_log *log, struct ais_why *why)
{
    static const char fault[] =
        "was missing although the audit log is there, and is made anew: values that were masked "
        "until now are not found with audit hash any more";
    ais_log(AIS_LOG_WARNING, AIS_MASK_KEY_FILE " %s; put a copy of the old one back if there is one", fault);
    return record_key_fault(log, AIS_MASK_KEY_FILE, fault, none, why);
}

static enum ais_err record_other_mask_key(struct ais_seal_log *log, struct anchored anchored, struct ais_why *why)
{
    static const char fault[] = "is another one than the audit log knows: values that were masked until now are not "
                                "found with audit hash any more";
    ais_log(AIS_LOG_WARNING, AIS_MASK_KEY_FILE " %s; put the old one back if there is a copy", fault);
    return record_key_fault(log, AIS_MASK_KEY_FILE, fault, anchored, why);
}

static enum ais_err record_restored_mask_key(struct ais_seal_log *log, struct anchored anchored, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_log(AIS_LOG_WARNING, AIS_MASK_KEY_FILE " is the one before again: values that were masked under the other one "
                                               "are not found with audit hash any more");
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "file", AIS_MASK_KEY_FILE);
    ais_jw_end_object(&details);
    return commit_event(log, AIS_AUDIT_MASK_KEY_RESTORED, AIS_AUDIT_SUCCESS, &details, anchored, why);
}

static enum ais_err record_made(struct ais_seal_log *log, const char *const *files, size_t count,
                                struct anchored anchored, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_jw_begin_object(&details, NULL);
    ais_jw_begin_array(&details, "files");
    for (size_t i = 0; i < count; i++)
        ais_jw_text(&details, NULL, files[i]);
    ais_jw_end_array(&details);
    ais_jw_end_object(&details);
    return commit_event(log, AIS_AUDIT_KEYS_GENERATED, AIS_AUDIT_SUCCESS, &details, anchored, why);
}

/* Nothing is lost by it: it comes from the private key. But who deleted it may want another one to be looked for. */
static enum ais_err record_missing_public(struct ais_seal_log *log, struct ais_why *why)
{
    static const char *const file = AIS_CHECKPOINT_PUBLIC_FILE;
    ais_log(AIS_LOG_WARNING, "%s was missing, and is made anew from " AIS_CHECKPOINT_KEY_FILE, file);
    return record_made(log, &file, 1, none, why);
}

/* Whoever verifies the log took what stood there for the key that signs it. */
static enum ais_err record_foreign_public(struct ais_seal_log *log, struct ais_why *why)
{
    static const char fault[] = "did not fit " AIS_CHECKPOINT_KEY_FILE ": it was altered or replaced, and is made anew";
    ais_log(AIS_LOG_WARNING, AIS_CHECKPOINT_PUBLIC_FILE " %s", fault);
    return record_key_fault(log, AIS_CHECKPOINT_PUBLIC_FILE, fault, none, why);
}

/* mask: of a key of masks that is among them. */
static enum ais_err record_keys(struct ais_seal_log *log, const struct made *made, struct anchored mask,
                                struct ais_why *why)
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

static void write_anchor(const struct ais_store *store, struct ais_buf *out, const struct ais_anchor *anchor)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_store_describe(store, anchor, &details);
    write_event(out, AIS_AUDIT_DOCUMENT_SEALED, AIS_AUDIT_SUCCESS, &details);
}

static enum ais_err record_anchor(const struct ais_storage *storage, const struct ais_anchor *anchor,
                                  struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf record = { 0 };
    write_anchor(storage->store, &record, anchor);
    return commit_events(storage->log, &record, 1, (struct anchored){ anchor, 1 }, why);
}

/* As whoever makes a key later records it; names are ours here, so that nothing is to be masked. */
static void write_key(struct ais_buf *out, const struct ais_access_key *key)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "key_id", key->id);
    ais_key_describe_new(&details, key);
    ais_jw_end_object(&details);
    write_event(out, AIS_AUDIT_KEY_CREATED, AIS_AUDIT_SUCCESS, &details);
}

/* The first document of API keys holds the first keys. They are recorded in the commit that anchors it: so a start that
 * ends before that leaves it to the next one, which finds the document unrecorded, and nobody records them twice. */
static enum ais_err record_first_keys(struct ais_storage *storage, const struct ais_anchor *anchor, struct ais_why *why)
{
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    struct ais_buf records[AT_ONCE] = { 0 };
    uint64_t generation = 0;
    size_t count = 0;
    TRY(ais_keys_read(storage->store, &access, &generation, why));
    const struct ais_access_key *keys = ais_access_keys(access, &count);
    count = count < FIRST_KEYS ? count : FIRST_KEYS;
    for (size_t i = 0; i < count; i++)
        write_key(&records[i], &keys[i]);
    write_anchor(storage->store, &records[count], anchor);
    enum ais_err err = commit_events(storage->log, records, count + 1, (struct anchored){ anchor, 1 }, why);
    for (size_t i = 0; i < N_ELEMS(records); i++)
        ais_buf_done(&records[i]);
    return err;
}

/* Has the chain know every document that it does not know yet. */
static enum ais_err record_documents(struct ais_storage *storage, struct ais_why *why)
{
    for (const struct ais_anchor *anchor; (anchor = ais_store_unrecorded(storage->store)) != NULL;) {
        const struct ais_anchor copy = *anchor;
        bool first_keys = copy.generation == 1 && strcmp(copy.name, ais_store_name(AIS_DOCUMENT_API_KEYS)) == 0;
        TRY(first_keys ? record_first_keys(storage, &copy, why) : record_anchor(storage, &copy, why));
        ais_store_recorded(storage->store, &copy);
    }
    return AIS_OK;
}

/* ---- opening ---- */

/* Of the log: the rotated segments, the active one, the one that is prepared and the one that is being packed; and
 * three that a rotation or a query may keep a little longer. More than the machine has would not end well. */
enum ais_err ais_storage_memory_limit(const struct ais_settings *settings, uint64_t *ret, struct ais_why *why)
{
    uint64_t segments = settings->log_retention + SEGMENTS_BESIDE, pages = (uint64_t)sysconf(_SC_PHYS_PAGES);
    uint64_t machine = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    if (machine < DOCUMENTS_MEMORY || settings->max_log_file_size > (machine - DOCUMENTS_MEMORY) / segments)
        return ais_fail(why, AIS_E_SETTING,
                        "OFFLINE_STORAGE_ENABLED=false keeps OFFLINE_LOG_RETENTION + 6 segments of "
                        "OFFLINE_MAX_LOG_FILE_SIZE (%llu of %llu bytes) in memory, and this machine has %llu bytes",
                        (unsigned long long)segments, (unsigned long long)settings->max_log_file_size,
                        (unsigned long long)machine);
    *ret = settings->max_log_file_size * segments + DOCUMENTS_MEMORY;
    return AIS_OK;
}

/* A store of this run: its directory is memory, and its key, when none is given, is known to nobody. */
static enum ais_err open_in_memory(const struct ais_settings *settings, struct ais_storage *storage,
                                   struct ais_store_opened *opened, struct ais_why *why)
{
    struct ais_dir *dir = NULL;
    uint64_t limit = 0;
    TRY(ais_storage_memory_limit(settings, &limit, why));
    char *key = ais_secret_alloc(AIS_KEY_TEXT_SIZE + 1);
    if (key == NULL)
        return ais_fail(why, AIS_E_NOMEM, "locked memory for a key");
    ais_keyring_generate(key);
    enum ais_err err = ais_dir_open_memory("memory", limit, &dir, why);
    if (err == AIS_OK)
        err = ais_store_open_in(dir, settings->encryption_key != NULL ? settings->encryption_key : key, &storage->store,
                                opened, why);
    ais_secret_free(key);
    TRY(err);
    ais_log(AIS_LOG_WARNING,
            "OFFLINE_STORAGE_ENABLED=false: nothing is written to disk. Decisions are recorded in memory only, the "
            "last %llu segments of %llu bytes, and lost when the service ends (at most %llu bytes in all)",
            (unsigned long long)settings->log_retention + 1, (unsigned long long)settings->max_log_file_size,
            (unsigned long long)limit);
    return AIS_OK;
}

static enum ais_err open_store(struct ais_settings *settings, struct ais_storage *storage, struct made *made,
                               struct ais_why *why)
{
    struct ais_store_opened opened = { 0 };
    enum ais_err err = settings->storage_enabled
                           ? ais_store_open(settings->data_dir, settings->encryption_key, &storage->store, &opened, why)
                           : open_in_memory(settings, storage, &opened, why);
    ais_secret_free(TAKE(settings->encryption_key));
    TRY(err);
    made->fernet = opened.key_made;
    if (opened.tightened)
        ais_log(AIS_LOG_WARNING, "%s was open to others; it is 0700 now", settings->data_dir);
    if (opened.key_made)
        ais_log(AIS_LOG_INFO, "a new Fernet key was made: %s/fernet.key. Whoever loses it loses the log: keep a copy",
                settings->data_dir);
    return AIS_OK;
}

static bool is_there(struct ais_dir *dir, const char *name)
{
    struct ais_file_info info;
    return ais_file_look(dir, name, &info, NULL) == AIS_OK;
}

/* Both keys are made before there is a log. Beside one that is there, the key of masks is made only when that it was
 * missing is recorded. */
static enum ais_err open_keys(struct ais_dir *dir, struct ais_storage *storage, struct made *made, struct ais_why *why)
{
    made->checkpoint = !is_there(dir, AIS_CHECKPOINT_KEY_FILE);
    TRY(ais_checkpoint_key_open(dir, &storage->signer, &storage->coming, why));
    made->mask = !is_there(dir, AIS_MASK_KEY_FILE);
    enum ais_err err = ais_mask_key_open(dir, !is_there(dir, AIS_SEAL_LOG_ACTIVE), &storage->mask_key, why);
    return made->mask && err == AIS_E_NOT_FOUND ? AIS_OK : err;
}

/* The key of masks against what the chain knows of it, with which logs begin that are older than this. One that is made
 * at this start is recorded with the others that are. */
static enum ais_err settle_mask_key(struct ais_storage *storage, const struct made *made,
                                    const struct ais_seal_log_report *report, struct ais_why *why)
{
    struct ais_mask_key_place place;
    if (made->mask && !report->created)
        TRY(record_lost_mask_key(storage->log, why));
    if (storage->mask_key == NULL)
        TRY(ais_mask_key_open(ais_store_dir(storage->store), true, &storage->mask_key, why));
    ais_mask_key_settle(storage->mask_key, made->mask, report->anchors, report->anchor_count, &place);
    const struct anchored anchored = { place.anchors, place.count };
    if (made->mask)
        return record_keys(storage->log, made, anchored, why);
    if (place.fate == AIS_MASK_KEY_OTHER)
        TRY(record_other_mask_key(storage->log, anchored, why));
    else if (place.fate == AIS_MASK_KEY_RESTORED)
        TRY(record_restored_mask_key(storage->log, anchored, why));
    else if (place.fate == AIS_MASK_KEY_FIRST)
        TRY(record_anchor(storage, &place.anchors[0], why));
    return record_keys(storage->log, made, none, why);
}

/* Before it is made anew: a crash in between leaves that to be told once more, rather than never. */
static enum ais_err tell_of_public(struct ais_dir *dir, struct ais_seal_log *log, struct ais_why *why)
{
    enum ais_checkpoint_public found = AIS_CHECKPOINT_PUBLIC_FITS;
    TRY(ais_checkpoint_public_look(dir, ais_seal_log_signer(log), &found, why));
    if (found == AIS_CHECKPOINT_PUBLIC_MISSING)
        return record_missing_public(log, why);
    return found == AIS_CHECKPOINT_PUBLIC_FOREIGN ? record_foreign_public(log, why) : AIS_OK;
}

static enum ais_err open_log(const struct ais_settings *settings, struct ais_storage *storage, struct made *made,
                             struct ais_seal_log_report *report, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf genesis = { 0 };
    write_event(&genesis, AIS_AUDIT_LOG_CREATED, AIS_AUDIT_SUCCESS, NULL);
    if (genesis.failed)
        return ais_fail(why, AIS_E_NOMEM, "audit event");
    struct ais_dir *dir = ais_store_dir(storage->store);
    TRY(open_keys(dir, storage, made, why));
    const struct ais_seal_log_conf conf = {
        .dir = dir,
        .ring = ais_store_keyring(storage->store),
        .segment_size = settings->max_log_file_size,
        .retention = (uint32_t)settings->log_retention,
        .genesis = genesis.data,
        .signer = storage->signer,
        .coming = storage->coming,
        .checkpoint_every = settings->audit_checkpoint_every,
    };
    TRY(ais_seal_log_open(&conf, &storage->log, report, why));
    TRY(tell_of_public(dir, storage->log, why));
    return ais_checkpoint_key_settle(dir, ais_seal_log_signer(storage->log), why);
}

static enum ais_err make_first_keys(struct ais_settings *settings, struct ais_storage *storage, struct ais_why *why)
{
    enum ais_first_keys_fate fate = AIS_FIRST_KEYS_PRESENT;
    enum ais_err err = ais_first_keys_make(storage->store, settings->api_key, &storage->keys, &fate, why);
    ais_secret_free(TAKE(settings->api_key));
    TRY(err);
    storage->keys_made = fate == AIS_FIRST_KEYS_MADE;
    if (!storage->keys_made && ais_first_keys_wait(storage->store))
        ais_log(AIS_LOG_WARNING, "the first API keys are still in %s/%s: read them, then delete the file",
                settings->data_dir, AIS_FIRST_KEYS_FILE);
    if (fate == AIS_FIRST_KEYS_IGNORED)
        ais_log(AIS_LOG_WARNING,
                "AISENTINEL_API_KEY is not a key of this store, which has keys already; it is ignored");
    return AIS_OK;
}

static enum ais_err open_all(struct ais_settings *settings, struct ais_storage *storage,
                             struct ais_seal_log_report *report, struct ais_why *why)
{
    struct made made = { .fernet = false };
    TRY(open_store(settings, storage, &made, why));
    TRY(open_log(settings, storage, &made, report, why));
    TRY(ais_store_verify(storage->store, report->anchors, report->anchor_count, why));
    TRY(record_recovery(storage->log, report, why));
    TRY(record_damage(storage, report, why));
    TRY(settle_mask_key(storage, &made, report, why));
    TRY(make_first_keys(settings, storage, why));
    return record_documents(storage, why);
}

void ais_storage_close(struct ais_storage *storage)
{
    struct ais_why why = { 0 };
    if (storage->log != NULL && ais_seal_log_close(&storage->log, &why) != AIS_OK)
        ais_log_why(AIS_LOG_ERROR, &why, "the audit log was not closed cleanly");
    ais_signer_destroy(&storage->signer);
    ais_signer_destroy(&storage->coming);
    ais_secret_free(TAKE(storage->mask_key));
    ais_first_keys_done(&storage->keys);
    ais_store_close(&storage->store);
    *storage = (struct ais_storage){ 0 };
}

enum ais_err ais_storage_open(struct ais_settings *settings, struct ais_storage *ret, struct ais_why *why)
{
    struct ais_storage storage = { 0 };
    struct ais_seal_log_report *report = calloc(1, sizeof *report);
    if (report == NULL)
        return ais_fail(why, AIS_E_NOMEM, "storage");
    enum ais_err err = open_all(settings, &storage, report, why);
    ais_seal_log_report_done(report);
    free(report);
    if (err != AIS_OK) {
        ais_storage_close(&storage);
        return err;
    }
    *ret = storage;
    return AIS_OK;
}
