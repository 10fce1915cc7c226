/* What the wrappers of the table and those with a grammar of their own share. */
#ifndef AIS_SHARED_POLICY_SHELL_UNWRAP_H
#define AIS_SHARED_POLICY_SHELL_UNWRAP_H

#include "shared/policy/facts/shell/shell.h"

#include <string.h>

/* Wrappers with a grammar of their own (specials.c, xargs.c, interpreter.c, database.c, programs.c, scripts.c,
 * makefile.c). */
typedef bool ais_shell_unwrapper(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                                 struct ais_shell_output *ret);
extern const struct ais_shell_special {
    const char *names; /* between blanks */
    ais_shell_unwrapper *unwrap;
} ais_shell_specials[];

ais_shell_unwrapper ais_shell_xargs, ais_shell_parallel, ais_shell_interpreter, ais_shell_database;
/* programs.c */
ais_shell_unwrapper ais_shell_environment, ais_shell_sandbox, ais_shell_session, ais_shell_editor, ais_shell_crontab;
/* scripts.c */
ais_shell_unwrapper ais_shell_awk, ais_shell_sed;
/* makefile.c */
ais_shell_unwrapper ais_shell_make_program;

/* Reads a text of a script as shell that command i executes, unless it is empty. */
void ais_shell_run_text(struct ais_shell *shell, size_t i, const char *text, size_t n,
                        const struct ais_shell_output *input, struct ais_shell_output *ret);
/* Says that what command i prints itself is not known; returns whether its script has run anything. */
bool ais_shell_ran(const struct ais_shell *shell, size_t i, struct ais_shell_output *ret);

/* Whether a word stands at text[i]. */
static inline bool ais_shell_stands_at(const char *text, size_t n, size_t i, const char *word)
{
    size_t length = strlen(word);
    return i + length <= n && memcmp(text + i, word, length) == 0;
}

/* Reads the texts that a script gives to system(…) as shell that command i executes; false: there are none. */
bool ais_shell_system(struct ais_shell *shell, size_t i, const struct ais_shell_word *text,
                      const struct ais_shell_output *input, struct ais_shell_output *ret);

/* Reads the input of command i as shell that it executes; false: nothing is known of it. */
bool ais_shell_input(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                     struct ais_shell_output *ret);

/* A file that was written before, run by its path. */
bool ais_shell_script(struct ais_shell *shell, size_t i, struct ais_shell_output *ret);

/* Runs words[from, …) as a command; false: there are none. */
bool ais_shell_runs(struct ais_shell *shell, const struct ais_shell_words *words, size_t from,
                    const struct ais_shell_output *input, struct ais_shell_output *ret);

/* Reads a word as shell that command i executes; true. */
bool ais_shell_reads(struct ais_shell *shell, size_t i, const struct ais_shell_word *text,
                     const struct ais_shell_output *input, struct ais_shell_output *ret);

/* Reads the words of command i from `from` on, with blanks between, as shell; false: there are none. */
bool ais_shell_joins(struct ais_shell *shell, size_t i, size_t from, const struct ais_shell_output *input,
                     struct ais_shell_output *ret);

/* Whether an option takes the next word as its value: letters are those of short options. */
bool ais_shell_takes_value(const char *letters, const char *names, const struct ais_shell_word *word);

/* The first word from `from` on that is neither an option nor the value of one. */
size_t ais_shell_skip_options(const struct ais_shell_words *words, size_t from, const char *letters, const char *names);

#endif
