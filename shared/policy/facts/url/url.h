/* The part URL: between finding (find.c) and reading (url.c). */
#ifndef AIS_SHARED_POLICY_URL_URL_H
#define AIS_SHARED_POLICY_URL_URL_H

#include "shared/policy/facts/seen.h"
#include "shared/policy/facts/view.h"
#include "shared/policy/facts/words.h"

enum {
    AIS_URLS_MOST = 4096,      /* elements */
    AIS_URL_LONGEST = 8 << 10, /* bytes of one that are looked at */
};

struct ais_urls {
    struct ais_view *view;
    struct ais_part *part;
    enum ais_hint tool;                   /* what the name of the tool says of its arguments */
    const struct ais_view_string *string; /* that is read; NULL: what a shell makes of one */
    size_t looked;                        /* bytes of it that were looked at for what may mention a URL */
    bool may_mention;                     /* that was found */
    struct ais_seen added;                /* the words of a shell may say it again */
};

/* Adds one element: n bytes that begin with a scheme, or (bare) with what may stand before a host, slashes or not. */
void ais_url_add(struct ais_urls *urls, const char *text, size_t n, bool bare);

/* Counts the work of a URL of n bytes (one may stand within another); false as ais_part_spend. */
bool ais_url_spend(struct ais_urls *urls, size_t n);

/* Adds an element of which nothing is known but that a shell would know it. */
void ais_url_add_unknown(struct ais_urls *urls);

/* commands.c: finds the URLs in what the commands of the part SHELL are given, as the shell would give it. */
void ais_url_find_commands(struct ais_urls *urls, const struct ais_part *shell);

/* What the name of a tool says. */
enum ais_hint ais_url_tool(const char *name);

/* Finds the URLs of one string. */
void ais_url_find(struct ais_urls *urls, const struct ais_view_string *string);

#endif
