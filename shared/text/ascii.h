/* ASCII characters, whatever the locale. */
#ifndef AIS_SHARED_TEXT_ASCII_H
#define AIS_SHARED_TEXT_ASCII_H

#include <stdbool.h>

static inline bool ais_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline char ais_lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

static inline bool ais_is_alnum(char c)
{
    return ais_is_digit(c) || (ais_lower(c) >= 'a' && ais_lower(c) <= 'z');
}

/* Blanks and control characters. */
static inline bool ais_is_blank(char c)
{
    return c >= '\0' && c <= ' ';
}

/* The value of a hexadecimal digit; -1: it is none. */
static inline int ais_hex_value(char c)
{
    if (ais_is_digit(c))
        return c - '0';
    return ais_lower(c) >= 'a' && ais_lower(c) <= 'f' ? ais_lower(c) - 'a' + 10 : -1;
}

#endif
