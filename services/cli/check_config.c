/* serve --check-config: everything that would keep the service from starting and can be known without starting it.
 * Nothing is made, changed or locked, so it can be asked beside a running service. */
#include "services/cli/handlers.h"
#include "shared/audit/mask.h"
#include "shared/conf/check.h"
#include "shared/json/write.h"
#include "shared/storage/storage.h"
#include "shared/tls/identity.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ais_err check_storage(const struct ais_settings *settings, struct ais_why *why)
{
    const char *path = settings->data_dir;
    struct stat info;
    uint64_t limit;
    if (!settings->storage_enabled)
        return ais_storage_memory_limit(settings, &limit, why);
    if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode))
        return ais_fail(why, AIS_E_IO, "OFFLINE_DATA_DIR: '%.200s' is no directory", path);
    if (stat(path, &info) == 0)
        return access(path, R_OK | W_OK | X_OK) == 0
                   ? AIS_OK
                   : ais_fail_errno(why, errno, "OFFLINE_DATA_DIR: '%.200s' cannot be used", path);
    if (errno != ENOENT)
        return ais_fail_errno(why, errno, "OFFLINE_DATA_DIR: '%.200s' cannot be used", path);
    if (!ais_path_is_writable(path))
        return ais_fail(why, AIS_E_IO, "OFFLINE_DATA_DIR: '%.200s' cannot be made: its folder cannot be written", path);
    return AIS_OK;
}

static enum ais_err check_identity(const struct ais_settings *settings, struct ais_why *why)
{
    AUTO(ais_tls_identity_unref) struct ais_tls_identity *identity = NULL;
    return settings->tls_cert == NULL ? AIS_OK
                                      : ais_tls_identity_load(settings->tls_cert, settings->tls_key, &identity, why);
}

static enum ais_err check_all(const struct cli_call *call, struct ais_setting_faults *faults, struct ais_why *why)
{
    AUTO(ais_settings_destroy) struct ais_settings *settings = NULL;
    TRY(ais_settings_check(call->given, faults, &settings, why));
    if (settings == NULL)
        return AIS_OK;
    TRY(ais_setting_faults_note(faults, ais_mask_check(settings->audit_mask, why), why));
    TRY(ais_setting_faults_note(faults, check_identity(settings, why), why));
    return ais_setting_faults_note(faults, check_storage(settings, why), why);
}

/* What serve would have ended with: a wrong word before a file that cannot be read. */
static enum cli_exit exit_of(const struct ais_setting_faults *faults)
{
    enum cli_exit code = faults->count > 0 ? CLI_ENVIRONMENT : CLI_DONE;
    for (size_t i = 0; i < faults->count; i++)
        if (cli_exit_of(faults->list[i].code) == CLI_USAGE)
            code = CLI_USAGE;
    return code;
}

static void write_json(struct ais_buf *out, const struct ais_setting_faults *faults)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_bool(out, "valid", faults->count == 0);
    ais_jw_begin_array(out, "faults");
    for (size_t i = 0; i < faults->count; i++) {
        ais_jw_begin_object(out, NULL);
        ais_jw_text(out, "kind", ais_err_text(faults->list[i].code));
        ais_jw_text(out, "message", faults->list[i].text);
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
    ais_jw_u64(out, "further_faults", faults->dropped);
    ais_jw_end_object(out);
}

static void write_text(struct ais_buf *out, const struct ais_setting_faults *faults)
{
    if (faults->count == 0)
        ais_buf_format(out, "configuration is %svalid%s", cli_colour(AIS_GREEN), cli_colour(AIS_PLAIN));
    for (size_t i = 0; i < faults->count; i++) {
        ais_buf_format(out, "%s%sfault%s: ", i > 0 ? "\n" : "", cli_colour(AIS_RED), cli_colour(AIS_PLAIN));
        cli_add_harmless(out, faults->list[i].text, strlen(faults->list[i].text));
    }
    if (faults->dropped > 0)
        ais_buf_format(out, "\nand %zu more", faults->dropped);
}

enum ais_err cli_check_config(struct cli_call *call, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct ais_setting_faults faults = { .count = 0 };
    bool json = false;
    TRY(cli_format(call, "json", &json, why));
    TRY(check_all(call, &faults, why));
    if (json)
        write_json(&out, &faults);
    else
        write_text(&out, &faults);
    call->exit_code = exit_of(&faults);
    return cli_print(&out, why);
}
