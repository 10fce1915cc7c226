#include "shared/access/scope.h"
#include "shared/err/err.h"

#include <string.h>

static const struct {
    uint32_t bit;
    const char *name;
} table[] = {
#define X(scope, bit, name, may) { (scope), (name) },
    AIS_SCOPES(X)
#undef X
};

uint32_t ais_scope_parse(const char *text, size_t n)
{
    for (size_t i = 0; i < N_ELEMS(table); i++)
        if (strlen(table[i].name) == n && memcmp(table[i].name, text, n) == 0)
            return table[i].bit;
    return 0;
}

const char *ais_scope_next(uint32_t *scopes)
{
    for (size_t i = 0; i < N_ELEMS(table); i++)
        if ((*scopes & table[i].bit) != 0) {
            *scopes &= ~table[i].bit;
            return table[i].name;
        }
    *scopes = 0;
    return NULL;
}
