/* Conditions: whether one holds for every row. Constants are folded; what names a column depends on the row. A
 * comparison of constants that cannot be computed here counts as one that holds: who writes it means it to. */
#include "shared/policy/facts/sql/reader.h"

#include <string.h>
#include <strings.h>

enum { NESTING_MOST = 64 };

enum kind { ROW, CONSTANT, NUMBER, TEXT, NOTHING }; /* of the row; of constants, not computed; …; NULL */

struct value {
    enum kind kind;
    double number;
    size_t begin, end; /* its tokens */
};

struct reading {
    const struct ais_sql_tokens *tokens;
    size_t at, end;
    unsigned depth;
    bool mysql, too_deep;
};

static struct value read_or(struct reading *r);

static bool is(const struct reading *r, enum ais_sql_word word)
{
    return r->at < r->end && ais_sql_is(r->tokens, r->at, word);
}

static bool is_sign(const struct reading *r, const char *sign)
{
    return r->at < r->end && ais_sql_is_sign(r->tokens, r->at, sign);
}

static bool take(struct reading *r, enum ais_sql_word word)
{
    bool found = is(r, word);
    r->at += found;
    return found;
}

static bool take_sign(struct reading *r, const char *sign)
{
    bool found = is_sign(r, sign);
    r->at += found;
    return found;
}

static const struct ais_sql_token *token_at(const struct reading *r, size_t i)
{
    return &r->tokens->items[i];
}

/* ---- constants ---- */

static int digit_value(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Of the digits at the front, as MySQL reads a string as a number: 0 when there are none. */
static double number_of(const char *text, size_t n)
{
    bool hex = n > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
    double number = 0, place = 1;
    bool fraction = false;
    for (size_t i = hex ? 2 : 0; i < n; i++) {
        if (text[i] == '.' && !fraction && !hex) {
            fraction = true;
            continue;
        }
        bool digit = (text[i] >= '0' && text[i] <= '9') || (hex && (text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'f');
        if (!digit)
            break;
        number = number * (hex ? 16 : 10) + digit_value(text[i]);
        place *= fraction ? 10 : 1;
    }
    return number / place;
}

static bool is_function(const struct reading *r, size_t i)
{
    return i + 1 < r->end && token_at(r, i)->kind == AIS_SQL_NAME && ais_sql_is_sign(r->tokens, i + 1, "(");
}

/* Whether no token names a column: words are functions, or of the language. A statement within is of rows. */
static bool all_constant(const struct reading *r, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) {
        const struct ais_sql_token *token = token_at(r, i);
        bool column = token->kind == AIS_SQL_QUOTED || token->kind == AIS_SQL_VARIABLE ||
                      token->word == AIS_SQL_SELECT ||
                      (token->kind == AIS_SQL_NAME && token->word == AIS_SQL_NO_WORD && !is_function(r, i));
        if (column)
            return false;
    }
    return true;
}

static bool same_tokens(const struct reading *r, const struct value *a, const struct value *b)
{
    size_t n = a->end - a->begin;
    if (n == 0 || n != b->end - b->begin)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct ais_sql_token *x = token_at(r, a->begin + i), *y = token_at(r, b->begin + i);
        if (x->length != y->length || x->kind != y->kind ||
            strncasecmp(r->tokens->text + x->at, r->tokens->text + y->at, x->length) != 0)
            return false;
        if (x->kind == AIS_SQL_VARIABLE && x->length == 1)
            return false; /* two question marks are two values */
    }
    return true;
}

static struct value truth(bool holds, size_t begin, size_t end)
{
    return (struct value){ NUMBER, holds, begin, end };
}

static struct value made(enum kind kind, size_t begin, size_t end)
{
    return (struct value){ kind, 0, begin, end };
}

static bool is_constant(const struct value *value)
{
    return value->kind != ROW;
}

static bool holds(const struct value *value)
{
    return value->kind == CONSTANT || ((value->kind == NUMBER || value->kind == TEXT) && value->number != 0);
}

static bool fails(const struct value *value)
{
    return value->kind == NOTHING || ((value->kind == NUMBER || value->kind == TEXT) && value->number == 0);
}

/* ---- operands ---- */

static size_t skip_case(const struct reading *r, size_t i)
{
    size_t depth = 0;
    for (; i < r->end; i++) {
        depth += ais_sql_is(r->tokens, i, AIS_SQL_CASE);
        if (ais_sql_is(r->tokens, i, AIS_SQL_END) && --depth == 0)
            return i + 1;
    }
    return r->end;
}

/* Jumps to a place, and says what stands before it by its words. */
static struct value skipped(struct reading *r, size_t begin, size_t to)
{
    r->at = to;
    return made(all_constant(r, begin, to) ? CONSTANT : ROW, begin, to);
}

static struct value read_parenthesis(struct reading *r)
{
    size_t begin = r->at, close = ais_sql_close(r->tokens, begin, r->end);
    bool statement = ais_sql_is(r->tokens, begin + 1, AIS_SQL_SELECT) || ais_sql_is(r->tokens, begin + 1, AIS_SQL_WITH);
    if (r->depth >= NESTING_MOST) {
        r->too_deep = true;
        r->at = close;
        return made(ROW, begin, close);
    }
    if (statement)
        return skipped(r, begin, close);
    r->at++;
    r->depth++;
    struct value inner = read_or(r);
    r->depth--;
    if (r->at + 1 == close || r->at == close) { /* the latter: nothing closes it */
        r->at = close;
        return inner;
    }
    r->at = close > r->at ? close : r->at; /* a tuple, or what is not understood */
    return made(ROW, begin, r->at);
}

static struct value read_name(struct reading *r)
{
    size_t begin = r->at++;
    enum ais_sql_word word = (enum ais_sql_word)token_at(r, begin)->word;
    if (word == AIS_SQL_TRUE || word == AIS_SQL_FALSE)
        return truth(word == AIS_SQL_TRUE, begin, r->at);
    if (word == AIS_SQL_NULL || word == AIS_SQL_UNKNOWN)
        return made(NOTHING, begin, r->at);
    if (word == AIS_SQL_CASE)
        return skipped(r, begin, skip_case(r, begin));
    while (is_sign(r, ".") && r->at + 1 < r->end)
        r->at += 2;
    if (is_sign(r, "("))
        return skipped(r, begin, ais_sql_close(r->tokens, r->at, r->end));
    if (r->at < r->end && token_at(r, r->at)->kind == AIS_SQL_STRING && r->at == begin + 1) {
        r->at++; /* date '2026-01-01' */
        return made(CONSTANT, begin, r->at);
    }
    return made(ROW, begin, r->at);
}

static struct value read_plain(struct reading *r)
{
    if (r->at >= r->end)
        return made(ROW, r->at, r->at);
    const struct ais_sql_token *token = token_at(r, r->at);
    const char *text = r->tokens->text + token->at;
    size_t begin = r->at;
    switch (token->kind) {
    case AIS_SQL_NUMBER: r->at++; return (struct value){ NUMBER, number_of(text, token->length), begin, r->at };
    case AIS_SQL_STRING: r->at++; return (struct value){ TEXT, number_of(text, token->length), begin, r->at };
    case AIS_SQL_NAME: return read_name(r);
    case AIS_SQL_QUOTED:
        for (r->at++; is_sign(r, ".") && r->at + 1 < r->end;)
            r->at += 2;
        return made(ROW, begin, r->at);
    default: break;
    }
    if (is_sign(r, "("))
        return read_parenthesis(r);
    r->at += !is_sign(r, ")") && !is_sign(r, ",");
    return made(ROW, begin, r->at);
}

/* Signs before an operand, and what may stand behind one: ::type, COLLATE x, [i]. */
static struct value read_operand(struct reading *r)
{
    size_t begin = r->at;
    double sign = 1;
    bool turned = false, any = false;
    for (;; r->at++) {
        if (is_sign(r, "-"))
            sign = -sign;
        else if (is_sign(r, "!") || is_sign(r, "~"))
            turned = true;
        else if (!is_sign(r, "+"))
            break;
        any = true;
    }
    struct value value = read_plain(r);
    while (r->at + 1 < r->end && (is_sign(r, "::") || is(r, AIS_SQL_COLLATE)))
        r->at += 2;
    value.number *= sign;
    if (turned)
        value = is_constant(&value) ? truth(!holds(&value), begin, r->at) : value;
    if (any) {
        value.begin = begin;
        value.kind = value.kind == TEXT ? NUMBER : value.kind;
    }
    return value;
}

static bool is_arithmetic(const struct reading *r)
{
    static const char *const signs[] = {
        "+", "-", "*", "/", "%", "|", "&", "^", "<<", ">>", "->", "->>", "[", "]", "."
    };
    if (is(r, AIS_SQL_DIV) || is(r, AIS_SQL_MOD) || (!r->mysql && is_sign(r, "||")))
        return true;
    for (size_t i = 0; i < N_ELEMS(signs); i++)
        if (is_sign(r, signs[i]))
            return true;
    return false;
}

static struct value computed(const struct reading *r, size_t sign, struct value left, struct value right)
{
    enum kind kind = is_constant(&left) && is_constant(&right) ? CONSTANT : ROW;
    struct value result = made(kind, left.begin, right.end);
    char c = r->tokens->text[token_at(r, sign)->at];
    if (left.kind != NUMBER || right.kind != NUMBER || token_at(r, sign)->length != 1 || strchr("+-*", c) == NULL)
        return result;
    result.kind = NUMBER;
    result.number = c == '+'   ? left.number + right.number
                    : c == '-' ? left.number - right.number
                               : left.number * right.number;
    return result;
}

static struct value read_sum(struct reading *r)
{
    struct value value = read_operand(r);
    while (is_arithmetic(r)) {
        size_t sign = r->at++;
        struct value right = read_operand(r);
        right.end = r->at;
        value = computed(r, sign, value, right);
    }
    return value;
}

/* ---- comparisons ---- */

static int order_of(const struct reading *r, const struct value *a, const struct value *b)
{
    const struct ais_sql_token *x = token_at(r, a->begin), *y = token_at(r, b->begin);
    if (a->kind == NUMBER || b->kind == NUMBER)
        return (a->number > b->number) - (a->number < b->number);
    size_t n = x->length < y->length ? x->length : y->length;
    int order = strncasecmp(r->tokens->text + x->at, r->tokens->text + y->at, n);
    return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

/* Of the sign's characters: which orders satisfy it. */
static struct value compared(const struct reading *r, const struct ais_sql_token *sign, struct value a, struct value b)
{
    const char *text = r->tokens->text + sign->at;
    bool less = memchr(text, '<', sign->length) != NULL, more = memchr(text, '>', sign->length) != NULL;
    bool not = memchr(text, '!', sign->length) != NULL || (less && more && sign->length == 2) || *text == '^';
    bool equal = !not &&memchr(text, '=', sign->length) != NULL;
    size_t begin = a.begin, end = b.end;
    if (a.kind == NOTHING || b.kind == NOTHING)
        return made(NOTHING, begin, end);
    if ((a.kind == NUMBER || a.kind == TEXT) && (b.kind == NUMBER || b.kind == TEXT)) {
        int order = order_of(r, &a, &b);
        return truth(not ? order != 0 : order == 0 ? equal : order < 0 ? less && !more : more && !less, begin, end);
    }
    if (same_tokens(r, &a, &b))
        return truth(equal, begin, end);
    return made(is_constant(&a) && is_constant(&b) ? CONSTANT : ROW, begin, end);
}

static bool is_comparison(const struct reading *r)
{
    static const char *const signs[] = { "=", "==", "<=>", "<", ">", "<=", ">=", "<>", "!=", "^=" };
    for (size_t i = 0; i < N_ELEMS(signs); i++)
        if (is_sign(r, signs[i]))
            return true;
    return false;
}

static bool is_any(const struct reading *r, const struct value *pattern)
{
    const struct ais_sql_token *token = token_at(r, pattern->begin);
    for (size_t i = 0; i < token->length; i++)
        if (r->tokens->text[token->at + i] != '%')
            return false;
    return pattern->kind == TEXT && token->length > 0;
}

/* x LIKE '%', x LIKE x */
static struct value read_like(struct reading *r, struct value left, bool not )
{
    r->at += ais_sql_is(r->tokens, r->at, AIS_SQL_SIMILAR) ? 2 : 1;
    struct value right = read_sum(r);
    if (take(r, AIS_SQL_ESCAPE))
        read_sum(r);
    if (right.begin < right.end && (is_any(r, &right) || same_tokens(r, &left, &right)))
        return truth(!not, left.begin, r->at);
    return made(is_constant(&left) && is_constant(&right) ? CONSTANT : ROW, left.begin, r->at);
}

static struct value read_in(struct reading *r, struct value left, bool not )
{
    size_t begin = ++r->at;
    bool found = false;
    if (!take_sign(r, "(") || is(r, AIS_SQL_SELECT) || is(r, AIS_SQL_WITH))
        return skipped(r, left.begin, begin < r->end ? ais_sql_close(r->tokens, begin, r->end) : r->end);
    bool constant = is_constant(&left);
    do {
        struct value item = read_sum(r);
        found |= same_tokens(r, &left, &item);
        constant &= is_constant(&item);
    } while (take_sign(r, ","));
    take_sign(r, ")");
    if (found || constant)
        return truth(found != not, left.begin, r->at);
    return made(ROW, left.begin, r->at);
}

static struct value read_between(struct reading *r, struct value left, bool not )
{
    r->at++;
    struct value low = read_sum(r);
    take(r, AIS_SQL_AND);
    struct value high = read_sum(r);
    if (left.kind == NUMBER && low.kind == NUMBER && high.kind == NUMBER)
        return truth((low.number <= left.number && left.number <= high.number) != not, left.begin, r->at);
    bool same = same_tokens(r, &left, &low) && same_tokens(r, &left, &high);
    return same ? truth(!not, left.begin, r->at) : made(ROW, left.begin, r->at);
}

/* IS [NOT] NULL, TRUE, FALSE, [NOT] DISTINCT FROM x */
static struct value read_is(struct reading *r, struct value left)
{
    r->at++;
    bool not = take(r, AIS_SQL_NOT);
    if (take(r, AIS_SQL_DISTINCT)) {
        take(r, AIS_SQL_FROM);
        struct value right = read_sum(r);
        return same_tokens(r, &left, &right) ? truth(not, left.begin, r->at) : made(ROW, left.begin, r->at);
    }
    struct value right = read_sum(r);
    if (!is_constant(&left))
        return made(ROW, left.begin, r->at);
    bool same = right.kind == NOTHING ? left.kind == NOTHING : holds(&left) == holds(&right) && left.kind != NOTHING;
    return truth(same != not, left.begin, r->at);
}

static struct value read_predicate(struct reading *r)
{
    struct value value = read_sum(r);
    for (;;) {
        size_t before = r->at;
        bool not = is(r, AIS_SQL_NOT) && take(r, AIS_SQL_NOT);
        if (is(r, AIS_SQL_LIKE) || is(r, AIS_SQL_ILIKE) || is(r, AIS_SQL_RLIKE) || is(r, AIS_SQL_REGEXP) ||
            is(r, AIS_SQL_GLOB) || is(r, AIS_SQL_SIMILAR))
            value = read_like(r, value, not );
        else if (is(r, AIS_SQL_IN))
            value = read_in(r, value, not );
        else if (is(r, AIS_SQL_BETWEEN))
            value = read_between(r, value, not );
        else if (is(r, AIS_SQL_IS))
            value = read_is(r, value);
        else if (is_comparison(r)) {
            const struct ais_sql_token *sign = token_at(r, r->at++);
            if (is(r, AIS_SQL_ANY) || is(r, AIS_SQL_ALL) || is(r, AIS_SQL_SOME))
                r->at++;
            value = compared(r, sign, value, read_sum(r));
        } else {
            r->at = before;
            return value;
        }
    }
}

/* ---- and, or, not ---- */

static struct value read_not(struct reading *r)
{
    size_t begin = r->at;
    bool not = false;
    while (take(r, AIS_SQL_NOT))
        not = !not ;
    if (take(r, AIS_SQL_EXISTS)) {
        size_t close = ais_sql_close(r->tokens, r->at, r->end);
        bool bare = !not &&is_sign(r, "(");
        for (size_t i = r->at; i < close && bare; i++)
            bare = !ais_sql_is(r->tokens, i, AIS_SQL_FROM);
        r->at = close;
        return bare ? truth(true, begin, close) : made(ROW, begin, close); /* exists (select 1) */
    }
    struct value value = read_predicate(r);
    if (not &&is_constant(&value) && value.kind != NOTHING)
        return truth(value.kind == CONSTANT || !holds(&value), begin, r->at);
    return value;
}

static struct value read_and(struct reading *r)
{
    struct value value = read_not(r);
    while (is(r, AIS_SQL_AND) || is_sign(r, "&&")) {
        r->at++;
        struct value right = read_not(r);
        enum kind kind = is_constant(&value) && is_constant(&right) ? CONSTANT : ROW;
        if (fails(&value) || fails(&right))
            value = truth(false, value.begin, r->at);
        else
            value = holds(&value) && holds(&right) ? truth(true, value.begin, r->at) : made(kind, value.begin, r->at);
    }
    return value;
}

static struct value read_or(struct reading *r)
{
    struct value value = read_and(r);
    while (is(r, AIS_SQL_OR) || is(r, AIS_SQL_XOR) || (r->mysql && is_sign(r, "||"))) {
        r->at++;
        struct value right = read_and(r);
        if (holds(&value) || holds(&right))
            value = truth(true, value.begin, r->at);
        else
            value = fails(&value) && fails(&right) ? truth(false, value.begin, r->at) : made(ROW, value.begin, r->at);
    }
    return value;
}

enum ais_sql_truth ais_sql_condition(const struct ais_sql_tokens *tokens, size_t begin, size_t end, bool mysql)
{
    struct reading reading = { .tokens = tokens, .at = begin, .end = end, .mysql = mysql };
    struct value value = read_or(&reading);
    if (reading.too_deep)
        return AIS_SQL_TOO_DEEP;
    if (reading.at < end && !ais_sql_is_sign(tokens, reading.at, ")"))
        return AIS_SQL_DEPENDS; /* something behind it that is not understood */
    return holds(&value) ? AIS_SQL_ALWAYS : fails(&value) ? AIS_SQL_NEVER : AIS_SQL_DEPENDS;
}
