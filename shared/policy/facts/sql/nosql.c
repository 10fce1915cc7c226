/* Operators of document databases where a value was wanted. A filter may well have operators; told from it are those
 * that run code, those that every value satisfies, and those under the name of a credential. */
#include "shared/policy/facts/sql/reader.h"

#include <string.h>
#include <strings.h>

static const struct operator
{
    const char *name;
    bool runs; /* code: dangerous whatever it is compared with */
}
operators[] = {
    {"$where",        true },
    { "$function",    true },
    { "$accumulator", true },
    { "$ne",          false},
    { "$gt",          false},
    { "$gte",         false},
    { "$lt",          false},
    { "$lte",         false},
    { "$in",          false},
    { "$nin",         false},
    { "$regex",       false},
    { "$exists",      false},
    { "$not",         false},
    { "$eq",          false},
    { "$or",          false},
};

static const char *const credentials[] = { "user", "username", "login",  "email",   "password", "passwd", "pass",
                                           "pwd",  "token",    "secret", "api_key", "apikey",   "otp",    "pin" };

static const struct operator* operator_of(const char *name, size_t n)
{
    for (size_t i = 0; i < N_ELEMS(operators); i++)
        if (n > 1 && operators[i].name[1] == name[1] && strlen(operators[i].name) == n &&
            memcmp(operators[i].name, name, n) == 0)
            return &operators[i];
    return NULL;
}

static bool is_credential(const char *name, size_t n)
{
    for (size_t i = 0; i < N_ELEMS(credentials); i++)
        if (strlen(credentials[i]) == n && strncasecmp(credentials[i], name, n) == 0)
            return true;
    return false;
}

/* Operands that let everything through: nothing, an empty text, a pattern of dots. */
static bool is_all(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!ais_sql_is_any(text[i], ".*^$+"))
            return false;
    return true;
}

static bool is_dangerous(const struct operator* operator, const struct ais_json * operand, bool credential)
{
    if (operator->runs || credential)
        return true;
    if (operator->name[1] == 'l' || operator->name[1] == 'i' || operator->name[1] == 'o' ||
        strcmp(operator->name, "$eq") == 0)
        return false;
    return operand->kind == AIS_JSON_NULL ||
           (operand->kind == AIS_JSON_STRING && is_all(operand->text, operand->length)) ||
           (operand->kind == AIS_JSON_ARRAY && operand->count == 0);
}

static bool find(const struct ais_json *node, bool credential, bool lookup)
{
    for (const struct ais_json *child = node->first; child != NULL; child = child->next) {
        const struct operator* operator= child->key != NULL ? operator_of(child->key, child->key_length) : NULL;
        if (operator!= NULL &&(operator->runs || lookup || credential) && is_dangerous(operator, child, credential))
            return true;
        bool named = child->key != NULL ? is_credential(child->key, child->key_length) : credential;
        if (find(child, named, lookup))
            return true;
    }
    return false;
}

void ais_sql_operators(struct ais_sql_reader *reader, const struct ais_json *arguments, bool lookup)
{
    if (find(arguments, false, lookup) && ais_sql_begin(reader)) {
        ais_sql_add(reader, AIS_SQL_STATEMENTS, AIS_SQL_NOSQL, strlen(AIS_SQL_NOSQL));
        ais_part_add_number(reader->view, reader->part, AIS_SQL_COUNTS, 1);
    }
}

/* In a text: user[$ne]=x as a form sends it, {"$gt": ""} as JSON, $where: '…'. */
bool ais_sql_operator_text(const char *text, size_t n)
{
    const char *at = text, *end = text + n;
    while (at < end && (at = memchr(at, '$', (size_t)(end - at))) != NULL) {
        const char *name = at++;
        while (at < end && ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z')))
            at++;
        const struct operator* operator= operator_of(name, (size_t)(at - name));
        char before = '\0';
        if (name > text)
            before = name[-1];
        if (operator== NULL)
            continue;
        if (before == '[' && at < end && *at == ']')
            return true;
        const char *value = at;
        bool quoted = (before == '"' || before == '\'') && value < end && *value == before;
        value += quoted;
        while (value < end && *value == ' ')
            value++;
        if (value == end || *value != ':' ||
            !(quoted || name == text || before == '{' || before == ' ' || before == ','))
            continue;
        for (value++; value < end && *value == ' ';)
            value++;
        bool nothing = end - value >= 2 && value[0] == value[1] && (*value == '"' || *value == '\'');
        nothing |=
            (end - value >= 4 && memcmp(value, "null", 4) == 0) || (end - value >= 2 && memcmp(value, "[]", 2) == 0);
        if (operator->runs || nothing)
            return true;
    }
    return false;
}
