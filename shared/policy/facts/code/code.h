/* What interpreted code would do, without an interpreter: which calls stand in it, and which shell commands they run.
 *
 * A text is read once, from left to right: tokens (lex.c), expressions (read.c), imports and names (names.c), calls
 * (calls.c). What is assigned to a name is known from then on; strings are joined and decoded as the code would do it
 * (decode.c), and what is then executed as code is read as code again. What is not known stays as it is written, in
 * braces. Branches and bodies are all taken, once.
 *
 * Work is bounded: past a bound nothing more is read, and `unknown` says why. */
#ifndef AIS_SHARED_POLICY_CODE_H
#define AIS_SHARED_POLICY_CODE_H

#include "shared/policy/facts/shell/shell.h"

#include <string.h>

enum {
    AIS_CODE_READ_MOST = 256 << 10, /* bytes of text read as code, what is read again included */
    AIS_CODE_TOKENS_MOST = 1 << 16, /* of all these texts */
    AIS_CODE_MADE_MOST = 1 << 20,   /* bytes made by joining and decoding */
    AIS_CODE_SHOWN_MOST = 1 << 20,  /* bytes of arguments and commands that the part shows */
    AIS_CODE_CALLS_MOST = 4096,
    AIS_CODE_NAMES_MOST = 4096,        /* names with a known value */
    AIS_CODE_FUNCTIONS_MOST = 256,     /* that are read again for their calls */
    AIS_CODE_FOLLOWED_MOST = 32 << 10, /* bytes of bodies that are read again though they run nothing, and of loops */
    AIS_CODE_SHELLS_MOST = 1024,       /* texts that calls give to a shell */
    AIS_CODE_DEPTH_MOST = 4,           /* of code that code executes */
    AIS_CODE_NESTING_MOST = 64,        /* of brackets, assignments and what stands within strings */
    AIS_CODE_NAME_LENGTH = 256,        /* of a dotted name */
    AIS_CODE_LIST_MOST = 8192,         /* elements of a list */
    AIS_CODE_STARS = 8,                /* modules whose names are all imported */
};

/* ---- dialects ---- */

/* How a language is written, as bits. */
enum ais_code_trait {
    AIS_CODE_HASH = 1 << 0,          /* # begins a comment */
    AIS_CODE_SLASHES = 1 << 1,       /* so does // */
    AIS_CODE_BLOCKS = 1 << 2,        /* and what is between these: slash star */
    AIS_CODE_TRIPLES = 1 << 3,       /* three quotes */
    AIS_CODE_PREFIXES = 1 << 4,      /* letters before a quote: rb'' */
    AIS_CODE_LINES = 1 << 5,         /* a string may hold line breaks */
    AIS_CODE_REGEXES = 1 << 6,       /* between slashes */
    AIS_CODE_SIGILS = 1 << 7,        /* names begin with $ or @ */
    AIS_CODE_PERCENTS = 1 << 8,      /* %x{} %w() %q() */
    AIS_CODE_QUOTE_WORDS = 1 << 9,   /* qx{} qw() q() m// s/// */
    AIS_CODE_DOCUMENTS = 1 << 10,    /* <<EOF */
    AIS_CODE_SYMBOLS = 1 << 11,      /* :name is a text */
    AIS_CODE_BACKTICKS = 1 << 12,    /* run a shell */
    AIS_CODE_TEMPLATES = 1 << 13,    /* they hold a text with ${} */
    AIS_CODE_DOT_JOINS = 1 << 14,    /* a.b joins texts */
    AIS_CODE_BARE_CALLS = 1 << 15,   /* calls need no parentheses */
    AIS_CODE_INDENTED = 1 << 16,     /* a line break ends a statement outside brackets */
    AIS_CODE_HALF_QUOTES = 1 << 17,  /* single quotes know two escapes only */
    AIS_CODE_EXPANDS = 1 << 18,      /* "$x" */
    AIS_CODE_EMBEDS = 1 << 19,       /* "#{x}" */
    AIS_CODE_TAGS = 1 << 20,         /* code stands between <? and ?> */
    AIS_CODE_NOTEBOOKS = 1 << 21,    /* !command */
    AIS_CODE_CALLED_TEXTS = 1 << 22, /* a text that is called names a function */
    AIS_CODE_ANY = 1 << 23,          /* nobody knows which language it is */
};

struct ais_code_dialect {
    const char *names; /* words of tools, keys and interpreters, between blanks */
    unsigned traits;
    unsigned bit; /* of this dialect, for tables */
};
enum ais_code_language {
    AIS_CODE_PYTHON,
    AIS_CODE_JAVASCRIPT,
    AIS_CODE_PERL,
    AIS_CODE_RUBY,
    AIS_CODE_PHP,
    AIS_CODE_UNCLEAR
};
extern const struct ais_code_dialect ais_code_dialects[AIS_CODE_UNCLEAR + 1];

/* By a word such as `python3`; NULL: it names none. */
const struct ais_code_dialect *ais_code_dialect_of(const char *word, size_t n);

/* By the first line that only one language can have; the unclear one when there is none. */
const struct ais_code_dialect *ais_code_shape(const char *text, size_t n);

/* ---- tokens ---- */

enum ais_code_token_kind {
    AIS_CODE_END,
    AIS_CODE_NAME,
    AIS_CODE_STRING,
    AIS_CODE_NUMBER,
    AIS_CODE_SHELL,
    AIS_CODE_SIGN
};

/* What is expanded within a string, as bits. */
enum ais_code_quoting {
    AIS_CODE_RAW = 1,      /* nothing at all */
    AIS_CODE_HALF = 2,     /* \\ and \' */
    AIS_CODE_BRACES = 4,   /* {x} */
    AIS_CODE_DOLLARS = 8,  /* ${x} */
    AIS_CODE_HASHES = 16,  /* #{x} */
    AIS_CODE_VALUES = 32,  /* $x, {$x}, @{[x]} */
    AIS_CODE_WORDS = 64,   /* a list of words */
    AIS_CODE_PATTERN = 128 /* a regular expression: its text is none */
};

/* What a sign may be, as bits. */
enum ais_code_sign {
    AIS_CODE_OPERATES = 1, /* between two operands */
    AIS_CODE_PRECEDES = 2, /* before one */
    AIS_CODE_ASSIGNS = 4,
    AIS_CODE_ADDS = 8,     /* an assignment that joins */
    AIS_CODE_DEFAULTS = 16 /* one that is made when there is no value yet */
};

/* What a word may be, as bits. */
enum ais_code_word {
    AIS_CODE_KEYWORD = 1, /* it is no name */
    AIS_CODE_DEFINES = 2, /* the name behind it is defined, not called */
    AIS_CODE_LEADS = 4,   /* an expression may follow */
    AIS_CODE_DECLARES = 8,
    AIS_CODE_IMPORTS = 16
};

struct ais_code_token {
    uint32_t begin, end; /* of a string: what stands within its quotes */
    uint32_t sign;       /* of a sign: its characters, the first in the lowest byte */
    uint8_t kind;
    uint8_t bits;        /* of a string or a shell: its quoting; of signs and names: what they may be */
    bool newline, blank; /* before it */
};

/* The tokens of a text, in the arena, with one AIS_CODE_END behind them; cut: they were too many. NULL: there is no
 * memory. */
struct ais_code;
const struct ais_code_token *ais_code_lex(struct ais_code *code, const struct ais_code_dialect *dialect,
                                          const char *text, size_t n, bool *ret_cut);

/* quote.c: behind the brace that closes what is open before i, past strings; n when nothing does. */
size_t ais_code_skip_braces(const char *text, size_t n, size_t i);

/* ---- values ---- */

enum ais_code_kind {
    AIS_CODE_UNKNOWN, /* text: as it is written */
    AIS_CODE_TEXT,
    AIS_CODE_INTEGER,
    AIS_CODE_LIST,
    AIS_CODE_MAP,   /* the items are its values (and keys) */
    AIS_CODE_REF,   /* text: a dotted name */
    AIS_CODE_RESULT /* of a call: text is the name of what was called */
};

/* Calls that made a value, the nearest first. */
struct ais_code_maker {
    const char *name;
    size_t length;
    const struct ais_code_maker *next;
    unsigned count; /* with those behind it */
};

struct ais_code_value {
    enum ais_code_kind kind;
    const char *text; /* in the arena or in the code */
    size_t length;
    long number;
    struct ais_code_value *items;
    size_t count, capacity;
    const struct ais_code_maker *makers;
    bool is_named; /* an argument that is given by its name */
};

struct ais_code_binding {
    const char *name; /* NULL: a free slot */
    size_t length;
    struct ais_code_value value;
};

/* A function that the code defines. */
struct ais_code_function {
    const char *name;
    size_t length;
    const struct ais_code_token *tokens; /* of the text that it stands in */
    const char *text;
    const struct ais_code_dialect *dialect;
    uint32_t begin, end; /* the tokens of its body */
    uint32_t parameters[8];
    size_t parameter_count;
    bool listed;  /* its parameters are one list, as Perl's @_ */
    bool calls;   /* there is a call in it */
    bool runs;    /* there is one in it that runs something */
    bool running; /* its body is read now */
};

/* A call of a name that no function had yet, or one of which nothing was known to run. */
struct ais_code_early_call {
    const char *name;
    size_t length;
    const struct ais_code_token *tokens; /* of the text that it stands in */
    size_t at;                           /* of them */
    struct ais_code_value args;
    size_t function; /* that it calls, once all are known */
    bool followed;   /* the body was read for it, though it was not known to run anything */
};

struct ais_code {
    struct ais_view *view;
    struct ais_part *part;
    const char *unknown;
    bool stopped; /* a bound is passed: read nothing more */
    size_t read, made, shown, tokens;
    unsigned depth, nesting;
    struct ais_code_binding *names;
    size_t name_count, name_capacity;
    struct ais_code_function *functions;
    size_t function_count, function_capacity;
    struct ais_code_function unfollowed; /* the last that there was no room for, with those in it; tokens NULL: none */
    struct ais_code_early_call *early;
    size_t early_count, early_capacity;
    bool late;       /* all functions are known: no call is early */
    size_t followed; /* bytes that count for AIS_CODE_FOLLOWED_MOST */
    const char *stars[AIS_CODE_STARS];
    size_t star_count;
    struct ais_shell shell; /* for the commands of code.shell; its commands stay */
    struct ais_part shell_part;
    size_t shells;
};

struct ais_code_reader {
    struct ais_code *code;
    const struct ais_code_dialect *dialect;
    const char *text;
    const struct ais_code_token *tokens;
    size_t i;           /* of tokens, the last of which is AIS_CODE_END */
    unsigned brackets;  /* round and square ones around it */
    size_t not_several; /* no assignment to several names begins before this token */
};

/* ---- code.c: bounds, memory, what is shown ---- */

void ais_code_stop(struct ais_code *code, const char *why);

/* Counts steps of work (facts/view.h); false when they are more than may be, or it has stopped. */
bool ais_code_spend(struct ais_code *code, size_t steps);
void *ais_code_alloc(struct ais_code *code, size_t n);
void *ais_code_grow(struct ais_code *code, void *items, size_t count, size_t *capacity, size_t size);

/* n bytes to be made; NULL when that is too much. */
char *ais_code_make(struct ais_code *code, size_t n);

bool ais_code_enter(struct ais_code *code);
void ais_code_leave(struct ais_code *code);

struct ais_code_value ais_code_text(const char *text, size_t n);
struct ais_code_value ais_code_ref(const char *text, size_t n);
struct ais_code_value ais_code_unknown(const char *text, size_t n);
bool ais_code_is(const struct ais_code_value *value, const char *text);
void ais_code_append(struct ais_code *code, struct ais_code_value *list, const struct ais_code_value *item);

/* Both texts (what is no text: its placeholder) as one, with the makers of both. */
struct ais_code_value ais_code_join(struct ais_code *code, const struct ais_code_value *a,
                                    const struct ais_code_value *b);
void ais_code_made_by(struct ais_code *code, struct ais_code_value *value, const struct ais_code_maker *makers);
void ais_code_made_by_name(struct ais_code *code, struct ais_code_value *value, const char *name, size_t n);

/* One element of the part, and what belongs to it. */
void ais_code_show_call(struct ais_code *code, const char *name, size_t n);
void ais_code_show(struct ais_code *code, unsigned list, const char *text, size_t n);

/* A text that the last element gives to a shell: shown, and its commands; code in them is read as such. */
void ais_code_show_shell(struct ais_code *code, const char *text, size_t n);

/* ---- read.c ---- */

/* Reads n bytes of text; the value of its last statement. */
struct ais_code_value ais_code_read(struct ais_code *code, const struct ais_code_dialect *dialect, const char *text,
                                    size_t n);

/* The same for code that code executes: one level deeper. */
struct ais_code_value ais_code_execute(struct ais_code *code, const struct ais_code_dialect *dialect, const char *text,
                                       size_t n);

/* Whether the tokens from r->i up to end may be read again: they are counted like text that is. */
bool ais_code_again(const struct ais_code_reader *r, size_t end);

/* Reads statements up to token end. */
void ais_code_statements(struct ais_code_reader *r, size_t end);

/* Token i as it stands in the text. */
static inline const char *ais_code_text_at(const struct ais_code_reader *r, size_t i)
{
    return r->text + r->tokens[i].begin;
}

static inline size_t ais_code_length_at(const struct ais_code_reader *r, size_t i)
{
    return r->tokens[i].end - r->tokens[i].begin;
}

static inline bool ais_code_at_name(const struct ais_code_reader *r, size_t i)
{
    return r->tokens[i].kind == AIS_CODE_NAME;
}

/* Whether token i is this sign, this word. */
static inline bool ais_code_at_sign(const struct ais_code_reader *r, size_t i, const char *sign)
{
    uint32_t chars = 0;
    for (unsigned k = 0; sign[k] != '\0'; k++)
        chars |= (uint32_t)(unsigned char)sign[k] << 8 * k;
    return r->tokens[i].sign == chars;
}

static inline bool ais_code_at_word(const struct ais_code_reader *r, size_t i, const char *word)
{
    const struct ais_code_token *token = &r->tokens[i];
    size_t n = token->end - token->begin;
    return token->kind == AIS_CODE_NAME && r->text[token->begin] == word[0] && n == strlen(word) &&
           memcmp(r->text + token->begin, word, n) == 0;
}

struct ais_code_value ais_code_expression(struct ais_code_reader *r);

/* ---- operate.c ---- */

/* What the operator at token sign makes of two operands. */
struct ais_code_value ais_code_operate(struct ais_code_reader *r, size_t sign, const struct ais_code_value *a,
                                       const struct ais_code_value *b);

/* ---- literal.c ---- */

/* The value of a string token. */
struct ais_code_value ais_code_literal(struct ais_code_reader *r, const struct ais_code_token *token);

/* ---- names.c ---- */

void ais_code_bind(struct ais_code *code, const char *name, size_t n, const struct ais_code_value *value);
const struct ais_code_value *ais_code_find(const struct ais_code *code, const char *name, size_t n);

/* base.name; unknown when that is too long. A bound name has its value. */
struct ais_code_value ais_code_member(struct ais_code *code, const struct ais_code_value *base, const char *name,
                                      size_t n);

/* Reads an import, a declaration or an assignment that begins here; false: there is none. */
bool ais_code_names(struct ais_code_reader *r, struct ais_code_value *ret);

/* ---- bodies.c ---- */

static inline bool ais_code_is_end(const struct ais_code_reader *r, size_t i)
{
    return r->tokens[i].kind == AIS_CODE_END;
}

/* 1: a bracket opens at i; -1: one closes. */
static inline int ais_code_bracket(const struct ais_code_reader *r, size_t i)
{
    if (ais_code_at_sign(r, i, "(") || ais_code_at_sign(r, i, "[") || ais_code_at_sign(r, i, "{"))
        return 1;
    return ais_code_at_sign(r, i, ")") || ais_code_at_sign(r, i, "]") || ais_code_at_sign(r, i, "}") ? -1 : 0;
}

/* Counts the tokens from begin on that were looked at to find i; returns i. */
size_t ais_code_looked_to(const struct ais_code_reader *r, size_t begin, size_t i);

/* Behind the bracket that closes the one at i. */
size_t ais_code_skip_brackets(const struct ais_code_reader *r, size_t i);

/* Where an expression, or the rest of a line, ends at the latest. */
size_t ais_code_line_end(const struct ais_code_reader *r, size_t begin);

/* The end of what is indented deeper than the statement that begins at token `from`. */
size_t ais_code_block_end(const struct ais_code_reader *r, size_t from, size_t begin);

/* Reads the header of a loop over a list, r stands at `for` or `foreach`; when what the list holds is known, also the
 * body for each of it, as far as AIS_CODE_FOLLOWED_MOST goes. r then stands at the body, where the name is what it is.
 * False: it is no such loop, and nothing is read. */
bool ais_code_loop(struct ais_code_reader *r);

/* Reads the tokens [begin, end) with each item of a list in the place of the name at a token: `f(x) for x in LIST`. */
void ais_code_comprehend(struct ais_code_reader *r, size_t begin, size_t end, size_t name,
                         const struct ais_code_value *list);

/* ---- functions.c ---- */

/* Notes the function whose definition begins here: def f(c):, function f(c) {. Nothing is read. */
void ais_code_define(struct ais_code_reader *r);

/* The same of one that is assigned to a name: lambda c: …, c => …, function (c) {. False: there is none. */
bool ais_code_define_value(struct ais_code_reader *r, const struct ais_code_value *name);

/* Notes that there is a call here, for the functions in which it stands. */
void ais_code_note_call(struct ais_code_reader *r);

/* Notes that what is read here runs something, for the functions in which it stands. In one that there was no room for:
 * what its calls would run is unknown. */
void ais_code_note_run(struct ais_code_reader *r);

/* Reads the body of a function of this name that runs something, with args in the place of its parameters, and as far
 * as AIS_CODE_FOLLOWED_MOST allows that of one that only calls something: who deletes a file by a name it is given,
 * does no more. A call that comes too early for that is kept. */
void ais_code_call_defined(struct ais_code_reader *r, const char *name, size_t n, const struct ais_code_value *args);

/* At the end of a text: makes the calls that were kept, now that its functions are known. */
void ais_code_call_early(struct ais_code *code);

/* ---- calls.c, run.c ---- */

/* A call: shows it, and returns its value. args is a list. */
struct ais_code_value ais_code_call(struct ais_code_reader *r, const struct ais_code_value *callee,
                                    const struct ais_code_value *args);

/* Whether a name is one that runs something, under any name of a module. */
bool ais_code_runs(const char *name, size_t n);

/* Whether a value is a function of a module that runs something. */
bool ais_code_is_runner(const struct ais_code_value *value);

/* Shows what a call of this name would run: a shell, or code, which is read; false: it runs nothing. ret: what that
 * code ends with. */
bool ais_code_run(struct ais_code_reader *r, const char *name, size_t n, const struct ais_code_value *args,
                  struct ais_code_value *ret);

/* ---- decode.c ---- */

/* What a function makes of its arguments; false: it is none of those that are known. */
bool ais_code_decode(struct ais_code *code, const char *name, size_t n, const struct ais_code_value *args,
                     struct ais_code_value *ret);

/* ---- method.c ---- */

/* What a method makes of a text, a list or a number; false as above. */
bool ais_code_method(struct ais_code *code, const struct ais_code_value *self, const char *name, size_t n,
                     const struct ais_code_value *args, struct ais_code_value *ret);

/* `"%s" % x` */
struct ais_code_value ais_code_format(struct ais_code *code, const struct ais_code_value *form,
                                      const struct ais_code_value *values);

/* ---- where.c ---- */

typedef void ais_code_found(void *arg, const struct ais_code_dialect *dialect, const char *text, size_t n);

/* Calls found for each text of the request that is code. What looking for them costs is counted for the part. */
void ais_code_texts(struct ais_view *view, struct ais_part *part, ais_code_found *found, void *arg);

#endif
