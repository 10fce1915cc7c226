#include "shared/yaml/place.h"

#include "shared/json/utf8.h"

#include <stdbool.h>
#include <string.h>

static bool is_inside_character(const struct ais_yaml_text *text, size_t offset)
{
    return offset < text->n && ais_utf8_follows((unsigned char)text->bytes[offset]);
}

static void step_back(struct ais_yaml_text *text)
{
    do
        text->offset--;
    while (text->offset > 0 && is_inside_character(text, text->offset));
    text->index--;
    if (text->bytes[text->offset] == '\n') {
        const char *newline = memrchr(text->bytes, '\n', text->offset);
        text->line--;
        text->line_begin = newline != NULL ? (size_t)(newline - text->bytes) + 1 : 0;
    }
}

struct ais_yaml_place ais_yaml_place(struct ais_yaml_text *text, size_t index)
{
    while (text->index > index)
        step_back(text);
    for (; text->index < index && text->offset < text->n; text->index++) {
        if (text->bytes[text->offset++] == '\n') {
            text->line++;
            text->line_begin = text->offset;
        }
        while (is_inside_character(text, text->offset))
            text->offset++;
    }
    return (struct ais_yaml_place){ (uint32_t)text->offset, (uint32_t)text->line + 1,
                                    (uint32_t)(text->offset - text->line_begin) + 1 };
}

struct ais_yaml_place ais_yaml_place_of_byte(const struct ais_yaml_text *text, size_t offset)
{
    struct ais_yaml_place place = { .line = 1, .column = 1 };
    for (; place.offset < offset && place.offset < text->n; place.offset++) {
        bool is_newline = text->bytes[place.offset] == '\n';
        place.line += is_newline;
        place.column = is_newline ? 1 : place.column + 1;
    }
    return place;
}
