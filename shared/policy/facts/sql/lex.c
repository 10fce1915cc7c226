#include "shared/policy/facts/sql/lex.h"

#include <string.h>

/* Steps of work (facts/view.h); of a token, also what those do who read it. */
enum { STEPS_A_TEXT = 96, STEPS_A_BYTE = 4, STEPS_A_TOKEN = 80 };

enum { BRACKET_MOST = 128 }; /* bytes of a name in brackets, and of a dollar quote's tag */

struct lexer {
    struct ais_view *view;
    const char *text;
    size_t n, at;
    bool mysql, sqlite, remarks, space;
    bool in_hint; /* within a comment that is run */
    struct ais_sql_tokens *out;
};

bool ais_sql_is_any(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_space(unsigned char c)
{
    return c <= ' ' || c == 0x7f;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name(char c)
{
    return begins_name(c) || is_digit(c) || c == '$';
}

static char peek(const struct lexer *lexer, size_t ahead)
{
    if (lexer->at + ahead >= lexer->n)
        return '\0';
    return lexer->text[lexer->at + ahead];
}

static bool grow(struct lexer *lexer)
{
    struct ais_sql_tokens *out = lexer->out;
    size_t capacity = out->capacity > 0 ? 4 * out->capacity : 64;
    /* Not zeroed: most of the last ones are never written, and pages that nobody touches cost nothing. */
    struct ais_sql_token *items = ais_arena_room(lexer->view->arena, capacity * sizeof *items);
    if (items == NULL) {
        lexer->view->failed = true;
        return false;
    }
    if (out->count > 0 && out->items != NULL)
        memcpy(items, out->items, out->count * sizeof *items);
    out->items = items;
    out->capacity = capacity;
    return true;
}

/* Adds what stands from at on. */
static void add(struct lexer *lexer, enum ais_sql_kind kind, size_t at, size_t length, bool open)
{
    struct ais_sql_tokens *out = lexer->out;
    out->full |= out->count == AIS_SQL_TOKENS_MOST;
    if (out->full || (out->count == out->capacity && !grow(lexer)) || out->items == NULL)
        return;
    enum ais_sql_word word = kind == AIS_SQL_NAME ? ais_sql_word_find(lexer->text + at, length) : AIS_SQL_NO_WORD;
    out->items[out->count++] = (struct ais_sql_token){
        (uint32_t)at, (uint32_t)length, UINT32_MAX, (uint8_t)kind, (uint8_t)word, open, !lexer->space,
    };
    lexer->space = false;
    out->empty_remark = false;
}

/* ---- quotes ---- */

/* Reads on behind the quote that closes; the quote itself stands at lexer->at. */
static void read_quoted(struct lexer *lexer, enum ais_sql_kind kind, char quote, bool escapes)
{
    size_t begin = ++lexer->at;
    for (; lexer->at < lexer->n; lexer->at++) {
        char c = lexer->text[lexer->at];
        if (c == '\\' && quote != '`') {
            lexer->out->differs = true;
            lexer->at += escapes && lexer->at + 1 < lexer->n;
        } else if (c == quote && peek(lexer, 1) == quote)
            lexer->at++;
        else if (c == quote)
            break;
    }
    bool open = lexer->at >= lexer->n;
    add(lexer, kind, begin, lexer->at - begin, open);
    lexer->at += !open;
}

/* A name in brackets is one when a word stands in it; an index is none. */
static bool read_bracket(struct lexer *lexer)
{
    const struct ais_sql_tokens *out = lexer->out;
    const struct ais_sql_token *last = out->count > 0 ? &out->items[out->count - 1] : NULL;
    bool index = !lexer->space && last != NULL && (last->kind == AIS_SQL_NAME || last->kind == AIS_SQL_QUOTED);
    size_t most = lexer->n - lexer->at < BRACKET_MOST ? lexer->n - lexer->at : BRACKET_MOST;
    const char *begin = lexer->text + lexer->at, *end = memchr(begin, ']', most);
    if (index || end == NULL || !begins_name(begin[1]) || memchr(begin, '\'', (size_t)(end - begin)) != NULL)
        return false;
    add(lexer, AIS_SQL_QUOTED, lexer->at + 1, (size_t)(end - begin) - 1, false);
    lexer->at += (size_t)(end - begin) + 1;
    return true;
}

/* $tag$ … $tag$, of the standard's reading. */
static bool read_dollar(struct lexer *lexer)
{
    size_t tag = 1;
    while (tag < BRACKET_MOST && is_name(peek(lexer, tag)) && peek(lexer, tag) != '$')
        tag++;
    if (peek(lexer, tag) != '$' || is_digit(peek(lexer, 1)))
        return false;
    lexer->out->differs = true;
    if (lexer->mysql)
        return false;
    const char *sign = lexer->text + lexer->at;
    size_t begin = lexer->at + ++tag;
    const char *end = memmem(lexer->text + begin, lexer->n - begin, sign, tag);
    size_t length = end != NULL ? (size_t)(end - lexer->text) - begin : lexer->n - begin;
    add(lexer, AIS_SQL_STRING, begin, length, end == NULL);
    lexer->at = begin + length + (end != NULL ? tag : 0);
    return true;
}

/* ---- comments ---- */

static void end_remark(struct lexer *lexer, size_t begin, size_t end, bool open)
{
    bool empty = true;
    for (size_t i = begin; i < end && empty; i++)
        empty = is_space((unsigned char)lexer->text[i]) || ais_sql_is_any(lexer->text[i], "-+#");
    if (lexer->remarks && (open || lexer->at >= lexer->n || lexer->text[begin - 1] != '*')) /* others are spaces */
        add(lexer, AIS_SQL_REMARK, begin, end - begin, open);
    lexer->out->empty_remark = empty && lexer->at >= lexer->n;
    lexer->out->open_remark |= open;
    lexer->space = true;
}

static void read_line_remark(struct lexer *lexer, size_t sign)
{
    size_t begin = lexer->at += sign;
    while (lexer->at < lexer->n && lexer->text[lexer->at] != '\n' && lexer->text[lexer->at] != '\r')
        lexer->at++; /* PostgreSQL ends them at a carriage return too */
    end_remark(lexer, begin, lexer->at, false);
}

static void read_block_remark(struct lexer *lexer)
{
    size_t begin = lexer->at += 2, depth = 1;
    for (; lexer->at < lexer->n; lexer->at++) {
        char c = peek(lexer, 0), next = peek(lexer, 1);
        bool ends = c == '*' && next == '/', begins = c == '/' && next == '*';
        if (ends && --depth == 0)
            break;
        if (begins) {
            lexer->out->differs = lexer->out->hides = true;
            depth += !lexer->mysql && !lexer->sqlite;
        }
        bool both = begins && (lexer->mysql || lexer->sqlite); /* its asterisk may be one that ends */
        lexer->at += (ends || begins) && !both;
    }
    bool open = lexer->at >= lexer->n;
    size_t end = lexer->at;
    lexer->at += open ? 0 : 2;
    end_remark(lexer, begin, end, open);
}

static bool read_remark(struct lexer *lexer)
{
    char c = peek(lexer, 0), next = peek(lexer, 1);
    if (c == '-' && next == '-') {
        bool spaced = lexer->at + 2 >= lexer->n || is_space((unsigned char)peek(lexer, 2));
        lexer->out->differs |= !spaced;
        if (lexer->mysql && !spaced)
            return false;
        read_line_remark(lexer, 2);
        return true;
    }
    if (c == '#') {
        lexer->out->differs = true;
        if (lexer->mysql)
            read_line_remark(lexer, 1);
        return lexer->mysql;
    }
    if (c == '/' && next == '*') {
        bool run = peek(lexer, 2) == '!' || (peek(lexer, 2) == 'M' && peek(lexer, 3) == '!');
        lexer->out->differs |= run;
        if (!run || !lexer->mysql) {
            read_block_remark(lexer);
            return true;
        }
        lexer->at += peek(lexer, 2) == '!' ? 3 : 4;
        while (is_digit(peek(lexer, 0)))
            lexer->at++;
        lexer->in_hint = lexer->space = true;
        return true;
    }
    if (lexer->in_hint && c == '*' && next == '/') {
        lexer->in_hint = false;
        lexer->at += 2;
        lexer->space = true;
        return true;
    }
    return false;
}

/* ---- numbers, words, signs ---- */

static bool is_plus(char c)
{
    return c == '+' || c == '-';
}

static void read_number(struct lexer *lexer)
{
    size_t begin = lexer->at;
    bool hex = peek(lexer, 0) == '0' && (peek(lexer, 1) | 0x20) == 'x';
    lexer->at += hex ? 2 : 0;
    for (; lexer->at < lexer->n; lexer->at++) {
        char c = peek(lexer, 0);
        bool exponent = !hex && (c | 0x20) == 'e' && is_digit(peek(lexer, is_plus(peek(lexer, 1)) ? 2 : 1));
        if (exponent)
            lexer->at++;
        else if (!is_digit(c) && !(!hex && c == '.') && !(hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f'))
            break;
    }
    add(lexer, AIS_SQL_NUMBER, begin, lexer->at - begin, false);
}

/* The bytes of a wide space at lexer->at: one that does not break, those of typography, a byte order mark. 0: none. */
static size_t wide_space(const struct lexer *lexer)
{
    unsigned char first = (unsigned char)peek(lexer, 0);
    if (first < 0x80)
        return 0;
    unsigned char second = (unsigned char)peek(lexer, 1), third = (unsigned char)peek(lexer, 2);
    switch (first) {
    case 0xc2: return second == 0xa0 ? 2 : 0;
    case 0xe2: return second == 0x80 && third >= 0x80 && third <= 0x8b ? 3 : 0; /* U+2000 to U+200B */
    case 0xe3: return second == 0x80 && third == 0x80 ? 3 : 0;
    case 0xef: return second == 0xbb && third == 0xbf ? 3 : 0;
    default: return 0;
    }
}

/* Oracle's q'[…]', whose quotes are chosen; the quote stands at lexer->at. False: nothing closes it, or it is none. */
static bool read_chosen(struct lexer *lexer)
{
    static const char pairs[] = "[]{}()<>";
    char open = peek(lexer, 1), close[2] = { open, '\'' };
    const char *pair = open != '\0' ? strchr(pairs, open) : NULL;
    lexer->out->differs = lexer->out->hides = true;
    if (lexer->mysql || lexer->sqlite || lexer->n - lexer->at < 3 || is_space((unsigned char)open))
        return false;
    if (pair != NULL && (pair - pairs) % 2 == 0)
        close[0] = pair[1];
    size_t begin = lexer->at + 2;
    const char *end = memmem(lexer->text + begin, lexer->n - begin, close, sizeof close);
    if (end == NULL)
        return false;
    add(lexer, AIS_SQL_STRING, begin, (size_t)(end - lexer->text) - begin, false);
    lexer->at = (size_t)(end - lexer->text) + sizeof close;
    return true;
}

/* A word, or a string with a prefix: E'…', N'…', X'…', B'…', U&'…', _utf8'…'. */
static void read_word(struct lexer *lexer)
{
    size_t begin = lexer->at;
    while (lexer->at < lexer->n && is_name(peek(lexer, 0)) && wide_space(lexer) == 0)
        lexer->at++;
    size_t length = lexer->at - begin;
    char first = (char)(lexer->text[begin] | 0x20);
    bool unicode = first == 'u' && length == 1 && peek(lexer, 0) == '&' && peek(lexer, 1) == '\'';
    bool prefix =
        peek(lexer, 0) == '\'' && ((length == 1 && strchr("enxbrq", first) != NULL) || lexer->text[begin] == '_' ||
                                   (length == 2 && first == 'n' && (lexer->text[begin + 1] | 0x20) == 'q'));
    if (!prefix && !unicode) {
        add(lexer, AIS_SQL_NAME, begin, length, false);
        return;
    }
    lexer->at += unicode;
    if (!unicode && length <= 2 && (lexer->text[begin + length - 1] | 0x20) == 'q' && read_chosen(lexer))
        return;
    read_quoted(lexer, AIS_SQL_STRING, '\'', lexer->mysql || (first == 'e' && length == 1));
}

static void read_variable(struct lexer *lexer)
{
    size_t begin = lexer->at++;
    while (lexer->at < lexer->n && (is_name(peek(lexer, 0)) || peek(lexer, 0) == '@'))
        lexer->at++;
    add(lexer, AIS_SQL_VARIABLE, begin, lexer->at - begin, false);
}

/* The last token is a parenthesis: while one is open, its pair is the one around it. */
static void pair(struct ais_sql_tokens *out, char sign)
{
    uint32_t last = (uint32_t)out->count - 1;
    if (out->count == 0 || (sign != '(' && sign != ')'))
        return;
    if (sign == '(') {
        out->items[last].pair = out->inner;
        out->inner = last;
    } else if (out->inner == UINT32_MAX)
        out->stray = true;
    else {
        uint32_t around = out->items[out->inner].pair;
        out->items[out->inner].pair = last;
        out->inner = around;
    }
}

static void close_all(struct ais_sql_tokens *out)
{
    while (out->inner != UINT32_MAX) {
        uint32_t around = out->items[out->inner].pair;
        out->items[out->inner].pair = UINT32_MAX;
        out->inner = around;
    }
}

static void read_sign(struct lexer *lexer)
{
    static const char *const longer[] = { "<=>", "->>", "!~~", "||", "&&", "<=", ">=", "<>", "!=",
                                          "==",  "::",  ":=",  "->", "!~", "~~", "<<", ">>", "^=" };
    size_t length = 1;
    bool may = peek(lexer, 1) != '\0' && strchr("=>|&:~<-", peek(lexer, 1)) != NULL;
    for (size_t i = 0; may && i < N_ELEMS(longer) && length == 1; i++) {
        if (longer[i][0] != peek(lexer, 0))
            continue;
        size_t n = strlen(longer[i]);
        if (lexer->n - lexer->at >= n && memcmp(lexer->text + lexer->at, longer[i], n) == 0)
            length = n;
    }
    if (length == 2 && memcmp(lexer->text + lexer->at, "||", 2) == 0)
        lexer->out->differs = true; /* MySQL: or */
    add(lexer, AIS_SQL_SIGN, lexer->at, length, false);
    pair(lexer->out, peek(lexer, 0));
    lexer->at += length;
}

static void read_token(struct lexer *lexer)
{
    char c = peek(lexer, 0), next = peek(lexer, 1);
    size_t wide = wide_space(lexer);
    if (is_space((unsigned char)c) || wide > 0) {
        lexer->at += wide > 0 ? wide : 1;
        lexer->space = true;
        return;
    }
    if (read_remark(lexer) || (c == '[' && read_bracket(lexer)) || (c == '$' && read_dollar(lexer)))
        return;
    if (c == '\'')
        read_quoted(lexer, AIS_SQL_STRING, c, lexer->mysql);
    else if (c == '"' || c == '`')
        read_quoted(lexer, AIS_SQL_QUOTED, c, lexer->mysql);
    else if (is_digit(c) || (c == '.' && is_digit(next) && lexer->space))
        read_number(lexer);
    else if (begins_name(c))
        read_word(lexer);
    else if (c == '#' && is_name(next))
        read_word((lexer->at++, lexer)); /* SQL Server: a temporary table */
    else if (c == '@' || c == '?' || (c == ':' && begins_name(next)) || (c == '$' && is_name(next)))
        read_variable(lexer);
    else
        read_sign(lexer);
}

void ais_sql_lex(struct ais_view *view, const char *text, size_t n, enum ais_sql_dialect dialect, bool remarks,
                 struct ais_sql_tokens *tokens)
{
    struct lexer lexer = {
        .view = view,
        .text = text,
        .n = n,
        .mysql = dialect == AIS_SQL_MYSQL,
        .sqlite = dialect == AIS_SQL_SQLITE,
        .remarks = remarks,
        .space = true,
        .out = tokens,
    };
    *tokens = (struct ais_sql_tokens){ .text = text,
                                       .length = n,
                                       .items = tokens->items,
                                       .capacity = tokens->capacity,
                                       .work = tokens->work + n,
                                       .dialect = dialect,
                                       .inner = UINT32_MAX };
    struct ais_part *part = &view->parts[AIS_PART_SQL];
    if (!ais_part_spend(view, part, STEPS_A_TEXT + STEPS_A_BYTE * n))
        return;
    while (lexer.at < n && !tokens->full && !view->failed)
        read_token(&lexer);
    if (!ais_part_spend(view, part, STEPS_A_TOKEN * tokens->count))
        tokens->count = 0;
    close_all(tokens);
}

bool ais_sql_is(const struct ais_sql_tokens *tokens, size_t i, enum ais_sql_word word)
{
    return i < tokens->count && tokens->items[i].word == word;
}

bool ais_sql_is_sign(const struct ais_sql_tokens *tokens, size_t i, const char *sign)
{
    if (i >= tokens->count || tokens->items[i].kind != AIS_SQL_SIGN)
        return false;
    const struct ais_sql_token *token = &tokens->items[i];
    if (tokens->text[token->at] != sign[0])
        return false;
    return strncmp(tokens->text + token->at, sign, token->length) == 0 && sign[token->length] == '\0';
}

size_t ais_sql_close(const struct ais_sql_tokens *tokens, size_t i, size_t end)
{
    size_t pair = i < tokens->count ? tokens->items[i].pair : UINT32_MAX;
    return pair < end ? pair + 1 : end;
}
