/* Commands that run other commands: which of their words, which text. */
#include "shared/policy/facts/shell/unwrap.h"
#include "shared/text/ascii.h"

#include <string.h>

enum rest {
    WORDS,       /* the rest of the words is a command */
    TEXT,        /* the rest, with blanks between, is shell */
    FIRST,       /* the first of the rest is shell */
    OPTION,      /* shell is only what an option gives (-c) */
    AFTER_DASHES /* a command follows `--` */
};

enum { ASSIGNS = 1, READS = 2, SPLITS = 4 };

static const struct wrapper {
    const char *names; /* between blanks */
    enum rest rest;
    unsigned skips;       /* words before the command */
    const char *letters;  /* of options that take a value */
    const char *options;  /* other options whose value is the next word */
    const char *texts;    /* options whose value is shell */
    bool has_assignments; /* before the command */
    bool reads_input;     /* without a command: a shell that reads its input */
    bool splits;          /* the words behind an option that is shell go on with it */
} wrappers[] = {
#define ROW(names, rest, skips, letters, options, texts, bits)                                               \
    {                                                                                                        \
        (names), (rest), (skips), (letters), (options), (texts), ((bits)&ASSIGNS) != 0, ((bits)&READS) != 0, \
            ((bits)&SPLITS) != 0                                                                             \
    }
    ROW("sudo doas pkexec run0", WORDS, 0, "ughpCcrtTDRU",
        "--user --group --host --prompt --chdir --chroot --role --type", "", ASSIGNS | READS),
    ROW("env", WORDS, 0, "uC", "--unset --chdir", "-S --split-string", ASSIGNS | SPLITS),
    ROW("nohup setsid chronic unbuffer exec builtin command busybox toybox fakeroot catchsegv torsocks", WORDS, 0, "a",
        "", "", 0),
    ROW("proxychains proxychains4 linux32 linux64 setarch arch x86_64 i386 i686 aarch64 firejail xvfb-run "
        "dbus-run-session rlwrap ltrace winpty",
        WORDS, 0, "", "", "", 0),
    ROW("noglob nocorrect please not and or daemonize caffeinate prlimit cpulimit systemd-nspawn", WORDS, 0, "twlpPDu",
        "", "", 0),
    ROW("setpriv", WORDS, 0, "",
        "--reuid --regid --ruid --euid --rgid --egid --groups --inh-caps --ambient-caps --bounding-set --securebits "
        "--pdeathsig --selinux-label --apparmor-profile",
        "", 0),
    ROW("chpst", WORDS, 0, "uUbenlLmdopfct/", "", "", 0),
    ROW("capsh emulate", OPTION, 0, "", "", "-c", 0),
    ROW("nc ncat netcat", OPTION, 0, "", "", "-e --sh-exec --exec", 0),
    ROW("split", OPTION, 0, "", "", "--filter", 0),
    ROW("sort", OPTION, 0, "", "", "--compress-program", 0),
    ROW("zip", OPTION, 0, "", "", "-TT --unzip-command", 0),
    ROW("scp sftp", OPTION, 0, "", "", "ProxyCommand LocalCommand -oProxyCommand -oLocalCommand", 0),
    ROW("nice ionice", WORDS, 0, "ncp", "--adjustment --class --classdata", "", 0),
    ROW("timeout", WORDS, 1, "ks", "--kill-after --signal", "", 0),
    ROW("stdbuf", WORDS, 0, "ioe", "--input --output --error", "", 0),
    ROW("time", WORDS, 0, "fo", "--format --output", "", 0),
    ROW("gosu su-exec chrt", WORDS, 1, "", "", "", 0),
    ROW("logsave", WORDS, 1, "", "", "", 0),
    ROW("chroot", WORDS, 1, "", "", "", READS),
    ROW("taskset", WORDS, 1, "p", "", "", 0),
    ROW("unshare", WORDS, 0, "SGRw", "--setuid --setgid --root --wd", "", READS),
    ROW("nsenter", WORDS, 0, "tSG", "--target --setuid --setgid", "", READS),
    ROW("systemd-run", WORDS, 0, "puGE", "--property --unit --uid --gid --slice", "", 0),
    ROW("numactl cgexec", WORDS, 0, "gNmC", "--membind --cpunodebind", "", 0),
    ROW("strace", WORDS, 0, "eopPsuaEIOSXb", "--output --trace --user", "", 0),
    ROW("flock", WORDS, 1, "wEc", "--timeout --wait --conflict-exit-code", "-c --command", 0),
    ROW("runuser", WORDS, 0, "ugGcs", "--user --group --shell", "-c --command --session-command", READS),
    ROW("sshpass", WORDS, 0, "pfdP", "", "", 0),
    ROW("su sg newgrp", OPTION, 0, "", "", "-c --command --session-command", READS),
    ROW("script vagrant gcloud", OPTION, 0, "", "", "-c --command", 0),
    ROW("tar", OPTION, 0, "", "", "--to-command --use-compress-program -I --checkpoint-action=exec exec", 0),
    ROW("rsync", OPTION, 0, "", "", "-e --rsh", 0),
    ROW("valgrind wsl proot ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 ld-linux.so.2 ld-musl-x86_64.so.1 dbus-launch",
        WORDS, 0, "rbwq", "", "", 0),
    ROW("perf", WORDS, 1, "eopC", "--event --output", "", 0),
    ROW("entr", WORDS, 0, "", "", "-s", 0),
    ROW("screen", WORDS, 0, "cehpsStT", "-Logfile", "", 0),
    ROW("hyperfine", FIRST, 0, "wrmnLPpcS", "--warmup --runs --export-json --export-markdown",
        "--prepare --setup --cleanup", 0),
    ROW("nix-shell nix", OPTION, 0, "", "", "--run --command", 0),
    ROW("npx bunx", WORDS, 0, "p", "--package", "-c --call", 0),
    ROW("man", OPTION, 0, "", "", "-P --pager -H --html", 0),
    ROW("ansible", OPTION, 0, "", "", "-a --args", 0),
    ROW("cmd cmd.exe", OPTION, 0, "", "", "/c /C /k /K", SPLITS),
    ROW("watch", TEXT, 0, "n", "--interval", "", 0),
    ROW("ssh", TEXT, 1, "bcDEeFIiJLlmOopQRSWw", "", "ProxyCommand LocalCommand -oProxyCommand -oLocalCommand", READS),
    ROW("autossh", TEXT, 1, "bcDEeFIiJLlMmOopQRSWw", "", "", 0),
    ROW("mosh", WORDS, 1, "p", "--port", "", 0),
    ROW("pdsh clush pssh parallel-ssh dsh", TEXT, 0, "wxgXHhlutofeMm", "--host --hosts --user --nodes --groups", "", 0),
    ROW("eval", TEXT, 0, "", "", "", 0),
    ROW("trap", FIRST, 0, "", "", "", 0),
    ROW("kubectl oc lxc incus doppler aws-vault dotenv flatpak-spawn distrobox-enter", AFTER_DASHES, 0, "", "", "", 0),
#undef ROW
};

bool ais_shell_runs(struct ais_shell *shell, const struct ais_shell_words *words, size_t from,
                    const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    if (from >= words->count)
        return false;
    struct ais_shell_words rest = { words->items + from, words->count - from, words->count - from };
    if (ais_shell_enter(shell)) {
        ais_shell_run(shell, &rest, NULL, input, ret);
        ais_shell_leave(shell);
    }
    return true;
}

/* Whether a word is nothing but one expansion whose value is not known: there is no shell in it to be read. */
static bool is_bare(const struct ais_shell_word *word)
{
    const char *text = word->text;
    size_t n = word->length;
    if (word->literal || n < 2)
        return false;
    if (n == 2 && text[0] == '{' && text[1] == '}')
        return true;
    if (ais_shell_one_of("$<>", text[0]) && text[1] == '(')
        return ais_shell_skip_paren(text, n, 2) == n;
    return text[0] == '`' && ais_shell_skip_backtick(text, n, 1) == n;
}

/* The file that one command prints as it is, and nothing else: cat f, < f. False: it is not that, or a device. */
static bool printed_file(const struct ais_shell_command *command, struct ais_shell_word *ret)
{
    const struct ais_shell_words *words = &command->words, *redirects = &command->redirects;
    const struct ais_shell_name *name = &command->name;
    if (words->count == 2 && redirects->count == 0 && ais_shell_in("cat", name->text, name->length))
        *ret = words->items[1];
    else if (words->count == 0 && redirects->count == 1 && redirects->items[0].length > 2 &&
             memcmp(redirects->items[0].text, "< ", 2) == 0)
        *ret = ais_shell_word_of(redirects->items[0].text + 2, redirects->items[0].length - 2);
    else
        return false;
    return ret->length > 0 && ret->text[0] != '-' &&
           !(ret->length > 5 && (memcmp(ret->text, "/dev/", 5) == 0 || memcmp(ret->text, "/proc", 5) == 0));
}

bool ais_shell_run_printed(struct ais_shell *shell, const struct ais_shell_output *from)
{
    struct ais_shell_words script = { 0 };
    struct ais_shell_word file;
    struct ais_shell_output ignored;
    if (from == NULL || from->length > 0 || from->by.end != from->by.first + 1 ||
        !printed_file(&shell->commands[from->by.first], &file) || ais_shell_file(shell, &file) != NULL)
        return false;
    ais_shell_add_word(shell, &script, ais_shell_word_of("sh", 2));
    ais_shell_add_word(shell, &script, file);
    return ais_shell_runs(shell, &script, 0, NULL, &ignored);
}

bool ais_shell_reads(struct ais_shell *shell, size_t i, const struct ais_shell_word *text,
                     const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    if (text->from != NULL)
        ais_shell_pipe(shell, text->from->by, i);
    bool bare = is_bare(text), script = bare && ais_shell_run_printed(shell, text->from);
    shell->commands[i].blind =
        shell->commands[i].blind || (bare && !script && text->from != NULL && text->from->derived);
    if (!bare && ais_shell_enter(shell)) {
        ais_shell_read(shell, text->text, text->length, input, ret);
        ais_shell_leave(shell);
    }
    return true;
}

/* Reads a word and those of command i from `from` on, with blanks between, as shell. */
static bool join(struct ais_shell *shell, size_t i, struct ais_shell_word text, size_t from,
                 const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    struct ais_shell_bytes bytes = { 0 };
    ais_shell_push(shell, &bytes, text.text, text.length);
    for (size_t k = from; k < words.count; k++) {
        ais_shell_push(shell, &bytes, " ", 1);
        ais_shell_push(shell, &bytes, words.items[k].text, words.items[k].length);
        if (words.items[k].from != NULL)
            text.from = words.items[k].from;
        text.literal = text.literal && words.items[k].literal;
    }
    text.text = bytes.data != NULL ? bytes.data : "";
    text.length = bytes.length;
    return ais_shell_reads(shell, i, &text, input, ret);
}

bool ais_shell_joins(struct ais_shell *shell, size_t i, size_t from, const struct ais_shell_output *input,
                     struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    return from < words.count && join(shell, i, words.items[from], from + 1, input, ret);
}

bool ais_shell_takes_value(const char *letters, const char *names, const struct ais_shell_word *word)
{
    if (word->length > 2 && word->text[1] == '-')
        return ais_shell_in(names, word->text, word->length);
    for (size_t k = 1; k < word->length; k++)
        if (ais_shell_one_of(letters, word->text[k]))
            return k + 1 == word->length;
    return false;
}

size_t ais_shell_skip_options(const struct ais_shell_words *words, size_t from, const char *letters, const char *names)
{
    size_t i = from;
    while (i < words->count && words->items[i].length > 1 && words->items[i].text[0] == '-') {
        if (ais_shell_is(&words->items[i], "--"))
            return i + 1;
        i += ais_shell_takes_value(letters, names, &words->items[i]) ? 2 : 1;
    }
    return i < words->count ? i : words->count;
}

/* The value of an option of the list in word k: in the same word, or the next one. False: it is none of them. */
static bool option_value(const struct ais_shell_words *words, size_t k, const char *options, struct ais_shell_word *ret)
{
    const struct ais_shell_word *word = &words->items[k];
    size_t name = 0;
    for (size_t i = 0; i < word->length && name == 0; i++)
        if (word->text[i] == '=' && ais_shell_in(options, word->text, i))
            name = i + 1;
    if (name == 0 && ais_shell_in(options, word->text, word->length) && k + 1 < words->count) {
        *ret = words->items[k + 1];
        return true;
    }
    if (name == 0 && word->length > 2 && word->text[0] == '-' && word->text[1] != '-' &&
        ais_shell_in(options, word->text, 2))
        name = 2;
    const char last[] = { '-', ais_shell_at(word->text, word->length, word->length - 1) };
    if (name == 0 && word->length > 2 && word->text[0] == '-' && word->text[1] != '-' && k + 1 < words->count &&
        ais_shell_in(options, last, sizeof last)) { /* the last of several letters */
        *ret = words->items[k + 1];
        return true;
    }
    if (name == 0)
        return false;
    *ret = *word;
    ret->text += name;
    ret->length -= name;
    return true;
}

static bool is_assignment(const struct ais_shell_word *word)
{
    size_t i = 0;
    while (i < word->length && ais_shell_is_name(word->text[i], i == 0))
        i++;
    return i > 0 && i < word->length && word->text[i] == '=';
}

static bool after_dashes(struct ais_shell *shell, const struct ais_shell_words *words,
                         const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    for (size_t k = 1; k < words->count; k++)
        if (ais_shell_is(&words->items[k], "--"))
            return ais_shell_runs(shell, words, k + 1, input, ret);
    return false;
}

/* Whether a text begins with the bare name of a program and goes on: with letters in one word, as in tar -cfI, it may
 * be a file after all. */
static bool names_program(const struct ais_shell_word *text)
{
    size_t i = 0;
    while (i < text->length && (ais_shell_is_name(text->text[i], i == 0) || (i > 0 && text->text[i] == '-')))
        i++;
    return i > 0 && i < text->length && text->text[i] == ' ';
}

/* Options that are shell themselves. Those of the command that follows are its own. */
static bool read_texts(struct ais_shell *shell, size_t i, const struct wrapper *row, size_t end,
                       const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    struct ais_shell_word text;
    bool any = false;
    for (size_t k = 1; row->texts[0] != '\0' && k < words.count && k < end; k++) {
        if (!option_value(&words, k, row->texts, &text))
            continue;
        bool is_next = k + 1 < words.count && text.text == words.items[k + 1].text;
        if (row->splits)
            return join(shell, i, text, k + 1 + is_next, input, ret);
        any = ais_shell_reads(shell, i, &text, input, ret);
        words.items[k + is_next].shell = text.literal && names_program(&text);
    }
    return any;
}

/* Whether a wrapper that is given no command is a shell, which executes what it reads. */
static bool is_shell_alone(const struct ais_shell_words *words, const struct wrapper *row,
                           const struct ais_shell_name *name)
{
    if (!row->reads_input || row->rest == TEXT) /* ssh: elsewhere */
        return false;
    if (!ais_shell_in("sudo doas pkexec run0", name->text, name->length))
        return true;
    for (size_t k = 1; k < words->count; k++) {
        const struct ais_shell_word *word = &words->items[k];
        bool letters = word->length > 1 && word->text[0] == '-' && word->text[1] != '-';
        if (ais_shell_in("--shell --login", word->text, word->length) ||
            (letters &&
             (memchr(word->text, 's', word->length) != NULL || memchr(word->text, 'i', word->length) != NULL)))
            return true;
    }
    return false;
}

static bool unwrap_row(struct ais_shell *shell, size_t i, const struct wrapper *row,
                       const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    size_t from = ais_shell_skip_options(&words, 1, row->letters, row->options);
    size_t end = row->rest == OPTION ? words.count : from + row->skips + 1;
    if (read_texts(shell, i, row, end, input, ret))
        return true;
    if (row->rest == AFTER_DASHES)
        return after_dashes(shell, &words, input, ret);
    for (; row->has_assignments && from < words.count; from++) {
        if (is_assignment(&words.items[from]))
            ais_shell_assign_word(shell, &words.items[from]);
        else if (!ais_shell_is(&words.items[from], "-")) /* env -i - */
            break;
    }
    from += row->skips;
    if (row->skips > 0 && row->rest == WORDS) /* perf stat -e x COMMAND */
        from = ais_shell_skip_options(&words, from, row->letters, row->options);
    else if (from < words.count && row->skips > 0 && ais_shell_is(&words.items[from], "--"))
        from++;
    if (from >= words.count || row->rest == OPTION) {
        const struct ais_shell_name name = shell->commands[i].name;
        shell->commands[i].executes = shell->commands[i].executes || is_shell_alone(&words, row, &name);
        return row->reads_input && ais_shell_input(shell, i, input, ret);
    }
    if (row->rest == FIRST)
        return words.items[from].length > 1 && ais_shell_reads(shell, i, &words.items[from], input, ret);
    return row->rest == TEXT ? ais_shell_joins(shell, i, from, input, ret)
                             : ais_shell_runs(shell, &words, from, input, ret);
}

/* `command -v x` and `command -V x` run nothing. */
static bool only_asks(const struct ais_shell_words *words, const struct ais_shell_name *name)
{
    return words->count > 1 && words->items[1].length == 2 && words->items[1].text[0] == '-' &&
           (words->items[1].text[1] | 0x20) == 'v' && ais_shell_in("command", name->text, name->length);
}

/* `$SUDO rm x`: what the variable holds is not known; most likely a wrapper, or nothing. */
static bool unwrap_variable(struct ais_shell *shell, const struct ais_shell_words *words,
                            const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    const struct ais_shell_word *first = &words->items[0];
    if (first->literal || first->from != NULL || first->length < 2 || first->text[0] != '$' || words->count < 2 ||
        !words->items[1].literal || words->items[1].length == 0 || !ais_shell_is_name(words->items[1].text[0], true))
        return false;
    for (size_t i = 1; i < first->length; i++)
        if (first->text[i] != '{' && first->text[i] != '}' && !ais_shell_is_name(first->text[i], false))
            return false;
    struct ais_shell_words guessed = { 0 }; /* what it says of its words is no knowledge of them */
    for (size_t i = 1; i < words->count; i++)
        ais_shell_add_word(shell, &guessed, words->items[i]);
    return ais_shell_runs(shell, &guessed, 0, input, ret);
}

/* Without a version: python3.11 is python3. */
static size_t without_version(const char *name, size_t n)
{
    const char *dot = memchr(name, '.', n);
    size_t length = dot != NULL ? (size_t)(dot - name) : n;
    bool digits = length > 0 && length + 1 < n && ais_is_digit(name[length - 1]) && ais_is_digit(name[length + 1]);
    return digits ? length : n;
}

const struct ais_word_table ais_shell_wrapper_table = { wrappers, sizeof *wrappers, N_ELEMS(wrappers) };

bool ais_shell_unwrap(struct ais_shell *shell, size_t i, const struct ais_shell_output *input,
                      struct ais_shell_output *ret)
{
    const struct ais_shell_words words = shell->commands[i].words;
    const struct ais_shell_name name = shell->commands[i].name;
    if (only_asks(&words, &name))
        return false;
    if (name.rows[AIS_SHELL_WRAPPERS] > 0)
        return unwrap_row(shell, i, &wrappers[name.rows[AIS_SHELL_WRAPPERS] - 1], input, ret);
    size_t length = without_version(name.text, name.length);
    const uint8_t *rows = length < name.length ? ais_shell_rows(name.text, length) : name.rows;
    if (rows[AIS_SHELL_SPECIALS] > 0)
        return ais_shell_specials[rows[AIS_SHELL_SPECIALS] - 1].unwrap(shell, i, input, ret);
    return unwrap_variable(shell, &words, input, ret) || ais_shell_script(shell, i, ret);
}
