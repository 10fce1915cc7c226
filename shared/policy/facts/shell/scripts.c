/* Programs with a small language of their own in which a command of the shell may stand: awk, sed and make. Nothing
 * else of their languages is understood. */
#include "shared/policy/facts/shell/unwrap.h"

#include <string.h>

enum {
    CALLS_MOST = 64, /* of one script: more than anybody writes */
    SEARCHED = 16,   /* bytes of a program that cost as much to look through as one to make */
};

static size_t skip_blanks(const char *text, size_t n, size_t i)
{
    while (i < n && ais_shell_is_blank(text[i]))
        i++;
    return i;
}

static bool stands_at(const char *text, size_t n, size_t i, const char *word)
{
    size_t length = strlen(word);
    return i + length <= n && memcmp(text + i, word, length) == 0;
}

/* Reads a text as shell that command i executes. */
static void run_text(struct ais_shell *shell, size_t i, const char *text, size_t n,
                     const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    const struct ais_shell_word word = ais_shell_word_of(text, n);
    if (n > 0)
        ais_shell_reads(shell, i, &word, input, ret);
}

/* What command i reads is shell that it executes: `curl h | awk '{system($0)}'`. */
static void run_input(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                      struct ais_shell_output *ret)
{
    shell->commands[i].executes = true;
    ais_shell_input(shell, i, input, ret);
}

/* What the command prints itself is not known. */
static bool ran(const struct ais_shell *shell, size_t i, struct ais_shell_output *ret)
{
    ret->text = "";
    ret->length = 0;
    ret->whole = false;
    return shell->command_count > i + 1 || shell->commands[i].executes;
}

/* ---- texts of a program ---- */

/* A program in which calls are looked for. */
struct program {
    struct ais_shell *shell;
    size_t command;
    const char *text;
    size_t n;
    const struct ais_shell_output *input;
    struct ais_shell_output *ret;
    unsigned calls;
};

/* Appends the text in quotes that begins at i; returns the place behind it. */
static size_t take_quoted(struct program *program, size_t i, struct ais_shell_bytes *bytes)
{
    char quote = program->text[i++];
    while (i < program->n && program->text[i] != quote) {
        char escaped[8] = { program->text[i] };
        size_t length = 1;
        bool escape = program->text[i] == '\\' && quote == '"';
        i = escape ? ais_shell_escape(program->text, program->n, i, escaped, &length) : i + 1;
        ais_shell_push(program->shell, bytes, escaped, length);
    }
    return i < program->n ? i + 1 : i;
}

/* Behind the equals sign of the first assignment to a name; 0: there is none. */
static size_t assigned_at(struct program *program, const char *name, size_t n)
{
    const char *text = program->text;
    bool may = ais_shell_make(program->shell, program->n / SEARCHED + 1);
    for (size_t i = 0; may && i + n < program->n; i++) {
        const char *at = memchr(text + i, name[0], program->n - i - n);
        if (at == NULL)
            return 0;
        i = (size_t)(at - text);
        size_t equals = skip_blanks(text, program->n, i + n);
        if (memcmp(at, name, n) == 0 && (i == 0 || !ais_shell_is_name(text[i - 1], false)) &&
            ais_shell_at(text, program->n, equals) == '=' && ais_shell_at(text, program->n, equals + 1) != '=')
            return equals + 1;
    }
    return 0;
}

/* -v NAME=TEXT, or NAME=TEXT among the files of awk. */
static bool take_given(struct program *program, const char *name, size_t n, struct ais_shell_bytes *bytes)
{
    const struct ais_shell_words *words = &program->shell->commands[program->command].words;
    if (!ais_shell_make(program->shell, words->count))
        return false;
    for (size_t k = 1; k < words->count; k++) {
        const struct ais_shell_word *word = &words->items[k];
        size_t from = word->length > 2 && memcmp(word->text, "-v", 2) == 0 ? 2 : 0;
        if (word->length <= from + n || word->text[from + n] != '=' || memcmp(word->text + from, name, n) != 0)
            continue;
        ais_shell_push(program->shell, bytes, word->text + from + n + 1, word->length - from - n - 1);
        return true;
    }
    return false;
}

/* Texts, and names that hold some, which stand beside each other from i on; returns the place behind them. *ret_reads:
 * a field of the input is among them. */
static size_t take_texts(struct program *program, size_t i, bool follows, struct ais_shell_bytes *bytes,
                         bool *ret_reads)
{
    const char *text = program->text;
    for (i = skip_blanks(text, program->n, i); i < program->n; i = skip_blanks(text, program->n, i)) {
        size_t end = i;
        while (end < program->n && ais_shell_is_name(text[end], end == i))
            end++;
        if (text[i] == '"' || text[i] == '\'') {
            i = take_quoted(program, i, bytes);
        } else if (text[i] == '$') {
            *ret_reads = true;
            for (i++; i < program->n && ais_shell_is_name(text[i], false); i++)
                ;
        } else if (end > i && follows) {
            size_t value = take_given(program, text + i, end - i, bytes) ? 0 : assigned_at(program, text + i, end - i);
            if (value > 0)
                take_texts(program, value, false, bytes, ret_reads);
            i = end;
        } else {
            break;
        }
    }
    return i;
}

/* Counts a call; false: there are too many. */
static bool count_call(struct program *program)
{
    if (program->calls++ < CALLS_MOST)
        return true;
    ais_shell_stop(program->shell, "more than 64 commands in a script");
    return false;
}

/* Runs the texts at i. */
static void run_texts(struct program *program, size_t i)
{
    struct ais_shell_bytes bytes = { 0 };
    bool reads = false;
    take_texts(program, i, true, &bytes, &reads);
    run_text(program->shell, program->command, bytes.data, bytes.length, program->input, program->ret);
    if (reads)
        run_input(program->shell, program->command, program->input, program->ret);
}

/* The begin of the texts in double quotes that end before i; i: none do. */
static size_t quoted_before(const struct program *program, size_t i)
{
    size_t begin = i;
    for (;;) {
        while (i > 0 && ais_shell_is_blank(program->text[i - 1]))
            i--;
        if (i == 0 || program->text[i - 1] != '"')
            return begin;
        for (i--; i > 0 && (program->text[i - 1] != '"' || (i > 1 && program->text[i - 2] == '\\')); i--)
            ;
        if (i == 0)
            return begin;
        begin = --i;
    }
}

/* system(TEXT), wherever it stands. */
static void run_calls(struct program *program)
{
    static const char name[] = "system";
    for (size_t i = 0; i + sizeof name < program->n; i++) {
        const char *at = memchr(program->text + i, 's', program->n - i - (sizeof name - 1));
        if (at == NULL)
            return;
        i = (size_t)(at - program->text);
        size_t open = skip_blanks(program->text, program->n, i + sizeof name - 1);
        bool calls =
            stands_at(program->text, program->n, i, name) && ais_shell_at(program->text, program->n, open) == '(';
        if (calls && count_call(program))
            run_texts(program, open + 1);
    }
}

/* TEXT | getline, and print | TEXT. */
static void run_pipes(struct program *program)
{
    for (size_t i = 0; i < program->n; i++) {
        const char *at = memchr(program->text + i, '|', program->n - i);
        if (at == NULL)
            return;
        i = (size_t)(at - program->text);
        size_t to = i + 1 + (ais_shell_at(program->text, program->n, i + 1) == '&');
        to = skip_blanks(program->text, program->n, to);
        bool reads = stands_at(program->text, program->n, to, "getline");
        bool writes = ais_shell_at(program->text, program->n, to) == '"';
        if ((reads || writes) && count_call(program))
            run_texts(program, reads ? quoted_before(program, i) : to);
    }
}

bool ais_shell_system(struct ais_shell *shell, size_t i, const struct ais_shell_word *text,
                      const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    struct program program = { shell, i, text->text, text->length, input, ret, 0 };
    run_calls(&program);
    return ran(shell, i, ret);
}

/* ---- awk ---- */

/* The script that an option names (its file, if the text has written it), or the first word that is none. */
static struct ais_shell_word script_of(struct ais_shell *shell, const struct ais_shell_words *words, size_t k)
{
    const struct ais_shell_output *file = ais_shell_file(shell, &words->items[k]);
    return file != NULL ? ais_shell_word_of(file->text, file->length) : words->items[k];
}

bool ais_shell_awk(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                   struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    size_t k = ais_shell_skip_options(&words, 1, "vFe", "--assign --field-separator --source");
    for (size_t at = 1; at < k && at < words.count; at++)
        if (ais_shell_in("-f --file -e --source", words.items[at].text, words.items[at].length) && at + 1 < words.count)
            k = at + 1;
    if (k >= words.count)
        return false;
    struct ais_shell_word script = script_of(shell, &words, k);
    struct program program = { shell, i, script.text, script.length, input, ret, 0 };
    run_calls(&program);
    run_pipes(&program);
    return ran(shell, i, ret);
}

/* ---- sed ---- */

/* Behind an address: numbers, /patterns/, `$`, and what stands between and behind them. */
static size_t skip_address(const char *text, size_t n, size_t i)
{
    while (i < n) {
        if (text[i] == '/' || text[i] == '\\') {
            i += text[i] == '\\';
            char delimiter = ais_shell_at(text, n, i);
            for (i++; i < n && text[i] != delimiter; i++)
                i += text[i] == '\\';
            i++;
        } else if (ais_shell_one_of("0123456789$,~+!{};IM \t\n", text[i])) {
            i++;
        } else {
            break;
        }
    }
    return i < n ? i : n;
}

/* Appends one part of s/a/b/ without the escapes of its delimiter; returns the place behind the delimiter. */
static size_t take_part(struct ais_shell *shell, const char *text, size_t n, size_t i, char delimiter,
                        struct ais_shell_bytes *bytes)
{
    for (; i < n && text[i] != delimiter; i++) {
        i += text[i] == '\\' && i + 1 < n;
        ais_shell_push(shell, bytes, text + i, 1);
    }
    return i < n ? i + 1 : n;
}

/* s/a/b/flags, its letter at i: with the flag e what it makes of a line is executed. */
static size_t run_substitution(struct ais_shell *shell, size_t i, const char *text, size_t n, size_t at,
                               const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    struct ais_shell_bytes pattern = { 0 }, with = { 0 };
    char delimiter = ais_shell_at(text, n, at + 1);
    at = take_part(shell, text, n, at + 2 < n ? at + 2 : n, delimiter, &pattern);
    at = take_part(shell, text, n, at, delimiter, &with);
    bool executes = false;
    for (; at < n && ais_shell_one_of("gpiIMme0123456789", text[at]); at++)
        executes = executes || text[at] == 'e';
    if (executes) {
        run_text(shell, i, with.data, with.length, NULL, ret);
        run_input(shell, i, input, ret);
    }
    return at;
}

/* The place of the first character of a set from i on. */
static size_t next_of(const char *text, size_t n, size_t i, const char *set)
{
    while (i < n && !ais_shell_one_of(set, text[i]))
        i++;
    return i;
}

static void run_sed_script(struct ais_shell *shell, size_t i, const struct ais_shell_word *script,
                           const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    const char *text = script->text;
    size_t n = script->length;
    for (size_t at = skip_address(text, n, 0); at < n && !shell->stopped; at = skip_address(text, n, at)) {
        if (text[at] == 's') {
            at = run_substitution(shell, i, text, n, at, input, ret);
        } else if (text[at] == 'e') {
            size_t end = next_of(text, n, at, "\n"), begin = skip_blanks(text, end, at + 1);
            run_text(shell, i, text + begin, end - begin, NULL, ret);
            if (begin == end)
                run_input(shell, i, input, ret);
            at = end;
        } else if (text[at] == 'y') {
            struct ais_shell_bytes letters = { 0 };
            char delimiter = ais_shell_at(text, n, at + 1);
            at = take_part(shell, text, n, at + 2 < n ? at + 2 : n, delimiter, &letters);
            at = take_part(shell, text, n, at, delimiter, &letters);
        } else if (ais_shell_one_of("btT:", text[at])) {
            at = next_of(text, n, at, ";\n");
        } else if (ais_shell_one_of("aicrRwW", text[at])) {
            at = next_of(text, n, at, "\n"); /* the rest of the line is a text or a file */
        } else {
            at++;
        }
    }
}

bool ais_shell_sed(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                   struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    size_t first = ais_shell_skip_options(&words, 1, "efl", "--expression --file --line-length"), before = i + 1;
    bool any = false;
    for (size_t k = 1; k < words.count; k++) {
        const struct ais_shell_word *word = &words.items[k];
        struct ais_shell_word script = *word;
        static const char attached[] = "--expression=";
        if (ais_shell_takes_value("ef", "--expression --file", word) && word->text[0] == '-' && k + 1 < words.count) {
            script = script_of(shell, &words, ++k);
        } else if (word->length > 2 && memcmp(word->text, "-e", 2) == 0) {
            script.text += 2;
            script.length -= 2;
        } else if (word->length >= sizeof attached && memcmp(word->text, attached, sizeof attached - 1) == 0) {
            script.text += sizeof attached - 1;
            script.length -= sizeof attached - 1;
        } else if (any || k != first) {
            continue;
        }
        any = true;
        run_sed_script(shell, i, &script, input, ret);
    }
    if (shell->command_count == before && !shell->commands[i].executes)
        return false; /* what it prints may be known */
    return ran(shell, i, ret);
}

/* ---- make ---- */

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
        if (text[i - 1] != '$' || !stands_at(text, n, i, call))
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
    run_text(shell, i, bytes.data, bytes.length, NULL, ret);
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
        } else if (stands_at(word->text, word->length, 0, "SHELL=")) {
            run_text(shell, i, word->text + 6, word->length - 6, NULL, ret);
        }
    }
    for (size_t k = 0; k < N_ELEMS(defaults) && !named; k++) {
        const struct ais_shell_word file = ais_shell_word_of(defaults[k], strlen(defaults[k]));
        run_makefile(shell, i, ais_shell_file(shell, &file), false, ret);
    }
    return ran(shell, i, ret);
}
