/* What --help prints, made from the tables. */
#ifndef AIS_SERVICES_CLI_HELP_H
#define AIS_SERVICES_CLI_HELP_H

#include "services/cli/cli.h"

/* Usage, flags with their environment variables and defaults, exit codes and an example of one command. */
void cli_help_command(struct ais_buf *out, const struct cli_command *command);

/* The commands whose first word is group; "" for all of them. */
void cli_help_group(struct ais_buf *out, const char *group);

#endif
