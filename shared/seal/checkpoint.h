/* Checkpoints: signatures over the audit chain, so that who has the key that seals it cannot rewrite it unseen.
 *
 * A checkpoint stands in a commit (log.h) and signs all that is before it: the number of the last record, the hash of
 * the last payload, the time, the segment. What is signed (Ed25519, RFC 8032) is this text, with a newline after each
 * line, "-" where there is no next key:
 *
 *   aisentinel checkpoint 1
 *   seq N
 *   hash <64 hex>
 *   time <RFC 3339>
 *   segment n
 *   every N
 *   key <64 hex>
 *   next <64 hex>|-
 *
 * `every` is a promise: the first commit that begins N or more records behind what a checkpoint signs has the next one.
 * With `next` the key changes: that checkpoint is signed by the old key and by the new one, and those behind it by the
 * new one alone. So whoever holds either of the two public keys can tell that both are right.
 *
 * Safe from any thread as long as nobody destroys the signer. */
#ifndef AIS_SHARED_SEAL_CHECKPOINT_H
#define AIS_SHARED_SEAL_CHECKPOINT_H

#include "shared/err/err.h"
#include "shared/seal/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    AIS_CHECKPOINT_KEY_SIZE = 32, /* of a public key, and of the seed of a private one */
    AIS_CHECKPOINT_KEY_TEXT = 65, /* either as 64 lower-case hexadecimal digits and a NUL */
    AIS_CHECKPOINT_SIGNATURE_SIZE = 64,
    AIS_CHECKPOINT_SIGNATURE_TEXT = 129,
    AIS_CHECKPOINT_TIME_SIZE = 40,
};

/* A private key in locked memory, and its public key. */
struct ais_signer;

/* *ret ends with ais_signer_destroy. AIS_E_NOMEM: no memory can be locked. */
MUST_CHECK enum ais_err ais_signer_generate(struct ais_signer **ret, struct ais_why *why);

/* Reads the n bytes of a key file: 64 hexadecimal digits, and white space behind them. AIS_E_KEY: anything else. */
MUST_CHECK enum ais_err ais_signer_parse(const char *text, size_t n, struct ais_signer **ret, struct ais_why *why);

void ais_signer_destroy(struct ais_signer **signer);

/* The private key as its file holds it; the caller wipes it. */
void ais_signer_text(const struct ais_signer *signer, char text[AIS_CHECKPOINT_KEY_TEXT]);

/* Its public key, AIS_CHECKPOINT_KEY_SIZE bytes; borrowed. */
const unsigned char *ais_signer_public(const struct ais_signer *signer);

/* Reads a public key as ais_signer_parse does a private one; false: it is none. */
bool ais_checkpoint_key_parse(const char *text, size_t n, unsigned char ret[AIS_CHECKPOINT_KEY_SIZE]);

/* What is signed, and by whom. */
struct ais_checkpoint {
    struct {
        uint64_t seq;                        /* of the last record before it; 0: it stands at the begin of the log */
        unsigned char hash[AIS_DIGEST_SIZE]; /* of the last payload before it */
    } chain;
    char time[AIS_CHECKPOINT_TIME_SIZE];
    uint64_t segment; /* in which it stands */
    uint64_t every;   /* records, at least 1 */
    unsigned char key[AIS_CHECKPOINT_KEY_SIZE], signature[AIS_CHECKPOINT_SIGNATURE_SIZE];
    bool changes; /* to: */
    unsigned char next[AIS_CHECKPOINT_KEY_SIZE], next_signature[AIS_CHECKPOINT_SIGNATURE_SIZE];
};

/* Fills in keys and signatures; next (may be NULL) is the key that signs from here on. */
void ais_checkpoint_sign(struct ais_checkpoint *checkpoint, const struct ais_signer *signer,
                         const struct ais_signer *next);

/* Whether the keys that it names signed it. Whose keys those are is another question. */
bool ais_checkpoint_is_signed(const struct ais_checkpoint *checkpoint);

#endif
