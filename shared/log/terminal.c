#include "shared/log/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool ais_terminal_colours(int fd)
{
    const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if ((refused != NULL && refused[0] != '\0') || terminal == NULL || terminal[0] == '\0')
        return false;
    return strcmp(terminal, "dumb") != 0 && isatty(fd) == 1;
}

const char *ais_colour_code(enum ais_colour colour)
{
    static const char *const codes[AIS_COLOUR_COUNT] = {
        [AIS_PLAIN] = "\x1b[0m",  [AIS_BOLD] = "\x1b[1m",    [AIS_RED] = "\x1b[31m",
        [AIS_GREEN] = "\x1b[32m", [AIS_YELLOW] = "\x1b[33m", [AIS_GREY] = "\x1b[90m",
    };
    return codes[colour];
}
