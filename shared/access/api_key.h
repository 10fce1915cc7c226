/* API keys: what they look like, and what of them is kept.
 *
 *     ais_ R…R CCCCCC        42 characters
 *     │    │   └ checksum: CRC-32 (zlib's) of the 36 characters before it, as six base62 digits, most significant first
 *     │    └ 32 random base62 digits (0-9 A-Z a-z): 190 bits
 *     └ a prefix that secret scanners can look for
 *
 * The checksum protects nothing. It tells a mistyped or cut key from one that is merely not ours any more, and lets a
 * scanner say "this is a real key" without asking us.
 *
 * A key is never stored. What is stored is its BLAKE2b hash under a random hash key, which lives beside the hashes
 * inside a sealed document: rotating the key that seals leaves the hashes valid, and hashes without the hash key say
 * nothing. */
#ifndef AIS_SHARED_ACCESS_API_KEY_H
#define AIS_SHARED_ACCESS_API_KEY_H

#include "shared/err/err.h"

#include <stddef.h>
#include <stdint.h>

#define AIS_API_KEY_PREFIX "ais_"

enum {
    AIS_API_KEY_RANDOM = 32, /* base62 digits: 32 * log2(62) > 190 bits */
    AIS_API_KEY_CHECK = 6,   /* 62^6 > 2^32 */
    AIS_API_KEY_LENGTH = 4 + AIS_API_KEY_RANDOM + AIS_API_KEY_CHECK,
    AIS_API_KEY_SIZE = AIS_API_KEY_LENGTH + 1,
    AIS_API_KEY_CHOSEN_LEAST = 32, /* of a key that an operator chose */
    AIS_API_KEY_MOST = 512,        /* what is longer is no key, and is not even hashed */
    AIS_API_KEY_HASH_SIZE = 32,
    AIS_API_KEY_HASH_KEY_SIZE = 32,
    AIS_API_KEY_ID_SIZE = 21, /* "key_", 16 hexadecimal digits, NUL */
};

/* A new key as NUL-terminated text in locked memory; NULL when none can be locked. The caller ends it with
 * ais_secret_free and shows it once. */
char *ais_api_key_new(void);

/* A new random id, by which a key is named in lists, logs and audit records. It is no secret. */
void ais_api_key_id_new(char id[AIS_API_KEY_ID_SIZE]);

enum ais_api_key_form {
    AIS_API_KEY_OURS,     /* prefix, length and checksum are right */
    AIS_API_KEY_MISTYPED, /* begins as ours do, and is not one */
    AIS_API_KEY_FOREIGN,  /* something else: a key that an operator chose, or another product's */
};

/* What n bytes look like. Says nothing about whether the key is known. */
enum ais_api_key_form ais_api_key_form(const char *bytes, size_t n);

/* Whether n bytes may serve as a key of an operator's choosing: 32 to 512 visible ASCII characters without spaces (what
 * an Authorization field can carry). AIS_E_SETTING: why says what is wrong, never with the key itself. */
MUST_CHECK enum ais_err ais_api_key_check_chosen(const char *bytes, size_t n, struct ais_why *why);

/* The hash under which a key of n bytes is kept and found. */
void ais_api_key_hash(const uint8_t hash_key[AIS_API_KEY_HASH_KEY_SIZE], const char *bytes, size_t n,
                      uint8_t ret[AIS_API_KEY_HASH_SIZE]);

#endif
