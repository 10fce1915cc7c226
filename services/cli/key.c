#include "services/cli/handlers.h"
#include "services/cli/operator.h"
#include "services/cli/secret_file.h"
#include "services/cli/writer.h"
#include "shared/json/write.h"
#include "shared/mem/secret.h"
#include "shared/seal/fernet.h"
#include "shared/sys/clock.h"

#include <string.h>

enum ais_err cli_key_generate(struct cli_call *call, struct ais_why *why)
{
    AUTO(cli_secret_file_done) struct cli_secret_file file = { .path = NULL };
    char line[AIS_KEY_TEXT_SIZE + 1];
    TRY(cli_secret_file_open(cli_flag(call, "output"), &file, why));
    ais_keyring_generate(line);
    size_t length = strlen(line);
    line[length++] = '\n';
    enum ais_err err = cli_secret_file_write(&file, line, length, why);
    ais_secret_wipe(line, sizeof line);
    return err;
}

/* ---- key rotate-checkpoint ---- */

/* The record of the change, in the commit that the old key and the new one sign. */
static enum ais_err commit_change(struct cli_writer *writer, const struct ais_signer *next, const char *key,
                                  struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf record = { 0 }, details = { 0 };
    char who[CLI_OPERATOR_SIZE];
    const struct ais_caller caller = { .user = cli_operator(who) };
    uint64_t first = 0;
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "key", key);
    ais_jw_end_object(&details);
    const struct ais_audit_event event = {
        .kind = AIS_AUDIT_CHECKPOINT_KEY_CHANGED,
        .outcome = AIS_AUDIT_SUCCESS,
        .time_ns = ais_clock_wall(),
        .actor = "cli",
        .caller = &caller,
        .details = details.data,
        .details_size = details.length,
    };
    ais_audit_write_event(&record, &event);
    if (record.failed || details.failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for an audit record");
    const struct ais_seal_record one = { record.data, record.length };
    const struct ais_seal_batch batch = { .records = &one, .count = 1, .sync = true, .next = next };
    return ais_seal_log_commit(writer->storage.log, &batch, &first, why);
}

static enum ais_err change_key(struct cli_writer *writer, struct ais_signer **next, struct ais_why *why)
{
    struct ais_dir *dir = ais_store_dir(writer->storage.store);
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    char key[AIS_DIGEST_TEXT];
    TRY(ais_checkpoint_key_prepare(dir, next, why));
    ais_digest_text(ais_signer_public(*next), key);
    TRY(commit_change(writer, *next, key, why));
    TRY(ais_checkpoint_key_settle(dir, *next, why));
    ais_buf_text(&text, key);
    return cli_print(&text, why);
}

enum ais_err cli_key_rotate_checkpoint(struct cli_call *call, struct ais_why *why)
{
    struct cli_writer writer = { 0 };
    struct ais_signer *next = NULL;
    enum ais_err err = cli_writer_open(call->settings, "it has no call for this: stop it first", &writer, why);
    if (err == AIS_OK)
        err = change_key(&writer, &next, why);
    cli_writer_done(&writer); /* whose log may sign with it */
    ais_signer_destroy(&next);
    return err;
}
