#include "shared/storage/documents.h"

#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/storage/records.h"

#include <stdio.h>
#include <string.h>

/* The log is all that is left to say what a start refused. */
static void record_refusal(const struct ais_storage *storage, const struct ais_why *refusal)
{
    struct ais_why why = { 0 };
    char file[AIS_DOCUMENT_NAME_SIZE + sizeof ".enc"];
    snprintf(file, sizeof file, "%s.enc", ais_store_refused(storage->store));
    if (storage_record_fault(storage->log, file, refusal->text, storage_none, &why) != AIS_OK)
        ais_log_why(AIS_LOG_ERROR, &why, "the audit log does not say why this start is refused");
}

enum ais_err storage_verify_documents(struct ais_storage *storage, const struct ais_seal_log_report *report,
                                      struct ais_why *why)
{
    struct ais_why refusal = { 0 };
    enum ais_err err = ais_store_verify(storage->store, report->anchors, report->anchor_count, &refusal);
    if (err != AIS_OK)
        record_refusal(storage, &refusal);
    return err != AIS_OK ? ais_fail(why, err, "%s", refusal.text) : AIS_OK;
}

static void write_anchor(const struct ais_store *store, enum ais_audit_kind kind, struct ais_buf *out,
                         const struct ais_anchor *anchor)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_store_describe(store, anchor, &details);
    storage_event_write(out, kind, AIS_AUDIT_SUCCESS, &details);
}

/* A change of a document that the chain had known: whoever made it had no time to record it, or did not want to. */
static void warn_of_unrecorded(const struct ais_anchor *anchor, uint64_t recorded)
{
    ais_log(AIS_LOG_WARNING,
            "%s.enc is of generation %llu, and the audit log knows no later one than %llu: a change was not recorded, "
            "which is made good now",
            anchor->name, (unsigned long long)anchor->generation, (unsigned long long)recorded);
}

enum ais_err storage_record_anchor(const struct ais_storage *storage, const struct ais_anchor *anchor,
                                   struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf record = { 0 };
    uint64_t recorded = ais_store_last_recorded(storage->store, anchor);
    if (recorded > 0)
        warn_of_unrecorded(anchor, recorded);
    write_anchor(storage->store, recorded > 0 ? AIS_AUDIT_DOCUMENT_UNRECORDED : AIS_AUDIT_DOCUMENT_SEALED, &record,
                 anchor);
    return storage_commit(storage->log, &record, 1, (struct storage_anchored){ anchor, 1 }, why);
}

/* As whoever makes a key later records it; names are ours here, so that nothing is to be masked. */
static void write_key(struct ais_buf *out, const struct ais_access_key *key)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "key_id", key->id);
    ais_key_describe_new(&details, key);
    ais_jw_end_object(&details);
    storage_event_write(out, AIS_AUDIT_KEY_CREATED, AIS_AUDIT_SUCCESS, &details);
}

/* The first document of API keys holds the first keys. They are recorded in the commit that anchors it: so a start that
 * ends before that leaves it to the next one, which finds the document unrecorded, and nobody records them twice. */
static enum ais_err record_first_keys(struct ais_storage *storage, const struct ais_anchor *anchor, struct ais_why *why)
{
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    struct ais_buf records[STORAGE_AT_ONCE] = { 0 };
    uint64_t generation = 0;
    size_t count = 0;
    TRY(ais_keys_read(storage->store, &access, &generation, why));
    const struct ais_access_key *keys = ais_access_keys(access, &count);
    count = count < STORAGE_FIRST_KEYS ? count : STORAGE_FIRST_KEYS;
    for (size_t i = 0; i < count; i++)
        write_key(&records[i], &keys[i]);
    write_anchor(storage->store, AIS_AUDIT_DOCUMENT_SEALED, &records[count], anchor);
    enum ais_err err = storage_commit(storage->log, records, count + 1, (struct storage_anchored){ anchor, 1 }, why);
    for (size_t i = 0; i < N_ELEMS(records); i++)
        ais_buf_done(&records[i]);
    return err;
}

enum ais_err storage_record_documents(struct ais_storage *storage, struct ais_why *why)
{
    for (const struct ais_anchor *anchor; (anchor = ais_store_unrecorded(storage->store)) != NULL;) {
        const struct ais_anchor copy = *anchor;
        bool first_keys = copy.generation == 1 && strcmp(copy.name, ais_store_name(AIS_DOCUMENT_API_KEYS)) == 0;
        TRY(first_keys ? record_first_keys(storage, &copy, why) : storage_record_anchor(storage, &copy, why));
        ais_store_recorded(storage->store, &copy);
    }
    return AIS_OK;
}
