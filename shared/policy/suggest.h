/* "did you mean": the nearest of a list of names to one that is not among them. */
#ifndef AIS_SHARED_POLICY_SUGGEST_H
#define AIS_SHARED_POLICY_SUGGEST_H

#include <stddef.h>

/* The i-th of the names, i < count; NULL: skip this one. */
typedef const char *ais_suggest_name(size_t i, const void *arg);

/* The name with the least edit distance (a swap of neighbours is one edit, case is ignored) to n bytes of text, the
 * first of equals; NULL when none is near: at most one edit for three letters, two for six, three beyond. Borrowed. */
const char *ais_suggest(const char *text, size_t n, ais_suggest_name *name, size_t count, const void *arg);

#endif
