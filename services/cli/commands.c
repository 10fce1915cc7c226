#include "services/cli/handlers.h"

#define FORMAT_JSON                                           \
    {                                                         \
        "format", "text|json", "how to answer; default: text" \
    }

const struct cli_command cli_commands[] = {
    {
     .path = "key generate",
     .summary = "Make a Fernet key",
     .details = "The key goes to stdout, or into a new file of mode 0600. To use it: OFFLINE_ENCRYPTION_KEY, or\n"
                   "--encryption-key-file.", .example = "aisentinel-offline key generate --output /etc/aisentinel/fernet.key",
     .flags = { { "output", "FILE", "write there; an existing file is never overwritten" } },
     .run = cli_key_generate,
     },
    {
     .path = "version",
     .summary = "Version, git revision, libraries",
     .example = "aisentinel-offline version --format json",
     .flags = { FORMAT_JSON },
     .run = cli_version,
     },
};

const size_t cli_command_count = N_ELEMS(cli_commands);
