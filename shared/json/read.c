/* The strict reader: one pass, one arena.
 *
 * It descends by calling itself, once a nested array or object, never deeper than its limit of depth. All text goes to
 * one piece of the arena, taken at the start: a string is followed there by a NUL but was inside two quotes, and a
 * number was followed by a separator or by the end, so n + 1 bytes are enough for whatever n bytes hold. */
#include "shared/json/json.h"
#include "shared/json/keys.h"
#include "shared/json/scan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST = 1024 };

struct reader {
    const unsigned char *begin, *at, *end;
    const unsigned char *line_begin; /* of the line that at is in; no token spans two lines */
    uint32_t line;
    size_t deepest, most_nodes, nodes;
    struct ais_arena *arena;   /* borrowed */
    char *text;                /* the next free byte of the text */
    struct ais_json_keys keys; /* scratch */
    struct ais_why *why;       /* borrowed; may be NULL */
};

static uint32_t column_of(const struct reader *r, const unsigned char *at)
{
    return (uint32_t)(at - r->line_begin) + 1;
}

static enum ais_err fail_at(struct reader *r, const unsigned char *at, enum ais_err code, const char *words)
{
    ais_fail(r->why, code, "line %u, column %u: %s", r->line, column_of(r, at), words);
    return code;
}

/* Fails with "line L, column C: expected WHAT, found ..." for the byte at `at`. */
static enum ais_err fail_expected(struct reader *r, const unsigned char *at, const char *what)
{
    char words[128], found[32] = "the end of the text";
    if (at<r->end && * at> 0x20 && *at < 0x7F)
        snprintf(found, sizeof found, "'%c'", *at);
    else if (at < r->end)
        snprintf(found, sizeof found, "byte 0x%02X", *at);
    snprintf(words, sizeof words, "expected %s, found %s", what, found);
    return fail_at(r, at, AIS_E_SYNTAX, words);
}

static enum ais_err fail_limit(struct reader *r, size_t limit, const char *of_what)
{
    char words[128];
    snprintf(words, sizeof words, "expected at most %zu %s", limit, of_what);
    return fail_at(r, r->at, AIS_E_LIMIT, words);
}

static enum ais_err fail_memory(struct reader *r)
{
    return fail_at(r, r->at, AIS_E_NOMEM, "no memory is left to hold what follows");
}

/* The byte at hand, NUL at the end: no token begins with a NUL, so whoever expected one refuses it. */
static unsigned char peek(const struct reader *r)
{
    return r->at < r->end ? *r->at : '\0';
}

static unsigned char skip_space(struct reader *r)
{
    for (; r->at < r->end; r->at++) {
        if (*r->at == '\n') {
            r->line++;
            r->line_begin = r->at + 1;
        } else if (*r->at != ' ' && *r->at != '\t' && *r->at != '\r') {
            return *r->at;
        }
    }
    return '\0';
}

/* Four hexadecimal digits as a number; -1 when they are not. */
static int32_t read_hex4(const struct reader *r, const unsigned char *at)
{
    int32_t unit = 0;
    if (r->end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        unsigned char digit = at[i], lower = digit | 0x20;
        if (digit >= '0' && digit <= '9')
            unit = unit * 16 + (digit - '0');
        else if (lower >= 'a' && lower <= 'f')
            unit = unit * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return unit;
}

static void put_character(struct reader *r, uint32_t c)
{
    static const unsigned char leads[] = { 0, 0x00, 0xC0, 0xE0, 0xF0 };
    int size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (int i = size - 1; i > 0; i--) {
        r->text[i] = (char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    r->text[0] = (char)(leads[size] | c);
    r->text += size;
}

/* \uXXXX, or two of them that make one character (RFC 8259, section 7); at is on the backslash. */
static enum ais_err read_unicode_escape(struct reader *r)
{
    int32_t unit = read_hex4(r, r->at + 2);
    if (unit < 0)
        return fail_at(r, r->at, AIS_E_SYNTAX, "expected four hexadecimal digits after \\u");
    uint32_t c = (uint32_t)unit;
    if (c >= 0xD800 && c <= 0xDFFF) {
        int32_t low = r->end - r->at >= 8 && r->at[6] == '\\' && r->at[7] == 'u' ? read_hex4(r, r->at + 8) : -1;
        if (c >= 0xDC00 || low < 0xDC00 || low > 0xDFFF)
            return fail_at(r, r->at, AIS_E_SYNTAX,
                           "half a surrogate pair; expected \\uD800-\\uDBFF followed by \\uDC00-\\uDFFF");
        c = 0x10000 + ((c - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
        r->at += 6;
    }
    r->at += 6;
    put_character(r, c);
    return AIS_OK;
}

static enum ais_err read_escape(struct reader *r)
{
    static const char meanings[128] = {
        ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
    };
    unsigned char letter = r->end - r->at >= 2 ? r->at[1] : 0;
    if (letter == 'u')
        return read_unicode_escape(r);
    if (letter >= 128 || meanings[letter] == 0)
        return fail_expected(r, r->at + 1, "one of \" \\ / b f n r t u after the backslash");
    *r->text++ = meanings[letter];
    r->at += 2;
    return AIS_OK;
}

/* A string whose opening quote is at hand. Its text ends with a NUL that *ret_length does not count. */
static enum ais_err read_string(struct reader *r, const char **ret_text, uint32_t *ret_length)
{
    const unsigned char *opening = r->at++;
    char *text = r->text;
    for (;;) {
        const unsigned char *run = r->at;
        r->at = ais_json_text_run(run, r->end);
        memcpy(r->text, run, (size_t)(r->at - run));
        r->text += r->at - run;
        unsigned char byte = peek(r);
        if (byte == '"')
            break;
        if (r->at == r->end)
            return fail_at(r, opening, AIS_E_SYNTAX, "this string does not end; expected a closing '\"'");
        if (byte < 0x20)
            return fail_at(r, r->at, AIS_E_SYNTAX, "a control character in a string; expected it escaped, as \\u00XX");
        if (byte != '\\')
            return fail_at(r, r->at, AIS_E_SYNTAX, "bytes that are not UTF-8");
        TRY(read_escape(r));
    }
    r->at++;
    *ret_text = text;
    *ret_length = (uint32_t)(r->text - text);
    *r->text++ = '\0';
    return AIS_OK;
}

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static enum ais_err skip_digits(struct reader *r, const char *what)
{
    if (!is_digit(peek(r)))
        return fail_expected(r, r->at, what);
    do
        r->at++;
    while (is_digit(peek(r)));
    return AIS_OK;
}

static enum ais_err read_number(struct reader *r, struct ais_json *node)
{
    const unsigned char *begin = r->at;
    if (peek(r) == '-')
        r->at++;
    const unsigned char *whole = r->at;
    TRY(skip_digits(r, "a digit after '-'"));
    if (*whole == '0' && r->at - whole > 1)
        return fail_at(r, whole, AIS_E_SYNTAX, "expected a number without leading zeros");
    if (peek(r) == '.') {
        r->at++;
        TRY(skip_digits(r, "a digit after the decimal point"));
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        r->at++;
        if (peek(r) == '+' || peek(r) == '-')
            r->at++;
        TRY(skip_digits(r, "a digit in the exponent"));
    }
    node->kind = AIS_JSON_NUMBER;
    node->text = r->text;
    node->length = (uint32_t)(r->at - begin);
    memcpy(r->text, begin, node->length);
    r->text += node->length;
    *r->text++ = '\0';
    return AIS_OK;
}

static enum ais_err read_word(struct reader *r, struct ais_json *node)
{
    static const struct {
        const char *text;
        size_t length;
        enum ais_json_kind kind;
        bool boolean;
    } words[] = {
        {"true",   4, AIS_JSON_BOOL, true },
        { "false", 5, AIS_JSON_BOOL, false},
        { "null",  4, AIS_JSON_NULL, false},
    };
    for (size_t i = 0; i < N_ELEMS(words); i++) {
        if ((size_t)(r->end - r->at) < words[i].length || memcmp(r->at, words[i].text, words[i].length) != 0)
            continue;
        r->at += words[i].length;
        node->kind = words[i].kind;
        node->boolean = words[i].boolean;
        if (node->kind == AIS_JSON_BOOL) {
            node->text = words[i].text;
            node->length = (uint32_t)words[i].length;
        }
        return AIS_OK;
    }
    return fail_expected(r, r->at, "a value");
}

static enum ais_err read_value(struct reader *r, size_t depth, struct ais_json **ret);

static enum ais_err read_array(struct reader *r, size_t depth, struct ais_json *array)
{
    const struct ais_json **tail = &array->first;
    array->kind = AIS_JSON_ARRAY;
    r->at++;
    if (skip_space(r) == ']') {
        r->at++;
        return AIS_OK;
    }
    for (;;) {
        struct ais_json *element;
        TRY(read_value(r, depth, &element));
        *tail = element;
        tail = &element->next;
        array->count++;
        unsigned char byte = skip_space(r);
        if (byte != ',' && byte != ']')
            return fail_expected(r, r->at, "',' or ']' after the element");
        r->at++;
        if (byte == ']')
            return AIS_OK;
        skip_space(r);
    }
}

static enum ais_err read_member(struct reader *r, size_t depth, struct ais_json **ret)
{
    const char *key;
    uint32_t key_length;
    uint32_t line = r->line, column = column_of(r, r->at);
    if (peek(r) != '"')
        return fail_expected(r, r->at, "a key in double quotes");
    TRY(read_string(r, &key, &key_length));
    if (skip_space(r) != ':')
        return fail_expected(r, r->at, "':' after the key");
    r->at++;
    skip_space(r);
    struct ais_json *member;
    TRY(read_value(r, depth, &member));
    member->key = key;
    member->key_length = key_length;
    member->key_line = line;
    member->key_column = column;
    *ret = member;
    return AIS_OK;
}

static enum ais_err check_keys(struct reader *r, const struct ais_json *object)
{
    const struct ais_json *first, *twice;
    if (ais_json_keys_check(&r->keys, r->arena, object, &first, &twice) != AIS_OK)
        return fail_memory(r);
    if (twice == NULL)
        return AIS_OK;
    return ais_fail(r->why, AIS_E_SYNTAX,
                    "line %u, column %u: the key '%.*s' is in this object already, at line %u, column %u; expected "
                    "each key once",
                    twice->key_line, twice->key_column, (int)ais_utf8_cut(twice->key, twice->key_length, 64),
                    twice->key, first->key_line, first->key_column);
}

static enum ais_err read_object(struct reader *r, size_t depth, struct ais_json *object)
{
    const struct ais_json **tail = &object->first;
    object->kind = AIS_JSON_OBJECT;
    r->at++;
    if (skip_space(r) == '}') {
        r->at++;
        return AIS_OK;
    }
    for (;;) {
        struct ais_json *member = NULL; /* gcc with -fsanitize=thread cannot see that TRY ends here otherwise */
        TRY(read_member(r, depth, &member));
        *tail = member;
        tail = &member->next;
        object->count++;
        unsigned char byte = skip_space(r);
        if (byte != ',' && byte != '}')
            return fail_expected(r, r->at, "',' or '}' after the member");
        r->at++;
        if (byte == '}')
            return check_keys(r, object);
        skip_space(r);
    }
}

/* A node for the value that begins at hand, counted. */
static enum ais_err new_node(struct reader *r, struct ais_json **ret)
{
    if (r->most_nodes > 0 && ++r->nodes > r->most_nodes)
        return fail_limit(r, r->most_nodes, "values in all");
    struct ais_json *node = ais_arena_room(r->arena, sizeof *node);
    if (node == NULL)
        return fail_memory(r);
    *node = (struct ais_json){ .line = r->line, .column = column_of(r, r->at), .begin = (uint32_t)(r->at - r->begin) };
    *ret = node;
    return AIS_OK;
}

/* The value at hand; depth counts the arrays and objects around it. */
static enum ais_err read_value(struct reader *r, size_t depth, struct ais_json **ret)
{
    struct ais_json *node;
    unsigned char byte = peek(r);
    if ((byte == '{' || byte == '[') && depth >= r->deepest)
        return fail_limit(r, r->deepest, "levels of arrays and objects");
    TRY(new_node(r, &node));
    switch (byte) {
    case '{': TRY(read_object(r, depth + 1, node)); break;
    case '[': TRY(read_array(r, depth + 1, node)); break;
    case '"':
        node->kind = AIS_JSON_STRING;
        node->quoted = true;
        TRY(read_string(r, &node->text, &node->length));
        break;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': TRY(read_number(r, node)); break;
    default: TRY(read_word(r, node)); break;
    }
    node->end = (uint32_t)(r->at - r->begin);
    *ret = node;
    return AIS_OK;
}

enum ais_err ais_json_read(struct ais_arena *arena, const char *bytes, size_t n, const struct ais_json_limits *limits,
                           const struct ais_json **ret, struct ais_why *why)
{
    const unsigned char *begin = (const unsigned char *)bytes;
    if (n >= UINT32_MAX)
        return ais_fail(why, AIS_E_LIMIT, "expected less than 4 GiB of JSON");
    struct reader r = {
        .begin = begin,
        .at = begin,
        .end = begin + n,
        .line_begin = begin,
        .line = 1,
        .deepest = limits->depth < DEEPEST ? limits->depth : DEEPEST,
        .most_nodes = limits->nodes,
        .arena = arena,
        .text = ais_arena_alloc(arena, n + 1),
        .why = why,
    };
    char *text = r.text;
    if (text == NULL)
        return fail_memory(&r);
    if (n >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        return fail_at(&r, r.at, AIS_E_SYNTAX, "expected a value, found a byte order mark");
    struct ais_json *root;
    skip_space(&r);
    TRY(read_value(&r, 0, &root));
    skip_space(&r);
    if (r.at != r.end)
        return fail_expected(&r, r.at, "nothing after the value");
    assert(r.text <= text + n + 1);
    *ret = root;
    return AIS_OK;
}
