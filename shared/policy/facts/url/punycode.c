#include "shared/policy/facts/url/punycode.h"

#include <string.h>

enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, FIRST_BIAS = 72, FIRST_POINT = 128 };

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;
    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > ((BASE - T_MIN) * T_MAX) / 2; k += BASE)
        delta /= BASE - T_MIN;
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    return k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
}

static char digit(uint32_t value)
{
    return (char)(value < 26 ? 'a' + value : '0' + value - 26);
}

static uint32_t digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 26;
    c |= 0x20;
    return c >= 'a' && c <= 'z' ? (uint32_t)(c - 'a') : BASE;
}

static bool put(char *ret, size_t *n, char c)
{
    if (*n == AIS_LABEL_MOST)
        return false;
    ret[(*n)++] = c;
    return true;
}

static bool put_delta(uint32_t delta, uint32_t bias, char *ret, size_t *n)
{
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = threshold(k, bias);
        if (delta < t)
            return put(ret, n, digit(delta));
        if (!put(ret, n, digit(t + (delta - t) % (BASE - t))))
            return false;
        delta = (delta - t) / (BASE - t);
    }
}

bool ais_punycode_encode(const int32_t *points, size_t n, char ret[AIS_LABEL_MOST], size_t *ret_n)
{
    uint32_t next = FIRST_POINT, delta = 0, bias = FIRST_BIAS, basic = 0, done = 0;
    *ret_n = 0;
    if (n > AIS_LABEL_MOST)
        return false;
    for (size_t i = 0; i < n; i++)
        if (points[i] < FIRST_POINT && !put(ret, ret_n, (char)points[i]))
            return false;
    basic = done = (uint32_t)*ret_n;
    if (basic > 0 && !put(ret, ret_n, '-'))
        return false;
    while (done < n) {
        uint32_t least = UINT32_MAX;
        for (size_t i = 0; i < n; i++)
            if ((uint32_t)points[i] >= next && (uint32_t)points[i] < least)
                least = (uint32_t)points[i];
        delta += (least - next) * (done + 1); /* 0x10ffff x 64 fits */
        next = least;
        for (size_t i = 0; i < n; i++) {
            delta += (uint32_t)points[i] < next;
            if ((uint32_t)points[i] != next)
                continue;
            if (!put_delta(delta, bias, ret, ret_n))
                return false;
            bias = adapt(delta, done + 1, done == basic);
            delta = 0;
            done++;
        }
        delta++;
        next++;
    }
    return true;
}

bool ais_punycode_decode(const char *text, size_t n, int32_t ret[AIS_LABEL_MOST], size_t *ret_n)
{
    uint32_t point = FIRST_POINT, i = 0, bias = FIRST_BIAS;
    const char *hyphen = n > 0 ? memrchr(text, '-', n) : NULL;
    size_t basic = hyphen != NULL ? (size_t)(hyphen - text) : 0, at = hyphen != NULL ? basic + 1 : 0, count = 0;
    if (n > AIS_LABEL_MOST)
        return false;
    for (; count < basic; count++)
        ret[count] = (unsigned char)text[count];
    while (at < n) {
        uint64_t reached = i, weight = 1;
        for (uint32_t k = BASE;; k += BASE) {
            uint32_t value = at < n ? digit_value(text[at++]) : BASE;
            if (value >= BASE)
                return false;
            reached += value * weight;
            if (reached > UINT32_MAX)
                return false;
            uint32_t t = threshold(k, bias);
            if (value < t)
                break;
            weight *= BASE - t;
            if (weight > UINT32_MAX)
                return false;
        }
        bias = adapt((uint32_t)reached - i, (uint32_t)count + 1, i == 0);
        if (count == AIS_LABEL_MOST || reached / (count + 1) > 0x10ffff - point)
            return false;
        point += (uint32_t)(reached / (count + 1));
        i = (uint32_t)(reached % (count + 1));
        memmove(ret + i + 1, ret + i, (count - i) * sizeof *ret);
        ret[i++] = (int32_t)point;
        count++;
    }
    *ret_n = count;
    return true;
}
