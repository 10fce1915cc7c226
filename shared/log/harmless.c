#include "shared/log/harmless.h"

#include "shared/err/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The length of the UTF-8 sequence at text (RFC 3629, section 4) and its code point; 0 when it is not one. */
static size_t utf8_sequence(const unsigned char *text, size_t n, uint32_t *ret_code)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t lowest;
    } forms[] = {
        {0x80,  0x00, 0      },
        { 0xe0, 0xc0, 0x80   },
        { 0xf0, 0xe0, 0x800  },
        { 0xf8, 0xf0, 0x10000},
    };
    for (size_t more = 0; more < N_ELEMS(forms) && more < n; more++) {
        if ((text[0] & forms[more].mask) != forms[more].lead)
            continue;
        uint32_t code = text[0] & (uint32_t)(unsigned char)~forms[more].mask;
        for (size_t i = 1; i <= more; i++) {
            if ((text[i] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (text[i] & 0x3f);
        }
        if (code < forms[more].lowest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return 0;
        *ret_code = code;
        return more + 1;
    }
    return 0;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || (code >= 0x200e && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

size_t ais_harmless(const char **text, size_t *n, char piece[AIS_HARMLESS_SIZE])
{
    static const char replacement[] = { '\xef', '\xbf', '\xbd' }; /* U+FFFD */
    const char *from = *text;
    uint32_t code = 0;
    size_t length = utf8_sequence((const unsigned char *)from, *n, &code);
    *text += length > 0 ? length : 1;
    *n -= length > 0 ? length : 1;
    if (length == 0) {
        memcpy(piece, replacement, sizeof replacement);
        return sizeof replacement;
    }
    if (is_control(code))
        return (size_t)snprintf(piece, AIS_HARMLESS_SIZE, "\\u%04x", (unsigned)code);
    memcpy(piece, from, length);
    return length;
}
