#include "services/cli/writer.h"

#include "services/cli/operator.h"
#include "services/cli/vault.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/mem/secret.h"
#include "shared/sys/clock.h"

#include <stdlib.h>
#include <unistd.h>

static const char actor[] = "cli";

/* A first start happens here as it does in the service: keys that are made now have to be shown now. */
static enum ais_err show_first_keys(struct ais_storage *storage, const char *data_dir, struct ais_why *why)
{
    bool filed = false;
    if (!storage->keys_made)
        return AIS_OK;
    TRY(ais_first_keys_show(storage->store, &storage->keys, "http://127.0.0.1:8000", STDERR_FILENO,
                            getenv("JOURNAL_STREAM"), &filed, why));
    if (filed)
        ais_log(AIS_LOG_INFO, "the first API keys are in %s/%s", data_dir, AIS_FIRST_KEYS_FILE);
    return AIS_OK;
}

/* How much history is kept, the service was told, perhaps by its own command line: a command that was not told deletes
 * nothing. */
static void keep_history(struct ais_settings *settings)
{
    if (settings->sources[AIS_SETTING_LOG_RETENTION] == AIS_SOURCE_DEFAULT)
        settings->log_retention = UINT32_MAX;
}

/* Documents say who replaced them, for the start that finds them unrecorded after a crash. */
static enum ais_err name_operator(struct cli_writer *writer, struct ais_why *why)
{
    char who[CLI_OPERATOR_SIZE];
    ais_jw_begin_object(&writer->by, NULL);
    ais_jw_text(&writer->by, "actor", actor);
    ais_jw_text(&writer->by, "user", cli_operator(who));
    ais_jw_end_object(&writer->by);
    ais_buf_byte(&writer->by, '\0');
    if (writer->by.failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for who changes something");
    ais_store_on_behalf(writer->storage.store, writer->by.data);
    return AIS_OK;
}

enum ais_err cli_writer_open(struct ais_settings *settings, const char *instead, struct cli_writer *ret,
                             struct ais_why *why)
{
    struct ais_why reason = { 0 };
    TRY(cli_need_storage(settings, why));
    TRY(ais_mask_check(settings->audit_mask, why));
    /* A key to ask servers with is not to become the first admin key of this store. */
    ais_secret_free(TAKE(settings->api_key));
    keep_history(settings);
    enum ais_err err = ais_storage_open(settings, &ret->storage, &reason);
    if (err == AIS_E_LOCKED)
        return ais_fail(why, err, "%.200s; ask it: %s", reason.text, instead);
    if (err != AIS_OK)
        return ais_fail(why, err, "%s", reason.text);
    TRY(ais_mask_new(settings->audit_mask, ret->storage.mask_key, &ret->mask, why));
    if ((ret->masker = ais_masker_new(ret->mask)) == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a record");
    TRY(name_operator(ret, why));
    return show_first_keys(&ret->storage, settings->data_dir, why);
}

enum ais_err cli_writer_record(struct cli_writer *writer, const struct ais_buf *record, struct ais_why *why)
{
    const struct ais_seal_record one = { record->data, record->length };
    struct ais_anchor anchors[AIS_STORE_DOCUMENT_COUNT];
    struct ais_seal_batch batch = { .records = &one, .count = 1, .anchors = anchors, .sync = true };
    const struct ais_anchor *anchor;
    uint64_t first = 0;
    if (record->failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for an audit record");
    while (batch.anchor_count < N_ELEMS(anchors) && (anchor = ais_store_unrecorded(writer->storage.store)) != NULL) {
        anchors[batch.anchor_count] = *anchor;
        ais_store_recorded(writer->storage.store, &anchors[batch.anchor_count++]);
    }
    return ais_seal_log_commit(writer->storage.log, &batch, &first, why);
}

enum ais_err cli_writer_event(struct cli_writer *writer, enum ais_audit_kind kind, enum ais_audit_outcome outcome,
                              const struct ais_buf *details, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf record = { 0 };
    char who[CLI_OPERATOR_SIZE];
    const struct ais_caller caller = { .user = cli_operator(who) };
    struct ais_audit_event event = { .kind = kind,
                                     .outcome = outcome,
                                     .time_ns = ais_clock_wall(),
                                     .actor = actor,
                                     .caller = &caller,
                                     .details = details != NULL ? details->data : NULL,
                                     .details_size = details != NULL ? details->length : 0 };
    if (details != NULL && details->failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for an audit record");
    TRY(ais_masker_event(writer->masker, &event, why));
    ais_audit_write_event(&record, &event);
    return cli_writer_record(writer, &record, why);
}

/* What the rotations of this command deleted, as the service would record it. */
static enum ais_err record_deletion(struct cli_writer *writer, struct ais_why *why)
{
    for (;;) { /* a record may rotate the log, too, but not for long */
        AUTO(ais_buf_done) struct ais_buf details = { 0 };
        const struct ais_seal_deletion deletion = ais_seal_log_deleted(writer->storage.log);
        if (deletion.segments == 0)
            return AIS_OK;
        ais_audit_write_deletion(&details, deletion.segments, deletion.first, deletion.last);
        TRY(cli_writer_event(writer, AIS_AUDIT_RETENTION_DELETED, AIS_AUDIT_SUCCESS, &details, why));
    }
}

void cli_writer_done(struct cli_writer *writer)
{
    struct ais_why why = { 0 };
    if (writer->masker != NULL && record_deletion(writer, &why) != AIS_OK)
        ais_log_why(AIS_LOG_ERROR, &why, "what retention deleted could not be recorded");
    ais_masker_destroy(&writer->masker);
    ais_mask_destroy(&writer->mask);
    ais_storage_close(&writer->storage); /* the mask borrows its key, and it the name of who changes something */
    ais_buf_done(&writer->by);
}
