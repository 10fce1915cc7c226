/* Everything on disk (or, with OFFLINE_STORAGE_ENABLED=false, in memory), opened in the order that shared/store/store.h
 * tells: directory and key, log, documents against the log, and on a first start what is missing. The service does this
 * once; so does a command that decides locally. */
#ifndef AIS_SHARED_STORAGE_H
#define AIS_SHARED_STORAGE_H

#include "shared/conf/settings.h"
#include "shared/seal/log.h"
#include "shared/store/checkpoint_key.h"
#include "shared/store/first_keys.h"
#include "shared/store/store.h"

/* A zeroed struct is: nothing is open. */
struct ais_storage {
    struct ais_store *store;    /* owned */
    struct ais_seal_log *log;   /* owned */
    struct ais_signer *signer;  /* owned: of checkpoints; the log borrows it, wherever it moves */
    struct ais_signer *coming;  /* owned: a key to which a change had begun; NULL: none */
    unsigned char *mask_key;    /* owned, locked memory: AIS_MASK_KEY_SIZE bytes, for what records mask */
    struct ais_first_keys keys; /* owned: those that were made just now */
    bool keys_made;
};

/* Opens everything, logging what it finds and does: a tightened directory, a recovered log, damage. What the chain must
 * learn (recovered bytes, damage, the first API keys, new documents) is committed to the log before this returns. Uses
 * and frees the secrets in settings. On failure nothing is left open. Errors as ais_store_open, ais_seal_log_open,
 * ais_store_verify and ais_first_keys_make. */
MUST_CHECK enum ais_err ais_storage_open(struct ais_settings *settings, struct ais_storage *ret, struct ais_why *why);

/* How many bytes at most are kept in memory where storage is off. AIS_E_SETTING: more than the machine has. */
MUST_CHECK enum ais_err ais_storage_memory_limit(const struct ais_settings *settings, uint64_t *ret,
                                                 struct ais_why *why);

/* Closes what is still open: log, then store. A zeroed struct is fine. */
void ais_storage_close(struct ais_storage *storage);

#endif
