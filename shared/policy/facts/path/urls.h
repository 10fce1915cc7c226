/* Paths within URLs. */
#ifndef AIS_SHARED_POLICY_PATH_URLS_H
#define AIS_SHARED_POLICY_PATH_URLS_H

#include <stdbool.h>
#include <stddef.h>

static inline bool ais_path_is_slash(char c)
{
    return c == '/' || c == '\\';
}

/* Whether a text begins with a word, in any case. */
bool ais_path_begins(const char *text, size_t n, const char *word);

/* Whether a text is a URL of a file: file:///x, url:file:///x. */
bool ais_path_is_file_url(const char *text, size_t n);

/* What a URL of a file leads to; of other URLs the path, when it climbs or is escaped, and nothing (*ret_n 0) when not.
 * False: it is no URL. *ret points into the text. */
bool ais_path_of_url(const char *text, size_t n, const char **ret, size_t *ret_n);

#endif
