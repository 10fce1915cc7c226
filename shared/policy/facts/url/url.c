/* The part URL: what each URL of the request leads to, in every way that it may be read. */
#include "shared/policy/facts/mention.h"
#include "shared/policy/facts/url/find.h"
#include "shared/policy/facts/url/host.h"
#include "shared/policy/facts/url/names.h"
#include "shared/policy/facts/url/split.h"

#include <curl/curl.h>
#include <string.h>

enum { ADDRESSES_MOST = 8 };

/* Steps of work (facts/view.h): to look for URLs, and to have the library read one that is odd. */
enum { STEPS_A_TEXT = 256, STEPS_A_BYTE = 8, STEPS_A_URL = 512, STEPS_A_URL_BYTE = 5, STEPS_ODD = 4096 };

/* Adds a value to the element at hand, once. */
static void add(struct ais_urls *urls, enum ais_url_list list, const char *text, size_t n)
{
    const struct ais_part_list *values = &urls->part->lists[list];
    for (size_t i = values->count; i > 0 && values->items[i - 1].element == urls->part->elements - 1; i--)
        if (values->items[i - 1].length == n && memcmp(values->items[i - 1].text, text, n) == 0)
            return;
    ais_part_add(urls->view, urls->part, list, AIS_VALUE_STRING, text, n);
}

static void add_copy(struct ais_urls *urls, enum ais_url_list list, const char *text, size_t n)
{
    char *copy = ais_view_alloc(urls->view, n + 1);
    if (copy == NULL)
        return;
    memcpy(copy, text, n);
    add(urls, list, copy, n);
}

/* ---- hosts ---- */

static unsigned add_addresses(struct ais_urls *urls, const char *host, size_t n)
{
    struct ais_address addresses[ADDRESSES_MOST];
    char text[AIS_ADDRESS_TEXT];
    unsigned networks = 0;
    size_t count = ais_address_read(host, n, addresses);
    bool is_address = count > 0;
    if (!is_address)
        count = ais_name_addresses(host, n, addresses, ADDRESSES_MOST);
    for (size_t i = 0; i < count; i++) {
        size_t length = ais_address_text(&addresses[i], text);
        add_copy(urls, AIS_URL_IP, text, length);
        if (is_address)
            add_copy(urls, AIS_URL_HOST, text, length);
        networks |= ais_address_networks(&addresses[i]);
    }
    return networks;
}

struct hosts {
    struct ais_urls *urls;
    unsigned networks;
    bool good, bad;
};

/* What a shell or a program around the URL takes as its end: 10.0.0.1;id. 0: it has no such end. */
static size_t before_punctuation(struct ais_slice host)
{
    for (size_t i = 0; i < host.length; i++) {
        if (host.text[i] != '\0' && strchr(";|&),", host.text[i]) != NULL)
            return i;
        if (host.text[i] != '\0' && strchr("${}<>*[(", host.text[i]) != NULL)
            return 0;
    }
    return 0;
}

static void add_host(struct hosts *hosts, struct ais_slice host)
{
    struct ais_urls *urls = hosts->urls;
    const char *name = NULL, *other;
    size_t n = 0, other_n;
    enum ais_host_kind kind = ais_host_read(urls->view, host.text, host.length, &name, &n);
    size_t cut = kind == AIS_HOST_TEMPLATE ? before_punctuation(host) : 0;
    if (cut > 0)
        kind = ais_host_read(urls->view, host.text, cut, &name, &n);
    hosts->bad = hosts->bad || kind == AIS_HOST_BAD;
    if (kind != AIS_HOST_GOOD)
        return;
    hosts->good = true;
    add(urls, AIS_URL_HOST, name, n);
    hosts->networks |= add_addresses(urls, name, n) | ais_name_networks(name, n);
    if (ais_host_other_form(urls->view, name, n, &other, &other_n)) {
        add(urls, AIS_URL_HOST, other, other_n);
        hosts->networks |= add_addresses(urls, other, other_n) | ais_name_networks(other, other_n);
    }
}

/* How the library reads it that most command lines use. */
static void add_curl_host(struct hosts *hosts, const char *text, size_t n)
{
    char *copy = ais_arena_copy(hosts->urls->view->arena, text, n), *host = NULL;
    CURLU *url = copy != NULL ? curl_url() : NULL;
    if (url == NULL) {
        hosts->urls->view->failed = true;
        return;
    }
    if (curl_url_set(url, CURLUPART_URL, copy, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME | CURLU_ALLOW_SPACE) ==
            CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        const char *kept = ais_arena_copy(hosts->urls->view->arena, host, strlen(host));
        hosts->urls->view->failed = hosts->urls->view->failed || kept == NULL;
        if (kept != NULL)
            add_host(hosts, (struct ais_slice){ kept, strlen(kept) });
    }
    curl_free(host);
    curl_url_cleanup(url);
}

/* ---- ports and paths ---- */

static size_t port_digits(struct ais_slice port)
{
    size_t i = 0;
    while (i < port.length && port.text[i] >= '0' && port.text[i] <= '9')
        i++;
    return i < 9 ? i : 0;
}

static void add_port(struct ais_urls *urls, struct ais_slice port, unsigned standard)
{
    size_t number = standard;
    size_t digits = port_digits(port);
    for (size_t i = 0; i < digits; i++)
        number = (i > 0 ? number * 10 : 0) + (size_t)(port.text[i] - '0');
    if (number > 0)
        ais_part_add_number(urls->view, urls->part, AIS_URL_PORT, number);
}

/* Drops dot segments (RFC 3986 section 5.2.4) of n bytes that begin with a slash, in place. */
static size_t drop_dots(char *path, size_t n)
{
    size_t made = 0;
    for (size_t i = 0; i < n;) {
        size_t begin = i++;
        while (i < n && path[i] != '/')
            i++;
        size_t length = i - begin - 1;
        bool one = length == 1 && path[begin + 1] == '.';
        bool two = length == 2 && path[begin + 1] == '.' && path[begin + 2] == '.';
        while (two && made > 0 && path[--made] != '/')
            continue;
        if (one || two) {
            if (i == n)
                path[made++] = '/';
            continue;
        }
        memmove(path + made, path + begin, i - begin);
        made += i - begin;
    }
    return made;
}

static void add_path(struct ais_urls *urls, const char *text, size_t n, bool hierarchical)
{
    size_t end = 0, length;
    while (end < n && text[end] != '?' && text[end] != '#')
        end++;
    if (end == 0 && !hierarchical)
        return;
    char *path = ais_url_decode(urls->view, end > 0 ? text : "/", end > 0 ? end : 1, &length);
    if (path == NULL)
        return;
    for (size_t i = 0; i < length; i++)
        if (path[i] == '\\')
            path[i] = '/';
    if (length > 0 && path[0] == '/')
        length = drop_dots(path, length);
    add(urls, AIS_URL_PATH, path, length);
}

/* ---- one URL ---- */

/* How far a scheme and the slashes behind it reach; *ret_host: whether a host follows. */
static size_t read_scheme(struct ais_urls *urls, const char *text, size_t n, unsigned *ret_port, bool *ret_host)
{
    size_t scheme = ais_url_scheme(text, n), at = scheme + 1;
    bool special = ais_url_scheme_is_special(text, scheme, ret_port);
    char *lower = ais_view_alloc(urls->view, scheme + 1);
    for (size_t i = 0; lower != NULL && i < scheme; i++)
        lower[i] = ais_lower(text[i]);
    if (lower != NULL)
        add(urls, AIS_URL_SCHEME, lower, scheme);
    while (at < n && ais_is_slash(text[at]))
        at++;
    size_t slashes = at - scheme - 1;
    bool file = scheme == 4 && lower != NULL && memcmp(lower, "file", 4) == 0;
    *ret_host = slashes == 2 || (special && !file);
    return *ret_host ? at : at - (slashes > 0);
}

static void add_authority(struct ais_urls *urls, const char *text, size_t n, size_t at, unsigned port, bool bare)
{
    struct hosts hosts = { .urls = urls };
    struct ais_url_authority first, other;
    bool odd = ais_url_is_odd(text + at, n - at);
    if (odd && !ais_part_spend(urls->view, urls->part, STEPS_ODD))
        odd = false;
    ais_url_split(text + at, n - at, AIS_URL_WHATWG, &first);
    for (int i = 0; i < (odd ? AIS_URL_READING_COUNT : 1); i++) {
        ais_url_split(text + at, n - at, (enum ais_url_reading)i, &other);
        if (i == AIS_URL_PAST_FRAGMENT && other.userinfo.length > 0 &&
            memchr(other.userinfo.text, '=', other.userinfo.length) != NULL)
            continue; /* a parameter with an address of mail */
        add_host(&hosts, other.host);
        if (other.userinfo.length > 0)
            add(urls, AIS_URL_USERINFO, other.userinfo.text, other.userinfo.length);
    }
    if (odd)
        add_curl_host(&hosts, text, n);
    static const enum ais_url_list of_host[] = { AIS_URL_HOST, AIS_URL_IP, AIS_URL_PRIVATE };
    for (size_t i = 0; hosts.bad && !hosts.good && i < N_ELEMS(of_host); i++)
        ais_part_add_unknown(urls->view, urls->part, of_host[i], "a host that cannot be read");
    for (int i = 0; i < AIS_NETWORK_COUNT; i++)
        if (hosts.networks & 1U << i)
            add(urls, AIS_URL_PRIVATE, ais_network_names[i], strlen(ais_network_names[i]));
    add_port(urls, first.port, port);
    add_path(urls, text + at + first.end, n - at - first.end, !bare);
}

bool ais_url_spend(struct ais_urls *urls, size_t n)
{
    return ais_part_spend(urls->view, urls->part, STEPS_A_URL + STEPS_A_URL_BYTE * n);
}

static bool begin_element(struct ais_urls *urls)
{
    if (urls->part->elements == AIS_URLS_MOST) {
        urls->part->unknown = "more than 4096 URLs";
        return false;
    }
    urls->part->elements++;
    return true;
}

void ais_url_add_unknown(struct ais_urls *urls)
{
    static const enum ais_url_list lists[] = { AIS_URL_SCHEME, AIS_URL_HOST, AIS_URL_PORT,
                                               AIS_URL_PATH,   AIS_URL_IP,   AIS_URL_PRIVATE };
    if (!begin_element(urls))
        return;
    for (size_t i = 0; i < N_ELEMS(lists); i++)
        ais_part_add_unknown(urls->view, urls->part, lists[i], "an address that only another command knows");
}

/* Whether a comment may have begun before a URL, or a command that says or seeks its words. Before most has none, and
 * the text need not be read as shell for them. */
static bool may_be_mentioned(struct ais_urls *urls, const char *text)
{
    static const char *const signs[] = { "#",    "echo ", "printf ", "logger ", "git ", "gh ", "glab ", "hg ",
                                         "svn ", "jj ",   "grep ",   "rg ",     "ack ", "ag ", "sed " };
    enum { OVERLAP = 8, BYTES_A_STEP = 8 };
    const struct ais_view_string *string = urls->string;
    if (string == NULL || string->top != AIS_VIEW_TOOL_ARGS || (uintptr_t)text <= (uintptr_t)string->text ||
        (uintptr_t)text - (uintptr_t)string->text >= string->length)
        return false;
    size_t n = (size_t)(text - string->text), from = urls->looked > OVERLAP ? urls->looked - OVERLAP : 0;
    if (urls->may_mention || n <= urls->looked || !ais_part_spend(urls->view, urls->part, (n - from) / BYTES_A_STEP))
        return urls->may_mention;
    for (size_t i = 0; i < N_ELEMS(signs) && !urls->may_mention; i++)
        urls->may_mention = memmem(string->text + from, n - from, signs[i], strlen(signs[i])) != NULL;
    urls->looked = n;
    return urls->may_mention;
}

void ais_url_add(struct ais_urls *urls, const char *text, size_t n, bool bare)
{
    unsigned port = 0;
    bool host = true;
    size_t at = 0, whole = n;
    n = n > AIS_URL_LONGEST ? AIS_URL_LONGEST : n;
    if (may_be_mentioned(urls, text) && ais_is_mentioned(urls->view, urls->part, text))
        return;
    if (!ais_url_spend(urls, n) || ais_seen_before(&urls->added, urls->view, urls->part, text, whole, 0) ||
        !begin_element(urls))
        return;
    if (bare)
        while (at < n && ais_is_slash(text[at]))
            at++;
    else
        at = read_scheme(urls, text, n, &port, &host);
    if (host)
        add_authority(urls, text, n, at, port, bare);
    else
        add_path(urls, text + at, n - at, false);
    if (n < whole)
        ais_part_add_unknown(urls->view, urls->part, AIS_URL_PATH, "a URL of more than 8 KiB");
}

static bool on_string(void *arg, const struct ais_view_string *string)
{
    struct ais_urls *urls = arg;
    if (!ais_part_spend(urls->view, urls->part, STEPS_A_TEXT + STEPS_A_BYTE * (size_t)string->length))
        return false;
    urls->string = string;
    urls->looked = 0;
    urls->may_mention = false;
    if (string->top != AIS_VIEW_TOOL_NAME)
        ais_url_find(urls, string);
    urls->string = NULL;
    return !urls->view->failed && urls->part->unknown == NULL;
}

void ais_understand_URL(struct ais_view *view, struct ais_part *ret)
{
    const struct ais_json *tool = view->question->request->tool_name;
    struct ais_urls urls = { .view = view, .part = ret, .tool = ais_url_tool(tool != NULL ? tool->text : "") };
    ais_view_strings(view, ret, on_string, &urls);
    if (ret->unknown == NULL)
        ais_url_find_commands(&urls, ais_view_part(view, AIS_PART_SHELL));
}
