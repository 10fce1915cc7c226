/* Where the words of a command lead: `/etc//shadow`, `/usr/../etc/shadow`, and `shadow` behind `cd /etc`. */
#include "shared/policy/facts/shell/shell.h"
#include "shared/text/filepath.h"

#include <string.h>

enum { PATH_MOST = 4096 };

/* Folders below which a bare name is as telling as a whole path. Elsewhere it is shown as it is written: what a task
 * does in its own folder is its own affair. */
static const char *const telling[] = { "/etc", "/root", "/proc", "/boot", "/dev", "/sys", "/run", "/var/run" };

static bool is_telling(const char *folder, size_t n)
{
    for (size_t i = 0; i < N_ELEMS(telling); i++) {
        size_t length = strlen(telling[i]);
        if (n >= length && memcmp(folder, telling[i], length) == 0 && (n == length || folder[length] == '/'))
            return true;
    }
    return n == 1 && folder[0] == '/';
}

static bool is_rooted(const char *text, size_t n)
{
    return n > 0 && (text[0] == '/' || text[0] == '~' || (n > 5 && memcmp(text, "$HOME", 5) == 0) ||
                     (n > 7 && memcmp(text, "${HOME}", 7) == 0));
}

/* Where a path leads, from a folder if it is not rooted; NULL: that is not known, or there is no room. */
static const char *resolve(struct ais_shell *shell, const char *folder, const char *text, size_t n, size_t *ret_length)
{
    struct ais_shell_bytes whole = { 0 };
    struct ais_filepath path;
    if (!is_rooted(text, n)) {
        if (folder == NULL)
            return NULL;
        ais_shell_push(shell, &whole, folder, strlen(folder));
        ais_shell_push(shell, &whole, "/", 1);
    }
    ais_shell_push(shell, &whole, text, n);
    char *out = whole.length > 0 && whole.length <= PATH_MOST ? ais_shell_alloc(shell, whole.length + 9) : NULL;
    if (out == NULL || shell->stopped)
        return NULL;
    ais_filepath_resolve(whole.data, whole.length, out, &path);
    out[path.length] = '\0';
    *ret_length = path.length - path.landing; /* from a home that is not known, up to the root */
    return out + path.landing;
}

void ais_shell_go(struct ais_shell *shell, const struct ais_shell_words *words)
{
    size_t length, k = ais_shell_is(&words->items[0], "popd") ? words->count : 1;
    bool home = k == words->count && ais_shell_is(&words->items[0], "cd");
    while (k < words->count && words->items[k].length > 1 && words->items[k].text[0] == '-')
        k++;
    const char *folder = shell->folder;
    shell->folder = home ? "~" : NULL;
    if (k < words->count && words->items[k].literal && !ais_shell_is(&words->items[k], "-"))
        shell->folder = resolve(shell, folder, words->items[k].text, words->items[k].length, &length);
}

/* Whether a rooted path is spelled in a roundabout way. */
static bool is_roundabout(const char *text, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++)
        if (text[i] == '/' && (text[i + 1] == '/' || text[i + 1] == '.') &&
            (text[i + 1] == '/' || i + 2 == n || text[i + 2] == '/' || text[i + 2] == '.'))
            return true;
    return false;
}

const char *ais_shell_place(struct ais_shell *shell, const char *folder, const char *text, size_t n, size_t *ret_length)
{
    size_t begin = 0, length;
    for (size_t i = 0; i < n && i < PATH_MOST && begin == 0; i++) /* if=/x, -f=@/x */
        if (ais_shell_one_of("=@", text[i]) && is_rooted(text + i + 1, n - i - 1))
            begin = i + 1;
    bool rooted = is_rooted(text + begin, n - begin);
    if (n == 0 || n > PATH_MOST || (rooted && !is_roundabout(text + begin, n - begin)) ||
        (!rooted && (folder == NULL || text[0] == '-' || !is_telling(folder, strlen(folder)))))
        return NULL;
    const char *path = resolve(shell, folder, text + begin, n - begin, &length);
    struct ais_shell_bytes placed = { 0 };
    if (path == NULL)
        return NULL;
    ais_shell_push(shell, &placed, text, begin);
    ais_shell_push(shell, &placed, path, length);
    *ret_length = placed.length;
    return placed.data;
}
