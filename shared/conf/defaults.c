#include "shared/conf/check.h"
#include "shared/sys/processors.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool ais_path_is_writable(const char *path)
{
    char part[PATH_MAX];
    struct stat info;
    if ((size_t)snprintf(part, sizeof part, "%s", path) >= sizeof part)
        return false;
    while (stat(part, &info) != 0) {
        char *slash = strrchr(part, '/');
        if (errno != ENOENT || strcmp(part, ".") == 0)
            return false;
        if (slash == NULL)
            snprintf(part, sizeof part, "."); /* of a relative path */
        else
            slash[slash == part ? 1 : 0] = '\0';
    }
    return S_ISDIR(info.st_mode) && access(part, W_OK | X_OK) == 0;
}

static const char *lookup(char *const *environment, const char *name)
{
    size_t length = strlen(name);
    for (; environment != NULL && *environment != NULL; environment++)
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    return NULL;
}

static const char *home(char *const *environment)
{
    const char *path = lookup(environment, "HOME");
    if (path == NULL || path[0] != '/') {
        const struct passwd *user = getpwuid(geteuid());
        path = user != NULL ? user->pw_dir : NULL;
    }
    return path != NULL && path[0] == '/' ? path : NULL;
}

/* XDG Base Directory specification: a relative XDG_STATE_HOME is invalid and not used. */
enum ais_err ais_data_dir_beside(const char *of_the_system, char *const *environment, struct ais_arena *arena,
                                 const char **ret, struct ais_why *why)
{
    const char *state = lookup(environment, "XDG_STATE_HOME");
    const char *user = home(environment);
    char path[PATH_MAX];
    int length;
    if (ais_path_is_writable(of_the_system))
        length = snprintf(path, sizeof path, "%s", of_the_system);
    else if (state != NULL && state[0] == '/')
        length = snprintf(path, sizeof path, "%s/aisentinel/offline", state);
    else if (user != NULL)
        length = snprintf(path, sizeof path, "%s/.local/state/aisentinel/offline", user);
    else
        return ais_fail(why, AIS_E_SETTING, "%s is not writable and there is no home directory; set OFFLINE_DATA_DIR",
                        of_the_system);
    if ((size_t)length >= sizeof path)
        return ais_fail(why, AIS_E_SETTING, "the path of the home directory is too long; set OFFLINE_DATA_DIR");
    *ret = ais_arena_copy(arena, path, (size_t)length);
    return *ret != NULL ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "no memory for a setting");
}

enum ais_err ais_default_data_dir(char *const *environment, struct ais_arena *arena, const char **ret,
                                  struct ais_why *why)
{
    return ais_data_dir_beside("/var/lib/aisentinel/offline", environment, arena, ret, why);
}

/* Not the machine's: a container has fewer. */
enum ais_err ais_default_evaluators(char *const *environment, struct ais_arena *arena, const char **ret,
                                    struct ais_why *why)
{
    (void)environment;
    unsigned count = ais_processors();
    char text[16];
    int length = snprintf(text, sizeof text, "%u", count > 256 ? 256 : count);
    *ret = ais_arena_copy(arena, text, (size_t)length);
    return *ret != NULL ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "no memory for a setting");
}
