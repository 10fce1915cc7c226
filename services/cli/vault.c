#include "services/cli/vault.h"

#include "shared/store/key_file.h"

#include <fcntl.h>

/* A server may have begun a rotation since the keys were read. */
static bool take_up_keys(void *context)
{
    struct cli_vault *vault = context;
    AUTO(ais_keyring_destroy) struct ais_keyring *now = NULL;
    bool made = false;
    return ais_key_file_open(vault->dir, &now, &made, NULL) == AIS_OK && ais_keyring_add_all(vault->ring, now) > 0;
}

/* ais_key_file_open makes a key where none is needed yet; who only reads has no use for that. */
static enum ais_err read_key_file(struct cli_vault *vault, struct ais_why *why)
{
    int file = -1;
    bool made = false;
    enum ais_err err = ais_file_open(vault->dir, AIS_KEY_FILE, O_RDONLY, &file, why);
    if (err == AIS_E_NOT_FOUND)
        return ais_fail(why, AIS_E_KEY, "'%.160s' has no %s: set OFFLINE_ENCRYPTION_KEY or --encryption-key-file",
                        ais_dir_path(vault->dir), AIS_KEY_FILE);
    TRY(err);
    ais_file_close(vault->dir, &file);
    TRY(ais_key_file_open(vault->dir, &vault->ring, &made, why));
    return ais_keyring_renew_by(vault->ring, take_up_keys, vault, why);
}

enum ais_err cli_need_storage(const struct ais_settings *settings, struct ais_why *why)
{
    if (settings->storage_enabled)
        return AIS_OK;
    return ais_fail(why, AIS_E_SETTING,
                    "OFFLINE_STORAGE_ENABLED=false (from %s): there is no data directory to work on; ask the service, "
                    "whose records are in its memory, over REST",
                    ais_source_text(settings->sources[AIS_SETTING_STORAGE_ENABLED]));
}

static enum ais_err open_dir(const struct ais_settings *settings, struct cli_vault *ret, struct ais_why *why)
{
    TRY(cli_need_storage(settings, why));
    enum ais_err err = ais_dir_open(settings->data_dir, false, &ret->dir, NULL, why);
    if (err == AIS_E_NOT_FOUND)
        return ais_fail(why, err, "there is no data directory '%.160s' (from %s); --data-dir names another",
                        settings->data_dir, ais_source_text(settings->sources[AIS_SETTING_DATA_DIR]));
    return err;
}

enum ais_err cli_vault_open_keys(const struct ais_settings *settings, struct cli_vault *ret, struct ais_why *why)
{
    if (settings->encryption_key != NULL)
        return ais_keyring_parse(settings->encryption_key, &ret->ring, why);
    if (ret->dir == NULL)
        TRY(open_dir(settings, ret, why));
    return read_key_file(ret, why);
}

enum ais_err cli_vault_open(const struct ais_settings *settings, struct cli_vault *ret, struct ais_why *why)
{
    TRY(open_dir(settings, ret, why));
    return cli_vault_open_keys(settings, ret, why);
}

void cli_vault_done(struct cli_vault *vault)
{
    ais_keyring_destroy(&vault->ring);
    ais_dir_close(&vault->dir);
}
