/* What the files of the lexer share. */
#ifndef AIS_SHARED_POLICY_CODE_LEXER_H
#define AIS_SHARED_POLICY_CODE_LEXER_H

#include "shared/policy/facts/code/code.h"
#include "shared/text/ascii.h"

#include <string.h>

struct ais_code_lexer {
    struct ais_code *code;
    const struct ais_code_dialect *dialect;
    const char *text;
    size_t n, i;
    struct ais_code_token *tokens;
    size_t count, capacity;
    size_t document_end; /* of the documents that begin behind this line; 0: there are none */
    size_t doubtful;     /* end of a line that may be a comment */
    size_t lone[2];      /* no string in " (or in ') begins before this: its quote is none */
    size_t no_pattern;   /* no regular expression ends before this */
    unsigned tries;      /* documents whose end was not found */
    bool newline, blank;
    bool cut; /* there are more tokens than may be */
};

static inline bool ais_code_has(const struct ais_code_lexer *l, unsigned trait)
{
    return (l->dialect->traits & trait) != 0;
}

static inline char ais_code_char(const struct ais_code_lexer *l, size_t i)
{
    return ais_shell_at(l->text, l->n, i);
}

static inline bool ais_code_looks_at(const struct ais_code_lexer *l, size_t i, const char *what)
{
    size_t length = strlen(what);
    return length <= l->n - i && memcmp(l->text + i, what, length) == 0;
}

static inline size_t ais_code_end_of_line(const struct ais_code_lexer *l, size_t i)
{
    const char *end = i < l->n ? memchr(l->text + i, '\n', l->n - i) : NULL;
    return end != NULL ? (size_t)(end - l->text) : l->n;
}

static inline bool ais_code_is_name(char c, bool first)
{
    return ais_shell_is_name(c, first) || (unsigned char)c >= 0x80;
}

/* ---- lex.c ---- */

/* A token, when there is room for one more. */
void ais_code_push(struct ais_code_lexer *l, enum ais_code_token_kind kind, unsigned bits, size_t begin, size_t end);

/* ---- words.c ---- */

/* The length of the sign that begins a text, and what it may be. */
size_t ais_code_sign_at(const char *text, size_t n, unsigned *ret_bits);

/* What a word may be. */
unsigned ais_code_word_bits(const char *text, size_t n);

/* ---- quote.c ---- */

/* Reads what is between quotes, or what else holds a text or a pattern, and begins here; false: nothing does. */
bool ais_code_read_quoted(struct ais_code_lexer *l);

/* The same for words before a quote: rb'', qw(). */
bool ais_code_read_quote_word(struct ais_code_lexer *l);

#endif
