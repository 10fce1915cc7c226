/* Programs that run commands beside their own work: environments, sessions, editors, cron, and variables that name a
 * command for later. */
#include "shared/policy/facts/shell/unwrap.h"

#include <string.h>

/* poetry run COMMAND; direnv exec DIRECTORY COMMAND; op run -- COMMAND. What `npm run` runs is a script's name. */
bool ais_shell_environment(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                           struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    size_t k = ais_shell_skip_options(&words, 1, "CEe", "--env-file --project --directory --environment");
    bool scripts = ais_shell_in("npm pnpm yarn", words.items[0].text, words.items[0].length);
    if (k >= words.count ||
        !ais_shell_in(scripts ? "exec x dlx" : "run exec x", words.items[k].text, words.items[k].length))
        return false;
    for (size_t at = k + 1; scripts && at + 1 < words.count; at++)
        if (ais_shell_in("-c --call --shell-mode", words.items[at].text, words.items[at].length))
            return ais_shell_reads(shell, i, &words.items[at + 1], input, ret);
    k = ais_shell_skip_options(&words, k + 1, "pnew", "--with --python --extra --group --name --env-file --package");
    return ais_shell_runs(shell, &words, k + (ais_shell_is(&words.items[0], "direnv") ? 1 : 0), input, ret);
}

/* bwrap [OPTIONS] COMMAND: many of its options take two words. */
bool ais_shell_sandbox(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                       struct ais_shell_output *ret)
{
    static const char two[] = "--bind --bind-try --dev-bind --dev-bind-try --ro-bind --ro-bind-try --symlink --setenv "
                              "--file --bind-data --ro-bind-data --bind-fd --ro-bind-fd --chmod";
    static const char one[] = "--proc --dev --tmpfs --mqueue --dir --chdir --unsetenv --hostname --uid --gid --args "
                              "--lock-file --sync-fd --seccomp --add-seccomp-fd --block-fd --userns-block-fd "
                              "--info-fd --json-status-fd --exec-label --file-label --cap-add --cap-drop --perms "
                              "--size --userns --userns2 --pidns --remount-ro --argv0 --overlay-src --tmp-overlay";
    const struct ais_shell_words words = shell->commands[i].words;
    size_t k = 1;
    while (k < words.count && words.items[k].length > 1 && words.items[k].text[0] == '-') {
        const struct ais_shell_word *word = &words.items[k];
        k += ais_shell_in(two, word->text, word->length) ? 3 : ais_shell_in(one, word->text, word->length) ? 2 : 1;
        if (ais_shell_is(word, "--"))
            break;
    }
    return ais_shell_runs(shell, &words, k, input, ret);
}

/* tmux new-session TEXT, send-keys TEXT Enter. */
bool ais_shell_session(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                       struct ais_shell_output *ret)
{
    static const char takes_text[] = "new-session new new-window neww split-window splitw respawn-pane respawn-window "
                                     "run-shell run send-keys send pipe-pane if-shell popup display-popup";
    const struct ais_shell_words words = shell->commands[i].words;
    size_t k = ais_shell_skip_options(&words, 1, "cfLS", "");
    if (k >= words.count || !ais_shell_in(takes_text, words.items[k].text, words.items[k].length))
        return false;
    return ais_shell_joins(shell, i, ais_shell_skip_options(&words, k + 1, "cestxynFlhw", ""), input, ret);
}

static size_t skip_field(const char *text, size_t n, size_t i)
{
    while (i < n && !ais_shell_is_blank(text[i]))
        i++;
    while (i < n && ais_shell_is_blank(text[i]))
        i++;
    return i;
}

/* Behind what may stand before the bang: `:silent !TEXT`, `:%!TEXT`, `:r !TEXT`. */
static size_t before_bang(const char *text, size_t n)
{
    static const char words[] = "silent silent! sil sil! r read w write";
    size_t k = 0;
    while (k < n && ais_shell_one_of(":+\\ %", text[k]))
        k++;
    size_t end = skip_field(text, n, k), length = end - k;
    while (length > 0 && ais_shell_is_blank(text[k + length - 1]))
        length--;
    return end < n && ais_shell_in(words, text + k, length) ? end : k;
}

/* vim -c ':!TEXT', `!TEXT` in the input of ed or ftp, less '+!TEXT': a bang begins shell; gdb -ex 'shell TEXT'. */
static bool read_bang(struct ais_shell *shell, size_t i, const char *text, size_t n, struct ais_shell_output *ret)
{
    if (ais_shell_stands_at(text, n, 0, "shell ")) {
        struct ais_shell_word word = ais_shell_word_of(text + 6, n - 6);
        return ais_shell_reads(shell, i, &word, NULL, ret);
    }
    size_t k = before_bang(text, n);
    bool letter = k + 1 < n && (ais_shell_is_name(text[k + 1], true) || ais_shell_one_of("/ .~", text[k + 1]));
    if (!letter || text[k] != '!')
        return false;
    struct ais_shell_word word = ais_shell_word_of(text + k + 1, n - k - 1);
    return ais_shell_reads(shell, i, &word, NULL, ret);
}

/* The end of the line that begins at i. */
static size_t line_end(const struct ais_shell_output *input, size_t i)
{
    const char *end = memchr(input->text + i, '\n', input->length - i);
    return end != NULL ? (size_t)(end - input->text) : input->length;
}

bool ais_shell_editor(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                      struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    bool any = false;
    for (size_t k = 1; k < words.count; k++)
        if (ais_shell_is(&words.items[k], "--args")) /* gdb --args COMMAND */
            return ais_shell_runs(shell, &words, k + 1, input, ret);
    for (size_t k = 1; k < words.count; k++)
        any = read_bang(shell, i, words.items[k].text, words.items[k].length, ret) ||
              ais_shell_system(shell, i, &words.items[k], NULL, ret) || any;
    for (size_t at = 0; input != NULL && at < input->length && !shell->stopped;) {
        size_t end = line_end(input, at);
        any = read_bang(shell, i, input->text + at, end - at, ret) || any;
        at = end + 1;
    }
    return any;
}

/* crontab -: the command of each line, behind its five fields or its @word. */
bool ais_shell_crontab(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                       struct ais_shell_output *ret)
{
    enum { FIELDS = 5 };
    bool any = false;
    for (size_t at = 0; input != NULL && at < input->length && !shell->stopped;) {
        size_t end = line_end(input, at), begin = at;
        unsigned fields = input->text[at] == '@' ? 1 : FIELDS;
        for (unsigned k = 0; k < fields; k++)
            begin = skip_field(input->text, end, begin);
        struct ais_shell_word line = ais_shell_word_of(input->text + begin, end - begin);
        if (begin < end && ais_shell_one_of("@*0123456789", input->text[at]))
            any = ais_shell_reads(shell, i, &line, NULL, ret) || any;
        at = end + 1;
    }
    return any;
}

void ais_shell_name_command(struct ais_shell *shell, const char *name, size_t n, const struct ais_shell_word *value)
{
    static const char names[] = "PAGER GIT_PAGER MANPAGER EDITOR VISUAL GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_SSH_COMMAND "
                                "RSYNC_RSH BROWSER LESSOPEN PROMPT_COMMAND PS0 PS1 PS4 GIT_EXTERNAL_DIFF SUDO_EDITOR";
    struct ais_shell_output output;
    if (!ais_shell_in(names, name, n) || value->length == 0 || !ais_shell_enter(shell))
        return;
    ais_shell_read(shell, value->text, value->length, NULL, &output);
    ais_shell_leave(shell);
}
