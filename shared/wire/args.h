/* The arguments of an ASK: name NUL value NUL pairs in one blob. */
#ifndef AIS_SHARED_WIRE_ARGS_H
#define AIS_SHARED_WIRE_ARGS_H

#include "shared/mem/buf.h"
#include "shared/wire/messages.h"

/* Appends one pair; look at args->failed afterwards. */
void ais_args_add(struct ais_buf *args, const char *name, const char *value);

struct ais_arg {
    const char *name;      /* NUL-terminated */
    struct ais_span value; /* a NUL follows it */
};

/* Takes the next pair off args; false when no whole one is left.
 *     for (struct ais_arg arg; ais_args_next(&args, &arg);) */
bool ais_args_next(struct ais_span *args, struct ais_arg *ret);

/* The value of the first argument of this name; an empty span when there is none. */
struct ais_span ais_args_get(struct ais_span args, const char *name);

/* The name of the first argument that is none of the NULL-terminated names, or the second one of a name; NULL: all are
 * known, and once only. Misspelt or repeated, an argument would be passed over in silence. */
const char *ais_args_stranger(struct ais_span args, const char *const *names);

#endif
