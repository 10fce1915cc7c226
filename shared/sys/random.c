#include "shared/sys/random.h"

#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

static _Atomic uint64_t test_seed;
static _Atomic uint64_t test_count;

void ais_random(void *bytes, size_t n)
{
    uint64_t seed = atomic_load_explicit(&test_seed, memory_order_relaxed);
    if (seed == 0) {
        randombytes_buf(bytes, n);
        return;
    }
    unsigned char key[randombytes_SEEDBYTES] = { 0 };
    uint64_t count = test_count++;
    memcpy(key, &seed, sizeof seed);
    memcpy(key + sizeof seed, &count, sizeof count);
    randombytes_buf_deterministic(bytes, n, key);
}

void ais_random_small(void *bytes, size_t n)
{
    static _Thread_local unsigned char pool[4096];
    static _Thread_local size_t left;
    if (n > sizeof pool || atomic_load_explicit(&test_seed, memory_order_relaxed) != 0) {
        ais_random(bytes, n);
        return;
    }
    if (n > left) {
        ais_random(pool, sizeof pool);
        left = sizeof pool;
    }
    left -= n;
    memcpy(bytes, pool + left, n);
    explicit_bzero(pool + left, n);
}

void ais_random_seed(uint64_t seed)
{
    test_count = 0;
    test_seed = seed;
}

void ais_random_id(char text[AIS_ID_SIZE])
{
    unsigned char bytes[(AIS_ID_SIZE - 1) / 2];
    ais_random(bytes, sizeof bytes);
    sodium_bin2hex(text, AIS_ID_SIZE, bytes, sizeof bytes);
}

void ais_random_uuid7(int64_t wall_ns, uint8_t bytes[16])
{
    uint64_t ms = (uint64_t)wall_ns / 1000000;
    ais_random_small(bytes, 16);
    for (size_t i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(ms >> (8 * (5 - i)));
    bytes[6] = (uint8_t)(0x70 | (bytes[6] & 0x0f));
    bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3f));
}

void ais_uuid_text(const uint8_t bytes[16], char text[AIS_UUID_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    char *at = text;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = hex[bytes[i] >> 4];
        *at++ = hex[bytes[i] & 15];
    }
    *at = '\0';
}
