#include "shared/yaml/scalar.h"

#include <string.h>

/* The parts of a decimal number: [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
struct decimal {
    bool negative, has_point;
    const char *whole, *fraction, *exponent; /* borrowed */
    size_t whole_length, fraction_length, exponent_length;
};

static size_t digits(const char *at, const char *end)
{
    const char *begin = at;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return (size_t)(at - begin);
}

static bool split_decimal(const char *at, const char *end, struct decimal *ret)
{
    struct decimal d = { 0 };
    if (at < end && (*at == '-' || *at == '+'))
        d.negative = *at++ == '-';
    d.whole = at;
    d.whole_length = digits(at, end);
    at += d.whole_length;
    if (at < end && *at == '.') {
        d.has_point = true;
        d.fraction = ++at;
        d.fraction_length = digits(at, end);
        at += d.fraction_length;
    }
    if (d.whole_length + d.fraction_length == 0)
        return false;
    d.exponent = at;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '-' || *at == '+'))
            at++;
        size_t power = digits(at, end);
        if (power == 0)
            return false;
        at += power;
    }
    d.exponent_length = (size_t)(at - d.exponent);
    *ret = d;
    return at == end;
}

static char *put(char *out, const char *bytes, size_t n)
{
    memcpy(out, bytes, n);
    return out + n;
}

/* The number as JSON writes it: no plus, no leading zeros, digits on both sides of a point. */
static enum ais_err set_decimal(struct ais_arena *arena, const struct decimal *d, struct ais_json *node)
{
    const char *whole = d->whole;
    size_t whole_length = d->whole_length;
    for (; whole_length > 1 && *whole == '0'; whole_length--)
        whole++;
    char *lexeme = ais_arena_alloc(arena, d->whole_length + d->fraction_length + d->exponent_length + sizeof "-0.0");
    if (lexeme == NULL)
        return AIS_E_NOMEM;
    char *out = lexeme;
    if (d->negative)
        out = put(out, "-", 1);
    out = whole_length > 0 ? put(out, whole, whole_length) : put(out, "0", 1);
    if (d->has_point) {
        out = put(out, ".", 1);
        out = d->fraction_length > 0 ? put(out, d->fraction, d->fraction_length) : put(out, "0", 1);
    }
    out = put(out, d->exponent, d->exponent_length);
    node->kind = AIS_JSON_NUMBER;
    node->text = lexeme;
    node->length = (uint32_t)(out - lexeme);
    return AIS_OK;
}

static int digit_value(char byte)
{
    char lower = (char)(byte | 0x20);
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

/* 0o17 or 0x1F; false when text is neither. *ret_fits: whether it has at most 64 bits. */
static bool read_based(const char *text, size_t n, uint64_t *ret, bool *ret_fits)
{
    if (n < 3 || text[0] != '0' || (text[1] != 'o' && text[1] != 'x'))
        return false;
    int base = text[1] == 'o' ? 8 : 16;
    uint64_t number = 0;
    bool fits = true;
    for (size_t i = 2; i < n; i++) {
        int value = digit_value(text[i]);
        if (value >= base)
            return false;
        fits = fits && number <= UINT64_MAX / (uint64_t)base;
        number = number * (uint64_t)base + (uint64_t)value;
    }
    *ret = number;
    *ret_fits = fits;
    return true;
}

static enum ais_err set_whole(struct ais_arena *arena, uint64_t number, struct ais_json *node)
{
    char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    node->kind = AIS_JSON_NUMBER;
    node->length = (uint32_t)(sizeof text - at);
    node->text = ais_arena_copy(arena, text + at, node->length);
    return node->text != NULL ? AIS_OK : AIS_E_NOMEM;
}

enum meaning { IS_NULL, IS_TRUE, IS_FALSE, HAS_NO_JSON };

static const struct word {
    const char *text;
    enum meaning meaning;
} words[] = {
    {"",       IS_NULL    },
    { "~",     IS_NULL    },
    { "null",  IS_NULL    },
    { "Null",  IS_NULL    },
    { "NULL",  IS_NULL    },
    { "true",  IS_TRUE    },
    { "True",  IS_TRUE    },
    { "TRUE",  IS_TRUE    },
    { "false", IS_FALSE   },
    { "False", IS_FALSE   },
    { "FALSE", IS_FALSE   },
    { ".nan",  HAS_NO_JSON},
    { ".NaN",  HAS_NO_JSON},
    { ".NAN",  HAS_NO_JSON},
    { ".inf",  HAS_NO_JSON},
    { ".Inf",  HAS_NO_JSON},
    { ".INF",  HAS_NO_JSON},
    { "+.inf", HAS_NO_JSON},
    { "+.Inf", HAS_NO_JSON},
    { "+.INF", HAS_NO_JSON},
    { "-.inf", HAS_NO_JSON},
    { "-.Inf", HAS_NO_JSON},
    { "-.INF", HAS_NO_JSON},
};

static const struct word *find_word(const char *text, size_t n)
{
    enum { LONGEST = 5 };
    if (n > LONGEST)
        return NULL;
    for (size_t i = 0; i < N_ELEMS(words); i++) {
        if (strlen(words[i].text) == n && memcmp(words[i].text, text, n) == 0)
            return &words[i];
    }
    return NULL;
}

static enum ais_err set_word(enum meaning meaning, struct ais_json *node, const char **ret_words)
{
    if (meaning == HAS_NO_JSON) {
        *ret_words = "expected a finite number, or quotes around it";
        return AIS_E_SYNTAX;
    }
    node->kind = meaning == IS_NULL ? AIS_JSON_NULL : AIS_JSON_BOOL;
    if (node->kind == AIS_JSON_BOOL) {
        node->boolean = meaning == IS_TRUE;
        node->text = node->boolean ? "true" : "false";
        node->length = (uint32_t)strlen(node->text);
    }
    return AIS_OK;
}

enum ais_err ais_yaml_resolve(struct ais_arena *arena, const char *text, size_t n, struct ais_json *node,
                              const char **ret_words)
{
    const struct word *word = find_word(text, n);
    struct decimal decimal;
    uint64_t number;
    bool fits;
    if (word != NULL)
        return set_word(word->meaning, node, ret_words);
    if (split_decimal(text, text + n, &decimal))
        return set_decimal(arena, &decimal, node);
    if (read_based(text, n, &number, &fits)) {
        *ret_words = "expected a number of at most 64 bits, or quotes around it";
        return fits ? set_whole(arena, number, node) : AIS_E_SYNTAX;
    }
    node->kind = AIS_JSON_STRING;
    node->text = text;
    node->length = (uint32_t)n;
    return AIS_OK;
}
