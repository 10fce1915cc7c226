/* What the name of an argument says of its value: `callbackUrl` and `target_host` name addresses, `output-file` a path.
 */
#ifndef AIS_SHARED_POLICY_FACTS_WORDS_H
#define AIS_SHARED_POLICY_FACTS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* A table of at most 64 rows, each of which begins with its list of words (a literal). */
struct ais_word_table {
    const void *rows;
    size_t size, count; /* bytes of a row; rows */
};

/* What is remembered of one table: one static, zeroed object for each and thread. */
struct ais_word_outline {
    bool drawn;
    uint64_t letters[32], lengths[32]; /* the rows with a word that begins or is as long so, as bits */
};

/* The rows whose lists may hold a word of n bytes that begins with this letter, as bits, of which the lowest is the
 * first row: of a whole table seldom more than one. */
uint64_t ais_word_rows(const struct ais_word_table *table, struct ais_word_outline *outline, char first, size_t n);

/* Whether n bytes are a word of a list (a literal), in any case. */
bool ais_word_is_listed(const char *text, size_t n, const char *list);

/* A hash of n bytes, for tables of names (FNV-1a): of no use against somebody who wants two names to have one. */
static inline uint32_t ais_word_hash(const char *text, size_t n)
{
    uint32_t sum = 2166136261U;
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ (unsigned char)text[i]) * 16777619U;
    return sum;
}

#endif
