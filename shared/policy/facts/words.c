#include "shared/policy/facts/words.h"
#include "shared/text/ascii.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* ---- which words a list may hold ---- */

enum { LISTS = 256, LETTERS = 32, LENGTHS = 32 };

/* The lengths of a list's words by their first letters, as bits; the last one stands for all longer ones. */
struct outline {
    const char *list;
    uint32_t lengths[LETTERS];
};

static unsigned letter_of(char c)
{
    return (unsigned char)c % LETTERS; /* the same for small letters and capitals */
}

static uint32_t length_bit(size_t n)
{
    return (uint32_t)1 << (n < LENGTHS ? n : LENGTHS - 1);
}

static void draw(struct outline *outline, const char *list)
{
    *outline = (struct outline){ .list = list };
    for (const char *at = list; *at != '\0';) {
        size_t n = strcspn(at, " ");
        if (n > 0)
            outline->lengths[letter_of(*at)] |= length_bit(n);
        at += n + (at[n] == ' ');
    }
}

/* Where a list's outline is or may be drawn: the first free place near to where its address says, else the last of
 * them, whosesoever it is. */
static struct outline *outline_of(const char *list)
{
    enum { NEAR = 8 };
    static _Thread_local struct outline outlines[LISTS + NEAR];
    struct outline *outline = &outlines[(uint64_t)(uintptr_t)list * 0x9e3779b97f4a7c15U >> 56];
    for (size_t i = 1; i < NEAR && outline->list != list && outline->list != NULL; i++)
        outline++;
    return outline;
}

/* The lengths of the list's words that begin so. The outline is the list's own, or may be: another one may have taken
 * its place meanwhile. */
static uint32_t lengths_of(struct outline *outline, const char *list, char first)
{
    if (outline->list != list)
        draw(outline, list);
    return outline->lengths[letter_of(first)];
}

bool ais_word_list_may_hold(const char *list, char first, size_t n)
{
    return (lengths_of(outline_of(list), list, first) & length_bit(n)) != 0;
}

/* ---- which rows of a table may hold a word ---- */

static void draw_row(struct ais_word_outline *outline, const char *list, uint64_t row)
{
    for (const char *at = list; *at != '\0';) {
        size_t n = strcspn(at, " ");
        outline->letters[letter_of(*at)] |= row;
        outline->lengths[n < LENGTHS ? n : LENGTHS - 1] |= row;
        at += n + (at[n] == ' ');
    }
}

static void draw_table(struct ais_word_outline *outline, const struct ais_word_table *table)
{
    const char *row = table->rows;
    for (size_t i = 0; i < table->count; i++, row += table->size) {
        const char *list;
        memcpy(&list, row, sizeof list);
        draw_row(outline, list, (uint64_t)1 << i);
    }
    outline->drawn = true;
}

uint64_t ais_word_rows(const struct ais_word_table *table, struct ais_word_outline *outline, char first, size_t n)
{
    if (!outline->drawn)
        draw_table(outline, table);
    return outline->letters[letter_of(first)] & outline->lengths[n < LENGTHS ? n : LENGTHS - 1];
}

/* ---- words ---- */

/* What the outline says, not asked again. */
static bool is_listed(const char *text, size_t n, const char *list)
{
    enum { WORD_MOST = 32 };
    char word[WORD_MOST + 3] = " ";
    if (n == 0 || n > WORD_MOST - 1)
        return false;
    for (size_t i = 0; i < n; i++)
        word[i + 1] = ais_lower(text[i]);
    word[n + 1] = ' ';
    bool plain = memchr(word + 1, ' ', n) == NULL && memchr(word + 1, '\0', n) == NULL;
    return plain && strstr(list, word) != NULL;
}

bool ais_word_is_listed(const char *text, size_t n, const char *list)
{
    return n > 0 && ais_word_list_may_hold(list, text[0], n) && is_listed(text, n, list);
}

/* Whether a word, or what it is the plural of, is in the list. */
static bool says(const char *word, size_t n, struct outline *outline, const char *list)
{
    bool plural = n > 2 && (word[n - 1] | 0x20) == 's';
    uint32_t lengths = length_bit(n) | (plural ? length_bit(n - 1) : 0);
    return (lengths_of(outline, list, word[0]) & lengths) != 0 &&
           (is_listed(word, n, list) || (plural && is_listed(word, n - 1, list)));
}

enum ais_hint ais_hint_of(const char *name, const struct ais_hint_words *words)
{
    struct outline *strong = outline_of(words->strong), *weak = outline_of(words->weak);
    enum ais_hint best = AIS_HINT_NONE;
    for (const char *at = name; *at != '\0' && best != AIS_HINT_STRONG;) {
        const char *begin = at;
        while (ais_is_alnum(*at) && !(at > begin && is_capital(*at) && is_small(at[-1])))
            at++;
        size_t n = (size_t)(at - begin);
        if (n > 0 && says(begin, n, strong, words->strong))
            best = AIS_HINT_STRONG;
        else if (n > 0 && says(begin, n, weak, words->weak))
            best = AIS_HINT_WEAK;
        at += n == 0;
    }
    return best;
}
