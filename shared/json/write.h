/* Writes JSON into a buffer: compact, UTF-8, members in the order given. The writer puts the commas (none where the
 * buffer is empty or ends with one of { [ , : or a newline, so lines and prefixes may be written around it); it does
 * not check that ends match beginnings (a test of each document's writer does). Errors stick in the buffer. */
#ifndef AIS_SHARED_JSON_WRITE_H
#define AIS_SHARED_JSON_WRITE_H

#include "shared/json/json.h"
#include "shared/mem/buf.h"

/* Each call writes one value. With key not NULL it is a member of the object that is open, else an element (or the
 * whole document). Each byte of a string that belongs to no valid UTF-8 is written as U+FFFD. */
void ais_jw_begin_object(struct ais_buf *out, const char *key);
void ais_jw_end_object(struct ais_buf *out);
void ais_jw_begin_array(struct ais_buf *out, const char *key);
void ais_jw_end_array(struct ais_buf *out);
void ais_jw_text(struct ais_buf *out, const char *key, const char *text);
void ais_jw_string(struct ais_buf *out, const char *key, const char *bytes, size_t n);
void ais_jw_u64(struct ais_buf *out, const char *key, uint64_t number);
void ais_jw_i64(struct ais_buf *out, const char *key, int64_t number);
void ais_jw_double(struct ais_buf *out, const char *key, double number); /* NaN and infinities become null */
void ais_jw_bool(struct ais_buf *out, const char *key, bool value);
void ais_jw_null(struct ais_buf *out, const char *key);

/* n bytes that are already one JSON value. */
void ais_jw_raw(struct ais_buf *out, const char *key, const char *json, size_t n);

/* A tree, in its own order, numbers as they were written. */
void ais_jw_node(struct ais_buf *out, const char *key, const struct ais_json *node);

/* The canonical form of a tree: members sorted by key bytes, no spaces, strings minimally escaped, numbers as written.
 * Equal for two texts that differ only in key order, spaces and escapes. No comma is ever put in front. */
void ais_jw_canonical(struct ais_buf *out, const struct ais_json *node);

#endif
