/* The escapes of $'…', which echo -e and printf share. */
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* At most `most` digits of a base from text[i] on. */
static size_t read_digits(const char *text, size_t n, size_t i, int base, unsigned most, uint32_t *ret)
{
    *ret = 0;
    for (; most > 0 && i < n && digit_value(text[i]) < base; most--, i++)
        *ret = *ret * (uint32_t)base + (uint32_t)digit_value(text[i]);
    return i;
}

/* RFC 3629. */
static size_t put_utf8(uint32_t code, char ret[8])
{
    size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint32_t first[] = { 0, 0xc0, 0xe0, 0xf0 };
    ret[0] = (char)(uint8_t)(first[more] | (code >> (6 * more) & 0x7f));
    for (size_t i = 1; i <= more; i++)
        ret[i] = (char)(uint8_t)(0x80 | (code >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

size_t ais_shell_escape(const char *text, size_t n, size_t i, char ret[8], size_t *ret_length)
{
    static const char letters[] = "abeEfnrtv", bytes[] = "\a\b\033\033\f\n\r\t\v";
    char c = ais_shell_at(text, n, i + 1);
    const char *letter = memchr(letters, c, sizeof letters - 1);
    size_t end = i + 2 < n ? i + 2 : n;
    uint32_t code;
    *ret_length = 1;
    ret[0] = c;
    if (i + 1 >= n)
        ret[0] = text[i];
    if (letter != NULL) {
        ret[0] = bytes[letter - letters];
    } else if (c >= '0' && c <= '7') {
        end = read_digits(text, n, i + 1, 8, c == '0' ? 4 : 3, &code);
        ret[0] = (char)(uint8_t)code;
    } else if (c == 'x' && end < n && digit_value(text[end]) < 16) {
        end = read_digits(text, n, end, 16, 2, &code);
        ret[0] = (char)(uint8_t)code;
    } else if ((c == 'u' || c == 'U') && end < n && digit_value(text[end]) < 16) {
        end = read_digits(text, n, end, 16, c == 'u' ? 4 : 8, &code);
        *ret_length = put_utf8(code & 0x1fffff, ret);
    } else if (c == 'c' && end < n) {
        ret[0] = (char)(text[end] & 0x1f);
        end++;
    } else if (!ais_shell_one_of("\\'\"?", c)) {
        ret[0] = '\\';
        ret[1] = c;
        *ret_length = i + 1 < n ? 2 : 1;
    }
    return end;
}
