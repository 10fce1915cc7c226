#include "shared/metrics/users.h"

#include <endian.h>
#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(struct ais_user_key) == crypto_shorthash_KEYBYTES, "the key of SipHash");

uint64_t ais_user_hash(const struct ais_user_key *key, const char *user, size_t n)
{
    unsigned char bytes[crypto_shorthash_BYTES];
    uint64_t hash;
    crypto_shorthash(bytes, (const unsigned char *)user, n, key->bytes);
    memcpy(&hash, bytes, sizeof hash);
    return le64toh(hash);
}

void ais_user_key_id(const struct ais_user_key *key, char text[AIS_USER_KEY_ID_SIZE])
{
    unsigned char digest[crypto_generichash_BYTES];
    crypto_generichash(digest, sizeof digest, key->bytes, sizeof key->bytes, NULL, 0);
    sodium_bin2hex(text, AIS_USER_KEY_ID_SIZE, digest, (AIS_USER_KEY_ID_SIZE - 1) / 2);
}
