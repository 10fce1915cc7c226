/* checkpoint.key: the Ed25519 key that signs the audit chain, 64 hexadecimal digits (the seed of RFC 8032) on one line,
 * 0600; checkpoint.key.pub: its public half in the same form, for those who verify. A copy of the public one belongs
 * where nobody can exchange it together with the log.
 *
 * A change of keys, so that a crash between any two steps leaves a key that goes with the chain:
 *   1. ais_checkpoint_key_prepare   the new key stands in checkpoint.key.new
 *   2. a commit with ais_seal_batch.next, signed by both
 *   3. ais_checkpoint_key_settle    checkpoint.key.new becomes checkpoint.key; after a crash the next start does this,
 *                                   or, when the chain has not heard of it, deletes it */
#ifndef AIS_SHARED_STORE_CHECKPOINT_KEY_H
#define AIS_SHARED_STORE_CHECKPOINT_KEY_H

#include "shared/seal/checkpoint.h"
#include "shared/seal/file.h"

#define AIS_CHECKPOINT_KEY_FILE    "checkpoint.key"
#define AIS_CHECKPOINT_PUBLIC_FILE "checkpoint.key.pub"

/* Reads checkpoint.key of dir, or makes it, and checkpoint.key.new, which is seldom there (*ret_coming is NULL then).
 * Both end with ais_signer_destroy. AIS_E_KEY: a file holds no key; AIS_E_REFUSED: it is open to others; AIS_E_IO,
 * AIS_E_SPACE, AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_checkpoint_key_open(struct ais_dir *dir, struct ais_signer **ret,
                                                struct ais_signer **ret_coming, struct ais_why *why);

/* Makes a key and writes it into checkpoint.key.new, durably. */
MUST_CHECK enum ais_err ais_checkpoint_key_prepare(struct ais_dir *dir, struct ais_signer **ret, struct ais_why *why);

/* What checkpoint.key.pub is, before ais_checkpoint_key_settle writes it anew where it is not as it should be. */
enum ais_checkpoint_public {
    AIS_CHECKPOINT_PUBLIC_FITS,    /* it holds what signs, or what signed until a change that is not ended yet */
    AIS_CHECKPOINT_PUBLIC_MISSING, /* somebody deleted it; or a first start ended before it was made */
    AIS_CHECKPOINT_PUBLIC_FOREIGN, /* it holds something else, which no step of ours leaves behind */
};
MUST_CHECK enum ais_err ais_checkpoint_public_look(struct ais_dir *dir, const struct ais_signer *signer,
                                                   enum ais_checkpoint_public *ret, struct ais_why *why);

/* Makes the files say that this key signs. */
MUST_CHECK enum ais_err ais_checkpoint_key_settle(struct ais_dir *dir, const struct ais_signer *signer,
                                                  struct ais_why *why);

/* Reads checkpoint.key.pub. AIS_E_NOT_FOUND; AIS_E_KEY: it holds no key; AIS_E_IO. */
MUST_CHECK enum ais_err ais_checkpoint_public_read(struct ais_dir *dir, unsigned char ret[AIS_CHECKPOINT_KEY_SIZE],
                                                   struct ais_why *why);

#endif
