/* The part URL: what finding URLs with and without a scheme has in common. */
#ifndef AIS_SHARED_POLICY_URL_FIND_H
#define AIS_SHARED_POLICY_URL_FIND_H

#include "shared/policy/facts/url/url.h"
#include "shared/text/ascii.h"

static inline bool ais_is_slash(char c)
{
    return c == '/' || c == '\\';
}

/* Where a URL ends of which text[at] is a part: before a blank, a quote, or the punctuation of a sentence. */
size_t ais_url_end(const char *text, size_t n, size_t at);

/* Whether what stands from the colon on makes a URL of the scheme that begins before it. */
bool ais_url_follows_scheme(const char *text, size_t n, size_t begin, size_t colon);

/* Whether n bytes without blanks look like host[:port][/path]. names: any name of a domain does, not only those that
 * are known and addresses. */
bool ais_url_looks_bare(const char *text, size_t n, bool names);

/* Whether they are an address and the length of a prefix, as in 10.0.0.0/8. */
bool ais_url_is_network(const char *text, size_t n);

/* Whether they look like an address with a port or a path behind it: ais_url_find_bare finds those by itself. */
bool ais_url_stands_bare(const char *text, size_t n);

/* Adds addresses without a scheme: with a port or path anywhere; as words of commands that connect somewhere.
 * shape: of the text, or of one that it is a part of. */
void ais_url_find_bare(struct ais_urls *urls, const char *text, size_t n, const struct ais_shape *shape);

/* Adds the URLs with a scheme in a text. */
void ais_url_find_schemes(struct ais_urls *urls, const char *text, size_t n);

/* Whether a command (a name, or a path to it) is one whose words are addresses. */
bool ais_url_is_client(const char *text, size_t n);

/* Whether a word is an option of such a command that takes the next word: a file, a header, data. */
bool ais_url_takes_value(const char *word, size_t n);

/* Adds a word of such a command, if it looks like an address without a scheme. is_value: of an option. */
void ais_url_add_word(struct ais_urls *urls, const char *word, size_t n, bool is_value);

#endif
