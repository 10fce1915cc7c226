#include "gateway/ipc_path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* NULL when the endpoint is of another kind. */
static const char *path_of(const char *endpoint)
{
    static const char scheme[] = "ipc://";
    return strncmp(endpoint, scheme, strlen(scheme)) == 0 ? endpoint + strlen(scheme) : NULL;
}

static bool somebody_listens(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    bool listens = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 || errno == EAGAIN;
    close(fd);
    return listens;
}

enum ais_err ipc_path_check(const char *endpoint, struct ais_why *why)
{
    const char *path = path_of(endpoint);
    struct stat info;
    if (path == NULL || lstat(path, &info) != 0)
        return AIS_OK; /* whatever else is wrong with the path, binding will say */
    if (!S_ISSOCK(info.st_mode))
        return ais_fail(why, AIS_E_NETWORK,
                        "cannot listen for ZeroMQ clients on '%s': something that is no socket is there, and would be "
                        "deleted; name another path",
                        endpoint);
    if (somebody_listens(path))
        return ais_fail(why, AIS_E_NETWORK, "cannot listen for ZeroMQ clients on '%s': another process listens there",
                        endpoint);
    return AIS_OK;
}

enum ais_err ipc_path_close(const char *endpoint, struct ais_why *why)
{
    const char *path = path_of(endpoint);
    if (path != NULL && chmod(path, S_IRUSR | S_IWUSR) != 0)
        return ais_fail_errno(why, errno, "the socket of '%s' cannot be closed to others", endpoint);
    return AIS_OK;
}
