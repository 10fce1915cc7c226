/* The reader of one text, which the files that read lists and simple commands share. */
#ifndef AIS_SHARED_POLICY_SHELL_PARSE_H
#define AIS_SHARED_POLICY_SHELL_PARSE_H

#include "shared/policy/facts/shell/shell.h"

#include <string.h>

struct ais_shell_parser {
    struct ais_shell *shell;
    const char *text;
    size_t n, i;
    size_t document_end; /* where the here-documents of this line end; 0: it has none */
    bool in_case;        /* a list that `;;` and esac end */
    bool again;          /* the compound command that comes first has been read before, without what it reads */
};

/* parse.c */

/* Whether a word, unquoted and whole, stands here. */
static inline bool ais_shell_at_word(const struct ais_shell_parser *p, const char *word)
{
    size_t length = strlen(word);
    return p->i < p->n && length <= p->n - p->i && memcmp(p->text + p->i, word, length) == 0 &&
           (p->i + length == p->n || ais_shell_ends_word(p->text[p->i + length]));
}

void ais_shell_skip_blanks(struct ais_shell_parser *p);

/* The body of a function, behind its name. */
void ais_shell_read_function(struct ais_shell_parser *p, const char *name, size_t n);

/* One command of any kind. */
void ais_shell_read_command(struct ais_shell_parser *p, const struct ais_shell_output *input,
                            struct ais_shell_output *ret);

/* simple.c */

void ais_shell_read_simple(struct ais_shell_parser *p, const struct ais_shell_output *input,
                           struct ais_shell_output *ret);

/* The redirections behind a compound command. What it reads from them; NULL: nothing. */
const struct ais_shell_output *ais_shell_read_redirects(struct ais_shell_parser *p);

#endif
