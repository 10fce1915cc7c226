/* From words to a call: which command, which flags, which operands. */
#ifndef AIS_SERVICES_CLI_PARSE_H
#define AIS_SERVICES_CLI_PARSE_H

#include "services/cli/cli.h"

/* What a command line asks for. */
struct cli_request {
    struct cli_call call;
    struct ais_settings_given given; /* flags of settings; groups of the command */
    bool help;                       /* asked for help instead */
    const char *group;               /* with help: the command's first word where no command was named; "" for all */
};

/* Reads the words after the program's name. No word, or a flag first: "serve". Operands are moved to the front of argv.
 * AIS_E_USAGE names what is wrong, what would be right, and a near name. */
MUST_CHECK enum ais_err cli_parse(int argc, char **argv, struct cli_request *ret, struct ais_why *why);

#endif
