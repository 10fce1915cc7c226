/* The rights that an API key can have, as bits of one word. A route names the bits that it needs. */
#ifndef AIS_SHARED_ACCESS_SCOPE_H
#define AIS_SHARED_ACCESS_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*    scope               bit  name         may */
#define AIS_SCOPES(X)                                                                               \
    X(AIS_SCOPE_PREFLIGHT, 0, "preflight", "ask whether an action is allowed")                      \
    X(AIS_SCOPE_READ, 1, "read", "read rulepacks, the audit log, metrics, and why a decision fell") \
    X(AIS_SCOPE_APPROVE, 2, "approve", "approve or deny what waits for a person")                   \
    X(AIS_SCOPE_ADMIN, 3, "admin", "change rulepacks, keys and nodes, halt and resume")

enum ais_scope {
#define X(scope, bit, name, may) scope = 1 << (bit),
    AIS_SCOPES(X)
#undef X
};

/* Every scope there is. */
#define X(scope, bit, name, may) | (unsigned)(scope)
enum { AIS_SCOPE_ALL = 0 AIS_SCOPES(X) };
#undef X

/* The bit of the scope that n bytes of text name, or 0 when there is none of that name. */
uint32_t ais_scope_parse(const char *text, size_t n);

/* The name of the lowest scope in *scopes, whose bit is taken out; NULL when none is left (unknown bits are none).
 *     for (const char *name; (name = ais_scope_next(&left)) != NULL;) */
const char *ais_scope_next(uint32_t *scopes);

/* Whether held has every bit of needed. */
static inline bool ais_scope_covers(uint32_t held, uint32_t needed)
{
    return (held & needed) == needed;
}

#endif
