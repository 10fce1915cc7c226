/* The key inside an HTTP Authorization field: "Bearer KEY" (RFC 6750, section 2.1; the scheme in any case, RFC 9110,
 * section 11.1). */
#ifndef AIS_SHARED_ACCESS_BEARER_H
#define AIS_SHARED_ACCESS_BEARER_H

#include <stdbool.h>
#include <stddef.h>

/* Finds the key in a field value of n bytes: *ret points into field. Wider than the RFC's token68, since an operator
 * may choose any visible ASCII characters for a key. False, and *ret untouched, for another scheme, no key, a second
 * word, or a byte that is not visible ASCII. */
bool ais_bearer_parse(const char *field, size_t n, const char **ret, size_t *ret_n);

#endif
