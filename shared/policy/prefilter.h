/* One pass over a text for all literals of all rules. prefilter.c is the only file that knows Vectorscan. */
#ifndef AIS_SHARED_POLICY_PREFILTER_H
#define AIS_SHARED_POLICY_PREFILTER_H

#include "shared/err/err.h"
#include "shared/mem/buf.h"
#include "shared/policy/literals.h"

struct ais_prefilter;         /* immutable; share it freely between threads */
struct ais_prefilter_scratch; /* of one thread; fits every prefilter that it was prepared for */

/* Compiles n literals, of which each is numbered by its place; none is fine. ASCII letters match in either case.
 * AIS_E_NOMEM; AIS_E_INTERNAL: the library refuses. */
MUST_CHECK enum ais_err ais_prefilter_new(const struct ais_literal *literals, size_t n, struct ais_prefilter **ret,
                                          struct ais_why *why);

/* One more owner of it; returns it. */
struct ais_prefilter *ais_prefilter_ref(struct ais_prefilter *prefilter);

/* One owner less; the last one's call ends it. */
void ais_prefilter_destroy(struct ais_prefilter **prefilter);

/* The compiled literals as bytes, appended to out (look at out->failed), and back again. unpack trusts its bytes: they
 * must come from pack, in this process or under our own seal. AIS_E_DAMAGED: the library takes them not, as of another
 * version or processor; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_prefilter_pack(const struct ais_prefilter *prefilter, struct ais_buf *out,
                                           struct ais_why *why);
MUST_CHECK enum ais_err ais_prefilter_unpack(const char *bytes, size_t n, struct ais_prefilter **ret,
                                             struct ais_why *why);

/* What packed bytes depend on beside the literals: the library's version and the processor's kind; appended to out. */
void ais_prefilter_kind(struct ais_buf *out);

/* Makes *scratch (NULL at first) fit. Not on the hot path. */
MUST_CHECK enum ais_err ais_prefilter_prepare(const struct ais_prefilter *prefilter,
                                              struct ais_prefilter_scratch **scratch, struct ais_why *why);
void ais_prefilter_scratch_destroy(struct ais_prefilter_scratch **scratch);

/* Calls hit at least once for each literal that occurs in n bytes of text. AIS_E_INTERNAL: the scan did not finish, and
 * what was hit means nothing. */
typedef void ais_prefilter_hit(unsigned literal, void *arg);
MUST_CHECK enum ais_err ais_prefilter_scan(const struct ais_prefilter *prefilter, struct ais_prefilter_scratch *scratch,
                                           const char *text, size_t n, ais_prefilter_hit *hit, void *arg);

/* Bytes of memory, about. */
size_t ais_prefilter_size(const struct ais_prefilter *prefilter);

#endif
