/* A shell's view of a text, without a shell: which simple commands it would run, in what order, and what of their
 * output is known. Nothing is run and nothing is looked up.
 *
 * The text is read once, from left to right, and words are resolved as they are met: variables hold what the text
 * assigned to them, substitutions what their commands are known to print. An expansion that is not known stays in
 * its word as it is written. Branches and bodies of loops and functions are all taken, once.
 *
 * Work is bounded: past a bound nothing more is read, and `unknown` says why. */
#ifndef AIS_SHARED_POLICY_SHELL_H
#define AIS_SHARED_POLICY_SHELL_H

#include "shared/policy/facts/shell/byte.h"
#include "shared/policy/facts/view.h"
#include "shared/policy/facts/words.h"

#include <string.h>

enum {
    AIS_SHELL_DEPTH_MOST = 32,       /* of wrappers, substitutions and groups within each other */
    AIS_SHELL_COMMANDS_MOST = 4096,  /* simple commands */
    AIS_SHELL_PARSED_MOST = 1 << 20, /* bytes of text read as shell, what is read again included */
    AIS_SHELL_MADE_MOST = 2 << 20,   /* bytes made by expansions */
    AIS_SHELL_WORDS_MOST = 1 << 15,  /* words */
    AIS_SHELL_SHOWN_MOST = 1 << 16,  /* words of all commands: those of a wrapper are also its command's */
    AIS_SHELL_BRACES_MOST = 256,     /* words of one brace expansion */
    AIS_SHELL_VARIABLES = 512,       /* slots for variables and functions, of which half may be in use */
};

/* Commands [first, end) at one level of substitution: those that make one pipeline, or one output. */
struct ais_shell_range {
    uint32_t first, end, level;
};

/* What commands are known to print. */
struct ais_shell_output {
    const char *text;
    size_t length;
    bool whole;                /* there is nothing else */
    struct ais_shell_range by; /* the commands that print it */
    bool derived;              /* of a text that is known, in a way that is not */
    bool is_file;              /* through a file: they are no part of the pipeline that reads it */
};

struct ais_shell_word {
    const char *text; /* resolved; in the arena or in the request */
    size_t length;
    bool literal;                        /* no expansion stands in it as written */
    bool process;                        /* <( ): a file that holds what `from` is */
    const struct ais_shell_output *from; /* the output that is in it; NULL: none */
    const char *const *also;             /* files that it names besides: a glob, a script; ends with NULL; NULL: none */
    const char *source;                  /* as it stands in the request; NULL: not by itself */
    size_t source_length;
    bool said;  /* its command opens nothing of this name (mention.c) */
    bool shell; /* its command has a shell run it: it is no name, and what it opens is said of its own commands */
};

struct ais_shell_words {
    struct ais_shell_word *items;
    size_t count, capacity;
};

/* Tables that know words: each row begins with a list of them, and a word stands in one row at most. */
enum ais_shell_table {
    AIS_SHELL_WRAPPERS, /* unwrap.c */
    AIS_SHELL_SPECIALS, /* specials.c */
    AIS_SHELL_PRINTERS, /* output.c */
    AIS_SHELL_BUILTINS, /* builtins.c */
    AIS_SHELL_WRITERS,  /* files.c */
    AIS_SHELL_SPEAKERS, /* mention.c */
    AIS_SHELL_WHOLE,    /* shell.c: options are whole words */
    AIS_SHELL_KEYS,     /* where.c: words of names */
    AIS_SHELL_TOOLS,
    AIS_SHELL_SHELLS,
    AIS_SHELL_PROGRAMS, /* named.c */
    AIS_SHELL_TABLES
};
extern const struct ais_word_table ais_shell_wrapper_table, ais_shell_special_table, ais_shell_printer_table,
    ais_shell_builtin_table, ais_shell_writer_table, ais_shell_speaker_table, ais_shell_whole_table,
    ais_shell_key_table, ais_shell_tool_table, ais_shell_shell_table, ais_shell_program_table;

struct ais_shell_name {
    const char *text; /* the base name of a command's first word; "": it has none */
    size_t length;
    const uint8_t *rows; /* by enum ais_shell_table: 1 + the number of the row that is about it; 0: none is */
};

struct ais_shell_command {
    struct ais_shell_words words; /* without assignments and redirections */
    struct ais_shell_name name;
    struct ais_shell_words redirects; /* "> x" */
    const char *pipeline;             /* NULL: it is in none */
    size_t pipeline_length;
    uint32_t depth, level;
    const char *folder;          /* in which it runs, a telling one (place.c); NULL: it is none, or not known */
    struct ais_shell_range file; /* that wrote the file that it reads; empty: it reads none that is known */
    bool wraps;                  /* it only runs another command, which follows */
    bool blind;                  /* it executes what is derived: who knows which commands follow */
    bool executes;               /* what others print: in its pipeline it is a shell */
    const char *code;            /* that it gives to an interpreter of another language; NULL: none is known */
    size_t code_length;
    const char *statements; /* that it gives to a database, beside those in its words; NULL: none are known */
    size_t statements_length;
};

struct ais_shell_variable {
    const char *name; /* NULL: a free slot */
    size_t name_length;
    bool is_set;                   /* to the values; else to something unknown */
    bool is_list;                  /* a loop's variable: all of its values stand beside each other, also in quotes */
    struct ais_shell_words values; /* of a loop or an array many, else one */
    const char *body;              /* of the function (or alias) of this name; NULL: there is none */
    size_t body_length;
    bool is_alias, is_running;
};

struct ais_shell {
    struct ais_view *view;
    struct ais_part *part; /* what is understood goes there in the end */
    const char *unknown;
    bool stopped; /* a bound is passed: read nothing more */
    size_t parsed, made, word_count, shown;
    struct ais_shell_command *commands;
    size_t command_count, command_capacity;
    uint32_t depth, level; /* of the commands that are read now */
    unsigned nesting;      /* of this reader's own calls */
    struct ais_shell_variable *variables;
    size_t variable_count;
    const char *folder;                       /* that the text has gone into; NULL: not known */
    const char *telling_folder;               /* the same, if it is a telling one */
    const struct ais_shell_words *positional; /* $0 and the rest; NULL: none are known */
    const char *source;                       /* the text of the request that is read; NULL: it is none for certain */
    bool overheard;                           /* what a command only says may be taken up elsewhere */
};

/* ---- shell.c: bounds and memory ---- */

/* Says why not all is understood, and ends the reading. The first reason stands. */
void ais_shell_stop(struct ais_shell *shell, const char *why);

/* Memory of the arena; NULL when there is none (the reading is stopped). */
void *ais_shell_alloc(struct ais_shell *shell, size_t n);
void *ais_shell_grow(struct ais_shell *shell, void *items, size_t count, size_t *capacity, size_t size);

/* Counts n bytes that are made; false when that is too much. */
bool ais_shell_make(struct ais_shell *shell, size_t n);

/* Goes one level deeper (false: too deep), and back. */
bool ais_shell_enter(struct ais_shell *shell);
void ais_shell_leave(struct ais_shell *shell);

void ais_shell_add_word(struct ais_shell *shell, struct ais_shell_words *words, struct ais_shell_word word);
struct ais_shell_word ais_shell_word_of(const char *text, size_t n);
static inline bool ais_shell_is(const struct ais_shell_word *word, const char *text)
{
    size_t n = strlen(text);
    return word->length == n && memcmp(word->text, text, n) == 0;
}

/* Growing bytes in the arena. */
struct ais_shell_bytes {
    char *data;
    size_t length, capacity;
};
void ais_shell_push(struct ais_shell *shell, struct ais_shell_bytes *bytes, const char *text, size_t n);

/* Whether n bytes of name stand in a list of names between blanks, such as "sh bash zsh". */
bool ais_shell_in(const char *list, const char *name, size_t n);

/* Reads one text as a shell of its own, which knows nothing of the variables of others. Its commands are those from the
 * returned number on. */
size_t ais_shell_read_text(struct ais_shell *shell, const char *text, size_t n);

/* The words of command i with one blank between, as shell.command shows them; in the arena. */
const char *ais_shell_text(struct ais_shell *shell, size_t i, size_t *ret_length);

/* Reads the value of a variable that names a command for later (PAGER, EDITOR, …); of others nothing. */
void ais_shell_name_command(struct ais_shell *shell, const char *name, size_t n, const struct ais_shell_word *value);

/* ---- name.c: names of commands ---- */

/* The base name of a command's first word. */
void ais_shell_name(const struct ais_shell_word *word, const char **ret, size_t *ret_length);

/* The name of the command of these words, and what the tables know of it. */
struct ais_shell_name ais_shell_name_of(const struct ais_shell_words *words);

/* What the tables know of a word (struct ais_shell_name). */
const uint8_t *ais_shell_rows(const char *name, size_t n);

/* ---- lex.c: where things end ---- */

/* Whether c, unless it is NUL, is one of the characters of set. */
bool ais_shell_one_of(const char *set, char c);

/* The character at i; NUL behind the end. */
static inline char ais_shell_at(const char *text, size_t n, size_t i)
{
    if (i < n)
        return text[i];
    return '\0';
}

/* The end of the word that begins at i; i when none does. */
size_t ais_shell_skip_word(const char *text, size_t n, size_t i);

/* Behind the quote, parenthesis or brace that closes what is open before i; n when nothing does. */
size_t ais_shell_skip_double(const char *text, size_t n, size_t i);
size_t ais_shell_skip_single(const char *text, size_t n, size_t i, bool escapes);
size_t ais_shell_skip_backtick(const char *text, size_t n, size_t i);
size_t ais_shell_skip_paren(const char *text, size_t n, size_t i);
size_t ais_shell_skip_brace(const char *text, size_t n, size_t i);

/* The first character of a set from i on that is neither quoted nor within a substitution; n: there is none. */
size_t ais_shell_seek(const char *text, size_t n, size_t i, const char *set);

/* Where the bracket stands that closes what is open before i; n: nowhere, or behind an operator that ends a command
 * (unless it is within braces). */
size_t ais_shell_seek_bracket(const char *text, size_t n, size_t i, bool within);

/* One here-document: `<<` stands before i. */
struct ais_shell_document {
    const char *body;
    size_t length;
    bool is_quoted, strips_tabs;
    size_t next; /* where the text goes on behind the word that ends it */
    size_t end;  /* behind the document */
};

/* at: where its body begins if an earlier one of the same line is known to end there; 0: behind this line. */
void ais_shell_document(const char *text, size_t n, size_t i, size_t at, struct ais_shell_document *ret);

/* ---- word.c ---- */

/* Appends the words that one word of the text expands to: none, one or many. */
void ais_shell_expand(struct ais_shell *shell, const char *text, size_t n, bool is_first, struct ais_shell_words *ret);

/* The same where words are not split: assignments, redirections, patterns. */
struct ais_shell_word ais_shell_expand_one(struct ais_shell *shell, const char *text, size_t n);

/* Runs the commands that a text substitutes whose value is not needed: arithmetic, subscripts and operands. quotes:
 * single quotes protect what is within them. */
void ais_shell_substitute(struct ais_shell *shell, const char *text, size_t n, bool quotes);

/* The body of a here-document that is not quoted. */
struct ais_shell_word ais_shell_expand_document(struct ais_shell *shell, const char *text, size_t n);

/* ---- escape.c ---- */

/* Decodes the escape of $'…', echo -e and printf that begins at text[i], a backslash; returns the place behind it. */
size_t ais_shell_escape(const char *text, size_t n, size_t i, char ret[8], size_t *ret_length);

/* ---- brace.c: {a,b} and {1..3} ---- */

/* Appends the texts that braces make of a word, unexpanded otherwise; false: there are no braces. */
bool ais_shell_braces(struct ais_shell *shell, const char *text, size_t n, struct ais_shell_words *ret);

/* ---- glob.c ---- */

bool ais_shell_matches(const char *pattern, size_t n, const char *text, size_t length);

/* Resolves a word with wildcards against well-known commands or sensitive paths. */
void ais_shell_glob(struct ais_shell *shell, struct ais_shell_word *word, bool is_first);

/* ---- vars.c ---- */

/* NULL: nothing is known of it. */
const struct ais_shell_variable *ais_shell_find(const struct ais_shell *shell, const char *name, size_t n);

/* The slot of a name, made if need be; NULL when there is no room. */
struct ais_shell_variable *ais_shell_slot(struct ais_shell *shell, const char *name, size_t n);

/* NULL: to something unknown. */
void ais_shell_assign(struct ais_shell *shell, const char *name, size_t n, const struct ais_shell_word *value,
                      bool appends);

/* NAME=value as a word of export and its like. */
void ais_shell_assign_word(struct ais_shell *shell, const struct ais_shell_word *word);

enum ais_shell_known {
    AIS_SHELL_UNSET,   /* nobody assigned it */
    AIS_SHELL_UNKNOWN, /* it has a value, but which? */
    AIS_SHELL_KNOWN
};

/* The values of $name, of a special parameter, or of what stands within ${ }. part: it must be cut out of the value of
 * a variable that is otherwise better left as written ($HOME). */
enum ais_shell_known ais_shell_value(struct ais_shell *shell, const char *name, size_t n, bool part,
                                     struct ais_shell_words *ret, bool *ret_is_list);
enum ais_shell_known ais_shell_parameter(struct ais_shell *shell, const char *text, size_t n,
                                         struct ais_shell_words *ret, bool *ret_is_list);

/* ---- parse.c, run.c ---- */

/* Reads n bytes of text as shell. input: what stands at its standard input; NULL: nothing that is known of. */
void ais_shell_read(struct ais_shell *shell, const char *text, size_t n, const struct ais_shell_output *input,
                    struct ais_shell_output *ret);

/* One simple command, its words resolved. */
void ais_shell_run(struct ais_shell *shell, const struct ais_shell_words *words,
                   const struct ais_shell_words *redirects, const struct ais_shell_output *input,
                   struct ais_shell_output *ret);

/* Makes the commands of a range one pipeline, which ends with the one that executes their output (a number of
 * shell->commands; SIZE_MAX: none does). */
void ais_shell_pipe(struct ais_shell *shell, struct ais_shell_range range, size_t executor);

/* The commands from first on, at this level. */
struct ais_shell_range ais_shell_since(const struct ais_shell *shell, size_t first);

/* ---- builtins.c: commands that change what is known ---- */

void ais_shell_builtin(struct ais_shell *shell, const struct ais_shell_name *name, const struct ais_shell_words *words,
                       const struct ais_shell_output *input, const struct ais_shell_output *output);

/* Calls a function or an alias of the text; false: there is none of this name. */
bool ais_shell_call(struct ais_shell *shell, const struct ais_shell_words *words, const struct ais_shell_output *input,
                    struct ais_shell_output *ret);

/* ---- place.c ---- */

/* Commands from here on run in this folder: a literal path. */
void ais_shell_go_to(struct ais_shell *shell, const char *text, size_t n);

/* cd, pushd, popd: commands from here on run in another folder. */
void ais_shell_go(struct ais_shell *shell, const struct ais_shell_words *words);

/* Where a word leads that is a path spelled in a roundabout way, or one below a telling folder (NULL: it is in none);
 * NULL: it is shown as it is written. In the arena. */
const char *ais_shell_place(struct ais_shell *shell, const char *folder, const char *text, size_t n,
                            size_t *ret_length);

/* ---- files.c ---- */

/* Notes what a command that prints this writes into files. */
void ais_shell_write(struct ais_shell *shell, const struct ais_shell_name *name, const struct ais_shell_words *words,
                     const struct ais_shell_words *redirects, const struct ais_shell_output *output);

/* The same of an open file of this number: 3<<<x. */
void ais_shell_open(struct ais_shell *shell, const char *number, size_t n, const struct ais_shell_output *content);

/* What the text has written into the file of this name; NULL: nothing. */
const struct ais_shell_output *ais_shell_file(struct ais_shell *shell, const struct ais_shell_word *word);

/* ---- unwrap.c ---- */

/* Reads what command number i (whose words these are) runs itself: the rest of its words, a text, its input. False: it
 * is no wrapper, or wraps nothing. */
bool ais_shell_unwrap(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                      struct ais_shell_output *ret);

/* Runs the file that is printed to be executed (eval "$(cat f)") as the script that it is: sh f. False: it is none, or
 * the text has written it. */
bool ais_shell_run_printed(struct ais_shell *shell, const struct ais_shell_output *from);

/* ---- output.c ---- */

/* What a command is known to print; false: it is not known. */
bool ais_shell_print(struct ais_shell *shell, const struct ais_shell_name *name, const struct ais_shell_words *words,
                     const struct ais_shell_output *input, struct ais_shell_output *ret);

/* ---- filter.c ---- */

/* The same of one that lets lines of what it reads through as they are. */
bool ais_shell_filter(struct ais_shell *shell, const struct ais_shell_name *name, const struct ais_shell_words *words,
                      const struct ais_shell_output *input, struct ais_shell_output *ret);

/* ---- mention.c ---- */

/* Marks the words of a command that it only says or seeks. */
void ais_shell_hear(const struct ais_shell_name *name, struct ais_shell_words *words);

/* Adds to the part what the request only mentions: n bytes of one of its strings, or (when all commands are known)
 * the words that nobody takes up. */
void ais_shell_add_mention(struct ais_shell *shell, const char *text, size_t n);
void ais_shell_add_mentions(struct ais_shell *shell);

/* ---- where.c ---- */

/* A text of the request that is shell. */
struct ais_shell_text {
    const char *text;
    size_t length;
    const struct ais_json *folder; /* a text: where it is said to run; NULL: nothing says so */
    bool stands;                   /* as it is in the request, for what is a shell for certain */
    bool follows;                  /* it may run in the folder that the text before it has gone into */
};

/* Calls found for each text of the request's arguments that is shell. */
typedef void ais_shell_found(void *arg, const struct ais_shell_text *text);
void ais_shell_texts(struct ais_view *view, ais_shell_found *found, void *arg);

#endif
