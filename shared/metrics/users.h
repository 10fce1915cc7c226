/* How users are counted without their names: each by a keyed hash (SipHash-2-4), of which nobody without the key can
 * tell whose it is. The key is random, one a data directory, and stays with it for good, so that what different days
 * saw can be merged. */
#ifndef AIS_SHARED_METRICS_USERS_H
#define AIS_SHARED_METRICS_USERS_H

#include <stddef.h>
#include <stdint.h>

struct ais_user_key {
    uint8_t bytes[16];
};

enum { AIS_USER_KEY_ID_SIZE = 9 };

/* The hash of a user of n bytes. */
uint64_t ais_user_hash(const struct ais_user_key *key, const char *user, size_t n);

/* A short name of a key, which tells nothing about it: 8 hexadecimal digits and a NUL. */
void ais_user_key_id(const struct ais_user_key *key, char text[AIS_USER_KEY_ID_SIZE]);

#endif
