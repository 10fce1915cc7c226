/* Statements within the strings of statements: what EXECUTE, PREPARE and DO run, however it is spelled. */
#include "shared/policy/facts/sql/reader.h"
#include "shared/policy/facts/words.h"
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

/* Whose value is what stands in its parentheses, one after the other; those whose value is some other text. */
static const char joiners[] = " concat cast convert convert_from coalesce isnull ifnull nvl decode to_nchar ",
                  makers[] =
                      " format replace reverse lower upper translate substr substring left right repeat lpad rpad"
                      " trim btrim ltrim rtrim regexp_replace string_agg array_to_string overlay unistr to_char"
                      " concat_ws quote_ident quote_literal stuff replicate ";

static bool is_listed(const struct ais_sql_tokens *tokens, size_t i, const char *list)
{
    return ais_word_is_listed(tokens->text + tokens->items[i].at, tokens->items[i].length, list);
}

static const struct function *function_of(const struct ais_sql_tokens *tokens, size_t i)
{
    const struct ais_sql_token *name = &tokens->items[i];
    for (size_t k = 0; name->kind == AIS_SQL_NAME && k < N_ELEMS(functions); k++)
        if (strlen(functions[k].name) == name->length &&
            strncasecmp(tokens->text + name->at, functions[k].name, name->length) == 0)
            return &functions[k];
    return NULL;
}

/* Whether a string says how another one is spelled: the last of decode('…', 'hex') and convert_from(…, 'UTF8'). */
static bool is_encoding(const struct ais_sql_tokens *tokens, size_t i)
{
    return i > 0 && ais_sql_is_sign(tokens, i - 1, ",") && ais_sql_is_sign(tokens, i + 1, ")") &&
           is_listed(tokens, i, " hex base64 escape utf8 utf-8 latin1 ascii sql_ascii ");
}

/* What the function says whose name stands before the parenthesis at i. */
static enum spelling spelling_of(const struct ais_sql_tokens *tokens, size_t i)
{
    const struct function *function = i > 0 ? function_of(tokens, i - 1) : NULL;
    if (function != NULL)
        return function->spelling;
    if (i == 0 || tokens->items[i - 1].kind != AIS_SQL_NAME || !is_listed(tokens, i - 1, " decode ") ||
        i + 3 >= tokens->count || !is_encoding(tokens, i + 3))
        return PLAIN;
    return is_listed(tokens, i + 3, " hex ") ? HEXADECIMAL : is_listed(tokens, i + 3, " base64 ") ? BASE64 : PLAIN;
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
    size_t bytes =
        token->length > 2 && text[0] == '\\' && text[1] == 'x' ? push_digits(text + 2, token->length - 2, out) : 0;
    return bytes > 0 ? bytes : push_plain(text, token->length, out); /* '\x44524f50'::bytea */
}

/* ---- text that is put together ---- */

struct joining {
    struct ais_sql_reader *reader;
    const struct ais_sql_tokens *tokens;
    bool variables; /* what they hold stands in their place */
    char *out;      /* NULL: only how long it is is wanted */
    size_t length;
    enum spelling spelling;
    struct ais_sql_joined *ret;
};

/* A variable, or a name that is none. */
static void join_name(struct joining *joining, size_t i)
{
    const struct ais_sql_tokens *tokens = joining->tokens;
    const struct ais_sql_token *token = &tokens->items[i];
    bool is_name = token->kind == AIS_SQL_NAME;
    if (!joining->variables || (!is_name && ais_sql_is_sign(tokens, i + 1, "="))) /* the name of a parameter */
        return;
    struct ais_sql_variable *variable = ais_sql_variable(joining->reader, tokens, i);
    if (variable != NULL) {
        if (joining->out != NULL)
            memcpy(joining->out + joining->length, variable->value.text, variable->value.length);
        joining->length += variable->value.length;
        joining->ret->only = joining->ret->of_variables ? NULL : variable;
        joining->ret->of_variables = true;
        joining->ret->unknown |= variable->value.unknown;
        return;
    }
    bool is_call = is_name && ais_sql_is_sign(tokens, i + 1, "(");
    bool known =
        is_name && ((is_call && (function_of(tokens, i) != NULL || is_listed(tokens, i, joiners))) ||
                    token->word == AIS_SQL_AS || token->word == AIS_SQL_USING ||
                    (i > 0 && (ais_sql_is(tokens, i - 1, AIS_SQL_AS) || ais_sql_is(tokens, i - 1, AIS_SQL_USING) ||
                               ais_sql_is_sign(tokens, i - 1, "::"))));
    joining->ret->unknown |= !known;
}

static void join_tokens(struct joining *joining, size_t begin, size_t end)
{
    const struct ais_sql_tokens *tokens = joining->tokens;
    joining->length = 0;
    joining->spelling = PLAIN;
    for (size_t i = begin; i < end; i++) {
        const struct ais_sql_token *token = &tokens->items[i];
        if (ais_sql_is_sign(tokens, i, "("))
            joining->spelling = spelling_of(tokens, i);
        else if (ais_sql_is_sign(tokens, i, ")"))
            joining->spelling = PLAIN;
        else if (token->kind == AIS_SQL_NAME || token->kind == AIS_SQL_VARIABLE)
            join_name(joining, i);
        else if ((token->kind != AIS_SQL_STRING && token->kind != AIS_SQL_NUMBER) || is_encoding(tokens, i))
            continue;
        else
            joining->length += joining->out == NULL
                                   ? token->length
                                   : push(tokens, token, joining->spelling, joining->out + joining->length);
    }
}

/* What the tokens are as text; false: it is empty. */
static bool join(struct joining *joining, size_t begin, size_t end)
{
    join_tokens(joining, begin, end);
    size_t room = joining->length;
    *joining->ret = (struct ais_sql_joined){ .text = "" };
    if (joining->variables && room > AIS_SQL_JOINED_MOST) {
        joining->ret->unknown = true;
        return false;
    }
    if (joining->variables && !ais_part_spend(joining->reader->view, joining->reader->part, room))
        return false;
    joining->out = ais_view_alloc(joining->reader->view, room + 1);
    if (joining->out == NULL)
        return false;
    join_tokens(joining, begin, end);
    joining->ret->text = joining->out;
    joining->ret->length = joining->length;
    if (joining->ret->only != NULL && joining->length > joining->ret->only->value.length)
        joining->ret->only = NULL;
    return room > 0;
}

void ais_sql_join(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                  struct ais_sql_joined *ret)
{
    struct joining joining = { .reader = reader, .tokens = tokens, .variables = true, .ret = ret };
    *ret = (struct ais_sql_joined){ .text = "" };
    join(&joining, begin, end);
}

/* ---- what is run ---- */

static const char unknown[] = "a statement that is not known before it is run";

/* Reads text as a statement in a string; returns whether it is one. */
static bool run_text(struct ais_sql_reader *reader, const char *text, size_t n, bool mysql)
{
    uint32_t before = reader->part->elements;
    if (reader->depth == AIS_SQL_DEPTH_MOST) {
        ais_sql_add_unknown(reader, "statements in more than 3 strings");
        return true;
    }
    reader->depth++;
    ais_sql_read(reader, text, n, mysql ? AIS_SQL_MYSQL : AIS_SQL_STANDARD);
    reader->depth--;
    return reader->part->elements > before;
}

bool ais_sql_run(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                 bool mysql)
{
    struct ais_sql_joined joined = { .text = "" };
    struct joining joining = { .reader = reader, .tokens = tokens, .ret = &joined };
    return join(&joining, begin, end) && run_text(reader, joined.text, joined.length, mysql);
}

void ais_sql_run_variable(struct ais_sql_reader *reader, struct ais_sql_variable *variable, bool mysql)
{
    if (variable->read)
        return;
    variable->read = true;
    variable->states =
        variable->value.length > 0 && run_text(reader, variable->value.text, variable->value.length, mysql);
}

/* Where the text begins that is run; end: a procedure is called, or what was prepared is run, or it is not told. */
static size_t text_of(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t verb, size_t end)
{
    enum { NAMES_MOST = 8 }; /* @rc = master.dbo.sp_executesql */
    size_t i = verb + 1;
    if (ais_sql_is(tokens, verb, AIS_SQL_PREPARE)) {
        while (i < end && !ais_sql_is(tokens, i, AIS_SQL_FROM) && !ais_sql_is(tokens, i, AIS_SQL_AS))
            i++;
        return i < end && ais_sql_is(tokens, i, AIS_SQL_FROM) ? i + 1 : end;
    }
    if (i >= end)
        return end;
    if (ais_sql_is(tokens, i, AIS_SQL_IMMEDIATE))
        return i + 1;
    const struct ais_sql_token *token = &tokens->items[i];
    bool is_call = ais_sql_is_sign(tokens, i + 1, "(");
    bool is_name = token->kind == AIS_SQL_NAME;
    if (ais_sql_is_sign(tokens, i, "(") || token->kind == AIS_SQL_STRING || ais_sql_is_sign(tokens, i + 1, "||") ||
        (is_name && is_call && (is_listed(tokens, i, makers) || is_listed(tokens, i, joiners))) ||
        (is_name && !is_call && (reader->lost_variables || ais_sql_variable(reader, tokens, i) != NULL)))
        return i;
    for (size_t k = i; k < end && k < i + NAMES_MOST; k++)
        if (tokens->items[k].kind == AIS_SQL_STRING)
            break;
        else if (is_listed(tokens, k, " sp_executesql "))
            return k + 1;
    return end;
}

/* What stands behind the text: EXECUTE s INTO x USING y. */
static size_t end_of_text(const struct ais_sql_tokens *tokens, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) {
        if (ais_sql_is_sign(tokens, i, "("))
            i = ais_sql_close(tokens, i, end) - 1;
        else if (ais_sql_is(tokens, i, AIS_SQL_INTO) || ais_sql_is(tokens, i, AIS_SQL_USING))
            return i;
    }
    return end;
}

void ais_sql_execute(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t verb, size_t end,
                     bool mysql)
{
    size_t begin = text_of(reader, tokens, verb, end);
    struct ais_sql_joined joined;
    if (begin == end) {
        ais_sql_run(reader, tokens, verb, end, mysql);
        return;
    }
    bool states = false;
    ais_sql_join(reader, tokens, begin, end_of_text(tokens, begin, end), &joined);
    if (joined.only != NULL) {
        ais_sql_run_variable(reader, joined.only, mysql);
        states = joined.only->states;
    } else if (joined.length > 0)
        states = run_text(reader, joined.text, joined.length, mysql);
    if (!states && joined.unknown)
        ais_sql_add_unknown(reader, unknown);
}
