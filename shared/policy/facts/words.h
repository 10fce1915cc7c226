/* What the name of an argument says of its value: `callbackUrl` and `target_host` name addresses, `output-file` a path.
 */
#ifndef AIS_SHARED_POLICY_FACTS_WORDS_H
#define AIS_SHARED_POLICY_FACTS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* How much a word says. */
enum ais_hint {
    AIS_HINT_NONE,
    AIS_HINT_WEAK,  /* the value is one if it looks like one */
    AIS_HINT_STRONG /* it is one whatever it looks like */
};

/* Lists of words in lower case, with a blank before and behind each. */
struct ais_hint_words {
    const char *strong, *weak;
};

/* The strongest hint of the words of a name, which end at anything but letters and digits, and where a capital follows
 * a small letter. A plural counts as its word. */
enum ais_hint ais_hint_of(const char *name, const struct ais_hint_words *words);

/* Whether a list of words may hold one of n bytes that begins with this letter, in any case: most do not, and then
 * nothing is compared. The list is a literal, with words between blanks: what it holds is remembered by its address. */
bool ais_word_list_may_hold(const char *list, char first, size_t n);

/* Whether n bytes are a word of a list (a literal), in any case. */
bool ais_word_is_listed(const char *text, size_t n, const char *list);

#endif
