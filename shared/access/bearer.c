#include "shared/access/bearer.h"

#include <strings.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

bool ais_bearer_parse(const char *field, size_t n, const char **ret, size_t *ret_n)
{
    static const char scheme[] = "Bearer";
    enum { SCHEME = sizeof scheme - 1 };
    const char *end = field + n;
    while (field < end && is_space(*field))
        field++;
    while (field < end && is_space(end[-1]))
        end--;
    if (end - field <= SCHEME || strncasecmp(field, scheme, SCHEME) != 0 || field[SCHEME] != ' ')
        return false;
    for (field += SCHEME; *field == ' ';) /* ends: the last byte before end is no space */
        field++;
    for (const char *at = field; at < end; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    *ret = field;
    *ret_n = (size_t)(end - field);
    return true;
}
