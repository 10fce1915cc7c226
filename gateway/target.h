/* The target of an HTTP request ("/api/v1/rulepacks/x?format=yaml", RFC 9112 section 3.2) taken apart strictly.
 *
 * One reading or none: a malformed escape, bytes that are not UTF-8, a NUL, an encoded slash, a parameter given twice
 * are faults with a reason, never guesses, because a proxy in front of us might guess differently. No library
 * stands behind this file, so that it can be fuzzed alone. */
#ifndef AIS_GATEWAY_TARGET_H
#define AIS_GATEWAY_TARGET_H

#include "shared/err/err.h"

#include <stddef.h>

enum {
    HTTP_TARGET_MAX = 4096, /* bytes of a target; more is 414 */
    HTTP_PARAMS_MAX = 32,   /* parameters of a query */
};

struct http_target {
    const char *path; /* decoded, begins with '/' (or is "*"), NUL-terminated */
    size_t n_params;
    struct http_param {
        const char *name;  /* decoded, not empty */
        const char *value; /* decoded; "" when there is no '=' */
    } params[HTTP_PARAMS_MAX];
};

/* Takes text (NUL-terminated, at most HTTP_TARGET_MAX bytes) apart in place: *ret points into it. Accepts the origin
 * form, the absolute form (scheme and authority are dropped) and "*". A '+' in the query is a space, as forms encode
 * it. AIS_E_SYNTAX: malformed. AIS_E_INVALID: a parameter twice. AIS_E_LIMIT: too many parameters. On failure *ret is
 * untouched, text is not to be used, and why says what would be right. */
MUST_CHECK enum ais_err http_target_parse(char *text, struct http_target *ret, struct ais_why *why);

/* The value of the parameter name; NULL when it was not given. */
const char *http_target_param(const struct http_target *target, const char *name);

/* The first parameter whose name is not among the n known ones; NULL when all are known. */
const char *http_target_unknown(const struct http_target *target, const char *const *known, size_t n);

#endif
