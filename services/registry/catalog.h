/* What is in force at one moment: the compiled policy, the API keys, and what can be asked about rulepacks. Immutable;
 * a new one is built beside the old and takes its place whole, or not at all. */
#ifndef AIS_SERVICES_REGISTRY_CATALOG_H
#define AIS_SERVICES_REGISTRY_CATALOG_H

#include "shared/access/access.h"
#include "shared/policy/policy.h"
#include "shared/store/packs.h"

struct catalog_pack {
    const char *name, *version, *source; /* borrowed from the catalog's list */
    size_t source_size;
    struct ais_buf brief;   /* owned: what the answer about all packs says of this one, JSON */
    struct ais_buf details; /* owned: the answer about this pack, JSON */
};

struct catalog {
    size_t references;          /* its owner's, and one of each catalog that shares its packs */
    struct catalog *shared;     /* whose packs, list and overview these are, one reference; NULL: its own */
    uint64_t version;           /* of the snapshot; set when it comes into force */
    struct ais_policy *policy;  /* owned: one reference */
    struct ais_access *access;  /* owned: one reference */
    uint64_t packs_generation;  /* of the document */
    uint64_t keys_generation;   /* of the document */
    struct ais_pack_list list;  /* owned: what packs points into */
    struct catalog_pack *packs; /* owned; list.count of them, in order of their names */
    struct ais_buf overview;    /* owned: the answer about all packs, JSON */
};

/* Reads packs and keys from the store, compiles, and writes the answers. *ret, set on success only, ends with
 * catalog_destroy. AIS_E_RULE: an enabled pack is faulty, diagnostics (not NULL) has all of it; AIS_E_STALE,
 * AIS_E_DAMAGED, AIS_E_KEY, AIS_E_IO: a document; AIS_E_NOMEM. */
MUST_CHECK enum ais_err catalog_load(struct ais_store *store, const struct ais_policy_options *options,
                                     struct catalog **ret, struct ais_diagnostics *diagnostics, struct ais_why *why);

/* The same with other packs, and everything else as in now. Takes the list, whatever it returns. */
MUST_CHECK enum ais_err catalog_with_packs(const struct catalog *now, struct ais_pack_list *list,
                                           const struct ais_policy_options *options, struct catalog **ret,
                                           struct ais_diagnostics *diagnostics, struct ais_why *why);

/* One with the same policy and packs, and no keys yet: access and keys_generation are the caller's to set. NULL: out of
 * memory. Nothing is compiled or read, so that a change of keys costs no more than the keys. */
struct catalog *catalog_with_keys(struct catalog *old);

/* Gives its references back, frees it and nulls the caller's pointer; NULL is fine. */
void catalog_destroy(struct catalog **catalog);

/* The pack of this name (n bytes, no NUL needed); NULL when there is none. */
const struct catalog_pack *catalog_find(const struct catalog *catalog, const char *name, size_t n);

/* The same as it is stored, with its previous version. */
const struct ais_stored_pack *catalog_stored(const struct catalog *catalog, const struct catalog_pack *pack);

#endif
