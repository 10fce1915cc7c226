#include "shared/json/json.h"

#include <string.h>

/* A request has no limit of its own on nodes: its 1 MiB holds at most half a million of them. */
const struct ais_json_limits ais_json_request_limits = { .depth = 64, .nodes = 0 };

const struct ais_json *ais_json_get(const struct ais_json *node, const char *key)
{
    if (node == NULL || node->kind != AIS_JSON_OBJECT)
        return NULL;
    size_t length = strlen(key);
    for (const struct ais_json *member = node->first; member != NULL; member = member->next) {
        if (member->key_length == length && memcmp(member->key, key, length) == 0)
            return member;
    }
    return NULL;
}

const char *ais_json_get_text(const struct ais_json *node, const char *key)
{
    const struct ais_json *member = ais_json_get(node, key);
    if (member == NULL || member->kind != AIS_JSON_STRING || memchr(member->text, '\0', member->length) != NULL)
        return NULL;
    return member->text;
}

bool ais_json_get_u64(const struct ais_json *node, const char *key, uint64_t *ret)
{
    const struct ais_json *member = ais_json_get(node, key);
    if (member == NULL || member->kind != AIS_JSON_NUMBER)
        return false;
    uint64_t number = 0;
    for (size_t i = 0; i < member->length; i++) {
        if (member->text[i] < '0' || member->text[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(member->text[i] - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *ret = number;
    return true;
}

bool ais_json_is(const struct ais_json *node, const char *text)
{
    return node != NULL && node->text != NULL && node->length == strlen(text) &&
           memcmp(node->text, text, node->length) == 0;
}

const char *ais_json_kind_text(enum ais_json_kind kind)
{
    static const char *const texts[] = {
        [AIS_JSON_NULL] = "null",       [AIS_JSON_BOOL] = "true or false", [AIS_JSON_NUMBER] = "a number",
        [AIS_JSON_STRING] = "a string", [AIS_JSON_ARRAY] = "an array",     [AIS_JSON_OBJECT] = "an object",
    };
    return (size_t)kind < N_ELEMS(texts) ? texts[kind] : "an unknown kind";
}
