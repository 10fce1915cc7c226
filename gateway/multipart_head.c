#include "gateway/multipart_head.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NAME_SHOWN = 64, VALUE_MAX = 1024 };

/* RFC 9110 section 5.6.2, which RFC 2045 calls a token too, but for '{' and '}'. */
static size_t token_length(const char *text)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    size_t n = 0;
    for (;; n++) {
        char c = text[n];
        bool alphanumeric = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!alphanumeric && (c == '\0' || strchr(others, c) == NULL))
            return n;
    }
}

static size_t space_length(const char *text)
{
    return strspn(text, " \t");
}

/* ---- parameters ---- */

struct parameter {
    const char *name;
    size_t name_size;
    char value[VALUE_MAX];
    size_t value_size;
};

static bool add(struct parameter *parameter, char c)
{
    if (parameter->value_size + 1 >= sizeof parameter->value)
        return false;
    parameter->value[parameter->value_size++] = c;
    parameter->value[parameter->value_size] = '\0';
    return true;
}

/* A quoted string (RFC 9110 section 5.6.4) behind its first quote; NULL: it does not end, or is too long. */
static const char *read_quoted(const char *at, struct parameter *ret)
{
    for (; *at != '"'; at++) {
        if (*at == '\\')
            at++;
        if (*at == '\0' || !add(ret, *at))
            return NULL;
    }
    return at + 1;
}

static const char *read_plain(const char *at, struct parameter *ret)
{
    size_t n = token_length(at);
    for (size_t i = 0; i < n; i++)
        if (!add(ret, at[i]))
            return NULL;
    return n > 0 ? at + n : NULL;
}

/* Reads "; name=value" at *at and steps behind it. False: malformed. At the end the name is empty. */
static bool next_parameter(const char **at, struct parameter *ret)
{
    const char *text = *at + space_length(*at);
    ret->name_size = ret->value_size = 0;
    ret->value[0] = '\0';
    if (*text == '\0') {
        *at = text;
        return true;
    }
    if (*text != ';')
        return false;
    text += 1 + space_length(text + 1);
    ret->name = text;
    ret->name_size = token_length(text);
    if (ret->name_size == 0 || text[ret->name_size] != '=')
        return false;
    text += ret->name_size + 1;
    *at = *text == '"' ? read_quoted(text + 1, ret) : read_plain(text, ret);
    return *at != NULL;
}

/* Behind the first word of a value: where parameters begin. */
static const char *parameters_of(const char *value)
{
    return value + strcspn(value, "; \t");
}

static bool has_name(const struct parameter *parameter, const char *name)
{
    return parameter->name_size == strlen(name) && strncasecmp(parameter->name, name, parameter->name_size) == 0;
}

enum ais_err multipart_parameter(const char *value, const char *name, char *ret, size_t size, bool *ret_found,
                                 struct ais_why *why)
{
    struct parameter parameter;
    *ret_found = false;
    ret[0] = '\0';
    for (const char *at = parameters_of(value);;) {
        if (!next_parameter(&at, &parameter))
            return ais_fail(why, AIS_E_SYNTAX, "the parameters behind '%.40s' are malformed: expected ; name=value",
                            value);
        if (parameter.name_size == 0)
            return AIS_OK;
        if (!has_name(&parameter, name))
            continue;
        if (*ret_found)
            return ais_fail(why, AIS_E_SYNTAX, "the parameter %s is given twice", name);
        if (parameter.value_size >= size)
            return ais_fail(why, AIS_E_SYNTAX, "the parameter %s is longer than %zu characters", name, size - 1);
        memcpy(ret, parameter.value, parameter.value_size + 1);
        *ret_found = true;
    }
}

/* ---- fields ---- */

static bool has_word(const char *value, const char *word)
{
    size_t n = strlen(word);
    return strncasecmp(value, word, n) == 0 && parameters_of(value) == value + n;
}

static enum ais_err read_disposition(const char *value, const char *field, struct ais_why *why)
{
    char name[VALUE_MAX];
    bool found = false;
    if (!has_word(value, "form-data"))
        return ais_fail(why, AIS_E_SYNTAX, "the Content-Disposition of a part must be form-data");
    TRY(multipart_parameter(value, "name", name, sizeof name, &found, why));
    if (!found)
        return ais_fail(why, AIS_E_SYNTAX, "the Content-Disposition of a part must have a name");
    if (strcmp(name, field) != 0)
        return ais_fail(why, AIS_E_INVALID, "the form has a field '%.*s': it takes one field, '%s'", NAME_SHOWN, name,
                        field);
    return AIS_OK;
}

static enum ais_err read_type(const char *value, const char *field, struct ais_why *why)
{
    char charset[VALUE_MAX];
    bool found = false;
    TRY(multipart_parameter(value, "charset", charset, sizeof charset, &found, why));
    if (strncasecmp(value, "multipart/", strlen("multipart/")) == 0)
        return ais_fail(why, AIS_E_REFUSED, "the field '%s' must be one document, not several", field);
    if (found && strcasecmp(charset, "utf-8") != 0)
        return ais_fail(why, AIS_E_REFUSED, "the charset of the field '%s' must be utf-8, not '%.*s'", field,
                        NAME_SHOWN, charset);
    return AIS_OK;
}

static enum ais_err read_encoding(const char *value, const char *field, struct ais_why *why)
{
    static const char *const taken[] = { "7bit", "8bit", "binary" };
    size_t n = token_length(value);
    for (size_t i = 0; i < N_ELEMS(taken); i++)
        if (strlen(taken[i]) == n && strncasecmp(taken[i], value, n) == 0 && value[n + space_length(value + n)] == '\0')
            return AIS_OK;
    return ais_fail(why, AIS_E_REFUSED,
                    "the Content-Transfer-Encoding of the field '%s' must be 7bit, 8bit or binary, not '%.*s'", field,
                    NAME_SHOWN, value);
}

static const struct known {
    const char *name;
    size_t seen; /* where struct multipart_head notes that it was there */
    enum ais_err (*read)(const char *value, const char *field, struct ais_why *why);
} known[] = {
    {"Content-Disposition",        offsetof(struct multipart_head, disposition), read_disposition},
    { "Content-Type",              offsetof(struct multipart_head, type),        read_type       },
    { "Content-Transfer-Encoding", offsetof(struct multipart_head, encoding),    read_encoding   },
};

/* Other fields are to be ignored (RFC 7578 section 4.8). */
static enum ais_err read_field(struct multipart_head *head, const char *name, size_t name_size, const char *value,
                               const char *field, struct ais_why *why)
{
    for (size_t i = 0; i < N_ELEMS(known); i++) {
        if (strlen(known[i].name) != name_size || strncasecmp(known[i].name, name, name_size) != 0)
            continue;
        bool *seen = (bool *)((char *)head + known[i].seen);
        if (*seen)
            return ais_fail(why, AIS_E_SYNTAX, "a part has two fields %s", known[i].name);
        *seen = true;
        return known[i].read(value, field, why);
    }
    return AIS_OK;
}

enum ais_err multipart_head_line(struct multipart_head *head, const char *line, size_t n, const char *field,
                                 struct ais_why *why)
{
    char text[VALUE_MAX];
    if (n >= sizeof text)
        return ais_fail(why, AIS_E_SYNTAX, "a line in the head of a part is longer than %d bytes", VALUE_MAX - 1);
    for (size_t i = 0; i < n; i++)
        if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7F)
            return ais_fail(why, AIS_E_SYNTAX, "the head of a part has a control character");
    memcpy(text, line, n);
    text[n] = '\0';
    size_t name_size = token_length(text);
    if (name_size == 0 || text[name_size] != ':')
        return ais_fail(why, AIS_E_SYNTAX, "a line in the head of a part must be Name: value, on one line");
    const char *value = text + name_size + 1;
    return read_field(head, text, name_size, value + space_length(value), field, why);
}
