#include "shared/seal/checkpoint.h"

#include "shared/mem/secret.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)AIS_CHECKPOINT_KEY_SIZE == (int)AIS_DIGEST_SIZE, "keys are read as digests are");
static_assert((int)AIS_CHECKPOINT_KEY_SIZE == (int)crypto_sign_PUBLICKEYBYTES, "Ed25519");
static_assert((int)AIS_CHECKPOINT_KEY_SIZE == (int)crypto_sign_SEEDBYTES, "Ed25519");
static_assert((int)AIS_CHECKPOINT_SIGNATURE_SIZE == (int)crypto_sign_BYTES, "Ed25519");

enum { MESSAGE_SIZE = 512 };

struct ais_signer {
    unsigned char public_key[AIS_CHECKPOINT_KEY_SIZE];
    unsigned char *secret; /* owned, locked memory: seed and public key, as libsodium has them */
};

void ais_signer_destroy(struct ais_signer **signer)
{
    if (*signer == NULL)
        return;
    ais_secret_free((*signer)->secret);
    free(*signer);
    *signer = NULL;
}

/* With seed NULL: a new key. */
static enum ais_err make(const unsigned char *seed, struct ais_signer **ret, struct ais_why *why)
{
    AUTO(ais_signer_destroy) struct ais_signer *signer = calloc(1, sizeof *signer);
    if (signer == NULL || (signer->secret = ais_secret_alloc(crypto_sign_SECRETKEYBYTES)) == NULL)
        return ais_fail(why, AIS_E_NOMEM, "locked memory for a key");
    int failed = seed != NULL ? crypto_sign_seed_keypair(signer->public_key, signer->secret, seed)
                              : crypto_sign_keypair(signer->public_key, signer->secret);
    if (failed != 0)
        return ais_fail(why, AIS_E_INTERNAL, "no Ed25519 key could be made");
    *ret = TAKE(signer);
    return AIS_OK;
}

enum ais_err ais_signer_generate(struct ais_signer **ret, struct ais_why *why)
{
    return make(NULL, ret, why);
}

bool ais_checkpoint_key_parse(const char *text, size_t n, unsigned char ret[AIS_CHECKPOINT_KEY_SIZE])
{
    while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL && text[n - 1] != '\0')
        n--;
    return ais_digest_parse(text, n, ret);
}

enum ais_err ais_signer_parse(const char *text, size_t n, struct ais_signer **ret, struct ais_why *why)
{
    unsigned char seed[AIS_CHECKPOINT_KEY_SIZE];
    if (!ais_checkpoint_key_parse(text, n, seed))
        return ais_fail(why, AIS_E_KEY, "not a checkpoint key: 64 lower-case hexadecimal digits");
    enum ais_err err = make(seed, ret, why);
    ais_secret_wipe(seed, sizeof seed);
    return err;
}

void ais_signer_text(const struct ais_signer *signer, char text[AIS_CHECKPOINT_KEY_TEXT])
{
    sodium_bin2hex(text, AIS_CHECKPOINT_KEY_TEXT, signer->secret, AIS_CHECKPOINT_KEY_SIZE);
}

const unsigned char *ais_signer_public(const struct ais_signer *signer)
{
    return signer->public_key;
}

/* The text that is signed; its length. */
static size_t write_message(const struct ais_checkpoint *checkpoint, char text[MESSAGE_SIZE])
{
    char hash[AIS_DIGEST_TEXT], key[AIS_DIGEST_TEXT], next[AIS_DIGEST_TEXT] = "-";
    ais_digest_text(checkpoint->chain.hash, hash);
    ais_digest_text(checkpoint->key, key);
    if (checkpoint->changes)
        ais_digest_text(checkpoint->next, next);
    int n = snprintf(text, MESSAGE_SIZE,
                     "aisentinel checkpoint 1\nseq %" PRIu64 "\nhash %s\ntime %s\nsegment %" PRIu64 "\nevery %" PRIu64
                     "\nkey %s\nnext %s\n",
                     checkpoint->chain.seq, hash, checkpoint->time, checkpoint->segment, checkpoint->every, key, next);
    assert(n > 0 && n < MESSAGE_SIZE);
    return (size_t)n;
}

void ais_checkpoint_sign(struct ais_checkpoint *checkpoint, const struct ais_signer *signer,
                         const struct ais_signer *next)
{
    char message[MESSAGE_SIZE];
    memcpy(checkpoint->key, signer->public_key, sizeof checkpoint->key);
    checkpoint->changes = next != NULL;
    if (next != NULL)
        memcpy(checkpoint->next, next->public_key, sizeof checkpoint->next);
    size_t n = write_message(checkpoint, message);
    /* Neither can fail: the keys were made by libsodium. */
    crypto_sign_detached(checkpoint->signature, NULL, (const unsigned char *)message, n, signer->secret);
    if (next != NULL)
        crypto_sign_detached(checkpoint->next_signature, NULL, (const unsigned char *)message, n, next->secret);
}

bool ais_checkpoint_is_signed(const struct ais_checkpoint *checkpoint)
{
    char message[MESSAGE_SIZE];
    size_t n = write_message(checkpoint, message);
    const unsigned char *bytes = (const unsigned char *)message;
    return crypto_sign_verify_detached(checkpoint->signature, bytes, n, checkpoint->key) == 0 &&
           (!checkpoint->changes ||
            crypto_sign_verify_detached(checkpoint->next_signature, bytes, n, checkpoint->next) == 0);
}
