/* Clients of databases: what they are given at their input, or in a file that the text has written, is no shell, but
 * statements. Those that stand in their words are found there (../sql/client.c). */
#include "shared/policy/facts/shell/unwrap.h"
#include "shared/text/ascii.h"

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

/* ---- what a client gives to a shell ---- */

/* Words that begin such a line. All clients know \! besides. */
static const struct escape {
    const char *clients, *words;
} escapes[] = {
    {"mysql mariadb mycli",            "system"        },
    { "sqlite sqlite3 litecli duckdb", ".shell .system"},
    { "sqlplus sqlcl",                 "host"          },
};

static const char *words_of(const struct ais_shell_name *name)
{
    for (size_t i = 0; i < N_ELEMS(escapes); i++)
        if (ais_shell_in(escapes[i].clients, name->text, name->length))
            return escapes[i].words;
    return "";
}

/* Where shell begins in a statement text[i, n), which ends with its line; n: nowhere. */
static size_t shell_in(const char *text, size_t n, size_t i, const char *words)
{
    enum { WORD_MOST = 8 };
    const char *bang = memmem(text + i, n - i, "\\!", 2);
    char word[WORD_MOST];
    size_t length = 0;
    while (i < n && ais_shell_is_blank(text[i]))
        i++;
    for (; i + length < n && length < sizeof word && !ais_shell_is_blank(text[i + length]); length++)
        word[length] = ais_lower(text[i + length]);
    if (i + length < n && ais_shell_in(words, word, length))
        return i + length;
    return bang != NULL ? (size_t)(bang - text) + 2 : n;
}

/* The same in the statements of one line, which a semicolon parts. */
static size_t shell_in_line(const char *text, size_t n, size_t i, const char *words)
{
    while (i < n) {
        const char *next = memchr(text + i, ';', n - i);
        size_t end = next != NULL ? (size_t)(next - text) : n, at = shell_in(text, end, i, words);
        if (at < end)
            return at;
        i = end + 1;
    }
    return n;
}

/* Reads the commands of a shell among statements; true: there are some. */
static bool read_shell(struct ais_shell *shell, size_t i, const char *text, size_t n)
{
    const struct ais_shell_name name = shell->commands[i].name;
    const char *words = words_of(&name);
    struct ais_shell_output ret;
    bool any = false, may = ais_part_spend(shell->view, shell->part, n);
    for (size_t begin = 0; may && begin < n && !shell->stopped;) {
        const char *line = memchr(text + begin, '\n', n - begin);
        size_t end = line != NULL ? (size_t)(line - text) : n, at = shell_in_line(text, end, begin, words);
        const struct ais_shell_word command = ais_shell_word_of(text + at, end - at);
        if (at < end)
            any = ais_shell_reads(shell, i, &command, NULL, &ret) || any;
        begin = end + 1;
    }
    return any;
}

/* The statements of a word begin behind its option: -e…, --execute=… */
static size_t statement_in(const struct ais_shell_word *word)
{
    const char *equals = memchr(word->text, '=', word->length);
    if (word->length < 3 || word->text[0] != '-')
        return 0;
    return word->text[1] != '-' ? 2 : equals != NULL ? (size_t)(equals - word->text) + 1 : 0;
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
    bool any = statements.length > 0 && read_shell(shell, i, statements.data, statements.length);
    for (size_t k = 1; k < words.count; k++) {
        const struct ais_shell_word *word = &words.items[k];
        size_t begin = statement_in(word);
        any = read_shell(shell, i, word->text + begin, word->length - begin) || any;
    }
    return any || ais_shell_script(shell, i, ret); /* ./psql, which the text has written */
}
