/* Commands that change what is known of later ones: assignments by other names, functions, aliases. */
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

enum { SHORT_BODY = 256 };

/* Whether a body asks for its arguments. */
static bool uses_arguments(const char *text, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        if (text[i] != '$')
            continue;
        char next = ais_shell_at(text, n, i + (text[i + 1] == '{' ? 2 : 1));
        if ((next >= '1' && next <= '9') || next == '@' || next == '*')
            return true;
    }
    return false;
}

static void expand_alias(struct ais_shell *shell, const struct ais_shell_variable *alias,
                         const struct ais_shell_words *words, struct ais_shell_bytes *ret)
{
    ais_shell_push(shell, ret, alias->body, alias->body_length);
    for (size_t i = 1; i < words->count; i++) {
        ais_shell_push(shell, ret, " '", 2);
        for (size_t k = 0; k < words->items[i].length; k++) {
            const char *c = &words->items[i].text[k];
            ais_shell_push(shell, ret, *c == '\'' ? "'\\''" : c, *c == '\'' ? 4 : 1);
        }
        ais_shell_push(shell, ret, "'", 1);
    }
}

/* Whether a call is read again: for its arguments, or (a body that is short enough, and does not call itself) for what
 * it prints. */
static bool is_read_again(const struct ais_shell_variable *function)
{
    bool is_short = function->body_length <= SHORT_BODY &&
                    memmem(function->body, function->body_length, function->name, function->name_length) == NULL;
    return function->is_alias || is_short || uses_arguments(function->body, function->body_length);
}

bool ais_shell_call(struct ais_shell *shell, const struct ais_shell_words *words, const struct ais_shell_output *input,
                    struct ais_shell_output *ret)
{
    const struct ais_shell_variable *found = ais_shell_find(shell, words->items[0].text, words->items[0].length);
    if (found == NULL || found->body == NULL || found->is_running || !is_read_again(found) || !ais_shell_enter(shell))
        return false;
    struct ais_shell_variable *slot = ais_shell_slot(shell, found->name, found->name_length);
    const struct ais_shell_words *outer = shell->positional;
    struct ais_shell_bytes text = { 0 };
    size_t first = shell->command_count;
    slot->is_running = true;
    if (slot->is_alias) {
        expand_alias(shell, slot, words, &text);
        ais_shell_read(shell, text.data != NULL ? text.data : "", text.length, input, ret);
    } else {
        shell->positional = words;
        ais_shell_read(shell, slot->body, slot->body_length, input, ret);
        shell->positional = outer;
    }
    slot->is_running = false;
    ais_shell_leave(shell);
    ret->by = ais_shell_since(shell, first);
    return true;
}

static void define_aliases(struct ais_shell *shell, const struct ais_shell_words *words)
{
    for (size_t i = 1; i < words->count; i++) {
        const struct ais_shell_word *word = &words->items[i];
        const char *equals = memchr(word->text, '=', word->length);
        size_t n = equals != NULL ? (size_t)(equals - word->text) : 0;
        struct ais_shell_variable *slot = n > 0 ? ais_shell_slot(shell, word->text, n) : NULL;
        if (slot == NULL)
            continue;
        slot->body = equals + 1;
        slot->body_length = word->length - n - 1;
        slot->is_alias = true;
    }
}

/* read NAME…: words of the first line, the last name takes the rest. */
static void assign_read(struct ais_shell *shell, const struct ais_shell_words *words,
                        const struct ais_shell_output *input)
{
    size_t i = 0, k = 1;
    bool known = input != NULL && input->length > 0;
    while (k < words->count && words->items[k].length > 1 && words->items[k].text[0] == '-') {
        char last = words->items[k].text[words->items[k].length - 1];
        k += ais_shell_one_of("dinNptu", last) ? 2 : 1;
    }
    for (; k < words->count; k++) {
        const struct ais_shell_word *name = &words->items[k];
        struct ais_shell_word value = ais_shell_word_of("", 0);
        if (known) {
            while (i < input->length && ais_shell_is_blank(input->text[i]))
                i++;
            size_t begin = i;
            while (i < input->length && input->text[i] != '\n' &&
                   (k + 1 == words->count || !ais_shell_is_blank(input->text[i])))
                i++;
            value = ais_shell_word_of(input->text + begin, i - begin);
        }
        if (input != NULL && input->by.end > input->by.first)
            value.from = input;
        ais_shell_assign(shell, name->text, name->length, known ? &value : NULL, false);
        struct ais_shell_variable *slot = known ? NULL : ais_shell_slot(shell, name->text, name->length);
        if (slot != NULL && slot->values.count > 0)
            slot->values.items[0].from = value.from;
    }
}

/* `set -- a b` and `set a b`, not `set -e`. */
static bool sets_positional(const struct ais_shell_words *words)
{
    const struct ais_shell_word *first = words->count > 1 ? &words->items[1] : NULL;
    if (first == NULL || first->length == 0)
        return false;
    return ais_shell_is(first, "--") ? words->count > 2 : first->text[0] != '-' && first->text[0] != '+';
}

enum builtin { DECLARES, READS, FILLS, GOES, ALIASES, SETS, FORMATS };
static const char *const builtins[] = {
    [DECLARES] = "export declare local readonly typeset",
    [READS] = "read",
    [FILLS] = "mapfile readarray getopts",
    [GOES] = "cd pushd popd chdir",
    [ALIASES] = "alias",
    [SETS] = "set",
    [FORMATS] = "printf",
};
const struct ais_word_table ais_shell_builtin_table = { builtins, sizeof *builtins, N_ELEMS(builtins) };

static void set_positional(struct ais_shell *shell, const struct ais_shell_words *words)
{
    size_t from = ais_shell_is(&words->items[1], "--") ? 1 : 0;
    struct ais_shell_words *positional = ais_shell_alloc(shell, sizeof *positional);
    if (positional == NULL)
        return;
    *positional = (struct ais_shell_words){ words->items + from, words->count - from, words->count - from };
    shell->positional = positional;
}

/* printf -v NAME … */
static void assign_formatted(struct ais_shell *shell, const struct ais_shell_words *words,
                             const struct ais_shell_output *output)
{
    struct ais_shell_word value = ais_shell_word_of(output->text, output->length);
    ais_shell_assign(shell, words->items[2].text, words->items[2].length, output->whole ? &value : NULL, false);
}

void ais_shell_builtin(struct ais_shell *shell, const struct ais_shell_name *name, const struct ais_shell_words *words,
                       const struct ais_shell_output *input, const struct ais_shell_output *output)
{
    const struct ais_shell_word *last = &words->items[words->count - 1];
    if (name->rows[AIS_SHELL_BUILTINS] == 0 || name->length != words->items[0].length) /* /bin/x is none */
        return;
    switch ((enum builtin)(name->rows[AIS_SHELL_BUILTINS] - 1)) {
    case DECLARES:
        for (size_t i = 1; i < words->count; i++)
            ais_shell_assign_word(shell, &words->items[i]);
        break;
    case READS: assign_read(shell, words, input); break;
    case FILLS:
        if (words->count > 1)
            ais_shell_assign(shell, last->text, last->length, NULL, false);
        break;
    case GOES: ais_shell_go(shell, words); break;
    case ALIASES: define_aliases(shell, words); break;
    case SETS:
        if (sets_positional(words))
            set_positional(shell, words);
        break;
    case FORMATS:
        if (words->count > 2 && ais_shell_is(&words->items[1], "-v"))
            assign_formatted(shell, words, output);
        break;
    default: break;
    }
}
