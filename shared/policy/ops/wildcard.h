/* Text with wildcards, as Sigma has it: * is any number of characters, ? is one, \* \? and \\ are the characters
 * themselves, and a backslash before anything else is a backslash. A character is a code point, or a stray byte.
 * A search takes at most (length of the pattern) x (length of the text) steps, and no memory. */
#ifndef AIS_SHARED_POLICY_OPS_WILDCARD_H
#define AIS_SHARED_POLICY_OPS_WILDCARD_H

#include "shared/err/err.h"
#include "shared/policy/literals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ais_wildcard;

enum ais_wildcard_flag {
    AIS_WILDCARD_CASED = 1,
    AIS_WILDCARD_OPEN_BEGIN = 2, /* as if * stood before it */
    AIS_WILDCARD_OPEN_END = 4,   /* as if * stood behind it */
    AIS_WILDCARD_DASHES = 8      /* each of them is any of them (AIS_DASHES) */
};

/* Whether a unit is one of those: hyphen, slash, en dash, em dash, horizontal bar. */
#define AIS_DASHES(X) X('-') X('/') X(0x2013) X(0x2014) X(0x2015)
static inline bool ais_is_dash(uint32_t unit)
{
#define X(dash) || unit == (dash)
    return false AIS_DASHES(X);
#undef X
}

/* AIS_E_RULE: too long; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_wildcard_new(const char *text, size_t n, unsigned flags, struct ais_wildcard **ret,
                                         struct ais_why *why);
void ais_wildcard_destroy(struct ais_wildcard **wildcard);

/* Whether all of the text is what the pattern says. */
bool ais_wildcard_match(const struct ais_wildcard *wildcard, const char *text, size_t n);

/* The longest run of plain characters, or nothing; borrowed. */
const struct ais_literals *ais_wildcard_literals(const struct ais_wildcard *wildcard);

#endif
