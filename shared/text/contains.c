#include "shared/text/contains.h"

#include <stdint.h>
#include <string.h>

/* Sixteen bytes at once, on whatever the machine has for that. */
typedef uint8_t block __attribute__((vector_size(16)));
enum { BLOCK = sizeof(block) };

static uint8_t fold(char byte)
{
    return (uint8_t)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
}

static bool same(const char *bytes, const char *needle, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (fold(bytes[i]) != fold(needle[i]))
            return false;
    return true;
}

static block load(const char *bytes)
{
    block loaded;
    memcpy(&loaded, bytes, sizeof loaded);
    return loaded;
}

/* Where the sixteen positions from bytes on may be the begin of the needle, by its first and last byte: with the bit of
 * the case set on both sides, so that a few others pass too. */
static bool any(const char *bytes, size_t length, block first, block last)
{
    block hits = (block)((load(bytes) | 0x20) == first) & (block)((load(bytes + length - 1) | 0x20) == last);
    uint64_t halves[2];
    memcpy(halves, &hits, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

/* Knuth, Morris and Pratt: slower, and linear for bytes that are all alike. */
static bool contains_steadily(const char *bytes, size_t n, const char *needle, size_t length)
{
    uint16_t back[AIS_CONTAINS_MOST] = { 0 };
    size_t k = 0;
    for (size_t i = 1; i < length; i++) {
        while (k > 0 && fold(needle[i]) != fold(needle[k]))
            k = back[k - 1];
        if (fold(needle[i]) == fold(needle[k]))
            k++;
        back[i] = (uint16_t)k;
    }
    k = 0;
    for (size_t i = 0; i < n; i++) {
        while (k > 0 && fold(bytes[i]) != fold(needle[k]))
            k = back[k - 1];
        if (fold(bytes[i]) == fold(needle[k]))
            k++;
        if (k == length)
            return true;
    }
    return false;
}

bool ais_contains(const char *bytes, size_t n, const char *needle, size_t length)
{
    if (length == 0)
        return true;
    if (length > n || length > AIS_CONTAINS_MOST)
        return false;
    const block none = { 0 };
    const block first = none + (uint8_t)(needle[0] | 0x20), last = none + (uint8_t)(needle[length - 1] | 0x20);
    size_t at = 0, positions = n - length + 1, compared = 0;
    for (; at + BLOCK <= positions; at += BLOCK) {
        if (!any(bytes + at, length, first, last))
            continue;
        for (size_t i = at; i < at + BLOCK; i++)
            if (same(bytes + i, needle, length))
                return true;
        compared += length;
        if (compared > n)
            return contains_steadily(bytes + at, n - at, needle, length);
    }
    for (; at < positions; at++)
        if (same(bytes + at, needle, length))
            return true;
    return false;
}
