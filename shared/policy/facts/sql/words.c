#include "shared/policy/facts/sql/words.h"

#include <string.h>
#include <strings.h>

static const char *const names[AIS_SQL_WORD_COUNT] = { "",
#define X(word) #word,
                                                       AIS_SQL_WORDS(X)
#undef X
};

enum { LONGEST = 10 };

static int compare(const char *name, const char *text, size_t n)
{
    int order = strncasecmp(name, text, n);
    return order != 0 ? order : name[n] != '\0';
}

enum ais_sql_word ais_sql_word_find(const char *text, size_t n)
{
    size_t low = 1, high = AIS_SQL_WORD_COUNT;
    while (low < high && n <= LONGEST) {
        size_t middle = low + (high - low) / 2;
        int order = compare(names[middle], text, n);
        if (order == 0)
            return (enum ais_sql_word)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return AIS_SQL_NO_WORD;
}

const char *ais_sql_word_text(enum ais_sql_word word)
{
    return names[word];
}
