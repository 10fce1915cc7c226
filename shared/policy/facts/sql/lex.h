/* SQL as tokens, whatever the dialect: never refused, an open quote ends with the text.
 *
 * Servers disagree where a string ends and what a comment is, and whoever hides a statement hides it there. There are
 * two readings: the one of the standard (PostgreSQL, SQL Server, Oracle: a backslash is a character, comments nest,
 * $tag$ and q'[…]' quote) and MySQL's (a backslash escapes, # begins a comment, "--" only before a space, and what
 * stands in a comment that begins with an exclamation mark is run). SQLite's is the standard's in which comments do not
 * nest and q is a name. A text that is read differently says so. */
#ifndef AIS_SHARED_POLICY_SQL_LEX_H
#define AIS_SHARED_POLICY_SQL_LEX_H

#include "shared/policy/facts/sql/words.h"
#include "shared/policy/facts/view.h"

enum ais_sql_dialect { AIS_SQL_EITHER, AIS_SQL_STANDARD, AIS_SQL_MYSQL, AIS_SQL_SQLITE };

enum ais_sql_kind {
    AIS_SQL_NAME,     /* a word; .word says which one, if it is of the language */
    AIS_SQL_QUOTED,   /* "…", `…`, […]: text is what stands between */
    AIS_SQL_STRING,   /* '…' with any prefix, $tag$…$tag$: text is what stands between, escapes and all */
    AIS_SQL_NUMBER,   /* 1, 1.5e3, 0x1f */
    AIS_SQL_VARIABLE, /* @x, @@x, :x, $1, ? */
    AIS_SQL_SIGN,     /* an operator, or one of ( ) , ; . [ ] { } */
    AIS_SQL_REMARK,   /* a comment: kept only on request */
};

struct ais_sql_token {
    uint32_t at, length; /* of its text */
    uint32_t pair;       /* of an opening parenthesis: the place of the one that closes it; UINT32_MAX: none */
    uint8_t kind, word;
    bool open;     /* a quote or comment that nothing closes */
    bool adjacent; /* no space before it */
};

struct ais_sql_tokens {
    const char *text;
    size_t length;                /* of the text */
    enum ais_sql_dialect dialect; /* that they were read in */
    struct ais_sql_token *items;  /* in the view's arena */
    size_t count, capacity;
    size_t work;       /* bytes that were read into these tokens, over all texts */
    uint32_t inner;    /* while reading: the innermost open parenthesis */
    bool stray;        /* a parenthesis closes that nothing opened */
    bool differs;      /* MySQL, or the standard, may read this otherwise */
    bool hides;        /* SQLite may: a comment in a comment, or q'[…]' */
    bool full;         /* there are more than AIS_SQL_TOKENS_MOST: what follows was not read */
    bool open_remark;  /* a comment is open at the end */
    bool empty_remark; /* the text ends with the sign of a comment, and nothing in it */
};

enum { AIS_SQL_TOKENS_MOST = 1 << 18 };

/* Reads n bytes (less than 4 GiB) into tokens, of which the items may be used again. Time linear in n. */
void ais_sql_lex(struct ais_view *view, const char *text, size_t n, enum ais_sql_dialect dialect, bool remarks,
                 struct ais_sql_tokens *tokens);

/* Whether a byte is one of set's (NUL is none). */
bool ais_sql_is_any(char c, const char *set);

/* Whether token i is there and is this word, or this sign. */
bool ais_sql_is(const struct ais_sql_tokens *tokens, size_t i, enum ais_sql_word word);
bool ais_sql_is_sign(const struct ais_sql_tokens *tokens, size_t i, const char *sign);

/* The place behind the parenthesis that closes the one at i; end when none does. */
size_t ais_sql_close(const struct ais_sql_tokens *tokens, size_t i, size_t end);

#endif
