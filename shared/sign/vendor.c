#include "shared/sign/vendor.h"

#include "shared/sign/sign.h"

#include <sodium.h>
#include <string.h>

/* Set by CMake: "" makes a development build. */
static const char vendor_key[] = AIS_VENDOR_PUBLIC_KEY;

bool ais_sign_is_development(void)
{
    return vendor_key[0] == '\0';
}

void ais_vendor_development_seed(unsigned char ret[AIS_SIGN_SEED_SIZE])
{
    static const char sentence[] = "AISentinel Offline: this key belongs to everybody and proves nothing";
    crypto_generichash(ret, AIS_SIGN_SEED_SIZE, (const unsigned char *)sentence, sizeof sentence - 1, NULL, 0);
}

/* A key that cannot be read is all zeros, a point of small order that libsodium accepts no signature of. */
void ais_vendor_public(unsigned char ret[AIS_SIGN_PUBLIC_SIZE])
{
    size_t n = 0;
    memset(ret, 0, AIS_SIGN_PUBLIC_SIZE);
    if (ais_sign_is_development()) {
        unsigned char seed[AIS_SIGN_SEED_SIZE], secret[crypto_sign_SECRETKEYBYTES];
        ais_vendor_development_seed(seed);
        crypto_sign_seed_keypair(ret, secret, seed);
        return;
    }
    if (sodium_base642bin(ret, AIS_SIGN_PUBLIC_SIZE, vendor_key, strlen(vendor_key), NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        n != AIS_SIGN_PUBLIC_SIZE)
        memset(ret, 0, AIS_SIGN_PUBLIC_SIZE);
}
