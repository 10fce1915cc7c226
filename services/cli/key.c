#include "services/cli/handlers.h"
#include "services/cli/secret_file.h"
#include "shared/mem/secret.h"
#include "shared/seal/fernet.h"

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
