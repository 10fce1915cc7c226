/* Interpreters of other languages: what they are given is no shell, but code, and may be the output of a command. */
#include "shared/policy/facts/shell/unwrap.h"

#include <string.h>

static const struct interpreter {
    const char *names;
    const char *letters; /* of options whose value is code */
    const char *flags;   /* letters that may stand before one of them in the same word */
    const char *options; /* other options, and subcommands, before code */
} interpreters[] = {
    {"python python2 python3 pypy pypy3", "c",    "bBdEhiIOPqsSuvVxR",       ""              },
    { "perl perl5",                       "eE",   "nplaswtTuUWXc0123456789", ""              },
    { "ruby",                             "e",    "nplaswSvWUd",             ""              },
    { "php",                              "rBRE", "nq",                      "--run"         },
    { "node nodejs",                      "ep",   "i",                       "--eval --print"},
    { "deno bun",                         "ep",   "",                        "eval --eval"   },
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
    (void)ret;
    if (row != NULL)
        find_code(shell, i, row, input);
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
