/* Who runs a command, as the audit log has it: the system's word for it, not the operator's own. */
#ifndef AIS_SERVICES_CLI_OPERATOR_H
#define AIS_SERVICES_CLI_OPERATOR_H

enum { CLI_OPERATOR_SIZE = 192 };

/* Writes "1000(alice)", the real user of this process, into text and returns it; a user without a name is its number
 * alone. Behind the superuser stands whom sudo says it acts for: "0(root) sudo 1000(alice)". That is read from
 * SUDO_UID, which the superuser can set to anything. */
const char *cli_operator(char text[CLI_OPERATOR_SIZE]);

#endif
