#include "services/cli/operator.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_MOST = 64, ENTRY_SIZE = 16 << 10 };

static void add_user(char text[CLI_OPERATOR_SIZE], uid_t uid)
{
    char entry[ENTRY_SIZE];
    struct passwd user, *found = NULL;
    size_t used = strlen(text), room = CLI_OPERATOR_SIZE - used;
    if (getpwuid_r(uid, &user, entry, sizeof entry, &found) == 0 && found != NULL && found->pw_name[0] != '\0')
        snprintf(text + used, room, "%lu(%.*s)", (unsigned long)uid, NAME_MOST, found->pw_name);
    else
        snprintf(text + used, room, "%lu", (unsigned long)uid);
}

/* Decimal digits that are a user's number; false: sudo says nothing that could be one. */
static bool read_uid(const char *digits, uid_t *ret)
{
    char *end;
    if (digits == NULL || digits[0] < '0' || digits[0] > '9')
        return false;
    errno = 0;
    unsigned long number = strtoul(digits, &end, 10);
    *ret = (uid_t)number;
    return errno == 0 && *end == '\0' && *ret == number;
}

const char *cli_operator(char text[CLI_OPERATOR_SIZE])
{
    uid_t uid = getuid(), behind;
    text[0] = '\0';
    add_user(text, uid);
    if (uid == 0 && read_uid(getenv("SUDO_UID"), &behind)) {
        snprintf(text + strlen(text), CLI_OPERATOR_SIZE - strlen(text), " sudo ");
        add_user(text, behind);
    }
    return text;
}
