#include "shared/json/unescape.h"

/* Four hexadecimal digits as a number; -1 when they are not. */
static int32_t hex4(const char *at, const char *end)
{
    int32_t unit = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char lower = (char)(at[i] | 0x20);
        if (at[i] >= '0' && at[i] <= '9')
            unit = unit * 16 + (at[i] - '0');
        else if (lower >= 'a' && lower <= 'f')
            unit = unit * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return unit;
}

static char *put(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xC0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *to++ = (char)(0xE0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3F));
        *to++ = (char)(0x80 | (c & 0x3F));
    } else {
        *to++ = (char)(0xF0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3F));
        *to++ = (char)(0x80 | (c >> 6 & 0x3F));
        *to++ = (char)(0x80 | (c & 0x3F));
    }
    return to;
}

/* The escape at *at, which is on the backslash: its bytes go to `to`, and *at behind it. */
static char *take_escape(const char **at, const char *end, char *to)
{
    static const char meanings[128] = {
        ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
    };
    unsigned char letter = end - *at >= 2 ? (unsigned char)(*at)[1] : 0;
    int32_t unit = letter == 'u' ? hex4(*at + 2, end) : -1;
    if (unit >= 0) {
        bool pair = unit >= 0xD800 && unit < 0xDC00 && end - *at >= 8 && (*at)[6] == '\\' && (*at)[7] == 'u';
        int32_t low = pair ? hex4(*at + 8, end) : -1;
        pair = low >= 0xDC00 && low <= 0xDFFF;
        *at += pair ? 12 : 6;
        return put(to,
                   pair ? 0x10000U + (((uint32_t)unit - 0xD800U) << 10) + ((uint32_t)low - 0xDC00U) : (uint32_t)unit);
    }
    if (letter < 128 && meanings[letter] != 0) {
        *to++ = meanings[letter];
        *at += 2;
        return to;
    }
    *to++ = *(*at)++;
    return to;
}

void ais_json_unescape(const char *bytes, size_t n, struct ais_buf *out)
{
    const char *at = bytes, *end = bytes + n;
    if (!ais_buf_reserve(out, n)) /* no escape stands for more bytes than it is written with */
        return;
    char *to = out->data + out->length;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t run = (size_t)((escape != NULL ? escape : end) - at);
        memcpy(to, at, run);
        to += run;
        at += run;
        if (escape != NULL)
            to = take_escape(&at, end, to);
    }
    out->length = (size_t)(to - out->data);
    out->data[out->length] = '\0';
}
