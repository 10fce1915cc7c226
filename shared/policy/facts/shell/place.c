/* Where the words of a command lead: `/etc//shadow`, `/usr/../etc/shadow`, and `shadow` behind `cd /etc`. */
#include "shared/policy/facts/shell/shell.h"
#include "shared/text/filepath.h"

#include <string.h>

enum { PATH_MOST = 4096 };

/* Folders below which a bare name is as telling as a whole path. Elsewhere it is shown as it is written: what a task
 * does in its own folder is its own affair. */
static const struct folder {
    const char *path;
    size_t length;
} telling[] = {
#define FOLDER(path)             \
    {                            \
        (path), sizeof(path) - 1 \
    }
    FOLDER("/etc"), FOLDER("/root"), FOLDER("/proc"), FOLDER("/boot"),
    FOLDER("/dev"), FOLDER("/sys"),  FOLDER("/run"),  FOLDER("/var/run"),
#undef FOLDER
};

static bool is_telling(const char *folder)
{
    for (size_t i = 0; i < N_ELEMS(telling); i++) {
        size_t n = telling[i].length;
        if (strncmp(folder, telling[i].path, n) == 0 && (folder[n] == '\0' || folder[n] == '/'))
            return true;
    }
    return strcmp(folder, "/") == 0;
}

static bool is_rooted(const char *text, size_t n)
{
    switch (ais_shell_at(text, n, 0)) {
    case '/':
    case '~': return true;
    case '$': return (n > 5 && memcmp(text, "$HOME", 5) == 0) || (n > 7 && memcmp(text, "${HOME}", 7) == 0);
    default: return false;
    }
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

/* NULL: to one that is not known. */
static void set_folder(struct ais_shell *shell, const char *folder)
{
    shell->folder = folder;
    shell->telling_folder = folder != NULL && is_telling(folder) ? folder : NULL;
}

void ais_shell_go_to(struct ais_shell *shell, const char *text, size_t n)
{
    size_t length;
    set_folder(shell, resolve(shell, shell->folder, text, n, &length));
}

void ais_shell_go(struct ais_shell *shell, const struct ais_shell_words *words)
{
    size_t k = ais_shell_is(&words->items[0], "popd") ? words->count : 1;
    bool home = k == words->count && ais_shell_is(&words->items[0], "cd");
    while (k < words->count && words->items[k].length > 1 && words->items[k].text[0] == '-')
        k++;
    if (k < words->count && words->items[k].literal && !ais_shell_is(&words->items[k], "-"))
        ais_shell_go_to(shell, words->items[k].text, words->items[k].length);
    else
        set_folder(shell, home ? "~" : NULL);
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

/* Where a path begins in if=/x, -f=@/x; 0: at the beginning. */
static size_t begin_of_path(const char *text, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++)
        if ((text[i] == '=' || text[i] == '@') && is_rooted(text + i + 1, n - i - 1))
            return i + 1;
    return 0;
}

const char *ais_shell_place(struct ais_shell *shell, const char *folder, const char *text, size_t n, size_t *ret_length)
{
    size_t length;
    if (n == 0 || n > PATH_MOST)
        return NULL;
    size_t begin = begin_of_path(text, n);
    bool rooted = is_rooted(text + begin, n - begin);
    if (rooted ? !is_roundabout(text + begin, n - begin) : folder == NULL || text[0] == '-')
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
