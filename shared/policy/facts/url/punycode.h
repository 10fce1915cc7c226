/* Punycode (RFC 3492) of one label, without its "xn--". */
#ifndef AIS_SHARED_POLICY_URL_PUNYCODE_H
#define AIS_SHARED_POLICY_URL_PUNYCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AIS_LABEL_MOST = 63 };

/* Code points to ASCII, and back. False: it does not fit, or is no Punycode. */
bool ais_punycode_encode(const int32_t *points, size_t n, char ret[AIS_LABEL_MOST], size_t *ret_n);
bool ais_punycode_decode(const char *text, size_t n, int32_t ret[AIS_LABEL_MOST], size_t *ret_n);

#endif
