#include "shared/policy/facts/url/split.h"
#include "shared/err/err.h"
#include "shared/text/address.h"

#include <string.h>
#include <strings.h>

enum at { FIRST, LAST };

static const struct {
    const char *ends;
    enum at at;
} readings[AIS_URL_READING_COUNT] = {
#define X(name, ends, at) [AIS_URL_##name] = { ends, at },
    AIS_URL_READINGS(X)
#undef X
};

/* Special: those that the WHATWG standard calls so. Ports: IANA. */
static const struct scheme {
    const char *name;
    bool special;
    unsigned port;
} schemes[] = {
    {"http",        true,  80   },
    { "https",      true,  443  },
    { "ws",         true,  80   },
    { "wss",        true,  443  },
    { "ftp",        true,  21   },
    { "file",       true,  0    },
    { "ftps",       false, 990  },
    { "sftp",       false, 22   },
    { "ssh",        false, 22   },
    { "scp",        false, 22   },
    { "telnet",     false, 23   },
    { "gopher",     false, 70   },
    { "dict",       false, 2628 },
    { "ldap",       false, 389  },
    { "ldaps",      false, 636  },
    { "smtp",       false, 25   },
    { "smtps",      false, 465  },
    { "imap",       false, 143  },
    { "pop3",       false, 110  },
    { "tftp",       false, 69   },
    { "smb",        false, 445  },
    { "redis",      false, 6379 },
    { "rediss",     false, 6379 },
    { "mysql",      false, 3306 },
    { "postgres",   false, 5432 },
    { "postgresql", false, 5432 },
    { "mongodb",    false, 27017},
    { "amqp",       false, 5672 },
    { "rtsp",       false, 554  },
    { "git",        false, 9418 },
    { "svn",        false, 3690 },
    { "mqtt",       false, 1883 },
};

static bool is_letter(char c)
{
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'z';
}

size_t ais_url_scheme(const char *text, size_t n)
{
    size_t i = 0;
    if (n == 0 || !is_letter(text[0]))
        return 0;
    while (i < n && (is_letter(text[i]) || (text[i] >= '0' && text[i] <= '9') ||
                     (text[i] != '\0' && strchr("+-.", text[i]) != NULL)))
        i++;
    return i > 1 && i < n && text[i] == ':' ? i : 0;
}

bool ais_url_scheme_is_special(const char *scheme, size_t n, unsigned *ret_port)
{
    *ret_port = 0;
    for (size_t i = 0; i < N_ELEMS(schemes); i++)
        if (strlen(schemes[i].name) == n && strncasecmp(schemes[i].name, scheme, n) == 0) {
            *ret_port = schemes[i].port;
            return schemes[i].special;
        }
    return false;
}

/* The first of n bytes that is one of ends. */
static size_t find_end(const char *text, size_t n, const char *ends)
{
    bool is_end[256] = { false };
    size_t i = 0;
    for (; *ends != '\0'; ends++)
        is_end[(unsigned char)*ends] = true;
    while (i < n && !is_end[(unsigned char)text[i]])
        i++;
    return i;
}

static bool is_bare_v6(const char *text, size_t n)
{
    struct ais_address addresses[AIS_ADDRESS_READINGS];
    const char *colon = n > 0 && text[0] != '[' ? memchr(text, ':', n) : NULL;
    return colon != NULL && memchr(colon + 1, ':', n - (size_t)(colon + 1 - text)) != NULL &&
           ais_address_read(text, n, addresses) > 0;
}

static void split_host(const char *text, size_t n, struct ais_url_authority *ret)
{
    if (is_bare_v6(text, n)) {
        ret->host = (struct ais_slice){ text, n };
        return;
    }
    const char *bracket = n > 0 && text[0] == '[' ? memchr(text, ']', n) : NULL;
    size_t length = bracket != NULL ? (size_t)(bracket - text) + 1 : n > 0 && text[0] == '[' ? n : 0;
    const char *colon = length < n ? memchr(text + length, ':', n - length) : NULL;
    length = colon != NULL ? (size_t)(colon - text) : n;
    ret->host = (struct ais_slice){ text, length };
    if (colon != NULL)
        ret->port = (struct ais_slice){ colon + 1, n - length - 1 };
}

void ais_url_split(const char *text, size_t n, enum ais_url_reading reading, struct ais_url_authority *ret)
{
    *ret = (struct ais_url_authority){ .end = find_end(text, n, readings[reading].ends) };
    size_t length = ret->end;
    const char *at = length == 0                    ? NULL
                     : readings[reading].at == LAST ? memrchr(text, '@', length)
                                                    : memchr(text, '@', length);
    if (at == NULL) {
        split_host(text, length, ret);
        return;
    }
    size_t before = (size_t)(at - text);
    ret->userinfo = (struct ais_slice){ text, before };
    size_t rest = length - before - 1;
    if (readings[reading].at == FIRST)
        rest = find_end(at + 1, rest, "@");
    split_host(at + 1, rest, ret);
}

bool ais_url_is_odd(const char *text, size_t n)
{
    size_t authority = find_end(text, n, "/");
    return find_end(text, authority, "\\@#?% ") < authority;
}
