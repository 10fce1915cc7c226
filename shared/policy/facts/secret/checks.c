#include "shared/policy/facts/secret/checks.h"
#include "shared/err/err.h"
#include "shared/policy/facts/shape.h"

#define ZLIB_CONST
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum { LOOKED_AT = 512 };

bool ais_secret_is_any(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

size_t ais_secret_run(const char *text, size_t n, unsigned sets)
{
    size_t i = 0;
    while (i < n && (ais_secret_set_of(text[i]) & sets) != 0)
        i++;
    return i;
}

double ais_secret_entropy(const char *text, size_t n)
{
    uint16_t counts[256] = { 0 };
    double repeated = 0; /* of each byte's count, count * log2(count) */
    n = n < LOOKED_AT ? n : LOOKED_AT;
    for (size_t i = 0; i < n; i++)
        counts[(unsigned char)text[i]]++;
    for (size_t i = 0; i < n; i++) {
        uint16_t *count = &counts[(unsigned char)text[i]];
        if (*count > 1)
            repeated += *count * log2(*count);
        *count = 0;
    }
    return n > 0 ? log2((double)n) - repeated / (double)n : 0;
}

static bool holds_word(const char *text, size_t n, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= n; i++)
        if ((text[i] | 0x20) == (word[0] | 0x20) && strncasecmp(text + i, word, length) == 0)
            return true;
    return false;
}

bool ais_secret_holds_any(const char *text, size_t n, const char *const *words, size_t count)
{
    const struct ais_shape shape = ais_shape_of(text, n);
    for (size_t i = 0; i < count; i++) {
        uint64_t first = ais_byte_kinds(words[i][0]), second = words[i][1] != '\0' ? ais_byte_kinds(words[i][1]) : 0;
        if (ais_shape_has(&shape, first | second) && holds_word(text, n, words[i]))
            return true;
    }
    return false;
}

/* Six of the same, or eight that count up or down: 000000, abcdefgh, 87654321. */
static bool has_pattern(const char *text, size_t n)
{
    size_t same = 1, rising = 1, falling = 1;
    for (size_t i = 1; i < n; i++) {
        same = text[i] == text[i - 1] ? same + 1 : 1;
        rising = text[i] == text[i - 1] + 1 ? rising + 1 : 1;
        falling = text[i] == text[i - 1] - 1 ? falling + 1 : 1;
        if (same >= 6 || rising >= 8 || falling >= 8)
            return true;
    }
    return false;
}

bool ais_secret_says_placeholder(const char *text, size_t n)
{
    static const char *const words[] = { "xxxx",  "example",    "redacted", "placeholder", "changeme",    "change_me",
                                         "your",  "dummy",      "sample",   "insert",      "replace",     "****",
                                         "....",  "todo",       "<",        ">",           "${",          "{{",
                                         "$(",    "%s",         "####",     "random",      "tokenhere",   "here_",
                                         "_here", "secrethere", "keyhere",  "not_a_",      "process.env", "os.environ",
                                         "getenv" };
    n = n < LOOKED_AT ? n : LOOKED_AT;
    if (n == 0 || text[0] == '$' || text[0] == '{' || text[0] == '%')
        return true;
    return ais_secret_holds_any(text, n, words, N_ELEMS(words));
}

bool ais_secret_is_placeholder(const char *text, size_t n)
{
    return ais_secret_says_placeholder(text, n) || has_pattern(text, n < LOOKED_AT ? n : LOOKED_AT);
}

static bool is_one_of(const char *text, size_t n, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == n && strncasecmp(text, words[i], n) == 0)
            return true;
    return false;
}

static bool names_a_password(const char *text, size_t n)
{
    static const char *const words[] = { "password", "pass", "passwd", "pwd", "secret", "token" };
    return is_one_of(text, n, words, N_ELEMS(words));
}

bool ais_secret_is_no_password(const char *text, size_t n)
{
    return names_a_password(text, n) || n < 3 || ais_secret_is_placeholder(text, n);
}

static bool is_between(const char *text, size_t n, const char *begin, const char *end)
{
    size_t first = strlen(begin), last = strlen(end);
    return n >= first + last && memcmp(text, begin, first) == 0 && memcmp(text + n - last, end, last) == 0;
}

/* One that a shell, a template or a person fills in; ${NAME:-value} has a value. */
static bool is_filled_in(const char *text, size_t n)
{
    enum { NAME = AIS_SET_ALNUM | AIS_SET_UNDERSCORE };
    if (text[0] == '$')
        return ais_secret_run(text + 1, n - 1, NAME) == n - 1 || (n > 1 && text[1] == '(') ||
               is_between(text, n, "${{", "}}") ||
               (is_between(text, n, "${", "}") && ais_secret_run(text + 2, n - 3, NAME | AIS_SET_DOT) == n - 3);
    return is_between(text, n, "{{", "}}") || is_between(text, n, "<", ">") ||
           (is_between(text, n, "%", "%") && n > 2 && ais_secret_run(text + 1, n - 2, NAME) == n - 2);
}

bool ais_secret_stands_for_one(const char *text, size_t n)
{
    static const char *const words[] = { "true",    "false",    "yes",       "no",     "null",
                                         "none",    "nil",      "undefined", "string", "str",
                                         "api_key", "redacted", "hidden",    "bearer", "basic" };
    size_t same = 1;
    if (n == 0)
        return true;
    while (same < n && text[same] == text[0])
        same++;
    return (same == n && n > 1 && ais_secret_is_any(text[0], "*.#-_xX")) || is_filled_in(text, n) ||
           names_a_password(text, n) || is_one_of(text, n, words, N_ELEMS(words)) ||
           (n < 4 && ais_secret_run(text, n, AIS_SET_DIGIT) == n);
}

bool ais_secret_crc62(const char *text, size_t n)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    enum { CHECK = 6, BASE = 62 };
    if (n <= CHECK)
        return false;
    uint32_t crc = (uint32_t)crc32(0, (const unsigned char *)text, (uInt)(n - CHECK));
    for (size_t i = 0; i < CHECK; i++, crc /= BASE)
        if (text[n - 1 - i] != digits[crc % BASE])
            return false;
    return true;
}

bool ais_secret_is_hex(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!((text[i] >= '0' && text[i] <= '9') || ((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'f')))
            return false;
    return n > 0;
}

bool ais_secret_is_uuid(const char *text, size_t n)
{
    static const size_t parts[] = { 8, 4, 4, 4, 12 };
    size_t at = 0;
    if (n != 36)
        return false;
    for (size_t i = 0; i < N_ELEMS(parts); i++) {
        if (!ais_secret_is_hex(text + at, parts[i]) || (i + 1 < N_ELEMS(parts) && text[at + parts[i]] != '-'))
            return false;
        at += parts[i] + 1;
    }
    return true;
}

size_t ais_secret_base64(const char *text, size_t n, char *out, size_t most)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    size_t made = 0;
    for (size_t i = 0; i < n && made < most; i++) {
        const char *digit = text[i] != '\0' ? strchr(digits, text[i]) : NULL;
        if (text[i] == '-' || text[i] == '_') /* of the other alphabet */
            digit = digits + (text[i] == '-' ? 62 : 63);
        if (digit == NULL)
            break;
        bits = bits << 6 | (uint32_t)(digit - digits);
        if (i % 4 != 0)
            out[made++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    return made;
}
