/* utf16le, utf16be, utf16, wide: the text in UTF-16. */
#include "shared/policy/ops/rows.h"
#include "shared/policy/regex/units.h"

enum { UTF16_RANK = 1 };

static void put(struct ais_buf *out, unsigned word, bool big)
{
    ais_buf_byte(out, (char)(big ? word >> 8 : word & 0xff));
    ais_buf_byte(out, (char)(big ? word & 0xff : word >> 8));
}

static enum ais_err write(const char *text, size_t n, bool mark, bool big, struct ais_op_texts *ret,
                          struct ais_why *why)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + n;
    struct ais_buf *out = ais_op_texts_add(ret);
    if (out == NULL)
        return AIS_OK;
    if (mark)
        put(out, 0xfeff, big);
    while (at < end) {
        uint32_t unit = ais_unit_next(&at, end);
        if (unit >= AIS_UNIT_BYTE)
            return ais_fail(why, AIS_E_RULE, "what is to be UTF-16 has to be UTF-8 here");
        if (unit >= 0x10000) {
            put(out, 0xd800 | (unit - 0x10000) >> 10, big);
            unit = 0xdc00 | ((unit - 0x10000) & 0x3ff);
        }
        put(out, unit, big);
    }
    return AIS_OK;
}

/* One row a modifier. */
#define UTF16(op, mark, big)                                                                                      \
    static enum ais_err op##_transform(const char *text, size_t n, struct ais_op_texts *ret, struct ais_why *why) \
    {                                                                                                             \
        return write(text, n, mark, big, ret, why);                                                               \
    }                                                                                                             \
    const struct ais_op ais_op_##op = { .name = #op, .transform = op##_transform, .rank = UTF16_RANK }

UTF16(utf16le, false, false);
UTF16(wide, false, false);
UTF16(utf16be, false, true);
UTF16(utf16, true, false);
