/* mask.key: the key under which masked values of audit records are hashed (shared/audit/mask.h), 64 hexadecimal digits
 * on one line, 0600. It never changes: a value keeps its hash. One that is lost is made anew; the chain has a digest of
 * the key, so that another one in its place is found, and of the key before, so that one that is put back is known
 * again; the log says all of it (shared/storage). */
#ifndef AIS_SHARED_STORE_MASK_KEY_H
#define AIS_SHARED_STORE_MASK_KEY_H

#include "shared/seal/document.h"
#include "shared/seal/file.h"

#define AIS_MASK_KEY_FILE "mask.key"

/* Names among the anchors of the chain: of the key, and of the last one before it that nobody had put there. Where the
 * second has the generation of the first, the key is one that somebody put in the place of the one before. */
#define AIS_MASK_KEY_ANCHOR        "mask_key"
#define AIS_MASK_KEY_BEFORE_ANCHOR "mask_key_before"

enum { AIS_MASK_KEY_SIZE = 32 };

/* Reads mask.key of dir, or with make writes a new one where there is none. *ret is the caller's, in locked memory, and
 * ends with ais_secret_free. AIS_E_NOT_FOUND: there is none; AIS_E_KEY: it holds no key; AIS_E_REFUSED: it is open to
 * others; AIS_E_IO, AIS_E_SPACE, AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_mask_key_open(struct ais_dir *dir, bool make, unsigned char **ret, struct ais_why *why);

/* Whether the chain knows a key: one was there when it was written. */
bool ais_mask_key_is_anchored(const struct ais_anchor *anchors, size_t count);

/* A key against what the chain knows. */
enum ais_mask_key_fate {
    AIS_MASK_KEY_KNOWN,    /* it is the one that the chain has */
    AIS_MASK_KEY_FIRST,    /* the chain has none yet */
    AIS_MASK_KEY_OTHER,    /* the chain has another one */
    AIS_MASK_KEY_RESTORED, /* the same, but this is the key before that one: somebody put it back */
};

/* What becomes of a key, and the anchors that say so from then on. What the chain remembers of a key is the BLAKE2b-256
 * of its bytes, personalised, from which nobody gets the key or the hash of a value. */
struct ais_mask_key_place {
    enum ais_mask_key_fate fate;
    struct ais_anchor anchors[2];
    size_t count; /* 0: the chain has them already */
};

/* Holds the key against count anchors of the chain. made: it was made just now, in the place of one that was lost. */
void ais_mask_key_settle(const unsigned char key[AIS_MASK_KEY_SIZE], bool made, const struct ais_anchor *anchors,
                         size_t count, struct ais_mask_key_place *ret);

#endif
