/* policy_cache.enc: what a compile of the rules left for the next start. Nothing depends on it: it may be deleted at
 * any time, it is in no anchor, and whatever is wrong with it costs one compile. It is read only under our own seal,
 * because the library that takes its bytes trusts them. */
#ifndef AIS_SHARED_STORE_POLICY_CACHE_H
#define AIS_SHARED_STORE_POLICY_CACHE_H

#include "shared/policy/policy.h"
#include "shared/store/store.h"

/* Replaces the content of ret->packed with the file's; empty on failure. AIS_E_NOT_FOUND: there is none; AIS_E_KEY: it
 * is sealed with another key; AIS_E_DAMAGED; AIS_E_IO, AIS_E_NOMEM. The content may be of other rules: the compile
 * tells. */
MUST_CHECK enum ais_err ais_policy_cache_read(struct ais_store *store, struct ais_policy_cache *ret,
                                              struct ais_why *why);

/* Replaces the file. Errors as ais_document_write. */
MUST_CHECK enum ais_err ais_policy_cache_write(struct ais_store *store, const struct ais_policy_cache *cache,
                                               struct ais_why *why);

/* Around a compile: before it what an earlier one left, or nothing; after it what it leaves, where that is another.
 * What is wrong with the file is logged, as it only costs a compile. */
void ais_policy_cache_find(struct ais_store *store, struct ais_policy_cache *ret);
void ais_policy_cache_keep(struct ais_store *store, const struct ais_policy_cache *cache);
void ais_policy_cache_done(struct ais_policy_cache *cache);

/* ais_policy_compile with both around it; options->cache is not looked at. */
MUST_CHECK enum ais_err ais_policy_compile_kept(struct ais_store *store, const struct ais_pack_source *packs, size_t n,
                                                const struct ais_policy_options *options, struct ais_policy **ret,
                                                struct ais_diagnostics *diagnostics, struct ais_why *why);

#endif
