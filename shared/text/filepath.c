#include "shared/text/filepath.h"
#include "shared/text/ascii.h"

#include <stdint.h>
#include <string.h>

/* ---- decoding ---- */

/* The number of `digits` hexadecimal digits at text; -1: they are not there. */
static int32_t hex_read(const char *text, size_t n, size_t digits)
{
    int32_t value = 0;
    if (n < digits)
        return -1;
    for (size_t i = 0; i < digits; i++) {
        int digit = ais_hex_value(text[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static size_t utf8_write(int32_t point, char *out)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | point >> 12);
    out[1] = (char)(0x80 | (point >> 6 & 0x3f));
    out[2] = (char)(0x80 | (point & 0x3f));
    return 3;
}

/* One round of escapes: %HH and %uHHHH. Returns the length. */
static size_t unescape(char *text, size_t n, bool *changed)
{
    size_t made = 0;
    for (size_t i = 0; i < n;) {
        bool wide = text[i] == '%' && i + 1 < n && (text[i + 1] == 'u' || text[i + 1] == 'U');
        int32_t value = text[i] != '%' ? -1
                        : wide         ? hex_read(text + i + 2, n - i - 2, 4)
                                       : hex_read(text + i + 1, n - i - 1, 2);
        if (value < 0) {
            text[made++] = text[i++];
            continue;
        }
        if (wide)
            made += utf8_write(value, text + made);
        else
            text[made++] = (char)value;
        i += wide ? 6 : 3;
        *changed = true;
    }
    return made;
}

/* What stands for a dot or a slash outside ASCII: FULLWIDTH FULL STOP, ONE DOT LEADER, FULLWIDTH SOLIDUS, DIVISION
 * SLASH, FRACTION SLASH, FULLWIDTH REVERSE SOLIDUS. */
static const struct alike {
    int32_t point;
    char plain;
} alikes[] = {
    {0xff0e,  '.' },
    { 0x2024, '.' },
    { 0xff0f, '/' },
    { 0x2215, '/' },
    { 0x2044, '/' },
    { 0xff3c, '\\'}
};

/* The ASCII character that a sequence of more than one byte at text spells, overlong or alike, and its length; -1:
 * none. A lax decoder takes any byte behind the first, so 0xc0 0x2e counts too. */
static int plain_of(const unsigned char *text, size_t n, size_t *ret_length)
{
    size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc0 || n < length)
        return -1;
    int32_t point = text[0] & (0x7f >> length);
    bool lax = text[0] == 0xc0 && text[1] < 0x80;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80 && !lax)
            return -1;
        point = point << 6 | (text[i] & 0x3f);
    }
    *ret_length = length;
    if (lax)
        return strchr("./\\", text[1]) != NULL ? text[1] : -1;
    if (point < 0x80)
        return (int)point;
    for (size_t i = 0; i < sizeof alikes / sizeof *alikes; i++)
        if (alikes[i].point == point)
            return alikes[i].plain;
    return -1;
}

static size_t make_plain(char *text, size_t n, bool *changed)
{
    size_t made = 0, length = 1;
    for (size_t i = 0; i < n;) {
        int plain = (unsigned char)text[i] < 0x80 ? -1 : plain_of((const unsigned char *)text + i, n - i, &length);
        if (plain < 0) {
            text[made++] = text[i++];
            continue;
        }
        text[made++] = (char)plain;
        i += length;
        *changed = true;
    }
    return made;
}

/* A percent sign alone is no escape. */
static bool has_escape(const char *text, size_t n)
{
    for (size_t i = 0; i + 2 < n; i++)
        if (text[i] == '%' && (hex_read(text + i + 1, n - i - 1, 2) >= 0 ||
                               ((text[i + 1] | 0x20) == 'u' && hex_read(text + i + 2, n - i - 2, 4) >= 0)))
            return true;
    return false;
}

size_t ais_filepath_decode(char *text, size_t n, bool *ret_more)
{
    bool changed = true;
    for (int round = 0; changed && round < AIS_FILEPATH_ROUNDS; round++) {
        changed = false;
        n = unescape(text, n, &changed);
        n = make_plain(text, n, &changed);
    }
    *ret_more = changed && has_escape(text, n);
    const char *end = n > 0 ? memchr(text, '\0', n) : NULL;
    return end != NULL ? (size_t)(end - text) : n;
}

/* ---- resolving ---- */

struct resolving {
    char *out;
    size_t length; /* of out, without a slash at its end, but for the root */
    size_t floor;  /* nothing below may be taken away: the root, a drive, `..` that is kept */
    unsigned ups;
    bool absolute, home;
};

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

static bool begins(const char *text, size_t n, const char *word)
{
    size_t length = strlen(word);
    return n >= length && memcmp(text, word, length) == 0 && (n == length || is_slash(text[length]));
}

/* What may begin a path beside a slash, and what it means. */
static const struct beginning {
    const char *spelled, *meant;
} beginnings[] = {
    {"~",                 "~"    },
    { "$HOME",            "~"    },
    { "${HOME}",          "~"    },
    { "\"$HOME\"",        "~"    },
    { "%HOME%",           "~"    },
    { "~root",            "/root"},
    { "%USERPROFILE%",    "~"    },
    { "$env:USERPROFILE", "~"    },
    { "$PWD",             "."    },
    { "${PWD}",           "."    },
};

static void begin(struct resolving *r, const char **text, size_t *n)
{
    const char *meant = "";
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (!begins(*text, *n, beginnings[i].spelled))
            continue;
        meant = beginnings[i].meant;
        *text += strlen(beginnings[i].spelled);
        *n -= strlen(beginnings[i].spelled);
        break;
    }
    size_t length = strcmp(meant, ".") == 0 ? 0 : strlen(meant);
    if (strcmp(meant, ".") == 0 && *n > 0) { /* what follows the slash is relative */
        (*text)++;
        (*n)--;
    }
    memcpy(r->out, meant, length);
    r->length = length;
    r->home = length > 0 && meant[0] == '~';
    r->absolute = length > 0 ? meant[0] == '/' : *n > 0 && is_slash((*text)[0]);
    if (length == 0 && *n > 1 && (*text)[1] == ':' && ((*text)[0] | 0x20) >= 'a' && ((*text)[0] | 0x20) <= 'z' &&
        (*n == 2 || is_slash((*text)[2]))) {
        memcpy(r->out, *text, 2);
        r->length = r->floor = 2;
        r->absolute = true;
        *text += 2;
        *n -= 2;
    }
}

/* A component without what Windows and lax servers read over: trailing dots, spaces, `;x`, "::$DATA". */
static size_t trimmed(const char *text, size_t n)
{
    static const char stream[] = "::$DATA";
    if (n > sizeof stream - 1 && memcmp(text + n - (sizeof stream - 1), stream, sizeof stream - 1) == 0)
        n -= sizeof stream - 1;
    if (n > 2 && memcmp(text, "..;", 3) == 0)
        n = 2;
    size_t whole = n;
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '.'))
        n--;
    if (n > 0)
        return n;
    for (n = whole; n > 0 && text[n - 1] == ' ';)
        n--;
    return n;
}

/* `..`, and what becomes of it once a filter took `../` away, or for lax servers. `...` at the end is a pattern of
 * tools. */
static bool climbs(const char *text, size_t n, bool last)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] != '.')
            return false;
    return n == 2 || n > 3 || (n == 3 && !last);
}

static void climb(struct resolving *r)
{
    if (r->length > r->floor) {
        bool at_home = r->home && r->length <= 1;
        size_t n = r->length;
        while (n > r->floor && r->out[n - 1] != '/')
            n--;
        r->length = n > r->floor ? n - 1 : n;
        if (!at_home)
            return;
        r->home = false; /* above a home there is some directory: as if it were the root */
        r->absolute = true;
        r->length = r->floor = 0;
        r->ups++;
        return;
    }
    r->ups++;
    if (r->absolute)
        return;
    if (r->length > 0)
        r->out[r->length++] = '/';
    memcpy(r->out + r->length, "..", 2);
    r->floor = r->length += 2;
}

static void append(struct resolving *r, const char *text, size_t n)
{
    if (r->length > 0 || r->absolute)
        r->out[r->length++] = '/';
    memcpy(r->out + r->length, text, n);
    r->length += n;
}

/* ---- other names of the same place ---- */

static size_t component(const char *text, size_t n)
{
    const char *slash = n > 0 ? memchr(text, '/', n) : NULL;
    return slash != NULL ? (size_t)(slash - text) : n;
}

static bool is(const char *text, size_t n, const char *word)
{
    return n == strlen(word) && memcmp(text, word, n) == 0;
}

static bool is_number(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return n > 0;
}

/* The length of "/proc/self/root" and its like at the begin of an absolute path; 0: it is not there. */
static size_t proc_root(const char *text, size_t n)
{
    static const size_t proc = sizeof "/proc/" - 1;
    if (n <= proc || memcmp(text, "/proc/", proc) != 0)
        return 0;
    size_t at = proc, length = component(text + at, n - at);
    if (!is(text + at, length, "self") && !is(text + at, length, "thread-self") && !is_number(text + at, length))
        return 0;
    at += length + 1;
    length = at < n ? component(text + at, n - at) : 0;
    if (is(text + at, length, "task")) {
        at += length + 1;
        at += at < n ? component(text + at, n - at) + 1 : 0;
        length = at < n ? component(text + at, n - at) : 0;
    }
    return length > 0 && is(text + at, length, "root") ? at + length : 0;
}

/* What macOS keeps under /private has its old name too. */
static size_t private_root(const char *text, size_t n)
{
    static const size_t skip = sizeof "/private" - 1;
    if (n <= skip + 1 || memcmp(text, "/private/", skip + 1) != 0)
        return 0;
    size_t length = component(text + skip + 1, n - skip - 1);
    const char *name = text + skip + 1;
    return is(name, length, "etc") || is(name, length, "var") || is(name, length, "tmp") ? skip : 0;
}

static void strip_roots(struct resolving *r)
{
    size_t at = 0, skip;
    while ((skip = proc_root(r->out + at, r->length - at)) > 0 ||
           (skip = private_root(r->out + at, r->length - at)) > 0)
        at += skip;
    memmove(r->out, r->out + at, r->length - at);
    r->length -= at;
}

void ais_filepath_resolve(const char *text, size_t n, char *out, struct ais_filepath *ret)
{
    struct resolving r = { .out = out };
    begin(&r, &text, &n);
    for (size_t i = 0; i < n;) {
        size_t begin = i;
        while (i < n && !is_slash(text[i]))
            i++;
        size_t length = trimmed(text + begin, i - begin);
        bool last = i + 1 >= n;
        if (climbs(text + begin, length, last))
            climb(&r);
        else if (length > 0 && !(length == 1 && text[begin] == '.'))
            append(&r, text + begin, length);
        i++;
    }
    if (r.absolute)
        strip_roots(&r);
    if (r.absolute && r.length <= (r.floor == 2 ? 2U : 0U))
        out[r.length++] = '/';
    if (r.length == 0)
        out[r.length++] = '.';
    *ret = (struct ais_filepath){ .length = r.length, .ups = r.ups };
    if (r.ups > 0 && !r.absolute && r.length > r.floor)
        ret->landing = r.floor;
}
