/* Statements within the strings of statements: what EXECUTE, PREPARE and DO run, however it is spelled. */
#include "shared/policy/facts/sql/reader.h"
#include "shared/text/ascii.h"

#include <string.h>
#include <strings.h>

/* How a string, or the numbers of a call, spell text. */
enum spelling { PLAIN, HEXADECIMAL, BASE64, CODES };

/* Functions that make text of what stands in their parentheses. */
static const struct function {
    const char *name;
    enum spelling spelling;
} functions[] = {
    {"unhex",        HEXADECIMAL},
    { "hextoraw",    HEXADECIMAL},
    { "from_base64", BASE64     },
    { "char",        CODES      },
    { "chr",         CODES      },
    { "nchar",       CODES      },
    { "unichar",     CODES      },
};

/* What the function says whose name stands before the parenthesis at i. */
static enum spelling spelling_of(const struct ais_sql_tokens *tokens, size_t i)
{
    const struct ais_sql_token *name = i > 0 ? &tokens->items[i - 1] : NULL;
    if (name == NULL || name->kind != AIS_SQL_NAME)
        return PLAIN;
    for (size_t k = 0; k < N_ELEMS(functions); k++)
        if (strlen(functions[k].name) == name->length &&
            strncasecmp(tokens->text + name->at, functions[k].name, name->length) == 0)
            return functions[k].spelling;
    return PLAIN;
}

/* Appends the bytes of n digits; returns how many there are: 0 when they are none. The room is half of them. */
static size_t push_digits(const char *digits, size_t n, char *out)
{
    size_t length = 0;
    if (n % 2 != 0)
        return 0;
    for (size_t k = 0; k + 1 < n; k += 2) {
        int high = ais_hex_value(digits[k]), low = ais_hex_value(digits[k + 1]);
        if (high < 0 || low < 0)
            return 0;
        out[length++] = (char)(high * 16 + low);
    }
    return length;
}

static size_t push_base64(const char *text, size_t n, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = 0;
    unsigned bits = 0, count = 0;
    for (size_t k = 0; k < n; k++) {
        const char *digit = text[k] != '\0' ? strchr(digits, text[k]) : NULL;
        if (digit == NULL)
            continue;
        bits = (bits << 6 | (unsigned)(digit - digits)) & 0xffffU;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[length++] = (char)(bits >> count & 0xffU);
        }
    }
    return length;
}

/* 68 of CHAR(68, 82): a letter. */
static size_t push_code(const char *number, size_t n, char *out)
{
    enum { CODE_MOST = 127 };
    unsigned code = 0;
    for (size_t k = 0; k < n; k++) {
        if (!ais_is_digit(number[k]))
            return push_digits(number + 2, n > 2 ? n - 2 : 0, out); /* 0x44 */
        code = code * 10 + (unsigned)(number[k] - '0');
        if (code > CODE_MOST)
            return 0;
    }
    out[0] = (char)code;
    return 1;
}

/* A string, whose quotes are doubled. */
static size_t push_plain(const char *text, size_t n, char *out)
{
    size_t length = 0;
    for (size_t k = 0; k < n; k++) {
        k += k + 1 < n && text[k] == '\'' && text[k + 1] == '\'';
        out[length++] = text[k];
    }
    return length;
}

/* X'44524f50…' */
static bool is_hexadecimal(const struct ais_sql_tokens *tokens, const struct ais_sql_token *token)
{
    return token->at > 1 && tokens->text[token->at - 1] == '\'' && (tokens->text[token->at - 2] | 0x20) == 'x' &&
           (token->at == 2 || !ais_is_alnum(tokens->text[token->at - 3]));
}

/* Appends what a token is as text; the room is as long as the token. */
static size_t push(const struct ais_sql_tokens *tokens, const struct ais_sql_token *token, enum spelling spelling,
                   char *out)
{
    const char *text = tokens->text + token->at;
    bool digits = token->length > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
    if (token->kind == AIS_SQL_NUMBER)
        return spelling == CODES ? push_code(text, token->length, out)
               : digits          ? push_digits(text + 2, token->length - 2, out)
                                 : 0;
    if (token->kind != AIS_SQL_STRING)
        return 0;
    if (spelling == BASE64)
        return push_base64(text, token->length, out);
    if (spelling == HEXADECIMAL || is_hexadecimal(tokens, token))
        return push_digits(text, token->length, out);
    return push_plain(text, token->length, out);
}

void ais_sql_run(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                 bool mysql)
{
    size_t room = 0, length = 0;
    enum spelling spelling = PLAIN;
    for (size_t i = begin; i < end; i++)
        if (tokens->items[i].kind == AIS_SQL_STRING || tokens->items[i].kind == AIS_SQL_NUMBER)
            room += tokens->items[i].length;
    char *text = room > 0 && reader->depth < AIS_SQL_DEPTH_MOST ? ais_view_alloc(reader->view, room) : NULL;
    if (text == NULL)
        return;
    for (size_t i = begin; i < end; i++) {
        if (ais_sql_is_sign(tokens, i, "("))
            spelling = spelling_of(tokens, i);
        else if (ais_sql_is_sign(tokens, i, ")"))
            spelling = PLAIN;
        else
            length += push(tokens, &tokens->items[i], spelling, text + length);
    }
    reader->depth++;
    ais_sql_read(reader, text, length, mysql ? AIS_SQL_MYSQL : AIS_SQL_STANDARD);
    reader->depth--;
}
