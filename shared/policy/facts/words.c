#include "shared/policy/facts/words.h"
#include "shared/text/ascii.h"

#include <stdbool.h>
#include <string.h>

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool ais_word_is_listed(const char *text, size_t n, const char *list)
{
    enum { WORD_MOST = 32 };
    char word[WORD_MOST + 2] = " ";
    if (n == 0 || n > WORD_MOST - 1)
        return false;
    for (size_t i = 0; i < n; i++)
        word[i + 1] = ais_lower(text[i]);
    word[n + 1] = ' ';
    return memchr(word + 1, ' ', n) == NULL && memmem(list, strlen(list), word, n + 2) != NULL;
}

static bool is_listed(const char *text, size_t n, const char *list)
{
    bool plural = n > 2 && (text[n - 1] | 0x20) == 's';
    return ais_word_is_listed(text, n, list) || (plural && ais_word_is_listed(text, n - 1, list));
}

enum ais_hint ais_hint_of(const char *name, const struct ais_hint_words *words)
{
    enum ais_hint best = AIS_HINT_NONE;
    for (const char *at = name; *at != '\0' && best != AIS_HINT_STRONG;) {
        const char *begin = at;
        while (ais_is_alnum(*at) && !(at > begin && is_capital(*at) && is_small(at[-1])))
            at++;
        size_t n = (size_t)(at - begin);
        if (n > 0 && is_listed(begin, n, words->strong))
            best = AIS_HINT_STRONG;
        else if (n > 0 && is_listed(begin, n, words->weak))
            best = AIS_HINT_WEAK;
        at += n == 0;
    }
    return best;
}
