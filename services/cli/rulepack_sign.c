/* rulepack sign: what a sync server sends beside a rulepack. */
#include "services/cli/handlers.h"
#include "shared/conf/given_secret.h"
#include "shared/log/log.h"
#include "shared/mem/secret.h"
#include "shared/policy/rulepack.h"
#include "shared/sign/sign.h"

#include <string.h>

static enum ais_err read_key(const char *path, struct ais_sign_key **ret, struct ais_why *why)
{
    char *text = NULL, trusted[AIS_PUBLIC_KEY_TEXT], own[AIS_PUBLIC_KEY_TEXT];
    if (path == NULL)
        return ais_sign_key_development(ret, why);
    struct ais_why reason = { 0 };
    enum ais_err err = ais_given_secret_read(path, &text, &reason);
    if (err == AIS_OK)
        err = ais_sign_key_read(text, ret, &reason);
    ais_secret_free(text);
    if (err != AIS_OK)
        return ais_fail(why, err, "signing key '%.120s': %s", path, reason.text);
    ais_sign_vendor_public(trusted);
    ais_sign_key_public(*ret, own);
    if (strcmp(own, trusted) != 0)
        ais_log(AIS_LOG_WARNING, "this program trusts another key than %s: it would refuse the signature", own);
    return AIS_OK;
}

enum ais_err cli_rulepack_sign(struct cli_call *call, struct ais_why *why)
{
    AUTO(ais_sign_key_destroy) struct ais_sign_key *key = NULL;
    AUTO(ais_buf_done) struct ais_buf file = { 0 };
    char signature[AIS_SIGNATURE_TEXT];
    TRY(cli_read_file(call->operands[0], AIS_RULEPACK_BYTES_MAX, &file, why));
    TRY(read_key(cli_flag(call, "signing-key"), &key, why));
    ais_sign(key, file.data, file.length, signature);
    return cli_print_bytes(signature, strlen(signature), why);
}
