/* Where the URLs of a request are: with a scheme anywhere, without one where the name of an argument, or of the command
 * before it, says that an address follows. */
#include "shared/policy/facts/url/find.h"
#include "shared/policy/facts/url/host.h"
#include "shared/policy/facts/url/split.h"
#include "shared/policy/facts/words.h"

#include <string.h>

enum { WHOLE_MOST = 4096, STEPS_A_COLON = 64 };

/* Names of arguments. */
static const struct ais_hint_words keys = {
    .strong = " url uri baseurl host hostname ip ipaddress webhook domain ",
    .weak =
        " endpoint address addr target callback hook link href server site website proxy remote origin base api"
        " destination dest source src redirect location feed image peer node gateway upstream registry broker connect"
        " fetch page resource ",
};

/* Names of tools whose arguments may be addresses, whatever they are called. */
static const struct ais_hint_words tools = {
    .strong = "",
    .weak =
        " http https fetch browse browser curl wget request url web net network ping ssh scan nmap connect socket tcp"
        " dns crawl scrape download webhook port ",
};

/* Schemes that need no slashes. */
static const char opaque[] = " javascript vbscript data jar netdoc view-source ";

/* ---- URLs with a scheme, anywhere in a text ---- */

static bool ends_url(char c)
{
    return ais_is_blank(c) || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>';
}

size_t ais_url_end(const char *text, size_t n, size_t at)
{
    size_t begin = at;
    while (at < n && at - begin <= AIS_URL_LONGEST && !ends_url(text[at]))
        at++;
    bool round = memchr(text + begin, '(', at - begin) != NULL, square = memchr(text + begin, '[', at - begin) != NULL;
    while (at > begin && (strchr(".,;!", text[at - 1]) != NULL || (text[at - 1] == ')' && !round) ||
                          (text[at - 1] == ']' && !square)))
        at--;
    return at;
}

/* Where the scheme begins whose colon is at text[colon]; colon: there is none. */
static size_t scheme_begin(const char *text, size_t colon)
{
    enum { SCHEME_MOST = 24 };
    size_t begin = colon;
    while (begin > 0 && colon - begin < SCHEME_MOST &&
           (ais_is_alnum(text[begin - 1]) ||
            (begin - 1 > 0 && strchr("+-.", text[begin - 1]) != NULL && text[begin - 1] != '\0')))
        begin--;
    while (begin < colon && (ais_is_digit(text[begin]) || !ais_is_alnum(text[begin])))
        begin++;
    return begin;
}

/* Whether what stands from the colon on makes a URL of the scheme before it. */
bool ais_url_follows_scheme(const char *text, size_t n, size_t begin, size_t colon)
{
    unsigned port;
    size_t length = colon - begin, at = colon + 1;
    if (length < 2 || at >= n || ends_url(text[at]))
        return false;
    bool special = ais_url_scheme_is_special(text + begin, length, &port);
    if (ais_is_slash(text[at]))
        return special || (at + 1 < n && ais_is_slash(text[at + 1]));
    if (special)
        return ais_is_alnum(text[at]) || text[at] == '[' || (unsigned char)text[at] >= 0x80;
    return ais_word_is_listed(text + begin, length, opaque) && (begin == 0 || !ais_is_alnum(text[begin - 1]));
}

/* A URL within jar: ends where the entry of the archive begins. */
static size_t nested_end(const char *text, size_t begin, size_t end)
{
    const char *entry = begin > 0 && text[begin - 1] == ':' ? memmem(text + begin, end - begin, "!/", 2) : NULL;
    return entry != NULL ? (size_t)(entry - text) : end;
}

static void find_schemes(struct ais_urls *urls, const char *text, size_t n, size_t from)
{
    const char *colon = n > from ? memchr(text + from, ':', n - from) : NULL;
    while (colon != NULL && urls->part->unknown == NULL) {
        size_t at = (size_t)(colon - text), begin = scheme_begin(text, at);
        if (!ais_part_spend(urls->view, urls->part, STEPS_A_COLON))
            return;
        if (ais_url_follows_scheme(text, n, begin, at))
            ais_url_add(urls, text + begin, nested_end(text, begin, ais_url_end(text, n, at)) - begin, false);
        colon = at + 1 < n ? memchr(colon + 1, ':', n - at - 1) : NULL;
    }
}

void ais_url_find_schemes(struct ais_urls *urls, const char *text, size_t n)
{
    find_schemes(urls, text, n, 0);
}

/* How long an escape of c (lower case digits) at text is, however often it was escaped again; 0: there is none. */
static size_t escape_length(const char *text, size_t n, const char *digits)
{
    size_t at = 1;
    if (n < 3 || text[0] != '%')
        return 0;
    while (at + 2 < n && text[at] == '2' && text[at + 1] == '5')
        at += 2;
    return at + 1 < n && text[at] == digits[0] && (text[at + 1] | 0x20) == digits[1] ? at + 2 : 0;
}

static void add_escaped(struct ais_urls *urls, const char *text, size_t n)
{
    enum { ROUNDS = 3 };
    if (!ais_url_spend(urls, (ROUNDS + 1) * n))
        return;
    for (int round = 0; round < ROUNDS && text != NULL && ais_url_scheme(text, n) == 0; round++)
        text = ais_url_decode(urls->view, text, n, &n);
    if (text != NULL && ais_url_scheme(text, n) > 0)
        find_schemes(urls, text, n, 0);
}

/* http%3A%2F%2F…, also escaped again: found by its colon and slash, decoded to its end. */
static void find_escaped(struct ais_urls *urls, const char *text, size_t n)
{
    for (const char *at = n > 0 ? memchr(text, '%', n) : NULL; at != NULL && urls->part->unknown == NULL;) {
        size_t i = (size_t)(at - text), colon = escape_length(at, n - i, "3a"), next = i + colon;
        bool slash = colon > 0 && next < n &&
                     (ais_is_slash(text[next]) || escape_length(text + next, n - next, "2f") > 0 ||
                      escape_length(text + next, n - next, "5c") > 0);
        size_t begin = slash ? scheme_begin(text, i) : i;
        if (i - begin > 1)
            add_escaped(urls, text + begin, ais_url_end(text, n, i) - begin);
        at = i + 1 < n ? memchr(text + i + 1, '%', n - i - 1) : NULL;
    }
}

/* ---- strings that are an address ---- */

static size_t without_breaks(const char *text, size_t n, char *out)
{
    size_t made = 0;
    for (size_t i = 0; i < n; i++)
        if (text[i] != '\t' && text[i] != '\r' && text[i] != '\n')
            out[made++] = text[i];
    return made;
}

static bool has_blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ais_is_blank(text[i]))
            return true;
    return false;
}

/* A whole string with a scheme that find_schemes would not see whole: with blanks or quotes in it. */
static bool add_split_scheme(struct ais_urls *urls, const char *text, size_t n, const char *joined, size_t joined_n,
                             enum ais_hint hint)
{
    size_t scheme = ais_url_scheme(joined, joined_n);
    size_t end = scheme > 0 ? ais_url_end(text, n, 0) : n;
    bool breaks = joined_n < n, odd = hint == AIS_HINT_STRONG && end < n;
    if (scheme == 0 || !ais_url_follows_scheme(joined, joined_n, 0, scheme) || !(breaks || odd) ||
        (hint != AIS_HINT_STRONG && has_blank(joined, joined_n)) ||
        memmem(joined + scheme + 1, joined_n - scheme - 1, "://", 3) != NULL)
        return false;
    ais_url_add(urls, joined, joined_n, false);
    return true;
}

/* 37.5, 127.1: numbers of a list, coordinates for one. */
static bool is_number(const char *text, size_t n)
{
    size_t dots = 0;
    for (size_t i = 0; i < n; i++) {
        dots += text[i] == '.';
        if (!ais_is_digit(text[i]) && text[i] != '.')
            return false;
    }
    return dots < 2;
}

/* Pieces between commas and blanks, each of which may be an address. */
static void add_pieces(struct ais_urls *urls, const char *text, size_t n, enum ais_hint hint, bool names)
{
    bool single = !has_blank(text, n) && memchr(text, ',', n) == NULL;
    for (size_t i = 0; i < n && urls->part->unknown == NULL; i++) {
        size_t begin = i;
        while (i < n && !ais_is_blank(text[i]) && text[i] != ',' && text[i] != ';')
            i++;
        size_t length = i - begin, scheme = ais_url_scheme(text + begin, length);
        if (length == 0 || (!single && is_number(text + begin, length)) ||
            (scheme > 0 && ais_url_follows_scheme(text + begin, length, 0, scheme)))
            continue;
        const char *piece = text + begin;
        bool path = (ais_is_slash(piece[0]) && !(length > 1 && ais_is_slash(piece[1]))) || piece[0] == '.';
        bool whole = single && hint == AIS_HINT_STRONG && !path && piece[0] != '$' && piece[0] != '%';
        bool found = ais_url_stands_bare(piece, length);
        if (!found && (whole || (ais_url_looks_bare(piece, length, names) && !ais_url_is_network(piece, length))))
            ais_url_add(urls, piece, length, true);
    }
}

static void add_whole(struct ais_urls *urls, const char *key, const char *text, size_t n)
{
    enum ais_hint hint = ais_hint_of(key, &keys);
    bool relative = n > 2 && ais_is_slash(text[0]) && ais_is_slash(text[1]);
    bool breaks = memchr(text, '\t', n) || memchr(text, '\r', n) || memchr(text, '\n', n);
    char *joined = breaks ? ais_view_alloc(urls->view, n + 1) : NULL;
    size_t joined_n = joined != NULL ? without_breaks(text, n, joined) : n;
    if (add_split_scheme(urls, text, n, joined != NULL ? joined : text, joined_n, hint))
        return;
    if (hint == AIS_HINT_NONE && !relative && urls->tool == AIS_HINT_NONE)
        return;
    if (hint == AIS_HINT_STRONG && joined != NULL && !has_blank(joined, joined_n))
        add_pieces(urls, joined, joined_n, hint, true);
    else if (hint != AIS_HINT_NONE)
        add_pieces(urls, text, n, hint, true);
    else if (!has_blank(text, n))
        add_pieces(urls, text, n, hint, relative);
}

enum ais_hint ais_url_tool(const char *name)
{
    return ais_hint_of(name, &tools);
}

void ais_url_find(struct ais_urls *urls, const struct ais_view_string *string)
{
    const char *text = string->text;
    size_t n = string->length;
    while (n > 0 && ais_is_blank(text[0])) {
        text++;
        n--;
    }
    while (n > 0 && ais_is_blank(text[n - 1]))
        n--;
    if (n > 0 && n <= WHOLE_MOST)
        add_whole(urls, string->key, text, n);
    if (ais_shape_has(&string->shape, AIS_BYTE_COLON))
        find_schemes(urls, text, n, 0);
    if (ais_shape_has(&string->shape, AIS_BYTE_PERCENT))
        find_escaped(urls, text, n);
    ais_url_find_bare(urls, text, n, &string->shape);
}
