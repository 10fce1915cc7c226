/* A sealed document: one Fernet token on one line in NAME.enc, replaced atomically.
 *
 * The token seals {"v":1,"document":NAME,"generation":N,"by_size":S,"by":W,"checksum":C,"body":B}, the two members in
 * the middle only where it is known who replaced it: W is a JSON object of S bytes that says so. It stands in the
 * document because a crash may come between the replacement and its record in the log. B is the JSON of whoever owns
 * the document, C the BLAKE2b-256 of B's bytes as they stand, N grows by one with each replacement. The BLAKE2b-256 of
 * the whole payload is the document's digest. (N, digest) is its anchor: the owner has the auditor record it in the
 * chain after each replacement, so that an old copy put back is found at the next start. */
#ifndef AIS_SHARED_SEAL_DOCUMENT_H
#define AIS_SHARED_SEAL_DOCUMENT_H

#include "shared/err/err.h"
#include "shared/mem/buf.h"
#include "shared/seal/digest.h"
#include "shared/seal/fernet.h"
#include "shared/seal/file.h"

#include <stdint.h>

enum {
    AIS_DOCUMENT_NAME_SIZE = 32,
    AIS_DOCUMENT_MAX = 256 << 20, /* bytes of a file; a larger one is not ours */
};

/* What the chain remembers of a document. */
struct ais_anchor {
    char name[AIS_DOCUMENT_NAME_SIZE]; /* "rulepacks": lower-case letters, digits and '_' */
    uint64_t generation;               /* from 1 */
    char digest[AIS_DIGEST_TEXT];
};

/* Replaces the document with the n bytes of body, which is one JSON value, under this generation. by: who does it, one
 * JSON object, or NULL. *ret_anchor (may be
 * NULL) is set on success. On failure the old document stands (see ais_file_replace for the one exception). */
MUST_CHECK enum ais_err ais_document_write(struct ais_dir *dir, struct ais_sealer *sealer, const char *name,
                                           uint64_t generation, const char *by, const char *body, size_t n,
                                           struct ais_anchor *ret_anchor, struct ais_why *why);

/* Replaces the content of body with the document's, and that of by (may be NULL) with who replaced it, empty where
 * nobody is named; by is NUL-terminated. AIS_E_NOT_FOUND: no such file; AIS_E_KEY: a token that our keys do
 * not open; AIS_E_DAMAGED: not one whole token on one line, or not this document, with the file's name. On failure
 * body is empty and *ret_anchor untouched. */
MUST_CHECK enum ais_err ais_document_read(struct ais_dir *dir, struct ais_sealer *sealer, const char *name,
                                          struct ais_buf *by, struct ais_buf *body, struct ais_anchor *ret_anchor,
                                          struct ais_why *why);

/* Whether found is the document that the chain expects, or a later one (a crash between replacing and anchoring).
 * AIS_E_STALE: an older generation was put back; AIS_E_DAMAGED: the same generation with other content. */
MUST_CHECK enum ais_err ais_document_check(const struct ais_anchor *found, const struct ais_anchor *expected,
                                           struct ais_why *why);

#endif
