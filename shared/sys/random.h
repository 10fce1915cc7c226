/* The one source of random bytes. Tests may make it repeat. Safe from any thread. */
#ifndef AIS_SHARED_RANDOM_H
#define AIS_SHARED_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills n bytes from the system's generator (libsodium); never fails. */
void ais_random(void *bytes, size_t n);

/* For tests: from now on bytes come from a generator seeded with seed (0: from the system again). */
void ais_random_seed(uint64_t seed);

/* The same for many small pieces that are no keys: drawn through a pool of the calling thread, so that not each costs
 * a system call. */
void ais_random_small(void *bytes, size_t n);

enum { AIS_ID_SIZE = 33, AIS_UUID_SIZE = 37 };

/* 128 random bits as 32 hexadecimal digits and a NUL. */
void ais_random_id(char text[AIS_ID_SIZE]);

/* A time-ordered UUID (RFC 9562, section 5.7: version 7) of this wall time, and its text form. */
void ais_random_uuid7(int64_t wall_ns, uint8_t bytes[16]);
void ais_uuid_text(const uint8_t bytes[16], char text[AIS_UUID_SIZE]);

#endif
