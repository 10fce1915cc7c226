/* Whether somebody looks: the one answer to "may I colour this". */
#ifndef AIS_SHARED_LOG_TERMINAL_H
#define AIS_SHARED_LOG_TERMINAL_H

#include <stdbool.h>

/* Whether fd is a terminal that shows colours: NO_COLOR (https://no-color.org) is unset or empty, and TERM is set and
 * not "dumb". Reads the environment: not beside a thread that changes it. */
bool ais_terminal_colours(int fd);

/* What begins a colour (or bold letters), and what ends it (AIS_PLAIN). */
enum ais_colour { AIS_PLAIN, AIS_BOLD, AIS_RED, AIS_GREEN, AIS_YELLOW, AIS_GREY, AIS_COLOUR_COUNT };
const char *ais_colour_code(enum ais_colour colour);

#endif
