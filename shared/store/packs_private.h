/* What the files of the packs' room share: packs.c reads and writes the document, pack_change.c changes one pack. */
#ifndef AIS_SHARED_STORE_PACKS_PRIVATE_H
#define AIS_SHARED_STORE_PACKS_PRIVATE_H

#include "shared/store/packs.h"

/* Fills list, whose arena is there, with the packs of a document's content (NULL: none), and leaves room for more.
 * Texts stay in the content's memory. */
MUST_CHECK enum ais_err ais_packs_of(struct ais_pack_list *list, const struct ais_json *content, size_t more,
                                     struct ais_why *why);

/* The document's content: the packs, which are brought in order of their names. */
void ais_packs_write(struct ais_buf *out, struct ais_stored_pack *packs, size_t count);

/* NULL when there is none of this name. */
struct ais_stored_pack *ais_packs_find(const struct ais_pack_list *list, const char *name);

/* Puts another version in the place of a stored one, which is kept as the previous; enabled or not stays as it was. */
void ais_pack_replace(struct ais_stored_pack *stored, const struct ais_stored_pack *other);

#endif
