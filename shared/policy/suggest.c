#include "shared/policy/suggest.h"

#include <string.h>

enum { LONGEST = 64 /* longer names are never near */ };

static char folded(char byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: rows of the usual table, the last three of them. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST + 1];
    for (size_t k = 0; k <= b_length; k++)
        rows[0][k] = k;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *twice_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t k = 1; k <= b_length; k++) {
            char from = folded(a[i - 1]);
            char to = folded(b[k - 1]);
            row[k] = least(least(above[k] + 1, row[k - 1] + 1), above[k - 1] + (from != to));
            if (i > 1 && k > 1 && from == folded(b[k - 2]) && folded(a[i - 2]) == to)
                row[k] = least(row[k], twice_above[k - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *ais_suggest(const char *text, size_t n, ais_suggest_name *name, size_t count, const void *arg)
{
    const char *best = NULL;
    size_t best_distance = (n <= 3 ? 1 : n <= 6 ? 2 : 3) + 1;
    for (size_t i = 0; i < count && n > 0 && n <= LONGEST; i++) {
        const char *candidate = name(i, arg);
        size_t length = candidate != NULL ? strlen(candidate) : 0;
        if (length < 2 || length > LONGEST)
            continue;
        size_t found = distance(text, n, candidate, length);
        if (found < best_distance && found < length) {
            best = candidate;
            best_distance = found;
        }
    }
    return best;
}
