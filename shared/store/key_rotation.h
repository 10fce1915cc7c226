/* A rotation of the Fernet key, in steps between which a crash may come. fernet.key tells how far it came: as long as
 * it holds several keys, a rotation is to be brought to its end.
 *
 *   1. ais_rotation_begin       a new key opens, is durable in fernet.key before the old one, and then seals
 *   2. ais_rotation_documents   the store's documents are sealed anew; and, by their owners, the audit log and metrics
 *   3. ais_rotation_end         the old keys leave fernet.key, and open nothing any more
 *
 * Whoever reads has both keys from before the first token under the new one until after the last under the old one.
 * With keys that the operator gives (OFFLINE_ENCRYPTION_KEY), the first of several is the new one: steps 1 and 3 are
 * the operator's. For the thread that owns the store. */
#ifndef AIS_SHARED_STORE_KEY_ROTATION_H
#define AIS_SHARED_STORE_KEY_ROTATION_H

#include "shared/store/store.h"

/* Whether there are keys beside the one that seals: a rotation began and has not ended, or the operator gave several.
 */
bool ais_rotation_is_due(const struct ais_store *store);

/* Whether the operator gave the keys, so that only the operator can take them away. */
bool ais_rotation_keys_given(const struct ais_store *store);

/* Begins one, with the key in text, or a random one (NULL). Where one is due already, that is gone on with and no key
 * is made: *ret_begun (may be NULL) tells. AIS_E_REFUSED: the key given by the operator is the only one, text is a key
 * that is in use, or there is a text although one is due or the operator gives the keys; AIS_E_KEY: text is no key;
 * AIS_E_LIMIT: too many rotations in the life of this process. AIS_E_IO and AIS_E_SPACE: fernet.key could not be
 * written, and nothing has changed. */
MUST_CHECK enum ais_err ais_rotation_begin(struct ais_store *store, const char *text, bool *ret_begun,
                                           struct ais_why *why);

/* Seals every document anew under the key that seals: same bytes inside, same generation, same anchor; policy_cache.enc
 * is deleted. May be done any number of times. Errors as ais_store_read; AIS_E_IO and AIS_E_SPACE leave each document
 * under one of the keys. */
MUST_CHECK enum ais_err ais_rotation_documents(struct ais_store *store, struct ais_why *why);

/* Ends it, once nothing is under an old key any more. On failure the old keys stay, and open. */
MUST_CHECK enum ais_err ais_rotation_end(struct ais_store *store, struct ais_why *why);

#endif
