/* Interpreters of other languages: what they are given is no shell, but code, and may be the output of a command. */
#include "shared/policy/facts/shell/unwrap.h"

#include <string.h>

static const struct interpreter {
    const char *names;
    const char *letters; /* of options whose value is code */
    const char *flags;   /* letters that may stand before one of them in the same word */
    const char *options; /* other options, and subcommands, before code */
    const char *prints;  /* what prints the text behind it */
} interpreters[] = {
    {"python python2 python3 pypy pypy3", "c",    "bBdEhiIOPqsSuvVxR",       "",               "print"      },
    { "perl perl5",                       "eE",   "nplaswtTuUWXc0123456789", "",               "print"      },
    { "ruby",                             "e",    "nplaswSvWUd",             "",               "puts"       },
    { "php",                              "rBRE", "nq",                      "--run",          "echo"       },
    { "node nodejs",                      "ep",   "i",                       "--eval --print", "console.log"},
    { "deno bun",                         "ep",   "",                        "eval --eval",    "console.log"},
};

/* The base name without a version: python3.11 is python3. */
static const struct interpreter *find(const struct ais_shell_word *word)
{
    const char *name;
    size_t n;
    ais_shell_name(word, &name, &n);
    const char *dot = memchr(name, '.', n);
    n = dot != NULL ? (size_t)(dot - name) : n;
    for (size_t k = 0; k < N_ELEMS(interpreters); k++)
        if (ais_shell_in(interpreters[k].names, name, n))
            return &interpreters[k];
    return NULL;
}

/* Where code begins within an option (its length: in the next word); 0: it gives none. */
static size_t code_in(const struct interpreter *row, const struct ais_shell_word *word)
{
    if (ais_shell_in(row->options, word->text, word->length))
        return word->length;
    if (word->length < 2 || word->text[0] != '-' || word->text[1] == '-')
        return 0;
    for (size_t i = 1; i < word->length; i++) {
        if (ais_shell_one_of(row->letters, word->text[i])) {
            while (i + 1 < word->length && ais_shell_one_of(row->letters, word->text[i + 1]))
                i++; /* -pe */
            return i + 1;
        }
        if (!ais_shell_one_of(row->flags, word->text[i]))
            return 0;
    }
    return 0;
}

static void add_code(struct ais_shell *shell, struct ais_shell_bytes *code, const char *text, size_t n)
{
    if (code->length > 0)
        ais_shell_push(shell, code, "\n", 1);
    ais_shell_push(shell, code, text, n);
}

static size_t skip_blanks(const char *text, size_t n, size_t i)
{
    while (i < n && ais_shell_is_blank(text[i]))
        i++;
    return i;
}

/* Code that does nothing but print one plain text; *ret is that text. */
static bool only_prints(const struct interpreter *row, const struct ais_shell_word *code, struct ais_shell_word *ret)
{
    const char *text = code->text;
    size_t n = code->length, name = strlen(row->prints), i = skip_blanks(text, n, 0);
    if (name > n - i || memcmp(text + i, row->prints, name) != 0)
        return false;
    i = skip_blanks(text, n, i + name);
    bool round = ais_shell_at(text, n, i) == '(';
    i = round ? skip_blanks(text, n, i + 1) : i;
    char quote = ais_shell_at(text, n, i);
    size_t begin = i + 1, end = begin;
    while (end < n && text[end] != quote && !ais_shell_one_of("\\$@#{\n", text[end]))
        end++;
    if (!ais_shell_one_of("'\"", quote) || ais_shell_at(text, n, end) != quote)
        return false;
    i = skip_blanks(text, n, end + 1);
    if (round && ais_shell_at(text, n, i) != ')')
        return false;
    i = skip_blanks(text, n, i + round);
    *ret = ais_shell_word_of(text + begin, end - begin);
    return code->literal && skip_blanks(text, n, i + (ais_shell_at(text, n, i) == ';')) == n;
}

/* The same of the only code that command i gives: then it is known what it prints. */
static bool prints(struct ais_shell *shell, size_t i, const struct interpreter *row, struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    struct ais_shell_word text;
    struct ais_shell_bytes bytes = { 0 };
    bool plain = words.count > 2 && words.items[1].length == 2 && code_in(row, &words.items[1]) == 2;
    if (!plain || !only_prints(row, &words.items[2], &text))
        return false;
    for (size_t k = 3; k < words.count; k++)
        if (words.items[k].length > 0 && words.items[k].text[0] == '-')
            return false;
    words.items[2].said = true;
    ais_shell_push(shell, &bytes, text.text, text.length);
    ais_shell_push(shell, &bytes, "\n", 1);
    ret->text = bytes.data != NULL ? bytes.data : "";
    ret->length = bytes.length;
    ret->whole = true;
    return true;
}

/* What stands in its options, else in the file or the input that it reads. */
static void find_code(struct ais_shell *shell, size_t i, const struct interpreter *row,
                      const struct ais_shell_output *input)
{
    const struct ais_shell_words words = shell->commands[i].words;
    struct ais_shell_bytes code = { 0 };
    bool reads_input = true;
    for (size_t k = 1; k < words.count; k++) {
        const struct ais_shell_word *word = &words.items[k];
        size_t at = code_in(row, word);
        if (at > 0 && at < word->length) {
            add_code(shell, &code, word->text + at, word->length - at);
        } else if (at > 0 && k + 1 < words.count) {
            k++;
            add_code(shell, &code, words.items[k].text, words.items[k].length);
        } else if (word->length == 0 || word->text[0] != '-') {
            const struct ais_shell_output *file = word->process ? word->from : ais_shell_file(shell, word);
            if (file != NULL && code.length == 0)
                add_code(shell, &code, file->text, file->length);
            reads_input = ais_shell_is(word, "/dev/stdin");
            break;
        }
        reads_input = reads_input && at == 0;
    }
    if (reads_input && code.length == 0 && input != NULL && input->length > 0)
        add_code(shell, &code, input->text, input->length);
    shell->commands[i].code = code.data;
    shell->commands[i].code_length = code.length;
}

bool ais_shell_interpreter(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                           struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    const struct interpreter *row = find(&words.items[0]);
    if (row != NULL)
        find_code(shell, i, row, input);
    if (row != NULL && prints(shell, i, row, ret))
        return true;
    for (size_t k = 1; k < words.count; k++) {
        const struct ais_shell_word *word = &words.items[k], *before = &words.items[k - 1];
        bool code =
            before->length > 1 && before->text[0] == '-' && ais_shell_one_of("cerE", before->text[before->length - 1]);
        const struct ais_shell_output *file = ais_shell_file(shell, word);
        if (file != NULL && !code && file->by.end > file->by.first)
            ais_shell_pipe(shell, file->by, i);
        if (word->from != NULL && (word->process || code))
            ais_shell_pipe(shell, word->from->by, i);
    }
    if (input != NULL && input->by.end > input->by.first && (input->is_file || input->by.level != shell->level))
        ais_shell_pipe(shell, input->by, i);
    return false;
}
