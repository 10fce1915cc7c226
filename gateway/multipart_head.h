/* The head of a form's part, and the parameters of its fields (RFC 2183, RFC 7578). */
#ifndef AIS_GATEWAY_MULTIPART_HEAD_H
#define AIS_GATEWAY_MULTIPART_HEAD_H

#include "shared/err/err.h"

#include <stdbool.h>
#include <stddef.h>

/* What a part's head says. */
struct multipart_head {
    bool disposition, type, encoding; /* the field was there */
};

/* Takes one line, without its end. field: the one name that a part may have.
 * AIS_E_SYNTAX, AIS_E_INVALID (another name), AIS_E_REFUSED (an encoding or charset). */
MUST_CHECK enum ais_err multipart_head_line(struct multipart_head *head, const char *line, size_t n, const char *field,
                                            struct ais_why *why);

/* The value of one parameter of a field's value (NUL-terminated: "form-data; name=x"), unquoted, into ret; *ret_found
 * false and "" when it is not there. AIS_E_SYNTAX: malformed, twice, or longer than ret takes. */
MUST_CHECK enum ais_err multipart_parameter(const char *value, const char *name, char *ret, size_t size,
                                            bool *ret_found, struct ais_why *why);

#endif
