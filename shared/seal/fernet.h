/* Fernet (https://github.com/fernet/spec, version 0x80): what is sealed can be opened with any Fernet library.
 *
 *   token = base64url( 0x80 | time, 64-bit seconds | IV, 16 | AES-128-CBC with PKCS#7 | HMAC-SHA256 of all before, 32 )
 *   key   = base64url( signing key, 16 | encryption key, 16 )
 *
 * Opening is strict, because every flipped bit must be found: canonical base64 with its padding, no white space, no
 * bits that stand for nothing; the HMAC is compared in constant time before anything is decrypted. A token's time is
 * not looked at: what is stored has no time to live. */
#ifndef AIS_SHARED_SEAL_FERNET_H
#define AIS_SHARED_SEAL_FERNET_H

#include "shared/err/err.h"
#include "shared/mem/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    AIS_KEY_TEXT_SIZE = 45,                                /* 44 characters and a NUL */
    AIS_KEY_ID_SIZE = 17,                                  /* 16 hexadecimal digits and a NUL */
    AIS_KEYS_MAX = 16,                                     /* in one ring */
    AIS_KEYS_TEXT_SIZE = AIS_KEYS_MAX * AIS_KEY_TEXT_SIZE, /* of a whole ring */
};

/* Keys in locked memory. Many sealers of many threads may share one, which must outlive them. Each key has a place in
 * it, from 0 on, which it keeps until it is retired; then another may get it, so that there is no end of rotations. A
 * ring can change while it is in use, so that a rotation needs no actor to stop: a key is added, then seals, then the
 * others are retired; every sealer sees each step before its next token. One thread at a time changes a ring. */
struct ais_keyring;

/* Reads 1 to AIS_KEYS_MAX keys, comma-separated, white space around each allowed: the first seals, all open.
 * *ret ends with ais_keyring_destroy. AIS_E_KEY: which of them is wrong and what a key looks like (never the key). */
MUST_CHECK enum ais_err ais_keyring_parse(const char *text, struct ais_keyring **ret, struct ais_why *why);

void ais_keyring_destroy(struct ais_keyring **ring);

/* Places that are taken, those of retired keys too. */
size_t ais_keyring_count(const struct ais_keyring *ring);

/* Keys that open. */
size_t ais_keyring_open_count(const struct ais_keyring *ring);

/* The place of the key that seals. */
size_t ais_keyring_sealing(const struct ais_keyring *ring);

/* Adds one key, which opens from now on; *ret_index is its place. AIS_E_KEY: text is no key; AIS_E_REFUSED: the ring
 * has it already; AIS_E_LIMIT: so many keys
 * open that no place is left. */
MUST_CHECK enum ais_err ais_keyring_add(struct ais_keyring *ring, const char *text, size_t *ret_index,
                                        struct ais_why *why);

/* Adds those keys of another ring that this one has not; how many. For want of room, keys that the other has not are
 * retired, first those that came first. */
size_t ais_keyring_add_all(struct ais_keyring *ring, const struct ais_keyring *other);

/* Where more keys may come from: called when no key opens a token, it adds what there is by now and says whether that
 * is anything. For readers beside a process that rotates keys. Set before the ring is shared; called by any of the
 * threads that open, one at a
 * time. AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_keyring_renew_by(struct ais_keyring *ring, bool (*renew)(void *context), void *context,
                                             struct ais_why *why);

/* Has the key at a place seal from now on. It must not be retired. */
void ais_keyring_seal_with(struct ais_keyring *ring, size_t index);

/* Has the key at a place open nothing from now on. It must not be the one that seals. Its bytes stay in locked memory
 * until another key gets the place; a sealer that is at work with it has its own contexts. */
void ais_keyring_retire(struct ais_keyring *ring, size_t index);

/* The key at a place as ais_keyring_parse reads it; with others, all the others that open behind it. text is secret
 * memory of AIS_KEYS_TEXT_SIZE bytes. */
void ais_keyring_text(const struct ais_keyring *ring, size_t index, bool others, char *text);

/* What a key is called where people read: 16 hexadecimal digits that tell nothing of it. */
void ais_keyring_id(const struct ais_keyring *ring, size_t index, char id[AIS_KEY_ID_SIZE]);

/* A new random key as text; the caller wipes it. */
void ais_keyring_generate(char text[AIS_KEY_TEXT_SIZE]);

/* The keyed BLAKE2b-256 of n bytes under the key that seals and a purpose of at most 16 characters: for identifiers
 * that only this installation can make (a tenant's name). */
void ais_keyring_mac(const struct ais_keyring *ring, const char *purpose, const void *bytes, size_t n,
                     unsigned char mac[32]);

/* Seals and opens with a ring's keys: holds the cipher contexts, so that a token costs little more than its AES, SHA
 * and base64. For one thread at a time. (OpenSSL keeps expanded keys in these contexts, in ordinary memory that is
 * left out of core dumps; they are wiped with the sealer.) */
struct ais_sealer;

/* ring is borrowed for the sealer's life. AIS_E_NOMEM, or AIS_E_INTERNAL when libcrypto has no AES. */
MUST_CHECK enum ais_err ais_sealer_new(const struct ais_keyring *ring, struct ais_sealer **ret, struct ais_why *why);

void ais_sealer_destroy(struct ais_sealer **sealer);

/* Appends the token of n bytes to out. On failure (memory) out is as it was. */
MUST_CHECK enum ais_err ais_seal(struct ais_sealer *sealer, const void *plain, size_t n, struct ais_buf *out,
                                 struct ais_why *why);

/* The length of the token of n bytes. */
size_t ais_seal_length(size_t n);

/* Replaces the content of out with what the token seals. *ret_key (may be NULL) is the place of the key that opened
 * it. AIS_E_SYNTAX: not a token at all; AIS_E_KEY: a token that no key of the ring opens, or that was altered, which
 * nobody can tell apart. On failure out is empty. */
MUST_CHECK enum ais_err ais_unseal(struct ais_sealer *sealer, const char *token, size_t n, struct ais_buf *out,
                                   size_t *ret_key, struct ais_why *why);

#endif
