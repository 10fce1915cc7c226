/* Addresses without a scheme: what looks like one, and where they are. */
#include "shared/policy/facts/url/find.h"
#include "shared/policy/facts/url/names.h"
#include "shared/policy/facts/url/split.h"
#include "shared/policy/facts/words.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

/* Commands whose words are addresses. */
static const char commands[] = " curl wget nc ncat netcat ssh scp sftp telnet ftp ping ping6 nmap socat rsync xh "
                               "httpie aria2c lynx w3m dig nslookup"
                               " traceroute tracepath mtr masscan mosh mysql psql redis-cli mongo mongosh smbclient "
                               "ldapsearch snmpwalk iperf3 hping3"
                               " iwr invoke-webrequest irm invoke-restmethod s_client axel test-netconnection ";

/* Ends of file names, which no one takes for a domain. */
static const char extensions[] =
    " txt json html htm xml csv tsv log tar gz tgz bz2 xz zip pdf png jpg jpeg gif svg doc docx xls xlsx ppt pptx yml "
    "yaml"
    " toml ini conf cfg js ts css cc cpp java class jar exe dll so bak tmp sql db sqlite lock bin dat out ipynb env "
    "php jsp"
    " asp aspx tex bat ps1 mp3 mp4 wav avi mkv webm pem key crt parquet pkl md py rs sh pl go rb ";

/* ---- what looks like a host ---- */

/* n bytes up to what may follow a host. */
static size_t host_length(const char *text, size_t n)
{
    size_t i = 0;
    if (n > 0 && text[0] == '[')
        while (i < n && text[i] != ']')
            i++;
    while (i < n && !ais_is_slash(text[i]) && text[i] != ':' && text[i] != '?' && text[i] != '#')
        i++;
    return i;
}

/* /8 of 10.0.0.0/8: of a network. */
static bool is_network(const char *rest, size_t n)
{
    return n > 1 && n < 4 && rest[0] == '/' && ais_is_digit(rest[1]) && ais_is_digit(rest[n - 1]);
}

/* An address as people write them to be seen, or as those do who hide one that is not public. A number alone or with a
 * point is mostly a number, so it has to lead to such a place. */
static bool looks_like_address(const char *host, size_t n)
{
    enum { HIDDEN = AIS_NETWORK_loopback | AIS_NETWORK_link_local | AIS_NETWORK_metadata };
    struct ais_address addresses[AIS_ADDRESS_READINGS];
    size_t dots = 0, count = n > 2 ? ais_address_read(host, n, addresses) : 0;
    unsigned networks = 0;
    for (size_t i = 0; i < n; i++)
        dots += host[i] == '.';
    if (count == 0 || dots == 3 || memchr(host, ':', n) != NULL)
        return count > 0;
    for (size_t i = 0; i < count; i++)
        networks |= ais_address_networks(&addresses[i]);
    return (networks & HIDDEN) != 0 || ((host[1] | 0x20) == 'x' && networks != 0);
}

/* Letters outside ASCII, or escapes, in what would be an address without them. */
static bool looks_disguised(const char *host, size_t n)
{
    size_t high = 0, digits = 0;
    for (size_t i = 0; i < n; i++) {
        high += (unsigned char)host[i] >= 0x80;
        digits += ais_is_digit(host[i]) || host[i] == '.';
        if (ais_is_blank(host[i]))
            return false;
    }
    return n < 200 && high > 0 &&
           (memmem(host, n, "\xe2\x91", 2) != NULL || memmem(host, n, "\xef\xbc", 2) != NULL ||
            memmem(host, n, "\xe3\x80\x82", 3) != NULL || digits * 2 > n);
}

static bool looks_like_name(const char *host, size_t n, bool more)
{
    const char *dot = n > 0 ? memrchr(host, '.', n) : NULL;
    size_t last = dot != NULL ? (size_t)(host + n - dot) - 1 : 0;
    if (dot == host || last < 2 || n > 253)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!ais_is_alnum(host[i]) && host[i] != '-' && host[i] != '.' && host[i] != '_' &&
            (unsigned char)host[i] < 0x80)
            return false;
    for (size_t i = 1; i <= last; i++)
        if (ais_is_digit(dot[i]))
            return false;
    return more || !ais_word_is_listed(dot + 1, last, extensions);
}

static bool is_known_name(const char *host, size_t n, bool more)
{
    char lower[64];
    if (n == 0 || n > sizeof lower)
        return false;
    for (size_t i = 0; i < n; i++)
        lower[i] = ais_lower(host[i]);
    n -= lower[n - 1] == '.' && n > 1;
    bool certain = memchr(lower, '.', n) != NULL || memcmp(lower, "local", n < 5 ? n : 5) == 0;
    return (more || certain) && ais_name_networks(lower, n) != 0;
}

/* Whether n bytes without blanks look like host[:port][/path]. names: names of the world count too. */
bool ais_url_looks_bare(const char *text, size_t n, bool names)
{
    if (n > 1 && ais_is_slash(text[0]) && ais_is_slash(text[1])) {
        text += 2;
        n -= 2;
    }
    const char *at = n > 0 ? memchr(text, '@', host_length(text, n)) : NULL;
    if (at != NULL) {
        n -= (size_t)(at + 1 - text);
        text = at + 1;
        names = false; /* an address of mail */
    }
    if (looks_like_address(text, n))
        return true;
    size_t length = host_length(text, n);
    bool more = length < n;
    return looks_like_address(text, length) || looks_disguised(text, length) || is_known_name(text, length, more) ||
           (names && looks_like_name(text, length, more));
}

/* ---- addresses without a scheme, anywhere in a text ---- */

static bool is_address_byte(char c)
{
    return ais_is_digit(c) || c == '.' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') || (c | 0x20) == 'x';
}

/* Something that stands by itself: no part of a word, version, path or URL. */
static bool stands_alone(const char *text, size_t at)
{
    bool slashes = at > 1 && text[at - 1] == '/' && text[at - 2] == '/';
    if (slashes && (at == 2 || strchr("\"'`= (<>", text[at - 3]) != NULL))
        return true; /* src="//host/" */
    return at == 0 || !(ais_is_alnum(text[at - 1]) || (unsigned char)text[at - 1] >= 0x80 ||
                        strchr("./\\-_:%[", text[at - 1]) != NULL);
}

/* Whether a port or a path stands at text[at]. */
static bool has_more(const char *text, size_t n, size_t at)
{
    if (at + 1 >= n)
        return false;
    if (text[at] == ':' && ais_is_digit(text[at + 1])) {
        size_t end = at + 1;
        while (end < n && ais_is_digit(text[end]))
            end++;
        return end - at <= 6 && (end == n || (text[end] != ':' && text[end] != '.'));
    }
    size_t end = text[at] == '/' ? ais_url_end(text, n, at) : at;
    return end > at + 1 && !is_network(text + at, end - at);
}

bool ais_url_is_network(const char *text, size_t n)
{
    size_t host = host_length(text, n);
    return is_network(text + host, n - host);
}

bool ais_url_stands_bare(const char *text, size_t n)
{
    size_t host = host_length(text, n);
    return host > 6 && host < n && ais_is_digit(text[0]) && looks_like_address(text, host) && has_more(text, n, host);
}

/* Whether what stands at text[at] is what a URL asks somebody to search for: ?q=localhost:8080. Who searches for an
 * address does not go there. A URL with a scheme of its own is one there as anywhere. */
static bool is_sought(const char *text, size_t at)
{
    enum { NAME_MOST = 8 };
    size_t equals = at > 0 ? at - 1 : 0, begin = equals;
    if (at == 0 || text[equals] != '=')
        return false;
    while (begin > 0 && equals - begin < NAME_MOST && ais_is_alnum(text[begin - 1]))
        begin--;
    return begin > 0 && (text[begin - 1] == '?' || text[begin - 1] == '&') &&
           ais_word_is_listed(text + begin, equals - begin, " q query search s term text keyword keywords ");
}

static const char local[] = "localhost";
enum { LOCAL = sizeof local - 1, ADDRESS_LEAST = 7 };

/* Bytes that an address may begin with, by what it needs besides: a port or a path, and length. */
static uint64_t begins_of(const struct ais_shape *shape)
{
    const uint64_t letters = AIS_BYTE_LETTER('l') | AIS_BYTE_LETTER('o') | AIS_BYTE_LETTER('c') | AIS_BYTE_LETTER('a') |
                             AIS_BYTE_LETTER('h') | AIS_BYTE_LETTER('s') | AIS_BYTE_LETTER('t');
    uint64_t begins = 0;
    if (!ais_shape_has_any(shape, AIS_BYTE_COLON | AIS_BYTE_SLASH))
        return 0;
    if (shape->run >= ADDRESS_LEAST)
        begins |= AIS_BYTE_DIGIT;
    if (shape->run >= LOCAL && ais_shape_has(shape, letters))
        begins |= AIS_BYTE_LETTER('l');
    return begins & shape->bytes;
}

static void find_addresses(struct ais_urls *urls, const char *text, size_t n, const struct ais_shape *shape)
{
    uint64_t begins = begins_of(shape);
    for (size_t i = 0; begins != 0 && i < n && urls->part->unknown == NULL; i++) {
        size_t end = i;
        if ((ais_byte_kinds(text[i]) & begins) == 0)
            continue;
        if (ais_is_digit(text[i]) && stands_alone(text, i)) {
            while (end < n && is_address_byte(text[end]))
                end++;
            if (end - i >= ADDRESS_LEAST && has_more(text, n, end) && looks_like_address(text + i, end - i) &&
                !is_sought(text, i))
                ais_url_add(urls, text + i, ais_url_end(text, n, end) - i, true);
        } else if ((text[i] | 0x20) == 'l' && i + LOCAL < n && stands_alone(text, i) &&
                   strncasecmp(text + i, local, LOCAL) == 0) {
            end = i + LOCAL;
            if (has_more(text, n, end) && !is_sought(text, i))
                ais_url_add(urls, text + i, ais_url_end(text, n, end) - i, true);
        }
        i = end > i ? end - 1 : i;
    }
}

/* ---- words of commands ---- */

static bool ends_command(char c)
{
    return c == ';' || c == '|' || c == '&' || c == '\n' || c == '(' || c == ')';
}

static bool ends_word(char c)
{
    return ais_is_blank(c) || ends_command(c) || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>' || c == ',';
}

/* Of each first letter, a bit for each length of a command that has it: most words are of no command, and that is seen
 * at a glance. */
static uint32_t command_lengths[26];
static pthread_once_t commands_known = PTHREAD_ONCE_INIT;

static void know_commands(void)
{
    for (const char *at = commands + 1; *at != '\0';) {
        size_t length = strcspn(at, " ");
        command_lengths[*at - 'a'] |= 1U << length;
        at += length + 1;
    }
}

/* The word after its path. */
static bool is_command(const char *text, size_t n)
{
    const char *slash = memrchr(text, '/', n);
    size_t skip = slash != NULL ? (size_t)(slash + 1 - text) : 0;
    size_t length = n - skip;
    if (length > 4 && strncasecmp(text + n - 4, ".exe", 4) == 0)
        length -= 4;
    unsigned letter = length > 0 ? (unsigned)(unsigned char)(text[skip] | 0x20) - 'a' : 26;
    return letter < 26 && length < 32 && (command_lengths[letter] & 1U << length) != 0 &&
           ais_word_is_listed(text + skip, length, commands);
}

bool ais_url_is_client(const char *text, size_t n)
{
    pthread_once(&commands_known, know_commands);
    return is_command(text, n);
}

bool ais_url_takes_value(const char *word, size_t n)
{
    return n > 1 && word[0] == '-' &&
           (n > 2 ? word[1] == '-' && memchr(word, '=', n) == NULL : strchr("odHXuFTbcAeEKwmQi", word[1]) != NULL);
}

/* /dev/tcp/host/port, as a shell reads it. */
static void add_device(struct ais_urls *urls, const char *word, size_t n)
{
    enum { DEVICE = sizeof "/dev/tcp/" - 1 };
    if (n <= DEVICE || (memcmp(word, "/dev/tcp/", DEVICE) != 0 && memcmp(word, "/dev/udp/", DEVICE) != 0))
        return;
    char *copy = ais_view_alloc(urls->view, n - DEVICE + 1);
    if (copy == NULL)
        return;
    memcpy(copy, word + DEVICE, n - DEVICE);
    char *slash = memchr(copy, '/', n - DEVICE);
    if (slash != NULL)
        *slash = ':';
    ais_url_add(urls, copy, n - DEVICE, true);
}

void ais_url_add_word(struct ais_urls *urls, const char *word, size_t n, bool is_value)
{
    const char *equals = word[0] == '-' ? memchr(word, '=', n) : NULL;
    if (equals != NULL) {
        n -= (size_t)(equals + 1 - word);
        word = equals + 1;
    }
    size_t scheme = ais_url_scheme(word, n);
    if (n == 0 || strchr("-@/", word[0]) != NULL || (scheme > 0 && ais_url_follows_scheme(word, n, 0, scheme)))
        return;
    if (ais_url_stands_bare(word, n))
        return; /* found already */
    const char *at = memchr(word, '@', host_length(word, n));
    if (at != NULL && !is_value) {
        n -= (size_t)(at + 1 - word);
        word = at + 1;
    }
    if (ais_url_looks_bare(word, n, !is_value))
        ais_url_add(urls, word, n, true);
}

static void find_words(struct ais_urls *urls, const char *text, size_t n)
{
    const uint64_t ends = AIS_BYTE_BLANK | AIS_BYTE_QUOTE | AIS_BYTE_LESS | AIS_BYTE_OTHER;
    bool listening = false, is_value = false;
    pthread_once(&commands_known, know_commands);
    for (size_t i = 0; i < n && urls->part->unknown == NULL; i++) {
        size_t begin = i;
        while (i < n && !((ais_byte_kinds(text[i]) & ends) != 0 && ends_word(text[i])))
            i++;
        if (i > begin) {
            const char *word = text + begin;
            add_device(urls, word, i - begin);
            if (listening)
                ais_url_add_word(urls, word, i - begin, is_value);
            is_value = ais_url_takes_value(word, i - begin);
            listening = listening || is_command(word, i - begin);
        }
        if (i < n && ends_command(text[i]))
            listening = is_value = false;
    }
}

void ais_url_find_bare(struct ais_urls *urls, const char *text, size_t n, const struct ais_shape *shape)
{
    find_addresses(urls, text, n, shape);
    find_words(urls, text, n);
}
