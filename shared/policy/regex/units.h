/* Text as units: a unit is a code point, or a byte that belongs to no valid UTF-8 sequence (Unicode 15, table 3-7). */
#ifndef AIS_SHARED_POLICY_REGEX_UNITS_H
#define AIS_SHARED_POLICY_REGEX_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AIS_UNIT_BYTE 0x110000U /* + a stray byte; above every code point */
#define AIS_UNIT_LAST (AIS_UNIT_BYTE + 0xffU)

/* Length of the valid sequence of two to four bytes at at (first byte 0x80 or more); 0 when there is none. */
static inline size_t ais_unit_sequence(const unsigned char *at, const unsigned char *end)
{
    unsigned char first = at[0];
    size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length == 0 || (size_t)(end - at) < length)
        return 0;
    /* The second byte is bounded further where the sequence would be too long, a surrogate, or beyond U+10FFFF. */
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* The unit at *at, which is before end; moves *at past it. */
static inline uint32_t ais_unit_next(const unsigned char **at, const unsigned char *end)
{
    const unsigned char *p = *at;
    if (p[0] < 0x80) {
        *at = p + 1;
        return p[0];
    }
    size_t length = ais_unit_sequence(p, end);
    *at = p + (length > 0 ? length : 1);
    switch (length) {
    case 2: return (p[0] & 0x1fU) << 6 | (p[1] & 0x3fU);
    case 3: return (p[0] & 0x0fU) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU);
    case 4: return (p[0] & 0x07U) << 18 | (p[1] & 0x3fU) << 12 | (p[2] & 0x3fU) << 6 | (p[3] & 0x3fU);
    default: return AIS_UNIT_BYTE + p[0];
    }
}

/* Writes the bytes of a unit; returns how many, 1 to 4. */
static inline size_t ais_unit_put(uint32_t unit, char ret[4])
{
    if (unit < 0x80 || unit >= AIS_UNIT_BYTE) {
        ret[0] = (char)(unit & 0xff);
        return 1;
    }
    size_t length = unit < 0x800 ? 2 : unit < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = length - 1; i > 0; i--, unit >>= 6)
        ret[i] = (char)(0x80 | (unit & 0x3f));
    ret[0] = (char)(lead[length] | unit);
    return length;
}

static inline bool ais_unit_is_word(uint32_t unit)
{
    return (unit >= '0' && unit <= '9') || (unit >= 'A' && unit <= 'Z') || unit == '_' || (unit >= 'a' && unit <= 'z');
}

#endif
