#include "shared/text/address.h"
#include "shared/text/ascii.h"

#include <arpa/inet.h>
#include <string.h>

enum { PARTS_MOST = 4, V4 = 32, V6 = 128 };

/* ---- IPv4 ---- */

/* A number between dots, in the ways that programs read it. */
struct part {
    uint64_t value;   /* by its sign: octal, hexadecimal or decimal; high bits beyond 64 lost */
    uint64_t decimal; /* zeros before it read over */
    bool huge;
};

static bool read_digits(const char *text, size_t n, unsigned base, uint64_t *ret, bool *ret_huge)
{
    *ret = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)ais_hex_value(text[i]); /* none: larger than any base */
        if (digit >= base)
            return false;
        *ret_huge = *ret_huge || *ret > UINT64_MAX / 16 - 1;
        *ret = *ret * base + digit;
    }
    return true;
}

static bool read_part(const char *text, size_t n, struct part *ret)
{
    bool hex = n > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    ret->huge = false;
    if (n == 0)
        return false;
    if (hex) {
        bool good = read_digits(text + 2, n - 2, 16, &ret->value, &ret->huge);
        ret->decimal = ret->value;
        return good;
    }
    if (n > 2 && text[0] == '0' && (text[1] | 0x20) == 'o') { /* as newer languages write octal */
        text++;
        n--;
        bool octal = read_digits(text + 1, n - 1, 8, &ret->value, &ret->huge);
        ret->decimal = ret->value;
        return octal;
    }
    bool is_decimal = read_digits(text, n, 10, &ret->decimal, &ret->huge);
    if (text[0] != '0' || !read_digits(text, n, 8, &ret->value, &ret->huge))
        ret->value = ret->decimal;
    return is_decimal;
}

static void add(const struct ais_address *address, struct ais_address *ret, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (ret[i].bits == address->bits && memcmp(ret[i].bytes, address->bytes, sizeof address->bytes) == 0)
            return;
    if (*count < AIS_ADDRESS_READINGS)
        ret[(*count)++] = *address;
}

/* All but the last are one byte each; the last fills the rest. */
static void add_v4(const struct part *parts, size_t n, bool decimal, struct ais_address *ret, size_t *count)
{
    struct ais_address address = { .bits = V4 };
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t part = decimal ? parts[i].decimal : parts[i].value;
        if (i + 1 < n)
            value |= (uint32_t)(part & 0xff) << (24 - 8 * i);
        else
            value |= (uint32_t)part & (UINT32_MAX >> (8 * i));
    }
    for (size_t i = 0; i < 4; i++)
        address.bytes[i] = (uint8_t)(value >> (24 - 8 * i));
    add(&address, ret, count);
}

static size_t read_v4(const char *text, size_t n, struct ais_address *ret)
{
    struct part parts[PARTS_MOST];
    size_t count = 0, begin = 0, found = 0;
    if (n > 0 && text[n - 1] == '.')
        n--;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && text[i] != '.')
            continue;
        if (count == PARTS_MOST || !read_part(text + begin, i - begin, &parts[count]))
            return 0;
        count++;
        begin = i + 1;
    }
    add_v4(parts, count, false, ret, &found);
    add_v4(parts, count, true, ret, &found);
    return found;
}

/* ---- IPv6 ---- */

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }, compatible[12], nat64[12] = { 0, 0x64, 0xff, 0x9b },
                     translated[12] = { [8] = 0xff, [9] = 0xff };
static const uint8_t six_to_four[2] = { 0x20, 0x02 }, teredo[4] = { 0x20, 0x01 };

static bool begins(const struct ais_address *address, const uint8_t *bytes, size_t n)
{
    return memcmp(address->bytes, bytes, n) == 0;
}

static struct ais_address inner(const struct ais_address *address, size_t at, uint8_t mask)
{
    struct ais_address found = { .bits = V4 };
    for (size_t i = 0; i < 4; i++)
        found.bytes[i] = address->bytes[at + i] ^ mask;
    return found;
}

/* :: and ::1 are addresses of their own. */
static bool stands_for_v4(const struct ais_address *address)
{
    return begins(address, mapped, sizeof mapped) || begins(address, nat64, sizeof nat64) ||
           begins(address, translated, sizeof translated) ||
           (begins(address, compatible, sizeof compatible) &&
            (address->bytes[12] != 0 || address->bytes[13] != 0 || address->bytes[14] != 0 || address->bytes[15] > 1));
}

static size_t read_v6(const char *text, size_t n, struct ais_address *ret)
{
    char copy[INET6_ADDRSTRLEN];
    struct ais_address address = { .bits = V6 };
    size_t found = 0;
    if (n > 1 && text[0] == '[' && text[n - 1] == ']') {
        text++;
        n -= 2;
    }
    const char *zone = memchr(text, '%', n);
    n = zone != NULL ? (size_t)(zone - text) : n;
    if (n < 2 || n >= sizeof copy || memchr(text, ':', n) == NULL || memchr(text, '\0', n) != NULL)
        return 0;
    memcpy(copy, text, n);
    copy[n] = '\0';
    if (inet_pton(AF_INET6, copy, address.bytes) != 1)
        return 0;
    struct ais_address v4 = inner(&address, 12, 0);
    if (stands_for_v4(&address)) {
        add(&v4, ret, &found);
        return found;
    }
    add(&address, ret, &found);
    if (begins(&address, six_to_four, sizeof six_to_four)) {
        v4 = inner(&address, 2, 0);
        add(&v4, ret, &found);
    } else if (begins(&address, teredo, sizeof teredo)) {
        v4 = inner(&address, 12, 0xff);
        add(&v4, ret, &found);
    }
    return found;
}

size_t ais_address_read(const char *text, size_t n, struct ais_address ret[AIS_ADDRESS_READINGS])
{
    if (n == 0)
        return 0;
    return memchr(text, ':', n) != NULL ? read_v6(text, n, ret) : read_v4(text, n, ret);
}

size_t ais_address_text(const struct ais_address *address, char ret[AIS_ADDRESS_TEXT])
{
    if (inet_ntop(address->bits == V4 ? AF_INET : AF_INET6, address->bytes, ret, AIS_ADDRESS_TEXT) == NULL)
        ret[0] = '\0';
    return strlen(ret);
}

/* ---- prefixes ---- */

static bool plain_read(const char *text, size_t n, struct ais_address *ret)
{
    char copy[INET6_ADDRSTRLEN];
    if (n == 0 || n >= sizeof copy || memchr(text, '\0', n) != NULL)
        return false;
    memcpy(copy, text, n);
    copy[n] = '\0';
    *ret = (struct ais_address){ .bits = memchr(text, ':', n) != NULL ? V6 : V4 };
    return inet_pton(ret->bits == V4 ? AF_INET : AF_INET6, copy, ret->bytes) == 1;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

bool ais_prefix_read(const char *text, size_t n, struct ais_prefix *ret)
{
    const char *slash = n > 0 ? memchr(text, '/', n) : NULL;
    size_t length = slash != NULL ? (size_t)(slash - text) : n;
    if (!plain_read(text, length, &ret->address))
        return false;
    ret->length = ret->address.bits;
    if (slash == NULL)
        return true;
    uint64_t bits;
    bool huge = false;
    if (length + 1 == n || n - length > 4 || !read_digits(slash + 1, n - length - 1, 10, &bits, &huge) ||
        bits > ret->address.bits)
        return false;
    ret->length = (unsigned)bits;
    struct ais_address masked = { .bits = ret->address.bits };
    for (unsigned i = 0; i < ret->length; i++)
        masked.bytes[i / 8] = (uint8_t)(masked.bytes[i / 8] | (ret->address.bytes[i / 8] & 0x80 >> i % 8));
    return memcmp(masked.bytes, ret->address.bytes, sizeof masked.bytes) == 0;
}

bool ais_prefix_has(const struct ais_prefix *prefix, const struct ais_address *address)
{
    return prefix->address.bits == address->bits && same_bits(prefix->address.bytes, address->bytes, prefix->length);
}
