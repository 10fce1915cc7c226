/* mask.key: the key under which masked values of audit records are hashed (shared/audit/mask.h), 64 hexadecimal digits
 * on one line, 0600. It never changes: a value keeps its hash. One that is lost is made anew; the chain has a digest of
 * the key, so that another one in its place is found; the log says both (shared/storage). */
#ifndef AIS_SHARED_STORE_MASK_KEY_H
#define AIS_SHARED_STORE_MASK_KEY_H

#include "shared/seal/document.h"
#include "shared/seal/file.h"

#define AIS_MASK_KEY_FILE   "mask.key"
#define AIS_MASK_KEY_ANCHOR "mask_key" /* its name among the anchors of the chain */

enum { AIS_MASK_KEY_SIZE = 32 };

/* Reads mask.key of dir, or with make writes a new one where there is none. *ret is the caller's, in locked memory, and
 * ends with ais_secret_free. AIS_E_NOT_FOUND: there is none; AIS_E_KEY: it holds no key; AIS_E_REFUSED: it is open to
 * others; AIS_E_IO, AIS_E_SPACE, AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_mask_key_open(struct ais_dir *dir, bool make, unsigned char **ret, struct ais_why *why);

/* What the chain remembers of a key: BLAKE2b-256 of its bytes, personalised, from which nobody gets the key or the hash
 * of a value. */
void ais_mask_key_anchor(const unsigned char key[AIS_MASK_KEY_SIZE], uint64_t generation, struct ais_anchor *ret);

#endif
