#include "shared/policy/facts/path/urls.h"
#include "shared/err/err.h"

#include <string.h>
#include <strings.h>

enum { SCHEME_MOST = 16 };

bool ais_path_begins(const char *text, size_t n, const char *word)
{
    size_t length = strlen(word);
    return n >= length && strncasecmp(text, word, length) == 0;
}

/* The length of the scheme of a URL that leads to a file, with the words that readers take off before it (urllib's
 * `url:`, Java's `jar:`, browsers' `view-source:`); 0: it leads to none. */
static size_t file_scheme(const char *text, size_t n)
{
    static const char *const taken_off[] = { "url:", "jar:", "view-source:" };
    static const char *const schemes[] = { "file:", "local_file:", "netdoc:" };
    size_t i = 0;
    for (size_t k = 0; k < N_ELEMS(taken_off); k++)
        if (ais_path_begins(text, n, taken_off[k]))
            i = strlen(taken_off[k]);
    for (size_t k = 0; k < N_ELEMS(schemes); k++)
        if (ais_path_begins(text + i, n - i, schemes[k]))
            return i + strlen(schemes[k]);
    return 0;
}

bool ais_path_is_file_url(const char *text, size_t n)
{
    return file_scheme(text, n) > 0;
}

/* Where the path begins behind the scheme of a file's URL: a host may stand before it. */
static size_t behind_host(const char *text, size_t n, size_t skip)
{
    size_t slashes = 0;
    while (skip + slashes < n && ais_path_is_slash(text[skip + slashes]))
        slashes++;
    if (slashes != 2)
        return slashes > 1 ? skip + slashes - 1 : skip;
    skip += 2;
    while (skip < n && !ais_path_is_slash(text[skip]))
        skip++;
    return skip;
}

bool ais_path_of_url(const char *text, size_t n, const char **ret, size_t *ret_n)
{
    const char *colon = n > 2 ? memmem(text, n, "://", 3) : NULL;
    size_t scheme = file_scheme(text, n);
    *ret_n = 0;
    if (scheme > 0) {
        size_t skip = behind_host(text, n, scheme);
        *ret = text + skip;
        *ret_n = n - skip;
        return true;
    }
    if (colon == NULL || (size_t)(colon - text) > SCHEME_MOST)
        return false;
    size_t at = (size_t)(colon - text) + 3;
    while (at < n && !ais_path_is_slash(text[at]) && text[at] != '?' && text[at] != '#')
        at++;
    size_t end = at;
    while (end < n && text[end] != '?' && text[end] != '#' && text[end] != '&')
        end++;
    *ret = text + at;
    if (memmem(text + at, end - at, "..", 2) != NULL || memmem(text + at, end - at, "%", 1) != NULL)
        *ret_n = end - at;
    return true;
}
