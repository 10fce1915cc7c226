#include "shared/policy/ops/decimal.h"

enum { EXPONENT_DIGITS = 15 };

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Digits and at most one point, from at on. */
struct digits {
    const char *end;          /* behind them */
    const char *point;        /* NULL: there is none */
    const char *first, *last; /* that are not 0; NULL: all are */
    size_t count;
};

static struct digits read_digits(const char *at, const char *end)
{
    struct digits d = { .end = at };
    for (; d.end < end; d.end++) {
        if (*d.end == '.' && d.point == NULL) {
            d.point = d.end;
            continue;
        }
        if (!is_digit(*d.end))
            break;
        d.count++;
        if (*d.end == '0')
            continue;
        d.last = d.end;
        if (d.first == NULL)
            d.first = d.end;
    }
    return d;
}

/* Reads the rest, which is nothing or an exponent. */
static enum ais_decimal_read read_exponent(const char *at, const char *end, int64_t *ret)
{
    *ret = 0;
    if (at == end)
        return AIS_DECIMAL_READ;
    if (*at != 'e' && *at != 'E')
        return AIS_DECIMAL_NONE;
    at++;
    bool negative = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    if (at == end)
        return AIS_DECIMAL_NONE;
    size_t significant = 0;
    int64_t value = 0;
    for (; at < end; at++) {
        if (!is_digit(*at))
            return AIS_DECIMAL_NONE;
        significant += significant > 0 || *at != '0';
        if (significant <= EXPONENT_DIGITS)
            value = value * 10 + (*at - '0');
    }
    *ret = negative ? -value : value;
    return significant <= EXPONENT_DIGITS ? AIS_DECIMAL_READ : AIS_DECIMAL_BEYOND;
}

enum ais_decimal_read ais_decimal_read(const char *text, size_t n, struct ais_decimal *ret)
{
    const char *end = text + n;
    int sign = n > 0 && *text == '-' ? -1 : 1;
    const char *begin = text + (n > 0 && (*text == '-' || *text == '+'));
    struct digits d = read_digits(begin, end);
    if (d.count == 0)
        return AIS_DECIMAL_NONE;
    int64_t exponent;
    enum ais_decimal_read read = read_exponent(d.end, end, &exponent);
    if (read == AIS_DECIMAL_BEYOND && d.first == NULL)
        read = AIS_DECIMAL_READ; /* nothing, whatever the exponent */
    if (read != AIS_DECIMAL_READ)
        return read;
    struct ais_decimal decimal = { .sign = 0 };
    if (d.first != NULL) {
        const char *point = d.point != NULL ? d.point : d.end;
        ptrdiff_t place = point - d.first; /* 1 for the digit before the point, -1 for the one behind it */
        decimal = (struct ais_decimal){ sign, d.first, d.last, exponent + place - (place > 0) };
    }
    *ret = decimal;
    return AIS_DECIMAL_READ;
}

/* The next digit, 0 behind the last. */
static char next_digit(const char **at, const char *last)
{
    if (*at <= last && **at == '.')
        (*at)++;
    return (char)(*at <= last ? *(*at)++ : '0');
}

static int compare_magnitude(const struct ais_decimal *a, const struct ais_decimal *b)
{
    if (a->exponent != b->exponent)
        return a->exponent < b->exponent ? -1 : 1;
    const char *at_a = a->first;
    const char *at_b = b->first;
    while (at_a <= a->last || at_b <= b->last) {
        int difference = next_digit(&at_a, a->last) - next_digit(&at_b, b->last);
        if (difference != 0)
            return difference;
    }
    return 0;
}

int ais_decimal_compare(const struct ais_decimal *a, const struct ais_decimal *b)
{
    if (a->sign != b->sign)
        return a->sign - b->sign;
    return a->sign == 0 ? 0 : a->sign * compare_magnitude(a, b);
}

bool ais_decimal_floor(const struct ais_decimal *decimal, int64_t *ret)
{
    enum { MOST = 18 }; /* exponent: 10 to the 19th is too much, and so may be 9 and more times 10 to the 18th */
    const char *at = decimal->first;
    int64_t whole = 0;
    if (decimal->sign != 0 && (decimal->exponent > MOST || (decimal->exponent == MOST && *decimal->first == '9')))
        return false;
    if (decimal->sign != 0)
        for (int64_t i = 0; i <= decimal->exponent; i++)
            whole = whole * 10 + (next_digit(&at, decimal->last) - '0');
    bool rest = decimal->sign < 0 && at <= decimal->last; /* what is left is not 0: the last digit is not */
    *ret = decimal->sign < 0 ? -whole - rest : whole;
    return true;
}
