/* Clients of databases: what they are given at their input, or in a file that the text has written, is no shell, but
 * statements. Those that stand in their words are found there (../sql/client.c). */
#include "shared/policy/facts/shell/unwrap.h"

#include <string.h>

static void add_statements(struct ais_shell *shell, struct ais_shell_bytes *bytes, const struct ais_shell_output *from)
{
    if (from == NULL || from->length == 0)
        return;
    if (bytes->length > 0)
        ais_shell_push(shell, bytes, "\n", 1);
    ais_shell_push(shell, bytes, from->text, from->length);
}

/* What the text has written into the file that a word names: a.sql, -fa.sql, --file=a.sql, @a.sql. */
static const struct ais_shell_output *file_of(struct ais_shell *shell, const struct ais_shell_word *word)
{
    const char *equals = word->length > 0 ? memchr(word->text, '=', word->length) : NULL;
    const struct ais_shell_output *file = word->process ? word->from : ais_shell_file(shell, word);
    size_t skip = 0;
    if (file != NULL || word->length < 2)
        return file;
    if (word->text[0] == '@')
        skip = 1;
    else if (word->text[0] == '-' && word->text[1] != '-')
        skip = 2;
    else if (word->text[0] == '-' && equals != NULL)
        skip = (size_t)(equals - word->text) + 1;
    const struct ais_shell_word name = ais_shell_word_of(word->text + skip, word->length - skip);
    return skip > 0 ? ais_shell_file(shell, &name) : NULL;
}

bool ais_shell_database(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                        struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    struct ais_shell_bytes statements = { 0 };
    add_statements(shell, &statements, input);
    for (size_t k = 1; k < words.count && !shell->stopped; k++)
        add_statements(shell, &statements, file_of(shell, &words.items[k]));
    shell->commands[i].statements = statements.data;
    shell->commands[i].statements_length = statements.length;
    return ais_shell_script(shell, i, ret); /* ./psql, which the text has written */
}
