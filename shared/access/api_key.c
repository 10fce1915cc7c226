#include "shared/access/api_key.h"

#include "shared/mem/secret.h"
#include "shared/sys/random.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

enum { PREFIX = sizeof AIS_API_KEY_PREFIX - 1, CHECKED = PREFIX + AIS_API_KEY_RANDOM, BASE = 62 };

static const char digits[BASE + 1] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The largest multiple of 62 that a byte can hold: bytes from here on would make the first digits likelier. */
enum { FAIR = 256 / BASE * BASE };

static void random_digits(char *text, size_t n)
{
    uint8_t bytes[64];
    size_t left = 0;
    for (size_t done = 0; done < n;) {
        if (left == 0) {
            ais_random(bytes, sizeof bytes);
            left = sizeof bytes;
        }
        uint8_t byte = bytes[--left];
        if (byte < FAIR)
            text[done++] = digits[byte % BASE];
    }
    ais_secret_wipe(bytes, sizeof bytes);
}

static void checksum(const char *bytes, char ret[AIS_API_KEY_CHECK])
{
    unsigned long sum = crc32(0, (const Bytef *)bytes, CHECKED);
    for (size_t i = AIS_API_KEY_CHECK; i > 0; i--, sum /= BASE)
        ret[i - 1] = digits[sum % BASE];
}

char *ais_api_key_new(void)
{
    char *key = ais_secret_alloc(AIS_API_KEY_SIZE);
    if (key == NULL)
        return NULL;
    memcpy(key, AIS_API_KEY_PREFIX, PREFIX);
    random_digits(key + PREFIX, AIS_API_KEY_RANDOM);
    checksum(key, key + CHECKED);
    return key;
}

void ais_api_key_id_new(char id[AIS_API_KEY_ID_SIZE])
{
    char random[AIS_ID_SIZE];
    ais_random_id(random);
    memcpy(id, "key_", 4);
    memcpy(id + 4, random, AIS_API_KEY_ID_SIZE - 5);
    id[AIS_API_KEY_ID_SIZE - 1] = '\0';
}

enum ais_api_key_form ais_api_key_form(const char *bytes, size_t n)
{
    char want[AIS_API_KEY_CHECK];
    if (n < PREFIX || memcmp(bytes, AIS_API_KEY_PREFIX, PREFIX) != 0)
        return AIS_API_KEY_FOREIGN;
    if (n != AIS_API_KEY_LENGTH)
        return AIS_API_KEY_MISTYPED;
    checksum(bytes, want);
    return memcmp(bytes + CHECKED, want, sizeof want) == 0 ? AIS_API_KEY_OURS : AIS_API_KEY_MISTYPED;
}

enum ais_err ais_api_key_check_chosen(const char *bytes, size_t n, struct ais_why *why)
{
    if (n < AIS_API_KEY_CHOSEN_LEAST || n > AIS_API_KEY_MOST)
        return ais_fail(why, AIS_E_SETTING, "an API key has %d to %d characters, this one has %zu",
                        AIS_API_KEY_CHOSEN_LEAST, AIS_API_KEY_MOST, n);
    for (size_t i = 0; i < n; i++)
        if (bytes[i] <= ' ' || bytes[i] > '~')
            return ais_fail(why, AIS_E_SETTING,
                            "character %zu of the API key is not a visible ASCII character (no spaces either)", i + 1);
    return AIS_OK;
}

void ais_api_key_hash(const uint8_t hash_key[AIS_API_KEY_HASH_KEY_SIZE], const char *bytes, size_t n,
                      uint8_t ret[AIS_API_KEY_HASH_SIZE])
{
    crypto_generichash(ret, AIS_API_KEY_HASH_SIZE, (const unsigned char *)bytes, n, hash_key,
                       AIS_API_KEY_HASH_KEY_SIZE);
}
