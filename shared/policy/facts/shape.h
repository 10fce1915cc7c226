/* What a text is made of, found in one pass over it: a search that needs an '@', or a long row of letters, asks the
 * shape first, and looks at most texts no further. A shape rules out; it never says that something is there. */
#ifndef AIS_SHARED_POLICY_FACTS_SHAPE_H
#define AIS_SHARED_POLICY_FACTS_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of bytes, as bits. A letter is the same in either case; a capital is a capital besides. */
#define AIS_BYTE_LETTER(small) ((uint64_t)1 << ((small) - 'a'))
#define AIS_BYTE_DIGIT         ((uint64_t)1 << 26)
#define AIS_BYTE_CAPITAL       ((uint64_t)1 << 27)
#define AIS_BYTE_HIGH          ((uint64_t)1 << 28) /* of 0x80 and above: outside ASCII */
#define AIS_BYTE_BLANK         ((uint64_t)1 << 29) /* a space, or a control character */
#define AIS_BYTE_QUOTE         ((uint64_t)1 << 30) /* ' " ` */
#define AIS_BYTE_AT            ((uint64_t)1 << 31)
#define AIS_BYTE_COLON         ((uint64_t)1 << 32)
#define AIS_BYTE_EQUALS        ((uint64_t)1 << 33)
#define AIS_BYTE_DASH          ((uint64_t)1 << 34)
#define AIS_BYTE_UNDERSCORE    ((uint64_t)1 << 35)
#define AIS_BYTE_DOT           ((uint64_t)1 << 36)
#define AIS_BYTE_PLUS          ((uint64_t)1 << 37)
#define AIS_BYTE_SLASH         ((uint64_t)1 << 38)
#define AIS_BYTE_BACKSLASH     ((uint64_t)1 << 39)
#define AIS_BYTE_PERCENT       ((uint64_t)1 << 40)
#define AIS_BYTE_DOLLAR        ((uint64_t)1 << 41)
#define AIS_BYTE_TILDE         ((uint64_t)1 << 42)
#define AIS_BYTE_LESS          ((uint64_t)1 << 43)
#define AIS_BYTE_OTHER         ((uint64_t)1 << 44)

/* What is in no row of A-Z a-z 0-9 _ - . + / =, besides its own kind. */
#define AIS_BYTE_BREAK ((uint64_t)1 << 45)

struct ais_shape {
    uint64_t bytes;  /* the kinds that occur */
    uint16_t run;    /* the most bytes in a row without a break; UINT16_MAX: so many or more */
    uint16_t digits; /* how many there are; likewise */
};

struct ais_shape ais_shape_of(const char *text, size_t n);

/* The kinds of one byte. */
extern const uint64_t ais_kinds_of_bytes[256];
static inline uint64_t ais_byte_kinds(char c)
{
    return ais_kinds_of_bytes[(unsigned char)c];
}

/* Whether all of these kinds occur. */
static inline bool ais_shape_has(const struct ais_shape *shape, uint64_t kinds)
{
    return (kinds & ~shape->bytes) == 0;
}

/* Whether one of them does. */
static inline bool ais_shape_has_any(const struct ais_shape *shape, uint64_t kinds)
{
    return (kinds & shape->bytes) != 0;
}

#endif
