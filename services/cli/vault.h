/* The data directory, for commands that only read it: also while a server owns it. */
#ifndef AIS_SERVICES_CLI_VAULT_H
#define AIS_SERVICES_CLI_VAULT_H

#include "shared/conf/settings.h"
#include "shared/seal/fernet.h"
#include "shared/seal/file.h"

/* AIS_E_SETTING: storage is off (OFFLINE_STORAGE_ENABLED=false), so there is nothing that a command could open. */
MUST_CHECK enum ais_err cli_need_storage(const struct ais_settings *settings, struct ais_why *why);

struct cli_vault {
    struct ais_dir *dir;      /* owned; without the writer's lock */
    struct ais_keyring *ring; /* owned */
};

/* Opens the directory of the settings with its key: the one given, else fernet.key. Nothing is made. A zeroed *ret ends
 * with cli_vault_done, whatever this returns. AIS_E_NOT_FOUND: no data directory there; AIS_E_KEY: no key. */
MUST_CHECK enum ais_err cli_vault_open(const struct ais_settings *settings, struct cli_vault *ret, struct ais_why *why);

/* Only the directory. */
MUST_CHECK enum ais_err cli_vault_open_dir(const struct ais_settings *settings, struct cli_vault *ret,
                                           struct ais_why *why);

/* Only the key, for a file that may lie anywhere. */
MUST_CHECK enum ais_err cli_vault_open_keys(const struct ais_settings *settings, struct cli_vault *ret,
                                            struct ais_why *why);

void cli_vault_done(struct cli_vault *vault);

#endif
