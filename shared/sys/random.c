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
