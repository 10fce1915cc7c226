/* Text made smaller before it is sealed, in zlib's format (RFC 1950): any zlib reads it. The only user of zlib here. */
#ifndef AIS_SHARED_SEAL_DEFLATE_H
#define AIS_SHARED_SEAL_DEFLATE_H

#include "shared/err/err.h"
#include "shared/mem/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether n bytes begin as what ais_deflate makes, which no JSON does. */
bool ais_is_deflated(const char *bytes, size_t n);

/* Replaces the content of out with the deflated text. AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_deflate(const char *text, size_t n, struct ais_buf *out, struct ais_why *why);

/* Replaces the content of out with what was deflated. At most limit bytes are ever made, whatever the input claims.
 * AIS_E_DAMAGED: not one whole stream with nothing behind it, or larger than limit; AIS_E_NOMEM. On failure out is
 * empty. */
MUST_CHECK enum ais_err ais_inflate(const char *bytes, size_t n, size_t limit, struct ais_buf *out,
                                    struct ais_why *why);

#endif
