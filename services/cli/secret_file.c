#include "services/cli/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum ais_err cli_secret_file_open(const char *path, struct cli_secret_file *ret, struct ais_why *why)
{
    int file = path != NULL ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600) : STDOUT_FILENO;
    if (file < 0 && errno == EEXIST)
        return ais_fail(why, AIS_E_REFUSED, "'%.120s' exists already, and may be a key that is still needed", path);
    if (file < 0)
        return ais_fail_errno(why, errno, "'%.120s' cannot be created", path);
    *ret = (struct cli_secret_file){ .path = path, .file = file, .open = true };
    return AIS_OK;
}

enum ais_err cli_secret_file_write(struct cli_secret_file *self, const char *bytes, size_t n, struct ais_why *why)
{
    const char *name = self->path != NULL ? self->path : "stdout";
    while (n > 0) {
        ssize_t written = write(self->file, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return ais_fail_errno(why, errno, "'%.120s'", name);
        bytes += written;
        n -= (size_t)written;
    }
    if (self->path != NULL && fsync(self->file) != 0)
        return ais_fail_errno(why, errno, "'%.120s'", name);
    self->written = true;
    return AIS_OK;
}

void cli_secret_file_done(struct cli_secret_file *self)
{
    if (self->open && self->path != NULL) {
        close(self->file);
        if (!self->written)
            unlink(self->path);
    }
    self->open = false;
}
