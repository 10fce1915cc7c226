#include "gateway/traceparent.h"

#include <stddef.h>
#include <string.h>

static const char digits[] = "0123456789abcdef";

/* So many lower-case hexadecimal digits and no more. */
static bool is_hex(const char *text, size_t n)
{
    return strspn(text, digits) == n;
}

static bool is_zero(const char *text, size_t n)
{
    return strspn(text, "0") >= n;
}

bool traceparent_read(const char *text, char ret[TRACEPARENT_SIZE])
{
    static const struct {
        size_t n;
        bool zero; /* may be all zeros */
    } parts[] = {
        {2,   true },
        { 32, false},
        { 16, false},
        { 2,  true }
    };
    const size_t count = sizeof parts / sizeof parts[0];
    const char *at = text;
    ret[0] = '\0';
    if (strncmp(text, "ff", 2) == 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_hex(at, parts[i].n) || (!parts[i].zero && is_zero(at, parts[i].n)))
            return false;
        at += parts[i].n;
        if (i + 1 < count && *at++ != '-')
            return false;
    }
    /* What a later version puts behind is its own business, and nobody's here. */
    if (*at != '\0' && (*at != '-' || strncmp(text, "00", 2) == 0))
        return false;
    memcpy(ret, text, TRACEPARENT_SIZE - 1);
    ret[TRACEPARENT_SIZE - 1] = '\0';
    return true;
}
