/* The one log: lines on stderr, "LEVEL: text" or one JSON object a line. Rooms return errors; actors and commands log
 * them, once. Never a secret, a request's argument or a rule's value. Safe from any thread. */
#ifndef AIS_SHARED_LOG_H
#define AIS_SHARED_LOG_H

#include "shared/err/err.h"

#include <stdbool.h>

#define AIS_LOG_LEVELS(X)         \
    X(AIS_LOG_DEBUG, "DEBUG")     \
    X(AIS_LOG_INFO, "INFO")       \
    X(AIS_LOG_WARNING, "WARNING") \
    X(AIS_LOG_ERROR, "ERROR")

enum ais_log_level {
#define X(level, word) level,
    AIS_LOG_LEVELS(X)
#undef X
};

/* Sets the least level that is written and the form; as text on a terminal (terminal.h) the level is coloured. Call
 * before threads start; INFO and plain text until then. */
void ais_log_setup(enum ais_log_level least, bool as_json);

/* From here on a line that stderr does not take at once is dropped, and the next one that it takes is told how many
 * were: whoever reads a service's log must not be able to hold up its decisions. Until then, as for commands, writing
 * waits. */
void ais_log_never_wait(void);

/* Names the calling thread's actor in JSON lines ("actor"); a string literal. */
void ais_log_actor(const char *name);

/* Writes one line with one write(2), cut at 2 KiB; control characters of the text are escaped. */
void ais_log(enum ais_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with why's text behind ": ". */
void ais_log_why(enum ais_log_level level, const struct ais_why *why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
