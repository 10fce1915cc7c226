/* Regular expressions that answer one question, "does it occur?", in time linear in the text.
 *
 * Syntax: PCRE's. Patterns without look-around, back-references, atomic and possessive groups, recursion, \p and
 * suchlike become an automaton of our own: a search costs at most (size of the pattern) x (length of the text) steps,
 * usually one table look-up a character. The others are searched by PCRE2 under a limit of work, where reaching it
 * makes the answer unknown.
 *
 * Units: code points; in text that is not UTF-8, each byte that belongs to none is a unit of its own, which only
 * `.` and negated classes match (for PCRE2 it is shown as U+FFFD). \xHH is a code point too. \d \w \s \b and the POSIX
 * classes are ASCII. `$` also matches before a newline that ends the text, as in PCRE.
 * Caseless compares ASCII letters folded, and other letters by their simple lower case, but never an ASCII letter with
 * one outside ASCII (for PCRE2, KELVIN SIGN and LONG S are k and s; the literals allow for that).
 *
 * A compiled pattern is immutable: any number of threads may search with it, each with a scratch of its own. */
#ifndef AIS_SHARED_POLICY_REGEX_H
#define AIS_SHARED_POLICY_REGEX_H

#include "shared/err/err.h"
#include "shared/mem/arena.h"
#include "shared/policy/literals.h"
#include "shared/policy/truth.h"

#include <stdbool.h>
#include <stddef.h>

enum ais_regex_flag {
    AIS_REGEX_CASELESS = 1,  /* (?i) */
    AIS_REGEX_MULTILINE = 2, /* (?m): ^ and $ match at every line */
    AIS_REGEX_DOTALL = 4     /* (?s): . matches a newline too */
};

struct ais_regex;         /* a compiled pattern */
struct ais_regex_scratch; /* what one thread needs while it searches, whichever the pattern; 2 MiB at the most */

/* Memory for compiling one pattern after the other; NULL when there is none. */
struct ais_arena *ais_regex_work_new(void);

/* Compiles n bytes of pattern (UTF-8). work: such memory, with nothing in it then and afterwards; NULL: it takes its
 * own. On success *ret is the caller's, to end with ais_regex_destroy; on failure it
 * is untouched. AIS_E_SYNTAX: why names the byte offset within the pattern and what would be right; AIS_E_LIMIT: the
 * pattern, with its {n,m} written out, is too large; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_regex_compile(struct ais_arena *work, const char *pattern, size_t n, unsigned flags,
                                          struct ais_regex **ret, struct ais_why *why);

/* Whether the pattern occurs anywhere in n bytes of text (any bytes; NULL when n is 0). AIS_UNKNOWN: PCRE2 reached its
 * limit, or memory is out. No malloc once the scratch has met a pattern's kind. */
enum ais_truth ais_regex_search(const struct ais_regex *regex, const char *text, size_t n,
                                struct ais_regex_scratch *scratch);

/* The sets of literals of each of which every match contains one; borrowed from regex. Never NULL. */
const struct ais_literals *ais_regex_literals(const struct ais_regex *regex);

/* Why there is no such set; where there is one, it says nothing. */
enum ais_literals_lack ais_regex_lack(const struct ais_regex *regex);

/* Whether searches are linear; false: PCRE2 does them. */
bool ais_regex_is_linear(const struct ais_regex *regex);

/* What of the pattern only PCRE2 can match, in words; NULL when searches are linear. */
const char *ais_regex_why_pcre(const struct ais_regex *regex);

void ais_regex_destroy(struct ais_regex **regex);

/* Where the work of a question is counted, in steps (about nanoseconds). */
struct ais_regex_meter {
    size_t *spent;         /* borrowed; what PCRE2's searches cost is added to it */
    const size_t *besides; /* borrowed; what was spent elsewhere */
    size_t most;           /* of both together: beyond it a search by PCRE2 is AIS_UNKNOWN */
};

/* Begins a new question: what PCRE2's searches for one cost adds up, and beyond a bound they are AIS_UNKNOWN at once. A
 * request with a thousand texts that are just within the limit of one search must not take a thousand times as long.
 * meter: copied; NULL: nobody else counts. */
void ais_regex_renew(struct ais_regex_scratch *scratch, const struct ais_regex_meter *meter);

/* NULL when memory is out. One thread at a time; it may outlive the patterns it was used with. */
struct ais_regex_scratch *ais_regex_scratch_new(void);
void ais_regex_scratch_destroy(struct ais_regex_scratch **scratch);

#endif
