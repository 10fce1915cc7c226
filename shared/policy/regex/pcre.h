/* What our own automaton cannot match, by PCRE2, under a limit of work. The only one that knows PCRE2 is pcre.c. */
#ifndef AIS_SHARED_POLICY_REGEX_PCRE_H
#define AIS_SHARED_POLICY_REGEX_PCRE_H

#include "shared/err/err.h"
#include "shared/policy/truth.h"

#include <stddef.h>

struct ais_pcre;         /* a compiled pattern; immutable */
struct ais_pcre_scratch; /* one a thread */

/* flags: enum ais_regex_flag. AIS_E_SYNTAX with offset and PCRE2's words; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_pcre_new(const char *pattern, size_t n, unsigned flags, struct ais_pcre **ret,
                                     struct ais_why *why);
void ais_pcre_destroy(struct ais_pcre **pcre);

/* Whether it matches anywhere in the text, where stray bytes are seen as U+FFFD. AIS_UNKNOWN: it would have cost more
 * than `most` steps (about nanoseconds), or memory is out. *ret_cost: what it cost, counted: nothing that varies. */
enum ais_truth ais_pcre_search(const struct ais_pcre *pcre, const char *text, size_t n, size_t most,
                               struct ais_pcre_scratch *scratch, size_t *ret_cost);

struct ais_pcre_scratch *ais_pcre_scratch_new(void);
void ais_pcre_scratch_destroy(struct ais_pcre_scratch **scratch);

#endif
