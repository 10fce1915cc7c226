/* The header field traceparent (W3C Trace Context, https://www.w3.org/TR/trace-context/): where a request belongs in a
 * trace. Only what is one goes into records: the field is the client's words. */
#ifndef AIS_GATEWAY_TRACEPARENT_H
#define AIS_GATEWAY_TRACEPARENT_H

#include <stdbool.h>

enum { TRACEPARENT_SIZE = 56 }; /* "00-" 32 digits "-" 16 digits "-" 2 digits, and a NUL */

/* Whether text is one: version 00 exactly, or a later version that begins as that does, of which the part that is known
 * is kept. Then it is in ret; otherwise ret is "". */
bool traceparent_read(const char *text, char ret[TRACEPARENT_SIZE]);

#endif
