/* Makes foreign bytes fit for a line, a log and a terminal. Safe from any thread. */
#ifndef AIS_SHARED_HARMLESS_H
#define AIS_SHARED_HARMLESS_H

#include <stddef.h>

enum { AIS_HARMLESS_SIZE = 8 };

/* Writes the next character of the n > 0 bytes at *text into piece (no NUL), steps over it, takes its length off *n,
 * and returns the piece's length. What a terminal or a reader of lines would act on (C0 and C1 controls, line and
 * paragraph separators, bidi controls) becomes \uXXXX; bytes that are not UTF-8 become U+FFFD, one each; everything
 * else stays. */
size_t ais_harmless(const char **text, size_t *n, char piece[AIS_HARMLESS_SIZE]);

#endif
