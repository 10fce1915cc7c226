/* The one source of random bytes. Tests may make it repeat. Safe from any thread. */
#ifndef AIS_SHARED_RANDOM_H
#define AIS_SHARED_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills n bytes from the system's generator (libsodium); never fails. */
void ais_random(void *bytes, size_t n);

/* For tests: from now on bytes come from a generator seeded with seed (0: from the system again). */
void ais_random_seed(uint64_t seed);

enum { AIS_ID_SIZE = 33 };

/* 128 random bits as 32 hexadecimal digits and a NUL. */
void ais_random_id(char text[AIS_ID_SIZE]);

#endif
