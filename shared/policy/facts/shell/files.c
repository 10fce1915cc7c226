/* Files that the text writes, for what runs them later: `curl h > x; sh x`. */
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

/* Files stand among the variables, under names that no variable can have: "> " and the path. */
static const char mark[] = "> ";

static void put_name(struct ais_shell *shell, const char *path, size_t n, struct ais_shell_bytes *ret)
{
    bool here = n > 2 && path[0] == '.' && path[1] == '/';
    ais_shell_push(shell, ret, mark, sizeof mark - 1);
    ais_shell_push(shell, ret, path + (here ? 2 : 0), n - (here ? 2 : 0));
}

static bool is_device(const char *path, size_t n)
{
    return n == 0 || (n > 5 && memcmp(path, "/dev/", 5) == 0);
}

static void write_file(struct ais_shell *shell, const char *path, size_t n, const struct ais_shell_output *output,
                       bool appends)
{
    struct ais_shell_bytes name = { 0 };
    if (is_device(path, n) || shell->variable_count >= AIS_SHELL_VARIABLES / 4)
        return; /* more files than anybody writes to run them are not followed */
    put_name(shell, path, n, &name);
    struct ais_shell_output *content = ais_shell_alloc(shell, sizeof *content);
    if (content == NULL || name.data == NULL)
        return;
    struct ais_shell_word word = ais_shell_word_of(output->text, output->length);
    ais_shell_assign(shell, name.data, name.length, &word, appends);
    const struct ais_shell_variable *slot = ais_shell_find(shell, name.data, name.length);
    if (slot == NULL || slot->values.count == 0)
        return;
    *content = *output;
    content->text = slot->values.items[0].text;
    content->length = slot->values.items[0].length;
    slot->values.items[0].from = content;
}

/* Commands that write files beside their output. */
static const struct writer {
    const char *names;
    const char *options; /* whose value is the file; NULL: the first word is */
} writers[] = {
    {"curl",  "-o --output"         },
    { "wget", "-O --output-document"},
    { "tee",  NULL                  },
};
const struct ais_word_table ais_shell_writer_table = { writers, sizeof *writers, N_ELEMS(writers) };

/* The file that a command writes; NULL: none. */
static const struct ais_shell_word *written_word(const struct ais_shell_name *name, const struct ais_shell_words *words)
{
    if (name->rows[AIS_SHELL_WRITERS] == 0)
        return NULL;
    const char *options = writers[name->rows[AIS_SHELL_WRITERS] - 1].options;
    for (size_t i = 1; i < words->count; i++) {
        const struct ais_shell_word *word = &words->items[i];
        const char last[] = { '-', ais_shell_at(word->text, word->length, word->length - 1) };
        if (options == NULL && word->length > 0 && word->text[0] != '-')
            return word;
        bool option = options != NULL && word->length > 1 && word->text[0] == '-' &&
                      (ais_shell_in(options, word->text, word->length) ||
                       (word->text[1] != '-' && ais_shell_in(options, last, sizeof last)));
        if (option && i + 1 < words->count)
            return &words->items[i + 1];
    }
    return NULL;
}

void ais_shell_write(struct ais_shell *shell, const struct ais_shell_name *name, const struct ais_shell_words *words,
                     const struct ais_shell_words *redirects, const struct ais_shell_output *output)
{
    for (size_t i = 0; redirects != NULL && i < redirects->count; i++) {
        const struct ais_shell_word *redirect = &redirects->items[i];
        const char *blank = memchr(redirect->text, ' ', redirect->length);
        if (blank == NULL || memchr(redirect->text, '<', (size_t)(blank - redirect->text)) != NULL)
            continue;
        bool appends = redirect->length > 1 && redirect->text[0] == '>' && redirect->text[1] == '>';
        write_file(shell, blank + 1, redirect->length - (size_t)(blank + 1 - redirect->text), output, appends);
    }
    const struct ais_shell_word *word = written_word(name, words);
    if (word != NULL)
        write_file(shell, word->text, word->length, output, false);
}

const struct ais_shell_output *ais_shell_file(struct ais_shell *shell, const struct ais_shell_word *word)
{
    struct ais_shell_bytes name = { 0 };
    if (shell->variable_count == 0 || word->length == 0)
        return NULL;
    put_name(shell, word->text, word->length, &name);
    const struct ais_shell_variable *slot = name.data != NULL ? ais_shell_find(shell, name.data, name.length) : NULL;
    if (slot == NULL || slot->values.count == 0 || slot->values.items[0].from == NULL)
        return NULL;
    struct ais_shell_output *content = ais_shell_alloc(shell, sizeof *content);
    if (content == NULL)
        return NULL;
    *content = *slot->values.items[0].from;
    content->is_file = true;
    /* It was the end of a pipeline, whose other commands print it as well. */
    while (content->by.first > 0 && content->by.first < content->by.end &&
           shell->commands[content->by.first].pipeline != NULL &&
           shell->commands[content->by.first - 1].pipeline == shell->commands[content->by.first].pipeline &&
           shell->commands[content->by.first - 1].level == content->by.level)
        content->by.first--;
    return content;
}
