/* BLAKE2b-256: the digest of payloads, documents and requests. Safe from any thread. */
#ifndef AIS_SHARED_SEAL_DIGEST_H
#define AIS_SHARED_SEAL_DIGEST_H

#include "shared/err/err.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    AIS_DIGEST_SIZE = 32,
    AIS_DIGEST_TEXT = 65, /* 64 lower-case hexadecimal digits and a NUL */
};

void ais_digest(const void *bytes, size_t n, unsigned char digest[AIS_DIGEST_SIZE]);
void ais_digest_text(const unsigned char digest[AIS_DIGEST_SIZE], char text[AIS_DIGEST_TEXT]);

/* Both at once. */
void ais_digest_hex(const void *bytes, size_t n, char text[AIS_DIGEST_TEXT]);

/* Reads exactly 64 lower-case hexadecimal digits of the n bytes of text; false when they are anything else. */
bool ais_digest_parse(const char *text, size_t n, unsigned char digest[AIS_DIGEST_SIZE]);

#endif
