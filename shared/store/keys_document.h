/* The content of api_keys.enc, read and written. For keys.c. */
#ifndef AIS_SHARED_STORE_KEYS_DOCUMENT_H
#define AIS_SHARED_STORE_KEYS_DOCUMENT_H

#include "shared/access/access.h"
#include "shared/json/json.h"
#include "shared/mem/buf.h"

/* A zeroed struct is no document. */
struct ais_keys_document {
    uint8_t *hash_key;           /* owned, locked memory */
    struct ais_access_key *keys; /* in the arena it was read into; texts point into the tree */
    size_t count;
};
void ais_keys_document_done(struct ais_keys_document *document);

/* Reads json (NULL: there is none, and a hash key is made) with room for more keys behind those it has.
 * AIS_E_DAMAGED: it is not as we write it; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_keys_document_read(const struct ais_json *json, size_t more, struct ais_arena *arena,
                                               struct ais_keys_document *ret, struct ais_why *why);

/* Writes it into out, which is empty and wiped by its owner. */
void ais_keys_document_write(struct ais_buf *out, const struct ais_keys_document *document);

/* Members that the document and what people are shown have in common. */
void ais_key_write_text(struct ais_buf *out, const char *key, const char *text); /* NULL: no member */
void ais_key_write_time(struct ais_buf *out, const char *key, int64_t ns);       /* 0: no member */
void ais_key_write_scopes(struct ais_buf *out, uint32_t scopes);
void ais_key_write_ranges(struct ais_buf *out, const struct ais_access_key *key); /* none: no member */

#endif
