#include "shared/json/write.h"
#include "shared/json/scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The control characters that have a short escape; the others are \u00XX. */
static const char short_escapes[0x20] = { ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't' };

/* Writes what a byte becomes that cannot stand in a string as it is. */
static void put_escape(struct ais_buf *out, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    if (byte >= 0x80)
        ais_buf_add(out, "\xEF\xBF\xBD", 3);
    else if (byte == '"' || byte == '\\')
        ais_buf_add(out, (char[]){ '\\', (char)byte }, 2);
    else if (short_escapes[byte] != 0)
        ais_buf_add(out, (char[]){ '\\', short_escapes[byte] }, 2);
    else
        ais_buf_add(out, (char[]){ '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] }, 6);
}

/* What comes after a first run that could be taken as it is, up to the closing quote. */
static void put_rest(struct ais_buf *out, const unsigned char *at, const unsigned char *end)
{
    while (at < end) {
        put_escape(out, *at++);
        const unsigned char *run = at;
        at = ais_json_text_run(run, end);
        ais_buf_add(out, run, (size_t)(at - run));
    }
    ais_buf_byte(out, '"');
}

/* A quoted string with `before` (',' or NUL for nothing) in front and `after` behind. Most strings have nothing to
 * escape: the first run is all of them, and room is made once. */
static void put_quoted(struct ais_buf *out, char before, const char *bytes, size_t n, char after)
{
    const unsigned char *begin = (const unsigned char *)bytes, *end = begin + n;
    if (!ais_buf_reserve(out, n + 4))
        return;
    const unsigned char *at = ais_json_text_run(begin, end);
    char *to = out->data + out->length;
    if (before != '\0')
        *to++ = before;
    *to++ = '"';
    memcpy(to, begin, (size_t)(at - begin));
    to += at - begin;
    if (at == end)
        *to++ = '"';
    if (at == end && after != '\0')
        *to++ = after;
    *to = '\0';
    out->length = (size_t)(to - out->data);
    if (at == end)
        return;
    put_rest(out, at, end);
    if (after != '\0')
        ais_buf_byte(out, after);
}

static void put_string(struct ais_buf *out, const char *bytes, size_t n)
{
    put_quoted(out, '\0', bytes, n, '\0');
}

/* What stands before a value: a comma, unless it is the first of its container, its line or its document, and its
 * key. No value ends with one of these bytes, so the last byte tells. */
static void put_front(struct ais_buf *out, const char *key, size_t key_length)
{
    char last = '\n';
    if (out->length > 0)
        last = out->data[out->length - 1];
    char comma = last != '{' && last != '[' && last != ',' && last != ':' && last != '\n' ? ',' : '\0';
    if (key != NULL)
        put_quoted(out, comma, key, key_length, ':');
    else if (comma != '\0')
        ais_buf_byte(out, comma);
}

static void put_lexeme(struct ais_buf *out, const char *key, const char *lexeme, size_t n)
{
    put_front(out, key, key != NULL ? strlen(key) : 0);
    ais_buf_add(out, lexeme, n);
}

void ais_jw_begin_object(struct ais_buf *out, const char *key)
{
    put_lexeme(out, key, "{", 1);
}

void ais_jw_end_object(struct ais_buf *out)
{
    ais_buf_byte(out, '}');
}

void ais_jw_begin_array(struct ais_buf *out, const char *key)
{
    put_lexeme(out, key, "[", 1);
}

void ais_jw_end_array(struct ais_buf *out)
{
    ais_buf_byte(out, ']');
}

void ais_jw_text(struct ais_buf *out, const char *key, const char *text)
{
    ais_jw_string(out, key, text, strlen(text));
}

void ais_jw_string(struct ais_buf *out, const char *key, const char *bytes, size_t n)
{
    put_front(out, key, key != NULL ? strlen(key) : 0);
    put_string(out, bytes, n);
}

void ais_jw_u64(struct ais_buf *out, const char *key, uint64_t number)
{
    put_front(out, key, key != NULL ? strlen(key) : 0);
    ais_buf_u64(out, number);
}

void ais_jw_i64(struct ais_buf *out, const char *key, int64_t number)
{
    put_front(out, key, key != NULL ? strlen(key) : 0);
    if (number < 0)
        ais_buf_byte(out, '-');
    ais_buf_u64(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

/* The shortest of the usual precisions that reads back as the same number. */
void ais_jw_double(struct ais_buf *out, const char *key, double number)
{
    char lexeme[32];
    if (!isfinite(number)) {
        ais_jw_null(out, key);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(lexeme, sizeof lexeme, "%.*g", digits, number);
        if (strtod(lexeme, NULL) == number)
            break;
    }
    put_lexeme(out, key, lexeme, strlen(lexeme));
}

void ais_jw_bool(struct ais_buf *out, const char *key, bool value)
{
    put_lexeme(out, key, value ? "true" : "false", value ? 4 : 5);
}

void ais_jw_null(struct ais_buf *out, const char *key)
{
    put_lexeme(out, key, "null", 4);
}

void ais_jw_raw(struct ais_buf *out, const char *key, const char *json, size_t n)
{
    put_lexeme(out, key, json, n);
}

typedef void container_writer(struct ais_buf *out, const struct ais_json *node);

/* One value of a tree without what stands before it; put_members does the members of an object. */
static void put_tree(struct ais_buf *out, const struct ais_json *node, container_writer *put_members)
{
    switch (node->kind) {
    case AIS_JSON_NULL: ais_buf_add(out, "null", 4); break;
    case AIS_JSON_BOOL: ais_buf_text(out, node->boolean ? "true" : "false"); break;
    case AIS_JSON_NUMBER: ais_buf_add(out, node->text, node->length); break;
    case AIS_JSON_STRING: put_string(out, node->text, node->length); break;
    case AIS_JSON_ARRAY:
        ais_buf_byte(out, '[');
        for (const struct ais_json *element = node->first; element != NULL; element = element->next) {
            put_front(out, NULL, 0);
            put_tree(out, element, put_members);
        }
        ais_buf_byte(out, ']');
        break;
    case AIS_JSON_OBJECT:
        ais_buf_byte(out, '{');
        put_members(out, node);
        ais_buf_byte(out, '}');
        break;
    }
}

static void put_in_order(struct ais_buf *out, const struct ais_json *object)
{
    for (const struct ais_json *member = object->first; member != NULL; member = member->next) {
        put_front(out, member->key, member->key_length);
        put_tree(out, member, put_in_order);
    }
}

static int compare_keys(const struct ais_json *a, const struct ais_json *b)
{
    size_t shorter = a->key_length < b->key_length ? a->key_length : b->key_length;
    int order = memcmp(a->key, b->key, shorter);
    return order != 0 ? order : (a->key_length > b->key_length) - (a->key_length < b->key_length);
}

static int compare_places(const void *a, const void *b)
{
    return compare_keys(*(const struct ais_json *const *)a, *(const struct ais_json *const *)b);
}

/* Few members are sorted by insertion as they are taken: no call a comparison, and most are in order already. */
static size_t insert_members(const struct ais_json **sorted, const struct ais_json *object)
{
    size_t count = 0;
    for (const struct ais_json *member = object->first; member != NULL; member = member->next) {
        size_t place = count++;
        for (; place > 0 && compare_keys(sorted[place - 1], member) > 0; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = member;
    }
    return count;
}

static size_t sort_members(const struct ais_json **sorted, const struct ais_json *object)
{
    size_t count = 0;
    for (const struct ais_json *member = object->first; member != NULL; member = member->next)
        sorted[count++] = member;
    qsort(sorted, count, sizeof(const struct ais_json *), compare_places);
    return count;
}

static void put_sorted(struct ais_buf *out, const struct ais_json *object)
{
    enum { FEW = 16 };
    const struct ais_json *few[FEW], **sorted = few;
    size_t count;
    if (object->count <= FEW) {
        count = insert_members(sorted, object);
    } else {
        sorted = malloc(object->count * sizeof(const struct ais_json *));
        if (sorted == NULL) {
            out->failed = true;
            return;
        }
        count = sort_members(sorted, object);
    }
    for (size_t i = 0; i < count; i++) {
        put_front(out, sorted[i]->key, sorted[i]->key_length);
        put_tree(out, sorted[i], put_sorted);
    }
    if (sorted != few)
        free(sorted);
}

void ais_jw_node(struct ais_buf *out, const char *key, const struct ais_json *node)
{
    put_front(out, key, key != NULL ? strlen(key) : 0);
    put_tree(out, node, put_in_order);
}

void ais_jw_canonical(struct ais_buf *out, const struct ais_json *node)
{
    put_tree(out, node, put_sorted);
}
