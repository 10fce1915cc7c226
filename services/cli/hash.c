#include "services/cli/handlers.h"
#include "services/cli/vault.h"
#include "shared/audit/mask.h"
#include "shared/log/log.h"
#include "shared/mem/secret.h"
#include "shared/store/log_anchors.h"
#include "shared/store/mask_key.h"

#include <assert.h>
#include <string.h>

static_assert((int)AIS_MASK_KEYED == (int)AIS_MASK_KEY_SIZE, "the key of the data directory is the key of masking");

enum { VALUE_MOST = 1 << 20 };

/* Lines are written with an end that is no part of the value. */
static void drop_line_end(struct ais_buf *text)
{
    if (text->length == 0 || text->data[text->length - 1] != '\n')
        return;
    text->length--;
    text->length -= text->length > 0 && text->data[text->length - 1] == '\r';
}

/* The value: the operand, or stdin without the end of its last line. */
static enum ais_err read_value(const struct cli_call *call, struct ais_buf *ret, struct ais_why *why)
{
    if (call->operand_count > 0 && strcmp(call->operands[0], "-") != 0) {
        ais_buf_text(ret, call->operands[0]);
    } else {
        TRY(cli_read_file("-", VALUE_MOST, ret, why));
        drop_line_end(ret);
    }
    if (ret->failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a value");
    return ret->length > 0 ? AIS_OK : ais_fail(why, AIS_E_USAGE, "an empty value is never masked");
}

/* What the audit log knows of documents and keys, as far as its newest segment tells. */
static enum ais_err read_anchors(const struct ais_settings *settings, struct cli_vault *vault,
                                 struct ais_anchor anchors[AIS_SEAL_LOG_ANCHORS], size_t *count, struct ais_why *why)
{
    *count = 0;
    TRY(cli_vault_open_keys(settings, vault, why));
    return ais_log_anchors(vault->dir, vault->ring, anchors, count, why);
}

/* Whether the log was masked with this key; what is wrong is logged, with what would be right. A log that cannot be
 * read leaves it open. */
static bool fits_log(const struct ais_settings *settings, struct cli_vault *vault, const unsigned char *key)
{
    struct ais_anchor anchors[AIS_SEAL_LOG_ANCHORS];
    struct ais_mask_key_place place;
    struct ais_why why = { 0 };
    size_t count = 0;
    const char *path = ais_dir_path(vault->dir);
    if (read_anchors(settings, vault, anchors, &count, &why) != AIS_OK) {
        ais_log_why(AIS_LOG_WARNING, &why, "%.160s/" AIS_MASK_KEY_FILE " cannot be held against the audit log", path);
        return true;
    }
    ais_mask_key_settle(key, false, anchors, count, &place);
    if (place.fate == AIS_MASK_KEY_OTHER)
        ais_log(AIS_LOG_WARNING,
                "%.160s/" AIS_MASK_KEY_FILE " is another one than the audit log knows: no record is found with this "
                "hash; put the old one back if there is a copy",
                path);
    else if (place.fate == AIS_MASK_KEY_RESTORED)
        ais_log(AIS_LOG_WARNING,
                "%.160s/" AIS_MASK_KEY_FILE " is the one before the one that the audit log knows: only records from "
                "before that one are found with this hash; the next start takes it for put back",
                path);
    return place.fate == AIS_MASK_KEY_KNOWN || place.fate == AIS_MASK_KEY_FIRST;
}

/* Why there is no key: nothing was masked yet, or the key was lost. A log that cannot be read leaves it open. */
static enum ais_err explain_missing(const struct ais_settings *settings, struct cli_vault *vault, struct ais_why *why)
{
    struct ais_anchor anchors[AIS_SEAL_LOG_ANCHORS];
    struct ais_file_info info;
    struct ais_why reason = { 0 };
    size_t count = 0;
    const char *path = ais_dir_path(vault->dir);
    bool read = read_anchors(settings, vault, anchors, &count, &reason) == AIS_OK;
    bool is_log = ais_file_look(vault->dir, AIS_SEAL_LOG_ACTIVE, &info, NULL) != AIS_E_NOT_FOUND;
    if (read && ais_mask_key_is_anchored(anchors, count))
        return ais_fail(why, AIS_E_NOT_FOUND,
                        "'%.160s' has no " AIS_MASK_KEY_FILE ", though the audit log knows one: it is missing, and "
                        "without it no masked value is found; put it back if there is a copy",
                        path);
    if (!read && is_log)
        return ais_fail(why, AIS_E_NOT_FOUND,
                        "'%.160s' has no " AIS_MASK_KEY_FILE ", and whether the audit log knows one cannot be read: "
                        "%.160s",
                        path, reason.text);
    return ais_fail(why, AIS_E_NOT_FOUND, "'%.160s' has no " AIS_MASK_KEY_FILE ": nothing was masked there yet", path);
}

enum ais_err cli_audit_hash(struct cli_call *call, struct ais_why *why)
{
    AUTO(cli_vault_done) struct cli_vault vault = { NULL, NULL };
    AUTO(ais_buf_wipe) struct ais_buf value = { 0 };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    char hash[AIS_MASK_HASH_TEXT];
    unsigned char *key = NULL;
    TRY(read_value(call, &value, why));
    TRY(cli_vault_open_dir(call->settings, &vault, why));
    enum ais_err err = ais_mask_key_open(vault.dir, false, &key, why);
    if (err == AIS_E_NOT_FOUND)
        return explain_missing(call->settings, &vault, why);
    TRY(err);
    ais_mask_hash(key, value.data, value.length, hash);
    call->exit_code = fits_log(call->settings, &vault, key) ? CLI_DONE : CLI_NO;
    ais_secret_free(key);
    ais_buf_text(&text, hash);
    return cli_print(&text, why);
}
