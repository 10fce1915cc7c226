/* Where something stands in a document: the parser counts characters, the tree bytes, people lines and columns. For the
 * files of this folder only. */
#ifndef AIS_SHARED_YAML_PLACE_H
#define AIS_SHARED_YAML_PLACE_H

#include <stddef.h>
#include <stdint.h>

struct ais_yaml_place {
    uint32_t offset, line, column; /* in bytes; the latter two from 1 */
};

/* A document, and the place in it that was asked for last. */
struct ais_yaml_text {
    const char *bytes; /* borrowed; UTF-8, as far as places are asked for by characters */
    size_t n;
    size_t index, offset, line, line_begin; /* the same place as characters, bytes, lines and the line's first byte */
};

/* Where the character of this index is. Places are asked for in order but for a few steps back, so that all of them
 * together walk through the document once. */
struct ais_yaml_place ais_yaml_place(struct ais_yaml_text *text, size_t index);

/* The same by its byte, from the beginning, whether what is before it is UTF-8 or not. */
struct ais_yaml_place ais_yaml_place_of_byte(const struct ais_yaml_text *text, size_t offset);

#endif
