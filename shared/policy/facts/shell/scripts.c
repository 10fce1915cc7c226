/* Programs with a small language of their own in which a command of the shell, or a file, may stand: awk and sed.
 * Nothing else of their languages is understood. */
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

void ais_shell_run_text(struct ais_shell *shell, size_t i, const char *text, size_t n,
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

bool ais_shell_ran(const struct ais_shell *shell, size_t i, struct ais_shell_output *ret)
{
    ret->text = "";
    ret->length = 0;
    ret->whole = false;
    return shell->command_count > i + 1 || shell->commands[i].executes;
}

/* ---- files of a script ---- */

/* A file that the script in word k of command i reads or writes: the word stands for it, too, and for where it leads.
 */
static void add_file(struct ais_shell *shell, size_t i, size_t k, const char *text, size_t n)
{
    struct ais_shell_command *command = &shell->commands[i];
    struct ais_shell_word *word = &command->words.items[k];
    struct ais_shell_bytes name = { 0 };
    size_t count = 0, length;
    while (word->also != NULL && word->also[count] != NULL)
        count++;
    if (n == 0)
        return;
    if (count >= 2 * (size_t)CALLS_MOST) {
        ais_shell_stop(shell, "more than 64 files in a script");
        return;
    }
    const char *place = ais_shell_place(shell, command->folder, text, n, &length);
    const char **also = ais_shell_alloc(shell, (count + 3) * sizeof(const char *));
    ais_shell_push(shell, &name, text, n);
    ais_shell_push(shell, &name, "", 1);
    if (also == NULL || name.data == NULL)
        return;
    for (size_t at = 0; at < count; at++)
        also[at] = word->also[at];
    also[count++] = name.data;
    if (place != NULL) {
        struct ais_shell_bytes placed = { 0 };
        ais_shell_push(shell, &placed, place, length);
        ais_shell_push(shell, &placed, "", 1);
        also[count] = placed.data;
        count += placed.data != NULL;
    }
    also[count] = NULL;
    word->also = also;
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
    ais_shell_run_text(program->shell, program->command, bytes.data, bytes.length, program->input, program->ret);
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
        bool calls = ais_shell_stands_at(program->text, program->n, i, name) &&
                     ais_shell_at(program->text, program->n, open) == '(';
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
        bool reads = ais_shell_stands_at(program->text, program->n, to, "getline");
        bool writes = ais_shell_at(program->text, program->n, to) == '"';
        if ((reads || writes) && count_call(program))
            run_texts(program, reads ? quoted_before(program, i) : to);
    }
}

/* Whether what stands before i, in the same statement, is a getline. */
static bool follows_getline(const struct program *program, size_t i)
{
    enum { BACK_MOST = 64 };
    static const char getline[] = "getline";
    size_t begin = i;
    while (begin > 0 && i - begin < BACK_MOST && !ais_shell_one_of(";{}\n", program->text[begin - 1]))
        begin--;
    return memmem(program->text + begin, i - begin, getline, sizeof getline - 1) != NULL;
}

/* getline < FILE, print > FILE. A number that is compared with one is no file. */
static void add_files(struct program *program, size_t word)
{
    const char *text = program->text;
    for (size_t i = 0; i < program->n && !program->shell->stopped; i++) {
        if (text[i] != '<' && text[i] != '>')
            continue;
        size_t to = i + 1 + (ais_shell_at(text, program->n, i + 1) == '>');
        to = skip_blanks(text, program->n, to);
        to = skip_blanks(text, program->n, to + (ais_shell_at(text, program->n, to) == '('));
        bool quoted = ais_shell_at(text, program->n, to) == '"';
        if (!quoted && (text[i] != '<' || !follows_getline(program, i)))
            continue;
        struct ais_shell_bytes bytes = { 0 };
        bool reads = false;
        if (!count_call(program))
            return;
        take_texts(program, to, true, &bytes, &reads);
        add_file(program->shell, program->command, word, bytes.data, bytes.length);
    }
}

bool ais_shell_system(struct ais_shell *shell, size_t i, const struct ais_shell_word *text,
                      const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    struct program program = { shell, i, text->text, text->length, input, ret, 0 };
    run_calls(&program);
    return ais_shell_ran(shell, i, ret);
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
    add_files(&program, k);
    return ais_shell_ran(shell, i, ret);
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

/* s/a/b/flags, its letter at i: with the flag e what it makes of a line is executed. Returns the place behind, which
 * may be the flag w. */
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
        ais_shell_run_text(shell, i, with.data, with.length, NULL, ret);
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

/* The script in word k of command i. */
static void run_sed_script(struct ais_shell *shell, size_t i, size_t k, const struct ais_shell_word *script,
                           const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    const char *text = script->text;
    size_t n = script->length;
    for (size_t at = skip_address(text, n, 0); at < n && !shell->stopped; at = skip_address(text, n, at)) {
        if (text[at] == 's') {
            at = run_substitution(shell, i, text, n, at, input, ret);
        } else if (text[at] == 'e') {
            size_t end = next_of(text, n, at, "\n"), begin = skip_blanks(text, end, at + 1);
            ais_shell_run_text(shell, i, text + begin, end - begin, NULL, ret);
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
            size_t end = next_of(text, n, at, "\n"), begin = skip_blanks(text, end, at + 1);
            if (!ais_shell_one_of("aic", text[at])) /* else the rest of the line is a text */
                add_file(shell, i, k, text + begin, end - begin);
            at = end;
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
        run_sed_script(shell, i, k, &script, input, ret);
    }
    if (shell->command_count == before && !shell->commands[i].executes)
        return false; /* what it prints may be known */
    return ais_shell_ran(shell, i, ret);
}
