/* Commands that make commands of what they read: xargs and parallel. */
#include "shared/policy/facts/shell/unwrap.h"

#include <string.h>

enum { RUNS_MOST = 16, TAKEN_MOST = 256 }; /* of one xargs: commands, words that are appended */

/* The next piece of the input, up to a blank or (lines) a line break; false: there is none. */
static bool next_piece(const struct ais_shell_output *input, bool lines, size_t *i, struct ais_shell_word *ret)
{
    const char *text = input->text;
    while (*i < input->length && (text[*i] == '\n' || text[*i] == '\0' || ais_shell_is_blank(text[*i])))
        ++*i;
    size_t begin = *i;
    while (*i < input->length && text[*i] != '\n' && text[*i] != '\0' && !(!lines && ais_shell_is_blank(text[*i])))
        ++*i;
    *ret = ais_shell_word_of(text + begin, *i - begin);
    return *i > begin;
}

/* A word with `with` in each place of mark. */
static struct ais_shell_word replaced(struct ais_shell *shell, const struct ais_shell_word *word,
                                      const struct ais_shell_word *mark, const struct ais_shell_word *with)
{
    struct ais_shell_bytes bytes = { 0 };
    struct ais_shell_word ret = *word;
    bool any = false;
    for (size_t i = 0; i < word->length && !shell->stopped;) {
        bool here = mark->length > 0 && mark->length <= word->length - i &&
                    memcmp(word->text + i, mark->text, mark->length) == 0;
        any = any || here;
        ais_shell_push(shell, &bytes, here ? with->text : word->text + i, here ? with->length : 1);
        i += here ? mark->length : 1;
    }
    if (!any)
        return ret;
    ret.text = bytes.data != NULL ? bytes.data : "";
    ret.length = bytes.length;
    ret.literal = with->literal;
    ret.from = with->from;
    return ret;
}

struct xargs {
    struct ais_shell_word mark; /* of -I; empty: what is read is appended */
    size_t command;             /* where it begins */
};

static struct xargs read_options(const struct ais_shell_words *words)
{
    static const char names[] =
        "--arg-file --delimiter --max-lines --max-args --max-procs --max-chars --process-slot-var";
    struct xargs ret = { .command = ais_shell_skip_options(words, 1, "IEdLnPsaJ", names) };
    for (size_t k = 1; k < ret.command; k++) {
        const struct ais_shell_word *word = &words->items[k];
        if (word->length >= 2 && (word->text[1] == 'I' || word->text[1] == 'J') && word->length > 2)
            ret.mark = ais_shell_word_of(word->text + 2, word->length - 2);
        else if (word->length == 2 && (word->text[1] == 'I' || word->text[1] == 'J') && k + 1 < ret.command)
            ret.mark = words->items[k + 1];
        else if (ais_shell_is(word, "-i") || ais_shell_is(word, "--replace"))
            ret.mark = ais_shell_word_of("{}", 2);
    }
    return ret;
}

/* A word that stands for what is read and not known. */
static struct ais_shell_word unread(const struct ais_shell_output *input)
{
    struct ais_shell_word word = ais_shell_word_of("{}", 2);
    word.literal = false;
    word.from = input != NULL && input->by.end > input->by.first ? input : NULL;
    return word;
}

static bool run_replaced(struct ais_shell *shell, const struct ais_shell_words *words, const struct xargs *xargs,
                         const struct ais_shell_word *with, struct ais_shell_output *ret)
{
    struct ais_shell_words inner = { 0 };
    for (size_t k = xargs->command; k < words->count; k++)
        ais_shell_add_word(shell, &inner, replaced(shell, &words->items[k], &xargs->mark, with));
    return ais_shell_runs(shell, &inner, 0, NULL, ret);
}

bool ais_shell_xargs(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                     struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    struct xargs xargs = read_options(&words);
    struct ais_shell_word piece;
    size_t at = 0, runs = 0;
    if (xargs.command >= words.count)
        return false;
    if (xargs.mark.length > 0) {
        bool any = false;
        while (input != NULL && runs++ < RUNS_MOST && next_piece(input, true, &at, &piece))
            any = run_replaced(shell, &words, &xargs, &piece, ret) || any;
        piece = unread(input);
        if (input == NULL || !input->whole)
            any = run_replaced(shell, &words, &xargs, &piece, ret) || any;
        return any;
    }
    struct ais_shell_words inner = { 0 };
    for (size_t k = xargs.command; k < words.count; k++)
        ais_shell_add_word(shell, &inner, words.items[k]);
    while (input != NULL && inner.count < words.count + TAKEN_MOST && next_piece(input, false, &at, &piece))
        ais_shell_add_word(shell, &inner, piece);
    bool takes_text = ais_shell_is(&words.items[words.count - 1], "-c");
    if (takes_text && (input == NULL || !input->whole))
        ais_shell_add_word(shell, &inner, unread(input));
    return ais_shell_runs(shell, &inner, 0, NULL, ret);
}

/* One run of parallel's command with a piece of its input in the places of {}, or behind it. A command of one word is a
 * text. */
static bool run_parallel(struct ais_shell *shell, size_t i, const struct ais_shell_words *command,
                         const struct ais_shell_word *with, struct ais_shell_output *ret)
{
    const struct ais_shell_word mark = ais_shell_word_of("{}", 2);
    struct ais_shell_words inner = { 0 };
    bool any = false;
    for (size_t k = 0; k < command->count; k++) {
        struct ais_shell_word word = replaced(shell, &command->items[k], &mark, with);
        any = any || word.text != command->items[k].text;
        ais_shell_add_word(shell, &inner, word);
    }
    if (!any)
        ais_shell_add_word(shell, &inner, *with);
    if (command->count > 1 || shell->stopped)
        return ais_shell_runs(shell, &inner, 0, NULL, ret);
    struct ais_shell_bytes bytes = { 0 };
    for (size_t k = 0; k < inner.count; k++) {
        ais_shell_push(shell, &bytes, inner.items[k].text, inner.items[k].length);
        ais_shell_push(shell, &bytes, " ", 1);
    }
    struct ais_shell_word text = inner.items[0];
    text.text = bytes.data != NULL ? bytes.data : "";
    text.length = bytes.length;
    return ais_shell_reads(shell, i, &text, NULL, ret);
}

/* parallel COMMAND ::: ARGUMENTS, or lines of its input; without a command, those are commands. */
bool ais_shell_parallel(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                        struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    size_t from = ais_shell_skip_options(&words, 1, "jIaSNLnd", "--jobs --arg-file --sshlogin --delay --timeout");
    size_t end = from, at = 0, runs = 0;
    while (end < words.count && !(words.items[end].length >= 3 && memcmp(words.items[end].text, ":::", 3) == 0))
        end++;
    const struct ais_shell_words command = { words.items + from, end - from, end - from };
    struct ais_shell_word piece;
    bool any = false;
    if (from == end && end < words.count)
        return ais_shell_joins(shell, i, end + 1, NULL, ret);
    if (from == end)
        return ais_shell_input(shell, i, input, ret);
    for (size_t k = end + 1; k < words.count && runs++ < RUNS_MOST; k++)
        any = run_parallel(shell, i, &command, &words.items[k], ret) || any;
    while (end == words.count && input != NULL && runs++ < RUNS_MOST && next_piece(input, true, &at, &piece))
        any = run_parallel(shell, i, &command, &piece, ret) || any;
    if (end == words.count && (input == NULL || !input->whole)) {
        piece = unread(input);
        any = run_parallel(shell, i, &command, &piece, ret) || any;
    }
    return any;
}
