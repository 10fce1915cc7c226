/* What somebody asks for who wants an API key (INTERFACE: POST /api/v1/api_keys), read strictly:
 *
 *     {"name": s, "scopes": [s, ...], "expires_in"?: seconds or "12h" (s m h d), "expires_at"?: RFC 3339,
 *      "user"?: s, "agent"?: s, "environment"?: s, "source_ranges"?: [s, ...]}
 *
 * Of an optional member null counts as absent. What is unknown, misspelt or of another type is a fault: somebody who
 * believes to have bound a key must not get one that is not bound. */
#ifndef AIS_SHARED_STORE_KEY_REQUEST_H
#define AIS_SHARED_STORE_KEY_REQUEST_H

#include "shared/json/json.h"
#include "shared/store/keys.h"

enum {
    AIS_KEY_FAULTS_MOST = 32,
    AIS_KEY_LIFE_MOST_DAYS = 36500, /* that expires_in may name */
};

/* Zero-initialise it. Not to be copied: wish points into it. */
struct ais_key_request {
    struct ais_key_wish wish; /* texts live in the arena */
    struct ais_source_range ranges[AIS_ACCESS_RANGES_MOST];
    size_t fault_count; /* further ones are left out */
    struct ais_key_fault {
        char pointer[96];                               /* JSON Pointer (RFC 6901) of the place; "" is the whole body */
        char detail[sizeof((struct ais_why *)0)->text]; /* what is wrong and what would be right */
    } faults[AIS_KEY_FAULTS_MOST];
};

/* Reads n bytes of JSON into ret and the arena. now_ns: the wall time that expires_in counts from. AIS_E_SYNTAX and
 * AIS_E_LIMIT: not JSON as we read it; AIS_E_INVALID: JSON, but no request for a key; faults has all reasons in the
 * order of the body, and why the first; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_key_request_read(struct ais_arena *arena, const char *bytes, size_t n, int64_t now_ns,
                                             struct ais_key_request *ret, struct ais_why *why);

#endif
