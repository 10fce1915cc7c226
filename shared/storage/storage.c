#include "shared/storage/storage.h"

#include "shared/log/log.h"
#include "shared/mem/secret.h"
#include "shared/seal/file_memory.h"
#include "shared/storage/documents.h"
#include "shared/storage/records.h"
#include "shared/store/key_file.h"
#include "shared/store/mask_key.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where nothing is on disk: bytes for documents, each of which is written beside the one it replaces; segments of the
 * log beside the rotated ones. */
enum { DOCUMENTS_MEMORY = 256 << 20, SEGMENTS_BESIDE = 6 };

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

static enum ais_err open_store(struct ais_settings *settings, struct ais_storage *storage, struct storage_made *made,
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
static enum ais_err open_keys(struct ais_dir *dir, struct ais_storage *storage, struct storage_made *made,
                              struct ais_why *why)
{
    made->checkpoint = !is_there(dir, AIS_CHECKPOINT_KEY_FILE);
    TRY(ais_checkpoint_key_open(dir, &storage->signer, &storage->coming, why));
    made->mask = !is_there(dir, AIS_MASK_KEY_FILE);
    enum ais_err err = ais_mask_key_open(dir, !is_there(dir, AIS_SEAL_LOG_ACTIVE), &storage->mask_key, why);
    return made->mask && err == AIS_E_NOT_FOUND ? AIS_OK : err;
}

/* The key of masks against what the chain knows of it, with which logs begin that are older than this. One that is made
 * at this start is recorded with the others that are. */
static enum ais_err settle_mask_key(struct ais_storage *storage, const struct storage_made *made,
                                    const struct ais_seal_log_report *report, struct ais_why *why)
{
    struct ais_mask_key_place place;
    if (made->mask && !report->created)
        TRY(storage_record_lost_mask_key(storage->log, why));
    if (storage->mask_key == NULL)
        TRY(ais_mask_key_open(ais_store_dir(storage->store), true, &storage->mask_key, why));
    ais_mask_key_settle(storage->mask_key, made->mask, report->anchors, report->anchor_count, &place);
    const struct storage_anchored anchored = { place.anchors, place.count };
    if (made->mask)
        return storage_record_keys(storage->log, made, anchored, why);
    if (place.fate == AIS_MASK_KEY_OTHER)
        TRY(storage_record_other_mask_key(storage->log, anchored, why));
    else if (place.fate == AIS_MASK_KEY_RESTORED)
        TRY(storage_record_restored_mask_key(storage->log, anchored, why));
    else if (place.fate == AIS_MASK_KEY_FIRST)
        TRY(storage_record_anchor(storage, &place.anchors[0], why));
    return storage_record_keys(storage->log, made, storage_none, why);
}

/* Before it is made anew: a crash in between leaves that to be told once more, rather than never. */
static enum ais_err tell_of_public(struct ais_dir *dir, struct ais_seal_log *log, struct ais_why *why)
{
    enum ais_checkpoint_public found = AIS_CHECKPOINT_PUBLIC_FITS;
    TRY(ais_checkpoint_public_look(dir, ais_seal_log_signer(log), &found, why));
    if (found == AIS_CHECKPOINT_PUBLIC_MISSING)
        return storage_record_missing_public(log, why);
    return found == AIS_CHECKPOINT_PUBLIC_FOREIGN ? storage_record_foreign_public(log, why) : AIS_OK;
}

static enum ais_err open_log(const struct ais_settings *settings, struct ais_storage *storage,
                             struct storage_made *made, struct ais_seal_log_report *report, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf genesis = { 0 };
    storage_event_write(&genesis, AIS_AUDIT_LOG_CREATED, AIS_AUDIT_SUCCESS, NULL);
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
    struct storage_made made = { .fernet = false };
    TRY(open_store(settings, storage, &made, why));
    TRY(open_log(settings, storage, &made, report, why));
    TRY(storage_verify_documents(storage, report, why));
    TRY(storage_record_recovery(storage->log, report, why));
    TRY(storage_record_damage(storage, report, why));
    TRY(settle_mask_key(storage, &made, report, why));
    TRY(make_first_keys(settings, storage, why));
    return storage_record_documents(storage, why);
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
