/* fernet.key: the key of this data directory, when the operator gives none. One line, as any Fernet tool reads it;
 * while a rotation is under way it has two keys, comma-separated. */
#ifndef AIS_SHARED_STORE_KEY_FILE_H
#define AIS_SHARED_STORE_KEY_FILE_H

#include "shared/seal/fernet.h"
#include "shared/seal/file.h"

#include <stdbool.h>

#define AIS_KEY_FILE "fernet.key"

/* Reads fernet.key of dir (several keys on one line, comma-separated: the first seals), or makes it when it is absent
 * and nothing sealed is there yet; *ret_made tells which. The file appears whole or not at all. AIS_E_KEY: it is absent
 * although files sealed with it are there, or holds no key; AIS_E_REFUSED: others than its owner may read or write it;
 * AIS_E_IO, AIS_E_SPACE, AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_key_file_open(struct ais_dir *dir, struct ais_keyring **ret, bool *ret_made,
                                          struct ais_why *why);

/* Writes the key at a place of the ring into fernet.key, durably; with others, the others that open behind it. The old
 * content or the new one stands there whatever happens. Errors as ais_file_replace. */
MUST_CHECK enum ais_err ais_key_file_write(struct ais_dir *dir, const struct ais_keyring *ring, size_t index,
                                           bool others, struct ais_why *why);

#endif
