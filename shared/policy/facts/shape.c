#include "shared/policy/facts/shape.h"

#define IS_LETTER(c) (((c) | 0x20) >= 'a' && ((c) | 0x20) <= 'z')
#define LETTER(c)    (((uint64_t)1 << (((c)-1) & 31)) | ((c) < 'a' ? AIS_BYTE_CAPITAL : 0))
#define SIGN(c)                                                                      \
    ((c) == '@'                                ? AIS_BYTE_AT | AIS_BYTE_BREAK        \
     : (c) == ':'                              ? AIS_BYTE_COLON | AIS_BYTE_BREAK     \
     : (c) == '='                              ? AIS_BYTE_EQUALS                     \
     : (c) == '-'                              ? AIS_BYTE_DASH                       \
     : (c) == '_'                              ? AIS_BYTE_UNDERSCORE                 \
     : (c) == '.'                              ? AIS_BYTE_DOT                        \
     : (c) == '+'                              ? AIS_BYTE_PLUS                       \
     : (c) == '/'                              ? AIS_BYTE_SLASH                      \
     : (c) == '\\'                             ? AIS_BYTE_BACKSLASH | AIS_BYTE_BREAK \
     : (c) == '%'                              ? AIS_BYTE_PERCENT | AIS_BYTE_BREAK   \
     : (c) == '$'                              ? AIS_BYTE_DOLLAR | AIS_BYTE_BREAK    \
     : (c) == '~'                              ? AIS_BYTE_TILDE | AIS_BYTE_BREAK     \
     : (c) == '<'                              ? AIS_BYTE_LESS | AIS_BYTE_BREAK      \
     : (c) == '\'' || (c) == '"' || (c) == '`' ? AIS_BYTE_QUOTE | AIS_BYTE_BREAK     \
                                               : AIS_BYTE_OTHER | AIS_BYTE_BREAK)
#define KINDS(c)                                                  \
    ((c) >= 0x80                ? AIS_BYTE_HIGH | AIS_BYTE_BREAK  \
     : (c) <= ' '               ? AIS_BYTE_BLANK | AIS_BYTE_BREAK \
     : (c) >= '0' && (c) <= '9' ? AIS_BYTE_DIGIT                  \
     : IS_LETTER(c)             ? LETTER(c)                       \
                                : SIGN(c))
#define FOUR(c)    KINDS(c), KINDS((c) + 1), KINDS((c) + 2), KINDS((c) + 3)
#define SIXTEEN(c) FOUR(c), FOUR((c) + 4), FOUR((c) + 8), FOUR((c) + 12)
#define QUARTER(c) SIXTEEN(c), SIXTEEN((c) + 16), SIXTEEN((c) + 32), SIXTEEN((c) + 48)

const uint64_t ais_kinds_of_bytes[256] = { QUARTER(0), QUARTER(64), QUARTER(128), QUARTER(192) };

static uint16_t at_most(size_t n)
{
    return n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
}

struct ais_shape ais_shape_of(const char *text, size_t n)
{
    uint64_t bytes = 0;
    size_t begin = 0, run = 0, digits = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t kinds = ais_byte_kinds(text[i]);
        bytes |= kinds;
        if ((kinds & (AIS_BYTE_BREAK | AIS_BYTE_DIGIT)) == 0)
            continue; /* most are letters */
        if ((kinds & AIS_BYTE_DIGIT) != 0) {
            digits++;
            continue;
        }
        run = i - begin > run ? i - begin : run;
        begin = i + 1;
    }
    run = n - begin > run ? n - begin : run;
    return (struct ais_shape){ bytes, at_most(run), at_most(digits) };
}
