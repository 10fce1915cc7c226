/* What each byte means to a shell: one table, so that a look at a byte asks for all of its meanings at once. */
#ifndef AIS_SHARED_POLICY_SHELL_BYTE_H
#define AIS_SHARED_POLICY_SHELL_BYTE_H

#include <stdbool.h>
#include <stdint.h>

enum ais_shell_byte {
    AIS_SHELL_BLANK = 1,     /* parts words */
    AIS_SHELL_ENDS = 2,      /* no word can hold it unquoted: blanks, line breaks, operators */
    AIS_SHELL_LETTER = 4,    /* begins a name */
    AIS_SHELL_DIGIT = 8,     /* goes on with one */
    AIS_SHELL_QUOTES = 16,   /* begins a quote or a substitution: \ ' " ` $ */
    AIS_SHELL_WILDCARD = 32, /* * ? [ */
    AIS_SHELL_ANGLE = 64,    /* < >, which may begin the substitution of a process */
    AIS_SHELL_BRACE = 128,   /* {, which may begin an expansion */
    AIS_SHELL_INITIAL = 256, /* of a reserved word (parse.c) */

    /* A word without any of these is what is written. */
    AIS_SHELL_EXPANDS = AIS_SHELL_QUOTES | AIS_SHELL_WILDCARD | AIS_SHELL_ANGLE | AIS_SHELL_BRACE,
};

extern const uint16_t ais_shell_byte_kinds[256]; /* lex.c; bits of enum ais_shell_byte */

/* Whether c is any of these. */
static inline bool ais_shell_is_any(char c, unsigned kinds)
{
    return (ais_shell_byte_kinds[(unsigned char)c] & kinds) != 0;
}

static inline bool ais_shell_is_blank(char c)
{
    return ais_shell_is_any(c, AIS_SHELL_BLANK);
}

static inline bool ais_shell_is_name(char c, bool first)
{
    return ais_shell_is_any(c, first ? AIS_SHELL_LETTER : AIS_SHELL_LETTER | AIS_SHELL_DIGIT);
}

static inline bool ais_shell_is_wildcard(char c)
{
    return ais_shell_is_any(c, AIS_SHELL_WILDCARD);
}

/* Whether a word cannot hold c unquoted. */
static inline bool ais_shell_ends_word(char c)
{
    return ais_shell_is_any(c, AIS_SHELL_ENDS);
}

#endif
