/* Wildcards in the place of a name that somebody would look for: `/b?n/r*`, `/e*c/sh?dow`. There is no file system to
 * ask, so they are tried against commands and files that are worth hiding. */
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

/* Sorted by how much it matters to know them: the first that matches is taken. */
static const char *const commands[] = {
    "rm",        "cat",     "bash",   "sh",       "curl",   "wget",    "nc",      "ncat",    "dd",     "chmod",
    "chown",     "mkfs",    "shred",  "sudo",     "su",     "python3", "python",  "perl",    "ruby",   "php",
    "node",      "base64",  "head",   "tail",     "tac",    "less",    "more",    "nl",      "od",     "xxd",
    "strings",   "grep",    "sed",    "awk",      "cp",     "mv",      "ln",      "tee",     "ssh",    "scp",
    "rsync",     "socat",   "telnet", "nmap",     "id",     "whoami",  "uname",   "ls",      "find",   "kill",
    "killall",   "pkill",   "reboot", "shutdown", "passwd", "useradd", "usermod", "crontab", "at",     "env",
    "printenv",  "echo",    "printf", "gcc",      "tar",    "zip",     "gzip",    "mount",   "umount", "iptables",
    "systemctl", "service", "dash",   "zsh",      "ksh",    "busybox", "openssl",
};
static const char *const folders[] = { "/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/" };
static const char *const files[] = {
    "/etc/shadow",
    "/etc/passwd",
    "/etc/sudoers",
    "/etc/gshadow",
    "/etc/group",
    "/etc/hosts",
    "/etc/crontab",
    "/etc/ssh/sshd_config",
    "/etc/ssh/ssh_host_rsa_key",
    "/etc/ssh/ssh_host_ed25519_key",
    "/root/.ssh/id_rsa",
    "/root/.ssh/id_ed25519",
    "/root/.ssh/authorized_keys",
    "/root/.bash_history",
    "/root/.aws/credentials",
    "/home/user/.ssh/id_rsa",
    "/home/user/.ssh/id_ed25519",
    "/home/user/.ssh/authorized_keys",
    "/home/user/.bash_history",
    "/home/user/.aws/credentials",
    "/proc/self/environ",
    "/proc/self/mem",
    "/var/run/docker.sock",
    "/dev/sda",
    "/dev/mem",
    "~/.ssh/id_rsa",
    "~/.ssh/id_ed25519",
    "~/.ssh/authorized_keys",
    "~/.bash_history",
    "~/.aws/credentials",
    "~/.netrc",
    "~/.bashrc",
};

enum { PATTERN_MOST = 128, LOOK_COST = 1024 };

/* One set in brackets at pattern[i]; returns its end, or i where it is none. */
static size_t match_set(const char *pattern, size_t n, size_t i, char c, bool *ret)
{
    size_t k = i + 1;
    bool negated = k < n && (pattern[k] == '!' || pattern[k] == '^'), found = false;
    k += negated;
    for (size_t begin = k; k < n && (pattern[k] != ']' || k == begin); k++) {
        bool range = k + 2 < n && pattern[k + 1] == '-' && pattern[k + 2] != ']';
        found = found || (range ? c >= pattern[k] && c <= pattern[k + 2] : c == pattern[k]);
        k += range ? 2 : 0;
    }
    if (k >= n)
        return i;
    *ret = found != negated;
    return k + 1;
}

/* One place of the pattern against one character; returns the place behind it, 0 where it does not match. */
static size_t match_one(const char *pattern, size_t n, size_t i, char c, bool in_path)
{
    bool matches = false;
    if (in_path && c == '/')
        return pattern[i] == '/' ? i + 1 : 0;
    if (pattern[i] == '?')
        return i + 1;
    if (pattern[i] == '[') {
        size_t end = match_set(pattern, n, i, c, &matches);
        if (end > i)
            return matches ? end : 0;
    }
    return pattern[i] == c ? i + 1 : 0;
}

/* A star may be tried again only for the last one seen, so that this is at most n times length steps. */
static bool matches(const char *pattern, size_t n, const char *text, size_t length, bool in_path)
{
    size_t i = 0, k = 0, star = n, again = 0;
    while (k < length) {
        size_t next = i < n && pattern[i] != '*' ? match_one(pattern, n, i, text[k], in_path) : 0;
        if (i < n && pattern[i] == '*') {
            star = i++;
            again = k;
        } else if (next > 0) {
            i = next;
            k++;
        } else if (star < n && !(in_path && text[again] == '/')) {
            i = star + 1;
            k = ++again;
        } else {
            return false;
        }
    }
    while (i < n && pattern[i] == '*')
        i++;
    return i == n;
}

bool ais_shell_matches(const char *pattern, size_t n, const char *text, size_t length)
{
    return matches(pattern, n, text, length, false);
}

/* Whether a part of the path is nothing but a star: it names everything, and so nothing. */
static bool names_everything(const char *text, size_t n)
{
    const char *slash = NULL;
    for (size_t i = 0; i < n; i++)
        if (text[i] == '/')
            slash = text + i;
    size_t last = slash != NULL ? (size_t)(slash - text) + 1 : 0;
    for (size_t i = last; i < n; i++)
        if (text[i] != '*')
            return false;
    return true;
}

static void find_command(struct ais_shell *shell, struct ais_shell_word *word)
{
    size_t folder = word->length;
    while (word->text[folder - 1] != '/')
        folder--;
    for (size_t k = 0; k < N_ELEMS(folders); k++) {
        if (!matches(word->text, folder, folders[k], strlen(folders[k]), true))
            continue;
        for (size_t i = 0; i < N_ELEMS(commands); i++) {
            size_t name = strlen(commands[i]);
            if (!matches(word->text + folder, word->length - folder, commands[i], name, true))
                continue;
            struct ais_shell_bytes path = { 0 };
            ais_shell_push(shell, &path, folders[k], strlen(folders[k]));
            ais_shell_push(shell, &path, commands[i], name);
            if (!shell->stopped)
                *word = ais_shell_word_of(path.data, path.length);
            return;
        }
    }
}

static void find_files(struct ais_shell *shell, struct ais_shell_word *word)
{
    const char *found[N_ELEMS(files) + 1] = { NULL };
    size_t count = 0;
    for (size_t i = 0; i < N_ELEMS(files); i++)
        if (matches(word->text, word->length, files[i], strlen(files[i]), true))
            found[count++] = files[i];
    if (count == 0)
        return;
    const char **also = ais_shell_alloc(shell, (count + 1) * sizeof *also);
    const char *written = ais_arena_copy(shell->view->arena, word->text, word->length);
    if (also == NULL || written == NULL)
        return;
    also[0] = written;
    memcpy(also + 1, found + 1, count * sizeof *also);
    word->also = also;
    word->text = found[0];
    word->length = strlen(found[0]);
}

void ais_shell_glob(struct ais_shell *shell, struct ais_shell_word *word, bool is_first)
{
    bool rooted = word->length > 0 && (word->text[0] == '/' || word->text[0] == '~');
    if (!rooted || word->length > PATTERN_MOST || names_everything(word->text, word->length))
        return;
    if (!ais_shell_make(shell, LOOK_COST))
        return;
    if (is_first && word->text[0] == '/')
        find_command(shell, word);
    else if (!is_first)
        find_files(shell, word);
}
