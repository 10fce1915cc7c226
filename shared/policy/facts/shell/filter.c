/* Programs that let lines of what they read through as they are: what is known of the text is known behind them. */
#include "shared/policy/facts/shell/unwrap.h"

#include <string.h>

static const struct filter {
    const char *names;
    const char *letters; /* of options that take a value */
    const char *options; /* other options whose value is the next word */
    const char *others;  /* letters of options with which something else is printed, */
    const char *pieces;  /* or pieces of lines */
    bool has_pattern;    /* the first operand, unless an option gives it */
} filters[] = {
    {"head tail",         "ncs",    "--lines",                     "",         "c", false},
    { "grep egrep fgrep", "efmABC", "--regexp --file --max-count", "cHlLnbqZ", "o", true },
    { "sort",             "kotST",  "--key --field-separator",     "cCo",      "",  false},
    { "uniq",             "fsw",    "--skip-fields --skip-chars",  "c",        "",  false},
    { "tac",              "s",      "--separator",                 "",         "",  false},
};

static const struct filter *find(const struct ais_shell_name *name)
{
    for (size_t i = 0; i < N_ELEMS(filters); i++)
        if (ais_shell_in(filters[i].names, name->text, name->length))
            return &filters[i];
    return NULL;
}

struct filtering {
    const struct filter *row;
    bool has_pattern; /* which has not been seen yet */
    bool other;       /* it prints something else, */
    bool pieces;      /* or not whole lines */
};

static void take_option(struct filtering *filtering, const struct ais_shell_word *word)
{
    const struct filter *row = filtering->row;
    const char *equals = memchr(word->text, '=', word->length);
    size_t n = equals != NULL ? (size_t)(equals - word->text) : word->length;
    bool is_long = word->text[1] == '-' && n > 2;
    filtering->has_pattern = filtering->has_pattern && !ais_shell_in("-e -f --regexp --file", word->text, n) &&
                             (is_long || !ais_shell_one_of("ef", word->text[1]));
    if (is_long)
        filtering->pieces = filtering->pieces || !ais_shell_in(row->options, word->text, n);
    filtering->other =
        filtering->other || (is_long && ais_shell_in("--count --quiet --silent --output", word->text, n));
    for (size_t k = 1; !is_long && k < word->length; k++) {
        filtering->other = filtering->other || ais_shell_one_of(row->others, word->text[k]);
        filtering->pieces = filtering->pieces || ais_shell_one_of(row->pieces, word->text[k]);
        if (ais_shell_one_of(row->letters, word->text[k]))
            break;
    }
}

/* What it reads: its input, or the file that is its last operand. NULL: that is not known. */
static const struct ais_shell_output *source(struct ais_shell *shell, struct filtering *filtering,
                                             const struct ais_shell_words *words, const struct ais_shell_output *input)
{
    const struct filter *row = filtering->row;
    const struct ais_shell_output *ret = input;
    for (size_t i = 1; i < words->count && !filtering->other; i++) {
        const struct ais_shell_word *word = &words->items[i];
        if (word->length > 1 && (word->text[0] == '-' || word->text[0] == '+')) { /* tail +2 */
            take_option(filtering, word);
            i += word->text[0] == '-' && ais_shell_takes_value(row->letters, row->options, word);
        } else if (filtering->has_pattern) {
            filtering->has_pattern = false;
        } else {
            ret = ais_shell_is(word, "-") ? input : ais_shell_file(shell, word);
        }
    }
    return filtering->other ? NULL : ret;
}

bool ais_shell_filter(struct ais_shell *shell, const struct ais_shell_name *name, const struct ais_shell_words *words,
                      const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    struct filtering filtering = { .row = find(name) };
    if (filtering.row == NULL)
        return false;
    filtering.has_pattern = filtering.row->has_pattern;
    const struct ais_shell_output *from = source(shell, &filtering, words, input);
    ret->derived = from != NULL && from->derived;
    if (from == NULL || from->length == 0)
        return false;
    const char *line = memchr(from->text, '\n', from->length);
    bool is_one = line == NULL || line + 1 == from->text + from->length; /* of more, who knows which */
    ret->text = from->text;
    ret->length = from->length;
    ret->whole = from->whole && is_one && !filtering.pieces;
    return true;
}
