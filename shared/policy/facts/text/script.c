#include "shared/policy/facts/text/script.h"

#include <stdbool.h>

/* The Latin letter that a folded letter looks like, small or as a capital, else 0. */
static int32_t latin(int32_t point)
{
    switch (point) {
    case 0x0430: /* Cyrillic, then Greek */
    case 0x03b1: return 'a';
    case 0x0432:
    case 0x03b2: return 'b';
    case 0x0441:
    case 0x03f2: return 'c';
    case 0x0501: return 'd';
    case 0x0435:
    case 0x03b5: return 'e';
    case 0x043d:
    case 0x04bb:
    case 0x03b7: return 'h';
    case 0x0456:
    case 0x04cf:
    case 0x03b9: return 'i';
    case 0x0458:
    case 0x03f3: return 'j';
    case 0x043a:
    case 0x03ba: return 'k';
    case 0x043c: /* and no Greek mu: it is the micro sign of units */ return 'm';
    case 0x03bd: return 'v';
    case 0x043e:
    case 0x03bf: return 'o';
    case 0x0440:
    case 0x03c1: return 'p';
    case 0x051b: return 'q';
    case 0x0455: return 's';
    case 0x0442:
    case 0x03c4: return 't';
    case 0x03c5: return 'u';
    case 0x051d: return 'w';
    case 0x0445:
    case 0x03c7: return 'x';
    case 0x0443:
    case 0x04af: return 'y';
    default: return 0;
    }
}

/* Whether a folded code point is of a word: Latin without marks, marks, Greek, Cyrillic. */
static bool in_word(int32_t point)
{
    return (point >= 'a' && point <= 'z') || (point >= 0x0300 && point <= 0x052f);
}

void ais_text_one_script(int32_t *points, size_t n)
{
    for (size_t i = 0, end; i < n; i = end + 1) {
        bool plain = false, posing = false;
        for (end = i; end < n && in_word(points[end]); end++) {
            plain |= points[end] <= 'z';
            posing |= points[end] > 'z';
        }
        for (size_t k = i; plain && posing && k < end; k++)
            if (points[k] > 'z' && latin(points[k]) != 0)
                points[k] = latin(points[k]);
    }
}
