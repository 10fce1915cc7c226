#include "services/cli/handlers.h"

#define FORMAT_JSON                                           \
    {                                                         \
        "format", "text|json", "how to answer; default: text" \
    }

const struct cli_command cli_commands[] = {
    {
     .path = "decrypt",
     .operands = "FILE",
     .least = 1,
     .most = 1,
     .summary = "Print a sealed file as plain text",
     .details =
            "Any .enc file of a data directory, wherever it lies now; each line is one Fernet token. A line that\n"
            "does not open is named on stderr, and the exit code is 3.", .example = "aisentinel-offline decrypt /var/lib/aisentinel/offline/audit_logs.enc",
     .groups = AIS_FOR_STORE,
     .run = cli_decrypt,
     },
    {
     .path = "key generate",
     .summary = "Make a Fernet key",
     .details = "The key goes to stdout, or into a new file of mode 0600. To use it: OFFLINE_ENCRYPTION_KEY, or\n"
                   "--encryption-key-file.",        .example = "aisentinel-offline key generate --output /etc/aisentinel/fernet.key",
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
