/* Whether a text stands in other bytes, ASCII letters in any case. Safe from any thread. */
#ifndef AIS_SHARED_TEXT_CONTAINS_H
#define AIS_SHARED_TEXT_CONTAINS_H

#include <stdbool.h>
#include <stddef.h>

enum { AIS_CONTAINS_MOST = 4096 }; /* bytes of a needle */

/* Whether the length bytes of needle stand anywhere in n bytes. Time is linear in n whatever the bytes are. A needle of
 * no bytes stands everywhere, one longer than AIS_CONTAINS_MOST nowhere. */
bool ais_contains(const char *bytes, size_t n, const char *needle, size_t length);

#endif
