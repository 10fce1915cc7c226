/* The part SHELL: each simple command that a shell would run for the request. */
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

/* ---- bounds and memory ---- */

void ais_shell_stop(struct ais_shell *shell, const char *why)
{
    if (shell->unknown == NULL)
        shell->unknown = why;
    shell->stopped = true;
}

void *ais_shell_alloc(struct ais_shell *shell, size_t n)
{
    void *bytes = ais_view_alloc(shell->view, n);
    if (bytes == NULL)
        ais_shell_stop(shell, "out of memory");
    return bytes;
}

void *ais_shell_grow(struct ais_shell *shell, void *items, size_t count, size_t *capacity, size_t size)
{
    void *grown = ais_view_grow(shell->view, items, count, capacity, size);
    if (grown == NULL)
        ais_shell_stop(shell, "out of memory");
    return grown;
}

bool ais_shell_make(struct ais_shell *shell, size_t n)
{
    if (shell->stopped)
        return false;
    if (n > AIS_SHELL_MADE_MOST - shell->made) {
        ais_shell_stop(shell, "shell expansions make more than 2 MiB of text");
        return false;
    }
    shell->made += n;
    return true;
}

bool ais_shell_enter(struct ais_shell *shell)
{
    if (shell->nesting >= AIS_SHELL_DEPTH_MOST) {
        ais_shell_stop(shell, "shell commands nested deeper than 32");
        return false;
    }
    shell->nesting++;
    shell->depth++;
    return true;
}

void ais_shell_leave(struct ais_shell *shell)
{
    shell->nesting--;
    shell->depth--;
}

struct ais_shell_word ais_shell_word_of(const char *text, size_t n)
{
    return (struct ais_shell_word){ .text = text, .length = n, .literal = true };
}

void ais_shell_add_word(struct ais_shell *shell, struct ais_shell_words *words, struct ais_shell_word word)
{
    if (shell->stopped)
        return;
    if (shell->word_count++ >= AIS_SHELL_WORDS_MOST) {
        ais_shell_stop(shell, "more than 32768 words of shell");
        return;
    }
    struct ais_shell_word *items = ais_shell_grow(shell, words->items, words->count, &words->capacity, sizeof *items);
    if (items == NULL)
        return;
    words->items = items;
    words->items[words->count++] = word;
}

void ais_shell_push(struct ais_shell *shell, struct ais_shell_bytes *bytes, const char *text, size_t n)
{
    if (n == 0 || !ais_shell_make(shell, n))
        return;
    if (n > bytes->capacity - bytes->length) {
        size_t capacity = bytes->capacity > 16 ? 2 * bytes->capacity : 32;
        capacity = capacity > bytes->length + n ? capacity : bytes->length + n;
        char *data = ais_shell_alloc(shell, capacity);
        if (data == NULL)
            return;
        if (bytes->length > 0)
            memcpy(data, bytes->data, bytes->length);
        bytes->data = data;
        bytes->capacity = capacity;
    }
    memcpy(bytes->data + bytes->length, text, n);
    bytes->length += n;
}

bool ais_shell_in(const char *list, const char *name, size_t n)
{
    if (n == 0 || name[0] == '\0' || name[0] == ' ' || !ais_word_list_may_hold(list, name[0], n))
        return false;
    for (const char *at = strchr(list, name[0]); at != NULL; at = strchr(at + 1, name[0])) {
        size_t i = 1;
        while (i < n && at[i] == name[i] && at[i] != ' ' && at[i] != '\0')
            i++;
        if (i == n && (at == list || at[-1] == ' ') && (at[i] == ' ' || at[i] == '\0'))
            return true;
    }
    return false;
}

/* ---- what the part shows ---- */

/* Tools whose options are words behind one dash. */
static const char *const whole_options[] = {
    "find java openssl ffmpeg ffprobe terraform gcc clang convert magick xcodebuild dotnet msbuild go dscl nmap "
    "certutil "
    "qemu-system-x86_64",
};
const struct ais_word_table ais_shell_whole_table = { whole_options, sizeof *whole_options, N_ELEMS(whole_options) };

/* Steps of work: a value that is shown, which predicates will look at. A word of a wrapper's is one of its command's
 * too, so that there may be many more of them than were read. */
enum { STEPS_A_VALUE = 16 };

static void add(struct ais_shell *shell, unsigned list, const char *text, size_t n)
{
    if (ais_part_spend(shell->view, shell->part, STEPS_A_VALUE))
        ais_part_add(shell->view, shell->part, list, AIS_VALUE_STRING, text, n);
}

static bool is_alphanumeric(char c)
{
    return c != '_' && ais_shell_is_name(c, false);
}

static void show_flags(struct ais_shell *shell, const struct ais_shell_word *word, bool whole)
{
    size_t begin = word->length > 1 && word->text[1] == '-' ? 2 : 1, end = begin;
    if (word->length <= begin || word->text[0] != '-')
        return;
    if (begin == 2 || whole) {
        while (end < word->length && word->text[end] != '=')
            end++;
        add(shell, AIS_SHELL_FLAGS, word->text + begin, end - begin);
        return;
    }
    for (; end < word->length && is_alphanumeric(word->text[end]); end++)
        add(shell, AIS_SHELL_FLAGS, word->text + end, 1);
}

/* A redirection, and where it leads. */
static void add_target(struct ais_shell *shell, const struct ais_shell_command *command,
                       const struct ais_shell_word *word)
{
    const char *blank = memchr(word->text, ' ', word->length), *place;
    size_t begin = blank != NULL ? (size_t)(blank - word->text) + 1 : 0, length;
    struct ais_shell_bytes text = { 0 };
    add(shell, AIS_SHELL_REDIRECT, word->text, word->length);
    place = ais_shell_place(shell, command->folder, word->text + begin, word->length - begin, &length);
    if (place == NULL)
        return;
    ais_shell_push(shell, &text, word->text, begin);
    ais_shell_push(shell, &text, place, length);
    if (text.data != NULL)
        add(shell, AIS_SHELL_REDIRECT, text.data, text.length);
}

/* Adds an argument to the list of all, and to that of those which its command may open. The steps are those of both. */
static void add_argument(struct ais_shell *shell, const char *text, size_t n, bool names_none)
{
    if (!ais_part_spend(shell->view, shell->part, STEPS_A_VALUE))
        return;
    ais_part_add(shell->view, shell->part, AIS_SHELL_ARGS, AIS_VALUE_STRING, text, n);
    if (!names_none)
        ais_part_add(shell->view, shell->part, AIS_SHELL_OPENS, AIS_VALUE_STRING, text, n);
}

/* A word with all that it stands for. */
static void show_word(struct ais_shell *shell, const struct ais_shell_command *command,
                      const struct ais_shell_word *word)
{
    size_t length;
    const char *place = ais_shell_place(shell, command->folder, word->text, word->length, &length);
    bool names_none = word->said || word->shell;
    add_argument(shell, word->text, word->length, names_none);
    if (place != NULL)
        add_argument(shell, place, length, names_none);
    for (const char *const *also = word->also; also != NULL && *also != NULL; also++)
        add_argument(shell, *also, strlen(*also), names_none);
}

static void show_words(struct ais_shell *shell, const struct ais_shell_command *command)
{
    struct ais_shell_bytes text = { 0 };
    const struct ais_shell_words *words = &command->words;
    bool options = true, whole = command->name.rows[AIS_SHELL_WHOLE] > 0;
    for (size_t i = 0; i < words->count; i++) {
        const struct ais_shell_word *word = &words->items[i];
        if (i > 0)
            ais_shell_push(shell, &text, " ", 1);
        ais_shell_push(shell, &text, word->text, word->length);
        if (i == 0)
            continue;
        if (shell->shown++ >= AIS_SHELL_SHOWN_MOST) {
            ais_shell_stop(shell, "more than 65536 words of shell commands");
            break;
        }
        show_word(shell, command, word);
        options = options && !ais_shell_is(word, "--");
        if (options)
            show_flags(shell, word, whole);
    }
    if (shell->stopped && text.length < words->items[0].length)
        return;
    add(shell, AIS_SHELL_COMMAND, text.data != NULL ? text.data : "", text.length);
    add(shell, AIS_SHELL_NAME, command->name.text, command->name.length);
}

/* Commands that nobody knows. */
static void show_unknown(struct ais_shell *shell)
{
    static const enum ais_shell_list lists[] = { AIS_SHELL_COMMAND, AIS_SHELL_NAME,     AIS_SHELL_ARGS,
                                                 AIS_SHELL_FLAGS,   AIS_SHELL_REDIRECT, AIS_SHELL_OPENS };
    if (!ais_part_spend(shell->view, shell->part, N_ELEMS(lists) * STEPS_A_VALUE))
        return;
    shell->part->elements++;
    for (size_t i = 0; i < N_ELEMS(lists); i++)
        ais_part_add_unknown(shell->view, shell->part, lists[i], "a command that another one makes of a text");
}

static void show(struct ais_shell *shell)
{
    bool stopped = shell->stopped;
    shell->stopped = false; /* what was understood is shown all the same, with room of its own */
    shell->made = 0;
    for (size_t i = 0; i < shell->command_count && !shell->view->failed; i++) {
        const struct ais_shell_command *command = &shell->commands[i];
        shell->part->elements++;
        if (command->words.count > 0)
            show_words(shell, command);
        for (size_t k = 0; k < command->redirects.count; k++)
            add_target(shell, command, &command->redirects.items[k]);
        if (command->code != NULL)
            add(shell, AIS_SHELL_CODE, command->code, command->code_length);
        if (command->statements != NULL)
            add(shell, AIS_SHELL_CODE, command->statements, command->statements_length);
        if (command->pipeline != NULL)
            add(shell, AIS_SHELL_PIPELINE, command->pipeline, command->pipeline_length);
        ais_part_add_number(shell->view, shell->part, AIS_SHELL_DEPTH, command->depth);
        if (command->blind)
            show_unknown(shell);
    }
    shell->stopped = shell->stopped || stopped;
}

/* ---- texts ---- */

const char *ais_shell_text(struct ais_shell *shell, size_t i, size_t *ret_length)
{
    const struct ais_shell_words *words = &shell->commands[i].words;
    struct ais_shell_bytes text = { 0 };
    for (size_t k = 0; k < words->count; k++) {
        if (k > 0)
            ais_shell_push(shell, &text, " ", 1);
        ais_shell_push(shell, &text, words->items[k].text, words->items[k].length);
    }
    *ret_length = text.length;
    return text.data != NULL ? text.data : "";
}

/* Forgets what the texts before have assigned, and where they went. */
static void forget(struct ais_shell *shell)
{
    if (shell->variables != NULL)
        memset(shell->variables, 0, AIS_SHELL_VARIABLES * sizeof *shell->variables);
    shell->variable_count = 0;
    shell->positional = NULL;
    shell->folder = shell->telling_folder = NULL;
}

size_t ais_shell_read_text(struct ais_shell *shell, const char *text, size_t n)
{
    struct ais_shell_output output;
    size_t first = shell->command_count;
    forget(shell);
    ais_shell_read(shell, text, n, NULL, &output);
    return first;
}

static void on_text(void *arg, const struct ais_shell_text *text)
{
    struct ais_shell *shell = arg;
    struct ais_shell_output output;
    const char *folder = shell->folder;
    forget(shell);
    shell->source = text->stands ? text->text : NULL;
    if (text->follows && folder != NULL)
        ais_shell_go_to(shell, folder, strlen(folder));
    else if (text->folder != NULL)
        ais_shell_go_to(shell, text->folder->text, text->folder->length);
    ais_shell_read(shell, text->text, text->length, NULL, &output);
}

void ais_understand_SHELL(struct ais_view *view, struct ais_part *ret)
{
    struct ais_shell shell = { .view = view, .part = ret };
    ais_shell_texts(view, on_text, &shell);
    show(&shell);
    ais_shell_add_mentions(&shell);
    if (shell.unknown != NULL)
        ret->unknown = shell.unknown;
}
