#include "shared/text/nearest.h"

#include <string.h>

enum { LONGEST = 64 };

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: rows of the table for the last two letters of a are all that is needed. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned char x = lower(a[i - 1]), y = lower(b[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]))
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

void ais_nearest_offer(struct ais_nearest *near, const char *name)
{
    size_t length = strlen(name);
    if (near->length == 0 || near->length > LONGEST || length > LONGEST)
        return;
    size_t d = distance(near->word, near->length, name, length);
    size_t enough = near->length < 6 ? (near->length + 1) / 3 : near->length / 3;
    if (d <= enough && d < length && (near->best == NULL || d < near->distance)) {
        near->best = name;
        near->distance = d;
    }
}

const char *ais_nearest_of(const char *text, size_t n, ais_nearest_name *name, size_t count, const void *arg)
{
    struct ais_nearest near = { .word = text, .length = n };
    for (size_t i = 0; i < count; i++) {
        const char *candidate = name(i, arg);
        if (candidate != NULL)
            ais_nearest_offer(&near, candidate);
    }
    return near.best;
}

const char *ais_nearest_said(const char *message, size_t *ret_n)
{
    static const char ending[] = "'?";
    const size_t head = strcspn(AIS_DID_YOU_MEAN, "%"), tail = sizeof ending - 1, length = strlen(message);
    if (length < tail || memcmp(message + length - tail, ending, tail) != 0)
        return NULL;
    const char *end = message + length - tail, *begin = end;
    while (begin > message && begin[-1] != '\'')
        begin--;
    if ((size_t)(begin - message) < head || memcmp(begin - head, AIS_DID_YOU_MEAN, head) != 0)
        return NULL;
    *ret_n = (size_t)(end - begin);
    return begin;
}
