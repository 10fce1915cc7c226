/* make: the commands of makefiles that the text prints or has written. Nothing else of them is understood. */
#include "shared/policy/facts/shell/unwrap.h"

#include <string.h>

/* Appends a command of a makefile: without the signs before it, and with $$ as the $ that a shell sees. */
static void take_recipe(struct ais_shell *shell, const char *text, size_t n, bool begins, struct ais_shell_bytes *bytes)
{
    size_t i = 0;
    while (begins && i < n && ais_shell_one_of("@+-\t ", text[i]))
        i++;
    for (; i < n; i++) {
        i += text[i] == '$' && i + 1 < n && text[i + 1] == '$';
        ais_shell_push(shell, bytes, text + i, 1);
    }
    ais_shell_push(shell, bytes, "\n", 1);
}

/* $(shell COMMAND), wherever it stands in a line. */
static void take_calls(struct ais_shell *shell, const char *text, size_t n, struct ais_shell_bytes *bytes)
{
    static const char call[] = "(shell ";
    for (size_t i = 1; i < n; i++) {
        if (text[i - 1] != '$' || !ais_shell_stands_at(text, n, i, call))
            continue;
        size_t begin = i + sizeof call - 1, end = ais_shell_skip_paren(text, n, begin);
        take_recipe(shell, text + begin, end > begin ? end - begin - 1 : 0, true, bytes);
        i = end;
    }
}

/* The commands of a makefile: lines behind a tab, what stands behind `target: ;` and `NAME !=`, and calls of shell. */
static void take_makefile(struct ais_shell *shell, const char *text, size_t n, struct ais_shell_bytes *bytes)
{
    bool goes_on = false;
    for (size_t at = 0; at < n && !shell->stopped;) {
        const char *line = text + at, *newline = memchr(line, '\n', n - at);
        size_t length = newline != NULL ? (size_t)(newline - line) : n - at;
        const char *colon = memchr(line, ':', length), *bang = memchr(line, '!', length);
        const char *from = colon != NULL ? memchr(colon, ';', length - (size_t)(colon - line)) : NULL;
        if (from == NULL && bang != NULL && bang + 1 < line + length && bang[1] == '=')
            from = bang + 1;
        take_calls(shell, line, length, bytes);
        bool recipe = goes_on || (length > 0 && line[0] == '\t');
        if (recipe)
            take_recipe(shell, line, length, !goes_on, bytes);
        else if (from != NULL)
            take_recipe(shell, from + 1, length - (size_t)(from + 1 - line), true, bytes);
        goes_on = recipe && length > 0 && line[length - 1] == '\\';
        at += length + 1;
    }
}

/* Runs the commands of a makefile that others print, or have written. */
static void run_makefile(struct ais_shell *shell, size_t i, const struct ais_shell_output *file, bool is_input,
                         struct ais_shell_output *ret)
{
    struct ais_shell_bytes bytes = { 0 };
    shell->commands[i].executes = shell->commands[i].executes || is_input;
    if (file == NULL)
        return;
    if (file->by.end > file->by.first && (!is_input || file->is_file || file->by.level != shell->level))
        ais_shell_pipe(shell, file->by, i);
    take_makefile(shell, file->text, file->length, &bytes);
    shell->level++; /* no part of the pipeline that prints them */
    ais_shell_run_text(shell, i, bytes.data, bytes.length, NULL, ret);
    shell->level--;
}

/* The value of `-x TEXT`, `-xTEXT`, `--long TEXT` or `--long=TEXT` at word k; false: it is none of them. */
static bool make_option(const struct ais_shell_words *words, size_t k, char letter, const char *names,
                        struct ais_shell_word *ret)
{
    const struct ais_shell_word *word = &words->items[k];
    const char *equals = memchr(word->text, '=', word->length);
    if (word->length < 2 || word->text[0] != '-')
        return false;
    size_t name = equals != NULL ? (size_t)(equals - word->text) : word->length, at = 0;
    if (word->text[1] == letter)
        at = 2;
    else if (ais_shell_in(names, word->text, name))
        at = equals != NULL ? name + 1 : word->length;
    if (at == 0 || (at == word->length && k + 1 >= words->count))
        return false;
    *ret = at == word->length ? words->items[k + 1] : ais_shell_word_of(word->text + at, word->length - at);
    return true;
}

bool ais_shell_make_program(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                            struct ais_shell_output *ret)
{
    static const char *const defaults[] = { "GNUmakefile", "makefile", "Makefile" };
    const struct ais_shell_words words = shell->commands[i].words;
    struct ais_shell_word value;
    bool named = false;
    for (size_t k = 1; k < words.count && !shell->stopped; k++) {
        const struct ais_shell_word *word = &words.items[k];
        if (make_option(&words, k, 'f', "--file --makefile", &value)) {
            bool is_input = ais_shell_in("- /dev/stdin /dev/fd/0 /proc/self/fd/0", value.text, value.length);
            named = true;
            run_makefile(shell, i,
                         is_input        ? input
                         : value.process ? value.from
                                         : ais_shell_file(shell, &value),
                         is_input, ret);
        } else if (make_option(&words, k, 'E', "--eval", &value)) {
            const struct ais_shell_output text = { .text = value.text, .length = value.length };
            run_makefile(shell, i, &text, false, ret);
        } else if (ais_shell_stands_at(word->text, word->length, 0, "SHELL=")) {
            ais_shell_run_text(shell, i, word->text + 6, word->length - 6, NULL, ret);
        }
    }
    for (size_t k = 0; k < N_ELEMS(defaults) && !named; k++) {
        const struct ais_shell_word file = ais_shell_word_of(defaults[k], strlen(defaults[k]));
        run_makefile(shell, i, ais_shell_file(shell, &file), false, ret);
    }
    return ais_shell_ran(shell, i, ret);
}
