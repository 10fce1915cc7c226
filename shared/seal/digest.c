#include "shared/seal/digest.h"

#include <sodium.h>

void ais_digest(const void *bytes, size_t n, unsigned char digest[AIS_DIGEST_SIZE])
{
    crypto_generichash(digest, AIS_DIGEST_SIZE, bytes, n, NULL, 0);
}

void ais_digest_text(const unsigned char digest[AIS_DIGEST_SIZE], char text[AIS_DIGEST_TEXT])
{
    sodium_bin2hex(text, AIS_DIGEST_TEXT, digest, AIS_DIGEST_SIZE);
}

void ais_digest_hex(const void *bytes, size_t n, char text[AIS_DIGEST_TEXT])
{
    unsigned char digest[AIS_DIGEST_SIZE];
    ais_digest(bytes, n, digest);
    ais_digest_text(digest, text);
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool ais_digest_parse(const char *text, size_t n, unsigned char digest[AIS_DIGEST_SIZE])
{
    unsigned char parsed[AIS_DIGEST_SIZE];
    if (n != AIS_DIGEST_TEXT - 1)
        return false;
    for (size_t i = 0; i < AIS_DIGEST_SIZE; i++) {
        int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        parsed[i] = (unsigned char)(high << 4 | low);
    }
    for (size_t i = 0; i < AIS_DIGEST_SIZE; i++)
        digest[i] = parsed[i];
    return true;
}
