/* A host as it is spelled, to the host that it is. */
#ifndef AIS_SHARED_POLICY_URL_HOST_H
#define AIS_SHARED_POLICY_URL_HOST_H

#include "shared/policy/facts/view.h"

enum ais_host_kind {
    AIS_HOST_NONE,     /* empty */
    AIS_HOST_TEMPLATE, /* something that becomes a host later: {host}, $HOST, <host>, a regular expression */
    AIS_HOST_BAD,      /* no host that we can read: control characters, an open bracket, broken escapes */
    AIS_HOST_GOOD
};

/* Escapes undone, NFKC, lower case, zero-width characters gone, ideographic dots plain, no brackets, zone or dot at its
 * end. *ret lives in the view's arena. */
enum ais_host_kind ais_host_read(struct ais_view *view, const char *text, size_t n, const char **ret, size_t *ret_n);

/* The other form of a name with letters outside ASCII: xn--… of letters, letters of xn--…. False: there is none. */
bool ais_host_other_form(struct ais_view *view, const char *host, size_t n, const char **ret, size_t *ret_n);

/* Undoes %HH once, into n bytes of the arena (NULL when memory is out). */
char *ais_url_decode(struct ais_view *view, const char *text, size_t n, size_t *ret_n);

#endif
