/* Escapes of JSON taken out of bytes that were not read, for those who look for a text before they read. */
#ifndef AIS_SHARED_JSON_UNESCAPE_H
#define AIS_SHARED_JSON_UNESCAPE_H

#include "shared/mem/buf.h"

/* Appends the n bytes with every escape replaced by what it stands for; what is no escape stays. Of well-formed JSON
 * the text of each string stands in the result as one run. Memory: out->failed. */
void ais_json_unescape(const char *bytes, size_t n, struct ais_buf *out);

#endif
