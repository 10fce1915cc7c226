/* Well-formed UTF-8, RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF. */
#ifndef AIS_SHARED_JSON_UTF8_H
#define AIS_SHARED_JSON_UTF8_H

#include <stdbool.h>
#include <stddef.h>

static inline bool ais_utf8_follows(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The length of the character that begins at s, 1 to 4; 0 when none of the left bytes (at least 1) begins with one. */
static inline size_t ais_utf8_length(const unsigned char *s, size_t left)
{
    unsigned char lead = s[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    if (lead < 0xE0)
        return left >= 2 && ais_utf8_follows(s[1]) ? 2 : 0;
    /* The second byte is where overlong forms, surrogates and numbers past the last one show. */
    unsigned char least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (left < 3 || s[1] < least || s[1] > most || !ais_utf8_follows(s[2]))
        return 0;
    if (lead < 0xF0)
        return 3;
    return left >= 4 && ais_utf8_follows(s[3]) ? 4 : 0;
}

/* The largest cut, at most the smaller of n and most, that splits no character of n well-formed bytes. */
static inline size_t ais_utf8_cut(const char *bytes, size_t n, size_t most)
{
    if (n <= most)
        return n;
    while (most > 0 && ais_utf8_follows((unsigned char)bytes[most]))
        most--;
    return most;
}

#endif
