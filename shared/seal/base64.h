/* base64url with padding (RFC 4648, section 5), as fast as the seal's hot path needs and as strict as its promise. */
#ifndef AIS_SHARED_SEAL_BASE64_H
#define AIS_SHARED_SEAL_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Characters for n bytes, padding included. */
#define AIS_BASE64_LENGTH(n) (((n) + 2) / 3 * 4)

/* Writes AIS_BASE64_LENGTH(n) characters to text; no NUL. */
void ais_base64_encode(const unsigned char *bytes, size_t n, char *text);

/* Reads n characters into bytes (room for n / 4 * 3). Canonical only: full groups, padding where it belongs, no bits
 * that stand for nothing, nothing else in between. False, with *ret_n untouched, when they are anything else. */
bool ais_base64_decode(const char *text, size_t n, unsigned char *bytes, size_t *ret_n);

#endif
