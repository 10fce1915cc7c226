#include "shared/policy/facts/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct ais_values *values)
{
    size_t capacity = values->capacity > 0 ? 2 * values->capacity : 64;
    struct ais_value *grown = realloc(values->items, capacity * sizeof *grown);
    if (grown == NULL) {
        values->failed = true;
        return false;
    }
    values->items = grown;
    values->capacity = capacity;
    return true;
}

void ais_values_add(struct ais_values *values, enum ais_value_kind kind, const char *text, size_t length)
{
    if (values->count - values->first == AIS_VALUES_MOST)
        values->unknown = "more than 65536 values";
    else if (values->count < values->capacity || grow(values))
        values->items[values->count++] = (struct ais_value){ kind, text, length, 0 };
}

void ais_values_add_node(struct ais_values *values, const struct ais_json *node)
{
    switch (node->kind) {
    case AIS_JSON_NULL: ais_values_add(values, AIS_VALUE_NULL, "", 0); break;
    case AIS_JSON_BOOL: ais_values_add(values, AIS_VALUE_BOOL, node->text, node->length); break;
    case AIS_JSON_NUMBER: ais_values_add(values, AIS_VALUE_NUMBER, node->text, node->length); break;
    case AIS_JSON_STRING: ais_values_add(values, AIS_VALUE_STRING, node->text, node->length); break;
    case AIS_JSON_ARRAY:
    case AIS_JSON_OBJECT: ais_values_add(values, AIS_VALUE_STRING, "", 0); break;
    }
}

void ais_values_add_text(struct ais_values *values, const char *text)
{
    if (text != NULL)
        ais_values_add(values, AIS_VALUE_STRING, text, strlen(text));
}

void ais_values_add_number(struct ais_values *values, size_t number)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%zu", number);
    const char *text = ais_arena_copy(values->arena, digits, (size_t)length);
    if (text == NULL)
        values->failed = true;
    else
        ais_values_add(values, AIS_VALUE_NUMBER, text, (size_t)length);
}

void ais_values_done(struct ais_values *values)
{
    free(values->items);
    *values = (struct ais_values){ 0 };
}
