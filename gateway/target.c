#include "gateway/target.h"

#include "shared/json/utf8.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool is_utf8(const char *text, size_t n)
{
    for (size_t at = 0, length; at < n; at += length) {
        length = ais_utf8_length((const unsigned char *)text + at, n - at);
        if (length == 0)
            return false;
    }
    return true;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte that the two digits at text stand for, or -1. */
static int escaped_byte(const char *text)
{
    int high = hex_value(text[0]);
    int low = high < 0 ? -1 : hex_value(text[1]);
    return low < 0 ? -1 : high * 16 + low;
}

/* Decodes text in place. what names it in a reason; in a path an escaped slash would be a second reading of the path,
 * in a query a '+' is a space. */
static enum ais_err decode(char *text, const char *what, bool query, struct ais_why *why)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        int byte = (unsigned char)*from;
        if (byte == '%') {
            byte = escaped_byte(from + 1);
            if (byte < 0)
                return ais_fail(why, AIS_E_SYNTAX, "the %s has a '%%' without two hexadecimal digits", what);
            if (byte == '\0' || (!query && (byte < 0x20 || byte == 0x7F)))
                return ais_fail(why, AIS_E_SYNTAX, "the %s has an escaped control character", what);
            if (!query && byte == '/')
                return ais_fail(why, AIS_E_SYNTAX, "the %s has an escaped slash: write '/'", what);
            from += 2;
        } else if (query && byte == '+') {
            byte = ' ';
        }
        *to++ = (char)byte;
    }
    *to = '\0';
    if (!is_utf8(text, (size_t)(to - text)))
        return ais_fail(why, AIS_E_SYNTAX, "the %s is not UTF-8", what);
    return AIS_OK;
}

static enum ais_err check_bytes(const char *text, struct ais_why *why)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte <= ' ' || byte == 0x7F)
            return ais_fail(why, AIS_E_SYNTAX, "the target has a space or a control character: escape it");
        if (byte == '#')
            return ais_fail(why, AIS_E_SYNTAX, "the target has a fragment, which is not for a server; escape '#'");
    }
    return AIS_OK;
}

/* Skips the scheme and the authority of the absolute form. *ret is where the path begins, which may be empty. */
static enum ais_err find_path(char *text, char **ret, struct ais_why *why)
{
    static const char *const schemes[] = { "http://", "https://" };
    if (text[0] == '/' || strcmp(text, "*") == 0) {
        *ret = text;
        return AIS_OK;
    }
    for (size_t i = 0; i < N_ELEMS(schemes); i++) {
        size_t n = strlen(schemes[i]);
        size_t authority = strncasecmp(text, schemes[i], n) == 0 ? strcspn(text + n, "/?") : 0;
        if (authority > 0) {
            *ret = text + n + authority;
            return AIS_OK;
        }
    }
    return ais_fail(why, AIS_E_SYNTAX, "the target must begin with '/'");
}

static enum ais_err parse_param(char *text, struct http_target *target, struct ais_why *why)
{
    char *value = strchr(text, '=');
    if (value != NULL)
        *value++ = '\0';
    else
        value = text + strlen(text);
    TRY(decode(text, "query", true, why));
    TRY(decode(value, "query", true, why));
    if (text[0] == '\0')
        return ais_fail(why, AIS_E_SYNTAX, "the query has a parameter without a name");
    if (http_target_param(target, text) != NULL)
        return ais_fail(why, AIS_E_INVALID, "the parameter '%.64s' is given twice", text);
    if (target->n_params == HTTP_PARAMS_MAX)
        return ais_fail(why, AIS_E_LIMIT, "the query has more than %d parameters", HTTP_PARAMS_MAX);
    target->params[target->n_params++] = (struct http_param){ .name = text, .value = value };
    return AIS_OK;
}

enum ais_err http_target_parse(char *text, struct http_target *ret, struct ais_why *why)
{
    char *path = text;
    TRY(check_bytes(text, why));
    TRY(find_path(text, &path, why));
    char *query = strchr(path, '?');
    if (query != NULL)
        *query++ = '\0';
    TRY(decode(path, "path", false, why));

    struct http_target target = { .path = path[0] != '\0' ? path : "/" };
    while (query != NULL && query[0] != '\0') {
        char *next = strchr(query, '&');
        if (next != NULL)
            *next++ = '\0';
        TRY(parse_param(query, &target, why));
        query = next;
    }
    *ret = target;
    return AIS_OK;
}

const char *http_target_param(const struct http_target *target, const char *name)
{
    for (size_t i = 0; i < target->n_params; i++)
        if (strcmp(target->params[i].name, name) == 0)
            return target->params[i].value;
    return NULL;
}

const char *http_target_unknown(const struct http_target *target, const char *const *known, size_t n)
{
    for (size_t i = 0; i < target->n_params; i++) {
        size_t k = 0;
        while (k < n && strcmp(known[k], target->params[i].name) != 0)
            k++;
        if (k == n)
            return target->params[i].name;
    }
    return NULL;
}
