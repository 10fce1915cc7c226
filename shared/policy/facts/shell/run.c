/* What a simple command does when it runs: what it wraps, prints and writes; and the pipelines that commands make. */
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

static bool add_command(struct ais_shell *shell, const struct ais_shell_words *words,
                        const struct ais_shell_words *redirects)
{
    if (shell->command_count >= AIS_SHELL_COMMANDS_MOST) {
        ais_shell_stop(shell, "more than 4096 shell commands");
        return false;
    }
    struct ais_shell_command *commands =
        ais_shell_grow(shell, shell->commands, shell->command_count, &shell->command_capacity, sizeof *commands);
    if (commands == NULL)
        return false;
    shell->commands = commands;
    struct ais_shell_command *command = &shell->commands[shell->command_count++];
    *command = (struct ais_shell_command){ .words = *words,
                                           .name = ais_shell_name_of(words),
                                           .depth = shell->depth,
                                           .level = shell->level,
                                           .folder = shell->telling_folder };
    if (redirects != NULL)
        command->redirects = *redirects;
    return true;
}

/* Whether the first word is the output of a command, or the file that is its output. */
static bool executes_output(const struct ais_shell_words *words)
{
    return words->count > 0 && words->items[0].from != NULL;
}

/* The file that a command reads, at its input or as its last word, when the text has written it. */
static void note_file(struct ais_shell *shell, size_t i, const struct ais_shell_output *input)
{
    const struct ais_shell_words *words = &shell->commands[i].words;
    const struct ais_shell_output *file = input != NULL && input->is_file ? input : NULL;
    if (file == NULL && words->count > 1)
        file = ais_shell_file(shell, &words->items[words->count - 1]);
    if (file != NULL)
        shell->commands[i].file = file->by;
}

void ais_shell_run(struct ais_shell *shell, const struct ais_shell_words *words,
                   const struct ais_shell_words *redirects, const struct ais_shell_output *input,
                   struct ais_shell_output *ret)
{
    size_t i = shell->command_count;
    *ret = (struct ais_shell_output){ .text = "" };
    if (shell->stopped || (words->count > 0 && ais_shell_call(shell, words, input, ret)) ||
        !add_command(shell, words, redirects))
        return;
    if (words->count == 0)
        return;
    const struct ais_shell_name name = shell->commands[i].name;
    ais_shell_hear(&name, &shell->commands[i].words);
    note_file(shell, i, input);
    if (executes_output(words)) {
        ais_shell_pipe(shell, words->items[0].from->by, i);
        bool script = words->count == 1 && ais_shell_run_printed(shell, words->items[0].from);
        shell->commands[i].blind = words->items[0].from->derived && !script;
    }
    if (ais_shell_unwrap(shell, i, input, ret)) {
        for (size_t k = i + 1; k < shell->command_count; k++)
            shell->commands[i].wraps = shell->commands[i].wraps || shell->commands[k].level == shell->level;
    } else if (!ais_shell_print(shell, &name, words, input, ret)) {
        ret->text = "";
        ret->length = 0;
        ret->whole = false;
    }
    ret->by = ais_shell_since(shell, i);
    ais_shell_builtin(shell, &name, words, input, ret);
    ais_shell_write(shell, &name, words, redirects, ret);
}

/* What executes text is a shell, by whatever name it is asked to. */
static void push_executor(struct ais_shell *shell, size_t executor, struct ais_shell_bytes *bytes)
{
    const struct ais_shell_words *words = &shell->commands[executor].words;
    const char *name = "sh";
    size_t length = 2;
    bool script = words->count > 0 && memchr(words->items[0].text, '/', words->items[0].length) != NULL &&
                  ais_shell_file(shell, &words->items[0]) != NULL; /* ./x, which was written before */
    if (words->count > 0 && !script && !executes_output(words)) {
        name = shell->commands[executor].name.text;
        length = shell->commands[executor].name.length;
    }
    if (ais_shell_in("at batch", name, length)) { /* give it to a shell later */
        ais_shell_push(shell, bytes, name, length);
        ais_shell_push(shell, bytes, " | sh", 5);
        return;
    }
    if (ais_shell_in(
            "eval source . awk gawk mawk nawk original-awk sed gsed make gmake sudo doas pkexec run0 su runuser "
            "chroot unshare nsenter",
            name, length)) {
        name = "sh";
        length = 2;
    }
    ais_shell_push(shell, bytes, name, length);
}

/* What wrote the file that a command reads prints into its pipeline, too. */
static void push_file(struct ais_shell *shell, const struct ais_shell_command *command, struct ais_shell_bytes *bytes)
{
    if (!ais_shell_make(shell, command->file.end - command->file.first))
        return;
    for (size_t i = command->file.first; i < command->file.end; i++) {
        const struct ais_shell_command *writer = &shell->commands[i];
        if (writer == command || writer->level != command->file.level || writer->wraps || writer->words.count == 0)
            continue;
        ais_shell_push(shell, bytes, writer->name.text, writer->name.length);
        ais_shell_push(shell, bytes, " | ", 3);
    }
}

void ais_shell_pipe(struct ais_shell *shell, struct ais_shell_range range, size_t executor)
{
    struct ais_shell_bytes names = { 0 };
    size_t count = 0;
    for (size_t i = range.first; i < range.end && !shell->stopped; i++) {
        const struct ais_shell_command *command = &shell->commands[i];
        if (command->level != range.level || command->wraps || command->words.count == 0)
            continue;
        if (count++ > 0)
            ais_shell_push(shell, &names, " | ", 3);
        push_file(shell, command, &names);
        if (command->executes)
            push_executor(shell, i, &names);
        else
            ais_shell_push(shell, &names, command->name.text, command->name.length);
    }
    if (executor != SIZE_MAX && count > 0) {
        ais_shell_push(shell, &names, " | ", 3);
        push_executor(shell, executor, &names);
        shell->commands[executor].executes = true;
        count++;
    }
    if (count < 2 || shell->stopped)
        return;
    for (size_t i = range.first; i < range.end; i++) {
        if (shell->commands[i].level == range.level) {
            shell->commands[i].pipeline = names.data;
            shell->commands[i].pipeline_length = names.length;
        }
    }
    if (executor != SIZE_MAX) {
        shell->commands[executor].pipeline = names.data;
        shell->commands[executor].pipeline_length = names.length;
    }
}
