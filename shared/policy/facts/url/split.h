/* A URL taken apart, in each of the ways that some client does. The WHATWG standard and RFC 3986 differ on `\`, and
 * older libraries on `@`, `?` and `#`: http://127.0.0.1\@google.com/ leads to the one or the other. */
#ifndef AIS_SHARED_POLICY_URL_SPLIT_H
#define AIS_SHARED_POLICY_URL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

struct ais_slice {
    const char *text; /* borrowed; NULL: it is not there */
    size_t length;
};

/*    reading      what ends the authority   which @ ends what stands before the host */
#define AIS_URL_READINGS(X)   \
    X(WHATWG, "/\\?#", LAST)  \
    X(RFC3986, "/?#", LAST)   \
    X(FIRST_AT, "/?#", FIRST) \
    X(PAST_FRAGMENT, "/", LAST)

enum ais_url_reading {
#define X(name, ends, at) AIS_URL_##name,
    AIS_URL_READINGS(X)
#undef X
        AIS_URL_READING_COUNT
};

struct ais_url_authority {
    struct ais_slice userinfo, host, port;
    size_t end; /* of the authority, within the text */
};

/* The length of the scheme at the begin of n bytes (without its colon), at least two letters long so that it is no
 * drive; 0: there is none. */
size_t ais_url_scheme(const char *text, size_t n);

/* Whether a scheme (any case) has a host even without `//` behind it, and its port (0: none is known). */
bool ais_url_scheme_is_special(const char *scheme, size_t n, unsigned *ret_port);

/* Reads n bytes from the first of the authority on. */
void ais_url_split(const char *text, size_t n, enum ais_url_reading reading, struct ais_url_authority *ret);

/* Whether readings may differ on n bytes from the begin of the authority on. */
bool ais_url_is_odd(const char *text, size_t n);

#endif
